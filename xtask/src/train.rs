//! Trains an instrument with the kit in `models/`, and gives it to the plugin once the plugin has played a note with it.
//! Main thread; the kit runs as a program of its own with its output on the terminal.
//! A model that the packaged plugin cannot play never reaches the player's folder.

use crate::bundle::{self, Profile};
use crate::places::{Execution, Places};
use crate::setup::python;
use crate::{play, process};
use anyhow::{Result, bail};
use clap::Args;
use std::path::Path;
use std::process::Command;

/// What the kit keeps of a run in the folder `--out`.
const CHECKPOINT: &str = "checkpoint.pt";

/// Train an instrument from a folder of recordings, and put it where the plugin finds it
///
/// For example:
///     cargo xtask train ~/recordings/cello --name "My cello" --hours 2
/// Everything goes to the kit as it stands; to see all that it understands:
///     cargo xtask train -- --help
#[derive(Args)]
#[command(override_usage = "cargo xtask train FOLDER --name NAME [OPTIONS OF THE KIT]", verbatim_doc_comment)]
pub struct Options {
    /// The folder of recordings, --name, and other options of the kit
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    arguments: Vec<String>,
}

/// Runs `cargo xtask train`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    python::ensure(places, python::Tools::Reading)?;
    python::ensure(places, python::Tools::Training)?;
    let mut arguments = options.arguments.clone();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        return process::run("the kit's help", kit(places).args(["train", "--help"]));
    }
    let Some(name) = value_of(&arguments, "--name") else {
        bail!("--name is missing: what will the player see? For example --name \"My cello\"");
    };
    let out = match value_of(&arguments, "--out") {
        Some(out) => places.typed(Path::new(&out)),
        None => {
            let out = places.target().join("trained").join(plain(&name)?);
            arguments.extend(["--out".to_owned(), out.to_string_lossy().into_owned()]);
            out
        }
    };
    let trained = process::run("training", kit(places).arg("train").args(&arguments));
    if trained.is_err() && out.join(CHECKPOINT).is_file() {
        eprintln!("What was trained so far is kept: add --resume to the same command to go on.");
    }
    trained?;
    let model = out.join(format!("{}.onnx", plain(&name)?));
    if !model.is_file() {
        bail!("the kit has left no {}", model.display());
    }
    let bundles = bundle::make(places, Execution::Cpu, Profile::Release)?;
    play::try_note(&bundles, &model)?;
    let target = places.user_models()?.join(model.file_name().unwrap_or_default());
    bundle::copy(&model, &target)?;
    println!("{name} is ready: {}", target.display());
    println!("How well it does, with sounds and pictures to compare: {}", out.join("CARD.md").display());
    println!("Choose it in Timbrel's list of instruments, or hear it now:");
    println!("    cargo xtask play --midi assets/demo/melody.mid --out melody.wav --instrument {}", target.display());
    Ok(())
}

/// The kit, run where the user is, so that paths mean what was typed.
pub fn kit(places: &Places) -> Command {
    let mut command = Command::new(places.python());
    command.args(["-m", "timbrel_kit"]).env("PYTHONPATH", places.models()).current_dir(places.typed(Path::new("")));
    command
}

/// The value of an option, given as `--option value` or `--option=value`.
fn value_of(arguments: &[String], option: &str) -> Option<String> {
    arguments.iter().enumerate().find_map(|(index, argument)| {
        if argument == option {
            return arguments.get(index + 1).cloned();
        }
        argument.strip_prefix(option)?.strip_prefix('=').map(str::to_owned)
    })
}

/// A folder or file name out of a player's name: letters, digits and dashes.
pub fn plain(name: &str) -> Result<String> {
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
    fn a_players_name_becomes_a_folder_name() {
        assert_eq!(plain("My cello").unwrap(), "my-cello");
        assert_eq!(plain("Flöte (Anna)").unwrap(), "flöte--anna");
        assert!(plain(" / ").is_err());
    }

    #[test]
    fn options_are_found_in_both_forms() {
        let arguments = ["folder", "--name", "My cello", "--out=there"].map(str::to_owned);
        assert_eq!(value_of(&arguments, "--name").as_deref(), Some("My cello"));
        assert_eq!(value_of(&arguments, "--out").as_deref(), Some("there"));
        assert_eq!(value_of(&arguments, "--hours"), None);
    }
}
