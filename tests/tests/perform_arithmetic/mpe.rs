//! Zones and registered parameter numbers.

use super::near;
use super::rig::stage::{Stage, cents};
use timbrel_engine::event::{Event, NoteAddress, Setting};
use timbrel_engine::perform::zones::{Layout, Zone, Zones};

fn cc(channel: u8, controller: u8, value: u8) -> Event {
    Event::Controller { channel, controller, value: f32::from(value) / 127.0 }
}

/// Selects a registered parameter and enters data.
fn enter(stage: &mut Stage, at: f64, channel: u8, number: u8, coarse: u8) {
    for (controller, value) in [(101, 0), (100, number), (6, coarse)] {
        stage.event(at, cc(channel, controller, value));
    }
}

fn strike(stage: &mut Stage, at: f64, channel: u8, key: u8) {
    stage.event(at, Event::NoteOn { note: NoteAddress::of(channel, key, None), velocity: 0.8 });
}

/// Cents over A4 of A4 on `channel`, whose bend wheel alone is all the way up, a tenth of a second after `at`.
fn bend_of(stage: &mut Stage, at: f64, channel: u8) -> f32 {
    for other in 0..16 {
        stage.event(at, Event::PitchBend { channel: other, value: f32::from(other == channel) });
    }
    strike(stage, at, channel, 69);
    cents(stage.run(at, at + 0.1).last().unwrap().tone.f0_hz, 440.0)
}

#[test]
fn zones_share_the_channels_and_the_later_message_wins() {
    let mut zones = Zones::new();
    let sizes = |zones: &Zones| (zones.members(Zone::Lower), zones.members(Zone::Upper));
    zones.configure(Zone::Lower, 15);
    assert_eq!(sizes(&zones), (15, 0));
    zones.configure(Zone::Upper, 4);
    assert_eq!(sizes(&zones), (10, 4));
    assert_eq!((zones.manager_of(10), zones.manager_of(11)), (Some(0), Some(15)));
    zones.configure(Zone::Lower, 7);
    assert_eq!(sizes(&zones), (7, 4));
    assert_eq!((zones.manager_of(7), zones.manager_of(8), zones.manager_of(0)), (Some(0), None, None));
    zones.configure(Zone::Lower, 0);
    assert_eq!(sizes(&zones), (0, 4));
    for (layout, expected) in
        [(Layout::Off, (0, 0)), (Layout::Whole(Zone::Lower), (15, 0)), (Layout::Whole(Zone::Upper), (0, 15))]
    {
        zones.lay_out(layout);
        assert_eq!(sizes(&zones), expected);
    }
    zones.lay_out(Layout::AsConfigured);
    assert_eq!(sizes(&zones), (0, 4));
}

#[test]
fn a_bend_range_by_message_has_semitones_and_cents_and_is_its_channels() {
    let mut stage = Stage::plain();
    enter(&mut stage, 0.0, 3, 0, 7);
    stage.event(0.0, cc(3, 38, 50));
    near(bend_of(&mut stage, 0.0, 3), 750.0, 0.1);
    near(bend_of(&mut stage, 0.2, 4), 200.0, 0.1);
    // Data without a parameter is nobody's.
    for (controller, value) in [(101, 127), (100, 127), (6, 24)] {
        stage.event(0.4, cc(3, controller, value));
    }
    near(bend_of(&mut stage, 0.4, 3), 750.0, 0.1);
    // The setting, moved later, takes its place.
    stage.event(0.6, Event::Set(Setting::BendRange, 5.0));
    near(bend_of(&mut stage, 0.6, 3), 500.0, 0.1);
}

#[test]
fn members_have_the_range_of_their_zone_and_the_manager_its_own() {
    let mut stage = Stage::plain();
    enter(&mut stage, 0.0, 0, 6, 5);
    near(bend_of(&mut stage, 0.0, 1), 4_800.0, 0.1);
    near(bend_of(&mut stage, 0.2, 6), 200.0, 0.1);
    enter(&mut stage, 0.4, 2, 0, 24);
    near(bend_of(&mut stage, 0.4, 3), 2_400.0, 0.1);
    near(bend_of(&mut stage, 0.6, 0), 200.0, 0.1);
    // Channel 2's note has its own bend, none, and the manager's.
    strike(&mut stage, 0.8, 2, 69);
    near(cents(stage.frame(0.8).last().unwrap().tone.f0_hz, 440.0), 200.0, 0.1);
    // A new configuration begins with the ranges that are set.
    enter(&mut stage, 1.0, 0, 6, 5);
    near(bend_of(&mut stage, 1.0, 1), 4_800.0, 0.1);
}

#[test]
fn a_configuration_message_on_another_channel_is_none() {
    let mut stage = Stage::plain();
    enter(&mut stage, 0.0, 4, 6, 5);
    near(bend_of(&mut stage, 0.0, 5), 200.0, 0.1);
}

#[test]
fn what_a_finger_did_stays_with_a_note_whose_key_is_up() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::Release, 20.0));
    enter(&mut stage, 0.0, 0, 6, 15);
    stage.event(0.0, Event::PitchBend { channel: 1, value: 0.25 });
    stage.event(0.0, cc(1, 74, 127));
    strike(&mut stage, 0.0, 1, 69);
    stage.run(0.0, 0.1);
    stage.event(0.1, Event::NoteOff { note: NoteAddress::of(1, 69, None) });
    stage.event(0.11, Event::PitchBend { channel: 1, value: -0.5 });
    stage.event(0.11, cc(1, 74, 64));
    strike(&mut stage, 0.11, 1, 60);
    let targets = stage.run(0.11, 0.2);
    near(cents(targets[0].tone.f0_hz, 440.0), 1_200.0, 0.1);
    near(targets[0].tone.tilt, 6.0, 1e-3);
    near(cents(targets[1].tone.f0_hz, 440.0), -900.0 - 2_400.0, 0.1);
    near(targets[1].tone.tilt, 0.0, 1e-3);
    // The manager moves all of them.
    stage.event(0.2, Event::PitchBend { channel: 0, value: 1.0 });
    near(cents(stage.run(0.2, 0.3)[0].tone.f0_hz, 440.0), 1_400.0, 0.1);
}
