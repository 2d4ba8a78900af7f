//! How the host cuts its blocks never shows; nothing is left when all is over; levels are those of the sound.

use super::constants::random;
use super::playing::note;
use super::spectrum::decibels;
use super::stage::Stage;
use timbrel_engine::render::{Fidelity, Shaping};

/// Eight slots over irregular frames, with steals, ends, glides through band limits, noise and a room.
fn sound(stage: &Stage, blocks: &[usize]) -> (Vec<f32>, Vec<(u64, u8)>) {
    let mut playing = stage.open();
    playing.wander(180, |rng| stage.tone(rng.f32(), rng.f32(), 0.001));
    let sound = playing.render(30_000, blocks);
    let ended = playing.ended.iter().map(|(note, at)| (*at, note.key.unwrap_or_default())).collect::<Vec<_>>();
    (sound, ended)
}

#[test]
fn block_sizes_never_change_a_newt() {
    let impulse_response: Vec<f32> = (0..5_000)
        .map(|n| if n == 0 { 1.0 } else { 0.05 * (-(n as f32) / 2_000.0).exp() * (n as f32 * 1.7).sin() })
        .collect();
    let stage = Stage {
        sample_rate: 44_100.0,
        impulse_response,
        start: 12_345_679,
        ..Stage::of(&random(11, 60, &[4, 4, 1], 16_000.0))
    };
    for (shaping, fidelity) in [
        (Shaping::Tables, Fidelity::Playing),
        (Shaping::Exact, Fidelity::Playing),
        (Shaping::Tables, Fidelity::Reference),
    ] {
        let stage = Stage { shaping, fidelity, ..stage.clone() };
        let whole = sound(&stage, &[30_000]);
        assert!(whole.0.iter().any(|sample| sample.abs() > 0.01));
        assert!(whole.1.len() > 10);
        let mut rng = fastrand::Rng::with_seed(99);
        let uneven: Vec<usize> = (0..500).map(|_| rng.usize(1..=900)).collect();
        for blocks in [&[1][..], &[7], &[64], &[480], &[1_024], &uneven] {
            let cut = sound(&stage, blocks);
            let first = whole.0.iter().zip(&cut.0).position(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(first, None, "{shaping:?}, {fidelity:?}, blocks of {:?}...", &blocks[..1]);
            assert_eq!(whole.1, cut.1);
        }
        println!("{shaping:?}, {fidelity:?}: blocks of 1, 7, 64, 480, 1024 and random give the same bytes");
    }
}

#[test]
fn nothing_is_left_when_a_note_is_over() {
    let stage = Stage::of(&random(11, 60, &[4, 4, 1], 16_000.0));
    let mut playing = stage.open();
    playing.note_on(0, 0, 220.0, &stage.tone(0.5, 1.0, 0.01));
    playing.end(0, 4_000, 4_480);
    playing.render(9_000, &[480]);
    assert_eq!(playing.ended, [(note(0), 4_480)]);
    assert!(playing.layer.is_silent());
    assert!(playing.render(1_000, &[100]).iter().all(|sample| *sample == 0.0));
    assert_eq!(playing.layer.voice_levels().count(), 0);
}

#[test]
fn after_a_reset_a_newt_sounds_as_at_first() {
    let stage = Stage { impulse_response: vec![1.0, 0.0, 0.3], ..Stage::of(&random(8, 30, &[4, 1], 16_000.0)) };
    let row = stage.tone(0.5, 1.0, 0.01);
    let mut playing = stage.open();
    playing.note_on(0, 10, 440.0, &row);
    let first = playing.render(2_000, &[300]);
    playing.step(0, 2_000, 2_192, 500.0, &row);
    playing.layer.reset();
    assert!(playing.layer.is_silent());
    playing.position = 0;
    playing.note_on(0, 10, 440.0, &row);
    assert_eq!(playing.render(2_000, &[300]), first);
}

#[test]
fn the_level_is_that_of_the_sound() {
    let stage = Stage::of(&random(16, 60, &[8, 8, 1], 16_000.0));
    let mut playing = stage.open();
    playing.note_on(2, 0, 330.0, &stage.tone(0.5, 0.7, 0.0));
    let sound = playing.render(24_000, &[480]);
    let levels: Vec<_> = playing.layer.voice_levels().collect();
    assert_eq!((levels.len(), levels[0].slot, levels[0].note, levels[0].f0_hz.round()), (1, 2, note(2), 330.0));
    let late = &sound[12_000..];
    let power: f64 = late.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / late.len() as f64;
    let difference = decibels(f64::from(levels[0].level)) - decibels(power.sqrt());
    println!("level {:.4}, {difference:.2} dB from the sound's", levels[0].level);
    assert!(difference.abs() < 0.5);
}
