//! A preset out of its text.
//! Any thread but the audio thread.
//! What is wrong is told with its field, what is unknown is passed over with a notice, and what is missing has its rest
//! value (tests: `every_fault_names_file_field_found_and_expected`, `what_is_unknown_is_a_notice`,
//! `what_is_missing_is_at_rest`).

use super::sound::untouched;
use super::write::choice;
use super::{About, FORMAT, Instrument, Preset, PresetError, PresetFault, Sound};
use crate::params::{Control, IDS};
use crate::tuning::SavedFile;
use std::io::Read;
use std::path::Path;
use toml::{Table, Value};

/// More than the longest preset with the longest scale, bytes.
const LARGEST: u64 = 4 << 20;
/// What a value may lie outside of its range by, as a share of it: the way along a curve is not exact.
const SLACK: f32 = 1e-5;

/// A preset, and what the player should know about how it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// What was understood.
    pub preset: Preset,
    /// What was not, a sentence each.
    pub notices: Vec<String>,
}

/// Reads the file at `path`.
pub fn read(path: &Path) -> Result<Parsed, PresetError> {
    contents(path).and_then(|text| parse(&text)).map_err(|fault| fault.of(path))
}

fn contents(path: &Path) -> Result<String, PresetFault> {
    let file = std::fs::File::open(path)?;
    let found = file.metadata()?.len();
    if found > LARGEST {
        return Err(PresetFault::TooLarge { found, limit: LARGEST });
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Reads a preset's text.
pub fn parse(text: &str) -> Result<Parsed, PresetFault> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| PresetFault::Syntax {
        line: error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count()),
        reason: error.message().to_owned(),
    })?;
    let mut reader = Reader { is_later: false, notices: Vec::new() };
    let preset = reader.preset(&table)?;
    Ok(Parsed { preset, notices: reader.notices })
}

struct Reader {
    /// Written by a later release: what cannot be understood is no fault.
    is_later: bool,
    notices: Vec<String>,
}

impl Reader {
    fn preset(&mut self, table: &Table) -> Result<Preset, PresetFault> {
        match table.get("format") {
            Some(Value::Integer(format)) if (1..=FORMAT).contains(format) => {}
            Some(Value::Integer(format)) if *format > FORMAT => {
                self.is_later = true;
                self.notices.push(format!(
                    "This preset is of format {format} and this release reads {FORMAT}: what it does not know is left out."
                ));
            }
            Some(found) => return Err(wrong("format", found, &format!("a number from 1 to {FORMAT}"))),
            None => {
                let expected = format!("format = {FORMAT} in every preset of Timbrel");
                return Err(PresetFault::Missing { field: "format".into(), expected });
            }
        }
        const KNOWN: [&str; 11] = [
            "format",
            "name",
            "author",
            "tags",
            "comment",
            "instrument",
            "second",
            "scale",
            "map",
            "parameters",
            "matrix",
        ];
        for field in table.keys().filter(|field| !KNOWN.contains(&field.as_str())) {
            self.notices.push(format!("`{field}` means nothing to this release."));
        }
        let name = string(table, "name", "")?;
        let Some(name) = name.filter(|name| !name.trim().is_empty()) else {
            return Err(PresetFault::Missing { field: "name".into(), expected: "what the preset is called".into() });
        };
        let about = About {
            name,
            author: string(table, "author", "")?.unwrap_or_default(),
            tags: tags(table)?,
            comment: string(table, "comment", "")?.unwrap_or_default(),
        };
        Ok(Preset { about, sound: self.sound(table)? })
    }

    fn sound(&mut self, table: &Table) -> Result<Sound, PresetFault> {
        let mut sound = Sound::initial();
        sound.instrument = instrument(table, "instrument")?;
        sound.second = instrument(table, "second")?;
        sound.scale = scala(table, "scale")?;
        sound.map = scala(table, "map")?;
        sound.matrix = match table.get("matrix") {
            None => None,
            Some(rows @ Value::Array(array)) if array.iter().all(Value::is_table) => serde_json::to_value(rows).ok(),
            Some(found) => return Err(wrong("matrix", found, "the rows of the modulation matrix, each a [[matrix]]")),
        };
        let controls = untouched().controls();
        for (id, found) in section(table, "parameters")?.into_iter().flatten() {
            let Some(place) = IDS.iter().position(|known| known == id) else {
                self.notices.push(format!("There is no parameter `{id}` in this release."));
                continue;
            };
            match value(controls[place].1, id, found) {
                Ok(value) => sound.values[place] = value,
                Err(fault) if self.is_later => self.notices.push(format!("{fault}; it is left at rest.")),
                Err(fault) => return Err(fault),
            }
        }
        Ok(sound)
    }
}

/// A parameter's value in its own unit.
fn value(control: Control, id: &str, found: &Value) -> Result<f32, PresetFault> {
    let field = format!("parameters.{id}");
    let (least, greatest) = control.range();
    let names: Vec<String> = (least as i32..=greatest as i32).map_while(|step| choice(control, step as f32)).collect();
    if let (Control::Int(_), false) = (control, names.is_empty()) {
        let place = found.as_str().and_then(|found| names.iter().position(|name| name.eq_ignore_ascii_case(found)));
        let expected = || format!("one of {}", names.join(", "));
        return place.map(|place| least + place as f32).ok_or_else(|| wrong(&field, found, &expected()));
    }
    let expected = || {
        let kind = if matches!(control, Control::Int(_)) { "a whole number" } else { "a number" };
        format!("{kind} from {least} to {greatest}")
    };
    let number = match (control, found) {
        (_, Value::Integer(number)) => *number as f32,
        (Control::Float(_), Value::Float(number)) => *number as f32,
        _ => return Err(wrong(&field, found, &expected())),
    };
    let slack = SLACK * (greatest - least);
    if !(least - slack..=greatest + slack).contains(&number) {
        return Err(wrong(&field, found, &expected()));
    }
    Ok(number)
}

fn instrument(table: &Table, title: &str) -> Result<Option<Instrument>, PresetFault> {
    let Some(section) = section(table, title)? else { return Ok(None) };
    let name = string(section, "name", title)?;
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        let field = format!("{title}.name");
        return Err(PresetFault::Missing { field, expected: "the instrument's name".into() });
    };
    let file = string(section, "file", title)?.unwrap_or_default();
    let sha256 = string(section, "sha256", title)?.unwrap_or_default();
    let is_hash = sha256.is_empty() || (sha256.len() == 64 && sha256.bytes().all(|digit| digit.is_ascii_hexdigit()));
    if !is_hash {
        let found = Value::String(sha256);
        return Err(wrong(&format!("{title}.sha256"), &found, "64 hexadecimal digits"));
    }
    Ok(Some(Instrument { name, file, sha256 }))
}

fn scala(table: &Table, title: &str) -> Result<Option<SavedFile>, PresetFault> {
    let Some(section) = section(table, title)? else { return Ok(None) };
    let Some(text) = string(section, "text", title)? else {
        let field = format!("{title}.text");
        return Err(PresetFault::Missing { field, expected: "the Scala file's text".into() });
    };
    Ok(Some(SavedFile { path: string(section, "file", title)?.unwrap_or_default(), text }))
}

fn tags(table: &Table) -> Result<Vec<String>, PresetFault> {
    let Some(found) = table.get("tags") else { return Ok(Vec::new()) };
    let tags = found.as_array().and_then(|tags| tags.iter().map(|tag| tag.as_str().map(str::to_owned)).collect());
    tags.ok_or_else(|| wrong("tags", found, "a list of words, such as [\"strings\", \"lead\"]"))
}

fn section<'a>(table: &'a Table, title: &str) -> Result<Option<&'a Table>, PresetFault> {
    match table.get(title) {
        None => Ok(None),
        Some(Value::Table(section)) => Ok(Some(section)),
        Some(found) => Err(wrong(title, found, &format!("a section [{title}]"))),
    }
}

fn string(table: &Table, field: &str, section: &str) -> Result<Option<String>, PresetFault> {
    match table.get(field) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(found) if section.is_empty() => Err(wrong(field, found, "a text in quotes")),
        Some(found) => Err(wrong(&format!("{section}.{field}"), found, "a text in quotes")),
    }
}

fn wrong(field: &str, found: &Value, expected: &str) -> PresetFault {
    PresetFault::Wrong { field: field.to_owned(), found: shown(found), expected: expected.to_owned() }
}

/// A value for an error's sentence, not too long.
fn shown(found: &Value) -> String {
    const LONGEST: usize = 60;
    match found {
        Value::Table(_) => "a section".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        value => {
            let text = value.to_string();
            match text.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}
