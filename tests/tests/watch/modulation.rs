//! Settings and the sources that move them, as the chosen voice has them.

use super::rig::podium::Podium;
use super::rig::{Fake, cc, note, off, on};
use super::{Watched, near};
use timbrel_engine::event::{Event, ModulationSource, Route, Setting};
use timbrel_engine::perform::envelope::Stage;

fn fake() -> Watched {
    Watched::new(Podium::new(Fake::default(), 192, 4_096))
}

fn route(watched: &mut Watched, row: u8, source: ModulationSource, target: Setting, amount: f32) {
    watched.event(0.0, Event::Route { row, route: Some(Route { source, target }) });
    watched.set(0.0, Setting::ALL[Setting::ModAmount1 as usize + usize::from(row)], amount);
}

#[test]
fn settings_are_moved_as_the_matrix_moves_them() {
    let mut watched = fake();
    route(&mut watched, 0, ModulationSource::Lfo1, Setting::Tune, 0.25);
    route(&mut watched, 1, ModulationSource::Key, Setting::Pan, 0.5);
    watched.set(0.0, Setting::Tune, 3.0);
    [48, 72].into_iter().for_each(|key| watched.event(0.001, on(key)));
    let (mut least, mut most) = (f32::MAX, f32::MIN);
    for step in 20..200 {
        let followed = [48, 72][step % 2];
        watched.watch.follow(Some(note(followed)));
        // A frame that knows whom to follow.
        let snapshot = watched.go_to(step as f64 * 0.02);
        let (voice, lfo) = (snapshot.chosen_voice().unwrap(), snapshot.source(ModulationSource::Lfo1));
        assert_eq!(voice.note.key, Some(followed));
        // A quarter of the range of 48 semitones.
        near(snapshot.setting(Setting::Tune), 3.0 + 12.0 * lfo, 1e-4);
        near(voice.midi_pitch - voice.key_pitch, snapshot.setting(Setting::Tune), 2e-3);
        let key = (f32::from(followed) - 60.0) / 48.0;
        near(snapshot.source(ModulationSource::Key), key, 1e-6);
        near(snapshot.setting(Setting::Pan), key, 1e-6);
        near(voice.pan, key, 1e-6);
        (least, most) = (least.min(lfo), most.max(lfo));
    }
    println!("an LFO of 1 Hz, seen from {least:.3} to {most:.3}; settings and pitches follow it");
    assert!(least < -0.99 && most > 0.99);
}

#[test]
fn what_the_host_moves_for_one_note_is_that_notes() {
    let mut watched = fake();
    [60, 64].into_iter().for_each(|key| watched.event(0.0, on(key)));
    let (setting, note_60) = (Setting::Brightness, note(60));
    watched.event(0.01, Event::Modulate { note: note_60, setting, offset: 2.5 });
    watched.watch.follow(Some(note(60)));
    near(watched.go_to(0.3).setting(Setting::Brightness), 2.5, 1e-3);
    watched.watch.follow(Some(note(64)));
    near(watched.go_to(0.4).setting(Setting::Brightness), 0.0, 1e-6);
}

#[test]
fn macros_amounts_and_the_mix_show_what_moves_them() {
    let mut watched = fake();
    route(&mut watched, 0, ModulationSource::Wheel, Setting::Macro1, 0.5);
    route(&mut watched, 1, ModulationSource::Wheel, Setting::ModAmount3, 0.25);
    route(&mut watched, 2, ModulationSource::Macro1, Setting::RoomMix, -0.1);
    watched.set(0.0, Setting::Macro1, 0.2);
    watched.event(0.0, on(60));
    watched.event(0.1, cc(1, 1.0));
    let snapshot = watched.go_to(0.5);
    near(snapshot.source(ModulationSource::Wheel), 1.0, 1e-4);
    near(snapshot.setting(Setting::Macro1), 0.7, 1e-4);
    near(snapshot.source(ModulationSource::Macro1), 0.7, 1e-4);
    // An amount's range is 2, from -1 to 1.
    near(snapshot.setting(Setting::ModAmount3), 0.4, 1e-4);
    near(snapshot.setting(Setting::RoomMix), 1.0, 1e-4);
    watched.set(0.5, Setting::RoomMix, 0.3);
    near(watched.go_to(1.0).setting(Setting::RoomMix), 0.3 + 0.4 * 0.7, 1e-3);
}

#[test]
fn sources_are_seen_whether_a_row_reads_them_or_not() {
    let mut watched = fake();
    watched.event(0.0, Event::PitchBend { channel: 0, value: -0.5 });
    watched.event(0.0, Event::ChannelPressure { channel: 0, value: 0.25 });
    watched.event(0.0, cc(11, 0.5));
    watched.event(0.0, on(72));
    let snapshot = watched.go_to(0.5);
    for (source, expected) in [
        (ModulationSource::Velocity, 100.0 / 127.0),
        (ModulationSource::Key, 0.25),
        (ModulationSource::Bend, -0.5),
        (ModulationSource::Pressure, 0.25),
        (ModulationSource::Expression, 0.5),
        (ModulationSource::Envelope1, 1.0),
    ] {
        println!("{source:?}: {:.4}", snapshot.source(source));
        near(snapshot.source(source), expected, 1e-3);
    }
    let random = snapshot.source(ModulationSource::Random);
    assert!(random != 0.0 && random.abs() <= 1.0);
    // Half a second of an LFO that runs for all: its first half is over.
    watched.event(0.5, off(72));
    near(watched.go_to(0.75).source(ModulationSource::Lfo1), -1.0, 0.05);
}

#[test]
fn without_a_voice_there_is_what_all_notes_begin_with() {
    let mut watched = fake();
    route(&mut watched, 0, ModulationSource::Key, Setting::Pan, 0.5);
    watched.set(0.0, Setting::Pan, -0.25);
    watched.set(0.0, Setting::Polyphony, 7.0);
    watched.event(0.0, Event::Modulate { note: Default::default(), setting: Setting::Tune, offset: 1.5 });
    watched.event(0.0, Event::Transport { tempo: 93.0, beat: None });
    let snapshot = watched.go_to(0.25);
    assert!(snapshot.chosen.is_none());
    near(snapshot.setting(Setting::Pan), -0.25, 1e-4);
    near(snapshot.setting(Setting::Tune), 1.5, 1e-4);
    assert_eq!((snapshot.setting(Setting::Polyphony), snapshot.tempo_bpm), (7.0, 93.0));
    assert_eq!(snapshot.source(ModulationSource::Velocity), 0.0);
    near(snapshot.source(ModulationSource::Lfo1), 1.0, 0.01);
    for (setting, value) in Setting::ALL.into_iter().zip(&snapshot.settings) {
        let (least, greatest) = setting.range();
        assert!((least..=greatest).contains(value), "{setting:?}: {value}");
    }
}

#[test]
fn lfos_and_envelopes_are_where_their_curves_say() {
    let mut watched = fake();
    route(&mut watched, 0, ModulationSource::Lfo1, Setting::Pan, 0.1);
    route(&mut watched, 1, ModulationSource::Envelope2, Setting::Pan, 0.1);
    for (setting, value) in [
        (Setting::Lfo1Mode, 1.0),
        (Setting::Lfo1Phase, 0.25),
        (Setting::Lfo1Rise, 1.0),
        (Setting::Lfo2Shape, 6.0),
        (Setting::Env2Attack, 0.5),
        (Setting::Env2Sustain, 0.5),
        (Setting::Env2Decay, 0.1),
    ] {
        watched.set(0.0, setting, value);
    }
    watched.event(0.1, on(60));
    let mut stages = Vec::new();
    for step in 1..30 {
        if step == 20 {
            watched.event(2.0, off(60));
            watched.set(1.9, Setting::Release, 5.0);
        }
        let snapshot = watched.go_to(0.1 + 0.1 * f64::from(step));
        let [first, second] = snapshot.lfos;
        let since = (snapshot.at as f64 / 48_000.0 - 0.1) as f32;
        near(first.cycles as f32, 0.25 + since, 1e-3);
        near(first.risen, 0.5 - 0.5 * (std::f32::consts::PI * since.min(1.0)).cos(), 1e-3);
        near(snapshot.source(ModulationSource::Lfo1), first.value(), 1e-6);
        near(snapshot.source(ModulationSource::Lfo2), second.wave.at(second.cycles, second.seed), 1e-6);
        let envelope = snapshot.envelopes[1];
        near(snapshot.source(ModulationSource::Envelope2), envelope.gain, 1e-6);
        stages.push(envelope.stage);
    }
    stages.dedup();
    println!("envelope 2: {stages:?}");
    assert_eq!(stages, [Stage::Attack, Stage::Decay, Stage::Release]);
}
