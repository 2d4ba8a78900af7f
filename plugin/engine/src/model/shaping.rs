//! Makes a waveshaping model's constants playable: runs its own `shaper_model` once and bakes tables of what it says.
//! Loader thread.
//! A `shaper_model` that is none, answers otherwise than it declares, or disagrees with the layers beside it is a fault
//! (tests: `a_shaper_model_that_is_none_is_named`, `layers_that_disagree_with_the_shaper_model_are_named`).

use super::constants::{SHAPER_MODEL, ShapingValues};
use super::error::ModelFault;
use super::metadata::{Metadata, NewtShape};
use super::runtime::Runtime;
use super::session;
use crate::units::{A4_HZ, hertz_of_pitch};
use crate::waveshaping::{BakeError, Exciter, NetworkLayer, Networks, ShaperTables, Waveshaping};
use ort::session::Session;
use ort::value::Tensor;
use ort::value::TensorElementType::Float32;

/// Input of a shaper model: an index for each shaper, `[N, S]`.
const INDEX: &str = "index";
/// Output of a shaper model: the shaped values, `[N, S]`.
const SHAPED: &str = "shaped";
/// How far under its name the lowest recorded note may have been played, semitones.
const DETUNED: f32 = 1.0;
/// How far the layers may be from the shaper model; both are sines, so that full scale is 1.
const TOLERANCE: f64 = 1e-3;
/// Indices over its range at which each shaper is compared, where the networks are small ...
const MOST_COMPARED: usize = 257;
/// ... and where they are so large that ...
const FEWEST_COMPARED: usize = 17;
/// ... all of that would be more products than this, which take some tenths of a second.
const PRODUCTS: usize = 50_000_000;

/// Builds tables and networks. Takes some tens of milliseconds, in which ONNX Runtime has a session of its own.
pub fn build(
    runtime: &Runtime,
    metadata: &Metadata,
    newt: &NewtShape,
    values: ShapingValues,
) -> Result<Waveshaping, ModelFault> {
    let mut shapers = Shapers::open(runtime, &values.shaper_model, newt.shapers)?;
    let tables = ShaperTables::bake(&values.shaper_range, |indices| shapers.evaluate(indices));
    let tables = tables.map_err(|error| match error {
        BakeError::Evaluate(fault) => fault,
        BakeError::Length { found, expected } => fault(format!("{found} values"), format!("{expected} values")),
        BakeError::NotFinite { shaper, index } => ModelFault::Answer {
            name: SHAPER_MODEL.into(),
            at: format!("shaper {shaper}, index {index}"),
            found: "a value that is not finite".into(),
            expected: "finite numbers".into(),
        },
    })?;
    let networks = newt.layers.as_ref().map(|widths| networks(widths, values.layers));
    if let Some(networks) = &networks {
        compare(&mut shapers, networks, &values.shaper_range)?;
    }
    let heard = heard_partials(metadata, newt);
    let rows = values.exciter_weights.chunks_exact(metadata.harmonics);
    let exciter = Exciter {
        shapers: newt.shapers,
        harmonics: heard,
        weights: rows.flat_map(|row| row[..heard].iter().copied()).collect(),
        bias: values.exciter_bias,
        phases: values.exciter_phases[..heard].to_vec(),
        top_hz: newt.exciter_top_hz,
    };
    Ok(Waveshaping::new(exciter, tables, networks, values.output_weights, values.output_bias))
}

/// Partials of the exciter that the lowest trained pitch brings under its top, at most those that the model has. What is
/// above no training has heard: its weights are those that the training began with, and a note beneath the trained
/// range would let them in.
fn heard_partials(metadata: &Metadata, newt: &NewtShape) -> usize {
    let lowest_hz = f64::from(hertz_of_pitch(metadata.pitch.low - DETUNED, A4_HZ));
    ((newt.exciter_top_hz / lowest_hz).ceil() as usize).saturating_sub(1).clamp(1, metadata.harmonics)
}

fn networks(widths: &[usize], values: Vec<(Vec<f32>, Vec<f32>)>) -> Networks {
    let inputs = std::iter::once(1).chain(widths.iter().copied());
    let layer = |((inputs, &outputs), (weights, biases))| NetworkLayer { inputs, outputs, weights, biases };
    Networks { layers: inputs.zip(widths).zip(values).map(layer).collect() }
}

/// The layers must be the functions that the tables are made of, or the two qualities of playing are two instruments.
fn compare(shapers: &mut Shapers, networks: &Networks, range: &[(f32, f32)]) -> Result<(), ModelFault> {
    let products: usize = networks.layers.iter().map(|layer| layer.inputs * layer.outputs).sum();
    let points = (PRODUCTS / (products * range.len()).max(1)).clamp(FEWEST_COMPARED, MOST_COMPARED);
    let place = |point: usize, low: f32, high: f32| {
        let share = point as f64 / (points - 1) as f64;
        (f64::from(low) * (1.0 - share) + f64::from(high) * share) as f32
    };
    let indices: Vec<f32> =
        (0..points).flat_map(|point| range.iter().map(move |&(low, high)| place(point, low, high))).collect();
    let shaped = shapers.evaluate(&indices)?;
    for (at, (&index, &found)) in indices.iter().zip(&shaped).enumerate() {
        let shaper = at % range.len();
        let expected = networks.evaluate(shaper, f64::from(index));
        // What is not a number is no agreement.
        let agrees = (expected - f64::from(found)).abs() <= TOLERANCE;
        if !agrees {
            return Err(ModelFault::Answer {
                name: SHAPER_MODEL.into(),
                at: format!("shaper {shaper}, index {index}"),
                found: found.to_string(),
                expected: format!("{expected:.6}, which is what the layers give, within {TOLERANCE}"),
            });
        }
    }
    Ok(())
}

/// A session of the shaper model.
struct Shapers {
    session: Session,
    shapers: usize,
}

impl Shapers {
    fn open(runtime: &Runtime, file: &[u8], shapers: usize) -> Result<Self, ModelFault> {
        let session = session::open_on_cpu(runtime, file).map_err(|error| {
            let reason = error.to_string();
            let found =
                format!("{} bytes that ONNX Runtime does not accept ({})", file.len(), session::first_line(&reason));
            fault(found, "an ONNX model".into())
        })?;
        let expected = format!("float32 [N, {shapers}] with a free N");
        let others: Vec<&str> =
            session.inputs().iter().map(|input| input.name()).filter(|name| *name != INDEX).collect();
        if let Some(name) = others.first() {
            return Err(fault(format!("an input `{name}`"), format!("one input, `{INDEX}`")));
        }
        for (what, name, outlets) in [("input", INDEX, session.inputs()), ("output", SHAPED, session.outputs())] {
            let outlet = outlets.iter().find(|outlet| outlet.name() == name);
            let fits = outlet.is_some_and(|outlet| {
                let is_free = |size: Option<&i64>| size == Some(&-1);
                let is_wide = |size: Option<&i64>| size.is_some_and(|size| *size == -1 || *size == shapers as i64);
                outlet.dtype().tensor_type() == Some(Float32)
                    && outlet
                        .dtype()
                        .tensor_shape()
                        .is_some_and(|shape| shape.len() == 2 && is_free(shape.first()) && is_wide(shape.get(1)))
            });
            if !fits {
                let found = outlet.map_or("no".into(), |outlet| session::describe(outlet.dtype()) + " as");
                return Err(fault(format!("{found} {what} `{name}`"), expected));
            }
        }
        Ok(Self { session, shapers })
    }

    /// All functions at `[N, S]` indices, row by row.
    fn evaluate(&mut self, indices: &[f32]) -> Result<Vec<f32>, ModelFault> {
        let failed = |error: ort::Error| ModelFault::Failed { reason: format!("{SHAPER_MODEL}: {error}") };
        let rows = indices.len() / self.shapers;
        let input = Tensor::from_array(([rows, self.shapers], indices.to_vec())).map_err(failed)?;
        let outputs = self.session.run(ort::inputs![INDEX => input]).map_err(failed)?;
        let Some(value) = outputs.get(SHAPED) else {
            return Err(ModelFault::Failed { reason: format!("{SHAPER_MODEL}: no answer at output `{SHAPED}`") });
        };
        let (shape, data) = value.try_extract_tensor::<f32>().map_err(failed)?;
        if **shape == [rows as i64, self.shapers as i64] {
            return Ok(data.to_vec());
        }
        Err(fault(
            format!("{:?} at its output `{SHAPED}` for {rows} rows", &**shape),
            format!("[{rows}, {}]", self.shapers),
        ))
    }
}

fn fault(found: String, expected: String) -> ModelFault {
    ModelFault::Output { name: SHAPER_MODEL.into(), found, expected }
}
