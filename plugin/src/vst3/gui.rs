//! The editor's way to a VST3 host: parameter gestures and restart requests.
//! The editor calls on its window's thread; with a run loop, the host hears of it on its own main thread.
//! Nothing goes to the host from another thread than it allows (checked by pluginval at strictness 10).

use super::component::own_id;
use crate::learn::Learned;
use crate::params::TimbrelParams;
use crate::plugin::{Shared, Timbrel};
use crate::presets::Presets;
use ::vst3::ComPtr;
use ::vst3::Steinberg::Vst::{
    IComponentHandler, IComponentHandlerTrait, IEditController, IEditControllerTrait, ParamID, RestartFlags_,
};
use crossbeam::queue::SegQueue;
use nice_plug::context::PluginApi;
use nice_plug::context::gui::GuiContextInner;
use nice_plug::params::Params;
use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::{ParamValue as SavedValue, Plugin, PluginState};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the editor wants the host to know.
enum Word {
    Begin(ParamID),
    Set(ParamID, f64),
    End(ParamID),
}

/// The host, as far as the editor needs it.
pub(super) struct HostLink {
    handler: Mutex<Option<ComPtr<IComponentHandler>>>,
    controller: ComPtr<IEditController>,
    /// The framework's parameter ids.
    ids: HashMap<ParamPtr, ParamID>,
    words: SegQueue<Word>,
    /// Whether somebody calls [`HostLink::deliver`] on the main thread from time to time.
    has_run_loop: AtomicBool,
}

impl HostLink {
    /// A link for the component whose controller is `controller`.
    pub(super) fn new(controller: ComPtr<IEditController>, params: &TimbrelParams) -> Self {
        // The framework numbers parameters in the order of the map, and hosts ask for them by that number.
        let ids = params
            .param_map()
            .into_iter()
            .enumerate()
            .filter_map(|(index, (_, pointer, _))| Some((pointer, own_id(&controller, index)?)))
            .collect();
        Self {
            handler: Mutex::new(None),
            controller,
            ids,
            words: SegQueue::new(),
            has_run_loop: AtomicBool::new(false),
        }
    }

    pub(super) fn set_handler(&self, handler: Option<ComPtr<IComponentHandler>>) {
        *self.handler.lock() = handler;
    }

    /// Whether a run loop of the host calls [`HostLink::deliver`].
    pub(super) fn set_run_loop(&self, present: bool) {
        self.has_run_loop.store(present, Ordering::Release);
        if !present {
            self.deliver();
        }
    }

    /// Asks the host to restart the component. Main thread.
    pub(super) fn restart(&self, flags: i32) {
        let handler = self.handler.lock().clone();
        if let Some(handler) = handler {
            // SAFETY: the handler is counted, so it is alive.
            unsafe { handler.restartComponent(flags) };
        }
    }

    /// Lets the host ask anew which controllers move what, if that changed. Main thread.
    pub(super) fn tell_controllers(&self, learned: &Learned) {
        if learned.take_change() {
            self.restart(RestartFlags_::kMidiCCAssignmentChanged);
        }
    }

    /// Lets the host look at all values again, if a preset was loaded. Main thread.
    pub(super) fn tell_values(&self, presets: &Presets) {
        if presets.take_change() {
            self.restart(RestartFlags_::kParamValuesChanged);
        }
    }

    /// Tells the host what the editor said since the last call. Main thread.
    pub(super) fn deliver(&self) {
        // Not held during the calls, because hosts call back into the component from them.
        let handler = self.handler.lock().clone();
        while let Some(word) = self.words.pop() {
            let Some(handler) = &handler else { continue };
            // SAFETY: handler and controller are counted, so they are alive.
            unsafe {
                match word {
                    Word::Begin(id) => handler.beginEdit(id),
                    Word::Set(id, value) => {
                        handler.performEdit(id, value);
                        // Takes effect only while nothing is processed; otherwise the value comes back with the audio.
                        self.controller.setParamNormalized(id, value)
                    }
                    Word::End(id) => handler.endEdit(id),
                };
            }
        }
    }

    fn say(&self, parameter: ParamPtr, word: impl FnOnce(ParamID) -> Word) {
        let Some(id) = self.ids.get(&parameter) else { return };
        self.words.push(word(*id));
        if !self.has_run_loop.load(Ordering::Acquire) {
            self.deliver();
        }
    }
}

/// What the framework's widgets talk to.
pub(super) struct Gui {
    pub(super) host: Arc<HostLink>,
    pub(super) shared: Shared,
}

impl GuiContextInner for Gui {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Vst3
    }

    unsafe fn raw_begin_set_parameter(&self, parameter: ParamPtr) {
        self.host.say(parameter, Word::Begin);
    }

    unsafe fn raw_set_parameter_normalized(&self, parameter: ParamPtr, normalized: f32) {
        self.host.say(parameter, |id| Word::Set(id, f64::from(normalized)));
    }

    unsafe fn raw_end_set_parameter(&self, parameter: ParamPtr) {
        self.host.say(parameter, Word::End);
    }

    fn get_state(&self) -> PluginState {
        let params = self.shared.params.param_map().into_iter().filter_map(|(id, pointer, _)| {
            // SAFETY: `self.shared` keeps the parameters alive.
            let value = unsafe {
                match pointer {
                    ParamPtr::FloatParam(_) => {
                        SavedValue::F32(pointer.preview_plain(pointer.unmodulated_normalized_value()))
                    }
                    ParamPtr::IntParam(_) => {
                        SavedValue::I32(pointer.preview_plain(pointer.unmodulated_normalized_value()).round() as i32)
                    }
                    // Timbrel has no parameters of other kinds.
                    _ => return None,
                }
            };
            Some((id, value))
        });
        PluginState {
            version: Timbrel::VERSION.to_owned(),
            params: params.collect::<BTreeMap<_, _>>(),
            fields: self.shared.params.serialize_fields(),
        }
    }

    fn set_state(&self, mut state: PluginState) {
        Timbrel::filter_state(&mut state);
        for (id, pointer, _) in self.shared.params.param_map() {
            // SAFETY: `self.shared` keeps the parameters alive.
            let normalized = unsafe {
                match state.params.get(&id) {
                    Some(SavedValue::F32(value)) => pointer.preview_normalized(*value),
                    Some(SavedValue::I32(value)) => pointer.preview_normalized(*value as f32),
                    _ => continue,
                }
            };
            self.host.say(pointer, Word::Begin);
            self.host.say(pointer, |id| Word::Set(id, f64::from(normalized)));
            self.host.say(pointer, Word::End);
        }
        self.shared.params.deserialize_fields(&state.fields);
    }

    fn request_restart(&self) {
        // The editor asks at every drawing, and only where it draws on the host's main thread.
        if cfg!(not(target_os = "linux")) {
            self.host.tell_controllers(&self.shared.params.learned);
            self.host.tell_values(&self.shared.presets);
            if self.shared.instrument.take_restart_wish() {
                self.host.restart(RestartFlags_::kLatencyChanged);
            }
        }
    }
}
