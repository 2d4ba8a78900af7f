//! How a synth is started, and why it could not be.

use crate::model::ModelError;
use crate::render::{Shaping, VoicingError};
use thiserror::Error;

/// The longest block that counts towards the latency, samples: a host that announces 16384 frames does not cost a
/// third of a second. Longer blocks are rendered in parts.
pub const BLOCK_CAP: usize = 2048;

/// Whether time presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// Frames are computed by the control thread, and the callback never waits for them.
    #[default]
    Realtime,
    /// Frames are computed in the callback's own time; none is ever late.
    Offline,
}

/// What the host says on activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Host rate, hertz, 8000 to 192000.
    pub sample_rate: f64,
    /// Longest block the host will ask for, samples, at least 1. (A longer one still renders, in parts.)
    pub max_block: usize,
    /// Real time or offline, until [`super::Synth::set_mode`].
    pub mode: Mode,
    /// How the first model's shapers are computed, where it has some.
    pub shaping: Shaping,
}

/// Why a synth did not start, or a model was not taken.
#[derive(Debug, Error)]
pub enum SynthError {
    /// The host's rate is outside of 8 to 192 kHz.
    #[error("the host's sample rate is {found} Hz, expected 8000 to 192000 Hz")]
    SampleRate {
        /// What the host says.
        found: f64,
    },
    /// No decoder could be made of the model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A decoder and what should render it do not fit.
    #[error(transparent)]
    Voicing(#[from] VoicingError),
    /// The synth is gone.
    #[error("the synth has been stopped")]
    Stopped,
    /// The system gave no thread.
    #[error("the control thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}
