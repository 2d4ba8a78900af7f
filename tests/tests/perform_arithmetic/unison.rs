//! Several voices for one note.

use super::near;
use super::rig::on;
use super::rig::stage::{Stage, cents};
use timbrel_engine::event::{Event, Setting};
use timbrel_engine::perform::Action;

fn unison(voices: f32) -> Stage {
    let mut stage = Stage::plain();
    let settings = [(Setting::Unison, voices), (Setting::UnisonDetune, 30.0), (Setting::UnisonSpread, 0.8)];
    settings.iter().for_each(|&(setting, value)| stage.event(0.0, Event::Set(setting, value)));
    stage
}

#[test]
fn voices_are_spread_evenly_in_pitch_and_place_and_are_as_loud_as_one() {
    for voices in 2..=8_u8 {
        let mut stage = unison(f32::from(voices));
        stage.event(0.0, on(69));
        let targets = stage.run(0.0, 0.5);
        assert_eq!(targets.len(), usize::from(voices));
        let mut power = 0.0;
        for (index, target) in targets.iter().enumerate() {
            let place = 2.0 * index as f32 / f32::from(voices - 1) - 1.0;
            near(cents(target.tone.f0_hz, 440.0), 30.0 * place, 0.02);
            near(target.tone.pan, 0.8 * place, 1e-5);
            power += target.harmonic_gain.powi(2);
        }
        near(power, 1.0, 1e-5);
    }
}

#[test]
fn voices_begin_at_phases_and_with_noise_of_their_own() {
    let mut stage = unison(8.0);
    stage.event(0.0, on(60));
    stage.event(0.0, on(67));
    let (mut phases, mut seeds) = (Vec::new(), Vec::new());
    for action in &stage.actions {
        if let Action::Start { phase, seed, .. } = action {
            assert!((0.0..1.0).contains(phase));
            phases.push(phase.to_bits());
            seeds.push(*seed);
        }
    }
    assert_eq!(phases.len(), 16);
    for list in [&mut phases, &mut seeds] {
        list.sort_unstable();
        list.dedup();
        assert_eq!(list.len(), 16);
    }
    let mut stage = unison(1.0);
    stage.event(0.0, on(60));
    assert!(matches!(stage.actions[..], [Action::Start { phase: 0.0, .. }]), "{:?}", stage.actions);
}

#[test]
fn a_voice_that_fails_leaves_the_others_and_the_note_ends_with_the_last() {
    let mut stage = unison(2.0);
    stage.event(0.0, on(60));
    let slots: Vec<u16> = stage.frame(0.01).iter().map(|target| target.slot).collect();
    stage.performer.drop_voice(slots[0], 960, 0.2, &mut stage.actions);
    assert_eq!((stage.performer.voices(), stage.ends().len()), (1, 0));
    stage.performer.drop_voice(slots[1], 960, 0.2, &mut stage.actions);
    assert_eq!((stage.performer.voices(), stage.ends().len()), (0, 1));
}
