//! Reads what a model file says about its performance network.
//! Loader thread.
//! It may be left out; whatever is there, mistyped or out of range, is a fault that names the field
//! (tests: `each_missing_field_of_a_performance_is_named`, `each_field_of_a_performance_out_of_range_is_named`).

use super::error::ModelFault;
use super::fields::Fields;
use super::gesture::{Performance, RecordedVibrato};
use super::metadata;

/// Shortest and longest correlation time of a fluctuation, seconds.
const FLUCTUATION_SECONDS: (f64, f64) = (0.001, 60.0);
/// Deepest vibrato, cents.
const DEEPEST_VIBRATO: f64 = 200.0;
/// Fastest vibrato, hertz.
const FASTEST_VIBRATO: f64 = 20.0;
/// Longest time in which vibrato begins, seconds.
const LONGEST_ONSET: f64 = 10.0;

/// The object `performance`, where there is one.
pub fn performance(root: &Fields) -> Result<Option<Performance>, ModelFault> {
    let Some(fields) = root.optional_object("performance")? else { return Ok(None) };
    let states = metadata::states(&fields)?;
    let fluctuation = fields.object("fluctuation")?;
    let (shortest, longest) = FLUCTUATION_SECONDS;
    let seconds = |name: &str| {
        fluctuation.number(name, &format!("a number of seconds from {shortest} to {longest}"), |seconds| {
            (shortest..=longest).contains(&seconds)
        })
    };
    Ok(Some(Performance {
        states,
        loudness_seconds: seconds("loudness_seconds")? as f32,
        pitch_seconds: seconds("pitch_seconds")? as f32,
        vibrato: vibrato(&fields.object("vibrato")?)?,
    }))
}

fn vibrato(fields: &Fields) -> Result<RecordedVibrato, ModelFault> {
    let expected = format!("a number of cents from 0 to {DEEPEST_VIBRATO}");
    let depth = fields.number("depth_cents", &expected, |cents| (0.0..=DEEPEST_VIBRATO).contains(&cents))?;
    // A recording without vibrato has no rate.
    let lowest = if depth > 0.0 { "above 0, at most" } else { "from 0 to" };
    let expected = format!("a number of hertz {lowest} {FASTEST_VIBRATO}");
    let rate = fields.number("rate_hz", &expected, |hertz| {
        (0.0..=FASTEST_VIBRATO).contains(&hertz) && (hertz > 0.0 || depth == 0.0)
    })?;
    let expected = format!("a number of seconds from 0 to {LONGEST_ONSET}");
    let onset = fields.number("onset_seconds", &expected, |seconds| (0.0..=LONGEST_ONSET).contains(&seconds))?;
    Ok(RecordedVibrato { depth_cents: depth as f32, rate_hz: rate as f32, onset_seconds: onset as f32 })
}
