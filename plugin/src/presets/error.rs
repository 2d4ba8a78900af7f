//! What can be wrong with a preset, in the sentences that the player reads.
//! Any thread but the audio thread.
//! Each names the file, the field, what was found and what was expected
//! (test: `every_fault_names_file_field_found_and_expected`).

use std::io;
use std::path::PathBuf;

/// A file that is no preset.
#[derive(Debug, thiserror::Error)]
#[error("{}: {fault}", path.display())]
pub struct PresetError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub fault: PresetFault,
}

/// What is wrong with a preset's text.
#[derive(Debug, thiserror::Error)]
pub enum PresetFault {
    /// The system says no.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// No preset is as long.
    #[error("is {found} bytes long; a preset has at most {limit}")]
    TooLarge {
        /// Bytes.
        found: u64,
        /// Bytes.
        limit: u64,
    },
    /// Not TOML.
    #[error("line {line}: {reason}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// The parser's words.
        reason: String,
    },
    /// Something that every preset has is not there.
    #[error("`{field}` is missing; expected {expected}")]
    Missing {
        /// Its name.
        field: String,
        /// What it should be.
        expected: String,
    },
    /// Something is other than it may be.
    #[error("`{field}` is {found}; expected {expected}")]
    Wrong {
        /// Its name.
        field: String,
        /// What stands there.
        found: String,
        /// What could.
        expected: String,
    },
}

impl PresetFault {
    /// The same, with the file's name.
    pub fn of(self, path: impl Into<PathBuf>) -> PresetError {
        PresetError { path: path.into(), fault: self }
    }
}

/// Why the player's presets stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The account has no folder for it.
    #[error("there is no folder for presets: this account has no data folder")]
    NoFolder,
    /// A preset without a name.
    #[error("a preset needs a name")]
    NoName,
    /// There is one already.
    #[error("there is a preset called “{0}” already; choose another name")]
    Taken(String),
    /// One that came with the plugin.
    #[error("“{0}” came with Timbrel and stays as it is; save yours under a name of its own")]
    Factory(String),
    /// The system says no.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: io::Error,
    },
    /// What is there cannot be read.
    #[error(transparent)]
    Broken(#[from] PresetError),
}
