//! Measures how smoothly the packaged plugin goes from one instrument to another, beside crossfades, and draws it.
//! Main thread.
//! The same journeys are held to bounds by `clap_morph`; what is measured is in docs/morphing.md.

mod picture;

use crate::bundle::{self, Profile};
use crate::places::{Execution, Places};
use anyhow::{Context, Result};
use clap::Args;
use std::path::PathBuf;
use timbrel_tests::host::Package;
use timbrel_tests::morphing::{PAIRS, table};

/// Measure morphs: five pairs of instruments through the packaged plugin, beside crossfades of the two sounds
///
/// Prints the table of docs/morphing.md and draws its picture.
#[derive(Args)]
pub struct Options {
    /// Places of the knob, its ends included
    #[arg(long, default_value_t = 21, value_parser = clap::value_parser!(u16).range(3..=201))]
    places: u16,
    /// Picture to draw
    #[arg(long, value_name = "FILE.png")]
    picture: Option<PathBuf>,
    /// Plugin to measure, in place of one that is packaged first
    #[arg(long, value_name = "Timbrel.clap")]
    package: Option<PathBuf>,
}

/// Runs `cargo xtask morph`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    let clap = match &options.package {
        Some(path) => places.typed(path),
        None => bundle::make(places, Execution::Cpu, Profile::Release)?.clap,
    };
    let package = Package::load(&clap)?;
    let mut journeys = Vec::new();
    for pair in PAIRS {
        eprintln!("{} to {}", pair.first, pair.second);
        journeys.push((pair, pair.journeys(&package, places.root(), usize::from(options.places))?));
    }
    println!("{}", table(&journeys));
    let path = match &options.picture {
        Some(path) => places.typed(path),
        None => places.pictures().join("morphing.png"),
    };
    picture::draw(&journeys, &path).with_context(|| format!("cannot draw {}", path.display()))?;
    println!("{}: the middle key of each pair", path.display());
    Ok(())
}
