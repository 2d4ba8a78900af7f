//! Has the performance network shape the notes: one batch a frame, before the decoder is asked. What fails here costs the
//! shape and never the note.
//! On the control thread; nothing allocates but the sentence of a fault.
//! (Test: `a_performance_network_that_fails_leaves_plain_notes`.)

use super::faults::{self, Performed};
use crate::model::{Decode, Gesture, GestureRequest};
use crate::perform::{MAX_VOICES, Performer};

/// See the module.
pub(super) struct Gestures {
    requests: Vec<GestureRequest>,
    answers: Vec<Gesture>,
    /// The network failed and is asked no more.
    given_up: bool,
}

impl Gestures {
    /// Of an instrument that begins to play.
    pub fn new() -> Self {
        Self { requests: Vec::with_capacity(MAX_VOICES), answers: Vec::with_capacity(MAX_VOICES), given_up: false }
    }

    /// Another instrument plays.
    pub fn start_over(&mut self) {
        self.given_up = false;
    }

    /// Shapes the performer's notes at the frame at which it is; says what went wrong, once, as the end of a sentence.
    pub fn shape(&mut self, performer: &mut Performer, decoder: &mut dyn Decode) -> Option<String> {
        if self.given_up {
            return None;
        }
        self.requests.clear();
        performer.ask(&mut self.requests);
        if self.requests.is_empty() {
            return None;
        }
        let fault = match faults::perform(decoder, &self.requests, &mut self.answers) {
            Performed::Gestures if performer.answer(&self.answers) == 0 => return None,
            Performed::Gestures => return Some("the performance network gave values that are not finite".into()),
            Performed::Failed(reason) => format!("notes are shaped no more: {reason}"),
            Performed::Panicked => "notes are shaped no more: the performance network crashed".into(),
        };
        self.given_up = true;
        performer.play_plain();
        Some(fault)
    }
}
