//! The focus on X11, where a key goes to the window under the pointer that asked for keys, up to the one with the focus.
//! Runs on the window's own thread, over the window's own connection.
//! A window that wants no keys does not ask for them, so that they go to the host's; one that has the focus and gets a key
//! that it does not want sends it to where the focus was.

use baseview::{PlatformHandle, WindowContext};
use keyboard_types::{Code, KeyState, KeyboardEvent, Modifiers};
use raw_window_handle::{HasDisplayHandle, HasWindowHandle, RawDisplayHandle, RawWindowHandle};
use std::cell::Cell;
use x11rb::connection::Connection;
use x11rb::errors::{ReplyError, ReplyOrIdError};
use x11rb::protocol::xkb::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
    KeyButMask, KeyPressEvent, MapState, Window,
};
use x11rb::xcb_ffi::XCBConnection;
use x11rb::{CURRENT_TIME, NONE};

/// Dots per inch at which a logical pixel is a physical one.
const PLAIN_DPI: f64 = 96.0;

/// The focus of one window.
pub(in super::super) struct Keyboard {
    connection: XCBConnection,
    window: Window,
    /// Who had the focus before it was taken.
    before: Cell<Option<Window>>,
    /// Whether the window asks for keys.
    asks: Cell<bool>,
    /// Owns the connection that `connection` speaks over; dropped after it.
    _handle: PlatformHandle,
}

impl Keyboard {
    /// The keyboard of `window`.
    pub(in super::super) fn of(window: &WindowContext) -> Option<Self> {
        let handle = window.platform_handle();
        let id = match window.window_handle().ok()?.as_raw() {
            RawWindowHandle::Xlib(handle) => Window::try_from(handle.window).ok()?,
            RawWindowHandle::Xcb(handle) => handle.window.get(),
            _ => return None,
        };
        let RawDisplayHandle::Xcb(display) = handle.display_handle().ok()?.as_raw() else { return None };
        // SAFETY: the handle keeps the connection, and is dropped after what is made of it here.
        let connection = unsafe { XCBConnection::from_raw_xcb_connection(display.connection?.as_ptr(), false) }.ok()?;
        let keyboard = Self { connection, window: id, before: Cell::new(None), asks: Cell::new(true), _handle: handle };
        said("repeating keys", keyboard.tell_repeats());
        Some(keyboard)
    }

    /// A held key shall not seem to be let go of at each repeat.
    fn tell_repeats(&self) -> Result<(), ReplyError> {
        let flag = xkb::PerClientFlag::DETECTABLE_AUTO_REPEAT;
        let none = xkb::BoolCtrl::from(0_u32);
        self.connection.xkb_use_extension(1, 0)?.reply()?;
        self.connection.xkb_per_client_flags(xkb::ID::USE_CORE_KBD.into(), flag, flag, none, none, none)?.reply()?;
        Ok(())
    }

    /// Whether keys come to this window.
    pub(in super::super) fn has_focus(&self) -> bool {
        self.focused().is_some_and(|focused| focused == self.window)
    }

    fn focused(&self) -> Option<Window> {
        Some(self.connection.get_input_focus().ok()?.reply().ok()?.focus)
    }

    /// Lets keys come to this window.
    pub(in super::super) fn take(&self) {
        if let Some(focused) = self.focused().filter(|focused| *focused != self.window) {
            self.before.set(Some(focused));
        }
        self.ask(true);
        said("taking the focus", self.focus(self.window));
    }

    /// Lets keys go where they went before.
    pub(in super::super) fn give_back(&self) {
        self.ask(false);
        if !self.has_focus() {
            return;
        }
        // Who had it may be gone.
        let given = self.before.take().filter(|before| *before != NONE).map(|before| self.focus(before));
        if !matches!(given, Some(Ok(())))
            && let Some(parent) = self.parent()
        {
            said("giving the focus back", self.focus(parent));
        }
    }

    /// The window system gave the focus to this window or to one around it, or took it.
    pub(in super::super) fn changed(&self) {
        // With the focus, keys that are not asked for would be nobody's. Without it, those that are asked for are the
        // host's, taken because the pointer is here.
        self.ask(self.has_focus());
    }

    /// Passes a key on that is not the editor's.
    pub(in super::super) fn pass_on(&self, event: &KeyboardEvent) {
        let receiver = self.before.get().filter(|before| *before > 1).or_else(|| self.parent());
        if let (Some(detail), Some(receiver)) = (keycode(event.code), receiver) {
            said("passing a key on", self.send(event, detail, receiver));
        }
    }

    fn send(&self, event: &KeyboardEvent, detail: u8, receiver: Window) -> Result<(), ReplyError> {
        let root = self.connection.setup().roots.first().map_or(NONE, |screen| screen.root);
        let (response_type, mask) = match event.state {
            KeyState::Down => (KEY_PRESS_EVENT, EventMask::KEY_PRESS),
            KeyState::Up => (KEY_RELEASE_EVENT, EventMask::KEY_RELEASE),
        };
        let key = KeyPressEvent {
            response_type,
            detail,
            sequence: 0,
            time: CURRENT_TIME,
            root,
            event: receiver,
            child: NONE,
            root_x: 0,
            root_y: 0,
            event_x: 0,
            event_y: 0,
            state: held(event.modifiers),
            same_screen: true,
        };
        self.connection.send_event(true, receiver, mask, key)?.check()
    }

    /// Whether the window and all around it are on the screen.
    pub(in super::super) fn is_in_sight(&self) -> bool {
        let attributes = self.connection.get_window_attributes(self.window).ok().and_then(|cookie| cookie.reply().ok());
        attributes.is_none_or(|attributes| attributes.map_state == MapState::VIEWABLE)
    }

    fn focus(&self, window: Window) -> Result<(), ReplyError> {
        self.connection.set_input_focus(InputFocus::PARENT, window, CURRENT_TIME)?.check()
    }

    fn parent(&self) -> Option<Window> {
        Some(self.connection.query_tree(self.window).ok()?.reply().ok()?.parent)
    }

    /// Asks for keys, or asks for them no longer.
    fn ask(&self, keys: bool) {
        if self.asks.replace(keys) != keys {
            said("asking for keys", self.select(keys));
        }
    }

    fn select(&self, keys: bool) -> Result<(), ReplyError> {
        let now = self.connection.get_window_attributes(self.window)?.reply()?.your_event_mask;
        let of_keys = EventMask::KEY_PRESS | EventMask::KEY_RELEASE;
        let mask = if keys { now | of_keys } else { EventMask::from(u32::from(now) & !u32::from(of_keys)) };
        let attributes = ChangeWindowAttributesAux::new().event_mask(mask);
        self.connection.change_window_attributes(self.window, &attributes)?.check()
    }
}

/// Logs what did not work. The keyboard is then where the window system has it.
fn said(what: &str, result: Result<(), ReplyError>) {
    if let Err(error) = result {
        nice_plug::nice_warn!("The window's keyboard ({what}): {error}");
    }
}

fn held(modifiers: Modifiers) -> KeyButMask {
    let pairs = [
        (Modifiers::SHIFT, KeyButMask::SHIFT),
        (Modifiers::CONTROL, KeyButMask::CONTROL),
        (Modifiers::ALT, KeyButMask::MOD1),
        (Modifiers::NUM_LOCK, KeyButMask::MOD2),
        (Modifiers::META, KeyButMask::MOD4),
        (Modifiers::CAPS_LOCK, KeyButMask::LOCK),
    ];
    let bits = pairs.iter().filter(|(held, _)| modifiers.contains(*held)).map(|(_, mask)| u16::from(*mask));
    KeyButMask::from(bits.fold(0, |all, bit| all | bit))
}

/// The keycode of a key: that of Linux's input events plus 8, which is what X servers there use.
fn keycode(code: Code) -> Option<u8> {
    use Code::*;
    #[rustfmt::skip]
    const ROWS: [(u8, &[Code]); 10] = [
        (9, &[Escape, Digit1, Digit2, Digit3, Digit4, Digit5, Digit6, Digit7, Digit8, Digit9, Digit0, Minus, Equal,
            Backspace, Tab]),
        (24, &[KeyQ, KeyW, KeyE, KeyR, KeyT, KeyY, KeyU, KeyI, KeyO, KeyP, BracketLeft, BracketRight, Enter,
            ControlLeft]),
        (38, &[KeyA, KeyS, KeyD, KeyF, KeyG, KeyH, KeyJ, KeyK, KeyL, Semicolon, Quote, Backquote, ShiftLeft,
            Backslash]),
        (52, &[KeyZ, KeyX, KeyC, KeyV, KeyB, KeyN, KeyM, Comma, Period, Slash, ShiftRight, NumpadMultiply, AltLeft,
            Space, CapsLock]),
        (67, &[F1, F2, F3, F4, F5, F6, F7, F8, F9, F10, NumLock, ScrollLock]),
        (79, &[Numpad7, Numpad8, Numpad9, NumpadSubtract, Numpad4, Numpad5, Numpad6, NumpadAdd, Numpad1, Numpad2,
            Numpad3, Numpad0, NumpadDecimal]),
        (94, &[IntlBackslash, F11, F12]),
        (104, &[NumpadEnter, ControlRight, NumpadDivide, PrintScreen, AltRight]),
        (110, &[Home, ArrowUp, PageUp, ArrowLeft, ArrowRight, End, ArrowDown, PageDown, Insert, Delete]),
        (133, &[MetaLeft, MetaRight, ContextMenu]),
    ];
    ROWS.iter().find_map(|(first, row)| {
        let place = row.iter().position(|key| *key == code)?;
        first.checked_add(place as u8)
    })
}

/// The scale of the X server's resources (`Xft.dpi`), if it is there.
pub(in super::super) fn system_scale() -> Option<f64> {
    let read = || -> Result<Option<u32>, Box<dyn std::error::Error>> {
        let (connection, _) = XCBConnection::connect(None)?;
        let resources = x11rb::resource_manager::new_from_default(&connection).map_err(ReplyOrIdError::from)?;
        Ok(resources.get_value("Xft.dpi", "")?)
    };
    read().ok().flatten().filter(|dpi| *dpi > 0).map(|dpi| f64::from(dpi) / PLAIN_DPI)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_codes_of_x_servers() {
        for (code, expected) in [
            (Code::Escape, 9),
            (Code::Tab, 23),
            (Code::KeyQ, 24),
            (Code::ControlLeft, 37),
            (Code::KeyA, 38),
            (Code::KeyZ, 52),
            (Code::Space, 65),
            (Code::F10, 76),
            (Code::F12, 96),
            (Code::ArrowDown, 116),
            (Code::Delete, 119),
            (Code::ContextMenu, 135),
        ] {
            assert_eq!(keycode(code), Some(expected), "{code:?}");
        }
        assert_eq!(keycode(Code::Eject), None);
    }
}
