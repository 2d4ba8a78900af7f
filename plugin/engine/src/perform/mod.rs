//! Notes and expression to one (pitch, loudness) target for each voice: voice allocation, envelopes, vibrato, tuning.
//! Pure: it knows no decoder, bank, host or thread; the control thread calls it, and tests do.
//! The same events give the same targets, wherever frames fall (tests: `tests/tests/perform_*.rs`).

pub mod channel;
pub mod envelope;
pub mod settings;
pub mod slots;
pub mod smooth;
pub mod voice;

pub use slots::{MAX_VOICES, SLOTS};

use crate::event::{Event, Expression, NoteAddress, Setting, TimedEvent};
use crate::frame::{Mix, Tone};
use channel::{Channel, Shares};
use settings::Settings;
use slots::SlotTable;
use smooth::Smoother;
use voice::{Key, Voice};

/// MIDI channels.
const CHANNELS: usize = 16;
/// Fade of a stolen or choked voice, seconds.
const CHOKE_FADE: f64 = 0.005;
/// Fade of a voice whose key is struck again, seconds.
const RETRIGGER_FADE: f64 = 0.01;
/// Fade of a voice whose release is over, seconds.
const LAST_FADE: f64 = 0.005;
/// Way of a moved output gain or room mix, seconds.
const MIX_WAY: f64 = 0.01;
/// Crossfade of a voice that moves to another instrument, seconds.
const MOVE_FADE: f64 = 0.02;
/// The pedal is down from here on: MIDI 64.
const PEDAL_DOWN: f32 = 64.0 / 127.0 - 1e-4;

/// The loudness that a model was trained on, decibels in its own measure. `low_db <= soft_db < loud_db <= high_db`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoudnessRange {
    /// Quietest frame.
    pub low_db: f32,
    /// Loudest frame.
    pub high_db: f32,
    /// Sustain level of the softest notes: velocity 1.
    pub soft_db: f32,
    /// Sustain level of the loudest notes: velocity 127.
    pub loud_db: f32,
}

/// What one voice is asked for at one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceTarget {
    /// Slot in decoder and banks.
    pub slot: u16,
    /// The note it plays.
    pub note: NoteAddress,
    /// Position of the voice's first frame.
    pub started_at: u64,
    /// Pitch for the model: MIDI, A4 = 440 Hz, whatever the player's reference is. The decoder clamps it.
    pub midi_pitch: f32,
    /// Pitch that sounds, place and tilt.
    pub tone: Tone,
    /// Loudness for the model, within its trained range, decibels.
    pub loudness_db: f32,
    /// Linear gain of the harmonics: the gate under the trained range, and the harmonic level.
    pub harmonic_gain: f32,
    /// Linear gain of the noise: the gate under the trained range, and the noise level.
    pub noise_gain: f32,
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

/// All voices and what the player does to them. Time goes forward only.
pub struct Performer {
    sample_rate: f64,
    range: LoudnessRange,
    origin: u64,
    now: u64,
    settings: Settings,
    channels: [Channel; CHANNELS],
    voices: Vec<Voice>,
    slots: SlotTable,
    notes_begun: u32,
}

impl Performer {
    /// At position 0, silent. `sample_rate` is the host's, hertz.
    pub fn new(sample_rate: f64, range: LoudnessRange) -> Self {
        Self {
            sample_rate,
            range,
            origin: 0,
            now: 0,
            settings: Settings::new(),
            channels: [Channel::new(); CHANNELS],
            voices: Vec::with_capacity(MAX_VOICES),
            slots: SlotTable::new(),
            notes_begun: 0,
        }
    }

    /// Starts over at `origin`: no voices, controllers at rest, settings where they were going.
    pub fn reset(&mut self, origin: u64) {
        self.origin = origin;
        self.now = origin;
        self.settings.snap();
        self.channels = [Channel::new(); CHANNELS];
        self.voices.clear();
        self.slots = SlotTable::new();
        self.notes_begun = 0;
    }

    /// Voices that sound, the fading ones left out.
    pub fn voices(&self) -> usize {
        self.voices.len()
    }

    /// The mix last set.
    pub fn mix(&self) -> Mix {
        self.settings.mix()
    }

    /// Takes an event; what follows from it is appended to `actions`. Events come in order of time.
    pub fn handle(&mut self, timed: TimedEvent, actions: &mut Vec<Action>) {
        self.advance(timed.at);
        let at = timed.at;
        match timed.event {
            Event::NoteOn { note, velocity } => self.note_on(note, finite_or(velocity, 0.0), at, actions),
            Event::NoteOff { note } => self.note_off(note),
            Event::Choke { note } => self.cut(CHOKE_FADE, at, actions, |voice| note.matches(&voice.note)),
            Event::PitchBend { channel, value } => {
                self.channel(channel).bend.aim(finite_or(value, 0.0).clamp(-1.0, 1.0));
            }
            Event::ChannelPressure { channel, value } => self.channel(channel).pressure.aim(unit(value)),
            Event::NoteExpression { note, expression: Expression::Pressure, value } => {
                self.each(note, |voice, fresh| follow(&mut voice.pressure, unit(value), fresh));
            }
            Event::NoteExpression { note, expression: Expression::Tuning, value } => {
                let semitones = finite_or(value, 0.0).clamp(-128.0, 128.0);
                self.each(note, |voice, fresh| follow(&mut voice.tuning, semitones, fresh));
            }
            Event::NoteExpression { .. } | Event::Modulate { .. } | Event::Retune { .. } => {}
            Event::Controller { channel, controller, value } => {
                self.controller(channel, controller, unit(value), at, actions);
            }
            Event::Set(setting, value) => self.set(setting, value, at, actions),
            Event::Panic => {
                self.cut(CHOKE_FADE, at, actions, |_| true);
                self.channels.iter_mut().for_each(Channel::rest);
            }
        }
    }

    /// Advances to a frame at `at` and appends every voice's target; voices whose release is over end there.
    pub fn frame(&mut self, at: u64, targets: &mut Vec<VoiceTarget>, actions: &mut Vec<Action>) {
        self.advance(at);
        self.cut(LAST_FADE, at, actions, Voice::is_over);
        let Self { range, settings, channels, voices, .. } = self;
        targets.extend(voices.iter().map(|voice| voice.target(range, settings, &channels[voice.channel])));
    }

    /// Fades one voice out from `from` over `seconds`, as for a voice whose decoder failed.
    pub fn drop_voice(&mut self, slot: u16, from: u64, seconds: f64, actions: &mut Vec<Action>) {
        self.cut(seconds, from, actions, |voice| voice.slot == slot);
    }

    /// Another instrument plays from `at` on: every voice begins anew in it, with the same slot and a settled decoder, and
    /// goes on where it was. Returns how many samples the instruments' crossfade takes.
    pub fn move_over(&mut self, range: LoudnessRange, at: u64, actions: &mut Vec<Action>) -> u64 {
        self.advance(at);
        self.range = range;
        let mut voices = std::mem::take(&mut self.voices);
        for voice in &mut voices {
            voice.move_over(at, MOVE_FADE);
            actions.push(self.start_of(voice));
        }
        self.voices = voices;
        self.samples(MOVE_FADE)
    }

    fn start_of(&mut self, voice: &Voice) -> Action {
        self.notes_begun = self.notes_begun.wrapping_add(1);
        let target = voice.target(&self.range, &self.settings, &self.channels[voice.channel]);
        Action::Start {
            slot: voice.slot,
            note: voice.note,
            seed: seed(self.notes_begun),
            phase: 0.0,
            midi_pitch: target.midi_pitch,
            tone: target.tone,
            at: voice.started_at,
        }
    }

    fn advance(&mut self, to: u64) {
        let Some(samples) = to.checked_sub(self.now).filter(|&samples| samples > 0) else { return };
        let seconds = samples as f64 / self.sample_rate;
        let shares = Shares::of(seconds);
        let shape = self.settings.shape();
        let vibrato_rate = f64::from(self.settings.now(Setting::VibratoRate));
        self.settings.advance(seconds);
        self.channels.iter_mut().for_each(|channel| channel.advance(&shares));
        self.voices.iter_mut().for_each(|voice| voice.advance(seconds, &shares, &shape, vibrato_rate));
        self.now = to;
    }

    fn note_on(&mut self, note: NoteAddress, velocity: f32, at: u64, actions: &mut Vec<Action>) {
        let (channel, Some(key)) = (note.channel.unwrap_or(0) & 15, note.key.map(|key| key & 127)) else { return };
        let note = NoteAddress::of(channel, key, note.id);
        self.cut(RETRIGGER_FADE, at, actions, |voice| (voice.note.channel, voice.note.key) == (note.channel, note.key));
        self.steal_down_to(self.settings.polyphony() - 1, at, actions);
        let Some(slot) = self.slots.take(at) else {
            actions.push(Action::Refused { note, at });
            return;
        };
        let channel = usize::from(channel);
        // A bend or a tuning set before a note is the note's own, not a glide into it.
        if self.voices.is_empty() {
            self.settings.snap();
        }
        if self.voices.iter().all(|voice| voice.channel != channel) {
            self.channels[channel].snap();
        }
        let voice = Voice::new(note, channel, key, slot, velocity.clamp(0.0, 1.0), at);
        let start = self.start_of(&voice);
        actions.push(start);
        self.voices.push(voice);
    }

    fn note_off(&mut self, note: NoteAddress) {
        for voice in self.voices.iter_mut().filter(|voice| voice.key == Key::Down && note.matches(&voice.note)) {
            if self.channels[voice.channel].pedal {
                voice.key = Key::Pedal;
            } else {
                voice.release();
            }
        }
    }

    fn controller(&mut self, channel: u8, controller: u8, value: f32, at: u64, actions: &mut Vec<Action>) {
        let number = channel & 15;
        match controller {
            1 => self.channel(channel).wheel.aim(value),
            11 => self.channel(channel).expression.aim(value),
            64 => self.pedal(number, value >= PEDAL_DOWN),
            120 => self.cut(CHOKE_FADE, at, actions, |voice| voice.note.channel == Some(number)),
            121 => {
                self.pedal(number, false);
                self.channel(channel).rest();
            }
            123 => self.note_off(NoteAddress { channel: Some(number), ..NoteAddress::default() }),
            _ => {}
        }
    }

    fn pedal(&mut self, channel: u8, down: bool) {
        self.channel(channel).pedal = down;
        if !down {
            let held = self.voices.iter_mut().filter(|voice| voice.key == Key::Pedal);
            held.filter(|voice| voice.note.channel == Some(channel)).for_each(Voice::release);
        }
    }

    fn set(&mut self, setting: Setting, value: f32, at: u64, actions: &mut Vec<Action>) {
        if !value.is_finite() || !self.settings.aim(setting, value) {
            return;
        }
        if at == self.origin {
            self.settings.snap();
        }
        match setting {
            Setting::Polyphony => self.steal_down_to(self.settings.polyphony(), at, actions),
            Setting::OutputGain
            | Setting::RoomMix
            | Setting::RoomSize
            | Setting::RoomDecay
            | Setting::Width
            | Setting::Limiter => {
                let way = if at == self.origin { 0 } else { self.samples(MIX_WAY) };
                actions.push(Action::Mix { from: at, at: at + way, mix: self.settings.mix() });
            }
            _ => {}
        }
    }

    /// Takes voices away until at most `count` sound: the quietest released one first, then the quietest.
    fn steal_down_to(&mut self, count: usize, at: u64, actions: &mut Vec<Action>) {
        while self.voices.len() > count {
            let quietest = self.voices.iter().min_by(|a, b| {
                let released = (b.key == Key::Up).cmp(&(a.key == Key::Up));
                released.then(self.loudness_db(a).total_cmp(&self.loudness_db(b)))
            });
            let Some(slot) = quietest.map(|voice| voice.slot) else { return };
            self.cut(CHOKE_FADE, at, actions, |voice| voice.slot == slot);
        }
    }

    fn loudness_db(&self, voice: &Voice) -> f32 {
        voice.loudness_db(&self.range, &self.settings, &self.channels[voice.channel])
    }

    /// Ends the voices that `which` picks, fading from `from` on.
    fn cut(&mut self, seconds: f64, from: u64, actions: &mut Vec<Action>, which: impl Fn(&Voice) -> bool) {
        let at = from + self.samples(seconds);
        let slots = &mut self.slots;
        self.voices.retain(|voice| {
            let cut = which(voice);
            if cut {
                slots.give_back(voice.slot, at);
                actions.push(Action::End { slot: voice.slot, from, at });
                actions.push(Action::Ended { note: voice.note, from, at });
            }
            !cut
        });
    }

    /// At least one sample.
    fn samples(&self, seconds: f64) -> u64 {
        (seconds * self.sample_rate).round().max(1.0) as u64
    }

    fn channel(&mut self, channel: u8) -> &mut Channel {
        &mut self.channels[usize::from(channel & 15)]
    }

    /// Calls `change` for each voice that `note` means, and says whether it begins at this very sample.
    fn each(&mut self, note: NoteAddress, change: impl Fn(&mut Voice, bool)) {
        let now = self.now;
        for voice in self.voices.iter_mut().filter(|voice| note.matches(&voice.note)) {
            let fresh = voice.started_at == now;
            change(voice, fresh);
        }
    }
}

fn follow(smoother: &mut Smoother, target: f32, fresh: bool) {
    smoother.aim(target);
    if fresh {
        smoother.snap();
    }
}

/// 0 to 1; what is not a number is 0.
fn unit(value: f32) -> f32 {
    finite_or(value, 0.0).clamp(0.0, 1.0)
}

fn finite_or(value: f32, instead: f32) -> f32 {
    if value.is_finite() { value } else { instead }
}

/// The n-th note's noise seed: the finaliser of MurmurHash3, so that neighbours have nothing in common.
fn seed(note: u32) -> u32 {
    let mut hash = note.wrapping_mul(0x9e37_79b9);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
