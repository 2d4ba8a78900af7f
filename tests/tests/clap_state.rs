//! What a project saves comes back: parameters, the instrument, and the name of an instrument that is gone.
//! Test code.

#![allow(clippy::unwrap_used)]

use serde_json::json;
use timbrel_tests::fixtures::DdspModel;
use timbrel_tests::host::{
    Blocks, Event, Instance, Package, Recording, Setup, Timed, instrument_of, sha256_of, with_reference,
    without_parameter,
};
use timbrel_tests::measure::first_difference;

const BLOCKS: Blocks = Blocks::Fixed(256);

fn note(instance: &mut Instance) -> Recording {
    let at = instance.position();
    instance.render(&[Timed::note_on(at, 50, 0.8), Timed::note_off(at + 24_000, 50)], 48_000, BLOCKS).unwrap()
}

#[test]
fn a_saved_state_plays_the_same_bytes() {
    let package = Package::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().noise_level(0.01).write(folder.path(), "mine.onnx");
    let mut first = Instance::playing(&package, &Setup::offline(BLOCKS), &model).unwrap();
    let moves: Vec<_> = first
        .parameters()
        .unwrap()
        .into_iter()
        .map(|parameter| {
            let (low, high) = parameter.range;
            // A quarter of the way, on a whole number where the parameter has steps.
            Timed { at: 0, event: Event::Parameter { id: parameter.id, value: (low + 0.25 * (high - low)).round() } }
        })
        .collect();
    first.render(&moves, 4_096, BLOCKS).unwrap();
    let state = first.save().unwrap();

    let mut second = Instance::new(&package).unwrap();
    second.load(&state).unwrap();
    second.activate(&Setup::offline(BLOCKS)).unwrap();
    assert_eq!(first.parameters().unwrap(), second.parameters().unwrap());
    assert_eq!(instrument_of(&second.save().unwrap()).unwrap(), instrument_of(&state).unwrap());
    assert_eq!(second.save().unwrap(), state);

    let mut third = Instance::new(&package).unwrap();
    third.load(&state).unwrap();
    third.activate(&Setup::offline(BLOCKS)).unwrap();
    let (a, b) = (note(&mut second), note(&mut third));
    assert!(a.left.iter().any(|sample| *sample != 0.0));
    assert_eq!(first_difference(&a.left, &b.left, 0.0), None);
}

#[test]
fn a_state_that_is_loaded_while_playing_is_heard() {
    let package = Package::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().harmonics(3).noise_level(0.0).write(folder.path(), "three.onnx");
    let state = Instance::playing(&package, &Setup::offline(BLOCKS), &model).unwrap().save().unwrap();
    let mut playing = Instance::active(&package, &Setup::offline(BLOCKS)).unwrap();
    let before = note(&mut playing);
    playing.render(&[], 96_000, BLOCKS).unwrap();
    playing.load(&state).unwrap();
    let after = note(&mut playing);
    assert!(after.left.iter().any(|sample| *sample != 0.0));
    assert!(first_difference(&before.left, &after.left, 1e-3).is_some(), "the loaded instrument does not play");
}

#[test]
fn a_project_whose_instrument_is_gone_opens_plays_and_keeps_its_name() {
    let package = Package::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().name("Glass harp").write(folder.path(), "glass.onnx");
    let setup = Setup::offline(BLOCKS);
    let state = Instance::playing(&package, &setup, &model).unwrap().save().unwrap();
    let named = instrument_of(&state).unwrap();
    assert_eq!(named["name"], "Glass harp");
    assert_eq!(named["sha256"], sha256_of(&model).unwrap());
    std::fs::remove_file(&model).unwrap();

    // In a new process's place: the cache of the first instance must not hide that the file is gone.
    let mut reopened = Instance::new(&package).unwrap();
    reopened.load(&state).unwrap();
    reopened.activate(&setup).unwrap();
    let heard = note(&mut reopened);
    let mut default = Instance::active(&package, &setup).unwrap();
    let expected = note(&mut default);
    assert!(expected.left.iter().any(|sample| sample.abs() > 1e-3));
    assert_eq!(first_difference(&heard.left, &expected.left, 0.0), None, "it is not the default that plays");
    assert_eq!(instrument_of(&reopened.save().unwrap()).unwrap(), named, "the reference was not given back");
    assert_eq!(reopened.save().unwrap(), state);
}

#[test]
fn a_project_of_an_older_release_keeps_its_plain_notes() {
    let mut instance = Instance::active(&Package::find().unwrap(), &Setup::offline(BLOCKS)).unwrap();
    assert_eq!(instance.parameter("Natural").unwrap().value, 1.0);
    let state = instance.save().unwrap();
    let old = ["natural", "nfluct", "peakpos", "nvib", "atknoise"]
        .iter()
        .fold(state.clone(), |state, id| without_parameter(&state, id).unwrap());
    instance.load(&old).unwrap();
    let values = ["Natural", "Note Fluctuation", "Peak Position", "Note Vibrato", "Attack Noise"]
        .map(|name| instance.parameter(name).unwrap().value);
    // Hosts are told places from 0 to 1: the other four are in the middle, as recorded.
    assert_eq!(values, [0.0, 0.5, 0.5, 0.5, 0.5]);
    instance.load(&state).unwrap();
    assert_eq!(instance.parameter("Natural").unwrap().value, 1.0);
}

#[test]
fn a_reference_from_another_machine_is_given_back() {
    let package = Package::find().unwrap();
    let mut instance = Instance::new(&package).unwrap();
    let named = json!({ "sha256": "ab".repeat(32), "name": "Serpent", "path": "C:\\Users\\Ann\\serpent.onnx" });
    let state = with_reference(&instance.save().unwrap(), &named).unwrap();
    instance.load(&state).unwrap();
    instance.activate(&Setup::offline(BLOCKS)).unwrap();
    assert!(note(&mut instance).left.iter().any(|sample| sample.abs() > 1e-3));
    assert_eq!(instrument_of(&instance.save().unwrap()).unwrap(), named);
}

#[test]
fn what_is_no_state_is_refused_and_changes_nothing() {
    let package = Package::find().unwrap();
    let mut instance = Instance::active(&package, &Setup::offline(BLOCKS)).unwrap();
    let before = instance.save().unwrap();
    for nonsense in [&b""[..], b"{", b"not a state", &[0xff; 64]] {
        assert!(instance.load(nonsense).is_err());
    }
    assert_eq!(instance.save().unwrap(), before);
    assert!(note(&mut instance).left.iter().any(|sample| sample.abs() > 1e-3));
}
