//! The sum of a voice's partials over a run of samples.
//! On the audio thread.
//! Promises that a sample depends on its position alone, not on where a run begins (tests:
//! `block_sizes_never_change_the_output`, `block_sizes_never_change_a_stretched_sound`), and that partials without deviation give
//! the same bytes either way (test: `a_deviation_of_zero_changes_no_byte`).

use super::deviations::Deviation;
use super::phase::PhaseLine;
use super::simd::{LANES, compiled_for_each, multiply_add};
use super::sine::sine;

/// A partial that sounds in the present segment: its amplitude is max(0, base + slope x samples since the start).
#[derive(Clone, Copy, Default)]
pub(super) struct Partial {
    pub number: u32,
    pub base: f32,
    pub slope: f32,
}

compiled_for_each! {
    /// Adds the partials to `out`, each at its number times the phase. `phase` and `increment` are those of the first sample,
    /// which is sample `offset` of the segment; `step` is the increment's change in a sample.
    pub(super) fn add_partials(
        partials: &[Partial],
        phase: u64,
        increment: u64,
        step: u64,
        offset: u32,
        out: &mut [f32],
    ) => add_partials_in_lanes
}

compiled_for_each! {
    /// Adds the partials to `out`, each at its number times the phase of `line` and its own deviation from there. The first
    /// sample is sample `gone` of the segment.
    pub(super) fn add_deviating_partials(
        partials: &[Partial],
        deviations: &[Deviation],
        line: &PhaseLine,
        gone: u64,
        out: &mut [f32],
    ) => add_deviating_partials_in_lanes
}

#[inline(always)]
fn add_partials_in_lanes<const FMA: bool>(
    partials: &[Partial],
    mut phase: u64,
    mut increment: u64,
    step: u64,
    mut offset: u32,
    out: &mut [f32],
) {
    for chunk in out.chunks_mut(LANES) {
        let mut turns = [0u32; LANES];
        let mut time = [0f32; LANES];
        for lane in 0..LANES {
            turns[lane] = (phase >> 32) as u32;
            time[lane] = offset.wrapping_add(lane as u32) as f32;
            phase = phase.wrapping_add(increment);
            increment = increment.wrapping_add(step);
        }
        offset = offset.wrapping_add(LANES as u32);
        let mut sum = [0f32; LANES];
        for partial in partials {
            for lane in 0..LANES {
                let sine = sine::<FMA>(turns[lane].wrapping_mul(partial.number));
                let amplitude = multiply_add::<FMA>(partial.slope, time[lane], partial.base).max(0.0);
                sum[lane] = multiply_add::<FMA>(amplitude, sine, sum[lane]);
            }
        }
        for (out, sum) in chunk.iter_mut().zip(&sum) {
            *out += sum;
        }
    }
}

/// How often the change of the increment is in the phase at each sample of a chunk.
const PAIRS: [u32; LANES] = {
    let mut pairs = [0; LANES];
    let mut lane = 1;
    while lane < LANES {
        pairs[lane] = (lane * (lane - 1) / 2) as u32;
        lane += 1;
    }
    pairs
};

/// As above. Within a chunk deviations are counted in 2^-32 turns from its start, at most 1e-7 turns off; chunks therefore lie
/// on a grid of the segment, wherever the run begins.
#[inline(always)]
fn add_deviating_partials_in_lanes<const FMA: bool>(
    partials: &[Partial],
    deviations: &[Deviation],
    line: &PhaseLine,
    gone: u64,
    out: &mut [f32],
) {
    let mut skipped = (gone % LANES as u64) as usize;
    let mut start = gone - skipped as u64;
    let mut rest = out;
    while !rest.is_empty() {
        let mut turns = [0u32; LANES];
        let mut time = [0f32; LANES];
        let (mut phase, mut increment) = (line.phase_at(start), line.increment_at(start));
        let offset = if line.length > 0 { start as u32 } else { 0 };
        for lane in 0..LANES {
            turns[lane] = (phase >> 32) as u32;
            time[lane] = offset.wrapping_add(lane as u32) as f32;
            phase = phase.wrapping_add(increment);
            increment = increment.wrapping_add(line.step);
        }
        let mut sum = [0f32; LANES];
        for (partial, deviation) in partials.iter().zip(deviations) {
            let first = in_lanes(deviation.phase_at(start));
            let (increment, step) = (in_lanes(deviation.increment_at(start)), in_lanes(deviation.step()));
            for lane in 0..LANES {
                let way = (lane as u32).wrapping_mul(increment).wrapping_add(PAIRS[lane].wrapping_mul(step));
                let harmonic = turns[lane].wrapping_mul(partial.number);
                let sine = sine::<FMA>(harmonic.wrapping_add(first).wrapping_add(way));
                let amplitude = multiply_add::<FMA>(partial.slope, time[lane], partial.base).max(0.0);
                sum[lane] = multiply_add::<FMA>(amplitude, sine, sum[lane]);
            }
        }
        let (chunk, later) = rest.split_at_mut((LANES - skipped).min(rest.len()));
        for (out, sum) in chunk.iter_mut().zip(&sum[skipped..]) {
            *out += sum;
        }
        rest = later;
        start += LANES as u64;
        skipped = 0;
    }
}

/// 2^-64 turns as the nearest 2^-32 turns.
#[inline(always)]
fn in_lanes(turns: u64) -> u32 {
    (turns.wrapping_add(1 << 31) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::simd::Instructions;

    #[test]
    fn a_deviation_of_zero_changes_no_byte() {
        let partial = |number| Partial { number, base: 0.1 / number as f32, slope: 1e-4 };
        let partials: Vec<Partial> = (1..=60).map(partial).collect();
        let mut line = PhaseLine::new(48_000.0);
        line.begin(0, 0.3, 330.0);
        line.aim(Some(350.0));
        line.ramp_over(1_000);
        for instructions in [Instructions::Baseline, Instructions::detect()] {
            for gone in [0u64, 1, 15, 16, 333] {
                let (mut plain, mut deviating) = ([0.0; 300], [0.0; 300]);
                let (phase, increment) = (line.phase_at(gone), line.increment_at(gone));
                add_partials(instructions, &partials, phase, increment, line.step, gone as u32, &mut plain);
                let none = [Deviation::default(); 60];
                add_deviating_partials(instructions, &partials, &none, &line, gone, &mut deviating);
                assert_eq!(plain, deviating, "{instructions:?} from {gone}");
            }
        }
    }
}
