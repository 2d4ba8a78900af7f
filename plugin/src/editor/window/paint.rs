//! Triangles to pixels, with OpenGL.
//! Runs on the window's thread; the context is current only while it is drawn, because hosts may draw on that thread too.
//! Nothing here waits for the screen, and what fails leaves the window as it was.

use super::error::WindowError;
use baseview::gl::GlContext;
use egui::{ClippedPrimitive, Color32, TexturesDelta};
use egui_glow::glow;
use std::ffi::{c_int, c_void};
use std::sync::Arc;

/// Draws a window.
pub(super) struct Paint {
    context: GlContext,
    painter: egui_glow::Painter,
}

impl Paint {
    /// A painter with the window's own context.
    ///
    /// # Errors
    /// There is too little OpenGL to draw with.
    pub(super) fn new(context: GlContext) -> Result<Self, WindowError> {
        let fault = |error: &dyn std::fmt::Display| WindowError::Painter(error.to_string());
        // SAFETY: on the window's thread; made not current below.
        unsafe { context.make_current() }.map_err(|error| fault(&error))?;
        do_not_wait_for_the_screen(&context);
        // SAFETY: the context is current.
        let gl = unsafe { glow::Context::from_loader_function_cstr(|name| context.get_proc_address(name)) };
        // Dithering is what keeps dark gradients without steps.
        let painter = egui_glow::Painter::new(Arc::new(gl), "", None, true);
        // SAFETY: on the thread that it was made current on.
        let released = unsafe { context.make_not_current() };
        let painter = painter.map_err(|error| fault(&error))?;
        released.map_err(|error| fault(&error))?;
        Ok(Self { context, painter })
    }

    /// Largest side of a texture, pixels.
    pub(super) fn max_texture_side(&self) -> usize {
        self.painter.max_texture_side()
    }

    /// Draws over `background` and shows it. `size` is in physical pixels.
    ///
    /// # Errors
    /// The context cannot be used; nothing was drawn.
    pub(super) fn frame(
        &mut self,
        size: [u32; 2],
        pixels_per_point: f32,
        background: Color32,
        triangles: &[ClippedPrimitive],
        textures: &mut TexturesDelta,
    ) -> Result<(), baseview::Error> {
        // SAFETY: on the window's thread; made not current below.
        if let Err(error) = unsafe { self.context.make_current() } {
            textures.clear();
            return Err(error);
        }
        self.painter.clear(size, background.to_normalized_gamma_f32());
        self.painter.paint_and_update_textures(size, pixels_per_point, triangles, textures);
        let shown = self.context.swap_buffers();
        // SAFETY: on the thread that it was made current on.
        unsafe { self.context.make_not_current() }?;
        shown
    }
}

impl Drop for Paint {
    fn drop(&mut self) {
        // SAFETY: on the window's thread; made not current below.
        if unsafe { self.context.make_current() }.is_ok() {
            self.painter.destroy();
            // SAFETY: on the thread that it was made current on.
            let _ = unsafe { self.context.make_not_current() };
        }
        // Otherwise what the painter holds goes with its context.
    }
}

/// Lets buffers be swapped at once. Waiting for the screen would hold the host's own thread on some platforms, and on all of
/// them a window that is out of sight would wait for long. The context must be current.
fn do_not_wait_for_the_screen(context: &GlContext) {
    let function = |name: &std::ffi::CStr| {
        let pointer = context.get_proc_address(name);
        (!pointer.is_null()).then_some(pointer)
    };
    // SAFETY (all): these functions have these types by their extensions' definitions; null stands for one that is not there.
    #[cfg(target_os = "linux")]
    unsafe {
        type CurrentDisplay = unsafe extern "C" fn() -> *mut c_void;
        type EglInterval = unsafe extern "C" fn(*mut c_void, c_int) -> u32;
        type GlxInterval = unsafe extern "C" fn(u32) -> c_int;
        if let (Some(display), Some(interval)) = (function(c"eglGetCurrentDisplay"), function(c"eglSwapInterval")) {
            let display = std::mem::transmute::<*const c_void, CurrentDisplay>(display)();
            if !display.is_null() {
                std::mem::transmute::<*const c_void, EglInterval>(interval)(display, 0);
                return;
            }
        }
        if let Some(interval) = function(c"glXSwapIntervalMESA") {
            std::mem::transmute::<*const c_void, GlxInterval>(interval)(0);
        }
    }
    #[cfg(target_os = "windows")]
    unsafe {
        type WglInterval = unsafe extern "system" fn(c_int) -> c_int;
        if let Some(interval) = function(c"wglSwapIntervalEXT") {
            std::mem::transmute::<*const c_void, WglInterval>(interval)(0);
        }
    }
    // macOS does not wait unless it is asked to.
    #[cfg(not(any(target_os = "linux", target_os = "windows")))]
    let _ = function;
}
