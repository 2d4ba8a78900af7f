//! What the player likes of the window, kept for the player and not with the project.
//! Read when a window opens, written when something changes, on the window's thread: a file of some lines.
//! A broken file is as none (test: `tastes_are_read_as_they_were_written`).

use super::theme::{Contrast, TextSize};
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tastes {
    /// Colours.
    pub contrast: Contrast,
    /// Type.
    pub text_size: TextSize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tastes_are_read_as_they_were_written() {
        let tastes = Tastes { contrast: Contrast::High, text_size: TextSize::Large };
        let text = toml::to_string(&tastes).unwrap();
        assert_eq!(toml::from_str::<Tastes>(&text), Ok(tastes));
        assert_eq!(toml::from_str::<Tastes>(""), Ok(Tastes::default()));
    }
}
