//! Every instrument of the project, through ONNX Runtime, against the kit's own reference (docs/model-format.md).

#![allow(clippy::unwrap_used)]

use ndarray::{Array1, ArrayD};
use ndarray_npy::{NpzReader, NpzWriter};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use timbrel_engine::frame::FILM_PARTS;
use timbrel_engine::model::{Decode, Family, Gesture, GestureRequest, LoadOptions, Model, OnnxDecoder, StepRequest};
use timbrel_tests::fixtures::{DdspModel, Frame, PerformanceFault, PerformanceModel};

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
        let mut request = StepRequest::of(0, pitch[frame], loudness[frame]);
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
            .map(|slot| {
                StepRequest::of(
                    slot,
                    pitch.low + (pitch.high - pitch.low) * slot as f32 / VOICES as f32,
                    loudness.low_db + (loudness.high_db - loudness.low_db) * step as f32 / 20.0,
                )
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
            // The routines of other processors may round otherwise with the number of rows.
            let bound = if cfg!(target_arch = "x86_64") { 0.0 } else { 1e-5 };
            assert!(largest <= bound, "{} in parts of {parts:?}: {largest:e}", path.display());
        }
    }
}

/// What a performance answers, and the width of its range; differences are relative to that.
const GESTURES: [(&str, f32); 5] = [
    ("loudness_db", 72.0),
    ("pitch_cents", 400.0),
    ("loudness_spread_db", 3.0),
    ("pitch_spread_cents", 30.0),
    ("noise_db", 48.0),
];

fn values(gesture: &Gesture) -> [f32; 5] {
    let Gesture { loudness_db, pitch_cents, loudness_spread_db, pitch_spread_cents, noise_db } = *gesture;
    [loudness_db, pitch_cents, loudness_spread_db, pitch_spread_cents, noise_db]
}

/// Largest difference of the gestures, each relative to its range, from those of the parity file, with its place; and the
/// number of frames and of notes.
fn performance_difference(model: &Arc<Model>, parity: &Path) -> (f32, String, usize, usize) {
    let of = |name: &str| array(parity, &format!("performance_{name}"));
    let (pitch, dynamics, restart) = (of("in_pitch"), of("in_dynamics"), of("restart"));
    let (since_on, gate, since_off) = (of("in_since_on"), of("in_gate"), of("in_since_off"));
    let (peak_position, attack_noise) = (of("in_peak_position"), of("in_attack_noise"));
    let reference = GESTURES.map(|(name, _)| of(&format!("out_{name}")));
    let lengths =
        reference.iter().chain([&dynamics, &restart, &since_on, &gate, &since_off, &peak_position, &attack_noise]);
    assert!(lengths.into_iter().all(|array| array.len() == pitch.len()), "{}", parity.display());
    assert_eq!(restart.first(), Some(&1.0), "{}: the first frame begins a note", parity.display());
    let trained = model.metadata().pitch;
    let mut decoder = OnnxDecoder::new(model, 1).unwrap_or_else(|error| panic!("{error}"));
    let mut gestures = Vec::new();
    let (mut largest, mut place, mut notes) = (0.0, String::new(), 0);
    for frame in 0..pitch.len() {
        let is_trained = (trained.low..=trained.high).contains(&pitch[frame]);
        assert!(is_trained, "{}: frame {frame} asks for pitch {}", parity.display(), pitch[frame]);
        let begins = restart[frame] == 1.0;
        notes += usize::from(begins);
        let request = GestureRequest {
            slot: 0,
            begins,
            midi_pitch: pitch[frame],
            dynamics: dynamics[frame],
            since_on: since_on[frame],
            gate: gate[frame] == 1.0,
            since_off: since_off[frame],
            peak_position: peak_position[frame],
            attack_noise: attack_noise[frame],
            morph: 0.0,
        };
        decoder.perform(&[request], &mut gestures).unwrap();
        for (index, found) in values(&gestures[0]).into_iter().enumerate() {
            let (name, range) = GESTURES[index];
            let difference = (found - reference[index][frame]).abs() / range;
            if difference > largest || difference.is_nan() {
                largest = difference;
                place = format!("{name} of frame {frame}: {found}, expected {}", reference[index][frame]);
            }
        }
    }
    (largest, place, pitch.len(), notes)
}

#[test]
fn every_performance_agrees_with_the_kits_reference() {
    let mut performances = 0;
    for (path, parity) in instruments() {
        let model = Model::load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        if model.metadata().performance.is_none() {
            continue;
        }
        performances += 1;
        let (largest, place, frames, notes) = performance_difference(&model, &parity);
        println!("{}: largest difference {largest:.2e} of the range, {frames} frames, {notes} notes", path.display());
        assert!(notes > 0 && largest <= TOLERANCE, "{}: {largest:e} ({place})", path.display());
    }
    if performances == 0 {
        println!("skipped: no model with a performance");
    }
}

/// All gestures of each of sixteen voices over some frames, asked for in batches of the sizes `parts`.
fn gestures_in(model: &Arc<Model>, parts: &[usize]) -> Vec<Vec<f32>> {
    const VOICES: usize = 16;
    let pitch = model.metadata().pitch;
    let mut decoder = OnnxDecoder::new(model, VOICES).unwrap_or_else(|error| panic!("{error}"));
    let mut all = vec![Vec::new(); VOICES];
    let mut gestures = Vec::new();
    for frame in 0..60_u16 {
        let request = |slot: usize| {
            let share = slot as f32 / VOICES as f32;
            let since_on = 0.004 * (f32::from(frame) + share);
            let since_off = (since_on - 0.2 * share).max(0.0);
            GestureRequest {
                slot,
                begins: frame == 0,
                midi_pitch: pitch.low + (pitch.high - pitch.low) * share,
                dynamics: 1.0 - share,
                since_on,
                gate: since_off == 0.0,
                since_off,
                peak_position: 2.0 * share - 1.0,
                attack_noise: 1.0 - 2.0 * share,
                morph: 0.0,
            }
        };
        let requests: Vec<GestureRequest> = (0..VOICES).map(request).collect();
        let mut rest = requests.as_slice();
        for &size in parts.iter().cycle() {
            let (now, later) = rest.split_at(size.min(rest.len()));
            decoder.perform(now, &mut gestures).unwrap();
            now.iter().zip(&gestures).for_each(|(request, gesture)| all[request.slot].extend(values(gesture)));
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
    }
    all
}

#[test]
fn a_note_is_performed_the_same_in_any_company() {
    for (path, _) in instruments() {
        let model = Model::load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        if model.metadata().performance.is_none() {
            continue;
        }
        let together = gestures_in(&model, &[16]);
        for parts in [&[1][..], &[2], &[5, 1, 3], &[13]] {
            let apart = gestures_in(&model, parts);
            let pairs = together.iter().flatten().zip(apart.iter().flatten());
            let largest = pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
            println!("{} in parts of {parts:?}: {largest:e}", path.display());
            let bound = if cfg!(target_arch = "x86_64") { 0.0 } else { 1e-3 };
            assert!(largest <= bound, "{} in parts of {parts:?}: {largest:e}", path.display());
        }
    }
}

/// A parity file of the analytic network: two notes, the second of which begins while the first is in its release.
fn analytic_parity(path: &Path, performance: &PerformanceModel) {
    let mut columns = vec![Vec::new(); 13];
    for note in [0_u16, 1] {
        let (pitch, dynamics) = (60.0 + 7.0 * f32::from(note), 0.75 - 0.5 * f32::from(note));
        let mut memory = 0.0;
        for frame in 0..150_u16 {
            let since_on = f32::from(frame) * 0.004;
            let gate = f32::from(u16::from(frame < 100));
            let since_off = (since_on - 0.4).max(0.0) * (1.0 - gate);
            let asked = Frame { pitch, dynamics, since_on, gate, since_off, peak_position: 0.5, attack_noise: -0.5 };
            memory = (memory + dynamics) / 2.0;
            let gesture = performance.expected(&asked, f32::from(frame) + 1.0, memory);
            let restart = f32::from(u16::from(frame == 0));
            let row = [pitch, dynamics, since_on, gate, since_off, 0.5, -0.5, restart].into_iter().chain(gesture);
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
    }
    let inputs = ["in_pitch", "in_dynamics", "in_since_on", "in_gate", "in_since_off", "in_peak_position"];
    let names = inputs.into_iter().chain(["in_attack_noise", "restart"]).map(String::from);
    let names = names.chain(GESTURES.iter().map(|(name, _)| format!("out_{name}")));
    let mut archive = NpzWriter::new(File::create(path).unwrap());
    for (name, column) in names.zip(columns) {
        archive.add_array(format!("performance_{name}"), &Array1::from(column)).unwrap();
    }
    archive.finish().unwrap();
}

/// The comparison itself: it finds agreement where there is some, and a thousandth of the range where that is between.
#[test]
fn a_performance_that_differs_from_its_reference_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = PerformanceModel::default();
    let path = DdspModel::default().performance(fixture.clone()).write(folder.path(), "x.onnx");
    let model = Model::load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let parity = folder.path().join("x.parity.npz");
    analytic_parity(&parity, &fixture);
    let (largest, place, frames, notes) = performance_difference(&model, &parity);
    println!("{largest:.2e} ({place})");
    assert_eq!((frames, notes), (300, 2));
    assert!(largest <= TOLERANCE, "{largest:e} ({place})");
    let other = fixture.fault(PerformanceFault::Offset("pitch_cents", 0.4));
    let path = DdspModel::default().performance(other).write(folder.path(), "y.onnx");
    let model = Model::load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let (largest, place, ..) = performance_difference(&model, &parity);
    assert!((largest - 1e-3).abs() < 1e-5 && place.starts_with("pitch_cents of frame "), "{largest:e} ({place})");
}
