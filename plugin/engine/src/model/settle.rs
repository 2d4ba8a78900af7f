//! The states in which voices start: what a held, quietest note leads to, for each semitone of the trained range.
//! Computed by the loader thread, read by control threads.
//! Zero is seldom the state of rest of a recurrent network and starting from it pops
//! (test: `a_slot_settles_at_its_own_pitch`).

use super::Execution;
use super::batch::Batch;
use super::error::ModelFault;
use super::metadata::Metadata;
use super::session::{answer_ports, input_ports, output_ports};
use ort::session::Session;

/// How long settling may take, seconds of frames. What still moves then is used as it is.
const LONGEST: f64 = 2.0;
/// A state has settled when no element moves more than this in a step, relative to its size or to 1.
const TOLERANCE: f32 = 1e-5;

/// Settled states, one row per semitone; a row holds all state tensors one after the other.
#[derive(Clone, Debug)]
pub struct SettledStates {
    lowest: f32,
    width: usize,
    rows: Vec<f32>,
}

impl SettledStates {
    /// Steps the decoder until nothing moves.
    pub fn find(session: &mut Session, metadata: &Metadata, execution: Execution) -> Result<Self, ModelFault> {
        let width = metadata.state_width();
        let lowest = metadata.pitch.low.ceil();
        let count = (metadata.pitch.high.floor() - lowest).max(0.0) as usize + 1;
        let mut settled = Self { lowest, width, rows: vec![0.0; count * width] };
        if width == 0 {
            return Ok(settled);
        }
        let failed = |error: ort::Error| ModelFault::Failed { reason: error.to_string() };
        let mut batch = Batch::new(session, &input_ports(metadata), &output_ports(metadata), count).map_err(failed)?;
        let first_state_output = answer_ports(metadata).len();
        let first_state = settled.ask(&mut batch, metadata).map_err(failed)?;
        let steps = (LONGEST * metadata.sample_rate / f64::from(metadata.hop)).ceil() as usize;
        for _ in 0..steps {
            batch.run(session, execution).map_err(failed)?;
            let mut moved = 0.0_f32;
            for (index, state) in metadata.states.iter().enumerate() {
                let next = batch.output(first_state_output + index).map_err(failed)?.to_vec();
                if let Some(found) = next.iter().find(|x| !x.is_finite()) {
                    return Err(ModelFault::Answer {
                        name: format!("next_state_{}", state.name),
                        at: format!("a held note of {} dB", metadata.loudness.low_db),
                        found: found.to_string(),
                        expected: "finite numbers".into(),
                    });
                }
                let input = batch.input(first_state + index).map_err(failed)?;
                for (old, new) in input.iter_mut().zip(next) {
                    moved = moved.max((new - *old).abs() / new.abs().max(1.0));
                    *old = new;
                }
            }
            if moved <= TOLERANCE {
                break;
            }
        }
        settled.take(&mut batch, metadata, first_state).map_err(failed)?;
        Ok(settled)
    }

    /// Fills in the question of every row and returns the index of the first state input.
    fn ask(&self, batch: &mut Batch, metadata: &Metadata) -> ort::Result<usize> {
        for (row, feature) in batch.input(0)?.iter_mut().enumerate() {
            *feature = metadata.pitch.feature(self.lowest + row as f32);
        }
        batch.input(1)?.fill(metadata.loudness.feature(metadata.loudness.low_db));
        if metadata.latent.is_empty() {
            return Ok(2);
        }
        for row in batch.input(2)?.chunks_exact_mut(metadata.latent.len()) {
            for (value, dimension) in row.iter_mut().zip(&metadata.latent) {
                *value = dimension.default;
            }
        }
        Ok(3)
    }

    fn take(&mut self, batch: &mut Batch, metadata: &Metadata, first_state: usize) -> ort::Result<()> {
        let mut offset = 0;
        for (index, state) in metadata.states.iter().enumerate() {
            let elements = state.elements();
            let data = batch.input(first_state + index)?;
            for (row, values) in data.chunks_exact(elements).enumerate() {
                let start = row * self.width + offset;
                self.rows[start..start + elements].copy_from_slice(values);
            }
            offset += elements;
        }
        Ok(())
    }

    /// The state row of the semitone nearest to `midi_pitch`.
    pub fn row(&self, midi_pitch: f32) -> &[f32] {
        let last = (self.rows.len() / self.width.max(1)).saturating_sub(1);
        let nearest = ((midi_pitch - self.lowest).round().max(0.0) as usize).min(last);
        &self.rows[nearest * self.width..(nearest + 1) * self.width]
    }
}
