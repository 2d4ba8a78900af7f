//! How the tests measure: heterodyned partials, windowed spectra, power densities.

use realfft::RealFftPlanner;
use std::f64::consts::TAU;

/// Decibels of an amplitude.
pub fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-20).log10()
}

/// Four-term Blackman-Harris window (sidelobes at -92 dB).
pub fn blackman_harris(length: usize) -> Vec<f64> {
    let cosine = |harmonic: f64, n: usize| (TAU * harmonic * n as f64 / length as f64).cos();
    (0..length)
        .map(|n| 0.35875 - 0.48829 * cosine(1.0, n) + 0.14128 * cosine(2.0, n) - 0.01168 * cosine(3.0, n))
        .collect()
}

/// Amplitude and phase (turns) of the sine at `hertz`, under a Blackman-Harris window.
pub fn partial(samples: &[f32], hertz: f64, sample_rate: f64) -> (f64, f64) {
    let window = blackman_harris(samples.len());
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (n, (sample, weight)) in samples.iter().zip(&window).enumerate() {
        let angle = TAU * (hertz * n as f64 / sample_rate).fract();
        real += weight * f64::from(*sample) * angle.cos();
        imaginary -= weight * f64::from(*sample) * angle.sin();
    }
    let scale = 2.0 / window.iter().sum::<f64>();
    (scale * real.hypot(imaginary), imaginary.atan2(real) / TAU)
}

/// Amplitude of each bin, such that a full-scale sine reads 1.
pub fn amplitudes(samples: &[f32]) -> Vec<f64> {
    let window = blackman_harris(samples.len());
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(samples.len());
    let mut input: Vec<f64> = samples.iter().zip(&window).map(|(sample, weight)| f64::from(*sample) * weight).collect();
    let mut output = transform.make_output_vec();
    transform.process(&mut input, &mut output).expect("lengths fit");
    let scale = 2.0 / window.iter().sum::<f64>();
    output.iter().map(|bin| bin.norm() * scale).collect()
}

/// Power density averaged over half-overlapping windows of `size`: white noise of unit variance reads 1 in each bin.
pub fn power_density(samples: &[f32], size: usize) -> Vec<f64> {
    let window = blackman_harris(size);
    let energy: f64 = window.iter().map(|weight| weight * weight).sum();
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(size);
    let mut density = vec![0.0; size / 2 + 1];
    let mut count = 0;
    let mut output = transform.make_output_vec();
    for start in (0..=samples.len() - size).step_by(size / 2) {
        let mut input: Vec<f64> = samples[start..start + size]
            .iter()
            .zip(&window)
            .map(|(sample, weight)| f64::from(*sample) * weight)
            .collect();
        transform.process(&mut input, &mut output).expect("lengths fit");
        density.iter_mut().zip(&output).for_each(|(sum, bin)| *sum += bin.norm_sqr() / energy);
        count += 1;
    }
    density.iter_mut().for_each(|sum| *sum /= f64::from(count));
    density
}

/// The loudest bin above `hertz` of any window of `size` samples, in dBFS.
pub fn loudest_above(samples: &[f32], hertz: f64, sample_rate: f64, size: usize) -> f64 {
    let first = (hertz / sample_rate * size as f64) as usize;
    (0..=samples.len() - size)
        .step_by(size / 8)
        .flat_map(|start| amplitudes(&samples[start..start + size]).split_off(first))
        .fold(-400.0, |loudest, amplitude| loudest.max(decibels(amplitude)))
}
