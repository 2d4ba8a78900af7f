//! How voices behave: every file in `cases/` is one behaviour, played through the control thread's conductor on a fake
//! decoder. `script.rs` says what a file may hold.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

#[path = "../rig/mod.rs"]
mod rig;
mod scene;
mod script;
mod words;

use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Fewer files than this, and the folder is not what it was.
const LEAST_CASES: usize = 80;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = cases().into_iter().map(trial).collect();
    let found = trials.len();
    trials.push(Trial::test("the_folder_of_behaviours_is_whole", move || {
        if found < LEAST_CASES { Err(format!("{found} cases, expected {LEAST_CASES} or more").into()) } else { Ok(()) }
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/voices/cases");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    paths.sort();
    paths
}

fn trial(path: PathBuf) -> Trial {
    let name = path.file_stem().unwrap().to_string_lossy().replace('-', "_");
    Trial::test(name, move || run(&path))
}

fn run(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let script = script::parse(&text).map_err(|fault| format!("{}:{fault}", path.display()))?;
    let scene = scene::play(&script);
    let faults: Vec<String> = script
        .expectations
        .iter()
        .filter_map(|expectation| scene.fault(expectation).map(|fault| (expectation.line, fault)))
        .map(|(line, fault)| format!("{}:{line}: {fault}", path.display()))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(format!("{}\n{}", faults.join("\n"), scene.summary()).into()) }
}
