//! One sounding note: its key's state, envelope, vibrato and expressions, and the target they add up to.

use super::channel::{Channel, Shares};
use super::envelope::{Envelope, Shape};
use super::settings::Settings;
use super::smooth::Smoother;
use super::{LoudnessRange, VoiceTarget};
use crate::event::{NoteAddress, Setting};
use crate::frame::Tone;
use crate::units::{db_of_gain, gain_of_db, hertz_of_pitch, pitch_of_hertz};

/// Velocity that every note has where the velocity amount is 0.
const NEUTRAL_VELOCITY: f32 = 100.0 / 127.0;
/// Velocity of MIDI 1, which plays at the model's `soft_db`.
const SOFTEST_VELOCITY: f32 = 1.0 / 127.0;
/// A released voice ends this far below its peak, decibels.
const END_DB: f64 = -96.0;
/// A note has its full vibrato this long after it began, seconds.
const VIBRATO_ONSET: f64 = 0.25;
/// Stands for silence where a gain of zero would give minus infinity, decibels.
const SILENCE_DB: f32 = -240.0;
/// Fundamentals that are rendered, hertz.
const F0_RANGE: (f32, f32) = (4.0, 24_000.0);

/// Why a voice still sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The key is down.
    Down,
    /// The key is up, the sustain pedal holds.
    Pedal,
    /// It is in its release.
    Up,
}

/// One note that sounds.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// The note, channel and key known.
    pub note: NoteAddress,
    /// 0 to 15.
    pub channel: usize,
    /// MIDI key.
    pub pitch: f32,
    /// Slot in decoder and banks.
    pub slot: u16,
    /// 0 to 1.
    pub velocity: f32,
    /// Sample position of its first frame.
    pub started_at: u64,
    /// Why it still sounds.
    pub key: Key,
    /// Loudness over time.
    pub envelope: Envelope,
    /// Pressure on its key, 0 to 1.
    pub pressure: Smoother,
    /// Tuning of this note, semitones.
    pub tuning: Smoother,
    vibrato_phase: f64,
    seconds: f64,
    /// Seconds over which a voice that moved to another instrument fades in, and how many are left.
    fade_in: (f64, f64),
}

impl Voice {
    /// A note that begins at `at`.
    pub fn new(note: NoteAddress, channel: usize, key: u8, slot: u16, velocity: f32, at: u64) -> Self {
        Self {
            note,
            channel,
            pitch: f32::from(key),
            slot,
            velocity,
            started_at: at,
            key: Key::Down,
            envelope: Envelope::new(),
            pressure: Smoother::new(0.0),
            tuning: Smoother::new(0.0),
            vibrato_phase: 0.0,
            seconds: 0.0,
            fade_in: (0.0, 0.0),
        }
    }

    /// Begins anew at `at` in another instrument, fading in over `seconds`; everything else goes on.
    pub fn move_over(&mut self, at: u64, seconds: f64) {
        self.started_at = at;
        self.fade_in = (seconds, seconds);
    }

    /// The key came up and nothing holds the note.
    pub fn release(&mut self) {
        self.key = Key::Up;
        self.envelope.release();
    }

    /// Lets `seconds` pass.
    pub fn advance(&mut self, seconds: f64, shares: &Shares, shape: &Shape, vibrato_rate: f64) {
        self.envelope.advance(seconds, shape);
        self.pressure.advance(shares.controller);
        self.tuning.advance(shares.bend);
        self.vibrato_phase = (self.vibrato_phase + seconds * vibrato_rate).fract();
        self.seconds += seconds;
        self.fade_in.1 = (self.fade_in.1 - seconds).max(0.0);
    }

    /// Whether its release is over.
    pub fn is_over(&self) -> bool {
        self.key == Key::Up && self.envelope.gain() < 10_f64.powf(END_DB / 20.0)
    }

    /// What the model is asked for at the peak of the envelope, decibels.
    fn peak_db(&self, range: &LoudnessRange, settings: &Settings) -> f32 {
        let amount = settings.now(Setting::VelocityAmount);
        let velocity = NEUTRAL_VELOCITY + amount * (self.velocity - NEUTRAL_VELOCITY);
        let share = ((velocity - SOFTEST_VELOCITY) / (1.0 - SOFTEST_VELOCITY)).clamp(0.0, 1.0);
        range.soft_db + share * (range.loud_db - range.soft_db)
    }

    /// Loudness wanted, decibels in the model's measure, before its trained range clamps it. Says how loud the voice is.
    pub fn loudness_db(&self, range: &LoudnessRange, settings: &Settings, channel: &Channel) -> f32 {
        let pressure = self.pressure.value().max(channel.pressure.value());
        let db = self.peak_db(range, settings)
            + db_of_gain(self.envelope.gain() as f32)
            + channel.expression_db()
            + pressure * settings.now(Setting::PressureAmount)
            + settings.now(Setting::Loudness);
        db.max(SILENCE_DB)
    }

    /// Fundamental, hertz.
    pub fn f0_hz(&self, settings: &Settings, channel: &Channel) -> f32 {
        let onset = (self.seconds / VIBRATO_ONSET).min(1.0);
        let onset = 0.5 - 0.5 * (std::f64::consts::PI * onset).cos();
        let sine = (std::f64::consts::TAU * self.vibrato_phase).sin();
        let cents = channel.wheel.value() * settings.now(Setting::VibratoDepth) * (onset * sine) as f32;
        let pitch = self.pitch
            + self.tuning.value()
            + channel.bend.value() * settings.now(Setting::BendRange)
            + settings.now(Setting::Tune)
            + cents / 100.0;
        hertz_of_pitch(pitch, settings.now(Setting::ReferencePitch)).clamp(F0_RANGE.0, F0_RANGE.1)
    }

    /// What decoder and banks are asked for now.
    pub fn target(&self, range: &LoudnessRange, settings: &Settings, channel: &Channel) -> VoiceTarget {
        let f0_hz = self.f0_hz(settings, channel);
        let wanted_db = self.loudness_db(range, settings, channel);
        let loudness_db = wanted_db.clamp(range.low_db, range.high_db);
        // The gate: under the trained range the model is fed its quietest, and the sound is turned down by the rest.
        let gate = if wanted_db <= SILENCE_DB { 0.0 } else { gain_of_db((wanted_db - range.low_db).min(0.0)) };
        let gain = gate * self.fade_in_gain();
        VoiceTarget {
            slot: self.slot,
            note: self.note,
            started_at: self.started_at,
            midi_pitch: pitch_of_hertz(f0_hz),
            tone: Tone::of(f0_hz),
            loudness_db,
            harmonic_gain: gain * gain_of_db(settings.now(Setting::HarmonicLevel)),
            noise_gain: gain * gain_of_db(settings.now(Setting::NoiseLevel)),
        }
    }

    fn fade_in_gain(&self) -> f32 {
        let (whole, left) = self.fade_in;
        if left <= 0.0 {
            return 1.0;
        }
        (0.5 + 0.5 * (std::f64::consts::PI * left / whole).cos()) as f32
    }
}
