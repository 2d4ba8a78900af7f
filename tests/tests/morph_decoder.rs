//! Two instruments at once in the engine: what the blend plays at its ends, between them, and where one of them fails.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod rig;

use rig::newt::newt;
use rig::{Fake, Keys, Switches, bytes, on, rms_db};
use std::path::Path;
use std::sync::Arc;
use timbrel_engine::event::{Event, Setting};
use timbrel_engine::model::{Controls, Decode, LoadOptions, Model, StepRequest};
use timbrel_engine::morph::{MorphDecoder, NewtPartials, PARTIALS};
use timbrel_engine::render::{Shaping, Voicing};
use timbrel_engine::synth::{Config, Mode, Models, Source, Synth};
use timbrel_tests::measure::Spectrum;

const RATE: f64 = 48_000.0;
const SLOTS: usize = 128;
/// Noise in the bins of weak partials would count as theirs.
const BREATHLESS: (Setting, f32) = (Setting::NoiseLevel, -60.0);
/// How far a partial of a shipped waveshaper's bank may be from its film's: the bank's tilt is a filter.
const NEAR_DB: f64 = 1.0;
/// The attack is over, and so much is measured.
const STEADY: std::ops::Range<usize> = 24_000..56_768;

fn shipped(name: &str) -> Arc<Model> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let path = root.join("models/instruments").join(name).join(format!("{name}.onnx"));
    Model::load(&path, &LoadOptions::default()).unwrap()
}

fn config() -> Config {
    Config { sample_rate: RATE, max_block: 512, mode: Mode::Offline, shaping: Shaping::default() }
}

fn hertz(key: u8) -> f64 {
    440.0 * ((f64::from(key) - 69.0) / 12.0).exp2()
}

/// A plain held note.
fn note(synth: &mut Synth, key: u8, velocity: f32, settings: &[(Setting, f32)]) -> Vec<f32> {
    let settings =
        settings.iter().chain(&[(Setting::Natural, 0.0)]).map(|&(setting, value)| (0, Event::Set(setting, value)));
    let down = Event::NoteOn { note: rig::note(key), velocity };
    let events: Vec<_> = settings.chain([(0, down)]).collect();
    Keys { synth, position: 0, rate: RATE }.play(&events, 60_000, || 480)
}

fn plays(models: impl Into<Models>, key: u8, velocity: f32, settings: &[(Setting, f32)]) -> Vec<f32> {
    let (mut synth, handle) = Synth::start(&config(), models).unwrap();
    let sound = note(&mut synth, key, velocity, settings);
    let status = handle.status();
    assert_eq!((status.decoder_errors, status.error), (0, None));
    sound
}

fn partials_db(sound: &[f32], key: u8) -> Vec<f64> {
    let partials = Spectrum::of(&sound[STEADY], RATE).partials(hertz(key), 16_000.0);
    partials.iter().map(|level| 20.0 * level.max(1e-9).log10()).collect()
}

/// Largest difference of those partials of two sounds that are at most 40 dB under the loudest.
fn worst_db(expected: &[f64], found: &[f64]) -> f64 {
    let loudest = expected.iter().copied().fold(f64::MIN, f64::max);
    let heard = expected.iter().zip(found).take(PARTIALS).filter(|(expected, _)| **expected > loudest - 40.0);
    heard.map(|(expected, found)| (expected - found).abs()).fold(0.0, f64::max)
}

/// The same instrument of films as one of partials.
fn as_partials(source: Source) -> Source {
    let Voicing::Waveshaping { constants, shaping, .. } = &source.voicing else { panic!("films") };
    let decoder = Box::new(NewtPartials::new(source.decoder, constants, *shaping));
    Source { decoder, impulse_response: source.impulse_response, voicing: Voicing::Harmonic }
}

#[test]
fn partials_of_a_newt_are_those_that_its_bank_plays() {
    for key in [33, 45, 62, 81, 96] {
        let switches = Arc::default();
        let partials = |source: Source| {
            let (mut synth, _handle) = Synth::start_with(&config(), source).unwrap();
            partials_db(&note(&mut synth, key, 0.8, &[BREATHLESS]), key)
        };
        let expected = partials(newt("Newt", Shaping::default(), &switches));
        let found = partials(as_partials(newt("Newt", Shaping::default(), &switches)));
        let worst = worst_db(&expected, &found);
        println!("eleven sine shapers, key {key}: {} partials, worst {worst:.3} dB", expected.len());
        assert!(worst < 0.1, "key {key}: {worst} dB");
    }
    // The bank's own tilt, by which shipped instruments are matched, keeps slope and level within some tenths of a decibel.
    for (name, keys) in [("trumpet", [54, 66, 82]), ("tuba", [30, 41, 54]), ("alto-sax", [50, 62, 78])] {
        let model = shipped(name);
        for key in keys {
            let expected = partials_db(&plays(Arc::clone(&model), key, 0.8, &[BREATHLESS]), key);
            let source = as_partials(Source::of(&Arc::clone(&model).into(), Shaping::default()).unwrap());
            let (mut synth, _handle) = Synth::start_with(&config(), source).unwrap();
            let found = partials_db(&note(&mut synth, key, 0.8, &[BREATHLESS]), key);
            let worst = worst_db(&expected, &found);
            println!("{name}, key {key}: {} partials, worst {worst:.2} dB", expected.len());
            assert!(worst < NEAR_DB, "{name}, key {key}: {worst} dB");
        }
    }
}

#[test]
fn the_ends_of_a_morph_are_the_instruments() {
    let pairs = [("cello", "flute", 65), ("violin", "trumpet", 67), ("tuba", "double-bass", 43)];
    for (first, second, key) in pairs {
        let models = Models { first: shipped(first), second: Some(shipped(second)) };
        for velocity in [0.3, 0.787, 1.0] {
            let alone = plays(Arc::clone(&models.first), key, velocity, &[BREATHLESS]);
            let other = plays(models.second.clone().unwrap(), key, velocity, &[BREATHLESS]);
            let at = |morph: f32| plays(models.clone(), key, velocity, &[BREATHLESS, (Setting::Morph, morph)]);
            let (start, end) = (at(0.0), at(1.0));
            if models.first.waveshaping().is_none() {
                assert_eq!(bytes(&start), bytes(&alone), "{first} at 0");
            }
            let worst = (
                worst_db(&partials_db(&alone, key), &partials_db(&start, key)),
                worst_db(&partials_db(&other, key), &partials_db(&end, key)),
            );
            let level = rms_db(&end[STEADY]) - rms_db(&other[STEADY]);
            println!(
                "{first} to {second}, velocity {velocity}: partials off by {:.3} dB at 0 and {:.3} dB at 1, level by {level:+.2} dB",
                worst.0, worst.1
            );
            let near = |model: &Model| if model.waveshaping().is_some() { NEAR_DB } else { 0.01 };
            assert!(worst.0 < near(&models.first) && worst.1 < near(models.second.as_ref().unwrap()));
            assert!(level.abs() < 0.5);
        }
    }
}

/// Two fakes of which one has twice the level, 10 partials and its own frames.
fn fakes(second: Fake) -> (MorphDecoder, [Arc<Switches>; 2]) {
    let switches = [Arc::<Switches>::default(), Arc::default()];
    let first = Fake::default().decoder("First", &switches[0]);
    let second = second.decoder("Second", &switches[1]);
    (MorphDecoder::new(Box::new(first), Box::new(second), SLOTS).unwrap(), switches)
}

fn request(slot: usize, loudness_db: f32, morph: f32) -> StepRequest {
    StepRequest { morph, ..StepRequest::of(slot, 60.0, loudness_db) }
}

/// Sum of the partials' amplitudes.
fn level_db(decoder: &dyn Decode, row: usize) -> f32 {
    let Controls::Ddsp { amplitude, harmonic_distribution, .. } = decoder.controls(row) else { panic!("partials") };
    20.0 * (amplitude * harmonic_distribution.iter().sum::<f32>()).log10()
}

#[test]
fn where_one_fails_the_other_carries_on() {
    let (mut decoder, [first, second]) = fakes(Fake::default());
    decoder.settle(3, 60.0);
    for (nan, morph) in [([false, false], 0.5), ([true, false], 0.5), ([false, true], 0.5), ([true, false], 0.0)] {
        Switches::set(&first.nan, nan[0]);
        Switches::set(&second.nan, nan[1]);
        decoder.step(&[request(3, -20.0, morph)]).unwrap();
        let level = level_db(&decoder, 0);
        println!("broken {nan:?} at {morph}: {level:.2} dB");
        assert!(decoder.is_finite(0) && (level + 20.0).abs() < 0.01);
    }
    Switches::set(&first.nan, true);
    Switches::set(&second.nan, true);
    decoder.step(&[request(3, -20.0, 0.5)]).unwrap();
    assert!(!decoder.is_finite(0));
    Switches::set(&first.nan, false);
    Switches::set(&second.nan, false);
    Switches::set(&second.fail, true);
    decoder.step(&[request(3, -20.0, 0.5)]).unwrap();
    assert!((level_db(&decoder, 0) + 20.0).abs() < 0.01);
    let trouble = decoder.trouble().unwrap();
    println!("{trouble}");
    assert!(trouble.contains("Second"));
}

#[test]
fn other_frames_and_rates_follow_the_firsts_clock() {
    for (rate, hop) in
        [(48_000.0, 192), (16_000.0, 64), (16_000.0, 160), (48_000.0, 480), (48_000.0, 64), (44_100.0, 256)]
    {
        let (mut decoder, [_, second]) = fakes(Fake { sample_rate: rate, hop, ..Fake::default() });
        decoder.settle(0, 60.0);
        let frames = 500;
        for frame in 0..frames {
            // A slow swell.
            let loudness_db = -30.0 + 20.0 * frame as f32 / frames as f32;
            decoder.step(&[request(0, loudness_db, 1.0)]).unwrap();
            let off = level_db(&decoder, 0) - loudness_db;
            assert!(off.abs() < 0.25, "{rate} Hz, hop {hop}, frame {frame}: {off:+.2} dB");
        }
        let steps = second.steps.load(std::sync::atomic::Ordering::SeqCst);
        let expected = f64::from(frames) * 0.004 / (f64::from(hop) / rate);
        println!("{rate} Hz, hop {hop}: {steps} steps of the second for {frames} frames");
        assert!((steps as f64 - expected).abs() < 4.0);
    }
}

#[test]
fn a_voice_does_not_hear_the_others() {
    let alone = |frames: u32| {
        let (mut decoder, _) = fakes(Fake { sample_rate: 16_000.0, hop: 100, ..Fake::default() });
        decoder.settle(1, 60.0);
        let steps = (0..frames).map(|frame| {
            decoder.step(&[request(1, -30.0 + frame as f32 / 5.0, 0.7)]).unwrap();
            decoder.controls(0).values().map(f32::to_bits).collect::<Vec<_>>()
        });
        steps.collect::<Vec<_>>()
    };
    let in_company = |frames: u32| {
        let (mut decoder, _) = fakes(Fake { sample_rate: 16_000.0, hop: 100, ..Fake::default() });
        for frame in 0..7 {
            decoder.step(&[request(0, -20.0 - frame as f32, 0.2)]).unwrap();
        }
        decoder.settle(1, 60.0);
        let steps = (0..frames).map(|frame| {
            let own = request(1, -30.0 + frame as f32 / 5.0, 0.7);
            decoder.step(&[request(0, -20.0, 0.5), own]).unwrap();
            decoder.controls(1).values().map(f32::to_bits).collect::<Vec<_>>()
        });
        steps.collect::<Vec<_>>()
    };
    assert_eq!(alone(50), in_company(50));
}

#[test]
fn models_swap_beneath_a_held_note() {
    let (cello, flute, tuba) = (shipped("cello"), shipped("flute"), shipped("tuba"));
    let (mut synth, handle) = Synth::start(&config(), Arc::clone(&cello)).unwrap();
    let mut keys = Keys { synth: &mut synth, position: 0, rate: RATE };
    let mut out = keys.play(&[(0, Event::Set(Setting::Morph, 0.5)), (0, on(62))], 24_000, || 480);
    for second in [Some(flute.clone()), Some(tuba), None] {
        handle.swap(Models { first: Arc::clone(&cello), second }, Shaping::default()).unwrap();
        out.extend(keys.play(&[], 24_000, || 480));
    }
    for part in out.chunks_exact(24_000) {
        assert!(rms_db(&part[12_000..]) > -45.0);
    }
    let steepest = |samples: &[f32]| samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    let held = out.chunks_exact(24_000).map(|part| steepest(&part[12_000..])).fold(0.0, f32::max);
    println!("steepest step {:.4}, held {held:.4}", steepest(&out));
    assert!(steepest(&out) < 1.5 * held);
    assert_eq!(handle.status().decoder_errors, 0);
}
