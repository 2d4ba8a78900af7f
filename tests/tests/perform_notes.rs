//! Which voices sound: keys, pedal, stealing, choking.

mod rig;

use rig::stage::{Stage, keys};
use rig::{cc, note, off, on};
use timbrel_engine::event::{Event, NoteAddress, Setting};
use timbrel_engine::perform::Action;

fn loud(key: u8, velocity: f32) -> Event {
    Event::NoteOn { note: note(key), velocity }
}

#[test]
fn a_note_starts_at_its_own_sample() {
    let mut stage = Stage::new();
    stage.event(1.003, on(60));
    assert!(matches!(stage.actions[..], [Action::Start { slot: 0, at: 48_144, .. }]), "{:?}", stage.actions);
    assert_eq!(stage.frame(1.003)[0].harmonic_gain, 0.0, "a voice begins silent");
}

#[test]
fn a_released_voice_falls_silent_and_ends() {
    let mut stage = Stage::plain();
    stage.event(0.0, on(60));
    assert_eq!(keys(&stage.run(0.0, 1.0)), [60]);
    stage.event(1.0, off(60));
    stage.run(1.0, 1.1);
    assert_eq!(stage.performer.voices(), 0);
    assert_eq!(stage.ends().len(), 1);
}

#[test]
fn a_note_off_for_another_key_channel_or_id_does_nothing() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::NoteOn { note: NoteAddress::of(3, 60, Some(7)), velocity: 0.8 });
    for other in [NoteAddress::of(3, 61, None), NoteAddress::of(2, 60, None), NoteAddress::of(3, 60, Some(8))] {
        stage.event(0.1, Event::NoteOff { note: other });
    }
    assert_eq!(keys(&stage.run(0.1, 1.0)), [60]);
    stage.event(1.0, Event::NoteOff { note: NoteAddress { id: Some(7), ..NoteAddress::default() } });
    assert!(stage.run(1.0, 1.1).is_empty());
}

#[test]
fn the_pedal_holds_notes_until_it_comes_up() {
    let mut stage = Stage::plain();
    stage.event(0.0, cc(64, 64.0 / 127.0));
    stage.event(0.0, on(60));
    stage.event(0.1, off(60));
    stage.event(0.1, on(64));
    assert_eq!(keys(&stage.run(0.1, 1.0)), [60, 64]);
    stage.event(1.0, cc(64, 63.0 / 127.0));
    assert_eq!(keys(&stage.run(1.0, 1.1)), [64], "a key that is still down sounds on");
}

#[test]
fn a_pedal_on_another_channel_holds_nothing() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Controller { channel: 5, controller: 64, value: 1.0 });
    stage.event(0.0, on(60));
    stage.event(0.1, off(60));
    assert!(stage.run(0.1, 0.2).is_empty());
}

#[test]
fn a_key_struck_again_fades_its_old_voice_in_ten_milliseconds() {
    let mut stage = Stage::plain();
    stage.event(0.0, on(60));
    stage.run(0.0, 0.5);
    stage.event(0.5, on(60));
    assert_eq!(stage.ends(), [(60, 0.01)]);
    assert_eq!(stage.starts(), 2);
    assert_eq!(keys(&stage.run(0.5, 0.6)), [60]);
}

#[test]
fn stealing_takes_the_quietest_released_voice_first() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::Polyphony, 3.0));
    stage.event(0.0, Event::Set(Setting::Release, 10.0));
    stage.event(0.0, loud(60, 0.1));
    stage.event(0.0, loud(62, 0.9));
    stage.event(0.0, loud(64, 0.5));
    stage.run(0.0, 0.5);
    stage.event(0.5, off(62));
    stage.event(0.5, off(64));
    stage.run(0.5, 0.6);
    stage.event(0.6, on(70));
    assert_eq!(stage.ends(), [(64, 0.005)], "the released one that is quieter, not the quiet one that is held");
    assert_eq!(keys(&stage.frame(0.61)), [60, 62, 70]);
}

#[test]
fn stealing_without_released_voices_takes_the_quietest() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::Polyphony, 2.0));
    stage.event(0.0, loud(60, 0.9));
    stage.event(0.0, loud(62, 0.1));
    stage.run(0.0, 0.5);
    stage.event(0.5, on(70));
    assert_eq!(stage.ends(), [(62, 0.005)]);
}

#[test]
fn a_stolen_voice_keeps_its_slot_until_its_fade_is_over() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::Polyphony, 1.0));
    let slot = |stage: &mut Stage, at| stage.frame(at)[0].slot;
    stage.event(0.1, on(60));
    assert_eq!(slot(&mut stage, 0.101), 0);
    stage.event(0.102, on(61));
    assert_eq!(slot(&mut stage, 0.103), 1);
    stage.event(0.106, on(62));
    assert_eq!(slot(&mut stage, 0.1065), 2);
    stage.event(0.108, on(63));
    assert_eq!(slot(&mut stage, 0.109), 0, "free again since 0.107");
}

#[test]
fn sixty_four_voices_sound_and_no_more() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::Polyphony, 64.0));
    (20..100).for_each(|key| stage.event(0.0, on(key)));
    assert_eq!(stage.frame(0.1).len(), 64);
    assert_eq!(stage.ends().len(), 16);
    stage.event(0.1, Event::Set(Setting::Polyphony, 3.0));
    assert_eq!(stage.frame(0.2).len(), 3);
}

#[test]
fn a_note_without_a_slot_is_refused_and_said() {
    let mut stage = Stage::plain();
    stage.event(0.0, Event::Set(Setting::Polyphony, 1.0));
    (0..127).for_each(|key| stage.event(0.001, on(key)));
    assert_eq!(stage.starts(), 127);
    stage.event(0.001, on(127));
    stage.event(0.001, on(5));
    let refused = stage.actions.iter().filter(|action| matches!(action, Action::Refused { .. })).count();
    assert_eq!((stage.starts(), refused), (128, 1));
}

#[test]
fn choke_all_sound_off_and_panic_fade_at_once_whatever_the_pedal_says() {
    for event in [Event::Choke { note: note(60) }, cc(120, 0.0), Event::Panic] {
        let mut stage = Stage::new();
        stage.event(0.0, cc(64, 1.0));
        stage.event(0.0, on(60));
        stage.run(0.0, 0.2);
        stage.event(0.2, event);
        assert_eq!(stage.ends(), [(60, 0.005)], "{event:?}");
        assert_eq!(stage.performer.voices(), 0);
    }
}

#[test]
fn all_notes_off_releases_and_the_pedal_holds() {
    let mut stage = Stage::plain();
    stage.event(0.0, on(60));
    stage.event(0.1, cc(123, 0.0));
    assert!(stage.run(0.1, 0.2).is_empty());
    stage.event(0.2, cc(64, 1.0));
    stage.event(0.2, on(60));
    stage.event(0.3, cc(123, 0.0));
    assert_eq!(keys(&stage.run(0.3, 1.0)), [60]);
    stage.event(1.0, cc(121, 0.0));
    assert!(stage.run(1.0, 1.1).is_empty(), "reset of all controllers lifts the pedal");
}

#[test]
fn seeds_come_from_the_count_of_notes() {
    let seeds = |stage: &Stage| -> Vec<u32> {
        let seed = |action: &Action| if let Action::Start { seed, .. } = action { Some(*seed) } else { None };
        stage.actions.iter().filter_map(seed).collect()
    };
    let mut stage = Stage::new();
    (60..70).for_each(|key| stage.event(0.0, on(key)));
    let first = seeds(&stage);
    let mut unique = first.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), 10);
    stage.performer.reset(1_000_000);
    stage.actions.clear();
    (60..70).for_each(|key| stage.event(100.0, on(key)));
    assert_eq!(seeds(&stage), first);
}
