//! What every part of the window gets: what to show, how to change it, how it looks, and what the window remembers.
//! Window's thread.
//! Parts talk to each other through [`Memory`] alone, so that each can be read by itself.

use super::hand::Hand;
use super::scene::Scene;
use super::tastes::Tastes;
use super::theme::Theme;
use super::window::Keys;
use crate::plugin::Shared;
use std::cell::{Cell, RefCell};
use timbrel_engine::event::NoteAddress;

/// One frame, as a part of the window sees it.
pub struct Stage<'a> {
    /// For messages: choices, notes. Values are read from `scene` and changed by `hand`.
    pub shared: &'a Shared,
    /// What to show.
    pub scene: &'a Scene,
    /// The way to change things.
    pub hand: &'a Hand<'a>,
    /// How it looks.
    pub theme: &'a Theme,
    /// What the window remembers between frames.
    pub memory: &'a Memory,
}

/// Which page of controls is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// What one reaches for on stage.
    #[default]
    Play,
    /// The spectrum, the performance, the room.
    Sound,
    /// Envelopes, LFOs, the matrix.
    Motion,
    /// Voices, tuning, keyboards.
    Setup,
}

impl Page {
    /// All, in the order of their tabs.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Play, "Play"), (Self::Sound, "Sound"), (Self::Motion, "Motion"), (Self::Setup, "Setup")];
}

/// Which of two instruments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The one that plays.
    First,
    /// The one to which it morphs.
    Second,
}

/// What lies over views and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawer {
    /// The instruments, to choose one for a slot.
    Instruments(Slot),
    /// The presets.
    Presets,
    /// How the window looks and where the network runs; in the standalone program audio and MIDI.
    Settings,
    /// What the keys of the computer do.
    Keys,
}

/// What the window remembers as long as it is open.
#[derive(Default)]
pub struct Memory {
    /// The page that is open.
    pub page: Cell<Page>,
    /// What lies over it.
    pub drawer: Cell<Option<Drawer>>,
    /// The note that the player chose to see; `None` is the one struck last.
    pub followed: Cell<Option<NoteAddress>>,
    /// Keys that a part wants in this frame beyond what egui's focus says: the on-screen keyboard, [`Keys::Playing`]
    /// while it has the focus. Anew in each frame.
    pub keys: Cell<Option<Keys>>,
    /// How many octaves above the middle the keys begin that are shown, where not all fit.
    pub octaves: Cell<i32>,
    /// What the player likes, in all projects.
    pub tastes: RefCell<Tastes>,
}
