//! Models that are in use somewhere in the process, by content, so that instances share weights and session.
//! Loader threads.
//! Two loads of one content at the same time build it once; what nobody uses any more is freed
//! (tests: `two_decoders_of_one_model_share_a_session`, `an_unused_model_is_freed`).

use super::{Core, Execution};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Content hash and where it was asked to run.
pub type Key = (String, Execution);

/// A place for one content. Its lock is held while the content is built.
type Place = Arc<Mutex<Weak<Core>>>;

static PLACES: Mutex<Option<HashMap<Key, Place>>> = Mutex::new(None);

/// The model of `key`: the one in use, or what `build` makes.
pub fn get_or_build<E>(key: Key, build: impl FnOnce() -> Result<Core, E>) -> Result<Arc<Core>, E> {
    let place = {
        let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        let places = places.get_or_insert_default();
        // A place that only the map knows and whose model is gone.
        places.retain(|_, place| {
            Arc::strong_count(place) > 1 || place.lock().unwrap_or_else(PoisonError::into_inner).strong_count() > 0
        });
        Arc::clone(places.entry(key).or_default())
    };
    let mut model = place.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(core) = model.upgrade() {
        return Ok(core);
    }
    let core = Arc::new(build()?);
    *model = Arc::downgrade(&core);
    Ok(core)
}
