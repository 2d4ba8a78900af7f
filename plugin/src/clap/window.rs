//! The framework's GUI extension, with windows refused to hosts that have none.
//! Called on the host's main thread.
//! Hosts ask some plugin objects whether there is a window long before they open one, with less of a host than then (qtractor);
//! so the extension is always there, and only opening is refused (test: `a_host_without_windows_gets_none`).

use super::{Layer, layer};
use crate::guard::guarded;
use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_plugin_gui};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use std::ffi::{c_char, c_void};
use std::sync::OnceLock;

/// The framework's functions, which are the same for all instances, with ours in place of one.
static GUI: OnceLock<clap_plugin_gui> = OnceLock::new();

/// The extension for the instance behind `plugin`.
///
/// # Safety
/// `plugin` is alive, and `layer` is its own.
pub(super) unsafe fn extension(layer: &Layer, plugin: *const clap_plugin) -> *const c_void {
    // SAFETY: by the contract above.
    let Some(inner) = (unsafe { inner(layer, plugin) }) else { return std::ptr::null() };
    let gui = GUI.get_or_init(|| clap_plugin_gui { create: Some(create), ..*inner });
    std::ptr::from_ref(gui).cast()
}

/// # Safety
/// As [`extension`].
unsafe fn inner<'a>(layer: &Layer, plugin: *const clap_plugin) -> Option<&'a clap_plugin_gui> {
    // SAFETY: the type is the name's; extensions live as long as the library.
    unsafe { layer.inner.get_extension?(plugin, CLAP_EXT_GUI.as_ptr()).cast::<clap_plugin_gui>().as_ref() }
}

/// The framework ends hosts without windows of their own that ask for one.
unsafe extern "C" fn create(plugin: *const clap_plugin, api: *const c_char, is_floating: bool) -> bool {
    // SAFETY: the host passes what it was given, and outlives its plugins.
    let Some(layer) = (unsafe { layer(plugin) }).filter(|layer| unsafe { has_windows(layer.host) }) else {
        return false;
    };
    // SAFETY: passed on.
    let create = unsafe { inner(layer, plugin) }.and_then(|gui| gui.create);
    // SAFETY: passed on.
    create.and_then(|create| guarded(|| unsafe { create(plugin, api, is_floating) })).unwrap_or(false)
}

/// # Safety
/// `host` is null or a live host.
unsafe fn has_windows(host: *const clap_host) -> bool {
    // SAFETY: by the contract above.
    let Some(host) = (unsafe { host.as_ref() }) else { return false };
    // SAFETY: the host's own function, with its own pointer.
    host.get_extension.is_some_and(|get_extension| !unsafe { get_extension(host, CLAP_EXT_GUI.as_ptr()) }.is_null())
}
