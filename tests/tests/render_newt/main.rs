//! What the waveshaper bank promises, measured on its sound through the public surface of `timbrel_engine::render`.

#![allow(clippy::expect_used)] // A test stops where something is not as it should be.

mod blocks;
mod clicks;
mod constants;
mod equation;
mod golden;
mod oracle;
#[path = "../render_banks/playing.rs"]
#[allow(dead_code, reason = "shared with the other banks' tests")]
mod playing;
#[path = "../render_banks/spectrum.rs"]
#[allow(dead_code, reason = "shared with the other banks' tests")]
mod spectrum;
mod stage;
mod tilt;
