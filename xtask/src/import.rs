//! Turns a checkpoint that others have published into a Timbrel model with the kit in `models/`; needs no PyTorch.
//! Main thread; the kit runs as a program of its own with its output on the terminal.
//! A model goes into the player's folder only once the packaged plugin has played a note with it; one that is written to
//! a file with `-o` is checked by the kit alone.

use crate::bundle::{self, Profile};
use crate::places::{Execution, Places};
use crate::setup::python;
use crate::train::{kit, plain};
use crate::{play, process};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Turn a published checkpoint into an instrument
///
/// For example:
///     cargo xtask import nws ~/checkpoints/vn --name Violin
///     cargo xtask import nws ~/checkpoints/vn -o violin.onnx
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Options {
    #[command(subcommand)]
    source: Source,
}

#[derive(Subcommand)]
enum Source {
    Nws(Nws),
}

/// A checkpoint of Neural Waveshaping Synthesis (Hayes, Saitis, Fazekas, ISMIR 2021), with its data_mean.npy and data_std.npy
#[derive(Args)]
struct Nws {
    /// The folder of checkpoint and statistics, or the .ckpt itself
    #[arg(value_name = "CHECKPOINT_FOLDER")]
    checkpoint: PathBuf,
    /// Where to write the model [default: the plugin's folder of instruments, once the plugin has played it]
    #[arg(short, long, value_name = "FILE.onnx")]
    out: Option<PathBuf>,
    /// What the player sees [default: the folder's name]
    #[arg(long)]
    name: Option<String>,
    /// Who trained it
    #[arg(long)]
    author: Option<String>,
    /// Licence of the checkpoint [default: the first line of a LICENSE beside it]
    #[arg(long)]
    licence: Option<String>,
    /// Draws the phases of the exciter's harmonics, which the published code draws anew at each call
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs `cargo xtask import`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    let Source::Nws(nws) = &options.source;
    python::ensure(places, python::Tools::Reading)?;
    if let Some(out) = &nws.out {
        return write(places, nws, &places.typed(out));
    }
    let file = format!("{}.onnx", file_stem(places, nws)?);
    let model = places.target().join("imported").join(&file);
    write(places, nws, &model)?;
    let bundles = bundle::make(places, Execution::Cpu, Profile::Release)?;
    play::try_note(&bundles, &model)?;
    let target = places.user_models()?.join(&file);
    bundle::copy(&model, &target)?;
    println!("It is ready: {}", target.display());
    println!("Choose it in Timbrel's list of instruments, or hear it now:");
    println!("    cargo xtask play --midi assets/demo/melody.mid --out melody.wav --instrument {}", target.display());
    Ok(())
}

/// The violin that the interop tests play, with its parity file beside it; `None` where no checkpoint lies at hand.
pub fn interop_violin(places: &Places) -> Result<Option<PathBuf>> {
    let checkpoint = places.shared_interop().join("nws-violin");
    if !checkpoint.join("last.ckpt").is_file() {
        return Ok(None);
    }
    let out = places.interop().join("nws-violin.onnx");
    let mut command = kit(places);
    command.args(["import", "nws"]).arg(&checkpoint).arg("-o").arg(&out);
    process::run_quiet("import of the violin", &places.logs(), &mut command)?;
    Ok(Some(out))
}

fn write(places: &Places, nws: &Nws, out: &Path) -> Result<()> {
    let mut command = kit(places);
    command.args(["import", "nws"]).arg(places.typed(&nws.checkpoint)).arg("-o").arg(out);
    for (option, value) in [("--name", &nws.name), ("--author", &nws.author), ("--licence", &nws.licence)] {
        if let Some(value) = value {
            command.arg(option).arg(value);
        }
    }
    process::run("import", command.arg("--seed").arg(nws.seed.to_string()))
}

/// The file's name: what the player sees, or the folder's name, in letters, digits and dashes.
fn file_stem(places: &Places, nws: &Nws) -> Result<String> {
    if let Some(name) = &nws.name {
        return plain(name);
    }
    let given = places.typed(&nws.checkpoint);
    // The folder may be given as `.` or with `..` at its end.
    let path = given.canonicalize().with_context(|| format!("cannot find {}", given.display()))?;
    let folder = if path.is_dir() { Some(path.as_path()) } else { path.parent() };
    match folder.and_then(Path::file_name) {
        Some(name) => plain(&name.to_string_lossy()),
        None => bail!("{} has no name: say --name", path.display()),
    }
}
