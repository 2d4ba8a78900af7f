//! What the performer says: which voices begin and end, which notes are over, and what every voice is asked for.
//! Plain data, made and read on the control thread. What holds for all of it is tested in
//! `tests/tests/perform_arithmetic/promises.rs`.

use super::timbre::Timbre;
use crate::event::NoteAddress;
use crate::frame::{Mix, Tone};

/// What one voice is asked for at one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceTarget {
    /// Slot in decoder and banks.
    pub slot: u16,
    /// The note it plays.
    pub note: NoteAddress,
    /// Position of the voice's first frame.
    pub started_at: u64,
    /// Pitch for the model: MIDI, A4 = 440 Hz, whatever the player's reference is, with the timbre's shift. The decoder clamps it.
    pub midi_pitch: f32,
    /// Pitch that sounds, place and tilt.
    pub tone: Tone,
    /// Loudness for the model, within its trained range, decibels.
    pub loudness_db: f32,
    /// Loudness that velocity and controllers ask for, envelope and gesture left out, decibels in the model's measure.
    pub asked_db: f32,
    /// Loudness that is wanted now, within the trained range or not.
    pub wanted_db: f32,
    /// Linear gain of the harmonics: the gate under the trained range, and the harmonic level.
    pub harmonic_gain: f32,
    /// Linear gain of the noise: the gate under the trained range, and the noise level.
    pub noise_gain: f32,
    /// What is done to the decoder's row.
    pub timbre: Timbre,
}

/// What happens between frames. Positions never fall back from one action to the next, but for `at` of an end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// A voice begins, silent, at `at`.
    Start {
        /// A slot that is free at `at`.
        slot: u16,
        /// The note it plays.
        note: NoteAddress,
        /// Seed of its noise.
        seed: u32,
        /// Phase of the fundamental, cycles, 0 to 1.
        phase: f32,
        /// Pitch for the model, MIDI.
        midi_pitch: f32,
        /// Pitch that sounds, place and tilt.
        tone: Tone,
        /// Sample position.
        at: u64,
    },
    /// A voice that began at this very sample begins otherwise: an expression came with its note.
    Amend {
        /// Its slot.
        slot: u16,
        /// Pitch for the model, MIDI.
        midi_pitch: f32,
        /// Pitch that sounds, place and tilt.
        tone: Tone,
        /// Sample position.
        at: u64,
    },
    /// A voice fades out.
    End {
        /// Its slot, busy until `at`.
        slot: u16,
        /// Where the fade begins.
        from: u64,
        /// Where it is silent.
        at: u64,
    },
    /// A note is over: neither key nor pedal hold it, and no voice plays it. Every note-on has one, or a refusal.
    Ended {
        /// The note.
        note: NoteAddress,
        /// Where its last fade begins.
        from: u64,
        /// Where it is silent.
        at: u64,
    },
    /// The mix moves.
    Mix {
        /// Where the way begins.
        from: u64,
        /// Where it is there.
        at: u64,
        /// What it is then.
        mix: Mix,
    },
    /// No slot was free for a note.
    Refused {
        /// The note.
        note: NoteAddress,
        /// Where it would have begun.
        at: u64,
    },
}
