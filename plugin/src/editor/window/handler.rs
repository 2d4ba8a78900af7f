//! One open window: events in, frames out.
//! Runs on the window's thread: its own on X11, the host's main thread elsewhere, where anything that talks to the window
//! system may call back into here.
//! A panic leaves a blank window (test: `a_panic_leaves_a_blank_window`).

use super::clipboard::{self, Clipboard};
use super::cursor::cursor;
use super::error::WindowError;
use super::input::{ClipboardKey, Input};
use super::keyboard::Keyboard;
use super::pace::{LastFrame, Pace, TICK};
use super::paint::Paint;
use super::shape::Shape;
use super::timings::{self, FrameTime, Timings};
use super::{App, Frame, Keys};
use crate::guard::guarded;
use baseview::dpi::{LogicalSize, PhysicalSize, Size};
use baseview::{
    DamageArea, DropEffect, Event, EventStatus, HandlerError, MouseCursor, MouseEvent, TimerHandle, WindowContext,
    WindowEvent, WindowHandler, WindowSize,
};
use egui::{OutputCommand, Pos2, Rect, ViewportCommand, ViewportId, vec2};
use keyboard_types::{KeyState, KeyboardEvent};
use nice_plug::context::gui::GuiContext;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Whether the window is out of sight is asked so often at most.
const SIGHT: Duration = Duration::from_millis(250);
/// What wants keys so long after a click was clicked.
const CLICK: Duration = Duration::from_secs(1);
/// Where the platform paces frames, the next one is asked for if it is due so soon.
const SOON: Duration = Duration::from_millis(20);

/// What the host's end of the window shares with it.
pub(super) struct Told {
    pub(super) shape: Arc<Shape>,
    pub(super) pace: Arc<Pace>,
    pub(super) timings: Arc<Timings>,
    /// The window is in a host's.
    pub(super) embedded: bool,
}

/// One open window.
pub(super) struct Handler<A: App> {
    window: WindowContext,
    /// Ticks as long as it is kept.
    _clock: TimerHandle,
    told: Told,
    egui: egui::Context,
    input: RefCell<Input>,
    running: RefCell<Running<A>>,
    clipboard: RefCell<Clipboard>,
    keyboard: Option<Keyboard>,
    keys: Cell<Keys>,
    clicked: Cell<Option<Instant>>,
    /// The keyboard was taken from the host.
    taken: Cell<bool>,
    cursor: Cell<MouseCursor>,
    opened: Instant,
    last: Cell<LastFrame>,
    /// The number of this window's first frame.
    first: u64,
    /// When it was last asked whether the window is in sight, and the answer.
    sight: Cell<(Option<Instant>, bool)>,
    /// Something panicked that is not the app's; nothing is done any more.
    broken: Cell<bool>,
}

/// What a frame needs to itself.
struct Running<A> {
    show: Show<A>,
    paint: Paint,
    /// Of the newest frame, physical pixels.
    size: PhysicalSize<u32>,
}

/// The app, as long as it can draw.
struct Show<A> {
    app: A,
    /// Drawing panicked; drawing again would again.
    failed: bool,
}

impl<A: App> Show<A> {
    /// What egui makes of a frame: nothing but a blank window if the app panics or did.
    fn lay_out(&mut self, egui: &egui::Context, input: egui::RawInput, frame: &mut Frame) -> egui::FullOutput {
        let mut output = egui.run_ui(input, |ui| {
            self.failed = self.failed || guarded(|| self.app.ui(ui, frame)).is_none();
        });
        if self.failed {
            output.shapes.clear();
        }
        output
    }
}

impl<A: App> Handler<A> {
    /// A window for `app`.
    ///
    /// # Errors
    /// OpenGL cannot draw it.
    pub(super) fn new(window: WindowContext, mut app: A, gui: GuiContext, told: Told) -> Result<Self, HandlerError> {
        let paint = Paint::new(window.gl_context().ok_or(WindowError::NoContext)?)?;
        let size = window.size();
        told.shape.place(size.physical, size.scale_factor);
        let egui = egui::Context::default();
        let pace = told.pace.clone();
        egui.set_request_repaint_callback(move |wish| pace.after(wish.delay));
        let failed = guarded(|| app.build(&egui, gui)).is_none();
        let keyboard = told.embedded.then(|| Keyboard::of(&window)).flatten();
        if let Some(keyboard) = &keyboard {
            keyboard.give_back();
        }
        let keys = if told.embedded { Keys::None } else { Keys::Everything };
        let clock = window.create_timer(TICK)?;
        let first = told.timings.frames();
        let mut input = Input::default();
        input.raw().max_texture_side = Some(paint.max_texture_side());
        Ok(Self {
            window,
            _clock: clock,
            told,
            egui,
            input: input.into(),
            running: Running { show: Show { app, failed }, paint, size: size.physical }.into(),
            clipboard: RefCell::default(),
            keyboard,
            keys: keys.into(),
            clicked: Cell::default(),
            taken: Cell::default(),
            cursor: MouseCursor::Default.into(),
            opened: Instant::now(),
            last: Cell::default(),
            first,
            sight: (None, true).into(),
            broken: false.into(),
        })
    }

    /// Does `work` unless something panicked before, and nothing any more if it panics.
    fn unbroken<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        if self.broken.get() {
            return None;
        }
        let result = guarded(work);
        if result.is_none() {
            self.broken.set(true);
        }
        result
    }

    fn is_in_sight(&self, now: Instant) -> bool {
        if !self.told.shape.is_shown() {
            return false;
        }
        let (asked, answer) = self.sight.get();
        if asked.is_some_and(|asked| now < asked + SIGHT) {
            return answer;
        }
        let answer = self.keyboard.as_ref().is_none_or(Keyboard::is_in_sight);
        self.sight.set((Some(now), answer));
        answer
    }

    fn is_due(&self) -> bool {
        let now = Instant::now();
        self.told.pace.is_due(self.last.get(), now) && self.is_in_sight(now)
    }

    fn pixels_per_point(&self) -> f32 {
        self.told.shape.scale() as f32 * self.egui.zoom_factor()
    }

    /// egui's input for a frame of `size`.
    fn frame_input(&self, size: PhysicalSize<u32>) -> egui::RawInput {
        let mut input = self.input.borrow_mut();
        let pixels_per_point = self.pixels_per_point();
        let raw = input.raw();
        raw.time = Some(self.opened.elapsed().as_secs_f64());
        let points = vec2(size.width as f32, size.height as f32) / pixels_per_point;
        raw.screen_rect = Some(Rect::from_min_size(Pos2::ZERO, points));
        if let Some(viewport) = raw.viewports.get_mut(&ViewportId::ROOT) {
            viewport.native_pixels_per_point = Some(self.told.shape.scale() as f32);
            viewport.inner_rect = raw.screen_rect;
        }
        input.take()
    }

    /// Draws a frame.
    fn frame(&self) {
        // The app may have opened a dialog that lets events through.
        let Ok(mut running) = self.running.try_borrow_mut() else { return };
        let Running { show, paint, size: size_before } = &mut *running;
        let Some(size) = self.told.shape.physical() else { return };
        self.told.pace.begin();
        if std::mem::replace(size_before, size) != size {
            // Some systems give the new size to the frame after the first.
            self.told.pace.after(SOON);
        }
        let mut frame = Frame { keys: None, size: None, scale: self.told.shape.scale() as f32 };
        let began = Instant::now();
        let mut output = show.lay_out(&self.egui, self.frame_input(size), &mut frame);
        let laid_out = Instant::now();
        let shapes = std::mem::take(&mut output.shapes);
        let scale = output.pixels_per_point;
        let triangles = guarded(|| self.egui.tessellate(shapes, scale)).unwrap_or_default();
        let tessellated = Instant::now();
        let background = self.egui.global_style().visuals.panel_fill;
        let pixels = [size.width, size.height];
        if let Err(error) = paint.frame(pixels, scale, background, &triangles, &mut output.textures_delta) {
            nice_plug::nice_error!("A frame could not be drawn: {error}");
            // The textures that it brought are lost, and with them all that comes.
            show.failed = true;
        }
        let painted = Instant::now();
        self.last.set(LastFrame { began: Some(began), took: painted - began });
        self.told.timings.add(FrameTime {
            ui: (laid_out - began).as_secs_f32(),
            tessellation: (tessellated - laid_out).as_secs_f32(),
            paint: (painted - tessellated).as_secs_f32(),
        });
        drop(running);
        self.settle(output, &frame);
    }

    /// Does what a frame asked for. The app is not borrowed any more: the window system may call back.
    fn settle(&self, output: egui::FullOutput, frame: &Frame) {
        let egui::FullOutput { platform_output, mut viewport_output, .. } = output;
        let mut wanted = frame.size;
        if let Some(viewport) = viewport_output.remove(&ViewportId::ROOT) {
            self.told.pace.after(viewport.repaint_delay);
            for command in viewport.commands {
                match command {
                    ViewportCommand::Close => self.window.request_close(),
                    ViewportCommand::InnerSize(size) => wanted = Some((size * self.egui.zoom_factor()).into()),
                    _ => {}
                }
            }
        }
        for command in platform_output.commands {
            match command {
                OutputCommand::CopyText(text) => self.clipboard.borrow_mut().copy(text),
                OutputCommand::OpenUrl(address) => clipboard::open(&address.url),
                _ => {}
            }
        }
        let cursor = cursor(platform_output.cursor_icon);
        if self.cursor.replace(cursor) != cursor
            && let Err(error) = self.window.set_mouse_cursor(cursor)
        {
            nice_plug::nice_warn!("The cursor stays as it is: {error}");
        }
        if let Some((width, height)) = wanted {
            let size = LogicalSize::new(f64::from(width), f64::from(height));
            let size = if cfg!(target_os = "macos") {
                Size::Logical(size)
            } else {
                Size::Physical(size.to_physical(self.told.shape.scale()))
            };
            if let Err(error) = self.window.resize(size) {
                nice_plug::nice_warn!("The window keeps its size: {error}");
            }
        }
        self.hold_keys(frame);
    }

    /// Takes the keyboard or gives it back, as the frame wants it.
    fn hold_keys(&self, frame: &Frame) {
        if !self.told.embedded {
            return;
        }
        let focus = Keys::of_focus(&self.egui);
        let wanted = if focus == Keys::Text { focus } else { frame.keys.unwrap_or(focus) };
        self.keys.set(wanted);
        let Some(keyboard) = &self.keyboard else { return };
        if wanted == Keys::None {
            // A key that went down here comes up here.
            if self.taken.get() && !self.input.borrow().holds_any() {
                self.taken.set(false);
                keyboard.give_back();
            }
        } else if self.clicked.take().is_some_and(|clicked| clicked.elapsed() < CLICK) && !keyboard.has_focus() {
            self.taken.set(true);
            keyboard.take();
        }
    }

    fn mouse(&self, event: &MouseEvent) -> EventStatus {
        if matches!(event, MouseEvent::ButtonPressed { .. }) {
            self.clicked.set(Some(Instant::now()));
        }
        self.input.borrow_mut().mouse(event, self.pixels_per_point());
        self.told.pace.hurry();
        match event {
            MouseEvent::DragEntered { .. } | MouseEvent::DragMoved { .. } | MouseEvent::DragDropped { .. } => {
                EventStatus::AcceptDrop(DropEffect::Copy)
            }
            _ => EventStatus::Captured,
        }
    }

    fn key(&self, event: &KeyboardEvent) -> EventStatus {
        let mut input = self.input.borrow_mut();
        // Who saw a key go down sees it come up.
        let awaited = event.state == KeyState::Up && input.holds(event.code);
        if !awaited && !self.keys.get().want(event.code, event.modifiers) {
            if let Some(keyboard) = &self.keyboard {
                keyboard.pass_on(event);
            }
            return EventStatus::Ignored;
        }
        match input.key(event) {
            Some(ClipboardKey::Copy) => input.push(egui::Event::Copy),
            Some(ClipboardKey::Cut) => input.push(egui::Event::Cut),
            Some(ClipboardKey::Paste) => {
                if let Some(text) = self.clipboard.borrow_mut().paste() {
                    input.push(egui::Event::Paste(text));
                }
            }
            None => {}
        }
        self.told.pace.hurry();
        EventStatus::Captured
    }

    fn focus(&self, focused: bool) {
        self.input.borrow_mut().focused(focused);
        if !focused && let Ok(mut running) = self.running.try_borrow_mut() {
            running.show.app.lost_keyboard();
        }
        if let Some(keyboard) = &self.keyboard {
            self.taken.set(self.taken.get() && keyboard.has_focus());
            keyboard.changed();
        }
        self.told.pace.hurry();
    }
}

impl<A: App> Drop for Handler<A> {
    fn drop(&mut self) {
        if let Some(file) = std::env::var_os(timings::FILE)
            && let Err(error) = self.told.timings.append(self.first, file.as_ref())
        {
            nice_plug::nice_error!("The times of frames could not be written: {error}");
        }
    }
}

impl<A: App> WindowHandler for Handler<A> {
    fn draw(&self) -> Result<(), HandlerError> {
        self.unbroken(|| {
            if self.is_due() {
                self.frame();
            }
            // X11 has its own clock (`on_timer`): baseview's grants every second frame of the screen there.
            if !cfg!(target_os = "linux") {
                let until = self.told.pace.until_due(self.last.get(), Instant::now());
                if until.is_some_and(|until| until < SOON) && self.told.shape.is_shown() {
                    self.window.request_redraw();
                }
            }
        });
        Ok(())
    }

    fn poll(&self) {
        if self.told.shape.is_closing() {
            self.window.request_close();
        }
    }

    fn damage(&self, _area: DamageArea) {
        self.told.pace.hurry();
    }

    fn resized(&self, new_size: WindowSize) -> Result<(), HandlerError> {
        self.unbroken(|| {
            self.told.shape.place(new_size.physical, new_size.scale_factor);
            if let (Ok(mut running), Some(size)) = (self.running.try_borrow_mut(), self.told.shape.logical()) {
                running.show.app.resized((size.width, size.height));
            }
            self.told.pace.hurry();
        });
        Ok(())
    }

    fn on_event(&self, event: Event) -> EventStatus {
        let status = self.unbroken(|| match event {
            Event::Mouse(event) => self.mouse(&event),
            Event::Keyboard(event) => self.key(&event),
            Event::Window(WindowEvent::Focused) => {
                self.focus(true);
                EventStatus::Captured
            }
            Event::Window(WindowEvent::Unfocused) => {
                self.focus(false);
                EventStatus::Captured
            }
            _ => EventStatus::Ignored,
        });
        status.unwrap_or(EventStatus::Ignored)
    }

    fn on_timer(&self, _timer: &TimerHandle) {
        self.unbroken(|| {
            if !self.is_due() {
                return;
            }
            if cfg!(target_os = "linux") {
                self.frame();
            } else {
                self.window.request_redraw();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws a frame, then panics.
    #[derive(Default)]
    struct Faulty(u32);

    impl App for Faulty {
        fn build(&mut self, _egui: &egui::Context, _gui: GuiContext) {}

        fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
            self.0 += 1;
            ui.label("half a window");
            assert!(self.0 < 2, "a fault in drawing");
        }

        fn resized(&mut self, _size: (u32, u32)) {}
    }

    #[test]
    fn a_panic_leaves_a_blank_window() {
        let egui = egui::Context::default();
        let mut show = Show { app: Faulty::default(), failed: false };
        let mut shapes = || {
            let mut frame = Frame { keys: None, size: None, scale: 1.0 };
            let mut output = show.lay_out(&egui, egui::RawInput::default(), &mut frame);
            output.textures_delta.clear();
            (output.shapes.len(), show.app.0)
        };
        assert!(shapes().0 > 0);
        assert_eq!(shapes(), (0, 2), "shapes, calls");
        assert_eq!(shapes(), (0, 2), "the app is left alone");
    }
}
