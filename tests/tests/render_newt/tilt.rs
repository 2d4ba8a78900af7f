//! Brighter and darker shapers, and voices that begin anywhere in their cycle.

use super::constants::random;
use super::playing::Playing;
use super::spectrum::{decibels, loudest_above, partial};
use super::stage::Stage;
use timbrel_engine::frame::Tone;

const F0_HZ: f32 = 200.0;

fn tilted(tilt: f32) -> Tone {
    Tone { tilt, ..Tone::of(F0_HZ) }
}

/// Partials up to 20 kHz: the shapers add what the exciter has not.
fn bright() -> Stage {
    Stage::of(&random(16, 60, &[8, 8, 1], 16_000.0))
}

fn levels(sound: &[f32], sample_rate: f64) -> Vec<f64> {
    let partials =
        (1..=(20_000.0 / F0_HZ) as usize).map(|k| partial(sound, k as f64 * f64::from(F0_HZ), sample_rate).0);
    partials.map(decibels).collect()
}

#[test]
fn a_tilt_has_its_slope_over_the_audible_partials() {
    for sample_rate in [44_100.0, 48_000.0, 96_000.0] {
        let stage = Stage { sample_rate, ..bright() };
        let row = stage.tone(0.8, 0.7, 0.0);
        let sound = |tilt: f32| {
            let mut playing = stage.open();
            playing.begin(0, 0, 0.0, tilted(tilt), &row);
            let sound = playing.render(sample_rate as usize, &[480]);
            levels(&sound[sample_rate as usize / 2..], sample_rate)
        };
        let plain = sound(0.0);
        for tilt in [-6.0f32, -3.0, 2.0, 6.0] {
            let gains: Vec<f64> = sound(tilt).iter().zip(&plain).map(|(tilted, plain)| tilted - plain).collect();
            let heard = |k: usize| plain[k - 1] > -100.0;
            let octaves = (1..=gains.len() / 2).filter(|k| heard(*k) && heard(2 * k));
            let errors: Vec<f64> = octaves.map(|k| (gains[2 * k - 1] - gains[k - 1] - f64::from(tilt)).abs()).collect();
            let worst = errors.iter().fold(0f64, |worst, error| worst.max(*error));
            println!(
                "{tilt:+} dB per octave at {sample_rate} Hz: within {worst:.2} dB over {} octaves from {F0_HZ} Hz to 20 kHz",
                errors.len(),
            );
            assert!(errors.len() > 30 && worst < 0.5);
        }
    }
}

#[test]
fn a_tilted_newt_keeps_its_level() {
    let gentle = Stage::of(&random(16, 4, &[1], 4_000.0));
    for (name, stage) in [("bright", bright()), ("gentle", gentle)] {
        let row = stage.tone(0.8, 0.7, 0.0);
        // The second half of a second, in which the tilt came before the note, or half way.
        let level = |tilt: f32, moves: bool| {
            let mut playing = stage.open();
            playing.begin(0, 0, 0.0, tilted(if moves { 0.0 } else { tilt }), &row);
            playing.step_to(0, (19_200, 19_392), tilted(tilt), &row);
            let sound = playing.render(48_000, &[480]);
            let power: f64 = sound[28_800..].iter().map(|sample| f64::from(*sample).powi(2)).sum();
            10.0 * power.log10()
        };
        let plain = level(0.0, false);
        for tilt in [-6.0f32, -2.0, 3.0, 6.0] {
            let (from_start, moved) = (level(tilt, false) - plain, level(tilt, true) - plain);
            println!("{name}, {tilt:+} dB per octave: {from_start:+.3} dB, moved there {moved:+.3} dB");
            assert!(from_start.abs() < 0.5 && moved.abs() < 0.5);
        }
    }
}

#[test]
fn noise_is_not_tilted_and_no_tilt_is_no_filter() {
    let stage = bright();
    let (silent, noisy) = (stage.row(|_, _| 0.0, 0.0, 0.01), stage.tone(0.5, 0.7, 0.01));
    let sound = |tilt: f32, row: &[f32]| {
        let mut playing = stage.open();
        playing.begin(0, 0, 0.0, tilted(tilt), row);
        playing.render(9_600, &[480])
    };
    assert_eq!(sound(6.0, &silent), sound(0.0, &silent));
    // Bit by bit what it is without the filter's code: a tilt that is no number is none.
    assert_eq!(sound(f32::NAN, &noisy), sound(0.0, &noisy));
    assert_ne!(sound(6.0, &noisy), sound(0.0, &noisy));
}

/// Few low partials and gentle shapers, so that all is beneath 10 kHz.
fn sounding() -> (Playing, Vec<f32>) {
    let stage = Stage::of(&random(16, 4, &[1], 4_000.0));
    let row = |presence: f32| stage.tone(0.2, presence, 0.0);
    let mut playing = stage.open();
    playing.begin(0, 0, 0.0, tilted(0.0), &row(0.0));
    playing.step_to(0, (0, 1_000), tilted(0.0), &row(0.5));
    (playing, row(0.5))
}

#[test]
fn a_moving_tilt_does_not_click() {
    let (mut playing, row) = sounding();
    let (mut plain, _) = sounding();
    let moves =
        [(3_001u64, 192u64, 6.0f32), (6_000, 192, 0.0), (7_000, 480, -6.0), (7_900, 300, 3.0), (9_000, 192, 0.0)];
    for (from, length, tilt) in moves {
        playing.step_to(0, (from, from + length), tilted(tilt), &row);
        plain.step_to(0, (from, from + length), tilted(0.0), &row);
    }
    let (sound, meant) = (playing.render(24_000, &[480]), plain.render(24_000, &[480]));
    let (found, without) =
        (loudest_above(&sound, 14_000.0, 48_000.0, 1_024), loudest_above(&meant, 14_000.0, 48_000.0, 1_024));
    println!("into a tilt, across and out of it: {found:.1} dBFS above 14 kHz, without one {without:.1}");
    assert!(found < -80.0);
    let last = sound.iter().zip(&meant).rposition(|(a, b)| a != b).unwrap_or(0);
    println!("bit by bit the plain sound again {} samples after the tilt is gone", last - 9_192);
    assert!(sound != meant && last < 12_000);
}

#[test]
fn a_newt_begins_at_the_phase_it_is_given() {
    let stage = Stage::of(&random(16, 20, &[1], 8_000.0));
    let row = stage.tone(0.2, 0.7, 0.0);
    let sound = |phase: f32| {
        let mut playing = stage.open();
        playing.begin(0, 0, phase, Tone::of(480.0), &row);
        playing.render(9_600, &[480])
    };
    let (zero, later) = (sound(0.0), sound(0.25));
    // After the filter of the direct current has settled.
    let pairs = later[4_800..].iter().zip(&zero[4_825..]);
    let worst = pairs.fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
    println!("a quarter of a cycle: {worst:.1e} from the sound 25 samples later");
    assert!(worst < 1e-3 && zero != later);
}

/// Glides and tilts at once, beginnings and ends.
fn moving(blocks: &[usize]) -> Vec<f32> {
    let stage = Stage { start: 12_345_679, sample_rate: 44_100.0, ..bright() };
    let mut playing = stage.open();
    let row = stage.tone(0.5, 0.3, 0.001);
    let tone = |slot: u16, frame: u64| {
        let tilt = if frame % 20 < 8 { 0.0 } else { 6.0 * (frame as f32 * 0.3 + f32::from(slot)).sin() };
        Tone { tilt, ..Tone::of(150.0 + 3.0 * frame as f32) }
    };
    (0..3u16).for_each(|slot| playing.begin(slot, 3 + 7 * u64::from(slot), 0.3, tone(slot, 0), &row));
    for frame in 1..90u64 {
        let (from, to) = (frame * 191, frame * 191 + 191);
        for slot in 0..3u16 {
            match (frame + u64::from(slot)) % 23 {
                0 => playing.begin(slot, from, 0.7, tone(slot, frame), &row),
                1 if frame > 40 => playing.end(slot, from, to),
                _ => playing.step_to(slot, (from, to), tone(slot, frame), &row),
            }
        }
    }
    playing.render(20_000, blocks)
}

#[test]
fn block_sizes_never_change_a_tilted_newt() {
    let whole = moving(&[20_000]);
    for blocks in [&[1][..], &[7], &[64], &[480, 3, 1_000]] {
        let cut = moving(blocks);
        assert_eq!(whole.iter().zip(&cut).position(|(a, b)| a.to_bits() != b.to_bits()), None, "{blocks:?}");
    }
}
