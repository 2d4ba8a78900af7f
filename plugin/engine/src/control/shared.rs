//! What callback, control thread and editor share: atomics, and two things that only the slow sides lock.

use crate::control::package::Package;
use atomic_float::AtomicF32;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared by all sides. The callback touches atomics only.
#[derive(Default)]
pub struct Shared {
    /// Every event before this position is in the queue. Written by the callback.
    pub known_until: AtomicU64,
    /// Every frame that sets off before this position is in its queue. Written by who runs the conductor.
    pub computed_until: AtomicU64,
    /// The callback computes frames itself; the control thread leaves the conductor alone.
    pub offline: AtomicBool,
    /// The control thread is to end.
    pub stop: AtomicBool,
    /// The queue of events was full.
    pub overflowed: Arc<AtomicBool>,
    /// The conductor panicked: no frame will ever come again.
    pub failed: AtomicBool,
    /// Layers that the callback has or will have.
    pub layers: AtomicUsize,
    /// See [`crate::synth::Status`], as all below.
    pub voices: AtomicUsize,
    /// Blocks rendered without all of their frames.
    pub late: AtomicU64,
    /// Share of the time that computing takes.
    pub load: AtomicF32,
    /// Share of a block's duration that the callback takes, while it is watched. Written by the callback.
    pub callback_load: AtomicF32,
    /// Gain of the limiter, linear. Written by the callback; 0 before the first block.
    pub limiter_gain: AtomicF32,
    /// The control thread's priority is raised.
    pub priority_raised: AtomicBool,
    /// Times the event queue was full.
    pub overflows: AtomicU64,
    /// Notes without a slot.
    pub refused_notes: AtomicU64,
    /// Voices' frames without a usable row.
    pub decoder_errors: AtomicU64,
    /// Latency the instrument wants.
    pub wanted_latency: AtomicU32,
    words: Mutex<Words>,
    inbox: Mutex<Option<Package>>,
}

/// What is said to the player.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Name of the instrument that plays.
    pub instrument: String,
    /// What went wrong.
    pub error: Option<String>,
}

impl Shared {
    /// The words, for reading or writing. Not in the callback.
    pub fn words(&self) -> MutexGuard<'_, Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lays a package in the inbox; gives back the one that nobody has taken.
    pub fn post(&self, package: Package) -> Option<Package> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).replace(package)
    }

    /// Takes the package out of the inbox.
    pub fn take_package(&self) -> Option<Package> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Puts a package back that could not be used yet, unless a newer one is there; gives back the loser.
    pub fn put_back(&self, package: Package) -> Option<Package> {
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        if inbox.is_some() {
            return Some(package);
        }
        *inbox = Some(package);
        None
    }

    /// Where the frames are there.
    pub fn computed_until(&self) -> u64 {
        self.computed_until.load(Ordering::Acquire)
    }
}
