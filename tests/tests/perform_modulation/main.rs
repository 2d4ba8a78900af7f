//! Modulation, at the performer: what each source is, what the matrix makes of it, and what does not step.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod envelopes;
mod lfos;
#[path = "../rig/mod.rs"]
mod rig;
mod rows;
mod sources;
mod sync;
mod targets;

use rig::stage::Stage;
use timbrel_engine::event::{Event, ModulationSource, Route, Setting};
use timbrel_engine::perform::VoiceTarget;

fn near(found: f32, expected: f32, tolerance: f32) {
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected} within {tolerance}");
}

/// A row of the matrix.
fn route(row: u8, source: ModulationSource, target: Setting) -> Event {
    Event::Route { row, route: Some(Route { source, target }) }
}

/// A stage whose notes are panned by `source` and by nothing else: pan and source are the same number.
fn panned_by(source: ModulationSource) -> Stage {
    with_row(Stage::plain(), source, Setting::Pan, 0.5)
}

/// With the first row of the matrix.
fn with_row(mut stage: Stage, source: ModulationSource, target: Setting, amount: f32) -> Stage {
    stage.event(0.0, route(0, source, target));
    stage.event(0.0, Event::Set(Setting::ModAmount1, amount));
    stage
}

fn set(stage: &mut Stage, seconds: f64, settings: &[(Setting, f32)]) {
    settings.iter().for_each(|&(setting, value)| stage.event(seconds, Event::Set(setting, value)));
}

fn pan(targets: &[VoiceTarget]) -> f32 {
    targets[0].tone.pan
}
