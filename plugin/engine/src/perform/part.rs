//! What plays one note, or in the modes of one voice one note after another: envelope, glide, the voices in unison, and the
//! targets that they, the settings and the controllers add up to.
//! Pure, control thread. Tests: `tests/tests/perform_*.rs`.

use super::VoiceTarget;
use super::channel::{Reading, Shares, expression_db};
use super::ensemble::{Ensemble, Voice};
use super::envelope::{Envelope, Shape};
use super::glide::Glide;
use super::note::Note;
use super::player::Player;
use super::smooth::Smoother;
use crate::event::Setting;
use crate::frame::Tone;
use crate::units::{A4_HZ, db_of_gain, gain_of_db, hertz_of_pitch, pitch_of_hertz};

/// Velocity that every note has where the velocity amount is 0, and whose attack is the one that is set.
const NEUTRAL_VELOCITY: f32 = 100.0 / 127.0;
/// Velocity of MIDI 1, which plays at the model's `soft_db`.
const SOFTEST_VELOCITY: f32 = 1.0 / 127.0;
/// Octaves of attack time between velocity 0 and 1 at full [`Setting::VelocityToAttack`]: a factor of 8.
const ATTACK_OCTAVES: f32 = 3.0;
/// A released note ends this far below its peak, decibels.
const END_DB: f64 = -96.0;
/// Stands for silence where a gain of zero would give minus infinity, decibels.
const SILENCE_DB: f32 = -240.0;
/// Fundamentals that are rendered, hertz.
const F0_RANGE: (f32, f32) = (4.0, 24_000.0);
/// Key in the middle of a piano, and keys from there to its ends.
const MIDDLE_KEY: f32 = 64.5;
const HALF_KEYBOARD: f32 = 43.5;

/// How a part comes by its notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It plays one note, and is over with it.
    Note,
    /// It plays the held notes one after another.
    Line,
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The note that it plays.
    pub note: Note,
    /// How it comes by the next.
    pub role: Role,
    /// Sample position of its first frame.
    pub started_at: u64,
    /// The way from the note before.
    pub glide: Glide,
    /// Its voices.
    pub ensemble: Ensemble,
    envelope: Envelope,
    /// What the note before left behind, on its way to nothing.
    carried: Carried,
    /// Seconds over which a part that moved to another instrument fades in, and how many are left.
    fade_in: (f64, f64),
}

impl Part {
    /// Begins at `at`.
    pub fn new(note: Note, role: Role, glide: Glide, ensemble: Ensemble, at: u64) -> Self {
        Self {
            note,
            role,
            started_at: at,
            glide,
            ensemble,
            envelope: Envelope::new(),
            carried: Carried::nothing(),
            fade_in: (0.0, 0.0),
        }
    }

    /// Begins anew at `at` in another instrument, fading in over `seconds`; everything else goes on.
    pub fn move_over(&mut self, at: u64, seconds: f64) {
        self.started_at = at;
        self.fade_in = (seconds, seconds);
    }

    /// Plays `note` from here on, without a step in loudness, colour or place; gives the one before back. The pitch is
    /// the caller's business.
    pub fn take_over(&mut self, note: Note, player: &Player) -> Note {
        let before = self.level(player);
        self.carried = Carried::nothing();
        let old = std::mem::replace(&mut self.note, note);
        self.carried = Carried::from(&before, &self.level(player));
        old
    }

    /// The envelope rises again from where it is, and the vibrato sets in anew.
    pub fn attack(&mut self) {
        self.envelope.attack();
        self.ensemble.begin_anew();
    }

    /// Neither key nor pedal hold the note.
    pub fn release(&mut self) {
        self.envelope.release();
    }

    /// Whether it is in its release.
    pub fn is_released(&self) -> bool {
        self.envelope.is_released()
    }

    /// Whether its release is over.
    pub fn is_over(&self) -> bool {
        self.is_released() && self.envelope.gain() < 10_f64.powf(END_DB / 20.0)
    }

    /// Lets `seconds` pass.
    pub fn advance(&mut self, seconds: f64, shares: &Shares, shape: &Shape, player: &Player) {
        let settings = &player.settings;
        let hurry = settings.now(Setting::VelocityToAttack) * (NEUTRAL_VELOCITY - self.note.velocity);
        let attack = shape.attack * f64::from((ATTACK_OCTAVES * hurry).exp2());
        self.envelope.advance(seconds, &Shape { attack, ..*shape });
        self.note.advance(shares);
        self.glide.advance(seconds);
        self.ensemble.advance(seconds, f64::from(settings.now(Setting::VibratoRate)));
        self.carried.advance(shares);
        self.fade_in.1 = (self.fade_in.1 - seconds).max(0.0);
    }

    /// How loud it is now, decibels: what decides who is stolen.
    pub fn heard_db(&self, player: &Player) -> f32 {
        let level = self.level(player);
        let db = level.loudness_db + db_of_gain(self.envelope.gain() as f32) + db_of_gain(level.tone_gain);
        db.max(SILENCE_DB)
    }

    /// Pitch without vibrato and detuning, MIDI semitones at A4 = 440 Hz.
    pub fn pitch(&self, player: &Player) -> f32 {
        player.key_pitch(&self.note) + player.pitch_offset(&self.note) + self.glide.offset()
    }

    /// What decoder and banks are asked for now, for each voice.
    pub fn targets<'a>(&'a self, player: &'a Player) -> impl Iterator<Item = VoiceTarget> + 'a {
        let level = self.level(player);
        let pitch = self.pitch(player);
        let vibrato = player.channels.reading(&self.note).wheel.max(self.note.expressions.vibrato.value());
        let envelope_db = db_of_gain(self.envelope.gain() as f32);
        let fade_in = self.fade_in_gain();
        self.ensemble.voices().map(move |voice| {
            let flutter = Fluttering::of(voice, vibrato, player, &self.note);
            let detune = voice.place * player.settings.now(Setting::UnisonDetune);
            let pitch = pitch + (detune + flutter.cents) / 100.0;
            let f0_hz = hertz_of_pitch(pitch, A4_HZ).clamp(F0_RANGE.0, F0_RANGE.1);
            let pan = level.pan + voice.place * player.settings.now(Setting::UnisonSpread);
            let range = &player.range;
            let wanted_db = (level.loudness_db + envelope_db + flutter.db).max(SILENCE_DB);
            // The gate: under the trained range the model is fed its quietest, and the sound is turned down by the rest.
            let gate = if wanted_db <= SILENCE_DB { 0.0 } else { gain_of_db((wanted_db - range.low_db).min(0.0)) };
            VoiceTarget {
                slot: voice.slot,
                note: self.note.address,
                started_at: self.started_at,
                midi_pitch: pitch_of_hertz(f0_hz),
                tone: Tone { f0_hz, pan: pan.clamp(-1.0, 1.0), tilt: level.tilt },
                loudness_db: wanted_db.clamp(range.low_db, range.high_db),
                harmonic_gain: gate * fade_in * level.tone_gain,
                noise_gain: gate * fade_in * level.noise_gain,
            }
        })
    }

    fn level(&self, player: &Player) -> Level {
        let (note, own) = (&self.note, &self.note.expressions);
        let reading = player.channels.reading(note);
        let gain = own.volume.value() * reading.gain * self.ensemble.compensation();
        let tone_db = player.setting(note, Setting::HarmonicLevel);
        let noise_db = player.setting(note, Setting::NoiseLevel) + reading.noise_db;
        let spread = ((f32::from(note.key) - MIDDLE_KEY) / HALF_KEYBOARD).clamp(-1.0, 1.0);
        let carried = &self.carried;
        Level {
            loudness_db: self.loudness_db(player, &reading) + carried.loudness_db.value(),
            // What is carried may be more than is left where the level falls meanwhile.
            tone_gain: (gain * gain_of_db(tone_db) + carried.tone_gain.value()).max(0.0),
            noise_gain: (gain * gain_of_db(noise_db) + carried.noise_gain.value()).max(0.0),
            pan: player.setting(note, Setting::Pan)
                + reading.pan
                + own.pan.value()
                + spread * player.settings.now(Setting::KeySpread)
                + carried.pan.value(),
            tilt: (tilt(player, note, &reading) + carried.tilt.value()).clamp(-MOST_TILT, MOST_TILT),
        }
    }

    /// Loudness wanted at the peak of the envelope, decibels in the model's measure.
    fn loudness_db(&self, player: &Player, reading: &Reading) -> f32 {
        let (note, settings) = (&self.note, &player.settings);
        let amount = settings.now(Setting::VelocityAmount);
        let velocity = NEUTRAL_VELOCITY + amount * (note.velocity - NEUTRAL_VELOCITY);
        let share = ((velocity - SOFTEST_VELOCITY) / (1.0 - SOFTEST_VELOCITY)).clamp(0.0, 1.0);
        let pressure = note.expressions.pressure.value().max(reading.pressure);
        let range = &player.range;
        range.soft_db
            + share * (range.loud_db - range.soft_db)
            + reading.loudness_db
            + expression_db(note.expressions.expression.value())
            + pressure * settings.now(Setting::PressureAmount)
            + player.setting(note, Setting::Loudness)
            - if note.soft { settings.now(Setting::SoftPedal) } else { 0.0 }
    }

    fn fade_in_gain(&self) -> f32 {
        let (whole, left) = self.fade_in;
        if left <= 0.0 {
            return 1.0;
        }
        (0.5 + 0.5 * (std::f64::consts::PI * left / whole).cos()) as f32
    }
}

/// Steepest tilt, decibels per octave.
const MOST_TILT: f32 = 6.0;

/// Tilt that the settings, CC74 and the note's own brightness add up to, decibels per octave.
fn tilt(player: &Player, note: &Note, reading: &Reading) -> f32 {
    let own = (note.expressions.brightness.value() - 0.5) * 2.0;
    let timbre = (reading.timbre + own) * player.settings.now(Setting::TimbreAmount);
    (player.setting(note, Setting::Brightness) + timbre).clamp(-MOST_TILT, MOST_TILT)
}

/// What a voice's vibrato adds.
struct Fluttering {
    cents: f32,
    db: f32,
}

impl Fluttering {
    fn of(voice: &Voice, vibrato: f32, player: &Player, note: &Note) -> Self {
        let settings = &player.settings;
        let jitter = settings.now(Setting::VibratoJitter);
        let amount = vibrato * voice.flutter.onset(f64::from(settings.now(Setting::VibratoOnset)));
        Self {
            cents: amount * player.setting(note, Setting::VibratoDepth) * voice.flutter.swing(jitter),
            db: amount * settings.now(Setting::Fluctuation) * voice.flutter.fluctuation(jitter),
        }
    }
}

/// What a part sounds like but for envelope and vibrato.
struct Level {
    loudness_db: f32,
    tone_gain: f32,
    noise_gain: f32,
    pan: f32,
    tilt: f32,
}

/// The difference between the note before and this one, on its way to zero.
#[derive(Clone, Copy, Debug)]
struct Carried {
    loudness_db: Smoother,
    tone_gain: Smoother,
    noise_gain: Smoother,
    pan: Smoother,
    tilt: Smoother,
}

impl Carried {
    fn nothing() -> Self {
        let zero = Smoother::new(0.0);
        Self { loudness_db: zero, tone_gain: zero, noise_gain: zero, pan: zero, tilt: zero }
    }

    fn from(before: &Level, after: &Level) -> Self {
        let fading = |difference: f32| {
            let mut smoother = Smoother::new(difference);
            smoother.aim(0.0);
            smoother
        };
        Self {
            loudness_db: fading(before.loudness_db - after.loudness_db),
            tone_gain: fading(before.tone_gain - after.tone_gain),
            noise_gain: fading(before.noise_gain - after.noise_gain),
            pan: fading(before.pan - after.pan),
            tilt: fading(before.tilt - after.tilt),
        }
    }

    fn advance(&mut self, shares: &Shares) {
        let Self { loudness_db, tone_gain, noise_gain, pan, tilt } = self;
        for value in [loudness_db, tone_gain, noise_gain, pan, tilt] {
            value.advance(shares.controller);
        }
    }
}
