//! The clipboard and the browser.
//! Runs on the window's thread, and only when the user copies, pastes or opens something.
//! Nothing is connected before that; what fails is logged and changes nothing.

use copypasta::{ClipboardContext, ClipboardProvider};

/// The system's clipboard, once somebody used it.
#[derive(Default)]
pub(super) struct Clipboard {
    context: Option<ClipboardContext>,
}

impl Clipboard {
    fn context(&mut self) -> Option<&mut ClipboardContext> {
        if self.context.is_none() {
            self.context = ClipboardContext::new()
                .inspect_err(|error| nice_plug::nice_error!("There is no clipboard: {error}"))
                .ok();
        }
        self.context.as_mut()
    }

    /// The text that is there.
    pub(super) fn paste(&mut self) -> Option<String> {
        self.context()?.get_contents().ok().map(|text| text.replace("\r\n", "\n")).filter(|text| !text.is_empty())
    }

    /// Puts text there.
    pub(super) fn copy(&mut self, text: String) {
        if let Some(Err(error)) = self.context().map(|context| context.set_contents(text)) {
            nice_plug::nice_error!("Nothing could be copied: {error}");
        }
    }
}

/// Opens an address or a folder with the program that the user has for it.
pub(super) fn open(address: &str) {
    if let Err(error) = open::that_detached(address) {
        nice_plug::nice_error!("{address} could not be opened: {error}");
    }
}
