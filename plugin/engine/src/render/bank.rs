//! The pitched bank of one voice, whatever its family.
//! On the audio thread.
//! Promises that all families begin, move, fade and stop alike (tests: `a_stolen_voice_does_not_click`,
//! `a_stolen_newt_does_not_click`).

use super::harmonic::HarmonicBank;
use super::series::Series;
use super::simd::Instructions;
use super::voicing::{Voicing, VoicingError};
use super::waveshaper::{WaveshaperBank, WaveshaperDesign};
use crate::frame::{FrameLayout, Tone};
use std::sync::Arc;

/// Values beyond this (60 dB over full scale) are cut to it: a decoder gone wild must not overflow the room.
const LARGEST_VALUE: f32 = 1_000.0;

/// What the pitched banks of all voices of a layer share.
#[derive(Clone)]
pub(super) enum BankDesign {
    Harmonic { harmonics: usize, sample_rate: f64, instructions: Instructions },
    Waveshaper(Arc<WaveshaperDesign>),
}

impl BankDesign {
    /// For rows of `layout`, whose family must be the voicing's, at the host's `sample_rate`.
    pub fn new(
        layout: FrameLayout,
        voicing: &Voicing,
        sample_rate: f64,
        instructions: Instructions,
    ) -> Result<Self, VoicingError> {
        match (voicing, layout) {
            (Voicing::Waveshaping { constants, shaping, fidelity }, FrameLayout::Newt { shapers, .. }) => {
                if constants.shapers() != shapers {
                    return Err(VoicingError::Shapers { rows: shapers, constants: constants.shapers() });
                }
                let design = WaveshaperDesign::new(constants, *shaping, *fidelity, sample_rate, instructions);
                Ok(Self::Waveshaper(Arc::new(design)))
            }
            (Voicing::Harmonic, FrameLayout::Ddsp { harmonics, .. }) => {
                Ok(Self::Harmonic { harmonics, sample_rate, instructions })
            }
            (Voicing::Harmonic, FrameLayout::Newt { .. }) => {
                Err(VoicingError::Family { rows: "films", voicing: "partials" })
            }
            (Voicing::Waveshaping { .. }, FrameLayout::Ddsp { .. }) => {
                Err(VoicingError::Family { rows: "partials", voicing: "shapers" })
            }
        }
    }
}

/// The pitched bank of one voice.
pub(super) enum Bank {
    Harmonic(Box<HarmonicBank>),
    Waveshaper(Box<WaveshaperBank>),
}

/// Calls one method of whichever bank it is.
macro_rules! of_either {
    ($self:ident, $bank:ident => $call:expr) => {
        match $self {
            Bank::Harmonic($bank) => $call,
            Bank::Waveshaper($bank) => $call,
        }
    };
}

impl Bank {
    /// A silent bank.
    pub fn new(design: &BankDesign) -> Self {
        match design {
            BankDesign::Harmonic { harmonics, sample_rate, instructions } => {
                Self::Harmonic(Box::new(HarmonicBank::new(*harmonics, *sample_rate, *instructions)))
            }
            BankDesign::Waveshaper(design) => Self::Waveshaper(Box::new(WaveshaperBank::new(design))),
        }
    }

    /// Values at the start of a row that are this bank's; the rest is the noise's.
    pub fn width(&self) -> usize {
        of_either!(self, bank => bank.len())
    }

    /// Begins at `position` with the fundamental at `phase` (cycles), and the tone's tilt and series and these values at once.
    /// Rows of partials are tilted already; what is shaped of one phase has no other series.
    pub fn begin(&mut self, position: u64, phase: f64, f0_hz: f64, tone: &Tone, values: &[f32]) {
        match self {
            Self::Harmonic(bank) => {
                bank.begin(position, phase, f0_hz, Series::of(tone).unwrap_or(Series::HARMONIC), values);
            }
            Self::Waveshaper(bank) => bank.begin(position, phase, f0_hz, tone.tilt, values),
        }
    }

    /// From `position` on, goes in `length` samples (at least 1) to this tone and these values. What of the tone is no pitch and
    /// no series, and `None`, keep what was aimed at.
    pub fn aim(&mut self, position: u64, length: u64, tone: &Tone, values: Option<&[f32]>) {
        let f0_hz = (tone.f0_hz.is_finite() && tone.f0_hz > 0.0).then_some(f64::from(tone.f0_hz));
        match self {
            Self::Harmonic(bank) => bank.aim(position, length, f0_hz, Series::of(tone), values),
            Self::Waveshaper(bank) => {
                bank.aim(position, length, f0_hz, values);
                bank.aim_tilt(position, length, tone.tilt);
            }
        }
    }

    /// From `position` on, goes in `length` samples to silence with the pitch it has.
    pub fn fade(&mut self, position: u64, length: u64) {
        of_either!(self, bank => bank.fade(position, length));
    }

    /// From `position` on, holds what it has there.
    pub fn hold(&mut self, position: u64) {
        of_either!(self, bank => bank.hold(position));
    }

    /// Silence at once.
    pub fn stop(&mut self) {
        of_either!(self, bank => bank.stop());
    }

    /// Adds samples from `position` on to `out`.
    pub fn render(&mut self, position: u64, out: &mut [f32]) {
        of_either!(self, bank => bank.render(position, out));
    }

    /// Fundamental at `position`, hertz.
    pub fn f0_hz(&self, position: u64) -> f64 {
        of_either!(self, bank => bank.f0_hz(position))
    }

    /// RMS, linear, full scale = 1.
    pub fn level(&self) -> f32 {
        of_either!(self, bank => bank.level())
    }

    /// Whether all values of a row are finite; if so, brings them into range: amplitudes and presence are not negative.
    pub fn accept(&self, row: &mut [f32]) -> bool {
        if !row.iter().all(|value| value.is_finite()) {
            return false;
        }
        let width = self.width();
        let positive = match self {
            Self::Harmonic(_) => 0..width,
            Self::Waveshaper(_) => width - 1..width,
        };
        row.iter_mut().for_each(|value| *value = value.clamp(-LARGEST_VALUE, LARGEST_VALUE));
        row[positive].iter_mut().for_each(|value| *value = value.max(0.0));
        true
    }
}
