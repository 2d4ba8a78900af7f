//! Voices between left and right.

use super::playing::Playing;
use super::spectrum::{decibels, loudest_above, partial};
use super::stage::Stage;
use timbrel_engine::frame::{FrameKind, Mix, Tone};

fn tones() -> Stage {
    // The first samples always sound, so that there is a second convolution for the side.
    let response: Vec<f32> =
        (0..4_000).map(|n| if n == 0 { 1.0 } else { 0.01 * (-(n as f32) / 800.0).exp() }).collect();
    Stage { harmonics: 3, impulse_response: response, direct: 500, ..Stage::default() }
}

fn at(f0_hz: f32, pan: f32) -> Tone {
    Tone { pan, ..Tone::of(f0_hz) }
}

fn width(playing: &mut Playing, width: f32) {
    playing.send(0, 0, FrameKind::Mix(Mix { width, room: 0.0, ..Mix::default() }), &[]);
}

fn power(sound: &[f32]) -> f64 {
    sound.iter().map(|sample| f64::from(*sample).powi(2)).sum()
}

#[test]
fn what_is_not_panned_has_no_side() {
    let stage = tones();
    let row = stage.row(|k| 0.2 / k as f32, |_| 0.01);
    let mut playing = stage.open();
    width(&mut playing, 2.0);
    for slot in 0..8 {
        playing.note_on(slot, 100 * u64::from(slot), 200.0 + 31.0 * f32::from(slot), &row);
        playing.end(slot, 9_000, 9_500);
    }
    // The stage itself compares left and right, bit by bit.
    let sound = playing.render(16_000, &[480]);
    println!(
        "eight voices in the middle: side exactly zero, {:.1} dBFS RMS",
        decibels((power(&sound) / 16_000.0).sqrt())
    );
    assert!(power(&sound) > 1.0);
}

#[test]
fn a_panned_voice_keeps_its_power() {
    let stage = tones();
    let row = stage.row(|k| 0.2 / k as f32, |_| 0.01);
    let sound = |pan: f32, wide: f32| {
        let mut playing = stage.open();
        width(&mut playing, wide);
        playing.begin(0, 0, 0.0, at(330.0, pan), &row);
        playing.render_stereo(24_000, &[480]).map(|channel| power(&channel))
    };
    let [left, right] = sound(0.0, 1.0);
    assert_eq!(left, right);
    for pan in [-1.0f32, -0.5, 0.1, 0.7, 1.0] {
        let [l, r] = sound(pan, 1.0);
        let level = 10.0 * ((l + r) / (left + right)).log10();
        let meant = (f64::from(pan) + 1.0) * std::f64::consts::FRAC_PI_4;
        let place = (r / (l + r)).sqrt().asin();
        println!(
            "pan {pan}: power {level:+.5} dB, angle {:.2} and {:.2} degrees",
            place.to_degrees(),
            meant.to_degrees()
        );
        assert!(level.abs() < 1e-3 && (place - meant).abs() < 1e-3);
    }
    let [l, r] = sound(1.0, 0.0);
    println!("width 0: channels differ by {:.1e}", (l / r - 1.0).abs());
    assert_eq!(l, r);
    let [l, r] = sound(0.3, 2.0);
    let [l1, r1] = sound(0.3, 1.0);
    assert!(r / l > r1 / l1);
}

#[test]
fn a_moving_pan_does_not_click() {
    let stage = tones();
    let row = |level: f32| stage.row(|k| level / k as f32, |_| 0.0);
    let mut playing = stage.open();
    playing.begin(0, 0, 0.0, at(440.0, 0.0), &row(0.0));
    playing.step_to(0, (0, 1_000), at(440.0, 0.0), &row(0.3));
    playing.step_to(0, (4_001, 4_481), at(440.0, 1.0), &row(0.3));
    playing.step_to(0, (8_000, 8_480), at(440.0, -1.0), &row(0.3));
    playing.step_to(0, (9_000, 9_480), at(440.0, 0.0), &row(0.3));
    // Stolen from the right by one on the left.
    playing.step_to(0, (10_000, 10_480), at(440.0, 1.0), &row(0.3));
    playing.begin(0, 11_003, 0.0, at(300.0, -1.0), &row(0.0));
    playing.step_to(0, (11_003, 11_983), at(300.0, -1.0), &row(0.3));
    playing.send(12_500, 12_980, FrameKind::Mix(Mix { width: 2.0, ..Mix::default() }), &[]);
    let sound = playing.render_stereo(16_000, &[480]);
    for channel in &sound {
        let found = loudest_above(channel, 6_000.0, 48_000.0, 1_024);
        println!("moving pan, steal, width: {found:.1} dBFS above 6 kHz");
        assert!(found < -80.0);
    }
    assert!(sound[0] != sound[1]);
}

#[test]
fn a_voice_begins_at_the_phase_it_is_given() {
    let stage = Stage { harmonics: 4, ..Stage::default() };
    let row = stage.row(|k| 0.2 / k as f32, |_| 0.0);
    let sound = |phase: f32| {
        let mut playing = stage.open();
        playing.begin(0, 0, phase, Tone::of(480.0), &row);
        playing.render(9_600, &[480])
    };
    let (zero, later) = (sound(0.0), sound(0.25));
    // 480 Hz at 48 kHz: a quarter of a cycle is 25 samples.
    let worst = later.iter().zip(&zero[25..]).fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
    let phase = partial(&later, 480.0, 48_000.0).1 - partial(&zero, 480.0, 48_000.0).1;
    println!("a quarter of a cycle: {worst:.1e} from the sound 25 samples later, fundamental {phase:.5} cycles on");
    assert!(worst < 1e-5 && (phase - 0.25).abs() < 1e-4);
    assert_eq!(sound(1.25), later);
    assert_eq!(sound(f32::NAN), zero);
}

/// Voices that move in every way there is.
fn moving(blocks: &[usize]) -> [Vec<f32>; 2] {
    let stage = Stage { start: 12_345_679, sample_rate: 44_100.0, ..tones() };
    let mut playing = stage.open();
    let row = stage.row(|k| 0.1 / k as f32, |_| 0.01);
    for slot in 0..4u16 {
        playing.begin(slot, 3 + 7 * u64::from(slot), 0.1 * f32::from(slot), at(200.0, 0.2 * f32::from(slot)), &row);
    }
    for frame in 1..100u64 {
        let (from, to) = (frame * 191, frame * 191 + 191);
        if frame % 9 == 0 {
            let width = (frame % 20) as f32 / 10.0;
            playing.send(from, to, FrameKind::Mix(Mix { width, ..Mix::default() }), &[]);
        }
        for slot in 0..4u16 {
            let pan = if frame > 60 { 0.0 } else { (frame as f32 * 0.7 + f32::from(slot)).sin() };
            match (frame + u64::from(slot)) % 17 {
                0 => playing.begin(slot, from, 0.3, at(300.0, -pan), &row),
                1 if frame > 20 => playing.end(slot, from, to),
                _ => playing.step_to(slot, (from, to), at(200.0 + frame as f32, pan), &row),
            }
        }
    }
    playing.render_stereo(24_000, blocks)
}

#[test]
fn block_sizes_never_change_panned_sound() {
    let whole = moving(&[24_000]);
    assert!(whole[0] != whole[1]);
    for blocks in [&[1][..], &[7], &[64], &[480, 3, 1_000]] {
        let cut = moving(blocks);
        for (whole, cut) in whole.iter().zip(&cut) {
            assert_eq!(whole.iter().zip(cut).position(|(a, b)| a.to_bits() != b.to_bits()), None, "{blocks:?}");
        }
    }
}
