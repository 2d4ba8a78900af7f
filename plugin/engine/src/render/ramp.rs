//! One number that goes in a straight line from one event-clock position to another, and holds before and after.
//! On the audio thread.
//! The value is computed from the position and never accumulated, so that block cuts do not show
//! (test: `block_sizes_never_change_the_output`).

/// A straight line between two positions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ramp {
    from: u64,
    length: u64,
    start: f32,
    target: f32,
}

impl Ramp {
    /// Stands at `value`.
    pub fn steady(value: f32) -> Self {
        Self { from: 0, length: 0, start: value, target: value }
    }

    /// The value at sample `position`.
    pub fn value(&self, position: u64) -> f32 {
        let gone = position.saturating_sub(self.from);
        if gone >= self.length {
            self.target
        } else {
            self.start + (self.target - self.start) * (gone as f32 / self.length as f32)
        }
    }

    /// Writes the values from sample `position` on.
    pub fn write(&self, position: u64, values: &mut [f32]) {
        if self.rests_at(position, self.target) {
            values.fill(self.target);
            return;
        }
        for (offset, value) in values.iter_mut().enumerate() {
            *value = self.value(position + offset as u64);
        }
    }

    /// From `position` on, goes from the value it has there to `target`, reached after `length` samples.
    pub fn aim(&mut self, position: u64, length: u64, target: f32) {
        // A value that rests where it should go does not move, and says so.
        if !self.rests_at(position, target) {
            *self = Self { from: position, length, start: self.value(position), target };
        }
    }

    /// Where it is going.
    pub fn target(&self) -> f32 {
        self.target
    }

    /// Whether the value is `value` at `position` and stays so.
    pub fn rests_at(&self, position: u64, value: f32) -> bool {
        self.target == value && position >= self.from + self.length
    }
}
