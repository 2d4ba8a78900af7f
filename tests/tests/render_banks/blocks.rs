//! How the host cuts its blocks never shows.

use super::playing::note;
use super::stage::Stage;

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
    playing.wander(260, |rng| {
        let level = 0.05 * rng.f32();
        stage.row(|k| level / k as f32, |band| level * 0.02 / (1 + band) as f32)
    });
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
    let mut rng = fastrand::Rng::with_seed(99);
    let uneven: Vec<usize> = (0..500).map(|_| rng.usize(1..=900)).collect();
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
