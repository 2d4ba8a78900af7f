//! One step of a new model over its trained range, all answers of which must make sense.
//! Loader thread.
//! Finds weights that are not numbers, wrong scaling and graphs that answer in other shapes than they declare
//! (tests: `nan_weights_are_found_by_the_probe` and its neighbours). Reads the constant outputs on the way.

use super::constants::{self, ConstantValues};
use super::error::ModelFault;
use super::metadata::Metadata;
use super::session::{Port, input_ports, output_ports};
use ort::session::{Session, SessionInputValue, SessionOutputs};
use ort::value::Tensor;
use std::borrow::Cow;

/// How far the sum of the distribution may be from 1.
const SUM_TOLERANCE: f32 = 1e-3;
/// What may remain of a partial above the training Nyquist.
const ALIAS_TOLERANCE: f32 = 1e-6;
/// A partial this close to the training Nyquist (relative) may be on either side of it in single precision.
const NYQUIST_SLACK: f64 = 1e-4;

/// A question to the decoder, in natural units.
struct Question {
    pitch: f32,
    loudness_db: f32,
    latent: Vec<f32>,
}

impl Question {
    fn place(&self) -> String {
        let latent = if self.latent.is_empty() { String::new() } else { format!(", latent {:?}", self.latent) };
        format!("pitch {}, {} dB{latent}", self.pitch, self.loudness_db)
    }
}

/// Asks, checks, and returns the constant outputs.
pub fn probe(session: &mut Session, metadata: &Metadata) -> Result<ConstantValues, ModelFault> {
    let questions = questions(metadata);
    let inputs = inputs(metadata, &questions).map_err(failed)?;
    let outputs = session.run(inputs).map_err(failed)?;
    for port in output_ports(metadata) {
        let rows = read_rows(&outputs, &port, questions.len())?;
        for (row, question) in rows.chunks_exact(port.elements()).zip(&questions) {
            let wrong = match port.name.as_str() {
                "amplitude" => wrong_where(row, |x| x >= 0.0).map(|x| (x, "a finite number of at least 0".into())),
                "harmonic_distribution" => wrong_distribution(row, question, metadata),
                _ => wrong_where(row, |_| true).map(|x| (x, "finite numbers".into())),
            };
            if let Some((found, expected)) = wrong {
                return Err(ModelFault::Answer { name: port.name, at: question.place(), found, expected });
            }
        }
    }
    constants::read(&outputs, metadata)
}

/// The corners of the trained range and its middle, with the latent dimensions at rest, all low and all high.
fn questions(metadata: &Metadata) -> Vec<Question> {
    let (pitch, loudness) = (&metadata.pitch, &metadata.loudness);
    let latent = |pick: fn(&super::LatentDimension) -> f32| metadata.latent.iter().map(pick).collect::<Vec<f32>>();
    let mut latents = vec![latent(|dimension| dimension.default)];
    if !metadata.latent.is_empty() {
        latents.extend([latent(|dimension| dimension.low), latent(|dimension| dimension.high)]);
    }
    let mut questions = Vec::new();
    for midi in [pitch.low, (pitch.low + pitch.high) / 2.0, pitch.high] {
        for loudness_db in [loudness.low_db, loudness.soft_db, loudness.loud_db, loudness.high_db] {
            for latent in &latents {
                questions.push(Question { pitch: midi, loudness_db, latent: latent.clone() });
            }
        }
    }
    questions
}

type Inputs = Vec<(Cow<'static, str>, SessionInputValue<'static>)>;

fn inputs(metadata: &Metadata, questions: &[Question]) -> ort::Result<Inputs> {
    let tensor = |port: Port| {
        let data: Vec<f32> = match port.name.as_str() {
            "pitch" => questions.iter().map(|q| metadata.pitch.feature(q.pitch)).collect(),
            "loudness" => questions.iter().map(|q| metadata.loudness.feature(q.loudness_db)).collect(),
            "latent" => questions.iter().flat_map(|q| q.latent.iter().copied()).collect(),
            _ => vec![0.0; questions.len() * port.elements()],
        };
        let shape: Vec<usize> = std::iter::once(questions.len()).chain(port.shape).collect();
        Ok((Cow::Owned(port.name), Tensor::from_array((shape, data))?.into()))
    };
    input_ports(metadata).into_iter().map(tensor).collect()
}

/// The rows of an output, if it has the shape that the format says.
pub fn read_rows<'a>(outputs: &'a SessionOutputs, port: &Port, rows: usize) -> Result<&'a [f32], ModelFault> {
    let Some(value) = outputs.get(&port.name) else {
        return Err(ModelFault::Failed { reason: format!("no answer at output `{}`", port.name) });
    };
    let (shape, data) = value.try_extract_tensor::<f32>().map_err(failed)?;
    let expected: Vec<i64> = std::iter::once(&rows).chain(&port.shape).map(|&size| size as i64).collect();
    if **shape == *expected {
        return Ok(data);
    }
    Err(ModelFault::Output {
        name: port.name.clone(),
        found: format!("float32 {:?} for {rows} rows", &**shape),
        expected: format!("float32 {expected:?}"),
    })
}

/// The first value that is not finite or not right, in words.
fn wrong_where(row: &[f32], is_right: impl Fn(f32) -> bool) -> Option<String> {
    row.iter().find(|x| !x.is_finite() || !is_right(**x)).map(f32::to_string)
}

fn wrong_distribution(row: &[f32], question: &Question, metadata: &Metadata) -> Option<(String, String)> {
    if let Some(found) = wrong_where(row, |share| share >= -ALIAS_TOLERANCE) {
        return Some((found, "finite numbers of at least 0".into()));
    }
    let f0 = 440.0 * ((f64::from(question.pitch) - 69.0) / 12.0).exp2();
    let nyquist = metadata.sample_rate / 2.0;
    let is_above = |index: usize| (index + 1) as f64 * f0 >= nyquist * (1.0 + NYQUIST_SLACK);
    if let Some((index, share)) = row.iter().enumerate().find(|(index, x)| is_above(*index) && **x > ALIAS_TOLERANCE) {
        let expected = format!("0 for partial {}, which is above the training Nyquist of {nyquist} Hz", index + 1);
        return Some((share.to_string(), expected));
    }
    let sum: f32 = row.iter().sum();
    let has_partials = f0 < nyquist * (1.0 - NYQUIST_SLACK);
    if has_partials && (sum - 1.0).abs() > SUM_TOLERANCE {
        return Some((format!("shares that sum to {sum}"), "shares that sum to 1".into()));
    }
    None
}

fn failed(error: ort::Error) -> ModelFault {
    ModelFault::Failed { reason: error.to_string() }
}
