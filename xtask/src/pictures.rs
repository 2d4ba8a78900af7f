//! Takes the pictures of the window that the documents show: the packaged plugin in a host's window while a chord sounds.
//! Main thread. On Linux, under Xvfb with software rendering, so that they look the same wherever they are made.
//! Nothing in them is drawn by hand.

use crate::bundle::{self, Profile};
use crate::places::{Execution, Places};
use crate::process;
use crate::setup::{onnxruntime, system};
use anyhow::{Result, bail};
use clap::Args;
use std::path::PathBuf;
use std::process::Command;

/// Take the documents' pictures of the packaged plugin's window
///
/// Linux only: a screen of its own is started (Xvfb) and the plugin embedded in a CLAP host there; a chord sounds while
/// the picture is taken.
#[derive(Args)]
pub struct Options {
    /// Folder to write into, or a file for the window as it opens [default: assets/pictures]
    #[arg(long, value_name = "DIR_OR_PNG")]
    out: Option<PathBuf>,
    /// Physical pixels for each logical one
    #[arg(long, default_value_t = 1.5)]
    scale: f64,
    /// Size of the window, logical pixels, as 1200x800 [default: a new window's]
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<(u32, u32)>,
    /// Instrument to play: a model file [default: the plugin's own]
    #[arg(long, value_name = "FILE.onnx")]
    instrument: Option<PathBuf>,
    /// How long the chord sounds before, seconds; with 0 nothing sounds
    #[arg(long, default_value_t = 2.5)]
    seconds: f64,
    /// Write the pictures anew that the window's tests compare with (tests/pictures); look at each before you commit it
    #[arg(long)]
    reviewed: bool,
    /// Plugin to look at, in place of one that is packaged first
    #[arg(long, value_name = "Timbrel.clap")]
    package: Option<PathBuf>,
}

fn size(text: &str) -> std::result::Result<(u32, u32), String> {
    let parsed = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    parsed.ok_or_else(|| format!("{text} is no size such as 1200x800"))
}

/// Runs `cargo xtask pictures`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("the pictures are taken under Xvfb, on Linux");
    }
    system::ensure(system::Purpose::Screen)?;
    let clap = match &options.package {
        Some(path) => places.typed(path),
        None => bundle::make(places, Execution::Cpu, Profile::Release)?.clap,
    };
    let library = onnxruntime::ensure(places, Execution::Cpu)?;
    if options.reviewed {
        let mut tests = Command::new(env!("CARGO"));
        tests.args(["test", "--package", "timbrel-tests", "--test", "clap_editor", "--", "look"]);
        tests.env("ORT_DYLIB_PATH", library).env("TIMBREL_BUNDLE", clap).env("TIMBREL_RENEW_PICTURES", "1");
        return process::run("the window's looks", &mut tests);
    }
    let out = options.out.as_ref().map_or_else(|| places.pictures(), |out| places.typed(out));
    let size = options.size.map_or_else(String::new, |(width, height)| format!("{width}x{height}"));
    let model = options.instrument.as_ref().map(|model| places.typed(model)).unwrap_or_default();
    // A program of its own: what knows the window's names is the plugin's library, which nothing else here needs.
    let mut camera = Command::new(env!("CARGO"));
    camera.args(["run", "--release", "--package", "timbrel-tests", "--example", "pictures", "--"]);
    camera.args([&clap, &out]).args([options.scale.to_string(), size, options.seconds.to_string()]).arg(model);
    process::run("taking the pictures", camera.env("ORT_DYLIB_PATH", library))
}
