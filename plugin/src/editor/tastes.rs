//! What the player likes of the window, kept for the player and not with the project.
//! Read when a window opens, written when something changes, on the window's thread: a file of some lines, whole or not at all.
//! A broken file is as none and is kept aside (tests: `tastes_are_read_as_they_were_written`, `a_broken_file_is_kept_aside`).

use super::theme::{Contrast, TextSize};
use crate::files;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a file that cannot be understood is called from then on.
const ASIDE: &str = "broken.toml";

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tastes {
    /// Colours.
    pub contrast: Contrast,
    /// Type.
    pub text_size: TextSize,
    /// What is rested on says what it is.
    pub tooltips: bool,
    /// The computer's keyboard plays notes while the one in the window has the focus.
    pub computer_keyboard: bool,
}

impl Default for Tastes {
    fn default() -> Self {
        let (contrast, text_size) = (Contrast::default(), TextSize::default());
        Self { contrast, text_size, tooltips: true, computer_keyboard: true }
    }
}

impl Tastes {
    /// Those of a file; without one, or where it cannot be understood, the usual ones.
    pub fn read(path: &Path) -> Self {
        let Ok(text) = std::fs::read_to_string(path) else { return Self::default() };
        toml::from_str(&text).unwrap_or_else(|_| {
            // Somebody may have written it by hand. If it cannot be moved, it is overwritten at the next change.
            let _ = std::fs::rename(path, path.with_extension(ASIDE));
            Self::default()
        })
    }

    /// Writes them. Where that fails they are kept as long as the window is open: nothing that is worth a sentence.
    pub fn write(&self, path: &Path) {
        if let Ok(text) = toml::to_string(self) {
            let _ = files::put(path, text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tastes_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Timbrel/editor.toml");
        assert_eq!(Tastes::read(&path), Tastes::default());
        let tastes =
            Tastes { contrast: Contrast::High, text_size: TextSize::Large, tooltips: false, computer_keyboard: false };
        tastes.write(&path);
        assert_eq!(Tastes::read(&path), tastes);
        std::fs::write(&path, "text_size = \"small\"\nof_the_future = 3\n").unwrap();
        assert_eq!(Tastes::read(&path), Tastes { text_size: TextSize::Small, ..Tastes::default() });
    }

    #[test]
    fn a_broken_file_is_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("editor.toml");
        std::fs::write(&path, "text_size = 13\n").unwrap();
        assert_eq!(Tastes::read(&path), Tastes::default());
        assert!(!path.exists());
        assert_eq!(std::fs::read_to_string(folder.path().join("editor.broken.toml")).unwrap(), "text_size = 13\n");
    }
}
