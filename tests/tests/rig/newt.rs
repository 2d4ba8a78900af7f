//! A decoder of the NEWT family whose presence is its loudness.

use super::Switches;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use timbrel_engine::frame::FrameLayout;
use timbrel_engine::impulse_response::ImpulseResponse;
use timbrel_engine::model::{Controls, Decode, DecodeError, Metadata, StepRequest};
use timbrel_engine::render::{Fidelity, Shaping, Voicing};
use timbrel_engine::synth::Source;
use timbrel_engine::waveshaping::{Exciter, NetworkLayer, Networks, ShaperTables, Waveshaping};

const SHAPERS: usize = 11;
const HARMONICS: usize = 40;
const BANDS: usize = 5;

struct FakeNewt {
    metadata: Metadata,
    switches: Arc<Switches>,
    noise: [f32; BANDS],
    films: Vec<Vec<f32>>,
}

/// An instrument of eleven sine shapers.
pub fn newt(name: &str, shaping: Shaping, switches: &Arc<Switches>) -> Source {
    with_noise(name, shaping, switches, 1e-3)
}

/// The same without noise.
pub fn quiet(name: &str, shaping: Shaping, switches: &Arc<Switches>) -> Source {
    with_noise(name, shaping, switches, 0.0)
}

fn with_noise(name: &str, shaping: Shaping, switches: &Arc<Switches>, noise: f32) -> Source {
    let text = format!(
        r#"{{"format_version": 1, "family": "newt", "name": "{name}", "author": "test", "licence": "CC0-1.0",
        "trained_on": "nothing", "sample_rate": 48000, "hop": 192,
        "pitch": {{"unit": "midi", "scale": 0.0078125, "offset": 0.0, "low": 21, "high": 108}},
        "loudness": {{"measure": "power", "scale": 0.0125, "offset": 1.0, "low_db": -60, "high_db": -6,
            "soft_db": -40, "loud_db": -12}},
        "latent": [], "harmonics": {HARMONICS}, "noise_bands": {BANDS}, "states": [], "impulse_response": null,
        "parity_sha256": "{}", "newt": {{"shapers": {SHAPERS}, "exciter_top_hz": 9000, "layers": [1]}}}}"#,
        "0".repeat(64)
    );
    let layer = NetworkLayer { inputs: 1, outputs: 1, weights: vec![1.5; SHAPERS], biases: vec![0.2; SHAPERS] };
    let networks = Networks { layers: vec![layer] };
    let shape = |indices: &[f32]| {
        Ok::<_, Infallible>(indices.iter().map(|index| networks.evaluate(0, f64::from(*index)) as f32).collect())
    };
    let tables = ShaperTables::bake(&[(-3.0, 3.0); SHAPERS], shape).unwrap();
    let exciter = Exciter {
        shapers: SHAPERS,
        harmonics: HARMONICS,
        weights: (0..SHAPERS * HARMONICS).map(|n| 0.5 / (1 + n % HARMONICS) as f32).collect(),
        bias: vec![0.0; SHAPERS],
        phases: vec![0.0; HARMONICS],
        top_hz: 9_000.0,
    };
    let constants = Arc::new(Waveshaping::new(exciter, tables, Some(networks), vec![0.05; SHAPERS], 0.0));
    let metadata = Metadata::parse(&text).unwrap();
    let decoder = FakeNewt { metadata, switches: Arc::clone(switches), noise: [noise; BANDS], films: Vec::new() };
    Source {
        decoder: Box::new(decoder),
        impulse_response: ImpulseResponse::default(),
        voicing: Voicing::Waveshaping { constants, shaping, fidelity: Fidelity::Playing },
    }
}

impl Decode for FakeNewt {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn layout(&self) -> FrameLayout {
        FrameLayout::Newt { shapers: SHAPERS, noise_bands: BANDS }
    }

    fn settle(&mut self, _slot: usize, _midi_pitch: f32) {}

    fn step(&mut self, requests: &[StepRequest]) -> Result<(), DecodeError> {
        self.switches.steps.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(self.switches.stall_ms.load(Ordering::SeqCst)));
        self.films = requests
            .iter()
            .map(|request| {
                let gain = 10_f32.powf(request.loudness_db / 20.0);
                (0..4).flat_map(|part| std::iter::repeat_n([1.0, 0.0, gain, 0.0][part], SHAPERS)).collect()
            })
            .collect();
        Ok(())
    }

    fn controls(&self, row: usize) -> Controls<'_> {
        Controls::Newt { film: &self.films[row], noise_magnitudes: &self.noise }
    }
}
