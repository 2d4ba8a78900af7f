//! Voices, the one that is chosen, its row and its tone.

use super::rig::newt::newt;
use super::rig::podium::{Podium, instrument, instrument_of};
use super::rig::{Fake, Switches, note, off, on};
use super::{FRAME, Watched, near};
use std::sync::Arc;
use timbrel_engine::event::{Event, Expression, KeyPitch, NoteAddress, Setting};
use timbrel_engine::frame::{FrameKind, FrameLayout};
use timbrel_engine::render::Shaping;
use timbrel_engine::units::pitch_of_hertz;

fn fake() -> Watched {
    let mut watched = Watched::new(Podium::new(Fake::default(), 192, 4_096));
    watched.set(0.0, Setting::VibratoDepth, 0.0);
    watched
}

#[test]
fn the_row_is_what_the_banks_get() {
    let switches = Arc::new(Switches::default());
    for (name, instrument) in [
        ("partials", instrument(Fake::default(), &switches, 4_096)),
        ("shapers", instrument_of(newt("Shapers", Shaping::Tables, &switches).decoder, 4_096)),
    ] {
        let mut podium = Podium::with(instrument, Arc::clone(&switches), 192);
        let mut watch = podium.conductor.watch();
        for (setting, value) in [
            (Setting::Unison, 3.0),
            (Setting::OddEven, 7.0),
            (Setting::Brightness, 3.0),
            (Setting::FormantShift, 5.0),
            (Setting::Stretch, 20.0),
            (Setting::Inharmonicity, 30.0),
        ] {
            podium.event(0, Event::Set(setting, value));
        }
        [50, 57, 62, 50].into_iter().zip(0..).for_each(|(key, n)| podium.event(3_000 * n + 7, on(key)));
        podium.event(15_000, off(57));
        let (mut compared, mut before) = (0, 0);
        for known in (0..30_000).step_by(64) {
            podium.conductor.advance(known);
            let frames = podium.frames();
            let snapshot = watch.look();
            if snapshot.at == before {
                continue;
            }
            assert!(snapshot.at - before <= FRAME && snapshot.at <= known);
            before = snapshot.at;
            let steps = frames.iter().filter_map(|(head, row)| match head.kind {
                FrameKind::Step { tone, .. } if head.at == before => Some((tone, row)),
                _ => None,
            });
            let steps: Vec<_> = steps.collect();
            assert_eq!(steps.len(), snapshot.voices.len());
            let Some(voice) = snapshot.chosen_voice() else { continue };
            let (tone, row) = steps[snapshot.chosen.unwrap()];
            assert_eq!((snapshot.tone, &snapshot.row), (tone, row));
            assert_eq!(voice.midi_pitch, pitch_of_hertz(tone.f0_hz));
            assert_eq!(voice.pan, tone.pan);
            let ratio = snapshot.partial_hz(10) / f64::from(tone.f0_hz);
            assert!(ratio > 10.1 && snapshot.partial_hz(1) == f64::from(tone.f0_hz));
            compared += 1;
        }
        println!("{name}: {compared} snapshots, each with the row and the tone that were sent");
        assert!(compared > 60);
    }
}

#[test]
fn the_parts_of_a_row_are_found_by_its_layout() {
    let mut watched = fake();
    watched.event(0.0, on(60));
    let snapshot = watched.go_to(0.2);
    assert_eq!(snapshot.layout, FrameLayout::Ddsp { harmonics: 8, noise_bands: 5 });
    assert_eq!((snapshot.partials().len(), snapshot.noise_bands().len()), (8, 5));
    // Partials as 1 / k, noise flat.
    near(snapshot.partials()[0] / snapshot.partials()[3], 4.0, 1e-3);
    near(snapshot.noise_bands()[4], 1e-3, 1e-6);
    assert_eq!((snapshot.noise_rate_hz, snapshot.sample_rate, snapshot.tempo_bpm), (48_000.0, 48_000.0, 120.0));
}

#[test]
fn a_voice_shows_the_pitch_that_sounds_and_that_of_its_key() {
    let mut watched = fake();
    watched.event(0.0, Event::Retune { channel: None, key: 60, pitch: KeyPitch::Relative(60.3) });
    watched.set(0.0, Setting::TimbreShift, 12.0);
    watched.event(0.0, on(60));
    let voice = watched.go_to(0.2).voices[0];
    near(voice.midi_pitch, 60.3, 1e-3);
    near(voice.key_pitch, 60.3, 1e-3);
    near(voice.model_pitch, 72.3, 1e-3);
    watched.event(0.2, Event::PitchBend { channel: 0, value: 0.5 });
    let expression = Expression::Tuning;
    watched.event(0.2, Event::NoteExpression { note: note(60), expression, value: 0.25 });
    let voice = watched.go_to(0.4).voices[0];
    println!("a key at 60.3, bent by half of two semitones and tuned by a quarter: {}", voice.midi_pitch);
    near(voice.midi_pitch, 61.55, 1e-3);
    near(voice.key_pitch, 60.3, 1e-3);
    // A glide, half of its way.
    watched.set(0.4, Setting::GlideTime, 0.2);
    watched.set(0.4, Setting::VoiceMode, 1.0);
    watched.event(0.41, on(70));
    let line = watched.go_to(0.51).voices.iter().find(|voice| voice.note.key == Some(70)).copied().unwrap();
    println!("a glide to 71, bent by one: {} on its way", line.midi_pitch);
    assert!((63.0..70.5).contains(&line.midi_pitch) && line.key_pitch == 70.0);
}

#[test]
fn voices_are_there_while_they_sound_and_held_while_held() {
    let mut watched = fake();
    watched.set(0.0, Setting::Release, 0.5);
    [(0.01, 60), (0.02, 64), (0.03, 67)].into_iter().for_each(|(seconds, key)| watched.event(seconds, on(key)));
    let snapshot = watched.go_to(0.2);
    let keys: Vec<_> = snapshot.voices.iter().map(|voice| voice.note.key.unwrap()).collect();
    assert_eq!(keys, [60, 64, 67]);
    assert!(snapshot.voices.iter().all(|voice| voice.held && (voice.velocity - 100.0 / 127.0).abs() < 1e-6));
    let loud = snapshot.voices[1].wanted_db;
    watched.event(0.2, off(64));
    let snapshot = watched.go_to(0.35);
    let held: Vec<_> = snapshot.voices.iter().map(|voice| voice.held).collect();
    let voice = snapshot.voices[1];
    println!("in its release: {:.1} dB, told {:.1}, of {loud:.1}", voice.wanted_db, voice.loudness_db);
    assert_eq!(held, [true, false, true]);
    assert!(voice.wanted_db < loud - 3.0 && voice.loudness_db >= -60.0);
    assert_eq!(watched.go_to(4.0).voices.len(), 2);
    watched.event(4.0, Event::Panic);
    let snapshot = watched.go_to(4.1);
    assert!(snapshot.voices.is_empty() && snapshot.chosen.is_none());
    assert!(snapshot.row.iter().all(|value| *value == 0.0) && snapshot.tone.f0_hz == 0.0);
}

#[test]
fn the_note_struck_last_is_chosen_unless_another_is_followed() {
    let chosen = |watched: &mut Watched, seconds| {
        let snapshot = watched.go_to(seconds);
        (snapshot.chosen.unwrap(), snapshot.chosen_voice().unwrap().note.key.unwrap())
    };
    let mut watched = fake();
    watched.set(0.0, Setting::Unison, 3.0);
    [(0.01, 60), (0.02, 64), (0.03, 67)].into_iter().for_each(|(seconds, key)| watched.event(seconds, on(key)));
    // Three voices a note, of which the middle one is looked at.
    assert_eq!(chosen(&mut watched, 0.1), (7, 67));
    near(watched.watch.look().chosen_voice().unwrap().midi_pitch, 67.0, 1e-3);
    watched.watch.follow(Some(note(60)));
    assert_eq!(chosen(&mut watched, 0.2), (1, 60));
    watched.watch.follow(Some(NoteAddress { channel: None, key: Some(64), id: None }));
    assert_eq!(chosen(&mut watched, 0.3), (4, 64));
    watched.watch.follow(Some(note(99)));
    assert_eq!(chosen(&mut watched, 0.4), (7, 67));
    watched.watch.follow(None);
    watched.event(0.41, on(50));
    assert_eq!(chosen(&mut watched, 0.5), (10, 50));
}

#[test]
fn another_instrument_shows_its_own_rows_at_once() {
    let mut watched = fake();
    let switches = Arc::clone(&watched.podium.switches);
    watched.event(0.0, on(60));
    assert_eq!(watched.go_to(0.2).row.len(), 13);
    let wide = Fake { harmonics: 60, ..Fake::default() };
    let narrow = Fake { harmonics: 2, ..Fake::default() };
    for (fake, seconds) in [(wide, 0.4), (narrow, 0.6), (wide, 0.8)] {
        let (next, receiver) = instrument(fake, &switches, 4_096);
        assert!(watched.podium.conductor.swap(next).is_ok());
        watched.podium.receiver = receiver;
        let snapshot = watched.go_to(seconds);
        assert_eq!(snapshot.row.len(), fake.harmonics + 5);
        assert_eq!(snapshot.layout, FrameLayout::Ddsp { harmonics: fake.harmonics, noise_bands: 5 });
        assert!(snapshot.partials().iter().all(|amplitude| *amplitude > 0.0));
    }
}
