//! The focus on Windows: it goes to the window that is clicked and wants keys, and back to the host's.
//! Runs on the host's main thread.
//! Written from the system's documentation; not run.

use baseview::WindowContext;
use keyboard_types::KeyboardEvent;
use raw_window_handle::{HasWindowHandle, RawWindowHandle};
use windows_sys::Win32::Foundation::HWND;
use windows_sys::Win32::UI::Input::KeyboardAndMouse::SetFocus;
use windows_sys::Win32::UI::WindowsAndMessaging::{GetParent, IsWindowVisible};

/// The focus of one window.
pub(in super::super) struct Keyboard {
    window: WindowContext,
    handle: HWND,
}

impl Keyboard {
    /// The keyboard of `window`.
    pub(in super::super) fn of(window: &WindowContext) -> Option<Self> {
        let RawWindowHandle::Win32(handle) = window.window_handle().ok()?.as_raw() else { return None };
        Some(Self { handle: handle.hwnd.get() as HWND, window: window.clone() })
    }

    /// Whether keys come to this window.
    pub(in super::super) fn has_focus(&self) -> bool {
        self.window.has_focus()
    }

    /// Lets keys come to this window.
    pub(in super::super) fn take(&self) {
        if let Err(error) = self.window.focus() {
            nice_plug::nice_error!("The window did not get the keyboard: {error}");
        }
    }

    /// Lets keys go to the host's window.
    pub(in super::super) fn give_back(&self) {
        // SAFETY: the window is alive as long as its handler, which owns this.
        unsafe {
            let parent = GetParent(self.handle);
            if !parent.is_null() {
                SetFocus(parent);
            }
        }
    }

    /// The window system gave the focus to this window, or took it.
    pub(in super::super) fn changed(&self) {}

    /// Passes a key on that is not the editor's. A message of Windows cannot be made from what baseview tells of a key.
    pub(in super::super) fn pass_on(&self, _event: &KeyboardEvent) {}

    /// Whether the window can be seen.
    pub(in super::super) fn is_in_sight(&self) -> bool {
        // SAFETY: the window is alive as long as its handler, which owns this.
        unsafe { IsWindowVisible(self.handle) != 0 }
    }
}
