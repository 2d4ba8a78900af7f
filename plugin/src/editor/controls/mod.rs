//! What a player turns: knobs, bars, choices and switches, all of which behave alike, and lists to choose from.
//! Window's thread; positions come from the hand each frame, so that what a host automates moves.
//! Whatever is begun is ended, and a drag is one edit (tests: `tests`).

mod about;
mod arc;
mod bar;
mod choice;
mod entry;
mod hold;
mod hue;
mod knob;
mod menu;
mod picker;
mod ring;
#[cfg(test)]
mod tests;

pub use bar::bar;
pub use choice::{choice, switch};
pub use hold::{fineness, let_wheel_go};

pub use knob::knob;
pub use picker::{Picked, picker};
pub use ring::is_bipolar;
