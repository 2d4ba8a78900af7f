//! Every instrument of the project, through ONNX Runtime, against the kit's own reference (docs/model-format.md).

use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use timbrel_engine::model::{Decode, LoadOptions, MAX_LATENT, Model, OnnxDecoder, StepRequest};

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

/// An array of the parity file: a zip archive of `.npy` files, which are a short header in text and the plain numbers.
fn array(parity: &Path, name: &str) -> Vec<f32> {
    let mut archive = zip::ZipArchive::new(File::open(parity).unwrap()).unwrap();
    let mut bytes = Vec::new();
    archive.by_name(&format!("{name}.npy")).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00", "{name}: not a .npy of version 1");
    let data = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(&bytes[10..data]);
    assert!(header.contains("'<f4'") && header.contains("'fortran_order': False"), "{name}: {header}");
    bytes[data..].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Largest difference over all frames and outputs.
fn difference(model: &Path, parity: &Path) -> f32 {
    let model = Model::load(model, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let content: String = Sha256::digest(fs::read(parity).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(model.metadata().parity_sha256, content, "{} is not this model's", parity.display());
    let (pitch, loudness, latent) = (array(parity, "pitch"), array(parity, "loudness"), array(parity, "latent"));
    let amplitude = array(parity, "amplitude");
    let (distribution, noise) = (array(parity, "harmonic_distribution"), array(parity, "noise_magnitudes"));
    let (harmonics, bands) = (model.metadata().harmonics, model.metadata().noise_bands);
    let size = model.metadata().latent.len();
    let mut decoder = OnnxDecoder::new(&model, 1).unwrap_or_else(|error| panic!("{error}"));
    let mut largest = 0.0_f32;
    for frame in 0..pitch.len() {
        let mut request =
            StepRequest { slot: 0, midi_pitch: pitch[frame], loudness_db: loudness[frame], latent: [0.0; MAX_LATENT] };
        request.latent[..size].copy_from_slice(&latent[frame * size..][..size]);
        decoder.step(&[request]).unwrap();
        let answer = std::iter::once(&amplitude[frame])
            .chain(&distribution[frame * harmonics..][..harmonics])
            .chain(&noise[frame * bands..][..bands]);
        let amplitude = decoder.amplitude(0);
        let found =
            std::iter::once(&amplitude).chain(decoder.harmonic_distribution(0)).chain(decoder.noise_magnitudes(0));
        largest = found.zip(answer).map(|(found, expected)| (found - expected).abs()).fold(largest, f32::max);
    }
    largest
}

#[test]
fn every_instrument_agrees_with_the_kits_reference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut models = Vec::new();
    for folder in ["models/instruments", "target/golden"] {
        models_with_parity(&root.join(folder), &mut models);
    }
    if models.is_empty() {
        println!("skipped: no model with a parity file in models/instruments or target/golden");
    }
    for (model, parity) in models {
        let largest = difference(&model, &parity);
        println!("{}: largest difference {largest:.2e}", model.display());
        assert!(largest <= TOLERANCE, "{}: {largest:e}, expected at most {TOLERANCE:e}", model.display());
    }
}
