//! Keys that go down and come up, and what sounds because of that: a part for each note, or one line for all held notes.
//! Control thread. Tests: `tests/tests/voices/`, `tests/tests/perform_notes.rs`.

use super::channels::Channels;
use super::ensemble::{Ensemble, MAX_UNISON};
use super::glide::{Glide, Trail};
use super::note::{Note, ScaledPitch};
use super::part::{Part, Role};
use super::player::Player;
use super::settings::{GlideWhen, Priority, Retrigger, VoiceMode};
use super::{Action, CHOKE_FADE, MAX_VOICES, Performer, RETRIGGER_FADE};
use crate::event::NoteAddress;

/// Notes that are held without sounding at most: all keys of a keyboard.
pub(super) const MAX_WAITING: usize = 128;

/// Whether a note begins while the key of another is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overlap {
    Yes,
    No,
}

impl Performer {
    /// A key goes down. `velocity` is 0 to 1.
    pub(super) fn note_on(&mut self, address: NoteAddress, velocity: f32, at: u64, actions: &mut Vec<Action>) {
        let (channel, Some(key)) = (address.channel.unwrap_or(0) & 15, address.key.map(|key| key & 127)) else {
            return;
        };
        let address = NoteAddress::of(channel, key, address.id);
        let channel = usize::from(channel);
        let Some(pitch) = ScaledPitch::new(self.player.scale.pitch(channel, key)) else {
            actions.push(Action::Ended { note: address, from: at, at });
            return;
        };
        self.snap_unheard(channel);
        let mut note = Note::new(channel, key, address.id, velocity.clamp(0.0, 1.0), pitch, at);
        note.soft = self.player.channels.soft(channel);
        note.order = self.notes_struck;
        self.notes_struck += 1;
        match self.player.settings.voice_mode() {
            VoiceMode::Poly => self.play_alone(note, at, actions),
            VoiceMode::Mono | VoiceMode::Legato => self.play_in_line(note, at, actions),
        }
    }

    /// The keys of the notes that `which` picks come up; [`Self::let_go`] says what follows from it.
    pub(super) fn keys_up(&mut self, which: impl Fn(&Channels, &Note) -> bool) {
        let channels = &self.player.channels;
        let sounding = self.parts.iter_mut().filter(|part| !part.is_released()).map(|part| &mut part.note);
        for note in sounding.chain(&mut self.waiting).filter(|note| note.key_down && which(channels, note)) {
            lift(note, channels);
        }
    }

    /// Notes that neither key nor pedal hold any more are over, or go into their release.
    pub(super) fn let_go(&mut self, at: u64, actions: &mut Vec<Action>) {
        let channels = &self.player.channels;
        self.waiting.retain(|note| {
            let held = channels.hold(note);
            if !held {
                actions.push(Action::Ended { note: note.address, from: at, at });
            }
            held
        });
        for index in 0..self.parts.len() {
            let part = &self.parts[index];
            if part.is_released() || self.player.channels.hold(&part.note) {
                continue;
            }
            match self.next_waiting().filter(|_| part.role == Role::Line) {
                Some(next) => self.go_back(index, next, at, actions),
                None => self.parts[index].release(),
            }
        }
    }

    /// Fades the notes that `which` picks within `seconds`, whatever holds them; a line goes on with a note that is held.
    pub(super) fn silence(
        &mut self,
        seconds: f64,
        at: u64,
        actions: &mut Vec<Action>,
        which: impl Fn(&Self, &Note) -> bool,
    ) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|note| {
            let silenced = which(self, note);
            if silenced {
                actions.push(Action::Ended { note: note.address, from: at, at });
            }
            !silenced
        });
        self.waiting = waiting;
        let mut index = 0;
        while let Some(part) = self.parts.get(index) {
            if !which(self, &part.note) {
                index += 1;
                continue;
            }
            match self.next_waiting().filter(|_| part.role == Role::Line && !part.is_released()) {
                Some(next) => self.go_back(index, next, at, actions),
                None => self.cut(index, seconds, at, actions),
            }
        }
    }

    /// Takes parts away until at most `notes` with `voices` sound: the quietest released one first, then the quietest.
    pub(super) fn steal_down_to(&mut self, notes: usize, voices: usize, at: u64, actions: &mut Vec<Action>) {
        while self.parts.len() > notes || self.voices() > voices {
            let quietest = (0..self.parts.len()).min_by(|&a, &b| {
                let (a, b) = (&self.parts[a], &self.parts[b]);
                let released = b.is_released().cmp(&a.is_released());
                released.then(a.heard_db(&self.player).total_cmp(&b.heard_db(&self.player)))
            });
            let Some(index) = quietest else { return };
            self.cut(index, CHOKE_FADE, at, actions);
        }
    }

    /// A bend or a tuning set before a note is the note's own, not a glide into it: what nobody hears is where it was going.
    fn snap_unheard(&mut self, channel: usize) {
        if self.parts.is_empty() {
            self.player.settings.snap();
            self.player.modulation.snap();
        }
        let Self { parts, player, .. } = self;
        let channels = &mut player.channels;
        for of in [Some(channel), channels.zones.manager_of(channel)].into_iter().flatten() {
            let hears = |part: &&Part| channels.concerns(of, part.note.channel);
            if !parts.iter().any(|part| hears(&part)) {
                channels.of(of).snap();
            } else if parts.iter().filter(hears).all(|part| part.note.channel == of && part.note.frozen.is_some()) {
                channels.of(of).touch.snap();
            }
        }
    }

    /// A part of its own for a note.
    fn play_alone(&mut self, note: Note, at: u64, actions: &mut Vec<Action>) {
        let is_same = |part: &Part| part.role == Role::Note && part.note.has_key_of(&note);
        match self.player.settings.retrigger() {
            Retrigger::Restart => {
                while let Some(index) = self.parts.iter().position(is_same) {
                    self.cut(index, RETRIGGER_FADE, at, actions);
                }
            }
            Retrigger::Stack => {
                for part in self.parts.iter_mut().filter(|part| is_same(part) && !part.is_released()) {
                    lift(&mut part.note, &self.player.channels);
                    part.release();
                }
            }
            Retrigger::Reuse => {
                if let Some(index) = self.parts.iter().rposition(is_same) {
                    let old = self.parts[index].take_over(note, &self.player);
                    self.parts[index].attack(&self.player);
                    actions.push(Action::Ended { note: old.address, from: at, at });
                    return;
                }
            }
        }
        self.begin(note, Role::Note, at, actions);
    }

    /// The one line plays a note, or keeps it in mind.
    fn play_in_line(&mut self, note: Note, at: u64, actions: &mut Vec<Action>) {
        self.waiting.retain(|waiting| {
            let again = waiting.has_key_of(&note);
            if again {
                actions.push(Action::Ended { note: waiting.address, from: at, at });
            }
            !again
        });
        let Some(index) = self.parts.iter().position(|part| part.role == Role::Line) else {
            self.begin(note, Role::Line, at, actions);
            return;
        };
        let (sounding, channels) = (&self.parts[index].note, &self.player.channels);
        let again = sounding.has_key_of(&note);
        let yields = again || !sounding.key_down || self.prefers(&note, sounding);
        let keeps = !again && !self.parts[index].is_released() && channels.hold(sounding);
        if !yields {
            self.keep_waiting(note, at, actions);
            return;
        }
        let old = self.change_note(index, note, self.overlap(&note), actions);
        if keeps {
            self.keep_waiting(old, at, actions);
        } else {
            actions.push(Action::Ended { note: old.address, from: at, at });
        }
    }

    /// A note is held without sounding. Where too many are, one that only a pedal holds makes room, or else the oldest.
    fn keep_waiting(&mut self, note: Note, at: u64, actions: &mut Vec<Action>) {
        if self.waiting.len() == MAX_WAITING {
            let least = self.waiting.iter().position(|waiting| !waiting.key_down).unwrap_or(0);
            let given_up = self.waiting.remove(least);
            actions.push(Action::Ended { note: given_up.address, from: at, at });
        }
        self.waiting.push(note);
    }

    /// Whether a new note goes before one that sounds.
    fn prefers(&self, note: &Note, sounding: &Note) -> bool {
        match self.player.settings.priority() {
            Priority::Last => true,
            Priority::Low => note.key <= sounding.key,
            Priority::High => note.key >= sounding.key,
        }
    }

    /// Which of the notes that wait with their keys down is the next to sound.
    fn next_waiting(&self) -> Option<usize> {
        let held = (0..self.waiting.len()).filter(|&index| self.waiting[index].key_down);
        match self.player.settings.priority() {
            Priority::Last => held.max_by_key(|&index| self.waiting[index].order),
            Priority::Low => held.min_by_key(|&index| self.waiting[index].key),
            Priority::High => held.max_by_key(|&index| self.waiting[index].key),
        }
    }

    /// The line leaves its note, which is over, for one that waits.
    fn go_back(&mut self, index: usize, next: usize, at: u64, actions: &mut Vec<Action>) {
        let next = self.waiting.remove(next);
        let old = self.change_note(index, next, Overlap::Yes, actions);
        actions.push(Action::Ended { note: old.address, from: at, at });
    }

    /// The line goes on with another note, which `overlap`s with a key that is or was down; gives the one before back.
    fn change_note(&mut self, index: usize, note: Note, overlap: Overlap, actions: &mut Vec<Action>) -> Note {
        let part = &mut self.parts[index];
        if part.started_at == self.now {
            return self.begin_otherwise(index, note, actions);
        }
        let from = part.pitch(&self.player);
        let again = part.note.has_key_of(&note);
        let tied = self.player.settings.voice_mode() == VoiceMode::Legato && !part.is_released() && !again;
        let old = part.take_over(note, &self.player);
        if !tied {
            part.attack(&self.player);
        }
        part.glide = Glide::NONE;
        let offset = from - part.pitch(&self.player);
        self.parts[index].glide = self.glide_over(index, offset, overlap);
        self.leave_trail(index);
        old
    }

    /// The line begins with another note than it was about to, as of keys that are struck together: nobody heard the first.
    fn begin_otherwise(&mut self, index: usize, note: Note, actions: &mut Vec<Action>) -> Note {
        let Self { parts, player, .. } = self;
        let part = &mut parts[index];
        let old = std::mem::replace(&mut part.note, note);
        part.modulate(player);
        if part.glide.offset() != 0.0 {
            let offset = part.glide.offset() + player.key_pitch(&old) - player.key_pitch(&part.note);
            part.glide = player.glide(&part.note, offset);
        }
        amend(part, player, actions);
        self.leave_trail(index);
        old
    }

    /// Begins a part with as many voices as there is room for.
    fn begin(&mut self, note: Note, role: Role, at: u64, actions: &mut Vec<Action>) {
        let unison = self.player.settings.unison();
        self.steal_down_to(self.player.settings.polyphony() - 1, MAX_VOICES - unison, at, actions);
        let (mut slots, mut count) = ([0; MAX_UNISON], 0);
        while let Some(slot) = (count < unison).then(|| self.slots.take(at)).flatten() {
            slots[count] = slot;
            count += 1;
        }
        if count == 0 {
            actions.push(Action::Refused { note: note.address, at });
            return;
        }
        let overlap = self.overlap(&note);
        let ensemble = Ensemble::new(&slots[..count], self.next_seed());
        let index = self.parts.len();
        self.parts.push(Part::new(note, role, ensemble, at));
        self.parts[index].modulate(&self.player);
        let offset = self.trail.map_or(0.0, |trail| trail.pitch_now() - self.player.key_pitch(&self.parts[index].note));
        self.parts[index].glide = self.glide_over(index, offset, overlap);
        self.leave_trail(index);
        self.start(index, actions);
    }

    /// The way of a part to the pitch of its note.
    fn glide_over(&self, index: usize, offset: f32, overlap: Overlap) -> Glide {
        match (self.player.settings.glide_when(), overlap) {
            (GlideWhen::Legato, Overlap::No) => Glide::NONE,
            (GlideWhen::Always, _) | (GlideWhen::Legato, Overlap::Yes) => {
                self.player.glide(&self.parts[index].note, offset)
            }
        }
    }

    /// Whether a key other than the note's is down.
    fn overlap(&self, note: &Note) -> Overlap {
        let sounding = self.parts.iter().filter(|part| !part.is_released()).map(|part| &part.note);
        let mut others = sounding.chain(&self.waiting).filter(|other| other.key_down && !other.has_key_of(note));
        if others.next().is_some() { Overlap::Yes } else { Overlap::No }
    }

    fn leave_trail(&mut self, index: usize) {
        let part = &self.parts[index];
        self.trail = Some(Trail { pitch: self.player.key_pitch(&part.note), glide: part.glide });
    }
}

/// A key comes up. The channel of a zone's member is another note's from then on.
fn lift(note: &mut Note, channels: &Channels) {
    note.key_down = false;
    if channels.zones.manager_of(note.channel).is_some() {
        note.frozen = Some(*channels.touch(note.channel));
    }
}

/// Says that the voices of a part that begins at this sample begin otherwise.
pub(super) fn amend(part: &Part, player: &Player, actions: &mut Vec<Action>) {
    actions.extend(part.targets(player).map(|target| Action::Amend {
        slot: target.slot,
        midi_pitch: target.midi_pitch,
        tone: target.tone,
        at: target.started_at,
    }));
}
