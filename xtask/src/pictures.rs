//! Takes the pictures of the window that the documents show: the packaged plugin in a host's window while a chord sounds.
//! Main thread. On Linux, under Xvfb with software rendering, so that they look the same wherever they are made.
//! Nothing in them is drawn by hand.

use crate::places::Places;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

/// Take the documents' pictures of the packaged plugin's window
///
/// Linux only: a screen of its own is started (Xvfb) and the plugin embedded in a CLAP host there; a chord sounds while
/// the picture is taken.
#[derive(Args)]
pub struct Options {
    /// Folder to write into [default: assets/pictures]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Physical pixels for each logical one
    #[arg(long, default_value_t = 2.0)]
    scale: f64,
    /// Size of the window, logical pixels, as 1200x800 [default: the plugin's own]
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<(u32, u32)>,
    /// Instrument to play: a model file [default: the plugin's own]
    #[arg(long, value_name = "FILE.onnx")]
    instrument: Option<PathBuf>,
    /// How long the chord sounds before, seconds; with 0 nothing sounds
    #[arg(long, default_value_t = 2.5)]
    seconds: f64,
    /// Plugin to look at, in place of one that is packaged first
    #[arg(long, value_name = "Timbrel.clap")]
    package: Option<PathBuf>,
}

fn size(text: &str) -> std::result::Result<(u32, u32), String> {
    let parsed = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    parsed.ok_or_else(|| format!("{text} is no size such as 1200x800"))
}

/// Runs `cargo xtask pictures`.
#[cfg(target_os = "linux")]
pub fn run(places: &Places, options: &Options) -> Result<()> {
    use crate::bundle::{self, Profile};
    use crate::places::Execution;
    use crate::setup::system;
    use timbrel_tests::host::{Extent, Package};
    use timbrel_tests::window::{Display, Portrait, Sight};

    system::ensure(system::Purpose::Screen)?;
    // SAFETY: nothing before this has started a thread that still runs.
    let _display = unsafe { Display::start(Display::LARGE) }?;
    let clap = match &options.package {
        Some(path) => places.typed(path),
        None => bundle::make(places, Execution::Cpu, Profile::Release)?.clap,
    };
    let out = options.out.as_ref().map_or_else(|| places.pictures(), |out| places.typed(out));
    let portrait = Portrait {
        sight: Sight { scale: options.scale, extent: options.size.map(|(width, height)| Extent::new(width, height)) },
        model: options.instrument.as_ref().map(|model| places.typed(model)),
        chord: Portrait::chord(),
        seconds: options.seconds,
    };
    let path = out.join("editor.png");
    portrait.take(&Package::load(&clap)?)?.write(&path)?;
    println!("{}: the window", path.display());
    Ok(())
}

/// Runs `cargo xtask pictures`.
#[cfg(not(target_os = "linux"))]
pub fn run(_places: &Places, _options: &Options) -> Result<()> {
    anyhow::bail!("the pictures are taken under Xvfb, on Linux")
}
