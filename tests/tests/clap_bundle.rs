//! The package itself: it loads, holds all that it needs, and works wherever it is copied.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use timbrel_tests::host::{Blocks, Instance, Package, Setup, Timed};

/// Copies a file or a folder.
fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

#[test]
fn the_package_works_where_it_is_copied() {
    // SAFETY: nothing else runs in this process yet. Nothing but the package may lead to the runtime.
    unsafe { std::env::remove_var("ORT_DYLIB_PATH") };
    let original = Package::find().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("Plug-ins of José (old)");
    fs::create_dir(&folder).unwrap();
    copy(original.path(), &folder.join("Timbrel.clap"));
    let resources = original.path().with_extension("resources");
    if resources.exists() {
        copy(&resources, &folder.join("Timbrel.resources"));
    }
    drop(original);
    let package = Package::load(&folder.join("Timbrel.clap")).unwrap();
    let blocks = Blocks::Fixed(512);
    let mut instance = Instance::active(&package, &Setup::offline(blocks)).unwrap();
    let sound = instance.render(&[Timed::note_on(0, 48, 0.8)], 48_000, blocks).unwrap();
    assert!(sound.left.iter().any(|sample| sample.abs() > 1e-3), "the copied package is silent");
}

#[test]
fn the_package_offers_one_plugin() {
    assert_eq!(Package::find().unwrap().ids(), ["org.timbrel.timbrel"]);
}

#[test]
fn a_missing_package_says_what_to_do() {
    let error = Package::load(Path::new("/nowhere/Timbrel.clap")).err().unwrap().to_string();
    assert!(error.contains("cargo xtask bundle"), "{error}");
}
