//! The reported latency is the measured one, at every rate and block size, and stays while the plugin is active.
//! Test code.

#![allow(clippy::unwrap_used)]

use timbrel_tests::fixtures::DdspModel;
use timbrel_tests::host::{Blocks, Instance, Mode, Package, Setup, Timed};
use timbrel_tests::measure::first_sound;

/// Samples from the note-on to the first sample that is not zero, less the reported latency.
///
/// The fixture has no noise, and a partial begins with sin 0 = 0: exact is 1.
fn measured_less_reported(package: &Package, setup: &Setup, model: &std::path::Path) -> i64 {
    let mut instance = Instance::playing(package, setup, model).unwrap();
    let reported = instance.latency().unwrap();
    let at = 1_003;
    let length = at + u64::from(reported) + 4_096;
    let sound = instance.render(&[Timed::note_on(at, 69, 0.8)], length, Blocks::Fixed(setup.largest_block)).unwrap();
    assert_eq!(instance.latency().unwrap(), reported, "the latency changed while active");
    let first = first_sound(&sound.left, 0.0).unwrap();
    first as i64 - (at as i64 + i64::from(reported))
}

#[test]
fn the_reported_latency_is_the_measured_one() {
    let package = Package::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().noise_level(0.0).write(folder.path(), "quiet.onnx");
    for sample_rate in [44_100.0, 48_000.0, 96_000.0] {
        for largest_block in [32, 64, 128, 256, 480, 512, 1024, 2048] {
            let setup = Setup { sample_rate, largest_block, mode: Mode::Offline };
            let error = measured_less_reported(&package, &setup, &model) - 1;
            assert_eq!(error, 0, "at {sample_rate} Hz with blocks of {largest_block}");
        }
    }
}

#[test]
fn an_absurd_block_does_not_cost_an_absurd_latency() {
    let package = Package::find().unwrap();
    let setup = Setup { sample_rate: 48_000.0, largest_block: 16_384, mode: Mode::Realtime };
    let mut instance = Instance::active(&package, &setup).unwrap();
    let latency = instance.latency().unwrap();
    assert!(latency < 4_800, "{latency} samples of latency for a host that announces 16384");
}
