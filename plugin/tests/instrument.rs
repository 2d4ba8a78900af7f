//! Models that are not there, or are none: a sentence, and the project keeps what it asked for.

#![allow(clippy::unwrap_used)]

use nice_plug::params::Params;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use timbrel::bundle::Bundle;
use timbrel::instrument::{Activation, Shown};
use timbrel::plugin::Shared;

const ACTIVATION: Activation = Activation { sample_rate: 48_000.0, max_block: 256 };

fn saved(shared: &Shared) -> Value {
    serde_json::from_str(&shared.params.serialize_fields()["instrument"]).unwrap()
}

fn load(shared: &Shared, instrument: &Value) {
    let mut fields = shared.params.serialize_fields();
    fields.insert("instrument".into(), instrument.to_string());
    shared.params.deserialize_fields(&fields);
}

fn wait_for(shared: &Shared, is_done: impl Fn(&Shown) -> bool) -> Shown {
    let begin = Instant::now();
    loop {
        let shown = shared.instrument.shown();
        if is_done(&shown) {
            return shown;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "{shown:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_missing_instrument_is_named_and_its_reference_kept() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Shared::new(&Bundle::at(Some(folder.path().into()), None));
    let asked = json!({
        "version": 1,
        "model": { "sha256": "ab".repeat(32), "name": "Serpent", "path": "/gone/serpent.onnx" },
        "execution": "Cpu",
    });
    load(&shared, &asked);
    assert!(shared.instrument.activate(ACTIVATION).is_none(), "there is nothing that could play");
    let shown = shared.instrument.shown();
    let missing = shown.missing.unwrap();
    assert!(missing.contains("Serpent") && missing.contains("/gone/serpent.onnx"), "{missing}");
    assert!(shown.error.unwrap().contains("no instrument"));
    assert_eq!(saved(&shared), asked);
    assert!(!shared.instrument.is_pending());
    shared.instrument.close();
}

#[test]
fn a_missing_second_is_named_and_its_reference_kept() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Shared::new(&Bundle::at(Some(folder.path().into()), None));
    let asked = json!({
        "version": 1,
        "model": null,
        "second": { "sha256": "ef".repeat(32), "name": "Zink", "path": "/gone/zink.onnx" },
        "execution": "Cpu",
    });
    load(&shared, &asked);
    shared.instrument.activate(ACTIVATION);
    let shown = shared.instrument.shown();
    let missing = shown.second_missing.unwrap();
    println!("{missing}");
    assert!(missing.contains("Zink") && missing.contains("/gone/zink.onnx") && missing.contains("morphs to"));
    assert_eq!((shown.missing, shown.second_name), (None, None));
    assert_eq!(saved(&shared), asked);
    shared.instrument.close();
}

#[test]
fn a_state_without_a_second_morphs_to_nothing() {
    let shared = Shared::new(&Bundle::default());
    load(&shared, &json!({ "version": 1, "model": null, "execution": "Cpu" }));
    assert_eq!(shared.params.instrument.wanted().0.second, None);
}

#[test]
fn a_broken_choice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Shared::new(&Bundle::default());
    let before = saved(&shared);
    let file = folder.path().join("picture.onnx");
    std::fs::write(&file, b"\xff\xd8\xff\xe0 not a model").unwrap();
    shared.instrument.choose(file.clone());
    let shown = wait_for(&shared, |shown| shown.error.is_some());
    assert!(shown.error.unwrap().contains("picture.onnx"));
    assert_eq!(saved(&shared), before);
    shared.instrument.choose_second(Some(file));
    let shown = wait_for(&shared, |shown| shown.error.as_ref().is_some_and(|error| error.contains("no instrument")));
    println!("{:?}", shown.error);
    assert_eq!(saved(&shared), before);
    shared.instrument.close();
}

#[test]
fn a_state_loaded_into_a_running_plugin_is_noticed() {
    let shared = Shared::new(&Bundle::default());
    shared.instrument.activate(ACTIVATION);
    assert!(!shared.instrument.is_pending());
    let asked = json!({ "version": 1, "execution": "Cpu",
        "model": { "sha256": "cd".repeat(32), "name": "Ophicleide", "path": "/gone/ophicleide.onnx" } });
    load(&shared, &asked);
    let shown = wait_for(&shared, |shown| shown.missing.is_some());
    assert!(shown.missing.unwrap().contains("Ophicleide"));
    shared.instrument.close();
}
