//! Every sentence about a file that cannot be played.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use timbrel_engine::model::{LoadOptions, Model, ModelError, ModelFault};
use timbrel_tests::fixtures::{self, DdspModel, Fault};

/// The sentence of loading these bytes, without the path, which every sentence opens with.
fn sentence(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("instrument.onnx");
    std::fs::write(&path, bytes).unwrap();
    after_path(&load_error(&path).to_string(), &path)
}

fn load_error(path: &Path) -> ModelError {
    match Model::load(path, &LoadOptions::default()) {
        Ok(_) => panic!("{} loads", path.display()),
        Err(error) => error,
    }
}

fn after_path(sentence: &str, path: &Path) -> String {
    let opening = format!("{}: ", path.display());
    sentence.strip_prefix(&opening).unwrap_or_else(|| panic!("{sentence}: does not name {opening}")).to_string()
}

fn sentence_of(fixture: &DdspModel) -> String {
    sentence(&fixture.build())
}

/// A fixture in which every field has something to say.
fn full() -> DdspModel {
    DdspModel::default().latent("breath", -1.0, 1.0, 0.0).impulse_response(vec![1.0, 0.5])
}

#[test]
fn a_missing_file_is_named() {
    let path = PathBuf::from("/nowhere/cello.onnx");
    let error = load_error(&path);
    assert_eq!(error.fault(), Some(&ModelFault::Missing));
    assert_eq!(error.to_string(), format!("{}: the file is not there", path.display()));
}

#[test]
fn a_folder_is_not_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let sentence = load_error(folder.path()).to_string();
    assert_eq!(after_path(&sentence, folder.path()), "the file cannot be read: it is not a file");
}

#[test]
fn an_empty_file_is_empty() {
    assert_eq!(sentence(&[]), "the file is empty, expected an ONNX model");
}

#[test]
fn a_jpeg_is_told_apart_from_a_truncated_model() {
    assert_eq!(sentence(&fixtures::jpeg()), "found a JPEG picture, expected an ONNX model");
    let whole = full().build();
    for share in [0.3, 0.6, 0.9] {
        let cut = fixtures::truncated(&whole, share);
        let sentence = sentence(&cut);
        let start = format!("the ONNX model is cut off: found {} bytes, expected at least ", cut.len());
        assert!(sentence.starts_with(&start), "{share}: {sentence}");
    }
}

#[test]
fn other_kinds_of_file_are_called_by_their_name() {
    assert_eq!(sentence(&fixtures::text()), "found a text, expected an ONNX model");
    assert_eq!(sentence(b"\x7FELF\x02\x01\x01"), "found a program, expected an ONNX model");
    assert_eq!(sentence(b"\x1C\0\0\0TFL3\0\0\0\0"), "found a TensorFlow Lite model, expected an ONNX model");
    assert_eq!(sentence(b"PK\x03\x04\x14\0"), "found a zip archive or a PyTorch model, expected an ONNX model");
    assert_eq!(sentence(&[0x80, 0x02, 0x8A, 0x0A]), "found data of another kind, expected an ONNX model");
    assert_eq!(sentence(&[0; 4096]), "found data of another kind, expected an ONNX model");
}

/// No prefix of a model and no single changed byte of its head brings a panic or loads silently as something else.
#[test]
fn every_prefix_of_a_model_is_an_error() {
    let whole = full().build();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.onnx");
    for length in (0..whole.len()).step_by(37).chain(whole.len() - 40..whole.len()) {
        std::fs::write(&path, &whole[..length]).unwrap();
        let fault = load_error(&path).fault().cloned();
        let cut = matches!(
            fault,
            Some(ModelFault::Empty | ModelFault::Truncated { .. } | ModelFault::NotOnnx { .. } | ModelFault::Foreign)
        );
        assert!(cut, "{length} of {} bytes: {fault:?}", whole.len());
    }
}

#[test]
fn damage_inside_the_graph_is_an_error_or_harmless() {
    let whole = full().build();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.onnx");
    for at in (0..whole.len()).step_by(61) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        std::fs::write(&path, &damaged).unwrap();
        // A changed weight may still be a good model; whatever it is, it is said and not crashed.
        if let Err(error) = Model::load(&path, &LoadOptions::default()) {
            assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
        }
    }
}

#[test]
fn an_onnx_model_of_another_kind_says_so() {
    let sentence = sentence(&fixtures::foreign_onnx());
    assert_eq!(
        sentence,
        "this ONNX model is not a Timbrel instrument: found no metadata property `timbrel`, expected one"
    );
}

#[test]
fn metadata_that_are_not_json_say_so() {
    for (text, found) in [
        ("{\"name\": ", "text that is not JSON (EOF while parsing a value at line 1 column 9)"),
        ("", "text that is not JSON (EOF while parsing a value at line 1 column 0)"),
        ("[1, 2]", "[1,2]"),
        ("\"cello\"", "\"cello\""),
    ] {
        let fixture = DdspModel::default().properties(&[("author", "me"), ("timbrel", text)]);
        assert_eq!(sentence_of(&fixture), format!("metadata field `timbrel`: found {found}, expected a JSON object"));
    }
}

/// Path of each field of the format's page that is required, and what is expected of it.
const REQUIRED: [(&str, &str); 32] = [
    ("format_version", "1"),
    ("family", "\"ddsp\" or \"newt\""),
    ("name", "a text of 1 to 64 characters"),
    ("author", "a text"),
    ("licence", "a text"),
    ("trained_on", "a text"),
    ("sample_rate", "a number from 8000 to 192000"),
    ("hop", "an integer from 16 to 8192"),
    ("pitch", "an object"),
    ("pitch.unit", "\"midi\" or \"hz\""),
    ("pitch.scale", "a number other than 0"),
    ("pitch.offset", "a number"),
    ("pitch.low", "a MIDI pitch from 0 to 127"),
    ("pitch.high", "a MIDI pitch above pitch.low (36), at most 127"),
    ("loudness", "an object"),
    ("loudness.measure", "\"a_weighted\" or \"power\""),
    ("loudness.scale", "a number other than 0"),
    ("loudness.offset", "a number"),
    ("loudness.low_db", "a number of decibels"),
    ("loudness.high_db", "a number above loudness.low_db (-60)"),
    ("loudness.soft_db", "a number from -60 to under -10"),
    ("loudness.loud_db", "a number above loudness.soft_db (-40), at most -10"),
    ("latent", "a list of at most 16 objects"),
    ("latent[0].name", "a text of at least 1 character"),
    ("latent[0].low", "a number"),
    ("latent[0].high", "a number above low (-1)"),
    ("latent[0].default", "a number from -1 to 1"),
    ("harmonics", "an integer from 1 to 512"),
    ("noise_bands", "an integer from 2 to 1025"),
    ("states", "a list of at most 256 objects"),
    ("impulse_response", "an object or null"),
    ("parity_sha256", "64 hexadecimal digits"),
];

#[test]
fn each_missing_field_is_named() {
    let deeper = [
        ("states[0].name", "a name of letters, digits and _"),
        ("states[1].shape", "a list of positive integers"),
        ("impulse_response.samples", "an integer from 1 to 480000"),
    ];
    for (field, expected) in REQUIRED.into_iter().chain(deeper) {
        let sentence = sentence_of(&full().without_field(field));
        assert_eq!(sentence, format!("metadata field `{field}`: found nothing, expected {expected}"));
    }
}

#[test]
fn each_field_of_another_type_is_named() {
    for (field, expected) in REQUIRED {
        for (value, found) in [(json!(true), "true"), (json!([[]]), "a list of 1")] {
            let sentence = sentence_of(&full().with_field(field, value.clone()));
            // A list that may hold objects complains about what it holds.
            let inside = value.is_array() && matches!(field, "latent" | "states");
            let wanted = if inside {
                format!("metadata field `{field}[0]`: found [], expected an object")
            } else {
                format!("metadata field `{field}`: found {found}, expected {expected}")
            };
            assert_eq!(sentence, wanted);
        }
    }
}

#[test]
fn each_field_out_of_range_is_named() {
    let long = "x".repeat(65);
    let quoted = format!("\"{}...\" (65 characters)", "x".repeat(40));
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("format_version", json!(2), "2", "1"),
        ("format_version", json!("1"), "\"1\"", "1"),
        ("family", json!("fm"), "\"fm\"", "\"ddsp\" or \"newt\""),
        ("name", json!(""), "an empty text", "a text of 1 to 64 characters"),
        ("name", json!(long), &quoted, "a text of 1 to 64 characters"),
        ("sample_rate", json!(4000), "4000", "a number from 8000 to 192000"),
        ("sample_rate", json!("48000"), "\"48000\"", "a number from 8000 to 192000"),
        ("hop", json!(8), "8", "an integer from 16 to 8192"),
        ("hop", json!(192.5), "192.5", "an integer from 16 to 8192"),
        ("hop", json!(-192), "-192", "an integer from 16 to 8192"),
        ("hop", json!(4801), "4801", "at most 4800 samples, which is 100 ms at 48000 Hz"),
        ("pitch.unit", json!("cents"), "\"cents\"", "\"midi\" or \"hz\""),
        ("pitch.scale", json!(0.0), "0.0", "a number other than 0"),
        ("pitch.low", json!(-1), "-1", "a MIDI pitch from 0 to 127"),
        ("pitch.high", json!(36.0), "36.0", "a MIDI pitch above pitch.low (36), at most 127"),
        ("pitch.high", json!(128), "128", "a MIDI pitch above pitch.low (36), at most 127"),
        ("loudness.measure", json!("c_weighted"), "\"c_weighted\"", "\"a_weighted\" or \"power\""),
        ("loudness.scale", json!(0), "0", "a number other than 0"),
        ("loudness.high_db", json!(-60), "-60", "a number above loudness.low_db (-60)"),
        ("loudness.soft_db", json!(-61), "-61", "a number from -60 to under -10"),
        ("loudness.loud_db", json!(-40), "-40", "a number above loudness.soft_db (-40), at most -10"),
        ("loudness.loud_db", json!(-9), "-9", "a number above loudness.soft_db (-40), at most -10"),
        ("latent[0].name", json!(" "), "\" \"", "a text of at least 1 character"),
        ("latent[0].high", json!(-1), "-1", "a number above low (-1)"),
        ("latent[0].default", json!(2), "2", "a number from -1 to 1"),
        ("harmonics", json!(0), "0", "an integer from 1 to 512"),
        ("harmonics", json!(513), "513", "an integer from 1 to 512"),
        ("noise_bands", json!(1), "1", "an integer from 2 to 1025"),
        ("noise_bands", json!(1026), "1026", "an integer from 2 to 1025"),
        ("states[0].name", json!("a b"), "\"a b\"", "a name of letters, digits and _"),
        ("states[1].name", json!("count"), "\"count\" a second time", "a name of its own"),
        ("states[1].shape", json!([2, 0]), "[2,0]", "a list of positive integers"),
        ("states[1].shape", json!([2, "3"]), "a list of 2", "a list of positive integers"),
        ("states[1].shape", json!([256, 256]), "[256, 256]", "at most 65536 elements in all states together"),
        ("impulse_response.samples", json!(0), "0", "an integer from 1 to 480000"),
        ("impulse_response.samples", json!(480_001), "480001", "an integer from 1 to 480000"),
        ("parity_sha256", json!("abc"), "\"abc\"", "64 hexadecimal digits"),
        ("parity_sha256", json!(null), "null", "64 hexadecimal digits"),
        ("card", json!(3), "3", "a text"),
    ];
    for (field, value, found, expected) in cases {
        let sentence = sentence_of(&full().with_field(field, value));
        assert_eq!(sentence, format!("metadata field `{field}`: found {found}, expected {expected}"));
    }
    let huge = json!([u64::MAX, u64::MAX]);
    let sentence = sentence_of(&full().with_field("states[1].shape", huge));
    assert!(sentence.starts_with("metadata field `states[1].shape`: found "), "{sentence}");
    let many: Vec<Value> = (0..17).map(|i| json!({"name": i.to_string(), "low": 0, "high": 1, "default": 0})).collect();
    let sentence = sentence_of(&full().with_field("latent", json!(many)));
    assert_eq!(sentence, "metadata field `latent`: found a list of 17, expected a list of at most 16 objects");
}

#[test]
fn unknown_fields_and_a_missing_card_are_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = full().without_field("card").with_field("mood", json!("blue")).with_field("pitch.vibrato", json!(5));
    let model = Model::load(&fixture.write(folder.path(), "x.onnx"), &LoadOptions::default());
    let model = model.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(model.metadata().card, None);
}

#[test]
fn each_missing_input_and_output_is_named() {
    for (name, expected) in [
        ("pitch", "float32 [B, 1]"),
        ("loudness", "float32 [B, 1]"),
        ("latent", "float32 [B, 1]"),
        ("state_count", "float32 [B, 1]"),
        ("state_memory", "float32 [B, 2, 3]"),
    ] {
        let sentence = sentence_of(&full().fault(Fault::MissingInput(name)));
        assert_eq!(sentence, format!("input `{name}`: found nothing, expected {expected} with a free batch B"));
    }
    for (name, expected) in [
        ("amplitude", "float32 [B, 1]"),
        ("harmonic_distribution", "float32 [B, 8]"),
        ("noise_magnitudes", "float32 [B, 5]"),
        ("next_state_count", "float32 [B, 1]"),
        ("next_state_memory", "float32 [B, 2, 3]"),
    ] {
        let sentence = sentence_of(&full().fault(Fault::MissingOutput(name)));
        assert_eq!(sentence, format!("output `{name}`: found nothing, expected {expected} with a free batch B"));
    }
    let sentence = sentence_of(&full().fault(Fault::MissingOutput("impulse_response")));
    assert_eq!(sentence, "output `impulse_response`: found nothing, expected float32 [2]");
}

#[test]
fn wrong_shapes_and_types_are_named() {
    let free = "with a free batch B";
    for (fault, expected) in [
        (Fault::WidePitch, format!("input `pitch`: found float32 [B, 2], expected float32 [B, 1] {free}")),
        (Fault::FixedBatch, format!("input `pitch`: found float32 [1, 1], expected float32 [B, 1] {free}")),
        (
            Fault::DoubleInput("loudness"),
            format!("input `loudness`: found float64 [B, 1], expected float32 [B, 1] {free}"),
        ),
        (
            Fault::ExtraInput("velocity"),
            "input `velocity`: found float32 [B, 1], expected only pitch, loudness, latent, state_count, state_memory"
                .into(),
        ),
        (
            Fault::DoubleOutput("amplitude"),
            format!("output `amplitude`: found float64 [B, 1], expected float32 [B, 1] {free}"),
        ),
        (
            Fault::ExtraHarmonic,
            format!("output `harmonic_distribution`: found float32 [B, 9], expected float32 [B, 8] {free}"),
        ),
        (
            Fault::MissingNoiseBand,
            format!("output `noise_magnitudes`: found float32 [B, 4], expected float32 [B, 5] {free}"),
        ),
        (
            Fault::LongerState,
            format!("input `state_memory`: found float32 [B, 2, 4], expected float32 [B, 2, 3] {free}"),
        ),
        (Fault::ShorterImpulseResponse, "output `impulse_response`: found float32 [1], expected float32 [2]".into()),
    ] {
        assert_eq!(sentence_of(&full().fault(fault)), expected);
    }
}

#[test]
fn nan_weights_are_found_by_the_probe() {
    let plain = DdspModel::default();
    let place = "pitch 36, -60 dB";
    for (fault, expected) in [
        (
            Fault::NanWeights,
            format!("output `harmonic_distribution` at {place}: found NaN, expected finite numbers of at least 0"),
        ),
        (Fault::InfiniteNoise, format!("output `noise_magnitudes` at {place}: found inf, expected finite numbers")),
        (Fault::NanState, format!("output `next_state_memory` at {place}: found NaN, expected finite numbers")),
        (
            Fault::NanBetween(59.0, 61.0),
            "output `amplitude` at pitch 60, -60 dB: found NaN, expected a finite number of at least 0".into(),
        ),
        (
            Fault::NegativeAmplitude,
            format!("output `amplitude` at {place}: found -0.001, expected a finite number of at least 0"),
        ),
        (
            Fault::DistributionSumsToTwo,
            format!(
                "output `harmonic_distribution` at {place}: found shares that sum to 2, expected shares that sum to 1"
            ),
        ),
    ] {
        let sentence = sentence_of(&plain.clone().fault(fault.clone()));
        assert_eq!(sentence.replace("-0.0009999999", "-0.001").replace("sum to 1.9999999", "sum to 2"), expected);
    }
    let sentence = sentence_of(&full().fault(Fault::NanImpulseResponse));
    assert_eq!(sentence, "output `impulse_response`: found NaN, expected finite numbers");
}

#[test]
fn partials_above_the_training_nyquist_are_found_by_the_probe() {
    let fixture = DdspModel::default().sample_rate(16_000.0).harmonics(100).fault(Fault::AliasedPartials);
    let sentence = sentence_of(&fixture);
    let end = "expected 0 for partial 31, which is above the training Nyquist of 8000 Hz";
    assert!(sentence.starts_with("output `harmonic_distribution` at pitch 60, -60 dB: found 0.0"), "{sentence}");
    assert!(sentence.ends_with(end), "{sentence}");
}

#[test]
fn a_latent_that_breaks_the_sound_is_named_with_its_values() {
    let fixture = DdspModel::default().latent("breath", -1.0, 1.0, 0.0).fault(Fault::InfiniteNoise);
    let sentence = sentence_of(&fixture);
    assert_eq!(
        sentence,
        "output `noise_magnitudes` at pitch 36, -60 dB, latent [0.0]: found inf, expected finite numbers"
    );
}
