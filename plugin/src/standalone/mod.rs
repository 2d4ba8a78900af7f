//! The program that plays without a host: audio devices, MIDI inputs, and what it remembers.
//! A keeper's thread opens and closes devices and does everything that may wait; the device's own thread plays blocks.
//! Nothing about devices ends the program: it says what is missing and plays on when it is there (`tests/standalone.rs`).
//!
//! The program hosts [`Timbrel`](crate::Timbrel) by the framework's `Plugin` trait. The framework's own standalone wrapper is
//! not used: it cannot change a device that runs or come back to one that went, and takes one MIDI input.
//!
//! - [`choices`], [`keep`], [`arguments`]: what is chosen, remembered, and said on the command line
//! - [`desk`]: what the window and the keeper say to each other
//! - [`keeper`]: opens and minds devices
//! - [`systems`]: JACK, the system's own audio, no sound
//! - [`inputs`], [`system_ports`], [`midi`]: keyboards and their messages
//! - [`player`], [`seat`], [`clock`]: the plugin in a device's callback
//! - [`host`], [`sound`]: what else a plugin's host does
//! - [`program`]: from beginning to end
//!
//! What the window needs of it is in plugins as well; the rest comes with the feature `standalone`.

pub mod choices;
pub mod desk;

#[cfg(feature = "standalone")]
pub mod arguments;
#[cfg(feature = "standalone")]
pub mod clock;
#[cfg(feature = "standalone")]
pub mod fault;
#[cfg(feature = "standalone")]
pub mod host;
#[cfg(feature = "standalone")]
pub mod inputs;
#[cfg(feature = "standalone")]
pub mod keep;
#[cfg(feature = "standalone")]
pub mod keeper;
#[cfg(feature = "standalone")]
pub mod midi;
#[cfg(feature = "standalone")]
pub mod player;
#[cfg(feature = "standalone")]
pub mod program;
#[cfg(feature = "standalone")]
pub mod seat;
#[cfg(feature = "standalone")]
pub mod sound;
#[cfg(feature = "standalone")]
pub mod system_ports;
#[cfg(feature = "standalone")]
pub mod systems;

pub use choices::{Choices, Inputs, System};
pub use desk::StandaloneDesk;
