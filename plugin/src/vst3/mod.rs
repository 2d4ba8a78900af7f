//! VST3: the library's entry points, the factory, and the making of an instance.
//! Called by the host, mostly on its main thread.
//! The framework's component works inside; a layer of ours over it keeps the framework's faults from the host. Why, and
//! what each part is for, is in `docs/framework.md`.

mod anchor;
mod component;
pub(crate) mod controllers;
mod factory;
mod gui;
mod ticker;
mod view;

use crate::plugin::{Shared, Timbrel};
use ::vst3::ComWrapper;
use nice_plug::wrapper::vst3::Wrapper;
use std::cell::RefCell;

/// The framework's component makes the plugin inside its own constructor and shows it to nobody. What the layer needs of
/// it is handed over here, on the one thread where that constructor runs.
enum Cradle {
    /// Nobody is making a component.
    Idle,
    /// A component is being made; nothing was handed over yet.
    Empty,
    /// A component is being made, and this is its plugin's.
    Full(Shared),
}

thread_local! {
    static CRADLE: RefCell<Cradle> = const { RefCell::new(Cradle::Idle) };
}

/// Called by a new plugin: hands its shared part to the layer that is making it, if one is.
pub fn hand_over(shared: &Shared) {
    CRADLE.with_borrow_mut(|cradle| {
        if matches!(cradle, Cradle::Empty) {
            *cradle = Cradle::Full(shared.clone());
        }
    });
}

/// Whether this thread is making a VST3 component, whose window belongs to the layer.
pub fn is_making() -> bool {
    CRADLE.with_borrow(|cradle| !matches!(cradle, Cradle::Idle))
}

/// Makes the framework's component around a new plugin.
fn make() -> Option<(ComWrapper<Wrapper<Timbrel>>, Shared)> {
    CRADLE.set(Cradle::Empty);
    let component = crate::guard::guarded(|| ComWrapper::new(Wrapper::<Timbrel>::new()));
    match (component, CRADLE.replace(Cradle::Idle)) {
        (Some(component), Cradle::Full(shared)) => Some((component, shared)),
        _ => None,
    }
}
