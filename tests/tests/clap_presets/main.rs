//! Presets through the packaged plugin: every factory preset renders and is as loud as the others, hosts find them and
//! load them, and what was saved sounds the same. A test for each factory preset; what it measures is printed.
//! Test code.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod hosts;
mod random;

use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use timbrel::presets::{TAGS, read};
use timbrel_tests::audition::{COMMON_LUFS, LEAN_DB, SPREAD_LU, audition};
use timbrel_tests::host::{FoundPreset, FoundPresets, Package, sha256_of};

/// Fewer are not a library.
const FEWEST: usize = 40;
/// A preset has at most as many tags.
const MOST_TAGS: usize = 5;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let found = factory();
    let presets = found.presets.clone();
    let mut trials = Vec::new();
    for preset in &presets {
        let name = preset.path.file_stem().unwrap().to_string_lossy().to_lowercase().replace([' ', '-'], "_");
        let (heard, read) = (preset.clone(), preset.clone());
        trials.push(Trial::test(format!("{name}_renders_as_loud_as_the_others"), move || renders(&heard)));
        trials.push(Trial::test(format!("{name}_says_what_it_is"), move || says_what_it_is(&read)));
    }
    trials.push(Trial::test("no_factory_preset_is_broken", move || none(found.faults)));
    trials.push(Trial::test("there_are_presets_over_all_instruments", move || are_over_all_instruments(&presets)));
    trials.push(Trial::test("hosts_find_the_packages_presets", hosts::find_the_packages_presets));
    trials.push(Trial::test("hosts_see_what_a_preset_changed", hosts::see_what_a_preset_changed));
    trials.push(Trial::test("a_broken_preset_is_refused_with_a_sentence", hosts::are_told_what_is_broken));
    for seed in random::SEEDS {
        trials.push(Trial::test(format!("a_random_preset_sounds_as_it_did_{seed}"), move || {
            random::sounds_as_it_did(seed)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The folder of the factory presets.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("assets/presets")
}

/// What the plugin says of the factory presets.
fn factory() -> FoundPresets {
    Package::find().unwrap().presets_of(&folder()).unwrap()
}

/// Neither silent nor clipped, and in the middle of what presets may differ by.
fn renders(preset: &FoundPreset) -> Result<(), Failed> {
    let (measured, _) = audition(&Package::find()?, preset)?;
    println!(
        "{}: peak {:.1} dBFS, {:.2} LUFS, the limiter takes {:.2} dB",
        preset.name, measured.peak_db, measured.loudness_lufs, measured.lean_db
    );
    let mut faults = Vec::new();
    let mut fault = |is: bool, what: String| {
        if is {
            faults.push(what);
        }
    };
    fault(measured.is_silent(), "is silent".into());
    fault(measured.clips(), format!("peaks at {:.1} dBFS", measured.peak_db));
    fault(measured.lean_db > LEAN_DB, format!("leans on the limiter by {:.1} dB", measured.lean_db));
    let off = measured.loudness_lufs - COMMON_LUFS;
    fault(off.is_nan() || off.abs() >= SPREAD_LU / 2.0, format!("is {off:+.1} LU from the common loudness"));
    none(faults)
}

/// A name that is its file's, an author, tags of the vocabulary, a comment, and instruments as they are shipped.
fn says_what_it_is(preset: &FoundPreset) -> Result<(), Failed> {
    let mut faults = Vec::new();
    let mut fault = |is: bool, what: String| {
        if is {
            faults.push(what);
        }
    };
    fault(preset.name != preset.path.file_stem().unwrap().to_string_lossy(), "is in a file of another name".into());
    fault(preset.creators.is_empty(), "has no author".into());
    fault(preset.description.len() < 20, "does not say how to play it".into());
    fault(!(1..=MOST_TAGS).contains(&preset.features.len()), format!("has {} tags", preset.features.len()));
    for tag in preset.features.iter().filter(|tag| !TAGS.contains(&tag.as_str())) {
        fault(true, format!("has the tag {tag}, which is not of the vocabulary"));
    }
    fault(preset.plugins != ["clap:org.timbrel.timbrel"], format!("is for {:?}", preset.plugins));
    let parsed = read(&preset.path)?;
    fault(!parsed.notices.is_empty(), format!("leaves notices: {:?}", parsed.notices));
    fault(parsed.preset.sound.instrument.is_none(), "names no instrument".into());
    for instrument in [parsed.preset.sound.instrument, parsed.preset.sound.second].into_iter().flatten() {
        let shipped = shipped(&instrument.file);
        let is_shipped = shipped.is_some_and(|path| sha256_of(&path).unwrap() == instrument.sha256);
        fault(!is_shipped, format!("names another {} than is shipped: cargo xtask presets --write", instrument.file));
    }
    none(faults)
}

fn are_over_all_instruments(presets: &[FoundPreset]) -> Result<(), Failed> {
    let named: BTreeSet<&str> =
        presets.iter().flat_map(|preset| &preset.extra).map(|(_, instrument)| instrument.as_str()).collect();
    let tags: BTreeSet<&str> = presets.iter().flat_map(|preset| &preset.features).map(String::as_str).collect();
    println!("{} presets of {} instruments with {} tags", presets.len(), named.len(), tags.len());
    let mut faults = Vec::new();
    if presets.len() < FEWEST {
        faults.push(format!("{} presets, expected {FEWEST} or more", presets.len()));
    }
    for path in models() {
        let name = timbrel_engine::model::library::read_metadata(&path)?.name;
        if !named.contains(name.as_str()) {
            faults.push(format!("no preset plays {name}"));
        }
    }
    faults.extend(TAGS.iter().filter(|tag| !tags.contains(**tag)).map(|tag| format!("no preset has the tag {tag}")));
    none(faults)
}

/// The model files that are shipped.
fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("models/instruments");
    let folders = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    files.filter(|path| path.extension().is_some_and(|ending| ending == "onnx")).collect()
}

fn shipped(file: &str) -> Option<PathBuf> {
    models().into_iter().find(|path| path.file_name().is_some_and(|name| name == file))
}

fn none(faults: Vec<String>) -> Result<(), Failed> {
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}
