//! Auditions the factory presets: plays each through the packaged CLAP plugin and says how loud it is.
//! Main thread.
//! What it measures is what the tests measure (`timbrel_tests::audition`; test: `clap_presets`).

use crate::bundle::{self, Profile};
use crate::places::{Execution, Places};
use crate::play::{self, Sound};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use timbrel_tests::audition::{Audition, COMMON_LUFS, LEAN_DB, RATE, SPREAD_LU, audition};
use timbrel_tests::host::{FoundPreset, PACKAGE_VARIABLE, Package, Recording, sha256_of};

/// Steps of the output gain that `--write` sets, decibels.
const GAIN_STEP_DB: f64 = 0.1;
/// Peaks stay under this if that costs no more than so much loudness: decibels of full scale, LU.
const ROOM_DB: f64 = -2.0;
const SOFTER_LU: f64 = 1.2;
/// The range of the output gain, decibels.
const GAINS_DB: std::ops::RangeInclusive<f64> = -60.0..=12.0;

/// Audition the factory presets: peak, loudness, what clips, what is silent
///
/// Each preset in assets/presets/ plays a phrase that suits its tags through the packaged plugin (that of TIMBREL_BUNDLE, if
/// it is set). The table says which output gain would bring it to the common loudness.
#[derive(Args)]
pub struct Options {
    /// Presets whose file names contain one of these; all if there is none
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Set each preset's output gain to the common loudness, and the content of its instruments to that of the shipped ones
    #[arg(long)]
    write: bool,
    /// Write what is played as WAV files into this folder, with spectrograms
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Runs `cargo xtask presets`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    let folder = places.root().join("assets").join("presets");
    if options.write {
        stamp(places, &folder)?;
    }
    let package = package(places)?;
    let found = package.presets_of(&folder)?;
    for fault in &found.faults {
        eprintln!("broken: {fault}");
    }
    let name = |preset: &FoundPreset| preset.path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_wanted = |preset: &FoundPreset| {
        options.words.is_empty() || options.words.iter().any(|word| name(preset).contains(&word.to_lowercase()))
    };
    let mut heard = Vec::new();
    println!("{:<28} {:>9} {:>7} {:>7} {:>7}  tags", "preset", "peak dBFS", "LUFS", "limiter", "gain");
    for preset in found.presets.iter().filter(|preset| is_wanted(preset)) {
        let (measured, sound) = audition(&package, preset).with_context(|| preset.path.display().to_string())?;
        let gain = gain_of(&preset.path)? + missing_db(&measured);
        let Audition { peak_db, loudness_lufs, lean_db } = measured;
        let tags = preset.features.join(" ");
        let verdict = verdict(&measured);
        println!("{:<28} {peak_db:>9.1} {loudness_lufs:>7.1} {lean_db:>7.1} {gain:>7.1}  {tags}{verdict}", preset.name);
        if let Some(out) = &options.out {
            draw(sound, &places.typed(out), &preset.name)?;
        }
        if options.write && !measured.is_silent() {
            set_gain(&preset.path, gain)?;
        }
        heard.push(measured);
    }
    summary(&heard, found.faults.len())
}

/// Writes a sound and its picture.
fn draw(sound: Recording, folder: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(format!("{name}.wav"));
    play::save(&Sound { left: sound.left, right: sound.right }, RATE, &path)
}

/// What brings a preset to the common loudness, decibels; a little less where its peaks need the room.
fn missing_db(measured: &Audition) -> f64 {
    let missing = COMMON_LUFS - measured.loudness_lufs;
    let room = ROOM_DB - (measured.peak_db + measured.lean_db);
    missing.min(room.max(missing - SOFTER_LU))
}

fn verdict(measured: &Audition) -> &'static str {
    match measured {
        _ if measured.is_silent() => "  SILENT",
        _ if measured.clips() => "  CLIPS",
        Audition { lean_db, .. } if *lean_db > LEAN_DB => "  LEANS ON THE LIMITER",
        _ => "",
    }
}

fn summary(heard: &[Audition], broken: usize) -> Result<()> {
    let (low, high) = heard.iter().fold((f64::MAX, f64::MIN), |(low, high), measured| {
        (low.min(measured.loudness_lufs), high.max(measured.loudness_lufs))
    });
    let bad = heard.iter().filter(|measured| !verdict(measured).is_empty()).count();
    println!(
        "{} presets; {:.1} LU between the softest and the loudest (at most {SPREAD_LU}); {bad} clip, lean or are silent; {broken} broken",
        heard.len(),
        (high - low).max(0.0),
    );
    Ok(())
}

fn package(places: &Places) -> Result<Package> {
    if std::env::var_os(PACKAGE_VARIABLE).is_some() {
        return Ok(Package::find()?);
    }
    Ok(Package::load(&bundle::make(places, Execution::Cpu, Profile::Release)?.clap)?)
}

/// Writes into each preset which contents its instruments have now.
fn stamp(places: &Places, folder: &Path) -> Result<()> {
    let mut contents = BTreeMap::new();
    for instrument in read_dir(&places.models().join("instruments"))? {
        for file in read_dir(&instrument)? {
            if file.extension().is_some_and(|ending| ending == "onnx") {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                contents.insert(name, sha256_of(&file)?);
            }
        }
    }
    for path in read_dir(folder)? {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut stamped = text.clone();
        for title in ["instrument", "second"] {
            let Some(file) = value(&stamped, title, "file").map(|file| file.trim_matches('"').to_owned()) else {
                continue;
            };
            let Some(sha256) = contents.get(&file) else { bail!("{}: there is no instrument {file}", path.display()) };
            stamped = with_value(&stamped, title, "sha256", &format!("\"{sha256}\""));
        }
        if stamped != text {
            fs::write(&path, stamped).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}

fn gain_of(path: &Path) -> Result<f64> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    value(&text, "parameters", "gain").map_or(Ok(0.0), |gain| gain.parse()).context("the gain is no number")
}

fn set_gain(path: &Path, gain: f64) -> Result<()> {
    let gain = (gain.clamp(*GAINS_DB.start(), *GAINS_DB.end()) / GAIN_STEP_DB).round() * GAIN_STEP_DB;
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    fs::write(path, with_value(&text, "parameters", "gain", &format!("{gain:.1}")))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The value of a field in a section, as it stands there, without what is said of it.
fn value<'a>(text: &'a str, title: &str, field: &str) -> Option<&'a str> {
    lines_of(text, title).find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == field).then(|| value.split('#').next().unwrap_or_default().trim())
    })
}

fn lines_of<'a>(text: &'a str, title: &str) -> impl Iterator<Item = &'a str> {
    let head = format!("[{title}]");
    text.lines().skip_while(move |line| *line != head).skip(1).take_while(|line| !line.starts_with('['))
}

/// The same text with another value of a field in a section, which is at the section's end if there was none.
fn with_value(text: &str, title: &str, field: &str, value: &str) -> String {
    let head = format!("[{title}]");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let begin = match lines.iter().position(|line| *line == head) {
        Some(place) => place + 1,
        None => {
            lines.extend([String::new(), head]);
            lines.len()
        }
    };
    let end = lines[begin..].iter().position(|line| line.starts_with('[')).map_or(lines.len(), |length| begin + length);
    let is_field = |line: &String| line.split_once('=').is_some_and(|(name, _)| name.trim() == field);
    let written = format!("{field} = {value}");
    match lines[begin..end].iter().position(is_field) {
        Some(place) => lines[begin + place] = written,
        None => {
            let last =
                lines[begin..end].iter().rposition(|line| !line.trim().is_empty()).map_or(begin, |at| begin + at + 1);
            lines.insert(last, written);
        }
    }
    lines.join("\n") + "\n"
}

fn read_dir(folder: &Path) -> Result<Vec<PathBuf>> {
    let context = || format!("cannot read {}", folder.display());
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).with_context(context)? {
        paths.push(entry.with_context(context)?.path());
    }
    paths.retain(|path| path.is_dir() || path.is_file());
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_cost_a_little_loudness_and_no_more() {
        let missing = |peak_db, loudness_lufs| missing_db(&Audition { peak_db, loudness_lufs, lean_db: 0.0 });
        assert_eq!(missing(-10.0, -24.0), 4.0);
        assert_eq!(missing(-5.5, -24.0), 3.5);
        assert_eq!(missing(-3.0, -24.0), 4.0 - SOFTER_LU);
        assert_eq!(missing(-1.0, -18.0), -2.0);
    }

    #[test]
    fn a_field_is_changed_in_its_own_section_alone() {
        let text =
            "name = \"x\"\n\n[instrument]\nfile = \"cello.onnx\"\n\n[second]\nfile = \"oboe.onnx\"\nsha256 = \"1\"\n";
        assert_eq!(value(text, "second", "file"), Some("\"oboe.onnx\""));
        assert_eq!(value(text, "instrument", "sha256"), None);
        let text = with_value(text, "instrument", "sha256", "\"2\"");
        let text = with_value(&text, "parameters", "gain", "-3.0");
        let text = with_value(&text, "second", "sha256", "\"3\"");
        assert_eq!(
            text,
            "name = \"x\"\n\n[instrument]\nfile = \"cello.onnx\"\nsha256 = \"2\"\n\n[second]\nfile = \"oboe.onnx\"\nsha256 = \"3\"\n\n[parameters]\ngain = -3.0\n"
        );
    }
}
