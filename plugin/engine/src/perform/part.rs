//! What plays one note, or in the modes of one voice one note after another: envelope, glide, the voices in unison, and the
//! targets that they, the settings and the controllers add up to.
//! Pure, control thread. Tests: `tests/tests/perform_*.rs`.

use super::VoiceTarget;
use super::chance::{hash, uniform};
use super::channel::{Reading, Shares, expression_db};
use super::character::Manner;
use super::dynamics::{self, NEUTRAL_VELOCITY, share_of_velocity};
use super::ensemble::{Ensemble, Voice};
use super::envelope::{Envelope, Shape};
use super::glide::Glide;
use super::modulation::{Modulators, Phase, Sources};
use super::note::Note;
use super::phrasing::{Phrasing, drift};
use super::player::Player;
use super::smooth::Smoother;
use super::timbre::{LATENTS, Timbre};
use super::vibrato::{Deviation, Vibrato};
use crate::event::{ModulationSource, Setting};
use crate::frame::Tone;
use crate::model::{FilmShape, Gesture, GestureRequest, LONGEST_SECONDS};
use crate::units::{A4_HZ, db_of_gain, gain_of_db, hertz_of_pitch, pitch_of_hertz, stiffness_of_cents};

/// Octaves of attack time between velocity 0 and 1 at full [`Setting::VelocityToAttack`]: a factor of 8.
const ATTACK_OCTAVES: f32 = 3.0;
/// A released note ends this far below its peak, decibels.
const END_DB: f64 = -96.0;
/// Stands for silence where a gain of zero would give minus infinity, decibels.
const SILENCE_DB: f32 = -240.0;
/// Noise that all of [`Setting::AttackNoise`] adds at the beginning of a plain note, decibels, ...
const ATTACK_NOISE_DB: f32 = 12.0;
/// ... and how long until none of it is left, seconds.
const ATTACK_NOISE_SECONDS: f64 = 0.08;
/// Fundamentals that are rendered, hertz.
const F0_RANGE: (f32, f32) = (4.0, 24_000.0);
/// The places in the latent dimensions, in their order.
const LATENT_SETTINGS: [Setting; LATENTS] = [Setting::Latent1, Setting::Latent2, Setting::Latent3, Setting::Latent4];
/// Key at which [`ModulationSource::Key`] is 0, and keys from there to 1.
const ZERO_KEY: f32 = 60.0;
const KEYS_TO_ONE: f32 = 48.0;
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
    /// How the recorded players would shape its note.
    pub phrasing: Phrasing,
    envelope: Envelope,
    modulators: Modulators,
    /// What the note before left behind, on its way to nothing.
    carried: Carried,
    /// Seconds over which a part that moved to another instrument fades in, and how many are left.
    fade_in: (f64, f64),
}

impl Part {
    /// Begins at `at`.
    pub fn new(note: Note, role: Role, ensemble: Ensemble, at: u64) -> Self {
        Self {
            note,
            role,
            started_at: at,
            glide: Glide::NONE,
            ensemble,
            phrasing: Phrasing::new(),
            envelope: Envelope::new(),
            modulators: Modulators::new(),
            carried: Carried::nothing(),
            fade_in: (0.0, 0.0),
        }
    }

    /// Begins anew at `at` in another instrument, fading in over `seconds`; everything else goes on.
    pub fn move_over(&mut self, at: u64, seconds: f64) {
        self.started_at = at;
        self.fade_in = (seconds, seconds);
        self.phrasing.move_over();
    }

    /// Plays `note` from here on, without a step in loudness, colour or place; gives the one before back. The pitch is
    /// the caller's business.
    pub fn take_over(&mut self, note: Note, player: &Player) -> Note {
        self.phrasing.carry();
        let before = self.level(player);
        self.carried = Carried::nothing();
        let mut old = self.note;
        self.change_smoothly(player, |part| {
            // What the matrix does goes on from where it is.
            old = std::mem::replace(&mut part.note, Note { offsets: old.offsets, ..note });
        });
        self.carried = Carried::from(&before, &self.level(player));
        old
    }

    /// The envelopes rise again from where they are, and vibrato and LFOs set in anew.
    pub fn attack(&mut self, player: &Player) {
        self.change_smoothly(player, |part| {
            part.envelope.attack();
            part.phrasing.strike();
            part.ensemble.begin_anew();
            part.modulators.strike();
        });
    }

    /// Changes what sources of modulation come from; the difference fades.
    fn change_smoothly(&mut self, player: &Player, change: impl FnOnce(&mut Self)) {
        if player.matrix.is_empty() {
            change(self);
            return;
        }
        let before = self.sources(player);
        change(self);
        self.modulators.carry(&before, &self.fresh_sources(player));
    }

    /// Neither key nor pedal hold the note.
    pub fn release(&mut self) {
        self.envelope.release();
        self.modulators.release();
        self.phrasing.release();
    }

    /// Whether it is in its release.
    pub fn is_released(&self) -> bool {
        self.envelope.is_released()
    }

    /// Whether its release is over.
    pub fn is_over(&self, player: &Player) -> bool {
        self.is_released()
            && match (self.shaped(player), player.manner(&self.note)) {
                (Some(shaped), _) => self.envelope_db(Some(&shaped), player) <= END_DB as f32,
                // Nobody has been asked yet, however short the note is.
                (None, Some(_)) if !self.phrasing.has_met_frame() => false,
                _ => self.envelope.gain() < 10_f64.powf(END_DB / 20.0),
            }
    }

    /// A frame has come.
    pub fn meet_frame(&mut self) {
        self.phrasing.meet_frame();
    }

    /// What the performance network is asked, where the note follows it.
    pub fn ask(&mut self, player: &Player) -> Option<GestureRequest> {
        let slot = player.manner(&self.note).and_then(|_| self.ensemble.voices().next()).map(|voice| voice.slot);
        let Some(slot) = slot else {
            self.phrasing.forget();
            return None;
        };
        let note = &self.note;
        Some(GestureRequest {
            slot: usize::from(slot),
            begins: self.phrasing.ask(),
            midi_pitch: player.key_pitch(note) + player.setting(note, Setting::Tune),
            dynamics: player.range().dynamics(self.asked_db(player, &player.channels.reading(note))),
            since_on: self.phrasing.since_on().min(LONGEST_SECONDS),
            gate: !self.is_released(),
            since_off: self.phrasing.since_off().min(LONGEST_SECONDS),
            peak_position: player.setting(note, Setting::PeakPosition),
            attack_noise: player.setting(note, Setting::AttackNoise),
            morph: player.setting(note, Setting::Morph),
        })
    }

    /// What the performance network said of the note, where the note follows it.
    fn shaped(&self, player: &Player) -> Option<Shaped> {
        let (manner, natural) = player.manner(&self.note)?;
        let gesture = self.phrasing.gesture()?;
        let fluctuation = 1.0 + player.setting(&self.note, Setting::NoteFluctuation);
        Some(Shaped { manner, natural, gesture, fluctuation, age: self.phrasing.age() })
    }

    /// The envelope, decibels: plain, or on the way from there to what is `shaped`.
    fn envelope_db(&self, shaped: Option<&Shaped>, player: &Player) -> f32 {
        let plain = db_of_gain(self.envelope.gain() as f32);
        match shaped {
            Some(shaped) => {
                let gesture_db = dynamics::gesture(shaped.gesture.loudness_db, self.span(player));
                (1.0 - shaped.natural) * plain.max(SILENCE_DB) + shaped.natural * gesture_db
            }
            None => plain,
        }
    }

    fn span(&self, player: &Player) -> f32 {
        player.setting(&self.note, Setting::Dynamics)
    }

    /// What the attack noise adds where the note does not follow the performance network, decibels of noise.
    fn plain_attack_noise_db(&self, player: &Player) -> f32 {
        let natural = player.manner(&self.note).map_or(0.0, |(_, natural)| natural);
        let age = f64::from(self.phrasing.since_on()).min(ATTACK_NOISE_SECONDS);
        let left = 0.5 + 0.5 * (std::f64::consts::PI * age / ATTACK_NOISE_SECONDS).cos();
        (1.0 - natural) * player.setting(&self.note, Setting::AttackNoise) * ATTACK_NOISE_DB * left as f32
    }

    /// Reads the sources of modulation and has the matrix move the note's settings.
    pub fn modulate(&mut self, player: &Player) {
        if !player.matrix.is_empty() {
            self.note.offsets = player.matrix.offsets(self.sources(player), &player.settings);
        }
    }

    /// What moves the note's settings, with what the note before left.
    pub fn sources(&self, player: &Player) -> Sources {
        self.modulators.carried(&self.fresh_sources(player))
    }

    /// The same whether a row of the matrix reads it or not.
    pub fn all_sources(&self, player: &Player) -> Sources {
        self.modulators.carried(&self.sources_where(player, |_| true))
    }

    /// What moves the note's settings, where a row of the matrix reads it.
    fn fresh_sources(&self, player: &Player) -> Sources {
        self.sources_where(player, |source| player.matrix.reads(source))
    }

    /// Those sources that `reads` picks. Macros are the matrix' own business.
    fn sources_where(&self, player: &Player, reads: impl Fn(ModulationSource) -> bool) -> Sources {
        let (note, expressions) = (&self.note, &self.note.expressions);
        let mut sources = Sources::REST;
        let mut read = |source, value: &dyn Fn() -> f32| {
            if reads(source) {
                sources.set(source, value());
            }
        };
        for (index, lfo) in ModulationSource::LFOS.into_iter().enumerate() {
            read(lfo, &|| self.lfo(index, player).value());
        }
        for (index, envelope) in ModulationSource::ENVELOPES.into_iter().enumerate() {
            read(envelope, &|| self.modulators.envelope(index).gain() as f32);
        }
        read(ModulationSource::Envelope1, &|| {
            gain_of_db(self.envelope_db(self.shaped(player).as_ref(), player)).clamp(0.0, 1.0)
        });
        let reading = player.channels.reading(note);
        let brightness = (expressions.brightness.value() - 0.5) * 2.0;
        read(ModulationSource::Velocity, &|| note.velocity);
        read(ModulationSource::Key, &|| ((f32::from(note.key) - ZERO_KEY) / KEYS_TO_ONE).clamp(-1.0, 1.0));
        read(ModulationSource::Pressure, &|| expressions.pressure.value().max(reading.pressure));
        read(ModulationSource::Timbre, &|| (reading.timbre + brightness).clamp(-1.0, 1.0));
        read(ModulationSource::Wheel, &|| reading.wheel);
        read(ModulationSource::Bend, &|| reading.lean.clamp(-1.0, 1.0));
        read(ModulationSource::Expression, &|| expressions.expression.value() * reading.expression);
        read(ModulationSource::Breath, &|| reading.breath);
        read(ModulationSource::Random, &|| uniform(hash(hash(note.order as u32))));
        sources
    }

    /// Where an LFO is for the note.
    pub fn lfo(&self, index: usize, player: &Player) -> Phase {
        let (note, seed) = (&self.note, hash(self.note.order as u32));
        self.modulators.lfo(index, seed, &player.cycles, &player.clock, |setting| player.setting(note, setting))
    }

    /// The loudness envelope, where the note does not follow the performance network, and the two others.
    pub fn envelopes(&self) -> [&Envelope; 3] {
        [&self.envelope, self.modulators.envelope(0), self.modulators.envelope(1)]
    }

    /// Lets `seconds` pass.
    pub fn advance(&mut self, seconds: f64, shares: &Shares, shape: &Shape, player: &Player) {
        let shape = player.shape(&self.note, shape);
        let hurry = player.setting(&self.note, Setting::VelocityToAttack) * (NEUTRAL_VELOCITY - self.note.velocity);
        let attack = shape.attack * f64::from((ATTACK_OCTAVES * hurry).exp2());
        self.envelope.advance(seconds, &Shape { attack, ..shape });
        let note = &self.note;
        let setting = |setting| player.setting(note, setting);
        self.modulators.advance(seconds, shares.controller, &player.clock, &player.matrix, setting);
        self.note.advance(shares);
        self.glide.advance(seconds);
        self.ensemble.advance(seconds, f64::from(Vibrato::of(player, &self.note).rate));
        self.phrasing.advance(seconds, shares, self.envelope.is_released());
        self.carried.advance(shares);
        self.fade_in.1 = (self.fade_in.1 - seconds).max(0.0);
    }

    /// How loud it is now, decibels: what decides who is stolen.
    pub fn heard_db(&self, player: &Player) -> f32 {
        let level = self.level(player);
        let envelope_db = self.envelope_db(self.shaped(player).as_ref(), player);
        let db = level.loudness_db + envelope_db + db_of_gain(level.tone_gain);
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
        let vibrato = Vibrato::of(player, &self.note);
        let shaped = self.shaped(player);
        let envelope_db = self.envelope_db(shaped.as_ref(), player);
        let noise_db = shaped.map_or(0.0, |shaped| shaped.natural * shaped.gesture.noise_db);
        let noise_gain = gain_of_db(noise_db + self.plain_attack_noise_db(player));
        let fade_in = self.fade_in_gain();
        let detune = player.setting(&self.note, Setting::UnisonDetune);
        let spread = player.setting(&self.note, Setting::UnisonSpread);
        let timbre = timbre(player, &self.note);
        let stretch = player.setting(&self.note, Setting::Stretch) / 1_200.0;
        let inharmonicity = stiffness_of_cents(player.setting(&self.note, Setting::Inharmonicity));
        self.ensemble.voices().map(move |voice| {
            let flutter = vibrato.flutter(voice);
            let own = shaped.map_or(Deviation::NONE, |shaped| shaped.deviation(voice));
            let detune = voice.place * detune;
            let pitch = pitch + (detune + flutter.cents + own.cents) / 100.0;
            let f0_hz = hertz_of_pitch(pitch, A4_HZ).clamp(F0_RANGE.0, F0_RANGE.1);
            let pan = level.pan + voice.place * spread;
            let range = player.range();
            let wanted_db = (level.loudness_db + envelope_db + flutter.db + own.db).max(SILENCE_DB);
            // The gate: under the trained range the model is fed its quietest, and the sound is turned down by the rest.
            let gate = if wanted_db <= SILENCE_DB { 0.0 } else { gain_of_db((wanted_db - range.low_db).min(0.0)) };
            VoiceTarget {
                slot: voice.slot,
                note: self.note.address,
                started_at: self.started_at,
                midi_pitch: pitch_of_hertz(f0_hz) + timbre.shift_semitones,
                tone: Tone { f0_hz, pan: pan.clamp(-1.0, 1.0), tilt: level.tilt, stretch, inharmonicity },
                loudness_db: wanted_db.clamp(range.low_db, range.high_db),
                asked_db: level.loudness_db,
                wanted_db,
                harmonic_gain: gate * fade_in * level.tone_gain,
                noise_gain: gate * fade_in * level.noise_gain * noise_gain,
                timbre,
            }
        })
    }

    fn level(&self, player: &Player) -> Level {
        let (note, own) = (&self.note, &self.note.expressions);
        let reading = player.channels.reading(note);
        let gain = own.volume.value() * reading.gain * self.ensemble.compensation() * player.matching_gain();
        let tone_db = player.setting(note, Setting::HarmonicLevel);
        let noise_db = player.setting(note, Setting::NoiseLevel) + reading.noise_db;
        let spread = ((f32::from(note.key) - MIDDLE_KEY) / HALF_KEYBOARD).clamp(-1.0, 1.0);
        let carried = &self.carried;
        let loudness_db = self.asked_db(player, &reading);
        let tilt = tilt(player, note, &reading) + player.matching_tilt(self.pitch(player), loudness_db);
        Level {
            loudness_db,
            // What is carried may be more than is left where the level falls meanwhile.
            tone_gain: (gain * gain_of_db(tone_db) + carried.tone_gain.value()).max(0.0),
            noise_gain: (gain * gain_of_db(noise_db) + carried.noise_gain.value()).max(0.0),
            pan: player.setting(note, Setting::Pan)
                + reading.pan
                + own.pan.value()
                + spread * player.setting(note, Setting::KeySpread)
                + carried.pan.value(),
            tilt: (tilt + carried.tilt.value()).clamp(-MOST_TILT, MOST_TILT),
        }
    }

    /// Loudness that the note is asked for, on the way from the one before, decibels in the model's measure.
    fn asked_db(&self, player: &Player, reading: &Reading) -> f32 {
        self.loudness_db(player, reading) + self.carried.loudness_db.value()
    }

    /// Loudness wanted at the peak of the envelope, decibels in the model's measure.
    fn loudness_db(&self, player: &Player, reading: &Reading) -> f32 {
        let note = &self.note;
        let amount = player.setting(note, Setting::VelocityAmount);
        let velocity = NEUTRAL_VELOCITY + amount * (note.velocity - NEUTRAL_VELOCITY);
        let share = share_of_velocity(velocity);
        let pressure = note.expressions.pressure.value().max(reading.pressure);
        let range = player.range();
        let asked_db = range.soft_db
            + share * (range.loud_db - range.soft_db)
            + reading.loudness_db
            + expression_db(note.expressions.expression.value())
            + pressure * player.setting(note, Setting::PressureAmount)
            + player.setting(note, Setting::Loudness)
            - if note.soft { player.setting(note, Setting::SoftPedal) } else { 0.0 };
        dynamics::asked(asked_db, player.setting(note, Setting::Loudness), self.span(player), range)
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
    let timbre = (reading.timbre + own) * player.setting(note, Setting::TimbreAmount);
    (player.setting(note, Setting::Brightness) + timbre).clamp(-MOST_TILT, MOST_TILT)
}

/// What the settings say of the voice's row.
fn timbre(player: &Player, note: &Note) -> Timbre {
    let setting = |setting| player.setting(note, setting);
    Timbre {
        odd_even_db: setting(Setting::OddEven),
        formant_semitones: setting(Setting::FormantShift),
        balance_db: setting(Setting::Balance),
        shift_semitones: setting(Setting::TimbreShift),
        film: FilmShape {
            drive_db: setting(Setting::IndexDrive),
            shift: setting(Setting::IndexShift),
            mix: setting(Setting::ShaperMix),
        },
        morph: setting(Setting::Morph),
        latent: LATENT_SETTINGS.map(setting),
    }
}

/// What the performance network says of a note, and how far the note follows it.
#[derive(Clone, Copy)]
struct Shaped {
    manner: Manner,
    /// 0 (plain) to 1.
    natural: f32,
    gesture: Gesture,
    /// Of the fluctuation in the recordings.
    fluctuation: f32,
    /// Seconds since the part began.
    age: f64,
}

impl Shaped {
    /// What a voice adds of its own to the envelope that all share.
    fn deviation(&self, voice: &Voice) -> Deviation {
        let Self { manner, natural, gesture, fluctuation, age } = self;
        let drifting = |stream, seconds| drift(voice.drift, stream, *age, seconds);
        let db = gesture.loudness_spread_db * drifting(0, manner.loudness_seconds);
        let cents = gesture.pitch_spread_cents * drifting(1, manner.pitch_seconds);
        Deviation { cents: natural * (gesture.pitch_cents + fluctuation * cents), db: natural * fluctuation * db }
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
