//! How notes are shaped as the recorded players shaped theirs: what is asked, what is made of the answers, how notes end.

use super::near;
use super::rig::player::{ATTACK_DB, FakePlayer};
use super::rig::stage::{Stage, cents};
use super::rig::{cc, note, off, on};
use timbrel_engine::event::{Event, Setting};
use timbrel_engine::model::Gesture;

fn stage() -> Stage {
    let mut stage = Stage::played(FakePlayer::PLAIN);
    stage.event(0.0, Event::Set(Setting::VelocityAmount, 0.0));
    stage
}

/// What velocity 100 asks for.
const ASKED_DB: f32 = -18.0;

#[test]
fn a_request_says_what_is_played() {
    let mut stage = Stage::played(FakePlayer::PLAIN);
    for (setting, value) in [(Setting::Tune, 2.0), (Setting::PeakPosition, -0.5), (Setting::AttackNoise, 0.25)] {
        stage.event(0.0, Event::Set(setting, value));
    }
    stage.event(0.0, Event::PitchBend { channel: 0, value: 1.0 });
    stage.event(0.0, cc(1, 1.0));
    stage.event(0.101, Event::NoteOn { note: note(60), velocity: 1.0 });
    stage.event(0.103, cc(64, 1.0));
    stage.frame(0.104);
    let first = stage.requests[0];
    assert!(first.begins && first.gate && first.since_off == 0.0);
    near(first.since_on, 0.003, 1e-6);
    assert_eq!((first.midi_pitch, first.peak_position, first.attack_noise), (62.0, -0.5, 0.25));
    near(first.dynamics, 1.0, 1e-5);
    // The pedal keeps the gate up.
    stage.event(0.2, off(60));
    stage.run(0.104, 0.3);
    assert!(!stage.requests[0].begins && stage.requests[0].gate);
    stage.event(0.3, cc(64, 0.0));
    stage.run(0.3, 0.352);
    let released = stage.requests[0];
    assert!(!released.gate);
    near(released.since_off, 0.052, 1e-6);
    near(released.since_on, 0.251, 1e-6);
}

#[test]
fn dynamics_are_what_velocity_and_expression_ask_for() {
    for (velocity, expression, expected) in
        [(1.0 / 127.0, 1.0, 0.0), (1.0, 1.0, 1.0), (64.0 / 127.0, 1.0, 0.5), (1.0, 0.65, 0.5), (0.1, 0.0, -0.25)]
    {
        let mut stage = Stage::played(FakePlayer::PLAIN);
        stage.event(0.0, cc(11, expression));
        stage.event(0.0, Event::NoteOn { note: note(60), velocity });
        stage.run(0.0, 0.5);
        println!("velocity {velocity:.2}, expression {expression}: {:.3}", stage.requests[0].dynamics);
        near(stage.requests[0].dynamics, expected, 0.01);
    }
}

#[test]
fn a_shape_does_not_care_where_frames_fall() {
    let at_end = |step: f64| {
        let mut stage = stage();
        stage.event(0.0, Event::Set(Setting::VoiceMode, 1.0));
        stage.event(0.0, on(60));
        let mut at = 0.0;
        while at < 0.5 {
            at = f64::min(at + step, 0.5);
            stage.frame(at);
        }
        stage.event(0.5, on(69));
        while at < 0.53 {
            at = f64::min(at + step, 0.53);
            stage.frame(at);
        }
        let target = stage.frame(0.53)[0];
        (cents(target.tone.f0_hz, 440.0), target.loudness_db)
    };
    let reference = at_end(0.5);
    for step in [0.0005, 0.0037, 0.05] {
        let found = at_end(step);
        println!("frames each {step} s: {found:?}, expected {reference:?}");
        near(found.0, reference.0, 0.02);
        near(found.1, reference.1, 1e-3);
    }
}

#[test]
fn every_released_note_ends_whatever_the_network_says() {
    for (endless, latest) in [(false, 0.31), (true, 6.01)] {
        let mut stage = Stage::played(FakePlayer { endless, ..FakePlayer::PLAIN });
        stage.event(0.0, on(60));
        stage.run(0.0, 1.0);
        stage.event(1.0, off(60));
        let mut at = 1.0;
        while stage.performer.voices() > 0 {
            at += 0.004;
            stage.frame(at);
            assert!(at < 20.0, "it never ends");
        }
        println!("endless {endless}: over {:.3} s after the gate fell", at - 1.0);
        assert!(at - 1.0 <= latest && at - 1.0 > latest - 0.02);
    }
}

#[test]
fn what_is_not_finite_is_not_taken_and_what_is_too_much_is_less() {
    let mut stage = stage();
    stage.event(0.0, on(69));
    let before = stage.run(0.0, 0.5)[0];
    stage.spoil = |gesture| gesture.loudness_db = f32::NAN;
    let held = stage.run(0.5, 0.6)[0];
    assert_eq!((held.loudness_db, stage.spoilt), (before.loudness_db, 25));
    stage.spoil = |gesture| gesture.pitch_spread_cents = f32::INFINITY;
    assert_eq!(stage.frame(0.604)[0].tone.f0_hz, before.tone.f0_hz);
    stage.spoil = |gesture| {
        *gesture = Gesture { loudness_db: 500.0, pitch_cents: -9e9, noise_db: 1e3, ..Gesture::default() };
    };
    let most = stage.frame(0.608)[0];
    near(most.loudness_db, -6.0, 1e-3);
    near(cents(most.tone.f0_hz, 440.0), -200.0, 0.1);
    near(20.0 * most.noise_gain.log10(), 24.0, 0.01);
}

#[test]
fn a_note_nobody_answers_for_is_plain() {
    let mut stage = stage();
    stage.spoil = |gesture| gesture.loudness_db = f32::NAN;
    stage.event(0.1, on(60));
    near(stage.run(0.1, 0.5)[0].loudness_db, ASKED_DB, 0.05);
    stage.event(0.5, off(60));
    stage.run(0.5, 1.0);
    assert_eq!(stage.performer.voices(), 0);
}

#[test]
fn a_network_that_is_given_up_leaves_plain_notes_without_a_step() {
    let mut stage = stage();
    stage.event(0.0, Event::Set(Setting::Sustain, -20.0));
    stage.event(0.0, on(60));
    let mut before = stage.run(0.0, 1.5)[0].loudness_db;
    near(before, ASKED_DB, 0.05);
    stage.performer.play_plain();
    stage.player = None;
    let mut steepest = 0.0_f32;
    for frame in 1..100 {
        let now = stage.frame(1.5 + 0.004 * f64::from(frame))[0].loudness_db;
        steepest = steepest.max((now - before).abs());
        before = now;
    }
    println!("at most {steepest:.2} dB a frame");
    near(before, ASKED_DB - 20.0, 0.05);
    assert!(steepest < 4.0);
    // And stays plain for the notes to come.
    stage.event(2.0, on(72));
    near(stage.run(2.0, 2.012)[1].loudness_db, ASKED_DB, 1.0);
    stage.event(3.0, off(60));
    stage.event(3.0, off(72));
    stage.run(3.0, 3.4);
    assert_eq!(stage.performer.voices(), 0);
}

#[test]
fn a_note_struck_anew_goes_over_to_its_attack_without_a_step_and_never_above() {
    // Held, and deep in the release.
    for (release, from_db) in [(None, ASKED_DB), (Some(0.8), ASKED_DB - 40.0)] {
        let mut stage = stage();
        stage.event(0.0, Event::Set(Setting::Retrigger, 2.0));
        stage.event(0.0, on(60));
        stage.run(0.0, 0.8);
        if let Some(at) = release {
            stage.event(at, off(60));
        }
        let mut before = stage.run(0.8, 1.0)[0].loudness_db;
        near(before, from_db, 0.1);
        stage.event(1.0, on(60));
        let (mut steepest, mut most) = (0.0_f32, f32::MIN);
        for ms in 1..200 {
            let now = stage.frame(1.0 + 0.001 * f64::from(ms))[0].loudness_db;
            steepest = steepest.max((now - before).abs());
            most = most.max(now);
            before = now;
        }
        println!("from {from_db:.1} dB: at most {steepest:.2} dB a millisecond, loudest {most:.2} dB");
        assert!(steepest < 0.05 * (ATTACK_DB.abs() + 12.0) && most <= ASKED_DB + 0.01);
        near(before, ASKED_DB, 0.01);
        assert_eq!(stage.starts(), 1);
    }
}

#[test]
fn another_instrument_takes_a_shape_up_or_lets_it_go() {
    let mut stage = stage();
    stage.event(0.0, Event::Set(Setting::Sustain, -20.0));
    stage.event(0.0, on(60));
    near(stage.run(0.0, 1.5)[0].loudness_db, ASKED_DB, 0.05);
    let character = Stage::character(FakePlayer::PLAIN);
    stage.performer.move_over(super::rig::stage::RANGE, 72_000, &mut stage.actions);
    near(stage.frame(1.504)[0].loudness_db, ASKED_DB - 20.0, 0.05);
    assert!(stage.requests.is_empty());
    stage.performer.move_over(character, 72_192 + 192, &mut stage.actions);
    near(stage.frame(1.512)[0].loudness_db, ASKED_DB, 0.05);
    // The network begins, and is told when the note began.
    assert!(stage.requests[0].begins);
    near(stage.requests[0].since_on, 1.512, 1e-4);
}
