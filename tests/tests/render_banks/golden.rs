//! The engine against the kit's PyTorch reference, on the same frames. The kit writes the vectors to `target/golden`
//! (`python -m timbrel_kit golden OUT`); without them this is skipped, and says so.

use super::spectrum::{decibels, power_density};
use super::stage::Stage;
use ndarray_npy::NpzReader;
use std::fs::File;
use std::path::{Path, PathBuf};

/// DESIGN, section 6: harmonic bank against the reference, of full scale.
const HARMONIC: f64 = 1e-4;
/// And noise by band power, decibels.
const NOISE: f64 = 0.5;

struct Golden {
    sample_rate: f64,
    train_rate: f64,
    positions: Vec<u64>,
    f0_hz: Vec<f32>,
    /// Amplitude x distribution of each frame.
    amplitudes: Vec<Vec<f32>>,
    noise: Vec<Vec<f32>>,
    audio: Vec<f32>,
    edges_hz: Vec<f32>,
    powers_db: Vec<f32>,
}

impl Golden {
    fn read(path: &Path) -> Self {
        let mut archive = NpzReader::new(File::open(path).expect("the file opens")).expect("it is an npz");
        let scalar = |archive: &mut NpzReader<File>, name: &str| -> f64 {
            let value: ndarray::Array0<f32> = archive.by_name(name).expect(name);
            f64::from(value.into_scalar())
        };
        let (sample_rate, train_rate) = (scalar(&mut archive, "sample_rate"), scalar(&mut archive, "train_rate"));
        let positions: ndarray::Array1<i64> = archive.by_name("hop_positions").expect("hop_positions");
        let vector = |archive: &mut NpzReader<File>, name: &str| -> Vec<f32> {
            let values: ndarray::Array1<f32> = archive.by_name(name).expect(name);
            values.to_vec()
        };
        let table = |archive: &mut NpzReader<File>, name: &str| -> Vec<Vec<f32>> {
            let values: ndarray::Array2<f32> = archive.by_name(name).expect(name);
            values.rows().into_iter().map(|row| row.to_vec()).collect()
        };
        let amplitude = vector(&mut archive, "amplitude");
        let mut amplitudes = table(&mut archive, "harmonic_distribution");
        for (row, amplitude) in amplitudes.iter_mut().zip(&amplitude) {
            row.iter_mut().for_each(|share| *share *= amplitude);
        }
        Self {
            sample_rate,
            train_rate,
            positions: positions.iter().map(|position| *position as u64).collect(),
            f0_hz: vector(&mut archive, "f0_hz"),
            amplitudes,
            noise: table(&mut archive, "noise_magnitudes"),
            audio: vector(&mut archive, "audio_harmonic"),
            edges_hz: vector(&mut archive, "noise_band_edges_hz"),
            powers_db: vector(&mut archive, "noise_band_power_db"),
        }
    }

    fn stage(&self) -> Stage {
        Stage {
            harmonics: self.amplitudes[0].len(),
            noise_bands: self.noise[0].len(),
            sample_rate: self.sample_rate,
            train_rate: self.train_rate,
            ..Stage::default()
        }
    }

    /// Largest difference from the reference's harmonic sound.
    fn harmonic_error(&self) -> f64 {
        let stage = self.stage();
        let mut playing = stage.open();
        let row = |frame: usize| stage.row(|k| self.amplitudes[frame][k - 1], |_| 0.0);
        playing.note_on(0, self.positions[0], self.f0_hz[0], &row(0));
        for frame in 1..self.positions.len() {
            playing.step(0, self.positions[frame - 1], self.positions[frame], self.f0_hz[frame], &row(frame));
        }
        let sound = playing.render(self.audio.len(), &[480]);
        sound.iter().zip(&self.audio).fold(0.0, |worst, (a, b)| f64::max(worst, f64::from((a - b).abs())))
    }

    /// Largest difference of a band's power, decibels, over ten seconds.
    fn noise_error(&self) -> f64 {
        let stage = self.stage();
        let mut playing = stage.open();
        playing.note_on(0, 0, 440.0, &stage.row(|_| 0.0, |band| self.noise[0][band]));
        let sound = playing.render((10.0 * self.sample_rate) as usize, &[480]);
        let size = 8_192;
        let density = power_density(&sound, size);
        let bin = self.sample_rate / size as f64;
        let mut worst = 0f64;
        for (edges, power) in self.edges_hz.windows(2).zip(&self.powers_db) {
            let range = f64::from(edges[0])..f64::from(edges[1]);
            let bins: Vec<f64> = (0..density.len())
                .filter(|index| range.contains(&(*index as f64 * bin)))
                .map(|index| density[index])
                .collect();
            // Mean density in the band over the whole band up to Nyquist is its share of the power.
            let mean = bins.iter().sum::<f64>() / bins.len() as f64;
            let found = mean * (range.end - range.start) / (0.5 * self.sample_rate);
            worst = worst.max((10.0 * found.log10() - f64::from(*power)).abs());
        }
        worst
    }
}

fn vectors() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/golden");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "npz"))
        // Parity files are the decoder's, not the banks'.
        .filter(|path| !path.to_string_lossy().ends_with(".parity.npz"))
        // Those of the NEWT family are another bank's.
        .filter(|path| !name(path).starts_with("newt-"))
        .collect();
    paths.sort();
    if paths.is_empty() {
        println!("skipped: no golden vectors in target/golden");
    }
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[test]
fn the_harmonic_bank_agrees_with_the_reference() {
    for path in vectors() {
        let error = Golden::read(&path).harmonic_error();
        println!("{}: {error:.2e} of full scale ({:.1} dB)", name(&path), decibels(error));
        assert!(error < HARMONIC);
    }
}

#[test]
fn the_noise_bank_agrees_with_the_reference() {
    // The gains are the same in all cases of a rate; one case serves.
    for path in vectors().iter().filter(|path| path.to_string_lossy().contains("steady")) {
        let error = Golden::read(path).noise_error();
        println!("{}: worst band {error:.2} dB", name(path));
        assert!(error < NOISE);
    }
}
