//! MIDI's registered parameter numbers: which one a channel has selected, and what data entry then says.
//! Pure, control thread. Tests: `tests/tests/perform_arithmetic/mpe.rs`.

/// No parameter: 127 in both halves.
const NULL: u8 = 127;

/// What a data entry says of a registered parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry {
    /// RPN 0: semitones, fractions allowed.
    BendRange(f32),
    /// RPN 6: members of the zone.
    ZoneMembers(u8),
}

/// One channel's selection.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    coarse: u8,
    fine: u8,
    /// Latest bend range by message: semitones and cents.
    bend: (u8, u8),
}

impl Selection {
    /// Nothing selected.
    pub fn new() -> Self {
        Self { coarse: NULL, fine: NULL, bend: (2, 0) }
    }

    /// Takes one controller's 0 to 127; says what it enters, if anything. CC101 and CC100 select, CC99 and CC98 select a
    /// parameter that is not registered, CC6 and CC38 enter data.
    pub fn take(&mut self, controller: u8, value: u8) -> Option<Entry> {
        match controller {
            101 => self.coarse = value,
            100 => self.fine = value,
            99 | 98 => self.clear(),
            6 => return self.enter_coarse(value),
            38 if self.selects_bend_range() => {
                self.bend.1 = value;
                return Some(self.bend_range());
            }
            _ => {}
        }
        None
    }

    /// Nothing is selected any more.
    pub fn clear(&mut self) {
        (self.coarse, self.fine) = (NULL, NULL);
    }

    fn enter_coarse(&mut self, value: u8) -> Option<Entry> {
        match (self.coarse, self.fine) {
            (0, 0) => {
                self.bend = (value, 0);
                Some(self.bend_range())
            }
            (0, 6) => Some(Entry::ZoneMembers(value)),
            _ => None,
        }
    }

    fn selects_bend_range(&self) -> bool {
        (self.coarse, self.fine) == (0, 0)
    }

    fn bend_range(&self) -> Entry {
        Entry::BendRange(f32::from(self.bend.0) + f32::from(self.bend.1) / 100.0)
    }
}

impl Default for Selection {
    fn default() -> Self {
        Self::new()
    }
}
