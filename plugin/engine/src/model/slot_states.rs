//! Recurrent states of all voices, a row for each slot, and their way into a batch and out of it.
//! Control thread.
//! A state never reaches another slot, and one that is not finite is never kept (tests: `states_stay_with_their_slots`,
//! `an_answer_that_is_not_finite_is_silence_and_the_other_rows_go_on`).

use super::batch::Batch;
use super::metadata::StateShape;

/// A state element smaller than this becomes zero, so that a decaying state never ends in slow subnormal numbers.
const SMALLEST_STATE: f32 = 1e-30;

/// States of all slots; a row holds all state tensors one after the other.
pub struct SlotStates {
    /// Elements of each tensor.
    tensors: Vec<usize>,
    /// Elements of a row.
    width: usize,
    values: Vec<f32>,
}

impl SlotStates {
    /// Zero for every slot.
    pub fn new(shapes: &[StateShape], slots: usize) -> Self {
        let tensors: Vec<usize> = shapes.iter().map(StateShape::elements).collect();
        let width = tensors.iter().sum();
        Self { tensors, width, values: vec![0.0; slots * width] }
    }

    /// The row of `slot`; empty for a slot that does not exist.
    pub fn row(&self, slot: usize) -> &[f32] {
        self.values.get(slot * self.width..(slot + 1) * self.width).unwrap_or_default()
    }

    /// The row of `slot`; empty for a slot that does not exist.
    pub fn row_mut(&mut self, slot: usize) -> &mut [f32] {
        self.values.get_mut(slot * self.width..(slot + 1) * self.width).unwrap_or_default()
    }

    /// Copies states to the inputs of a batch, of which `first_input` is the first state; `slot_of` says whose state a
    /// row of the batch goes on from.
    pub fn write(&self, batch: &mut Batch, first_input: usize, slot_of: impl Fn(usize) -> usize) -> ort::Result<()> {
        let rows = batch.rows();
        let mut offset = 0;
        for (index, &elements) in self.tensors.iter().enumerate() {
            let tensor = batch.input(first_input + index)?;
            for row in 0..rows {
                let start = slot_of(row) * self.width + offset;
                tensor[row * elements..][..elements].copy_from_slice(&self.values[start..start + elements]);
            }
            offset += elements;
        }
        Ok(())
    }

    /// Says of the first rows of a batch, of which output `first_output` is the first next state, which are no more finite.
    pub fn check(&self, batch: &Batch, first_output: usize, finite: &mut [bool]) -> ort::Result<()> {
        for (index, &elements) in self.tensors.iter().enumerate() {
            let next = batch.output(first_output + index)?;
            for (row, finite) in finite.iter_mut().enumerate() {
                *finite &= next[row * elements..][..elements].iter().all(|x| x.is_finite());
            }
        }
        Ok(())
    }

    /// Copies the next states of rows to their slots.
    pub fn read(
        &mut self,
        batch: &Batch,
        first_output: usize,
        rows_and_slots: impl Iterator<Item = (usize, usize)> + Clone,
    ) -> ort::Result<()> {
        let mut offset = 0;
        for (index, &elements) in self.tensors.iter().enumerate() {
            let next = batch.output(first_output + index)?;
            for (row, slot) in rows_and_slots.clone() {
                let start = slot * self.width + offset;
                let kept = &mut self.values[start..start + elements];
                for (kept, new) in kept.iter_mut().zip(&next[row * elements..][..elements]) {
                    *kept = if new.abs() < SMALLEST_STATE { 0.0 } else { *new };
                }
            }
            offset += elements;
        }
        Ok(())
    }
}
