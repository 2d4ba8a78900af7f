//! What holds for all notes: settings, channels, scale, and what the instrument is like.
//! Pure, control thread.

use super::channel::Shares;
use super::channels::Channels;
use super::character::{Character, LoudnessRange, Manner};
use super::envelope::Shape;
use super::glide::Glide;
use super::modulation::{Clock, Cycles, Lead, Matrix, Phase, lfo_without_notes};
use super::note::{Modulation, Note};
use super::scale::Scale;
use super::settings::Settings;
use super::smooth::Smoother;
use crate::event::Setting;
use crate::frame::Mix;
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
    /// The host's modulation that means every note.
    pub modulation: Modulation,
    /// The host's beat.
    pub clock: Clock,
    /// What moves what.
    pub(super) matrix: Matrix,
    /// The LFOs that run for all notes.
    pub(super) cycles: Cycles,
    /// What moves settings that all notes share.
    pub(super) lead: Lead,
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
            clock: Clock::new(0),
            matrix: Matrix::new(),
            cycles: Cycles::NONE,
            lead: Lead::NOBODY,
        }
    }

    /// LFOs and beats begin again at `origin`. The matrix stays.
    pub fn restart(&mut self, origin: u64) {
        self.clock = Clock::new(origin);
        self.cycles = Cycles::NONE;
        self.lead = Lead::NOBODY;
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

    /// No note sounds: of what moves settings, the LFOs that need none go on.
    pub(super) fn stand(&mut self) {
        let Self { settings, clock, matrix, cycles, lead, .. } = self;
        let offsets = *lead;
        let setting = |setting: Setting| shared(settings, matrix, &offsets, setting);
        lead.stand(|index| lfo_without_notes(index, cycles, clock, setting).map(|phase| phase.value()));
    }

    /// Lets `seconds` pass, whose `shares` are known.
    pub fn advance(&mut self, seconds: f64, shares: &Shares) {
        let Self { settings, clock, matrix, lead, .. } = &*self;
        let mut cycles = self.cycles;
        cycles.advance(seconds, clock, |setting| shared(settings, matrix, lead, setting));
        self.cycles = cycles;
        self.lead.advance(shares.controller);
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
        self.matrix.moved(setting, self.settings.now(setting) + offset, &note.offsets).clamp(least, greatest)
    }

    /// A setting as notes begin with it: with what the host moves for all, and without the matrix.
    pub fn general(&self, setting: Setting) -> f32 {
        let (least, greatest) = setting.range();
        (self.settings.now(setting) + self.modulation.offset(setting)).clamp(least, greatest)
    }

    /// Where an LFO is while no note sounds, if it needs none.
    pub(super) fn lfo_without_notes(&self, index: usize) -> Option<Phase> {
        lfo_without_notes(index, &self.cycles, &self.clock, |setting| self.shared(setting))
    }

    /// A setting that all notes share, with what the matrix makes of it for the note struck last.
    pub fn shared(&self, setting: Setting) -> f32 {
        shared(&self.settings, &self.matrix, &self.lead, setting)
    }

    /// Times and level of the loudness envelope for one note, where the settings say `plain`.
    pub fn shape(&self, note: &Note, plain: &Shape) -> Shape {
        if !self.matrix.moves_envelope() {
            return *plain;
        }
        // Times as they were set last: a time that is on its way bends nothing.
        let time = |setting: Setting| {
            let (least, greatest) = setting.range();
            let moved = self.matrix.moved(setting, self.settings.goal(setting), &note.offsets);
            f64::from(moved.clamp(least, greatest))
        };
        Shape {
            attack: time(Setting::Attack),
            decay: time(Setting::Decay),
            sustain: f64::from(gain_of_db(self.setting(note, Setting::Sustain))),
            release: time(Setting::Release),
        }
    }

    /// The way to a note's pitch from `offset` semitones away.
    pub fn glide(&self, note: &Note, offset: f32) -> Glide {
        // As it was set last.
        let (least, greatest) = Setting::GlideTime.range();
        let seconds = self.matrix.moved(Setting::GlideTime, self.settings.goal(Setting::GlideTime), &note.offsets);
        Glide::over(offset, f64::from(seconds.clamp(least, greatest)), self.settings.glide_mode())
    }

    /// The mix: on its way where the matrix moves it, else as it was set last.
    pub fn mix(&self) -> Mix {
        if !self.matrix.moves_mix() {
            return self.settings.mix();
        }
        Mix {
            gain: gain_of_db(self.shared(Setting::OutputGain)),
            room: self.shared(Setting::RoomMix),
            room_size: self.shared(Setting::RoomSize),
            room_decay: self.shared(Setting::RoomDecay),
            width: self.shared(Setting::Width),
            limiter: self.settings.mix().limiter,
        }
    }

    /// Pitch of a note's key, MIDI semitones at A4 = 440 Hz.
    pub fn key_pitch(&self, note: &Note) -> f32 {
        note.pitch.at(pitch_of_hertz(self.setting(note, Setting::ReferencePitch)) - crate::units::A4_PITCH)
    }

    /// What is added to the pitch of a note's key, semitones: its tuning, the transposition and the bends.
    pub fn pitch_offset(&self, note: &Note) -> f32 {
        note.expressions.tuning.value() + self.setting(note, Setting::Tune) + self.channels.reading(note).bend
    }
}

fn shared(settings: &Settings, matrix: &Matrix, lead: &Lead, setting: Setting) -> f32 {
    let (least, greatest) = setting.range();
    matrix.moved(setting, settings.now(setting), lead.offsets()).clamp(least, greatest)
}
