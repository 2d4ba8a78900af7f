//! The audio callback's side of an instrument.

use super::config::{BLOCK_CAP, Mode};
use super::layers::Layers;
use super::wait;
use crate::control::denormals::FlushDenormals;
use crate::control::desk::{Desk, smoothed_load};
use crate::control::message::{EndedNote, Message};
use crate::control::shared::Shared;
use crate::event::{Event, NoteAddress, TimedEvent};
use crate::render::{Layer, Limiter};
use crate::watch::Watched;
use rtrb::{Consumer, Producer};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

/// Fade of what sounds when everything is reset, seconds. Never longer than the latency, in which nothing else sounds.
const RESET_FADE: f64 = 0.005;

/// What a synth is assembled from.
pub(super) struct Parts {
    pub sample_rate: f64,
    pub block: usize,
    pub latency: u64,
    pub layer: Box<Layer>,
    pub shared: Arc<Shared>,
    pub watched: Arc<Watched>,
    pub desk: Arc<Mutex<Desk>>,
    pub messages: Producer<Message>,
    pub ended: Consumer<EndedNote>,
    pub arrivals: Consumer<Box<Layer>>,
    pub returns: Producer<Box<Layer>>,
    pub control_thread: JoinHandle<()>,
    pub janitor_thread: JoinHandle<()>,
}

/// The audio callback's side of an instrument. What happens at sample `n` of the host's clock sounds at
/// `n +` [`Synth::latency`].
pub struct Synth {
    sample_rate: f64,
    /// Longer blocks are rendered in parts of this.
    block: usize,
    latency: u64,
    mode: Mode,
    /// Samples processed since the start.
    position: u64,
    /// Position of the latest reset.
    origin: u64,
    /// The reset at `origin` found the queue full and must be sent again.
    reset_unsent: bool,
    /// Position of the latest event: they ascend.
    latest_event: u64,
    layers: Layers,
    limiter: Limiter,
    /// How much of the limiter each sample of a part wants.
    limiter_amounts: Vec<f32>,
    /// What still sounds after a reset, and how much of it has been played.
    fade: [Vec<f32>; 2],
    fade_played: usize,
    shared: Arc<Shared>,
    watched: Arc<Watched>,
    messages: Producer<Message>,
    ended: Consumer<EndedNote>,
    desk: Option<Arc<Mutex<Desk>>>,
    control_thread: Option<JoinHandle<()>>,
    janitor_thread: Option<JoinHandle<()>>,
}

impl Synth {
    pub(super) fn assemble(parts: Parts) -> Self {
        let fade = ((RESET_FADE * parts.sample_rate) as usize).min(parts.latency as usize);
        let offline = parts.shared.offline.load(Ordering::Relaxed);
        Self {
            sample_rate: parts.sample_rate,
            block: parts.block,
            latency: parts.latency,
            mode: if offline { Mode::Offline } else { Mode::Realtime },
            position: 0,
            origin: 0,
            reset_unsent: false,
            latest_event: 0,
            layers: Layers::new(parts.layer, parts.arrivals, parts.returns),
            limiter: Limiter::new(parts.sample_rate),
            limiter_amounts: vec![0.0; parts.block.max(fade)],
            fade: [vec![0.0; fade], vec![0.0; fade]],
            fade_played: fade,
            shared: parts.shared,
            watched: parts.watched,
            messages: parts.messages,
            ended: parts.ended,
            desk: Some(parts.desk),
            control_thread: Some(parts.control_thread),
            janitor_thread: Some(parts.janitor_thread),
        }
    }

    /// Samples from an event's position to its sound: one largest block (at most [`BLOCK_CAP`]) and one hop.
    /// Fixed for the life of the synth.
    pub fn latency(&self) -> u32 {
        u32::try_from(self.latency).unwrap_or(u32::MAX)
    }

    /// Whether time presses.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Changes between real time and offline; between blocks. Real-time safe.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
        self.shared.offline.store(mode == Mode::Offline, Ordering::Release);
    }

    /// Sends an event that happens at `offset` in the block that comes next. Offsets ascend; one that does not counts as
    /// the latest. Real-time safe.
    pub fn send(&mut self, offset: usize, event: Event) {
        let at = (self.position + offset as u64).max(self.latest_event);
        self.latest_event = at;
        self.push(Message::Event(TimedEvent { at, event }));
    }

    /// Renders the next block; both channels have the same length and are overwritten. Real-time safe (when not offline).
    /// `ended` is told each note that fell silent and its offset in the block.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32], ended: &mut dyn FnMut(NoteAddress, usize)) {
        let _flush = FlushDenormals::begin();
        let begun = self.watched.is_watched().then(Instant::now);
        let length = left.len().min(right.len());
        let (left, right) = (&mut left[..length], &mut right[..length]);
        left.fill(0.0);
        right.fill(0.0);
        self.publish(self.position + length as u64);
        let mut done = 0;
        while done < length {
            let part = done..length.min(done + self.block);
            done = part.end;
            self.wake();
            self.render_part(&mut left[part.clone()], &mut right[part.clone()]);
            self.report_ended(part, ended);
        }
        if let Some(begun) = begun {
            self.measure(begun, length);
        }
    }

    /// Forgets every note; what sounds fades within the latency, and the same events then give the same bytes as on a
    /// new synth. Settings keep their values. Real-time safe.
    pub fn reset(&mut self) {
        let _flush = FlushDenormals::begin();
        self.render_fade();
        self.limiter.reset();
        self.origin = self.position;
        self.latest_event = self.position;
        self.layers.restart(self.origin);
        while self.ended.pop().is_ok() {}
        self.reset_unsent = true;
        self.send_reset();
    }

    /// Lets the conductor know that every event before `until` has been sent.
    fn publish(&mut self, until: u64) {
        self.send_reset();
        self.latest_event = self.latest_event.max(self.position);
        self.shared.known_until.store(until, Ordering::Release);
    }

    /// Smooths the share of `samples`' duration that has passed since `begun`. For the clock see [`wait`].
    fn measure(&self, begun: Instant, samples: usize) {
        if samples == 0 {
            return;
        }
        let load = &self.shared.callback_load;
        let seconds = samples as f64 / self.sample_rate;
        load.store(smoothed_load(load.load(Ordering::Relaxed), begun, seconds), Ordering::Relaxed);
    }

    fn push(&mut self, message: Message) -> bool {
        self.send_reset();
        if self.messages.is_full() && self.mode == Mode::Offline {
            self.run_desk();
        }
        let sent = self.messages.push(message).is_ok();
        if !sent {
            self.shared.overflowed.store(true, Ordering::Release);
        }
        sent
    }

    fn send_reset(&mut self) {
        if self.reset_unsent {
            // First, as pushing sends an unsent reset.
            self.reset_unsent = false;
            self.reset_unsent = !self.push(Message::Reset { at: self.origin });
        }
    }

    fn wake(&self) {
        if let (Mode::Realtime, Some(thread)) = (self.mode, &self.control_thread) {
            thread.thread().unpark();
        }
    }

    fn run_desk(&mut self) {
        if let Some(desk) = &self.desk {
            desk.lock().unwrap_or_else(PoisonError::into_inner).run();
        }
    }

    /// Renders one part of a block, at most `self.block` samples, and moves on.
    fn render_part(&mut self, left: &mut [f32], right: &mut [f32]) {
        let end = self.position + left.len() as u64;
        // Event positions count from the origin in the layers; before the first, there is silence.
        let sounds_from = self.origin + self.latency;
        let mut done = sounds_from.saturating_sub(self.position).min(left.len() as u64) as usize;
        self.limiter_amounts[..done].fill(self.layers.limiter());
        self.position = end;
        while done < left.len() {
            let (target, late) = self.frames_until(end - self.latency, left.len() - done);
            self.layers.take_arrivals(self.origin);
            let stop = left.len() - (end - self.latency - target) as usize;
            let start = end - (left.len() - done) as u64 - sounds_from;
            let part = done..stop;
            let amounts = &mut self.limiter_amounts[part.clone()];
            self.layers.render(start, &mut left[part.clone()], &mut right[part], amounts, late);
            done = stop;
        }
        self.limiter.process(left, right, &self.limiter_amounts[..done]);
        self.shared.limiter_gain.store(self.limiter.gain(), Ordering::Relaxed);
        // Limited already; what begins after the reset must not remember it.
        self.play_fade(left, right);
        if let Some(tap) = self.watched.tap() {
            tap.write(end - left.len() as u64, left, right);
        }
    }

    /// Has frames computed or waits for them; returns up to which position, at most `end`, the banks may render now, and
    /// whether frames are missing there. `samples` are still to be rendered.
    fn frames_until(&mut self, end: u64, samples: usize) -> (u64, bool) {
        match self.mode {
            Mode::Realtime => {
                let there = wait::for_frames(&self.shared, end, samples, self.sample_rate);
                if !there {
                    self.shared.late.fetch_add(1, Ordering::Relaxed);
                }
                (end, !there)
            }
            Mode::Offline => {
                self.run_desk();
                let computed = self.shared.computed_until().min(end);
                // A frame queue that is full gets room as the banks take frames; no progress at all is a conductor that failed.
                let stuck = computed + samples as u64 <= end;
                if stuck { (end, true) } else { (computed, false) }
            }
        }
    }

    /// Renders the sound that a reset cuts off, fading, into the fade's buffers.
    fn render_fade(&mut self) {
        let [left, right] = &mut self.fade;
        // A fade that is not over yet goes on beneath.
        let rest = left.len() - self.fade_played;
        for channel in [&mut *left, &mut *right] {
            channel.copy_within(self.fade_played.., 0);
            channel[rest..].fill(0.0);
        }
        self.fade_played = 0;
        let sounds_from = self.origin + self.latency;
        if self.position < sounds_from {
            return;
        }
        self.layers.take_arrivals(self.origin);
        let amounts = &mut self.limiter_amounts[..left.len()];
        self.layers.render(self.position - sounds_from, left, right, amounts, false);
        // What is limited now goes on as loud as it is; the limiter then begins anew.
        self.limiter.process(left, right, amounts);
        let length = left.len() as f32;
        for channel in [left, right] {
            for (index, sample) in channel.iter_mut().enumerate() {
                *sample *= 0.5 + 0.5 * (std::f32::consts::PI * index as f32 / length).cos();
            }
        }
    }

    fn play_fade(&mut self, left: &mut [f32], right: &mut [f32]) {
        let length = (self.fade[0].len() - self.fade_played).min(left.len());
        let played = self.fade_played..self.fade_played + length;
        for (fade, channel) in self.fade.iter().zip([left, right]) {
            for (sample, fade) in channel.iter_mut().zip(&fade[played.clone()]) {
                *sample += fade;
            }
        }
        self.fade_played += length;
    }

    /// Tells the notes that are silent by the end of the part just rendered; `part` is its place in the block.
    fn report_ended(&mut self, part: std::ops::Range<usize>, ended: &mut dyn FnMut(NoteAddress, usize)) {
        let Some(end) = self.position.checked_sub(self.latency) else { return };
        let start = end.saturating_sub(part.len() as u64);
        while let Ok(EndedNote { note, from, at }) = self.ended.peek().copied() {
            if at >= end {
                return;
            }
            let _ = self.ended.pop();
            if from >= self.origin {
                ended(note, part.start + at.saturating_sub(start).min(part.len() as u64 - 1) as usize);
            }
        }
    }
}

impl Drop for Synth {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.watched.end();
        drop(self.shared.take_package());
        // A panic on those threads has been said in the status; there is nothing left to do about it here.
        if let Some(thread) = self.control_thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
        self.desk = None;
        if let Some(thread) = self.janitor_thread.take() {
            let _ = thread.join();
        }
    }
}

const _: () = assert!(BLOCK_CAP <= u32::MAX as usize);
