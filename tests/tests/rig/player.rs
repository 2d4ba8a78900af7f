//! How a fake instrument's players shape their notes, known analytically.

use timbrel_engine::model::{Gesture, GestureRequest, Performance, RecordedVibrato};

/// Time of an attack, seconds.
pub const ATTACK: f32 = 0.1;
/// Where it begins, decibels.
pub const ATTACK_DB: f32 = -30.0;
/// Where its pitch begins, cents.
pub const ATTACK_CENTS: f32 = -40.0;
/// How fast a released note falls, decibels a second.
pub const RELEASE_DB: f32 = 200.0;
/// What full attack noise adds at the beginning, decibels.
pub const NOISE_DB: f32 = 12.0;

/// A straight attack in decibels and cents, a level note, a straight release down to -60 dB.
#[derive(Clone, Copy)]
pub struct FakePlayer {
    pub loudness_spread_db: f32,
    pub pitch_spread_cents: f32,
    /// Correlation of both, seconds.
    pub seconds: f32,
    pub vibrato: RecordedVibrato,
    /// A released note never falls.
    pub endless: bool,
}

impl FakePlayer {
    /// Without spread or vibrato.
    pub const PLAIN: Self = Self {
        loudness_spread_db: 0.0,
        pitch_spread_cents: 0.0,
        seconds: 0.2,
        vibrato: RecordedVibrato { depth_cents: 0.0, rate_hz: 0.0, onset_seconds: 0.0 },
        endless: false,
    };

    pub fn performance(&self) -> Performance {
        Performance {
            states: Vec::new(),
            loudness_seconds: self.seconds,
            pitch_seconds: self.seconds,
            vibrato: self.vibrato,
        }
    }

    pub fn gesture(&self, request: &GestureRequest) -> Gesture {
        assert!((0.0..=60.0).contains(&request.since_on) && (0.0..=60.0).contains(&request.since_off));
        assert!((-0.25..=1.25).contains(&request.dynamics) && request.midi_pitch.is_finite());
        assert!(!request.gate || request.since_off == 0.0, "{request:?}");
        assert!(request.since_off <= request.since_on, "{request:?}");
        let attack = ATTACK * (1.0 + 0.5 * request.peak_position);
        let missing = 1.0 - (request.since_on / attack).min(1.0);
        let fallen = if self.endless { 0.0 } else { RELEASE_DB * request.since_off };
        Gesture {
            loudness_db: (ATTACK_DB * missing - fallen).max(-60.0),
            pitch_cents: ATTACK_CENTS * missing,
            loudness_spread_db: self.loudness_spread_db,
            pitch_spread_cents: self.pitch_spread_cents,
            noise_db: NOISE_DB * request.attack_noise * missing,
        }
    }
}
