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
