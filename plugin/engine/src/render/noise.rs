//! The noise bank of one voice: white noise through the frames' band gains, by overlap-add.
//! On the audio thread.
//! Promises the same noise for the same seed and position (test: `block_sizes_never_change_the_output`), leakage at or
//! under -90 dB (test: `noise_does_not_leak_out_of_its_band`), no allocation (test: `rendering_allocates_nothing`).
//!
//! On the way from one frame to the next, the noise under a rising line is filtered with the new gains and the noise
//! under the falling rest with the old ones. The lines sum to one and act before the filters, so what leaks is what
//! the filters leak, and as both hear the same noise, gains move in straight lines.

use super::noise_filter::NoiseFilter;
use super::overlap::OverlapRing;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// What the noise of all voices shares: the filter design, the transforms and their working memory.
pub(super) struct NoiseWorkshop {
    filter: NoiseFilter,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    white: Vec<f32>,
    rising: Vec<f32>,
    falling: Vec<f32>,
    rising_spectrum: Vec<Complex<f32>>,
    falling_spectrum: Vec<Complex<f32>>,
    piece: Vec<f32>,
    scratch: Vec<Complex<f32>>,
}

impl NoiseWorkshop {
    /// Designs the filters for `bands` gains up to half of `train_rate`, at the host's `sample_rate`.
    pub fn new(bands: usize, train_rate: f64, sample_rate: f64) -> Self {
        let filter = NoiseFilter::new(bands, train_rate, sample_rate);
        let mut planner = RealFftPlanner::<f32>::new();
        let forward = planner.plan_fft_forward(filter.size);
        let inverse = planner.plan_fft_inverse(filter.size);
        let scratch = forward.get_scratch_len().max(inverse.get_scratch_len());
        Self {
            white: vec![0.0; filter.piece()],
            rising: forward.make_input_vec(),
            falling: forward.make_input_vec(),
            rising_spectrum: forward.make_output_vec(),
            falling_spectrum: forward.make_output_vec(),
            piece: inverse.make_output_vec(),
            scratch: vec![Complex::default(); scratch],
            filter,
            forward,
            inverse,
        }
    }

    /// Samples ahead of the playing position that a piece of noise may reach.
    pub fn reach(&self) -> usize {
        self.filter.size
    }
}

/// Noise of one voice.
pub(super) struct NoiseBank {
    seed: u32,
    /// Where the voice began.
    origin: u64,
    /// Noise before this position is in the ring.
    made_to: u64,
    /// Where the way to the new spectrum starts and how long it is.
    start: u64,
    length: u64,
    spectrum: Vec<f32>,
    target: Vec<f32>,
    silent: bool,
    target_silent: bool,
    running: bool,
}

impl NoiseBank {
    /// A silent bank.
    pub fn new(workshop: &NoiseWorkshop) -> Self {
        let bins = workshop.filter.bin_count();
        Self {
            seed: 0,
            origin: 0,
            made_to: 0,
            start: 0,
            length: 1,
            spectrum: vec![0.0; bins],
            target: vec![0.0; bins],
            silent: true,
            target_silent: true,
            running: false,
        }
    }

    /// Begins at `position` with these gains at once.
    pub fn begin(&mut self, workshop: &NoiseWorkshop, position: u64, seed: u32, magnitudes: &[f32]) {
        self.seed = mix(seed);
        self.origin = position;
        self.made_to = position;
        self.start = position;
        self.length = 1;
        workshop.filter.shape(magnitudes, &mut self.target);
        self.spectrum.copy_from_slice(&self.target);
        self.target_silent = magnitudes.iter().all(|gain| *gain == 0.0);
        self.silent = self.target_silent;
        self.running = true;
    }

    /// From `position` on, goes to these gains, reached at `at`. Noise that was made already stays as it is.
    pub fn aim(&mut self, workshop: &NoiseWorkshop, position: u64, at: u64, magnitudes: &[f32]) {
        self.rebase(position, at);
        workshop.filter.shape(magnitudes, &mut self.target);
        self.target_silent = magnitudes.iter().all(|gain| *gain == 0.0);
    }

    /// From `position` on, fades to silence, reached at `at`.
    pub fn fade(&mut self, position: u64, at: u64) {
        self.rebase(position, at);
        self.target.fill(0.0);
        self.target_silent = true;
    }

    /// Makes no more noise; what is in the ring sounds on.
    pub fn stop(&mut self) {
        self.running = false;
    }

    /// Puts noise into the ring until all that sounds before `position` is there.
    pub fn render(&mut self, workshop: &mut NoiseWorkshop, ring: &mut OverlapRing, position: u64) {
        if !self.running {
            return;
        }
        while self.made_to < position {
            let left = (self.start + self.length).saturating_sub(self.made_to);
            let longest = workshop.filter.piece() as u64;
            let count = if left == 0 { longest } else { left.min(longest) };
            if !(self.silent && self.target_silent) {
                self.make_piece(workshop, ring, count as usize);
            }
            self.made_to += count;
        }
    }

    /// Starts a new way at `position` from the gains that hold there; the caller sets the target.
    fn rebase(&mut self, position: u64, at: u64) {
        let position = position.max(self.made_to);
        let share = self.share(position);
        if share >= 1.0 {
            self.spectrum.copy_from_slice(&self.target);
            self.silent = self.target_silent;
        } else {
            for (now, target) in self.spectrum.iter_mut().zip(&self.target) {
                *now += (target - *now) * share;
            }
            self.silent &= self.target_silent;
        }
        self.start = position;
        self.length = at.saturating_sub(position).max(1);
    }

    /// How much of the way is gone at `position`, 0 to 1.
    fn share(&self, position: u64) -> f32 {
        let gone = position.saturating_sub(self.start);
        if gone >= self.length { 1.0 } else { gone as f32 / self.length as f32 }
    }

    fn make_piece(&mut self, workshop: &mut NoiseWorkshop, ring: &mut OverlapRing, count: usize) {
        let NoiseWorkshop {
            filter,
            forward,
            inverse,
            white,
            rising,
            falling,
            rising_spectrum,
            falling_spectrum,
            piece,
            scratch,
        } = workshop;
        white_noise(self.seed, self.made_to - self.origin, &mut white[..count]);
        // The zero-phase filter reaches `delay` samples back and ahead of the noise.
        let (delay, end) = (filter.delay, filter.delay + count);
        let arrived = self.made_to >= self.start + self.length;
        rising.fill(0.0);
        falling.fill(0.0);
        for (index, white) in white[..count].iter().enumerate() {
            let share = self.share(self.made_to + index as u64);
            rising[delay + index] = white * share;
            falling[delay + index] = white * (1.0 - share);
        }
        let mut done = forward.process_with_scratch(rising, rising_spectrum, scratch).is_ok();
        if arrived {
            for (bin, gain) in rising_spectrum.iter_mut().zip(&self.target) {
                *bin *= *gain;
            }
        } else {
            done &= forward.process_with_scratch(falling, falling_spectrum, scratch).is_ok();
            let gains = self.target.iter().zip(&self.spectrum);
            for ((bin, falling), (new, old)) in rising_spectrum.iter_mut().zip(&*falling_spectrum).zip(gains) {
                *bin = *bin * *new + *falling * *old;
            }
        }
        // The ends of a real signal's spectrum are real; rounding must not say otherwise.
        if let [first, .., last] = rising_spectrum.as_mut_slice() {
            first.im = 0.0;
            last.im = 0.0;
        }
        done &= inverse.process_with_scratch(rising_spectrum, piece, scratch).is_ok();
        debug_assert!(done, "the buffers are the planner's own");
        ring.add(self.made_to, &piece[..end + delay]);
    }
}

/// Integer hash with full avalanche (the `lowbias32` constants of C. Wellons' hash prospector).
fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Uniform white noise of unit variance: a function of the seed and of the sample's index since the voice began.
fn white_noise(seed: u32, index: u64, out: &mut [f32]) {
    // sqrt(3) is the half width of a uniform distribution of unit variance.
    const SCALE: f32 = 1.732_050_8 / 2_147_483_648.0;
    for (offset, out) in out.iter_mut().enumerate() {
        let index = index.wrapping_add(offset as u64);
        let key = seed.wrapping_add(mix((index >> 32) as u32));
        let hash = mix((index as u32).wrapping_mul(0x9e37_79b9) ^ key);
        *out = hash as i32 as f32 * SCALE;
    }
}
