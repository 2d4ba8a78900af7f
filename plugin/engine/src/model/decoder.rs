//! Steps the decoder of a model for many voices in one call.
//! Control thread; in offline rendering the thread that renders.
//! A row's answer depends on its own question and its slot's state alone, states stay with their slots, and an answer that
//! is not finite never leaves here (tests: `tests/tests/model_decoder.rs`, `a_voice_does_not_hear_the_others`).

use super::batch::Batch;
use super::controls::Controls;
use super::error::{DecodeError, ModelError, ModelFault};
use super::film::FilmShape;
use super::gesture::{Gesture, GestureRequest};
use super::metadata::{Family, MAX_LATENT, Metadata};
use super::performing::Performing;
use super::session::{answer_ports, input_ports, output_ports};
use super::slot_states::SlotStates;
use super::{Core, Model};
use crate::frame::FrameLayout;
use crate::units::{A4_HZ, hertz_of_pitch};
use std::sync::{Arc, PoisonError};

/// Most rows of one step.
pub const MAX_ROWS: usize = 64;

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
    /// Place between two instruments, where there are two: 0 the first, 1 the second.
    pub morph: f32,
    /// What is done to a film, where there are shapers.
    pub film: FilmShape,
    /// What the player means by all that, for a second model that is to play the same.
    pub aim: Aim,
}

/// What a voice is to play, whichever model plays it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// Loudness that velocity and controllers ask for, envelope and gesture left out, decibels by the model's measure.
    pub asked_db: f32,
    /// Loudness that is wanted now, within the trained range or not, decibels by the model's measure.
    pub wanted_db: f32,
    /// Fundamental that sounds, hertz.
    pub f0_hz: f32,
    /// Places in the latent dimensions: -1 the low end, 0 the default, 1 the high end.
    pub latent: [f32; MAX_LATENT],
}

impl StepRequest {
    /// The pitch and the loudness that are meant, and everything else at rest, latent values at 0.
    pub fn of(slot: usize, midi_pitch: f32, loudness_db: f32) -> Self {
        let f0_hz = hertz_of_pitch(midi_pitch, A4_HZ);
        let aim = Aim { asked_db: loudness_db, wanted_db: loudness_db, f0_hz, latent: [0.0; MAX_LATENT] };
        let latent = [0.0; MAX_LATENT];
        Self { slot, midi_pitch, loudness_db, latent, morph: 0.0, film: FilmShape::REST, aim }
    }
}

/// A decoder as the control thread sees it.
pub trait Decode: Send {
    /// What the model says about itself.
    fn metadata(&self) -> &Metadata;

    /// What a row of answers holds.
    fn layout(&self) -> FrameLayout;

    /// Rate up to half of which the noise bands reach, hertz.
    fn noise_rate(&self) -> f64 {
        self.metadata().sample_rate
    }

    /// The state of `slot` becomes the settled state of the semitone nearest to `midi_pitch`. A slot that does not exist is left alone.
    fn settle(&mut self, slot: usize, midi_pitch: f32);

    /// One batched call of at most [`MAX_ROWS`] rows. The answers are read by row until the next step.
    fn step(&mut self, requests: &[StepRequest]) -> Result<(), DecodeError>;

    /// One batched call of the performance network, of at most [`MAX_ROWS`] rows: `gestures` becomes a gesture for each
    /// request, in order; for a model without such a network, and after an error, it is empty. The decoder goes on
    /// whatever happens here. Where the network answers what is not finite, the slot's last gesture is held, neutral
    /// before its first. [`Decode::settle`] brings the slot's performance to the beginning of a note, too.
    fn perform(&mut self, requests: &[GestureRequest], gestures: &mut Vec<Gesture>) -> Result<(), DecodeError> {
        let _ = requests;
        gestures.clear();
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

    /// What has gone wrong in a part of the decoder without which it plays on, a sentence for the player.
    fn trouble(&self) -> Option<&str> {
        None
    }
}

/// The decoder of a [`Model`] through ONNX Runtime, with its own buffers and states. The session is shared.
pub struct OnnxDecoder {
    core: Arc<Core>,
    batches: Vec<Batch>,
    slots: usize,
    states: SlotStates,
    performing: Option<Performing>,
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
        let batches = {
            let mut session = core.session.lock().unwrap_or_else(PoisonError::into_inner);
            Batch::for_slots(&mut session, &inputs, &outputs, slots, core.execution)?
        };
        let performing = match (&core.performance, &metadata.performance) {
            (Some(session), Some(performance)) => Some(Performing::new(session, performance, metadata.pitch, slots)?),
            _ => None,
        };
        let rows = batches.last().map_or(0, Batch::rows);
        Ok(Self {
            batches,
            slots,
            states: SlotStates::new(&metadata.states, slots),
            performing,
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
        self.states.row(slot)
    }

    /// The state of `slot` becomes zero, as before the first frame of a parity file.
    pub fn zero(&mut self, slot: usize) {
        self.states.row_mut(slot).fill(0.0);
        self.begin_performance(slot);
    }

    fn begin_performance(&mut self, slot: usize) {
        if let Some(performing) = &mut self.performing {
            performing.begin(slot);
        }
    }

    fn settle_decoder(&mut self, slot: usize, midi_pitch: f32) {
        if slot < self.slots {
            self.states.row_mut(slot).copy_from_slice(self.core.settled.row(midi_pitch));
        }
    }

    fn check(&self, mut slots: impl ExactSizeIterator<Item = usize>) -> Result<(), DecodeError> {
        if slots.len() > self.limit {
            return Err(DecodeError::TooManyRows { found: slots.len(), limit: self.limit });
        }
        match slots.find(|slot| *slot >= self.slots) {
            Some(found) => Err(DecodeError::Slot { found, limit: self.slots }),
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
        let rows = requests.len();
        self.finite[..rows].fill(true);
        for (index, answer) in self.answers.iter_mut().enumerate() {
            answer.values[..rows * answer.width].copy_from_slice(&batch.output(index)?[..rows * answer.width]);
            for (row, finite) in self.finite[..rows].iter_mut().enumerate() {
                *finite &= answer.row(row).iter().all(|x| x.is_finite());
            }
        }
        let first_state = self.answers.len();
        self.states.check(batch, first_state, &mut self.finite[..rows])?;
        let slots = requests.iter().map(|request| request.slot).enumerate();
        self.states.read(batch, first_state, slots.filter(|(row, _)| self.finite[*row]))
    }

    /// Rows that are not finite become silence and their slots start anew.
    fn silence_faulty_rows(&mut self, requests: &[StepRequest]) {
        for (row, request) in requests.iter().enumerate() {
            if !self.finite[row] {
                self.answers.iter_mut().for_each(|answer| answer.row_mut(row).fill(0.0));
                self.settle_decoder(request.slot, request.midi_pitch);
            }
        }
    }
}

/// Scales the questions and copies the states in. Padding repeats the last row, so that it is as harmless as that one.
fn write_inputs(
    batch: &mut Batch,
    requests: &[StepRequest],
    metadata: &Metadata,
    states: &SlotStates,
) -> ort::Result<()> {
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
    states.write(batch, input, |row| request(row).slot)
}

impl Decode for OnnxDecoder {
    fn metadata(&self) -> &Metadata {
        &self.core.metadata
    }

    fn layout(&self) -> FrameLayout {
        self.core.layout()
    }

    fn settle(&mut self, slot: usize, midi_pitch: f32) {
        self.settle_decoder(slot, midi_pitch);
        self.begin_performance(slot);
    }

    fn step(&mut self, requests: &[StepRequest]) -> Result<(), DecodeError> {
        self.rows = 0;
        if requests.is_empty() {
            return Ok(());
        }
        self.check(requests.iter().map(|request| request.slot))?;
        self.run(requests).map_err(|error| DecodeError::Run(error.to_string()))?;
        self.silence_faulty_rows(requests);
        self.rows = requests.len();
        Ok(())
    }

    fn perform(&mut self, requests: &[GestureRequest], gestures: &mut Vec<Gesture>) -> Result<(), DecodeError> {
        gestures.clear();
        self.check(requests.iter().map(|request| request.slot))?;
        let (Some(performing), Some(session)) = (&mut self.performing, &self.core.performance) else { return Ok(()) };
        performing.step(session, requests, gestures).map_err(|error| {
            gestures.clear();
            DecodeError::Perform(error.to_string())
        })
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
