//! Single cycles of what a waveshaping voice makes, for who wants to know its partials.
//! Built on the loader thread, asked on the control thread.
//! Promises the bank's own sound (test: `partials_of_a_newt_are_those_that_its_bank_plays`).

use super::simd::Instructions;
use super::voicing::{Fidelity, Shaping};
use super::waveshaper::{WaveshaperBank, WaveshaperDesign};
use crate::waveshaping::Waveshaping;
use std::sync::Arc;

/// A waveshaper bank that is asked for cycles instead of being played.
pub(crate) struct CycleMaker {
    bank: WaveshaperBank,
}

impl CycleMaker {
    /// Of a model's constants, with the band limits of a host at `sample_rate` (hertz).
    pub fn new(constants: &Arc<Waveshaping>, shaping: Shaping, sample_rate: f64) -> Self {
        let design = WaveshaperDesign::new(constants, shaping, Fidelity::Playing, sample_rate, Instructions::detect());
        Self { bank: WaveshaperBank::new(&Arc::new(design)) }
    }

    /// Fills `cycle` with evenly spaced points of one cycle at this fundamental (hertz) and film, from phase 0 on, direct
    /// current and all.
    pub fn make(&mut self, f0_hz: f64, film: &[f32], cycle: &mut [f32]) {
        self.bank.cycle(f0_hz, film, cycle);
    }
}
