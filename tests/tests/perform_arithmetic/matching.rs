//! What brings an instrument in line with others: a gain, and a tilt by pitch and dynamics.

use super::near;
use super::rig::note;
use super::rig::stage::Stage;
use timbrel_engine::event::{Event, Setting};
use timbrel_engine::model::TiltTable;
use timbrel_engine::units::db_of_gain;

fn strike(stage: &mut Stage, key: u8, velocity: f32) {
    stage.event(0.0, Event::Set(Setting::Attack, 0.0));
    stage.event(0.0, Event::NoteOn { note: note(key), velocity });
}

#[test]
fn a_matched_gain_is_of_all_that_sounds_and_of_nothing_that_is_asked() {
    let target = |gain_db: f32| {
        let mut stage = Stage::matched(gain_db, TiltTable::default());
        strike(&mut stage, 60, 0.8);
        stage.run(0.0, 0.5)[0]
    };
    let (plain, matched) = (target(0.0), target(-9.0));
    for (found, before) in [(matched.harmonic_gain, plain.harmonic_gain), (matched.noise_gain, plain.noise_gain)] {
        near(db_of_gain(found / before), -9.0, 1e-4);
    }
    assert_eq!(matched.loudness_db, plain.loudness_db);
    assert_eq!((plain.harmonic_gain, plain.tone.tilt), (1.0, 0.0));
}

#[test]
fn a_matched_tilt_follows_pitch_and_dynamics_and_adds_to_the_brightness() {
    // -4 dB per octave at the lowest and softest; 0 at the loudest, and at the highest.
    let table = || TiltTable::new(40.0, 80.0, 2, vec![-4.0, 0.0, 0.0, 0.0]);
    for (key, velocity, brightness, expected) in [
        (40, 1.0 / 127.0, 0.0, -4.0),
        (40, 1.0, 0.0, 0.0),
        (40, 64.0 / 127.0, 0.0, -2.0),
        (60, 1.0 / 127.0, 0.0, -2.0),
        (80, 1.0 / 127.0, 0.0, 0.0),
        (30, 1.0 / 127.0, 3.0, -1.0),
        (40, 1.0 / 127.0, -6.0, -6.0),
    ] {
        let mut stage = Stage::matched(0.0, table());
        stage.event(0.0, Event::Set(Setting::Brightness, brightness));
        strike(&mut stage, key, velocity);
        let tilt = stage.run(0.0, 0.5)[0].tone.tilt;
        println!("key {key}, velocity {velocity:.2}, brightness {brightness}: {tilt:.3} dB per octave");
        near(tilt, expected, 0.02);
    }
}
