//! The synth as seen from the editor and the loader: swaps and status. Any thread but the audio one.

use super::config::SynthError;
use super::start::{Models, Source};
use super::status::Status;
use crate::control::package::Package;
use crate::control::shared::Shared;
use crate::render::{Shaping, VoicingError};
use crate::units::db_of_gain;
use crate::watch::{Watch, Watched};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::Thread;

/// What a package must know of the host.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blueprint {
    /// Host rate, hertz.
    pub sample_rate: f64,
    /// Samples that the conductor may be ahead of the callback.
    pub ahead: u64,
}

impl Blueprint {
    /// Builds a package; slow.
    pub fn build(&self, source: Source) -> Result<Package, VoicingError> {
        Package::build(source.decoder, source.impulse_response, source.voicing, self.sample_rate, self.ahead)
    }
}

/// The other side of a [`super::Synth`], for the editor and the loader. Cheap to clone.
#[derive(Clone)]
pub struct SynthHandle {
    shared: Arc<Shared>,
    watched: Arc<Watched>,
    blueprint: Blueprint,
    control_thread: Thread,
}

impl SynthHandle {
    pub(super) fn new(
        shared: Arc<Shared>,
        watched: Arc<Watched>,
        blueprint: Blueprint,
        control_thread: Thread,
    ) -> Self {
        Self { shared, watched, blueprint, control_thread }
    }

    /// Lets a model play, or two between which notes may lie; shapers (where there are some) are computed as `shaping` says.
    /// Builds decoder and banks on the calling thread, which takes milliseconds, and hands them over whole; voices that sound
    /// move over, the old sound fades.
    ///
    /// When this returns, every block that is processed from then on, and every event that is sent from then on, plays
    /// on the new models (offline exactly from the next block's events on; in real time as soon as the control thread
    /// wakes). An offline render whose first block comes later uses them from its first sample.
    pub fn swap(&self, models: impl Into<Models>, shaping: Shaping) -> Result<(), SynthError> {
        self.swap_with(Source::of(&models.into(), shaping)?)
    }

    /// The same with any decoder.
    pub fn swap_with(&self, source: Source) -> Result<(), SynthError> {
        if self.shared.stop.load(Ordering::Acquire) {
            return Err(SynthError::Stopped);
        }
        // A package that nobody has taken yet is dropped here.
        drop(self.shared.post(self.blueprint.build(source)?));
        self.control_thread.unpark();
        Ok(())
    }

    /// Looks into the synth for as long as the watch lives; without one that costs nothing.
    pub fn watch(&self) -> Watch {
        Watch::new(&self.watched)
    }

    /// What the editor shows.
    pub fn status(&self) -> Status {
        let shared = &self.shared;
        let words = shared.words().clone();
        Status {
            instrument: words.instrument,
            error: words.error,
            voices: shared.voices.load(Ordering::Relaxed),
            late_frames: shared.late.load(Ordering::Relaxed),
            control_load: shared.load.load(Ordering::Relaxed),
            callback_load: if self.watched.is_watched() { shared.callback_load.load(Ordering::Relaxed) } else { 0.0 },
            limiter_reduction_db: reduction_db(shared.limiter_gain.load(Ordering::Relaxed)),
            priority_raised: shared.priority_raised.load(Ordering::Relaxed),
            event_overflows: shared.overflows.load(Ordering::Relaxed),
            refused_notes: shared.refused_notes.load(Ordering::Relaxed),
            decoder_errors: shared.decoder_errors.load(Ordering::Relaxed),
            wanted_latency: shared.wanted_latency.load(Ordering::Relaxed),
        }
    }
}

/// Decibels that a gain of 0 to 1 takes away; 0 for a limiter that has not run yet.
fn reduction_db(gain: f32) -> f32 {
    if gain > 0.0 { -db_of_gain(gain.min(1.0)) } else { 0.0 }
}
