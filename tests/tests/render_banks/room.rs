//! The model's room.

use super::spectrum::{decibels, partial};
use super::stage::Stage;

fn response(length: usize) -> Vec<f32> {
    (0..length)
        .map(|n| {
            let hash = (n as u32 ^ 0x5bd1).wrapping_mul(0x9e37_79b9).rotate_left(13).wrapping_mul(0x85eb_ca6b);
            let noise = hash as i32 as f32 / 2_147_483_648.0;
            if n == 0 { 0.9 } else { 0.02 * noise * (-(n as f32) / (0.2 * length as f32)).exp() }
        })
        .collect()
}

fn phrase(stage: &Stage, room: f32, samples: usize) -> Vec<f32> {
    let mut playing = stage.open();
    playing.mix(0, 0, 1.0, room);
    playing.note_on(0, 100, 330.0, &stage.row(|k| 0.2 / k as f32, |_| 0.005));
    playing.end(0, 9_000, 10_000);
    let sound = playing.render(samples, &[333]);
    assert!(!playing.layer.is_silent() || sound.last() == Some(&0.0));
    sound
}

/// Share of sample `index` that always sounds: all of the first `direct`, then a raised cosine of 4 ms at `rate`.
fn direct_share(index: usize, direct: usize, rate: f64) -> f64 {
    let fade = ((0.004 * rate) as usize).min(direct - 1);
    let gone = (index + 1).saturating_sub(direct) as f64 / (fade + 1) as f64;
    0.5 + 0.5 * (std::f64::consts::PI * gone.min(1.0)).cos()
}

#[test]
fn the_room_is_a_convolution() {
    let sizes = [(100, 1.0), (192, 1.0), (3_000, 0.4), (48_000, 1.0)].map(|(length, room)| (length, 1, room));
    let split = [(3_000, 960, 1.0), (48_000, 20, 1.0), (3_000, 3_000, 0.0), (3_000, 960, 0.4), (48_000, 960, 0.0)];
    for (length, direct, room) in sizes.into_iter().chain(split) {
        let samples = 14_000;
        let dry = phrase(&Stage::default(), 1.0, samples);
        let response = response(length);
        let wet = phrase(&Stage { impulse_response: response.clone(), direct, ..Stage::default() }, room, samples);
        let gain = |tap: usize| {
            let share = direct_share(tap, direct, 48_000.0);
            f64::from(response[tap]) * (share + (1.0 - share) * f64::from(room))
        };
        let gains: Vec<f64> = (0..response.len().min(samples)).map(gain).collect();
        let mut worst = 0f64;
        for (n, wet) in wet.iter().enumerate() {
            let taps = gains.iter().zip(dry[..=n].iter().rev());
            let expected: f64 = taps.map(|(gain, dry)| gain * f64::from(*dry)).sum();
            worst = worst.max((expected - f64::from(*wet)).abs());
        }
        println!("room of {length} samples, {direct} of them direct, at {room}: worst error {worst:.2e}");
        assert!(worst < 1e-5);
    }
}

#[test]
fn the_room_rings_out_and_is_silent_then() {
    let stage = Stage { impulse_response: response(20_000), ..Stage::default() };
    let sound = phrase(&stage, 1.0, 60_000);
    assert_eq!(sound.last(), Some(&0.0));
    let last = sound.iter().rposition(|sample| sample.abs() > 1e-9).unwrap_or(0);
    println!("the room of 20000 samples rings until {last}");
    assert!((29_000..31_500).contains(&last));
}

#[test]
fn the_room_keeps_its_level_at_every_rate() {
    // Direct sound, and one echo of half its level after 50 ms.
    let mut response = vec![0.0; 4_800];
    response[0] = 1.0;
    response[2_400] = 0.5;
    for sample_rate in [8_000.0, 22_050.0, 44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        let stage = Stage { harmonics: 1, sample_rate, impulse_response: response.clone(), ..Stage::default() };
        let mut playing = stage.open();
        // At 1 kHz the echo is 50 periods late, in phase: 1.5 times the sound; at 1010 Hz in opposite phase: 0.5 times.
        let mut levels = [0.0; 2];
        for (level, f0) in levels.iter_mut().zip([1_000.0, 1_010.0]) {
            playing.layer.reset();
            playing.position = 0;
            playing.note_on(0, 0, f0, &stage.row(|_| 0.1, |_| 0.0));
            let sound = playing.render(sample_rate as usize, &[512]);
            let half = sample_rate as usize / 2;
            *level = decibels(partial(&sound[half..], f64::from(f0), sample_rate).0 / 0.1);
        }
        let errors = [levels[0] - decibels(1.5), levels[1] - decibels(0.5)];
        println!("room at {sample_rate} Hz: {:+.3} and {:+.3} dB", errors[0], errors[1]);
        assert!(errors.iter().all(|error| error.abs() < 0.1));
    }
}

#[test]
fn without_a_room_the_direct_part_keeps_its_level_and_timbre() {
    // As published models have it: some 28 dB of gain and much colour in the first 20 ms, then a weak tail.
    let (train_rate, direct) = (16_000.0, 320);
    let mut response = response(32_000);
    for (index, sample) in response.iter_mut().enumerate().skip(1) {
        let colour = (0.9 * index as f32).cos() + 0.5 * (0.23 * index as f32).sin();
        *sample = *sample * 10.0 + 9.0 * colour * (-(index as f32) / 40.0).exp();
    }
    let f0 = 330.0;
    let shares: Vec<f64> = (0..response.len()).map(|index| direct_share(index, direct, train_rate)).collect();
    let expected = |hertz: f64| {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (index, (sample, share)) in response.iter().zip(&shares).enumerate().take(2 * direct) {
            let angle = std::f64::consts::TAU * hertz * index as f64 / train_rate;
            real += f64::from(*sample) * share * angle.cos();
            imaginary += f64::from(*sample) * share * angle.sin();
        }
        real.hypot(imaginary)
    };
    for sample_rate in [16_000.0, 44_100.0, 48_000.0, 96_000.0] {
        let impulse_response = response.clone();
        let stage = Stage { harmonics: 20, train_rate, sample_rate, impulse_response, direct, ..Stage::default() };
        let mut playing = stage.open();
        playing.mix(0, 0, 1.0, 0.0);
        playing.note_on(0, 1, f0, &stage.row(|_| 1e-3, |_| 0.0));
        let sound = playing.render(sample_rate as usize, &[512]);
        let half = sample_rate as usize / 2;
        let (mut error, mut heard, mut meant) = (0.0, 0.0, 0.0);
        for k in 1..=20 {
            let hertz = f64::from(k) * f64::from(f0);
            let (level, expected) = (partial(&sound[half..], hertz, sample_rate).0 / 1e-3, expected(hertz));
            heard += level * level;
            meant += expected * expected;
            error += (level - expected).powi(2);
        }
        let (gain, level) = (10.0 * (meant / 20.0f64).log10(), 10.0 * (heard / meant).log10());
        let error = 10.0 * (error / meant).max(1e-12).log10();
        println!(
            "direct part of {gain:+.1} dB at {sample_rate} Hz: level {level:+.2} dB, partials differ by {error:.1} dB"
        );
        assert!(gain > 20.0 && level.abs() < 0.2 && error < -25.0);
    }
}
