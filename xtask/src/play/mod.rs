//! skeleton
use crate::places::Places;
use anyhow::{Result, bail};
use clap::Args;
/// Play
#[derive(Args)]
pub struct Options {}
/// Runs `cargo xtask play`.
pub fn run(_places: &Places, _options: &Options) -> Result<()> {
    bail!("not built yet")
}
