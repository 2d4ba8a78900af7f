//! The spectrum of a steady sound: its mel bands, and the centre of its partials.
//! Any thread.
//! Promises levels in decibels of full scale (test: `a_sine_is_in_its_band_and_its_partial`).

use realfft::RealFftPlanner;

/// Mel bands, from ...
const BANDS: usize = 64;
/// ... this, hertz, ...
const LOWEST_HZ: f64 = 40.0;
/// ... to this.
const HIGHEST_HZ: f64 = 16_000.0;
/// What a band has under this is not heard, decibels of full scale: 5 dB of sound pressure where full scale is 100 dB.
const UNHEARD_DB: f64 = -95.0;
/// A partial is what lies within so many bins of it: a Hann window's lobe and some more.
const LOBE: usize = 4;

/// Power over frequency of a whole sound.
pub struct Spectrum {
    /// Power of each bin, full scale = 1; they add up to the sound's mean square.
    power: Vec<f64>,
    /// Hertz from bin to bin.
    step: f64,
}

impl Spectrum {
    /// Of a steady sound, under one Hann window.
    pub fn of(samples: &[f32], sample_rate: f64) -> Self {
        let length = samples.len();
        let turn = std::f64::consts::TAU / length.max(1) as f64;
        let mut windowed: Vec<f64> = samples
            .iter()
            .enumerate()
            .map(|(index, sample)| f64::from(*sample) * (0.5 - 0.5 * (turn * index as f64).cos()))
            .collect();
        let transform = RealFftPlanner::<f64>::new().plan_fft_forward(length);
        let mut spectrum = transform.make_output_vec();
        // Sizes are the planner's own.
        let _ = transform.process(&mut windowed, &mut spectrum);
        // Two sides, and 8/3 for what a Hann window takes of the power.
        let scale = 2.0 * 8.0 / 3.0 / (length as f64 * length as f64);
        let power = spectrum.iter().map(|bin| bin.norm_sqr() * scale).collect();
        Self { power, step: sample_rate / length as f64 }
    }

    /// Levels of mel bands (O'Shaughnessy's 2595 log10(1 + f / 700)), triangles that overlap by half, decibels of full scale;
    /// what is not heard is at the threshold.
    pub fn mel_db(&self) -> Vec<f64> {
        let mel = |hertz: f64| 2_595.0 * (1.0 + hertz / 700.0).log10();
        let hertz = |mel: f64| 700.0 * (10f64.powf(mel / 2_595.0) - 1.0);
        let width = (mel(HIGHEST_HZ) - mel(LOWEST_HZ)) / (BANDS + 1) as f64;
        let edge = |index: usize| hertz(mel(LOWEST_HZ) + width * index as f64);
        let unheard = 10f64.powf(UNHEARD_DB / 10.0);
        let band = |index: usize| {
            let (low, centre, high) = (edge(index), edge(index + 1), edge(index + 2));
            let bins = (low / self.step).ceil() as usize..=(high / self.step) as usize;
            let share = |hertz: f64| {
                if hertz < centre { (hertz - low) / (centre - low) } else { (high - hertz) / (high - centre) }
            };
            let power: f64 =
                bins.map(|bin| self.power.get(bin).copied().unwrap_or(0.0) * share(bin as f64 * self.step)).sum();
            10.0 * (power + unheard).log10()
        };
        (0..BANDS).map(band).collect()
    }

    /// Amplitudes of the partials of a fundamental (hertz) up to a frequency, full scale = 1.
    pub fn partials(&self, fundamental: f64, up_to_hz: f64) -> Vec<f64> {
        let reach = LOBE.min((0.5 * fundamental / self.step) as usize);
        let amplitude = |k: usize| {
            let bin = (k as f64 * fundamental / self.step).round() as usize;
            let bins = bin.saturating_sub(reach)..=(bin + reach).min(self.power.len() - 1);
            (2.0 * self.power[bins].iter().sum::<f64>()).sqrt()
        };
        (1..=((up_to_hz / fundamental) as usize).max(1)).map(amplitude).collect()
    }
}

/// Root of the mean of the squared differences of two lists of decibels.
pub fn distance_db(a: &[f64], b: &[f64]) -> f64 {
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
    (squares / a.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_is_in_its_band_and_its_partial() {
        let sine: Vec<f32> = (0..32_768)
            .map(|n| (0.1 * (std::f64::consts::TAU * 880.3 * f64::from(n) / 48_000.0).sin()) as f32)
            .collect();
        let spectrum = Spectrum::of(&sine, 48_000.0);
        let partials = spectrum.partials(440.15, 16_000.0);
        let bands = spectrum.mel_db();
        let loudest = bands.iter().copied().fold(f64::MIN, f64::max);
        println!("partial 2 is {:.4}, the loudest band {loudest:.2} dB", partials[1]);
        assert!((partials[1] - 0.1).abs() < 1e-4 && partials[0] < 1e-4);
        // In the middle between two bands it is 3 dB less than the -23 dB of its mean square.
        assert!((-26.1..-22.9).contains(&loudest));
        assert!(bands.iter().filter(|band| **band > -60.0).count() <= 3);
        assert_eq!(distance_db(&bands, &bands), 0.0);
    }
}
