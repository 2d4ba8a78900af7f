//! The published violin against what its authors' code gives, sample for sample. Needs `../shared/interop` beside the
//! repository (users bring such files; the project holds none) and the import of its checkpoint,
//! `target/interop/nws-violin.onnx` (`cargo xtask import`); without them this is skipped, and says so.

use super::golden::Arrays;
use super::spectrum::decibels;
use super::stage::Stage;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use timbrel_engine::model::{LoadOptions, Model};
use timbrel_engine::render::{Fidelity, Shaping};
use timbrel_engine::waveshaping::{Exciter, Waveshaping};

const RATE: f64 = 16_000.0;
const HOP: f64 = 128.0;

/// The files, where they are.
fn files() -> Option<(PathBuf, PathBuf)> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let model = repository.join("target/interop/nws-violin.onnx");
    let interop = std::env::var_os("TIMBREL_INTEROP").map(PathBuf::from);
    let oracle = interop.unwrap_or_else(|| repository.join("../shared/interop")).join("nws-violin/oracle.npz");
    if let Some(missing) = [&oracle, &model].into_iter().find(|path| !path.exists()) {
        println!("skipped: {} is not there", missing.display());
        return None;
    }
    Some((oracle, model))
}

/// A frame sequence at sample `n`, as PyTorch's linear interpolation with `align_corners=False` gives it.
fn upsampled(frames: &[f64], n: usize) -> f64 {
    let at = ((n as f64 + 0.5) / HOP - 0.5).clamp(0.0, (frames.len() - 1) as f64);
    let (index, share) = (at as usize, at.fract());
    let next = frames[(index + 1).min(frames.len() - 1)];
    frames[index] + (next - frames[index]) * share
}

#[test]
fn the_published_violin_is_the_oracles() {
    let Some((oracle, path)) = files() else { return };
    let model = Model::load(&path, &LoadOptions::default()).expect("the import loads");
    let imported = model.waveshaping().expect("it is a NEWT");
    let mut arrays = Arrays::open(&oracle);
    let [f0, theta, film, expected] = ["f0_hz", "theta", "film", "newt_dry"].map(|name| arrays.doubles(name));
    let frames = f0.len();
    let pitch: Vec<f64> = (0..=expected.len()).map(|n| upsampled(&f0, n)).collect();

    // Their phase at a sample includes that sample's own increment, ours those before it: the first one goes into the
    // partials' phases, the others one sample ahead.
    let phases = theta.iter().zip(1..).map(|(theta, k)| (theta + TAU * f64::from(k) * pitch[0] / RATE) as f32);
    let exciter = Exciter { phases: phases.collect(), ..imported.exciter.clone() };
    let constants = Arc::new(Waveshaping::new(
        exciter,
        imported.tables.clone(),
        imported.networks.clone(),
        imported.output_weights.clone(),
        imported.output_bias,
    ));
    println!(
        "exciter: {} rungs, {:.1} MB; tables: {:.2} MB, at most {} intervals",
        constants.exciter_tables.rungs().len(),
        constants.exciter_tables.bytes() as f64 / 1e6,
        constants.tables.bytes() as f64 / 1e6,
        constants.tables.spans().iter().map(|span| span.intervals).max().unwrap_or(0),
    );
    // So the top, too, is a sample ahead: where it cuts another number of partials, one sample has another partial.
    let partials = |f0: f64| (1..=101).filter(|k| f64::from(*k) * f0 < constants.exciter.top_hz).count();
    let left_out: Vec<bool> = pitch.windows(2).map(|pair| partials(pair[0]) != partials(pair[1])).collect();

    for (shaping, allowed) in [(Shaping::Exact, -85.0), (Shaping::Tables, -80.0)] {
        let stage = Stage {
            shaping,
            fidelity: Fidelity::Reference,
            noise_bands: 2,
            sample_rate: RATE,
            train_rate: RATE,
            ..Stage::of(&constants)
        };
        let row = |n: usize| {
            let value = |part: usize, shaper: usize| {
                let sequence = (part * constants.shapers() + shaper) * frames;
                upsampled(&film[sequence..sequence + frames], n) as f32
            };
            stage.row(value, 1.0, 0.0)
        };
        let mut playing = stage.open();
        // What single precision leaves of a frequency goes to the next one, so that the phase does not drift.
        let mut left = 0.0;
        let mut single = |n: usize| {
            let wanted = pitch[(n + 1).min(expected.len())] + left;
            left = wanted - f64::from(wanted as f32);
            wanted as f32
        };
        playing.note_on(0, 0, single(0), &row(0));
        let mut found = Vec::with_capacity(expected.len());
        for first in (0..expected.len()).step_by(500) {
            let last = (first + 500).min(expected.len());
            for n in first..last {
                playing.step(0, n as u64, n as u64 + 1, single(n + 1), &row(n + 1));
            }
            found.extend(playing.render(last - first, &[500]));
        }
        let heard = || found.iter().zip(&expected).zip(&left_out).filter(|(_, out)| !**out).map(|(pair, _)| pair);
        let energy: f64 = heard().map(|(_, b)| b * b).sum();
        let gain = heard().map(|(a, b)| f64::from(*a) * b).sum::<f64>() / energy;
        let error: f64 = heard().map(|(a, b)| (f64::from(*a) / gain - b).powi(2)).sum();
        let ratio = decibels((error / energy).sqrt());
        println!(
            "{shaping:?}: {ratio:.1} dB of the signal (gain {gain:.6}, {} of {} samples left out)",
            left_out.iter().filter(|out| **out).count(),
            expected.len()
        );
        assert!(ratio < allowed, "{ratio}");
    }
}
