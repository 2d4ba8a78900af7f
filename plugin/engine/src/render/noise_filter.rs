//! From noise bands to the spectrum of a filter: a linear-phase FIR for any host rate, as a sparse matrix.
//! Built on the loader thread, applied on the audio thread.
//! Promises leakage at or under -90 dB outside of the bands and their power within 0.5 dB at all host rates
//! (tests: `noise_does_not_leak_out_of_its_band`, `noise_has_the_power_of_its_bands`).
//!
//! Wanted is the response that is linear between the bands and zero above the training Nyquist. Its impulse response
//! is cut to `2 delay + 1` taps with Nuttall's four-term window (A. H. Nuttall, "Some windows with very good sidelobe
//! behavior", 1981: sidelobes at -93 dB, falling by 18 dB an octave). As the map from bands to filter is linear and a
//! band's bump is narrow, a frame costs one sparse product and no transform.

use realfft::RealFftPlanner;
use std::f64::consts::{PI, TAU};

/// Taps on each side of the centre in periods of the band spacing. More follow the bands closer and delay more.
const REACH_PERIODS: f64 = 2.0;
/// The filter delays noise by no more than this, seconds; bands closer than this can resolve are smoothed.
const LONGEST_DELAY: f64 = 0.010;
/// Shortest reach, so that the edge at the training Nyquist is steep however few bands there are, seconds.
const SHORTEST_DELAY: f64 = 0.001;
/// Least samples that one transform makes, seconds: about a hop.
const SHORTEST_PIECE: f64 = 0.0045;
/// Matrix elements under this share of the largest are left out (-130 dB).
const NEGLIGIBLE: f64 = 3e-7;

/// The filters of all voices of an instrument at one host rate.
pub(super) struct NoiseFilter {
    /// Delay of the filter, samples; also its taps on each side of the centre.
    pub delay: usize,
    /// Length of the transforms, samples.
    pub size: usize,
    /// Weights of the bands that shape each bin, bin after bin, and where each bin's begin.
    weights: Vec<f32>,
    bins: Vec<Bin>,
}

#[derive(Clone, Copy)]
struct Bin {
    first_band: usize,
    first_weight: usize,
    count: usize,
}

impl NoiseFilter {
    /// Filters for `bands` gains evenly spaced from 0 to half of `train_rate`, for noise at `sample_rate` (hertz).
    pub fn new(bands: usize, train_rate: f64, sample_rate: f64) -> Self {
        let spacing = 0.5 * train_rate / bands.saturating_sub(1).max(1) as f64;
        let reach = (REACH_PERIODS / spacing).clamp(SHORTEST_DELAY, LONGEST_DELAY);
        let delay = (reach * sample_rate).ceil() as usize;
        let size = transform_size(2 * delay + (SHORTEST_PIECE * sample_rate).ceil() as usize);
        let responses = responses(bands, spacing, train_rate, sample_rate, delay, size);
        let largest = responses.iter().flatten().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let mut weights = Vec::new();
        let mut bins = Vec::with_capacity(size / 2 + 1);
        for bin in 0..=size / 2 {
            let matters = |response: &Vec<f64>| response[bin].abs() > NEGLIGIBLE * largest;
            let first = responses.iter().position(matters).unwrap_or(0);
            let count = responses.iter().rposition(matters).map_or(0, |last| last + 1 - first);
            bins.push(Bin { first_band: first, first_weight: weights.len(), count });
            weights.extend(responses[first..first + count].iter().map(|response| response[bin] as f32));
        }
        Self { delay, size, weights, bins }
    }

    /// Samples that one transform can make without wrapping around.
    pub fn piece(&self) -> usize {
        self.size - 2 * self.delay
    }

    /// Bins of a spectrum.
    pub fn bin_count(&self) -> usize {
        self.bins.len()
    }

    /// The zero-phase spectrum for band gains `magnitudes`, divided by the transform's length.
    pub fn shape(&self, magnitudes: &[f32], spectrum: &mut [f32]) {
        for (gain, bin) in spectrum.iter_mut().zip(&self.bins) {
            let weights = &self.weights[bin.first_weight..bin.first_weight + bin.count];
            let bands = &magnitudes[bin.first_band..bin.first_band + bin.count];
            *gain = weights.iter().zip(bands).map(|(weight, band)| weight * band).sum();
        }
    }
}

/// The smallest 2^n or 3 x 2^n that is not smaller than `least`: the lengths that transform fastest.
fn transform_size(least: usize) -> usize {
    let power = least.next_power_of_two();
    if power / 4 * 3 >= least { power / 4 * 3 } else { power }
}

/// The windowed zero-phase response of each band, in bins of a transform of `size`, with the gain that keeps
/// the power density of noise of unit variance at the training rate, and the transform's 1 / size.
fn responses(
    bands: usize,
    spacing: f64,
    train_rate: f64,
    sample_rate: f64,
    delay: usize,
    size: usize,
) -> Vec<Vec<f64>> {
    let top = 0.5 * train_rate.min(sample_rate);
    let gain = (sample_rate / train_rate).sqrt() / size as f64;
    let mut planner = RealFftPlanner::<f64>::new();
    let transform = planner.plan_fft_forward(size);
    let mut taps = transform.make_input_vec();
    let mut spectrum = transform.make_output_vec();
    let mut responses = Vec::with_capacity(bands);
    for band in 0..bands {
        let centre = band as f64 * spacing;
        taps.fill(0.0);
        for tap in 0..=delay {
            let time = tap as f64 / sample_rate;
            let rising = line_transform(centre - spacing, centre, 0.0, 1.0, top, time);
            let falling = line_transform(centre, centre + spacing, 1.0, 0.0, top, time);
            // A cosine transform over positive and negative frequencies.
            let value = 2.0 / sample_rate * (rising + falling) * window(tap as f64 / (delay + 1) as f64) * gain;
            taps[tap] = value;
            if tap > 0 {
                taps[size - tap] = value;
            }
        }
        let done = transform.process(&mut taps, &mut spectrum);
        debug_assert!(done.is_ok(), "the buffers are the planner's own");
        responses.push(spectrum.iter().map(|bin| bin.re).collect());
    }
    responses
}

/// Nuttall's window with continuous first derivative, at `x` = 0 (centre) to 1 (end).
fn window(x: f64) -> f64 {
    0.355768 + 0.487396 * (PI * x).cos() + 0.144232 * (2.0 * PI * x).cos() + 0.012604 * (3.0 * PI * x).cos()
}

/// Integral of the line from (`low`, `at_low`) to (`high`, `at_high`), cut to 0..`top`, times cos(2 pi f `time`).
fn line_transform(low: f64, high: f64, at_low: f64, at_high: f64, top: f64, time: f64) -> f64 {
    let slope = (at_high - at_low) / (high - low);
    let (from, to) = (low.max(0.0), high.min(top));
    if to <= from {
        return 0.0;
    }
    let value = |f: f64| at_low + slope * (f - low);
    if time == 0.0 {
        return 0.5 * (value(from) + value(to)) * (to - from);
    }
    let turn = TAU * time;
    let integral = |f: f64| value(f) * (turn * f).sin() / turn + slope * (turn * f).cos() / (turn * turn);
    integral(to) - integral(from)
}
