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
