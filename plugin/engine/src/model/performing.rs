//! Steps the performance network of a model for many voices in one call.
//! Control thread; in offline rendering the thread that renders.
//! A row's gesture depends on its own question and its slot's state alone, an answer that is not finite never leaves
//! here, and nothing is allocated (tests: `tests/tests/model_performance.rs`, `a_gesture_allocates_nothing_of_ours`).

use super::Execution;
use super::batch::Batch;
use super::decoder::MAX_ROWS;
use super::gesture::{Gesture, GestureRequest, Performance};
use super::metadata::PitchFeature;
use super::performance_model::{ANSWERS, input_ports, output_ports, question};
use super::slot_states::SlotStates;
use ort::session::Session;
use std::sync::{Mutex, PoisonError};

/// Buffers, states and last gestures of one player of the network. The session is shared, and always on the processor:
/// the network is too small for a GPU to be worth the way.
pub struct Performing {
    batches: Vec<Batch>,
    states: SlotStates,
    /// The last finite gesture of each slot; neutral before its note.
    held: Vec<Gesture>,
    pitch: PitchFeature,
    /// Inputs before those of the states.
    questions: usize,
}

impl Performing {
    /// Allocates and binds everything for `slots` voices, and runs each batch size once. States are zero.
    pub fn new(
        session: &Mutex<Session>,
        performance: &Performance,
        pitch: PitchFeature,
        slots: usize,
    ) -> ort::Result<Self> {
        let (inputs, outputs) = (input_ports(performance), output_ports(performance));
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Self {
            batches: Batch::for_slots(&mut session, &inputs, &outputs, slots, Execution::Cpu)?,
            states: SlotStates::new(&performance.states, slots),
            held: vec![Gesture::default(); slots],
            pitch,
            questions: inputs.len() - performance.states.len(),
        })
    }

    /// `slot` is as before the first frame of a note. A slot that does not exist is left alone.
    pub fn begin(&mut self, slot: usize) {
        self.states.row_mut(slot).fill(0.0);
        if let Some(held) = self.held.get_mut(slot) {
            *held = Gesture::default();
        }
    }

    /// One step; appends a gesture for each request. At most as many requests as the largest batch has rows, each of a
    /// slot that exists. After an error nothing is appended and the states are as before, or zero where notes began.
    pub fn step(
        &mut self,
        session: &Mutex<Session>,
        requests: &[GestureRequest],
        gestures: &mut Vec<Gesture>,
    ) -> ort::Result<()> {
        let Some(last) = requests.last() else { return Ok(()) };
        requests.iter().filter(|request| request.begins).for_each(|request| self.begin(request.slot));
        let Some(batch) = self.batches.iter_mut().find(|batch| batch.rows() >= requests.len()) else { return Ok(()) };
        // Padding repeats the last row, so that it is as harmless as that one.
        let request = |row: usize| requests.get(row).unwrap_or(last);
        for row in 0..batch.rows() {
            for (input, value) in question(request(row), &self.pitch).into_iter().enumerate() {
                batch.input(input)?[row] = value;
            }
        }
        self.states.write(batch, self.questions, |row| request(row).slot)?;
        batch.run(&mut session.lock().unwrap_or_else(PoisonError::into_inner), Execution::Cpu)?;
        let mut finite = [true; MAX_ROWS];
        let finite = &mut finite[..requests.len()];
        for index in 0..ANSWERS.len() {
            let answer = batch.output(index)?;
            finite.iter_mut().zip(answer).for_each(|(finite, x)| *finite &= x.is_finite());
        }
        self.states.check(batch, ANSWERS.len(), finite)?;
        let slots = requests.iter().map(|request| request.slot).enumerate();
        self.states.read(batch, ANSWERS.len(), slots.filter(|(row, _)| finite[*row]))?;
        let answer = |index: usize, row: usize| {
            let range = &ANSWERS[index];
            batch.output(index).map(|values| values[row].clamp(range.low, range.high))
        };
        for (row, request) in requests.iter().enumerate() {
            if finite[row] {
                self.held[request.slot] = Gesture {
                    loudness_db: answer(0, row)?,
                    pitch_cents: answer(1, row)?,
                    loudness_spread_db: answer(2, row)?,
                    pitch_spread_cents: answer(3, row)?,
                    noise_db: answer(4, row)?,
                };
            } else {
                self.states.row_mut(request.slot).fill(0.0);
            }
            gestures.push(self.held[request.slot]);
        }
        Ok(())
    }
}
