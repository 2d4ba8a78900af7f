//! The sound against the equation, transcribed here in double precision.

use super::constants::random;
use super::spectrum::decibels;
use super::stage::Stage;
use timbrel_engine::render::{Fidelity, Shaping};
use timbrel_engine::waveshaping::Waveshaping;

/// One frame: where it is reached, f0, film and presence.
pub struct Frame {
    pub at: u64,
    pub f0_hz: f32,
    pub row: Vec<f32>,
}

/// dry = presence (bias + sum of w (s_out f(s_in y + b_in) + b_out)), everything linear between frames, phase 0 at the
/// first sample, partials strictly beneath the top.
pub fn transcribed(constants: &Waveshaping, frames: &[Frame], sample_rate: f64, samples: usize) -> Vec<f64> {
    let networks = constants.networks.as_ref().expect("the constants have networks");
    let shapers = constants.shapers();
    let mut phase = 0f64;
    let mut next = 1;
    (0..samples)
        .map(|sample| {
            while next + 1 < frames.len() && frames[next].at <= sample as u64 {
                next += 1;
            }
            let (before, after) = (&frames[next - 1], &frames[next]);
            let share = ((sample as f64 - before.at as f64) / (after.at - before.at) as f64).min(1.0);
            let between = |a: f32, b: f32| f64::from(a) + (f64::from(b) - f64::from(a)) * share;
            let f0 = between(before.f0_hz, after.f0_hz);
            let value = |index: usize| between(before.row[index], after.row[index]);
            let partials = (1..=constants.exciter.harmonics)
                .filter(|number| *number as f64 * f0 < constants.exciter.top_hz)
                .count();
            let shaped: f64 = (0..shapers)
                .map(|shaper| {
                    let [scale, shift, gain, offset] = std::array::from_fn(|part| value(part * shapers + shaper));
                    let mix = constants.exciter.evaluate(shaper, partials, phase);
                    let shaped = networks.evaluate(shaper, scale * mix + shift);
                    f64::from(constants.output_weights[shaper]) * (gain * shaped + offset)
                })
                .sum();
            phase = (phase + f0 / sample_rate).fract();
            value(4 * shapers) * (shaped + f64::from(constants.output_bias))
        })
        .collect()
}

/// Error and signal, both without their mean where `mean` is false, in decibels of one to the other.
pub fn error_db(found: &[f32], expected: &[f64]) -> f64 {
    let error: f64 = found.iter().zip(expected).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum();
    let energy: f64 = expected.iter().map(|sample| sample * sample).sum();
    decibels((error / energy).sqrt())
}

/// What a stage makes of frames.
pub fn played(stage: &Stage, frames: &[Frame], samples: usize) -> Vec<f32> {
    let mut playing = stage.open();
    playing.note_on(0, 0, frames[0].f0_hz, &frames[0].row);
    for pair in frames.windows(2) {
        playing.step(0, pair[0].at, pair[1].at, pair[1].f0_hz, &pair[1].row);
    }
    playing.render(samples, &[480])
}

#[test]
fn another_size_is_its_equation() {
    for (shapers, harmonics, widths) in [(13, 40, &[5, 7, 1][..]), (1, 1, &[1]), (16, 60, &[8, 8, 1]), (9, 24, &[3, 1])]
    {
        let constants = random(shapers, harmonics, widths, 9_000.0);
        let stage = Stage { fidelity: Fidelity::Reference, ..Stage::of(&constants) };
        let frames: Vec<Frame> = (0..30u32)
            .map(|frame| Frame {
                at: u64::from(frame * 192),
                // No partial is at the top to the bit: which side it falls on there is a matter of rounding.
                f0_hz: 150.3 + 19.7 * frame as f32,
                row: stage.tone(0.5 + 0.5 * (0.7 * frame as f32).sin(), 0.5 + 0.01 * frame as f32, 0.0),
            })
            .collect();
        let samples = 29 * 192;
        let expected = transcribed(&constants, &frames, stage.sample_rate, samples);
        for (shaping, allowed) in [(Shaping::Exact, -100.0), (Shaping::Tables, -95.0)] {
            let found = error_db(&played(&Stage { shaping, ..stage.clone() }, &frames, samples), &expected);
            println!("{shapers} shapers {widths:?} of {harmonics} partials, {shaping:?}: {found:.1} dB");
            assert!(found < allowed, "{found}");
        }
    }
}

#[test]
fn rungs_that_memory_does_not_afford_are_summed_for_the_reference() {
    let constants = random(128, 200, &[1], 12_000.0);
    assert!(constants.exciter_tables.rungs().len() < 100);
    // So many partials at once go beyond the tables' range.
    let stage = Stage { fidelity: Fidelity::Reference, shaping: Shaping::Exact, ..Stage::of(&constants) };
    let frames: Vec<Frame> = [(0u64, 62.1f32), (960, 140.3)]
        .into_iter()
        .map(|(at, f0_hz)| Frame { at, f0_hz, row: stage.tone(0.3, 1.0, 0.0) })
        .collect();
    let expected = transcribed(&constants, &frames, stage.sample_rate, 960);
    let found = error_db(&played(&stage, &frames, 960), &expected);
    println!("{} rungs for 200 partials: {found:.1} dB", constants.exciter_tables.rungs().len());
    assert!(found < -90.0);
}
