//! A model's impulse response at the host's rate, as direct sound and the room's answer.
//! On the loader thread.
//! Promises the level and the times of the trained response (test: `the_room_keeps_its_level_at_every_rate`).

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters, WindowFunction};

/// Taps of the resampler's filter: flat to 0.9 of the lower Nyquist, images at -90 dB.
const SINC_TAPS: usize = 128;
/// Filters between two samples, with cubic interpolation between those: error under -130 dB.
const SINC_PHASES: usize = 64;
const CHUNK: usize = 4096;

/// An impulse response in two parts.
pub(super) struct Room {
    /// Gain of the direct sound, which is the response's first sample and arrives at once.
    pub direct: f32,
    /// All that comes after it, from the same moment on, at the host's rate; empty where there is nothing.
    pub answer: Vec<f32>,
}

impl Room {
    /// Takes a response at `train_rate` to `sample_rate` (hertz). An empty one is no room: direct sound alone.
    pub fn new(response: &[f32], train_rate: f64, sample_rate: f64) -> Self {
        let Some((&direct, rest)) = response.split_first() else {
            return Self { direct: 1.0, answer: Vec::new() };
        };
        if rest.iter().all(|sample| *sample == 0.0) {
            return Self { direct, answer: Vec::new() };
        }
        // The direct sound stays one sample at every rate; resampled, half of it would come before its time.
        let mut answer = response.to_vec();
        answer[0] = 0.0;
        if train_rate != sample_rate {
            answer = resampled(&answer, sample_rate / train_rate);
            // There are more samples to sum, or fewer, for the same answer.
            let gain = (train_rate / sample_rate) as f32;
            answer.iter_mut().for_each(|sample| *sample *= gain);
        }
        Self { direct, answer }
    }
}

/// `samples` at `ratio` times their rate, sample 0 staying at time 0.
fn resampled(samples: &[f32], ratio: f64) -> Vec<f32> {
    // The resampler says its delay in whole samples; where it really puts an impulse is the centre of what comes out.
    let probe = SINC_TAPS;
    let kernel = resampled_late(probe, &[1.0], probe, ratio);
    let moment: f64 = kernel.iter().enumerate().map(|(index, sample)| index as f64 * f64::from(*sample)).sum();
    let weight: f64 = kernel.iter().map(|sample| f64::from(*sample)).sum();
    let delay = moment / weight - probe as f64 * ratio;
    // Zeros before the response make the delay a whole number of output samples.
    let start = |zeros: &usize| delay + *zeros as f64 * ratio;
    let off_grid = |zeros: &usize| (start(zeros) - start(zeros).round()).abs();
    let first = (1.0 + 1.0 / ratio).ceil() as usize;
    let zeros = (first..first + SINC_TAPS).min_by(|a, b| off_grid(a).total_cmp(&off_grid(b))).unwrap_or(first);
    let mut output = resampled_late(zeros, samples, 0, ratio);
    let early = (start(&zeros).round() as usize).min(output.len());
    output.drain(..early);
    output
}

/// The resampler's output for `zeros` zeros, `samples`, and `more` zeros, its own delay removed but for a few samples.
fn resampled_late(zeros: usize, samples: &[f32], more: usize, ratio: f64) -> Vec<f32> {
    let mut padded = vec![0.0; zeros];
    padded.extend_from_slice(samples);
    padded.resize(padded.len() + more, 0.0);
    let filter = SincInterpolationParameters::new(SINC_TAPS, WindowFunction::BlackmanHarris);
    let parameters = SincInterpolationParameters { oversampling_factor: SINC_PHASES, ..filter };
    let input = InterleavedSlice::new(&padded, 1, padded.len());
    let resampler = Async::<f32>::new_sinc(ratio, 1.0, &parameters, CHUNK, 1, FixedAsync::Input);
    let (Ok(input), Ok(mut resampler)) = (input, resampler) else {
        debug_assert!(false, "rates of a checked model and an active host are finite and positive");
        return Vec::new();
    };
    resampler.process_all(&input, padded.len(), None).map(|output| output.take_data()).unwrap_or_default()
}
