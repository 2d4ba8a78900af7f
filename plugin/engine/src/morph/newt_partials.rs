//! A waveshaping decoder heard through its partials, so that it can be blended with what is no waveshaper.
//! Built on the loader thread, stepped on the control thread.
//! Promises the levels that its bank plays (test: `partials_of_a_newt_are_those_that_its_bank_plays`).
//!
//! With the film of one frame held, the bank's sound is periodic: one cycle of the exciter at the note's band limit goes
//! through the shapers, and the cycle's transform is the partials. Their phases are left out, as in the other family.

use crate::frame::{FILM_PARTS, FrameLayout};
use crate::model::{
    Controls, Decode, DecodeError, FilmShaper, Gesture, GestureRequest, MAX_ROWS, Metadata, StepRequest,
};
use crate::render::{CycleMaker, Shaping};
use crate::waveshaping::Waveshaping;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Partials that are taken from a cycle. What a shipped instrument has above is under -60 dB of the rest.
pub const PARTIALS: usize = 160;
/// Partials above this are not heard, hertz.
const HEARD_TO_HZ: f64 = 20_000.0;
/// Points of a cycle for each partial that is heard. Shapers make more partials than that; the first that would fold onto one
/// which counts has three times its number.
const POINTS_PER_PARTIAL: f64 = 4.0;
/// Points of a cycle: two to these powers.
const SMALLEST: u32 = 6;
const LARGEST: u32 = 10;

/// See the module.
pub struct NewtPartials {
    decoder: Box<dyn Decode>,
    cycles: CycleMaker,
    shaper: FilmShaper,
    film: Vec<f32>,
    /// By the power of two of their length, from [`SMALLEST`] on.
    transforms: Vec<Arc<dyn RealToComplex<f32>>>,
    cycle: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    bands: usize,
    /// Of each row of the last step.
    amplitudes: Vec<f32>,
    shares: Vec<f32>,
    noise: Vec<f32>,
}

impl NewtPartials {
    /// Over a decoder of films for the shapers of `constants`. Any other decoder's rows are silence.
    pub fn new(decoder: Box<dyn Decode>, constants: &Arc<Waveshaping>, shaping: Shaping) -> Self {
        let bands = match decoder.layout() {
            FrameLayout::Ddsp { noise_bands, .. } | FrameLayout::Newt { noise_bands, .. } => noise_bands,
        };
        let mut planner = RealFftPlanner::<f32>::new();
        let transforms: Vec<_> = (SMALLEST..=LARGEST).map(|power| planner.plan_fft_forward(1 << power)).collect();
        let scratch = transforms.iter().map(|transform| transform.get_scratch_len()).max().unwrap_or(0);
        let longest = 1 << LARGEST;
        Self {
            shaper: FilmShaper::new(constants),
            film: vec![0.0; FILM_PARTS * constants.shapers()],
            cycles: CycleMaker::new(constants, shaping, decoder.metadata().sample_rate),
            decoder,
            transforms,
            cycle: vec![0.0; longest],
            spectrum: vec![Complex::default(); longest / 2 + 1],
            scratch: vec![Complex::default(); scratch],
            bands,
            amplitudes: vec![0.0; MAX_ROWS],
            shares: vec![0.0; MAX_ROWS * PARTIALS],
            noise: vec![0.0; MAX_ROWS * bands],
        }
    }

    /// Takes a row of the decoder apart.
    fn analyse(&mut self, row: usize, request: &StepRequest) {
        let noise = &mut self.noise[row * self.bands..][..self.bands];
        let shares = &mut self.shares[row * PARTIALS..][..PARTIALS];
        let amplitude = &mut self.amplitudes[row];
        noise.fill(0.0);
        shares.fill(0.0);
        *amplitude = 0.0;
        if !self.decoder.is_finite(row) {
            return;
        }
        let Controls::Newt { film: given, noise_magnitudes } = self.decoder.controls(row) else { return };
        let film = &mut self.film;
        if given.len() != film.len() {
            return;
        }
        film.copy_from_slice(given);
        self.shaper.shape(film, request.film, request.aim.f0_hz);
        noise.iter_mut().zip(noise_magnitudes).for_each(|(to, from)| *to = from.abs());
        let f0_hz = f64::from(request.aim.f0_hz).max(1.0);
        let heard = ((HEARD_TO_HZ / f0_hz) as usize).clamp(1, PARTIALS);
        let power = (heard as f64 * POINTS_PER_PARTIAL).log2().ceil().clamp(f64::from(SMALLEST), f64::from(LARGEST));
        let points = 1 << power as u32;
        let cycle = &mut self.cycle[..points];
        self.cycles.make(f0_hz, film, cycle);
        let spectrum = &mut self.spectrum[..points / 2 + 1];
        let transform = &self.transforms[power as usize - SMALLEST as usize];
        let done = transform.process_with_scratch(cycle, spectrum, &mut self.scratch);
        debug_assert!(done.is_ok(), "the buffers are the planner's own");
        let levels = shares.iter_mut().zip(&spectrum[1..]).take(heard);
        levels.for_each(|(share, bin)| *share = 2.0 * bin.norm() / points as f32);
        *amplitude = shares.iter().sum();
        if *amplitude > 0.0 {
            shares.iter_mut().for_each(|share| *share /= *amplitude);
        }
    }
}

impl Decode for NewtPartials {
    fn metadata(&self) -> &Metadata {
        self.decoder.metadata()
    }

    fn layout(&self) -> FrameLayout {
        FrameLayout::Ddsp { harmonics: PARTIALS, noise_bands: self.bands }
    }

    fn settle(&mut self, slot: usize, midi_pitch: f32) {
        self.decoder.settle(slot, midi_pitch);
    }

    fn step(&mut self, requests: &[StepRequest]) -> Result<(), DecodeError> {
        self.decoder.step(requests)?;
        for (row, request) in requests.iter().enumerate().take(MAX_ROWS) {
            self.analyse(row, request);
        }
        Ok(())
    }

    fn perform(&mut self, requests: &[GestureRequest], gestures: &mut Vec<Gesture>) -> Result<(), DecodeError> {
        self.decoder.perform(requests, gestures)
    }

    fn controls(&self, row: usize) -> Controls<'_> {
        Controls::Ddsp {
            amplitude: self.amplitudes[row],
            harmonic_distribution: &self.shares[row * PARTIALS..][..PARTIALS],
            noise_magnitudes: &self.noise[row * self.bands..][..self.bands],
        }
    }

    fn is_finite(&self, row: usize) -> bool {
        self.decoder.is_finite(row) && self.decoder.controls(row).is_finite()
    }
}
