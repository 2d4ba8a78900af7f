//! One ONNX Runtime session: made with one thread and no spinning, and its inputs and outputs checked.
//! Loader thread.
//! What the graph has is what the metadata say, by name, element type and shape
//! (tests: `each_missing_input_and_output_is_named`, `wrong_shapes_and_types_are_named`).

use super::Execution;
use super::constants::{constants, kind_name};
use super::error::ModelFault;
use super::metadata::{Family, Metadata, StateShape};
use super::runtime::Runtime;
use crate::frame::FILM_PARTS;
use ort::ep;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use ort::value::{Outlet, TensorElementType, ValueType};

/// Prefix of a state's input.
pub const STATE_PREFIX: &str = "state_";
/// Prefix of a state's output.
pub const NEXT_STATE_PREFIX: &str = "next_state_";

/// A tensor of the format: its name and the shape of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Name in the graph.
    pub name: String,
    /// Shape without the batch.
    pub shape: Vec<usize>,
}

impl Port {
    /// A tensor of this name and row.
    pub fn new(name: &str, shape: &[usize]) -> Self {
        Self { name: name.into(), shape: shape.to_vec() }
    }

    /// Elements of one row.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    fn expected(&self) -> String {
        let sizes: String = self.shape.iter().map(|size| format!(", {size}")).collect();
        format!("float32 [B{sizes}] with a free batch B")
    }
}

/// The inputs of the format for these metadata: pitch, loudness, latent if there is one, then the states.
pub fn input_ports(metadata: &Metadata) -> Vec<Port> {
    let mut ports = vec![Port::new("pitch", &[1]), Port::new("loudness", &[1])];
    if !metadata.latent.is_empty() {
        ports.push(Port::new("latent", &[metadata.latent.len()]));
    }
    ports.extend(state_ports(&metadata.states));
    ports
}

/// The inputs of these states.
pub fn state_ports(states: &[StateShape]) -> impl Iterator<Item = Port> {
    states.iter().map(|state| Port::new(&format!("{STATE_PREFIX}{}", state.name), &state.shape))
}

/// The outputs of these states.
pub fn next_state_ports(states: &[StateShape]) -> impl Iterator<Item = Port> {
    states.iter().map(|state| Port::new(&format!("{NEXT_STATE_PREFIX}{}", state.name), &state.shape))
}

/// The outputs that say how a frame sounds.
pub fn answer_ports(metadata: &Metadata) -> Vec<Port> {
    let noise = Port::new("noise_magnitudes", &[metadata.noise_bands]);
    match &metadata.family {
        Family::Ddsp => {
            vec![Port::new("amplitude", &[1]), Port::new("harmonic_distribution", &[metadata.harmonics]), noise]
        }
        Family::Newt(newt) => vec![Port::new("film", &[FILM_PARTS, newt.shapers]), noise],
    }
}

/// The outputs of the format for these metadata that every step gives: the answers, then the states.
pub fn output_ports(metadata: &Metadata) -> Vec<Port> {
    let mut ports = answer_ports(metadata);
    ports.extend(next_state_ports(&metadata.states));
    ports
}

/// A session and where it really runs.
pub struct Opened {
    /// The session.
    pub session: Session,
    /// Where it runs.
    pub execution: Execution,
    /// Why not where it was asked to, in a sentence.
    pub note: Option<String>,
}

/// Makes a session of a whole file. A GPU that cannot be used is a note, and the CPU.
pub fn open(runtime: &Runtime, file: &[u8], wanted: Execution) -> Result<Opened, ModelFault> {
    let mut note = None;
    if wanted == Execution::Cuda {
        match open_on_cuda(runtime, file) {
            Ok(session) => return Ok(Opened { session, execution: Execution::Cuda, note }),
            Err(error) => {
                let reason = error.to_string();
                note = Some(format!("CUDA cannot be used, the model runs on the CPU: {}", first_line(&reason)));
            }
        }
    }
    let session = open_on_cpu(runtime, file);
    let session = session.map_err(|error| ModelFault::Rejected { reason: first_line(&error.to_string()).into() })?;
    Ok(Opened { session, execution: Execution::Cpu, note })
}

/// Makes a session of a whole file, on the processor.
pub fn open_on_cpu(runtime: &Runtime, file: &[u8]) -> ort::Result<Session> {
    builder(runtime)?.commit_from_memory(file)
}

fn open_on_cuda(runtime: &Runtime, file: &[u8]) -> ort::Result<Session> {
    let provider = ep::CUDA::default().build().error_on_failure();
    builder(runtime)?.with_execution_providers([provider])?.commit_from_memory(file)
}

/// One thread that is the caller's and no spinning: two spinning threads on busy cores once took 436 ms for a step.
fn builder(runtime: &Runtime) -> ort::Result<SessionBuilder> {
    let builder = SessionBuilder::new(runtime.environment())?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .with_log_level(LogLevel::Warning)?;
    Ok(builder)
}

/// What ONNX Runtime says, without the trace.
pub fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Checks the graph's inputs and outputs against the metadata.
pub fn check_ports(session: &Session, metadata: &Metadata) -> Result<(), ModelFault> {
    check_streams(session, &input_ports(metadata), &output_ports(metadata))?;
    for constant in constants(metadata) {
        let outlet = session.outputs().iter().find(|output| output.name() == constant.name);
        let (kind, shape) =
            (outlet.and_then(|it| it.dtype().tensor_type()), outlet.and_then(|it| it.dtype().tensor_shape()));
        let fits = kind.zip(shape).is_some_and(|(kind, shape)| constant.fits(kind, shape));
        if !fits {
            let found = outlet.map_or("nothing".into(), |outlet| describe(outlet.dtype()));
            return Err(ModelFault::Output { expected: constant.expected(), name: constant.name, found });
        }
    }
    Ok(())
}

/// Checks the inputs and outputs that each step has: the graph takes these inputs and no other, and gives at least these
/// outputs.
pub fn check_streams(session: &Session, inputs: &[Port], outputs: &[Port]) -> Result<(), ModelFault> {
    for port in inputs {
        let found = check_port(session.inputs(), port);
        found.map_err(|found| ModelFault::Input { name: port.name.clone(), found, expected: port.expected() })?;
    }
    if let Some(extra) = session.inputs().iter().find(|input| inputs.iter().all(|port| port.name != input.name())) {
        return Err(ModelFault::Input {
            name: extra.name().into(),
            found: describe(extra.dtype()),
            expected: format!("only {}", inputs.iter().map(|port| port.name.as_str()).collect::<Vec<_>>().join(", ")),
        });
    }
    for port in outputs {
        let found = check_port(session.outputs(), port);
        found.map_err(|found| ModelFault::Output { name: port.name.clone(), found, expected: port.expected() })?;
    }
    Ok(())
}

/// What is there instead, if it is not what `port` says.
fn check_port(outlets: &[Outlet], port: &Port) -> Result<(), String> {
    let outlet = outlets.iter().find(|outlet| outlet.name() == port.name).ok_or("nothing")?;
    let dtype = outlet.dtype();
    let batch_is_free = dtype.tensor_shape().is_some_and(|shape| shape.first() == Some(&-1));
    let row_fits = dtype.tensor_shape().is_some_and(|shape| {
        shape.len() == port.shape.len() + 1 && shape.iter().skip(1).zip(&port.shape).all(size_fits)
    });
    if is_float(dtype) && batch_is_free && row_fits { Ok(()) } else { Err(describe(dtype)) }
}

fn is_float(dtype: &ValueType) -> bool {
    dtype.tensor_type() == Some(TensorElementType::Float32)
}

/// A size that the graph leaves open is checked when the first answer is there.
fn size_fits((found, wanted): (&i64, &usize)) -> bool {
    *found == -1 || usize::try_from(*found) == Ok(*wanted)
}

/// Type and shape in the words of the format.
pub fn describe(dtype: &ValueType) -> String {
    let ValueType::Tensor { ty, shape, dimension_symbols } = dtype else { return "something that is no tensor".into() };
    let size = |(index, size): (usize, &i64)| match (*size, dimension_symbols.get(index)) {
        (-1, Some(symbol)) if !symbol.is_empty() => symbol.to_string(),
        (-1, _) => "?".into(),
        (size, _) => size.to_string(),
    };
    let sizes: Vec<String> = shape.iter().enumerate().map(size).collect();
    format!("{} [{}]", kind_name(*ty), sizes.join(", "))
}
