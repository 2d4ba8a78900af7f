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

#[test]
fn the_room_is_a_convolution() {
    for (length, room) in [(100, 1.0), (192, 1.0), (3_000, 0.4), (48_000, 1.0)] {
        let samples = 14_000;
        let dry = phrase(&Stage::default(), 1.0, samples);
        let response = response(length);
        let wet = phrase(&Stage { impulse_response: response.clone(), ..Stage::default() }, room, samples);
        let mut worst = 0f64;
        for (n, wet) in wet.iter().enumerate() {
            let answer: f64 =
                (1..response.len().min(n + 1)).map(|tap| f64::from(response[tap]) * f64::from(dry[n - tap])).sum();
            let expected = f64::from(response[0]) * f64::from(dry[n]) + f64::from(room) * answer;
            worst = worst.max((expected - f64::from(*wet)).abs());
        }
        println!("room of {length} samples at {room}: worst error {worst:.2e}");
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
