//! One decoder and the way its frames take to the banks: what the conductor plays on, and swaps whole.

use super::sculptor::Sculptor;
use crate::frame::FrameSender;
use crate::model::{Decode, FilmShaper};
use crate::perform::{Character, LoudnessRange, Manner};

/// A decoder, and the sending end of its frame queue.
pub struct Instrument {
    /// The network.
    pub decoder: Box<dyn Decode>,
    /// To the layer that renders it.
    pub sender: FrameSender,
    /// What shapes its rows.
    pub sculptor: Box<Sculptor>,
}

impl Instrument {
    /// Of a decoder and a queue of its layout, for a host at `sample_rate` (hertz). Films are shaped where there is a shaper of them.
    pub fn new(decoder: Box<dyn Decode>, sender: FrameSender, film: Option<FilmShaper>, sample_rate: f64) -> Self {
        let sculptor = Sculptor::new(sender.layout(), decoder.metadata(), decoder.noise_rate(), film, sample_rate);
        Self { decoder, sender, sculptor: Box::new(sculptor) }
    }

    /// The player's name for it.
    pub fn name(&self) -> &str {
        &self.decoder.metadata().name
    }

    /// What the performer knows of it.
    pub fn character(&self) -> Character {
        let metadata = self.decoder.metadata();
        let loudness = &metadata.loudness;
        let range = LoudnessRange {
            low_db: loudness.low_db,
            high_db: loudness.high_db,
            soft_db: loudness.soft_db,
            loud_db: loudness.loud_db,
        };
        let manner = metadata.performance.as_ref().map(|performance| Manner {
            loudness_seconds: f64::from(performance.loudness_seconds),
            pitch_seconds: f64::from(performance.pitch_seconds),
            vibrato: performance.vibrato,
        });
        Character { range, matching: metadata.matching.clone(), manner }
    }
}
