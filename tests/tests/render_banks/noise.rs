//! The noise bank: leakage, power, seeds.

use super::spectrum::power_density;
use super::stage::Stage;

const RATES: [f64; 8] = [8_000.0, 16_000.0, 22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0];

/// Moving noise: the gains go up and down by 12 dB over irregular frames.
fn noise(stage: &Stage, seconds: f64, gain: impl Fn(usize) -> f32, moving: bool) -> Vec<f32> {
    let mut playing = stage.open();
    let row = |level: f32| stage.row(|_| 0.0, |band| level * gain(band));
    playing.note_on(0, 0, 440.0, &row(1.0));
    let samples = (seconds * stage.sample_rate) as u64;
    let mut sound = Vec::new();
    let mut from = 0;
    let mut frame = 0;
    while from < samples {
        let hop = 1 + (frame * 131) % 300 * (stage.sample_rate / 16_000.0) as u64;
        let level = if moving && frame % 2 == 0 { 0.25 } else { 1.0 };
        playing.step(0, from, from + hop, 440.0, &row(level));
        sound.extend(playing.render(hop as usize, &[512]));
        from += hop;
        frame += 1;
    }
    sound
}

#[test]
fn noise_does_not_leak_out_of_its_band() {
    for (sample_rate, train_rate, band) in
        [(48_000.0, 48_000.0, 20), (44_100.0, 48_000.0, 30), (96_000.0, 48_000.0, 32), (48_000.0, 16_000.0, 40)]
    {
        let stage = Stage { harmonics: 1, sample_rate, train_rate, ..Stage::default() };
        let sound = noise(&stage, 3.0, |index| if index == band { 0.3 } else { 0.0 }, true);
        let size = 8_192;
        let density = power_density(&sound, size);
        let peak = density.iter().fold(0f64, |a, b| a.max(*b));
        let spacing = train_rate / 2.0 / 64.0;
        let centre = band as f64 * spacing;
        // The filter's skirt is no wider than 400 Hz (2 / 10 ms and Nuttall's main lobe) or one band more.
        let edge = spacing + spacing.max(400.0) + 50.0;
        let leak = density
            .iter()
            .enumerate()
            .filter(|(bin, _)| (*bin as f64 * sample_rate / size as f64 - centre).abs() > edge)
            .fold(0f64, |leak, (_, power)| leak.max(*power));
        let leak = 10.0 * (leak / peak).log10();
        println!("band {band} of 65, trained at {train_rate}, played at {sample_rate} Hz: leakage {leak:.1} dB");
        assert!(leak <= -90.0);
    }
}

#[test]
fn nothing_sounds_above_the_training_nyquist() {
    let stage = Stage { harmonics: 1, sample_rate: 96_000.0, train_rate: 48_000.0, ..Stage::default() };
    let sound = noise(&stage, 3.0, |_| 0.3, true);
    let density = power_density(&sound, 8_192);
    let bin = |hertz: f64| (hertz / 96_000.0 * 8_192.0) as usize;
    let level = density[bin(1_000.0)..bin(20_000.0)].iter().sum::<f64>() / (bin(20_000.0) - bin(1_000.0)) as f64;
    let leak = density[bin(24_450.0)..].iter().fold(0f64, |a, b| a.max(*b));
    let leak = 10.0 * (leak / level).log10();
    println!("above the training Nyquist: {leak:.1} dB");
    assert!(leak <= -90.0);
}

#[test]
fn noise_has_the_power_of_its_bands() {
    for sample_rate in RATES {
        for train_rate in [16_000.0, 48_000.0] {
            let stage = Stage { harmonics: 1, sample_rate, train_rate, ..Stage::default() };
            // A spectrum that falls by 24 dB and has a broad hump, as instruments have.
            let gain = |band: usize| {
                0.2 * 10f32.powf(-1.2 * band as f32 / 64.0) * (1.0 + (-((band as f32 - 25.0) / 6.0).powi(2)).exp())
            };
            let sound = noise(&stage, 6.0, gain, false);
            let size = 4_096;
            let density = power_density(&sound, size);
            let spacing = train_rate / 2.0 / 64.0;
            let top = 0.5 * f64::min(sample_rate, train_rate);
            let mut worst = 0f64;
            // Bands of eight spacings, clear of the upper edge.
            for low in (0..56).step_by(8) {
                let (from, to) = ((low as f64 + 0.5) * spacing, (low as f64 + 8.5) * spacing);
                if to > top - 2.0 * spacing {
                    continue;
                }
                let (mut found, mut expected) = (0.0, 0.0);
                for (bin, power) in density.iter().enumerate() {
                    let hertz = bin as f64 * sample_rate / size as f64;
                    if (from..to).contains(&hertz) {
                        let place = hertz / spacing;
                        let (below, share) = (place as usize, place.fract());
                        let wanted = f64::from(gain(below)) * (1.0 - share) + f64::from(gain(below + 1)) * share;
                        found += power;
                        expected += wanted * wanted * sample_rate / train_rate;
                    }
                }
                worst = worst.max((10.0 * (found / expected).log10()).abs());
            }
            println!("noise trained at {train_rate}, played at {sample_rate} Hz: worst band power error {worst:.2} dB");
            assert!(worst < 0.5);
        }
    }
}

#[test]
fn seeds_give_noises_of_their_own() {
    let sound = |slot| {
        let stage = Stage { harmonics: 1, ..Stage::default() };
        let mut playing = stage.open();
        // The slot's number is part of the seed.
        playing.note_on(slot, 0, 440.0, &stage.row(|_| 0.0, |_| 0.1));
        playing.render(48_000, &[480])
    };
    let (a, b) = (sound(0), sound(1));
    assert_eq!(a, sound(0));
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(x * y)).sum::<f64>();
    let correlation = dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt();
    println!("noises of two seeds: correlation {correlation:+.4}");
    assert!(correlation.abs() < 0.02);
}
