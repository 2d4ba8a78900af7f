//! The words of a line: numbers, keys, addresses, names of settings.

use timbrel_engine::event::{Expression, NoteAddress, Setting};

/// What is left of a line.
pub struct Words<'a>(pub std::str::SplitWhitespace<'a>);

impl<'a> Words<'a> {
    pub fn next(&mut self, what: &str) -> Result<&'a str, String> {
        self.0.next().ok_or_else(|| format!("{what} is missing"))
    }

    pub fn number<T: std::str::FromStr>(&mut self, what: &str) -> Result<T, String> {
        let word = self.next(what)?;
        word.parse().map_err(|_| format!("{word:?} is no {what}"))
    }

    pub fn rest(self) -> Vec<&'a str> {
        self.0.collect()
    }
}

/// Words like `ch:3`, `id:7`, `vel:100`, in any order, each at most once.
pub struct Options<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Options<'a> {
    pub fn of(words: &[&'a str]) -> Result<Self, String> {
        let pair = |word: &&'a str| word.split_once(':').ok_or_else(|| format!("{word:?} is no option like ch:3"));
        Ok(Self(words.iter().map(pair).collect::<Result<_, _>>()?))
    }

    /// Takes the option's value, where it is given.
    pub fn take<T: std::str::FromStr>(&mut self, name: &str) -> Result<Option<T>, String> {
        let Some(place) = self.0.iter().position(|(found, _)| *found == name) else { return Ok(None) };
        let (_, value) = self.0.remove(place);
        value.parse().map(Some).map_err(|_| format!("{value:?} is no value of {name}"))
    }

    /// Takes the channel, 1 to 16 in the file, 0 to 15 in events; 1 where none is given.
    pub fn channel(&mut self) -> Result<u8, String> {
        match self.take::<u8>("ch")? {
            None => Ok(0),
            Some(channel @ 1..=16) => Ok(channel - 1),
            Some(channel) => Err(format!("channel {channel} is not 1 to 16")),
        }
    }

    pub fn done(self) -> Result<(), String> {
        self.0.first().map_or(Ok(()), |(name, _)| Err(format!("{name:?} means nothing here")))
    }
}

/// A note that may be a wildcard: `60`, `60 ch:2`, `60 id:7`, `* ch:2`, `* ch:*`, `* id:7`.
pub fn address(key: &str, options: &mut Options) -> Result<NoteAddress, String> {
    let key = if key == "*" { None } else { Some(key.parse().map_err(|_| format!("{key:?} is no key"))?) };
    let id = options.take("id")?;
    let any = options.0.contains(&("ch", "*"));
    let named_by_id_alone = key.is_none() && id.is_some();
    let channel = if any || (named_by_id_alone && !options.0.iter().any(|(name, _)| *name == "ch")) {
        options.0.retain(|(name, _)| *name != "ch");
        None
    } else {
        Some(options.channel()?)
    };
    Ok(NoteAddress { channel, key, id })
}

/// A setting by its name in snake case, and a value that may be a word.
pub fn setting(name: &str) -> Result<Setting, String> {
    let wanted = name.replace('_', "");
    let found = Setting::ALL.into_iter().find(|setting| format!("{setting:?}").eq_ignore_ascii_case(&wanted));
    found.ok_or_else(|| format!("{name:?} is no setting"))
}

pub fn value(setting: Setting, word: &str) -> Result<f32, String> {
    let names: &[&str] = match setting {
        Setting::VoiceMode => &["poly", "mono", "legato"],
        Setting::NotePriority => &["last", "low", "high"],
        Setting::Retrigger => &["restart", "stack", "reuse"],
        Setting::GlideMode => &["time", "rate"],
        Setting::GlideWhen => &["always", "legato"],
        Setting::Mpe => &["auto", "off", "lower", "upper"],
        _ => &[],
    };
    if let Some(place) = names.iter().position(|name| *name == word) {
        return Ok(place as f32);
    }
    word.parse().map_err(|_| format!("{word:?} is no value of {setting:?}"))
}

pub fn expression(name: &str) -> Result<Expression, String> {
    Ok(match name {
        "volume" => Expression::Volume,
        "pan" => Expression::Pan,
        "tuning" => Expression::Tuning,
        "vibrato" => Expression::Vibrato,
        "expression" => Expression::Expression,
        "brightness" => Expression::Brightness,
        "pressure" => Expression::Pressure,
        _ => return Err(format!("{name:?} is no expression")),
    })
}
