//! Keeps the framework's worker thread alive as long as the library is in use.
//! Called on the host's main thread.
//! Without it, a worker that executes a task of an instance that the host lets go of at that moment joins itself, or has
//! ended when it is told to end; both abort the host (checked by pluginval, many runs).

use super::make;
use crate::guard::guarded;
use crate::plugin::Timbrel;
use ::vst3::ComWrapper;
use nice_plug::wrapper::vst3::Wrapper;
use parking_lot::Mutex;

struct Anchor(#[allow(dead_code, reason = "held for its share of the worker thread")] ComWrapper<Wrapper<Timbrel>>);

// SAFETY: made and dropped only; nothing is ever called on it, and its parts are locked or atomic.
unsafe impl Send for Anchor {}

static ANCHOR: Mutex<Option<Anchor>> = Mutex::new(None);

/// Holds the worker thread; called before the first instance is made.
pub(super) fn drop_anchor() {
    let mut anchor = ANCHOR.lock();
    if anchor.is_none() {
        *anchor = make().map(|(component, _)| Anchor(component));
    }
}

/// Lets go of the worker thread; called when the host is about to unload the library.
pub(super) fn weigh_anchor() {
    let anchor = ANCHOR.lock().take();
    // The framework panics if the worker has ended by itself, which is no harm.
    guarded(|| drop(anchor));
}
