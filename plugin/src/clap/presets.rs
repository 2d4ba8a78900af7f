//! Presets for CLAP hosts: loading one (`clap.preset-load/2`), and finding out which there are (`clap.preset-discovery-factory/2`).
//! Main thread, but discovery, which hosts do on a thread of their own choice and before there is any instance.
//! A host learns name, author, tags and origin of each file, and why a broken one is broken (tests: `clap_presets`, in a
//! real host).

use super::{Layer, descriptor, layer};
use crate::bundle::Bundle;
use crate::guard::guarded;
use crate::library::Origin;
use crate::presets::{EXTENSION, Folders, PresetError, PresetFault, read};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, CLAP_PARAM_RESCAN_VALUES, clap_host_params};
use clap_sys::ext::preset_load::{
    CLAP_EXT_PRESET_LOAD, CLAP_EXT_PRESET_LOAD_COMPAT, clap_host_preset_load, clap_plugin_preset_load,
};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_host_state};
use clap_sys::factory::preset_discovery::{
    CLAP_PRESET_DISCOVERY_IS_FACTORY_CONTENT, CLAP_PRESET_DISCOVERY_IS_FAVORITE, CLAP_PRESET_DISCOVERY_IS_USER_CONTENT,
    CLAP_PRESET_DISCOVERY_LOCATION_FILE, clap_preset_discovery_factory, clap_preset_discovery_filetype,
    clap_preset_discovery_indexer, clap_preset_discovery_location, clap_preset_discovery_location_kind,
    clap_preset_discovery_metadata_receiver, clap_preset_discovery_provider, clap_preset_discovery_provider_descriptor,
};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::timestamp::{CLAP_TIMESTAMP_UNKNOWN, clap_timestamp};
use clap_sys::universal_plugin_id::clap_universal_plugin_id;
use clap_sys::version::CLAP_VERSION;
use std::ffi::{CStr, CString, c_char, c_void};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Our provider's id.
const PROVIDER: &CStr = c"org.timbrel.timbrel.presets";

// Loading.

pub(super) static PRESET_LOAD: clap_plugin_preset_load = clap_plugin_preset_load { from_location: Some(from_location) };

/// Whether an extension of this name is [`PRESET_LOAD`].
pub(super) fn is_preset_load(name: &CStr) -> bool {
    name == CLAP_EXT_PRESET_LOAD || name == CLAP_EXT_PRESET_LOAD_COMPAT
}

unsafe extern "C" fn from_location(
    plugin: *const clap_plugin,
    kind: clap_preset_discovery_location_kind,
    location: *const c_char,
    key: *const c_char,
) -> bool {
    // SAFETY: the host passes what it was given.
    let Some(layer) = (unsafe { layer(plugin) }) else { return false };
    // SAFETY: the host gives a string or null.
    let Some(path) = (unsafe { file(kind, location) }) else { return false };
    let loaded = guarded(|| layer.shared.presets.load_now(&path));
    // SAFETY: the host outlives its plugins, and this is its main thread.
    unsafe {
        let hears = extension::<clap_host_preset_load>(layer.host, CLAP_EXT_PRESET_LOAD)
            .or_else(|| extension(layer.host, CLAP_EXT_PRESET_LOAD_COMPAT));
        match loaded {
            Some(Ok(())) => {
                tell_values(layer.host);
                if let Some(loaded) = hears.and_then(|hears| hears.loaded) {
                    loaded(layer.host, kind, location, key);
                }
                true
            }
            Some(Err(error)) => {
                if let Some(on_error) = hears.and_then(|hears| hears.on_error) {
                    on_error(layer.host, kind, location, key, os_error(&error), text(&error.to_string()).as_ptr());
                }
                false
            }
            None => false,
        }
    }
}

/// The host looks at all values again, if the plugin changed them by itself. Main thread.
pub(super) fn serve(layer: &Layer) {
    if layer.shared.presets.take_change() {
        // SAFETY: the host outlives its plugins, and this is its main thread.
        unsafe { tell_values(layer.host) };
    }
}

/// # Safety
/// `host` is alive; main thread.
unsafe fn tell_values(host: *const clap_host) {
    // SAFETY: by the contract above; the types are the names'.
    unsafe {
        if let Some(rescan) = extension::<clap_host_params>(host, CLAP_EXT_PARAMS).and_then(|params| params.rescan) {
            rescan(host, CLAP_PARAM_RESCAN_VALUES);
        }
        if let Some(mark) = extension::<clap_host_state>(host, CLAP_EXT_STATE).and_then(|state| state.mark_dirty) {
            mark(host);
        }
    }
}

/// An extension of the host's.
///
/// # Safety
/// `host` is null or alive, and `T` is the type that CLAP gives the name.
unsafe fn extension<'a, T>(host: *const clap_host, name: &CStr) -> Option<&'a T> {
    // SAFETY: by the contract above.
    unsafe { (host.as_ref()?.get_extension?)(host, name.as_ptr()).cast::<T>().as_ref() }
}

/// The file that a location means.
///
/// # Safety
/// `location` is null or a string.
unsafe fn file(kind: clap_preset_discovery_location_kind, location: *const c_char) -> Option<PathBuf> {
    if kind != CLAP_PRESET_DISCOVERY_LOCATION_FILE || location.is_null() {
        return None;
    }
    // SAFETY: by the contract above.
    Some(PathBuf::from(unsafe { CStr::from_ptr(location) }.to_str().ok()?))
}

fn os_error(error: &PresetError) -> i32 {
    match &error.fault {
        PresetFault::Unreadable(reason) => reason.raw_os_error().unwrap_or(0),
        _ => 0,
    }
}

/// For a host; a zero inside ends it.
fn text(text: &str) -> CString {
    let until = text.split('\0').next().unwrap_or_default();
    CString::new(until).unwrap_or_default()
}

// Discovery.

/// Presets of the plugin, for hosts that list them without an instance.
pub(super) static DISCOVERY: clap_preset_discovery_factory =
    clap_preset_discovery_factory { count: Some(count), get_descriptor: Some(get_descriptor), create: Some(create) };

static DESCRIPTOR: clap_preset_discovery_provider_descriptor = clap_preset_discovery_provider_descriptor {
    clap_version: CLAP_VERSION,
    id: PROVIDER.as_ptr(),
    name: c"Timbrel presets".as_ptr(),
    vendor: c"Timbrel".as_ptr(),
};

/// A provider and what it holds. The first field is what hosts see.
#[repr(C)]
struct Provider {
    provider: clap_preset_discovery_provider,
    indexer: *const clap_preset_discovery_indexer,
    folders: Folders,
}

unsafe extern "C" fn count(_factory: *const clap_preset_discovery_factory) -> u32 {
    1
}

unsafe extern "C" fn get_descriptor(
    _factory: *const clap_preset_discovery_factory,
    index: u32,
) -> *const clap_preset_discovery_provider_descriptor {
    if index == 0 { &DESCRIPTOR } else { std::ptr::null() }
}

unsafe extern "C" fn create(
    _factory: *const clap_preset_discovery_factory,
    indexer: *const clap_preset_discovery_indexer,
    id: *const c_char,
) -> *const clap_preset_discovery_provider {
    // SAFETY: the host gives a string or null.
    if indexer.is_null() || id.is_null() || unsafe { CStr::from_ptr(id) } != PROVIDER {
        return std::ptr::null();
    }
    let Some(folders) = guarded(|| Folders::of(Bundle::here())) else { return std::ptr::null() };
    let provider = clap_preset_discovery_provider {
        desc: &DESCRIPTOR,
        provider_data: std::ptr::null_mut(),
        init: Some(init),
        destroy: Some(destroy),
        get_metadata: Some(get_metadata),
        get_extension: Some(get_extension),
    };
    Box::into_raw(Box::new(Provider { provider, indexer, folders })).cast()
}

/// # Safety
/// `provider` is null or one of ours that was not destroyed.
unsafe fn own<'a>(provider: *const clap_preset_discovery_provider) -> Option<&'a Provider> {
    // SAFETY: ours are the first field of a `Provider`.
    unsafe { provider.cast::<Provider>().as_ref() }
}

unsafe extern "C" fn destroy(provider: *const clap_preset_discovery_provider) {
    if !provider.is_null() {
        // SAFETY: made by `Box::into_raw` in `create`, and CLAP destroys once.
        drop(unsafe { Box::from_raw(provider.cast_mut().cast::<Provider>()) });
    }
}

unsafe extern "C" fn get_extension(
    _provider: *const clap_preset_discovery_provider,
    _id: *const c_char,
) -> *const c_void {
    std::ptr::null()
}

/// Says where presets lie and how their files are called.
unsafe extern "C" fn init(provider: *const clap_preset_discovery_provider) -> bool {
    // SAFETY: the host passes what it was given; its indexer lives as long as the provider.
    let Some((provider, indexer)) = (unsafe { own(provider).and_then(|own| Some((own, own.indexer.as_ref()?))) })
    else {
        return false;
    };
    let (Some(declare_filetype), Some(declare_location)) = (indexer.declare_filetype, indexer.declare_location) else {
        return false;
    };
    let extension = text(EXTENSION);
    let filetype = clap_preset_discovery_filetype {
        name: c"Timbrel preset".as_ptr(),
        description: c"A sound of Timbrel, as text".as_ptr(),
        file_extension: extension.as_ptr(),
    };
    // SAFETY: the host's own function, with its own pointer; it copies what it keeps.
    if !unsafe { declare_filetype(provider.indexer, &filetype) } {
        return false;
    }
    let folders = [
        (&provider.folders.factory, c"Timbrel", CLAP_PRESET_DISCOVERY_IS_FACTORY_CONTENT),
        (&provider.folders.user, c"Timbrel, yours", CLAP_PRESET_DISCOVERY_IS_USER_CONTENT),
    ];
    for (folder, name, flags) in folders {
        // Hosts complain of folders that are not there; that of the player is made with the first preset.
        let Some(folder) = folder.as_ref().filter(|folder| folder.is_dir()) else { continue };
        let path = text(&folder.to_string_lossy());
        let location = clap_preset_discovery_location {
            flags,
            name: name.as_ptr(),
            kind: CLAP_PRESET_DISCOVERY_LOCATION_FILE,
            location: path.as_ptr(),
        };
        // SAFETY: as above.
        if !unsafe { declare_location(provider.indexer, &location) } {
            return false;
        }
    }
    true
}

/// Says what a file is.
unsafe extern "C" fn get_metadata(
    provider: *const clap_preset_discovery_provider,
    kind: clap_preset_discovery_location_kind,
    location: *const c_char,
    receiver: *const clap_preset_discovery_metadata_receiver,
) -> bool {
    // SAFETY: the host passes what it was given, a string or null, and a receiver that is alive during the call.
    let (provider, path, receiver) = unsafe { (own(provider), file(kind, location), receiver.as_ref()) };
    let (Some(provider), Some(path), Some(receiver)) = (provider, path, receiver) else { return false };
    // SAFETY: as above.
    guarded(|| unsafe { describe(&provider.folders, &path, receiver) }).unwrap_or(false)
}

/// # Safety
/// `receiver` is alive.
unsafe fn describe(folders: &Folders, path: &Path, receiver: &clap_preset_discovery_metadata_receiver) -> bool {
    let parsed = match read(path) {
        Ok(parsed) => parsed,
        Err(error) => {
            if let Some(on_error) = receiver.on_error {
                // SAFETY: by the contract above.
                unsafe { on_error(receiver, os_error(&error), text(&error.to_string()).as_ptr()) };
            }
            return false;
        }
    };
    let (about, sound) = (parsed.preset.about, parsed.preset.sound);
    let Some(begin_preset) = receiver.begin_preset else { return false };
    // One file is one preset, so that it needs no key.
    // SAFETY: by the contract above.
    if !unsafe { begin_preset(receiver, text(&about.name).as_ptr(), std::ptr::null()) } {
        return false;
    }
    let origin = match folders.origin(path) {
        Some(Origin::Shipped) => CLAP_PRESET_DISCOVERY_IS_FACTORY_CONTENT,
        Some(Origin::User) | None => CLAP_PRESET_DISCOVERY_IS_USER_CONTENT,
    };
    let favourite = if folders.is_favourite(path) { CLAP_PRESET_DISCOVERY_IS_FAVORITE } else { 0 };
    let plugin = clap_universal_plugin_id { abi: c"clap".as_ptr(), id: descriptor().clap_id().as_ptr() };
    // SAFETY: by the contract above; the host copies what it keeps.
    unsafe {
        if let Some(add_plugin_id) = receiver.add_plugin_id {
            add_plugin_id(receiver, &plugin);
        }
        if let Some(set_flags) = receiver.set_flags {
            set_flags(receiver, origin | favourite);
        }
        if let Some(add_creator) = receiver.add_creator.filter(|_| !about.author.is_empty()) {
            add_creator(receiver, text(&about.author).as_ptr());
        }
        if let Some(set_description) = receiver.set_description.filter(|_| !about.comment.is_empty()) {
            set_description(receiver, text(&about.comment).as_ptr());
        }
        if let (Some(set_timestamps), Some(modified)) = (receiver.set_timestamps, modified(path)) {
            set_timestamps(receiver, CLAP_TIMESTAMP_UNKNOWN, modified);
        }
        for tag in &about.tags {
            if let Some(add_feature) = receiver.add_feature {
                add_feature(receiver, text(tag).as_ptr());
            }
        }
        for (key, instrument) in [(c"instrument", sound.instrument), (c"second instrument", sound.second)] {
            if let (Some(add_extra_info), Some(instrument)) = (receiver.add_extra_info, instrument) {
                add_extra_info(receiver, key.as_ptr(), text(&instrument.name).as_ptr());
            }
        }
    }
    true
}

/// Seconds since 1970.
fn modified(path: &Path) -> Option<clap_timestamp> {
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()?;
    Some(modified.duration_since(UNIX_EPOCH).ok()?.as_secs())
}
