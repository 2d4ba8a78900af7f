//! The window without a window: draws the editor of an instance into nothing, takes made-up input, and says what lies where.
//! Any thread; needs no display. For tests, benches and whoever drives a real window and must know where a knob is.
//! What it draws is what a window of the same size draws (test: `everything_has_a_name_and_a_place`).

use super::panel::{self, Panel};
use crate::params::Control;
use crate::plugin::Shared;
use egui::accesskit::{NodeId, Role};
use egui::{
    Context, DroppedFile, DroppedFileHandle, Event, FullOutput, Key, Modifiers, PointerButton, Pos2, RawInput, Rect,
    pos2, vec2,
};
use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::PluginState;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Something in the window that can be named.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What it is called, as a screen reader would say it.
    pub label: String,
    /// What it says: a knob's value in words, a field's text.
    pub value: String,
    /// What else there is to be said of it: what moves it, and where.
    pub about: String,
    /// What kind of thing it is.
    pub role: Role,
    /// Where it lies, points.
    pub rect: Rect,
}

/// What a host hears of the parameters' gestures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gesture {
    /// The player took hold of the parameter at this place of `params::IDS`.
    Begin(usize),
    /// And moved it, 0 to 1.
    Set(usize, f32),
    /// And let go.
    End(usize),
}

/// A file that is dropped.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// A host that does at once what the editor says, and remembers it.
struct Host {
    shared: Shared,
    heard: Mutex<Vec<Gesture>>,
}

impl Host {
    fn hear(&self, parameter: ParamPtr, gesture: impl FnOnce(usize, Control) -> Gesture) {
        let controls = self.shared.params.controls();
        let found = controls.iter().enumerate().find(|(_, (_, control))| control.pointer() == parameter);
        if let Some((place, (_, control))) = found {
            self.heard.lock().push(gesture(place, *control));
        }
    }
}

impl GuiContextInner for Host {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Standalone
    }

    fn request_restart(&self) {}

    unsafe fn raw_begin_set_parameter(&self, parameter: ParamPtr) {
        self.hear(parameter, |place, _| Gesture::Begin(place));
    }

    unsafe fn raw_set_parameter_normalized(&self, parameter: ParamPtr, normalized: f32) {
        self.hear(parameter, |place, control| {
            control.place(normalized);
            Gesture::Set(place, normalized)
        });
    }

    unsafe fn raw_end_set_parameter(&self, parameter: ParamPtr) {
        self.hear(parameter, |place, _| Gesture::End(place));
    }

    fn get_state(&self) -> PluginState {
        PluginState { version: String::new(), params: BTreeMap::new(), fields: BTreeMap::new() }
    }

    fn set_state(&self, _state: PluginState) {}
}

/// See the module.
pub struct Rehearsal {
    shared: Shared,
    context: Context,
    panel: Panel,
    host: Arc<Host>,
    gui: GuiContext,
    size: (u32, u32),
    scale: f32,
    seconds: f64,
    /// What the next frame gets.
    dropped: Vec<DroppedFileHandle>,
}

impl Rehearsal {
    /// The window of `shared`, `size` points large, on a screen with `scale` pixels a point.
    pub fn new(shared: &Shared, size: (u32, u32), scale: f32) -> Self {
        let context = Context::default();
        context.enable_accesskit();
        panel::dress(&context);
        let host = Arc::new(Host { shared: shared.clone(), heard: Mutex::default() });
        let gui = GuiContext::new(host.clone());
        Self {
            shared: shared.clone(),
            context,
            panel: Panel::default(),
            host,
            gui,
            size,
            scale,
            seconds: 0.0,
            dropped: Vec::new(),
        }
    }

    /// Draws a frame, a sixtieth of a second after the one before, with this input.
    pub fn frame(&mut self, events: Vec<Event>) -> FullOutput {
        self.seconds += 1.0 / 60.0;
        let size = vec2(self.size.0 as f32, self.size.1 as f32);
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), size)),
            time: Some(self.seconds),
            focused: true,
            events,
            dropped_files: std::mem::take(&mut self.dropped),
            ..RawInput::default()
        };
        input.viewports.entry(input.viewport_id).or_default().native_pixels_per_point = Some(self.scale);
        let Self { context, panel, shared, gui, .. } = self;
        let mut output = context.run_ui(input, |ui| panel.draw(ui, shared, gui));
        // Nobody uploads them, and the toolkit wants to be told.
        output.textures_delta.clear();
        output
    }

    /// What the host heard since it was last asked.
    pub fn heard(&self) -> Vec<Gesture> {
        std::mem::take(&mut self.host.heard.lock())
    }

    /// The toolkit's context, for what is not drawn: focus, popups.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Closes the window: what it holds comes up. Another frame would be of a window opened again.
    pub fn close(&mut self) {
        self.panel.let_go(&self.shared, &self.gui);
    }

    /// What the window remembers.
    #[cfg(test)]
    pub(super) fn memory(&self) -> &super::stage::Memory {
        self.panel.memory()
    }

    /// The player's hand.
    #[cfg(test)]
    pub(super) fn hand(&self) -> super::hand::Hand<'_> {
        super::hand::Hand::new(&self.shared, &self.gui)
    }

    /// What the parts of the window saw in the newest frame.
    #[cfg(test)]
    pub(super) fn with_stage<R>(&self, see: impl FnOnce(&super::stage::Stage) -> R) -> R {
        self.panel.with_stage(&self.shared, &self.gui, see)
    }

    /// Everything that has a name, in the order in which it was drawn. Draws a frame.
    pub fn places(&mut self) -> Vec<Place> {
        let output = self.frame(Vec::new());
        let Some(update) = output.platform_output.accesskit_update else { return Vec::new() };
        let named = update.nodes.iter().filter_map(|(_, node): &(NodeId, _)| {
            // Points: the tree's root scales them.
            let bounds = node.bounds()?;
            let rect =
                Rect::from_min_max(pos2(bounds.x0 as f32, bounds.y0 as f32), pos2(bounds.x1 as f32, bounds.y1 as f32));
            let label = node.label().unwrap_or_default().to_owned();
            let value = node.value().unwrap_or_default().to_owned();
            (!(label.is_empty() && value.is_empty())).then(|| Place {
                label,
                value,
                about: node.description().unwrap_or_default().to_owned(),
                role: node.role(),
                rect,
            })
        });
        named.collect()
    }

    /// Clicks into the middle of the thing of this name. Says whether there is one.
    pub fn click(&mut self, label: &str) -> bool {
        let Some(place) = self.place(label) else { return false };
        self.click_at(place.rect.center());
        true
    }

    /// Clicks at a place.
    pub fn click_at(&mut self, at: Pos2) {
        let button = |pressed| {
            let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
            Event::PointerButton { pos: at, button, pressed, modifiers }
        };
        self.frame(vec![Event::PointerMoved(at)]);
        self.frame(vec![button(true)]);
        self.frame(vec![button(false)]);
        self.frame(Vec::new());
    }

    /// Strikes a key of the computer's keyboard.
    pub fn strike(&mut self, key: Key, modifiers: Modifiers) {
        for pressed in [true, false] {
            self.frame(vec![Event::Key { key, physical_key: None, pressed, repeat: false, modifiers }]);
        }
    }

    /// Types text into what has the focus.
    pub fn write(&mut self, text: &str) {
        self.frame(vec![Event::Text(text.to_owned())]);
    }

    /// Drops files on the window.
    pub fn drop_files(&mut self, files: &[PathBuf]) {
        self.dropped = files.iter().map(|path| Arc::new(Dropped(path.clone())) as DroppedFileHandle).collect();
        self.frame(Vec::new());
    }

    /// Where the thing of this name lies: the first one of several.
    pub fn place(&mut self, label: &str) -> Option<Place> {
        self.places().into_iter().find(|place| place.label == label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Bundle;
    use crate::state::WindowSize;

    #[test]
    fn everything_has_a_name_and_a_place() {
        let shared = Shared::new(&Bundle::default());
        let mut rehearsal = Rehearsal::new(&shared, WindowSize::DEFAULT, 1.5);
        rehearsal.frame(Vec::new());
        let undo = rehearsal.place("Undo").expect("a button for undoing");
        let window = Rect::from_min_size(pos2(0.0, 0.0), vec2(1120.0, 760.0));
        assert!(window.contains_rect(undo.rect), "{undo:?}");
        shared.instrument.close();
    }
}
