//! The packaged plugin's window, opened through CLAP in a host's window under Xvfb, and used with the pointer and the keyboard
//! while it plays. A program of its own: the screen is started before anything else.
//! Test code.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

#[cfg(target_os = "linux")]
mod endurance;
#[cfg(target_os = "linux")]
mod hands;
#[cfg(target_os = "linux")]
mod looks;
#[cfg(target_os = "linux")]
mod reviewed;
#[cfg(target_os = "linux")]
mod stand;
#[cfg(target_os = "linux")]
mod twin;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

/// A test: an error is its failure.
type Test = fn() -> Result<(), Box<dyn std::error::Error>>;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    use timbrel_tests::window::Display;

    let mut arguments = Arguments::from_args();
    // One screen, one pointer.
    arguments.test_threads = Some(1);
    let seen = Display::is_to_be_had();
    let tests = looks::TESTS.iter().chain(hands::TESTS).chain(endurance::TESTS);
    let trials = tests.map(|(name, test)| trial(name, *test).with_ignored_flag(!seen)).collect();
    if !seen {
        eprintln!("skipped: the window's tests need Xvfb (Debian: sudo apt-get install xvfb)");
    }
    let mut display = None;
    if seen && !arguments.list {
        // SAFETY: nothing has been started yet that could run beside this.
        unsafe { stand::be_nobody() };
        // SAFETY: likewise.
        match unsafe { Display::start(Display::LARGE) } {
            Ok(started) => display = Some(started),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
    let code = libtest_mimic::run(&arguments, trials).exit_code();
    drop(display);
    code
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("skipped: the window's tests need X11");
    libtest_mimic::run(&Arguments::from_args(), Vec::new()).exit_code()
}

fn trial(name: &str, test: Test) -> Trial {
    Trial::test(name, move || test().map_err(|error| error.to_string().into()))
}
