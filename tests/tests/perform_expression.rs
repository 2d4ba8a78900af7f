//! What voices are asked for: loudness from velocity, pressure, CC11 and envelope; pitch from bend, wheel and tuning.

mod rig;

use rig::stage::{RANGE, Stage, cents};
use rig::{cc, note, off, on};
use timbrel_engine::event::{Event, Expression, NoteAddress, Setting};

fn loudness(velocity: f32, amount: f32) -> f32 {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::VelocityAmount, amount));
    stage.event(0.0, Event::NoteOn { note: note(60), velocity });
    stage.run(0.0, 1.0)[0].loudness_db
}

fn near(found: f32, expected: f32, tolerance: f32) {
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected} within {tolerance}");
}

#[test]
fn velocity_spans_the_trained_loudness() {
    near(loudness(1.0 / 127.0, 1.0), RANGE.soft_db, 1e-3);
    near(loudness(1.0, 1.0), RANGE.loud_db, 1e-3);
    near(loudness(64.0 / 127.0, 1.0), -26.0, 1e-3);
    let neutral = loudness(100.0 / 127.0, 1.0);
    for velocity in [0.01, 0.5, 1.0] {
        near(loudness(velocity, 0.0), neutral, 1e-3);
    }
}

#[test]
fn loudness_is_kept_in_the_trained_range_and_the_gate_takes_the_rest() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::Loudness, 40.0));
    stage.event(0.0, on(60));
    let target = stage.run(0.0, 1.0)[0];
    assert_eq!((target.loudness_db, target.harmonic_gain), (RANGE.high_db, 1.0));
    stage.event(1.0, Event::Set(Setting::Loudness, -40.0));
    let target = stage.run(1.0, 2.0)[0];
    // Velocity 100 is -18 dB; 40 less is 2 above the lowest trained.
    near(target.loudness_db, -18.0 - 40.0, 0.01);
    stage.event(2.0, cc(11, 0.5));
    let target = stage.run(2.0, 3.0)[0];
    assert_eq!(target.loudness_db, RANGE.low_db);
    near(20.0 * target.harmonic_gain.log10(), -18.0, 0.05);
    near(20.0 * target.noise_gain.log10(), -18.0, 0.05);
}

#[test]
fn expression_takes_away_forty_decibels_and_no_more() {
    for (value, expected) in [(1.0, -18.0), (0.75, -28.0), (0.5, -38.0), (0.0, -58.0)] {
        let mut stage = Stage::plain();
        stage.event(0.0, cc(11, value));
        stage.event(0.0, on(60));
        near(stage.run(0.0, 0.5)[0].loudness_db, expected, 0.01);
    }
}

#[test]
fn pressure_of_channel_or_key_adds_loudness_smoothly() {
    for event in [
        Event::ChannelPressure { channel: 0, value: 1.0 },
        Event::NoteExpression {
            note: NoteAddress { key: Some(60), ..NoteAddress::default() },
            expression: Expression::Pressure,
            value: 1.0,
        },
    ] {
        let mut stage = Stage::plain();
        stage.event(0.0, Event::Set(Setting::PressureAmount, 9.0));
        stage.event(0.0, on(60));
        stage.run(0.0, 0.5);
        stage.event(0.5, event);
        near(stage.frame(0.504)[0].loudness_db, -18.0 + 9.0 * (1.0 - (-0.2_f32).exp()), 0.01);
        near(stage.run(0.504, 1.0)[0].loudness_db, -9.0, 0.01);
    }
}

#[test]
fn an_envelope_rises_decays_holds_and_falls() {
    let mut stage = Stage::new();
    for (setting, value) in
        [(Setting::Attack, 0.1), (Setting::Decay, 0.2), (Setting::Sustain, -12.0), (Setting::Release, 0.5)]
    {
        stage.event(0.0, Event::Set(setting, value));
    }
    stage.event(0.0, on(60));
    near(stage.run(0.0, 0.1)[0].loudness_db, -18.0, 0.01);
    near(stage.run(0.1, 1.0)[0].loudness_db, -30.0, 0.05);
    stage.event(1.0, off(60));
    near(stage.run(1.0, 1.25)[0].loudness_db, -60.0, 0.05);
    let target = stage.run(1.25, 1.5)[0];
    near(20.0 * target.harmonic_gain.log10(), -30.0, 0.05);
    // 96 dB below its peak, of which it had 12 already.
    assert_eq!(stage.run(1.5, 1.69).len(), 1);
    assert_eq!(stage.run(1.69, 1.71).len(), 0);
}

#[test]
fn an_envelope_does_not_care_where_frames_fall() {
    let at_end = |step: f64| {
        let mut stage = Stage::new();
        stage.event(0.0, Event::Set(Setting::Decay, 0.3));
        stage.event(0.0, Event::Set(Setting::Sustain, -20.0));
        stage.event(0.0, on(60));
        let mut at = 0.0;
        while at < 0.25 {
            at = f64::min(at + step, 0.25);
            stage.frame(at);
        }
        stage.frame(0.25)[0].loudness_db
    };
    let reference = at_end(0.25);
    for step in [0.0001, 0.0037, 0.01, 0.1] {
        near(at_end(step), reference, 1e-4);
    }
}

#[test]
fn pitch_follows_key_tuning_and_reference() {
    let f0 = |events: &[Event]| {
        let mut stage = Stage::plain();
        events.iter().for_each(|event| stage.event(0.0, *event));
        stage.event(0.0, on(69));
        let target = stage.run(0.0, 0.5)[0];
        near(cents(target.tone.f0_hz, 440.0), 100.0 * (target.midi_pitch - 69.0), 0.01);
        target.tone.f0_hz
    };
    near(f0(&[]), 440.0, 1e-3);
    near(f0(&[Event::Set(Setting::ReferencePitch, 432.0)]), 432.0, 1e-3);
    near(f0(&[Event::Set(Setting::Tune, -12.0)]), 220.0, 1e-3);
    near(f0(&[Event::PitchBend { channel: 0, value: 1.0 }]), 440.0 * 2_f32.powf(2.0 / 12.0), 1e-2);
    near(f0(&[Event::Set(Setting::BendRange, 12.0), Event::PitchBend { channel: 0, value: -1.0 }]), 220.0, 1e-2);
}

#[test]
fn a_bend_glides_in_milliseconds_and_a_bend_before_the_note_is_there_at_once() {
    let mut stage = Stage::plain();
    stage.event(0.0, on(69));
    stage.run(0.0, 0.5);
    stage.event(0.5, Event::PitchBend { channel: 0, value: 1.0 });
    near(cents(stage.frame(0.505)[0].tone.f0_hz, 440.0), 200.0 * (1.0 - (-1.0_f32).exp()), 0.1);
    near(cents(stage.run(0.505, 0.55)[0].tone.f0_hz, 440.0), 200.0, 0.1);
    stage.event(0.55, Event::Choke { note: NoteAddress::default() });
    stage.event(0.6, Event::PitchBend { channel: 0, value: -1.0 });
    stage.event(0.6, on(69));
    near(cents(stage.frame(0.6)[0].tone.f0_hz, 440.0), -200.0, 0.01);
}

#[test]
fn tuning_of_one_note_leaves_the_others() {
    let mut stage = Stage::plain();
    stage.event(0.0, on(69));
    stage.event(0.0, on(57));
    stage.event(0.0, Event::NoteExpression { note: note(57), expression: Expression::Tuning, value: 0.5 });
    let targets = stage.frame(0.0);
    near(targets[0].tone.f0_hz, 440.0, 1e-3);
    near(cents(targets[1].tone.f0_hz, 220.0), 50.0, 0.01);
}

#[test]
fn the_wheel_brings_vibrato_that_sets_in_smoothly() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::VibratoRate, 5.0));
    stage.event(0.0, Event::Set(Setting::VibratoDepth, 40.0));
    stage.event(0.0, Event::Set(Setting::VibratoJitter, 0.0));
    stage.event(0.0, cc(1, 1.0));
    stage.event(0.0, on(69));
    let mut deviation = |from: f64| {
        let frames = (0..50).map(|frame| from + 0.004 * f64::from(frame + 1));
        frames
            .map(|at| cents(stage.frame(at)[0].tone.f0_hz, 440.0))
            .fold((0.0_f32, 0.0_f32), |(low, high), cents| (low.min(cents), high.max(cents)))
    };
    let first = deviation(0.0);
    deviation(0.2);
    let later = deviation(0.4);
    println!("vibrato in the first 200 ms {first:?} cents, after 400 ms {later:?} cents");
    assert!(first.1 < 20.0);
    near(later.0, -40.0, 0.5);
    near(later.1, 40.0, 0.5);
}

#[test]
fn harmonic_and_noise_levels_scale_their_rows() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::HarmonicLevel, -6.0));
    stage.event(0.0, Event::Set(Setting::NoiseLevel, 6.0));
    stage.event(0.0, on(60));
    let target = stage.run(0.0, 0.5)[0];
    near(20.0 * target.harmonic_gain.log10(), -6.0, 1e-3);
    near(20.0 * target.noise_gain.log10(), 6.0, 1e-3);
}

#[test]
fn a_setting_outside_its_range_is_clamped_and_one_that_is_no_number_ignored() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::Tune, f32::NAN));
    stage.event(0.0, Event::Set(Setting::ReferencePitch, 1e9));
    stage.event(0.0, Event::PitchBend { channel: 0, value: f32::INFINITY });
    stage.event(0.0, Event::NoteOn { note: note(69), velocity: f32::NAN });
    let target = stage.run(0.0, 0.5)[0];
    near(target.tone.f0_hz, 500.0, 1e-3);
    near(target.loudness_db, RANGE.soft_db, 1e-3);
}
