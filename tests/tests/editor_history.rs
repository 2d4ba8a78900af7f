//! Undo of what loads: instruments, presets, scales. What was there comes back to the bit, from where it was.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so")]

use nice_plug::params::Params;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use timbrel::bundle::Bundle;
use timbrel::editor::rehearsal::Rehearsal;
use timbrel::params::TimbrelParams;
use timbrel::plugin::Shared;
use timbrel::presets::{About, Direction, Filter, Preset, Sound, text};
use timbrel::tuning::FileKind;
use timbrel_tests::fixtures::DdspModel;

/// An instance with a default instrument, another shipped one, one that lies elsewhere, and a factory preset.
struct Desk {
    root: tempfile::TempDir,
    shared: Shared,
}

impl Desk {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let resources = root.path().join("resources");
        for folder in ["resources/models", "resources/presets", "elsewhere"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        DdspModel::default().name("Default").write(&resources.join("models"), "cello.onnx");
        DdspModel::default().name("Other").write(&resources.join("models"), "other.onnx");
        DdspModel::default().name("Elsewhere").write(&root.path().join("elsewhere"), "elsewhere.onnx");
        fs::write(root.path().join("odd.scl"), "! odd.scl\nOdd\n 2\n 700.0\n 2/1\n").unwrap();
        fs::write(root.path().join("broken.scl"), "!\nBroken\n two\n").unwrap();
        let params = TimbrelParams::default();
        for (place, (_, control)) in params.controls().into_iter().enumerate() {
            control.place((place as f32 * 0.618).fract());
        }
        let about = About { name: "Glass".into(), ..About::default() };
        let glass = text(&Preset { about, sound: Sound::of(&params) });
        fs::write(resources.join("presets/Glass.timbrel"), glass).unwrap();
        fs::write(resources.join("presets/Broken.timbrel"), "format = 1\nname = 3\n").unwrap();
        let shared = Shared::new(&Bundle::at(Some(resources), Some(root.path().join("user"))));
        shared.instrument.prepare();
        shared.presets.refresh();
        let desk = Self { root, shared };
        desk.plays(&desk.file("resources/models/cello.onnx"));
        desk.until("the presets are listed", |shared| shared.presets.shown().listing.entries.len() == 1);
        desk
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn until(&self, what: &str, is_so: impl Fn(&Shared) -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !is_so(&self.shared) {
            assert!(Instant::now() < end, "{what}: {:?}", self.shared.instrument.shown().error);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn plays(&self, path: &Path) {
        self.until(&format!("{} plays", path.display()), |shared| {
            shared.instrument.shown().path.as_deref() == Some(path) && !shared.instrument.is_pending()
        });
    }

    /// What a host would save.
    fn state(&self) -> (Vec<u32>, std::collections::BTreeMap<String, String>) {
        let params = &self.shared.params;
        let values = Sound::of(params).values.iter().map(|value| value.to_bits()).collect();
        let mut fields = params.serialize_fields();
        fields.remove("window");
        (values, fields)
    }

    fn edits(&self) -> (bool, bool) {
        self.shared.history.reach()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.shared.instrument.close();
    }
}

#[test]
fn undoing_a_preset_brings_back_the_sound_to_the_bit() {
    let desk = Desk::new();
    let shared = &desk.shared;
    let mut window = Rehearsal::new(shared, (1120, 760), 1.0);
    let elsewhere = desk.file("elsewhere/elsewhere.onnx");
    shared.instrument.choose(elsewhere.clone());
    desk.plays(&elsewhere);
    shared.instrument.choose_second(Some(desk.file("resources/models/other.onnx")));
    desk.until("the second plays", |shared| shared.instrument.shown().second_path.is_some());
    shared.tunings.choose(FileKind::Scale, desk.file("odd.scl"));
    desk.until("the scale", |shared| shared.tunings.shown().description == "Odd");
    for (place, (_, control)) in shared.params.controls().into_iter().enumerate() {
        control.place((0.1 + place as f32 * 0.3).fract());
    }
    let before = desk.state();
    shared.presets.load(desk.file("resources/presets/Glass.timbrel"));
    desk.until("the preset", |shared| shared.presets.take_change());
    desk.plays(&desk.file("resources/models/cello.onnx"));
    let after = desk.state();
    assert_ne!(before.0, after.0);
    click(&mut window, "Undo");
    desk.plays(&elsewhere);
    assert_eq!(desk.state(), before);
    assert_eq!(shared.presets.shown().name, "");
    assert!(shared.presets.take_change(), "the host looks at all values again");
    click(&mut window, "Redo");
    desk.plays(&desk.file("resources/models/cello.onnx"));
    assert_eq!(desk.state().0, after.0);
    assert_eq!(shared.presets.shown().name, "Glass");
    // Back through scale, second and first.
    for _ in 0..2 {
        click(&mut window, "Undo");
    }
    desk.plays(&elsewhere);
    assert_eq!(shared.tunings.shown().scale, None);
    click(&mut window, "Undo");
    desk.until("no second", |shared| shared.instrument.shown().second_path.is_none());
    click(&mut window, "Undo");
    desk.plays(&desk.file("resources/models/cello.onnx"));
    assert_eq!(desk.edits(), (false, true));
}

#[test]
fn what_cannot_be_loaded_is_no_edit() {
    let desk = Desk::new();
    let shared = &desk.shared;
    let before = desk.state();
    fs::write(desk.file("picture.onnx"), b"\xff\xd8\xff\xe0 not a model").unwrap();
    shared.instrument.choose(desk.file("picture.onnx"));
    desk.until("a sentence", |shared| shared.instrument.shown().error.is_some());
    shared.presets.load(desk.file("resources/presets/Broken.timbrel"));
    desk.until("a sentence", |shared| shared.presets.shown().error.is_some());
    shared.tunings.choose(FileKind::Scale, desk.file("broken.scl"));
    desk.until("a sentence", |shared| shared.tunings.shown().error.is_some());
    assert_eq!((desk.edits(), desk.state()), ((false, false), before));
}

#[test]
fn walking_through_presets_and_beginning_anew_can_be_undone() {
    let desk = Desk::new();
    let shared = &desk.shared;
    let mut window = Rehearsal::new(shared, (1120, 760), 1.0);
    let before = desk.state();
    shared.presets.step(Direction::Next, &Filter::default());
    desk.until("the preset", |shared| shared.presets.take_change());
    shared.presets.initialise();
    desk.until("at rest", |shared| shared.presets.take_change());
    assert_eq!(shared.presets.shown().name, "");
    click(&mut window, "Undo");
    assert_eq!(shared.presets.shown().name, "Glass");
    click(&mut window, "Undo");
    assert_eq!(desk.state(), before);
}

/// Presses the button of this name.
fn click(window: &mut Rehearsal, label: &str) {
    assert!(window.click(label), "there is no {label}");
}
