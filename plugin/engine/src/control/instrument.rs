//! One decoder and the way its frames take to the banks: what the conductor plays on, and swaps whole.

use crate::frame::FrameSender;
use crate::model::{Decode, MAX_LATENT, Metadata};
use crate::perform::LoudnessRange;

/// A decoder, and the sending end of its frame queue.
pub struct Instrument {
    /// The network.
    pub decoder: Box<dyn Decode>,
    /// To the layer that renders it.
    pub sender: FrameSender,
}

impl Instrument {
    /// The player's name for it.
    pub fn name(&self) -> &str {
        &self.decoder.metadata().name
    }

    /// The loudness that it was trained on.
    pub fn loudness_range(&self) -> LoudnessRange {
        let loudness = &self.decoder.metadata().loudness;
        LoudnessRange {
            low_db: loudness.low_db,
            high_db: loudness.high_db,
            soft_db: loudness.soft_db,
            loud_db: loudness.loud_db,
        }
    }

    /// Its latent dimensions at their defaults; the rest is zero.
    pub fn latent(&self) -> [f32; MAX_LATENT] {
        latent_defaults(self.decoder.metadata())
    }
}

fn latent_defaults(metadata: &Metadata) -> [f32; MAX_LATENT] {
    let mut latent = [0.0; MAX_LATENT];
    for (value, dimension) in latent.iter_mut().zip(&metadata.latent) {
        *value = dimension.default;
    }
    latent
}
