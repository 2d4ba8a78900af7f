//! A model's impulse response at the host's rate, as direct sound and the room's answer.
//! On the loader thread.
//! Promises the level and the times of the trained response (test: `the_room_keeps_its_level_at_every_rate`), and that
//! what always sounds keeps its level and timbre (test: `without_a_room_the_direct_part_keeps_its_level_and_timbre`).

use super::decay_time::decay_time;
use super::room_shape::{SIZES, TRAINED};
use crate::impulse_response::ImpulseResponse;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType, WindowFunction};

/// How faithfully a response is resampled.
#[derive(Clone, Copy)]
struct Fidelity {
    /// Taps of the filter.
    taps: usize,
    /// Between [`SINC_PHASES`] filters.
    interpolation: SincInterpolationType,
}

/// For the room as trained: flat to 0.9 of the lower Nyquist, images at -90 dB, errors of interpolation under -130 dB.
const AS_TRAINED: Fidelity = Fidelity { taps: 128, interpolation: SincInterpolationType::Cubic };
/// For rooms that nobody trained, at a quarter of the time: flat to 0.8 of the lower Nyquist, errors under -70 dB.
const STRETCHED: Fidelity = Fidelity { taps: 64, interpolation: SincInterpolationType::Linear };
/// Filters between two samples.
const SINC_PHASES: usize = 64;
const CHUNK: usize = 4096;

/// The direct part gives way to the rest over this, seconds, so that neither is cut off with an edge.
const CROSS_FADE: f64 = 0.004;

/// An impulse response in parts whose sum it is.
pub(super) struct Room {
    /// Gain of the response's first sample, which arrives at once.
    pub direct: f32,
    /// What else always sounds, from the same moment on, at the host's rate: published models have most of their gain and
    /// timbre there. Empty where there is nothing.
    pub near: Vec<f32>,
    /// The room, which can be turned down, likewise, at all sizes; empty where there is nothing.
    pub answers: [Vec<f32>; SIZES.len()],
    /// How long the room as trained takes to decay by 60 dB, seconds; `None` where it does not.
    pub decay_time: Option<f64>,
}

impl Room {
    /// Takes a response at `train_rate` to `sample_rate` (hertz). An empty one is no room: direct sound alone.
    pub fn new(response: &ImpulseResponse, train_rate: f64, sample_rate: f64) -> Self {
        let samples = &response.samples;
        let Some(&direct) = samples.first() else {
            return Self { direct: 1.0, near: Vec::new(), answers: Default::default(), decay_time: None };
        };
        let whole = response.direct.max(1);
        let fade = ((CROSS_FADE * train_rate) as usize).min(whole - 1);
        // A raised cosine, after the samples that always sound in full.
        let near_share = |index: usize| {
            let gone = (index + 1).saturating_sub(whole) as f32 / (fade + 1) as f32;
            0.5 + 0.5 * (std::f32::consts::PI * gone).cos()
        };
        // The first sample stays one sample at every rate; resampled, half of it would come before its time.
        let mut answer = samples.clone();
        answer[0] = 0.0;
        let mut near = answer.clone();
        near.truncate(whole + fade);
        for (index, (near, rest)) in near.iter_mut().zip(&mut answer).enumerate() {
            *near *= near_share(index);
            *rest -= *near;
        }
        let ratio = sample_rate / train_rate;
        let at_host = |mut part: Vec<f32>| {
            if part.iter().all(|sample| *sample == 0.0) {
                return Vec::new();
            }
            if ratio != 1.0 {
                part = resampled(&part, ratio, AS_TRAINED);
                // There are more samples to sum, or fewer, for the same answer.
                part.iter_mut().for_each(|sample| *sample *= ratio.recip() as f32);
            }
            part
        };
        let decay_time = decay_time(&answer, train_rate);
        let trained = at_host(answer.clone());
        let answers = std::array::from_fn(|index| {
            if index == TRAINED || trained.is_empty() {
                trained.clone()
            } else {
                stretched(&answer, SIZES[index] * ratio, energy(&trained))
            }
        });
        Self { direct, near: at_host(near), answers, decay_time }
    }
}

/// `answer` at `ratio` times its rate and with this energy: a room of any size is as loud.
fn stretched(answer: &[f32], ratio: f64, wanted: f64) -> Vec<f32> {
    let mut room = resampled(answer, ratio, STRETCHED);
    let gain = (wanted / energy(&room).max(f64::MIN_POSITIVE)).sqrt() as f32;
    room.iter_mut().for_each(|sample| *sample *= gain);
    room
}

/// Sum of squares.
fn energy(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum()
}

/// `samples` at `ratio` times their rate, sample 0 staying at time 0.
fn resampled(samples: &[f32], ratio: f64, fidelity: Fidelity) -> Vec<f32> {
    // The resampler says its delay in whole samples; where it really puts an impulse is the centre of what comes out.
    let probe = fidelity.taps;
    let kernel = resampled_late(probe, &[1.0], probe, ratio, fidelity);
    let moment: f64 = kernel.iter().enumerate().map(|(index, sample)| index as f64 * f64::from(*sample)).sum();
    let weight: f64 = kernel.iter().map(|sample| f64::from(*sample)).sum();
    let delay = moment / weight - probe as f64 * ratio;
    // Zeros before the response make the delay a whole number of output samples.
    let start = |zeros: &usize| delay + *zeros as f64 * ratio;
    let off_grid = |zeros: &usize| (start(zeros) - start(zeros).round()).abs();
    let first = (1.0 + 1.0 / ratio).ceil() as usize;
    let zeros = (first..first + fidelity.taps).min_by(|a, b| off_grid(a).total_cmp(&off_grid(b))).unwrap_or(first);
    let mut output = resampled_late(zeros, samples, 0, ratio, fidelity);
    let early = (start(&zeros).round() as usize).min(output.len());
    output.drain(..early);
    output
}

/// The resampler's output for `zeros` zeros, `samples`, and `more` zeros, its own delay removed but for a few samples.
fn resampled_late(zeros: usize, samples: &[f32], more: usize, ratio: f64, fidelity: Fidelity) -> Vec<f32> {
    let mut padded = vec![0.0; zeros];
    padded.extend_from_slice(samples);
    padded.resize(padded.len() + more, 0.0);
    let filter = SincInterpolationParameters::new(fidelity.taps, WindowFunction::BlackmanHarris);
    let parameters = SincInterpolationParameters {
        oversampling_factor: SINC_PHASES,
        interpolation: fidelity.interpolation,
        ..filter
    };
    let input = InterleavedSlice::new(&padded, 1, padded.len());
    let resampler = Async::<f32>::new_sinc(ratio, 1.0, &parameters, CHUNK, 1, FixedAsync::Input);
    let (Ok(input), Ok(mut resampler)) = (input, resampler) else {
        debug_assert!(false, "rates of a checked model and an active host are finite and positive");
        return Vec::new();
    };
    resampler.process_all(&input, padded.len(), None).map(|output| output.take_data()).unwrap_or_default()
}
