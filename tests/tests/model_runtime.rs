//! Where the ONNX Runtime library is found, and what is said when it is not. A process loads it once and for ever, so
//! each case runs in a process of its own: this very program with the environment of the case.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;
use timbrel_engine::model::runtime::{self, PATH_VARIABLE, Runtime};
use timbrel_engine::model::{LoadOptions, Model, library};
use timbrel_tests::fixtures::DdspModel;

/// Folders for the child, separated by `;`; rounds of them by `|`. Its presence makes a process a child.
const FOLDERS: &str = "TIMBREL_TEST_FOLDERS";
/// A model for the child to load.
const MODEL: &str = "TIMBREL_TEST_MODEL";
/// What opens a line for the parent.
const MARK: &str = "child says: ";

/// Not a test of its own: what a child does. Alone it does nothing.
#[test]
fn child() {
    let Ok(rounds) = std::env::var(FOLDERS) else { return };
    for folders in rounds.split('|') {
        let folders: Vec<PathBuf> = folders.split(';').filter(|f| !f.is_empty()).map(PathBuf::from).collect();
        runtime::set_search_folders(&folders);
        match Runtime::get() {
            Ok(runtime) => println!("{MARK}loaded {} ({})", runtime.path().display(), runtime.build()),
            Err(error) => println!("{MARK}{error}"),
        }
    }
    if let Some(model) = std::env::var_os(MODEL) {
        let model = PathBuf::from(model);
        println!("{MARK}{} in the folder", library::scan(&[model.parent().unwrap().to_path_buf()]).len());
        match Model::load(&model, &LoadOptions::default()) {
            Ok(model) => println!("{MARK}plays {}", model.identity().name),
            Err(error) => println!("{MARK}{error}"),
        }
    }
}

/// What a fresh process says.
fn fresh_process(folders: &str, variable: Option<&Path>, model: Option<&Path>) -> Vec<String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["child", "--exact", "--nocapture"]).env(FOLDERS, folders).env_remove(PATH_VARIABLE).env_remove(MODEL);
    if let Some(path) = variable {
        command.env(PATH_VARIABLE, path);
    }
    if let Some(path) = model {
        command.env(MODEL, path);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let said = text.lines().filter_map(|line| line.split_once(MARK)).map(|(_, said)| said.to_string());
    said.collect()
}

/// The real library.
fn library() -> PathBuf {
    let Some(path) = std::env::var_os(PATH_VARIABLE) else {
        panic!("{PATH_VARIABLE} must name the ONNX Runtime library; `cargo xtask test` sets it");
    };
    PathBuf::from(path)
}

/// A library of one function, made with the compiler that made this test.
fn stub_library(folder: &Path, source: &str) -> PathBuf {
    let (code, library) = (folder.join("stub.rs"), folder.join("libonnxruntime.so"));
    std::fs::write(&code, source).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "cdylib", "-o"]).arg(&library).arg(&code);
    let output = command.output().unwrap_or_else(|error| panic!("cannot run rustc: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    library
}

#[test]
fn a_missing_library_is_a_sentence_and_no_panic() {
    let said = fresh_process("/nowhere;/nor/there", Some(Path::new("/neither/here.so")), None);
    assert_eq!(said, ["the ONNX Runtime library was not found; looked for /nowhere, /nor/there, /neither/here.so"]);
    let said = fresh_process("", None, None);
    assert_eq!(
        said,
        [
            "the ONNX Runtime library was not found; looked for nothing: no folder was given and ORT_DYLIB_PATH is not set"
        ]
    );
}

#[test]
fn a_model_without_a_library_is_a_sentence_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().write(folder.path(), "x.onnx");
    let said = fresh_process("/nowhere", None, Some(&model));
    let missing = "the ONNX Runtime library was not found; looked for /nowhere";
    assert_eq!(said, [missing, "1 in the folder", missing]);
}

#[test]
fn a_file_that_is_no_library_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libonnxruntime.so");
    std::fs::write(&path, "this is not a library, however long it may be".repeat(200)).unwrap();
    let said = fresh_process(&folder.path().display().to_string(), None, None);
    let opening = format!("{}: the ONNX Runtime library cannot be loaded: ", path.display());
    assert!(said.len() == 1 && said[0].starts_with(&opening), "{said:?}");
}

#[test]
fn another_library_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = stub_library(folder.path(), "#[unsafe(no_mangle)] pub extern \"C\" fn something_else() {}");
    let said = fresh_process("", Some(&path), None);
    let expected = "the ONNX Runtime library cannot be loaded: it is another library: it has no `OrtGetApiBase`";
    assert_eq!(said, [format!("{}: {expected}", path.display())]);
}

#[test]
fn a_library_that_is_too_old_is_named_with_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let source = r#"
        #[repr(C)]
        pub struct Base(extern "C" fn(u32) -> *const u8, extern "C" fn() -> *const u8);
        extern "C" fn api(_: u32) -> *const u8 { std::ptr::null() }
        extern "C" fn version() -> *const u8 { c"1.10.0".as_ptr().cast() }
        static BASE: Base = Base(api, version);
        #[unsafe(no_mangle)]
        pub extern "C" fn OrtGetApiBase() -> &'static Base { &BASE }
    "#;
    let path = stub_library(folder.path(), source);
    let said = fresh_process(&folder.path().display().to_string(), None, None);
    assert_eq!(said, [format!("{}: found ONNX Runtime 1.10.0, expected 1.20 or later", path.display())]);
}

#[test]
fn the_bundles_library_goes_before_the_variables() {
    let folder = tempfile::tempdir().unwrap();
    let bundled = folder.path().join("libonnxruntime.so.1");
    std::fs::copy(library(), &bundled).unwrap();
    let model = DdspModel::default().name("Cello").write(folder.path(), "x.onnx");
    let said = fresh_process(&folder.path().display().to_string(), Some(&library()), Some(&model));
    assert!(said[0].starts_with(&format!("loaded {} (ORT Build Info: ", bundled.display())), "{said:?}");
    assert_eq!(said[1..], ["1 in the folder", "plays Cello"]);
}

#[test]
fn the_variable_serves_where_the_bundle_has_none_or_a_broken_one() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = format!("loaded {}", library().display());
    let said = fresh_process(&folder.path().display().to_string(), Some(&library()), None);
    assert!(said[0].starts_with(&loaded), "{said:?}");
    std::fs::write(folder.path().join("libonnxruntime.so"), "broken").unwrap();
    let said = fresh_process(&folder.path().display().to_string(), Some(&library()), None);
    assert!(said[0].starts_with(&loaded), "{said:?}");
    // The variable may name the folder as well.
    let said = fresh_process("", library().parent(), None);
    assert!(said[0].starts_with(&loaded), "{said:?}");
}

#[test]
fn after_an_error_another_folder_may_be_tried() {
    let real = library();
    let rounds = format!("/nowhere|{}", real.parent().unwrap().display());
    let said = fresh_process(&rounds, None, None);
    assert_eq!(said[0], "the ONNX Runtime library was not found; looked for /nowhere");
    assert!(said[1].starts_with(&format!("loaded {}", real.display())), "{said:?}");
}
