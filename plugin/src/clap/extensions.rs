//! Extensions of the framework's plugin with single functions answered differently.
//! Called on the threads that CLAP says.
//! Why each one, is in `docs/framework.md` (tests at the end of `clap/mod.rs`).

use super::{Layer, Parameter, layer, presets};
use crate::params::SETTINGS;
use clap_sys::events::{clap_input_events, clap_output_events};
use clap_sys::ext::note_ports::{
    CLAP_EXT_NOTE_PORTS, CLAP_NOTE_DIALECT_MIDI_MPE, clap_note_port_info, clap_plugin_note_ports,
};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_param_info, clap_plugin_params};
use clap_sys::ext::render::{CLAP_EXT_RENDER, CLAP_RENDER_OFFLINE, clap_plugin_render, clap_plugin_render_mode};
use clap_sys::ext::voice_info::{
    CLAP_EXT_VOICE_INFO, CLAP_VOICE_INFO_SUPPORTS_OVERLAPPING_NOTES, clap_plugin_voice_info, clap_voice_info,
};
use clap_sys::id::clap_id;
use clap_sys::plugin::clap_plugin;
use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use timbrel_engine::perform::MAX_VOICES;
use timbrel_engine::synth::Mode;

/// An extension of our own.
pub(super) fn own(name: &CStr) -> Option<*const c_void> {
    match name {
        name if name == CLAP_EXT_RENDER => Some((&raw const RENDER).cast()),
        name if name == CLAP_EXT_PARAMS => Some((&raw const PARAMS).cast()),
        name if name == CLAP_EXT_NOTE_PORTS => Some((&raw const NOTE_PORTS).cast()),
        name if name == CLAP_EXT_VOICE_INFO => Some((&raw const VOICE_INFO).cast()),
        name if presets::is_preset_load(name) => Some((&raw const presets::PRESET_LOAD).cast()),
        _ => None,
    }
}

/// The framework's own extension of this kind.
///
/// # Safety
/// `T` is the type that CLAP gives the name.
unsafe fn inner<'a, T>(layer: &Layer, plugin: *const clap_plugin, name: &CStr) -> Option<&'a T> {
    // SAFETY: passed on; extensions live as long as the library.
    unsafe { layer.inner.get_extension?(plugin, name.as_ptr()).cast::<T>().as_ref() }
}

static RENDER: clap_plugin_render =
    clap_plugin_render { has_hard_realtime_requirement: Some(has_hard_realtime_requirement), set: Some(set_mode) };

unsafe extern "C" fn has_hard_realtime_requirement(_plugin: *const clap_plugin) -> bool {
    false
}

/// The framework's own asks the host for a restart, which not every host grants; the engine needs none.
unsafe extern "C" fn set_mode(plugin: *const clap_plugin, mode: clap_plugin_render_mode) -> bool {
    // SAFETY: the host passes what it was given.
    let Some(layer) = (unsafe { layer(plugin) }) else { return false };
    layer.shared.instrument.set_mode(if mode == CLAP_RENDER_OFFLINE { Mode::Offline } else { Mode::Realtime });
    true
}

static VOICE_INFO: clap_plugin_voice_info = clap_plugin_voice_info { get: Some(get_voice_info) };

/// The framework's own wants to be told in the callback, and then logs there.
unsafe extern "C" fn get_voice_info(plugin: *const clap_plugin, info: *mut clap_voice_info) -> bool {
    // SAFETY: the host passes what it was given.
    let Some(layer) = (unsafe { layer(plugin) }).filter(|_| !info.is_null()) else { return false };
    let notes = layer.shared.params.polyphony.notes.value();
    // SAFETY: not null, and the host gives a writable pointer.
    unsafe {
        info.write(clap_voice_info {
            voice_count: u32::try_from(notes).unwrap_or(1),
            voice_capacity: MAX_VOICES as u32,
            flags: CLAP_VOICE_INFO_SUPPORTS_OVERLAPPING_NOTES,
        });
    }
    true
}

static NOTE_PORTS: clap_plugin_note_ports =
    clap_plugin_note_ports { count: Some(count_note_ports), get: Some(get_note_port) };

/// # Safety
/// As [`inner`].
unsafe fn inner_note_ports<'a>(plugin: *const clap_plugin) -> Option<&'a clap_plugin_note_ports> {
    // SAFETY: the type is the name's.
    unsafe { inner(layer(plugin)?, plugin, CLAP_EXT_NOTE_PORTS) }
}

unsafe extern "C" fn count_note_ports(plugin: *const clap_plugin, is_input: bool) -> u32 {
    // SAFETY: passed on.
    let ports = unsafe { inner_note_ports(plugin) };
    // SAFETY: passed on.
    ports.and_then(|ports| ports.count).map_or(0, |count| unsafe { count(plugin, is_input) })
}

unsafe extern "C" fn get_note_port(
    plugin: *const clap_plugin,
    index: u32,
    is_input: bool,
    info: *mut clap_note_port_info,
) -> bool {
    // SAFETY: passed on.
    let Some(get) = unsafe { inner_note_ports(plugin) }.and_then(|ports| ports.get) else { return false };
    // SAFETY: passed on.
    if info.is_null() || !unsafe { get(plugin, index, is_input, info) } {
        return false;
    }
    // The framework does not know that its plugin understands it.
    // SAFETY: not null, and written by the call before.
    unsafe { (*info).supported_dialects |= CLAP_NOTE_DIALECT_MIDI_MPE };
    true
}

static PARAMS: clap_plugin_params = clap_plugin_params {
    count: Some(count_params),
    get_info: Some(get_param_info),
    get_value: Some(get_param_value),
    value_to_text: Some(param_to_text),
    text_to_value: Some(param_of_text),
    flush: Some(flush),
};

/// # Safety
/// As [`inner`].
unsafe fn inner_params<'a>(plugin: *const clap_plugin) -> Option<&'a clap_plugin_params> {
    // SAFETY: the type is the name's.
    unsafe { inner(layer(plugin)?, plugin, CLAP_EXT_PARAMS) }
}

/// The parameters of the framework's plugin, in their order.
///
/// # Safety
/// `plugin` is `layer`'s and alive.
pub(super) unsafe fn parameters(layer: &Layer, plugin: *const clap_plugin) -> Vec<Parameter> {
    // SAFETY: the type is the name's.
    let params: Option<&clap_plugin_params> = unsafe { inner(layer, plugin, CLAP_EXT_PARAMS) };
    let Some(get_info) = params.and_then(|params| params.get_info) else { return Vec::new() };
    (0..SETTINGS as u32)
        .filter_map(|index| {
            let mut info = MaybeUninit::<clap_param_info>::zeroed();
            // SAFETY: `info` is writable, and all its fields are numbers and null pointers, for which zero is a value.
            unsafe { get_info(plugin, index, info.as_mut_ptr()).then(|| info.assume_init()) }
        })
        .map(|info| Parameter { id: info.id, largest: info.max_value })
        .collect()
}

unsafe extern "C" fn count_params(plugin: *const clap_plugin) -> u32 {
    // SAFETY: passed on.
    let params = unsafe { inner_params(plugin) };
    // SAFETY: passed on.
    params.and_then(|params| params.count).map_or(0, |count| unsafe { count(plugin) })
}

/// The framework's own panics, and so ends the host, when it is asked for the parameter after the last one.
unsafe extern "C" fn get_param_info(plugin: *const clap_plugin, index: u32, info: *mut clap_param_info) -> bool {
    // SAFETY: passed on.
    let get_info = unsafe { inner_params(plugin) }.and_then(|params| params.get_info);
    // SAFETY: passed on.
    (index as usize) < SETTINGS && get_info.is_some_and(|get_info| unsafe { get_info(plugin, index, info) })
}

/// The framework's own answers with the host's modulation, which the host adds itself.
unsafe extern "C" fn get_param_value(plugin: *const clap_plugin, id: clap_id, value: *mut f64) -> bool {
    // SAFETY: the host passes what it was given.
    let Some(layer) = (unsafe { layer(plugin) }) else { return false };
    let controls = layer.shared.params.controls();
    let found = layer.parameters.iter().zip(controls).find(|(parameter, _)| parameter.id == id);
    let Some((parameter, (_, control))) = found.filter(|_| !value.is_null()) else { return false };
    // SAFETY: not null, and the host gives a writable pointer.
    unsafe { value.write(f64::from(control.position()) * parameter.largest) };
    true
}

unsafe extern "C" fn param_to_text(
    plugin: *const clap_plugin,
    id: clap_id,
    value: f64,
    text: *mut c_char,
    size: u32,
) -> bool {
    // SAFETY: passed on.
    let show = unsafe { inner_params(plugin) }.and_then(|params| params.value_to_text);
    // SAFETY: passed on.
    show.is_some_and(|show| unsafe { show(plugin, id, value, text, size) })
}

unsafe extern "C" fn param_of_text(
    plugin: *const clap_plugin,
    id: clap_id,
    text: *const c_char,
    value: *mut f64,
) -> bool {
    // SAFETY: passed on.
    let read = unsafe { inner_params(plugin) }.and_then(|params| params.text_to_value);
    // SAFETY: passed on.
    read.is_some_and(|read| unsafe { read(plugin, id, text, value) })
}

unsafe extern "C" fn flush(
    plugin: *const clap_plugin,
    given: *const clap_input_events,
    told: *const clap_output_events,
) {
    // SAFETY: passed on.
    if let Some(flush) = unsafe { inner_params(plugin) }.and_then(|params| params.flush) {
        // SAFETY: passed on.
        unsafe { flush(plugin, given, told) };
    }
}
