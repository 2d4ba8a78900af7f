//! How loud a click is: the largest sample above all that a note has.

/// The note's partials end at 880 Hz; what is above this is not the note's, hertz.
pub const CUTOFF: f64 = 5_000.0;
pub const RATE: f64 = 48_000.0;
const TAPS: usize = 401;

/// A high-pass from `hertz` on: windowed sinc (Kaiser window, beta 12: -118 dB), transition 1,000 Hz.
fn high_pass(hertz: f64) -> Vec<f64> {
    let bessel = |x: f64| {
        (0..40)
            .fold((1.0, 1.0), |(sum, term), n| {
                let term = term * (x / (2.0 * f64::from(n + 1))).powi(2);
                (sum + term, term)
            })
            .0
    };
    let centre = (TAPS / 2) as f64;
    let cutoff = hertz / RATE;
    let low: Vec<f64> = (0..TAPS)
        .map(|n| {
            let x = n as f64 - centre;
            let sinc = if x == 0.0 {
                2.0 * cutoff
            } else {
                (std::f64::consts::TAU * cutoff * x).sin() / (std::f64::consts::PI * x)
            };
            let window = bessel(12.0 * (1.0 - (x / centre).powi(2)).max(0.0).sqrt()) / bessel(12.0);
            sinc * window
        })
        .collect();
    let sum: f64 = low.iter().sum();
    low.iter().enumerate().map(|(n, tap)| f64::from(n == TAPS / 2) - tap / sum).collect()
}

/// Largest sample above [`CUTOFF`], dBFS.
pub fn peak_above(samples: &[f32]) -> f64 {
    peak_above_hz(CUTOFF, samples)
}

/// Largest sample above `hertz`, dBFS.
pub fn peak_above_hz(hertz: f64, samples: &[f32]) -> f64 {
    let taps = high_pass(hertz);
    let peak = samples
        .windows(TAPS)
        .map(|window| window.iter().zip(&taps).map(|(sample, tap)| f64::from(*sample) * tap).sum::<f64>().abs())
        .fold(0.0, f64::max);
    20.0 * (peak + 1e-12).log10()
}
