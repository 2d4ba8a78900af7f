//! The packaged plugin plays: pitches, onsets, chords, silence afterwards; the shipped instrument.
//! Test code.

#![allow(clippy::unwrap_used)]

use timbrel_tests::host::{Blocks, Instance, NoteEnd, Package, Recording, Setup, Timed};
use timbrel_tests::measure::{cents_between, first_difference, fundamental};

const RATE: f64 = 48_000.0;
const BLOCKS: Blocks = Blocks::Fixed(256);
/// What the plugin may be off, cents.
const CENTS: f64 = 5.0;

fn instance() -> Instance {
    Instance::active(&Package::find().unwrap(), &Setup::offline(BLOCKS)).unwrap()
}

fn plain() -> Instance {
    let mut instance = Instance::plain(&Package::find().unwrap()).unwrap();
    instance.activate(&Setup::offline(BLOCKS)).unwrap();
    instance
}

fn hertz(key: u8) -> f64 {
    440.0 * ((f64::from(key) - 69.0) / 12.0).exp2()
}

fn is_finite(recording: &Recording) -> bool {
    recording.left.iter().chain(&recording.right).all(|sample| sample.is_finite())
}

/// Keys and their start; each sounds for a second, a quarter of a second apart, at odd samples.
fn melody() -> Vec<(u8, u64)> {
    [38, 45, 50, 53, 57, 62, 66, 69, 74, 78].into_iter().zip((0u64..).map(|index| 1000 + index * 60_011)).collect()
}

fn events(melody: &[(u8, u64)]) -> Vec<Timed> {
    let mut events: Vec<_> = melody
        .iter()
        .flat_map(|&(key, at)| [Timed::note_on(at, key, 0.7), Timed::note_off(at + 48_000, key)])
        .collect();
    events.sort_by_key(|event| event.at);
    events
}

#[test]
fn steady_notes_are_in_tune_within_five_cents() {
    let melody = melody();
    let mut instance = plain();
    let latency = u64::from(instance.latency().unwrap());
    let sound = instance.render(&events(&melody), 640_000, BLOCKS).unwrap();
    assert!(is_finite(&sound));
    for (key, at) in melody {
        let begin = usize::try_from(at + latency).unwrap();
        // From 0.3 s, when the attack is over, to 0.9 s.
        let steady = &sound.left[begin + 14_400..begin + 43_200];
        let found = fundamental(steady, RATE, hertz(key)).unwrap();
        let cents = cents_between(hertz(key), found);
        assert!(cents.abs() < CENTS, "key {key}: {found:.3} Hz is {cents:+.2} cents off");
    }
}

#[test]
fn every_onset_is_on_its_sample() {
    let melody = melody();
    let latency = u64::from(instance().latency().unwrap());
    let whole = instance().render(&events(&melody), 640_000, BLOCKS).unwrap();
    for (index, &(key, at)) in melody.iter().enumerate() {
        // Without this note everything before it is the same; where the two part is where it begins. A partial begins
        // with sin 0, so that the first sample to differ may be the one after the onset.
        let without = instance().render(&events(&melody[..index]), at + 4800, BLOCKS).unwrap();
        let common = &whole.left[..without.left.len()];
        let onset = first_difference(common, &without.left, 0.0).unwrap() as u64;
        let error = onset as i64 - (at + latency) as i64;
        assert!((0..=1).contains(&error), "key {key} begins {error} samples late");
    }
}

#[test]
fn a_chord_of_eight_sounds_all_its_notes() {
    let chord = [38, 45, 50, 54, 57, 62, 66, 69];
    let events: Vec<_> = chord.iter().map(|&key| Timed::note_on(480, key, 0.6)).collect();
    let sound = plain().render(&events, 96_000, BLOCKS).unwrap();
    assert!(is_finite(&sound));
    for key in chord {
        // Taking one note away must take away its fundamental.
        let others: Vec<_> = chord.iter().filter(|&&k| k != key).map(|&k| Timed::note_on(480, k, 0.6)).collect();
        let less = plain().render(&others, 96_000, BLOCKS).unwrap();
        let difference: Vec<f32> = sound.left.iter().zip(&less.left).map(|(a, b)| a - b).collect();
        let found = fundamental(&difference[24_000..72_000], RATE, hertz(key)).unwrap();
        let cents = cents_between(hertz(key), found);
        assert!(cents.abs() < CENTS, "key {key} of the chord: {found:.2} Hz, {cents:+.2} cents off");
    }
}

#[test]
fn a_released_note_falls_silent_and_its_end_is_told() {
    let mut instance = instance();
    let events = [Timed::note_on(0, 50, 0.8), Timed::note_off(24_000, 50)];
    // The longest release that there is ends within seven seconds.
    let sound = instance.render(&events, 432_000, BLOCKS).unwrap();
    assert!(sound.left[4_800..24_000].iter().any(|sample| sample.abs() > 1e-3));
    assert!(sound.left[384_000..].iter().all(|sample| sample.abs() < 1e-5), "a released note is still heard");
    let ends: Vec<_> = sound.note_ends.iter().map(|NoteEnd { key, .. }| *key).collect();
    assert_eq!(ends, [Some(50)]);
}

#[test]
fn a_plugin_that_is_not_played_is_silent() {
    let sound = instance().render(&[], 48_000, BLOCKS).unwrap();
    assert!(sound.left.iter().chain(&sound.right).all(|sample| *sample == 0.0));
}
