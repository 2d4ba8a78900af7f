//! What is done to the film of a waveshaping instrument before its shapers: drive, shift and choice, at the same level.
//! Built on the loader thread; works on the control thread, without allocation.
//! Promises the level within 0.5 dB (test: `a_shaped_film_keeps_its_level`), and [`FilmShape::REST`] changes nothing, to the bit
//! (test: `a_film_at_rest_is_left_alone`).
//!
//! For each shaper, of index scale a, index shift b, output scale c and output shift d, drive g, shift s and the choice's gain m_j:
//!
//! ```text
//! a' = g a    b' = b + s    c' = l m_j c    d' = l m_j d + e w_j
//! ```
//!
//! where l keeps the power and e the mean of one cycle (w_j are the shapers' output weights): without e, a moving index
//! would move the mean of the sound, which is heard as a thump. The index stays in the shapers' range as their tables hold it.

use crate::frame::FILM_PARTS;
use crate::units::gain_of_db;
use crate::waveshaping::{Cycle, Waveshaping, power_and_mean};
use realfft::{RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex32;
use std::sync::Arc;

/// Points of the cycle of which power and spectrum are taken: the power of the shipped instruments within 0.2 dB.
const POINTS: usize = 96;
/// The same where the exciter has few partials.
const FEW_POINTS: usize = 48;
/// Fundamental from which that is so, hertz.
const FEW_FROM_HZ: f32 = 80.0;
/// The same of an index that is driven by more than [`GENTLE_DB`], which makes so many partials that few points fold them back.
const DRIVEN_POINTS: usize = 256;
/// Drive up to which few points will do, decibels.
const GENTLE_DB: f32 = 6.0;
/// Points of the cycle of which the shapers' order is taken.
const FINE_POINTS: usize = 512;
/// Fundamental at which the shapers are put in order, hertz: A3.
const ORDER_HZ: f32 = 220.0;
/// Power that is added to both sides of a ratio of powers: -140 dBFS, so that silence has no level to be kept.
const FAINT: f32 = 1e-14;
/// Most gain that keeps a level: 40 dB.
const MOST_GAIN: f32 = 100.0;
/// Less is nothing.
const LEAST: f32 = 1e-5;
/// Share of the shapers over which the choice goes from none to all.
const CHOICE_WIDTH: f32 = 0.5;

/// How a film is shaped: what the shapers of a waveshaping instrument are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FilmShape {
    /// Gain of the index, decibels.
    pub drive_db: f32,
    /// Added to the index.
    pub shift: f32,
    /// Which shapers are heard: -1 the darker half, 0 all, 1 the brighter half.
    pub mix: f32,
}

impl FilmShape {
    /// As the decoder says.
    pub const REST: Self = Self { drive_db: 0.0, shift: 0.0, mix: 0.0 };

    /// Whether it changes nothing that could be heard.
    pub fn is_rest(&self) -> bool {
        self.drive_db.abs() < LEAST && self.shift.abs() < LEAST && self.mix.abs() < LEAST
    }
}

/// Shapes films for one model.
#[derive(Clone)]
pub struct FilmShaper {
    cycle: Cycle,
    few: Cycle,
    driven: Cycle,
    transform: Arc<dyn RealToComplex<f32>>,
    points: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    /// Place of each shaper from the darkest, 0, to the brightest, 1.
    places: Vec<f32>,
}

impl FilmShaper {
    /// For a model's constants. Puts the shapers in order; some milliseconds, for the loader thread.
    pub fn new(constants: &Arc<Waveshaping>) -> Self {
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(POINTS);
        Self {
            cycle: Cycle::new(constants, POINTS),
            few: Cycle::new(constants, FEW_POINTS),
            driven: Cycle::new(constants, DRIVEN_POINTS),
            points: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
            places: places(&brightnesses(constants)),
        }
    }

    /// Place of each shaper from the darkest, 0, to the brightest, 1.
    pub fn places(&self) -> &[f32] {
        &self.places
    }

    /// Shapes a film (its [`FILM_PARTS`] parts, each as wide as there are shapers) at a fundamental, hertz, in place. Says the power
    /// that it kept, presence 1; `None` where there was nothing to do.
    pub fn shape(&mut self, film: &mut [f32], shape: FilmShape, f0_hz: f32) -> Option<f32> {
        let count = self.places.len();
        debug_assert_eq!(film.len(), FILM_PARTS * count);
        if shape.is_rest() {
            return None;
        }
        let (before, mean) = self.power_and_mean(film, f0_hz);
        let drive = gain_of_db(shape.drive_db);
        film[..count].iter_mut().for_each(|scale| *scale *= drive);
        film[count..2 * count].iter_mut().for_each(|shift| *shift += shape.shift);
        for part in film[2 * count..].chunks_exact_mut(count) {
            part.iter_mut().zip(&self.places).for_each(|(value, place)| *value *= chosen(*place, shape.mix));
        }
        let (after, moved) = if shape.drive_db > GENTLE_DB {
            self.driven.excite(f0_hz);
            power_and_mean(self.driven.shape(film))
        } else {
            self.power_and_mean(film, f0_hz)
        };
        let level = ((before + FAINT) / (after + FAINT)).sqrt().min(MOST_GAIN);
        film[2 * count..].iter_mut().for_each(|value| *value *= level);
        let constants = self.cycle.constants();
        let weights = &constants.output_weights;
        let square: f32 = weights.iter().map(|weight| weight * weight).sum();
        if square > 0.0 {
            let bias = constants.output_bias;
            let share = (mean - (bias + level * (moved - bias))) / square;
            film[3 * count..].iter_mut().zip(weights).for_each(|(shift, weight)| *shift += share * weight);
        }
        Some(before)
    }

    /// Power without the mean, and mean, of what the shapers make of a film at a fundamental, hertz; presence 1.
    pub fn power_and_mean(&mut self, film: &[f32], f0_hz: f32) -> (f32, f32) {
        let cycle = if f0_hz >= FEW_FROM_HZ { &mut self.few } else { &mut self.cycle };
        cycle.excite(f0_hz);
        power_and_mean(cycle.shape(film))
    }

    /// Power of the partials that the shapers make of a film at a fundamental, hertz, each weighed at its frequency; presence 1.
    pub fn weighed_power(&mut self, film: &[f32], f0_hz: f32, weight: impl Fn(f32) -> f32) -> f32 {
        self.cycle.excite(f0_hz);
        self.points.copy_from_slice(self.cycle.shape(film));
        // The lengths are the transform's own.
        let _ = self.transform.process_with_scratch(&mut self.points, &mut self.spectrum, &mut self.scratch);
        let partials = self.spectrum.iter().enumerate().skip(1);
        let weighed: f32 = partials.map(|(k, bin)| bin.norm_sqr() * weight(k as f32 * f0_hz)).sum();
        2.0 * weighed / (POINTS * POINTS) as f32
    }
}

/// What of a shaper at `place` is heard, 0 to 1.
fn chosen(place: f32, mix: f32) -> f32 {
    let toward = if mix < 0.0 { 1.0 - place } else { place };
    let way = ((toward - 0.5) / CHOICE_WIDTH + 0.5).clamp(0.0, 1.0);
    1.0 - mix.abs() * (1.0 - way * way * (3.0 - 2.0 * way))
}

/// Mean number of the partials that each shaper makes by itself of its mix, by their power.
fn brightnesses(constants: &Arc<Waveshaping>) -> Vec<f32> {
    let mut cycle = Cycle::new(constants, FINE_POINTS);
    cycle.excite(ORDER_HZ);
    let transform = RealFftPlanner::<f32>::new().plan_fft_forward(FINE_POINTS);
    let mut spectrum = vec![Complex32::default(); FINE_POINTS / 2 + 1];
    let brightness = |shaper| {
        let mut points = cycle.shape_alone(shaper, 1.0, 0.0);
        // The lengths are the transform's own.
        let _ = transform.process(&mut points, &mut spectrum);
        let powers = spectrum.iter().map(Complex32::norm_sqr).enumerate().skip(1);
        let (sum, weighted) =
            powers.fold((FAINT, 0.0), |(sum, weighted), (k, power)| (sum + power, weighted + k as f32 * power));
        weighted / sum
    };
    (0..constants.shapers()).map(brightness).collect()
}

/// Places in order of brightness, 0 to 1.
fn places(brightnesses: &[f32]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..brightnesses.len()).collect();
    order.sort_by(|a, b| brightnesses[*a].total_cmp(&brightnesses[*b]));
    let mut places = vec![0.5; brightnesses.len()];
    let most = brightnesses.len().saturating_sub(1);
    if most > 0 {
        order.iter().enumerate().for_each(|(place, shaper)| places[*shaper] = place as f32 / most as f32);
    }
    places
}
