//! What a decoder answers for one voice and one frame, by family.
//! Control thread.
//! Slices are as long as the layout says (tests: `tests/tests/model_decoder.rs`, `tests/tests/model_newt.rs`).

/// One row of a decoder's answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Controls<'a> {
    /// Harmonics and filtered noise.
    Ddsp {
        /// Linear peak amplitude, at least 0.
        amplitude: f32,
        /// Shares of the partials.
        harmonic_distribution: &'a [f32],
        /// Linear gains of the noise bands.
        noise_magnitudes: &'a [f32],
    },
    /// Neural waveshaping.
    Newt {
        /// Index scales, index shifts, output scales, output shifts, one after the other; each as long as there are shapers.
        film: &'a [f32],
        /// Signed linear gains of the noise bands.
        noise_magnitudes: &'a [f32],
    },
}

impl<'a> Controls<'a> {
    /// All values in one line, as in the kit's parity file.
    pub fn values(self) -> impl Iterator<Item = f32> + 'a {
        let (amplitude, tone, noise) = match self {
            Self::Ddsp { amplitude, harmonic_distribution, noise_magnitudes } => {
                (Some(amplitude), harmonic_distribution, noise_magnitudes)
            }
            Self::Newt { film, noise_magnitudes } => (None, film, noise_magnitudes),
        };
        amplitude.into_iter().chain(tone.iter().copied()).chain(noise.iter().copied())
    }

    /// Whether every value is finite.
    pub fn is_finite(self) -> bool {
        self.values().all(f32::is_finite)
    }
}
