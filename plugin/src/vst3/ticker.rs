//! A timer on the host's run loop, where hosts have one (Linux): the only way there onto the host's main thread.
//! Ticks on the host's main thread.
//! Delivers what the editor said and answers the window's calls; ends when it is dropped.

use super::gui::HostLink;
use super::view::Window;
use crate::guard::guarded;
use crate::plugin::Shared;
use ::vst3::Steinberg::IPlugFrame;
use ::vst3::Steinberg::Linux::{IRunLoop, IRunLoopTrait, ITimerHandler, ITimerHandlerTrait};
use ::vst3::Steinberg::Vst::RestartFlags_;
use ::vst3::Steinberg::kResultOk;
use ::vst3::{Class, ComPtr, ComWrapper};
use nice_plug::editor::EditorHandle;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Short enough for a slider to follow the hand, milliseconds.
const PERIOD: u64 = 16;

/// A running timer.
pub(super) struct Ticker {
    run_loop: ComPtr<IRunLoop>,
    handler: ComPtr<ITimerHandler>,
    host: Arc<HostLink>,
}

struct Handler {
    host: Arc<HostLink>,
    shared: Shared,
    window: Window,
    called: Arc<AtomicBool>,
}

impl Class for Handler {
    type Interfaces = (ITimerHandler,);
}

impl ITimerHandlerTrait for Handler {
    unsafe fn onTimer(&self) {
        guarded(|| {
            self.host.deliver();
            self.host.tell_controllers(&self.shared.params.learned);
            self.host.tell_values(&self.shared.presets);
            if self.shared.instrument.take_restart_wish() {
                self.host.restart(RestartFlags_::kLatencyChanged);
            }
            if self.called.swap(false, Ordering::Acquire)
                && let Ok(window) = self.window.try_borrow()
                && let Some(window) = window.as_ref()
            {
                window.handle.host_main_thread_callback(&window.window);
            }
        });
    }
}

impl Ticker {
    /// Starts a timer if the host's frame has a run loop.
    pub(super) fn start(
        frame: &ComPtr<IPlugFrame>,
        host: Arc<HostLink>,
        shared: Shared,
        window: Window,
        called: Arc<AtomicBool>,
    ) -> Option<Self> {
        let run_loop = frame.cast::<IRunLoop>()?;
        let handler = ComWrapper::new(Handler { host: host.clone(), shared, window, called });
        let handler = handler.to_com_ptr::<ITimerHandler>()?;
        // SAFETY: both objects are counted.
        let started = unsafe { run_loop.registerTimer(handler.as_ptr(), PERIOD) };
        (started == kResultOk).then(|| {
            host.set_run_loop(true);
            Self { run_loop, handler, host }
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // SAFETY: both objects are counted.
        unsafe { self.run_loop.unregisterTimer(self.handler.as_ptr()) };
        self.host.set_run_loop(false);
    }
}
