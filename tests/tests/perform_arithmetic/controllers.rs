//! What MIDI controllers amount to, and how fast.

use super::near;
use super::rig::on;
use super::rig::stage::Stage;
use timbrel_engine::event::Event;
use timbrel_engine::perform::VoiceTarget;

fn cc(controller: u8, value: u8) -> Event {
    Event::Controller { channel: 0, controller, value: f32::from(value) / 127.0 }
}

fn with(controller: u8, value: u8) -> VoiceTarget {
    let mut stage = Stage::plain();
    stage.event(0.0, cc(controller, value));
    stage.event(0.0, on(60));
    stage.run(0.0, 0.5)[0]
}

fn db(gain: f32) -> f32 {
    20.0 * gain.log10()
}

#[test]
fn volume_falls_by_forty_decibels_a_decade() {
    for (value, expected) in [(127, 0.0), (64, -11.904), (13, -39.594), (1, -84.152)] {
        let target = with(7, value);
        near(db(target.harmonic_gain), expected, 0.01);
        near(db(target.noise_gain), expected, 0.01);
        near(target.loudness_db, -18.0, 1e-3);
    }
    assert_eq!(with(7, 0).harmonic_gain, 0.0);
}

#[test]
fn sixty_four_is_the_middle_and_both_ends_are_reached() {
    for (value, expected) in [(0, -1.0), (32, -0.5), (64, 0.0), (127, 1.0)] {
        near(with(10, value).tone.pan, expected, 1e-5);
        near(with(74, value).tone.tilt, 6.0 * expected, 1e-5);
        let balance = with(71, value);
        near(db(balance.noise_gain), 12.0 * expected, 1e-3);
        assert_eq!(balance.harmonic_gain, 1.0);
    }
}

#[test]
fn breath_and_expression_are_forty_decibels_and_add_up() {
    near(with(2, 127).loudness_db, -18.0, 1e-3);
    near(with(2, 64).loudness_db, -18.0 - 40.0 * 63.0 / 127.0, 1e-2);
    let mut stage = Stage::plain();
    stage.event(0.0, cc(2, 95));
    stage.event(0.0, cc(11, 95));
    stage.event(0.0, on(60));
    near(stage.run(0.0, 0.5)[0].loudness_db, -18.0 - 80.0 * 32.0 / 127.0, 1e-2);
}

#[test]
fn controllers_are_there_in_twenty_milliseconds_by_a_smooth_way() {
    let way = 1.0 - (-1.0_f32).exp();
    for (controller, read, whole) in [
        (10, (|target| target.tone.pan) as fn(&VoiceTarget) -> f32, 1.0),
        (74, |target| target.tone.tilt, 6.0),
        (71, |target| db(target.noise_gain), 12.0),
    ] {
        let mut stage = Stage::plain();
        stage.event(0.0, on(60));
        stage.frame(0.5);
        stage.event(0.5, cc(controller, 127));
        near(read(&stage.frame(0.5)[0]), 0.0, 1e-4);
        near(read(&stage.frame(0.52)[0]), way * whole, 1e-3 * whole);
    }
}

#[test]
fn hard_notes_rise_faster_than_soft_ones() {
    use timbrel_engine::event::{NoteAddress, Setting};
    let rise = |velocity: f32, amount: f32| {
        let mut stage = Stage::plain();
        for (setting, value) in
            [(Setting::Attack, 0.1), (Setting::VelocityToAttack, amount), (Setting::VelocityAmount, 0.0)]
        {
            stage.event(0.0, Event::Set(setting, value));
        }
        stage.event(0.0, Event::NoteOn { note: NoteAddress::of(0, 60, None), velocity });
        (1..2_000_i32).find(|ms| stage.frame(f64::from(*ms) / 1_000.0)[0].loudness_db >= -18.001).unwrap()
    };
    for velocity in [0.05, 100.0 / 127.0, 1.0] {
        assert!(rise(velocity, 0.0).abs_diff(100) <= 1);
    }
    let found = [0.0, 100.0 / 127.0, 1.0].map(|velocity| rise(velocity, 1.0));
    println!("attack of 100 ms at velocity 0, 100 and 127: {found:?} ms");
    // 2^(3 * 0.787) and 2^(-3 * 0.213).
    assert!(found[0].abs_diff(514) <= 3 && found[1].abs_diff(100) <= 1 && found[2].abs_diff(64) <= 1);
}
