//! Brightness from the parameter to the sound, in both families.

mod rig;

use rig::{Fake, Rig, Switches, on, rms_db};
use std::f64::consts::TAU;
use std::sync::Arc;
use timbrel_engine::event::{Event, Setting};
use timbrel_engine::render::Shaping;
use timbrel_engine::synth::Mode;

const RATE: f64 = 48_000.0;

/// Amplitudes of the partials of `f0_hz` up to 18 kHz, decibels.
fn partials(sound: &[f32], f0_hz: f64) -> Vec<f64> {
    let level = |hertz: f64| {
        let (mut real, mut imaginary, mut weights) = (0.0, 0.0, 0.0);
        for (n, sample) in sound.iter().enumerate() {
            let (angle, at) = (TAU * hertz * n as f64 / RATE, TAU * n as f64 / sound.len() as f64);
            let weight = 0.35875 - 0.48829 * at.cos() + 0.14128 * (2.0 * at).cos() - 0.01168 * (3.0 * at).cos();
            real += weight * f64::from(*sample) * angle.cos();
            imaginary += weight * f64::from(*sample) * angle.sin();
            weights += weight;
        }
        20.0 * (2.0 * real.hypot(imaginary) / weights).max(1e-12).log10()
    };
    (1..=(18_000.0 / f0_hz) as usize).map(|k| level(k as f64 * f0_hz)).collect()
}

/// Half a second of A3, from half a second on.
fn held(rig: &mut Rig, brightness: f32) -> Vec<f32> {
    let settings = [(Setting::Brightness, brightness), (Setting::NoiseLevel, -60.0)];
    let mut events: Vec<_> = settings.map(|(setting, value)| (0, Event::Set(setting, value))).into();
    events.push((4_800, on(57)));
    rig.play(&events, 48_000, || 480)[24_000..].to_vec()
}

/// Prints and checks the slope of each octave against the sound without tilt; returns the change in level, decibels.
fn slopes(name: &str, plain: &[f32], tilted: &[f32], tilt: f32) -> f64 {
    let (before, after) = (partials(plain, 220.0), partials(tilted, 220.0));
    let gains: Vec<f64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
    let there = |k: usize| k <= before.len() && before[k - 1] > -90.0 && after[k - 1] > -100.0;
    let octaves = (1..=before.len() / 2).filter(|k| there(*k) && there(2 * k));
    let errors: Vec<f64> = octaves.map(|k| (gains[2 * k - 1] - gains[k - 1] - f64::from(tilt)).abs()).collect();
    let worst = errors.iter().fold(0f64, |worst, error| worst.max(*error));
    let loudness = rms_db(tilted) - rms_db(plain);
    println!(
        "{name}, {tilt:+} dB per octave: within {worst:.3} dB over {} octaves; level {loudness:+.2} dB",
        errors.len()
    );
    assert!(!errors.is_empty() && worst < 0.5);
    loudness
}

#[test]
fn a_ddsp_instrument_tilts_at_the_same_loudness() {
    let rig = || Rig::new(Mode::Offline, RATE, 480, Fake { harmonics: 80, noise: 0.0, ..Fake::default() });
    let plain = held(&mut rig(), 0.0);
    for tilt in [-6.0, -2.0, 3.0, 6.0] {
        let loudness = slopes("ddsp", &plain, &held(&mut rig(), tilt), tilt);
        assert!(loudness.abs() < 0.5);
    }
}

#[test]
fn a_newt_tilts() {
    let rig = || {
        let rig = Rig::new(Mode::Offline, RATE, 480, Fake::default());
        let switches = Arc::new(Switches::default());
        rig.handle.swap_with(rig::newt::newt("Newt", Shaping::Tables, &switches)).unwrap();
        rig
    };
    let plain = held(&mut rig(), 0.0);
    for tilt in [-6.0, -2.0, 3.0, 6.0] {
        slopes("newt", &plain, &held(&mut rig(), tilt), tilt);
    }
}
