//! How long the newest frames of a window took, by part.
//! Written on the window's thread, read on any; both without waiting.
//! A window that closes writes its newest frames to the file that [`FILE`] names, for whoever hosts the packaged plugin.
//! The newest frames are there in their order, and old ones make room (test: `the_newest_frames_are_kept`).

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The environment's name for a file that a closing window appends a line to for each of its newest frames: milliseconds of
/// [`FrameTime::ui`], [`FrameTime::tessellation`] and [`FrameTime::paint`], with spaces between.
pub const FILE: &str = "TIMBREL_FRAME_TIMES";
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

    /// Appends the frames from number `first` on to `file`, as [`FILE`] says.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn append(&self, first: u64, file: &Path) -> std::io::Result<()> {
        let newest = self.newest();
        let before = self.frames() - newest.len() as u64;
        let lines: String = newest
            .iter()
            .skip(first.saturating_sub(before) as usize)
            .map(|time| [time.ui, time.tessellation, time.paint].map(|seconds| seconds * 1e3))
            .map(|[ui, tessellation, paint]| format!("{ui:.3} {tessellation:.3} {paint:.3}\n"))
            .collect();
        OpenOptions::new().create(true).append(true).open(file)?.write_all(lines.as_bytes())
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
    fn a_window_writes_its_own_frames() {
        let timings = Timings::default();
        let time = FrameTime { ui: 0.001, tessellation: 0.0005, paint: 0.25 };
        (0..4).for_each(|_| timings.add(time));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("frames");
        timings.append(3, &file).unwrap();
        timings.append(3, &file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "1.000 0.500 250.000\n".repeat(2));
    }

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
