//! Presets: text and back, faults and notices, the player's folder, and an instance that goes through them.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use timbrel::bundle::Bundle;
use timbrel::library::Origin;
use timbrel::params::{IDS, TimbrelParams};
use timbrel::plugin::Shared;
use timbrel::presets::{
    About, Direction, Filter, Folders, Instrument, LibraryError, Preset, PresetFault, Presets, Shown, Sound, parse,
    text,
};
use timbrel::tuning::SavedFile;

/// Random sounds that are written and read.
const SOUNDS: u64 = 200;

fn random(seed: &mut u64) -> f32 {
    // Knuth's MMIX; the high bits are random enough for places on sliders.
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 40) as f32 / (1u64 << 24) as f32
}

/// Every parameter anywhere.
fn random_sound(seed: u64) -> Sound {
    let params = TimbrelParams::default();
    let mut state = seed;
    for (_, control) in params.controls() {
        control.place(random(&mut state));
    }
    Sound::of(&params)
}

fn preset(name: &str, sound: Sound) -> Preset {
    let about = About {
        name: name.to_owned(),
        author: "A \"tester\"".to_owned(),
        tags: vec!["pad".into(), "dark".into()],
        comment: "Two lines,\nand a back\\slash.".to_owned(),
    };
    Preset { about, sound }
}

#[test]
fn a_sound_comes_back_to_the_bit() {
    for seed in 0..SOUNDS {
        let mut sound = random_sound(seed);
        sound.instrument =
            Some(Instrument { name: "Céleste".into(), file: "celeste.onnx".into(), sha256: "ab".repeat(32) });
        sound.scale = Some(SavedFile { path: "odd.scl".into(), text: "! odd\n\"quotes\" '''\n 1\n 2/1\n".into() });
        let preset = preset("Random", sound);
        let parsed = parse(&text(&preset)).unwrap();
        assert_eq!(parsed.notices, [""; 0], "seed {seed}");
        assert_eq!(parsed.preset, preset, "seed {seed}");
        let params = TimbrelParams::default();
        parsed.preset.sound.put_into(&params);
        let again = Sound::of(&params);
        let bits = |sound: &Sound| sound.values.map(f32::to_bits);
        assert_eq!(bits(&again), bits(&preset.sound), "seed {seed}");
        assert_eq!(again, preset.sound);
    }
    println!("{SOUNDS} sounds of {} parameters come back", IDS.len());
}

#[test]
fn saving_again_gives_the_same_text() {
    for seed in 0..20 {
        let first = text(&preset("Random", random_sound(seed)));
        let params = TimbrelParams::default();
        parse(&first).unwrap().preset.sound.put_into(&params);
        assert_eq!(text(&preset("Random", Sound::of(&params))), first);
    }
}

#[test]
fn a_preset_reads_as_people_write() {
    let text = text(&preset("Plain", Sound::initial()));
    println!("{text}");
    for line in ["name = \"Plain\"", "vmode = \"Poly\"", "gain = 0.0", "unison = 1", "tags = [\"pad\", \"dark\"]"] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line}");
    }
    for id in IDS {
        assert!(text.contains(&format!("\n{id} = ")), "{id}");
    }
}

#[test]
fn every_fault_names_file_field_found_and_expected() {
    let cases = [
        ("name = \"x\"", "`format` is missing; expected format = 1 in every preset of Timbrel"),
        ("format = \"1\"\nname = \"x\"", "`format` is \"1\"; expected a number from 1 to 1"),
        ("format = 0\nname = \"x\"", "`format` is 0; expected a number from 1 to 1"),
        ("format = 1", "`name` is missing; expected what the preset is called"),
        ("format = 1\nname = 3", "`name` is 3; expected a text in quotes"),
        ("format = 1\nname = \"x\"\ntags = \"pad\"", "`tags` is \"pad\"; expected a list of words"),
        ("format = 1\nname = \"x\"\nparameters = 3", "`parameters` is 3; expected a section [parameters]"),
        ("format = 1\nname = \"x\"\n[instrument]\nsha256 = \"1\"", "`instrument.name` is missing"),
        (
            "format = 1\nname = \"x\"\n[instrument]\nname = \"Y\"\nsha256 = \"1\"",
            "`instrument.sha256` is \"1\"; expected 64",
        ),
        (
            "format = 1\nname = \"x\"\n[parameters]\ngain = 13.0",
            "`parameters.gain` is 13.0; expected a number from -60 to 12",
        ),
        ("format = 1\nname = \"x\"\n[parameters]\ngain = nan", "`parameters.gain` is nan; expected a number"),
        (
            "format = 1\nname = \"x\"\n[parameters]\nunison = 2.5",
            "`parameters.unison` is 2.5; expected a whole number from 1 to 8",
        ),
        (
            "format = 1\nname = \"x\"\n[parameters]\nvmode = \"Duo\"",
            "`parameters.vmode` is \"Duo\"; expected one of Poly, Mono, Legato",
        ),
        (
            "format = 1\nname = \"x\"\n[parameters]\nvmode = 1",
            "`parameters.vmode` is 1; expected one of Poly, Mono, Legato",
        ),
        ("format = 1\nname = \"x\"\nmatrix = [1]", "`matrix` is a list; expected the rows of the modulation matrix"),
        ("format = 1\nname = \"x\"\n\nauthor = ?", "line 4: "),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.timbrel");
    for (text, expected) in cases {
        fs::write(&path, text).unwrap();
        let sentence = timbrel::presets::read(&path).unwrap_err().to_string();
        assert!(sentence.starts_with(&path.display().to_string()), "{sentence}");
        assert!(sentence.contains(expected), "{sentence}");
    }
    fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    assert!(timbrel::presets::read(&path).unwrap_err().to_string().contains("cannot be read"));
    assert!(matches!(timbrel::presets::read(Path::new("/gone")).unwrap_err().fault, PresetFault::Unreadable(_)));
}

#[test]
fn what_is_unknown_is_a_notice() {
    let text = "format = 7\nname = \"Later\"\ncolour = 3\n[parameters]\ngain = -3.0\nwarp = 4\nvmode = \"Trio\"";
    let parsed = parse(text).unwrap();
    let place = IDS.iter().position(|id| *id == "gain").unwrap();
    assert_eq!(parsed.preset.sound.values[place], -3.0);
    for (notice, word) in parsed.notices.iter().zip(["format 7", "colour", "vmode", "warp"]) {
        assert!(notice.contains(word), "{notice}");
    }
    assert_eq!(parsed.notices.len(), 4);
}

#[test]
fn what_is_missing_is_at_rest() {
    let parsed = parse("format = 1\nname = \"Nothing\"").unwrap();
    assert_eq!(parsed.preset.sound, Sound::initial());
    let params = TimbrelParams::default();
    random_sound(1).put_into(&params);
    parsed.preset.sound.put_into(&params);
    assert_eq!(Sound::of(&params), Sound::initial());
}

#[test]
fn the_documents_example_is_a_preset() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/presets.md")).unwrap();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let parsed = parse(example).unwrap();
    assert_eq!((parsed.preset.about.name.as_str(), parsed.notices.len()), ("Hollow Reeds", 0));
    let place = IDS.iter().position(|id| *id == "mod1").unwrap();
    assert_eq!(parsed.preset.sound.values[place], 0.25);
    assert_eq!(parsed.preset.sound.matrix.unwrap()[0]["target"], "bright");
}

/// Folders of presets, with one factory preset.
fn folders(root: &Path) -> Folders {
    let (factory, user) = (root.join("resources/presets"), root.join("user/presets"));
    fs::create_dir_all(&factory).unwrap();
    fs::write(factory.join("Glass.timbrel"), text(&preset("Glass", random_sound(5)))).unwrap();
    Folders { factory: Some(factory), user: Some(user) }
}

fn names(folders: &Folders) -> Vec<String> {
    folders.list().entries.into_iter().map(|entry| entry.about.name).collect()
}

#[test]
fn a_broken_preset_is_named_and_the_others_are_there() {
    let root = tempfile::tempdir().unwrap();
    let folders = folders(root.path());
    let user = folders.user.clone().unwrap();
    folders.save_new(&preset("Mine", Sound::initial())).unwrap();
    folders.save_new(&preset("another", Sound::initial())).unwrap();
    fs::write(user.join("broken.timbrel"), "format = 1\nname = \"x\"\n[parameters]\ngain = \"loud\"").unwrap();
    fs::write(user.join("readme.txt"), "x").unwrap();
    fs::create_dir(user.join("folder.timbrel")).unwrap();
    assert_eq!(names(&folders), ["Glass", "another", "Mine"]);
    let listing = folders.list();
    assert_eq!(listing.broken.len(), 1);
    let complaint = listing.complaint().unwrap();
    assert!(complaint.contains("broken.timbrel") && complaint.contains("`parameters.gain` is \"loud\""), "{complaint}");
}

#[test]
fn factory_presets_stay_as_they_are() {
    let root = tempfile::tempdir().unwrap();
    let folders = folders(root.path());
    let glass = folders.list().entries[0].path.clone();
    let before = fs::read(&glass).unwrap();
    let other = preset("Other", Sound::initial());
    assert!(matches!(folders.overwrite(&glass, &other), Err(LibraryError::Factory(_))));
    assert!(matches!(folders.rename(&glass, "Other"), Err(LibraryError::Factory(_))));
    assert!(matches!(folders.delete(&glass), Err(LibraryError::Factory(_))));
    let outside = folders.user.clone().unwrap().join("../../resources/presets/Glass.timbrel");
    assert!(folders.delete(&outside).is_err());
    assert_eq!(fs::read(&glass).unwrap(), before);
}

#[test]
fn the_players_presets_are_saved_renamed_and_deleted() {
    let root = tempfile::tempdir().unwrap();
    let folders = folders(root.path());
    let user = folders.user.clone().unwrap();
    assert!(!user.exists(), "nobody has saved anything");
    let path = folders.save_new(&preset("A/B: “x”?", Sound::initial())).unwrap();
    assert_eq!(path, user.join("A_B_ _x__.timbrel"));
    assert!(matches!(folders.save_new(&preset("A/B: “x”?", Sound::initial())), Err(LibraryError::Taken(_))));
    assert!(matches!(folders.save_new(&preset("  ", Sound::initial())), Err(LibraryError::NoName)));
    assert_eq!(folders.save_new(&preset("con", Sound::initial())).unwrap(), user.join("con_.timbrel"));
    assert_eq!(folders.save_new(&preset("../../x", Sound::initial())).unwrap().parent(), Some(user.as_path()));
    folders.set_favourite(&path, true).unwrap();
    let renamed = folders.rename(&path, "Clean").unwrap();
    assert_eq!(renamed, user.join("Clean.timbrel"));
    assert!(!path.exists() && folders.is_favourite(&renamed) && !folders.is_favourite(&path));
    assert!(matches!(folders.rename(&renamed, "con"), Err(LibraryError::Taken(_))));
    folders.delete(&renamed).unwrap();
    assert!(!names(&folders).contains(&"Clean".to_owned()) && !folders.is_favourite(&renamed));
    let left: Vec<_> = fs::read_dir(&user).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".preset")), "{left:?}");
}

#[test]
fn favourites_are_kept_in_a_text_file() {
    let root = tempfile::tempdir().unwrap();
    let folders = folders(root.path());
    let glass = folders.list().entries[0].path.clone();
    let file = folders.user.clone().unwrap().join("favourites.txt");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "user/from elsewhere.timbrel\n").unwrap();
    folders.set_favourite(&glass, true).unwrap();
    assert!(folders.list().entries[0].is_favourite);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.ends_with("factory/Glass.timbrel\nuser/from elsewhere.timbrel\n"), "{text}");
    let filter = Filter { favourites: true, ..Filter::default() };
    assert!(filter.lets(&folders.list().entries[0]));
    folders.set_favourite(&glass, false).unwrap();
    assert!(!filter.lets(&folders.list().entries[0]));
}

#[test]
fn words_and_tags_find_presets() {
    let root = tempfile::tempdir().unwrap();
    let folders = folders(root.path());
    let entry = &folders.list().entries[0];
    let words = |words: &str| Filter { words: words.to_owned(), ..Filter::default() }.lets(entry);
    assert!(words("") && words("gLASS") && words("glass tester") && words("dark back\\slash"));
    assert!(!words("glass bright"));
    let tag = |tag: &str| Filter { tags: vec![tag.to_owned()], ..Filter::default() }.lets(entry);
    assert!(tag("pad") && !tag("pa"));
}

/// An instance with a factory preset.
fn instance(root: &Path) -> (Shared, PathBuf) {
    let folders = folders(root);
    let bundle = Bundle::at(Some(root.join("resources")), Some(root.join("user")));
    (Shared::new(&bundle), folders.factory.unwrap().join("Glass.timbrel"))
}

/// Waits for the loader thread.
fn until(shared: &Shared, is_so: impl Fn(&Shown) -> bool) -> Shown {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let shown = shared.presets.shown();
        if is_so(&shown) {
            return shown;
        }
        assert!(Instant::now() < end, "{shown:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn presets_are_saved_loaded_and_stepped_through() {
    let root = tempfile::tempdir().unwrap();
    let (shared, glass) = instance(root.path());
    let presets: &std::sync::Arc<Presets> = &shared.presets;
    presets.refresh();
    until(&shared, |shown| shown.listing.entries.len() == 1);
    presets.load(glass.clone());
    let shown = until(&shared, |shown| shown.name == "Glass");
    assert_eq!((shown.path, shown.origin, shown.is_changed), (Some(glass), Some(Origin::Shipped), false));
    until(&shared, |_| presets.take_change());
    assert_eq!(Sound::of(&shared.params).values, random_sound(5).values);
    presets.save();
    until(&shared, |shown| shown.error.as_ref().is_some_and(|error| error.contains("came with Timbrel")));
    presets.save_as(About { name: "Mine".into(), ..About::default() });
    until(&shared, |shown| shown.name == "Mine" && shown.origin == Some(Origin::User));
    presets.step(Direction::Next, &Filter::default());
    until(&shared, |shown| shown.name == "Glass");
    presets.step(Direction::Previous, &Filter::default());
    until(&shared, |shown| shown.name == "Mine");
    presets.rename("Ours".into());
    until(&shared, |shown| shown.name == "Ours" && shown.entry().is_some());
    presets.initialise();
    let shown = until(&shared, |shown| shown.name.is_empty());
    assert!(!shown.is_changed);
    assert_eq!(Sound::of(&shared.params), Sound::initial());
    shared.instrument.close();
}

#[test]
fn a_changed_sound_is_marked() {
    let root = tempfile::tempdir().unwrap();
    let (shared, glass) = instance(root.path());
    shared.presets.load_now(&glass).unwrap();
    assert!(!shared.presets.shown().is_changed);
    let (_, control) = shared.params.controls()[0];
    let before = control.position();
    control.place(1.0 - before);
    assert!(shared.presets.shown().is_changed);
    control.place(before);
    assert!(!shared.presets.shown().is_changed);
    shared.instrument.close();
}

#[test]
fn a_project_knows_its_preset_again() {
    use nice_plug::params::Params;
    let root = tempfile::tempdir().unwrap();
    let (shared, glass) = instance(root.path());
    shared.presets.load_now(&glass).unwrap();
    shared.params.controls()[0].1.place(0.75);
    let (saved, values) = (shared.params.serialize_fields(), Sound::of(&shared.params));
    let (again, _) = instance(root.path());
    values.put_into(&again.params);
    again.params.deserialize_fields(&saved);
    let shown = until(&again, |shown| shown.is_changed);
    assert_eq!((shown.name.as_str(), shown.path), ("Glass", Some(glass)));
    shared.instrument.close();
    again.instrument.close();
}

#[test]
fn a_broken_preset_changes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let (shared, glass) = instance(root.path());
    shared.presets.load_now(&glass).unwrap();
    let before = Sound::of(&shared.params);
    let broken = root.path().join("broken.timbrel");
    fs::write(&broken, "format = 1\nname = \"x\"\n[parameters]\nattack = 3.0\ngain = 99").unwrap();
    shared.presets.load(broken);
    let shown = until(&shared, |shown| shown.error.is_some());
    assert!(shown.error.unwrap().contains("broken.timbrel: `parameters.gain` is 99"));
    assert_eq!(shown.name, "Glass");
    assert_eq!(Sound::of(&shared.params), before);
    shared.instrument.close();
}
