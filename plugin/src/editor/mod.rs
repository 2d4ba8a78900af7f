//! The plugin's window: opened at the size it had, with everything of the last window gone.
//! Opened and closed on the host's main thread; drawn on the window's own thread, where the platform has one.
//! Never waits for a load, and a fault in drawing is a blank window, not the end of the host
//! (test: `a_window_opens_at_the_saved_size`).

mod browser;
mod deaf;
mod glance;
mod hand;
mod keyboard;
mod layout;
mod matrix;
mod pages;
mod panel;
mod parameters;
mod preset_row;
pub mod rehearsal;
mod scene;
mod stage;
mod standalone_page;
mod surface;
mod tastes;
mod theme;
mod tuning_row;

use crate::guard::guarded;
use crate::plugin::Shared;
use crate::state::WindowSize;
use nice_plug::context::PluginApi;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{LogicalSize, NativeSize, Size};
use nice_plug::editor::{Editor, HostMethods, ParentWindowHandle, ResizeHint, SpawnedEditor};
use nice_plug_egui::baseview::{HandlerError, WindowSize as PlacedSize};
use nice_plug_egui::{
    EguiEditorHandle, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, RepaintNotifier, create_egui_editor,
};
use panel::Panel;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// How often the window is drawn anew while nothing else happens.
const REFRESH: Duration = Duration::from_millis(16);

/// Makes windows. The framework's own editor fixes its size when the plugin is made, before any state is loaded; this
/// one makes a new editor for every window.
pub struct TimbrelEditor {
    shared: Shared,
    open: Arc<parking_lot::Mutex<Option<Arc<EguiEditorState>>>>,
}

impl TimbrelEditor {
    /// An editor for the instance that `shared` belongs to; opens nothing yet.
    pub fn new(shared: Shared) -> Self {
        Self { shared, open: Arc::default() }
    }

    fn hint() -> ResizeHint {
        let (width, height) = WindowSize::SMALLEST;
        ResizeHint::RESIZABLE.with_min_logical_size(LogicalSize::new(width as f32, height as f32))
    }

    fn saved_size(&self) -> Size {
        let (width, height) = self.shared.params.window.get();
        LogicalSize::new(f64::from(width), f64::from(height)).into()
    }
}

impl Editor for TimbrelEditor {
    type Handle = EguiEditorHandle;

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
        let state = EguiEditorState::from_size(self.saved_size(), 1.0);
        let settings = EguiNiceSettings::new().with_tile("Timbrel").with_resize_hint(Self::hint());
        let app = App { shared: self.shared.clone(), gui: None, panel: Panel::default(), failed: false };
        let editor = create_egui_editor(state.clone(), RepaintNotifier::new(), settings, app)
            .ok_or("the window could not be made")?;
        let spawned = editor.spawn(parent, wait_for_parent, fallback_scale_factor, gui_context, host)?;
        *self.open.lock() = Some(state);
        Ok(spawned)
    }

    fn size(&self) -> NativeSize<u32> {
        match self.open.lock().as_ref().filter(|state| state.is_open()) {
            Some(state) => NativeSize::from_size(state.physical_size().into(), 1.0),
            None => NativeSize::from_size(self.saved_size(), 1.0),
        }
    }

    fn resize_hint(&self) -> ResizeHint {
        Self::hint()
    }
}

/// One open window.
struct App {
    shared: Shared,
    gui: Option<GuiContext>,
    panel: Panel,
    /// Drawing panicked; drawing again would again.
    failed: bool,
}

impl NiceEguiApp for App {
    fn build(&mut self, egui: egui::Context, gui: GuiContext, _frame: &mut Frame) -> Result<(), HandlerError> {
        panel::dress(&egui);
        self.gui = Some(gui);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        let Some(gui) = self.gui.as_ref().filter(|_| !self.failed) else { return };
        self.failed = guarded(|| self.panel.draw(ui, &self.shared, gui)).is_none();
        // Where windows draw on the host's main thread, that is the place to ask. Elsewhere the layer's timer does.
        let is_vst3 = gui.plugin_api() == PluginApi::Vst3;
        if cfg!(not(target_os = "linux")) && (is_vst3 || self.shared.instrument.take_restart_wish()) {
            gui.request_restart();
        }
        ui.ctx().request_repaint_after(REFRESH);
    }

    fn editor_closed(&mut self) {
        if let Some(gui) = &self.gui {
            self.panel.let_go(&self.shared, gui);
        }
    }

    fn resized(&mut self, size: PlacedSize) {
        self.shared.params.window.store((size.logical.width.round() as u32, size.logical.height.round() as u32));
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
        assert_eq!(editor.size(), NativeSize::new(900, 700));
    }
}
