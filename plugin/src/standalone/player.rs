//! The plugin as a device plays it: activated at a rate, given messages, asked for blocks.
//! Activated by the keeper; `play` runs in the audio callback, where nothing allocates, locks or waits.
//! Messages sound at their own samples, however the device cuts its blocks
//! (tests: `messages_sound_at_their_samples`, `playing_allocates_nothing`).

use super::clock::Span;
use super::host::{Activating, Block};
use super::midi::{Inbox, Message, Stamped};
use crate::plugin::Timbrel;
use nice_plug::midi::{NoteEvent, PluginNoteEvent};
use nice_plug::prelude::{AuxiliaryBuffers, Buffer, BufferConfig, Plugin, ProcessMode, Transport};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Messages in a block at most; the rest waits for the next.
const MESSAGES: usize = 4096;
/// Quarters in a bar.
const BAR: i32 = 4;

/// A message at its sample in a block.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    /// Sample.
    pub offset: usize,
    /// The message.
    pub message: Message,
}

/// What the keeper and the callback share while a player plays. All of it is real-time safe.
#[derive(Debug)]
pub struct Wire {
    /// Bits of a number of beats a minute.
    tempo_bpm: AtomicU64,
    /// The plugin asks to be activated anew.
    restart: AtomicBool,
}

impl Wire {
    /// With a tempo in beats a minute.
    pub fn new(tempo_bpm: f64) -> Self {
        Self { tempo_bpm: AtomicU64::new(tempo_bpm.to_bits()), restart: AtomicBool::new(false) }
    }

    /// Another tempo, beats a minute.
    pub fn set_tempo(&self, tempo_bpm: f64) {
        self.tempo_bpm.store(tempo_bpm.to_bits(), Ordering::Relaxed);
    }

    /// Whether the plugin has asked to be activated anew since this was last called.
    pub fn take_restart(&self) -> bool {
        self.restart.swap(false, Ordering::Relaxed)
    }
}

/// The plugin with what a block needs.
pub struct Player {
    plugin: Timbrel,
    inbox: Arc<Inbox>,
    wire: Arc<Wire>,
    buffer: Buffer<'static>,
    /// Messages that have come and are for a later block.
    waiting: Vec<Stamped>,
    /// Of the block that is played.
    timed: Vec<Timed>,
    events: Vec<PluginNoteEvent<Timbrel>>,
    sample_rate: u32,
    max_block: usize,
    /// Since activation, samples.
    position: u64,
    beat: f64,
}

impl Player {
    /// A player that is not active yet, with messages from `inbox`.
    pub fn new(plugin: Timbrel, inbox: Arc<Inbox>, wire: Arc<Wire>) -> Self {
        let mut buffer = Buffer::default();
        // SAFETY: there are no slices yet, only room for two.
        unsafe { buffer.set_slices(0, |slices| slices.reserve_exact(2)) };
        Self {
            plugin,
            inbox,
            wire,
            buffer,
            waiting: Vec::with_capacity(MESSAGES),
            timed: Vec::with_capacity(MESSAGES),
            events: Vec::with_capacity(MESSAGES),
            sample_rate: 0,
            max_block: 0,
            position: 0,
            beat: 0.0,
        }
    }

    /// Makes it ready for a device. Not in the callback: this may take a tenth of a second.
    pub fn activate(&mut self, sample_rate: u32, max_block: u32) {
        self.deactivate();
        (self.sample_rate, self.max_block, self.position) = (sample_rate, max_block.max(1) as usize, 0);
        let config = BufferConfig {
            sample_rate: sample_rate as f32,
            min_buffer_size: None,
            max_buffer_size: max_block.max(1),
            process_mode: ProcessMode::Realtime,
        };
        let layout = Timbrel::AUDIO_IO_LAYOUTS.first().copied().unwrap_or_default();
        self.plugin.activate(&layout, &config, &mut Activating);
        self.plugin.reset();
        // What was played for another device is over.
        self.waiting.clear();
    }

    /// Lets go of the synth.
    pub fn deactivate(&mut self) {
        if self.sample_rate > 0 {
            self.plugin.deactivate();
            self.sample_rate = 0;
        }
    }

    /// Hertz; 0 while not active.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Frames of the largest block at once.
    pub fn max_block(&self) -> usize {
        self.max_block
    }

    /// Plays a block of any length into both channels, which are equally long: the messages of the inbox that came in
    /// `span`, and those of `exact`, whose samples are known and ascend. Real-time safe.
    pub fn play(&mut self, span: Span, exact: impl Iterator<Item = Timed>, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len());
        if self.sample_rate == 0 {
            left.fill(0.0);
            right.fill(0.0);
            return;
        }
        self.collect(span, exact, frames);
        let mut done = 0;
        let mut next = 0;
        while done < frames {
            let length = (frames - done).min(self.max_block);
            self.events.clear();
            while let Some(timed) = self.timed.get(next).filter(|timed| timed.offset < done + length) {
                let timing = timed.offset.saturating_sub(done) as u32;
                // The framework's own reading; it logs what it does not know, and there is nothing of that in a `Message`.
                if let Ok(event) = NoteEvent::from_midi(timing, timed.message.bytes()) {
                    self.events.push(event);
                }
                next += 1;
            }
            self.block(&mut left[done..done + length], &mut right[done..done + length]);
            done += length;
        }
    }

    /// Puts the messages of this block in order.
    fn collect(&mut self, span: Span, exact: impl Iterator<Item = Timed>, frames: usize) {
        self.inbox.take_into(&mut self.waiting);
        self.timed.clear();
        let timed = &mut self.timed;
        let mut count = 0;
        for stamped in &self.waiting {
            let Some(offset) = span.offset(stamped.at_ns, frames) else { break };
            timed.push(Timed { offset, message: stamped.message });
            count += 1;
        }
        self.waiting.drain(..count);
        for exact in exact {
            if timed.len() == timed.capacity() {
                break;
            }
            let place = timed.iter().rposition(|other| other.offset <= exact.offset).map_or(0, |before| before + 1);
            timed.insert(place, Timed { offset: exact.offset.min(frames.saturating_sub(1)), ..exact });
        }
    }

    /// One block that the plugin can play at once.
    fn block(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len();
        let tempo_bpm = f64::from_bits(self.wire.tempo_bpm.load(Ordering::Relaxed));
        let mut transport = Transport::new(self.sample_rate as f32);
        transport.playing = true;
        transport.tempo = Some(tempo_bpm);
        transport.time_sig_numerator = Some(BAR);
        transport.time_sig_denominator = Some(BAR);
        transport.pos_samples = Some(self.position as i64);
        transport.pos_beats = Some(self.beat);
        self.position += frames as u64;
        self.beat += frames as f64 / f64::from(self.sample_rate) * tempo_bpm / 60.0;
        // SAFETY: both are equally long, nothing else touches them, and the buffer forgets them below, before they end.
        // There is room for two, so that nothing is allocated.
        unsafe {
            let left = std::slice::from_raw_parts_mut(left.as_mut_ptr(), frames);
            let right = std::slice::from_raw_parts_mut(right.as_mut_ptr(), frames);
            self.buffer.set_slices(frames, |slices| {
                slices.clear();
                slices.push(left);
                slices.push(right);
            });
        }
        let mut context = Block { events: &self.events, taken: 0, transport, restart: Cell::new(false) };
        let mut none = AuxiliaryBuffers { inputs: &mut [], outputs: &mut [] };
        // Faults of the plugin are silence, and it says so itself.
        self.plugin.process(&mut self.buffer, &mut none, &mut context);
        if context.restart.get() {
            self.wire.restart.store(true, Ordering::Relaxed);
        }
        // SAFETY: no slices are left.
        unsafe { self.buffer.set_slices(0, Vec::clear) };
    }
}
