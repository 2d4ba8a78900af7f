//! What the second instrument is asked where the first is asked something, and what its answer needs beside the first's.
//! Pure, control thread.
//! Promises the loudness of the same dynamics, the decibels of envelope and gesture, and the second's own matching
//! (tests: `the_second_is_asked_for_the_same_dynamics`, `the_ends_of_a_morph_are_the_instruments`).

use crate::model::{LatentDimension, MAX_LATENT, Matching, Metadata, StepRequest};
use crate::units::{gain_of_db, pitch_of_hertz};

/// Everything is silent under this, decibels: what the performer sends instead of minus infinity.
const SILENCE_DB: f32 = -240.0;

/// The loudness range of an instrument, decibels in its own measure, and what brings it in line with others.
#[derive(Clone, Debug)]
struct Side {
    low_db: f32,
    soft_db: f32,
    loud_db: f32,
    matching: Matching,
}

impl Side {
    fn of(metadata: &Metadata) -> Self {
        let loudness = &metadata.loudness;
        Self {
            low_db: loudness.low_db,
            soft_db: loudness.soft_db,
            loud_db: loudness.loud_db,
            matching: metadata.matching.clone(),
        }
    }

    /// 0 at the softest velocity, 1 at the loudest, straight on beyond.
    fn dynamics(&self, db: f32) -> f32 {
        (db - self.soft_db) / (self.loud_db - self.soft_db)
    }

    /// What is missing down to a loudness under the trained range, decibels, 0 or less.
    fn gate_db(&self, wanted_db: f32) -> f32 {
        (wanted_db - self.low_db).min(0.0)
    }
}

/// What belongs to a row of the second, so that it plays beside the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trim {
    /// Linear gain of all of it.
    pub gain: f32,
    /// Tilt of its partials at the same power, decibels per octave.
    pub tilt: f32,
}

/// See the module.
pub struct Counterpart {
    first: Side,
    second: Side,
    /// The second's.
    latent: Vec<LatentDimension>,
}

impl Counterpart {
    /// Of two instruments.
    pub fn new(first: &Metadata, second: &Metadata) -> Self {
        Self { first: Side::of(first), second: Side::of(second), latent: second.latent.clone() }
    }

    /// The second's question.
    pub fn question(&self, request: &StepRequest) -> StepRequest {
        let mut latent = [0.0; MAX_LATENT];
        for ((value, dimension), place) in latent.iter_mut().zip(&self.latent).zip(request.aim.latent) {
            *value = dimension.at(place);
        }
        StepRequest { loudness_db: self.loudness_db(request), latent, ..*request }
    }

    /// Loudness for the second, decibels in its measure: what velocity and controllers ask for as the same dynamics, and what
    /// the note does around that as the same decibels. Beyond the softest and the loudest velocity decibels are decibels, so that
    /// an instrument of little range fades as far as one of much.
    fn loudness_db(&self, request: &StepRequest) -> f32 {
        let Self { first, second, .. } = self;
        let dynamics = first.dynamics(request.aim.asked_db);
        let within = dynamics.clamp(0.0, 1.0);
        let beyond_db = (dynamics - within) * (first.loud_db - first.soft_db);
        second.soft_db
            + within * (second.loud_db - second.soft_db)
            + beyond_db
            + (request.aim.wanted_db - request.aim.asked_db)
    }

    /// What the second's row needs.
    pub fn trim(&self, request: &StepRequest) -> Trim {
        let Self { first, second, .. } = self;
        let wanted_db = self.loudness_db(request);
        // The conductor turns the row down by what the first misses; the second misses something else.
        let gate_db = if request.aim.wanted_db <= SILENCE_DB {
            0.0
        } else {
            second.gate_db(wanted_db) - first.gate_db(request.aim.wanted_db)
        };
        let asked = first.dynamics(request.aim.asked_db);
        let pitch = pitch_of_hertz(request.aim.f0_hz);
        let tilt = |side: &Side| side.matching.tilt.at(pitch, asked);
        Trim {
            gain: gain_of_db(gate_db + second.matching.gain_db - first.matching.gain_db),
            tilt: tilt(second) - tilt(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Metadata, TiltTable};

    fn metadata(low_db: f32, soft_db: f32, loud_db: f32, latent: &str) -> Metadata {
        let text = format!(
            r#"{{"format_version": 1, "family": "ddsp", "name": "Fake", "author": "test", "licence": "CC0-1.0",
            "trained_on": "nothing", "sample_rate": 48000, "hop": 192,
            "pitch": {{"unit": "midi", "scale": 0.0078125, "offset": 0.0, "low": 30, "high": 90}},
            "loudness": {{"measure": "a_weighted", "scale": 0.0125, "offset": 1.0, "low_db": {low_db}, "high_db": 0,
                "soft_db": {soft_db}, "loud_db": {loud_db}}},
            "latent": [{latent}], "harmonics": 4, "noise_bands": 5, "states": [], "impulse_response": null,
            "parity_sha256": "{}"}}"#,
            "0".repeat(64)
        );
        Metadata::parse(&text).unwrap()
    }

    fn request(asked_db: f32, wanted_db: f32) -> StepRequest {
        let plain = StepRequest::of(0, 60.0, wanted_db);
        StepRequest { aim: crate::model::Aim { asked_db, wanted_db, ..plain.aim }, ..plain }
    }

    #[test]
    fn the_second_is_asked_for_the_same_dynamics() {
        // 30 dB between soft and loud in the first, 12 in the second.
        let pair = Counterpart::new(&metadata(-60.0, -40.0, -10.0, ""), &metadata(-50.0, -30.0, -18.0, ""));
        let cases = [
            // At its ends and in the middle of its velocities.
            (-40.0, -40.0, -30.0),
            (-10.0, -10.0, -18.0),
            (-25.0, -25.0, -24.0),
            // Louder than the loudest, softer than the softest.
            (-4.0, -4.0, -12.0),
            (-46.0, -46.0, -36.0),
            // What the note does around that is the same decibels.
            (-25.0, -32.0, -31.0),
            (-25.0, -95.0, -94.0),
        ];
        for (asked_db, wanted_db, expected_db) in cases {
            let found_db = pair.question(&request(asked_db, wanted_db)).loudness_db;
            println!("asked {asked_db}, wanted {wanted_db}: the second is asked for {found_db}");
            assert!((found_db - expected_db).abs() < 1e-4);
        }
    }

    #[test]
    fn what_the_first_misses_is_not_taken_from_the_second_twice() {
        let pair = Counterpart::new(&metadata(-60.0, -40.0, -10.0, ""), &metadata(-50.0, -30.0, -18.0, ""));
        // The second is wanted at -94, 44 dB under its range; the conductor takes 35 dB for the first's sake.
        let trim = pair.trim(&request(-25.0, -95.0));
        assert!((20.0 * trim.gain.log10() + 9.0).abs() < 1e-3);
        assert_eq!(pair.trim(&request(-25.0, -25.0)).gain, 1.0);
    }

    #[test]
    fn the_second_is_matched_by_its_own_figures() {
        let (mut first, mut second) = (metadata(-60.0, -40.0, -10.0, ""), metadata(-60.0, -40.0, -10.0, ""));
        first.matching = Matching { gain_db: 2.0, tilt: TiltTable::new(30.0, 90.0, 1, vec![0.5, 0.5]) };
        second.matching = Matching { gain_db: -4.0, tilt: TiltTable::new(30.0, 90.0, 1, vec![-1.0, 1.0]) };
        let trim = Counterpart::new(&first, &second).trim(&request(-25.0, -25.0));
        println!("{trim:?}");
        assert!((20.0 * trim.gain.log10() + 6.0).abs() < 1e-3 && (trim.tilt + 0.5).abs() < 1e-4);
    }

    #[test]
    fn places_are_the_seconds_own_latent_values() {
        let latent = r#"{"name": "breath", "low": -3, "high": 1, "default": 0}, {"name": "bow", "low": 2, "high": 6, "default": 5}"#;
        let pair = Counterpart::new(&metadata(-60.0, -40.0, -10.0, ""), &metadata(-60.0, -40.0, -10.0, latent));
        let mut asked = request(-20.0, -20.0);
        for (place, expected) in [(-1.0, [-3.0, 2.0]), (0.0, [0.0, 5.0]), (1.0, [1.0, 6.0]), (0.5, [0.5, 5.5])] {
            asked.aim.latent[..2].fill(place);
            assert_eq!(pair.question(&asked).latent[..2], expected);
        }
    }
}
