//! The phase of one voice: the sum of a fundamental that goes in straight lines from frame to frame.
//! On the audio thread.
//! Promises exact phase over hours (test: `phase_is_continuous_after_hours`), a function of the position alone, so that block
//! cuts do not show (test: `block_sizes_never_change_the_output`).
//!
//! The phase at sample `i` of a segment is `phase + i x from + step x i (i - 1) / 2` in 2^-64 turns, which is the sum of
//! the linearly interpolated increments of all samples before, exact in wrapping integers.

/// One turn of the phase accumulator.
pub(super) const TURN: f64 = 18_446_744_073_709_551_616.0;

/// Phase and fundamental, linear from one frame to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct PhaseLine {
    sample_rate: f64,
    /// Where the segment starts and how long it is; 0 holds for ever.
    pub start: u64,
    pub length: u64,
    /// In 2^-64 turns: phase at the start, increments at start and end, and the increment's change in a sample.
    phase: u64,
    pub from: u64,
    pub to: u64,
    pub step: u64,
}

/// How far a segment was when it was left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Gone {
    /// All of the way.
    Whole,
    /// This share of it, 0 to 1.
    Share(f32),
}

impl PhaseLine {
    /// Stands still.
    pub fn new(sample_rate: f64) -> Self {
        Self { sample_rate, start: 0, length: 0, phase: 0, from: 0, to: 0, step: 0 }
    }

    /// Begins at `position` with this phase (cycles) and fundamental (hertz).
    pub fn begin(&mut self, position: u64, phase: f64, f0_hz: f64) {
        let increment = self.increment(f0_hz);
        let phase = (phase.rem_euclid(1.0) * TURN) as u64;
        *self = Self { start: position, phase, from: increment, to: increment, ..Self::new(self.sample_rate) };
    }

    /// Moves the start of the segment to `position` and holds from there what it had there. Says how far it was.
    pub fn rebase(&mut self, position: u64) -> Gone {
        let gone = position - self.start;
        let share = if gone >= self.length {
            let held = gone - self.length;
            self.phase = self.phase_at(self.length).wrapping_add(self.to.wrapping_mul(held));
            self.from = self.to;
            Gone::Whole
        } else {
            self.phase = self.phase_at(gone);
            self.from = self.increment_at(gone);
            Gone::Share(gone as f32 / self.length as f32)
        };
        self.start = position;
        self.length = 0;
        self.step = 0;
        share
    }

    /// After [`Self::rebase`]: aims at this fundamental, hertz; `None` keeps what was aimed at.
    pub fn aim(&mut self, f0_hz: Option<f64>) {
        if let Some(f0_hz) = f0_hz {
            self.to = self.increment(f0_hz);
        }
    }

    /// After [`Self::rebase`]: aims at the fundamental that it has.
    pub fn hold(&mut self) {
        self.to = self.from;
    }

    /// After [`Self::rebase`] and an aim: gets there in `length` samples (at least 1).
    pub fn ramp_over(&mut self, length: u64) {
        self.length = length.max(1);
        let difference = self.to as i128 - self.from as i128;
        self.step = (difference / i128::from(self.length)) as i64 as u64;
    }

    /// No more segment.
    pub fn stop(&mut self) {
        self.length = 0;
    }

    /// Fundamental at `position`, hertz.
    pub fn f0_hz(&self, position: u64) -> f64 {
        let gone = position.saturating_sub(self.start);
        let increment = if gone >= self.length { self.to } else { self.increment_at(gone) };
        increment as f64 / TURN * self.sample_rate
    }

    /// Phase at sample `gone` of the segment, 2^-64 turns.
    pub fn phase_at(&self, gone: u64) -> u64 {
        self.phase.wrapping_add(self.from.wrapping_mul(gone)).wrapping_add(self.step.wrapping_mul(pairs(gone)))
    }

    /// Increment at sample `gone` of the segment, 2^-64 turns.
    pub fn increment_at(&self, gone: u64) -> u64 {
        self.from.wrapping_add(self.step.wrapping_mul(gone))
    }

    fn increment(&self, f0_hz: f64) -> u64 {
        (f0_hz.clamp(0.0, 0.5 * self.sample_rate) / self.sample_rate * TURN) as u64
    }
}

/// `count (count - 1) / 2`: how often the change of the increment is in the phase after `count` samples.
#[inline(always)]
pub(super) fn pairs(count: u64) -> u64 {
    // One of the two is even.
    if count.is_multiple_of(2) {
        (count / 2).wrapping_mul(count.wrapping_sub(1))
    } else {
        count.wrapping_mul(count / 2)
    }
}
