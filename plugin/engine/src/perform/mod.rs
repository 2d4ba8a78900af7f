//! Notes and expression to one (pitch, loudness) target for each voice: voice allocation, envelopes, vibrato, tuning.
//! Pure: it knows no decoder, bank, host or thread; the control thread calls it, and tests do.
//! The same events give the same targets, wherever frames fall (tests: `tests/tests/perform_*.rs`).

mod action;
pub mod chance;
pub mod channel;
pub mod channels;
pub mod character;
mod controllers;
mod dynamics;
pub mod ensemble;
pub mod envelope;
pub mod flutter;
pub mod glide;
mod keys;
pub mod modulation;
pub mod note;
pub mod parameter_numbers;
pub mod part;
pub mod phrasing;
pub mod player;
pub mod scale;
pub mod settings;
pub mod slots;
pub mod smooth;
pub mod timbre;
mod vibrato;
mod view;
pub mod zones;

pub use action::{Action, VoiceTarget};
pub use character::{Character, LoudnessRange, Manner};
pub use slots::{MAX_VOICES, SLOTS};
pub use timbre::{LATENTS, Timbre};
pub use view::{Choice, EnvelopeView, VoiceView};

use crate::event::{Event, Expression, KeyPitch, NoteAddress, Route, Setting, TimedEvent};
use crate::frame::Mix;
use crate::model::{Gesture, GestureRequest};
use chance::hash;
use channel::Shares;
use glide::Trail;
use note::Note;
use part::Part;
use player::Player;
use slots::SlotTable;
use smooth::Smoother;

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

/// All notes and what the player does to them. Time goes forward only. Nothing allocates after construction but what is
/// appended to the caller's vectors.
pub struct Performer {
    sample_rate: f64,
    origin: u64,
    now: u64,
    player: Player,
    /// What sounds, in the order in which it began.
    parts: Vec<Part>,
    /// Notes that are held and do not sound, as one voice plays another.
    waiting: Vec<Note>,
    /// Where a glide begins.
    trail: Option<Trail>,
    slots: SlotTable,
    seeds_given: u32,
    notes_struck: u64,
    /// As the caller knows it.
    told_mix: Mix,
}

impl Performer {
    /// At position 0, silent. `sample_rate` is the host's, hertz.
    pub fn new(sample_rate: f64, character: impl Into<Character>) -> Self {
        let player = Player::new(character.into());
        Self {
            sample_rate,
            origin: 0,
            now: 0,
            told_mix: player.mix(),
            player,
            parts: Vec::with_capacity(MAX_VOICES),
            waiting: Vec::with_capacity(keys::MAX_WAITING),
            trail: None,
            slots: SlotTable::new(),
            seeds_given: 0,
            notes_struck: 0,
        }
    }

    /// Starts over at `origin`: no notes, controllers at rest, settings where they were going. Scale and zones stay.
    pub fn reset(&mut self, origin: u64) {
        self.origin = origin;
        self.now = origin;
        self.player.snap();
        self.player.restart(origin);
        self.told_mix = self.player.mix();
        self.player.channels.reset();
        self.parts.clear();
        self.waiting.clear();
        self.trail = None;
        self.slots = SlotTable::new();
        self.seeds_given = 0;
        self.notes_struck = 0;
    }

    /// Voices that sound, the fading ones left out.
    pub fn voices(&self) -> usize {
        self.parts.iter().map(|part| part.ensemble.len()).sum()
    }

    /// The mix last set.
    pub fn mix(&self) -> Mix {
        self.player.mix()
    }

    /// The mix at this frame, where the matrix has moved it since the last time.
    pub fn moved_mix(&mut self) -> Option<Mix> {
        let mix = self.player.mix();
        (std::mem::replace(&mut self.told_mix, mix) != mix).then_some(mix)
    }

    /// Takes an event; what follows from it is appended to `actions`. Events come in order of time.
    pub fn handle(&mut self, timed: TimedEvent, actions: &mut Vec<Action>) {
        self.advance(timed.at);
        let at = timed.at;
        match timed.event {
            Event::NoteOn { note, velocity } => self.note_on(note, finite_or(velocity, 0.0), at, actions),
            Event::NoteOff { note } => {
                self.keys_up(|_, held| note.matches(&held.address));
                self.let_go(at, actions);
            }
            Event::Choke { note } => self.silence(CHOKE_FADE, at, actions, |_, held| note.matches(&held.address)),
            Event::PitchBend { channel, value } => {
                self.player.channels.bend(index(channel), finite_or(value, 0.0).clamp(-1.0, 1.0));
            }
            Event::ChannelPressure { channel, value } => {
                self.player.channels.of(index(channel)).touch.pressure.aim(unit(value));
            }
            Event::NoteExpression { note, expression, value } => {
                self.express(note, expression, value, actions);
            }
            Event::Modulate { note, setting, offset } => self.modulate(note, setting, offset, actions),
            Event::Retune { channel, key, pitch } => self.retune(channel.map(index), key & 127, pitch),
            Event::Controller { channel, controller, value } => {
                self.controller(index(channel), controller, unit(value), at, actions);
            }
            Event::Set(setting, value) => self.set(setting, value, at, actions),
            Event::Route { row, route } => self.route(usize::from(row), route),
            Event::Transport { tempo, beat } => self.player.clock.say(at, tempo, beat),
            Event::Panic => {
                self.silence(CHOKE_FADE, at, actions, |_, _| true);
                self.player.channels.rest();
            }
        }
    }

    /// Advances to a frame at `at`; notes whose release is over end there.
    pub fn go_to(&mut self, at: u64, actions: &mut Vec<Action>) {
        self.advance(at);
        while let Some(over) = self.parts.iter().position(|part| part.is_over(&self.player)) {
            self.cut(over, LAST_FADE, at, actions);
        }
        self.modulate_all();
        self.parts.iter_mut().for_each(Part::meet_frame);
    }

    /// Appends what the performance network is asked at this frame, once for each note that follows it. [`Self::answer`]
    /// comes next.
    pub fn ask(&mut self, requests: &mut Vec<GestureRequest>) {
        let Self { parts, player, .. } = self;
        requests.extend(parts.iter_mut().filter_map(|part| part.ask(player)));
    }

    /// Takes the answers, one for each request in their order. Returns how many are not finite and were not taken.
    pub fn answer(&mut self, gestures: &[Gesture]) -> usize {
        let asked = self.parts.iter_mut().map(|part| &mut part.phrasing).filter(|phrasing| phrasing.is_asked());
        asked.zip(gestures).map(|(phrasing, gesture)| usize::from(!phrasing.answer(gesture))).sum()
    }

    /// The performance network is asked no more: within a few hundredths of a second all notes are plain.
    pub fn play_plain(&mut self) {
        self.player.play_plain();
    }

    /// Appends every voice's target.
    pub fn targets(&self, targets: &mut Vec<VoiceTarget>) {
        targets.extend(self.parts.iter().flat_map(|part| part.targets(&self.player)));
    }

    /// [`Self::go_to`] and [`Self::targets`], where no performance network is asked.
    pub fn frame(&mut self, at: u64, targets: &mut Vec<VoiceTarget>, actions: &mut Vec<Action>) {
        self.go_to(at, actions);
        self.targets(targets);
    }

    /// Fades one voice out from `from` over `seconds`, as for a voice whose decoder failed.
    pub fn drop_voice(&mut self, slot: u16, from: u64, seconds: f64, actions: &mut Vec<Action>) {
        let plays = |part: &Part| part.ensemble.voices().any(|voice| voice.slot == slot);
        let Some(index) = self.parts.iter().position(plays) else { return };
        if self.parts[index].ensemble.len() == 1 {
            self.cut(index, seconds, from, actions);
        } else {
            self.parts[index].ensemble.remove(slot);
            let at = from + self.samples(seconds);
            self.slots.give_back(slot, at);
            actions.push(Action::End { slot, from, at });
        }
    }

    /// Another instrument plays from `at` on: every voice begins anew in it, with the same slot and a settled decoder, and
    /// goes on where it was. Returns how many samples the instruments' crossfade takes.
    pub fn move_over(&mut self, character: impl Into<Character>, at: u64, actions: &mut Vec<Action>) -> u64 {
        self.advance(at);
        self.player.take_up(character.into());
        for index in 0..self.parts.len() {
            self.parts[index].move_over(at, MOVE_FADE);
            self.start(index, actions);
        }
        self.samples(MOVE_FADE)
    }

    /// Says that a part's voices begin.
    fn start(&mut self, index: usize, actions: &mut Vec<Action>) {
        let part = &self.parts[index];
        for (target, voice) in part.targets(&self.player).zip(part.ensemble.voices()) {
            self.seeds_given = self.seeds_given.wrapping_add(1);
            actions.push(Action::Start {
                slot: voice.slot,
                note: part.note.address,
                seed: hash(self.seeds_given),
                phase: voice.phase,
                midi_pitch: target.midi_pitch,
                tone: target.tone,
                at: part.started_at,
            });
        }
    }

    fn next_seed(&mut self) -> u32 {
        self.seeds_given = self.seeds_given.wrapping_add(1);
        hash(self.seeds_given)
    }

    fn advance(&mut self, to: u64) {
        let Some(samples) = to.checked_sub(self.now).filter(|&samples| samples > 0) else { return };
        let seconds = samples as f64 / self.sample_rate;
        let shares = Shares::of(seconds);
        let shape = self.player.settings.shape();
        self.player.advance(seconds, &shares);
        self.player.clock.go_to(to, self.sample_rate);
        for part in &mut self.parts {
            part.advance(seconds, &shares, &shape, &self.player);
        }
        self.waiting.iter_mut().for_each(|note| note.advance(&shares));
        if let Some(trail) = &mut self.trail {
            trail.glide.advance(seconds);
        }
        self.now = to;
    }

    /// Has the matrix move the settings of all notes, and those that they share.
    fn modulate_all(&mut self) {
        let Self { parts, player, .. } = self;
        if player.matrix.is_empty() {
            return;
        }
        match parts.iter().max_by_key(|part| part.note.order) {
            Some(part) => {
                let sources = part.sources(player);
                player.lead.follow(part.note.order, sources);
            }
            None => player.stand(),
        }
        player.lead.weigh(&player.matrix, &player.settings);
        parts.iter_mut().for_each(|part| part.modulate(player));
    }

    /// A row of the matrix does something else.
    fn route(&mut self, row: usize, route: Option<Route>) {
        self.player.matrix.route(row, route);
        self.modulate_all();
    }

    fn express(&mut self, note: NoteAddress, expression: Expression, value: f32, actions: &mut Vec<Action>) {
        if !value.is_finite() {
            return;
        }
        let (least, greatest) = expression.range();
        let value = value.clamp(least, greatest);
        self.each(note, |note| Some(note.expressions.of(expression)), value, actions);
    }

    /// Modulation of every note there can be is kept for those to come.
    fn modulate(&mut self, note: NoteAddress, setting: Setting, offset: f32, actions: &mut Vec<Action>) {
        if !offset.is_finite() {
            return;
        }
        let (least, greatest) = setting.range();
        let offset = offset.clamp(least - greatest, greatest - least);
        if note == NoteAddress::default() {
            if let Some(smoother) = self.player.modulation.of(setting) {
                smoother.aim(offset);
            }
            return;
        }
        self.each(note, |note| note.modulation.of(setting), offset, actions);
    }

    /// Aims a value of each note that `address` means: at once where nobody has heard the note yet.
    fn each(
        &mut self,
        address: NoteAddress,
        value: impl Fn(&mut Note) -> Option<&mut Smoother>,
        target: f32,
        actions: &mut Vec<Action>,
    ) {
        let Self { now, player, .. } = self;
        for part in self.parts.iter_mut().filter(|part| address.matches(&part.note.address)) {
            let unheard = part.started_at == *now && part.note.begun_at == *now;
            let Some(smoother) = value(&mut part.note) else { continue };
            smoother.aim(target);
            if unheard {
                smoother.snap();
                part.modulate(player);
                keys::amend(part, player, actions);
            }
        }
        for note in self.waiting.iter_mut().filter(|note| address.matches(&note.address)) {
            if let Some(smoother) = value(note) {
                smoother.set(target);
            }
        }
    }

    fn retune(&mut self, channel: Option<usize>, key: u8, pitch: KeyPitch) {
        if matches!(pitch, KeyPitch::Relative(semitones) | KeyPitch::Absolute(semitones) if !semitones.is_finite()) {
            return;
        }
        self.player.scale.retune(channel, key, pitch);
        let sounding = self.parts.iter_mut().map(|part| &mut part.note);
        for note in sounding.chain(&mut self.waiting) {
            if note.key == key && channel.is_none_or(|channel| channel == note.channel) {
                note.pitch.aim(pitch);
            }
        }
    }

    fn set(&mut self, setting: Setting, value: f32, at: u64, actions: &mut Vec<Action>) {
        let player = &mut self.player;
        if !value.is_finite() || !player.settings.aim(setting, value) {
            return;
        }
        if at == self.origin {
            player.settings.snap();
        }
        match setting {
            Setting::Polyphony => {
                let notes = player.settings.polyphony();
                self.steal_down_to(notes, MAX_VOICES, at, actions);
            }
            Setting::BendRange => player.channels.set_bend_range(player.settings.goal(setting)),
            Setting::MpeBendRange => player.channels.set_member_bend_range(player.settings.goal(setting)),
            Setting::Mpe => {
                player.channels.zones.lay_out(player.settings.mpe_layout());
                player.channels.aim_bends();
                self.let_go(at, actions);
            }
            Setting::OutputGain
            | Setting::RoomMix
            | Setting::RoomSize
            | Setting::RoomDecay
            | Setting::Width
            | Setting::Limiter => {
                let way = if at == self.origin { 0 } else { self.samples(MIX_WAY) };
                // What the matrix moves, frames bring.
                if way == 0 || !self.player.matrix.moves_mix() {
                    self.told_mix = self.player.mix();
                    actions.push(Action::Mix { from: at, at: at + way, mix: self.told_mix });
                }
            }
            _ => {}
        }
    }

    /// Ends a part, fading from `from` on.
    fn cut(&mut self, index: usize, seconds: f64, from: u64, actions: &mut Vec<Action>) {
        let at = from + self.samples(seconds);
        let part = self.parts.remove(index);
        for voice in part.ensemble.voices() {
            self.slots.give_back(voice.slot, at);
            actions.push(Action::End { slot: voice.slot, from, at });
        }
        actions.push(Action::Ended { note: part.note.address, from, at });
    }

    /// At least one sample.
    fn samples(&self, seconds: f64) -> u64 {
        (seconds * self.sample_rate).round().max(1.0) as u64
    }
}

/// 0 to 15.
fn index(channel: u8) -> usize {
    usize::from(channel & 15)
}

/// 0 to 1; what is not a number is 0.
fn unit(value: f32) -> f32 {
    finite_or(value, 0.0).clamp(0.0, 1.0)
}

fn finite_or(value: f32, instead: f32) -> f32 {
    if value.is_finite() { value } else { instead }
}
