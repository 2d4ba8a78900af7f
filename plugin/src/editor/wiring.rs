//! What the hand does besides turning: routes of the matrix, learned controllers, and what undoing would undo.
//! Runs on the window's thread, and waits for nothing.
//! Each is one edit (tests: `controls::tests`).

use super::hand::Hand;
use crate::history::Edit;
use crate::modulation::{MatrixChoice, SOURCES, SavedRow};
use crate::params::IDS;
use timbrel_engine::event::{ModulationSource, Setting};
use timbrel_engine::perform::modulation::{AMOUNTS, ROWS};

/// Amount of a row that a control's menu lays, a place from 0 (-100 %) to 1: 25 %.
const FIRST_AMOUNT: f32 = 0.625;
/// Amount of a row that does nothing, a place from 0 to 1.
const NO_AMOUNT: f32 = 0.5;

impl Hand<'_> {
    /// A row of the matrix has this source and this target from now on.
    pub fn route(&self, row: SavedRow) {
        let edit = self.rerouted(row);
        self.shared.history.record(edit);
    }

    /// Lays the first free row from `source` to `target`, with a quarter of the full amount. Returns the row, 0 to 15;
    /// nothing where none is free or nothing can move the target.
    pub fn modulate(&self, source: ModulationSource, target: Setting) -> Option<usize> {
        target.depth()?;
        let (_, source, _) = SOURCES.iter().find(|(found, ..)| *found == source)?;
        let choice = self.shared.modulations.choice();
        let is_free = |row: &usize| {
            let SavedRow { source, target, .. } = choice.row(*row);
            source.is_empty() && target.is_empty()
        };
        let row = (0..ROWS).find(is_free)?;
        let target = IDS[self.place(target)].to_owned();
        let amount = self.moved(AMOUNTS[row], FIRST_AMOUNT);
        let route = self.rerouted(SavedRow { source: (*source).to_owned(), target, ..choice.row(row) });
        self.shared.history.record(Edit::Several(vec![amount, route]));
        Some(row)
    }

    /// A row (0 to 15) does nothing from now on, and its amount is 0.
    pub fn unroute(&self, row: usize) {
        let Some(amount) = AMOUNTS.get(row) else { return };
        let amount = self.moved(*amount, NO_AMOUNT);
        let row =
            SavedRow { source: String::new(), target: String::new(), ..self.shared.modulations.choice().row(row) };
        let route = self.rerouted(row);
        self.shared.history.record(Edit::Several(vec![amount, route]));
    }

    /// The parameter waits for the next controller that is moved.
    pub fn arm(&self, setting: Setting) {
        self.shared.history.awaits(self.shared.params.learned.saved());
        self.shared.params.learned.arm(Some(self.place(setting)));
    }

    /// No parameter waits for a controller any more.
    pub fn disarm(&self) {
        self.shared.params.learned.arm(None);
        self.follow_learning();
    }

    /// Whether the parameter waits for a controller.
    pub fn is_armed(&self, setting: Setting) -> bool {
        self.shared.params.learned.armed() == Some(self.place(setting))
    }

    /// The controller that moves the parameter.
    pub fn controller_of(&self, setting: Setting) -> Option<u8> {
        self.shared.params.learned.controller_of(self.place(setting))
    }

    /// A controller moves the parameter from now on.
    pub fn assign(&self, controller: u8, setting: Setting) {
        self.disarm();
        let place = self.place(setting);
        self.relearn(|hand| hand.shared.params.learned.assign(controller, place));
    }

    /// No controller moves the parameter any more.
    pub fn forget(&self, setting: Setting) {
        let place = self.place(setting);
        self.relearn(|hand| hand.shared.params.learned.forget(place));
    }

    /// Takes down what was learned: the controller is heard by the audio callback, which knows nothing of edits. Once a
    /// frame.
    pub fn follow_learning(&self) {
        let learned = &self.shared.params.learned;
        if learned.armed().is_none()
            && let Some(before) = self.shared.history.take_awaited()
        {
            self.shared.history.record(Edit::Controllers { before, after: learned.saved() });
        }
    }

    /// What undoing would undo and redoing do again, for the player: "Undo Brightness".
    pub fn words(&self) -> (Option<String>, Option<String>) {
        let (done, undone) = self.shared.history.next();
        (
            done.map(|edit| format!("Undo {}", self.name_of(&edit))),
            undone.map(|edit| format!("Redo {}", self.name_of(&edit))),
        )
    }

    fn name_of(&self, edit: &Edit) -> String {
        match edit {
            Edit::Parameter { place, .. } => self.name_at(*place),
            Edit::Matrix { .. } => "Modulation Row".into(),
            Edit::Instrument { .. } => "Instrument".into(),
            Edit::Tuning { .. } => "Tuning".into(),
            Edit::Controllers { .. } => "MIDI Controller".into(),
            Edit::Sound { .. } => "Preset".into(),
            // A row comes with its amount, and two directions of a drag are best told by the last.
            Edit::Several(edits) => edits.last().map_or_else(String::new, |edit| self.name_of(edit)),
        }
    }

    fn rerouted(&self, row: SavedRow) -> Edit {
        let before: MatrixChoice = self.shared.modulations.choice();
        self.shared.modulations.choose(row);
        Edit::Matrix { before, after: self.shared.modulations.choice() }
    }

    fn moved(&self, setting: Setting, after: f32) -> Edit {
        let before = self.position(setting);
        if before != after {
            self.put_unrecorded(setting, after);
        }
        Edit::Parameter { place: self.place(setting), before, after }
    }

    fn relearn(&self, change: impl FnOnce(&Self)) {
        let before = self.shared.params.learned.saved();
        change(self);
        self.shared.history.record(Edit::Controllers { before, after: self.shared.params.learned.saved() });
    }
}
