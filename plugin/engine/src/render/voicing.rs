//! What makes a layer's pitched sound, and how faithfully. Plain data.
//! Chosen on the loader thread, fixed for the life of a layer.
//! Promises nothing of its own; what each choice sounds like is in `docs/waveshaping.md`.

use crate::waveshaping::Waveshaping;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The bank that renders a frame's row, by family.
#[derive(Clone, Debug, Default)]
pub enum Voicing {
    /// Partials with amplitudes of their own (DDSP).
    #[default]
    Harmonic,
    /// A fixed mix of partials through shapers (NEWT).
    Waveshaping {
        /// What the model says, shared by all layers that play it.
        constants: Arc<Waveshaping>,
        /// How the shapers are computed.
        shaping: Shaping,
        /// How faithful to the paper.
        fidelity: Fidelity,
    },
}

/// Why a voicing does not render what a decoder makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoicingError {
    /// Partials for films, or shapers for partials.
    #[error("the decoder makes {rows}, but its sound is to be made by {voicing}")]
    Family {
        /// What the rows hold.
        rows: &'static str,
        /// What would render them.
        voicing: &'static str,
    },
    /// Films and constants are of different sizes.
    #[error("the decoder makes films for {rows} shapers, but the model's constants have {constants}")]
    Shapers {
        /// Shapers of a row.
        rows: usize,
        /// Shapers of the constants.
        constants: usize,
    },
}

/// How shapers are computed: the quality switch of the instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shaping {
    /// From their tables; errors at or under -95 dB.
    #[default]
    Tables,
    /// By their networks, at some times the cost; from the tables where a model brings no networks.
    Exact,
}

/// How faithful to the paper's code the waveshaper bank is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fidelity {
    /// As an instrument: partials fade out beneath the exciter's top and the host's, no direct current.
    #[default]
    Playing,
    /// The paper's code sample for sample at the host's rate: partials switch at the exciter's top, direct current stays.
    Reference,
}
