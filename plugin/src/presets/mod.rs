//! Presets: a sound with its name, as a text file that people read, share and compare.
//! Files are read and written on the loader thread, or on the host's main thread when the host asks; never in the audio
//! callback, and the editor never waits.
//! A sound that was saved comes back to the bit, and a broken file is named and skipped
//! (tests: `a_sound_comes_back_to_the_bit`, `a_broken_preset_is_named_and_the_others_are_there`).

mod desk;
mod error;
mod library;
mod read;
mod sound;
mod tags;
mod write;

pub use desk::{Chosen, Direction, Presets, Shown};
pub use error::{LibraryError, PresetError, PresetFault};
pub use library::{Broken, EXTENSION, Entry, Filter, Folders, Listing};
pub use read::{Parsed, parse, read};
pub use sound::{Instrument, Sound};
pub use tags::TAGS;
pub use write::text;

/// Version of the text format that this release writes. A later one is read as far as it is understood.
pub const FORMAT: i64 = 1;

/// What a preset says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What the player calls it.
    pub name: String,
    /// Who made it.
    pub author: String,
    /// What it is good for; mostly of [`TAGS`].
    pub tags: Vec<String>,
    /// How to play it.
    pub comment: String,
}

/// A named sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// What it says about itself.
    pub about: About,
    /// What it sounds like.
    pub sound: Sound,
}
