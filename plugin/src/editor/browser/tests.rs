//! The browsers in a window that is not there: what is clicked, typed and dropped, and what becomes of it.

use crate::bundle::Bundle;
use crate::editor::rehearsal::{Gesture, Rehearsal};
use crate::editor::tastes::Tastes;
use crate::editor::theme::{Contrast, TextSize};
use crate::params::TimbrelParams;
use crate::plugin::Shared;
use crate::presets::{About, Preset, Sound, text};
use egui::{Key, Modifiers};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A window over two factory presets, one broken one, and a file in the player's folder that is no instrument.
struct Desk {
    root: tempfile::TempDir,
    shared: Shared,
    window: Rehearsal,
}

impl Desk {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["resources/presets", "user/models"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        for (name, tag, gain) in [("Glass", "pad", 0.4), ("Reed", "lead", 0.6)] {
            let params = TimbrelParams::default();
            params.controls()[0].1.place(gain);
            let about = About { name: name.into(), tags: vec![tag.into()], ..About::default() };
            let preset = Preset { about, sound: Sound::of(&params) };
            fs::write(root.path().join(format!("resources/presets/{name}.timbrel")), text(&preset)).unwrap();
        }
        fs::write(root.path().join("resources/presets/Broken.timbrel"), "format = 1\nname = 3\n").unwrap();
        fs::write(root.path().join("user/models/picture.onnx"), b"\xff\xd8\xff\xe0 not a model").unwrap();
        let bundle = Bundle::at(Some(root.path().join("resources")), Some(root.path().join("user")))
            .with_tastes(root.path().join("editor.toml"));
        let shared = Shared::new(&bundle);
        shared.instrument.prepare();
        shared.presets.refresh();
        let window = Rehearsal::new(&shared, (1120, 760), 1.0);
        let mut desk = Self { root, shared, window };
        desk.until("files are listed", |shared| {
            shared.presets.shown().listing.entries.len() == 2 && !shared.instrument.shown().choices.is_empty()
        });
        desk
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn until(&mut self, what: &str, is_so: impl Fn(&Shared) -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !is_so(&self.shared) {
            assert!(Instant::now() < end, "{what}");
            self.window.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(2));
        }
        self.window.frame(Vec::new());
    }

    fn click(&mut self, label: &str) {
        assert!(self.window.click(label), "there is no {label}");
    }

    fn sees(&mut self, words: &str) -> bool {
        self.window.places().iter().any(|place| place.label.contains(words) || place.value.contains(words))
    }

    fn plays(&mut self, preset: &str) {
        self.until(preset, |shared| shared.presets.shown().name == preset);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.shared.instrument.close();
    }
}

#[test]
fn a_broken_file_says_why_in_its_place() {
    let mut desk = Desk::new();
    desk.click("Instrument 1");
    let place = desk.window.place("picture.onnx").expect("the file is in the list");
    println!("{}", place.value);
    assert!(place.value.contains("picture.onnx") && place.value.contains("expected"), "{}", place.value);
    desk.click("Close");
    desk.click("Preset");
    assert!(desk.sees("Broken.timbrel: `name` is 3; expected"));
}

#[test]
fn presets_are_searched_walked_and_saved_from_the_window() {
    let mut desk = Desk::new();
    desk.click("Preset");
    desk.click("Glass");
    desk.plays("Glass");
    desk.window.strike(Key::ArrowDown, Modifiers::NONE);
    desk.plays("Reed");
    desk.window.strike(Key::ArrowUp, Modifiers::NONE);
    desk.plays("Glass");
    desk.click("lead");
    assert!(desk.window.place("Glass").is_none() && desk.window.place("Reed").is_some(), "the tag narrows the list");
    desk.click("Clear");
    desk.click("Search");
    desk.window.write("gla");
    assert!(desk.window.place("Reed").is_none() && desk.window.place("Glass").is_some(), "the words narrow the list");
    desk.click("Clear");
    desk.click("Save as…");
    desk.window.frame(Vec::new());
    desk.window.write("Mine");
    desk.click("Save preset");
    desk.plays("Mine");
    assert!(desk.file("user/presets/Mine.timbrel").is_file());
    desk.click("Previous preset");
    desk.plays("Reed");
    desk.click("Favourite");
    desk.until("the favourite", |shared| shared.presets.shown().entry().is_some_and(|entry| entry.is_favourite));
    // Saving and favourites are no edits of the sound.
    for before in ["Mine", "Reed", "Glass", ""] {
        desk.click("Undo");
        desk.plays(before);
    }
}

#[test]
fn dropped_files_go_where_they_belong() {
    let mut desk = Desk::new();
    let glass = desk.file("resources/presets/Glass.timbrel");
    desk.window.drop_files(&[glass]);
    desk.plays("Glass");
    let scale = desk.file("odd.scl");
    fs::write(&scale, "! odd.scl\nOdd\n 2\n 700.0\n 2/1\n").unwrap();
    desk.window.drop_files(&[scale]);
    desk.until("the scale", |shared| shared.tunings.shown().description == "Odd");
    let model = desk.file("user/models/picture.onnx");
    desk.window.drop_files(&[model]);
    desk.until("a sentence", |shared| shared.instrument.shown().error.is_some());
    let song = desk.file("song.wav");
    desk.window.drop_files(&[song]);
    assert!(desk.sees("“song.wav” is a .wav file; Timbrel takes instruments"));
    desk.click("OK");
    assert!(!desk.sees("song.wav"));
}

#[test]
fn a_file_that_appears_is_listed_by_itself() {
    let mut desk = Desk::new();
    fs::write(desk.file("user/models/second.onnx"), b"nothing").unwrap();
    desk.until("the list", |shared| shared.instrument.shown().choices.len() == 2);
}

#[test]
fn settings_are_kept_for_the_player() {
    let mut desk = Desk::new();
    desk.click("Settings");
    desk.click("Colours High contrast");
    desk.click("Text size Large");
    desk.click("Tooltips");
    let wished = Tastes { contrast: Contrast::High, text_size: TextSize::Large, tooltips: false, ..Tastes::default() };
    assert_eq!(Tastes::read(&desk.file("editor.toml")), wished);
    // Another window.
    let mut window = Rehearsal::new(&desk.shared, (760, 500), 2.0);
    window.frame(Vec::new());
    let undo = window.place("Undo").unwrap();
    assert!(undo.rect.right() < 760.0, "{undo:?}");
    assert_eq!(window.context().global_style().visuals.panel_fill, egui::Color32::BLACK);
    desk.click("Waveshapers Exact networks");
    assert!(desk.shared.history.reach().0, "what is heard is an edit");
}

#[test]
fn dragging_on_the_pad_is_one_edit() {
    let mut desk = Desk::new();
    let pad = desk.window.place("Morph pad").expect("the page has a pad").rect;
    desk.window.heard();
    desk.window.click_at(pad.center());
    let heard = desk.window.heard();
    println!("{heard:?}");
    let moved: Vec<f32> =
        heard.iter().filter_map(|gesture| if let Gesture::Set(_, to) = gesture { Some(*to) } else { None }).collect();
    assert!(moved.iter().all(|to| (to - 0.5).abs() < 0.02) && !moved.is_empty(), "{moved:?}");
    let count = |wanted: fn(&Gesture) -> bool| heard.iter().filter(|gesture| wanted(gesture)).count();
    assert_eq!((count(|it| matches!(it, Gesture::Begin(_))), count(|it| matches!(it, Gesture::End(_)))), (2, 2));
    assert!(desk.shared.history.undo().is_some());
    assert!(desk.shared.history.undo().is_none(), "both directions are one edit");
}
