//! The bank against the kit's PyTorch reference, on the same frames. The kit writes the vectors to `target/golden`
//! (`python -m timbrel_kit golden OUT`); without them this is skipped, and says so.

use super::constants::baked;
use super::stage::Stage;
use ndarray_npy::NpzReader;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use timbrel_engine::render::{Fidelity, Shaping};
use timbrel_engine::waveshaping::{Exciter, NetworkLayer, Networks, Waveshaping};

/// DESIGN, section 6: NEWT bank against the reference, of full scale.
const ALLOWED: f64 = 1e-4;

/// Arrays of an npz by name.
pub struct Arrays(NpzReader<File>);

impl Arrays {
    pub fn open(path: &Path) -> Self {
        Self(NpzReader::new(File::open(path).expect("the file opens")).expect("it is an npz"))
    }

    /// All values of a float array, and its shape.
    pub fn floats(&mut self, name: &str) -> (Vec<f32>, Vec<usize>) {
        let array: ndarray::ArrayD<f32> = self.0.by_name(name).expect(name);
        (array.iter().copied().collect(), array.shape().to_vec())
    }

    /// All values of an array of either precision, in order of its rows.
    pub fn doubles(&mut self, name: &str) -> Vec<f64> {
        if let Ok(array) = self.0.by_name::<ndarray::OwnedRepr<f64>, ndarray::IxDyn>(name) {
            return array.iter().copied().collect();
        }
        self.floats(name).0.iter().map(|value| f64::from(*value)).collect()
    }

    pub fn positions(&mut self, name: &str) -> Vec<u64> {
        let array: ndarray::Array1<i64> = self.0.by_name(name).expect(name);
        array.iter().map(|position| *position as u64).collect()
    }

    pub fn has(&mut self, name: &str) -> bool {
        self.0.names().is_ok_and(|names| names.iter().any(|found| found.trim_end_matches(".npy") == name))
    }

    /// The constants of a NEWT, as the kit names them.
    pub fn constants(&mut self, top_hz: f64) -> Arc<Waveshaping> {
        let (weights, shape) = self.floats("exciter_weights");
        let exciter = Exciter {
            shapers: shape[0],
            harmonics: shape[1],
            weights,
            bias: self.floats("exciter_bias").0,
            phases: self.floats("exciter_phases").0,
            top_hz,
        };
        let mut layers = Vec::new();
        while self.has(&format!("shaper_weights_{}", layers.len())) {
            let (weights, shape) = self.floats(&format!("shaper_weights_{}", layers.len()));
            let biases = self.floats(&format!("shaper_biases_{}", layers.len())).0;
            layers.push(NetworkLayer { inputs: shape[2], outputs: shape[1], weights, biases });
        }
        let networks = Networks { layers };
        let range: Vec<_> = self.floats("shaper_range").0.chunks_exact(2).map(|ends| (ends[0], ends[1])).collect();
        let tables = baked(&networks, &range);
        let (output_weights, bias) = (self.floats("output_weights").0, self.floats("output_bias").0[0]);
        Arc::new(Waveshaping::new(exciter, tables, Some(networks), output_weights, bias))
    }
}

/// Largest difference from the reference's sound, exact and from tables, and the reference's peak.
fn differences(path: &Path) -> ([f64; 2], f64) {
    let mut arrays = Arrays::open(path);
    let scalar = |arrays: &mut Arrays, name: &str| f64::from(arrays.floats(name).0[0]);
    let top_hz = scalar(&mut arrays, "exciter_top_hz");
    let constants = arrays.constants(top_hz);
    let positions = arrays.positions("hop_positions");
    let (f0_hz, film, audio) = (arrays.floats("f0_hz").0, arrays.floats("film").0, arrays.floats("audio_dry").0);
    let width = 4 * constants.shapers();
    let worst = [Shaping::Exact, Shaping::Tables].map(|shaping| {
        let stage = Stage {
            shaping,
            fidelity: Fidelity::Reference,
            sample_rate: scalar(&mut arrays, "sample_rate"),
            train_rate: scalar(&mut arrays, "train_rate"),
            ..Stage::of(&constants)
        };
        let row = |frame: usize| {
            let film = &film[frame * width..][..width];
            stage.row(|part, shaper| film[part * constants.shapers() + shaper], 1.0, 0.0)
        };
        let mut playing = stage.open();
        playing.note_on(0, positions[0], f0_hz[0], &row(0));
        for frame in 1..positions.len() {
            playing.step(0, positions[frame - 1], positions[frame], f0_hz[frame], &row(frame));
        }
        let sound = playing.render(audio.len(), &[480]);
        sound.iter().zip(&audio).fold(0.0, |worst, (a, b)| f64::max(worst, f64::from((a - b).abs())))
    });
    (worst, audio.iter().fold(0.0, |peak, sample| f64::max(peak, f64::from(sample.abs()))))
}

fn vectors() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/golden");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let newt = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("newt-") && name.ends_with(".npz")
    };
    let mut paths: Vec<PathBuf> = files.filter(newt).collect();
    paths.sort();
    if paths.is_empty() {
        println!("skipped: no golden vectors of the NEWT family in target/golden");
    }
    paths
}

#[test]
fn the_waveshaper_bank_agrees_with_the_reference() {
    for path in vectors() {
        let ([exact, tables], peak) = differences(&path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        println!("{name}: exact {exact:.1e}, tables {tables:.1e} of full scale, peak {peak:.2}");
        // The sweep goes beyond the range for which the shapers are meant, where tables hold their end values.
        let beyond_range = name.starts_with("newt-sweep");
        assert!(exact < ALLOWED && (beyond_range || tables < ALLOWED), "{name}: {exact} and {tables}");
    }
}
