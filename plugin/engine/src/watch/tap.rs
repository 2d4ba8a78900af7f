//! The newest of the sound, for scopes and spectra: a ring that the callback overwrites.
//! Written in the audio callback, without a wait; read on any other thread (test: `the_tapped_sound_is_the_output`).

use std::sync::atomic::{AtomicU64, Ordering};

/// Samples that can be looked at, both channels; 0.34 s at 48 kHz, so that a spectrum tells 3 Hz apart.
pub const LONGEST_SOUND: usize = 16_384;
/// Samples in the ring: while the newest are copied, as many again may come.
const RING: usize = 2 * LONGEST_SOUND;

/// See the module.
pub(crate) struct Tap {
    /// Left in the upper half, right in the lower: a sample is never half of one and half of the next.
    ring: Box<[AtomicU64]>,
    /// Samples written since the synth started, or their positions.
    written: AtomicU64,
}

impl Tap {
    /// Silent.
    pub fn new() -> Self {
        Self { ring: (0..RING).map(|_| AtomicU64::new(0)).collect(), written: AtomicU64::new(0) }
    }

    /// Writes samples of which the first is at `position`. Real-time safe.
    pub fn write(&self, position: u64, left: &[f32], right: &[f32]) {
        for ((left, right), at) in left.iter().zip(right).zip(position..) {
            self.ring[at as usize % RING].store(packed(*left, *right), Ordering::Relaxed);
        }
        self.written.store(position + left.len().min(right.len()) as u64, Ordering::Release);
    }

    /// Copies the newest, oldest first; more than [`LONGEST_SOUND`] begin with silence, and so does what was never written.
    /// Returns the position after the last.
    pub fn read(&self, left: &mut [f32], right: &mut [f32]) -> u64 {
        let end = self.written.load(Ordering::Acquire);
        let length = left.len().min(right.len());
        let there = (end.min(LONGEST_SOUND as u64) as usize).min(length);
        for channel in [&mut left[..length], &mut right[..length]] {
            channel[..length - there].fill(0.0);
        }
        let newest = left[length - there..length].iter_mut().zip(&mut right[length - there..length]);
        for ((left, right), at) in newest.zip(end - there as u64..) {
            (*left, *right) = unpacked(self.ring[at as usize % RING].load(Ordering::Relaxed));
        }
        end
    }
}

fn packed(left: f32, right: f32) -> u64 {
    u64::from(left.to_bits()) << 32 | u64::from(right.to_bits())
}

fn unpacked(both: u64) -> (f32, f32) {
    (f32::from_bits((both >> 32) as u32), f32::from_bits(both as u32))
}
