//! The matrix: sixteen rows, each of which lets a source move a setting.
//! Pure, control thread. A note has one number for each setting that is moved, a share of the setting's depth, which
//! `Player::setting` adds (tests: `tests/tests/perform_modulation/targets.rs`, `rows.rs`).

use super::super::settings::Settings;
use super::depth::Depth;
use super::source::Sources;
use crate::event::{ModulationSource, Route, Setting};

/// Rows of the matrix.
pub const ROWS: usize = 16;
/// From an amount of -100 % to one of 100 %.
const AMOUNT_RANGE: f32 = 2.0;
/// No place.
const NOWHERE: u8 = u8::MAX;
/// The rows' amounts, in their order.
pub const AMOUNTS: [Setting; ROWS] = [
    Setting::ModAmount1,
    Setting::ModAmount2,
    Setting::ModAmount3,
    Setting::ModAmount4,
    Setting::ModAmount5,
    Setting::ModAmount6,
    Setting::ModAmount7,
    Setting::ModAmount8,
    Setting::ModAmount9,
    Setting::ModAmount10,
    Setting::ModAmount11,
    Setting::ModAmount12,
    Setting::ModAmount13,
    Setting::ModAmount14,
    Setting::ModAmount15,
    Setting::ModAmount16,
];
/// The macros' settings, in the order of the sources.
const MACROS: [Setting; 4] = [Setting::Macro1, Setting::Macro2, Setting::Macro3, Setting::Macro4];
/// What moves with the mix.
const MIX: [Setting; 5] =
    [Setting::OutputGain, Setting::RoomMix, Setting::RoomSize, Setting::RoomDecay, Setting::Width];

/// What the loudness envelope is made of.
const ENVELOPE: [Setting; 4] = [Setting::Attack, Setting::Decay, Setting::Sustain, Setting::Release];

/// How far a note's settings are moved, in shares of their depths: one for each setting that a row moves.
pub(in super::super) type Offsets = [f32; ROWS];

/// What a row does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Aim {
    /// It moves a setting, whose share is at this place.
    Setting(usize),
    /// It moves another row's amount.
    Amount(usize),
    /// It moves a macro.
    Macro(ModulationSource),
}

/// What the rows make of sources.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Weighed {
    /// Of settings.
    pub offsets: Offsets,
    /// The sources, macros as they are moved.
    pub sources: Sources,
    amounts: [f32; ROWS],
}

impl Weighed {
    /// Amounts and macros as they are moved.
    pub fn steered(&self) -> impl Iterator<Item = (Setting, f32)> {
        let macros = MACROS.into_iter().zip(ModulationSource::MACROS.map(|source| self.sources.of(source)));
        AMOUNTS.into_iter().zip(self.amounts).chain(macros)
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(in super::super) struct Matrix {
    routes: [Option<Route>; ROWS],
    /// Row, source and aim: first the rows that move amounts and macros, then the others, each in their order.
    plan: [Option<(usize, ModulationSource, Aim)>; ROWS],
    /// Where a setting's share is.
    places: [u8; Setting::ALL.len()],
    depths: [Depth; ROWS],
    /// A bit for each source that a row reads.
    read: u32,
    moves_mix: bool,
    moves_envelope: bool,
}

impl Matrix {
    /// No row does anything.
    pub fn new() -> Self {
        Self {
            routes: [None; ROWS],
            plan: [None; ROWS],
            places: [NOWHERE; Setting::ALL.len()],
            depths: [Depth::Time; ROWS],
            read: 0,
            moves_mix: false,
            moves_envelope: false,
        }
    }

    /// A row does this from now on. A row that there is not, and a setting that nothing moves, are left alone.
    pub fn route(&mut self, row: usize, route: Option<Route>) {
        let Some(found) = self.routes.get_mut(row) else { return };
        *found = route.filter(|route| route.target.depth().is_some());
        self.plan_anew();
    }

    /// Whether no row does anything.
    pub fn is_empty(&self) -> bool {
        self.plan[0].is_none()
    }

    /// Whether a row reads this source.
    pub fn reads(&self, source: ModulationSource) -> bool {
        self.read & (1 << source as u32) != 0
    }

    /// Whether a row moves this setting.
    fn moves(&self, setting: Setting) -> bool {
        self.places[setting as usize] != NOWHERE
    }

    /// Whether a row moves the mix.
    pub fn moves_mix(&self) -> bool {
        self.moves_mix
    }

    /// Whether a setting is one of the mix, which all notes share.
    pub fn is_of_all(setting: Setting) -> bool {
        MIX.contains(&setting)
    }

    /// Whether a row moves the loudness envelope.
    pub fn moves_envelope(&self) -> bool {
        self.moves_envelope
    }

    /// `value` of a setting, moved as `offsets` say; not clamped.
    pub fn moved(&self, setting: Setting, value: f32, offsets: &Offsets) -> f32 {
        match self.places[setting as usize] {
            NOWHERE => value,
            place => self.depths[usize::from(place)].moved(value, offsets[usize::from(place)]),
        }
    }

    /// What the rows make of `sources`. Rows that move amounts or macros come first, in their order, so that those hold at
    /// once for all the others; among themselves, for the rows below. Macros among the sources are filled in here.
    pub fn offsets(&self, sources: Sources, settings: &Settings) -> Offsets {
        self.weigh(sources, settings).offsets
    }

    /// The same, with what the rows make of amounts and macros.
    pub fn weigh(&self, mut sources: Sources, settings: &Settings) -> Weighed {
        for (source, setting) in ModulationSource::MACROS.into_iter().zip(MACROS) {
            sources.set(source, settings.now(setting));
        }
        let mut amounts = AMOUNTS.map(|amount| settings.now(amount));
        let mut offsets = [0.0; ROWS];
        for (row, source, aim) in self.plan.iter().flatten() {
            let share = amounts[*row] * sources.of(*source);
            match *aim {
                Aim::Setting(place) => offsets[place] += share,
                Aim::Amount(other) => amounts[other] = (amounts[other] + AMOUNT_RANGE * share).clamp(-1.0, 1.0),
                Aim::Macro(source) => sources.set(source, (sources.of(source) + share).clamp(0.0, 1.0)),
            }
        }
        Weighed { offsets, sources, amounts }
    }

    fn plan_anew(&mut self) {
        let routes = self.routes;
        *self = Self { routes, ..Self::new() };
        let rows = || routes.into_iter().enumerate().filter_map(|(row, route)| Some((row, route?)));
        let steering = rows().filter_map(|(row, route)| Some((row, route.source, steered(route.target)?)));
        let others = rows().filter(|(_, route)| steered(route.target).is_none());
        let mut planned = 0;
        for step in steering {
            self.plan[planned] = Some(step);
            planned += 1;
        }
        let mut moved = 0;
        for (row, Route { source, target }) in others {
            let place = &mut self.places[target as usize];
            if *place == NOWHERE {
                *place = moved as u8;
                self.depths[moved] = target.depth().unwrap_or(Depth::Linear(0.0));
                moved += 1;
            }
            self.plan[planned] = Some((row, source, Aim::Setting(usize::from(*place))));
            planned += 1;
        }
        self.read = self.plan.iter().flatten().fold(0, |read, (_, source, _)| read | 1 << *source as u32);
        self.moves_mix = MIX.into_iter().any(|setting| self.moves(setting));
        self.moves_envelope = ENVELOPE.into_iter().any(|setting| self.moves(setting));
    }
}

/// An amount or a macro.
fn steered(target: Setting) -> Option<Aim> {
    let amount = AMOUNTS.iter().position(|amount| *amount == target).map(Aim::Amount);
    let of_macro = MACROS.iter().position(|setting| *setting == target);
    amount.or(of_macro.map(|place| Aim::Macro(ModulationSource::MACROS[place])))
}
