//! What is left of the sources of another note, on the way to this one's: no step where notes take turns.
//! Pure, control thread. Test: `a_setting_of_all_notes_goes_from_one_note_to_the_next_without_a_step`.

use super::source::Sources;

/// A difference that fades.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carry {
    difference: Sources,
    /// 1 to 0.
    left: f32,
}

impl Carry {
    /// None.
    pub const NOTHING: Self = Self { difference: Sources::REST, left: 0.0 };

    /// From what sounded to what is to sound.
    pub fn from(before: &Sources, after: &Sources) -> Self {
        Self { difference: before.zip(after, |before, after| before - after), left: 1.0 }
    }

    /// `sources` with what is left.
    pub fn with(&self, sources: &Sources) -> Sources {
        if self.left == 0.0 { *sources } else { sources.zip(&self.difference, |now, more| now + self.left * more) }
    }

    /// Lets the share of its way pass that a controller goes in the same time.
    pub fn advance(&mut self, share: f32) {
        self.left -= self.left * share;
        // Beyond what anyone hears, and before it is denormal.
        if self.left < 1e-6 {
            self.left = 0.0;
        }
    }
}
