//! Brightness: the spectrum of the pitched sound tilted over its fundamental.
//! On the control thread.
//! Promises the slope that is asked for (test: `partials_tilt_by_their_octave`).
//!
//! Partial k of a tilt of t decibels per octave has the gain `10^(t log2(k) / 20)`.

/// Tilts for instruments of up to a number of partials.
pub(super) struct Tilt {
    /// log2(k) of partials 1, 2, ...
    octaves: Vec<f32>,
}

impl Tilt {
    /// For rows of `harmonics` partials.
    pub fn new(harmonics: usize) -> Self {
        Self { octaves: (1..=harmonics).map(|k| (k as f32).log2()).collect() }
    }

    /// Tilts linear amplitudes of partials 1, 2, ... by so many decibels per octave.
    pub fn partials(&self, amplitudes: &mut [f32], db_per_octave: f32) {
        for (amplitude, octaves) in amplitudes.iter_mut().zip(&self.octaves) {
            *amplitude *= gain(db_per_octave, *octaves);
        }
    }
}

fn gain(db_per_octave: f32, octaves: f32) -> f32 {
    // 10^(x / 20) = 2^(x / (20 log10(2))).
    (db_per_octave * octaves / 6.020_6).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::db_of_gain;

    #[test]
    fn partials_tilt_by_their_octave() {
        for tilt in [-6.0, -2.5, 1.0, 6.0] {
            let plain: Vec<f32> = (1..=100).map(|k| 0.1 / k as f32).collect();
            let mut tilted = plain.clone();
            Tilt::new(100).partials(&mut tilted, tilt);
            let db = |k: usize| db_of_gain(tilted[k - 1] / plain[k - 1]);
            let worst = [1, 2, 3, 5, 25, 50].map(|k| (db(2 * k) - db(k) - tilt).abs()).into_iter().fold(0.0, f32::max);
            println!("{tilt:+.1} dB per octave: off by {worst:.1e} dB");
            assert!(worst < 1e-3);
        }
    }
}
