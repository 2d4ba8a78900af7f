//! The audio thread of a host: the plugin plays on a thread of its own while its window is used, and everything is recorded.
//! Started and ended by the main thread.
//! In real time it follows the clock, block by block; offline it goes as fast as it can.

use crate::host::{Blocks, Event, HostError, Mode, Processor, Recording, Result, Timed};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A thread that plays.
pub struct Band {
    orders: Sender<Event>,
    position: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<(Processor, Recording)>>,
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
    pub mode: Mode,
}

impl Band {
    /// Begins to play.
    pub fn begin(mut processor: Processor, score: Score) -> Self {
        let (orders, receiver) = channel();
        let (position, stop) = (Arc::new(AtomicU64::new(processor.position())), Arc::new(AtomicBool::new(false)));
        let (told, ended) = (position.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            let mut recording = Recording::default();
            let outcome = play(&mut processor, score, &receiver, &told, &ended, &mut recording);
            outcome.map(|()| (processor, recording))
        });
        Self { orders, position, stop, thread }
    }

    /// Sends something to the plugin with the next block.
    pub fn send(&self, event: Event) {
        // A band that has ended hears nothing more; its recording shows it.
        let _ = self.orders.send(event);
    }

    /// Samples played so far.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    /// Whether it has played its score to the end.
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Stops, and gives back the processor and what was recorded.
    pub fn end(self) -> Result<(Processor, Recording)> {
        self.stop.store(true, Ordering::Release);
        self.finish()
    }

    /// Waits for the end of the score.
    pub fn finish(self) -> Result<(Processor, Recording)> {
        self.thread.join().map_err(|_| HostError::Activity("no longer playing: its audio thread panicked"))?
    }
}

fn play(
    processor: &mut Processor,
    score: Score,
    orders: &Receiver<Event>,
    told: &AtomicU64,
    ended: &AtomicBool,
    recording: &mut Recording,
) -> Result<()> {
    let Score { events, length, mut blocks, sample_rate, mode } = score;
    let (begin, from) = (Instant::now(), processor.position());
    let end = length.map_or(u64::MAX, |length| from + length);
    let mut rest = &events[..];
    let mut now = Vec::new();
    while processor.position() < end && !ended.load(Ordering::Acquire) {
        let position = processor.position();
        if mode == Mode::Realtime {
            let due = begin + Duration::from_secs_f64((position - from) as f64 / sample_rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let frames = u64::from(blocks.next()).min(end - position);
        let count = rest.partition_point(|event| event.at < position + frames);
        now.clear();
        now.extend(orders.try_iter().map(|event| Timed { at: position, event }));
        now.extend_from_slice(&rest[..count]);
        rest = &rest[count..];
        processor.process(&now, usize::try_from(frames).unwrap_or(usize::MAX), recording)?;
        told.store(processor.position(), Ordering::Release);
    }
    Ok(())
}
