//! Keys with pitches of their own.

use super::near;
use super::rig::on;
use super::rig::stage::{Stage, cents};
use timbrel_engine::event::{Event, KeyPitch, Setting};

fn retune(key: u8, pitch: KeyPitch) -> Event {
    Event::Retune { channel: None, key, pitch }
}

#[test]
fn a_held_note_goes_to_its_new_pitch_as_a_bend_does() {
    let mut stage = Stage::plain();
    stage.event(0.0, on(69));
    stage.frame(0.5);
    stage.event(0.5, retune(69, KeyPitch::Relative(69.5)));
    near(cents(stage.frame(0.505)[0].tone.f0_hz, 440.0), 50.0 * (1.0 - (-1.0_f32).exp()), 0.1);
    near(cents(stage.frame(0.6)[0].tone.f0_hz, 440.0), 50.0, 0.01);
}

#[test]
fn an_absolute_pitch_does_not_follow_the_reference_and_everything_else_is_added_to_it() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::ReferencePitch, 430.0));
    stage.event(0.0, Event::Set(Setting::Tune, 1.0));
    stage.event(0.0, Event::PitchBend { channel: 0, value: 0.5 });
    stage.event(0.0, retune(60, KeyPitch::Absolute(69.0)));
    stage.event(0.0, retune(61, KeyPitch::Relative(69.0)));
    stage.event(0.0, on(60));
    stage.event(0.0, on(61));
    let targets = stage.frame(0.1);
    near(cents(targets[0].tone.f0_hz, 440.0), 200.0, 0.02);
    near(cents(targets[1].tone.f0_hz, 430.0), 200.0, 0.02);
    // A held note that is told to follow goes there without a step.
    stage.event(0.1, retune(60, KeyPitch::Relative(69.0)));
    near(cents(stage.frame(0.1)[0].tone.f0_hz, 440.0), 200.0, 0.02);
    near(cents(stage.frame(0.2)[0].tone.f0_hz, 430.0), 200.0, 0.02);
}

#[test]
fn a_scale_outlives_a_reset() {
    let mut stage = Stage::plain();
    stage.event(0.0, retune(60, KeyPitch::Relative(69.0)));
    stage.performer.reset(48_000);
    stage.event(1.0, on(60));
    near(stage.frame(1.0)[0].tone.f0_hz, 440.0, 1e-3);
}
