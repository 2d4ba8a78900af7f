//! What the hand does besides turning: instruments and presets. They are edits once they are loaded.
//! Window's thread; waits for nothing.

use super::Hand;
use crate::editor::stage::Slot;
use crate::presets::{Direction, Filter};
use std::path::PathBuf;

impl Hand<'_> {
    /// Asks for an instrument in a slot. `None` empties the second; the first is never empty.
    pub fn choose_instrument(&self, slot: Slot, path: Option<PathBuf>) {
        match (slot, path) {
            (Slot::First, Some(path)) => self.shared.instrument.choose(path),
            (Slot::First, None) => {}
            (Slot::Second, path) => self.shared.instrument.choose_second(path),
        }
    }

    /// Asks for a preset.
    pub fn load_preset(&self, path: PathBuf) {
        self.shared.presets.load(path);
    }

    /// Asks for the preset after or before the one that plays.
    pub fn step_preset(&self, direction: Direction, filter: &Filter) {
        self.shared.presets.step(direction, filter);
    }

    /// Puts everything to rest.
    pub fn initialise(&self) {
        self.shared.presets.initialise();
    }
}
