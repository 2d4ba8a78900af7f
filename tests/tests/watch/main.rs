//! What an editor sees of the engine is what the engine does, and looking changes nothing of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod bytes;
#[path = "../counting/mod.rs"]
mod counting;
mod modulation;
#[path = "../rig/mod.rs"]
mod rig;
mod sound;
mod voices;

use rig::podium::{Podium, RATE};
use timbrel_engine::event::{Event, Setting};
use timbrel_engine::synth::Watch;

/// Between two snapshots at most, samples: 8 ms and a hop.
const FRAME: u64 = 384 + 192;

/// A conductor that is watched.
struct Watched {
    podium: Podium,
    watch: Watch,
    known: u64,
}

impl Watched {
    fn new(podium: Podium) -> Self {
        let watch = podium.conductor.watch();
        Self { podium, watch, known: 0 }
    }

    fn event(&mut self, seconds: f64, event: Event) {
        self.podium.event((seconds * RATE) as u64, event);
    }

    fn set(&mut self, seconds: f64, setting: Setting, value: f32) {
        self.event(seconds, Event::Set(setting, value));
    }

    /// Goes on to `seconds`, in small steps, and looks.
    fn go_to(&mut self, seconds: f64) -> &timbrel_engine::synth::Snapshot {
        let end = (seconds * RATE) as u64;
        while self.known < end {
            self.known = (self.known + 100).min(end);
            self.podium.conductor.advance(self.known);
            self.podium.frames();
        }
        self.watch.look()
    }
}

#[track_caller]
fn near(found: f32, expected: f32, tolerance: f32) {
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected} within {tolerance}");
}
