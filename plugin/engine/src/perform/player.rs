//! What holds for all notes: settings, channels, scale, and the loudness that the model can do.
//! Pure, control thread.

use super::LoudnessRange;
use super::channel::Shares;
use super::channels::Channels;
use super::note::{Modulation, Note};
use super::scale::Scale;
use super::settings::Settings;
use crate::event::Setting;
use crate::units::pitch_of_hertz;

/// See the module.
pub struct Player {
    /// Of the instrument that plays.
    pub range: LoudnessRange,
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
    pub fn new(range: LoudnessRange) -> Self {
        let settings = Settings::new();
        let channels = Channels::new(settings.goal(Setting::BendRange), settings.goal(Setting::MpeBendRange));
        Self { range, settings, channels, scale: Scale::new(), modulation: Modulation::new() }
    }

    /// Lets `seconds` pass, whose `shares` are known.
    pub fn advance(&mut self, seconds: f64, shares: &Shares) {
        self.settings.advance(seconds);
        self.channels.advance(shares);
        self.modulation.advance(shares);
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
