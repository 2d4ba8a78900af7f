//! Vibrato and loudness fluctuation: rate, depth, onset, jitter.

use super::near;
use super::rig::stage::{Stage, cents};
use super::rig::{cc, on};
use timbrel_engine::event::{Event, Expression, NoteAddress, Setting};
use timbrel_engine::perform::VoiceTarget;

const RATE: f64 = 5.5;
const DEPTH: f32 = 40.0;

fn stage(jitter: f32, wheel: f32) -> Stage {
    let mut stage = Stage::plain();
    let settings = [
        (Setting::VibratoRate, RATE as f32),
        (Setting::VibratoDepth, DEPTH),
        (Setting::VibratoOnset, 0.5),
        (Setting::VibratoJitter, jitter),
        (Setting::Fluctuation, 2.0),
    ];
    settings.iter().for_each(|&(setting, value)| stage.event(0.0, Event::Set(setting, value)));
    stage.event(0.0, cc(1, wheel));
    stage.event(0.0, on(69));
    stage
}

/// A frame each millisecond from the end of the onset on.
fn held(jitter: f32, wheel: f32, seconds: u32) -> Vec<VoiceTarget> {
    let mut stage = stage(jitter, wheel);
    (1_000..1_000 + 1_000 * seconds).map(|ms| stage.frame(f64::from(ms) / 1_000.0)[0]).collect()
}

/// Mean and relative standard deviation of the rate from one rise through the middle to the next.
fn rate(cents: &[f32]) -> (f64, f64) {
    let mut rises = Vec::new();
    for (index, pair) in cents.windows(2).enumerate() {
        if pair[0] < 0.0 && pair[1] >= 0.0 {
            rises.push((index as f64 - f64::from(pair[0] / (pair[1] - pair[0]))) / 1_000.0);
        }
    }
    let rates: Vec<f64> = rises.windows(2).map(|pair| 1.0 / (pair[1] - pair[0])).collect();
    let mean = (rises.len() - 1) as f64 / (rises[rises.len() - 1] - rises[0]);
    let variance = rates.iter().map(|rate| (rate / mean - 1.0).powi(2)).sum::<f64>() / rates.len() as f64;
    (mean, variance.sqrt())
}

#[test]
fn rate_and_depth_are_what_is_set_and_jitter_moves_them_about_that() {
    for (jitter, most_rate, least_rate) in [(0.0, 0.001, 0.0), (0.3, 0.08, 0.03), (1.0, 0.27, 0.1)] {
        let pitch: Vec<f32> = held(jitter, 1.0, 120).iter().map(|target| cents(target.tone.f0_hz, 440.0)).collect();
        let (mean, deviation) = rate(&pitch);
        let average = pitch.iter().sum::<f32>() / pitch.len() as f32;
        let peaks: Vec<f32> =
            pitch.chunks(1_000).map(|second| second.iter().fold(0.0, |a: f32, b| a.max(b.abs()))).collect();
        let mean_peak = peaks.iter().sum::<f32>() / peaks.len() as f32;
        let greatest = peaks.iter().fold(0.0, |a: f32, b| a.max(*b));
        println!(
            "jitter {jitter}: rate {mean:.3} Hz +- {:.1} %, depth of a second {mean_peak:.1} cents, at most {greatest:.1}, mean pitch {average:.2} cents",
            100.0 * deviation
        );
        assert!((mean - RATE).abs() < 0.02 && (least_rate..=most_rate).contains(&deviation));
        assert!(average.abs() < 1.0 && greatest <= DEPTH * (1.0 + 0.5 * jitter) + 0.1);
        near(mean_peak, DEPTH, 0.25 * DEPTH * jitter + 0.2);
    }
}

#[test]
fn loudness_fluctuates_with_the_wheel_and_not_without() {
    for (wheel, jitter) in [(0.0, 1.0), (0.5, 0.3), (1.0, 0.0), (1.0, 1.0)] {
        let loudness: Vec<f32> = held(jitter, wheel, 20).iter().map(|target| target.loudness_db).collect();
        let (low, high) = loudness.iter().fold((0.0_f32, -100.0_f32), |(low, high), db| (low.min(*db), high.max(*db)));
        println!("wheel {wheel}, jitter {jitter}: {low:.2} to {high:.2} dB");
        assert!(low >= -18.0 - 2.0 * wheel - 1e-3 && high <= -18.0 + 2.0 * wheel + 1e-3);
        near(high - low, 4.0 * wheel, 0.5 * wheel * (1.0 + jitter) + 1e-3);
    }
}

#[test]
fn the_vibrato_of_one_note_is_its_own_and_sets_in_with_it() {
    let mut stage = stage(0.0, 0.0);
    let vibrato =
        Event::NoteExpression { note: NoteAddress::of(0, 69, None), expression: Expression::Vibrato, value: 1.0 };
    stage.event(1.0, on(57));
    stage.event(1.0, vibrato);
    let (mut moved, mut still) = (0.0_f32, 0.0_f32);
    for ms in 1_000..2_000 {
        let targets = stage.frame(f64::from(ms) / 1_000.0);
        moved = moved.max(cents(targets[0].tone.f0_hz, 440.0).abs());
        still = still.max(cents(targets[1].tone.f0_hz, 220.0).abs());
    }
    near(moved, DEPTH, 0.5);
    near(still, 0.0, 0.01);
}

#[test]
fn a_vibrato_does_not_care_where_frames_fall() {
    let at_end = |step: f64| {
        let mut stage = stage(1.0, 1.0);
        let mut at = 0.0;
        while at < 0.9 {
            at = f64::min(at + step, 0.9);
            stage.frame(at);
        }
        let target = stage.frame(0.9)[0];
        (cents(target.tone.f0_hz, 440.0), target.loudness_db)
    };
    let reference = at_end(0.9);
    for step in [0.0005, 0.0037, 0.05] {
        let (pitch, loudness) = at_end(step);
        near(pitch, reference.0, 0.02);
        near(loudness, reference.1, 1e-3);
    }
}

#[test]
fn two_notes_jitter_apart_and_the_same_take_is_the_same() {
    let play = || {
        let mut stage = stage(1.0, 1.0);
        stage.event(0.0, on(57));
        let targets = stage.run(0.0, 3.0);
        (cents(targets[0].tone.f0_hz, 440.0), cents(targets[1].tone.f0_hz, 220.0))
    };
    let (first, second) = play();
    assert!((first - second).abs() > 0.5, "{first} and {second} cents");
    assert_eq!(play(), (first, second));
}
