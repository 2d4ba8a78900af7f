//! Where keys that nobody wants go on to the host by themselves: macOS, where the view passes them along its responders.
//! Runs on the host's main thread.
//! Nothing is to be done here.

use baseview::WindowContext;
use keyboard_types::KeyboardEvent;

/// The focus of one window.
pub(in super::super) struct Keyboard {
    window: WindowContext,
}

impl Keyboard {
    /// The keyboard of `window`.
    pub(in super::super) fn of(window: &WindowContext) -> Option<Self> {
        Some(Self { window: window.clone() })
    }

    /// Whether keys come to this window.
    pub(in super::super) fn has_focus(&self) -> bool {
        self.window.has_focus()
    }

    /// Lets keys come to this window.
    pub(in super::super) fn take(&self) {
        // A view that was clicked has the focus.
    }

    /// Lets keys go where they went before.
    pub(in super::super) fn give_back(&self) {
        // They go on by themselves.
    }

    /// The window system gave the focus to this window, or took it.
    pub(in super::super) fn changed(&self) {}

    /// Passes a key on that is not the editor's.
    pub(in super::super) fn pass_on(&self, _event: &KeyboardEvent) {}

    /// Whether the window can be seen.
    pub(in super::super) fn is_in_sight(&self) -> bool {
        true
    }
}
