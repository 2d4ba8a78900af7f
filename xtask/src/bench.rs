//! Measures the engine: cargo's benches of `plugin/engine`, their figures on the terminal.
//! Main thread. Figures depend on the machine and on what else it does: compare on one idle machine.
//! Nothing is asserted here; what must hold is a test.

use crate::places::{Execution, Places};
use crate::process;
use crate::setup::onnxruntime;
use anyhow::Result;
use clap::Args;
use std::process::Command;

/// Measure the engine (cargo's benches) and print the figures
#[derive(Args)]
pub struct Options {
    /// Only benches whose name contains this
    filter: Option<String>,
}

/// Runs `cargo xtask bench`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    let library = onnxruntime::ensure(places, Execution::Cpu)?;
    let mut command = Command::new(env!("CARGO"));
    command.args(["bench", "--package", "timbrel-engine", "--benches"]).env("ORT_DYLIB_PATH", library);
    if let Some(filter) = &options.filter {
        command.arg("--").arg(filter);
    }
    process::run("benches", &mut command)
}
