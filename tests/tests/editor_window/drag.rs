//! The source of a drag, as a file manager is one (XDND, version 5).

use super::host::Host;
use std::path::Path;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// A drag that goes on.
pub struct Drag {
    connection: RustConnection,
    source: Window,
    target: Window,
    uri: String,
    accepted: bool,
    finished: bool,
}

impl Drag {
    /// A drag of `file` towards the window `target`.
    pub fn of(file: &Path, target: Window) -> Self {
        let (connection, screen) = x11rb::connect(None).unwrap();
        let root = connection.setup().roots[screen].root;
        let source = connection.generate_id().unwrap();
        let (class, with) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        connection.create_window(0, source, root, 0, 0, 1, 1, 0, class, 0, &with).unwrap().check().unwrap();
        let encoded: String = file
            .to_str()
            .unwrap()
            .bytes()
            .map(|byte| match byte {
                b'/' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
                byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect();
        let drag =
            Self { connection, source, target, uri: format!("file://{encoded}\r\n"), accepted: false, finished: false };
        let selection = drag.atom("XdndSelection");
        drag.connection.set_selection_owner(source, selection, x11rb::CURRENT_TIME).unwrap().check().unwrap();
        drag
    }

    fn atom(&self, name: &str) -> Atom {
        self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    fn send(&self, kind: &str, data: [u32; 4]) {
        let data = [self.source, data[0], data[1], data[2], data[3]];
        let message = ClientMessageEvent::new(32, self.target, self.atom(kind), data);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, message).unwrap().check().unwrap();
    }

    /// The pointer comes over the window.
    pub fn enter(&self) {
        let aware = self.atom("XdndAware");
        let version = self.connection.get_property(false, self.target, aware, AtomEnum::ATOM, 0, 1).unwrap();
        let version = version.reply().unwrap().value32().and_then(|mut value| value.next());
        assert_eq!(version, Some(5), "the window says that it takes drops");
        self.send("XdndEnter", [5 << 24, self.atom("text/uri-list"), 0, 0]);
    }

    /// The pointer moves over a pixel of the screen.
    pub fn point(&mut self, host: &Host, x: u32, y: u32) {
        self.send("XdndPosition", [0, x << 16 | y, x11rb::CURRENT_TIME, self.atom("XdndActionCopy")]);
        self.serve(host);
    }

    /// The button comes up.
    pub fn drop(&mut self) {
        assert!(self.accepted, "the window takes what is dragged");
        self.send("XdndDrop", [0, x11rb::CURRENT_TIME, 0, 0]);
    }

    /// The pointer goes elsewhere.
    pub fn leave(&self) {
        self.send("XdndLeave", [0; 4]);
    }

    /// Whether the window said that it has what was dropped.
    pub fn is_finished(&mut self, host: &Host) -> bool {
        self.serve(host);
        self.finished
    }

    /// Answers the window's questions.
    pub fn serve(&mut self, _host: &Host) {
        while let Some(event) = self.connection.poll_for_event().unwrap() {
            match event {
                Event::SelectionRequest(asked) => {
                    let set = self.connection.change_property8(
                        PropMode::REPLACE,
                        asked.requestor,
                        asked.property,
                        asked.target,
                        self.uri.as_bytes(),
                    );
                    set.unwrap().check().unwrap();
                    let answer = SelectionNotifyEvent {
                        response_type: SELECTION_NOTIFY_EVENT,
                        sequence: 0,
                        time: asked.time,
                        requestor: asked.requestor,
                        selection: asked.selection,
                        target: asked.target,
                        property: asked.property,
                    };
                    let none = EventMask::NO_EVENT;
                    self.connection.send_event(false, asked.requestor, none, answer).unwrap().check().unwrap();
                }
                Event::ClientMessage(message) if message.type_ == self.atom("XdndStatus") => {
                    self.accepted |= message.data.as_data32()[1] & 1 == 1;
                }
                Event::ClientMessage(message) if message.type_ == self.atom("XdndFinished") => self.finished = true,
                _ => {}
            }
        }
    }
}
