//! MIDI learn: which controllers move which parameters, kept with the project.
//! Controllers are heard on the audio thread, which never waits for the editor's; the rest is the main thread's and the
//! window's.
//! A controller moves one parameter and then nothing else; what is saved comes back, also for a parameter of a later
//! release (tests at the end; through the packaged plugin `clap_learn.rs`).

use crate::params::IDS;
use crossbeam::queue::ArrayQueue;
use nice_plug::params::persist::PersistentField;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering};

/// MIDI's controller numbers.
const CONTROLLERS: usize = 128;
/// From here on they are channel mode messages.
const MODES: u8 = 120;
/// Data entry, and what selects the numbered parameter that it sets: parts of one message, and so no controllers alone.
const NUMBERED: [u8; 8] = [6, 38, 96, 97, 98, 99, 100, 101];
/// Moves in one block that the host can be told of.
const MOVES: usize = 1024;
/// No parameter. The others are a parameter's place, counted from 1.
const NOTHING: u16 = 0;

/// What is saved: a parameter's id by controller number.
pub type Saved = BTreeMap<String, String>;

/// A parameter that a learned controller moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    /// Place of the parameter in [`IDS`].
    pub place: usize,
    /// Offset in the host's block, samples.
    pub at: u32,
    /// Where the parameter is now, 0 (bottom) to 1.
    pub position: f32,
}

/// What a controller that was just heard means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// What MIDI says.
    Standard,
    /// It moves the parameter at this place.
    Moves(usize),
    /// The same, from now on.
    Learned(usize),
}

/// The learned controllers of one instance; a clone is the same.
#[derive(Clone)]
pub struct Learned {
    table: Arc<Table>,
}

struct Table {
    /// The parameter of each controller.
    places: [AtomicU16; CONTROLLERS],
    /// The parameter that waits for a controller.
    armed: AtomicU16,
    /// VST3 hosts ask who moves what only when they are told that it changed.
    changed: AtomicBool,
    /// Saved entries that this release cannot use.
    strange: Mutex<Saved>,
    /// What the layer over the format has not told the host yet.
    moves: ArrayQueue<Move>,
    /// Samples of the host's block that are done: the framework cuts it at parameter changes.
    done: AtomicU32,
}

impl Default for Learned {
    fn default() -> Self {
        Self {
            table: Arc::new(Table {
                places: [const { AtomicU16::new(NOTHING) }; CONTROLLERS],
                armed: AtomicU16::new(NOTHING),
                changed: AtomicBool::new(false),
                strange: Mutex::default(),
                moves: ArrayQueue::new(MOVES),
                done: AtomicU32::new(0),
            }),
        }
    }
}

/// Whether a controller can be learned.
pub fn is_learnable(controller: u8) -> bool {
    controller < MODES && !NUMBERED.contains(&controller)
}

fn counted(place: usize) -> u16 {
    u16::try_from(place + 1).unwrap_or(NOTHING)
}

fn place(counted: u16) -> Option<usize> {
    usize::from(counted).checked_sub(1)
}

impl Learned {
    // The audio callback. Real-time safe.

    /// A controller was moved: what that means. The parameter that waits for one gets it.
    pub fn hear(&self, controller: u8) -> Heard {
        let Some(found) = self.table.places.get(usize::from(controller)) else { return Heard::Standard };
        if is_learnable(controller)
            && self.table.armed.load(Ordering::Relaxed) != NOTHING
            && let Some(place) = place(self.table.armed.swap(NOTHING, Ordering::AcqRel))
        {
            self.assign(controller, place);
            return Heard::Learned(place);
        }
        place(found.load(Ordering::Relaxed)).map_or(Heard::Standard, Heard::Moves)
    }

    /// Remembers to tell the host of a move, `offset` samples into the present part of its block. Where there is no one
    /// to tell (the standalone program) or too much, it is forgotten.
    pub fn tell(&self, place: usize, offset: usize, position: f32) {
        let at = self.table.done.load(Ordering::Relaxed) + offset as u32;
        let _ = self.table.moves.push(Move { place, at, position });
    }

    /// A part of the host's block is done.
    pub fn advance(&self, samples: usize) {
        self.table.done.fetch_add(samples as u32, Ordering::Relaxed);
    }

    /// How far into the host's block the present part of it begins, samples. Real-time safe.
    pub fn done(&self) -> u32 {
        self.table.done.load(Ordering::Relaxed)
    }

    // The layers over the formats.

    /// The host's next block begins. Real-time safe.
    pub fn begin_block(&self) {
        self.table.done.store(0, Ordering::Relaxed);
    }

    /// The next move that the host does not know of. Real-time safe.
    pub fn next_move(&self) -> Option<Move> {
        self.table.moves.pop()
    }

    /// Whether a host that asks who moves what should ask again; true once for each change.
    pub fn take_change(&self) -> bool {
        self.table.changed.swap(false, Ordering::AcqRel)
    }

    /// The place of the parameter that a controller moves.
    pub fn place_of(&self, controller: u8) -> Option<usize> {
        place(self.table.places.get(usize::from(controller))?.load(Ordering::Relaxed))
    }

    // The editor.

    /// Lets the parameter at `place` wait for a controller; `None`: nobody waits any more.
    pub fn arm(&self, place: Option<usize>) {
        self.table.armed.store(place.map_or(NOTHING, counted), Ordering::Release);
    }

    /// The place of the parameter that waits.
    pub fn armed(&self) -> Option<usize> {
        place(self.table.armed.load(Ordering::Relaxed))
    }

    /// From now on the controller moves the parameter at `place`, and no other one does; nothing where it
    /// cannot be learned. Real-time safe.
    pub fn assign(&self, controller: u8, place: usize) {
        if !is_learnable(controller) || place >= IDS.len() {
            return;
        }
        self.clear(place);
        self.table.places[usize::from(controller)].store(counted(place), Ordering::Relaxed);
        self.table.changed.store(true, Ordering::Release);
    }

    /// The controller of the parameter at `place` is an ordinary one again.
    pub fn forget(&self, place: usize) {
        self.clear(place);
        self.table.changed.store(true, Ordering::Release);
    }

    /// The controller that moves the parameter at `place`.
    pub fn controller_of(&self, place: usize) -> Option<u8> {
        let found = self.table.places.iter().position(|entry| entry.load(Ordering::Relaxed) == counted(place))?;
        u8::try_from(found).ok()
    }

    /// What every controller moves, as it is saved.
    pub fn saved(&self) -> Saved {
        let mut saved = self.table.strange.lock().clone();
        for (controller, entry) in self.table.places.iter().enumerate() {
            if let Some(id) = place(entry.load(Ordering::Relaxed)).and_then(|place| IDS.get(place)) {
                saved.insert(controller.to_string(), (*id).to_owned());
            }
        }
        saved
    }

    /// Every controller moves what `saved` says.
    pub fn restore(&self, saved: &Saved) {
        PersistentField::set(self, saved.clone());
    }

    fn clear(&self, place: usize) {
        for entry in &self.table.places {
            let _ = entry.compare_exchange(counted(place), NOTHING, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

impl PersistentField<'_, Saved> for Learned {
    fn set(&self, new_value: Saved) {
        for entry in &self.table.places {
            entry.store(NOTHING, Ordering::Relaxed);
        }
        let mut strange = self.table.strange.lock();
        strange.clear();
        for (controller, id) in new_value {
            let number = controller.parse().ok().filter(|number| is_learnable(*number));
            match (number, IDS.iter().position(|known| *known == id)) {
                (Some(number), Some(place)) => self.assign(number, place),
                _ => drop(strange.insert(controller, id)),
            }
        }
        self.table.changed.store(true, Ordering::Release);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&Saved) -> R,
    {
        f(&self.saved())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAIN: usize = 16;

    #[test]
    fn an_armed_parameter_takes_the_next_controller() {
        let learned = Learned::default();
        assert_eq!(learned.hear(21), Heard::Standard);
        learned.arm(Some(GAIN));
        assert_eq!(learned.hear(101), Heard::Standard, "part of a numbered parameter");
        assert_eq!(learned.hear(123), Heard::Standard, "all notes off");
        assert_eq!(learned.hear(21), Heard::Learned(GAIN));
        assert_eq!(learned.hear(21), Heard::Moves(GAIN));
        assert_eq!(learned.hear(22), Heard::Standard);
        assert_eq!((learned.armed(), learned.controller_of(GAIN)), (None, Some(21)));
        assert!(learned.take_change() && !learned.take_change());
    }

    #[test]
    fn a_controller_has_one_parameter_and_a_parameter_one_controller() {
        let learned = Learned::default();
        learned.assign(21, GAIN);
        learned.assign(22, GAIN);
        assert_eq!((learned.place_of(21), learned.place_of(22)), (None, Some(GAIN)));
        learned.assign(22, 3);
        assert_eq!((learned.controller_of(GAIN), learned.controller_of(3)), (None, Some(22)));
        learned.forget(3);
        assert_eq!(learned.hear(22), Heard::Standard);
    }

    #[test]
    fn what_is_saved_comes_back_and_so_does_what_is_not_understood() {
        let entries = [("21", "gain"), ("22", "of the future"), ("6", "gain"), ("much", "tune")];
        let saved: Saved = entries.map(|(controller, id)| (controller.to_owned(), id.to_owned())).into();
        let learned = Learned::default();
        learned.assign(30, 4);
        PersistentField::set(&learned, saved.clone());
        assert_eq!((learned.place_of(21), learned.place_of(22), learned.place_of(30)), (Some(GAIN), None, None));
        assert_eq!(learned.map(Saved::clone), saved);
    }

    #[test]
    fn moves_carry_their_place_in_the_hosts_block() {
        let learned = Learned::default();
        learned.begin_block();
        learned.advance(100);
        learned.tell(GAIN, 7, 0.5);
        assert_eq!(learned.next_move(), Some(Move { place: GAIN, at: 107, position: 0.5 }));
        assert_eq!(learned.next_move(), None);
    }
}
