//! Model files that are none, through the packaged plugin: the sounding instrument plays on, sample for sample.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use timbrel_tests::fixtures::{self, DdspModel, Fault};
use timbrel_tests::host::{Blocks, Instance, Package, Setup, Timed, is_loaded, with_instrument};
use timbrel_tests::measure::first_difference;

const BLOCKS: Blocks = Blocks::Fixed(256);

/// Every required metadata field.
const FIELDS: &[&str] = &[
    "format_version",
    "family",
    "name",
    "author",
    "licence",
    "trained_on",
    "sample_rate",
    "hop",
    "pitch",
    "pitch.unit",
    "pitch.scale",
    "pitch.offset",
    "pitch.low",
    "pitch.high",
    "loudness",
    "loudness.measure",
    "loudness.scale",
    "loudness.offset",
    "loudness.low_db",
    "loudness.high_db",
    "loudness.soft_db",
    "loudness.loud_db",
    "latent",
    "harmonics",
    "noise_bands",
    "states",
    "impulse_response",
    "parity_sha256",
];

/// Names and contents of files that no instrument can be made of.
fn bad_files() -> Vec<(String, Vec<u8>)> {
    let good = DdspModel::default().build();
    let mut files = vec![
        ("empty".to_owned(), Vec::new()),
        ("jpeg".to_owned(), fixtures::jpeg()),
        ("text".to_owned(), fixtures::text()),
        ("truncated".to_owned(), fixtures::truncated(&good, 0.6)),
        ("another-kind".to_owned(), fixtures::foreign_onnx()),
    ];
    for field in FIELDS {
        files.push((format!("without-{field}"), DdspModel::default().without_field(field).build()));
    }
    for (name, fault) in [
        ("missing-input", Fault::MissingInput("pitch")),
        ("missing-output", Fault::MissingOutput("amplitude")),
        ("wide-pitch", Fault::WidePitch),
        ("fixed-batch", Fault::FixedBatch),
        ("extra-harmonic", Fault::ExtraHarmonic),
        ("missing-noise-band", Fault::MissingNoiseBand),
        ("nan-weights", Fault::NanWeights),
        ("infinite-noise", Fault::InfiniteNoise),
    ] {
        files.push((name.to_owned(), DdspModel::default().fault(fault).build()));
    }
    files
}

fn playing(package: &Package, model: &Path) -> Instance {
    Instance::playing(package, &Setup::offline(BLOCKS), model).unwrap()
}

#[test]
fn a_bad_model_file_does_not_touch_what_sounds() {
    let package = Package::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().noise_level(0.01).write(folder.path(), "good.onnx");
    let note = [Timed::note_on(0, 57, 0.8)];
    let files = bad_files();
    let step = 4_096;

    let mut expected = playing(&package, &model);
    let mut tested = playing(&package, &model);
    let state = tested.save().unwrap();
    let whole = expected.render(&note, step * (files.len() as u64 + 1), BLOCKS).unwrap();
    let mut heard = tested.render(&note, step, BLOCKS).unwrap();
    for (name, bytes) in &files {
        let path = folder.path().join(format!("{name}.onnx"));
        std::fs::write(&path, bytes).unwrap();
        tested.load(&with_instrument(&state, &path).unwrap()).unwrap();
        let part = tested.render(&[], step, BLOCKS).unwrap();
        heard.left.extend(part.left);
        assert!(!is_loaded(&tested.save().unwrap()).unwrap(), "{name} was loaded");
        let until = heard.left.len();
        let difference = first_difference(&heard.left, &whole.left[..until], 0.0);
        assert_eq!(difference, None, "{name} was heard in what plays");
    }
    assert!(whole.left.iter().rev().take(4_096).any(|sample| sample.abs() > 1e-4), "the test note is not held");
}

#[test]
fn a_new_instance_with_a_bad_model_plays_the_default() {
    let package = Package::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in bad_files().into_iter().take(5) {
        let path = folder.path().join(format!("{name}.onnx"));
        std::fs::write(&path, bytes).unwrap();
        let mut instance = Instance::new(&package).unwrap();
        let state = with_instrument(&instance.save().unwrap(), &path).unwrap();
        instance.load(&state).unwrap();
        instance.activate(&Setup::offline(BLOCKS)).unwrap();
        let sound = instance.render(&[Timed::note_on(0, 50, 0.8)], 24_000, BLOCKS).unwrap();
        assert!(sound.left.iter().any(|sample| sample.abs() > 1e-3), "{name}: silence");
    }
}
