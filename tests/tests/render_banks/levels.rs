//! Levels of partials, sidebands of moving ones, and aliases.

use super::spectrum::{amplitudes, decibels, partial};
use super::stage::Stage;

#[test]
fn partials_have_their_level() {
    for sample_rate in [8_000.0, 22_050.0, 44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        let stage = Stage { harmonics: 40, sample_rate, ..Stage::default() };
        let level = |k: usize| 0.2 * 10f32.powf(-0.05 * ((k * 7) % 40) as f32);
        let mut playing = stage.open();
        playing.note_on(0, 0, 220.0, &stage.row(level, |_| 0.0));
        let sound = playing.render(sample_rate as usize / 2, &[512]);
        let mut worst = 0f64;
        for k in 1..=40 {
            let hertz = 220.0 * k as f64;
            let found = partial(&sound, hertz, sample_rate).0;
            if hertz < 0.92 * sample_rate / 2.0 {
                worst = worst.max((decibels(found) - decibels(f64::from(level(k)))).abs());
            } else if hertz >= 0.98 * sample_rate / 2.0 && hertz < sample_rate / 2.0 {
                assert!(decibels(found) < -100.0);
            }
        }
        println!("partial levels at {sample_rate} Hz: worst error {worst:.4} dB");
        assert!(worst < 0.1);
    }
}

#[test]
fn a_tremolo_has_clean_sidebands() {
    let stage = Stage { harmonics: 1, ..Stage::default() };
    let mut playing = stage.open();
    let level = |frame: u64| 0.25 + 0.25 * (std::f32::consts::TAU * 5.0 * frame as f32 / 50.0).sin();
    playing.note_on(0, 0, 1_000.0, &stage.row(|_| level(0), |_| 0.0));
    for frame in 0..250 {
        playing.step(0, 960 * frame, 960 * (frame + 1), 1_000.0, &stage.row(|_| level(frame + 1), |_| 0.0));
    }
    let sound = playing.render(240_000, &[512]);
    let carrier = partial(&sound[24_000..216_000], 1_000.0, 48_000.0).0;
    // Images of 5 Hz about each multiple of the frame rate.
    let images = (1..=4)
        .flat_map(|n| [50 * n - 5, 50 * n + 5])
        .flat_map(|offset| [1_000 - offset, 1_000 + offset])
        .map(|hertz| partial(&sound[24_000..216_000], f64::from(hertz), 48_000.0).0.powi(2))
        .sum::<f64>();
    // One side of the carrier.
    let ratio = decibels((0.5 * images).sqrt() / carrier);
    println!("5 Hz tremolo at 50 frames/s: unwanted sidebands {ratio:.1} dB below the carrier");
    assert!(ratio <= -42.0);
}

#[test]
fn a_swept_bank_does_not_alias() {
    for sample_rate in [44_100.0, 48_000.0] {
        let stage = Stage { harmonics: 100, sample_rate, ..Stage::default() };
        let mut playing = stage.open();
        let row = stage.row(|_| 0.01, |_| 0.0);
        // f0 from 900 Hz up by 50 Hz/s: partials 20 to 27 cross Nyquist one after the other.
        let (hop, frames, rate) = (200u64, 1_000u64, 50.0);
        let f0 = |sample: f64| 900.0 + rate * sample / sample_rate;
        playing.note_on(0, 0, 900.0, &row);
        for frame in 0..frames {
            playing.step(0, frame * hop, (frame + 1) * hop, f0(((frame + 1) * hop) as f64) as f32, &row);
        }
        let sound = playing.render((hop * frames) as usize, &[512]);
        let size = 8_192;
        let bin = sample_rate / size as f64;
        let mut worst = -300f64;
        for start in (0..sound.len() - size).step_by(size / 4) {
            let spectrum = amplitudes(&sound[start..start + size]);
            let loudest = spectrum.iter().fold(0f64, |a, b| a.max(*b));
            let middle = f0((start + size / 2) as f64);
            for (index, amplitude) in spectrum.iter().enumerate() {
                let hertz = index as f64 * bin;
                let number = (hertz / middle).round().max(1.0);
                // A partial spreads by what it moves within the window, and by the window's own main lobe.
                let spread = 0.6 * number * rate * size as f64 / sample_rate + 8.0 * bin;
                if (hertz - number * middle).abs() > spread {
                    worst = worst.max(decibels(amplitude / loudest));
                }
            }
        }
        println!("swept bank at {sample_rate} Hz: aliases {worst:.1} dBc");
        assert!(worst < -90.0);
    }
}

#[test]
fn a_leap_within_one_frame_does_not_alias() {
    let stage = Stage { harmonics: 2, ..Stage::default() };
    let mut playing = stage.open();
    // The second partial goes from 18 kHz to 44 kHz in a tenth of a second, and back.
    let row = |level: f32| stage.row(|k| if k == 2 { level } else { 0.0 }, |_| 0.0);
    playing.note_on(0, 0, 9_000.0, &row(0.0));
    playing.step(0, 0, 4_800, 9_000.0, &row(0.5));
    playing.step(0, 4_800, 9_600, 22_000.0, &row(0.5));
    playing.step(0, 9_600, 14_400, 9_000.0, &row(0.5));
    playing.end(0, 14_400, 19_200);
    let sound = playing.render(24_000, &[512]);
    let mut worst = -300f64;
    for start in (0..sound.len() - 512).step_by(64) {
        let spectrum = amplitudes(&sound[start..start + 512]);
        // Nothing is asked for under 12 kHz; an alias would sweep down to 4 kHz.
        worst = spectrum[..512 * 12 / 48].iter().fold(worst, |worst, amplitude| worst.max(decibels(amplitude / 0.5)));
    }
    println!("leap over Nyquist within a frame: {worst:.1} dBc under 12 kHz");
    assert!(worst < -90.0);
}
