//! What the callback tells the conductor, and which notes the conductor says have ended. Every position is a sample of the
//! host's clock since the synth started; it never falls back, not even at a reset.

use crate::event::{NoteAddress, TimedEvent};

/// Events that wait at most; more in one block choke all notes rather than lose a note-off.
pub const EVENT_QUEUE: usize = 8192;
/// Ended notes that wait at most.
pub const ENDED_QUEUE: usize = 4096;

/// From the callback.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Message {
    /// Something happens.
    Event(TimedEvent),
    /// Everything starts over here.
    Reset {
        /// The new origin.
        at: u64,
    },
}

impl Message {
    /// Its position.
    pub fn at(&self) -> u64 {
        match *self {
            Self::Event(TimedEvent { at, .. }) | Self::Reset { at } => at,
        }
    }
}

/// To the callback: a note is silent from `at` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedNote {
    /// Which note.
    pub note: NoteAddress,
    /// Where its fade began; before the latest reset, nobody wants to know.
    pub from: u64,
    /// Where it is silent.
    pub at: u64,
}
