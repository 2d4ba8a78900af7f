//! Stretch and inharmonicity through the packaged plugin, measured: partials lie where the units say, pitch and loudness stay.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use timbrel_tests::fixtures::{DdspModel, NewtModel};
use timbrel_tests::host::{Address, Blocks, Event, Instance, Package, Setup, Timed};
use timbrel_tests::measure::{cents_between, first_difference, frequency_near, partial};

const RATE: f64 = 48_000.0;
const BLOCKS: Blocks = Blocks::Fixed(256);
/// A note whose partials are 220 Hz apart.
const KEY: u8 = 57;
const F0_HZ: f64 = 220.0;
const PARTIALS: usize = 16;
/// A second of steady sound, after attack and smoothing.
const STEADY: std::ops::Range<usize> = 48_000..96_000;
/// How far a partial may be from where it is asked for, cents.
const PITCH: f64 = 0.1;
/// How far loudness and a partial's level may move, decibels.
const LEVEL: f64 = 0.5;

/// An instance without noise, limiter and room whose notes have partials at one level, with these parameters set.
fn flat(parameters: &[(&str, f64)]) -> Instance {
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().harmonics(PARTIALS).tilt(0.0).noise_level(0.0);
    let model = model.write(folder.path(), "flat.onnx");
    let mut instance = Instance::playing(&Package::find().unwrap(), &Setup::offline(BLOCKS), &model).unwrap();
    settle(&mut instance, &[parameters, &[("Limiter", 0.0)]].concat());
    instance
}

/// Sets parameters to places in their units' ranges and lets them arrive.
fn settle(instance: &mut Instance, parameters: &[(&str, f64)]) {
    let at = instance.position();
    let events: Vec<Timed> = parameters.iter().map(|&(name, value)| set(instance, at, name, value)).collect();
    instance.render(&events, 48_000, BLOCKS).unwrap();
}

/// A parameter at a value in its unit.
fn set(instance: &mut Instance, at: u64, name: &str, value: f64) -> Timed {
    let parameter = instance.parameter(name).unwrap();
    let (low, high) = parameter.range;
    let share = match name {
        "Stretch" => (value + 100.0) / 200.0,
        "Inharmonicity" => value / 200.0,
        _ => value,
    };
    Timed { at, event: Event::Parameter { id: parameter.id, value: low + share * (high - low) } }
}

/// Two seconds of the note, the latency off, with what is said meanwhile (positions from the note's beginning).
fn play(instance: &mut Instance, said: &[Timed]) -> Vec<f32> {
    let begin = instance.position();
    let latency = u64::from(instance.latency().unwrap());
    let note = Event::NoteOn { channel: 0, key: KEY, velocity: 0.7, id: Some(7) };
    let said = said.iter().map(|timed| Timed { at: begin + timed.at, event: timed.event });
    let events: Vec<Timed> = [Timed { at: begin, event: note }].into_iter().chain(said).collect();
    let sound = instance.render(&events, 96_000 + latency, BLOCKS).unwrap();
    assert!(sound.left.iter().all(|sample| sample.is_finite()));
    sound.left[latency as usize..].to_vec()
}

/// How sharp partial k is against k times the fundamental: `stretch` in cents per octave, and the tenth partial's own cents.
fn expected_cents(k: usize, stretch: f64, tenth: f64) -> f64 {
    let squared = (tenth / 600.0).exp2();
    let b = (squared - 1.0) / (100.0 - squared);
    let k = k as f64;
    stretch * k.log2() + 600.0 * ((1.0 + b * k * k) / (1.0 + b)).log2()
}

fn rms_db(sound: &[f32]) -> f64 {
    10.0 * (sound.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / sound.len() as f64).log10()
}

/// Largest errors of the partials of a steady sound: cents, decibels against the first.
fn errors(sound: &[f32], stretch: f64, tenth: f64) -> (f64, f64) {
    let first = partial(sound, RATE, F0_HZ);
    (1..=PARTIALS).fold((0.0, 0.0), |(cents, level), k| {
        let hertz = F0_HZ * k as f64 * (expected_cents(k, stretch, tenth) / 1_200.0).exp2();
        let off = cents_between(hertz, frequency_near(sound, RATE, hertz)).abs();
        let db = 20.0 * (partial(sound, RATE, hertz) / first).log10();
        (off.max(cents), db.abs().max(level))
    })
}

#[test]
fn partials_move_by_what_the_units_say_and_pitch_and_loudness_stay() {
    let plain = play(&mut flat(&[]), &[]);
    let before = rms_db(&plain[STEADY]);
    assert!(errors(&plain[STEADY], 0.0, 0.0).0 < PITCH);
    for (stretch, tenth) in
        [(-100.0, 0.0), (-37.0, 0.0), (20.0, 0.0), (100.0, 0.0), (0.0, 5.0), (0.0, 200.0), (-30.0, 80.0)]
    {
        let sound = play(&mut flat(&[("Stretch", stretch), ("Inharmonicity", tenth)]), &[]);
        let steady = &sound[STEADY];
        let (cents, level) = errors(steady, stretch, tenth);
        let first = cents_between(F0_HZ, frequency_near(steady, RATE, F0_HZ));
        let louder = rms_db(steady) - before;
        println!(
            "stretch {stretch:+} ct/oct, tenth partial {tenth:+} ct: partials within {cents:.4} cents and {level:.3} dB, \
             fundamental {first:+.4} cents, loudness {louder:+.3} dB"
        );
        assert!(cents < PITCH && level < LEVEL && first.abs() < PITCH && louder.abs() < LEVEL);
    }
}

#[test]
fn a_note_that_sounds_follows_and_comes_back() {
    let mut instance = flat(&[]);
    let away = [set(&mut instance, 9_600, "Stretch", 60.0), set(&mut instance, 9_600, "Inharmonicity", 30.0)];
    let sound = play(&mut instance, &away);
    let (cents, level) = errors(&sound[STEADY], 60.0, 30.0);
    println!("on the way out: within {cents:.4} cents and {level:.3} dB");
    assert!(cents < PITCH && level < LEVEL);
    let mut instance = flat(&[("Stretch", 60.0), ("Inharmonicity", 30.0)]);
    let back = [set(&mut instance, 9_600, "Stretch", 0.0), set(&mut instance, 9_600, "Inharmonicity", 0.0)];
    let sound = play(&mut instance, &back);
    let (cents, level) = errors(&sound[STEADY], 0.0, 0.0);
    println!("back: within {cents:.4} cents and {level:.3} dB");
    assert!(cents < PITCH && level < LEVEL);
}

#[test]
fn a_modulation_stretches_one_note() {
    let mut instance = flat(&[]);
    let stretch = instance.parameter("Stretch").unwrap().id;
    // An eighth of 200 cents per octave.
    let modulated =
        |id| Timed { at: 100, event: Event::Modulation { id: stretch, note: Address::id(id), amount: 0.125 } };
    let (cents, _) = errors(&play(&mut instance, &[modulated(7)])[STEADY], 25.0, 0.0);
    println!("modulated by 25 ct/oct: within {cents:.4} cents");
    assert!(cents < PITCH);
    let (cents, _) = errors(&play(&mut flat(&[]), &[modulated(8)])[STEADY], 0.0, 0.0);
    println!("another note modulated: within {cents:.4} cents");
    assert!(cents < PITCH);
}

#[test]
fn pitch_and_loudness_of_a_shipped_instrument_stay() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("models/instruments");
    for name in ["cello", "clarinet"] {
        let folder = std::fs::read_dir(root.join(name)).unwrap();
        let mut files = folder.map(|entry| entry.unwrap().path());
        let path = files.find(|path| path.extension().is_some_and(|extension| extension == "onnx")).unwrap();
        let sound = |parameters: &[(&str, f64)]| {
            let mut instance = Instance::playing(&Package::find().unwrap(), &Setup::offline(BLOCKS), &path).unwrap();
            // Without the fluctuation of a played note and without the room.
            settle(&mut instance, &[parameters, &[("Natural", 0.0), ("Room", 0.0), ("Limiter", 0.0)]].concat());
            play(&mut instance, &[])
        };
        let plain = sound(&[]);
        for (stretch, tenth) in [(-50.0, 0.0), (50.0, 0.0), (0.0, 200.0)] {
            let shaped = sound(&[("Stretch", stretch), ("Inharmonicity", tenth)]);
            let louder = rms_db(&shaped[STEADY]) - rms_db(&plain[STEADY]);
            let hertz = |sound: &[f32]| frequency_near(&sound[STEADY], RATE, F0_HZ);
            let cents = cents_between(hertz(&plain), hertz(&shaped));
            println!("{name}, stretch {stretch:+}, tenth partial {tenth:+}: {louder:+.3} dB, {cents:+.4} cents");
            assert!(louder.abs() < LEVEL && cents.abs() < 1.0);
        }
    }
}

#[test]
fn what_is_shaped_of_one_phase_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let model = NewtModel::default().write(folder.path(), "shaped.onnx");
    let sound = |parameters: &[(&str, f64)]| {
        let mut instance = Instance::playing(&Package::find().unwrap(), &Setup::offline(BLOCKS), &model).unwrap();
        settle(&mut instance, parameters);
        play(&mut instance, &[])
    };
    let stretched = sound(&[("Stretch", 100.0), ("Inharmonicity", 200.0)]);
    assert_eq!(first_difference(&stretched, &sound(&[]), 0.0), None);
}
