//! Where the player sits while a device plays it, and how it is taken away from a device that may have died.
//! `Chair` runs in the audio callback: nothing allocates, locks or waits. The keeper seats and takes.
//! A callback without a player is silence; one that loses it fades in its last block, and a device that no longer calls
//! loses it all the same (tests at the end).

use super::clock::Clock;
use super::midi::Inbox;
use super::player::{Player, Timed};
use crossbeam::queue::ArrayQueue;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often a player is looked for that a callback has.
const STEP: Duration = Duration::from_millis(1);

/// The seat of one device.
pub struct Seat {
    player: ArrayQueue<Box<Player>>,
    /// Where the callback puts a player that was called.
    called: ArrayQueue<Box<Player>>,
    calls: AtomicBool,
    blocks: AtomicU64,
    longest: AtomicU64,
    dropouts: AtomicU64,
}

impl Default for Seat {
    fn default() -> Self {
        Self {
            player: ArrayQueue::new(1),
            called: ArrayQueue::new(1),
            calls: AtomicBool::new(false),
            blocks: AtomicU64::new(0),
            longest: AtomicU64::new(0),
            dropouts: AtomicU64::new(0),
        }
    }
}

impl Seat {
    // The keeper's side.

    /// Seats a player.
    pub fn seat(&self, player: Box<Player>) {
        self.calls.store(false, Ordering::Release);
        self.player.force_push(player);
    }

    /// Takes the player away. A callback that is alive plays its last block to silence first; one that is not is not
    /// waited for. `None` if it is inside the player for longer than `patience`.
    pub fn take(&self, patience: Duration) -> Option<Box<Player>> {
        self.calls.store(true, Ordering::Release);
        let begin = Instant::now();
        // A device that is alive asks for a block every some milliseconds.
        let alive = patience / 2;
        loop {
            if let Some(player) = self.called.pop() {
                return Some(player);
            }
            if begin.elapsed() > alive
                && let Some(player) = self.player.pop()
            {
                return Some(player);
            }
            if begin.elapsed() > patience {
                return None;
            }
            std::thread::sleep(STEP);
        }
    }

    /// Blocks that the device has asked for.
    pub fn blocks(&self) -> u64 {
        self.blocks.load(Ordering::Relaxed)
    }

    /// Frames of the longest block that it asked for.
    pub fn longest(&self) -> u32 {
        self.longest.load(Ordering::Relaxed) as u32
    }

    /// Blocks that came too late.
    pub fn dropouts(&self) -> u64 {
        self.dropouts.load(Ordering::Relaxed)
    }

    /// A block came too late. Real-time safe.
    pub fn count_dropout(&self) {
        self.dropouts.fetch_add(1, Ordering::Relaxed);
    }

    // The callback's side.

    fn play(&self, left: &mut [f32], right: &mut [f32], play: impl FnOnce(&mut Player, &mut [f32], &mut [f32])) {
        self.blocks.fetch_add(1, Ordering::Relaxed);
        self.longest.fetch_max(left.len() as u64, Ordering::Relaxed);
        let Some(mut player) = self.player.pop() else {
            left.fill(0.0);
            right.fill(0.0);
            return;
        };
        play(&mut player, left, right);
        if self.calls.load(Ordering::Acquire) {
            fade_out(left);
            fade_out(right);
            // There is one player, so there is room.
            let _ = self.called.push(player);
        } else {
            let _ = self.player.push(player);
        }
    }
}

/// To silence, in a straight line.
fn fade_out(samples: &mut [f32]) {
    let step = 1.0 / samples.len() as f32;
    for (place, sample) in samples.iter_mut().rev().enumerate() {
        *sample *= place as f32 * step;
    }
}

/// The callback's half: what a device's callback owns.
pub struct Chair {
    seat: Arc<Seat>,
    inbox: Arc<Inbox>,
    clock: Clock,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Chair {
    /// Frames that are played at once; a device that asks for more gets it in pieces.
    const LONGEST: usize = 8192;

    /// For a device that plays `sample_rate` frames a second.
    pub fn new(seat: Arc<Seat>, inbox: Arc<Inbox>, sample_rate: u32) -> Self {
        let channel = vec![0.0; Self::LONGEST];
        Self { seat, inbox, clock: Clock::new(sample_rate), left: channel.clone(), right: channel }
    }

    /// Plays a block, with the inbox's messages and with those of `exact`. Real-time safe.
    pub fn play(&mut self, exact: impl Iterator<Item = Timed>, left: &mut [f32], right: &mut [f32]) {
        let span = self.clock.block(self.inbox.now_ns(), left.len());
        self.seat.play(left, right, |player, left, right| player.play(span, exact, left, right));
    }

    /// Plays a block into frames of `channels`: left and right into the first two, both into a single one, silence into the
    /// others. Real-time safe.
    pub fn play_interleaved<T>(&mut self, frames: &mut [T], channels: usize, convert: impl Fn(f32) -> T) {
        let channels = channels.max(1);
        for piece in frames.chunks_mut(Self::LONGEST * channels) {
            let length = piece.len() / channels;
            let span = self.clock.block(self.inbox.now_ns(), length);
            let (left, right) = (&mut self.left[..length], &mut self.right[..length]);
            self.seat.play(left, right, |player, left, right| player.play(span, std::iter::empty(), left, right));
            for ((frame, left), right) in piece.chunks_mut(channels).zip(left.iter()).zip(right.iter()) {
                match frame {
                    [both] => *both = convert((left + right) * 0.5),
                    [first, second, others @ ..] => {
                        *first = convert(*left);
                        *second = convert(*right);
                        others.fill_with(|| convert(0.0));
                    }
                    [] => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::player::Wire;
    use super::*;
    use crate::bundle::Bundle;
    use crate::plugin::{Shared, Timbrel};

    fn player() -> Box<Player> {
        let plugin = Timbrel::with(Shared::new(&Bundle::default()));
        Box::new(Player::new(plugin, Arc::default(), Arc::new(Wire::new(120.0))))
    }

    #[test]
    fn a_callback_without_a_player_is_silence() {
        let seat = Arc::new(Seat::default());
        let mut chair = Chair::new(seat.clone(), Arc::default(), 48_000);
        let mut frames = vec![1.0_f32; 3 * 100];
        chair.play_interleaved(&mut frames, 3, |sample| sample);
        assert!(frames.iter().all(|sample| *sample == 0.0));
        assert_eq!((seat.blocks(), seat.longest()), (1, 100));
    }

    #[test]
    fn a_player_is_taken_from_a_device_that_no_longer_calls() {
        let seat = Seat::default();
        seat.seat(player());
        assert!(seat.take(Duration::from_millis(20)).is_some());
        assert!(seat.take(Duration::from_millis(20)).is_none());
    }

    #[test]
    fn the_block_in_which_the_player_goes_ends_in_silence() {
        let seat = Seat::default();
        seat.seat(player());
        let (mut left, mut right) = ([0.0_f32; 64], [0.0_f32; 64]);
        seat.calls.store(true, Ordering::Release);
        seat.play(&mut left, &mut right, |_, left, right| {
            left.fill(1.0);
            right.fill(-1.0);
        });
        assert_eq!((left[0], left[63], right[63]), (63.0 / 64.0, 0.0, 0.0));
        let steepest = left.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.02, "{steepest}");
        assert!(seat.take(Duration::ZERO).is_some());
    }
}
