//! Projects of every release: the bytes that hosts handed over then load now, keep what they say, and have the rest of what
//! came later. The files lie in `tests/data/states/`; one is added with each release and none is ever changed.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use timbrel_tests::host::{Blocks, Instance, Package, Setup, Timed, instrument_of, tuning_of, values_of};

/// Forms of the state that there are.
const FORMS: [(&str, usize); 4] = [("0.1", 17), ("0.2", 41), ("0.3", 46), ("0.4", 101)];

fn path(form: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/states").join(format!("{form}.state"))
}

fn bytes(form: &str) -> Vec<u8> {
    std::fs::read(path(form)).unwrap()
}

/// Values of an instance that nobody has touched, by saved id.
fn rest(package: &Package) -> BTreeMap<String, f64> {
    values_of(&Instance::new(package).unwrap().save().unwrap()).unwrap().0
}

#[test]
fn every_released_state_keeps_its_values() {
    let package = Package::find().unwrap();
    let rest = rest(&package);
    for (form, count) in FORMS {
        let (saved, _) = values_of(&bytes(form)).unwrap();
        assert_eq!(saved.len(), count, "{form}");
        let mut instance = Instance::new(&package).unwrap();
        instance.load(&bytes(form)).unwrap();
        let (values, _) = values_of(&instance.save().unwrap()).unwrap();
        for (id, value) in &values {
            let expected = match saved.get(id) {
                Some(saved) => *saved,
                // Notes that nobody shaped then stay plain.
                None if id == "natural" => 0.0,
                None => rest[id],
            };
            assert_eq!(*value, expected, "{id} of a state of {form}");
        }
        println!("{form}: {count} values kept, {} at rest", values.len() - count);
    }
}

#[test]
fn every_released_state_keeps_what_it_refers_to() {
    let package = Package::find().unwrap();
    for (form, _) in FORMS {
        let before = bytes(form);
        let mut instance = Instance::new(&package).unwrap();
        instance.load(&before).unwrap();
        // Loads, or looks for, the instrument.
        instance.activate(&Setup::offline(Blocks::Fixed(256))).unwrap();
        let after = instance.save().unwrap();
        assert_eq!(instrument_of(&after).unwrap(), instrument_of(&before).unwrap(), "{form}");
        let ((_, before_fields), (_, fields)) = (values_of(&before).unwrap(), values_of(&after).unwrap());
        if before_fields.contains_key("tuning") {
            assert_eq!(tuning_of(&after).unwrap(), tuning_of(&before).unwrap(), "{form}");
        }
        for field in ["controllers", "window", "matrix", "preset", "instrument"] {
            if let Some(before) = before_fields.get(field) {
                let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
                assert_eq!(parse(&fields[field]), parse(before), "{field} of {form}");
            }
        }
    }
}

#[test]
fn every_released_state_plays() {
    let package = Package::find().unwrap();
    for (form, _) in FORMS {
        let mut instance = Instance::new(&package).unwrap();
        instance.load(&bytes(form)).unwrap();
        instance.activate(&Setup::offline(Blocks::Fixed(256))).unwrap();
        let sound = instance.render(&[Timed::note_on(0, 60, 0.8)], 48_000, Blocks::Fixed(256)).unwrap();
        let peak = sound.left.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        println!("{form}: peak {peak:.3}");
        assert!(peak > 1e-3 && peak.is_finite(), "{form}: {peak}");
    }
}

#[test]
fn a_released_state_replaces_all_of_another() {
    let package = Package::find().unwrap();
    let mut fresh = Instance::new(&package).unwrap();
    fresh.load(&bytes("0.1")).unwrap();
    let mut used = Instance::new(&package).unwrap();
    used.load(&bytes("0.4")).unwrap();
    used.load(&bytes("0.1")).unwrap();
    let of = |instance: &mut Instance| {
        let (values, mut fields) = values_of(&instance.save().unwrap()).unwrap();
        fields.remove("window");
        (values, fields)
    };
    assert_eq!(of(&mut used), of(&mut fresh));
}
