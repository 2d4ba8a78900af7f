//! Measures what things cost: the banks, the performer and a watch (cargo's benches of `plugin/engine`), the first beside the
//! published PyTorch inference where PyTorch is installed, the decoder of the shipped cello, and the window of the packaged plugin.
//! Main thread. Figures depend on the machine and on what else it does: compare on one idle machine.
//! Nothing is asserted here; what must hold is a test.

use crate::bundle::{self, Profile};
use crate::places::{Execution, Places};
use crate::process;
use crate::setup::{onnxruntime, system};
use anyhow::Result;
use clap::Args;
use std::path::Path;
use std::process::Command;

/// Measure what the banks and the decoder cost, and print the figures
#[derive(Args)]
pub struct Options {}

/// Runs `cargo xtask bench`.
pub fn run(places: &Places, _options: &Options) -> Result<()> {
    let library = onnxruntime::ensure(places, Execution::Cpu)?;
    let mut banks = Command::new(env!("CARGO"));
    banks.args(["bench", "--package", "timbrel-engine", "--bench", "banks"]);
    match published_inference(places) {
        Some(rows) => {
            banks.env("TIMBREL_FASTNEWT", rows);
        }
        None => println!(
            "PyTorch is not installed (`cargo xtask train` installs it): no figures of the published inference"
        ),
    }
    process::run("the banks' bench", &mut banks)?;
    println!();
    let mut performer = Command::new(env!("CARGO"));
    performer.args(["bench", "--package", "timbrel-engine", "--bench", "performer"]);
    process::run("the performer's bench", &mut performer)?;
    println!();
    let mut watch = Command::new(env!("CARGO"));
    watch.args(["bench", "--package", "timbrel-engine", "--bench", "watch"]);
    process::run("the watch's bench", &mut watch)?;
    println!("\nthe cello's decoder and performance network, ONNX Runtime on one thread, and a morph to the trumpet");
    let shipped = |name: &str| places.models().join("instruments").join(name).join(format!("{name}.onnx"));
    let mut decoder = Command::new(env!("CARGO"));
    decoder.args(["run", "--release", "--package", "timbrel-tests", "--example", "decoder_cost", "--"]);
    decoder.args([shipped("cello"), shipped("trumpet")]);
    process::run("the decoder's bench", decoder.env("ORT_DYLIB_PATH", &library))?;
    window(places, &library)
}

/// What a frame of the packaged plugin's window costs, and the callback with it and without.
fn window(places: &Places, library: &Path) -> Result<()> {
    println!();
    if !cfg!(target_os = "linux") {
        println!("the window is measured under Xvfb, on Linux");
        return Ok(());
    }
    system::ensure(system::Purpose::Screen)?;
    let clap = bundle::make(places, Execution::Cpu, Profile::Release)?.clap;
    let mut cost = Command::new(env!("CARGO"));
    cost.args(["run", "--release", "--package", "timbrel-tests", "--example", "editor_cost", "--"]).arg(clap);
    process::run("the window's bench", cost.env("ORT_DYLIB_PATH", library))
}

/// What the published PyTorch inference of neural waveshaping costs here, one JSON object a line; `None` without PyTorch.
fn published_inference(places: &Places) -> Option<String> {
    let mut python = Command::new(places.python());
    python.args(["-m", "timbrel_kit.fastnewt_bench"]).current_dir(places.models());
    let output = python.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}
