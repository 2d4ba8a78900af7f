//! Scala files as the editor chooses them: what is kept with the project, and what a broken one leaves.

#![allow(clippy::unwrap_used)]

use nice_plug::params::Params;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use timbrel::bundle::Bundle;
use timbrel::plugin::Shared;
use timbrel::tuning::{FileKind, ShownTuning};
use timbrel_engine::event::KeyPitch;

const JUST: &str = "! just.scl\n!\nSeven just steps\n 7\n!\n 9/8\n 5/4\n 4/3\n 3/2\n 5/3\n 15/8\n 2/1\n";
const WHITE: &str = "12\n0\n127\n60\n69\n432.0\n7\n0\nx\n1\nx\n2\n3\nx\n4\nx\n5\nx\n6\n";

fn shared() -> Shared {
    Shared::new(&Bundle::default())
}

fn saved(shared: &Shared) -> Value {
    serde_json::from_str(&shared.params.serialize_fields()["tuning"]).unwrap()
}

fn load(shared: &Shared, tuning: &Value) {
    let mut fields = shared.params.serialize_fields();
    fields.insert("tuning".into(), tuning.to_string());
    shared.params.deserialize_fields(&fields);
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn wait_for(shared: &Shared, is_done: impl Fn(&ShownTuning) -> bool) -> ShownTuning {
    let begin = Instant::now();
    loop {
        let shown = shared.tunings.shown();
        if is_done(&shown) {
            return shown;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "{shown:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_chosen_scale_is_kept_with_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let shared = shared();
    let new = json!({ "version": 1, "scale": null, "map": null, "mts_esp": true });
    assert_eq!(saved(&shared), new);
    // Latin-1, as most of the archive.
    let bytes: Vec<u8> = JUST.replace("just steps", "st\u{fc}fig").chars().map(|c| c as u8).collect();
    let scale = write(folder.path(), "just.scl", bytes);
    shared.tunings.choose(FileKind::Scale, scale.clone());
    let shown = wait_for(&shared, |shown| shown.scale.is_some());
    assert_eq!((shown.description.as_str(), shown.error), ("Seven st\u{fc}fig", None));
    let map = write(folder.path(), "white.kbm", WHITE);
    shared.tunings.choose(FileKind::Map, map);
    wait_for(&shared, |shown| shown.map.is_some());
    let table = shared.tunings.take_fresh().unwrap();
    assert_eq!(table[61], KeyPitch::Silent);
    let KeyPitch::Absolute(pitch) = table[69] else { panic!("{:?}", table[69]) };
    assert!((f64::from(pitch) - (69.0 + 12.0 * (432.0_f64 / 440.0).log2())).abs() < 1e-5);

    // On another machine.
    let kept = saved(&shared);
    assert_eq!(kept["scale"]["path"], scale.display().to_string());
    std::fs::remove_file(&scale).unwrap();
    let other = Shared::new(&Bundle::default());
    load(&other, &kept);
    assert_eq!(other.tunings.take_fresh(), Some(table));
    assert_eq!(saved(&other), kept);
    assert_eq!(other.tunings.shown().error, None);

    shared.tunings.clear(FileKind::Map);
    assert_eq!(shared.tunings.take_fresh().unwrap()[61], KeyPitch::Relative(60.0 + 12.0 * 1.125_f32.log2()));
    shared.tunings.reset();
    assert_eq!(shared.tunings.take_fresh().unwrap()[61], KeyPitch::Relative(61.0));
    assert_eq!(saved(&shared), new);
    shared.instrument.close();
    other.instrument.close();
}

#[test]
fn a_broken_scale_names_its_line_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let shared = shared();
    shared.tunings.choose(FileKind::Scale, write(folder.path(), "just.scl", JUST));
    wait_for(&shared, |shown| shown.scale.is_some());
    let (kept, table) = (saved(&shared), shared.tunings.take_fresh());
    assert!(table.is_some());

    let broken = write(folder.path(), "broken.scl", JUST.replace("4/3", "four thirds"));
    shared.tunings.choose(FileKind::Scale, broken);
    let shown = wait_for(&shared, |shown| shown.error.is_some());
    let sentence = shown.error.unwrap();
    let expected = "broken.scl: line 8, pitch 3: found `four thirds`, expected a ratio such as 3/2, or cents with a point such as 701.955";
    assert!(sentence.ends_with(expected), "{sentence}");
    let gone = folder.path().join("gone.kbm");
    shared.tunings.choose(FileKind::Map, gone);
    let shown = wait_for(&shared, |shown| shown.error.as_ref().is_some_and(|error| error.contains("gone.kbm")));
    assert_eq!(shown.description, "Seven just steps");
    assert_eq!(saved(&shared), kept);
    assert_eq!(shared.tunings.take_fresh(), None);
    // A good choice takes the sentence away, even one that changes nothing.
    shared.tunings.choose(FileKind::Scale, folder.path().join("just.scl"));
    wait_for(&shared, |shown| shown.error.is_none());
    shared.instrument.close();
}

#[test]
fn a_broken_scale_in_a_project_is_named_and_given_back() {
    let shared = shared();
    load(&shared, &json!({ "version": 1, "scale": { "path": "just.scl", "text": JUST } }));
    assert!(shared.tunings.take_fresh().is_some());
    let broken = json!({ "version": 2, "scale": { "path": "C:\\x.scl", "text": "x\n1\n" }, "more": [1] });
    load(&shared, &broken);
    let shown = shared.tunings.shown();
    let sentence = shown.error.unwrap();
    assert!(sentence.starts_with("C:\\x.scl: line 3, pitch 1: found the end of the file"), "{sentence}");
    assert_eq!(shown.description, "Seven just steps", "what played does not go on");
    assert_eq!(shared.tunings.take_fresh(), None);
    assert_eq!(saved(&shared), broken);
    shared.instrument.close();
}
