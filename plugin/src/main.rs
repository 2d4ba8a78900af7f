//! Timbrel without a host: plays from MIDI keyboards through JACK, ALSA, Core Audio or WASAPI.
//! The main thread reads the command line (`--help` lists it) and keeps the window.
//! What it does is `timbrel::standalone` (test: `tests/standalone_program.rs`).

use clap::Parser;
use std::process::ExitCode;
use timbrel::standalone::arguments::Arguments;
use timbrel::standalone::program;

fn main() -> ExitCode {
    match program::run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Timbrel: {error}");
            ExitCode::FAILURE
        }
    }
}
