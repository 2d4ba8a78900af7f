//! One door for every chore: set-up, play, test, bundle, bench, train, import, presets. Each command does the set-up that it needs.
//! Runs on the developer's machine; nothing of it ships.
//! Downloads lie under `target/`; every one is pinned (test: `every_wheel_is_pinned`).

mod bench;
mod bundle;
mod check;
mod import;
mod morph;
mod pictures;
mod places;
mod play;
mod presets;
mod process;
mod setup;
mod train;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Every chore of Timbrel, the neural synthesizer, behind one door.
///
/// Wants Rust and Python 3.11 or later; whatever else a command needs it fetches itself into target/
/// (system libraries through apt where it may, else it prints the command for you).
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Play(play::Options),
    Test(check::Options),
    Bundle(bundle::Options),
    Bench(bench::Options),
    Morph(morph::Options),
    Pictures(pictures::Options),
    Train(train::Options),
    Import(import::Options),
    Presets(presets::Options),
    Setup(setup::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = places::Places::find().and_then(|places| match &cli.command {
        Command::Play(options) => play::run(&places, options),
        Command::Test(options) => check::run(&places, options),
        Command::Bundle(options) => bundle::run(&places, options),
        Command::Bench(options) => bench::run(&places, options),
        Command::Morph(options) => morph::run(&places, options),
        Command::Pictures(options) => pictures::run(&places, options),
        Command::Train(options) => train::run(&places, options),
        Command::Import(options) => import::run(&places, options),
        Command::Presets(options) => presets::run(&places, options),
        Command::Setup(options) => setup::run(&places, options),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}
