//! Rooms that a player makes larger, smaller and drier.

use super::playing::Playing;
use super::spectrum::{decibels, loudest_above};
use super::stage::Stage;
use timbrel_engine::frame::{FrameKind, Mix};

const RATE: f64 = 48_000.0;

/// Noise that decays by 60 dB in `seconds`, behind a direct sound.
fn decaying(seconds: f64, length: usize) -> Vec<f32> {
    let mut state = 1u32;
    (0..length)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(state) / 2_147_483_648.0 - 1.0;
            if n == 0 { 1.0 } else { (0.03 * noise * 10f64.powf(-3.0 * n as f64 / (seconds * RATE))) as f32 }
        })
        .collect()
}

fn shape(playing: &mut Playing, way: (u64, u64), room_size: f32, room_decay: f32) {
    playing.send(way.0, way.1, FrameKind::Mix(Mix { room_size, room_decay, ..Mix::default() }), &[]);
}

/// What the room answers to a burst of noise of 10 ms; without the direct sound.
fn answer(stage: &Stage, size: f32, decay: f32) -> Vec<f32> {
    let (whole, direct) = (burst(stage, 1.0, size, decay), burst(stage, 0.0, size, decay));
    whole.iter().zip(&direct).map(|(whole, direct)| whole - direct).collect()
}

fn burst(stage: &Stage, room: f32, room_size: f32, room_decay: f32) -> Vec<f32> {
    let mut playing = stage.open();
    playing.send(0, 0, FrameKind::Mix(Mix { room, room_size, room_decay, ..Mix::default() }), &[]);
    playing.note_on(0, 0, 100.0, &stage.row(|_| 0.0, |_| 0.1));
    playing.end(0, 400, 480);
    let sound = playing.render(130_000, &[480]);
    assert!(playing.layer.is_silent());
    sound
}

fn energy(sound: &[f32]) -> f64 {
    sound.iter().map(|sample| f64::from(*sample).powi(2)).sum()
}

/// Seconds for 60 dB, from the energy to come at -5 and at -25 dB.
fn decay_time(sound: &[f32]) -> f64 {
    let whole = energy(sound);
    let mut to_come = whole;
    let mut reached = [0usize; 2];
    for (index, sample) in sound.iter().enumerate() {
        let db = 10.0 * (to_come / whole).log10();
        for (reached, limit) in reached.iter_mut().zip([-5.0, -25.0]) {
            if db > limit {
                *reached = index;
            }
        }
        to_come -= f64::from(*sample).powi(2);
    }
    3.0 * (reached[1] - reached[0]) as f64 / RATE
}

#[test]
fn size_and_decay_are_what_they_say() {
    let seconds = 0.5;
    let stage = Stage { impulse_response: decaying(seconds, 36_000), ..Stage::default() };
    let trained = energy(&answer(&stage, 1.0, 1.0));
    for (size, decay) in
        [(1.0, 1.0), (0.5, 1.0), (0.7, 1.0), (1.3, 1.0), (2.0, 1.0), (1.0, 0.5), (1.0, 0.2), (2.0, 0.5)]
    {
        let sound = answer(&stage, size, decay);
        let (found, meant) = (decay_time(&sound), seconds * f64::from(size) * f64::from(decay));
        let level = 10.0 * (energy(&sound) / trained).log10();
        println!("size {size}, decay {decay}: {found:.3} s for 60 dB (meant {meant:.3}), energy {level:+.1} dB");
        assert!((found / meant - 1.0).abs() < 0.12);
        assert!(decay < 1.0 || level.abs() < 1.5);
    }
}

#[test]
fn where_nothing_decays_the_decay_does_nothing() {
    let mut echo = vec![0.0; 9_000];
    (echo[0], echo[8_000]) = (1.0, 0.5);
    let stage = Stage { impulse_response: echo, ..Stage::default() };
    assert_eq!(answer(&stage, 1.0, 0.1), answer(&stage, 1.0, 1.0));
    // And a larger room answers later.
    let found = |size: f32| {
        let sound = answer(&stage, size, 1.0);
        sound.iter().position(|sample| sample.abs() > 1e-3).unwrap_or(0)
    };
    let (once, twice) = (found(1.0), found(2.0));
    println!("an echo after 8000 samples comes {} samples later at size 2", twice - once);
    assert!((7_950..8_050).contains(&(twice - once)));
}

#[test]
fn a_room_that_moves_does_not_click() {
    let stage = Stage { harmonics: 3, impulse_response: decaying(0.4, 24_000), ..Stage::default() };
    let row = |level: f32| stage.row(|k| level / k as f32, |_| 0.0);
    let mut playing = stage.open();
    playing.note_on(0, 0, 440.0, &row(0.0));
    playing.step(0, 0, 1_000, 440.0, &row(0.3));
    let moves = [(6_001u64, 2.0, 1.0), (12_000, 0.5, 1.0), (16_000, 1.2, 0.1), (20_000, 1.2, 1.0), (24_000, 1.0, 1.0)];
    for (from, size, decay) in moves {
        shape(&mut playing, (from, from + 480), size, decay);
    }
    let sound = playing.render(30_000, &[480]);
    let found = loudest_above(&sound, 6_000.0, RATE, 1_024);
    println!(
        "size and decay in 10 ms each: {found:.1} dBFS above 6 kHz, {:.1} dBFS in all",
        decibels((energy(&sound) / 30_000.0).sqrt())
    );
    assert!(found < -80.0);
}

/// A room that moves through sound and silence.
fn moving(blocks: &[usize]) -> Vec<f32> {
    let stage = Stage {
        start: 12_345_679,
        sample_rate: 44_100.0,
        impulse_response: decaying(0.1, 6_000),
        direct: 300,
        ..Stage::default()
    };
    let row = stage.row(|k| 0.1 / k as f32, |_| 0.003);
    let mut playing = stage.open();
    for note in 0..9u64 {
        let at = note * 7_001;
        for change in 0..10u64 {
            let from = at + change * 600;
            let size = 0.5 + 0.15 * ((note * 7 + change * 3) % 11) as f32;
            let decay = 0.1 + 0.09 * ((note + change) % 11) as f32;
            if change == 0 {
                playing.note_on(0, from, 300.0, &row);
            }
            if change == 1 {
                playing.end(0, from - 300, from - 100);
            }
            // Some of it while all is silent, or in the middle of a block.
            if note % 3 > 0 || change > 7 {
                shape(&mut playing, (from, from + 333), size, decay);
            }
        }
    }
    playing.render(66_000, blocks)
}

#[test]
fn block_sizes_never_change_a_moving_room() {
    let whole = moving(&[66_000]);
    assert!(energy(&whole) > 0.1);
    for blocks in [&[1][..], &[7], &[64], &[480, 3, 1_000], &[2_048]] {
        let cut = moving(blocks);
        assert_eq!(whole.iter().zip(&cut).position(|(a, b)| a.to_bits() != b.to_bits()), None, "{blocks:?}");
    }
}
