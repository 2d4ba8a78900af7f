//! Changes of every kind are heard as ramps.

use super::constants::random;
use super::playing::{Playing, note};
use super::spectrum::loudest_above;
use super::stage::Stage;
use std::sync::Arc;
use timbrel_engine::render::Fidelity;
use timbrel_engine::waveshaping::Waveshaping;

/// Loudest bin above 14 kHz allowed: exciter and shapers of these tests have next to nothing there.
const CLICK: f64 = -80.0;

/// Few low partials and gentle shapers, so that all is beneath 10 kHz.
fn gentle() -> Stage {
    Stage::of(&random(16, 4, &[1], 4_000.0))
}

fn row(presence: f32) -> Vec<f32> {
    gentle().tone(0.2, presence, 0.0)
}

/// A note that sounds from sample 1000 on.
fn sounding() -> Playing {
    let mut playing = gentle().open();
    playing.note_on(0, 0, 440.0, &row(0.0));
    playing.step(0, 0, 1_000, 440.0, &row(1.0));
    playing
}

fn click(sound: &[f32]) -> f64 {
    loudest_above(sound, 14_000.0, 48_000.0, 1_024)
}

fn peak(sound: &[f32]) -> f32 {
    sound.iter().fold(0f32, |peak, sample| peak.max(sample.abs()))
}

#[test]
fn a_stolen_newt_does_not_click() {
    let mut playing = sounding();
    for (index, at) in [5_003u64, 5_100, 5_101, 9_000].into_iter().enumerate() {
        playing.note_on(0, at, 300.0 + 50.0 * index as f32, &row(0.0));
        playing.step(0, at, at + 960, 320.0, &row(1.0));
    }
    let sound = playing.render(14_000, &[480]);
    println!("steals: {:.1} dBFS above 14 kHz, peak {:.2}", click(&sound), peak(&sound));
    assert!(click(&sound) < CLICK && peak(&sound) > 0.1);
    assert_eq!(playing.ended.iter().map(|(_, at)| *at).collect::<Vec<_>>(), [5_003, 5_100, 5_101, 9_000]);
}

#[test]
fn an_ending_newt_does_not_click() {
    let mut playing = sounding();
    playing.end(0, 4_321, 4_800);
    let sound = playing.render(9_000, &[480]);
    println!("end in 10 ms: {:.1} dBFS above 14 kHz", click(&sound));
    assert!(click(&sound) < CLICK);
    assert_eq!(playing.ended, [(note(0), 4_800)]);
}

#[test]
fn a_late_frame_of_a_newt_does_not_click() {
    let mut playing = sounding();
    let mut sound = playing.render(4_800, &[480]);
    // All of this should have been over long ago.
    playing.step(0, 1_000, 1_192, 450.0, &row(0.3));
    playing.step(0, 1_192, 1_384, 600.0, &row(1.0));
    sound.extend(playing.render(4_800, &[480]));
    playing.step(0, 9_599, 9_601, 300.0, &row(0.4));
    sound.extend(playing.render(2_400, &[480]));
    playing.end(0, 9_700, 9_700);
    sound.extend(playing.render(4_800, &[480]));
    println!("late frames: {:.1} dBFS above 14 kHz", click(&sound));
    assert!(click(&sound) < CLICK);
    assert_eq!(playing.ended.len(), 1);
}

#[test]
fn missing_frames_of_a_newt_hold_and_then_fade() {
    let mut playing = sounding();
    playing.render(4_800, &[480]);
    playing.layer.hold_then_fade(true);
    let sound = playing.render(24_000, &[480]);
    assert!((peak(&sound[..4_000]) - peak(&sound[4_000..9_000])).abs() < 1e-3, "held for 200 ms");
    assert_eq!(peak(&sound[9_600 + 2_400..]), 0.0, "silent after 250 ms");
}

#[test]
fn rows_that_are_not_finite_are_refused() {
    let mut playing = sounding();
    let mut clean = sounding();
    for (index, value) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY].into_iter().enumerate() {
        let mut broken = row(1.0);
        broken[17 * index] = value;
        let from = 1_000 + 192 * index as u64;
        playing.step(0, from, from + 192, f32::NAN, &broken);
    }
    let (found, expected) = (playing.render(4_800, &[480]), clean.render(4_800, &[480]));
    let worst = found.iter().zip(&expected).fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
    println!("rows of NaN and infinities: held within {worst:.1e}");
    assert!(worst < 1e-6);
    // A note that begins broken is silent, and huge values stay finite.
    playing.note_on(1, 4_800, f32::NAN, &gentle().row(|_, _| f32::NAN, 1.0, 0.0));
    playing.note_on(2, 4_900, 1e30, &gentle().row(|_, _| f32::MAX, f32::MAX, 0.0));
    playing.render(4_800, &[480]);
}

/// A glide over `octaves` from `low` hertz in half a second.
fn glide(constants: &Arc<Waveshaping>, low: f32, octaves: f32, fidelity: Fidelity) -> Vec<f32> {
    let stage = Stage { fidelity, ..Stage::of(constants) };
    let row = stage.tone(0.1, 1.0, 0.0);
    let mut playing = stage.open();
    playing.note_on(0, 0, low, &row);
    for frame in 1..=125u64 {
        let f0 = low * (octaves * frame as f32 / 125.0).exp2();
        playing.step(0, (frame - 1) * 192, frame * 192, f0, &row);
    }
    playing.render(24_000, &[480])
}

#[test]
fn a_glide_across_octaves_does_not_click() {
    // Partials come and go at 6 kHz; the shapers are nearly straight, so that little is above what they are given.
    let constants = random(16, 40, &[1], 6_000.0);
    let playing = glide(&constants, 110.0, 4.0, Fidelity::Playing);
    let switching = glide(&constants, 110.0, 4.0, Fidelity::Reference);
    // A step of one partial is a click all over the spectrum; faded, it stays where the sound is.
    let (soft, hard) = (click(&playing), click(&switching));
    println!("four octaves in half a second: {soft:.1} dBFS above 14 kHz, switched hard {hard:.1}");
    assert!(soft < CLICK && soft < hard - 10.0);
}

#[test]
fn direct_current_is_gone_from_the_first_sample_on() {
    let stage = Stage::of(&random(16, 40, &[8, 8, 1], 8_000.0));
    let row = stage.tone(0.5, 1.0, 0.0);
    let mean = |fidelity: Fidelity| {
        let mut playing = Stage { fidelity, ..stage.clone() }.open();
        playing.note_on(0, 0, 200.0, &row);
        let sound = playing.render(4_800, &[480]);
        // The first cycles, and some later.
        [&sound[..480], &sound[4_320..]].map(|part| part.iter().sum::<f32>() / 480.0)
    };
    let (kept, removed) = (mean(Fidelity::Reference), mean(Fidelity::Playing));
    println!("mean of the first and the last 10 ms: {kept:?} in the paper's code, {removed:?} while playing");
    assert!(kept[0].abs() > 0.02 && removed.iter().all(|mean| mean.abs() < 0.01 * kept[0].abs()));
}
