//! MTS-ESP through the packaged plugin: a master tunes what sounds, by key and by channel, silences keys, and goes again.
//! Test code.

#![allow(clippy::unwrap_used)]

#[path = "rig/master.rs"]
mod master;

use master::Master;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use timbrel_tests::fixtures::DdspModel;
use timbrel_tests::host::{Blocks, Event, Instance, Package, Setup, Timed, with_tuning};
use timbrel_tests::measure::{cents_between, fundamental};

const RATE: f64 = 48_000.0;
const BLOCKS: Blocks = Blocks::Fixed(256);
/// What a note may be off, cents.
const CENTS: f64 = 1.0;
/// A second, in whole blocks.
const PART: u64 = 188 * 256;

/// The library has one master in a process, and the environment is the process's.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// 440 Hz at key 69, twelve equal steps.
fn twelve(key: usize) -> f64 {
    440.0 * ((key as f64 - 69.0) / 12.0).exp2()
}

/// Seventeen steps, 300 Hz at key 60.
fn seventeen(key: usize) -> f64 {
    300.0 * ((key as f64 - 60.0) / 17.0).exp2()
}

struct Session {
    // Before the lock: deregisters.
    master: Master,
    _one: MutexGuard<'static, ()>,
    _folder: tempfile::TempDir,
    model: PathBuf,
}

impl Session {
    fn new() -> Self {
        let one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let model = DdspModel::default().noise_level(0.0).write(folder.path(), "tuned.onnx");
        Self { master: Master::installed(), _one: one, _folder: folder, model }
    }

    fn instance(&self) -> Instance {
        Instance::playing(&Package::find().unwrap(), &Setup::offline(BLOCKS), &self.model).unwrap()
    }
}

/// Renders a second and measures its last half, near `expected` hertz.
fn hear(instance: &mut Instance, events: &[Event], expected: f64) {
    let found = fundamental(&last_half(instance, events), RATE, expected);
    let found = found.unwrap_or_else(|| panic!("silence instead of {expected:.2} Hz"));
    let cents = cents_between(expected, found);
    println!("{found:.3} Hz, {cents:+.3} cents");
    assert!(cents.abs() < CENTS, "{found:.3} Hz is {cents:+.2} cents off {expected:.3} Hz");
}

fn last_half(instance: &mut Instance, events: &[Event]) -> Vec<f32> {
    let at = instance.position();
    let events: Vec<_> = events.iter().map(|event| Timed { at, event: *event }).collect();
    let mut sound = instance.render(&events, PART, BLOCKS).unwrap().left;
    sound.split_off(sound.len() / 2)
}

fn is_silent(sound: &[f32]) -> bool {
    sound.iter().all(|sample| sample.abs() < 1e-5)
}

fn on(channel: u8, key: u8) -> Event {
    Event::NoteOn { channel, key, velocity: 0.8, id: None }
}

fn off(channel: u8, key: u8) -> Event {
    Event::NoteOff { channel, key, velocity: 0.0, id: None }
}

#[test]
fn a_master_tunes_held_notes_and_leaves_them_again() {
    let session = Session::new();
    let master = &session.master;
    let mut instance = session.instance();
    assert_eq!(master.clients(), 1);
    hear(&mut instance, &[on(0, 66)], twelve(66));
    master.tune(seventeen);
    master.name("Seventeen");
    // A table without a master is nothing.
    hear(&mut instance, &[], twelve(66));
    master.register();
    hear(&mut instance, &[], seventeen(66));
    hear(&mut instance, &[off(0, 66), on(0, 72)], seventeen(72));
    // One key of the table moves, the others stay.
    master.tune(|key| if key == 72 { 500.0 } else { seventeen(key) });
    hear(&mut instance, &[], 500.0);
    hear(&mut instance, &[off(0, 72), on(3, 66)], seventeen(66));
    // Not a frequency: the key is where it would be without a master.
    for nothing in [f64::NAN, -1.0, f64::INFINITY] {
        master.tune(|key| if key == 66 { nothing } else { 300.0 });
        hear(&mut instance, &[], twelve(66));
    }
    master.tune(seventeen);
    hear(&mut instance, &[], seventeen(66));
    // Absolute: the player's A4 does not move it, the bend does.
    let a4 = instance.parameters().unwrap().into_iter().find(|parameter| parameter.name == "A4").unwrap();
    // 450 Hz of 400 to 480.
    let value = a4.range.0 + 0.625 * (a4.range.1 - a4.range.0);
    hear(&mut instance, &[Event::Parameter { id: a4.id, value }], seventeen(66));
    let bent = seventeen(66) * (2.0_f64 * (f64::from(12_288 * 2) / 16_383.0 - 1.0) / 12.0).exp2();
    hear(&mut instance, &[Event::Midi([0xe3, 0, 96])], bent);
    hear(&mut instance, &[Event::Midi([0xe3, 0, 64])], seventeen(66));
    master.deregister();
    hear(&mut instance, &[], twelve(66) * 450.0 / 440.0);
    instance.deactivate();
    assert_eq!(master.clients(), 0);
}

#[test]
fn a_master_comes_before_the_files_unless_the_player_says_otherwise() {
    let session = Session::new();
    let master = &session.master;
    let mut instance = session.instance();
    let fifths = "fifths\n2\n3/2\n2/1\n";
    let state = instance.save().unwrap();
    instance.load(&with_tuning(&state, Some(fifths), None, true).unwrap()).unwrap();
    let fifth = twelve(60) * 1.5;
    hear(&mut instance, &[on(0, 61)], fifth);
    master.tune(seventeen);
    master.register();
    hear(&mut instance, &[], seventeen(61));
    instance.load(&with_tuning(&state, Some(fifths), None, false).unwrap()).unwrap();
    hear(&mut instance, &[], fifth);
    instance.load(&with_tuning(&state, Some(fifths), None, true).unwrap()).unwrap();
    hear(&mut instance, &[], seventeen(61));
    // A new synth, and the master still rules from its first note on.
    instance.deactivate();
    instance.activate(&Setup::offline(BLOCKS)).unwrap();
    hear(&mut instance, &[on(0, 61)], seventeen(61));
    master.deregister();
    hear(&mut instance, &[], fifth);
}

#[test]
fn a_master_silences_keys() {
    let session = Session::new();
    let master = &session.master;
    master.tune(seventeen);
    master.register();
    master.filter(true, 60, -1);
    master.filter(true, 62, 5);
    let mut instance = session.instance();
    assert!(is_silent(&last_half(&mut instance, &[on(0, 60)])), "a filtered key sounds");
    assert!(is_silent(&last_half(&mut instance, &[off(0, 60), on(5, 62)])), "a key that one channel filters sounds");
    hear(&mut instance, &[off(5, 62), on(0, 62)], seventeen(62));
    // What it lets go of plays again.
    master.filter(false, 60, -1);
    hear(&mut instance, &[off(0, 62), on(0, 60)], seventeen(60));
    // A master that goes takes its silence with it.
    master.filter(true, 64, -1);
    assert!(is_silent(&last_half(&mut instance, &[off(0, 60), on(0, 64)])));
    master.deregister();
    hear(&mut instance, &[off(0, 64), on(0, 64)], twelve(64));
}

#[test]
fn channels_with_tables_of_their_own_are_tuned_by_them() {
    let session = Session::new();
    let master = &session.master;
    master.tune(seventeen);
    master.tune_channel(2, |key| 2.0 * seventeen(key));
    master.register();
    let mut instance = session.instance();
    hear(&mut instance, &[on(1, 55)], seventeen(55));
    hear(&mut instance, &[off(1, 55), on(2, 55)], 2.0 * seventeen(55));
    master.tune_channel(2, |key| 1.5 * seventeen(key));
    hear(&mut instance, &[], 1.5 * seventeen(55));
    hear(&mut instance, &[off(2, 55), on(3, 55)], seventeen(55));
}

#[test]
fn a_keyboard_that_asks_for_mpe_is_tuned_as_one() {
    let session = Session::new();
    let master = &session.master;
    master.tune(seventeen);
    master.tune_channel(2, |key| 2.0 * seventeen(key));
    master.register();
    let mut instance = session.instance();
    hear(&mut instance, &[on(2, 55)], 2.0 * seventeen(55));
    let lower_zone = [[0xb0, 101, 0], [0xb0, 100, 6], [0xb0, 6, 15]].map(Event::Midi);
    last_half(&mut instance, &[&[off(2, 55)][..], &lower_zone].concat());
    hear(&mut instance, &[on(2, 55)], seventeen(55));
}
