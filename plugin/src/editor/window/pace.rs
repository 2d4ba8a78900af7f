//! When the next frame is due.
//! Wishes come from any thread without waiting; the window's thread asks.
//! At most 60 frames a second, none that nobody wants, and slow frames leave a third of the time to others (tests at the
//! end).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often the window's thread asks. Short against a frame, so that frames come evenly.
pub(super) const TICK: Duration = Duration::from_millis(4);
/// Between the beginnings of frames: 60 a second, less half a tick, because the tick that is nearest shall do.
const FRAME: Duration = Duration::from_micros(16_667 - 2_000);
/// Nothing is wanted.
const NEVER: u64 = u64::MAX;

/// Wishes for frames.
pub(super) struct Pace {
    start: Instant,
    /// When somebody wants a frame at the earliest, nanoseconds since `start`.
    wanted: AtomicU64,
}

/// What the window's thread knows of its frames.
#[derive(Clone, Copy, Default)]
pub(super) struct LastFrame {
    /// When the last one began.
    pub(super) began: Option<Instant>,
    /// What it took.
    pub(super) took: Duration,
}

impl Pace {
    /// Wants a frame as soon as can be.
    pub(super) fn hurry(&self) {
        self.wanted.store(0, Ordering::Release);
    }

    /// Wants a frame after so much time.
    pub(super) fn after(&self, delay: Duration) {
        let now = self.start.elapsed().as_nanos();
        let at = now.saturating_add(delay.as_nanos()).min(u128::from(NEVER)) as u64;
        self.wanted.fetch_min(at, Ordering::AcqRel);
    }

    /// Whether a frame is due at `now`.
    pub(super) fn is_due(&self, last: LastFrame, now: Instant) -> bool {
        self.until_due(last, now) == Some(Duration::ZERO)
    }

    /// How long from `now` until a frame is due; `None` if nobody wants one.
    pub(super) fn until_due(&self, last: LastFrame, now: Instant) -> Option<Duration> {
        let wanted = self.wanted.load(Ordering::Acquire);
        if wanted == NEVER {
            return None;
        }
        let wanted = self.start + Duration::from_nanos(wanted);
        let allowed = last.began.map_or(self.start, |began| began + FRAME.max(last.took * 3 / 2));
        Some(wanted.max(allowed).saturating_duration_since(now))
    }

    /// A frame begins: what was wanted until now is granted by it.
    pub(super) fn begin(&self) {
        self.wanted.store(NEVER, Ordering::Release);
    }
}

impl Default for Pace {
    /// Wants its first frame.
    fn default() -> Self {
        Self { start: Instant::now(), wanted: AtomicU64::new(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of a second in which each takes `took`, is wanted again at once, and the tick follows the drawing.
    fn frames_of_a_second(took: Duration) -> usize {
        let pace = Pace::default();
        let mut now = pace.start;
        let mut last = LastFrame::default();
        let mut frames = 0;
        while now < pace.start + Duration::from_secs(1) {
            if pace.is_due(last, now) {
                pace.begin();
                pace.wanted.store(0, Ordering::Release);
                last = LastFrame { began: Some(now), took };
                now += took;
                frames += 1;
            }
            now += TICK;
        }
        frames
    }

    #[test]
    fn what_moves_is_drawn_sixty_times_a_second_at_most() {
        for (milliseconds, least, most) in [(1, 55, 63), (5, 55, 63), (9, 50, 63), (30, 20, 23)] {
            let frames = frames_of_a_second(Duration::from_millis(milliseconds));
            println!("frames of {milliseconds} ms: {frames} a second");
            assert!((least..=most).contains(&frames), "{frames} frames");
        }
    }

    #[test]
    fn nothing_is_drawn_that_nobody_wants() {
        let pace = Pace::default();
        assert!(pace.is_due(LastFrame::default(), pace.start), "the first frame");
        pace.begin();
        let later = pace.start + Duration::from_secs(3600);
        assert!(!pace.is_due(LastFrame::default(), later));
        pace.after(Duration::from_secs(10));
        assert!(!pace.is_due(LastFrame::default(), pace.start + Duration::from_secs(9)));
        assert!(pace.is_due(LastFrame::default(), later));
        pace.after(Duration::MAX);
        assert!(pace.is_due(LastFrame::default(), later), "a later wish puts an earlier one off");
    }
}
