//! Fetches what a fresh machine lacks: system libraries, the ONNX Runtime library, the Python tools.
//! Main thread. Each part looks first and does nothing when all is there, so that every command can begin with it.
//! Files from the network are used only when their SHA-256 is the pinned one (test: `a_wheel_that_differs_is_refused`).

pub mod onnxruntime;
pub mod python;
pub mod system;

use crate::places::{Execution, Places};
use anyhow::Result;
use clap::Args;

/// Fetch everything that the other commands need (they also do it themselves)
#[derive(Args)]
pub struct Options {
    /// Also fetch the GPU build of ONNX Runtime
    #[arg(long)]
    cuda: bool,
    /// Leave out PyTorch (about 3 GB on Linux x86-64), which only `test` and `train` need
    #[arg(long)]
    no_training: bool,
}

/// Runs `cargo xtask setup`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    system::ensure(system::Purpose::Standalone)?;
    onnxruntime::ensure(places, Execution::Cpu)?;
    if options.cuda {
        onnxruntime::ensure(places, Execution::Cuda)?;
    }
    python::ensure(places, python::Tools::Reading)?;
    if !options.no_training {
        python::ensure(places, python::Tools::Training)?;
    }
    eprintln!("set-up: all is there");
    Ok(())
}
