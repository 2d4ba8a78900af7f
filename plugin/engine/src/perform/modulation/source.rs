//! What can move a setting, as numbers: one for each source.
//! Plain data, control thread. Tests: `tests/tests/perform_modulation/sources.rs`.

use crate::event::ModulationSource;

/// Number of sources.
const COUNT: usize = 18;

impl ModulationSource {
    /// Every source.
    pub const ALL: [Self; COUNT] = [
        Self::Lfo1,
        Self::Lfo2,
        Self::Envelope1,
        Self::Envelope2,
        Self::Envelope3,
        Self::Velocity,
        Self::Key,
        Self::Pressure,
        Self::Timbre,
        Self::Wheel,
        Self::Bend,
        Self::Expression,
        Self::Breath,
        Self::Random,
        Self::Macro1,
        Self::Macro2,
        Self::Macro3,
        Self::Macro4,
    ];
    /// The LFOs, in their order.
    pub(in super::super) const LFOS: [Self; 2] = [Self::Lfo1, Self::Lfo2];
    /// The envelopes that move nothing by themselves, in their order.
    pub(in super::super) const ENVELOPES: [Self; 2] = [Self::Envelope2, Self::Envelope3];
    /// The macros, in their order.
    pub(super) const MACROS: [Self; 4] = [Self::Macro1, Self::Macro2, Self::Macro3, Self::Macro4];
}

/// A value for each source, -1 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sources([f32; COUNT]);

impl Sources {
    /// All at 0.
    pub const REST: Self = Self([0.0; COUNT]);

    /// One of them.
    pub fn of(&self, source: ModulationSource) -> f32 {
        self.0[source as usize]
    }

    /// Changes one of them.
    pub fn set(&mut self, source: ModulationSource, value: f32) {
        self.0[source as usize] = value;
    }

    /// Source by source.
    pub(super) fn zip(&self, other: &Self, of: impl Fn(f32, f32) -> f32) -> Self {
        let mut values = self.0;
        values.iter_mut().zip(other.0).for_each(|(value, other)| *value = of(*value, other));
        Self(values)
    }
}
