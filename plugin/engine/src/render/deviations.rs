//! How far the partials of a stretched series are from the harmonics of the fundamental: a phase of its own for each.
//! On the audio thread; allocates in [`Deviations::new`] alone.
//! Promises exact phase over hours (test: `a_stretched_phase_is_continuous_after_hours`), a function of the position alone (test:
//! `block_sizes_never_change_a_stretched_sound`), and nothing to do for a series that was always harmonic.
//!
//! Partial k sounds at `r_k f0`. Its phase is `k` times the fundamental's, which stays exact, plus a deviation that runs at
//! `(r_k - k) f0` and like the fundamental goes in straight lines from frame to frame (`phase.rs`).

use super::phase::pairs;
use super::series::Series;

/// Deviations are bound to this, turns in a sample: far over Nyquist, and within what [`turns`] can hold.
const FASTEST: f64 = 1_024.0;

/// The deviation's phase of one partial in the present segment, in 2^-64 turns.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deviation {
    /// At the segment's start, and there its increment in a sample, and the increment's change in a sample.
    phase: u64,
    increment: u64,
    step: u64,
}

impl Deviation {
    /// Phase at sample `gone` of the segment.
    #[inline(always)]
    pub fn phase_at(&self, gone: u64) -> u64 {
        let held = self.phase.wrapping_add(self.increment.wrapping_mul(gone));
        held.wrapping_add(self.step.wrapping_mul(pairs(gone)))
    }

    /// Increment at sample `gone` of the segment.
    #[inline(always)]
    pub fn increment_at(&self, gone: u64) -> u64 {
        self.increment.wrapping_add(self.step.wrapping_mul(gone))
    }

    /// The increment's change in a sample.
    #[inline(always)]
    pub fn step(&self) -> u64 {
        self.step
    }
}

/// The deviations of all partials of one voice, whose segments are those of its `PhaseLine`.
pub(super) struct Deviations {
    /// The series that was harmonic since the voice began: all phases are zero.
    resting: bool,
    /// What is aimed at, and `r_k - k` of it.
    series: Series,
    excess: Vec<f64>,
    /// Turns in a sample at the segment's start and end.
    from: Vec<f64>,
    to: Vec<f64>,
    lines: Vec<Deviation>,
}

impl Deviations {
    /// None, for `partials` partials.
    pub fn new(partials: usize) -> Self {
        Self {
            resting: true,
            series: Series::HARMONIC,
            excess: vec![0.0; partials],
            from: vec![0.0; partials],
            to: vec![0.0; partials],
            lines: vec![Deviation::default(); partials],
        }
    }

    /// Whether all partials are exact harmonics, in phase too.
    pub fn rest(&self) -> bool {
        self.resting
    }

    /// A voice begins with this series and fundamental (turns in a sample); all partials are in phase.
    pub fn begin(&mut self, series: Series, fundamental: f64) {
        if !self.resting {
            self.lines.fill(Deviation::default());
            self.from.fill(0.0);
            self.to.fill(0.0);
            self.series = Series::HARMONIC;
            self.resting = true;
        }
        self.aim(Some(series), fundamental);
        if !self.resting {
            self.from.copy_from_slice(&self.to);
            self.settle();
        }
    }

    /// A segment of `length` samples (0: one that holds for ever) is left after `gone`; [`Self::settle`] or an aim follows.
    pub fn rebase(&mut self, gone: u64, length: u64) {
        if self.resting {
            return;
        }
        let share = if gone >= length { 1.0 } else { gone as f64 / length as f64 };
        let (within, held) = (gone.min(length), gone - gone.min(length));
        for ((line, from), to) in self.lines.iter_mut().zip(&mut self.from).zip(&self.to) {
            line.phase = line.phase_at(within);
            if held > 0 {
                line.phase = line.phase.wrapping_add(turns(*to).wrapping_mul(held));
            }
            *from = if share == 1.0 { *to } else { *from + (to - *from) * share };
        }
    }

    /// After [`Self::rebase`]: holds for ever what it had there.
    pub fn settle(&mut self) {
        if !self.resting {
            self.rule(0);
        }
    }

    /// After [`Self::rebase`]: aims at this series of a fundamental, turns in a sample; `None` keeps the series aimed at.
    pub fn aim(&mut self, series: Option<Series>, fundamental: f64) {
        let series = series.unwrap_or(self.series);
        if self.resting && series == Series::HARMONIC {
            return;
        }
        if self.resting || series != self.series {
            for (index, excess) in self.excess.iter_mut().enumerate() {
                let number = (index + 1) as f64;
                *excess = series.ratio(number) - number;
            }
        }
        self.resting = false;
        self.series = series;
        for (to, excess) in self.to.iter_mut().zip(&self.excess) {
            *to = (excess * fundamental).clamp(-FASTEST, FASTEST);
        }
    }

    /// After [`Self::rebase`]: aims at what it has.
    pub fn hold(&mut self) {
        if self.resting {
            return;
        }
        self.to.copy_from_slice(&self.from);
    }

    /// After [`Self::rebase`] and an aim: gets there in `length` samples (at least 1).
    pub fn ramp_over(&mut self, length: u64) {
        if !self.resting {
            self.rule(length.max(1));
        }
    }

    /// Frequencies of the deviation of partial `index + 1` at the segment's start and end, turns in a sample.
    pub fn ends(&self, index: usize) -> (f64, f64) {
        (self.from[index], self.to[index])
    }

    /// The segment of partial `index + 1`.
    pub fn line(&self, index: usize) -> Deviation {
        self.lines[index]
    }

    /// Sets the lines from start to end over `length` samples, or for ever where that is 0.
    fn rule(&mut self, length: u64) {
        for ((line, from), to) in self.lines.iter_mut().zip(&self.from).zip(&self.to) {
            line.increment = turns(*from);
            line.step = if length == 0 { 0 } else { turns((to - from) / length as f64) };
        }
    }
}

/// Turns as 2^-64 turns, whole ones dropped.
fn turns(value: f64) -> u64 {
    // 2^52 and a shift, as a conversion to 128 bits is a slow call; double precision has no more bits anyway.
    ((value * 4_503_599_627_370_496.0) as i64 as u64) << 12
}
