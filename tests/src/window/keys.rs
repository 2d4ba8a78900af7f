//! The screen's keyboard: which key, with shift or without, makes a character.
//! Main thread.
//! A character that no key makes is an error that names it.

use super::{Result, WindowError};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::ConnectionExt;
use x11rb::rust_connection::RustConnection;

/// Keysyms of the keys that make no character (X11's `keysymdef.h`).
pub mod keysym {
    /// Deletes leftwards.
    pub const BACKSPACE: u32 = 0xff08;
    /// The next widget.
    pub const TAB: u32 = 0xff09;
    /// Ends a line.
    pub const RETURN: u32 = 0xff0d;
    /// Leaves a menu or a field.
    pub const ESCAPE: u32 = 0xff1b;
    /// To the start.
    pub const HOME: u32 = 0xff50;
    /// To the left.
    pub const LEFT: u32 = 0xff51;
    /// Upwards.
    pub const UP: u32 = 0xff52;
    /// To the right.
    pub const RIGHT: u32 = 0xff53;
    /// Downwards.
    pub const DOWN: u32 = 0xff54;
    /// Deletes rightwards.
    pub const DELETE: u32 = 0xffff;
    /// Held for capitals.
    pub const SHIFT: u32 = 0xffe1;
    /// Held for commands.
    pub const CONTROL: u32 = 0xffe3;
    /// Held for menus.
    pub const ALT: u32 = 0xffe9;
}

/// A key, and whether shift is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) code: u8,
    pub(super) shifted: bool,
}

/// The server's table.
pub(super) struct Keys {
    first: u8,
    width: usize,
    keysyms: Vec<u32>,
}

impl Keys {
    pub(super) fn of(connection: &RustConnection) -> Result<Self> {
        let setup = connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let refused = |reason: String| WindowError::Server { operation: "tell its keyboard's keys", reason };
        let reply = connection
            .get_keyboard_mapping(first, last - first + 1)
            .map_err(|error| refused(error.to_string()))?
            .reply()
            .map_err(|error| refused(error.to_string()))?;
        Ok(Self { first, width: usize::from(reply.keysyms_per_keycode), keysyms: reply.keysyms })
    }

    /// The key with this keysym in its first or second place.
    pub(super) fn find(&self, keysym: u32) -> Option<Key> {
        let rows = || self.keysyms.chunks_exact(self.width.max(1)).zip(self.first..);
        let place = |place: usize| rows().find(|(row, _)| row.get(place) == Some(&keysym)).map(|(_, code)| code);
        let plain = place(0).map(|code| Key { code, shifted: false });
        plain.or_else(|| place(1).map(|code| Key { code, shifted: true }))
    }

    /// The key that makes a character.
    pub(super) fn of_char(&self, character: char) -> Result<Key> {
        // Latin-1 characters are their own keysyms; the others have a bit of their own.
        let number = u32::from(character);
        let keysym = if number < 0x100 { number } else { 0x0100_0000 | number };
        self.find(keysym).ok_or(WindowError::NoKey(character))
    }
}
