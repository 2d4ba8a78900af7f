//! The plugin's window, as the host handles it: made, put into a window of the host's, resized, shown, destroyed.
//! Main thread.
//! Sizes are physical pixels, as CLAP counts them under X11.

use super::{HostError, Instance, Result};
use clack_extensions::gui::{GuiApiType, GuiConfiguration, GuiSize, PluginGui, Window};
use clack_host::prelude::PluginMainThreadHandle;
use std::ffi::c_ulong;
use std::sync::atomic::Ordering;

/// Width and height of a window, physical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl Extent {
    /// So wide and so high.
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }
}

impl From<GuiSize> for Extent {
    fn from(size: GuiSize) -> Self {
        Self::new(size.width, size.height)
    }
}

impl From<Extent> for GuiSize {
    fn from(extent: Extent) -> Self {
        Self { width: extent.width, height: extent.height }
    }
}

const EMBEDDED: GuiConfiguration<'static> = GuiConfiguration { api_type: GuiApiType::X11, is_floating: false };

impl Instance {
    /// Makes the plugin's window, which shows nothing yet, for a screen of this scale. Gives the size that it wants.
    pub fn make_editor(&mut self, scale: f64) -> Result<Extent> {
        self.with_editor(|gui, plugin| {
            if !gui.is_api_supported(plugin, EMBEDDED) {
                return Err(refused("open a window", "it knows no X11"));
            }
            gui.create(plugin, EMBEDDED).map_err(|error| refused("make its window", error))?;
            gui.set_scale(plugin, scale).map_err(|error| refused("scale its window", error))?;
            gui.get_size(plugin).map(Extent::from).ok_or_else(|| refused("say its window's size", "it gave none"))
        })
    }

    /// Puts the plugin's window into the window with this X11 id, which must be there until the plugin's is destroyed, and
    /// shows it.
    pub fn show_editor(&mut self, parent: u32) -> Result<()> {
        self.with_editor(|gui, plugin| {
            // SAFETY: the id is a number to the X server, which refuses one that is gone; no memory hangs on it.
            let embedded = unsafe { gui.set_parent(plugin, Window::from_x11_handle(c_ulong::from(parent))) };
            embedded.map_err(|error| refused("put its window into the host's", error))?;
            gui.show(plugin).map_err(|error| refused("show its window", error))
        })
    }

    /// The size that the window has now.
    pub fn editor_extent(&mut self) -> Result<Extent> {
        self.with_editor(|gui, plugin| {
            gui.get_size(plugin).map(Extent::from).ok_or_else(|| refused("say its window's size", "it gave none"))
        })
    }

    /// Asks for another size. Gives what the plugin makes of it.
    pub fn resize_editor(&mut self, wished: Extent) -> Result<Extent> {
        self.with_editor(|gui, plugin| {
            if !gui.can_resize(plugin) {
                return Err(refused("resize its window", "it cannot"));
            }
            let adjusted = gui.adjust_size(plugin, wished.into()).unwrap_or(wished.into());
            gui.set_size(plugin, adjusted).map_err(|error| refused("resize its window", error))?;
            Ok(adjusted.into())
        })
    }

    /// Destroys the window.
    pub fn destroy_editor(&mut self) -> Result<()> {
        self.with_editor(|gui, plugin| {
            gui.destroy(plugin);
            Ok(())
        })
    }

    /// The size that the plugin has asked the host's window to have, once.
    pub fn take_wished_extent(&mut self) -> Option<Extent> {
        self.instance
            .access_shared_handler(|shared| shared.wished_extent.lock().ok().and_then(|mut wished| wished.take()))
    }

    /// Whether the plugin has said that its window is gone by itself.
    pub fn editor_has_closed(&self) -> bool {
        self.instance.access_shared_handler(|shared| shared.editor_closed.load(Ordering::Acquire))
    }

    fn with_editor<T>(&mut self, act: impl FnOnce(&PluginGui, &PluginMainThreadHandle) -> Result<T>) -> Result<T> {
        let handle = self.instance.plugin_handle();
        let gui: PluginGui = handle.get_extension().ok_or(HostError::NoExtension("gui"))?;
        let done = act(&gui, &handle);
        self.serve_requests();
        done
    }
}

fn refused(operation: &'static str, reason: impl ToString) -> HostError {
    HostError::Refused { operation, reason: reason.to_string() }
}
