//! Low-frequency oscillators: their curves, and the cycles that they have behind them.
//! Pure, control thread. A rate that moves never makes a value jump, as cycles are counted, not computed
//! (tests: `tests/tests/perform_modulation/lfos.rs`).

use super::super::chance::{hash, wander};
use super::clock::Clock;
use crate::event::Setting;
use std::f64::consts::TAU;

/// The settings of one LFO.
pub(super) struct LfoSettings {
    pub rate: Setting,
    pub shape: Setting,
    pub sync: Setting,
    pub phase: Setting,
    pub rise: Setting,
    pub mode: Setting,
}

/// Of both.
pub(super) const LFOS: [LfoSettings; 2] = [
    LfoSettings {
        rate: Setting::Lfo1Rate,
        shape: Setting::Lfo1Shape,
        sync: Setting::Lfo1Sync,
        phase: Setting::Lfo1Phase,
        rise: Setting::Lfo1Rise,
        mode: Setting::Lfo1Mode,
    },
    LfoSettings {
        rate: Setting::Lfo2Rate,
        shape: Setting::Lfo2Shape,
        sync: Setting::Lfo2Sync,
        phase: Setting::Lfo2Phase,
        rise: Setting::Lfo2Rise,
        mode: Setting::Lfo2Mode,
    },
];

/// The curve of an LFO: [`Setting::Lfo1Shape`]. All go from -1 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wave {
    /// From 0 upwards.
    Sine,
    /// From 0 upwards.
    Triangle,
    /// From -1 to 1, then back at once.
    SawUp,
    /// From 1 to -1, then back at once.
    SawDown,
    /// 1 for half of a cycle, then -1.
    Square,
    /// Another value for each cycle, by chance.
    Steps,
    /// A smooth way through values that are drawn once a cycle.
    Drift,
}

impl Wave {
    /// In the order of the setting.
    pub const ALL: [Self; 7] =
        [Self::Sine, Self::Triangle, Self::SawUp, Self::SawDown, Self::Square, Self::Steps, Self::Drift];

    /// The value after so many `cycles`, -1 to 1; the same `seed` draws the same.
    pub fn at(self, cycles: f64, seed: u32) -> f32 {
        let part = cycles.rem_euclid(1.0);
        match self {
            Self::Sine => (TAU * part).sin() as f32,
            Self::Triangle => (1.0 - 4.0 * ((part + 0.25).rem_euclid(1.0) - 0.5).abs()) as f32,
            Self::SawUp => (2.0 * part - 1.0) as f32,
            Self::SawDown => (1.0 - 2.0 * part) as f32,
            Self::Square => {
                if part < 0.5 {
                    1.0
                } else {
                    -1.0
                }
            }
            // At a whole place a wandering value is the one that was drawn for it.
            Self::Steps => wander(seed, cycles.floor()),
            Self::Drift => wander(seed, cycles),
        }
    }
}

/// Where an LFO is on its curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// The curve.
    pub wave: Wave,
    /// Cycles since it began, its phase at the beginning included.
    pub cycles: f64,
    /// What draws the values of a curve that goes by chance.
    pub seed: u32,
    /// How much of it is there already, 0 to 1.
    pub risen: f32,
}

impl Phase {
    /// An LFO that has not begun.
    pub const NONE: Self = Self { wave: Wave::Sine, cycles: 0.0, seed: 0, risen: 0.0 };

    /// The value, -1 to 1.
    pub fn value(&self) -> f32 {
        self.risen * self.wave.at(self.cycles, self.seed)
    }
}

/// The period of an LFO that follows the host: [`Setting::Lfo1Sync`]. A bar has four quarter notes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Period {
    /// It follows its rate.
    Free,
    /// Quarter notes.
    Beats(f64),
}

impl Period {
    /// In the order of the setting: off, four bars, two, one, then notes; a triplet is two thirds, a dotted note three halves.
    pub const ALL: [Self; 15] = [
        Self::Free,
        Self::Beats(16.0),
        Self::Beats(8.0),
        Self::Beats(4.0),
        Self::Beats(2.0),
        Self::Beats(4.0 / 3.0),
        Self::Beats(1.5),
        Self::Beats(1.0),
        Self::Beats(2.0 / 3.0),
        Self::Beats(0.75),
        Self::Beats(0.5),
        Self::Beats(1.0 / 3.0),
        Self::Beats(0.25),
        Self::Beats(1.0 / 6.0),
        Self::Beats(0.125),
    ];
}

/// What an LFO runs for: [`Setting::Lfo1Mode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// One for all notes.
    All,
    /// One for each note, from its beginning.
    Note,
}

/// Whole numbers as they are set.
pub(super) fn choice<T: Copy, const N: usize>(choices: [T; N], value: f32) -> T {
    choices[(value.round() as usize).min(N - 1)]
}

impl Scope {
    pub const ALL: [Self; 2] = [Self::All, Self::Note];
}

/// The cycles that both LFOs have behind them.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Cycles([f64; 2]);

impl Cycles {
    /// At the beginning.
    pub const NONE: Self = Self([0.0; 2]);

    /// Of one LFO.
    pub fn of(&self, lfo: usize) -> f64 {
        self.0[lfo]
    }

    /// Lets `seconds` pass; `setting` is what rates and periods are now.
    pub fn advance(&mut self, seconds: f64, clock: &Clock, setting: impl Fn(Setting) -> f32) {
        for (cycles, settings) in self.0.iter_mut().zip(&LFOS) {
            let rate = match choice(Period::ALL, setting(settings.sync)) {
                Period::Free => f64::from(setting(settings.rate)),
                Period::Beats(beats) => clock.beats_per_second() / beats,
            };
            *cycles += seconds * rate;
        }
    }
}

/// Seed of the LFO that runs for all notes.
pub(super) fn seed_for_all(lfo: usize) -> u32 {
    hash(0x4c46_4f00 ^ lfo as u32)
}

/// How much of an LFO is there `since` seconds after a note's beginning, where it takes `rise` seconds: a raised cosine.
pub fn risen(since: f64, rise: f64) -> f32 {
    if since >= rise {
        return 1.0;
    }
    (0.5 - 0.5 * (std::f64::consts::PI * since / rise).cos()) as f32
}
