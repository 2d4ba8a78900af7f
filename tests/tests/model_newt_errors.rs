//! Every sentence about a file of the NEWT family that cannot be played.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use timbrel_engine::model::{LoadOptions, Model};
use timbrel_tests::fixtures::{self, Fault, NewtFault, NewtModel, ShaperFault, Shapers};

/// The sentence of loading this file, without the path, which every sentence opens with.
fn sentence_of(fixture: &NewtModel) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = fixture.write(folder.path(), "instrument.onnx");
    let sentence = match Model::load(&path, &LoadOptions::default()) {
        Ok(_) => panic!("{fixture:?} loads"),
        Err(error) => error.to_string(),
    };
    let opening = format!("{}: ", path.display());
    sentence.strip_prefix(&opening).unwrap_or_else(|| panic!("{sentence}: does not name {opening}")).to_string()
}

fn full() -> NewtModel {
    NewtModel::default().base(|base| base.impulse_response(vec![1.0, 0.5]))
}

const LAYERS: &str = "null or a list of 1 to 16 integers from 1 to 64, the last 1";

#[test]
fn each_missing_field_of_a_newt_is_named() {
    for (field, expected) in [
        ("newt", "an object"),
        ("newt.shapers", "an integer from 1 to 512"),
        ("newt.exciter_top_hz", "a number above 0, at most 24000"),
        ("newt.layers", LAYERS),
        ("harmonics", "an integer from 1 to 512"),
        ("noise_bands", "an integer from 2 to 1025"),
    ] {
        let sentence = sentence_of(&full().without_field(field));
        assert_eq!(sentence, format!("metadata field `{field}`: found nothing, expected {expected}"));
    }
}

#[test]
fn each_field_of_a_newt_out_of_range_is_named() {
    let many = vec![1; 17];
    let cases: [(&str, Value, &str, &str); 19] = [
        ("family", json!("fm"), "\"fm\"", "\"ddsp\" or \"newt\""),
        ("newt", json!(null), "null", "an object"),
        ("newt", json!([4]), "[4]", "an object"),
        ("newt.shapers", json!(0), "0", "an integer from 1 to 512"),
        ("newt.shapers", json!(513), "513", "an integer from 1 to 512"),
        ("newt.shapers", json!("4"), "\"4\"", "an integer from 1 to 512"),
        ("newt.exciter_top_hz", json!(0), "0", "a number above 0, at most 24000"),
        ("newt.exciter_top_hz", json!(-1.5), "-1.5", "a number above 0, at most 24000"),
        ("newt.exciter_top_hz", json!(24_001), "24001", "a number above 0, at most 24000"),
        ("newt.exciter_top_hz", json!(null), "null", "a number above 0, at most 24000"),
        ("newt.layers", json!([]), "[]", LAYERS),
        ("newt.layers", json!([8, 8]), "[8,8]", LAYERS),
        ("newt.layers", json!([65, 1]), "[65,1]", LAYERS),
        ("newt.layers", json!([0, 1]), "[0,1]", LAYERS),
        ("newt.layers", json!(many), "a list of 17", LAYERS),
        ("newt.layers", json!(3), "3", LAYERS),
        ("impulse_response.direct", json!(0), "0", "an integer from 1 to 2"),
        ("impulse_response.direct", json!(3), "3", "an integer from 1 to 2"),
        ("impulse_response.direct", json!(null), "null", "an integer from 1 to 2"),
    ];
    for (field, value, found, expected) in cases {
        let sentence = sentence_of(&full().with_field(field, value));
        assert_eq!(sentence, format!("metadata field `{field}`: found {found}, expected {expected}"));
    }
}

/// Every constant with its shape in the words of the format.
const CONSTANTS: [(&str, &str); 14] = [
    ("exciter_weights", "float32 [4, 8]"),
    ("exciter_bias", "float32 [4]"),
    ("exciter_phases", "float32 [8]"),
    ("shaper_model", "uint8 [n]"),
    ("shaper_range", "float32 [4, 2]"),
    ("output_weights", "float32 [4]"),
    ("output_bias", "float32 [1]"),
    ("shaper_weights_0", "float32 [4, 8, 1]"),
    ("shaper_biases_0", "float32 [4, 8]"),
    ("shaper_weights_1", "float32 [4, 8, 8]"),
    ("shaper_biases_1", "float32 [4, 8]"),
    ("shaper_weights_2", "float32 [4, 1, 8]"),
    ("shaper_biases_2", "float32 [4, 1]"),
    ("impulse_response", "float32 [2]"),
];

#[test]
fn each_missing_constant_is_named() {
    for (name, expected) in CONSTANTS.into_iter().filter(|(name, _)| *name != "impulse_response") {
        let sentence = sentence_of(&full().fault(NewtFault::MissingOutput(name.into())));
        assert_eq!(sentence, format!("output `{name}`: found nothing, expected {expected}"));
    }
    let sentence = sentence_of(&full().fault(NewtFault::MissingOutput("film".into())));
    assert_eq!(sentence, "output `film`: found nothing, expected float32 [B, 4, 4] with a free batch B");
}

#[test]
fn constants_of_another_shape_or_type_are_named() {
    for (name, expected) in
        CONSTANTS.into_iter().filter(|(name, _)| !["impulse_response", "shaper_model"].contains(name))
    {
        let sentence = sentence_of(&full().fault(NewtFault::Shape(name, vec![3, 2])));
        assert_eq!(sentence, format!("output `{name}`: found float32 [3, 2], expected {expected}"));
        let sentence = sentence_of(&full().fault(NewtFault::Doubles(name)));
        let doubles = expected.replace("float32", "float64");
        assert_eq!(sentence, format!("output `{name}`: found {doubles}, expected {expected}"));
    }
    let sentence = sentence_of(&full().fault(NewtFault::Doubles("shaper_model")));
    assert!(sentence.starts_with("output `shaper_model`: found float64 ["), "{sentence}");
    assert!(sentence.ends_with("], expected uint8 [n]"), "{sentence}");
    let sentence = sentence_of(&full().fault(NewtFault::NarrowFilm));
    assert_eq!(sentence, "output `film`: found float32 [B, 3, 4], expected float32 [B, 4, 4] with a free batch B");
}

#[test]
fn constants_that_are_not_finite_are_named() {
    for (name, _) in CONSTANTS.into_iter().filter(|(name, _)| !["impulse_response", "shaper_model"].contains(name)) {
        for (value, found) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
            let sentence = sentence_of(&full().fault(NewtFault::Last(name, value)));
            assert_eq!(sentence, format!("output `{name}`: found {found}, expected finite numbers"));
        }
    }
}

#[test]
fn a_film_that_is_not_finite_is_named_with_its_place() {
    let sentence = sentence_of(&full().fault(NewtFault::NanFilmBetween(83.0, 85.0)));
    assert_eq!(sentence, "output `film` at pitch 84, -60 dB: found NaN, expected finite numbers");
    let sentence = sentence_of(&full().base(|base| base.fault(Fault::InfiniteNoise)));
    assert_eq!(sentence, "output `noise_magnitudes` at pitch 36, -60 dB: found inf, expected finite numbers");
    let sentence = sentence_of(&full().base(|base| base.fault(Fault::NanState)));
    assert!(sentence.starts_with("output `next_state_memory` at "), "{sentence}");
}

#[test]
fn a_range_upside_down_is_named_with_its_shaper() {
    for (high, found) in [(-3.5, "-3 to -3.5"), (-3.0, "-3 to -3")] {
        let sentence = sentence_of(&full().fault(NewtFault::Last("shaper_range", high)));
        let expected = "a range whose low end is below its high end";
        assert_eq!(sentence, format!("output `shaper_range`: found {found} for shaper 3, expected {expected}"));
    }
}

#[test]
fn a_shaper_model_that_is_none_is_named() {
    for bytes in [Vec::new(), vec![7], fixtures::jpeg(), fixtures::text()] {
        let length = bytes.len();
        let sentence = sentence_of(&full().fault(NewtFault::ShaperModel(bytes)));
        let opening = format!("output `shaper_model`: found {length} bytes that ONNX Runtime does not accept (");
        assert!(sentence.starts_with(&opening), "{sentence}");
        assert!(sentence.ends_with("), expected an ONNX model"), "{sentence}");
    }
    let whole = Shapers::networks(4, &[8, 8, 1]).model(&[]);
    for share in [0.3, 0.6, 0.9] {
        let sentence = sentence_of(&full().fault(NewtFault::ShaperModel(fixtures::truncated(&whole, share))));
        assert!(sentence.starts_with("output `shaper_model`: found "), "{sentence}");
    }
    let sentence = sentence_of(&full().fault(NewtFault::ShaperModel(fixtures::foreign_onnx())));
    assert_eq!(sentence, "output `shaper_model`: found an input `x`, expected one input, `index`");
}

#[test]
fn a_shaper_model_of_another_form_is_named() {
    let expected = "expected float32 [N, 4] with a free N";
    for (fault, sentence) in [
        (ShaperFault::InputName("x"), "found an input `x`, expected one input, `index`".into()),
        (ShaperFault::SecondInput("y"), "found an input `y`, expected one input, `index`".into()),
        (ShaperFault::OutputName("y"), format!("found no output `shaped`, {expected}")),
        (ShaperFault::ExtraShaper, format!("found float32 [B, 5] as input `index`, {expected}")),
        (ShaperFault::OneRow, format!("found float32 [1, 4] as input `index`, {expected}")),
        (ShaperFault::Doubles, format!("found float64 [B, 4] as output `shaped`, {expected}")),
        (ShaperFault::FirstRowAlone, "found [1, 4] at its output `shaped` for 513 rows, expected [513, 4]".into()),
    ] {
        let found = sentence_of(&full().fault(NewtFault::Shaper(fault)));
        assert_eq!(found, format!("output `shaper_model`: {sentence}"));
    }
}

#[test]
fn a_shaper_that_is_not_finite_is_named_with_its_index() {
    let sentence = sentence_of(&full().fault(NewtFault::Shaper(ShaperFault::NanAbove(2.999))));
    let expected =
        "output `shaper_model` at shaper 0, index 3: found a value that is not finite, expected finite numbers";
    assert_eq!(sentence, expected);
}

#[test]
fn layers_that_disagree_with_the_shaper_model_are_named() {
    for by in [0.0011, -0.5] {
        let sentence = sentence_of(&full().fault(NewtFault::Shaper(ShaperFault::Offset(by))));
        println!("{sentence}");
        assert!(sentence.starts_with("output `shaper_model` at shaper 0, index -3: found "), "{sentence}");
        assert!(sentence.ends_with(", which is what the layers give, within 0.001"), "{sentence}");
    }
    // One bias of the last shaper alone.
    let sentence = sentence_of(&full().fault(NewtFault::Last("shaper_biases_0", 3.0)));
    assert!(sentence.starts_with("output `shaper_model` at shaper 3, index "), "{sentence}");
}

#[test]
fn layers_within_the_tolerance_are_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = full().fault(NewtFault::Shaper(ShaperFault::Offset(9e-4)));
    assert!(Model::load(&fixture.write(folder.path(), "x.onnx"), &LoadOptions::default()).is_ok());
}

#[test]
fn layers_are_not_asked_for_where_they_are_null() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = full().with_field("newt.layers", json!(null));
    let model = Model::load(&fixture.write(folder.path(), "x.onnx"), &LoadOptions::default()).unwrap();
    assert!(model.waveshaping().unwrap().networks.is_none());
}

#[test]
fn a_newt_that_calls_itself_ddsp_misses_the_amplitude() {
    let sentence = sentence_of(&full().with_field("family", json!("ddsp")));
    assert_eq!(sentence, "output `amplitude`: found nothing, expected float32 [B, 1] with a free batch B");
}

#[test]
fn damage_inside_a_newts_file_is_an_error_or_harmless() {
    let whole = full().build();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.onnx");
    let (mut errors, mut harmless) = (0, 0);
    for step in 0..150_usize {
        let mut bytes = whole.clone();
        let at = (step * 7_919 + 101) % bytes.len();
        bytes[at] ^= 1 << (step % 8);
        std::fs::write(&path, &bytes).unwrap();
        match Model::load(&path, &LoadOptions::default()) {
            Ok(_) => harmless += 1,
            Err(error) => {
                assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
                errors += 1;
            }
        }
    }
    println!("{errors} errors, {harmless} harmless");
    assert!(errors > 20);
}
