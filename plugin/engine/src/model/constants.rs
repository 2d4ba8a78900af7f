//! The outputs of a model that never change: which there are by family, and their values.
//! Loader thread.
//! Each has the shape that the format says and holds finite numbers, or is named
//! (tests: `each_missing_constant_is_named`, `constants_that_are_not_finite_are_named`).

use super::error::ModelFault;
use super::metadata::{Family, ImpulseResponseShape, Metadata};
use super::performance_model::PERFORMANCE_MODEL;
use crate::impulse_response::ImpulseResponse;
use ort::session::SessionOutputs;
use ort::value::TensorElementType;

/// The room.
const IMPULSE_RESPONSE: &str = "impulse_response";
/// Mixes of partials, a row for each shaper.
const EXCITER_WEIGHTS: &str = "exciter_weights";
/// What is added to each mix.
const EXCITER_BIAS: &str = "exciter_bias";
/// Phases of the partials, radians.
const EXCITER_PHASES: &str = "exciter_phases";
/// The shaping functions, an ONNX model in itself.
pub const SHAPER_MODEL: &str = "shaper_model";
/// Where each function is meant to be read.
pub const SHAPER_RANGE: &str = "shaper_range";
/// What each shaper adds to the sound.
const OUTPUT_WEIGHTS: &str = "output_weights";
/// What is added to the sum of the shapers.
const OUTPUT_BIAS: &str = "output_bias";

/// A constant output of the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// Name in the graph.
    pub name: String,
    /// Element type.
    pub kind: TensorElementType,
    /// Whole shape; a size that the format leaves open is none.
    pub shape: Vec<Option<usize>>,
}

impl Constant {
    fn floats(name: impl Into<String>, shape: &[usize]) -> Self {
        let shape = shape.iter().copied().map(Some).collect();
        Self { name: name.into(), kind: TensorElementType::Float32, shape }
    }

    fn bytes(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: TensorElementType::Uint8, shape: vec![None] }
    }

    /// Type and shape in the words of the format.
    pub fn expected(&self) -> String {
        let sizes: Vec<String> =
            self.shape.iter().map(|size| size.map_or_else(|| "n".into(), |size| size.to_string())).collect();
        format!("{} [{}]", kind_name(self.kind), sizes.join(", "))
    }

    /// Whether this is a constant of this type and shape; a size of -1 is not known yet and fits.
    pub fn fits(&self, kind: TensorElementType, shape: &[i64]) -> bool {
        let size_fits = |(found, wanted): (&i64, &Option<usize>)| {
            *found == -1 || wanted.is_none_or(|wanted| usize::try_from(*found) == Ok(wanted))
        };
        kind == self.kind && shape.len() == self.shape.len() && shape.iter().zip(&self.shape).all(size_fits)
    }
}

/// An element type as the format's pages call it.
pub fn kind_name(kind: TensorElementType) -> String {
    match kind {
        TensorElementType::Float32 => "float32".into(),
        TensorElementType::Float64 => "float64".into(),
        TensorElementType::Uint8 => "uint8".into(),
        other => other.to_string(),
    }
}

/// The constant outputs of the format for these metadata.
pub fn constants(metadata: &Metadata) -> Vec<Constant> {
    let mut constants = Vec::new();
    if let Family::Newt(newt) = &metadata.family {
        let (shapers, harmonics) = (newt.shapers, metadata.harmonics);
        constants.extend([
            Constant::floats(EXCITER_WEIGHTS, &[shapers, harmonics]),
            Constant::floats(EXCITER_BIAS, &[shapers]),
            Constant::floats(EXCITER_PHASES, &[harmonics]),
            Constant::bytes(SHAPER_MODEL),
            Constant::floats(SHAPER_RANGE, &[shapers, 2]),
            Constant::floats(OUTPUT_WEIGHTS, &[shapers]),
            Constant::floats(OUTPUT_BIAS, &[1]),
        ]);
        let mut inputs = 1;
        for (index, &outputs) in newt.layers.iter().flatten().enumerate() {
            constants.push(Constant::floats(layer_weights(index), &[shapers, outputs, inputs]));
            constants.push(Constant::floats(layer_biases(index), &[shapers, outputs]));
            inputs = outputs;
        }
    }
    if metadata.performance.is_some() {
        constants.push(Constant::bytes(PERFORMANCE_MODEL));
    }
    if let Some(ImpulseResponseShape { samples, .. }) = metadata.impulse_response {
        constants.push(Constant::floats(IMPULSE_RESPONSE, &[samples]));
    }
    constants
}

fn layer_weights(layer: usize) -> String {
    format!("shaper_weights_{layer}")
}

fn layer_biases(layer: usize) -> String {
    format!("shaper_biases_{layer}")
}

/// Values of all constant outputs, shapes and finiteness checked.
#[derive(Debug)]
pub struct ConstantValues {
    /// The room; empty where there is none.
    pub impulse_response: ImpulseResponse,
    /// What the shapers are made of, in a waveshaping model.
    pub shaping: Option<ShapingValues>,
    /// Bytes of the performance network, an ONNX model that is not looked at yet; where there is one.
    pub performance_model: Option<Vec<u8>>,
}

/// Constants of a waveshaping model; shapes as on the format's page, row by row.
#[derive(Debug)]
pub struct ShapingValues {
    pub exciter_weights: Vec<f32>,
    pub exciter_bias: Vec<f32>,
    pub exciter_phases: Vec<f32>,
    /// Bytes of an ONNX model, not looked at yet.
    pub shaper_model: Vec<u8>,
    /// Low and high of each shaper, low < high.
    pub shaper_range: Vec<(f32, f32)>,
    pub output_weights: Vec<f32>,
    pub output_bias: f32,
    /// Weights and biases of each layer; empty where the shapers are no sine networks.
    pub layers: Vec<(Vec<f32>, Vec<f32>)>,
}

/// Reads all constant outputs from a run's answers.
pub fn read(outputs: &SessionOutputs, metadata: &Metadata) -> Result<ConstantValues, ModelFault> {
    let all = constants(metadata);
    let floats = |name: &str| read_floats(outputs, &all, name);
    let shaping = match &metadata.family {
        Family::Ddsp => None,
        Family::Newt(newt) => {
            let layers = 0..newt.layers.as_ref().map_or(0, Vec::len);
            Some(ShapingValues {
                exciter_weights: floats(EXCITER_WEIGHTS)?,
                exciter_bias: floats(EXCITER_BIAS)?,
                exciter_phases: floats(EXCITER_PHASES)?,
                shaper_model: extract::<u8>(outputs, &all, SHAPER_MODEL)?.to_vec(),
                shaper_range: range(&floats(SHAPER_RANGE)?)?,
                output_weights: floats(OUTPUT_WEIGHTS)?,
                output_bias: floats(OUTPUT_BIAS)?.first().copied().unwrap_or(0.0),
                layers: layers
                    .map(|layer| Ok((floats(&layer_weights(layer))?, floats(&layer_biases(layer))?)))
                    .collect::<Result<_, ModelFault>>()?,
            })
        }
    };
    let impulse_response = match metadata.impulse_response {
        Some(ImpulseResponseShape { direct, .. }) => ImpulseResponse { samples: floats(IMPULSE_RESPONSE)?, direct },
        None => ImpulseResponse::default(),
    };
    let performance_model = match metadata.performance {
        Some(_) => Some(extract::<u8>(outputs, &all, PERFORMANCE_MODEL)?.to_vec()),
        None => None,
    };
    Ok(ConstantValues { impulse_response, shaping, performance_model })
}

fn read_floats(outputs: &SessionOutputs, all: &[Constant], name: &str) -> Result<Vec<f32>, ModelFault> {
    let data = extract::<f32>(outputs, all, name)?;
    match data.iter().find(|x| !x.is_finite()) {
        Some(found) => Err(fault(name, found.to_string(), "finite numbers".into())),
        None => Ok(data.to_vec()),
    }
}

/// The elements of constant `name`, if the answer has the shape that the format says.
fn extract<'a, T: ort::value::PrimitiveTensorElementType>(
    outputs: &'a SessionOutputs,
    all: &[Constant],
    name: &str,
) -> Result<&'a [T], ModelFault> {
    let (Some(value), Some(constant)) = (outputs.get(name), all.iter().find(|constant| constant.name == name)) else {
        return Err(ModelFault::Failed { reason: format!("no answer at output `{name}`") });
    };
    let extracted = value.try_extract_tensor::<T>();
    let (shape, data) = extracted.map_err(|error| ModelFault::Failed { reason: error.to_string() })?;
    if constant.fits(constant.kind, shape) {
        return Ok(data);
    }
    Err(fault(name, format!("{} {:?}", kind_name(constant.kind), &**shape), constant.expected()))
}

fn range(values: &[f32]) -> Result<Vec<(f32, f32)>, ModelFault> {
    let range: Vec<(f32, f32)> = values.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    match range.iter().enumerate().find(|(_, (low, high))| low >= high) {
        Some((shaper, (low, high))) => {
            let found = format!("{low} to {high} for shaper {shaper}");
            Err(fault(SHAPER_RANGE, found, "a range whose low end is below its high end".into()))
        }
        None => Ok(range),
    }
}

fn fault(name: &str, found: String, expected: String) -> ModelFault {
    ModelFault::Output { name: name.into(), found, expected }
}
