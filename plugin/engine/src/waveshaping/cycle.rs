//! One cycle of what the shapers make while their film stands still: a few points, for levels and spectra.
//! Built on the loader thread; works on the control thread, without allocation.
//! Promises the bank's sound but for what the points fold back (test: `a_cycle_has_the_power_of_its_sound`).
//!
//! With constant film the sound is a function of one phase: points of it give its power (Parseval) and a Fourier transform
//! its partials. Partials beyond half the points fold back; they keep their power.

use super::{GROUP, Rung, Waveshaping};
use crate::frame::FILM_PARTS;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug)]
pub struct Cycle {
    constants: Arc<Waveshaping>,
    points: usize,
    /// Which rung `mixes` holds, if any.
    rung: Option<usize>,
    /// The exciter's mixes, `[shaper][point]`.
    mixes: Vec<f32>,
    /// What the shapers make of them, `[point]`.
    shaped: Vec<f32>,
}

impl Cycle {
    /// For cycles of so many points, at least 1.
    pub fn new(constants: &Arc<Waveshaping>, points: usize) -> Self {
        let points = points.max(1);
        Self {
            constants: Arc::clone(constants),
            points,
            rung: None,
            mixes: vec![0.0; constants.shapers() * points],
            shaped: vec![0.0; points],
        }
    }

    /// The constants that it was made for.
    pub fn constants(&self) -> &Arc<Waveshaping> {
        &self.constants
    }

    /// The exciter's mixes at a fundamental, hertz: partials up to its top.
    pub fn excite(&mut self, f0_hz: f32) {
        let exciter = &self.constants.exciter;
        let partials = ((exciter.top_hz / f64::from(f0_hz.max(1.0))) as usize).min(exciter.harmonics);
        let rungs = self.constants.exciter_tables.rungs();
        let index = rungs.partition_point(|rung| rung.partials <= partials).saturating_sub(1);
        if self.rung != Some(index) {
            self.rung = Some(index);
            self.read(rungs[index]);
        }
    }

    /// The cycle for a film (its [`FILM_PARTS`] parts, each as wide as there are shapers), linear, presence 1, its mean left in.
    /// Silence where nothing was excited yet.
    pub fn shape(&mut self, film: &[f32]) -> &[f32] {
        let count = self.constants.shapers();
        debug_assert_eq!(film.len(), FILM_PARTS * count);
        let weights = &self.constants.output_weights;
        let rest: f32 = film[3 * count..].iter().zip(weights).map(|(shift, weight)| shift * weight).sum();
        self.shaped.fill(rest + self.constants.output_bias);
        let tables = &self.constants.tables;
        for (shaper, (mixes, span)) in self.mixes.chunks_exact(self.points).zip(tables.spans()).enumerate() {
            let gain = film[2 * count + shaper] * weights[shaper];
            if gain == 0.0 {
                continue;
            }
            let cubics = &tables.cubics()[span.first..span.first + span.intervals];
            let top = span.intervals as f32;
            let steps = top / (span.high - span.low);
            let (scale, shift) = (film[shaper] * steps, (film[count + shaper] - span.low) * steps);
            for (sum, mix) in self.shaped.iter_mut().zip(mixes) {
                let at = (mix * scale + shift).max(0.0).min(top);
                let interval = (at as usize).min(cubics.len() - 1);
                let t = at - interval as f32;
                let [c0, c1, c2, c3] = cubics[interval].0;
                *sum += gain * (c0 + t * (c1 + t * (c2 + t * c3)));
            }
        }
        &self.shaped
    }

    /// The exciter's mix for one shaper, as it was excited last: its points over one cycle, silence where nothing was.
    pub fn mix(&self, shaper: usize) -> &[f32] {
        &self.mixes[shaper * self.points..][..self.points]
    }

    /// What one shaper alone makes of the mixes at an index scale and shift, linear. Slow; for the loader thread.
    pub fn shape_alone(&self, shaper: usize, scale: f32, shift: f32) -> Vec<f32> {
        let mixes = &self.mixes[shaper * self.points..][..self.points];
        let index = |mix: &f32| f64::from(*mix * scale + shift);
        mixes.iter().map(|mix| self.constants.tables.evaluate(shaper, index(mix)) as f32).collect()
    }

    fn read(&mut self, rung: Rung) {
        let tables = &self.constants.exciter_tables;
        for point in 0..self.points {
            let place = point * rung.points;
            let (cell, rest) = (place / self.points, place % self.points);
            let weights = spline(rest as f32 / self.points as f32);
            for group in 0..self.constants.groups() {
                let rows = &tables.rows(rung, group)[cell..cell + 4];
                let mut mix = [0.0; GROUP];
                for (row, weight) in rows.iter().zip(weights) {
                    mix.iter_mut().zip(row.0).for_each(|(mix, value)| *mix += weight * value);
                }
                let columns = self.mixes.iter_mut().skip(group * GROUP * self.points + point).step_by(self.points);
                columns.zip(mix).for_each(|(to, mix)| *to = mix);
            }
        }
    }
}

/// Power of a cycle without its mean, and its mean.
pub fn power_and_mean(cycle: &[f32]) -> (f32, f32) {
    let count = cycle.len().max(1) as f32;
    let mean = cycle.iter().sum::<f32>() / count;
    (cycle.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / count, mean)
}

/// The uniform cubic B-spline's four pieces.
fn spline(t: f32) -> [f32; 4] {
    let rest = 1.0 - t;
    let sixth = 1.0 / 6.0;
    [
        rest * rest * rest * sixth,
        (t * t * (3.0 * t - 6.0) + 4.0) * sixth,
        (rest * rest * (3.0 * rest - 6.0) + 4.0) * sixth,
        t * t * t * sixth,
    ]
}
