//! What the plugin asks its host for, as the program answers it.
//! The callback's part is real-time safe; the window's sets parameters on the window's thread.
//! A parameter that the window moves is the plugin's at once, whether a device plays or not
//! (test: `the_window_moves_parameters_without_a_device`).

use super::desk::StandaloneDesk;
use super::sound;
use crate::params::TimbrelParams;
use crate::plugin::Timbrel;
use nice_plug::context::PluginApi;
use nice_plug::context::process::SendEventError;
use nice_plug::midi::PluginNoteEvent;
use nice_plug::plugin::PluginState;
use nice_plug::prelude::{ActivateContext, GuiContextInner, ParamPtr, ProcessContext, Transport};
use std::cell::Cell;
use std::sync::Arc;

/// While the plugin is activated.
pub(super) struct Activating;

impl ActivateContext<Timbrel> for Activating {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Standalone
    }
    fn execute(&self, _task: ()) {}
    fn set_latency_samples(&self, _samples: u32) {}
    fn set_current_voice_capacity(&self, _capacity: u32) {}
}

/// One block.
pub(super) struct Block<'a> {
    /// What came in it, in order.
    pub events: &'a [PluginNoteEvent<Timbrel>],
    /// Events that the plugin has taken.
    pub taken: usize,
    /// The beat.
    pub transport: Transport,
    /// Whether the plugin asks to be activated anew.
    pub restart: Cell<bool>,
}

impl ProcessContext<Timbrel> for Block<'_> {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Standalone
    }
    fn execute_background(&self, _task: ()) {}
    fn execute_gui(&self, _task: ()) {}
    fn transport(&self) -> &Transport {
        &self.transport
    }
    fn next_event(&mut self) -> Option<PluginNoteEvent<Timbrel>> {
        let event = *self.events.get(self.taken)?;
        self.taken += 1;
        Some(event)
    }
    fn try_send_event(
        &mut self,
        _event: PluginNoteEvent<Timbrel>,
    ) -> Result<(), (PluginNoteEvent<Timbrel>, SendEventError)> {
        // Nobody asks when a note is over.
        Ok(())
    }
    fn set_latency_samples(&self, _samples: u32) {}
    fn request_restart(&self) {
        self.restart.set(true);
    }
    fn set_current_voice_capacity(&self, _capacity: u32) {}
}

/// The window's host.
pub struct WindowHost {
    /// The plugin's.
    pub params: Arc<TimbrelParams>,
    /// Where restarts are asked for.
    pub desk: Arc<StandaloneDesk>,
}

impl GuiContextInner for WindowHost {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Standalone
    }

    // Nobody records automation.
    unsafe fn raw_begin_set_parameter(&self, _param: ParamPtr) {}

    unsafe fn raw_set_parameter_normalized(&self, param: ParamPtr, normalized: f32) {
        // SAFETY: the window passes a parameter of the plugin that `params` keeps alive; its fields are atomics.
        unsafe { param._internal_set_normalized_value(normalized.clamp(0.0, 1.0)) };
    }

    unsafe fn raw_end_set_parameter(&self, _param: ParamPtr) {}

    fn get_state(&self) -> PluginState {
        sound::of(&self.params)
    }

    fn set_state(&self, state: PluginState) {
        sound::put(&self.params, state);
    }

    fn request_restart(&self) {
        self.desk.restart();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_plug::context::gui::GuiContext;

    #[test]
    fn the_window_moves_parameters_without_a_device() {
        let params = Arc::new(TimbrelParams::default());
        let host = WindowHost { params: params.clone(), desk: Arc::default() };
        let context = GuiContext::new(Arc::new(host));
        let setter = context.param_setter();
        setter.set_parameter(&params.output.width, 0.5);
        assert_eq!(params.output.width.value(), 0.5);
        let state = context.get_state();
        setter.set_parameter(&params.output.width, 2.0);
        context.set_state(state);
        assert_eq!(params.output.width.value(), 0.5);
    }
}
