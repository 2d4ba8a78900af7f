//! Every instrument of the project, through ONNX Runtime, against the kit's own reference (docs/model-format.md).

#![allow(clippy::unwrap_used)]

use ndarray::ArrayD;
use ndarray_npy::NpzReader;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use timbrel_engine::frame::FILM_PARTS;
use timbrel_engine::model::{Decode, Family, LoadOptions, MAX_LATENT, Model, OnnxDecoder, StepRequest};

/// Largest difference from the reference; all values are relative to a full scale of 1.
const TOLERANCE: f32 = 1e-5;

/// Model files that have a parity file beside them.
fn models_with_parity(folder: &Path, found: &mut Vec<(PathBuf, PathBuf)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            models_with_parity(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "onnx") {
            let parity = path.with_extension("parity.npz");
            if parity.is_file() {
                found.push((path, parity));
            }
        }
    }
}

/// An array of the parity file, row by row.
fn array(parity: &Path, name: &str) -> Vec<f32> {
    let mut archive = NpzReader::new(File::open(parity).unwrap()).unwrap();
    let array: ArrayD<f32> = archive.by_name(name).unwrap_or_else(|error| panic!("{}: {error}", parity.display()));
    array.iter().copied().collect()
}

/// Largest difference over all outputs and the frames up to the first that leaves the trained ranges (from there on the
/// plugin's decoder is asked something else, as it clamps), and the number of those frames and of all.
fn difference(model: &Path, parity: &Path) -> (f32, usize, usize) {
    let model = Model::load(model, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let content: String = Sha256::digest(fs::read(parity).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(model.metadata().parity_sha256, content, "{} is not this model's", parity.display());
    let (pitch, loudness, latent) = (array(parity, "pitch"), array(parity, "loudness"), array(parity, "latent"));
    let noise = ("noise_magnitudes", model.metadata().noise_bands);
    let outputs = match &model.metadata().family {
        Family::Ddsp => vec![("amplitude", 1), ("harmonic_distribution", model.metadata().harmonics), noise],
        Family::Newt(newt) => vec![("film", FILM_PARTS * newt.shapers), noise],
    };
    let reference: Vec<(usize, Vec<f32>)> = outputs.iter().map(|(name, width)| (*width, array(parity, name))).collect();
    for (width, values) in &reference {
        assert_eq!(values.len(), width * pitch.len(), "{}", parity.display());
    }
    let size = model.metadata().latent.len();
    let mut decoder = OnnxDecoder::new(&model, 1).unwrap_or_else(|error| panic!("{error}"));
    let (trained_pitch, trained_loudness) = (model.metadata().pitch, model.metadata().loudness);
    let is_trained = |frame: &usize| {
        (trained_pitch.low..=trained_pitch.high).contains(&pitch[*frame])
            && (trained_loudness.low_db..=trained_loudness.high_db).contains(&loudness[*frame])
    };
    let frames = (0..pitch.len()).take_while(is_trained).count();
    let mut largest = 0.0_f32;
    for frame in 0..frames {
        let mut request =
            StepRequest { slot: 0, midi_pitch: pitch[frame], loudness_db: loudness[frame], latent: [0.0; MAX_LATENT] };
        request.latent[..size].copy_from_slice(&latent[frame * size..][..size]);
        decoder.step(&[request]).unwrap();
        let answer = reference.iter().flat_map(|(width, values)| &values[frame * width..][..*width]);
        let found = decoder.controls(0).values();
        largest = found.zip(answer).map(|(found, expected)| (found - expected).abs()).fold(largest, f32::max);
    }
    (largest, frames, pitch.len())
}

/// The instruments of the project, with their parity files.
fn instruments() -> Vec<(PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut models = Vec::new();
    for folder in ["models/instruments", "target/golden", "target/interop"] {
        models_with_parity(&root.join(folder), &mut models);
    }
    if models.is_empty() {
        println!("skipped: no model with a parity file in models/instruments or target/golden");
    }
    models
}

#[test]
fn every_instrument_agrees_with_the_kits_reference() {
    for (model, parity) in instruments() {
        let (largest, compared, frames) = difference(&model, &parity);
        println!("{}: largest difference {largest:.2e} over {compared} of {frames} frames", model.display());
        assert!(compared > 0, "{}: no frame inside of the trained ranges", parity.display());
        assert!(largest <= TOLERANCE, "{}: {largest:e}, expected at most {TOLERANCE:e}", model.display());
    }
}

/// All answers to each of sixteen voices over some steps, asked for in batches of the sizes `parts`.
fn answers_in(model: &Arc<Model>, parts: &[usize]) -> Vec<Vec<f32>> {
    const VOICES: usize = 16;
    let (pitch, loudness) = (model.metadata().pitch, model.metadata().loudness);
    let mut decoder = OnnxDecoder::new(model, VOICES).unwrap_or_else(|error| panic!("{error}"));
    let mut answers = vec![Vec::new(); VOICES];
    for step in 0..20 {
        let requests: Vec<StepRequest> = (0..VOICES)
            .map(|slot| StepRequest {
                slot,
                midi_pitch: pitch.low + (pitch.high - pitch.low) * slot as f32 / VOICES as f32,
                loudness_db: loudness.low_db + (loudness.high_db - loudness.low_db) * step as f32 / 20.0,
                latent: [0.0; MAX_LATENT],
            })
            .collect();
        let mut rest = requests.as_slice();
        for &size in parts.iter().cycle() {
            let (now, later) = rest.split_at(size.min(rest.len()));
            decoder.step(now).unwrap();
            for (row, request) in now.iter().enumerate() {
                answers[request.slot].extend(decoder.controls(row).values());
            }
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
    }
    answers
}

#[test]
fn a_voice_does_not_hear_the_others() {
    for (path, _) in instruments() {
        let model = Model::load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        let together = answers_in(&model, &[16]);
        for parts in [&[1][..], &[2], &[5, 1, 3], &[13]] {
            let apart = answers_in(&model, parts);
            let pairs = together.iter().flatten().zip(apart.iter().flatten());
            let largest = pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
            // The routines of other processors may round otherwise with the number of rows; and where widths are odd,
            // ONNX Runtime's groups of elements begin within a row, so that its last bit depends on its place.
            let is_odd = path.file_stem().is_some_and(|name| name == "odd");
            let bound = if !cfg!(target_arch = "x86_64") {
                1e-5
            } else if is_odd {
                5e-7
            } else {
                0.0
            };
            assert!(largest <= bound, "{} in parts of {parts:?}: {largest:e}", path.display());
        }
    }
}
