//! The program that plays without a host: audio devices, MIDI inputs, and what it remembers.
//! A keeper's thread opens and closes devices and does everything that may wait; the device's own thread plays blocks.
//! Nothing about devices ends the program: it says what is missing and plays on when it is there (`tests/standalone.rs`).
//!
//! What the window needs of it is here in plugins as well; the rest comes with the feature `standalone`.

pub mod choices;
pub mod desk;

pub use choices::{Choices, Inputs, System};
pub use desk::StandaloneDesk;
