//! How the layers over the plugin formats get hold of the plugin that the framework makes.
//! One thread at a time: that on which the host asks for an instance.
//! The framework's wrapper makes the plugin inside its own constructor and shows it to nobody; what a layer needs of it
//! is handed over here (test: `only_a_layer_takes_the_shared_part`).

use crate::guard::guarded;
use crate::plugin::Shared;
use std::cell::RefCell;

/// Who opens the window of the instance that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The framework.
    Framework,
    /// The layer.
    Layer,
}

enum Cradle {
    /// Nobody is making an instance.
    Idle,
    /// One is being made; nothing was handed over yet.
    Empty(Window),
    /// One is being made, and this is its plugin's.
    Full(Window, Shared),
}

thread_local! {
    static CRADLE: RefCell<Cradle> = const { RefCell::new(Cradle::Idle) };
}

/// Called by a new plugin: hands its shared part to the layer that is making it, if one is.
pub(crate) fn hand_over(shared: &Shared) {
    CRADLE.with_borrow_mut(|cradle| {
        if let Cradle::Empty(window) = *cradle {
            *cradle = Cradle::Full(window, shared.clone());
        }
    });
}

/// Whether this thread is making an instance whose window is the layer's.
pub(crate) fn window_is_the_layers() -> bool {
    CRADLE.with_borrow(|cradle| matches!(cradle, Cradle::Empty(Window::Layer) | Cradle::Full(Window::Layer, _)))
}

/// Runs the framework's constructor; gives back what it made and the shared part of the plugin in it.
pub(crate) fn make<T>(window: Window, construct: impl FnOnce() -> T) -> Option<(T, Shared)> {
    CRADLE.set(Cradle::Empty(window));
    let made = guarded(construct);
    match (made, CRADLE.replace(Cradle::Idle)) {
        (Some(made), Cradle::Full(_, shared)) => Some((made, shared)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::Timbrel;

    #[test]
    fn only_a_layer_takes_the_shared_part() {
        drop(Timbrel::default());
        assert!(!window_is_the_layers());
        let (window, _) = make(Window::Layer, || {
            let _plugin = Timbrel::default();
            window_is_the_layers()
        })
        .unwrap();
        assert!(window && !window_is_the_layers());
        assert!(make(Window::Framework, || ()).is_none(), "no plugin was made");
    }
}
