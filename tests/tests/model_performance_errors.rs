//! Every sentence about a performance network that cannot be played, and about what the file says of it.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use timbrel_engine::model::{LoadOptions, Model};
use timbrel_tests::fixtures::{self, DdspModel, Fault, NewtModel, PerformanceFault, PerformanceModel};

/// The sentence of loading this file, without the path, which every sentence opens with.
fn sentence_of(fixture: &DdspModel) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = fixture.write(folder.path(), "instrument.onnx");
    let sentence = match Model::load(&path, &LoadOptions::default()) {
        Ok(_) => panic!("{fixture:?} loads"),
        Err(error) => error.to_string(),
    };
    let opening = format!("{}: ", path.display());
    sentence.strip_prefix(&opening).unwrap_or_else(|| panic!("{sentence}: does not name {opening}")).to_string()
}

fn full() -> DdspModel {
    DdspModel::default().performance(PerformanceModel::default())
}

fn with(fault: PerformanceFault) -> String {
    sentence_of(&DdspModel::default().performance(PerformanceModel::default().fault(fault)))
}

const FLUCTUATION: &str = "a number of seconds from 0.001 to 60";

#[test]
fn each_missing_field_of_a_performance_is_named() {
    for (field, expected) in [
        ("performance.states", "a list of at most 256 objects"),
        ("performance.states[0].name", "a name of letters, digits and _"),
        ("performance.states[1].shape", "a list of positive integers"),
        ("performance.fluctuation", "an object"),
        ("performance.fluctuation.loudness_seconds", FLUCTUATION),
        ("performance.fluctuation.pitch_seconds", FLUCTUATION),
        ("performance.vibrato", "an object"),
        ("performance.vibrato.depth_cents", "a number of cents from 0 to 200"),
        ("performance.vibrato.rate_hz", "a number of hertz above 0, at most 20"),
        ("performance.vibrato.onset_seconds", "a number of seconds from 0 to 10"),
    ] {
        let sentence = sentence_of(&full().without_field(field));
        assert_eq!(sentence, format!("metadata field `{field}`: found nothing, expected {expected}"));
    }
}

#[test]
fn each_field_of_a_performance_out_of_range_is_named() {
    let cases: [(&str, Value, &str, &str); 16] = [
        ("performance", json!(null), "null", "an object"),
        ("performance", json!([1]), "[1]", "an object"),
        ("performance.states", json!(null), "null", "a list of at most 256 objects"),
        ("performance.states[1].name", json!("count"), "\"count\" a second time", "a name of its own"),
        ("performance.states[0].shape", json!([0]), "[0]", "a list of positive integers"),
        ("performance.states[1].shape", json!([65_536]), "[65536]", "at most 65536 elements in all states together"),
        ("performance.fluctuation.loudness_seconds", json!(0), "0", FLUCTUATION),
        ("performance.fluctuation.loudness_seconds", json!(61), "61", FLUCTUATION),
        ("performance.fluctuation.pitch_seconds", json!(-0.5), "-0.5", FLUCTUATION),
        ("performance.fluctuation.pitch_seconds", json!("1"), "\"1\"", FLUCTUATION),
        ("performance.vibrato.depth_cents", json!(-1), "-1", "a number of cents from 0 to 200"),
        ("performance.vibrato.depth_cents", json!(201), "201", "a number of cents from 0 to 200"),
        ("performance.vibrato.rate_hz", json!(0), "0", "a number of hertz above 0, at most 20"),
        ("performance.vibrato.rate_hz", json!(20.5), "20.5", "a number of hertz above 0, at most 20"),
        ("performance.vibrato.onset_seconds", json!(-0.1), "-0.1", "a number of seconds from 0 to 10"),
        ("performance.vibrato.onset_seconds", json!(11), "11", "a number of seconds from 0 to 10"),
    ];
    for (field, value, found, expected) in cases {
        let sentence = sentence_of(&full().with_field(field, value));
        assert_eq!(sentence, format!("metadata field `{field}`: found {found}, expected {expected}"));
    }
}

#[test]
fn a_recording_without_vibrato_needs_no_rate() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = DdspModel::default().performance(PerformanceModel::default().vibrato(0.0, 0.0, 0.0));
    let model = Model::load(&fixture.write(folder.path(), "x.onnx"), &LoadOptions::default()).unwrap();
    assert_eq!(model.metadata().performance.as_ref().unwrap().vibrato.depth_cents, 0.0);
    let sentence = sentence_of(&fixture.with_field("performance.vibrato.rate_hz", json!(-1)));
    assert!(sentence.ends_with("found -1, expected a number of hertz from 0 to 20"), "{sentence}");
}

#[test]
fn a_performance_may_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    // Without its metadata a network is one output more, and no business of the engine.
    let fixture = full().without_field("performance");
    let model = Model::load(&fixture.write(folder.path(), "x.onnx"), &LoadOptions::default());
    assert_eq!(model.unwrap_or_else(|error| panic!("{error}")).metadata().performance, None);
}

#[test]
fn a_missing_performance_model_is_named() {
    let sentence = sentence_of(&full().fault(Fault::MissingOutput("performance_model")));
    assert_eq!(sentence, "output `performance_model`: found nothing, expected uint8 [n]");
    let sentence = sentence_of(&full().fault(Fault::DoubleOutput("performance_model")));
    assert!(sentence.starts_with("output `performance_model`: found float64 ["), "{sentence}");
    assert!(sentence.ends_with("], expected uint8 [n]"), "{sentence}");
}

#[test]
fn a_performance_model_that_is_none_is_named() {
    for bytes in [Vec::new(), vec![7], fixtures::jpeg(), fixtures::text()] {
        let length = bytes.len();
        let sentence = with(PerformanceFault::Bytes(bytes));
        let opening = format!("output `performance_model`: found {length} bytes that ONNX Runtime does not accept (");
        assert!(sentence.starts_with(&opening), "{sentence}");
        assert!(sentence.ends_with("), expected an ONNX model"), "{sentence}");
    }
    let whole = PerformanceModel::default().model();
    for share in [0.3, 0.6, 0.9] {
        let sentence = with(PerformanceFault::Bytes(fixtures::truncated(&whole, share)));
        assert!(sentence.starts_with("output `performance_model`: found "), "{sentence}");
    }
    let sentence = with(PerformanceFault::Bytes(fixtures::foreign_onnx()));
    let expected = "found nothing as input `pitch`, expected float32 [B, 1] with a free batch B";
    assert_eq!(sentence, format!("output `performance_model`: {expected}"));
}

#[test]
fn each_missing_input_and_output_of_the_network_is_named() {
    for (name, width) in [
        ("pitch", 1),
        ("dynamics", 1),
        ("since_on", 1),
        ("gate", 1),
        ("since_off", 1),
        ("peak_position", 1),
        ("attack_noise", 1),
        ("state_count", 1),
        ("state_memory", 16),
    ] {
        let expected = format!("expected float32 [B, {width}] with a free batch B");
        let sentence = with(PerformanceFault::MissingInput(name));
        assert_eq!(sentence, format!("output `performance_model`: found nothing as input `{name}`, {expected}"));
    }
    for (name, width) in [
        ("loudness_db", 1),
        ("pitch_cents", 1),
        ("loudness_spread_db", 1),
        ("pitch_spread_cents", 1),
        ("noise_db", 1),
        ("next_state_count", 1),
        ("next_state_memory", 16),
    ] {
        let expected = format!("expected float32 [B, {width}] with a free batch B");
        let sentence = with(PerformanceFault::MissingOutput(name));
        assert_eq!(sentence, format!("output `performance_model`: found nothing as output `{name}`, {expected}"));
    }
}

#[test]
fn a_network_of_another_form_is_named() {
    let scalar = "expected float32 [B, 1] with a free batch B";
    for (fault, expected) in [
        (PerformanceFault::DoubleInput("gate"), format!("found float64 [B, 1] as input `gate`, {scalar}")),
        (PerformanceFault::DoubleOutput("noise_db"), format!("found float64 [B, 1] as output `noise_db`, {scalar}")),
        (PerformanceFault::FixedBatch, format!("found float32 [1, 1] as input `pitch`, {scalar}")),
        (
            PerformanceFault::LongerState,
            "found float32 [B, 17] as input `state_memory`, expected float32 [B, 16] with a free batch B".into(),
        ),
        (
            PerformanceFault::ExtraInput("mood"),
            "found float32 [B, 1] as input `mood`, expected only pitch, dynamics, since_on, gate, since_off, \
             peak_position, attack_noise, state_count, state_memory"
                .into(),
        ),
        (
            PerformanceFault::FirstRowAlone("pitch_cents"),
            "found float32 [1, 1] for 360 rows as output `pitch_cents`, expected float32 [360, 1]".into(),
        ),
    ] {
        assert_eq!(with(fault), format!("output `performance_model`: {expected}"));
    }
}

#[test]
fn answers_of_the_network_out_of_range_are_named_with_their_place() {
    let start = "pitch 36, dynamics -0.25, 0 s after note-on, held, peak position 0, attack noise 0, step 1";
    for (fault, at, found, expected) in [
        (PerformanceFault::Offset("loudness_db", 60.0), "", "", "a number from -60 to 12"),
        (PerformanceFault::Offset("pitch_cents", -300.0), start, "-324 as output `pitch_cents`", "-200 to 200"),
        (PerformanceFault::Offset("loudness_spread_db", -0.6), "", "-0.1", "a number from 0 to 3"),
        (PerformanceFault::Offset("pitch_spread_cents", 30.0), start, "34 as output `pitch_spread_cents`", "0 to 30"),
        (PerformanceFault::Offset("noise_db", f32::INFINITY), start, "inf as output `noise_db`", "-24 to 24"),
        (PerformanceFault::NanBetween("noise_db", 35.0, 37.0), start, "NaN as output `noise_db`", "-24 to 24"),
        (
            PerformanceFault::InfiniteStateFrom(7.0),
            "pitch 36, dynamics -0.25, 0 s after note-on, held, peak position 0, attack noise 0, step 7",
            "inf as output `",
            "",
        ),
    ] {
        let sentence = with(fault.clone());
        println!("{sentence}");
        assert!(sentence.starts_with(&format!("output `performance_model` at {at}")), "{fault:?}: {sentence}");
        assert!(sentence.contains(&format!(": found {found}")), "{fault:?}: {sentence}");
        assert!(sentence.ends_with(expected), "{fault:?}: {sentence}");
    }
}

#[test]
fn a_newt_performs_too() {
    let folder = tempfile::tempdir().unwrap();
    let newt = |performance| NewtModel::default().base(|base| base.performance(performance));
    let good = newt(PerformanceModel::default()).write(folder.path(), "good.onnx");
    let model = Model::load(&good, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    assert!(model.metadata().performance.is_some());
    let bad = newt(PerformanceModel::default().fault(PerformanceFault::MissingInput("gate")));
    let error = Model::load(&bad.write(folder.path(), "bad.onnx"), &LoadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("output `performance_model`: found nothing as input `gate`"), "{error}");
}

#[test]
fn damage_inside_a_network_is_an_error_or_harmless() {
    let whole = PerformanceModel::default().model();
    let folder = tempfile::tempdir().unwrap();
    let (mut errors, mut harmless) = (0, 0);
    for step in 0..150_usize {
        let mut bytes = whole.clone();
        let at = (step * 7_919 + 101) % bytes.len();
        bytes[at] ^= 1 << (step % 8);
        let fixture =
            DdspModel::default().performance(PerformanceModel::default().fault(PerformanceFault::Bytes(bytes)));
        match Model::load(&fixture.write(folder.path(), "damaged.onnx"), &LoadOptions::default()) {
            Ok(_) => harmless += 1,
            Err(error) => {
                assert!(error.to_string().contains("performance_model"), "{error}");
                errors += 1;
            }
        }
    }
    println!("{errors} errors, {harmless} harmless");
    assert!(errors > 20);
}
