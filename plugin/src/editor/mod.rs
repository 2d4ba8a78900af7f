//! The plugin's window: opened at the size it had, with everything of the last window gone.
//! Opened and closed on the host's main thread; drawn on the window's own thread, where the platform has one.
//! Never waits for a load, and a fault in drawing is a blank window, not the end of the host
//! (tests: `a_window_opens_at_the_saved_size`, `a_panic_leaves_a_blank_window`).

mod browser;
mod controls;
mod focus;
mod glance;
mod hand;
mod help;
mod keyboard;
mod layout;
mod pages;
mod panel;
pub mod rehearsal;
mod scene;
mod shortcuts;
mod stage;
mod standalone_page;
mod surface;
mod tastes;
mod theme;
mod tuning_row;
#[cfg(test)]
mod walk;
pub mod window;
mod wiring;

use crate::plugin::Shared;
use crate::state::WindowSize;
use nice_plug::context::PluginApi;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{LogicalSize, NativeSize};
use nice_plug::editor::{Editor, HostMethods, ParentWindowHandle, ResizeHint, SpawnedEditor};
use panel::Panel;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use window::{App, Frame, Opening, Placed};
pub use window::{FrameTime, Keys, OpenWindow, Timings, WindowError, WindowHandle};

/// How often the window is drawn anew while nothing else happens.
const REFRESH: Duration = Duration::from_millis(16);
/// How often where nothing sounds.
const REST: Duration = Duration::from_millis(80);

/// Makes windows, each at the size that the project has by then.
pub struct TimbrelEditor {
    shared: Shared,
    /// The newest window.
    placed: parking_lot::Mutex<Option<Placed>>,
    /// The scale that the host asked for before there was a window.
    scale: parking_lot::Mutex<Option<f64>>,
    timings: Arc<Timings>,
}

impl TimbrelEditor {
    /// An editor for the instance that `shared` belongs to; opens nothing yet.
    pub fn new(shared: Shared) -> Self {
        Self { shared, placed: Default::default(), scale: Default::default(), timings: Arc::default() }
    }

    /// The host asks for a scale before there is a window: physical pixels to a logical one.
    pub fn expect_scale(&self, scale: f64) {
        *self.scale.lock() = Some(scale);
    }

    /// How long the frames of this editor's windows took.
    pub fn timings(&self) -> Arc<Timings> {
        self.timings.clone()
    }
}

impl Editor for TimbrelEditor {
    type Handle = WindowHandle;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Self::Handle>, Box<dyn Error>> {
        self.shared.instrument.prepare();
        self.shared.presets.refresh();
        let app = Window { shared: self.shared.clone(), gui: None, panel: Panel::default() };
        let opening = Opening {
            title: "Timbrel",
            size: self.shared.params.window.get(),
            smallest: WindowSize::SMALLEST,
            scale: fallback_scale_factor.or(*self.scale.lock()),
            parent,
            wait_for_parent,
            timings: self.timings.clone(),
        };
        let spawned = window::open(app, opening, gui_context, host)?;
        *self.placed.lock() = Some(spawned.handle.placed());
        Ok(spawned)
    }

    fn size(&self) -> NativeSize<u32> {
        if let Some(size) = self.placed.lock().as_ref().and_then(Placed::size) {
            return size;
        }
        let (width, height) = self.shared.params.window.get();
        let size = LogicalSize::new(f64::from(width), f64::from(height));
        NativeSize::from_size(size.into(), window::expected_scale(*self.scale.lock()))
    }

    fn resize_hint(&self) -> ResizeHint {
        window::resize_hint(WindowSize::SMALLEST)
    }
}

/// One open window.
struct Window {
    shared: Shared,
    gui: Option<GuiContext>,
    panel: Panel,
}

impl App for Window {
    fn build(&mut self, egui: &egui::Context, gui: GuiContext) {
        panel::dress(egui);
        self.gui = Some(gui);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut Frame) {
        let Some(gui) = &self.gui else { return };
        self.panel.draw(ui, &self.shared, gui);
        if let Some(keys) = self.panel.wanted_keys() {
            frame.want_keys(keys);
        }
        // Where windows draw on the host's main thread, that is the place to ask. Elsewhere the layer's timer does.
        let is_vst3 = gui.plugin_api() == PluginApi::Vst3;
        if cfg!(not(target_os = "linux")) && (is_vst3 || self.shared.instrument.take_restart_wish()) {
            gui.request_restart();
        }
        // Where nothing moves by itself, only what the host changes must be seen: not worth a core that draws in software.
        ui.ctx().request_repaint_after(if self.panel.is_calm() { REST } else { REFRESH });
    }

    fn lost_keyboard(&mut self) {
        self.panel.lost_keyboard(&self.shared);
    }

    fn resized(&mut self, size: (u32, u32)) {
        self.shared.params.window.store(size);
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if let Some(gui) = &self.gui {
            self.panel.let_go(&self.shared, gui);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Bundle;

    #[test]
    fn a_window_opens_at_the_saved_size() {
        let shared = Shared::new(&Bundle::default());
        let editor = TimbrelEditor::new(shared.clone());
        shared.params.window.store((900, 700));
        editor.expect_scale(1.0);
        assert_eq!(editor.size(), NativeSize::new(900, 700));
        if cfg!(not(target_os = "macos")) {
            editor.expect_scale(1.25);
            assert_eq!(editor.size(), NativeSize::new(1125, 875));
        }
    }
}
