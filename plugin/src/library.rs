//! Which instruments there are: the shipped ones and the player's own.
//! Reads folders, so it runs on the loader thread only.
//! A shipped instrument comes before one of the player's, and a broken file says so
//! (test: `instruments_are_listed_by_origin_and_name`).

use crate::bundle::Bundle;
use std::path::PathBuf;
use timbrel_engine::model::library::scan;

/// The instrument of a new project, by its file's name among the shipped ones.
pub const DEFAULT_FILE: &str = "cello.onnx";

/// Where an instrument comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Came with the plugin.
    Shipped,
    /// The player put it into their folder.
    User,
}

/// An instrument that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The model file.
    pub path: PathBuf,
    /// What the player reads: the instrument's own name, or the file's where it cannot be read.
    pub title: String,
    /// Why it cannot be played, as far as its description says.
    pub fault: Option<String>,
    /// Shipped or the player's.
    pub origin: Origin,
}

/// All instruments, shipped ones first, by title.
pub fn list(bundle: &Bundle) -> Vec<Entry> {
    let folders = [(Origin::Shipped, bundle.shipped_models()), (Origin::User, bundle.user_models())];
    let mut entries: Vec<Entry> = folders
        .into_iter()
        .filter_map(|(origin, folder)| Some((origin, folder?)))
        .flat_map(|(origin, folder)| {
            scan(&[folder]).into_iter().map(move |found| match found.metadata {
                Ok(metadata) => Entry { path: found.path, title: metadata.name, fault: None, origin },
                Err(error) => {
                    let title = found.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    Entry { path: found.path, title, fault: Some(error.to_string()), origin }
                }
            })
        })
        .collect();
    entries.sort_by(|a, b| (a.origin, &a.title, &a.path).cmp(&(b.origin, &b.title, &b.path)));
    entries
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
