//! Modulation: LFOs, envelopes and whatever else moves settings by itself, and the matrix that says what moves what.
//! Pure, control thread, nothing allocates. Every value is one of the note's time, of positions and of seeds, and is read
//! anew at each frame and where a note begins: blocks do not matter
//! (tests: `tests/tests/perform_modulation/`, `tests/tests/clap_modulation.rs`).

mod carry;
mod clock;
mod depth;
mod lead;
mod lfo;
mod matrix;
mod modulators;
mod source;

pub use clock::Clock;
pub use depth::Depth;
pub use lfo::{Period, Phase, Wave, risen};
pub use matrix::{AMOUNTS, ROWS};
pub use source::Sources;

pub(super) use lead::Lead;
pub(super) use lfo::Cycles;
pub(super) use matrix::{Matrix, Offsets, Weighed};
pub(super) use modulators::{Modulators, lfo_without_notes};
