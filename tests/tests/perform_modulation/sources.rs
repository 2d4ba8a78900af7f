//! What each source is, for each note by itself.

use super::rig::cc;
use super::rig::on;
use super::rig::stage::Stage;
use super::{near, pan, panned_by, set};
use timbrel_engine::event::{Event, Expression, ModulationSource, NoteAddress, Setting};

fn express(expression: Expression, value: f32) -> Event {
    Event::NoteExpression { note: NoteAddress::of(0, 60, None), expression, value }
}

/// The source at key 60 and velocity 0.25 half a second after `events`.
fn read(source: ModulationSource, events: &[Event]) -> f32 {
    let mut stage = panned_by(source);
    stage.event(0.0, Event::NoteOn { note: NoteAddress::of(0, 60, None), velocity: 0.25 });
    stage.frame(0.004);
    events.iter().for_each(|event| stage.event(0.1, *event));
    pan(&stage.frame(0.6))
}

#[test]
fn every_source_is_what_is_played() {
    let pressure = |value| Event::ChannelPressure { channel: 0, value };
    let bend = |value| Event::PitchBend { channel: 0, value };
    let macro_at = |setting| Event::Set(setting, 0.3);
    for (source, events, expected) in [
        (ModulationSource::Velocity, vec![], 0.25),
        (ModulationSource::Key, vec![], 0.0),
        (ModulationSource::Pressure, vec![], 0.0),
        (ModulationSource::Pressure, vec![pressure(0.7)], 0.7),
        (ModulationSource::Pressure, vec![pressure(0.2), express(Expression::Pressure, 0.6)], 0.6),
        (ModulationSource::Timbre, vec![], 0.0),
        (ModulationSource::Timbre, vec![cc(74, 0.0)], -1.0),
        (ModulationSource::Timbre, vec![express(Expression::Brightness, 0.75)], 0.5),
        (ModulationSource::Wheel, vec![cc(1, 0.4)], 0.4),
        (ModulationSource::Bend, vec![bend(-0.5)], -0.5),
        (ModulationSource::Bend, vec![Event::Set(Setting::BendRange, 0.0), bend(1.0)], 1.0),
        (ModulationSource::Expression, vec![], 1.0),
        (ModulationSource::Expression, vec![cc(11, 0.5), express(Expression::Expression, 0.5)], 0.25),
        (ModulationSource::Breath, vec![], 0.0),
        (ModulationSource::Breath, vec![cc(2, 0.8)], 0.8),
        (ModulationSource::Breath, vec![cc(2, 0.8), cc(121, 0.0)], 0.0),
        (ModulationSource::Macro1, vec![macro_at(Setting::Macro1)], 0.3),
        (ModulationSource::Macro2, vec![macro_at(Setting::Macro2)], 0.3),
        (ModulationSource::Macro3, vec![macro_at(Setting::Macro3)], 0.3),
        (ModulationSource::Macro4, vec![macro_at(Setting::Macro4)], 0.3),
    ] {
        let found = read(source, &events);
        println!("{source:?} after {events:?}: {found:.4}");
        near(found, expected, 1e-4);
    }
}

#[test]
fn a_key_counts_from_sixty_by_four_octaves() {
    let mut stage = panned_by(ModulationSource::Key);
    let keys = [0, 12, 36, 60, 72, 84, 108, 127];
    keys.iter().for_each(|key| stage.event(0.0, on(*key)));
    let found: Vec<f32> = stage.frame(0.1).iter().map(|target| target.tone.pan).collect();
    assert_eq!(found, [-1.0, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.0]);
}

#[test]
fn controllers_move_smoothly_as_they_do_elsewhere() {
    let mut stage = panned_by(ModulationSource::Wheel);
    stage.event(0.0, on(60));
    stage.frame(0.1);
    stage.event(0.1, cc(1, 1.0));
    near(pan(&stage.frame(0.12)), 1.0 - (-1.0_f32).exp(), 1e-3);
}

#[test]
fn notes_are_moved_each_by_itself() {
    let mut stage = panned_by(ModulationSource::Velocity);
    for (key, velocity) in [(60, 0.2), (64, 0.9)] {
        stage.event(0.0, Event::NoteOn { note: NoteAddress::of(0, key, None), velocity });
    }
    let pans: Vec<f32> = stage.frame(0.1).iter().map(|target| target.tone.pan).collect();
    near(pans[0], 0.2, 1e-6);
    near(pans[1], 0.9, 1e-6);
}

#[test]
fn the_fingers_of_an_mpe_keyboard_move_their_own_notes() {
    let mut stage = panned_by(ModulationSource::Pressure);
    set(&mut stage, 0.0, &[(Setting::Mpe, 2.0)]);
    for (channel, value) in [(1, 0.2), (2, 0.8)] {
        stage.event(0.0, Event::NoteOn { note: NoteAddress::of(channel, 60, None), velocity: 0.5 });
        stage.event(0.1, Event::ChannelPressure { channel, value });
    }
    let pans: Vec<f32> = stage.frame(0.6).iter().map(|target| target.tone.pan).collect();
    near(pans[0], 0.2, 1e-4);
    near(pans[1], 0.8, 1e-4);
}

#[test]
fn chance_is_another_for_each_note_one_for_its_voices_and_the_same_again() {
    let play = || {
        let mut stage = panned_by(ModulationSource::Random);
        set(&mut stage, 0.0, &[(Setting::Polyphony, 64.0)]);
        (30..94).for_each(|key| stage.event(0.0, on(key)));
        stage.frame(0.1).iter().map(|target| target.tone.pan).collect::<Vec<f32>>()
    };
    let found = play();
    let mut sorted = found.clone();
    sorted.sort_by(f32::total_cmp);
    assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] > 1e-6), "64 notes, 64 values");
    let mean = found.iter().sum::<f32>() / 64.0;
    println!("64 notes: {:.3} to {:.3}, mean {mean:.3}", sorted[0], sorted[63]);
    assert!(sorted[0] < -0.8 && sorted[63] > 0.8 && mean.abs() < 0.2);
    assert_eq!(found, play());

    let mut stage = panned_by(ModulationSource::Random);
    set(&mut stage, 0.0, &[(Setting::Unison, 8.0), (Setting::UnisonSpread, 0.0)]);
    stage.event(0.0, on(60));
    let pans: Vec<f32> = stage.frame(0.1).iter().map(|target| target.tone.pan).collect();
    assert!(pans.len() == 8 && pans.iter().all(|found| *found == pans[0]));
}

#[test]
fn a_note_begins_where_its_sources_are() {
    let mut stage = super::with_row(Stage::plain(), ModulationSource::Velocity, Setting::Tune, 0.25);
    stage.event(0.5, Event::NoteOn { note: NoteAddress::of(0, 69, None), velocity: 1.0 });
    let started = stage.actions.iter().find_map(|action| match action {
        timbrel_engine::perform::Action::Start { tone, .. } => Some(tone.f0_hz),
        _ => None,
    });
    // 0.25 of 48 semitones is an octave.
    near(started.unwrap(), 880.0, 0.01);
    // And so it is where the host's expression comes with the note.
    stage.event(0.5, Event::NoteOn { note: NoteAddress::of(0, 45, Some(3)), velocity: 0.0 });
    stage.event(0.5, super::route(0, ModulationSource::Pressure, Setting::Tune));
    let note = NoteAddress { id: Some(3), ..NoteAddress::default() };
    stage.event(0.5, Event::NoteExpression { note, expression: Expression::Pressure, value: 1.0 });
    let amended = stage.actions.iter().rev().find_map(|action| match action {
        timbrel_engine::perform::Action::Amend { tone, .. } => Some(tone.f0_hz),
        _ => None,
    });
    near(amended.unwrap(), 220.0, 0.01);
}
