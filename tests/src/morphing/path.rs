//! A quantity along the way from one instrument to the other, and how smooth its path is.
//! Any thread; pure.
//! Smoothness and straightness as in the literature on timbre interpolation (M. Caetano and X. Rodet, "Musical instrument sound
//! morphing guided by perceptually motivated features", 2013; G. Le Vaillant and T. Dutoit, "Latent space interpolation of
//! synthesizer parameters using timbre-regularized auto-encoders", 2024): steps that are alike, and no detours
//! (test: `detours_and_leaps_are_measured`).

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Centre of the partials by their amplitudes, hertz (MPEG-7's harmonic spectral centroid).
    Centroid,
    /// Distance of the log-mel spectrum from the first instrument's, decibels.
    FromFirst,
    /// Distance of the log-mel spectrum from the second instrument's, decibels.
    FromSecond,
    /// Distance of the log-mel spectrum from that of the place before, decibels; its steps are its values.
    Step,
    /// Loudness, LUFS (ITU-R BS.1770).
    Loudness,
}

impl Kind {
    /// A step under this nobody hears, and a path that goes back by less goes nowhere back: in hertz as a share of the centroid,
    /// else in decibels.
    fn unheard(self, values: &[f64]) -> f64 {
        match self {
            // Just noticeable differences of the centroid are 3 to 8 per cent.
            Self::Centroid => 0.01 * values.iter().sum::<f64>() / values.len().max(1) as f64,
            Self::FromFirst | Self::FromSecond | Self::Step => 0.1,
            // Of loudness 0.5 to 1 dB.
            Self::Loudness => 0.2,
        }
    }
}

/// A quantity at equally spaced places from 0 to 1.
#[derive(Clone, Debug)]
pub struct Path {
    kind: Kind,
    /// At each place.
    pub values: Vec<f64>,
}

/// How a path is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// It goes one way only, but for what nobody hears.
    pub is_monotone: bool,
    /// Largest step over the mean step; 1 where all are alike, or where none is heard.
    pub leap: f64,
    /// Greatest distance from the straight line between its ends, as a share of the longer of its length and what is heard.
    pub bow: f64,
}

impl Path {
    /// Of these values.
    pub fn new(kind: Kind, values: Vec<f64>) -> Self {
        Self { kind, values }
    }

    /// Greatest distance from the straight line between its ends, in its own unit.
    pub fn off_line(&self) -> f64 {
        let (Some(&start), Some(&end)) = (self.values.first(), self.values.last()) else { return 0.0 };
        let last = (self.values.len() - 1).max(1) as f64;
        let off = |(index, value): (usize, &f64)| (value - (start + (end - start) * index as f64 / last)).abs();
        self.values.iter().enumerate().map(off).fold(0.0, f64::max)
    }

    /// Measures it.
    pub fn measure(&self) -> Measure {
        let unheard = self.kind.unheard(&self.values);
        let (Some(&start), Some(&end)) = (self.values.first(), self.values.last()) else {
            return Measure { is_monotone: true, leap: 1.0, bow: 0.0 };
        };
        if self.kind == Kind::Step {
            return Measure { is_monotone: true, leap: leap(&self.values, unheard), bow: 0.0 };
        }
        let steps: Vec<f64> = self.values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let forward = if end >= start { 1.0 } else { -1.0 };
        // The furthest that the path ever falls back behind where it has been.
        let mut furthest = f64::MIN;
        let mut back: f64 = 0.0;
        for value in &self.values {
            furthest = furthest.max(forward * value);
            back = back.max(furthest - forward * value);
        }
        let length = (end - start).abs().max(10.0 * unheard);
        Measure { is_monotone: back <= unheard, leap: leap(&steps, unheard), bow: self.off_line() / length }
    }
}

fn leap(steps: &[f64], unheard: f64) -> f64 {
    let largest = steps.iter().fold(0.0, |largest: f64, step| largest.max(step.abs()));
    let mean = steps.iter().map(|step| step.abs()).sum::<f64>() / steps.len().max(1) as f64;
    if largest <= unheard { 1.0 } else { largest / mean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detours_and_leaps_are_measured() {
        let path = |values: &[f64]| Path::new(Kind::FromFirst, values.to_vec()).measure();
        let straight = path(&[0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(straight, Measure { is_monotone: true, leap: 1.0, bow: 0.0 });
        let late = path(&[0.0, 0.0, 0.0, 0.0, 4.0]);
        assert_eq!(late, Measure { is_monotone: true, leap: 4.0, bow: 0.75 });
        let detour = path(&[4.0, 5.0, 2.0, 1.0, 0.0]);
        assert!(!detour.is_monotone && detour.bow == 0.5);
        let still = path(&[1.0, 1.01, 1.0, 1.01, 1.0]);
        assert!(still.is_monotone && still.leap == 1.0 && still.bow < 0.02);
    }
}
