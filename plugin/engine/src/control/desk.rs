//! The conductor at work: takes instruments from the inbox, advances, publishes how far it is, has old things dropped.
//! Run by the control thread in real time and by the callback offline, never by both: they lock it, and in real time the
//! callback never does (test: `the_callback_neither_allocates_nor_locks`).

use super::conductor::Conductor;
use super::denormals::FlushDenormals;
use super::janitor::Trash;
use super::package::Package;
use super::shared::Shared;
use crate::render::Layer;
use crossbeam::channel::Sender;
use rtrb::{Consumer, Producer};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Layers in the callback's hands at most: the one that plays and those that fade.
pub const MAX_LAYERS: usize = 4;
/// Time constant of the load shown, seconds.
const LOAD_SMOOTHING: f64 = 1.0;

/// The conductor and its surroundings.
pub struct Desk {
    /// See [`Conductor`].
    pub conductor: Conductor,
    /// Host rate, hertz.
    pub sample_rate: f64,
    /// The largest block that counts, samples: what is added to a hop to make a latency.
    pub block: u32,
    /// See [`Shared`].
    pub shared: Arc<Shared>,
    /// New layers, to the callback.
    pub arrivals: Producer<Box<Layer>>,
    /// Silent layers, from the callback.
    pub returns: Consumer<Box<Layer>>,
    /// To the thread that drops.
    pub janitor: Sender<Trash>,
}

impl Desk {
    /// Makes all frames that the events known so far allow, and publishes them.
    pub fn run(&mut self) {
        if self.shared.failed.load(Ordering::Relaxed) {
            return;
        }
        let _flush = FlushDenormals::begin();
        if catch_unwind(AssertUnwindSafe(|| self.run_once())).is_err() {
            self.shared.words().error = Some("the control thread crashed; load the plugin again to play on".into());
            self.shared.failed.store(true, Ordering::Release);
        }
    }

    fn run_once(&mut self) {
        let begun = Instant::now();
        self.sweep();
        self.take_package();
        let known_until = self.shared.known_until.load(Ordering::Acquire);
        let before = self.shared.computed_until();
        let computed_until = self.conductor.advance(known_until).max(before);
        self.shared.computed_until.store(computed_until, Ordering::Release);
        self.measure(begun, computed_until - before);
        self.report();
    }

    /// Has the layers dropped that the callback gave back.
    fn sweep(&mut self) {
        while let Ok(layer) = self.returns.pop() {
            self.shared.layers.fetch_sub(1, Ordering::Relaxed);
            self.discard(layer);
        }
    }

    fn take_package(&mut self) {
        if self.shared.layers.load(Ordering::Relaxed) >= MAX_LAYERS {
            return;
        }
        let Some(Package { instrument, layer }) = self.shared.take_package() else { return };
        match self.conductor.swap(instrument) {
            Ok(old) => {
                self.shared.layers.fetch_add(1, Ordering::Relaxed);
                if let Err(rtrb::PushError::Full(layer)) = self.arrivals.push(layer) {
                    // Never: the queue holds `MAX_LAYERS`.
                    self.discard(layer);
                }
                self.discard(Box::new(old.decoder));
                let wanted = u64::from(self.block) + self.conductor.wanted_horizon();
                self.shared.wanted_latency.store(u32::try_from(wanted).unwrap_or(u32::MAX), Ordering::Relaxed);
                self.shared.words().instrument = self.conductor.instrument().name().to_owned();
            }
            Err(instrument) => {
                if let Some(Package { instrument, layer }) = self.shared.put_back(Package { instrument, layer }) {
                    self.discard(Box::new(instrument.decoder));
                    self.discard(layer);
                }
            }
        }
    }

    fn discard(&self, trash: Trash) {
        // The janitor outlives the desk; if it died, the thing is dropped here.
        let _ = self.janitor.send(trash);
    }

    fn measure(&self, begun: Instant, samples: u64) {
        if samples == 0 {
            return;
        }
        let seconds = samples as f64 / self.sample_rate;
        let load = &self.shared.load;
        load.store(smoothed_load(load.load(Ordering::Relaxed), begun, seconds), Ordering::Relaxed);
    }

    fn report(&self) {
        let counts = self.conductor.counts();
        self.shared.voices.store(self.conductor.voices(), Ordering::Relaxed);
        self.shared.overflows.store(counts.overflows, Ordering::Relaxed);
        self.shared.refused_notes.store(counts.refused_notes, Ordering::Relaxed);
        self.shared.decoder_errors.store(counts.decoder_errors, Ordering::Relaxed);
        let mut words = self.shared.words();
        if words.error.as_deref() != self.conductor.error() {
            words.error = self.conductor.error().map(str::to_owned);
        }
    }
}

/// The load after work for `seconds` of sound that began at `begun` and ends now, where it was `before` it.
pub fn smoothed_load(before: f32, begun: Instant, seconds: f64) -> f32 {
    let load = begun.elapsed().as_secs_f64() / seconds;
    let share = -(-seconds / LOAD_SMOOTHING).exp_m1();
    let before = f64::from(before);
    (before + (load - before) * share) as f32
}
