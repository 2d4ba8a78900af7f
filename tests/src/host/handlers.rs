//! What the plugin may ask of the host: callbacks, restarts, notices. Requests are noted and served by the instance.
//! Any thread for the shared part, main thread for the rest.
//! Nothing is done inside of a call of the plugin's.

use super::Extent;
use clack_extensions::gui::{GuiSize, HostGui, HostGuiImpl};
use clack_extensions::latency::{HostLatency, HostLatencyImpl};
use clack_extensions::log::{HostLog, HostLogImpl, LogSeverity};
use clack_extensions::params::{
    HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamRescanFlags,
};
use clack_extensions::preset_discovery::HostPresetLoadImpl;
use clack_extensions::preset_discovery::prelude::{HostPresetLoad, Location};
use clack_extensions::state::{HostState, HostStateImpl};
use clack_host::prelude::*;
use std::ffi::CStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The set of handlers.
pub(super) struct Handlers;

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread<'a>;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _shared: &Self::Shared<'_>) {
        builder
            .register::<HostGui>()
            .register::<HostLatency>()
            .register::<HostLog>()
            .register::<HostParams>()
            .register::<HostPresetLoad>()
            .register::<HostState>();
    }
}

/// Requests, from any thread.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) callback: AtomicBool,
    pub(super) restart: AtomicBool,
    pub(super) latency_changes: AtomicU32,
    pub(super) rescans: AtomicU32,
    pub(super) preset_fault: Mutex<Option<String>>,
    pub(super) log: Mutex<Vec<String>>,
    pub(super) wished_extent: Mutex<Option<Extent>>,
    pub(super) editor_closed: AtomicBool,
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.restart.store(true, Ordering::Release);
    }

    fn request_process(&self) {}

    fn request_callback(&self) {
        self.callback.store(true, Ordering::Release);
    }
}

impl HostLogImpl for Shared {
    fn log(&self, severity: LogSeverity, message: &str) {
        if let Ok(mut log) = self.log.lock() {
            log.push(format!("{severity}: {message}"));
        }
    }
}

impl HostGuiImpl for Shared {
    fn resize_hints_changed(&self) {}

    fn request_resize(&self, size: GuiSize) -> Result<(), HostError> {
        if let Ok(mut wished) = self.wished_extent.lock() {
            *wished = Some(Extent::from(size));
        }
        Ok(())
    }

    fn request_show(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn request_hide(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn closed(&self, _was_destroyed: bool) {
        self.editor_closed.store(true, Ordering::Release);
    }
}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {}
}

/// Notices, on the main thread.
pub(super) struct MainThread<'a>(pub(super) &'a Shared);

impl<'a> MainThreadHandler<'a> for MainThread<'a> {}

impl HostLatencyImpl for MainThread<'_> {
    fn changed(&self) {
        self.0.latency_changes.fetch_add(1, Ordering::AcqRel);
    }
}

impl HostParamsImplMainThread for MainThread<'_> {
    fn rescan(&self, flags: ParamRescanFlags) {
        if flags.contains(ParamRescanFlags::VALUES) {
            self.0.rescans.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn clear(&self, _param_id: ClapId, _flags: ParamClearFlags) {}
}

impl HostStateImpl for MainThread<'_> {
    fn mark_dirty(&self) {}
}

impl HostPresetLoadImpl for MainThread<'_> {
    fn on_error(&self, _location: Location, _key: Option<&CStr>, _os_error: i32, message: Option<&CStr>) {
        if let Ok(mut fault) = self.0.preset_fault.lock() {
            *fault = message.map(|message| message.to_string_lossy().into_owned());
        }
    }

    fn loaded(&self, _location: Location, _key: Option<&CStr>) {}
}
