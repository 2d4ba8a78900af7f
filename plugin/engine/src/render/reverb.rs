//! The room's answer: convolution with an impulse response that a player may reshape, without latency.
//! On the audio thread, but for [`Reverb::new`], which builds.
//! Promises direct convolution within 1e-5 (test: `the_room_is_a_convolution`), the same bytes for all block sizes
//! (tests: `block_sizes_never_change_the_output`, `block_sizes_never_change_a_moving_room`), and a room that moves without a click
//! (test: `a_room_that_moves_does_not_click`).
//!
//! The first partition of the response is convolved directly; the rest in uniform partitions in the frequency domain
//! (T. G. Stockham, "High-speed convolution and correlation", 1966; overlap-save with a frequency-domain delay line,
//! F. Wefers, "Partitioned convolution algorithms for real-time auralization", 2015, chapter 5). Partitions lie on
//! the event clock's own grid. The products with all input blocks but the newest are spread over the block
//! before they are needed, so that no callback pays for all of them.
//!
//! A block of the grid has one shape of the room: the one that was wanted where the block before it began. Where two
//! blocks differ, the later one is computed with both shapes and crossfaded.

use super::partitions::{Spectra, add_convolution, add_product, add_scaled_product};
use super::room_shape::{Part, Responses, RoomShape};
use super::simd::{Instructions, LANES};
use realfft::num_complex::Complex;
use std::sync::Arc;

/// Sums of products: for the shape that a block ends with, and for the one that it begins with.
const SUMS: usize = 2;

/// Shapes of the block before the present one, the present one, and the next.
#[derive(Clone, Copy, PartialEq)]
struct Shapes {
    before: RoomShape,
    now: RoomShape,
    next: RoomShape,
}

/// One response to convolve with, and where the products go.
#[derive(Clone, Copy, Default)]
struct Job {
    part: Part,
    sum: usize,
}

/// Convolution with the responses of one room.
pub(super) struct Reverb {
    instructions: Instructions,
    responses: Arc<Responses>,
    /// Length of a partition, samples.
    partition: usize,
    /// Taps of the first partition, last first: of the present shape, and of the one before.
    heads: [Vec<f32>; 2],
    /// Spectra of the newest input blocks. As many as the room as trained needs lie at b modulo their number, so that it
    /// touches no more memory than it needs; older ones, for larger rooms, behind them likewise.
    inputs: Spectra,
    newer: usize,
    older: usize,
    /// The last input block, the present one, and room for a last chunk of lanes.
    window: Vec<f32>,
    /// What the partitions from 1 on add to the present block, by sum.
    late: [Vec<f32>; SUMS],
    /// Sums of products for the next block so far, and the jobs that make them.
    sums: [Spectra; SUMS],
    jobs: [Job; 2 * SUMS],
    job_count: usize,
    /// Products that are in the sums: of this many jobs all, and this many of the next.
    jobs_done: usize,
    products_done: usize,
    /// Rising share of a block's own shape.
    rising: Vec<f32>,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// The block that the window's second half belongs to, and the shapes around it; `None` before the first.
    block: Option<u64>,
    shapes: Shapes,
    /// Inputs of earlier blocks are not in memory.
    valid_from: u64,
    /// Last block with an input other than zero; `None` where all that was is over.
    last_loud: Option<u64>,
}

impl Reverb {
    /// Allocates all that convolving with `responses` needs.
    pub fn new(responses: Arc<Responses>, instructions: Instructions) -> Self {
        let grid = &responses.grid;
        let (partition, bins, longest) = (grid.partition, grid.bins(), responses.longest());
        let newer = responses.trained().clamp(longest.min(1), longest);
        let scratch = grid.forward.get_scratch_len().max(grid.inverse.get_scratch_len());
        let share = |index: usize| (index as f32 + 0.5) / partition as f32;
        Self {
            instructions,
            partition,
            heads: [(); 2].map(|()| vec![0.0; partition]),
            inputs: Spectra::new(longest, bins),
            newer,
            older: longest - newer,
            window: vec![0.0; 2 * partition + LANES],
            late: [(); SUMS].map(|()| vec![0.0; partition]),
            sums: [(); SUMS].map(|()| Spectra::new(1, bins)),
            jobs: [Job::default(); 2 * SUMS],
            job_count: 0,
            jobs_done: 0,
            products_done: 0,
            rising: (0..partition).map(|index| 0.5 - 0.5 * (std::f32::consts::PI * share(index)).cos()).collect(),
            time: grid.forward.make_input_vec(),
            spectrum: grid.forward.make_output_vec(),
            scratch: vec![Complex::default(); scratch],
            block: None,
            shapes: Shapes { before: RoomShape::TRAINED, now: RoomShape::TRAINED, next: RoomShape::TRAINED },
            valid_from: 0,
            last_loud: None,
            responses,
        }
    }

    /// Writes the answer to `input`, which begins at event-clock `position`, to `output` of the same length; `shape` says the
    /// room's shape at a position. Positions must follow each other without a gap.
    pub fn process(
        &mut self,
        mut position: u64,
        shape: impl Fn(u64) -> RoomShape,
        mut input: &[f32],
        mut output: &mut [f32],
    ) {
        let partition = self.partition as u64;
        while !input.is_empty() {
            let (block, offset) = (position / partition, (position % partition) as usize);
            if self.block != Some(block) {
                let wanted = self.responses.effective(shape(position));
                self.enter(block, wanted);
            }
            let count = input.len().min(self.partition - offset);
            let (now, later) = input.split_at(count);
            let (out, rest) = output.split_at_mut(count);
            if now.iter().any(|sample| *sample != 0.0) {
                self.hear(block);
            }
            if self.last_loud.is_none() {
                out.fill(0.0);
            } else {
                self.convolve(block, offset, now, out);
            }
            position += count as u64;
            input = later;
            output = rest;
        }
    }

    /// Whether the answer is over.
    pub fn is_silent(&self) -> bool {
        self.last_loud.is_none()
    }

    /// Forgets all input.
    pub fn reset(&mut self) {
        self.window.fill(0.0);
        self.last_loud = None;
        self.block = None;
    }

    /// At the start of a block: the shapes move on, and the work for the next one is laid out.
    fn enter(&mut self, block: u64, wanted: RoomShape) {
        let follows = self.block.is_some_and(|last| last + 1 == block);
        let old = self.shapes;
        self.shapes = if follows {
            Shapes { before: old.now, now: old.next, next: wanted }
        } else {
            Shapes { before: wanted, now: wanted, next: wanted }
        };
        self.block = Some(block);
        if !follows || self.shapes.now != old.now {
            self.heads.swap(0, 1);
            self.responses.write_head(self.shapes.now, &mut self.heads[0]);
        }
        self.lay_out_jobs();
        let Shapes { before, now, next } = self.shapes;
        let reach = [before, now, next].map(|shape| self.responses.reach(shape)).into_iter().max().unwrap_or(0);
        if self.last_loud.is_some_and(|last| block > last + reach as u64 + 2) {
            self.last_loud = None;
        }
    }

    fn lay_out_jobs(&mut self) {
        let Shapes { now, next, .. } = self.shapes;
        self.job_count = 0;
        self.jobs_done = 0;
        self.products_done = 0;
        let shapes = [Some(next), (next != now).then_some(now)];
        for (sum, shape) in shapes.into_iter().enumerate() {
            let parts = shape.map(|shape| self.responses.parts(shape)).unwrap_or_default();
            for part in parts.into_iter().flatten() {
                self.jobs[self.job_count] = Job { part, sum };
                self.job_count += 1;
            }
        }
    }

    /// There is an input other than zero in this block.
    fn hear(&mut self, block: u64) {
        if self.last_loud.is_none() {
            // All that was is over: nothing from before this block sounds on.
            self.valid_from = block;
            self.window.fill(0.0);
            self.late.iter_mut().for_each(|late| late.fill(0.0));
            self.sums.iter_mut().for_each(Spectra::clear);
            self.jobs_done = 0;
            self.products_done = 0;
        }
        self.last_loud = Some(block);
    }

    fn convolve(&mut self, block: u64, offset: usize, input: &[f32], out: &mut [f32]) {
        let place = self.partition + offset;
        let end = offset + input.len();
        self.window[place..place + input.len()].copy_from_slice(input);
        let [now, before] = &self.heads;
        let window = &self.window[offset + 1..];
        out.copy_from_slice(&self.late[0][offset..end]);
        add_convolution(self.instructions, now, window, out);
        if self.shapes.before != self.shapes.now {
            // What of the last shape is left, a run of lanes at a time.
            for (index, out) in out.chunks_mut(LANES).enumerate() {
                let first = offset + index * LANES;
                let mut old = [0.0; LANES];
                let old = &mut old[..out.len()];
                old.copy_from_slice(&self.late[1][first..first + out.len()]);
                add_convolution(self.instructions, before, &window[index * LANES..], old);
                for ((out, old), rising) in out.iter_mut().zip(old).zip(&self.rising[first..]) {
                    *out = *old + (*out - *old) * rising;
                }
            }
        }
        self.sum_products(block, end * self.products() / self.partition);
        if end == self.partition {
            self.finish_block(block);
        }
    }

    /// Products of the jobs for the next block, but for those with the newest input.
    fn products(&self) -> usize {
        self.jobs[..self.job_count].iter().map(|job| job.part.count.saturating_sub(1)).sum()
    }

    /// Adds up products for the next block until `target` of them are in the sums, always in the same order.
    fn sum_products(&mut self, block: u64, target: usize) {
        let before = self.jobs[..self.jobs_done].iter().map(|job| job.part.count.saturating_sub(1)).sum::<usize>();
        let mut done = before + self.products_done;
        while done < target {
            let job = self.jobs[self.jobs_done];
            if self.products_done + 1 >= job.part.count {
                self.jobs_done += 1;
                self.products_done = 0;
                continue;
            }
            // The next block needs partition p + 1 times the input p blocks before the present one; p = 0 comes last.
            self.products_done += 1;
            self.add_product(block, job, self.products_done);
            done += 1;
        }
    }

    fn add_product(&mut self, block: u64, Job { part, sum }: Job, back: usize) {
        if block < self.valid_from + back as u64 {
            return;
        }
        let wanted = block - back as u64;
        let input = if back <= self.newer {
            self.inputs.get((wanted % self.newer as u64) as usize)
        } else {
            self.inputs.get(self.newer + (wanted % self.older as u64) as usize)
        };
        let response = self.responses.sizes[part.response].spectra.get(back);
        let Spectra { real, imaginary, .. } = &mut self.sums[sum];
        if part.gain == 1.0 && part.fall == 0.0 {
            add_product(self.instructions, input, response, real, imaginary);
        } else {
            // The gain in the middle of partition p + 1.
            let gain = part.gain_at((back as f32 + 1.5) * self.partition as f32);
            add_scaled_product(self.instructions, gain, input, response, real, imaginary);
        }
    }

    fn finish_block(&mut self, block: u64) {
        if self.newer > 0 {
            let (forward, inverse) = (&self.responses.grid.forward, &self.responses.grid.inverse);
            let (forward, inverse) = (Arc::clone(forward), Arc::clone(inverse));
            self.time.copy_from_slice(&self.window[..2 * self.partition]);
            let mut done = forward.process_with_scratch(&mut self.time, &mut self.spectrum, &mut self.scratch).is_ok();
            let place = (block % self.newer as u64) as usize;
            if self.older > 0 && block >= self.newer as u64 {
                let moved = block - self.newer as u64;
                self.inputs.copy(place, self.newer + (moved % self.older as u64) as usize);
            }
            self.inputs.store(place, &self.spectrum);
            for index in 0..self.job_count {
                if self.jobs[index].part.count > 0 {
                    self.add_product(block, self.jobs[index], 0);
                }
            }
            let sums = if self.shapes.next == self.shapes.now { 1 } else { SUMS };
            for (sum, late) in self.sums.iter_mut().zip(&mut self.late).take(sums) {
                for (bin, (real, imaginary)) in self.spectrum.iter_mut().zip(sum.real.iter().zip(&sum.imaginary)) {
                    *bin = Complex::new(*real, *imaginary);
                }
                if let [first, .., last] = self.spectrum.as_mut_slice() {
                    first.im = 0.0;
                    last.im = 0.0;
                }
                done &= inverse.process_with_scratch(&mut self.spectrum, &mut self.time, &mut self.scratch).is_ok();
                late.copy_from_slice(&self.time[self.partition..]);
                sum.clear();
            }
            debug_assert!(done, "the buffers are the planner's own");
        }
        self.window.copy_within(self.partition..2 * self.partition, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::partitions::Grid;
    use super::super::room_shape::SIZES;
    use super::*;

    fn response(length: usize) -> Vec<f32> {
        (0..length).map(|n| (n as f32 * 0.37).sin() / (1 + n) as f32).collect()
    }

    fn input() -> Vec<f32> {
        (0..5_000).map(|n| (n as f32 * 0.11).sin()).collect()
    }

    fn answer(responses: Responses, instructions: Instructions) -> Vec<f32> {
        let mut reverb = Reverb::new(Arc::new(responses), instructions);
        let mut out = vec![0.0; 5_000];
        reverb.process(0, |_| RoomShape::TRAINED, &input(), &mut out);
        out
    }

    #[test]
    fn every_instruction_set_makes_the_same_answer() {
        let grid = Grid::new(48_000.0);
        let fixed = |instructions| answer(Responses::fixed(&grid, &response(2_000)), instructions);
        let (baseline, best) = (fixed(Instructions::Baseline), fixed(Instructions::detect()));
        let worst = baseline.iter().zip(&best).fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
        println!("{:?} against the baseline: {worst:.1e}", Instructions::detect());
        assert!(worst < 2e-6);
    }

    #[test]
    fn the_room_as_trained_is_the_one_response_bit_by_bit() {
        let grid = Grid::new(48_000.0);
        let sizes = SIZES.map(|size| response((2_000.0 * size) as usize));
        let sized = answer(Responses::sized(&grid, &sizes, Some(9_000.0)), Instructions::detect());
        assert!(sized == answer(Responses::fixed(&grid, &response(2_000)), Instructions::detect()));
    }
}
