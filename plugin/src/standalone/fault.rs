//! What can be wrong with devices, inputs and the program's files, as the sentences that the player reads.
//! Made by the keeper and by devices' error callbacks; never in the audio callback.
//! Each says what to do (test: `sentences_name_what_is_wrong`).

use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Something is wrong; the program goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// JACK was chosen.
    #[error("No JACK server is running. Start one, or choose another audio system.")]
    NoServer,
    /// It ran.
    #[error("The JACK server has gone. Timbrel plays on when it is back, or on another audio system.")]
    ServerGone,
    /// JACK refused something.
    #[error("The JACK server refused Timbrel: {reason}.")]
    ServerRefused {
        /// In JACK's words.
        reason: String,
    },
    /// There is no default output.
    #[error("There is no sound card, or the system offers none. Timbrel plays on when there is one.")]
    NoDevice,
    /// The chosen one is not there.
    #[error("{device} is not there. Plug it in, or choose another output.")]
    Missing {
        /// The device.
        device: String,
    },
    /// It played, and plays no more.
    #[error("{device} has stopped. Timbrel plays on when it is back, or on another output.")]
    Stopped {
        /// The device.
        device: String,
    },
    /// Another program has it.
    #[error("{device} is in use by another program. Close that, or choose another output.")]
    Busy {
        /// The device.
        device: String,
    },
    /// The system forbids it.
    #[error(
        "The system does not let Timbrel use {device}. On Linux the account may have to be in the group \"audio\"."
    )]
    Forbidden {
        /// The device.
        device: String,
    },
    /// It plays at another rate.
    #[error("{device} does not play at {wanted} Hz; it plays at {rate} Hz.")]
    OtherRate {
        /// The device.
        device: String,
        /// Hertz.
        wanted: u32,
        /// Hertz.
        rate: u32,
    },
    /// It plays with another buffer.
    #[error("{device} does not take blocks of {wanted} frames; it has {buffer}.")]
    OtherBuffer {
        /// The device.
        device: String,
        /// Frames.
        wanted: u32,
        /// Frames.
        buffer: u32,
    },
    /// It has no way that Timbrel can play.
    #[error("{device} has no sample rate and format in which Timbrel could play. Choose another output.")]
    Unsuitable {
        /// The device.
        device: String,
    },
    /// It was opened, and asks for nothing.
    #[error("{device} takes no sound. Timbrel opens it again; if that does not help, choose another output.")]
    Silent {
        /// The device.
        device: String,
    },
    /// Anything else.
    #[error("{device} cannot be used: {reason}.")]
    Unusable {
        /// The device.
        device: String,
        /// In the system's words.
        reason: String,
    },
    /// The device's thread has not come back from the plugin.
    #[error("The sound hangs. Timbrel waits for it.")]
    Hangs,
    /// No MIDI at all.
    #[error("The system's MIDI cannot be used: {reason}. The keyboard in the window and the computer's keys play.")]
    NoMidi {
        /// In the system's words.
        reason: String,
    },
    /// A chosen input is not there.
    #[error("The MIDI input {input} is not plugged in. It is heard again when it is.")]
    Unplugged {
        /// The input.
        input: String,
    },
    /// An input cannot be opened.
    #[error("The MIDI input {input} cannot be opened: {reason}. Another program may have it.")]
    InputRefused {
        /// The input.
        input: String,
        /// In the system's words.
        reason: String,
    },
    /// A file of the program cannot be understood.
    #[error("{} cannot be understood ({reason}). It was put aside as {}; Timbrel begins anew.", path.display(), aside.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Where it is now.
        aside: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file of the program cannot be read.
    #[error("{} cannot be read ({reason}). Timbrel begins anew.", path.display())]
    NotRead {
        /// The file.
        path: PathBuf,
        /// In the system's words.
        reason: String,
    },
    /// A file of the program cannot be written.
    #[error("{} cannot be written ({reason}). What was chosen is forgotten when Timbrel ends.", path.display())]
    NotKept {
        /// The file.
        path: PathBuf,
        /// In the system's words.
        reason: String,
    },
}

impl Fault {
    /// A file that cannot be written.
    pub fn not_kept(path: &Path, reason: &impl Display) -> Self {
        Self::NotKept { path: path.to_owned(), reason: reason.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_name_what_is_wrong() {
        let device = || "Scarlett 2i2".to_owned();
        let faults = [
            (Fault::Missing { device: device() }, "Scarlett 2i2 is not there"),
            (Fault::Busy { device: device() }, "another program"),
            (Fault::OtherRate { device: device(), wanted: 96_000, rate: 48_000 }, "not play at 96000 Hz"),
            (Fault::OtherBuffer { device: device(), wanted: 16, buffer: 64 }, "16 frames; it has 64"),
            (Fault::Unplugged { input: "KeyStep".into() }, "KeyStep is not plugged in"),
            (Fault::NoServer, "No JACK server"),
            (Fault::NoDevice, "no sound card"),
        ];
        for (fault, words) in faults {
            let sentence = fault.to_string();
            assert!(sentence.contains(words) && sentence.ends_with('.'), "{sentence}");
        }
    }
}
