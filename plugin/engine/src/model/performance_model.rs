//! The performance network of a model file, an ONNX model in itself: opened, its inputs and outputs checked, and asked
//! all over its ranges.
//! Loader thread.
//! A network that is none, is of another form or answers nonsense is a fault that names it
//! (tests: `tests/tests/model_performance_errors.rs`).

use super::error::ModelFault;
use super::gesture::{DYNAMICS, GestureRequest, LONGEST_SECONDS, Performance};
use super::metadata::{Metadata, PitchFeature};
use super::probe::read_rows;
use super::runtime::Runtime;
use super::session::{self, Port, next_state_ports, state_ports};
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;
use std::borrow::Cow;

/// The constant output that holds the network's bytes.
pub const PERFORMANCE_MODEL: &str = "performance_model";

/// What the network is asked, in the order of [`question`].
const INPUTS: [&str; 7] = ["pitch", "dynamics", "since_on", "gate", "since_off", "peak_position", "attack_noise"];

/// One number that the network answers.
pub struct AnswerRange {
    /// Name of the output.
    pub name: &'static str,
    /// Least, in its own unit.
    pub low: f32,
    /// Greatest.
    pub high: f32,
}

/// What the network answers, in the order of the fields of a gesture.
pub const ANSWERS: [AnswerRange; 5] = [
    AnswerRange { name: "loudness_db", low: -60.0, high: 12.0 },
    AnswerRange { name: "pitch_cents", low: -200.0, high: 200.0 },
    AnswerRange { name: "loudness_spread_db", low: 0.0, high: 3.0 },
    AnswerRange { name: "pitch_spread_cents", low: 0.0, high: 30.0 },
    AnswerRange { name: "noise_db", low: -24.0, high: 24.0 },
];

/// How far an answer may be out of its range in single precision, relative to the range.
const RANGE_TOLERANCE: f32 = 1e-5;
/// Steps of the probe, so that what the network makes of its own state is seen.
const PROBING_STEPS: usize = 8;
/// Moments of a note that the probe asks about: since note-on, gate, since the gate fell.
const MOMENTS: [(f32, bool, f32); 8] = [
    (0.0, true, 0.0),
    (0.05, true, 0.0),
    (1.0, true, 0.0),
    (LONGEST_SECONDS, true, 0.0),
    (0.1, false, 0.0),
    (1.0, false, 0.05),
    (2.0, false, 1.0),
    (LONGEST_SECONDS, false, LONGEST_SECONDS),
];

/// Inputs of the network, of which those of the states are the last.
pub fn input_ports(performance: &Performance) -> Vec<Port> {
    let scalars = INPUTS.iter().map(|name| Port::new(name, &[1]));
    scalars.chain(state_ports(&performance.states)).collect()
}

/// Outputs of the network, of which those of the states are the last.
pub fn output_ports(performance: &Performance) -> Vec<Port> {
    let scalars = ANSWERS.iter().map(|answer| Port::new(answer.name, &[1]));
    scalars.chain(next_state_ports(&performance.states)).collect()
}

/// A request as the network's first inputs, clamped to what it knows. Not-a-number counts as what rests: the lowest
/// pitch, the softest dynamics, a time long ago, and a note as it was recorded.
pub fn question(request: &GestureRequest, pitch: &PitchFeature) -> [f32; INPUTS.len()] {
    let seconds = |seconds: f32| if seconds.is_nan() { LONGEST_SECONDS } else { seconds.clamp(0.0, LONGEST_SECONDS) };
    let expression = |amount: f32| if amount.is_nan() { 0.0 } else { amount.clamp(-1.0, 1.0) };
    [
        request.midi_pitch.max(pitch.low).min(pitch.high),
        request.dynamics.max(DYNAMICS.0).min(DYNAMICS.1),
        seconds(request.since_on),
        if request.gate { 1.0 } else { 0.0 },
        if request.gate { 0.0 } else { seconds(request.since_off) },
        expression(request.peak_position),
        expression(request.attack_noise),
    ]
}

/// Opens the network, checks it and asks it all over its ranges.
pub fn open(
    runtime: &Runtime,
    file: &[u8],
    metadata: &Metadata,
    performance: &Performance,
) -> Result<Session, ModelFault> {
    let mut session = session::open_on_cpu(runtime, file).map_err(|error| {
        let reason = error.to_string();
        ModelFault::Output {
            name: PERFORMANCE_MODEL.into(),
            found: format!("{} bytes that ONNX Runtime does not accept ({})", file.len(), session::first_line(&reason)),
            expected: "an ONNX model".into(),
        }
    })?;
    session::check_streams(&session, &input_ports(performance), &output_ports(performance)).map_err(inside)?;
    probe(&mut session, metadata, performance).map_err(inside)?;
    Ok(session)
}

/// A fault of the network as a fault of the file that holds it.
fn inside(fault: ModelFault) -> ModelFault {
    let of_port = |kind: &str, name: String, found: String, expected: String| ModelFault::Output {
        name: PERFORMANCE_MODEL.into(),
        found: format!("{found} as {kind} `{name}`"),
        expected,
    };
    match fault {
        ModelFault::Input { name, found, expected } => of_port("input", name, found, expected),
        ModelFault::Output { name, found, expected } => of_port("output", name, found, expected),
        ModelFault::Answer { name, at, found, expected } => ModelFault::Answer {
            name: PERFORMANCE_MODEL.into(),
            at,
            found: format!("{found} as output `{name}`"),
            expected,
        },
        ModelFault::Failed { reason } => ModelFault::Failed { reason: format!("{PERFORMANCE_MODEL}: {reason}") },
        other => other,
    }
}

fn probe(session: &mut Session, metadata: &Metadata, performance: &Performance) -> Result<(), ModelFault> {
    let requests = requests(&metadata.pitch);
    let (inputs, outputs) = (input_ports(performance), output_ports(performance));
    let questions: Vec<[f32; INPUTS.len()]> =
        requests.iter().map(|request| question(request, &metadata.pitch)).collect();
    let column = |input: usize| questions.iter().map(|question| question[input]).collect();
    let zeros = |port: &Port| vec![0.0; requests.len() * port.elements()];
    let mut values: Vec<Vec<f32>> = (0..INPUTS.len()).map(column).collect();
    values.extend(inputs[INPUTS.len()..].iter().map(zeros));
    for step in 1..=PROBING_STEPS {
        let tensor = |(port, values): (&Port, &Vec<f32>)| {
            let shape: Vec<usize> = std::iter::once(requests.len()).chain(port.shape.iter().copied()).collect();
            let tensor: SessionInputValue = Tensor::from_array((shape, values.clone()))?.into();
            Ok((Cow::Owned::<str>(port.name.clone()), tensor))
        };
        let tensors: Vec<_> = inputs.iter().zip(&values).map(tensor).collect::<ort::Result<_>>().map_err(failed)?;
        let answers = session.run(tensors).map_err(failed)?;
        for (index, port) in outputs.iter().enumerate() {
            let rows = read_rows(&answers, port, requests.len())?;
            for (row, request) in rows.chunks_exact(port.elements()).zip(&requests) {
                if let Some((found, expected)) = wrong(row, ANSWERS.get(index)) {
                    let at = place(request, step);
                    return Err(ModelFault::Answer { name: port.name.clone(), at, found, expected });
                }
            }
            if let Some(state) = index.checked_sub(ANSWERS.len()) {
                values[INPUTS.len() + state].copy_from_slice(rows);
            }
        }
    }
    Ok(())
}

/// Each moment of soft, middling and loud notes at both ends and in the middle of the trained pitches, each as it was
/// recorded and with its expressions at either end.
fn requests(pitch: &PitchFeature) -> Vec<GestureRequest> {
    let mut requests = Vec::new();
    for midi_pitch in [pitch.low, (pitch.low + pitch.high) / 2.0, pitch.high] {
        for dynamics in [DYNAMICS.0, 0.5, DYNAMICS.1] {
            for (since_on, gate, since_off) in MOMENTS {
                for (peak_position, attack_noise) in [(0.0, 0.0), (-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)] {
                    requests.push(GestureRequest {
                        slot: 0,
                        begins: true,
                        midi_pitch,
                        dynamics,
                        since_on,
                        gate,
                        since_off,
                        peak_position,
                        attack_noise,
                        morph: 0.0,
                    });
                }
            }
        }
    }
    requests
}

fn place(request: &GestureRequest, step: usize) -> String {
    let gate = if request.gate { "held".into() } else { format!("released {} s ago", request.since_off) };
    format!(
        "pitch {}, dynamics {}, {} s after note-on, {gate}, peak position {}, attack noise {}, step {step}",
        request.midi_pitch, request.dynamics, request.since_on, request.peak_position, request.attack_noise
    )
}

/// The first value that is not finite or out of its range, and what was expected, in words.
fn wrong(row: &[f32], range: Option<&AnswerRange>) -> Option<(String, String)> {
    let Some(AnswerRange { low, high, .. }) = range else {
        return row.iter().find(|x| !x.is_finite()).map(|x| (x.to_string(), "finite numbers".into()));
    };
    let slack = (high - low) * RANGE_TOLERANCE;
    let is_right = |x: f32| (low - slack..=high + slack).contains(&x);
    row.iter().find(|x| !is_right(**x)).map(|x| (x.to_string(), format!("a number from {low} to {high}")))
}

fn failed(error: ort::Error) -> ModelFault {
    ModelFault::Failed { reason: error.to_string() }
}
