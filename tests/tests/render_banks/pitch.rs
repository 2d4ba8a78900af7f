//! Pitch, phase and onsets.

use super::playing::note;
use super::spectrum::partial;
use super::stage::Stage;

const RATES: [f64; 8] = [8_000.0, 16_000.0, 22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0];

#[test]
fn a_held_a4_is_in_tune_at_every_rate() {
    for sample_rate in RATES {
        let stage = Stage { sample_rate, ..Stage::default() };
        let mut playing = stage.open();
        playing.note_on(0, 0, 440.0, &stage.row(|k| 0.3 / k as f32, |_| 0.0));
        let half = sample_rate as usize;
        let sound = playing.render(2 * half, &[512]);
        let (_, first) = partial(&sound[..half], 440.0, sample_rate);
        let (_, second) = partial(&sound[half..], 440.0, sample_rate);
        // The halves are one second apart: the phase that the tone gains on 440 Hz is its error in hertz.
        let error = second - first - (second - first).round();
        let cents = 1_200.0 * (1.0 + error / 440.0).log2();
        println!("A4 at {sample_rate} Hz: {cents:+.6} cents");
        assert!(cents.abs() < 0.1);
    }
}

#[test]
fn sound_does_not_depend_on_how_long_the_clock_has_run() {
    let response: Vec<f32> = (0..3_000).map(|n| (-(n as f32) / 500.0).exp() * 0.2).collect();
    let sound = |start| {
        let stage = Stage { start, impulse_response: response.clone(), ..Stage::default() };
        let mut playing = stage.open();
        playing.note_on(0, 5, 440.0, &stage.row(|k| 0.3 / k as f32, |_| 0.01));
        playing.step(0, 5, 192, 450.0, &stage.row(|k| 0.2 / k as f32, |_| 0.03));
        playing.end(0, 9_000, 9_500);
        playing.render(20_000, &[480])
    };
    // A multiple of the room's partition, so that its grid lies the same.
    assert_eq!(sound(0), sound(1 << 40));
}

#[test]
fn a_note_begins_at_its_sample() {
    for onset in [0u64, 1, 63, 64, 255, 256, 257, 1_000] {
        let stage = Stage { harmonics: 1, ..Stage::default() };
        let mut playing = stage.open();
        playing.note_on(2, onset, 1_000.0, &stage.row(|_| 0.5, |_| 0.0));
        playing.end(2, onset + 500, onset + 700);
        let sound = playing.render(2_048, &[512]);
        // Phase 0 at the onset, so the first sample that is not zero is the next.
        assert_eq!(sound.iter().position(|sample| *sample != 0.0), Some(onset as usize + 1));
        assert_eq!(playing.ended, [(note(2), onset + 700)]);
        assert!(sound[onset as usize + 700..].iter().all(|sample| *sample == 0.0));
    }
}

#[test]
fn the_phase_is_the_sum_of_the_frequencies() {
    let stage = Stage { harmonics: 3, ..Stage::default() };
    let mut playing = stage.open();
    let row = stage.row(|k| 0.5 / k as f32, |_| 0.0);
    playing.note_on(0, 0, 300.0, &row);
    let mut targets = vec![(0u64, 300.0f64)];
    for index in 1..60u64 {
        let (from, at) = (targets[index as usize - 1].0, targets[index as usize - 1].0 + 1 + (index * 97) % 333);
        let f0 = 300.0 + 200.0 * (index as f64 * 0.7).sin();
        playing.step(0, from, at, f0 as f32, &row);
        targets.push((at, f64::from(f0 as f32)));
    }
    let end = targets[59].0 as usize;
    let sound = playing.render(end, &[100]);
    let mut phase = 0f64;
    let mut worst = 0f64;
    for pair in targets.windows(2) {
        for n in pair[0].0..pair[1].0 {
            let expected: f64 =
                (1..=3).map(|k| 0.5 / f64::from(k) * (std::f64::consts::TAU * f64::from(k) * phase).sin()).sum();
            worst = worst.max((expected - f64::from(sound[n as usize])).abs());
            let share = (n - pair[0].0) as f64 / (pair[1].0 - pair[0].0) as f64;
            phase = (phase + (pair[0].1 + (pair[1].1 - pair[0].1) * share) / 48_000.0).fract();
        }
    }
    println!("glides over irregular frames: worst error {worst:.2e} of full scale");
    assert!(worst < 1e-5);
}
