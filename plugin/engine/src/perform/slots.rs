//! Which voice slot is free when. A slot that fades is busy until its fade is over.

/// Voices that may sound at once at most.
pub const MAX_VOICES: usize = 64;
/// Slots: as many again as voices, for those that fade while others begin in their place.
pub const SLOTS: usize = 2 * MAX_VOICES;

/// Sample position from which each slot is free.
#[derive(Clone, Debug)]
pub struct SlotTable {
    free_from: [u64; SLOTS],
}

impl SlotTable {
    /// All free.
    pub fn new() -> Self {
        Self { free_from: [0; SLOTS] }
    }

    /// Takes the lowest slot that is free at `at`, until it is given back.
    pub fn take(&mut self, at: u64) -> Option<u16> {
        let slot = self.free_from.iter().position(|&free_from| free_from <= at)?;
        self.free_from[slot] = u64::MAX;
        u16::try_from(slot).ok()
    }

    /// Gives a slot back, free from `at` on.
    pub fn give_back(&mut self, slot: u16, at: u64) {
        self.free_from[usize::from(slot)] = at;
    }
}

impl Default for SlotTable {
    fn default() -> Self {
        Self::new()
    }
}
