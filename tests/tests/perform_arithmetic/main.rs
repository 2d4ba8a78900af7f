//! The performer's arithmetic: the curves and figures that `voices/` does not look at, and what holds whatever is played.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod controllers;
mod fluctuation;
mod glide;
mod matching;
mod mpe;
mod phrasing;
mod promises;
#[path = "../rig/mod.rs"]
mod rig;
mod scale;
mod unison;
mod vibrato;

fn near(found: f32, expected: f32, tolerance: f32) {
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected} within {tolerance}");
}
