//! What can carry the sound: one interface over JACK, the system's own audio, and nothing.
//! The keeper's thread; a device's own thread plays through a `Chair`.
//! Whatever is wrong with a device is a `Fault`, and never a panic (`tests/standalone.rs`, with a made-up system).

mod dummy;
mod jack;
mod sound_card;

use super::choices::{Choices, Inputs, System};
use super::desk::{Device, Input};
use super::fault::Fault;
use super::midi::Inbox;
use super::seat::Seat;
use std::sync::Arc;

pub use dummy::Dummy;
pub use jack::Jack;
pub use sound_card::SoundCard;

/// What a system has to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Output devices; empty where there is no choice.
    pub devices: Vec<Device>,
    /// Sample rates of the device that was asked about, hertz; empty where the system decides.
    pub sample_rates: Vec<u32>,
    /// Its block sizes, frames; empty where the system decides.
    pub buffers: Vec<u32>,
}

/// Something that can carry sound.
pub trait AudioSystem {
    /// Which this is.
    fn system(&self) -> System;

    /// What there is now. May take a moment.
    fn offer(&mut self, choices: &Choices) -> Offer;

    /// Opens the device that was chosen and starts it: from now on it plays whoever sits in `seat`.
    fn open(&mut self, choices: &Choices, seat: &Arc<Seat>, inbox: &Arc<Inbox>) -> Result<Opened, Fault>;
}

/// A device that was opened.
pub struct Opened {
    /// It plays until this is dropped.
    pub stream: Box<dyn Stream>,
    /// As the menu says it.
    pub device: String,
    /// Hertz.
    pub sample_rate: u32,
    /// What is other than was chosen.
    pub remarks: Vec<Fault>,
}

/// A device that plays.
pub trait Stream {
    /// Frames in a block now.
    fn buffer(&self) -> u32;

    /// Why it plays no more.
    fn fault(&self) -> Option<Fault>;

    /// The system's own MIDI inputs, which it connects as wanted; `None` where it has none of its own.
    fn inputs(&mut self, _wanted: &Inputs) -> Option<Vec<Input>> {
        None
    }
}

/// All systems of this computer, in the order in which [`System::Auto`] tries them, for the thread that calls this.
pub fn all() -> Vec<Box<dyn AudioSystem>> {
    sound_card::quiet();
    vec![Box::new(Jack), Box::new(SoundCard::new()), Box::new(Dummy)]
}
