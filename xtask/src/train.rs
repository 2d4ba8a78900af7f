//! Trains an instrument with the kit in `models/`, and gives it to the plugin once the kit's own check has passed.
//! Main thread; the kit runs as a program of its own with its output on the terminal.
//! A model that fails the check never reaches the player's folder.

use crate::places::Places;
use crate::process;
use crate::setup::python;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Train an instrument from a folder of recordings, and put it where the plugin finds it
///
/// Everything after the folder goes to the kit as it stands. To see what it understands:
///     cargo xtask train --help-kit
#[derive(Args)]
pub struct Options {
    /// The recordings
    #[arg(required_unless_present = "help_kit")]
    folder: Option<PathBuf>,
    /// What the player will see
    #[arg(long, required_unless_present = "help_kit")]
    name: Option<String>,
    /// Show the kit's own options
    #[arg(long)]
    help_kit: bool,
    /// Options for the kit, after `--`
    #[arg(last = true)]
    kit: Vec<String>,
}

/// Runs `cargo xtask train`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    python::ensure(places, python::Tools::Reading)?;
    python::ensure(places, python::Tools::Training)?;
    if options.help_kit {
        return process::run("the kit's help", kit(places).args(["train", "--help"]));
    }
    let (Some(folder), Some(name)) = (&options.folder, &options.name) else {
        bail!("a folder of recordings and --name are needed");
    };
    let folder = fs::canonicalize(folder).with_context(|| format!("cannot find the folder {}", folder.display()))?;
    let file = format!("{}.onnx", file_name(name)?);
    let made = places.target().join("trained").join(&file);
    if let Some(parent) = made.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    let mut train = kit(places);
    train.arg("train").arg(&folder).args(["--name", name]).arg("--output").arg(&made).args(&options.kit);
    process::run("training", &mut train)?;
    process::run("checking the model", kit(places).arg("check").arg(&made))?;
    let target = places.user_models()?.join(&file);
    crate::bundle::copy(&made, &target)?;
    println!("{name} is ready: {}", target.display());
    println!("Choose it in Timbrel's list of instruments, or hear it now:");
    println!("    cargo xtask play --midi assets/demo/melody.mid --out melody.wav --instrument {}", target.display());
    Ok(())
}

/// The kit, run in its folder.
pub fn kit(places: &Places) -> Command {
    let mut command = Command::new(places.python());
    command.args(["-m", "timbrel_kit"]).current_dir(places.models());
    command
}

/// A file name out of a player's name: letters, digits and dashes.
fn file_name(name: &str) -> Result<String> {
    let plain: String = name.trim().to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let plain = plain.trim_matches('-').to_owned();
    if plain.is_empty() {
        bail!("the name {name:?} has no letter or digit to name a file after");
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_players_name_becomes_a_file_name() {
        assert_eq!(file_name("My cello").unwrap(), "my-cello");
        assert_eq!(file_name("Flöte (Anna)").unwrap(), "flöte--anna");
        assert!(file_name(" / ").is_err());
    }
}
