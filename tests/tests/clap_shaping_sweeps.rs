//! Every control that shapes a sound, automated through the packaged plugin as fast as a host can: nothing panics, no sample is not
//! finite or wild, and the bytes do not depend on the blocks.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use timbrel_tests::host::{Blocks, Event, Instance, Package, Recording, Setup, Timed};
use timbrel_tests::measure::first_difference;

/// The controls, by the names that hosts show.
const CONTROLS: [&str; 15] = [
    "Odd/Even",
    "Stretch",
    "Inharmonicity",
    "Formant",
    "Balance",
    "Timbre Shift",
    "Dynamics",
    "Drive",
    "Index Shift",
    "Shaper Mix",
    "Morph",
    "Latent 1",
    "Latent 2",
    "Latent 3",
    "Latent 4",
];
/// One instrument of partials, one of shapers.
const INSTRUMENTS: [&str; 2] = ["cello", "alto-sax"];
/// Samples between two points of an automation.
const STEP: u64 = 128;
const LENGTH: u64 = 96_000;

fn shipped(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("models/instruments");
    let mut files = std::fs::read_dir(root.join(name)).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "onnx")).unwrap()
}

/// A chord while the controls step: at each point each is at one end, at the other, at rest, or somewhere.
fn swept(name: &str, blocks: Blocks) -> Recording {
    let model = shipped(name);
    let mut instance = Instance::playing(&Package::find().unwrap(), &Setup::offline(blocks), &model).unwrap();
    let parameters = instance.parameters().unwrap();
    let of = |name: &&str| parameters.iter().find(|parameter| parameter.name == *name).unwrap();
    let controls: Vec<(u32, f64, (f64, f64))> =
        CONTROLS.iter().map(of).map(|found| (found.id, found.value, found.range)).collect();
    let limiter = of(&"Limiter").id;
    let mut random = 7_u32;
    let mut next = move || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        random >> 16
    };
    let mut events = vec![Timed { at: 0, event: Event::Parameter { id: limiter, value: 0.0 } }];
    events.extend([50, 57, 62].map(|key| Timed::note_on(3, key, 0.8)));
    for at in (0..LENGTH).step_by(STEP as usize).map(|at| at + 64) {
        for &(id, rest, (low, high)) in &controls {
            let somewhere = low + (high - low) * f64::from(next()) / 65_536.0;
            let value = [low, high, rest, somewhere][next() as usize % 4];
            events.push(Timed { at, event: Event::Parameter { id, value } });
        }
        if at / STEP % 100 == 50 {
            let key = 40 + (next() % 40) as u8;
            events.extend([Timed::note_on(at + 5, key, 0.9), Timed::note_off(at + 60, key)]);
        }
    }
    let latency = u64::from(instance.latency().unwrap());
    let mut sound = instance.render(&events, LENGTH + latency, blocks).unwrap();
    assert!(sound.left.iter().chain(&sound.right).all(|sample| sample.is_finite()));
    sound.left.drain(..latency as usize);
    sound.right.drain(..latency as usize);
    sound
}

#[test]
fn controls_that_leap_at_every_block_keep_the_sound_finite_and_bounded_and_blocks_do_not_show() {
    for name in INSTRUMENTS {
        let sound = swept(name, Blocks::Fixed(STEP as u32));
        let peak = sound.left.iter().chain(&sound.right).fold(0f32, |peak, sample| peak.max(sample.abs()));
        println!("{name}: loudest sample {peak:.2}, without the limiter");
        assert!(peak > 0.01 && peak < 20.0);
        for blocks in [Blocks::Fixed(1_024), Blocks::Random { seed: 5, largest: 777 }] {
            let cut = swept(name, blocks);
            let difference = first_difference(&sound.left, &cut.left, 0.0);
            assert_eq!(difference, None, "{name} in {blocks:?}");
            assert_eq!(first_difference(&sound.right, &cut.right, 0.0), None);
        }
    }
}
