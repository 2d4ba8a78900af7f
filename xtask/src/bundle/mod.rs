//! Packs the plugin as CLAP and VST3 with all that it needs, in `target/bundled/`, and installs it where asked.
//! Main thread.
//! The packages work when copied anywhere (test: `clap_bundle.rs` in `tests/`).

mod install;
mod licences;
mod resources;

use crate::places::{Execution, Places};
use crate::process;
use crate::setup::onnxruntime;
use anyhow::{Context, Result, anyhow};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crate of the plugin, and its name in `bundler.toml`.
const PACKAGE: &str = "timbrel";

/// Pack the plugin as CLAP and VST3 in target/bundled/, with the ONNX Runtime library, the instruments and the presets
///
/// The packages can be copied anywhere. On Linux and Windows the CLAP package is two things that belong together:
/// Timbrel.clap and the folder Timbrel.resources beside it.
#[derive(Args)]
pub struct Options {
    /// Pack the GPU build of ONNX Runtime (NVIDIA; Linux and Windows, x86-64)
    #[arg(long)]
    cuda: bool,
    /// Copy the packages to your plugin folders
    #[arg(long)]
    install: bool,
    /// Build without optimisation (for a debugger; far too slow to play)
    #[arg(long)]
    debug: bool,
}

/// How the plugin is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As musicians get it.
    Release,
    /// For a debugger.
    Debug,
}

/// What was made.
pub struct Bundles {
    /// The CLAP package: a file, or a folder on macOS.
    pub clap: PathBuf,
    /// The resources beside it, where they are not inside.
    pub clap_resources: Option<PathBuf>,
    /// The VST3 package, a folder.
    pub vst3: PathBuf,
}

/// Runs `cargo xtask bundle`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    let execution = if options.cuda { Execution::Cuda } else { Execution::Cpu };
    let profile = if options.debug { Profile::Debug } else { Profile::Release };
    let bundles = make(places, execution, profile)?;
    println!("CLAP: {}", bundles.clap.display());
    println!("VST3: {}", bundles.vst3.display());
    if options.install {
        install::install(&bundles)?;
    }
    Ok(())
}

/// Builds and packs. Quick where nothing has changed.
pub fn make(places: &Places, execution: Execution, profile: Profile) -> Result<Bundles> {
    onnxruntime::ensure(places, execution)?;
    build(profile)?;
    let bundles = pack(places, profile)?;
    let targets = [bundles.clap_resources.clone().unwrap_or_else(|| inside(&bundles.clap)), inside(&bundles.vst3)];
    for target in &targets {
        resources::fill(places, execution, target)?;
    }
    sign(&bundles)?;
    Ok(bundles)
}

/// The resources inside of a package that is a folder.
fn inside(package: &Path) -> PathBuf {
    package.join("Contents").join("Resources")
}

fn build(profile: Profile) -> Result<()> {
    let mut command = Command::new(env!("CARGO"));
    // The library alone, without the standalone program's feature: a plugin must not want JACK or ALSA.
    command.args(["build", "--package", PACKAGE, "--lib"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    process::run("building the plugin", &mut command)
}

fn pack(places: &Places, profile: Profile) -> Result<Bundles> {
    let arguments = match profile {
        Profile::Release => vec!["--release".to_owned()],
        Profile::Debug => Vec::new(),
    };
    nice_plug_xtask::bundle(places.cargo_target(), PACKAGE, &arguments, false)
        .map_err(|error| anyhow!("cannot pack the plugin: {error:#}"))?;
    let made = places.cargo_target().join("bundled");
    let bundled = places.bundled();
    if made != bundled {
        for name in ["Timbrel.clap", "Timbrel.vst3"] {
            copy(&made.join(name), &bundled.join(name))?;
        }
    }
    let clap = bundled.join("Timbrel.clap");
    let clap_resources = (!cfg!(target_os = "macos")).then(|| bundled.join("Timbrel.resources"));
    Ok(Bundles { clap, clap_resources, vst3: bundled.join("Timbrel.vst3") })
}

/// macOS: the resources were added after the bundler signed, so the signature is made anew over all of it.
fn sign(bundles: &Bundles) -> Result<()> {
    if !cfg!(target_os = "macos") {
        return Ok(());
    }
    for package in [&bundles.clap, &bundles.vst3] {
        let mut command = Command::new("codesign");
        command.args(["--force", "--deep", "--sign", "-"]).arg(package);
        process::run("signing", &mut command)?;
    }
    Ok(())
}

/// Copies a file or a folder; what is there already with the same size and an equal or later time is left.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let metadata = fs::metadata(from).with_context(|| format!("cannot read {}", from.display()))?;
    if metadata.is_dir() {
        fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
        for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
            let entry = entry.with_context(|| format!("cannot read {}", from.display()))?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    let same = fs::metadata(to).is_ok_and(|there| {
        there.len() == metadata.len()
            && there.modified().ok().zip(metadata.modified().ok()).is_some_and(|(there, here)| there >= here)
    });
    if same {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    // A library that some host has open must not be overwritten in place: a new file takes its name.
    let fresh = to.with_extension("new");
    fs::copy(from, &fresh).with_context(|| format!("cannot copy {} to {}", from.display(), fresh.display()))?;
    fs::rename(&fresh, to).with_context(|| format!("cannot put {} in place", to.display()))
}

/// The resources that the CLAP package finds.
pub fn resources_of(bundles: &Bundles) -> PathBuf {
    bundles.clap_resources.clone().unwrap_or_else(|| inside(&bundles.clap))
}
