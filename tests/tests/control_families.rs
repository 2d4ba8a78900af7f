//! Instruments of both families in one conductor: notes live on through swaps, rows are those of the family.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod rig;

use rig::podium::{Podium, instrument_of};
use rig::{off, on};
use std::sync::Arc;
use timbrel_engine::control::Instrument;
use timbrel_engine::event::{Event, Setting};
use timbrel_engine::frame::{FrameHead, FrameKind, FrameLayout, FrameReceiver};
use timbrel_engine::model::{LoadOptions, Model, OnnxDecoder};
use timbrel_engine::perform::SLOTS;
use timbrel_engine::units::gain_of_db;
use timbrel_tests::fixtures::{DdspModel, NewtFault, NewtModel, Shapers};

const HOP: u64 = 192;

fn instrument(file: &[u8]) -> (Instrument, FrameReceiver) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fixture.onnx");
    std::fs::write(&path, file).unwrap();
    let model = Model::load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    instrument_of(Box::new(OnnxDecoder::new(&model, SLOTS).unwrap()), 4096)
}

fn newt() -> NewtModel {
    NewtModel::default().shapers(Shapers::networks(5, &[3, 1])).base(|base| base.noise_level(0.25))
}

fn podium(file: &[u8]) -> Podium {
    Podium::with(instrument(file), Arc::default(), HOP)
}

fn of_slot(frames: &[(FrameHead, Vec<f32>)], wanted: u16) -> Vec<&(FrameHead, Vec<f32>)> {
    let is_of = |kind: FrameKind| match kind {
        FrameKind::Start { slot, .. } | FrameKind::Step { slot, .. } | FrameKind::End { slot } => slot == wanted,
        FrameKind::Mix(_) => false,
    };
    frames.iter().filter(|(head, _)| is_of(head.kind)).collect()
}

#[test]
fn a_waveshaping_voice_begins_with_its_first_film_and_no_presence() {
    let fixture = newt();
    let mut podium = podium(&fixture.build());
    podium.event(300, on(69));
    podium.conductor.advance(1_000);
    let frames = podium.frames();
    let voice = of_slot(&frames, 0);
    let ((start, first), (step, row)) = (voice[0], voice[1]);
    assert!(matches!(start, FrameHead { from: 300, at: 300, kind: FrameKind::Start { .. } }), "{start:?}");
    assert_eq!((step.from, step.at), (300, 384));
    assert_eq!(first[..20], row[..20], "the film stands still while the voice appears");
    assert_eq!(first[20..], [0.0; 6], "presence and noise");
    let expected = fixture.expected(69.0, -40.0, &[], 0.0);
    for (found, expected) in row[..10].iter().zip(&expected.film) {
        assert!((found - expected).abs() < 1e-5, "{found}, expected {expected}");
    }
    let (_, later) = voice[4];
    assert_eq!(later[20], 1.0, "presence of a note inside of the trained loudness");
    assert!(later[21..].iter().all(|gain| (gain - 0.25).abs() < 1e-6), "{later:?}");
}

#[test]
fn levels_move_presence_and_noise_and_leave_the_film_alone() {
    let row = |settings: &[(Setting, f32)]| {
        let mut podium = podium(&newt().build());
        for &(setting, value) in settings {
            podium.event(0, Event::Set(setting, value));
        }
        podium.event(10, on(60));
        podium.conductor.advance(20_000);
        podium.frames().pop().unwrap().1
    };
    let (plain, changed) = (row(&[]), row(&[(Setting::HarmonicLevel, -12.0), (Setting::NoiseLevel, -6.0)]));
    assert_eq!(plain[..20], changed[..20]);
    assert!((changed[20] / plain[20] - gain_of_db(-12.0)).abs() < 1e-4, "{}", changed[20]);
    assert!((changed[21] / plain[21] - gain_of_db(-6.0)).abs() < 1e-4, "{}", changed[21]);
}

#[test]
fn notes_live_on_from_one_family_to_the_other_and_back() {
    let mut podium = podium(&DdspModel::default().build());
    (0..3).for_each(|key| podium.event(100, on(60 + key)));
    podium.conductor.advance(5_000);
    podium.frames();
    let files = [newt().build(), DdspModel::default().harmonics(3).build(), newt().name("Again").build()];
    for (index, file) in files.iter().enumerate() {
        let (next, receiver) = instrument(file);
        let Ok(_old) = podium.conductor.swap(next) else { panic!("no room") };
        let at = 5_000 + 10_000 * index as u64;
        let old = podium.frames();
        let ends = old.iter().filter(|(head, _)| matches!(head.kind, FrameKind::End { .. })).count();
        assert_eq!((ends, old.len()), (3, 3), "the old voices end and nothing else");
        podium.receiver = receiver;
        podium.conductor.advance(at + 10_000);
        let frames = podium.frames();
        for slot in 0..3 {
            let voice = of_slot(&frames, slot);
            assert!(matches!(voice[0].0, FrameHead { from, kind: FrameKind::Start { .. }, .. } if from == at));
            assert!(voice.len() > 50 && voice.iter().all(|(head, _)| !matches!(head.kind, FrameKind::End { .. })));
            let (_, last) = voice[voice.len() - 1];
            assert!(last.iter().all(|value| value.is_finite()));
            if let FrameLayout::Newt { .. } = podium.receiver.layout() {
                assert_eq!(last[20], 1.0);
                assert_eq!(voice[0].1[..20], voice[1].1[..20]);
            }
        }
        assert!(podium.ended.pop().is_err(), "notes that moved have not ended");
    }
    assert_eq!(podium.conductor.voices(), 3);
    (0..3).for_each(|key| podium.event(36_000, off(60 + key)));
    podium.conductor.advance(90_000);
    assert_eq!(podium.conductor.voices(), 0);
    assert_eq!((podium.conductor.counts().decoder_errors, podium.conductor.error()), (0, None));
}

#[test]
fn a_film_that_is_not_finite_is_held_and_said() {
    // Key 60 with vibrato at rest, then tuned into the hole.
    let mut podium = podium(&newt().fault(NewtFault::NanFilmBetween(60.4, 60.6)).build());
    podium.event(10, on(60));
    podium.event(4_800, Event::Set(Setting::Tune, 0.5));
    podium.conductor.advance(40_000);
    let frames = podium.frames();
    let rows = of_slot(&frames, 0);
    let last_step = rows.iter().rev().find(|(head, _)| matches!(head.kind, FrameKind::Step { .. })).unwrap();
    println!("last row at {}, {:?}, {:?}", last_step.0.at, podium.conductor.counts(), podium.conductor.error());
    assert!(rows.iter().all(|(_, row)| row.iter().all(|value| value.is_finite())));
    assert_eq!(last_step.1[20], 1.0, "no row of silence is sent for a fault");
    assert!(matches!(rows[rows.len() - 1].0.kind, FrameKind::End { .. }), "what does not recover fades");
    assert!(podium.conductor.counts().decoder_errors > 0);
    assert!(podium.conductor.error().unwrap().ends_with("the decoder gave values that are not finite"));
}
