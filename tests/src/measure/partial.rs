//! The level of one partial among others.
//! Any thread.
//! Within 0.01 dB, beside another partial six hertz away (test: `a_partial_is_measured_beside_another`).

/// Amplitude of the sine at `hertz` in a steady sound, full scale = 1.
///
/// A projection on the sine under a Hann window, whose main lobe is four bins wide: of a second of sound, partials three
/// hertz away do not take part.
pub fn partial(samples: &[f32], sample_rate: f64, hertz: f64) -> f64 {
    let length = samples.len() as f64;
    let (mut cosine, mut sine, mut weight) = (0.0, 0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let window = 0.5 - 0.5 * (std::f64::consts::TAU * index as f64 / length).cos();
        let phase = std::f64::consts::TAU * hertz * index as f64 / sample_rate;
        cosine += window * f64::from(*sample) * phase.cos();
        sine += window * f64::from(*sample) * phase.sin();
        weight += window;
    }
    2.0 * cosine.hypot(sine) / weight
}

/// Levels of the first `count` partials of `fundamental`, decibels of full scale.
pub fn partials_db(samples: &[f32], sample_rate: f64, fundamental: f64, count: usize) -> Vec<f64> {
    let level = |k: usize| 20.0 * partial(samples, sample_rate, fundamental * k as f64).max(1e-12).log10();
    (1..=count).map(level).collect()
}

/// The centre of a spectrum of partials by their amplitudes, in partials: 1 is the fundamental alone.
pub fn centroid(partials_db: &[f64]) -> f64 {
    let amplitudes = partials_db.iter().map(|level| 10f64.powf(level / 20.0));
    let (sum, moment) =
        amplitudes.zip(1..).fold((0.0, 0.0), |(sum, moment), (a, k)| (sum + a, moment + a * f64::from(k)));
    moment / sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_is_measured_beside_another() {
        let sample = |index: usize| {
            let time = index as f64 / 48_000.0;
            let tone = |hertz: f64, gain: f64| gain * (std::f64::consts::TAU * hertz * time + 1.0).sin();
            (tone(440.0, 0.1) + tone(446.0, 0.5)) as f32
        };
        let samples: Vec<f32> = (0..48_000).map(sample).collect();
        let error_db = 20.0 * (partial(&samples, 48_000.0, 440.0) / 0.1).log10();
        assert!(error_db.abs() < 0.01, "{error_db} dB");
        assert!(partial(&samples, 48_000.0, 300.0) < 1e-6);
    }

    #[test]
    fn the_centre_of_two_equal_partials_lies_between_them() {
        assert!((centroid(&[-20.0, -20.0]) - 1.5).abs() < 1e-12);
        assert_eq!(centroid(&[0.0]), 1.0);
    }
}
