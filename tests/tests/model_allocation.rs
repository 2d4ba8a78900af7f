//! What a decoder step allocates on the Rust side. ONNX Runtime's own memory is its own affair.

#![allow(clippy::unwrap_used)]

mod counting;

use counting::calls_of;
use std::path::Path;
use timbrel_engine::model::{Decode, FilmShape, GestureRequest, LoadOptions, Model, OnnxDecoder, StepRequest};
use timbrel_engine::morph::{MorphDecoder, NewtPartials};
use timbrel_engine::render::Shaping;
use timbrel_tests::fixtures::{DdspModel, NewtModel, PerformanceModel};

#[test]
fn a_step_allocates_nothing_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let base = |base: DdspModel| base.latent("breath", -1.0, 1.0, 0.0).impulse_response(vec![1.0; 4800]);
    check(&base(DdspModel::default()).write(folder.path(), "ddsp.onnx"));
    check(&NewtModel::default().base(base).write(folder.path(), "newt.onnx"));
}

fn check(path: &Path) {
    let model = Model::load(path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let mut decoder = OnnxDecoder::new(&model, 16).unwrap();
    let requests: Vec<StepRequest> = (0..16).map(|slot| StepRequest::of(slot, 60.0, -20.0)).collect();
    for voices in [16, 1, 5, 16, 11] {
        let calls = calls_of(|| {
            decoder.settle(0, 64.0);
            for _ in 0..100 {
                decoder.step(&requests[..voices]).unwrap();
            }
        });
        assert_eq!(calls, 0, "{voices} voices of {}", path.display());
    }
}

#[test]
fn a_morph_allocates_nothing_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let load = |path: &Path| Model::load(path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let ddsp = load(&DdspModel::default().write(folder.path(), "ddsp.onnx"));
    let newt = load(&NewtModel::default().write(folder.path(), "newt.onnx"));
    let first = Box::new(OnnxDecoder::new(&ddsp, 16).unwrap());
    let second = Box::new(OnnxDecoder::new(&newt, 16).unwrap());
    let second = Box::new(NewtPartials::new(second, newt.waveshaping().unwrap(), Shaping::default()));
    let mut decoder = MorphDecoder::new(first, second, 16).unwrap();
    let film = FilmShape { drive_db: 3.0, ..FilmShape::REST };
    let request = |slot| StepRequest { morph: slot as f32 / 15.0, film, ..StepRequest::of(slot, 60.0, -20.0) };
    let requests: Vec<StepRequest> = (0..16).map(request).collect();
    for voices in [16, 1, 5, 16, 11] {
        let calls = calls_of(|| {
            decoder.settle(0, 64.0);
            for _ in 0..50 {
                decoder.step(&requests[..voices]).unwrap();
            }
        });
        assert_eq!(calls, 0, "{voices} voices");
    }
}

#[test]
fn a_gesture_allocates_nothing_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let path = DdspModel::default().performance(PerformanceModel::default()).write(folder.path(), "performing.onnx");
    let model = Model::load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let mut decoder = OnnxDecoder::new(&model, 16).unwrap();
    let request = |slot| GestureRequest {
        slot,
        begins: false,
        midi_pitch: 60.0,
        dynamics: 0.5,
        since_on: 0.1,
        gate: true,
        since_off: 0.0,
        peak_position: 0.0,
        attack_noise: 0.0,
        morph: 0.0,
    };
    let requests: Vec<GestureRequest> = (0..16).map(request).collect();
    let mut gestures = Vec::with_capacity(16);
    for voices in [16, 1, 5, 16, 11] {
        let calls = calls_of(|| {
            decoder.settle(0, 64.0);
            for _ in 0..100 {
                decoder.perform(&requests[..voices], &mut gestures).unwrap();
            }
        });
        assert_eq!((calls, gestures.len()), (0, voices));
    }
}
