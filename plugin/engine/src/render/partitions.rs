//! Impulse responses cut into partitions, and the two sums that convolve with them.
//! Built on the loader thread, read on the audio thread.
//! Promises that every instruction set makes the same answer (test: `every_instruction_set_makes_the_same_answer`).

use super::simd::{LANES, compiled_for_each, multiply_add};
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Least length of a partition, seconds.
const SHORTEST_PARTITION: f64 = 0.004;

/// Spectra with real and imaginary parts apart, one after the other, for loops that vectorise.
pub(super) struct Spectra {
    bins: usize,
    pub real: Vec<f32>,
    pub imaginary: Vec<f32>,
}

impl Spectra {
    /// Zeros.
    pub fn new(count: usize, bins: usize) -> Self {
        Self { bins, real: vec![0.0; count * bins], imaginary: vec![0.0; count * bins] }
    }

    /// Puts a spectrum in its place.
    pub fn store(&mut self, index: usize, spectrum: &[Complex<f32>]) {
        let range = index * self.bins..(index + 1) * self.bins;
        let parts = self.real[range.clone()].iter_mut().zip(&mut self.imaginary[range]);
        for ((real, imaginary), bin) in parts.zip(spectrum) {
            *real = bin.re;
            *imaginary = bin.im;
        }
    }

    /// Copies one to another place.
    pub fn copy(&mut self, from: usize, to: usize) {
        let range = from * self.bins..(from + 1) * self.bins;
        self.real.copy_within(range.clone(), to * self.bins);
        self.imaginary.copy_within(range, to * self.bins);
    }

    /// Real and imaginary part of one.
    pub fn get(&self, index: usize) -> (&[f32], &[f32]) {
        let range = index * self.bins..(index + 1) * self.bins;
        (&self.real[range.clone()], &self.imaginary[range])
    }

    /// All zeros.
    pub fn clear(&mut self) {
        self.real.fill(0.0);
        self.imaginary.fill(0.0);
    }
}

/// One impulse response.
pub(super) struct Partitioned {
    /// Taps of the first partition, in order of time.
    pub head: Vec<f32>,
    /// Spectra of partitions 1, 2, ..., each divided by the transform's length.
    pub spectra: Spectra,
    /// How many those are.
    pub count: usize,
}

/// The grid that all responses of one host rate are cut on, and its transforms.
#[derive(Clone)]
pub(super) struct Grid {
    /// Length of a partition, samples.
    pub partition: usize,
    pub forward: Arc<dyn RealToComplex<f32>>,
    pub inverse: Arc<dyn ComplexToReal<f32>>,
}

impl Grid {
    /// For a host at `sample_rate` hertz.
    pub fn new(sample_rate: f64) -> Self {
        let partition = ((SHORTEST_PARTITION * sample_rate).ceil() as usize).next_power_of_two().max(LANES);
        let mut planner = RealFftPlanner::<f32>::new();
        let (forward, inverse) = (planner.plan_fft_forward(2 * partition), planner.plan_fft_inverse(2 * partition));
        Self { partition, forward, inverse }
    }

    /// Bins of a spectrum.
    pub fn bins(&self) -> usize {
        self.partition + 1
    }

    /// Cuts a response.
    pub fn cut(&self, response: &[f32]) -> Partitioned {
        let partition = self.partition;
        let count = response.len().div_ceil(partition).saturating_sub(1);
        let mut spectra = Spectra::new(count, self.bins());
        let (mut time, mut spectrum) = (self.forward.make_input_vec(), self.forward.make_output_vec());
        let mut scratch = self.forward.make_scratch_vec();
        for (index, taps) in response.chunks(partition).skip(1).enumerate() {
            time.fill(0.0);
            for (time, tap) in time.iter_mut().zip(taps) {
                *time = tap / (2 * partition) as f32;
            }
            let done = self.forward.process_with_scratch(&mut time, &mut spectrum, &mut scratch);
            debug_assert!(done.is_ok(), "the buffers are the planner's own");
            spectra.store(index, &spectrum);
        }
        let mut head = response[..response.len().min(partition)].to_vec();
        head.resize(partition, 0.0);
        Partitioned { head, spectra, count }
    }
}

compiled_for_each! {
    /// Adds to out[n] the sum over j of taps[j] x input[n + j]; `input` holds a chunk of lanes more than that needs.
    pub(super) fn add_convolution(taps: &[f32], input: &[f32], out: &mut [f32]) => add_convolution_in_lanes
}

#[inline(always)]
fn add_convolution_in_lanes<const FMA: bool>(taps: &[f32], input: &[f32], out: &mut [f32]) {
    for (index, chunk) in out.chunks_mut(LANES).enumerate() {
        let input = &input[index * LANES..];
        let mut sum = [0f32; LANES];
        for (tap, input) in taps.iter().zip(input.windows(LANES)) {
            for lane in 0..LANES {
                sum[lane] = multiply_add::<FMA>(*tap, input[lane], sum[lane]);
            }
        }
        for (out, sum) in chunk.iter_mut().zip(&sum) {
            *out += sum;
        }
    }
}

compiled_for_each! {
    /// Adds the product of two spectra to a third.
    pub(super) fn add_product(
        a: (&[f32], &[f32]),
        b: (&[f32], &[f32]),
        real: &mut [f32],
        imaginary: &mut [f32],
    ) => add_product_of_parts
}

#[inline(always)]
fn add_product_of_parts<const FMA: bool>(
    a: (&[f32], &[f32]),
    b: (&[f32], &[f32]),
    real: &mut [f32],
    imaginary: &mut [f32],
) {
    let inputs = a.0.iter().zip(a.1).zip(b.0.iter().zip(b.1));
    for (((ar, ai), (br, bi)), (real, imaginary)) in inputs.zip(real.iter_mut().zip(imaginary)) {
        *real = multiply_add::<FMA>(*ar, *br, multiply_add::<FMA>(-*ai, *bi, *real));
        *imaginary = multiply_add::<FMA>(*ar, *bi, multiply_add::<FMA>(*ai, *br, *imaginary));
    }
}

compiled_for_each! {
    /// Adds the product of two spectra and a gain to a third.
    pub(super) fn add_scaled_product(
        gain: f32,
        a: (&[f32], &[f32]),
        b: (&[f32], &[f32]),
        real: &mut [f32],
        imaginary: &mut [f32],
    ) => add_scaled_product_of_parts
}

#[inline(always)]
fn add_scaled_product_of_parts<const FMA: bool>(
    gain: f32,
    a: (&[f32], &[f32]),
    b: (&[f32], &[f32]),
    real: &mut [f32],
    imaginary: &mut [f32],
) {
    let inputs = a.0.iter().zip(a.1).zip(b.0.iter().zip(b.1));
    for (((ar, ai), (br, bi)), (real, imaginary)) in inputs.zip(real.iter_mut().zip(imaginary)) {
        let (ar, ai) = (gain * ar, gain * ai);
        *real = multiply_add::<FMA>(ar, *br, multiply_add::<FMA>(-ai, *bi, *real));
        *imaginary = multiply_add::<FMA>(ar, *bi, multiply_add::<FMA>(ai, *br, *imaginary));
    }
}
