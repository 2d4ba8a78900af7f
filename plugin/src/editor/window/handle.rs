//! What a host does to an open window.
//! Called on the host's main thread.
//! Sizes go by the window's own scale, nothing smaller than the smallest size comes about (test:
//! `a_size_is_never_less_than_the_smallest`), and a closed window leaves no thread.

use super::error::WindowError;
use super::pace::Pace;
use super::shape::Shape;
use baseview::dpi::{PhysicalSize, Size};
use nice_plug::editor::dpi::{LogicalSize, NativeSize, PhysicalSize as NicePhysicalSize};
use nice_plug::editor::{
    EditorHandle, HostCallbacks, HostMainThreadCaller, HostMethods, ParentWindowHandle, ResizeHint,
};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// When waiting for a window's thread has been in vain.
const LAST_FRAME: Duration = Duration::from_secs(5);

/// A window as the framework holds it. Dropping it closes the window, and nothing of it is left then.
///
/// baseview lets go of its thread where that ends before it is waited for, so that it may still run while the host unloads
/// the plugin. A window that has closed itself is waited for.
pub struct OpenWindow {
    /// There until it is run to its end or dropped.
    window: Option<baseview::Window>,
    shape: Arc<Shape>,
}

impl OpenWindow {
    pub(super) fn new(window: baseview::Window, shape: Arc<Shape>) -> Self {
        Self { window: Some(window), shape }
    }

    fn window(&self) -> Result<&baseview::Window, baseview::Error> {
        self.window.as_ref().ok_or_else(|| baseview::HandlerError::from(WindowError::Closed).into())
    }
}

impl Drop for OpenWindow {
    fn drop(&mut self) {
        let Some(window) = self.window.take().filter(|_| cfg!(target_os = "linux")) else { return };
        self.shape.close();
        let since = Instant::now();
        while window.is_open() && window.request_poll().is_ok() && since.elapsed() < LAST_FRAME {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// What the host may do to an open window.
pub struct WindowHandle {
    pub(super) shape: Arc<Shape>,
    pub(super) pace: Arc<Pace>,
    pub(super) hint: ResizeHint,
}

impl WindowHandle {
    /// Where the window is, for as long as it is open.
    pub(in super::super) fn placed(&self) -> Placed {
        Placed(Arc::downgrade(&self.shape))
    }
}

/// Where a window is, or was.
pub(in super::super) struct Placed(Weak<Shape>);

impl Placed {
    /// Its size as hosts count it, while it is open.
    pub(in super::super) fn size(&self) -> Option<NativeSize<u32>> {
        let shape = self.0.upgrade()?;
        shape.physical()?;
        Some(now(&shape))
    }
}

impl EditorHandle for WindowHandle {
    type Window = OpenWindow;
    type Error = baseview::Error;

    fn run_until_closed(mut window: Self::Window) -> Result<(), Self::Error> {
        window.window.take().map_or(Ok(()), baseview::Window::run_until_closed)
    }

    fn set_parent(&self, parent: ParentWindowHandle, window: &Self::Window) -> Result<(), Self::Error> {
        window.window()?.set_parent(&parent)
    }

    fn show(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.shape.set_shown(true);
        self.pace.hurry();
        window.window()?.show()
    }

    fn hide(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.shape.set_shown(false);
        window.window()?.hide()
    }

    fn set_size(&self, new_size: NativeSize<u32>, window: &Self::Window) -> Result<(), Self::Error> {
        let resized = window.window()?.resize(baseview::dpi::NativeSize::new(new_size.width, new_size.height));
        self.pace.hurry();
        resized
    }

    fn host_main_thread_callback(&self, window: &Self::Window) {
        if let Ok(window) = window.window() {
            window.host_main_thread_callback();
        }
    }

    fn adjust_size(&self, new_size: NativeSize<u32>, _window: &Self::Window) -> Option<NativeSize<u32>> {
        Some(fitting(&self.hint, new_size, &self.shape))
    }

    fn set_fallback_scale_factor(&self, scale_factor: f64, window: &Self::Window) -> Result<(), Self::Error> {
        // There the system alone decides, and sizes are logical.
        if cfg!(target_os = "macos") {
            return Ok(());
        }
        let logical = self.shape.logical();
        self.shape.set_host_scale(scale_factor);
        self.pace.hurry();
        let Some(logical) = logical else { return Ok(()) };
        let physical: PhysicalSize<u32> = logical.cast::<f64>().to_physical(self.shape.scale());
        window.window()?.resize(Size::Physical(physical))
    }

    fn state_changed(&self) {
        self.pace.hurry();
    }

    fn param_value_changed(&self, _id: &str, _normalized_value: f32) {
        self.pace.hurry();
    }

    fn param_modulation_changed(&self, _id: &str, _modulation_offset: f32) {
        self.pace.hurry();
    }
}

impl Drop for WindowHandle {
    fn drop(&mut self) {
        self.shape.set_shown(false);
    }
}

/// An open window's size as hosts count it: logical on macOS, physical elsewhere. Nothing before it is placed.
fn now(shape: &Shape) -> NativeSize<u32> {
    let logical = shape.logical().unwrap_or_default();
    let physical = shape.physical().unwrap_or_default();
    NativeSize::from_logical_or_physical(
        LogicalSize::new(f64::from(logical.width), f64::from(logical.height)),
        NicePhysicalSize::new(physical.width, physical.height),
    )
}

/// The size nearest to `wanted` that the window can have.
fn fitting(hint: &ResizeHint, wanted: NativeSize<u32>, shape: &Shape) -> NativeSize<u32> {
    hint.adjust_size(wanted, now(shape), shape.scale())
}

/// The host's side, as baseview knows it.
pub(super) fn host(methods: HostMethods, shape: Arc<Shape>) -> baseview::host::Host {
    baseview::host::Host::new()
        .with_callbacks(Callbacks { host: methods.callbacks, shape })
        .with_main_thread(Caller(methods.main_thread_caller))
}

struct Callbacks {
    host: Box<dyn HostCallbacks>,
    shape: Arc<Shape>,
}

impl baseview::host::HostCallbacks for Callbacks {
    fn request_resize(&mut self, new_size: baseview::WindowSize) -> Result<(), baseview::HandlerError> {
        let size = NicePhysicalSize::new(new_size.physical.width, new_size.physical.height);
        // The system's scale, on macOS, where sizes go to the host as logical ones.
        let scale = if cfg!(target_os = "macos") { new_size.scale_factor } else { self.shape.scale() };
        self.host.request_resize(size.into(), scale).map_err(baseview::HandlerError::from_boxed)
    }

    fn destroyed(&mut self) {
        self.host.destroyed();
    }
}

struct Caller(Box<dyn HostMainThreadCaller>);

impl baseview::host::HostMainThreadCaller for Caller {
    fn call_main_thread(&mut self) {
        self.0.call_main_thread();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn a_size_is_never_less_than_the_smallest() {
        let hint = ResizeHint::RESIZABLE.with_min_logical_size(LogicalSize::new(520.0, 360.0));
        for scale in [1.0, 1.25, 1.5, 2.0, 3.0] {
            let shape = Shape::at(Some(scale));
            shape.place(PhysicalSize::new(900, 900), 1.0);
            let smallest = NativeSize::new((520.0 * scale) as u32, (360.0 * scale) as u32);
            assert_eq!(fitting(&hint, NativeSize::new(1, 1), &shape), smallest, "at {scale}");
            let larger = NativeSize::new(smallest.width + 7, smallest.height + 9);
            assert_eq!(fitting(&hint, larger, &shape), larger, "at {scale}");
        }
    }
}
