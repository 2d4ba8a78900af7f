//! The player's folders of instruments, and the search for the one that a project means.

#![allow(clippy::unwrap_used)]

use std::fs;
use timbrel_engine::model::library::{self, Found};
use timbrel_engine::model::{LoadOptions, Model, ModelFault, ModelIdentity};
use timbrel_tests::fixtures::{self, DdspModel, Fault};

fn identity_of(path: &std::path::Path) -> ModelIdentity {
    Model::load(path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}")).identity().clone()
}

#[test]
fn a_folder_full_of_unrelated_files_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("photo.jpg"), fixtures::jpeg()).unwrap();
    fs::write(at("readme.txt"), fixtures::text()).unwrap();
    fs::write(at("doubler.onnx"), fixtures::foreign_onnx()).unwrap();
    fs::create_dir(at("folder.onnx")).unwrap();
    let folders = [folder.path().to_path_buf(), at("not there")];
    assert_eq!(library::scan(&folders), []);

    DdspModel::default().name("Cello").write(folder.path(), "b.onnx");
    DdspModel::default().name("Violin").write(folder.path(), "A.ONNX");
    fs::write(at("c.onnx"), fixtures::jpeg()).unwrap();
    DdspModel::default().without_field("pitch.scale").write(folder.path(), "d.onnx");
    let entries = library::scan(&folders);
    let names: Vec<_> = entries.iter().map(|entry| entry.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["A.ONNX", "b.onnx", "c.onnx", "d.onnx"]);
    assert_eq!(entries[0].metadata.as_ref().unwrap().name, "Violin");
    assert_eq!(entries[1].metadata.as_ref().unwrap().name, "Cello");
    let faults: Vec<_> = entries[2..].iter().map(|entry| entry.metadata.as_ref().unwrap_err().fault()).collect();
    assert!(matches!(faults[0], Some(ModelFault::NotOnnx { .. })), "{faults:?}");
    assert!(matches!(faults[1], Some(ModelFault::Field { field, .. }) if field == "pitch.scale"), "{faults:?}");
}

#[test]
fn a_model_is_found_by_content_first() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cello = DdspModel::default().name("Cello");
    let path = cello.write(here.path(), "cello.onnx");
    let identity = identity_of(&path);
    let folders = [there.path().to_path_buf()];
    assert_eq!(library::find(&identity, &folders), Ok(Found::Same(path.clone())));

    // The same content elsewhere is better than another content at its place.
    let again = cello.clone().harmonics(9);
    again.write(here.path(), "cello.onnx");
    assert_eq!(library::find(&identity, &folders), Ok(Found::Changed(path.clone())));
    let moved = cello.write(there.path(), "renamed.onnx");
    assert_eq!(library::find(&identity, &folders), Ok(Found::Same(moved.clone())));

    // Gone from its place: the same file and instrument name in a folder will do, another name will not.
    fs::remove_file(&path).unwrap();
    fs::remove_file(&moved).unwrap();
    let trained_again = again.write(there.path(), "cello.onnx");
    assert_eq!(library::find(&identity, &folders), Ok(Found::Changed(trained_again)));
    DdspModel::default().name("Violin").write(there.path(), "cello.onnx");
    let missing = library::find(&identity, &folders).unwrap_err();
    assert_eq!(missing.identity, identity);
    assert_eq!(
        missing.to_string(),
        format!(
            "the instrument \"Cello\" ({}, content {}...) was not found there nor in {}",
            path.display(),
            &identity.sha256[..12],
            there.path().display()
        )
    );
}

#[test]
fn an_identity_is_saved_and_loaded_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let identity = identity_of(&DdspModel::default().name("Gamba Ünal").write(folder.path(), "g.onnx"));
    let saved = serde_json::to_string(&identity).unwrap();
    assert_eq!(serde_json::from_str::<ModelIdentity>(&saved).unwrap(), identity);
    assert!(saved.contains(&format!("\"sha256\":\"{}\"", identity.sha256)), "{saved}");
}

#[test]
fn a_broken_model_leaves_the_loaded_one_alone() {
    use timbrel_engine::model::{Decode, OnnxDecoder, StepRequest};
    let folder = tempfile::tempdir().unwrap();
    let model = Model::load(&DdspModel::default().write(folder.path(), "good.onnx"), &LoadOptions::default()).unwrap();
    let mut decoder = OnnxDecoder::new(&model, 1).unwrap();
    let request = StepRequest::of(0, 60.0, -20.0);
    for fault in [Fault::NanWeights, Fault::WidePitch, Fault::MissingInput("pitch")] {
        let broken = DdspModel::default().fault(fault).write(folder.path(), "broken.onnx");
        assert!(Model::load(&broken, &LoadOptions::default()).is_err());
        decoder.step(&[request]).unwrap();
        let amplitude = decoder.controls(0).values().next().unwrap();
        assert!((amplitude - 0.1).abs() < 1e-6);
    }
}
