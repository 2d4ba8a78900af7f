//! A small CLAP host for the packaged plugin: the one place that starts a host, for the tests and for `cargo xtask play`.
//! The caller's thread is the host's main thread, and its audio thread in turn, as in an offline renderer; or it lends the audio
//! side to another thread.
//! Events land on the sample they name at any block size (test: `block_sizes_do_not_change_a_byte`).

mod blocks;
mod editor;
mod events;
mod handlers;
mod instance;
mod package;
mod presets;
mod processor;
mod recording;
mod state;

pub use blocks::Blocks;
pub use editor::Extent;
pub use events::{Address, Event, Expression, Song, Timed};
pub use instance::{Instance, Mode, Parameter, Setup};
pub use package::{PACKAGE_VARIABLE, Package};
pub use presets::{FoundPreset, FoundPresets, PresetFolder};
pub use processor::{Moment, Processor};
pub use recording::{Gesture, Grip, Moved, NoteEnd, Recording};
pub use state::{
    instrument_of, is_loaded, matrix_of, second_of, sha256_of, tuning_of, values_of, with_controllers, with_instrument,
    with_matrix, with_reference, with_second, with_shaping, with_tuning, without_field, without_parameter,
};

use std::path::PathBuf;

/// Why the plugin could not be hosted.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// There is no package.
    #[error("{0} is not there: run `cargo xtask bundle` first, or set TIMBREL_BUNDLE to a Timbrel.clap")]
    NoPackage(PathBuf),
    /// The file is no CLAP library.
    #[error("{path} cannot be loaded as a CLAP plugin: {reason}")]
    Load {
        /// The package.
        path: PathBuf,
        /// What the loader says.
        reason: String,
    },
    /// The library does not offer Timbrel.
    #[error("{path} offers no plugin with the id {id}")]
    NoPlugin {
        /// The package.
        path: PathBuf,
        /// What was looked for.
        id: &'static str,
    },
    /// The plugin refused an operation.
    #[error("the plugin refused to {operation}: {reason}")]
    Refused {
        /// What was asked.
        operation: &'static str,
        /// What it said.
        reason: String,
    },
    /// The plugin lacks an extension that Timbrel must have.
    #[error("the plugin has no `{0}` extension")]
    NoExtension(&'static str),
    /// No parameter of this name.
    #[error("the plugin has no parameter `{0}`")]
    NoParameter(String),
    /// Something only an active plugin does was asked of an inactive one, or the reverse.
    #[error("the plugin is {0}")]
    Activity(&'static str),
    /// A state that is not one of Timbrel's.
    #[error("this is no state of Timbrel: {0}")]
    State(String),
    /// A file that a state was to name.
    #[error("{path} cannot be read: {reason}")]
    Instrument {
        /// The model file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
}

/// Shorthand for results of this host.
pub type Result<T> = std::result::Result<T, HostError>;
