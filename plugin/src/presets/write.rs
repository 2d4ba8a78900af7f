//! A preset as text.
//! Any thread but the audio thread.
//! The same sound is the same text, and reading it gives the same sound (tests: `saving_again_gives_the_same_text`,
//! `a_sound_comes_back_to_the_bit`).

use super::sound::untouched;
use super::{About, FORMAT, Instrument, Preset};
use crate::params::{Control, GROUPS, IDS};
use crate::tuning::SavedFile;
use nice_plug::params::Param;
use std::fmt::Write;

/// The whole file.
pub fn text(preset: &Preset) -> String {
    let mut text = String::from("# A preset of Timbrel; docs/presets.md says what stands here.\n");
    about(&mut text, &preset.about);
    let sound = &preset.sound;
    instrument(&mut text, "instrument", sound.instrument.as_ref());
    instrument(&mut text, "second", sound.second.as_ref());
    scala(&mut text, "scale", sound.scale.as_ref());
    scala(&mut text, "map", sound.map.as_ref());
    parameters(&mut text, preset);
    if let Some(matrix) = sound.matrix.as_ref().and_then(toml_of) {
        let mut table = toml::Table::new();
        table.insert("matrix".to_owned(), matrix);
        line(&mut text, &format!("\n{}", table.to_string().trim_end()));
    }
    text
}

fn about(text: &mut String, about: &About) {
    line(text, &format!("format = {FORMAT}"));
    for (field, value) in [("name", &about.name), ("author", &about.author)] {
        line(text, &format!("{field} = {}", quoted(value)));
    }
    let tags: Vec<String> = about.tags.iter().map(|tag| quoted(tag)).collect();
    line(text, &format!("tags = [{}]", tags.join(", ")));
    line(text, &format!("comment = {}", quoted(&about.comment)));
}

fn instrument(text: &mut String, title: &str, instrument: Option<&Instrument>) {
    let Some(Instrument { name, file, sha256 }) = instrument else { return };
    line(text, &format!("\n[{title}]"));
    for (field, value) in [("name", name), ("file", file), ("sha256", sha256)] {
        line(text, &format!("{field} = {}", quoted(value)));
    }
}

fn scala(text: &mut String, title: &str, file: Option<&SavedFile>) {
    let Some(file) = file else { return };
    line(text, &format!("\n[{title}]"));
    line(text, &format!("file = {}", quoted(&file.path)));
    line(text, &format!("text = {}", quoted(&file.text)));
}

/// All of them, in the editor's order, each with what it reads like there.
fn parameters(text: &mut String, preset: &Preset) {
    line(text, "\n[parameters]");
    let controls = untouched().controls();
    for (title, settings) in GROUPS {
        line(text, &format!("# {title}"));
        for setting in settings {
            let Some(place) = controls.iter().position(|(found, _)| found == setting) else { continue };
            let (control, value) = (controls[place].1, preset.sound.values[place]);
            line(
                text,
                &format!("{} = {}  # {}{}", IDS[place], written(control, value), control.name(), unit(control, value)),
            );
        }
    }
}

/// A value as it stands in the file.
pub(super) fn written(control: Control, value: f32) -> String {
    match control {
        Control::Float(_) => number(value),
        Control::Int(_) => match choice(control, value) {
            Some(name) => quoted(&name),
            None => format!("{value:.0}"),
        },
    }
}

/// The name of a choice; `None` of a number.
pub(super) fn choice(control: Control, value: f32) -> Option<String> {
    let Control::Int(param) = control else { return None };
    let name = param.normalized_value_to_string(param.preview_normalized(value as i32), false);
    name.parse::<f64>().is_err().then_some(name)
}

/// What the editor shows beside it, where that says more than the file's own number.
fn unit(control: Control, value: f32) -> String {
    match control {
        Control::Float(param) => {
            format!(": {}", param.normalized_value_to_string(param.preview_normalized(value), true))
        }
        Control::Int(_) => String::new(),
    }
}

/// The shortest number that is read back as this very one.
fn number(value: f32) -> String {
    let short = format!("{value:?}");
    // Readers take it for a double first, which once in a very long while rounds it another way.
    let exact = short.parse::<f64>().is_ok_and(|read| read as f32 == value);
    if exact { short } else { format!("{:?}", f64::from(value)) }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

/// The same in TOML, which knows no null: what is null is left out.
fn toml_of(json: &serde_json::Value) -> Option<toml::Value> {
    use serde_json::Value;
    match json {
        Value::Null => None,
        Value::Bool(value) => Some(toml::Value::Boolean(*value)),
        Value::Number(number) => {
            number.as_i64().map(toml::Value::Integer).or_else(|| number.as_f64().map(toml::Value::Float))
        }
        Value::String(text) => Some(toml::Value::String(text.clone())),
        Value::Array(values) => Some(toml::Value::Array(values.iter().filter_map(toml_of).collect())),
        Value::Object(fields) => Some(toml::Value::Table(
            fields.iter().filter_map(|(name, value)| Some((name.clone(), toml_of(value)?))).collect(),
        )),
    }
}
