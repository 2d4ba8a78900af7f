//! The level of a voice whose decoder is told another pitch than sounds: *Timbre Shift*.
//! On the control thread, without allocation.
//! Promises the loudness that was asked for, in the model's own measure (test: `a_shifted_timbre_has_the_loudness_asked_for`).
//!
//! A decoder gives partials the loudness asked for as the measure weighs them at the pitch that it is told. At the pitch
//! that sounds they are weighed otherwise, where the measure is A-weighted: partials of amplitudes a_k get the gain
//!
//! ```text
//! sqrt(sum of a_k^2 W(k f_told) / sum of a_k^2 W(k f_rest))
//! ```
//!
//! with the weights of the kit (`partial_weights` in `models/timbrel_kit/front_end.py`). f_rest is what the decoder would be told
//! without the shift, so that no shift is no change outside of the trained pitches either.

use crate::model::{FilmShaper, LoudnessMeasure, Metadata};
use crate::perform::VoiceTarget;
use crate::units::{A4_HZ, hertz_of_pitch};

/// Least weight: the kit's `WEIGHT_FLOOR`.
const WEIGHT_FLOOR: f32 = 1e-3;
/// Poles of A-weighting (IEC 61672-1), kilohertz.
const POLES_KHZ: [f32; 4] = [0.020_598_997, 0.107_652_65, 0.737_862_2, 12.194_217];
/// Brings the weight at 1 kHz to 1.
const NORMALISER: f32 = 35_041.38;
/// Most that a level is corrected: 40 dB.
const MOST_GAIN: f32 = 100.0;

/// Fundamentals that the decoder is told and would be told, hertz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pitches {
    told_hz: f32,
    rest_hz: f32,
}

/// For all voices of a model.
pub(super) struct Told {
    measure: LoudnessMeasure,
    /// Trained MIDI pitches.
    low: f32,
    high: f32,
}

impl Told {
    /// For a model with this metadata.
    pub fn new(metadata: &Metadata) -> Self {
        Self { measure: metadata.loudness.measure, low: metadata.pitch.low, high: metadata.pitch.high }
    }

    /// What matters of a voice's pitches; `None` where the level needs nothing.
    pub fn pitches(&self, target: &VoiceTarget) -> Option<Pitches> {
        let shift = target.timbre.shift_semitones;
        if shift == 0.0 {
            return None;
        }
        let hertz = |pitch: f32| hertz_of_pitch(pitch.clamp(self.low, self.high), A4_HZ);
        let pitches = Pitches { told_hz: hertz(target.midi_pitch), rest_hz: hertz(target.midi_pitch - shift) };
        (pitches.told_hz != pitches.rest_hz).then_some(pitches)
    }

    /// Gain of partials, given as linear amplitudes.
    pub fn gain_of_partials(&self, amplitudes: &[f32], pitches: Pitches) -> f32 {
        match self.measure {
            LoudnessMeasure::Power => 1.0,
            LoudnessMeasure::AWeighted => {
                let weighed = |f0_hz: f32| -> f32 {
                    let squares = amplitudes.iter().map(|amplitude| amplitude * amplitude).enumerate();
                    squares.map(|(index, square)| square * weight((index + 1) as f32 * f0_hz)).sum()
                };
                kept(weighed(pitches.told_hz), weighed(pitches.rest_hz))
            }
        }
    }

    /// Gain of what shapers make of a film, whose partials are found from one cycle.
    pub fn gain_of_film(&self, film: &[f32], shaper: &mut FilmShaper, pitches: Pitches) -> f32 {
        let Pitches { told_hz, rest_hz } = pitches;
        match self.measure {
            LoudnessMeasure::Power => {
                kept(shaper.power_and_mean(film, told_hz).0, shaper.power_and_mean(film, rest_hz).0)
            }
            LoudnessMeasure::AWeighted => {
                kept(shaper.weighed_power(film, told_hz, weight), shaper.weighed_power(film, rest_hz, weight))
            }
        }
    }
}

/// Gain that brings the power `found` to `meant`.
fn kept(meant: f32, found: f32) -> f32 {
    if found > 0.0 && meant > 0.0 { (meant / found).sqrt().clamp(1.0 / MOST_GAIN, MOST_GAIN) } else { 1.0 }
}

/// A-weighting of power at a frequency, hertz, with the kit's floor.
pub(super) fn weight(hertz: f32) -> f32 {
    let square = (hertz * 1e-3) * (hertz * 1e-3);
    let [lowest, low, high, highest] = POLES_KHZ.map(|pole| square + pole * pole);
    let ratio = square * square / (lowest * highest);
    NORMALISER * ratio * ratio / (low * high) + WEIGHT_FLOOR
}
