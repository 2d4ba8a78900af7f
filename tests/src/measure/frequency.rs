//! The frequency of one partial among others.
//! Any thread.
//! Within 0.01 cent, beside another partial (test: `a_frequency_is_measured_beside_another`).

use std::f64::consts::TAU;

/// Frequency of the steady sine near `hertz`, hertz: by how its phase moves from one window of the sound to another, an eighth of
/// a second later. `hertz` must be within 4 Hz, and other partials no nearer than four bins of the windows.
pub fn frequency_near(samples: &[f32], sample_rate: f64, hertz: f64) -> f64 {
    let apart = sample_rate as usize / 8;
    let length = samples.len().saturating_sub(apart);
    let gained = phase(&samples[apart..], sample_rate, hertz)
        - phase(&samples[..length], sample_rate, hertz)
        - hertz * apart as f64 / sample_rate;
    hertz + (gained - gained.round()) * sample_rate / apart as f64
}

/// Phase of the sine at `hertz` at the first sample, turns, under a Hann window.
fn phase(samples: &[f32], sample_rate: f64, hertz: f64) -> f64 {
    let (mut cosine, mut sine) = (0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let window = 0.5 - 0.5 * (TAU * index as f64 / samples.len() as f64).cos();
        let angle = TAU * (hertz * index as f64 / sample_rate).fract();
        cosine += window * f64::from(*sample) * angle.cos();
        sine -= window * f64::from(*sample) * angle.sin();
    }
    sine.atan2(cosine) / TAU
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frequency_is_measured_beside_another() {
        for found in [440.0, 440.3, 438.1] {
            let sample = |index: usize| {
                let time = index as f64 / 48_000.0;
                let tone = |hertz: f64, gain: f64| gain * (TAU * hertz * time + 1.0).sin();
                (tone(found, 0.1) + tone(470.0, 0.5)) as f32
            };
            let samples: Vec<f32> = (0..48_000).map(sample).collect();
            let cents = 1_200.0 * (frequency_near(&samples, 48_000.0, 440.0) / found).log2();
            assert!(cents.abs() < 0.01, "{found} Hz: {cents} cents");
        }
    }
}
