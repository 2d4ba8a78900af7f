//! How much vibrato a note has: what the wheel asks for, and what the recorded players did anyway.
//! Pure, control thread. Tests: `tests/tests/perform_arithmetic/vibrato.rs`, `phrasing.rs`.

use super::ensemble::Voice;
use super::note::Note;
use super::player::Player;
use crate::event::Setting;

/// What [`Setting::NoteVibrato`] adds at 1 at least, cents.
const LEAST_ADDED_CENTS: f32 = 30.0;

/// What a voice adds to pitch and loudness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Deviation {
    pub cents: f32,
    pub db: f32,
}

impl Deviation {
    pub const NONE: Self = Self { cents: 0.0, db: 0.0 };
}

/// The vibrato of one note, for all its voices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vibrato {
    /// How far wheel and note expression ask for it, 0 to 1.
    wheel: f32,
    /// Depth at the most that they can ask for, cents.
    depth: f32,
    /// Time in which that sets in, seconds.
    onset: f64,
    /// How irregular it is, 0 to 1.
    jitter: f32,
    /// How far loudness follows, decibels.
    fluctuation: f32,
    /// Depth that it has as the recorded players had theirs, cents.
    recorded_depth: f32,
    /// Time in which the recorded one sets in, seconds.
    recorded_onset: f64,
    /// Hertz: of both, by their depths.
    pub rate: f32,
}

impl Vibrato {
    pub fn of(player: &Player, note: &Note) -> Self {
        let wheel = player.channels.reading(note).wheel.max(note.expressions.vibrato.value());
        let depth = player.setting(note, Setting::VibratoDepth);
        let rate = player.setting(note, Setting::VibratoRate);
        let onset = f64::from(player.setting(note, Setting::VibratoOnset));
        let jitter = player.setting(note, Setting::VibratoJitter);
        let fluctuation = player.setting(note, Setting::Fluctuation);
        let recorded_onset = onset;
        let plain = Self { wheel, depth, onset, jitter, fluctuation, recorded_depth: 0.0, recorded_onset, rate };
        let Some((manner, natural)) = player.manner(note) else { return plain };
        let recorded = manner.vibrato;
        let more = player.setting(note, Setting::NoteVibrato);
        let added = if more > 0.0 { recorded.depth_cents.max(LEAST_ADDED_CENTS) } else { recorded.depth_cents };
        let recorded_depth = natural * (recorded.depth_cents + more * added);
        if recorded.depth_cents <= 0.0 || recorded_depth <= 0.0 {
            return Self { recorded_depth, ..plain };
        }
        let asked = wheel * depth;
        let rate = (asked * rate + recorded_depth * recorded.rate_hz) / (asked + recorded_depth);
        Self { recorded_depth, recorded_onset: f64::from(recorded.onset_seconds), rate, ..plain }
    }

    /// What it adds to one voice.
    pub fn flutter(&self, voice: &Voice) -> Deviation {
        let jitter = self.jitter;
        let onset = voice.flutter.onset(self.onset);
        let recorded = self.recorded_depth * voice.flutter.onset(self.recorded_onset);
        let (amount, swing) = (self.wheel * onset, voice.flutter.swing(jitter));
        Deviation {
            cents: amount * self.depth * swing + recorded * swing,
            db: amount * self.fluctuation * voice.flutter.fluctuation(jitter),
        }
    }
}
