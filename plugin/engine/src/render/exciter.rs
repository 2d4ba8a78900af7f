//! Which cycles of the exciter sound at each sample, and where in them.
//! On the audio thread.
//! Promises a pitch that glides through all band limits without a click (test: `a_glide_across_octaves_does_not_click`),
//! a function of phase and pitch alone (test: `block_sizes_never_change_a_newt`).
//!
//! With x = top / f0, partials k < x may sound. While playing, the change from T_(K-1) to T_K is spread over x from K to
//! K + zone, so that a partial fades in as it sinks beneath the top; for the reference it happens at K.

use super::phase::TURN;
use super::simd::{compiled_for_each, multiply_add};
use super::sine::sine;
use super::voicing::Fidelity;
use super::waveshaper::Tile;
use crate::waveshaping::{Exciter, ExciterTables, GROUP, Octet, Rung};

/// Partials never reach this share of the host's Nyquist frequency while playing.
const HIGHEST: f64 = 0.98;
/// A partial fades over this share of the frequency beneath the top ...
const FADE: f64 = 0.03;
/// ... or over this part of the way to the next one, whichever is shorter: two rungs at a time cost more than one.
const LONGEST_ZONE: f64 = 0.5;

/// Where one rung is read for one sample: four rows from `first + group * stride` on, and their weights.
#[derive(Clone, Copy, Default)]
struct Look {
    first: usize,
    stride: usize,
    weights: [f32; 4],
}

/// The looks of one sample: one where one rung sounds alone.
#[derive(Clone, Copy, Default)]
pub(super) struct Looks {
    upper: Look,
    lower: Option<Look>,
    /// Phase in 2^-32 turns, and the partials (from 1; past the last where there are none) that are in no rung.
    phase: u32,
    missing: (u32, u32),
}

/// Where a chunk goes: phase of its first sample, how far that moves in a sample, the increment that the pitch means, and
/// the change of both in a sample; all in 2^-64 turns.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    pub phase: u64,
    pub advance: u64,
    pub increment: u64,
    pub step: u64,
}

/// The choice of rungs, for all voices of a layer.
pub(super) struct RungChooser {
    fidelity: Fidelity,
    /// x is this over the increment of the phase in 2^-64 turns.
    top: f64,
    rungs: Vec<Rung>,
    /// For each number of partials: the fullest rung with no more.
    by_partials: Vec<u32>,
    missing: Missing,
}

/// Partials that sound but are in no rung, for the reference.
struct Missing {
    /// Offset of each partial, 2^-32 turns.
    phases: Vec<u32>,
    /// `[partial][group]`.
    weights: Vec<Octet>,
    groups: usize,
}

impl RungChooser {
    /// For an exciter and its tables, in a bank that runs at `sample_rate` for a host at `host_rate` (hertz).
    pub fn new(
        exciter: &Exciter,
        tables: &ExciterTables,
        sample_rate: f64,
        host_rate: f64,
        fidelity: Fidelity,
    ) -> Self {
        let top_hz = match fidelity {
            Fidelity::Playing => exciter.top_hz.min(0.5 * HIGHEST * host_rate),
            Fidelity::Reference => exciter.top_hz,
        };
        let rungs = tables.rungs().to_vec();
        let fullest = |partials: usize| rungs.partition_point(|rung| rung.partials <= partials).saturating_sub(1);
        Self {
            fidelity,
            top: top_hz / sample_rate * TURN,
            by_partials: (0..=exciter.harmonics).map(|partials| fullest(partials) as u32).collect(),
            rungs,
            missing: Missing::new(exciter, fidelity),
        }
    }

    /// Where to look for each sample of a chunk. Says whether any of them misses partials.
    pub fn look(&self, walk: Walk, looks: &mut [Looks]) -> bool {
        let Walk { mut phase, mut advance, mut increment, step } = walk;
        let mut any_missing = false;
        let mut choice = self.choose(increment);
        for looks in looks {
            if step != 0 {
                choice = self.choose(increment);
            }
            let upper = self.rungs[choice.upper];
            *looks = Looks {
                upper: look(upper, phase, choice.share),
                lower: choice.lower.map(|lower| look(self.rungs[lower], phase, 1.0 - choice.share)),
                phase: (phase >> 32) as u32,
                missing: (upper.partials as u32 + 1, choice.partials as u32),
            };
            any_missing |= choice.partials > upper.partials;
            phase = phase.wrapping_add(advance);
            advance = advance.wrapping_add(step);
            increment = increment.wrapping_add(step);
        }
        any_missing
    }

    /// Adds the partials that are in no rung to the mixes of one group.
    pub fn add_missing(&self, group: usize, looks: &[Looks], mixes: &mut Tile) {
        for (mix, looks) in mixes.iter_mut().zip(looks) {
            for number in looks.missing.0..=looks.missing.1 {
                let partial = number as usize - 1;
                let turns = looks.phase.wrapping_mul(number).wrapping_add(self.missing.phases[partial]);
                let sine = sine::<false>(turns);
                let weights = &self.missing.weights[partial * self.missing.groups + group];
                mix.0.iter_mut().zip(&weights.0).for_each(|(mix, weight)| *mix += weight * sine);
            }
        }
    }

    fn choose(&self, increment: u64) -> Choice {
        let x = self.top / increment as f64;
        let most = self.by_partials.len() - 1;
        match self.fidelity {
            Fidelity::Playing => {
                let upper = self.by_partials[(x as usize).min(most)] as usize;
                let partials = self.rungs[upper].partials;
                let switch = partials as f64;
                let zone = (FADE * switch).min(LONGEST_ZONE);
                let share = (x - switch) / zone;
                if upper == 0 || share >= 1.0 || share.is_nan() {
                    return Choice { upper, lower: None, share: 1.0, partials };
                }
                // Its slope is zero at both ends.
                let share = (share * share * (3.0 - 2.0 * share)) as f32;
                Choice { upper, lower: Some(upper - 1), share, partials }
            }
            Fidelity::Reference => {
                // Those strictly beneath the top.
                let partials = ((x.ceil() as usize).saturating_sub(1)).min(most);
                let upper = self.by_partials[partials] as usize;
                Choice { upper, lower: None, share: 1.0, partials }
            }
        }
    }
}

/// Rungs at one pitch, how much of the upper one, and how many partials should sound.
#[derive(Clone, Copy)]
struct Choice {
    upper: usize,
    lower: Option<usize>,
    share: f32,
    partials: usize,
}

/// Where `phase` (2^-64 turns) is in a rung; `share` scales what is read.
fn look(rung: Rung, phase: u64, share: f32) -> Look {
    let at = (phase >> 32) * rung.points as u64;
    let t = (at as u32) as f32 * (1.0 / 4_294_967_296.0);
    let rest = 1.0 - t;
    // The uniform cubic B-spline's four pieces; they sum to one.
    let sixth = share * (1.0 / 6.0);
    let first = rest * rest * rest * sixth;
    let last = t * t * t * sixth;
    let second = (4.0 + t * t * (3.0 * t - 6.0)) * sixth;
    let third = (1.0 + t * (3.0 + t * (3.0 - 3.0 * t))) * sixth;
    Look { first: rung.first() + (at >> 32) as usize, stride: rung.stride(), weights: [first, second, third, last] }
}

compiled_for_each! {
    /// Interpolates the mixes of one group for each look.
    pub(super) fn mix(rows: &[Octet], group: usize, looks: &[Looks], mixes: &mut Tile) => mix_in_lanes
}

#[inline(always)]
fn mix_in_lanes<const FMA: bool>(rows: &[Octet], group: usize, looks: &[Looks], mixes: &mut Tile) {
    for (looks, mix) in looks.iter().zip(mixes) {
        let mut sum = read::<FMA>(rows, group, &looks.upper, [0.0; GROUP]);
        if let Some(lower) = &looks.lower {
            sum = read::<FMA>(rows, group, lower, sum);
        }
        mix.0 = sum;
    }
}

/// `sum` and what is read at a look.
#[inline(always)]
fn read<const FMA: bool>(rows: &[Octet], group: usize, look: &Look, mut sum: [f32; GROUP]) -> [f32; GROUP] {
    let rows = &rows[look.first + group * look.stride..][..4];
    for (row, weight) in rows.iter().zip(look.weights) {
        for (sum, value) in sum.iter_mut().zip(row.0) {
            *sum = multiply_add::<FMA>(value, weight, *sum);
        }
    }
    sum
}

impl Missing {
    fn new(exciter: &Exciter, fidelity: Fidelity) -> Self {
        let groups = exciter.shapers.div_ceil(GROUP);
        let needed = if fidelity == Fidelity::Reference { exciter.harmonics } else { 0 };
        let mut weights = vec![Octet::default(); needed * groups];
        for (shaper, row) in exciter.weights.chunks_exact(exciter.harmonics.max(1)).enumerate() {
            for (partial, weight) in row.iter().enumerate().take(needed) {
                weights[partial * groups + shaper / GROUP].0[shaper % GROUP] = *weight;
            }
        }
        let turns = |radians: &f32| (f64::from(*radians) / std::f64::consts::TAU).rem_euclid(1.0) * 4_294_967_296.0;
        let phases = exciter.phases.iter().map(|radians| turns(radians) as u64 as u32).collect();
        Self { phases, weights, groups }
    }
}
