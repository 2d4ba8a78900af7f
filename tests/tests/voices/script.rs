//! What a file of a behaviour holds: a comment that says it, then lines of a time in seconds and what happens or must be so.
//!
//! ```text
//! # One voice plays the last key, and goes back when it comes up.
//! 0.0 set voice_mode mono
//! 0.1 on 60
//! 0.2 on 64 ch:1 vel:100 id:7
//! 0.3 sounds 64
//! 0.4 off 64
//! 0.5 sounds 60
//! 0.6 ended 64
//! ```
//!
//! Of the instrument, before everything: `players shape` (those of `rig/player.rs` shape its notes), `matching DB` (its level).
//!
//! What happens: `set SETTING VALUE`, `on KEY`, `off KEY`, `choke KEY`, `cc NUMBER VALUE` (0 to 127), `rpn NUMBER VALUE`,
//! `bend VALUE` (-1 to 1), `pressure VALUE` (0 to 1), `express WHAT VALUE KEY`, `modulate SETTING OFFSET KEY`,
//! `retune KEY relative|absolute PITCH`, `retune KEY silent`, `panic`. Notes are on channel 1 with velocity 100 unless `ch:`,
//! `vel:` and `id:` say otherwise; `*` stands for any key, `ch:*` for any channel.
//!
//! What must be so, of what sounds at that time (a pitch is MIDI semitones as the decoder was asked): `sounds PITCH...`
//! (each voice's pitch within 1 cent, or `within:CENTS`), `voices N`, `loudness PITCH DB` (asked of the decoder, within
//! 0.2 dB), `level PITCH DB` (gain on top of what the decoder gives, within 0.2 dB), `pan PITCH VALUE`,
//! `tilt PITCH DB` (within 0.02), `starts N` and `refused N` (voices begun, notes refused so far), `ended KEY...` (notes told to have
//! ended so far, `KEY#ID` where they had an id; in any order), `slot PITCH N`.
//!
//! Attack and release take a millisecond, a note has no vibrato jitter and velocity does not move the attack, unless a file
//! sets them.

use super::rig::Fake;
use super::rig::player::FakePlayer;
use super::words::{self, Options, Words};
use timbrel_engine::event::{Event, KeyPitch, NoteAddress, TimedEvent};

pub const RATE: f64 = 48_000.0;

pub struct Script {
    pub events: Vec<TimedEvent>,
    pub expectations: Vec<Expectation>,
    /// Seconds.
    pub end: f64,
    /// The instrument.
    pub fake: Fake,
}

pub struct Expectation {
    pub line: usize,
    /// Seconds.
    pub at: f64,
    pub what: Wanted,
}

/// Pitches are MIDI semitones.
pub enum Wanted {
    Sounds { pitches: Vec<f64>, cents: f64 },
    Voices(usize),
    Loudness { pitch: f64, db: f64 },
    Level { pitch: f64, db: f64 },
    Pan { pitch: f64, value: f64 },
    Tilt { pitch: f64, db: f64 },
    Slot { pitch: f64, slot: u16 },
    Starts(usize),
    Refused(u64),
    Ended(Vec<String>),
}

/// Reads a file; a fault names its line.
pub fn parse(text: &str) -> Result<Script, String> {
    let mut script = Script { events: Vec::new(), expectations: Vec::new(), end: 0.0, fake: Fake::default() };
    if !text.starts_with("# ") {
        return Err("1: a file begins with a comment that says the behaviour".into());
    }
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let line = line.split('#').next().map_or("", |kept| if line.contains(" ended ") { line } else { kept }).trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if instrument(line, &mut script.fake).map_err(|fault| format!("{line_number}: {fault}"))? {
            continue;
        }
        read(line, line_number, &mut script).map_err(|fault| format!("{line_number}: {fault}"))?;
    }
    Ok(script)
}

/// Reads what a line says of the instrument; says whether it does.
fn instrument(line: &str, fake: &mut Fake) -> Result<bool, String> {
    let mut words = Words(line.split_whitespace());
    match words.next("word")? {
        "players" if line == "players shape" => fake.player = Some(FakePlayer::PLAIN),
        "matching" => fake.matching_db = words.number("decibels")?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn read(line: &str, line_number: usize, script: &mut Script) -> Result<(), String> {
    let mut words = Words(line.split_whitespace());
    let at: f64 = words.number("time")?;
    if at < script.end {
        return Err(format!("{at} s lies before {} s", script.end));
    }
    script.end = at;
    let verb = words.next("verb")?;
    match expectation(verb, &mut words)? {
        Some(what) => script.expectations.push(Expectation { line: line_number, at, what }),
        None => {
            let position = (at * RATE).round() as u64;
            let events = events(verb, words)?;
            script.events.extend(events.into_iter().map(|event| TimedEvent { at: position, event }));
        }
    }
    Ok(())
}

fn expectation(verb: &str, words: &mut Words) -> Result<Option<Wanted>, String> {
    Ok(Some(match verb {
        "sounds" => {
            let (mut pitches, mut cents) = (Vec::new(), 1.0);
            for word in words.0.by_ref() {
                match word.strip_prefix("within:") {
                    Some(within) => cents = within.parse().map_err(|_| format!("{word:?} is no number of cents"))?,
                    None if word == "nothing" => {}
                    None => pitches.push(word.parse().map_err(|_| format!("{word:?} is no pitch"))?),
                }
            }
            pitches.sort_by(f64::total_cmp);
            Wanted::Sounds { pitches, cents }
        }
        "voices" => Wanted::Voices(words.number("count")?),
        "loudness" => Wanted::Loudness { pitch: words.number("pitch")?, db: words.number("decibels")? },
        "level" => Wanted::Level { pitch: words.number("pitch")?, db: words.number("decibels")? },
        "pan" => Wanted::Pan { pitch: words.number("pitch")?, value: words.number("pan")? },
        "tilt" => Wanted::Tilt { pitch: words.number("pitch")?, db: words.number("decibels per octave")? },
        "slot" => Wanted::Slot { pitch: words.number("pitch")?, slot: words.number("slot")? },
        "starts" => Wanted::Starts(words.number("count")?),
        "refused" => Wanted::Refused(words.number("count")?),
        "ended" => {
            let mut notes: Vec<String> =
                words.0.by_ref().filter(|word| *word != "nothing").map(str::to_owned).collect();
            notes.sort();
            Wanted::Ended(notes)
        }
        _ => return Ok(None),
    }))
}

fn events(verb: &str, mut words: Words) -> Result<Vec<Event>, String> {
    let mut events = Vec::new();
    match verb {
        "set" => {
            let setting = words::setting(words.next("setting")?)?;
            events.push(Event::Set(setting, words::value(setting, words.next("value")?)?));
        }
        "on" => {
            let key = words.number("key")?;
            let mut options = Options::of(&words.rest())?;
            let (channel, id) = (options.channel()?, options.take("id")?);
            let velocity = options.take::<f32>("vel")?.unwrap_or(100.0) / 127.0;
            options.done()?;
            events.push(Event::NoteOn { note: NoteAddress::of(channel, key, id), velocity });
        }
        "off" => events.push(Event::NoteOff { note: note(words)? }),
        "choke" => events.push(Event::Choke { note: note(words)? }),
        "cc" => {
            let (controller, value) = (words.number("controller")?, words.number::<f32>("value")? / 127.0);
            events.push(Event::Controller { channel: channel(words)?, controller, value });
        }
        "rpn" => {
            let (number, value) = (words.number::<u8>("number")?, words.number::<u8>("value")?);
            let channel = channel(words)?;
            let message = |(controller, value): (u8, u8)| Event::Controller {
                channel,
                controller,
                value: f32::from(value) / 127.0,
            };
            events.extend([(101, 0), (100, number), (6, value), (38, 0)].map(message));
        }
        "bend" => events.push(Event::PitchBend { value: words.number("bend")?, channel: channel(words)? }),
        "pressure" => {
            events.push(Event::ChannelPressure { value: words.number("pressure")?, channel: channel(words)? });
        }
        "express" => {
            let expression = words::expression(words.next("expression")?)?;
            let value = words.number("value")?;
            events.push(Event::NoteExpression { note: note(words)?, expression, value });
        }
        "modulate" => {
            let setting = words::setting(words.next("setting")?)?;
            let offset = words.number("offset")?;
            events.push(Event::Modulate { note: note(words)?, setting, offset });
        }
        "retune" => {
            let key = words.number("key")?;
            let pitch = match words.next("kind of pitch")? {
                "relative" => KeyPitch::Relative(words.number("pitch")?),
                "absolute" => KeyPitch::Absolute(words.number("pitch")?),
                "silent" => KeyPitch::Silent,
                other => return Err(format!("{other:?} is no kind of pitch")),
            };
            let mut options = Options::of(&words.rest())?;
            let channel = options.take::<u8>("ch")?.map(|channel| channel - 1);
            options.done()?;
            events.push(Event::Retune { channel, key, pitch });
        }
        "panic" => events.push(Event::Panic),
        other => return Err(format!("{other:?} is no verb")),
    }
    Ok(events)
}

fn note(mut words: Words) -> Result<NoteAddress, String> {
    let key = words.next("key")?;
    let mut options = Options::of(&words.rest())?;
    let address = words::address(key, &mut options)?;
    options.done()?;
    Ok(address)
}

fn channel(words: Words) -> Result<u8, String> {
    let mut options = Options::of(&words.rest())?;
    let channel = options.channel()?;
    options.done()?;
    Ok(channel)
}
