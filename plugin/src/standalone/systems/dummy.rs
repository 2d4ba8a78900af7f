//! No sound: a thread that asks for blocks as a device would, and throws them away.
//! A thread of its own. Also stands in while a device is missing, so that keyboards and the window go on.
//! Blocks come at the rate that was chosen (test: `blocks_come_at_their_rate`).

use super::super::choices::{Choices, System};
use super::super::fault::Fault;
use super::super::midi::Inbox;
use super::super::seat::{Chair, Seat};
use super::{AudioSystem, Offer, Opened, Stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Hertz.
const SAMPLE_RATE: u32 = 48_000;
/// Frames.
const BUFFER: u32 = 512;

/// No sound.
pub struct Dummy;

struct Silence {
    buffer: u32,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl AudioSystem for Dummy {
    fn system(&self) -> System {
        System::Dummy
    }

    fn offer(&mut self, _choices: &Choices) -> Offer {
        Offer {
            devices: Vec::new(),
            sample_rates: vec![44_100, 48_000, 88_200, 96_000, 192_000],
            buffers: vec![64, 128, 256, 512, 1024],
        }
    }

    fn open(&mut self, choices: &Choices, seat: &Arc<Seat>, inbox: &Arc<Inbox>) -> Result<Opened, Fault> {
        let sample_rate = choices.sample_rate.unwrap_or(SAMPLE_RATE);
        let buffer = choices.buffer.unwrap_or(BUFFER);
        let ends = Arc::new(AtomicBool::new(false));
        let mut chair = Chair::new(seat.clone(), inbox.clone(), sample_rate);
        let ended = ends.clone();
        let play = move || {
            let block = Duration::from_secs_f64(f64::from(buffer) / f64::from(sample_rate));
            let mut frames = vec![0.0_f32; buffer as usize * 2];
            let mut next = Instant::now();
            while !ended.load(Ordering::Acquire) {
                chair.play_interleaved(&mut frames, 2, |sample| sample);
                next += block;
                match next.checked_duration_since(Instant::now()) {
                    Some(rest) => std::thread::sleep(rest),
                    // The computer slept, or is too slow: nobody hears it.
                    None => next = Instant::now(),
                }
            }
        };
        let thread = std::thread::Builder::new().name("timbrel-no-sound".into()).spawn(play);
        let thread = thread.map_err(|error| Fault::Unusable { device: device(), reason: error.to_string() })?;
        let stream = Box::new(Silence { buffer, ends, thread: Some(thread) });
        Ok(Opened { stream, device: device(), sample_rate, remarks: Vec::new() })
    }
}

fn device() -> String {
    "nothing is heard".into()
}

impl Stream for Silence {
    fn buffer(&self) -> u32 {
        self.buffer
    }

    fn fault(&self) -> Option<Fault> {
        None
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // It never panics: faults of the plugin end in the plugin.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_at_their_rate() {
        let (seat, inbox) = (Arc::new(Seat::default()), Arc::new(Inbox::new()));
        let choices = Choices { sample_rate: Some(44_100), buffer: Some(64), ..Choices::default() };
        let opened = Dummy.open(&choices, &seat, &inbox).unwrap();
        assert_eq!((opened.sample_rate, opened.stream.buffer()), (44_100, 64));
        while seat.blocks() < 20 {
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(opened);
        let blocks = seat.blocks();
        std::thread::sleep(Duration::from_millis(10));
        assert_eq!((seat.blocks(), seat.longest()), (blocks, 64), "it ends when it is dropped");
    }
}
