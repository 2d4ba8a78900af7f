//! How a model file says that it is brought in line with others.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use timbrel_engine::model::{LoadOptions, Matching, Model, ModelError, TiltTable};
use timbrel_tests::fixtures::DdspModel;

/// The tilt of [`matched`] at its points, dB per octave: rows are pitches 36, 60, 84; columns dynamics 0, 1/3, 2/3, 1.
const TILT: [[f32; 4]; 3] = [[-4.0, -2.0, -1.0, 0.0], [-2.0, -1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 6.0]];

fn load(fixture: &DdspModel) -> Result<Matching, ModelError> {
    let folder = tempfile::tempdir().unwrap();
    let path = fixture.write(folder.path(), "x.onnx");
    Model::load(&path, &LoadOptions::default()).map(|model| model.metadata().matching.clone())
}

fn matched() -> DdspModel {
    let tilt = json!({ "pitches": 3, "dynamics": 4, "db_per_octave": TILT });
    DdspModel::default().with_field("matching", json!({ "gain_db": 3.5, "tilt": tilt }))
}

#[test]
fn a_tilt_is_bilinear_and_held_beyond_its_ends() {
    let matching = load(&matched()).unwrap();
    assert_eq!(matching.gain_db, 3.5);
    for (row, values) in TILT.iter().enumerate() {
        for (column, expected) in values.iter().enumerate() {
            let found = matching.tilt.at(36.0 + 24.0 * row as f32, column as f32 / 3.0);
            assert!((found - expected).abs() < 1e-6, "pitch {row}, dynamics {column}: {found}, expected {expected}");
        }
    }
    let nan = f32::NAN;
    for ((pitch, dynamics), expected) in [
        ((48.0, 0.0), -3.0),
        ((36.0, 0.5), -1.5),
        ((48.0, 0.5), -1.0),
        ((72.0, 1.0), 3.5),
        ((66.0, 5.0 / 6.0), 0.5 * 0.75 + 3.0 * 0.25),
        ((12.0, -0.25), -4.0),
        ((127.0, 1.25), 6.0),
        ((127.0, -3.0), 0.0),
        ((nan, nan), -4.0),
        ((f32::INFINITY, f32::NEG_INFINITY), 0.0),
    ] {
        let found = matching.tilt.at(pitch, dynamics);
        assert!((found - expected).abs() < 1e-5, "pitch {pitch}, dynamics {dynamics}: {found}, expected {expected}");
    }
    assert!(!matching.tilt.is_flat());
}

#[test]
fn whatever_is_left_out_changes_nothing() {
    let flat = TiltTable::default();
    assert!(flat.is_flat());
    assert_eq!([flat.at(60.0, 0.5), flat.at(f32::NAN, f32::NAN)], [0.0, 0.0]);
    assert_eq!(load(&DdspModel::default()).unwrap(), Matching::default());
    assert_eq!(load(&DdspModel::default().with_field("matching", json!({}))).unwrap(), Matching::default());
    let gain_alone = load(&matched().without_field("matching.tilt")).unwrap();
    assert_eq!(gain_alone, Matching { gain_db: 3.5, tilt: flat });
    let tilt_alone = load(&matched().without_field("matching.gain_db")).unwrap();
    assert_eq!((tilt_alone.gain_db, tilt_alone.tilt.at(36.0, 0.0)), (0.0, -4.0));
    let table = TiltTable::new(36.0, 84.0, 3, TILT.concat());
    assert_eq!(tilt_alone.tilt, table);
}

#[test]
fn tables_of_the_most_and_the_fewest_points_load() {
    for (pitches, dynamics) in [(2, 2), (128, 32), (49, 5)] {
        let rows = vec![vec![-1.25; dynamics]; pitches];
        let tilt = json!({ "pitches": pitches, "dynamics": dynamics, "db_per_octave": rows });
        let matching = load(&DdspModel::default().with_field("matching", json!({ "tilt": tilt }))).unwrap();
        for pitch in 30..90 {
            for dynamics in 0..=10 {
                let found = matching.tilt.at(pitch as f32 + 0.3, dynamics as f32 / 10.0);
                assert!((found + 1.25).abs() < 1e-6, "{found}");
            }
        }
    }
    // A table of one point has no way between points.
    assert_eq!(TiltTable::new(36.0, 84.0, 1, vec![-2.0]).at(50.0, 0.5), -2.0);
    assert_eq!(TiltTable::new(36.0, 84.0, 0, vec![-2.0]).at(50.0, 0.5), 0.0);
}

#[test]
fn each_field_of_matching_out_of_range_is_named() {
    let decibels = "a number of decibels from -40 to 40";
    let table = "a list of 3 lists of 4 numbers from -6 to 6";
    let row = "a list of 4 numbers from -6 to 6";
    let cases: [(&str, Value, &str, &str); 20] = [
        ("matching", json!(null), "null", "an object"),
        ("matching", json!(3), "3", "an object"),
        ("matching.gain_db", json!(40.5), "40.5", decibels),
        ("matching.gain_db", json!(-41), "-41", decibels),
        ("matching.gain_db", json!("loud"), "\"loud\"", decibels),
        ("matching.gain_db", json!(null), "null", decibels),
        ("matching.tilt", json!(-1.5), "-1.5", "an object"),
        ("matching.tilt.pitches", json!(1), "1", "an integer from 2 to 128"),
        ("matching.tilt.pitches", json!(129), "129", "an integer from 2 to 128"),
        ("matching.tilt.pitches", json!(4), "a list of 3", "a list of 4 lists of 4 numbers from -6 to 6"),
        ("matching.tilt.dynamics", json!(1), "1", "an integer from 2 to 32"),
        ("matching.tilt.dynamics", json!(33), "33", "an integer from 2 to 32"),
        ("matching.tilt.db_per_octave", json!(0), "0", table),
        ("matching.tilt.db_per_octave", json!([]), "[]", table),
        ("matching.tilt.db_per_octave", json!([[0, 0, 0, 0]]), "a list of 1", table),
        ("matching.tilt.db_per_octave[1]", json!(0), "0", row),
        ("matching.tilt.db_per_octave[0]", json!([0, 0, 0]), "[0,0,0]", row),
        ("matching.tilt.db_per_octave[2]", json!([0, 0, 0, 6.5]), "[0,0,0,6.5]", row),
        ("matching.tilt.db_per_octave[2]", json!([0, -7, 0, 0]), "[0,-7,0,0]", row),
        ("matching.tilt.db_per_octave[1]", json!([0, "x", 0, 0]), "a list of 4", row),
    ];
    for (field, value, found, expected) in cases {
        let sentence = load(&matched().with_field(field, value)).unwrap_err().to_string();
        let sentence = sentence.split_once(": ").unwrap().1;
        assert_eq!(
            sentence,
            format!("metadata field `{field}`: found {found}, expected {expected}").replace(
                "field `matching.tilt.pitches`: found a list of 3",
                "field `matching.tilt.db_per_octave`: found a list of 3",
            )
        );
    }
    for field in ["matching.tilt.pitches", "matching.tilt.dynamics", "matching.tilt.db_per_octave"] {
        let sentence = load(&matched().without_field(field)).unwrap_err().to_string();
        assert!(sentence.contains(&format!("metadata field `{field}`: found nothing, expected ")), "{sentence}");
    }
}
