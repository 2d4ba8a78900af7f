//! Steps the decoder of a model for many voices in one call.
//! Control thread; in offline rendering the thread that renders.
//! A row's answer depends on its own question and its slot's state alone, states stay with their slots, and an answer that
//! is not finite never leaves here (tests: `tests/tests/model_decoder.rs`, `a_voice_does_not_hear_the_others`).

use super::batch::Batch;
use super::controls::Controls;
use super::error::{DecodeError, ModelError, ModelFault};
use super::gesture::{Gesture, GestureRequest};
use super::metadata::{Family, MAX_LATENT, Metadata};
use super::session::{answer_ports, input_ports, output_ports};
use super::{Core, Model};
use crate::frame::FrameLayout;
use std::sync::{Arc, PoisonError};

/// Most rows of one step.
pub const MAX_ROWS: usize = 64;

/// Batch sizes that buffers are bound for. A step takes the next larger one; the rest is padding. All are multiples of
/// four: ONNX Runtime computes sines and the like four elements at a time and the remainder by another routine, whose
/// last bits differ (2e-7 on the cello). So a row's answer is the same to the bit in any company and at any place, where
/// the network's widths are even; where they are odd, rows begin within such a group and the last bit (1.2e-7) may differ.
const BATCH_SIZES: [usize; 8] = [4, 8, 12, 16, 24, 32, 48, MAX_ROWS];

/// A state element smaller than this becomes zero, so that a decaying state never ends in slow subnormal numbers.
const SMALLEST_STATE: f32 = 1e-30;

/// What one voice asks of the decoder, in natural units. The decoder clamps to the trained ranges and scales.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepRequest {
    /// Which state to go on from; each slot at most once in a step.
    pub slot: usize,
    /// MIDI pitch; 69 is 440 Hz.
    pub midi_pitch: f32,
    /// Loudness, decibels by the model's measure.
    pub loudness_db: f32,
    /// Latent values; as many are used as the model has.
    pub latent: [f32; MAX_LATENT],
}

/// A decoder as the control thread sees it.
pub trait Decode: Send {
    /// What the model says about itself.
    fn metadata(&self) -> &Metadata;

    /// What a row of answers holds.
    fn layout(&self) -> FrameLayout;

    /// The state of `slot` becomes the settled state of the semitone nearest to `midi_pitch`. A slot that does not exist is left alone.
    fn settle(&mut self, slot: usize, midi_pitch: f32);

    /// One batched call of at most [`MAX_ROWS`] rows. The answers are read by row until the next step.
    fn step(&mut self, requests: &[StepRequest]) -> Result<(), DecodeError>;

    /// One batched call of the performance network, of at most [`MAX_ROWS`] rows: a gesture for each request, in order.
    /// Nothing for a model without one. [`Decode::settle`] brings the slot's performance to its beginning, too.
    fn perform(&mut self, requests: &[GestureRequest], gestures: &mut Vec<Gesture>) -> Result<(), DecodeError> {
        let _ = (requests, gestures);
        Ok(())
    }

    /// Row `row` of the last step.
    fn controls(&self, row: usize) -> Controls<'_>;

    /// Whether the decoder answered row `row` of the last step with finite numbers. Where it did not, the row is
    /// silence, the slot's state is settled anew, and the voice should hold what it had.
    fn is_finite(&self, row: usize) -> bool {
        let _ = row;
        true
    }
}

/// The decoder of a [`Model`] through ONNX Runtime, with its own buffers and states. The session is shared.
pub struct OnnxDecoder {
    core: Arc<Core>,
    batches: Vec<Batch>,
    slots: usize,
    /// States of all slots, one row after the other.
    states: Vec<f32>,
    rows: usize,
    finite: [bool; MAX_ROWS],
    /// Most rows of a step.
    limit: usize,
    /// What the steps answer, in the order of the ports.
    answers: Vec<Answer>,
}

/// One output of the last step.
struct Answer {
    /// Values of one row.
    width: usize,
    /// All rows.
    values: Vec<f32>,
}

impl Answer {
    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..][..self.width]
    }

    fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.width..][..self.width]
    }
}

impl OnnxDecoder {
    /// Allocates and binds everything for `slots` voices, and runs each batch size once. States are zero.
    pub fn new(model: &Arc<Model>, slots: usize) -> Result<Self, ModelError> {
        Self::of_core(Arc::clone(&model.core), slots)
            .map_err(|error| ModelFault::Failed { reason: error.to_string() }.of(&model.identity().path))
    }

    fn of_core(core: Arc<Core>, slots: usize) -> ort::Result<Self> {
        let metadata = &core.metadata;
        let (inputs, outputs) = (input_ports(metadata), output_ports(metadata));
        let largest = BATCH_SIZES.iter().position(|&size| size >= slots).unwrap_or(BATCH_SIZES.len() - 1);
        let mut batches = Vec::new();
        {
            let mut session = core.session.lock().unwrap_or_else(PoisonError::into_inner);
            for &size in &BATCH_SIZES[..=largest] {
                let mut batch = Batch::new(&session, &inputs, &outputs, size)?;
                // The first run of a shape plans its memory.
                batch.run(&mut session, core.execution)?;
                batches.push(batch);
            }
        }
        let rows = BATCH_SIZES[largest];
        Ok(Self {
            batches,
            slots,
            states: vec![0.0; slots * metadata.state_width()],
            rows: 0,
            finite: [true; MAX_ROWS],
            limit: rows,
            answers: answer_ports(metadata)
                .iter()
                .map(|port| Answer { width: port.elements(), values: vec![0.0; rows * port.elements()] })
                .collect(),
            core,
        })
    }

    /// Voices that keep a state.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The state of `slot`: all state tensors one after the other, in the order of the metadata. Empty for a slot that does not exist.
    pub fn state(&self, slot: usize) -> &[f32] {
        let width = self.core.metadata.state_width();
        self.states.get(slot * width..(slot + 1) * width).unwrap_or_default()
    }

    /// The state of `slot` becomes zero, as before the first frame of a parity file.
    pub fn zero(&mut self, slot: usize) {
        let width = self.core.metadata.state_width();
        if let Some(state) = self.states.get_mut(slot * width..(slot + 1) * width) {
            state.fill(0.0);
        }
    }

    fn check(&self, requests: &[StepRequest]) -> Result<(), DecodeError> {
        let limit = self.limit;
        if requests.len() > limit {
            return Err(DecodeError::TooManyRows { found: requests.len(), limit });
        }
        match requests.iter().find(|request| request.slot >= self.slots) {
            Some(request) => Err(DecodeError::Slot { found: request.slot, limit: self.slots }),
            None => Ok(()),
        }
    }

    fn run(&mut self, requests: &[StepRequest]) -> ort::Result<()> {
        let Some(batch) = self.batches.iter_mut().find(|batch| batch.rows() >= requests.len()) else { return Ok(()) };
        write_inputs(batch, requests, &self.core.metadata, &self.states)?;
        {
            let mut session = self.core.session.lock().unwrap_or_else(PoisonError::into_inner);
            batch.run(&mut session, self.core.execution)?;
        }
        let metadata = &self.core.metadata;
        let rows = requests.len();
        self.finite[..rows].fill(true);
        for (index, answer) in self.answers.iter_mut().enumerate() {
            answer.values[..rows * answer.width].copy_from_slice(&batch.output(index)?[..rows * answer.width]);
            for (row, finite) in self.finite[..rows].iter_mut().enumerate() {
                *finite &= answer.row(row).iter().all(|x| x.is_finite());
            }
        }
        let first_state = self.answers.len();
        for index in 0..metadata.states.len() {
            let (next, elements) = (batch.output(first_state + index)?, metadata.states[index].elements());
            for (row, finite) in self.finite[..rows].iter_mut().enumerate() {
                *finite &= next[row * elements..][..elements].iter().all(|x| x.is_finite());
            }
        }
        read_states(batch, first_state, requests, metadata, &self.finite, &mut self.states)
    }

    /// Rows that are not finite become silence and their slots start anew.
    fn silence_faulty_rows(&mut self, requests: &[StepRequest]) {
        for (row, request) in requests.iter().enumerate() {
            if !self.finite[row] {
                self.answers.iter_mut().for_each(|answer| answer.row_mut(row).fill(0.0));
                self.settle(request.slot, request.midi_pitch);
            }
        }
    }
}

/// Scales the questions and copies the states in. Padding repeats the last row, so that it is as harmless as that one.
fn write_inputs(batch: &mut Batch, requests: &[StepRequest], metadata: &Metadata, states: &[f32]) -> ort::Result<()> {
    let rows = batch.rows();
    let request = |row: usize| &requests[row.min(requests.len() - 1)];
    for (row, feature) in batch.input(0)?.iter_mut().enumerate() {
        *feature = metadata.pitch.feature(request(row).midi_pitch);
    }
    for (row, feature) in batch.input(1)?.iter_mut().enumerate() {
        *feature = metadata.loudness.feature(request(row).loudness_db);
    }
    let mut input = 2;
    if !metadata.latent.is_empty() {
        for (row, values) in batch.input(2)?.chunks_exact_mut(metadata.latent.len()).enumerate() {
            for ((value, dimension), wanted) in values.iter_mut().zip(&metadata.latent).zip(request(row).latent) {
                *value = dimension.feature(wanted);
            }
        }
        input = 3;
    }
    let width = metadata.state_width();
    let mut offset = 0;
    for state in &metadata.states {
        let elements = state.elements();
        let tensor = batch.input(input)?;
        for row in 0..rows {
            let start = request(row).slot * width + offset;
            tensor[row * elements..][..elements].copy_from_slice(&states[start..start + elements]);
        }
        offset += elements;
        input += 1;
    }
    Ok(())
}

/// Copies the next states of the finite rows to their slots.
fn read_states(
    batch: &Batch,
    first_state: usize,
    requests: &[StepRequest],
    metadata: &Metadata,
    finite: &[bool],
    states: &mut [f32],
) -> ort::Result<()> {
    let width = metadata.state_width();
    let mut offset = 0;
    for (index, state) in metadata.states.iter().enumerate() {
        let elements = state.elements();
        let next = batch.output(first_state + index)?;
        for (row, request) in requests.iter().enumerate().filter(|(row, _)| finite[*row]) {
            let start = request.slot * width + offset;
            let kept = &mut states[start..start + elements];
            for (kept, new) in kept.iter_mut().zip(&next[row * elements..][..elements]) {
                *kept = if new.abs() < SMALLEST_STATE { 0.0 } else { *new };
            }
        }
        offset += elements;
    }
    Ok(())
}

impl Decode for OnnxDecoder {
    fn metadata(&self) -> &Metadata {
        &self.core.metadata
    }

    fn layout(&self) -> FrameLayout {
        self.core.layout()
    }

    fn settle(&mut self, slot: usize, midi_pitch: f32) {
        let width = self.core.metadata.state_width();
        if let Some(state) = self.states.get_mut(slot * width..(slot + 1) * width) {
            state.copy_from_slice(self.core.settled.row(midi_pitch));
        }
    }

    fn step(&mut self, requests: &[StepRequest]) -> Result<(), DecodeError> {
        self.rows = 0;
        if requests.is_empty() {
            return Ok(());
        }
        self.check(requests)?;
        self.run(requests).map_err(|error| DecodeError::Run(error.to_string()))?;
        self.silence_faulty_rows(requests);
        self.rows = requests.len();
        Ok(())
    }

    fn controls(&self, row: usize) -> Controls<'_> {
        debug_assert!(row < self.rows, "a row of the last step");
        let answer = |index: usize| self.answers[index].row(row);
        match self.core.metadata.family {
            Family::Ddsp => Controls::Ddsp {
                amplitude: answer(0)[0].max(0.0),
                harmonic_distribution: answer(1),
                noise_magnitudes: answer(2),
            },
            Family::Newt(_) => Controls::Newt { film: answer(0), noise_magnitudes: answer(1) },
        }
    }

    fn is_finite(&self, row: usize) -> bool {
        self.finite[..self.rows][row]
    }
}
