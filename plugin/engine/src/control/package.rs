//! Everything that a model swap hands over, built whole on the loader thread.

use super::instrument::Instrument;
use crate::frame::{FrameLayout, channel};
use crate::impulse_response::ImpulseResponse;
use crate::model::{Decode, FilmShaper};
use crate::perform::SLOTS;
use crate::render::{Layer, RenderSpec, Voicing, VoicingError};

/// Frames that a queue holds at least, whatever they weigh.
const LEAST_FRAMES: usize = 1024;
/// Frames that a queue holds at most.
const MOST_FRAMES: usize = 8192;
/// Values that a queue holds at most, if that leaves room for [`LEAST_FRAMES`]: 24 MB.
const MOST_VALUES: usize = 6 << 20;
/// Frames of one instant that the queue is laid out for: all of 64 voices, and half as many events.
const FRAMES_AT_ONCE: usize = 96;

/// A decoder with its queue, and the layer at the queue's other end.
pub struct Package {
    /// For the conductor.
    pub instrument: Instrument,
    /// For the callback.
    pub layer: Box<Layer>,
}

impl Package {
    /// Builds queue and layer for a decoder. `ahead` is how many samples at the host's `sample_rate` the conductor may be
    /// ahead of the callback. Takes milliseconds and allocates all that playing needs. An error where the voicing is not the decoder's.
    pub fn build(
        decoder: Box<dyn Decode>,
        impulse_response: ImpulseResponse,
        voicing: Voicing,
        sample_rate: f64,
        ahead: u64,
    ) -> Result<Self, VoicingError> {
        let metadata = decoder.metadata();
        let layout = decoder.layout();
        let hop = f64::from(metadata.hop) * sample_rate / metadata.sample_rate;
        let frames = (ahead as f64 / hop.max(1.0)).ceil() as usize + 4;
        let (sender, receiver) = channel(layout, capacity(layout, frames));
        let film = match (&voicing, layout) {
            (Voicing::Waveshaping { constants, .. }, FrameLayout::Newt { shapers, .. })
                if constants.shapers() == shapers =>
            {
                Some(FilmShaper::new(constants))
            }
            _ => None,
        };
        let (train_rate, noise_rate) = (metadata.sample_rate, decoder.noise_rate());
        let spec = RenderSpec { layout, train_rate, noise_rate, impulse_response, voicing };
        let layer = Box::new(Layer::new(&spec, sample_rate, SLOTS, receiver)?);
        Ok(Self { instrument: Instrument::new(decoder, sender, film, sample_rate), layer })
    }
}

fn capacity(layout: FrameLayout, frames: usize) -> usize {
    let affordable = (MOST_VALUES / layout.width().max(1)).clamp(LEAST_FRAMES, MOST_FRAMES);
    (frames * FRAMES_AT_ONCE).clamp(LEAST_FRAMES, affordable)
}
