//! Turns events into frames: steps the performer and the decoder of all voices, one batch a frame, in order of time.
//! On the control thread, or inline when offline; it owns no thread and no clock, `advance` says how far the events are
//! known. The frames depend on the events' positions alone, not on how `advance` is called
//! (test: `frames_do_not_depend_on_how_the_conductor_is_advanced`).

use super::faults::{self, Faults, Stepped};
use super::gestures::Gestures;
use super::grid::Grid;
use super::instrument::Instrument;
use super::message::{EndedNote, Message};
use crate::event::{Event, TimedEvent};
use crate::frame::{FrameHead, FrameKind, FrameLayout, Tone};
use crate::model::{Aim, Controls, Decode, MAX_LATENT, Metadata, StepRequest};
use crate::perform::{Action, MAX_VOICES, Performer, SLOTS, VoiceTarget};
use crate::watch::{Publisher, Watch};
use rtrb::{Consumer, Producer};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A voice whose decoder fails holds its last values this long, seconds, ...
const FAULT_HOLD: f64 = 0.1;
/// ... and then fades over this.
const FAULT_FADE: f64 = 0.2;
/// Frames that one event or one step of the grid can make at most: an end and a step for each slot, and the mix.
const LARGEST_BURST: usize = 2 * SLOTS;

/// What went wrong so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Voices' frames without a usable row.
    pub decoder_errors: u64,
    /// Notes without a free slot.
    pub refused_notes: u64,
    /// Times the event queue was full.
    pub overflows: u64,
}

/// Where a conductor is connected to.
pub struct Wiring {
    /// From the callback.
    pub messages: Consumer<Message>,
    /// Set by the callback when the queue of messages is full.
    pub overflowed: Arc<AtomicBool>,
    /// To the callback.
    pub ended: Producer<EndedNote>,
    /// To whoever watches.
    pub publisher: Publisher,
}

/// What the performer makes of a decoder's row, linear.
#[derive(Clone, Copy)]
struct Gains {
    /// Of harmonics, or of all that is shaped.
    tone: f32,
    noise: f32,
}

impl Gains {
    const SILENT: Self = Self { tone: 0.0, noise: 0.0 };
}

/// A frame in the order of sending: its head, and the row of the decoder's output with its gains.
type Sending = (FrameHead, Option<(usize, Gains)>);

/// See the module.
pub struct Conductor {
    sample_rate: f64,
    /// Frames set off at most this many samples before they arrive.
    horizon: u64,
    wiring: Wiring,
    waiting: VecDeque<Message>,
    performer: Performer,
    instrument: Instrument,
    /// The decoder panicked.
    dead: bool,
    faults: Faults,
    grid: Grid,
    next_frame: u64,
    /// Where the frames of all voices last arrived.
    last: u64,
    /// Every event before this has been taken.
    reached: u64,
    counts: Counts,
    error: Option<String>,
    actions: Vec<Action>,
    /// Frames born of events since `last`, in order.
    pending: VecDeque<FrameHead>,
    gestures: Gestures,
    targets: Vec<VoiceTarget>,
    requests: Vec<StepRequest>,
    sending: Vec<Sending>,
    row: Vec<f32>,
}

impl Conductor {
    /// At position 0. `horizon` is the longest hop, in samples, that the latency has room for.
    pub fn new(sample_rate: f64, horizon: u64, instrument: Instrument, wiring: Wiring) -> Self {
        let mut conductor = Self {
            sample_rate,
            horizon,
            wiring,
            waiting: VecDeque::with_capacity(256),
            performer: Performer::new(sample_rate, instrument.character()),
            dead: false,
            faults: Faults::new(),
            grid: grid_of(&instrument, sample_rate),
            next_frame: 1,
            last: 0,
            reached: 0,
            counts: Counts::default(),
            error: None,
            actions: Vec::with_capacity(LARGEST_BURST),
            pending: VecDeque::with_capacity(LARGEST_BURST),
            gestures: Gestures::new(),
            targets: Vec::with_capacity(MAX_VOICES),
            requests: Vec::with_capacity(MAX_VOICES),
            sending: Vec::with_capacity(2 * LARGEST_BURST),
            row: vec![0.0; instrument.sender.layout().width()],
            instrument,
        };
        conductor.send_mix_at(0);
        conductor
    }

    /// Takes all events that have come and makes all frames that they allow, where every event before `known_until` has
    /// been sent. Returns the position up to which every frame has been sent that sets off before it.
    pub fn advance(&mut self, known_until: u64) -> u64 {
        loop {
            self.collect();
            let next = self.grid.position(self.next_frame);
            let message = self.waiting.front().filter(|message| message.at() < next.min(known_until)).copied();
            if let Some(message) = message {
                self.waiting.pop_front();
                self.take(message);
                self.flush();
            } else if next > known_until {
                self.reached = self.reached.max(known_until);
                break;
            } else if self.has_room() {
                self.step(next);
                self.flush();
            } else {
                self.reached = self.reached.max(next);
                break;
            }
        }
        self.flush();
        let sent = self.pending.front().map_or(u64::MAX, |head| head.from);
        self.sets_off().min(sent).min(known_until)
    }

    /// Lets another instrument play from here on; all voices move over, each from a settled state, while the old ones
    /// fade. Gives the old one back; gives `next` back while the old one's frames do not all fit in its queue.
    pub fn swap(&mut self, next: Instrument) -> Result<Instrument, Instrument> {
        if !self.has_room() {
            return Err(next);
        }
        let at = self.reached;
        self.send_all_pending();
        self.grid = grid_of(&next, self.sample_rate).from_origin(self.grid.origin());
        self.next_frame = self.grid.first_after(at);
        self.last = at;
        self.dead = false;
        self.error = None;
        self.faults = Faults::new();
        self.gestures.start_over();
        self.row.resize(next.sender.layout().width(), 0.0);
        self.wiring.publisher.take_up(next.sender.layout(), next.decoder.noise_rate());
        let mut old = std::mem::replace(&mut self.instrument, next);
        let fade = self.performer.move_over(self.instrument.character(), at, &mut self.actions);
        for action in &self.actions {
            if let Action::Start { slot, .. } = *action {
                let end = FrameHead { from: at, at: at + fade, kind: FrameKind::End { slot } };
                // `has_room` said that it fits.
                let _ = old.sender.send(end, &[]);
            }
        }
        self.send_mix_at(at);
        self.act();
        Ok(old)
    }

    /// What plays.
    pub fn instrument(&self) -> &Instrument {
        &self.instrument
    }

    /// Latency, less the largest block, that the instrument wants: its longest hop, samples.
    pub fn wanted_horizon(&self) -> u64 {
        self.grid.longest_hop()
    }

    /// Voices that sound, the fading ones left out.
    pub fn voices(&self) -> usize {
        self.performer.voices()
    }

    /// Looks at what it does, as [`crate::synth::SynthHandle::watch`] does.
    pub fn watch(&self) -> Watch {
        self.wiring.publisher.watch()
    }

    /// What went wrong so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The latest thing that went wrong with this instrument, a sentence.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Where the next step of the grid sets off: no frame that is still to be made does so before.
    fn sets_off(&self) -> u64 {
        self.last.max(self.grid.position(self.next_frame).saturating_sub(self.horizon))
    }

    /// Takes messages from the queue. After an overflow everything is choked, as note-offs may be lost: behind all that
    /// was sent before, which is in the queue when the flag is up.
    fn collect(&mut self) {
        let overflowed = self.wiring.overflowed.swap(false, Ordering::Acquire);
        while let Ok(message) = self.wiring.messages.pop() {
            self.waiting.push_back(message);
        }
        if overflowed {
            self.counts.overflows += 1;
            let at = self.waiting.back().map_or(self.reached, Message::at);
            self.waiting.push_back(Message::Event(TimedEvent { at, event: Event::Panic }));
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Event(timed) => {
                let storm = self.pending.len() > LARGEST_BURST;
                match timed.event {
                    Event::NoteOn { note, .. } if storm => self.actions.push(Action::Refused { note, at: timed.at }),
                    _ => self.performer.handle(timed, &mut self.actions),
                }
                self.act();
            }
            Message::Reset { at } => {
                self.performer.reset(at);
                self.faults = Faults::new();
                self.pending.clear();
                self.grid = self.grid.from_origin(at);
                self.next_frame = 1;
                self.last = at;
                self.send_mix_at(at);
            }
        }
    }

    /// Turns the performer's actions into frames to come.
    fn act(&mut self) {
        let mut actions = std::mem::take(&mut self.actions);
        for action in actions.drain(..) {
            match action {
                Action::Start { slot, note, seed, phase, midi_pitch, tone, at } => {
                    self.faults.clear(slot);
                    self.settle(slot, midi_pitch);
                    let kind = FrameKind::Start { slot, note, seed, phase, tone };
                    self.pending.push_back(FrameHead { from: at, at, kind });
                }
                Action::Amend { slot, midi_pitch, tone, at } => {
                    self.settle(slot, midi_pitch);
                    self.amend(slot, tone, at);
                }
                Action::End { slot, from, at } => {
                    self.pending.push_back(FrameHead { from, at, kind: FrameKind::End { slot } });
                }
                Action::Ended { note, from, at } => self.say_ended(EndedNote { note, from, at }),
                Action::Mix { from, at, mix } => {
                    let head = FrameHead { from, at, kind: FrameKind::Mix(mix) };
                    let storm = self.pending.len() > LARGEST_BURST;
                    match self.pending.back_mut() {
                        // Automation at every sample must not fill the queue: then the later mix takes the earlier's place.
                        Some(back) if matches!(back.kind, FrameKind::Mix(_)) && (storm || back.from == from) => {
                            *back = FrameHead { from: back.from, ..head };
                        }
                        _ => self.pending.push_back(head),
                    }
                }
                Action::Refused { note, at } => {
                    self.counts.refused_notes += 1;
                    self.say_ended(EndedNote { note, from: at, at });
                }
            }
        }
        self.actions = actions;
    }

    fn settle(&mut self, slot: u16, midi_pitch: f32) {
        if !self.dead && !faults::settle(self.instrument.decoder.as_mut(), slot, midi_pitch) {
            self.die();
        }
    }

    /// A voice that begins at `at` has this tone from the beginning, if its start still waits.
    fn amend(&mut self, slot: u16, amended: Tone, at: u64) {
        for head in self.pending.iter_mut().rev().take_while(|head| head.from == at) {
            match &mut head.kind {
                FrameKind::Start { slot: started, tone, .. } if *started == slot => *tone = amended,
                _ => {}
            }
        }
    }

    /// Steps all voices to their frames at `at`.
    fn step(&mut self, at: u64) {
        self.next_frame += 1;
        if at <= self.last {
            return;
        }
        self.performer.go_to(at, &mut self.actions);
        self.act();
        self.shape();
        self.targets.clear();
        self.performer.targets(&mut self.targets);
        self.wiring.publisher.begin(at, &self.performer, &self.targets);
        let usable = self.decode();
        self.sending.clear();
        while let Some(head) = self.next_pending_before(at) {
            let row = self.first_row(&head).filter(|_| usable);
            self.sending.push((head, row));
        }
        for row in 0..self.targets.len() {
            let target = self.targets[row];
            if usable && is_finite(self.instrument.decoder.as_ref(), row) {
                self.faults.clear(target.slot);
                let from = self.last.max(target.started_at).max(at.saturating_sub(self.horizon));
                let kind = FrameKind::Step { slot: target.slot, tone: target.tone };
                let gains = Gains { tone: target.harmonic_gain, noise: target.noise_gain };
                self.sending.push((FrameHead { from, at, kind }, Some((row, gains))));
            } else {
                self.fault(target, at);
            }
        }
        if let Some(mix) = self.performer.moved_mix() {
            let from = self.last.max(at.saturating_sub(self.horizon));
            self.sending.push((FrameHead { from, at, kind: FrameKind::Mix(mix) }, None));
        }
        self.last = at;
        // Stable, so that a voice's start goes before its first step from the same sample.
        self.sending.sort_by_key(|(head, _)| head.from);
        for index in 0..self.sending.len() {
            let (head, row) = self.sending[index];
            self.send(head, row);
        }
        self.wiring.publisher.publish();
        self.act();
    }

    /// The row with which a waveshaping voice begins: its first film, silent. From a film of zeros the way to the first
    /// one would be heard, as a timbre that nobody trained.
    fn first_row(&self, head: &FrameHead) -> Option<(usize, Gains)> {
        let (FrameKind::Start { slot, .. }, FrameLayout::Newt { .. }) = (head.kind, self.instrument.sender.layout())
        else {
            return None;
        };
        let row = self.targets.iter().position(|target| target.slot == slot)?;
        is_finite(self.instrument.decoder.as_ref(), row).then_some((row, Gains::SILENT))
    }

    /// Has the notes shaped, where the instrument knows how.
    fn shape(&mut self) {
        if self.dead {
            return;
        }
        if let Some(fault) = self.gestures.shape(&mut self.performer, self.instrument.decoder.as_mut())
            && self.error.is_none()
        {
            self.error = Some(format!("{}: {fault}", self.instrument.name()));
        }
    }

    /// Steps the decoder for all targets; says whether it gave rows.
    fn decode(&mut self) -> bool {
        if self.dead || self.targets.is_empty() {
            return false;
        }
        let metadata = self.instrument.decoder.metadata();
        self.requests.clear();
        self.requests.extend(self.targets.iter().map(|target| request(target, metadata)));
        match faults::step(self.instrument.decoder.as_mut(), &self.requests) {
            Stepped::Rows => {
                if self.error.is_none() {
                    self.error = self.instrument.decoder.trouble().map(str::to_owned);
                }
                true
            }
            Stepped::Failed(reason) => {
                self.error = Some(format!("{}: the decoder failed: {reason}", self.instrument.name()));
                false
            }
            Stepped::Panicked => {
                self.die();
                false
            }
        }
    }

    /// A voice's decoder gave nothing usable: the voice holds what it has, begins anew from a settled state, and fades if
    /// that does not help.
    fn fault(&mut self, target: VoiceTarget, at: u64) {
        self.counts.decoder_errors += 1;
        let since = self.faults.note(target.slot, at);
        let hold = (FAULT_HOLD * self.sample_rate) as u64;
        if self.dead || at - since >= hold {
            self.performer.drop_voice(target.slot, at, FAULT_FADE, &mut self.actions);
        }
        if self.dead {
            return;
        }
        if self.error.is_none() {
            self.error = Some(format!("{}: the decoder gave values that are not finite", self.instrument.name()));
        }
        self.settle(target.slot, target.midi_pitch);
    }

    fn die(&mut self) {
        self.dead = true;
        let name = self.instrument.name();
        self.error = Some(format!("{name}: the decoder crashed; load an instrument to play on"));
    }

    fn say_ended(&mut self, ended: EndedNote) {
        // A host that never calls back hears of no ends; nothing else depends on them.
        let _ = self.wiring.ended.push(ended);
    }

    fn send_mix_at(&mut self, at: u64) {
        self.pending.push_back(FrameHead { from: at, at, kind: FrameKind::Mix(self.performer.mix()) });
    }

    /// Whether whatever one step makes fits in the queue.
    fn has_room(&self) -> bool {
        self.instrument.sender.room() >= self.pending.len() + LARGEST_BURST
    }

    /// Sends those frames that no step of the grid can set off before.
    fn flush(&mut self) {
        let before = self.sets_off();
        while self.instrument.sender.room() > 0
            && let Some(head) = self.next_pending_before(before)
        {
            self.send(head, None);
        }
    }

    fn next_pending_before(&mut self, before: u64) -> Option<FrameHead> {
        if self.pending.front()?.from < before { self.pending.pop_front() } else { None }
    }

    fn send_all_pending(&mut self) {
        while let Some(head) = self.pending.pop_front() {
            self.send(head, None);
        }
    }

    fn send(&mut self, head: FrameHead, row: Option<(usize, Gains)>) {
        match row {
            Some((row, gains)) => {
                write_row(&mut self.row, self.instrument.decoder.controls(row), gains);
                self.instrument.sculptor.shape(&mut self.row, &self.targets[row]);
                self.wiring.publisher.see(row, &self.row);
            }
            // A voice begins silent.
            None => self.row.fill(0.0),
        }
        let row = if head.kind.has_row() { &self.row[..] } else { &[] };
        if let Err(error) = self.instrument.sender.send(head, row) {
            self.error = Some(format!("{}: {error}", self.instrument.name()));
        }
    }
}

/// What a voice's target asks of a model.
fn request(target: &VoiceTarget, metadata: &Metadata) -> StepRequest {
    let mut places = [0.0; MAX_LATENT];
    places.iter_mut().zip(target.timbre.latent).for_each(|(to, place)| *to = place);
    let mut latent = [0.0; MAX_LATENT];
    for ((value, dimension), place) in latent.iter_mut().zip(&metadata.latent).zip(places) {
        *value = dimension.at(place);
    }
    StepRequest {
        slot: usize::from(target.slot),
        midi_pitch: target.midi_pitch,
        loudness_db: target.loudness_db,
        latent,
        morph: target.timbre.morph,
        film: target.timbre.film,
        aim: Aim { asked_db: target.asked_db, wanted_db: target.wanted_db, f0_hz: target.tone.f0_hz, latent: places },
    }
}

fn grid_of(instrument: &Instrument, sample_rate: f64) -> Grid {
    let metadata = instrument.decoder.metadata();
    Grid::new(0, metadata.hop, sample_rate, metadata.sample_rate)
}

fn is_finite(decoder: &dyn Decode, row: usize) -> bool {
    decoder.is_finite(row) && decoder.controls(row).is_finite()
}

/// A frame's row, in the order of its layout.
fn write_row(row: &mut [f32], controls: Controls, gains: Gains) {
    let noise = match controls {
        Controls::Ddsp { amplitude, harmonic_distribution, noise_magnitudes } => {
            let amplitude = amplitude * gains.tone;
            let (partials, bands) = row.split_at_mut(harmonic_distribution.len());
            for (value, share) in partials.iter_mut().zip(harmonic_distribution) {
                *value = amplitude * share;
            }
            bands.iter_mut().zip(noise_magnitudes)
        }
        Controls::Newt { film, noise_magnitudes } => {
            let (shaping, bands) = row.split_at_mut(film.len() + 1);
            let (parts, presence) = shaping.split_at_mut(film.len());
            parts.copy_from_slice(film);
            presence.fill(gains.tone);
            bands.iter_mut().zip(noise_magnitudes)
        }
    };
    noise.for_each(|(value, magnitude)| *value = gains.noise * magnitude);
}
