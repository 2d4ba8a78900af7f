//! Changes of every kind are heard as ramps.

use super::playing::{Playing, note};
use super::spectrum::{decibels, loudest_above};
use super::stage::Stage;

/// Loudest bin above 6 kHz allowed: the tones of these tests have nothing there.
const CLICK: f64 = -80.0;

fn tones() -> Stage {
    Stage { harmonics: 3, ..Stage::default() }
}

fn row(level: f32) -> Vec<f32> {
    tones().row(|k| level / k as f32, |_| 0.0)
}

/// A note that sounds at `level` from sample 1000 on.
fn sounding(level: f32) -> Playing {
    let mut playing = tones().open();
    playing.note_on(0, 0, 440.0, &row(0.0));
    playing.step(0, 0, 1_000, 440.0, &row(level));
    playing
}

fn click(sound: &[f32]) -> f64 {
    loudest_above(sound, 6_000.0, 48_000.0, 1_024)
}

#[test]
fn a_stolen_voice_does_not_click() {
    let mut playing = sounding(0.4);
    for (index, at) in [5_003u64, 5_100, 5_101, 9_000].into_iter().enumerate() {
        playing.note_on(0, at, 300.0 + 50.0 * index as f32, &row(0.0));
        playing.step(0, at, at + 960, 320.0, &row(0.4));
    }
    let sound = playing.render(14_000, &[480]);
    let found = click(&sound);
    println!("steals: {found:.1} dBFS above 6 kHz");
    assert!(found < CLICK);
    assert_eq!(playing.ended.iter().map(|(_, at)| *at).collect::<Vec<_>>(), [5_003, 5_100, 5_101, 9_000]);
}

#[test]
fn an_ending_voice_does_not_click() {
    let mut playing = sounding(0.4);
    playing.end(0, 4_321, 4_800);
    let sound = playing.render(9_000, &[480]);
    let found = click(&sound);
    println!("end in 10 ms: {found:.1} dBFS above 6 kHz");
    assert!(found < CLICK);
    assert_eq!(playing.ended, [(note(0), 4_800)]);
    assert!(playing.layer.is_silent());
}

#[test]
fn a_late_frame_does_not_click() {
    let mut playing = sounding(0.4);
    let mut sound = playing.render(4_800, &[480]);
    // All of this should have been over long ago.
    playing.step(0, 1_000, 1_192, 450.0, &row(0.1));
    playing.step(0, 1_192, 1_384, 700.0, &row(0.5));
    playing.mix(1_384, 1_384, 0.5, 1.0);
    sound.extend(playing.render(4_800, &[480]));
    playing.step(0, 9_599, 9_601, 300.0, &row(0.1));
    sound.extend(playing.render(2_400, &[480]));
    playing.end(0, 9_700, 9_700);
    sound.extend(playing.render(4_800, &[480]));
    let found = click(&sound);
    println!("late frames: {found:.1} dBFS above 6 kHz");
    assert!(found < CLICK);
    assert_eq!(playing.ended.len(), 1);
}

#[test]
fn missing_frames_hold_and_then_fade() {
    let mut playing = sounding(0.4);
    let mut sound = playing.render(4_800, &[480]);
    playing.layer.hold_then_fade(true);
    sound.extend(playing.render(24_000, &[480]));
    let peak = |range: &[f32]| range.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
    assert_eq!(peak(&sound[9_600..14_000]), peak(&sound[4_800..9_200]), "held for 200 ms");
    assert_eq!(peak(&sound[4_800 + 9_600 + 2_400..]), 0.0, "silent after 250 ms");
    playing.layer.hold_then_fade(false);
    sound.extend(playing.render(9_600, &[480]));
    assert!(peak(&sound[33_600..]) > 0.3, "back when frames come");
    let found = click(&sound);
    println!("hold, fade and return: {found:.1} dBFS above 6 kHz");
    assert!(found < CLICK);
}

#[test]
fn frames_that_come_late_but_come_keep_the_sound_alive() {
    let mut playing = sounding(0.4);
    let mut sound = Vec::new();
    for block in 0..100u64 {
        playing.layer.hold_then_fade(true);
        if block >= 10 && block % 10 == 0 {
            let from = 480 * (block - 5);
            playing.step(0, from, from + 192, 440.0, &row(0.4));
        }
        sound.extend(playing.render(480, &[480]));
    }
    for part in sound[9_600..].chunks(4_800) {
        let peak = part.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
        assert!(peak > 0.39, "{peak}");
    }
}

#[test]
fn values_that_are_not_finite_are_refused() {
    let mut playing = sounding(0.4);
    let mut clean = sounding(0.4);
    let mut broken = row(0.4);
    for (index, value) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY].into_iter().enumerate() {
        broken[index] = value;
        let from = 1_000 + 192 * index as u64;
        playing.step(0, from, from + 192, f32::NAN, &broken);
        broken[index] = 0.4;
    }
    let (found, expected) = (playing.render(4_800, &[480]), clean.render(4_800, &[480]));
    let worst = found.iter().zip(&expected).fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
    println!("rows of NaN and infinities: held within {worst:.1e}");
    assert!(worst < 1e-6);
    // A note that begins broken is silent, and huge values stay finite.
    playing.note_on(1, 4_800, f32::NAN, &tones().row(|_| f32::NAN, |_| 0.0));
    playing.note_on(2, 4_900, 1e30, &tones().row(|_| f32::MAX, |_| f32::MAX));
    playing.render(4_800, &[480]);
}

#[test]
fn a_moving_room_and_gain_do_not_click() {
    let mut response = vec![0.0; 2_000];
    response[0] = 1.0;
    response[1_500] = 0.5;
    let stage = Stage { impulse_response: response, ..tones() };
    let mut playing = stage.open();
    playing.note_on(0, 0, 440.0, &row(0.0));
    playing.step(0, 0, 1_000, 440.0, &row(0.4));
    playing.mix(4_000, 4_480, 0.7, 0.0);
    playing.mix(8_000, 8_480, 1.0, 1.0);
    let sound = playing.render(14_000, &[480]);
    let found = click(&sound);
    println!("moving mix: {found:.1} dBFS above 6 kHz");
    assert!(found < CLICK);
    assert!(decibels(f64::from(sound[6_000..7_000].iter().fold(0f32, |a, b| a.max(b.abs())))) < -5.0);
}
