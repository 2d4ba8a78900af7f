//! CLAP: the library's entry point, and a thin layer over the framework's plugin object.
//! Called on the threads that CLAP says; everything but the functions below goes straight to the framework.
//! A host may change between real time and offline while the plugin is active, and a host without windows is refused
//! one (tests at the end).

mod extensions;
mod outlet;
mod presets;
mod window;

use crate::cradle::{self, Window};
use crate::guard::guarded;
use crate::plugin::{Shared, Timbrel};
use crate::transport::Moments;
use clap_sys::entry::clap_plugin_entry;
use clap_sys::events::{CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_TRANSPORT};
use clap_sys::ext::gui::CLAP_EXT_GUI;
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::factory::preset_discovery::{CLAP_PRESET_DISCOVERY_FACTORY_ID, CLAP_PRESET_DISCOVERY_FACTORY_ID_COMPAT};
use clap_sys::host::clap_host;
use clap_sys::id::clap_id;
use clap_sys::plugin::{clap_plugin, clap_plugin_descriptor};
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status};
use clap_sys::version::CLAP_VERSION;
use nice_plug::wrapper::clap::{PluginDescriptor, Wrapper};
use std::ffi::{CStr, c_char, c_void};
use std::sync::{Arc, OnceLock};

/// The plugin object that hosts see. The framework's functions in it find their own object by `plugin_data`.
#[repr(C)]
struct Layer {
    /// First, so that a pointer to it is one to the layer.
    plugin: clap_plugin,
    /// The framework's object, as it was made.
    inner: clap_plugin,
    host: *const clap_host,
    shared: Shared,
    /// In the order of `Shared::params`.
    parameters: Vec<Parameter>,
}

/// A parameter as hosts know it.
struct Parameter {
    id: clap_id,
    /// The largest value; the smallest is 0.
    largest: f64,
}

/// The layer behind a plugin object that [`create`] made.
///
/// # Safety
/// `plugin` is null or one of ours that was not destroyed.
unsafe fn layer<'a>(plugin: *const clap_plugin) -> Option<&'a Layer> {
    // SAFETY: ours are the first field of a layer.
    unsafe { plugin.cast::<Layer>().as_ref() }
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    if plugin.is_null() {
        return;
    }
    // SAFETY: made by `Box::into_raw` in `create`, and CLAP destroys once.
    let layer = unsafe { Box::from_raw(plugin.cast_mut().cast::<Layer>()) };
    if let Some(destroy) = layer.inner.destroy {
        // SAFETY: the framework's object is alive until now.
        guarded(|| unsafe { destroy(plugin) });
    }
}

unsafe extern "C" fn process(plugin: *const clap_plugin, block: *const clap_process) -> clap_process_status {
    // SAFETY: the host passes what it was given.
    let Some(layer) = (unsafe { layer(plugin) }) else { return CLAP_PROCESS_ERROR };
    let Some(process) = layer.inner.process else { return CLAP_PROCESS_ERROR };
    let learned = &layer.shared.params.learned;
    // SAFETY: the host gives a block or null.
    unsafe { note_moments(&layer.shared.moments, block) };
    // SAFETY: passed on.
    unsafe { outlet::through(learned, &layer.parameters, block, |block| process(plugin, block)) }
}

unsafe extern "C" fn on_main_thread(plugin: *const clap_plugin) {
    // SAFETY: the host passes what it was given.
    let Some(layer) = (unsafe { layer(plugin) }) else { return };
    guarded(|| presets::serve(layer));
    if let Some(on_main_thread) = layer.inner.on_main_thread {
        // SAFETY: passed on.
        unsafe { on_main_thread(plugin) };
    }
}

/// Notes when within its block the host says where it is in its song.
///
/// # Safety
/// `block` is null or what the host gave to `process`.
unsafe fn note_moments(moments: &Moments, block: *const clap_process) {
    moments.begin_block();
    // SAFETY: by the contract above; the host's own functions, with its own list.
    unsafe {
        let Some(events) = block.as_ref().and_then(|block| block.in_events.as_ref()) else { return };
        let (Some(size), Some(get)) = (events.size, events.get) else { return };
        for index in 0..size(events) {
            if let Some(header) = get(events, index).as_ref()
                && (header.space_id, header.type_) == (CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_TRANSPORT)
            {
                moments.note(header.time);
            }
        }
    }
}

unsafe extern "C" fn get_extension(plugin: *const clap_plugin, id: *const c_char) -> *const c_void {
    // SAFETY: the host passes what it was given.
    let Some(layer) = (unsafe { layer(plugin) }) else { return std::ptr::null() };
    if id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: not null; the host gives a string.
    let name = unsafe { CStr::from_ptr(id) };
    if let Some(extension) = extensions::own(name) {
        return extension;
    }
    if name == CLAP_EXT_GUI {
        // SAFETY: the layer is the plugin's.
        return unsafe { window::extension(layer, plugin) };
    }
    match layer.inner.get_extension {
        // SAFETY: passed on.
        Some(get_extension) => unsafe { get_extension(plugin, id) },
        None => std::ptr::null(),
    }
}

/// Asks the host for what any thread may: a call of [`on_main_thread`], or of [`process`].
struct Caller(*const clap_host);

// SAFETY: the functions that are called through it are for all threads.
unsafe impl Send for Caller {}
// SAFETY: as above.
unsafe impl Sync for Caller {}

impl Caller {
    fn call(&self) {
        // SAFETY: the host outlives its plugins, and with them the threads that call this.
        if let Some(request_callback) = unsafe { self.0.as_ref() }.and_then(|host| host.request_callback) {
            // SAFETY: the host's own function, with its own pointer.
            unsafe { request_callback(self.0) };
        }
    }

    /// Wakes a plugin that sleeps because nothing sounded.
    fn wake(&self) {
        // SAFETY: as above.
        if let Some(request_process) = unsafe { self.0.as_ref() }.and_then(|host| host.request_process) {
            // SAFETY: the host's own function, with its own pointer.
            unsafe { request_process(self.0) };
        }
    }
}

fn descriptor() -> &'static PluginDescriptor {
    static DESCRIPTOR: OnceLock<PluginDescriptor> = OnceLock::new();
    DESCRIPTOR.get_or_init(PluginDescriptor::for_plugin::<Timbrel>)
}

unsafe extern "C" fn count(_factory: *const clap_plugin_factory) -> u32 {
    1
}

unsafe extern "C" fn describe(_factory: *const clap_plugin_factory, index: u32) -> *const clap_plugin_descriptor {
    if index == 0 { descriptor().clap_plugin_descriptor() } else { std::ptr::null() }
}

unsafe extern "C" fn create(
    _factory: *const clap_plugin_factory,
    host: *const clap_host,
    id: *const c_char,
) -> *const clap_plugin {
    // SAFETY: the host gives a string or null.
    if host.is_null() || id.is_null() || unsafe { CStr::from_ptr(id) } != descriptor().clap_id() {
        return std::ptr::null();
    }
    let made = cradle::make(Window::Framework, || {
        // SAFETY: not null, and the host outlives its plugins.
        let wrapper = unsafe { Wrapper::<Timbrel>::new(host) };
        let inner = *wrapper.clap_plugin.borrow();
        // Given back by the framework's `destroy`.
        let _ = Arc::into_raw(wrapper);
        inner
    });
    let Some((inner, shared)) = made else { return std::ptr::null() };
    let caller = Caller(host);
    shared.presets.on_change(Box::new(move || caller.call()));
    let caller = Caller(host);
    shared.hands.on_play(Box::new(move || caller.wake()));
    let plugin = clap_plugin {
        destroy: Some(destroy),
        process: Some(process),
        get_extension: Some(get_extension),
        on_main_thread: Some(on_main_thread),
        ..inner
    };
    let mut layer = Box::new(Layer { plugin, inner, host, shared, parameters: Vec::new() });
    // SAFETY: both are alive.
    layer.parameters = unsafe { extensions::parameters(&layer, &layer.plugin) };
    Box::into_raw(layer).cast()
}

static FACTORY: clap_plugin_factory = clap_plugin_factory {
    get_plugin_count: Some(count),
    get_plugin_descriptor: Some(describe),
    create_plugin: Some(create),
};

unsafe extern "C" fn init(_path: *const c_char) -> bool {
    guarded(nice_plug::wrapper::setup_logger::<Timbrel>).is_some()
}

unsafe extern "C" fn deinit() {}

unsafe extern "C" fn get_factory(id: *const c_char) -> *const c_void {
    if id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: not null; the host gives a string.
    match unsafe { CStr::from_ptr(id) } {
        id if id == CLAP_PLUGIN_FACTORY_ID => (&raw const FACTORY).cast(),
        id if id == CLAP_PRESET_DISCOVERY_FACTORY_ID || id == CLAP_PRESET_DISCOVERY_FACTORY_ID_COMPAT => {
            (&raw const presets::DISCOVERY).cast()
        }
        _ => std::ptr::null(),
    }
}

/// CLAP's entry point.
#[allow(non_upper_case_globals, reason = "CLAP's name")]
#[unsafe(no_mangle)]
pub static clap_entry: clap_plugin_entry = clap_plugin_entry {
    clap_version: CLAP_VERSION,
    init: Some(init),
    deinit: Some(deinit),
    get_factory: Some(get_factory),
};

#[cfg(test)]
mod tests {
    use super::*;
    use clap_sys::ext::gui::{CLAP_WINDOW_API_COCOA, CLAP_WINDOW_API_WIN32, CLAP_WINDOW_API_X11, clap_plugin_gui};
    use clap_sys::ext::note_ports::{CLAP_EXT_NOTE_PORTS, CLAP_NOTE_DIALECT_MIDI_MPE, clap_plugin_note_ports};
    use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_plugin_params};
    use clap_sys::ext::render::{CLAP_EXT_RENDER, CLAP_RENDER_OFFLINE, clap_plugin_render};
    use clap_sys::ext::voice_info::{CLAP_EXT_VOICE_INFO, clap_plugin_voice_info};
    use nice_plug::params::Params;
    use timbrel_engine::event::Setting;
    use timbrel_engine::synth::Mode;

    unsafe extern "C" fn no_extension(_host: *const clap_host, _id: *const c_char) -> *const c_void {
        std::ptr::null()
    }

    unsafe extern "C" fn nothing(_host: *const clap_host) {}

    /// A host that can do nothing.
    fn bare_host() -> clap_host {
        clap_host {
            clap_version: CLAP_VERSION,
            host_data: std::ptr::null_mut(),
            name: c"bare".as_ptr(),
            vendor: c"".as_ptr(),
            url: c"".as_ptr(),
            version: c"1".as_ptr(),
            get_extension: Some(no_extension),
            request_restart: Some(nothing),
            request_process: Some(nothing),
            request_callback: Some(nothing),
        }
    }

    fn with_plugin(test: impl FnOnce(&Layer, *const clap_plugin)) {
        let host = bare_host();
        // SAFETY: CLAP's own protocol.
        unsafe {
            let plugin = create(&FACTORY, &host, c"org.timbrel.timbrel".as_ptr());
            test(layer(plugin).unwrap(), plugin);
            ((*plugin).destroy.unwrap())(plugin);
        }
    }

    #[test]
    fn the_render_mode_changes_at_any_time() {
        with_plugin(|layer, plugin| {
            // SAFETY: CLAP's own protocol.
            let set = unsafe {
                let extension = get_extension(plugin, CLAP_EXT_RENDER.as_ptr()).cast::<clap_plugin_render>();
                (*extension).set.unwrap()
            };
            assert_eq!(layer.shared.instrument.mode(), Mode::Realtime);
            // SAFETY: as above.
            assert!(unsafe { set(plugin, CLAP_RENDER_OFFLINE) });
            assert_eq!(layer.shared.instrument.mode(), Mode::Offline);
        });
    }

    #[test]
    fn a_host_without_windows_gets_none() {
        with_plugin(|_, plugin| {
            // SAFETY: as above.
            unsafe {
                let gui = get_extension(plugin, CLAP_EXT_GUI.as_ptr()).cast::<clap_plugin_gui>();
                let api = if cfg!(target_os = "macos") {
                    CLAP_WINDOW_API_COCOA
                } else if cfg!(windows) {
                    CLAP_WINDOW_API_WIN32
                } else {
                    CLAP_WINDOW_API_X11
                };
                // Such a host may be one that only looks what the plugin has.
                assert!(((*gui).is_api_supported.unwrap())(plugin, api.as_ptr(), false));
                assert!(!((*gui).create.unwrap())(plugin, api.as_ptr(), false));
            }
        });
    }

    #[test]
    fn the_value_of_a_modulated_parameter_is_without_the_modulation() {
        with_plugin(|layer, plugin| {
            let place = layer.shared.params.controls().iter().position(|(found, _)| *found == Setting::Tune).unwrap();
            let tune = layer.shared.params.param_map()[place].1;
            // SAFETY: the layer keeps the parameters alive; CLAP's own protocol.
            let value = unsafe {
                tune._internal_modulate_value(0.25);
                let params = get_extension(plugin, CLAP_EXT_PARAMS.as_ptr()).cast::<clap_plugin_params>();
                let mut value = -1.0;
                assert!(((*params).get_value.unwrap())(plugin, layer.parameters[place].id, &mut value));
                value
            };
            assert_eq!(value, 0.5);
            assert_eq!(layer.shared.params.tuning.tune.value(), 12.0);
        });
    }

    #[test]
    fn there_is_no_parameter_after_the_last() {
        with_plugin(|_, plugin| {
            // SAFETY: CLAP's own protocol.
            unsafe {
                let params = get_extension(plugin, CLAP_EXT_PARAMS.as_ptr()).cast::<clap_plugin_params>();
                let count = ((*params).count.unwrap())(plugin);
                let mut info = std::mem::MaybeUninit::zeroed();
                assert!(((*params).get_info.unwrap())(plugin, count - 1, info.as_mut_ptr()));
                assert!(!((*params).get_info.unwrap())(plugin, count, info.as_mut_ptr()));
            }
        });
    }

    #[test]
    fn hosts_may_modulate_as_many_voices_as_there_are() {
        with_plugin(|layer, plugin| {
            // SAFETY: CLAP's own protocol.
            let info = unsafe {
                layer.shared.params.control(Setting::Polyphony).unwrap().place(1.0);
                let voices = get_extension(plugin, CLAP_EXT_VOICE_INFO.as_ptr()).cast::<clap_plugin_voice_info>();
                let mut info = std::mem::MaybeUninit::zeroed();
                assert!(((*voices).get.unwrap())(plugin, info.as_mut_ptr()));
                info.assume_init()
            };
            assert_eq!((info.voice_count, info.voice_capacity), (64, 64));
        });
    }

    #[test]
    fn the_note_port_speaks_mpe() {
        with_plugin(|_, plugin| {
            // SAFETY: CLAP's own protocol.
            let info = unsafe {
                let ports = get_extension(plugin, CLAP_EXT_NOTE_PORTS.as_ptr()).cast::<clap_plugin_note_ports>();
                assert_eq!(((*ports).count.unwrap())(plugin, true), 1);
                let mut info = std::mem::MaybeUninit::zeroed();
                assert!(((*ports).get.unwrap())(plugin, 0, true, info.as_mut_ptr()));
                info.assume_init()
            };
            assert_ne!(info.supported_dialects & CLAP_NOTE_DIALECT_MIDI_MPE, 0);
        });
    }
}
