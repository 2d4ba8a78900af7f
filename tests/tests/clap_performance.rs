//! Learned performance through the packaged plugin: a bare note is shaped as the recorded players shape theirs, and each
//! control of it does what it says, measured.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use timbrel_tests::host::{Blocks, Event, Instance, Package, Setup, Timed};
use timbrel_tests::measure::{cents_between, fundamental};

const RATE: f64 = 48_000.0;
const BLOCKS: Blocks = Blocks::Fixed(256);
/// A note is held for this long, and rendered for as long again.
const HELD: u64 = 144_000;
/// Levels are read every 5 ms over 10 ms.
const HOP: usize = 240;

fn instrument(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    root.join("models/instruments").join(name).join(format!("{name}.onnx"))
}

/// One note with these parameters at these values, from its note-on, left channel.
fn note(name: &str, key: u8, velocity: f64, parameters: &[(&str, f64)]) -> Vec<f32> {
    let package = Package::find().unwrap();
    let mut instance = Instance::playing(&package, &Setup::offline(BLOCKS), &instrument(name)).unwrap();
    let latency = instance.latency().unwrap() as usize;
    let mut events: Vec<Timed> = parameters
        .iter()
        .map(|&(name, value)| {
            let parameter = instance.parameter(name).unwrap();
            // Natural is said from 0 to 1, the others from -1 to 1; hosts may be offered another range.
            let share = if name == "Natural" { value } else { 0.5 + 0.5 * value };
            let (low, high) = parameter.range;
            Timed { at: 0, event: Event::Parameter { id: parameter.id, value: low + share * (high - low) } }
        })
        .collect();
    events.extend([Timed::note_on(0, key, velocity), Timed::note_off(HELD, key)]);
    let sound = instance.render(&events, 2 * HELD + latency as u64, BLOCKS).unwrap();
    assert!(sound.left.iter().all(|sample| sample.is_finite()));
    sound.left[latency..].to_vec()
}

fn level_db(samples: &[f32]) -> f64 {
    let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    10.0 * (power / samples.len() as f64 + 1e-20).log10()
}

/// Levels of a note, decibels, every [`HOP`] samples.
fn levels(sound: &[f32]) -> Vec<f64> {
    (0..(sound.len() - 2 * HOP) / HOP).map(|index| level_db(&sound[index * HOP..][..2 * HOP])).collect()
}

fn seconds(index: usize) -> f64 {
    (index * HOP) as f64 / RATE
}

/// Median level from 1 s to the note-off.
fn body_db(levels: &[f64]) -> f64 {
    let mut body = levels[(RATE as usize) / HOP..HELD as usize / HOP - 4].to_vec();
    body.sort_by(f64::total_cmp);
    body[body.len() / 2]
}

/// Time from the note-on until the level is 3 dB under the body's, seconds.
fn attack_seconds(levels: &[f64]) -> f64 {
    let body = body_db(levels);
    seconds(levels.iter().position(|level| *level > body - 3.0).unwrap())
}

/// Time from the note-off until the level is 30 dB under the body's, seconds.
fn release_seconds(levels: &[f64]) -> f64 {
    let (body, off) = (body_db(levels), HELD as usize / HOP);
    seconds(levels[off..].iter().position(|level| *level < body - 30.0).unwrap())
}

/// When the level is highest, in windows of 50 ms, while the key is down, seconds.
fn peak_seconds(sound: &[f32]) -> f64 {
    let smooth: Vec<f64> = sound[..HELD as usize].windows(2_400).step_by(HOP).map(level_db).collect();
    let highest = (0..smooth.len()).max_by(|a, b| smooth[*a].total_cmp(&smooth[*b])).unwrap();
    seconds(highest)
}

/// Standard deviation of the level in windows of 50 ms, from 0.7 s to the note-off, decibels.
fn fluctuation_db(sound: &[f32]) -> f64 {
    let windows: Vec<f64> = sound[33_600..HELD as usize].chunks_exact(2_400).map(level_db).collect();
    deviation(&windows)
}

fn deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// From the lowest to the highest pitch from 1 s to the note-off, cents, in windows of 70 ms.
fn vibrato_cents(sound: &[f32], key: u8) -> f64 {
    let hertz = 440.0 * ((f64::from(key) - 69.0) / 12.0).exp2();
    let cents: Vec<f64> = sound[48_000..HELD as usize]
        .windows(3_360)
        .step_by(960)
        .map(|window| cents_between(hertz, fundamental(window, RATE, hertz).unwrap()))
        .collect();
    cents.iter().fold(f64::MIN, |a, b| a.max(*b)) - cents.iter().fold(f64::MAX, |a, b| a.min(*b))
}

fn is_rising(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[1] > pair[0])
}

#[test]
fn a_bare_note_is_shaped_and_not_switched_on() {
    for (name, key) in [("cello", 50), ("violin", 69), ("trumpet", 69), ("tuba", 41), ("alto-sax", 62)] {
        let [plain, half, played] = [0.0, 0.5, 1.0].map(|natural| {
            let levels = levels(&note(name, key, 0.7, &[("Natural", natural), ("Note Vibrato", -1.0)]));
            (attack_seconds(&levels), release_seconds(&levels), body_db(&levels))
        });
        println!(
            "{name}: attack plain {:.3} s, half {:.3} s, played {:.3} s; release {:.3}, {:.3}, {:.3} s; body {:.1}, {:.1}, {:.1} dBFS",
            plain.0, half.0, played.0, plain.1, half.1, played.1, plain.2, half.2, played.2
        );
        assert!(played.0 > plain.0, "{name}: a player takes longer than a switch");
        assert!(played.0 < 0.6, "{name}: an attack of {:.2} s", played.0);
        assert!((plain.0 - 1e-9..=played.0 + 1e-9).contains(&half.0), "{name}: half way is not between");
        assert!(played.1 < 2.5, "{name}: a release of {:.2} s", played.1);
        assert!((played.2 - plain.2).abs() < 1.0, "{name}: the held note has another level");
    }
}

#[test]
fn hard_notes_begin_faster_than_soft_ones() {
    for (name, key) in [("cello", 50), ("tuba", 41), ("alto-sax", 62)] {
        let attacks = [0.95, 0.25].map(|velocity| attack_seconds(&levels(&note(name, key, velocity, &[]))));
        println!("{name}: attack {:.3} s at velocity 121, {:.3} s at velocity 32", attacks[0], attacks[1]);
        assert!(attacks[0] <= attacks[1] + 0.02, "{name}");
    }
}

#[test]
fn peak_position_moves_the_loudest_moment() {
    let peaks = [-1.0, 0.0, 1.0].map(|value| {
        peak_seconds(&note(
            "cello",
            50,
            0.7,
            &[("Peak Position", value), ("Note Fluctuation", -1.0), ("Note Vibrato", -1.0)],
        ))
    });
    println!(
        "cello: loudest {:.2} s after the note-on (early), {:.2} s (as recorded), {:.2} s (late)",
        peaks[0], peaks[1], peaks[2]
    );
    assert!(peaks[2] > peaks[0] + 0.2);
}

#[test]
fn note_fluctuation_moves_the_level_of_a_held_note() {
    let moves = [-1.0, 0.0, 1.0]
        .map(|value| fluctuation_db(&note("cello", 50, 0.7, &[("Note Fluctuation", value), ("Note Vibrato", -1.0)])));
    println!(
        "cello: the level deviates by {:.3} dB without, {:.3} dB as recorded, {:.3} dB at most",
        moves[0], moves[1], moves[2]
    );
    assert!(is_rising(&moves));
}

#[test]
fn note_vibrato_moves_the_pitch() {
    for (name, key) in [("cello", 69), ("violin", 69), ("trumpet", 69)] {
        let moves = [-1.0, 0.0, 0.5, 1.0].map(|value| {
            vibrato_cents(&note(name, key, 0.7, &[("Note Vibrato", value), ("Note Fluctuation", -1.0)]), key)
        });
        println!("{name}: pitch from lowest to highest {moves:.1?} cents at Note Vibrato -1, 0, 0.5, 1");
        assert!(moves[0] < 2.0, "{name} is still");
        assert!(moves[3] > 40.0 && is_rising(&moves[1..]) && moves[1] + 0.5 >= moves[0], "{name}");
    }
}

#[test]
fn attack_noise_is_noise_of_the_attack() {
    let still = [("Note Fluctuation", -1.0), ("Note Vibrato", -1.0)];
    let with = |value: f64| note("cello", 50, 0.7, &[still[0], still[1], ("Attack Noise", value)]);
    let [less, recorded, more] = [-1.0, 0.0, 1.0].map(with);
    let difference = |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    let added = difference(&more, &recorded);
    let (early, late) = (level_db(&added[..9_600]), level_db(&added[72_000..HELD as usize]));
    let taken = level_db(&difference(&less, &recorded)[..9_600]);
    println!(
        "cello: more attack noise adds {early:.1} dBFS in the first 0.2 s and {late:.1} dBFS later; less takes {taken:.1} dBFS away"
    );
    assert!(early > late + 6.0 && early > -70.0);
    assert!(levels(&more)[..20].iter().all(|level| level.is_finite()));
}

#[test]
fn the_same_notes_are_the_same_bytes_at_any_block_size() {
    let render = |blocks: Blocks| {
        let package = Package::find().unwrap();
        let mut instance =
            Instance::playing(&package, &Setup::offline(Blocks::Fixed(1024)), &instrument("violin")).unwrap();
        let events = [
            Timed::note_on(100, 69, 0.8),
            Timed::note_on(9_001, 73, 0.4),
            Timed::note_off(30_000, 69),
            Timed::note_off(60_000, 73),
        ];
        instance.render(&events, 96_000, blocks).unwrap().left
    };
    assert_eq!(render(Blocks::Fixed(1)), render(Blocks::Fixed(1024)));
}
