//! How long the newest frames of a window took, by part.
//! Written on the window's thread, read on any; both without waiting.
//! The newest frames are there in their order, and old ones make room (test: `the_newest_frames_are_kept`).

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// So many frames are kept: at 60 a second, eight seconds.
const KEPT: usize = 512;

/// What one frame took, seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameTime {
    /// Laying out and answering what the user did.
    pub ui: f32,
    /// Shapes to triangles.
    pub tessellation: f32,
    /// Triangles to pixels, and the pixels to the screen.
    pub paint: f32,
}

impl FrameTime {
    /// The whole frame, seconds.
    pub fn total(&self) -> f32 {
        self.ui + self.tessellation + self.paint
    }
}

/// The newest frames of an instance's windows.
pub struct Timings {
    /// Frames since the instance was made.
    frames: AtomicU64,
    /// A ring of [`FrameTime`]s, as bits.
    ring: Box<[[AtomicU32; 3]]>,
}

impl Timings {
    /// Frames drawn since the instance was made, by all of its windows.
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Acquire)
    }

    /// The newest frames, oldest first; at most 512.
    pub fn newest(&self) -> Vec<FrameTime> {
        let frames = self.frames();
        let kept = frames.min(KEPT as u64);
        (frames - kept..frames)
            .map(|frame| {
                let [ui, tessellation, paint] = &self.ring[frame as usize % KEPT]
                    .each_ref()
                    .map(|bits| f32::from_bits(bits.load(Ordering::Relaxed)));
                FrameTime { ui: *ui, tessellation: *tessellation, paint: *paint }
            })
            .collect()
    }

    /// Adds a frame. One thread at a time: an instance has one window.
    pub(super) fn add(&self, time: FrameTime) {
        let frame = self.frames.load(Ordering::Relaxed);
        let slot = &self.ring[frame as usize % KEPT];
        for (bits, seconds) in slot.iter().zip([time.ui, time.tessellation, time.paint]) {
            bits.store(seconds.to_bits(), Ordering::Relaxed);
        }
        self.frames.store(frame + 1, Ordering::Release);
    }
}

impl Default for Timings {
    fn default() -> Self {
        Self { frames: AtomicU64::new(0), ring: (0..KEPT).map(|_| Default::default()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_frames_are_kept() {
        let timings = Timings::default();
        assert!(timings.newest().is_empty());
        for frame in 0..KEPT + 3 {
            timings.add(FrameTime { ui: frame as f32, tessellation: 0.25, paint: 0.5 });
        }
        let newest = timings.newest();
        assert_eq!((newest.len(), timings.frames()), (KEPT, KEPT as u64 + 3));
        assert_eq!((newest[0].ui, newest[KEPT - 1].ui), (3.0, KEPT as f32 + 2.0));
        assert_eq!(newest[0].total(), 3.75);
    }
}
