//! What moves settings that all notes share: the sources of the note that was struck last.
//! Pure, control thread. Where another note takes the lead, the difference fades as a controller's move does; where none
//! sounds, everything stays but LFOs that need no note
//! (test: `a_setting_of_all_notes_goes_from_one_note_to_the_next_without_a_step`).

use super::carry::Carry;
use super::matrix::{Matrix, Offsets};
use super::source::Sources;
use crate::event::ModulationSource;
use crate::perform::settings::Settings;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Lead {
    /// Which note leads: how many were struck before.
    order: Option<u64>,
    /// Its own, ...
    sources: Sources,
    /// ... and what the one before left.
    carry: Carry,
    offsets: Offsets,
}

impl Lead {
    /// No note has been struck.
    pub const NOBODY: Self =
        Self { order: None, sources: Sources::REST, carry: Carry::NOTHING, offsets: [0.0; super::ROWS] };

    /// How far settings are moved.
    pub fn offsets(&self) -> &Offsets {
        &self.offsets
    }

    /// Lets the share of its way pass that a controller goes in the same time.
    pub fn advance(&mut self, share: f32) {
        self.carry.advance(share);
    }

    /// The note struck last is this one now, by its order; these are its sources.
    pub fn follow(&mut self, order: u64, sources: Sources) {
        if self.order.is_some_and(|before| before != order) {
            let before = self.carry.with(&self.sources);
            self.carry = Carry::from(&before, &sources);
        }
        (self.order, self.sources) = (Some(order), sources);
    }

    /// No note sounds. `lfo` is what an LFO is without one.
    pub fn stand(&mut self, lfo: impl Fn(usize) -> Option<f32>) {
        self.sources = self.carry.with(&self.sources);
        (self.order, self.carry) = (None, Carry::NOTHING);
        for (index, source) in ModulationSource::LFOS.into_iter().enumerate() {
            if let Some(value) = lfo(index) {
                self.sources.set(source, value);
            }
        }
    }

    /// What `matrix` makes of that.
    pub fn weigh(&mut self, matrix: &Matrix, settings: &Settings) {
        self.offsets = matrix.offsets(self.carry.with(&self.sources), settings);
    }
}
