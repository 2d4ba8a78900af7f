//! Reads what a model file says about its place among other instruments.
//! Loader thread.
//! All of it may be left out; whatever is there, mistyped or out of range, is a fault that names the field
//! (test: `each_field_of_matching_out_of_range_is_named`).

use super::error::ModelFault;
use super::fields::Fields;
use super::matching::{Matching, TiltTable};
use super::metadata::PitchFeature;

/// Most that an instrument is made louder or softer, decibels.
const GREATEST_GAIN: f64 = 40.0;
/// Steepest tilt, decibels per octave.
const STEEPEST_TILT: f64 = 6.0;
/// Most pitches of a table: each that MIDI knows.
const MOST_PITCHES: u64 = 128;
/// Most dynamics of a table.
const MOST_DYNAMICS: u64 = 32;

/// The object `matching`; nothing is changed where there is none.
pub fn matching(root: &Fields, pitch: &PitchFeature) -> Result<Matching, ModelFault> {
    let Some(fields) = root.optional_object("matching")? else { return Ok(Matching::default()) };
    let expected = format!("a number of decibels from -{GREATEST_GAIN} to {GREATEST_GAIN}");
    let gain = fields.optional_number("gain_db", &expected, |db| db.abs() <= GREATEST_GAIN)?;
    let tilt = fields.optional_object("tilt")?.map(|fields| tilt(&fields, pitch)).transpose()?;
    Ok(Matching { gain_db: gain.unwrap_or(0.0) as f32, tilt: tilt.unwrap_or_default() })
}

fn tilt(fields: &Fields, pitch: &PitchFeature) -> Result<TiltTable, ModelFault> {
    let pitches = fields.integer("pitches", 2..=MOST_PITCHES)? as usize;
    let dynamics = fields.integer("dynamics", 2..=MOST_DYNAMICS)? as usize;
    let values = fields.rows_of_numbers("db_per_octave", (pitches, dynamics), -STEEPEST_TILT..=STEEPEST_TILT)?;
    let values = values.into_iter().map(|tilt| tilt as f32).collect();
    Ok(TiltTable::new(pitch.low, pitch.high, pitches, values))
}
