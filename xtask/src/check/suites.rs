//! The list of suites and what each one runs.
//! Main thread.
//! No suite reads from the terminal.

use crate::bundle::{self, Profile};
use crate::check::counts::Counts;
use crate::places::{Execution, Places};
use crate::process;
use crate::setup::{onnxruntime, python, system};
use crate::{import, play, train};
use anyhow::Result;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Which suites.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What needs neither PyTorch nor packages.
    Quick,
    /// All.
    Full,
}

/// One suite.
pub struct Suite {
    /// What the table says.
    pub title: &'static str,
    /// Runs it.
    pub run: fn(&Places) -> Result<Counts>,
}

/// All suites of a scope, in order: what later ones need comes first.
pub fn all(scope: Scope) -> Vec<Suite> {
    let suite = |title, run| Suite { title, run };
    let mut suites = vec![suite("set-up", quick_setup), suite("formatting", formatting), suite("lints", lints)];
    if scope == Scope::Quick {
        suites.push(suite("unit tests", quick_tests));
        return suites;
    }
    suites.extend([
        suite("Python set-up", python_setup),
        suite("kit: style", style),
        suite("kit: tests", kit),
        suite("golden vectors", golden),
        suite("imported violin", imported),
        suite("packaging", packaging),
        suite("cargo xtask play", melody),
        suite("unit and integration tests", tests),
        suite("documentation examples", doctests),
        suite("packaged CLAP in clack-host", clap),
        suite("the window under Xvfb", window),
        suite("VST3 in pedalboard; the melody", vst3),
    ]);
    suites
}

fn quick_setup(places: &Places) -> Result<Counts> {
    system::ensure(system::Purpose::Standalone)?;
    system::ensure(system::Purpose::Screen)?;
    onnxruntime::ensure(places, Execution::Cpu)?;
    Ok(Counts::SUCCESS)
}

fn python_setup(places: &Places) -> Result<Counts> {
    python::ensure(places, python::Tools::Reading)?;
    python::ensure(places, python::Tools::Training)?;
    Ok(Counts::SUCCESS)
}

fn formatting(_places: &Places) -> Result<Counts> {
    process::run("formatting", &mut cargo(&["fmt", "--all", "--check"]))?;
    Ok(Counts::SUCCESS)
}

fn lints(_places: &Places) -> Result<Counts> {
    let mut command = cargo(&["clippy", "--workspace", "--all-targets"]);
    let standalone = system::can_build_standalone();
    if standalone {
        command.arg("--all-features");
    } else {
        eprintln!("the standalone program is left out: the development files of ALSA and JACK are not here");
    }
    process::run("lints", command.args(["--", "--deny", "warnings"]))?;
    Ok(Counts { skipped: u64::from(!standalone), ..Counts::SUCCESS })
}

fn style(places: &Places) -> Result<Counts> {
    // In the kit's folder, so that ruff knows the kit's own package; elsewhere it would sort imports another way.
    for folder in [".", "../tests/python"] {
        let mut command = Command::new(places.python());
        command.args(["-m", "ruff", "check", "--config", "pyproject.toml", folder]).current_dir(places.models());
        process::run("ruff", &mut command)?;
    }
    Ok(Counts::SUCCESS)
}

fn kit(places: &Places) -> Result<Counts> {
    counted("kit tests", Command::new(places.python()).args(["-m", "pytest", "-q"]).current_dir(places.models()))
}

fn golden(places: &Places) -> Result<Counts> {
    process::run_quiet("golden vectors", &places.logs(), train::kit(places).arg("golden").arg(places.golden()))?;
    Ok(Counts::SUCCESS)
}

/// The published checkpoint as a model, for the engine's tests; they skip where there is none.
fn imported(places: &Places) -> Result<Counts> {
    if import::interop_violin(places)?.is_some() {
        return Ok(Counts::SUCCESS);
    }
    eprintln!(
        "skipped: no published checkpoint in {} (set TIMBREL_INTEROP to a folder that holds nws-violin)",
        places.shared_interop().display()
    );
    Ok(Counts { skipped: 1, ..Counts::default() })
}

fn packaging(places: &Places) -> Result<Counts> {
    bundle::make(places, Execution::Cpu, Profile::Release)?;
    Ok(Counts::SUCCESS)
}

/// Renders the demo melody as a user would; what came of it is measured by `tests/python/test_play.py`.
fn melody(places: &Places) -> Result<Counts> {
    let out = melody_file(places);
    play::render_file(places, &play::Options::demo(places, &out))?;
    Ok(Counts::SUCCESS)
}

fn melody_file(places: &Places) -> PathBuf {
    places.target().join("check").join("melody.wav")
}

fn quick_tests(places: &Places) -> Result<Counts> {
    // Integration tests read golden vectors and packages, which the quick scope does not make.
    rust(places, &["--workspace", "--lib", "--bins"], None)
}

fn tests(places: &Places) -> Result<Counts> {
    rust(places, &["--workspace"], Some("not binary(/^clap_/)"))
}

fn clap(places: &Places) -> Result<Counts> {
    if !has_nextest() {
        eprintln!("cargo's own test runner has run these with the integration tests; nextest would count them here");
        return Ok(Counts::default());
    }
    // All packages again, though the tests lie in one: another selection would mean other features and a second build.
    rust(places, &["--workspace"], Some("binary(/^clap_/) and not binary(/^clap_editor/)"))
}

/// The packaged plugin's window, with a pointer and a keyboard, on a screen of its own.
fn window(places: &Places) -> Result<Counts> {
    if !has_nextest() {
        eprintln!("cargo's own test runner has run these with the integration tests; nextest would count them here");
        return Ok(Counts::default());
    }
    rust(places, &["--workspace"], Some("binary(/^clap_editor/)"))
}

fn doctests(places: &Places) -> Result<Counts> {
    let mut command = cargo(&["test", "--workspace", "--doc"]);
    command.args(standalone());
    counted("documentation examples", command.env("ORT_DYLIB_PATH", onnxruntime::ensure(places, Execution::Cpu)?))
}

fn vst3(places: &Places) -> Result<Counts> {
    let mut command = Command::new(places.python());
    command
        .args(["-m", "pytest", "-q", "tests/python"])
        .env("TIMBREL_VST3", places.bundled().join("Timbrel.vst3"))
        .env("TIMBREL_MELODY", melody_file(places));
    counted("packaged VST3", &mut command)
}

/// Runs Rust tests with nextest where it is installed, else with cargo's own runner.
///
/// `filter` is nextest's; cargo's runner has none, and runs all tests of the selection.
fn rust(places: &Places, selection: &[&str], filter: Option<&str>) -> Result<Counts> {
    let mut command = if has_nextest() {
        let mut command = cargo(&["nextest", "run", "--no-fail-fast", "--no-tests", "pass"]);
        command.args(selection);
        if let Some(filter) = filter {
            command.args(["--filterset", filter]);
        }
        command
    } else {
        let mut command = cargo(&["test", "--no-fail-fast"]);
        command.args(selection);
        command
    };
    command
        .args(standalone())
        .env("ORT_DYLIB_PATH", onnxruntime::ensure(places, Execution::Cpu)?)
        .env("TIMBREL_GOLDEN", places.golden())
        .env("TIMBREL_PICTURES", places.editor_pictures())
        .env("TIMBREL_BUNDLE", places.bundled().join("Timbrel.clap"));
    counted("tests", &mut command)
}

/// What has the standalone program tested as well, where it can be built.
fn standalone() -> &'static [&'static str] {
    if system::can_build_standalone() { &["--features", "timbrel/standalone"] } else { &[] }
}

fn has_nextest() -> bool {
    cargo(&["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a test program, shows its output as it comes and counts.
fn counted(title: &str, command: &mut Command) -> Result<Counts> {
    let output = process::capture(title, command, |line| println!("{line}"))?;
    Ok(Counts::read(&output.lines).with_status(output.success))
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments);
    command
}
