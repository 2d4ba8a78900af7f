//! The partials that waveshapers make of one film: levels, from a cycle and its transform.
//! Window's thread; allocates when an instrument is taken up.
//! As `timbrel_engine::morph::NewtPartials` does it for the control thread, with fewer points
//! (test: `curves_and_partials_are_those_of_the_tables`).

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;
use timbrel_engine::frame::FILM_PARTS;
use timbrel_engine::waveshaping::{Cycle, Waveshaping};

/// Points of a cycle: the partials that are shown, and as many again before anything folds back on them.
const POINTS: usize = 512;
/// Partials that are shown.
pub const PARTIALS: usize = 128;

/// See the module.
pub struct Overtones {
    constants: Arc<Waveshaping>,
    cycle: Cycle,
    transform: Arc<dyn RealToComplex<f32>>,
    samples: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Overtones {
    /// Of these shapers.
    pub fn new(constants: &Arc<Waveshaping>) -> Self {
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(POINTS);
        Self {
            constants: Arc::clone(constants),
            cycle: Cycle::new(constants, POINTS),
            samples: vec![0.0; POINTS],
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
        }
    }

    /// Whether it was made for these.
    pub fn is_of(&self, constants: &Arc<Waveshaping>) -> bool {
        Arc::ptr_eq(&self.constants, constants)
    }

    /// Peak amplitudes, linear, of the partials 1.. of a fundamental (hertz) under a film and its presence, as rows have them.
    pub fn measure(&mut self, f0_hz: f32, film_and_presence: &[f32], amplitudes: &mut Vec<f32>) {
        amplitudes.clear();
        amplitudes.resize(PARTIALS, 0.0);
        let Some((film, rest)) = film_and_presence.split_at_checked(FILM_PARTS * self.constants.shapers()) else {
            return;
        };
        let presence = rest.first().copied().unwrap_or(0.0);
        self.cycle.excite(f0_hz);
        self.samples.copy_from_slice(self.cycle.shape(film));
        let done = self.transform.process_with_scratch(&mut self.samples, &mut self.spectrum, &mut self.scratch);
        debug_assert!(done.is_ok(), "the buffers are the planner's own");
        let gain = presence.abs() * 2.0 / POINTS as f32;
        amplitudes.iter_mut().zip(&self.spectrum[1..]).for_each(|(amplitude, bin)| *amplitude = gain * bin.norm());
    }

    /// The least and the greatest of each shaper's mix at the fundamental that was measured last: what excites it.
    pub fn extents(&self, extents: &mut Vec<(f32, f32)>) {
        extents.clear();
        let least_and_greatest = |mix: &[f32]| {
            mix.iter()
                .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
        };
        extents.extend((0..self.constants.shapers()).map(|shaper| least_and_greatest(self.cycle.mix(shaper))));
    }
}
