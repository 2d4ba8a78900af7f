//! The room's answer: convolution with an impulse response, without latency.
//! On the audio thread.
//! Promises direct convolution within 1e-5 (test: `the_room_is_a_convolution`) and the same bytes for all block sizes
//! (test: `block_sizes_never_change_the_output`).
//!
//! The first partition of the response is convolved directly; the rest in uniform partitions in the frequency domain
//! (T. G. Stockham, "High-speed convolution and correlation", 1966; overlap-save with a frequency-domain delay line,
//! F. Wefers, "Partitioned convolution algorithms for real-time auralization", 2015, chapter 5). Partitions lie on
//! the event clock's own grid. The products with all input blocks but the newest are spread over the block
//! before they are needed, so that no callback pays for all of them.

use super::simd::{Instructions, LANES, compiled_for_each, multiply_add};
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Least length of a partition, seconds.
const SHORTEST_PARTITION: f64 = 0.004;

/// Spectra with real and imaginary parts apart, one after the other, for loops that vectorise.
struct Spectra {
    bins: usize,
    real: Vec<f32>,
    imaginary: Vec<f32>,
}

impl Spectra {
    fn new(count: usize, bins: usize) -> Self {
        Self { bins, real: vec![0.0; count * bins], imaginary: vec![0.0; count * bins] }
    }

    fn store(&mut self, index: usize, spectrum: &[Complex<f32>]) {
        let range = index * self.bins..(index + 1) * self.bins;
        let parts = self.real[range.clone()].iter_mut().zip(&mut self.imaginary[range]);
        for ((real, imaginary), bin) in parts.zip(spectrum) {
            *real = bin.re;
            *imaginary = bin.im;
        }
    }

    fn get(&self, index: usize) -> (&[f32], &[f32]) {
        let range = index * self.bins..(index + 1) * self.bins;
        (&self.real[range.clone()], &self.imaginary[range])
    }

    fn clear(&mut self) {
        self.real.fill(0.0);
        self.imaginary.fill(0.0);
    }
}

/// Convolution with one fixed impulse response.
pub(super) struct Reverb {
    instructions: Instructions,
    /// Length of a partition, samples.
    partition: usize,
    /// Taps of the first partition, last first.
    head: Vec<f32>,
    /// Spectra of partitions 1, 2, ...
    response: Spectra,
    /// Spectra of the newest input blocks; block b lies at b modulo their count.
    inputs: Spectra,
    count: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    /// The last input block, the present one, and room for a last chunk of lanes.
    window: Vec<f32>,
    /// What the partitions from 1 on add to the present block.
    late: Vec<f32>,
    /// Sum of products for the next block so far, and how many are in it.
    sum: Spectra,
    summed: usize,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// The block that the window's second half belongs to.
    block: u64,
    /// Last block with an input other than zero.
    last_loud: Option<u64>,
}

impl Reverb {
    /// Prepares the convolution with `response`, at `sample_rate` hertz.
    pub fn new(response: &[f32], sample_rate: f64, instructions: Instructions) -> Self {
        let partition = ((SHORTEST_PARTITION * sample_rate).ceil() as usize).next_power_of_two().max(LANES);
        let count = response.len().div_ceil(partition).saturating_sub(1);
        let mut planner = RealFftPlanner::<f32>::new();
        let forward = planner.plan_fft_forward(2 * partition);
        let inverse = planner.plan_fft_inverse(2 * partition);
        let bins = partition + 1;
        let mut spectra = Spectra::new(count, bins);
        let mut time = forward.make_input_vec();
        let mut spectrum = forward.make_output_vec();
        let scratch_length = forward.get_scratch_len().max(inverse.get_scratch_len());
        let mut scratch = vec![Complex::default(); scratch_length];
        for (index, taps) in response.chunks(partition).skip(1).enumerate() {
            time.fill(0.0);
            for (time, tap) in time.iter_mut().zip(taps) {
                *time = tap / (2 * partition) as f32;
            }
            let done = forward.process_with_scratch(&mut time, &mut spectrum, &mut scratch);
            debug_assert!(done.is_ok(), "the buffers are the planner's own");
            spectra.store(index, &spectrum);
        }
        let mut head = response[..response.len().min(partition)].to_vec();
        head.resize(partition, 0.0);
        head.reverse();
        Self {
            instructions,
            partition,
            head,
            response: spectra,
            inputs: Spectra::new(count, bins),
            count,
            forward,
            inverse,
            window: vec![0.0; 2 * partition + LANES],
            late: vec![0.0; partition],
            sum: Spectra::new(1, bins),
            summed: 0,
            time,
            spectrum,
            scratch,
            block: 0,
            last_loud: None,
        }
    }

    /// Writes the answer to `input`, which begins at event-clock `position`, to `output` of the same length.
    /// Positions must follow each other without a gap, but for gaps in which [`Self::is_silent`] holds.
    pub fn process(&mut self, mut position: u64, mut input: &[f32], mut output: &mut [f32]) {
        if self.is_silent(position) && input.iter().all(|sample| *sample == 0.0) {
            output.fill(0.0);
            return;
        }
        let partition = self.partition as u64;
        if position / partition != self.block {
            // Only after silence, when all memories hold zeros, whatever block they are of.
            self.block = position / partition;
            self.summed = 0;
        }
        while !input.is_empty() {
            let offset = (position % partition) as usize;
            let count = input.len().min(self.partition - offset);
            let (now, later) = input.split_at(count);
            let (out, rest) = output.split_at_mut(count);
            if now.iter().any(|sample| *sample != 0.0) {
                self.last_loud = Some(self.block);
            }
            let place = self.partition + offset;
            self.window[place..place + count].copy_from_slice(now);
            out.copy_from_slice(&self.late[offset..offset + count]);
            add_convolution(self.instructions, &self.head, &self.window[offset + 1..], out);
            self.sum_products((offset + count) * self.count.saturating_sub(1) / self.partition);
            if offset + count == self.partition {
                self.finish_block();
            }
            position += count as u64;
            input = later;
            output = rest;
        }
    }

    /// Whether the answer is over at `position`: all memories hold zeros.
    pub fn is_silent(&self, position: u64) -> bool {
        self.last_loud.is_none_or(|block| position / self.partition as u64 > block + self.count as u64 + 2)
    }

    /// Forgets all input.
    pub fn reset(&mut self) {
        self.inputs.clear();
        self.sum.clear();
        self.window.fill(0.0);
        self.late.fill(0.0);
        self.summed = 0;
        self.last_loud = None;
    }

    /// Adds up products for the next block until `target` of them are in the sum, always in the same order.
    fn sum_products(&mut self, target: usize) {
        while self.summed < target {
            // The next block needs partition p + 1 times the input p blocks before the present one; p = 0 comes last.
            let back = self.summed + 1;
            self.add_product(back);
            self.summed += 1;
        }
    }

    fn add_product(&mut self, back: usize) {
        let at = (self.block % self.count as u64) as usize;
        let input = self.inputs.get((at + self.count - back) % self.count);
        let response = self.response.get(back);
        add_product(self.instructions, input, response, &mut self.sum.real, &mut self.sum.imaginary);
    }

    fn finish_block(&mut self) {
        if self.count > 0 {
            self.time.copy_from_slice(&self.window[..2 * self.partition]);
            let mut done =
                self.forward.process_with_scratch(&mut self.time, &mut self.spectrum, &mut self.scratch).is_ok();
            self.inputs.store((self.block % self.count as u64) as usize, &self.spectrum);
            self.add_product(0);
            for (bin, (real, imaginary)) in self.spectrum.iter_mut().zip(self.sum.real.iter().zip(&self.sum.imaginary))
            {
                *bin = Complex::new(*real, *imaginary);
            }
            if let [first, .., last] = self.spectrum.as_mut_slice() {
                first.im = 0.0;
                last.im = 0.0;
            }
            done &= self.inverse.process_with_scratch(&mut self.spectrum, &mut self.time, &mut self.scratch).is_ok();
            debug_assert!(done, "the buffers are the planner's own");
            self.late.copy_from_slice(&self.time[self.partition..]);
            self.sum.clear();
            self.summed = 0;
        }
        self.window.copy_within(self.partition..2 * self.partition, 0);
        self.block += 1;
    }
}

compiled_for_each! {
    /// Adds to out[n] the sum over j of taps[j] x input[n + j]; `input` holds a chunk of lanes more than that needs.
    fn add_convolution(taps: &[f32], input: &[f32], out: &mut [f32]) => add_convolution_in_lanes
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
    fn add_product(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_makes_the_same_answer() {
        let response: Vec<f32> = (0..2_000).map(|n| (n as f32 * 0.37).sin() / (1 + n) as f32).collect();
        let input: Vec<f32> = (0..5_000).map(|n| (n as f32 * 0.11).sin()).collect();
        let answer = |instructions| {
            let mut reverb = Reverb::new(&response, 48_000.0, instructions);
            let mut out = vec![0.0; input.len()];
            reverb.process(0, &input, &mut out);
            out
        };
        let (baseline, best) = (answer(Instructions::Baseline), answer(Instructions::detect()));
        let worst = baseline.iter().zip(&best).fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
        println!("{:?} against the baseline: {worst:.1e}", Instructions::detect());
        assert!(worst < 2e-6);
    }
}
