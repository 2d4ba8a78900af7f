//! The exciter's mixes as single cycles, one rung for each band limit.
//! Built on the loader thread, read on the audio thread.
//! Promises every rung within -103 dB (a full one -112 dB) of its partials' sum (test: `every_rung_is_its_partials`).
//!
//! A rung T_K holds partials 1..=K of all mixes as coefficients of a periodic cubic B-spline. A spline through samples of
//! sin(2 pi k p / P) has the coefficients of that sine divided by (2 + cos(2 pi k / P)) / 3 (M. Unser, "Splines: a
//! perfect fit for signal and image processing", 1999), so dividing each partial by that makes the spline exact but for
//! images of partial k at (k / (P - k))^4 of its level.

use super::{Exciter, GROUP, Octet};
use std::f64::consts::TAU;

/// Points of a cycle for each partial: images of the highest partial at (1 / 19)^4, -102 dB, and of a flat mix at -109 dB.
const POINTS_PER_PARTIAL: usize = 20;
/// Rungs share one number of points up to this ratio of their partials, so that each is the one below plus a partial.
const SHARED_UP_TO: f64 = 1.25;
/// Fewest partials for which points are laid out: a mix of few is as loud as its highest.
const FEWEST: usize = 16;
/// Rows after the cycle that repeat its beginning, so that four rows can be read from every point on.
const OVERHANG: usize = 3;
/// Bytes for all rungs of an instrument. One rung an octave is always built.
const BUDGET: usize = 32 << 20;
/// Ratios of neighbouring rungs that are tried when every number of partials is too much.
const THINNER: [f64; 7] = [1.02, 1.04, 1.08, 1.12, 1.2, 1.4, 2.0];

/// Where one rung is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Partials 1..=this sound.
    pub partials: usize,
    /// Points of the cycle.
    pub points: usize,
    first: usize,
}

impl Rung {
    /// Where its first group begins in [`ExciterTables::all_rows`].
    pub fn first(&self) -> usize {
        self.first
    }

    /// Rows of each group: the next group begins so much later.
    pub fn stride(&self) -> usize {
        self.points + OVERHANG
    }
}

/// All rungs, the one without partials (the biases alone) first.
#[derive(Clone, Debug, PartialEq)]
pub struct ExciterTables {
    groups: usize,
    rungs: Vec<Rung>,
    /// Of each rung: `[group][point and overhang]`.
    rows: Vec<Octet>,
}

impl ExciterTables {
    /// Builds all rungs that the budget affords.
    pub fn of(exciter: &Exciter) -> Self {
        let groups = exciter.shapers.div_ceil(GROUP);
        let mut tables = Self { groups, rungs: Vec::new(), rows: Vec::new() };
        let partials = affordable(exciter.harmonics, groups);
        let size: usize = partials.iter().map(|partials| rows(groups, *partials)).sum();
        tables.rows.reserve_exact(size);
        let mut cycle = Cycle::new(exciter, groups, 0);
        for partials in partials {
            if cycle.points != points(partials) {
                cycle = Cycle::new(exciter, groups, points(partials));
            }
            cycle.add_up_to(exciter, partials);
            tables.push(partials, &cycle);
        }
        tables
    }

    /// The rungs, by ascending partials.
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// Rows of one group: row i to i + 3 are the coefficients around the stretch from point i to point i + 1.
    /// There are [`Rung::points`] + 3.
    pub fn rows(&self, rung: Rung, group: usize) -> &[Octet] {
        &self.rows[rung.first + group * rung.stride()..][..rung.stride()]
    }

    /// Rows of all groups of all rungs.
    pub fn all_rows(&self) -> &[Octet] {
        &self.rows
    }

    /// Bytes of all rungs.
    pub fn bytes(&self) -> usize {
        size_of_val(self.rows.as_slice())
    }

    fn push(&mut self, partials: usize, cycle: &Cycle) {
        let first = self.rows.len();
        let width = self.groups * GROUP;
        for group in 0..self.groups {
            for row in 0..cycle.points + OVERHANG {
                // Row 0 is the coefficient before point 0.
                let point = (row + cycle.points - 1) % cycle.points;
                let values = &cycle.sums[point * width + group * GROUP..][..GROUP];
                let mut octet = Octet::default();
                octet.0.iter_mut().zip(values).for_each(|(lane, value)| *lane = *value as f32);
                self.rows.push(octet);
            }
        }
        self.rungs.push(Rung { partials, points: cycle.points, first });
    }
}

/// Coefficients of one cycle in double precision, partials added one by one.
struct Cycle {
    points: usize,
    partials: usize,
    /// Width of a point: shapers, padded.
    width: usize,
    /// `[point][shaper]`.
    sums: Vec<f64>,
    /// One cycle of a sine.
    sine: Vec<f64>,
}

impl Cycle {
    fn new(exciter: &Exciter, groups: usize, points: usize) -> Self {
        let width = groups * GROUP;
        let mut sums = vec![0.0; points * width];
        for point in sums.chunks_exact_mut(width) {
            point.iter_mut().zip(&exciter.bias).for_each(|(sum, bias)| *sum = f64::from(*bias));
        }
        let sine = (0..points).map(|point| (TAU * point as f64 / points as f64).sin()).collect();
        Self { points, partials: 0, width, sums, sine }
    }

    fn add_up_to(&mut self, exciter: &Exciter, partials: usize) {
        let mut weights = vec![0.0; self.width];
        for number in self.partials + 1..=partials {
            let response = (2.0 + (TAU * number as f64 / self.points as f64).cos()) / 3.0;
            let column = exciter.weights.iter().skip(number - 1).step_by(exciter.harmonics);
            weights.iter_mut().zip(column).for_each(|(to, from)| *to = f64::from(*from) / response);
            let (sine, cosine) = f64::from(exciter.phases[number - 1]).sin_cos();
            for (point, sums) in self.sums.chunks_exact_mut(self.width).enumerate() {
                let at = point * number % self.points;
                // cos(x) = sin(x + a quarter); the number of points is a multiple of four.
                let quarter = (at + self.points / 4) % self.points;
                let value = self.sine[at] * cosine + self.sine[quarter] * sine;
                sums.iter_mut().zip(&weights).for_each(|(sum, weight)| *sum += weight * value);
            }
        }
        self.partials = partials;
    }
}

/// Points of a cycle with this many partials; a multiple of four.
fn points(partials: usize) -> usize {
    let mut shared = FEWEST;
    while shared < partials {
        shared = (shared as f64 * SHARED_UP_TO).ceil() as usize;
    }
    shared * POINTS_PER_PARTIAL
}

fn rows(groups: usize, partials: usize) -> usize {
    groups * (points(partials) + OVERHANG)
}

/// The numbers of partials for which rungs are built: all, or as many as the budget affords.
fn affordable(harmonics: usize, groups: usize) -> Vec<usize> {
    let bytes =
        |rungs: &[usize]| rungs.iter().map(|partials| rows(groups, *partials) * size_of::<Octet>()).sum::<usize>();
    let mut rungs: Vec<usize> = (0..=harmonics).collect();
    for ratio in THINNER {
        if bytes(&rungs) <= BUDGET {
            break;
        }
        // From the top down, so that the fullest rung is always there.
        rungs.clear();
        let mut partials = harmonics;
        while partials > 0 {
            rungs.push(partials);
            partials = ((partials as f64 / ratio) as usize).min(partials - 1);
        }
        rungs.push(0);
        rungs.reverse();
    }
    rungs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exciter(shapers: usize, harmonics: usize) -> Exciter {
        let noise = |n: usize| ((n * 7_919 + 13) % 1_009) as f32 / 1_009.0 - 0.5;
        Exciter {
            shapers,
            harmonics,
            weights: (0..shapers * harmonics).map(noise).collect(),
            bias: (0..shapers).map(noise).collect(),
            phases: (0..harmonics).map(|k| 6.0 * noise(3 * k)).collect(),
            top_hz: 8_000.0,
        }
    }

    /// Energy of the difference between a rung and its partials' sum, and of the sum, over `looks` phases.
    fn difference(exciter: &Exciter, tables: &ExciterTables, rung: Rung, looks: usize) -> (f64, f64) {
        let (mut error, mut energy) = (0.0, 0.0);
        for look in 0..looks {
            let phase = (look as f64 * 0.618_033_988_75).fract();
            let at = phase * rung.points as f64;
            let (cell, t) = (at as usize, at.fract());
            let weights = [
                (1.0 - t).powi(3) / 6.0,
                (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0,
                (-3.0 * t * t * t + 3.0 * t * t + 3.0 * t + 1.0) / 6.0,
                t * t * t / 6.0,
            ];
            for shaper in 0..exciter.shapers {
                let rows = &tables.rows(rung, shaper / GROUP)[cell..cell + 4];
                let found: f64 = rows.iter().zip(weights).map(|(row, w)| w * f64::from(row.0[shaper % GROUP])).sum();
                let expected = exciter.evaluate(shaper, rung.partials, phase);
                error += (found - expected).powi(2);
                energy += (expected - f64::from(exciter.bias[shaper])).powi(2);
            }
        }
        (error, energy)
    }

    #[test]
    fn every_rung_is_its_partials() {
        let exciter = exciter(12, 101);
        let tables = ExciterTables::of(&exciter);
        let partials: Vec<usize> = tables.rungs().iter().map(|rung| rung.partials).collect();
        assert_eq!(partials, (0..=101).collect::<Vec<_>>());
        let mut worst = f64::NEG_INFINITY;
        for rung in &tables.rungs()[1..] {
            let (error, energy) = difference(&exciter, &tables, *rung, 300);
            let decibels = 10.0 * (error / energy).log10();
            if [1, 4, 16, 17, 60, 101].contains(&rung.partials) {
                println!("{} partials on {} points: {decibels:.1} dB", rung.partials, rung.points);
            }
            worst = worst.max(decibels);
        }
        let (error, _) = difference(&exciter, &tables, tables.rungs()[0], 300);
        println!("worst rung: {worst:.1} dB; {} bytes for 12 of 101", tables.bytes());
        assert!(worst < -103.0 && error < 1e-12);
    }

    #[test]
    fn rungs_keep_to_their_budget_with_one_an_octave() {
        for (shapers, harmonics) in [(64, 101), (128, 200), (512, 512), (1, 1)] {
            let groups = shapers_groups(shapers);
            let rungs = affordable(harmonics, groups);
            let bytes: usize = rungs.iter().map(|partials| rows(groups, *partials) * size_of::<Octet>()).sum();
            println!("{shapers} shapers of {harmonics}: {} rungs, {:.1} MB", rungs.len(), bytes as f64 / 1e6);
            assert!(rungs.is_sorted() && rungs[0] == 0 && rungs[rungs.len() - 1] == harmonics && rungs[1] == 1);
            assert!(rungs.windows(2).all(|pair| pair[1] <= (2 * pair[0] + 1)));
            assert!(bytes <= BUDGET || shapers == 512);
        }
    }

    fn shapers_groups(shapers: usize) -> usize {
        shapers.div_ceil(GROUP)
    }
}
