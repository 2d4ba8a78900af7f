//! What holds for all notes: settings, channels, scale, and what the instrument is like.
//! Pure, control thread.

use super::channel::Shares;
use super::channels::Channels;
use super::character::{Character, LoudnessRange, Manner};
use super::note::{Modulation, Note};
use super::scale::Scale;
use super::settings::Settings;
use super::smooth::Smoother;
use crate::event::Setting;
use crate::units::{gain_of_db, pitch_of_hertz};

/// Less is none: 0.02 dB where the envelope is silent.
const LEAST_NATURAL: f32 = 1e-4;

/// See the module.
pub struct Player {
    character: Character,
    /// 1, or on its way to 0 where the performance network failed.
    trust: Smoother,
    /// Parameters.
    pub settings: Settings,
    /// MIDI.
    pub channels: Channels,
    /// Pitches of the keys.
    pub scale: Scale,
    /// Modulation that means every note.
    pub modulation: Modulation,
}

impl Player {
    /// Everything at rest.
    pub fn new(character: Character) -> Self {
        let settings = Settings::new();
        let channels = Channels::new(settings.goal(Setting::BendRange), settings.goal(Setting::MpeBendRange));
        Self {
            character,
            trust: Smoother::new(1.0),
            settings,
            channels,
            scale: Scale::new(),
            modulation: Modulation::new(),
        }
    }

    /// Another instrument plays.
    pub fn take_up(&mut self, character: Character) {
        self.character = character;
        self.trust = Smoother::new(1.0);
    }

    /// The loudness of the instrument.
    pub fn range(&self) -> &LoudnessRange {
        &self.character.range
    }

    /// What brings the instrument in line with others, as a linear gain.
    pub fn matching_gain(&self) -> f32 {
        gain_of_db(self.character.matching.gain_db)
    }

    /// The same as a tilt at a MIDI pitch and a loudness, decibels per octave.
    pub fn matching_tilt(&self, midi_pitch: f32, loudness_db: f32) -> f32 {
        self.character.matching.tilt.at(midi_pitch, self.character.range.dynamics(loudness_db))
    }

    /// Nobody knows any more how notes are shaped: from here on they are plain, until another instrument plays.
    pub fn play_plain(&mut self) {
        self.trust.aim(0.0);
    }

    /// How the recorded players play, and how far a note follows them, 0 to 1; `None` where it is plain.
    pub fn manner(&self, note: &Note) -> Option<(Manner, f32)> {
        let manner = self.character.manner?;
        let natural = self.trust.value() * self.setting(note, Setting::Natural);
        (natural >= LEAST_NATURAL).then_some((manner, natural))
    }

    /// Lets `seconds` pass, whose `shares` are known.
    pub fn advance(&mut self, seconds: f64, shares: &Shares) {
        self.settings.advance(seconds);
        self.channels.advance(shares);
        self.modulation.advance(shares);
        self.trust.advance(shares.controller);
    }

    /// Everything is where it was going.
    pub fn snap(&mut self) {
        self.settings.snap();
        self.modulation.snap();
        self.trust.snap();
    }

    /// A setting as it is for one note, modulation and all.
    pub fn setting(&self, note: &Note, setting: Setting) -> f32 {
        let (least, greatest) = setting.range();
        let offset = self.modulation.offset(setting) + note.modulation.offset(setting);
        (self.settings.now(setting) + offset).clamp(least, greatest)
    }

    /// Pitch of a note's key, MIDI semitones at A4 = 440 Hz.
    pub fn key_pitch(&self, note: &Note) -> f32 {
        note.pitch.at(pitch_of_hertz(self.settings.now(Setting::ReferencePitch)) - crate::units::A4_PITCH)
    }

    /// What is added to the pitch of a note's key, semitones: its tuning, the transposition and the bends.
    pub fn pitch_offset(&self, note: &Note) -> f32 {
        note.expressions.tuning.value() + self.setting(note, Setting::Tune) + self.channels.reading(note).bend
    }
}
