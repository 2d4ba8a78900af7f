//! The decoder of a model file: its answers, its states, its sharing, and what it does with nonsense.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use timbrel_engine::frame::FrameLayout;
use timbrel_engine::impulse_response::ImpulseResponse;
use timbrel_engine::model::{
    Controls, Decode, DecodeError, Execution, LoadOptions, MAX_ROWS, Model, OnnxDecoder, StepRequest,
};
use timbrel_tests::fixtures::{DdspModel, Expected, Fault, PitchUnit};

/// Single precision through a dozen operations.
const TOLERANCE: f32 = 2e-6;

fn load(path: &Path) -> Arc<Model> {
    Model::load(path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn decoder(fixture: &DdspModel, slots: usize) -> OnnxDecoder {
    let folder = tempfile::tempdir().unwrap();
    let model = load(&fixture.write(folder.path(), "fixture.onnx"));
    OnnxDecoder::new(&model, slots).unwrap_or_else(|error| panic!("{error}"))
}

fn ask(slot: usize, midi_pitch: f32, loudness_db: f32) -> StepRequest {
    StepRequest::of(slot, midi_pitch, loudness_db)
}

fn answer(decoder: &OnnxDecoder, row: usize) -> Expected {
    match decoder.controls(row) {
        Controls::Ddsp { amplitude, harmonic_distribution, noise_magnitudes } => Expected {
            amplitude,
            harmonic_distribution: harmonic_distribution.to_vec(),
            noise_magnitudes: noise_magnitudes.to_vec(),
        },
        other => panic!("{other:?}"),
    }
}

fn assert_near(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= TOLERANCE, "{what}: {found}, expected {expected}");
    }
}

#[test]
fn a_default_fixture_loads() {
    let folder = tempfile::tempdir().unwrap();
    let path = DdspModel::default().name("Cello").impulse_response(vec![1.0, 0.5, 0.25]).write(folder.path(), "x.onnx");
    let model = load(&path);
    assert_eq!(model.metadata().name, "Cello");
    assert_eq!(model.metadata().sample_rate, 48_000.0);
    assert_eq!(model.metadata().hop, 192);
    assert_eq!(model.layout(), FrameLayout::Ddsp { harmonics: 8, noise_bands: 5 });
    assert_eq!(model.impulse_response(), &ImpulseResponse { samples: vec![1.0, 0.5, 0.25], direct: 1 });
    assert_eq!(model.execution(), Execution::Cpu);
    assert_eq!(model.execution_note(), None);
    assert_eq!(model.identity().name, "Cello");
    assert_eq!(model.identity().path, path);
    assert_eq!(model.identity().sha256.len(), 64);
}

#[test]
fn the_decoder_answers_as_the_analytic_model() {
    for unit in [PitchUnit::Midi, PitchUnit::Hertz] {
        let fixture = DdspModel::default()
            .pitch_unit(unit)
            .harmonics(40)
            .noise_bands(9)
            .noise_level(0.02)
            .pitch_range(30.0, 100.0)
            .latent("breath", -1.0, 1.0, 0.0)
            .latent("bow", 0.0, 2.0, 1.0)
            .reveal_count(0.001);
        let mut decoder = decoder(&fixture, 1);
        let mut count = 0.0;
        for (midi, db, latent) in [(30.0, -60.0, [0.0, 0.0]), (69.0, -20.5, [1.0, 2.0]), (99.5, -10.0, [-0.5, 0.25])] {
            let mut request = ask(0, midi, db);
            request.latent[..2].copy_from_slice(&latent);
            decoder.step(&[request]).unwrap();
            count = 0.5 * count + 1.0;
            let expected = fixture.expected(midi, db, &latent, count);
            let what = format!("{unit:?} pitch {midi}");
            assert_near(&[answer(&decoder, 0).amplitude], &[expected.amplitude], &what);
            assert_near(&answer(&decoder, 0).harmonic_distribution, &expected.harmonic_distribution, &what);
            assert_near(&answer(&decoder, 0).noise_magnitudes, &expected.noise_magnitudes, &what);
        }
    }
}

#[test]
fn questions_are_clamped_to_the_trained_ranges() {
    let fixture = DdspModel::default().latent("breath", -1.0, 1.0, 0.5);
    let mut decoder = decoder(&fixture, 1);
    for (asked, meant) in [
        ((20.0, -90.0, -3.0), (36.0, -60.0, -1.0)),
        ((120.0, 6.0, 3.0), (84.0, -10.0, 1.0)),
        ((f32::NAN, f32::NAN, f32::NAN), (36.0, -60.0, 0.5)),
        ((f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY), (84.0, -60.0, 1.0)),
    ] {
        let mut request = ask(0, asked.0, asked.1);
        request.latent[0] = asked.2;
        decoder.step(&[request]).unwrap();
        let expected = fixture.expected(meant.0, meant.1, &[meant.2], 0.0);
        assert_near(&[answer(&decoder, 0).amplitude], &[expected.amplitude], "amplitude");
        assert_near(&answer(&decoder, 0).harmonic_distribution, &expected.harmonic_distribution, "distribution");
        assert_near(&answer(&decoder, 0).noise_magnitudes, &expected.noise_magnitudes, "noise");
    }
}

#[test]
fn rows_of_a_batch_equal_single_rows() {
    let fixture = DdspModel::default().counting().reveal_count(0.001).noise_level(0.1);
    for rows in [2, 5, 7, 16, 33, MAX_ROWS] {
        let (mut together, mut alone) = (decoder(&fixture, rows), decoder(&fixture, rows));
        for step in 0..3 {
            let requests: Vec<StepRequest> = (0..rows)
                .map(|row| ask((row * 5 + step) % rows, 36.0 + (row % 48) as f32, -60.0 + row as f32 * 0.7))
                .collect();
            let slots: std::collections::HashSet<usize> = requests.iter().map(|request| request.slot).collect();
            let requests =
                if slots.len() == rows { requests } else { (0..rows).map(|r| ask(r, 60.0, -30.0)).collect() };
            together.step(&requests).unwrap();
            for (row, request) in requests.iter().enumerate() {
                alone.step(&[*request]).unwrap();
                let what = format!("row {row} of {rows}");
                assert_near(&[answer(&together, row).amplitude], &[answer(&alone, 0).amplitude], &what);
                assert_near(
                    &answer(&together, row).harmonic_distribution,
                    &answer(&alone, 0).harmonic_distribution,
                    &what,
                );
                assert_near(&answer(&together, row).noise_magnitudes, &answer(&alone, 0).noise_magnitudes, &what);
                assert_eq!(together.state(request.slot), alone.state(request.slot), "{what}");
            }
        }
    }
}

#[test]
fn states_stay_with_their_slots() {
    let fixture = DdspModel::default().counting().reveal_count(1.0);
    let mut decoder = decoder(&fixture, 4);
    let mut counts = [0.0_f32; 4];
    for slots in [vec![2], vec![0, 2, 3], vec![3, 0], vec![1, 2, 3, 0], vec![2, 1], vec![0]] {
        let requests: Vec<StepRequest> = slots.iter().map(|&slot| ask(slot, 40.0 + slot as f32, -20.0)).collect();
        decoder.step(&requests).unwrap();
        for (row, &slot) in slots.iter().enumerate() {
            counts[slot] += 1.0;
            assert_eq!(answer(&decoder, row).noise_magnitudes, [counts[slot]; 5], "row {row} of {slots:?}");
        }
        for (slot, count) in counts.iter().enumerate() {
            assert_eq!(decoder.state(slot)[0], *count, "slot {slot} after {slots:?}");
        }
    }
}

#[test]
fn a_slot_settles_at_its_own_pitch() {
    let mut decoder = decoder(&DdspModel::default(), 3);
    for (slot, midi, settled) in [(0, 36.0, 36.0), (1, 60.4, 60.0), (2, 83.6, 84.0), (1, 127.0, 84.0), (2, -5.0, 36.0)]
    {
        decoder.settle(slot, midi);
        let state = decoder.state(slot);
        assert_eq!(state.len(), 7);
        assert!((state[0] - 2.0).abs() < 1e-4, "count {}", state[0]);
        assert!(state[1..].iter().all(|memory| (memory - settled).abs() < 1e-3), "{state:?}, expected {settled}");
        // A settled state does not move when the same note goes on.
        let before = state.to_vec();
        decoder.step(&[ask(slot, settled, -60.0)]).unwrap();
        for (before, after) in before.iter().zip(decoder.state(slot)) {
            assert!((before - after).abs() < 1e-3, "{before} to {after}");
        }
    }
    decoder.settle(3, 60.0);
    decoder.zero(0);
    assert_eq!(decoder.state(0), [0.0; 7]);
}

#[test]
fn an_answer_that_is_not_finite_is_silence_and_the_other_rows_go_on() {
    let fixture = DdspModel::default().fault(Fault::NanBetween(60.4, 60.6));
    let mut decoder = decoder(&fixture, 3);
    let requests = [ask(0, 50.0, -20.0), ask(1, 60.5, -20.0), ask(2, 61.0, -20.0)];
    decoder.step(&requests).unwrap();
    assert_eq!([0, 1, 2].map(|row| decoder.is_finite(row)), [true, false, true]);
    assert_eq!(answer(&decoder, 1).amplitude, 0.0);
    assert_eq!(answer(&decoder, 1).harmonic_distribution, [0.0; 8]);
    assert_eq!(answer(&decoder, 1).noise_magnitudes, [0.0; 5]);
    assert!((decoder.state(1)[1] - 60.0).abs() < 1.0, "settled anew: {:?}", decoder.state(1));
    for row in [0, 2] {
        let expected = fixture.expected(requests[row].midi_pitch, -20.0, &[], 0.0);
        assert_near(&[answer(&decoder, row).amplitude], &[expected.amplitude], "amplitude");
        assert_near(&answer(&decoder, row).harmonic_distribution, &expected.harmonic_distribution, "distribution");
    }
    decoder.step(&[ask(1, 61.0, -20.0)]).unwrap();
    assert!(decoder.is_finite(0));
    assert!(answer(&decoder, 0).amplitude > 0.09);
}

#[test]
fn a_step_that_asks_too_much_is_an_error() {
    let mut decoder = decoder(&DdspModel::default().without_states(), MAX_ROWS + 6);
    let many: Vec<StepRequest> = (0..=MAX_ROWS).map(|slot| ask(slot, 60.0, -20.0)).collect();
    assert_eq!(decoder.step(&many), Err(DecodeError::TooManyRows { found: 65, limit: 64 }));
    let outside = decoder.step(&[ask(70, 60.0, -20.0)]);
    assert_eq!(outside, Err(DecodeError::Slot { found: 70, limit: 70 }));
    assert_eq!(outside.unwrap_err().to_string(), "decoder slot 70, expected less than 70");
    assert_eq!(decoder.step(&[]), Ok(()));
    assert_eq!(decoder.step(&many[..MAX_ROWS]), Ok(()));
}

#[test]
fn two_decoders_of_one_model_share_a_session() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = DdspModel::default().counting().reveal_count(1.0);
    let (here, there) = (fixture.write(folder.path(), "here.onnx"), fixture.write(folder.path(), "there.onnx"));
    let other = fixture.name("Other").write(folder.path(), "other.onnx");
    let (first, second, third) = (load(&here), load(&there), load(&other));
    assert!(first.shares_session_with(&second));
    assert!(!first.shares_session_with(&third));
    assert_eq!(first.identity().sha256, second.identity().sha256);
    assert_eq!((&first.identity().path, &second.identity().path), (&here, &there));
    // Their states are their own.
    let (mut one, mut two) = (OnnxDecoder::new(&first, 1).unwrap(), OnnxDecoder::new(&second, 1).unwrap());
    for step in 1..=3 {
        one.step(&[ask(0, 60.0, -20.0)]).unwrap();
        assert_eq!((one.state(0)[0], two.state(0)[0]), (step as f32, 0.0));
    }
    two.step(&[ask(0, 60.0, -20.0)]).unwrap();
    assert_eq!((one.state(0)[0], two.state(0)[0]), (3.0, 1.0));
}

#[test]
fn decoders_on_many_threads_keep_their_own_states() {
    let folder = tempfile::tempdir().unwrap();
    let path = DdspModel::default().counting().reveal_count(1.0).write(folder.path(), "x.onnx");
    let loaded: Vec<Arc<Model>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| load(&path))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(loaded.iter().all(|model| model.shares_session_with(&loaded[0])), "loaded at once, built once");
    std::thread::scope(|scope| {
        for (index, model) in loaded.iter().enumerate() {
            scope.spawn(move || {
                let mut decoder = OnnxDecoder::new(model, 8).unwrap();
                for step in 1..=200 {
                    let requests: Vec<StepRequest> = (0..=index).map(|slot| ask(slot, 60.0, -20.0)).collect();
                    decoder.step(&requests).unwrap();
                    assert_eq!(answer(&decoder, index).noise_magnitudes, [step as f32; 5]);
                }
            });
        }
    });
}

#[test]
fn an_unused_model_is_freed() {
    let folder = tempfile::tempdir().unwrap();
    let path = DdspModel::default().write(folder.path(), "x.onnx");
    let model = load(&path);
    let decoder = OnnxDecoder::new(&model, 1).unwrap();
    let freed = Model::watch(&model);
    drop(model);
    assert!(!freed(), "the decoder still uses it");
    drop(decoder);
    assert!(freed());
    load(&path);
}

#[test]
fn cuda_that_is_missing_is_a_note_and_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    let path = DdspModel::default().write(folder.path(), "x.onnx");
    let model =
        Model::load(&path, &LoadOptions { execution: Execution::Cuda }).unwrap_or_else(|error| panic!("{error}"));
    if model.execution() == Execution::Cuda {
        assert_eq!(model.execution_note(), None);
    } else {
        let note = model.execution_note().unwrap();
        assert!(note.starts_with("CUDA cannot be used, the model runs on the CPU: "), "{note}");
    }
    let mut decoder = OnnxDecoder::new(&model, 2).unwrap();
    for _ in 0..3 {
        decoder.step(&[ask(0, 60.0, -20.0), ask(1, 70.0, -30.0)]).unwrap();
        assert_near(
            &[answer(&decoder, 0).amplitude, answer(&decoder, 1).amplitude],
            &[0.1, 0.031_622_775],
            "amplitude",
        );
    }
}
