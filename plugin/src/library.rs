//! Which instruments there are: the shipped ones and the player's own.
//! Reads folders, so it runs on the loader thread only.
//! A shipped instrument comes before one of the player's, and a broken file says so
//! (test: `instruments_are_listed_by_origin_and_name`).

use crate::bundle::Bundle;
use crate::files;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use timbrel_engine::model::Metadata;
use timbrel_engine::model::library::{Entry as Found, scan};

/// The instrument of a new project, by its file's name among the shipped ones.
pub const DEFAULT_FILE: &str = "cello.onnx";

/// What is read of a card, bytes; the longest that ships has 7000.
const LONGEST_CARD: usize = 65_536;

/// Where an instrument comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Came with the plugin.
    Shipped,
    /// The player put it into their folder.
    User,
}

/// An instrument that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The model file.
    pub path: PathBuf,
    /// What the player reads: the instrument's own name, or the file's where it cannot be read.
    pub title: String,
    /// Why it cannot be played, as far as its description says: file, field, what was found, what was expected.
    pub fault: Option<String>,
    /// What it says about itself, where that can be read.
    pub metadata: Option<Arc<Metadata>>,
    /// What its maker says about it: the text beside the file, or in it. Markdown, often empty.
    pub card: String,
    /// Size of the file, bytes.
    pub bytes: u64,
    /// Shipped or the player's.
    pub origin: Origin,
}

/// All instruments, shipped ones first, by title.
pub fn list(bundle: &Bundle) -> Vec<Entry> {
    let folders = [(Origin::Shipped, bundle.shipped_models()), (Origin::User, bundle.user_models())];
    let mut entries: Vec<Entry> = folders
        .into_iter()
        .filter_map(|(origin, folder)| Some((origin, folder?)))
        .flat_map(|(origin, folder)| scan(&[folder]).into_iter().map(move |found| entry(found, origin)))
        .collect();
    entries.sort_by(|a, b| (a.origin, &a.title, &a.path).cmp(&(b.origin, &b.title, &b.path)));
    entries
}

fn entry(found: Found, origin: Origin) -> Entry {
    let Found { path, metadata } = found;
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    match metadata {
        Ok(metadata) => {
            let (title, card) = (metadata.name.clone(), card(&path, &metadata));
            Entry { path, title, fault: None, card, bytes, metadata: Some(Arc::new(metadata)), origin }
        }
        Err(error) => {
            let title = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Entry { path, title, fault: Some(error.to_string()), card: String::new(), bytes, metadata: None, origin }
        }
    }
}

/// What an instrument's maker says about it: `cello.md` beside `cello.onnx`, else the short text in the file.
pub fn card(model: &Path, metadata: &Metadata) -> String {
    let beside = std::fs::read(model.with_extension("md")).ok();
    let text = beside.map(|text| String::from_utf8_lossy(&text[..text.len().min(LONGEST_CARD)]).into_owned());
    text.or_else(|| metadata.card.clone()).unwrap_or_default()
}

/// Copies an instrument into the player's folder, whole or not at all, and its card with it. One of the same content that is
/// there already is left, and one of the same name, too: the copy then has a number. Gives where it is; the error is a
/// sentence for the player.
pub fn keep(model: &Path, folder: &Path) -> Result<PathBuf, String> {
    /// More copies of one name are a mistake.
    const COPIES: usize = 99;
    let cannot =
        |reason: std::io::Error| format!("{} cannot be kept in {}: {reason}.", model.display(), folder.display());
    let content = std::fs::read(model).map_err(cannot)?;
    let stem = model.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    std::fs::create_dir_all(folder).map_err(cannot)?;
    for number in 1..=COPIES {
        let name = if number == 1 { format!("{stem}.onnx") } else { format!("{stem} {number}.onnx") };
        let target = folder.join(name);
        if std::fs::read(&target).is_ok_and(|there| there == content) {
            return Ok(target);
        }
        let written = files::put_new(&target, &content);
        match written {
            Ok(()) => {
                // A card is welcome, and an instrument without one is as good.
                if let Ok(card) = std::fs::read(model.with_extension("md")) {
                    let _ = files::put_new(&target.with_extension("md"), &card);
                }
                return Ok(target);
            }
            Err(reason) if reason.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(reason) => return Err(cannot(reason)),
        }
    }
    Err(format!("{} has {COPIES} instruments called {stem}.onnx already.", folder.display()))
}

/// The instrument that plays when a project names none, or one that is gone.
pub fn default_instrument(bundle: &Bundle) -> Option<PathBuf> {
    // The usual case needs no look into the other files.
    let usual = bundle.shipped_models().map(|folder| folder.join(DEFAULT_FILE)).filter(|path| path.is_file());
    usual.or_else(|| {
        let sound = |entry: &Entry| entry.fault.is_none();
        list(bundle).into_iter().find(sound).map(|entry| entry.path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instrument_is_kept_beside_others() {
        let root = tempfile::tempdir().unwrap();
        let (one, other, folder) = (root.path().join("a.onnx"), root.path().join("b/a.onnx"), root.path().join("user"));
        std::fs::create_dir_all(other.parent().unwrap()).unwrap();
        std::fs::write(&one, b"one").unwrap();
        std::fs::write(one.with_extension("md"), b"card").unwrap();
        std::fs::write(&other, b"other").unwrap();
        assert_eq!(keep(&one, &folder), Ok(folder.join("a.onnx")));
        assert_eq!(keep(&one, &folder), Ok(folder.join("a.onnx")), "it is there already");
        assert_eq!(keep(&other, &folder), Ok(folder.join("a 2.onnx")));
        assert_eq!(std::fs::read(folder.join("a.onnx")).unwrap(), b"one");
        assert_eq!(std::fs::read(folder.join("a.md")).unwrap(), b"card");
        let sentence = keep(&root.path().join("gone.onnx"), &folder).unwrap_err();
        println!("{sentence}");
        assert!(sentence.contains("gone.onnx") && sentence.contains("cannot be kept"));
    }

    #[test]
    fn instruments_are_listed_by_origin_and_name() {
        let root = tempfile::tempdir().unwrap();
        let (resources, user) = (root.path().join("resources"), root.path().join("user"));
        for folder in [resources.join("models"), user.join("models")] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::write(resources.join("models/readme.txt"), b"x").unwrap();
        std::fs::write(resources.join("models/oboe.onnx"), b"").unwrap();
        std::fs::write(user.join("models/broken.onnx"), b"").unwrap();
        let bundle = Bundle::at(Some(resources), Some(user));
        let entries = list(&bundle);
        let titles: Vec<&str> = entries.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, ["oboe.onnx", "broken.onnx"]);
        assert!(entries.iter().all(|entry| entry.fault.is_some()));
        assert_eq!(default_instrument(&bundle), None);
    }
}
