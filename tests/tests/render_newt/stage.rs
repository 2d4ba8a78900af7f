//! What a layer of the NEWT family is built from.

use super::playing::Playing;
use std::sync::Arc;
use timbrel_engine::frame::FrameLayout;
use timbrel_engine::impulse_response::ImpulseResponse;
use timbrel_engine::render::{Fidelity, RenderSpec, Shaping, Voicing};
use timbrel_engine::waveshaping::Waveshaping;

/// What a stage is built from.
#[derive(Clone)]
pub struct Stage {
    pub constants: Arc<Waveshaping>,
    pub shaping: Shaping,
    pub fidelity: Fidelity,
    pub noise_bands: usize,
    pub train_rate: f64,
    pub sample_rate: f64,
    pub impulse_response: Vec<f32>,
    pub start: u64,
}

impl Stage {
    /// Playing at 48 kHz, from the tables.
    pub fn of(constants: &Arc<Waveshaping>) -> Self {
        Self {
            constants: Arc::clone(constants),
            shaping: Shaping::Tables,
            fidelity: Fidelity::Playing,
            noise_bands: 9,
            train_rate: 48_000.0,
            sample_rate: 48_000.0,
            impulse_response: Vec::new(),
            start: 0,
        }
    }

    pub fn open(&self) -> Playing {
        let layout = FrameLayout::Newt { shapers: self.constants.shapers(), noise_bands: self.noise_bands };
        let voicing = Voicing::Waveshaping {
            constants: Arc::clone(&self.constants),
            shaping: self.shaping,
            fidelity: self.fidelity,
        };
        let impulse_response = ImpulseResponse::from(self.impulse_response.clone());
        let spec =
            RenderSpec { layout, train_rate: self.train_rate, noise_rate: self.train_rate, impulse_response, voicing };
        Playing::open(&spec, self.sample_rate, self.start)
    }

    /// A row with `film(part, shaper)`, this presence, and noise of one gain.
    pub fn row(&self, film: impl Fn(usize, usize) -> f32, presence: f32, noise: f32) -> Vec<f32> {
        let shapers = self.constants.shapers();
        let film = (0..4 * shapers).map(|n| film(n / shapers, n % shapers));
        film.chain([presence]).chain(std::iter::repeat_n(noise, self.noise_bands)).collect()
    }

    /// A row of a tone that is as loud as `presence` says and brighter with `drive` (0 to 1).
    pub fn tone(&self, drive: f32, presence: f32, noise: f32) -> Vec<f32> {
        let film = |part: usize, shaper: usize| match part {
            0 => 0.5 + drive + 0.02 * shaper as f32,
            1 => 0.3 - 0.01 * shaper as f32,
            2 => 1.0 - 0.5 * drive * (shaper % 3) as f32,
            _ => 0.02 * shaper as f32,
        };
        self.row(film, presence, noise)
    }
}
