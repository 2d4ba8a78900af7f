//! Steps a decoder through a batch, and keeps what goes wrong from the sound: errors, values that are not finite, panics.

use crate::model::{Decode, Gesture, GestureRequest, StepRequest};
use crate::perform::SLOTS;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the decoder did.
#[derive(Debug)]
pub enum Stepped {
    /// Rows are there; each may still be broken.
    Rows,
    /// No rows, for this reason.
    Failed(String),
    /// It panicked and must not be called again.
    Panicked,
}

/// Steps the decoder.
pub fn step(decoder: &mut dyn Decode, requests: &[StepRequest]) -> Stepped {
    match catch_unwind(AssertUnwindSafe(|| decoder.step(requests))) {
        Ok(Ok(())) => Stepped::Rows,
        Ok(Err(error)) => Stepped::Failed(error.to_string()),
        Err(_) => Stepped::Panicked,
    }
}

/// What the performance network did.
#[derive(Debug)]
pub enum Performed {
    /// A gesture for each request; each may still be broken.
    Gestures,
    /// None, for this reason.
    Failed(String),
    /// It panicked.
    Panicked,
}

/// Asks the performance network.
pub fn perform(decoder: &mut dyn Decode, requests: &[GestureRequest], gestures: &mut Vec<Gesture>) -> Performed {
    gestures.clear();
    match catch_unwind(AssertUnwindSafe(|| decoder.perform(requests, gestures))) {
        Ok(Ok(())) if gestures.len() == requests.len() => Performed::Gestures,
        Ok(Ok(())) => Performed::Failed(format!(
            "the performance network gave {} answers to {} notes",
            gestures.len(),
            requests.len()
        )),
        Ok(Err(error)) => Performed::Failed(error.to_string()),
        Err(_) => Performed::Panicked,
    }
}

/// Settles a slot; says whether the decoder survived it.
pub fn settle(decoder: &mut dyn Decode, slot: u16, midi_pitch: f32) -> bool {
    catch_unwind(AssertUnwindSafe(|| decoder.settle(usize::from(slot), midi_pitch))).is_ok()
}

/// Since when each slot's decoder gives nothing usable.
#[derive(Clone, Debug)]
pub struct Faults {
    since: [Option<u64>; SLOTS],
}

impl Faults {
    /// All slots are well.
    pub fn new() -> Self {
        Self { since: [None; SLOTS] }
    }

    /// The slot gave a usable row, or begins anew.
    pub fn clear(&mut self, slot: u16) {
        self.since[usize::from(slot)] = None;
    }

    /// The slot gave nothing usable at `at`; returns since when.
    pub fn note(&mut self, slot: u16, at: u64) -> u64 {
        *self.since[usize::from(slot)].get_or_insert(at)
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::new()
    }
}
