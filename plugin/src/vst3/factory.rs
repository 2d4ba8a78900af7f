//! The factory, and the functions that hosts look up in the library.
//! Called by the host on its main thread.
//! Hands out the layer of `component` and nothing of the framework's (test: `the_factory_makes_a_component`).

use super::component::Component;
use super::{anchor, make};
use crate::guard::guarded;
use crate::plugin::Timbrel;
use ::vst3::Steinberg::{
    FIDString, FUnknown, IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactory3, IPluginFactory3Trait,
    IPluginFactoryTrait, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo, TUID, int32, kInvalidArgument,
    kResultFalse, kResultOk, tresult,
};
use ::vst3::{Class, ComWrapper};
use nice_plug::wrapper::vst3::PluginInfo;
use std::ffi::c_void;

struct Factory {
    info: PluginInfo,
}

impl Class for Factory {
    type Interfaces = (IPluginFactory, IPluginFactory2, IPluginFactory3);
}

impl Factory {
    /// Writes to `info` what `fill` makes, for the one class that there is.
    ///
    /// # Safety
    /// `info` is null or writable.
    unsafe fn class<T>(&self, index: int32, info: *mut T, fill: impl FnOnce(&PluginInfo) -> T) -> tresult {
        if index != 0 || info.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: not null, and writable by the contract above.
        unsafe { info.write(fill(&self.info)) };
        kResultOk
    }
}

impl IPluginFactoryTrait for Factory {
    unsafe fn getFactoryInfo(&self, info: *mut PFactoryInfo) -> tresult {
        // SAFETY: the host gives a writable pointer or null.
        unsafe { self.class(0, info, PluginInfo::create_factory_info) }
    }

    unsafe fn countClasses(&self) -> int32 {
        1
    }

    unsafe fn getClassInfo(&self, index: int32, info: *mut PClassInfo) -> tresult {
        // SAFETY: as above.
        unsafe { self.class(index, info, PluginInfo::create_class_info) }
    }

    unsafe fn createInstance(&self, cid: FIDString, iid: FIDString, obj: *mut *mut c_void) -> tresult {
        if cid.is_null() || iid.is_null() || obj.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: the host gives a class id of 16 bytes.
        if unsafe { *cid.cast::<[u8; 16]>() } != *self.info.cid {
            return kInvalidArgument;
        }
        let component = guarded(|| {
            anchor::drop_anchor();
            make().and_then(|(inner, shared)| Component::over(inner, shared))
        });
        let Some(component) = component.flatten() else { return kResultFalse };
        let component = ComWrapper::new(component);
        let Some(unknown) = component.as_com_ref::<FUnknown>() else { return kResultFalse };
        let unknown = unknown.as_ptr();
        // SAFETY: `unknown` points to the object just made, `obj` is writable, and `iid` is an interface id.
        unsafe { ((*(*unknown).vtbl).queryInterface)(unknown, iid.cast::<TUID>(), obj) }
    }
}

impl IPluginFactory2Trait for Factory {
    unsafe fn getClassInfo2(&self, index: int32, info: *mut PClassInfo2) -> tresult {
        // SAFETY: as above.
        unsafe { self.class(index, info, PluginInfo::create_class_info_2) }
    }
}

impl IPluginFactory3Trait for Factory {
    unsafe fn getClassInfoUnicode(&self, index: int32, info: *mut PClassInfoW) -> tresult {
        // SAFETY: as above.
        unsafe { self.class(index, info, PluginInfo::create_class_info_unicode) }
    }

    unsafe fn setHostContext(&self, _context: *mut FUnknown) -> tresult {
        kResultOk
    }
}

/// VST3's entry point.
#[unsafe(no_mangle)]
pub extern "system" fn GetPluginFactory() -> *mut c_void {
    let factory = ComWrapper::new(Factory { info: PluginInfo::for_plugin::<Timbrel>() });
    factory.to_com_ptr::<IPluginFactory>().map_or(std::ptr::null_mut(), |pointer| pointer.into_raw().cast())
}

fn enter() -> bool {
    guarded(nice_plug::wrapper::setup_logger::<Timbrel>).is_some()
}

fn exit() -> bool {
    anchor::weigh_anchor();
    true
}

/// Called by hosts on Linux after loading the library.
#[cfg(all(unix, not(target_os = "macos")))]
#[unsafe(no_mangle)]
pub extern "C" fn ModuleEntry(_library: *mut c_void) -> bool {
    enter()
}

/// Called by hosts on Linux before unloading the library.
#[cfg(all(unix, not(target_os = "macos")))]
#[unsafe(no_mangle)]
pub extern "C" fn ModuleExit() -> bool {
    exit()
}

/// Called by hosts on macOS after loading the bundle.
#[cfg(target_os = "macos")]
#[unsafe(no_mangle)]
pub extern "C" fn bundleEntry(_bundle: *mut c_void) -> bool {
    enter()
}

/// Called by hosts on macOS before unloading the bundle.
#[cfg(target_os = "macos")]
#[unsafe(no_mangle)]
pub extern "C" fn bundleExit() -> bool {
    exit()
}

/// Called by hosts on Windows after loading the library.
#[cfg(windows)]
#[unsafe(no_mangle)]
pub extern "system" fn InitDll() -> bool {
    enter()
}

/// Called by hosts on Windows before unloading the library.
#[cfg(windows)]
#[unsafe(no_mangle)]
pub extern "system" fn ExitDll() -> bool {
    exit()
}
