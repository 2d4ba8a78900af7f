//! Timbrel as CLAP and VST3 plugin and as a program: the host's side of the engine.
//!
//! - [`plugin`]: activation and the audio callback, over the framework `nice-plug`
//! - [`params`], [`text`]: the parameters and how their values read
//! - [`state`]: what a saved project holds
//! - [`presets`]: sounds by name, as files
//! - [`learn`]: MIDI controllers that move parameters
//! - [`instrument`], [`library`], [`bundle`]: which model plays, which there are, where they lie
//! - [`tuning`], [`mts_esp`]: what the keys play
//! - [`modulation`], [`transport`]: what moves which parameter, and the host's beat
//! - [`editor`], [`history`], [`hands`]: the window, what was changed in it, and what is played in it
//! - [`standalone`]: the program that plays without a host
//! - `clap`, [`vst3`]: the formats' entry points, and the layers that keep the framework's faults from hosts
//!
//! `docs/framework.md` says which faults of the framework there are and how each is met.

pub mod bundle;
mod clap;
mod cradle;
pub mod editor;
mod files;
pub mod guard;
pub mod hands;
pub mod history;
pub mod instrument;
pub mod learn;
pub mod library;
mod loading;
pub mod modulation;
pub mod mts_esp;
mod notices;
pub mod params;
pub mod plugin;
pub mod presets;
pub mod standalone;
pub mod state;
pub mod text;
pub mod translate;
pub mod transport;
pub mod tuning;
pub mod vst3;

pub use plugin::Timbrel;
