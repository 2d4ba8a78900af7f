//! skeleton
use crate::places::Places;
use anyhow::{Result, bail};
use clap::Args;
/// Run every check
#[derive(Args)]
pub struct Options {
    /// Only what needs no package and no golden vectors
    #[arg(long)]
    quick: bool,
}
/// Runs `cargo xtask test`.
pub fn run(_places: &Places, options: &Options) -> Result<()> {
    bail!("not built yet (quick: {})", options.quick)
}
