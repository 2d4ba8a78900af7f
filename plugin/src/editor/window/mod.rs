//! A window that runs egui: the framework's editor over baseview's window, painted by egui's own painter for OpenGL.
//! Opened and closed on the host's main thread; drawn on the window's own (X11) or on the host's main thread (elsewhere).
//! No host is ended by what goes wrong here, and nothing is drawn that cannot be seen (tests in the modules).
//!
//! The modules, along the way of an event: [`input`] makes egui's input of it, [`keys`] says whose a key is,
//! [`keyboard`] has the window's focus, [`pace`] says when a frame is due, [`handler`] makes it, [`paint`] paints it,
//! [`timings`] keeps what it took. [`handle`] is the host's end, [`shape`] what both ends know of size and scale.

mod clipboard;
mod cursor;
mod error;
mod handle;
mod handler;
mod input;
mod keyboard;
mod keys;
mod pace;
mod paint;
mod shape;
mod timings;

pub use error::WindowError;
pub(super) use handle::Placed;
pub use handle::{OpenWindow, WindowHandle};
pub use keys::Keys;
pub use timings::{FrameTime, Timings};

use baseview::dpi::{LogicalSize, PhysicalSize, Size};
use baseview::gl::{GlConfig, Profile};
use baseview::{Window, WindowSettings};
use handler::Handler;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::{HostMethods, ParentWindowHandle, ResizeHint, SpawnedEditor};
use pace::Pace;
use shape::Shape;
use std::sync::Arc;

/// What a window shows. Dropped with the window, on its thread.
pub trait App: Send + 'static {
    /// Called once, before the first frame: fonts, style, and the way to the host.
    fn build(&mut self, egui: &egui::Context, gui: GuiContext);

    /// Draws a frame, and answers what the user did since the last.
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut Frame);

    /// The window has another size: width and height, logical pixels.
    fn resized(&mut self, size: (u32, u32));

    /// The window has the keyboard no longer. It may be out of sight, and not be drawn again.
    fn lost_keyboard(&mut self) {}
}

/// What an [`App`] may want of its window in one frame.
pub struct Frame {
    keys: Option<Keys>,
    size: Option<(f32, f32)>,
    scale: f32,
}

impl Frame {
    /// Wants keys for something that egui does not know of: the on-screen keyboard while it has the focus. Holds for this
    /// frame; text that is being typed comes first.
    pub fn want_keys(&mut self, keys: Keys) {
        self.keys = Some(keys);
    }

    /// Asks the host for another size: width and height, logical pixels.
    pub fn resize(&mut self, size: (f32, f32)) {
        self.size = Some(size);
    }

    /// Physical pixels to a logical one, as the host and the system have it.
    pub fn scale(&self) -> f32 {
        self.scale
    }
}

/// How a window is opened.
pub struct Opening {
    /// Of the window, where it has a title bar of its own.
    pub title: &'static str,
    /// Width and height, logical pixels.
    pub size: (u32, u32),
    /// The least width and height, logical pixels.
    pub smallest: (u32, u32),
    /// The host's scale, where it says one.
    pub scale: Option<f64>,
    /// The host's window, if it is known already.
    pub parent: Option<ParentWindowHandle>,
    /// There will be a host's window.
    pub wait_for_parent: bool,
    /// Where frame times go.
    pub timings: Arc<Timings>,
}

/// The scale at which a window would be drawn if it were opened now and the host asked for `host`.
pub fn expected_scale(host: Option<f64>) -> f64 {
    let shape = Shape::at(host);
    if host.is_none() {
        shape.place(PhysicalSize::new(0, 0), keyboard::system_scale().unwrap_or(0.0));
    }
    shape.scale()
}

/// The sizes that windows not smaller than `smallest` can have.
pub fn resize_hint((width, height): (u32, u32)) -> ResizeHint {
    ResizeHint::RESIZABLE.with_min_logical_size(nice_plug::editor::dpi::LogicalSize::new(width as f32, height as f32))
}

/// Opens a window, hidden.
///
/// # Errors
/// There is no display, or none that OpenGL can draw on. The host and the sound go on.
pub fn open<A: App>(
    app: A,
    opening: Opening,
    gui: GuiContext,
    host: Option<HostMethods>,
) -> Result<SpawnedEditor<WindowHandle>, WindowError> {
    let embedded = opening.parent.is_some() || opening.wait_for_parent;
    let shape = Arc::new(Shape::at(opening.scale.filter(|_| !cfg!(target_os = "macos"))));
    // Nobody shows a window of the standalone program but itself.
    shape.set_shown(!embedded);
    let pace = Arc::new(Pace::default());
    let settings = settings(&opening, embedded);
    let host = host.map(|methods| handle::host(methods, shape.clone()));
    let handle = WindowHandle { shape: shape.clone(), pace: pace.clone(), hint: resize_hint(opening.smallest) };
    let timings = opening.timings;
    let window = Window::create_with_host(
        settings,
        move |window| Handler::new(window, app, gui, handler::Told { shape, pace, timings, embedded }),
        host,
    )
    .map_err(|error| WindowError::Unavailable(error.to_string()))?;
    let window = OpenWindow::new(window, handle.shape.clone());
    Ok(SpawnedEditor { handle, window })
}

fn settings(opening: &Opening, embedded: bool) -> WindowSettings {
    let logical = |(width, height)| LogicalSize::<f64>::new(f64::from(width), f64::from(height));
    // Where the scale is known, the size is said in pixels, so that nobody else's idea of the scale comes into it.
    let known = if cfg!(target_os = "macos") { None } else { opening.scale.or_else(keyboard::system_scale) };
    let size = match known {
        Some(_) => Size::Physical(logical(opening.size).to_physical(expected_scale(known))),
        None => Size::Logical(logical(opening.size)),
    };
    // A host asks for the smallest size by itself; a desktop is told.
    let smallest = (!embedded).then(|| Size::Logical(logical(opening.smallest)));
    let mut settings = WindowSettings::new()
        .with_title(opening.title)
        .with_size(size)
        .with_min_size::<Size>(smallest)
        .with_resizable(true)
        .with_parent(opening.parent.as_ref())
        .with_wait_for_parent(opening.wait_for_parent)
        .with_fallback_scale_factor(known);
    settings.gl_config = Some(graphics());
    settings
}

/// Core OpenGL 3.2, which is what macOS has; no depth and no stencil, because nothing is behind anything.
fn graphics() -> GlConfig {
    GlConfig {
        version: (3, 2),
        profile: Profile::Core,
        depth_bits: 0,
        stencil_bits: 0,
        // egui blends in the space of the screen's own values.
        srgb: false,
        ..GlConfig::default()
    }
}
