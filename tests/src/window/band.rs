//! The audio thread of a host: the plugin plays on a thread of its own while its window is used, and everything is recorded.
//! Started and ended by the main thread.
//! It follows the clock, block by block, or goes as fast as it can.

use crate::host::{Blocks, Event, HostError, Processor, Recording, Result, Timed};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A thread that plays.
pub struct Band {
    orders: Sender<Event>,
    shared: Arc<Shared>,
    thread: JoinHandle<Result<Processor>>,
}

#[derive(Default)]
struct Shared {
    position: AtomicU64,
    stop: AtomicBool,
    recording: Mutex<Recording>,
}

/// How fast a band plays, whatever the plugin is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Block by block as the clock goes.
    Clock,
    /// As fast as it can.
    Free,
}

/// What a band plays by.
#[derive(Clone, Debug)]
pub struct Score {
    /// What happens when, in order; positions are samples since activation.
    pub events: Vec<Timed>,
    /// It ends by itself after so many frames; `None` goes on until it is stopped.
    pub length: Option<u64>,
    /// Block by block.
    pub blocks: Blocks,
    /// Hertz.
    pub sample_rate: f64,
    /// By the clock or not.
    pub pace: Pace,
}

impl Band {
    /// Begins to play.
    pub fn begin(mut processor: Processor, score: Score) -> Self {
        let (orders, receiver) = channel();
        let shared = Arc::new(Shared::default());
        shared.position.store(processor.position(), Ordering::Release);
        let told = shared.clone();
        let thread = std::thread::spawn(move || play(&mut processor, score, &receiver, &told).map(|()| processor));
        Self { orders, shared, thread }
    }

    /// Sends something to the plugin with the next block.
    pub fn send(&self, event: Event) {
        // A band that has ended hears nothing more; its recording shows it.
        let _ = self.orders.send(event);
    }

    /// Samples played so far.
    pub fn position(&self) -> u64 {
        self.shared.position.load(Ordering::Acquire)
    }

    /// Whether it has played its score to the end.
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// What was recorded since this was last asked.
    pub fn heard(&self) -> Recording {
        self.shared.recording.lock().map(|mut recording| std::mem::take(&mut *recording)).unwrap_or_default()
    }

    /// Stops, and gives back the processor and what was recorded since it was last asked for.
    pub fn end(self) -> Result<(Processor, Recording)> {
        self.shared.stop.store(true, Ordering::Release);
        let processor =
            self.thread.join().map_err(|_| HostError::Activity("no longer playing: its audio thread panicked"))??;
        let recording = self.shared.recording.lock().map(|mut recording| std::mem::take(&mut *recording));
        Ok((processor, recording.unwrap_or_default()))
    }
}

fn play(processor: &mut Processor, score: Score, orders: &Receiver<Event>, shared: &Shared) -> Result<()> {
    let Score { events, length, mut blocks, sample_rate, pace } = score;
    let (begin, from) = (Instant::now(), processor.position());
    let end = length.map_or(u64::MAX, |length| from + length);
    let mut rest = &events[..];
    let mut now = Vec::new();
    while processor.position() < end && !shared.stop.load(Ordering::Acquire) {
        let position = processor.position();
        if pace == Pace::Clock {
            let due = begin + Duration::from_secs_f64((position - from) as f64 / sample_rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let frames = u64::from(blocks.next()).min(end - position);
        let count = rest.partition_point(|event| event.at < position + frames);
        now.clear();
        now.extend(orders.try_iter().map(|event| Timed { at: position, event }));
        now.extend_from_slice(&rest[..count]);
        rest = &rest[count..];
        let mut block = Recording::default();
        processor.process(&now, usize::try_from(frames).unwrap_or(usize::MAX), &mut block)?;
        if let Ok(mut recording) = shared.recording.lock() {
            recording.append(block);
        }
        shared.position.store(processor.position(), Ordering::Release);
    }
    Ok(())
}
