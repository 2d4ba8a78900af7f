//! How the host cuts its blocks never shows.

use super::playing::note;
use super::stage::Stage;

/// A small pseudo-random sequence (Numerical Recipes' LCG).
fn sequence(mut state: u32) -> impl FnMut(u32) -> u32 {
    move |below| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((u64::from(state) * u64::from(below)) >> 32) as u32
    }
}

/// Eight slots over irregular frames, with steals, ends, a late-coming mix, noise and a room.
fn sound(blocks: &[usize]) -> (Vec<f32>, Vec<(u64, u8)>) {
    let response: Vec<f32> = (0..9_000)
        .map(|n| if n == 0 { 1.0 } else { 0.05 * (-(n as f32) / 2_000.0).exp() * (n as f32 * 1.7).sin() })
        .collect();
    let stage = Stage {
        harmonics: 30,
        sample_rate: 44_100.0,
        impulse_response: response,
        start: 12_345_679,
        ..Stage::default()
    };
    let mut playing = stage.open();
    let mut random = sequence(7);
    let mut from = 3u64;
    playing.mix(0, 0, 0.8, 0.5);
    for frame in 0..260 {
        let slot = random(8) as u16;
        let level = 0.05 * random(100) as f32 / 100.0;
        let row = stage.row(|k| level / k as f32, |band| level * 0.02 / (1 + band) as f32);
        let f0 = 80.0 + random(3_000) as f32;
        let at = from + 1 + u64::from(random(400));
        match random(8) {
            0 => playing.note_on(slot, from, f0, &row),
            1 => playing.end(slot, from, at),
            2 if frame % 5 == 0 => playing.mix(from, at, 0.5 + 0.01 * random(50) as f32, 0.01 * random(100) as f32),
            3 => {
                playing.note_on(slot, from, f0, &row);
                playing.step(slot, from, at, f0 * 1.5, &row);
            }
            _ => playing.step(slot, from, at, f0, &row),
        }
        if random(3) > 0 {
            from += u64::from(random(300));
        }
    }
    let sound = playing.render(66_000, blocks);
    let ended = playing.ended.iter().map(|(note, at)| (*at, note.key.unwrap_or_default())).collect::<Vec<_>>();
    (sound, ended)
}

#[test]
fn block_sizes_never_change_the_output() {
    let whole = sound(&[66_000]);
    assert!(whole.0.iter().any(|sample| sample.abs() > 0.01));
    assert!(whole.1.len() > 10);
    assert!(whole.1.is_sorted_by_key(|(at, _)| *at));
    let mut random = sequence(99);
    let uneven: Vec<usize> = (0..500).map(|_| 1 + random(900) as usize).collect();
    for blocks in [&[1][..], &[7], &[64], &[480], &[1_024], &uneven] {
        let cut = sound(blocks);
        let first = whole.0.iter().zip(&cut.0).position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(first, None, "blocks of {:?}...", &blocks[..1]);
        assert_eq!(whole.1, cut.1);
    }
    println!("blocks of 1, 7, 64, 480, 1024 and random: same bytes, {} note ends", whole.1.len());
}

#[test]
fn a_jump_of_the_clock_begins_in_silence() {
    let stage = Stage { impulse_response: vec![1.0, 0.5, 0.25], ..Stage::default() };
    let mut playing = stage.open();
    playing.note_on(0, 0, 440.0, &stage.row(|k| 0.3 / k as f32, |_| 0.1));
    playing.render(1_000, &[100]);
    assert!(!playing.layer.is_silent());
    let levels: Vec<_> = playing.layer.voice_levels().collect();
    assert_eq!((levels.len(), levels[0].slot, levels[0].note, levels[0].f0_hz), (1, 0, note(0), 440.0));
    playing.position = 90_000;
    assert!(playing.render(1_000, &[100]).iter().all(|sample| *sample == 0.0));
    assert!(playing.layer.is_silent());
}

#[test]
fn after_a_reset_a_note_sounds_as_at_first() {
    let stage = Stage { impulse_response: vec![1.0, 0.0, 0.3], ..Stage::default() };
    let row = stage.row(|k| 0.3 / k as f32, |_| 0.1);
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
