//! The Python tools of the project, in a virtual environment under `target/python`.
//! Main thread.
//! A set of requirements is installed once for each content of its files; pip is told to ask nothing and to stay in there.

use crate::places::Places;
use crate::process;
use crate::setup::system;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The oldest Python that the kit is written for.
const OLDEST: (u32, u32) = (3, 11);

/// What is to be installed.
#[derive(Clone, Copy)]
pub enum Tools {
    /// Reading, evaluating and testing: numpy, onnx, onnxruntime, pytest, pedalboard...
    Reading,
    /// Training: PyTorch.
    Training,
}

/// Makes the virtual environment where it is missing.
pub fn ensure_venv(places: &Places) -> Result<()> {
    if works(&places.python(), &["-m", "pip", "--version"]) {
        return Ok(());
    }
    let python = find()?;
    let make = || {
        let mut command = Command::new(&python);
        command.args(["-m", "venv", "--clear"]).arg(places.venv());
        command
    };
    if !works(&python, &["-c", "import ensurepip, venv"]) {
        system::ensure(system::Purpose::Python)?;
    }
    process::run_quiet("Python environment", &places.logs(), &mut make())
        .context("Python cannot make a virtual environment; on Debian: sudo apt-get install python3-venv")
}

/// Installs a set of tools where it is missing or its requirements have changed.
pub fn ensure(places: &Places, tools: Tools) -> Result<()> {
    ensure_venv(places)?;
    let (title, files): (_, &[&str]) = match tools {
        Tools::Reading => ("Python tools", &["models/requirements.txt"]),
        Tools::Training => ("PyTorch", &["models/requirements-train.txt"]),
    };
    let mut hash = Sha256::new();
    let mut present = Vec::new();
    for file in files {
        let path = places.root().join(file);
        let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        hash.update(&text);
        present.push(path);
    }
    let hash = hex(&hash.finalize());
    let stamp = places.venv().join(format!("{}.stamp", title.replace(' ', "-").to_lowercase()));
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == hash) {
        return Ok(());
    }
    let mut command = pip(places);
    command.arg("install");
    for path in &present {
        command.arg("--requirement").arg(path);
    }
    process::run_quiet(title, &places.logs(), &mut command)?;
    std::fs::write(&stamp, hash).with_context(|| format!("cannot write {}", stamp.display()))
}

/// The pip of the virtual environment.
pub fn pip(places: &Places) -> Command {
    let mut command = Command::new(places.python());
    command.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]);
    command
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A Python that is new enough.
fn find() -> Result<PathBuf> {
    let probe = format!("import sys; sys.exit(0 if sys.version_info >= ({}, {}) else 1)", OLDEST.0, OLDEST.1);
    ["python3.11", "python3", "python", "python3.12", "python3.13"]
        .iter()
        .map(PathBuf::from)
        .find(|python| works(python, &["-c", &probe]))
        .map_or_else(
            || bail!("no Python {}.{} or later was found on the PATH; please install one", OLDEST.0, OLDEST.1),
            Ok,
        )
}

fn works(python: &std::path::Path, arguments: &[&str]) -> bool {
    Command::new(python)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
