//! What is said of one note changes that note alone, measured: bends, note expressions, polyphonic modulation, MPE.
//! Test code.

#![allow(clippy::unwrap_used)]

use timbrel_tests::fixtures::DdspModel;
use timbrel_tests::host::{Address, Blocks, Event, Expression, Instance, Package, Recording, Setup, Timed};
use timbrel_tests::measure::{centroid, cents_between, fundamental, partials_db};

const RATE: f64 = 48_000.0;
const BLOCKS: Blocks = Blocks::Fixed(256);
/// Two notes whose first eight partials are nowhere nearer than 7 Hz, and the middle between left and right.
const KEYS: [u8; 2] = [45, 51];
const PARTIALS: usize = 8;
/// A second of steady sound, after attack and smoothing.
const STEADY: std::ops::Range<usize> = 48_000..96_000;
/// What a note that was not meant may change, decibels.
const UNTOUCHED_DB: f64 = 0.02;

/// An instance without noise, limiter and room whose notes have this many partials, all at one level.
fn instance(harmonics: usize) -> Instance {
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().harmonics(harmonics).tilt(0.0).noise_level(0.0);
    let model = model.write(folder.path(), "flat.onnx");
    let mut instance = Instance::playing(&Package::find().unwrap(), &Setup::offline(BLOCKS), &model).unwrap();
    let limiter = set(&mut instance, 0, "Limiter", 0.0);
    instance.render(&[limiter], 256, BLOCKS).unwrap();
    instance
}

/// A parameter at a share of its range.
fn set(instance: &mut Instance, at: u64, name: &str, share: f64) -> Timed {
    let parameter = instance.parameter(name).unwrap();
    let (low, high) = parameter.range;
    Timed { at, event: Event::Parameter { id: parameter.id, value: low + share * (high - low) } }
}

/// Both notes, with the ids 0 and 1, on the channels given; then what is said of them.
fn play(instance: &mut Instance, channels: [u8; 2], said: &[Event]) -> Recording {
    let begin = instance.position();
    let latency = u64::from(instance.latency().unwrap());
    let notes = (0u32..).zip(KEYS).zip(channels);
    let notes = notes.map(|((id, key), channel)| Event::NoteOn { channel, key, velocity: 0.7, id: Some(id) });
    let events = notes.chain(said.iter().copied()).enumerate();
    let events: Vec<Timed> =
        events.map(|(index, event)| Timed { at: begin + if index < 2 { 0 } else { 9_600 }, event }).collect();
    let mut sound = instance.render(&events, 96_000 + latency, BLOCKS).unwrap();
    sound.left.drain(..latency as usize);
    sound.right.drain(..latency as usize);
    assert!(sound.left.iter().chain(&sound.right).all(|sample| sample.is_finite()));
    sound
}

fn hertz(key: u8) -> f64 {
    440.0 * ((f64::from(key) - 69.0) / 12.0).exp2()
}

/// How far both notes are from their keys, cents.
fn cents(sound: &Recording) -> [f64; 2] {
    KEYS.map(|key| {
        let found = fundamental(&sound.left[STEADY], RATE, hertz(key)).unwrap();
        cents_between(hertz(key), found)
    })
}

/// Levels of both notes' partials on the left, decibels.
fn levels(sound: &Recording) -> [Vec<f64>; 2] {
    KEYS.map(|key| partials_db(&sound.left[STEADY], RATE, hertz(key), PARTIALS))
}

/// The largest change of a partial, decibels.
fn change(before: &[f64], after: &[f64]) -> f64 {
    before.iter().zip(after).map(|(before, after)| (after - before).abs()).fold(0.0, f64::max)
}

#[track_caller]
fn assert_cents(what: &str, found: [f64; 2], expected: [f64; 2]) {
    println!(
        "{what}: {:+.3} and {:+.3} cents, expected {:+.3} and {:+.3}",
        found[0], found[1], expected[0], expected[1]
    );
    for (found, expected) in found.into_iter().zip(expected) {
        assert!((found - expected).abs() < 0.5, "{what}");
    }
}

fn expression(note: Address, expression: Expression, value: f64) -> Event {
    Event::Expression { note, expression, value }
}

#[test]
fn a_tuning_moves_only_its_note() {
    // Pure tones: nothing else is near either fundamental.
    for (tuned, id) in [([70.0, 0.0], 0), ([0.0, 70.0], 1)] {
        let sound = play(&mut instance(1), [0, 0], &[expression(Address::id(id), Expression::Tuning, 0.7)]);
        assert_cents("a tuning by note id", cents(&sound), tuned);
    }
    let sound = play(&mut instance(1), [0, 0], &[expression(Address::key(KEYS[0]), Expression::Tuning, -0.7)]);
    assert_cents("a tuning by key", cents(&sound), [-70.0, 0.0]);
    let sound = play(&mut instance(1), [3, 4], &[expression(Address::default(), Expression::Tuning, 0.3)]);
    assert_cents("a tuning of all notes", cents(&sound), [30.0, 30.0]);
}

#[test]
fn an_mpe_bend_moves_only_its_note() {
    // 150 of 8191 steps of 48 semitones.
    const BENT: f64 = 150.0 / 8191.0 * 4800.0;
    let wheel = |channel: u8, value: u16| Event::Midi([0xe0 | channel, (value & 127) as u8, (value >> 7) as u8]);
    let mut by_parameter = instance(1);
    let lower = set(&mut by_parameter, 256, "MPE", 2.0 / 3.0);
    by_parameter.render(&[lower], 256, BLOCKS).unwrap();
    let sound = play(&mut by_parameter, [1, 2], &[wheel(1, 8192 + 150)]);
    assert_cents("a member's bend", cents(&sound), [BENT, 0.0]);

    // The keyboard's own word: fifteen members, then a bend range of 24.
    let mut by_message = instance(1);
    let said = [[0xb0, 101, 0], [0xb0, 100, 6], [0xb0, 6, 15], [0xb1, 101, 0], [0xb1, 100, 0], [0xb1, 6, 24]];
    let said: Vec<Timed> = said.iter().map(|bytes| Timed { at: 256, event: Event::Midi(*bytes) }).collect();
    by_message.render(&said, 256, BLOCKS).unwrap();
    let sound = play(&mut by_message, [1, 2], &[wheel(1, 8192), wheel(2, 8192 + 150)]);
    assert_cents("a member's bend of 24 semitones", cents(&sound), [0.0, BENT / 2.0]);

    // Without MPE a wheel bends its channel by the ordinary range.
    let sound = play(&mut instance(1), [1, 2], &[wheel(1, 8192 + 2048)]);
    assert_cents("an ordinary bend", cents(&sound), [2048.0 / 8191.0 * 200.0, 0.0]);
}

#[test]
fn a_modulated_brightness_moves_only_its_voice() {
    let mut plain = instance(PARTIALS);
    let before = levels(&play(&mut plain, [0, 0], &[]));
    let brightness = plain.parameter("Brightness").unwrap();
    for id in [0usize, 1] {
        // A quarter of 12 dB per octave.
        let said = Event::Modulation { id: brightness.id, note: Address::id(id as u32), amount: 0.25 };
        let after = levels(&play(&mut instance(PARTIALS), [0, 0], &[said]));
        let centres = [centroid(&before[id]), centroid(&after[id])];
        println!(
            "note {id}: its spectrum's centre goes from partial {:.3} to {:.3}; the other's partials move by {:.4} dB",
            centres[0],
            centres[1],
            change(&before[1 - id], &after[1 - id])
        );
        assert!(change(&before[1 - id], &after[1 - id]) < UNTOUCHED_DB);
        for k in 1..=PARTIALS {
            let steeper = (after[id][k - 1] - before[id][k - 1]) - (after[id][0] - before[id][0]);
            let expected = 3.0 * (k as f64).log2();
            assert!((steeper - expected).abs() < 0.1, "partial {k}: {steeper:.3} dB, expected {expected:.3}");
        }
    }
}

#[test]
fn a_brightness_expression_and_cc74_brighten_alike() {
    // From rest to full: the timbre amount of 6 dB per octave.
    let before = levels(&play(&mut instance(PARTIALS), [0, 0], &[]));
    let said = [
        ("expression", expression(Address::id(0), Expression::Brightness, 1.0), [0, 0], true),
        ("controller 74", Event::Midi([0xb0, 74, 127]), [0, 1], true),
        ("a brightness at rest", expression(Address::id(0), Expression::Brightness, 0.5), [0, 0], false),
    ];
    for (what, said, channels, brightens) in said {
        let after = levels(&play(&mut instance(PARTIALS), channels, &[said]));
        let steeper = (after[0][7] - before[0][7]) - (after[0][0] - before[0][0]);
        println!("{what}: the eighth partial rises by {steeper:.3} dB over the first");
        assert!((steeper - if brightens { 18.0 } else { 0.0 }).abs() < 0.2, "{what}");
        assert!(change(&before[1], &after[1]) < UNTOUCHED_DB, "{what}");
    }
}

#[test]
fn a_volume_is_the_notes_own() {
    let before = levels(&play(&mut instance(PARTIALS), [0, 0], &[]));
    let sound = play(&mut instance(PARTIALS), [0, 0], &[expression(Address::id(0), Expression::Volume, 0.5)]);
    let after = levels(&sound);
    println!("volume 0.5: {:.3} dB", after[0][0] - before[0][0]);
    for k in 0..PARTIALS {
        assert!((after[0][k] - before[0][k] + 6.02).abs() < 0.05, "partial {}", k + 1);
    }
    assert!(change(&before[1], &after[1]) < UNTOUCHED_DB);
}

#[test]
fn pressure_and_expression_move_the_loudness_of_their_note() {
    let before = levels(&play(&mut instance(PARTIALS), [0, 0], &[]));
    // Full pressure adds what the parameter says: 6 dB; expression is at its full at rest.
    let cases = [
        ("pressure", expression(Address::id(0), Expression::Pressure, 1.0), 0.5..20.0),
        ("key pressure", Event::Midi([0xa0, KEYS[0], 127]), 0.5..20.0),
        ("expression", expression(Address::id(0), Expression::Expression, 0.5), -40.0..-0.5),
    ];
    for (what, said, expected) in cases {
        let after = levels(&play(&mut instance(PARTIALS), [0, 0], &[said]));
        let louder = after[0][0] - before[0][0];
        println!("{what}: {louder:+.3} dB");
        assert!(expected.contains(&louder), "{what}");
        assert!(change(&before[1], &after[1]) < UNTOUCHED_DB, "{what}");
    }
}

#[test]
fn each_modulated_parameter_moves_only_its_voice() {
    let before = levels(&play(&mut instance(PARTIALS), [0, 0], &[]));
    for (name, amount, expected) in [("Loudness", 0.125, 0.5..20.0), ("Harmonic Level", -0.125, -9.1..-8.9)] {
        let mut plain = instance(PARTIALS);
        let id = plain.parameter(name).unwrap().id;
        let after = levels(&play(&mut plain, [0, 0], &[Event::Modulation { id, note: Address::id(1), amount }]));
        let louder = after[1][0] - before[1][0];
        println!("{name}: {louder:+.3} dB");
        assert!(expected.contains(&louder), "{name}");
        assert!(change(&before[0], &after[0]) < UNTOUCHED_DB, "{name}");
    }
    let mut plain = instance(1);
    let id = plain.parameter("Tune").unwrap().id;
    // A share of 48 semitones.
    let sound = play(&mut plain, [0, 0], &[Event::Modulation { id, note: Address::id(1), amount: 0.5 / 48.0 }]);
    assert_cents("a modulated tune", cents(&sound), [0.0, 50.0]);
}

#[test]
fn a_modulation_of_a_note_takes_the_place_of_that_of_all() {
    // CLAP: the amount for a note has that for all in it.
    let mut plain = instance(1);
    let id = plain.parameter("Tune").unwrap().id;
    let for_all = Event::Modulation { id, note: Address::default(), amount: 0.25 / 48.0 };
    let for_one = Event::Modulation { id, note: Address::id(1), amount: 0.75 / 48.0 };
    let sound = play(&mut plain, [0, 0], &[for_all, for_one]);
    assert_cents("both", cents(&sound), [25.0, 75.0]);
}
#[test]
fn a_pan_is_the_notes_own() {
    let sound = play(&mut instance(PARTIALS), [0, 0], &[expression(Address::id(1), Expression::Pan, 0.0)]);
    let sides = |key| {
        let level = |side: &[f32]| partials_db(&side[STEADY], RATE, hertz(key), 1)[0];
        level(&sound.left) - level(&sound.right)
    };
    let (middle, left) = (sides(KEYS[0]), sides(KEYS[1]));
    println!("left against right: {middle:.3} dB where nothing was said, {left:.1} dB for the panned note");
    assert!(middle.abs() < UNTOUCHED_DB && left > 40.0);
}
