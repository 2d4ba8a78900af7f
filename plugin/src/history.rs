//! What the player changed, to be undone and done again.
//! Written and read by the editor and the loader thread; the audio callback knows nothing of it.
//! An edit holds both sides, so undoing needs no look at anything else, and what a host automates is no edit
//! (test: `edits_are_undone_and_done_again`).

use crate::learn::Saved;
use crate::modulation::MatrixChoice;
use crate::presets::{Chosen, Sound};
use crate::state::Wanted;
use crate::tuning::TuningChoice;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Edits that are kept.
const DEPTH: usize = 300;
/// Small turns of one parameter that come closer together than this are one edit.
const TOGETHER: Duration = Duration::from_millis(700);

/// The sound and the preset that it is called after.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// Where the instruments are.
    pub wanted: Wanted,
    /// Parameters, instruments, matrix, scale.
    pub sound: Sound,
    /// Where the scale is from, and whether a master rules.
    pub tuning: TuningChoice,
    /// The preset.
    pub chosen: Chosen,
}

/// One thing that the player changed: how it was and how it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A parameter, by its place in the order of hosts; places of its value from 0 (bottom) to 1.
    Parameter {
        /// Place in `params::IDS`.
        place: usize,
        /// How it was.
        before: f32,
        /// How it is.
        after: f32,
    },
    /// Which source moves which parameter.
    Matrix {
        /// How it was.
        before: MatrixChoice,
        /// How it is.
        after: MatrixChoice,
    },
    /// Which instruments play, and on what.
    Instrument {
        /// How it was.
        before: Wanted,
        /// How it is.
        after: Wanted,
    },
    /// What the keys play.
    Tuning {
        /// How it was.
        before: TuningChoice,
        /// How it is.
        after: TuningChoice,
    },
    /// The controllers that parameters have learned, as they are saved.
    Controllers {
        /// How it was.
        before: Saved,
        /// How it is.
        after: Saved,
    },
    /// A preset was loaded.
    Sound {
        /// How it was.
        before: Box<Whole>,
        /// How it is.
        after: Box<Whole>,
    },
    /// Several at once, such as the two directions of a drag.
    Several(Vec<Edit>),
}

impl Edit {
    /// The edit that takes this one back.
    pub fn reversed(self) -> Self {
        match self {
            Self::Parameter { place, before, after } => Self::Parameter { place, before: after, after: before },
            Self::Matrix { before, after } => Self::Matrix { before: after, after: before },
            Self::Instrument { before, after } => Self::Instrument { before: after, after: before },
            Self::Tuning { before, after } => Self::Tuning { before: after, after: before },
            Self::Controllers { before, after } => Self::Controllers { before: after, after: before },
            Self::Sound { before, after } => Self::Sound { before: after, after: before },
            Self::Several(edits) => Self::Several(edits.into_iter().rev().map(Self::reversed).collect()),
        }
    }

    fn changes_nothing(&self) -> bool {
        match self {
            Self::Parameter { before, after, .. } => before == after,
            Self::Matrix { before, after } => before == after,
            Self::Instrument { before, after } => before == after,
            Self::Tuning { before, after } => before == after,
            Self::Controllers { before, after } => before == after,
            Self::Sound { before, after } => before == after,
            Self::Several(edits) => edits.iter().all(Self::changes_nothing),
        }
    }
}

/// A parameter in the player's hand.
struct Held {
    place: usize,
    /// Where it was, and where the hand has it now, 0 to 1.
    before: f32,
    now: f32,
}

#[derive(Default)]
struct Edits {
    done: VecDeque<Edit>,
    undone: Vec<Edit>,
    /// When the newest small turn was.
    turned: Option<Instant>,
    /// Gestures that go on.
    open: Vec<Held>,
    /// What ended while others went on.
    ended: Vec<Edit>,
    /// Projects that a host had loaded when these began.
    loads: u64,
    /// The learned controllers as they were when a parameter began to wait for one.
    awaited: Option<Saved>,
}

/// The edits of one instance.
#[derive(Default)]
pub struct History(Mutex<Edits>);

impl History {
    /// A host has loaded so many projects by now: what was changed in an earlier one is forgotten, for undoing it would put
    /// the one's sound into the other.
    pub fn begin_project(&self, loads: u64) {
        let mut edits = self.0.lock();
        if edits.loads != loads {
            edits.loads = loads;
            edits.done.clear();
            edits.undone.clear();
            edits.turned = None;
        }
    }

    /// The player changed something.
    pub fn record(&self, edit: Edit) {
        self.0.lock().push(edit, None);
    }

    /// The player turned a parameter a little, by wheel or key: turns that follow each other quickly are one edit.
    pub fn turned(&self, place: usize, before: f32, after: f32) {
        self.0.lock().push(Edit::Parameter { place, before, after }, Some(Instant::now()));
    }

    /// The player took hold of a parameter, which was at this place (0 to 1). Says whether nobody had hold of it.
    pub fn took(&self, place: usize, position: f32) -> bool {
        let mut edits = self.0.lock();
        let is_new = edits.open.iter().all(|held| held.place != place);
        if is_new {
            edits.open.push(Held { place, before: position, now: position });
        }
        is_new
    }

    /// The hand has the parameter that it holds at this place, 0 to 1.
    pub fn moved(&self, place: usize, position: f32) {
        let mut edits = self.0.lock();
        if let Some(held) = edits.open.iter_mut().find(|held| held.place == place) {
            held.now = position;
        }
    }

    /// Where the hand has the parameter, while it holds it. A host may take a moment to agree.
    pub fn held_at(&self, place: usize) -> Option<f32> {
        self.0.lock().open.iter().find(|held| held.place == place).map(|held| held.now)
    }

    /// The player let go of a parameter. What was held together is one edit. Says whether it was held.
    pub fn let_go(&self, place: usize) -> bool {
        let mut edits = self.0.lock();
        let Some(index) = edits.open.iter().position(|held| held.place == place) else { return false };
        let Held { before, now, .. } = edits.open.swap_remove(index);
        edits.ended.push(Edit::Parameter { place, before, after: now });
        if edits.open.is_empty() {
            let mut ended = std::mem::take(&mut edits.ended);
            let edit = if ended.len() == 1 { ended.swap_remove(0) } else { Edit::Several(ended) };
            edits.push(edit, None);
        }
        true
    }

    /// A parameter waits for a controller, and this is what they moved until now.
    pub fn awaits(&self, before: Saved) {
        self.0.lock().awaited = Some(before);
    }

    /// What controllers moved when a parameter began to wait for one, if one does.
    pub fn take_awaited(&self) -> Option<Saved> {
        self.0.lock().awaited.take()
    }

    /// The parameters that the player has hold of.
    pub fn held(&self) -> Vec<usize> {
        self.0.lock().open.iter().map(|held| held.place).collect()
    }

    /// What to do to take the newest edit back; it can then be done again.
    pub fn undo(&self) -> Option<Edit> {
        let mut edits = self.0.lock();
        let edit = edits.done.pop_back()?;
        edits.turned = None;
        edits.undone.push(edit.clone());
        Some(edit.reversed())
    }

    /// What to do to do again what was taken back last.
    pub fn redo(&self) -> Option<Edit> {
        let mut edits = self.0.lock();
        let edit = edits.undone.pop()?;
        edits.turned = None;
        edits.done.push_back(edit.clone());
        Some(edit)
    }

    /// Whether there is something to undo, and to do again.
    pub fn reach(&self) -> (bool, bool) {
        let edits = self.0.lock();
        (!edits.done.is_empty(), !edits.undone.is_empty())
    }

    /// The edit that [`History::undo`] would take back, and the one that [`History::redo`] would do again.
    pub fn next(&self) -> (Option<Edit>, Option<Edit>) {
        let edits = self.0.lock();
        (edits.done.back().cloned(), edits.undone.last().cloned())
    }
}

impl Edits {
    fn push(&mut self, edit: Edit, turned: Option<Instant>) {
        if edit.changes_nothing() {
            return;
        }
        self.undone.clear();
        let follows = matches!((self.turned, turned), (Some(last), Some(now)) if now - last < TOGETHER);
        self.turned = turned;
        if follows
            && let (Some(Edit::Parameter { place: last, after: end, .. }), Edit::Parameter { place, after, .. }) =
                (self.done.back_mut(), &edit)
            && last == place
        {
            *end = *after;
            return;
        }
        self.done.push_back(edit);
        if self.done.len() > DEPTH {
            self.done.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(place: usize, before: f32, after: f32) -> Edit {
        Edit::Parameter { place, before, after }
    }

    #[test]
    fn edits_are_undone_and_done_again() {
        let history = History::default();
        assert_eq!(history.undo(), None);
        history.record(turn(1, 0.0, 0.5));
        history.record(turn(2, 0.1, 0.2));
        assert_eq!(history.undo(), Some(turn(2, 0.2, 0.1)));
        assert_eq!(history.undo(), Some(turn(1, 0.5, 0.0)));
        assert_eq!(history.reach(), (false, true));
        assert_eq!(history.redo(), Some(turn(1, 0.0, 0.5)));
        history.record(turn(3, 0.0, 1.0));
        assert_eq!(history.redo(), None, "another way was taken");
    }

    #[test]
    fn what_changes_nothing_is_no_edit() {
        let history = History::default();
        history.record(turn(1, 0.5, 0.5));
        assert_eq!(history.reach(), (false, false));
    }

    #[test]
    fn turns_that_follow_each_other_are_one_edit() {
        let history = History::default();
        history.turned(1, 0.0, 0.1);
        history.turned(1, 0.1, 0.2);
        history.turned(2, 0.0, 0.3);
        assert_eq!(history.undo(), Some(turn(2, 0.3, 0.0)));
        assert_eq!(history.undo(), Some(turn(1, 0.2, 0.0)));
        assert_eq!(history.undo(), None);
    }

    #[test]
    fn what_is_held_together_is_one_edit() {
        let history = History::default();
        assert!(history.took(1, 0.0) && history.took(2, 0.0) && !history.took(1, 0.4));
        history.moved(1, 0.5);
        history.moved(2, 0.7);
        assert_eq!((history.held_at(1), history.held_at(3)), (Some(0.5), None));
        assert!(history.let_go(1));
        assert_eq!(history.reach(), (false, false));
        assert!(history.let_go(2) && !history.let_go(2));
        assert_eq!(history.undo(), Some(Edit::Several(vec![turn(2, 0.7, 0.0), turn(1, 0.5, 0.0)])));
    }

    #[test]
    fn another_project_has_a_history_of_its_own() {
        let history = History::default();
        history.begin_project(0);
        history.record(turn(1, 0.0, 0.5));
        history.begin_project(0);
        assert_eq!(history.reach(), (true, false));
        history.begin_project(1);
        assert_eq!(history.reach(), (false, false));
    }

    #[test]
    fn the_oldest_edits_are_forgotten() {
        let history = History::default();
        for place in 0..DEPTH + 5 {
            history.record(turn(place, 0.0, 1.0));
        }
        let undone = std::iter::from_fn(|| history.undo()).count();
        assert_eq!(undone, DEPTH);
    }
}
