//! The packaged plugin's window on a screen of its own: Xvfb, a host's window, a pointer and a keyboard, and pictures of it.
//! The caller's thread is the host's main thread; sound goes on on another.
//! Nothing here waits for a time: every wait is for something to be so, with a deadline that says what was not.

mod band;
mod display;
mod keys;
mod picture;
mod portrait;
mod session;

pub use band::{Band, Pace, Score};
pub use display::Display;
pub use keys::keysym;
pub use picture::{Difference, Picture, Region};
pub use portrait::Portrait;
pub use session::{Button, Session, Sight};

use crate::host::{Extent, HostError};
use std::path::PathBuf;

/// Why the window could not be seen or moved.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// No X server to be had.
    #[error("there is no Xvfb (Debian: sudo apt-get install xvfb): {0}")]
    NoDisplay(String),
    /// The X server refused something.
    #[error("the X server does not {operation}: {reason}")]
    Server {
        /// What was asked.
        operation: &'static str,
        /// What it said.
        reason: String,
    },
    /// A key that this keyboard does not have.
    #[error("the screen's keyboard has no key for {0:?}")]
    NoKey(char),
    /// A wait that came to nothing.
    #[error("waited {seconds} s in vain for {what}")]
    Deadline {
        /// What was waited for.
        what: String,
        /// For how long.
        seconds: u64,
    },
    /// Two pictures that are not of one size.
    #[error("a picture of {0:?} cannot be compared with one of {1:?}")]
    Extents(Extent, Extent),
    /// A picture that cannot be written or read.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The plugin refused something.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// Shorthand for results here.
pub type Result<T> = std::result::Result<T, WindowError>;
