//! Constants of random NEWTs, and how tests bake networks.

use std::convert::Infallible;
use std::sync::Arc;
use timbrel_engine::waveshaping::{Exciter, NetworkLayer, Networks, ShaperTables, Waveshaping};

/// Bakes networks by their own slow evaluation.
pub fn baked(networks: &Networks, range: &[(f32, f32)]) -> ShaperTables {
    let shape = |indices: &[f32]| {
        let values = indices.iter().enumerate();
        Ok::<_, Infallible>(
            values.map(|(at, index)| networks.evaluate(at % range.len(), f64::from(*index)) as f32).collect(),
        )
    };
    ShaperTables::bake(range, shape).expect("the networks are finite")
}

/// A NEWT of this size with random weights, as loud as music.
pub fn random(shapers: usize, harmonics: usize, widths: &[usize], top_hz: f64) -> Arc<Waveshaping> {
    let mut state = 1u32;
    let mut noise = move |_: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as f32 / 2_147_483_648.0 - 1.0
    };
    let exciter = Exciter {
        shapers,
        harmonics,
        weights: (0..shapers * harmonics).map(|n| noise(n) / ((n % harmonics) as f32 + 3.0)).collect(),
        bias: (0..shapers).map(|n| 0.2 * noise(n)).collect(),
        phases: (0..harmonics).map(|n| 3.0 * noise(n)).collect(),
        top_hz,
    };
    let mut inputs = 1;
    let layers = widths.iter().map(|outputs| {
        let strength = 1.6 / (inputs as f32).sqrt();
        let layer = NetworkLayer {
            inputs,
            outputs: *outputs,
            weights: (0..shapers * outputs * inputs).map(|n| strength * noise(n)).collect(),
            biases: (0..shapers * outputs).map(|n| 0.5 * noise(n)).collect(),
        };
        inputs = *outputs;
        layer
    });
    let networks = Networks { layers: layers.collect() };
    let tables = baked(&networks, &vec![(-3.0, 3.0); shapers]);
    let weights = (0..shapers).map(|n| 1.5 * noise(n) / (shapers as f32).sqrt()).collect();
    Arc::new(Waveshaping::new(exciter, tables, Some(networks), weights, 0.2))
}
