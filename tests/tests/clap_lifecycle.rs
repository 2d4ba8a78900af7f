//! What hosts do to a plugin: activate it again and again at other rates, change the mode, reset, destroy it at any time.
//! Test code.

#![allow(clippy::unwrap_used)]

use timbrel_tests::host::{Blocks, Instance, Mode, Package, Setup, Timed};
use timbrel_tests::measure::{cents_between, fundamental};

const BLOCKS: Blocks = Blocks::Fixed(512);

#[test]
fn every_rate_plays_in_tune() {
    let package = Package::find().unwrap();
    let mut instance = Instance::plain(&package).unwrap();
    for sample_rate in [8_000.0, 16_000.0, 22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0] {
        instance.activate(&Setup { sample_rate, ..Setup::offline(BLOCKS) }).unwrap();
        let sound = instance.render(&[Timed::note_on(0, 57, 0.8)], (1.2 * sample_rate) as u64, BLOCKS).unwrap();
        let steady = &sound.left[(0.4 * sample_rate) as usize..sample_rate as usize];
        let found = fundamental(steady, sample_rate, 220.0).unwrap();
        let cents = cents_between(220.0, found);
        assert!(cents.abs() < 5.0, "{sample_rate} Hz: {found:.3} Hz, {cents:+.2} cents off");
        instance.deactivate();
    }
}

#[test]
fn a_reset_is_silence() {
    let package = Package::find().unwrap();
    let mut instance = Instance::active(&package, &Setup::offline(BLOCKS)).unwrap();
    instance.render(&[Timed::note_on(0, 50, 0.9)], 24_000, BLOCKS).unwrap();
    instance.reset().unwrap();
    let after = instance.render(&[], 96_000, BLOCKS).unwrap();
    assert!(after.left[48_000..].iter().all(|sample| sample.abs() < 1e-5), "a reset left a note sounding");
    let at = instance.position();
    let again = instance.render(&[Timed::note_on(at, 50, 0.9)], 24_000, BLOCKS).unwrap();
    assert!(again.left.iter().any(|sample| sample.abs() > 1e-3), "nothing plays after a reset");
}

#[test]
fn an_instance_may_go_at_any_moment() {
    let package = Package::find().unwrap();
    for mode in [Mode::Offline, Mode::Realtime] {
        for frames in [0, 1, 4_096] {
            let mut instance = Instance::active(&package, &Setup { mode, ..Setup::offline(BLOCKS) }).unwrap();
            instance.render(&[Timed::note_on(0, 50, 0.9)], frames, BLOCKS).unwrap();
            drop(instance);
        }
    }
    drop(Instance::new(&package).unwrap());
}

#[test]
fn the_mode_may_change_between_blocks() {
    let package = Package::find().unwrap();
    let mut instance = Instance::active(&package, &Setup::offline(BLOCKS)).unwrap();
    let mut heard = instance.render(&[Timed::note_on(0, 50, 0.9)], 9_600, BLOCKS).unwrap();
    instance.set_mode(Mode::Realtime).unwrap();
    heard.left.extend(instance.render(&[], 512, BLOCKS).unwrap().left);
    instance.set_mode(Mode::Offline).unwrap();
    heard.left.extend(instance.render(&[], 48_000, BLOCKS).unwrap().left);
    assert!(heard.left.iter().all(|sample| sample.is_finite()));
    assert!(
        heard.left.iter().rev().take(24_000).any(|sample| sample.abs() > 1e-3),
        "the note did not outlive the change"
    );
}
