//! The window itself, in a host's window under Xvfb: keys, drops, scales, frames, threads.
//! Main thread; each trial is a process with a screen of its own.
//! What it shows is made up here, so that no part of the editor can be in the way.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so")]

#[cfg(target_os = "linux")]
#[path = "editor_window/mod.rs"]
mod rig;

#[cfg(target_os = "linux")]
fn main() {
    rig::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}
