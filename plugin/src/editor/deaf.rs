//! A setter that sets nothing, for the frames in which the right mouse button is what a slider feels.
//! Runs on the window's thread.
//! The framework's slider takes every button for the left one, and would jump to where its menu is asked for.

use egui::{PointerButton, Ui};
use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContextInner, ParamSetter};
use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::PluginState;
use std::collections::BTreeMap;

/// Whether only the right button is at work.
pub(super) fn is_right_button(ui: &Ui) -> bool {
    ui.input(|input| {
        let works = |button| input.pointer.button_down(button) || input.pointer.button_released(button);
        works(PointerButton::Secondary) && !works(PointerButton::Primary)
    })
}

/// The setter.
pub(super) fn setter() -> ParamSetter<'static> {
    ParamSetter { raw_context: &Deaf }
}

struct Deaf;

impl GuiContextInner for Deaf {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Standalone
    }

    unsafe fn raw_begin_set_parameter(&self, _parameter: ParamPtr) {}

    unsafe fn raw_set_parameter_normalized(&self, _parameter: ParamPtr, _normalized: f32) {}

    unsafe fn raw_end_set_parameter(&self, _parameter: ParamPtr) {}

    fn get_state(&self) -> PluginState {
        PluginState { version: String::new(), params: BTreeMap::new(), fields: BTreeMap::new() }
    }

    fn set_state(&self, _state: PluginState) {}

    fn request_restart(&self) {}
}
