//! A host's window, its keyboard and pointer, and what the plugin's window saw.

use super::drag::Drag;
use egui::{Pos2, Rect};
use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::editor::{
    EditorHandle, HostCallbacks, HostMainThreadCaller, HostMethods, ParentWindowHandle, SpawnedEditor,
};
use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::PluginState;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use timbrel::editor::window::{App, Frame, Opening, open};
use timbrel::editor::{Keys, Timings, WindowHandle};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, ImageFormat, InputFocus, PropMode, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// The window's size, logical pixels. Whole numbers of pixels at all scales that are tried.
pub const LOGICAL: (u32, u32) = (400, 300);
/// Width of the pattern of lines, physical pixels.
pub const LINES: u32 = 16;
/// Keysym of a key that changes a control and moves no focus.
pub const HOME: u32 = 0xff50;
/// Keysym of a key that is held for commands.
pub const CONTROL: u32 = 0xffe3;
/// When waiting has been in vain.
const DEADLINE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(10);

/// What the window saw, and what it is told.
pub struct Seen {
    pub text: String,
    pub edit: Rect,
    pub control: Rect,
    pub keys: Vec<egui::Key>,
    pub downs: u32,
    pub ups: u32,
    pub hovering: Vec<PathBuf>,
    pub dropped: Vec<PathBuf>,
    pub pointer: Option<Pos2>,
    pub scale: f32,
    pub wants: Option<Keys>,
    pub moves: bool,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            text: String::new(),
            edit: Rect::NOTHING,
            control: Rect::NOTHING,
            keys: Vec::new(),
            downs: 0,
            ups: 0,
            hovering: Vec::new(),
            dropped: Vec::new(),
            pointer: None,
            scale: 0.0,
            wants: None,
            moves: false,
        }
    }
}

struct Shows(Arc<Mutex<Seen>>);

impl App for Shows {
    fn build(&mut self, _egui: &egui::Context, _gui: GuiContext) {}

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut Frame) {
        let seen = &mut *self.0.lock().unwrap();
        seen.scale = frame.scale();
        if let Some(keys) = seen.wants {
            frame.want_keys(keys);
        }
        super::draw(seen, ui);
    }

    fn resized(&mut self, _size: (u32, u32)) {}
}

struct Gui;

impl GuiContextInner for Gui {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }

    fn request_restart(&self) {}

    unsafe fn raw_begin_set_parameter(&self, _parameter: ParamPtr) {}

    unsafe fn raw_set_parameter_normalized(&self, _parameter: ParamPtr, _normalized: f32) {}

    unsafe fn raw_end_set_parameter(&self, _parameter: ParamPtr) {}

    fn get_state(&self) -> PluginState {
        PluginState { version: String::new(), params: BTreeMap::new(), fields: BTreeMap::new() }
    }

    fn set_state(&self, _state: PluginState) {}
}

/// Takes every size that the window wants.
struct Agreeable;

impl HostCallbacks for Agreeable {
    fn request_resize(&mut self, _size: nice_plug::editor::dpi::Size, _scale: f64) -> Result<(), Box<dyn Error>> {
        Ok(())
    }

    fn destroyed(&mut self) {}
}

impl HostMainThreadCaller for Agreeable {
    fn call_main_thread(&mut self) {}
}

/// A host with one window.
pub struct Host {
    pub connection: RustConnection,
    pub root: u32,
    parent: u32,
    spawned: Option<SpawnedEditor<WindowHandle>>,
    seen: Arc<Mutex<Seen>>,
    timings: Arc<Timings>,
    heard: Vec<u32>,
}

impl Host {
    /// A host's window, with the focus, that listens to keys.
    pub fn new() -> Self {
        let (connection, screen) = x11rb::connect(None).unwrap();
        let root = connection.setup().roots[screen].root;
        let parent = connection.generate_id().unwrap();
        let with = CreateWindowAux::new()
            .override_redirect(1)
            .event_mask(EventMask::KEY_PRESS | EventMask::KEY_RELEASE | EventMask::PROPERTY_CHANGE);
        let class = WindowClass::INPUT_OUTPUT;
        connection.create_window(0, parent, root, 0, 0, 1300, 1000, 0, class, 0, &with).unwrap().check().unwrap();
        let mut host = Self {
            connection,
            root,
            parent,
            spawned: None,
            seen: Arc::default(),
            timings: Arc::default(),
            heard: Vec::new(),
        };
        host.show_parent();
        host
    }

    fn show_parent(&mut self) {
        self.connection.map_window(self.parent).unwrap().check().unwrap();
        let revert = InputFocus::POINTER_ROOT;
        self.connection.set_input_focus(revert, self.parent, x11rb::CURRENT_TIME).unwrap().check().unwrap();
    }

    pub fn hide_parent(&mut self) {
        self.connection.unmap_window(self.parent).unwrap().check().unwrap();
    }

    /// Opens the plugin's window, as a CLAP host does, and waits until it is drawn.
    pub fn open(&mut self, scale: Option<f64>) {
        let opening = Opening {
            title: "Timbrel",
            size: LOGICAL,
            smallest: (10, 10),
            scale,
            parent: None,
            wait_for_parent: true,
            timings: self.timings.clone(),
        };
        let methods = HostMethods { callbacks: Box::new(Agreeable), main_thread_caller: Box::new(Agreeable) };
        let context = GuiContext::new(Arc::new(Gui));
        let spawned = open(Shows(self.seen.clone()), opening, context, Some(methods)).unwrap();
        spawned.handle.set_parent(ParentWindowHandle::XlibWindow(self.parent.into()), &spawned.window).unwrap();
        spawned.handle.show(&spawned.window).unwrap();
        self.spawned = Some(spawned);
        let before = self.timings.frames();
        self.until("the window is drawn", |host| host.timings.frames() >= before + 2);
    }

    pub fn close(&mut self) {
        self.spawned = None;
    }

    fn window(&self) -> &SpawnedEditor<WindowHandle> {
        self.spawned.as_ref().unwrap()
    }

    pub fn rescale(&mut self, scale: f64) {
        self.window().handle.set_fallback_scale_factor(scale, &self.window().window).unwrap();
    }

    pub fn hide(&mut self) {
        self.window().handle.hide(&self.window().window).unwrap();
    }

    pub fn show(&mut self) {
        self.window().handle.show(&self.window().window).unwrap();
    }

    pub fn timings(&self) -> Arc<Timings> {
        self.timings.clone()
    }

    /// The plugin's window.
    pub fn plugin_window(&self) -> u32 {
        self.connection.query_tree(self.parent).unwrap().reply().unwrap().children[0]
    }

    /// The size of the plugin's window, physical pixels.
    pub fn size(&self) -> (u32, u32) {
        let geometry = self.connection.get_geometry(self.plugin_window()).unwrap().reply().unwrap();
        (geometry.width.into(), geometry.height.into())
    }

    /// A row of the plugin's window: red, green and blue.
    pub fn row(&self, y: u32, x: u32, width: u32) -> Vec<[u8; 3]> {
        let (x, y) = (x as i16, y as i16);
        let kind = ImageFormat::Z_PIXMAP;
        let image = self.connection.get_image(kind, self.parent, x, y, width as u16, 1, !0).unwrap().reply().unwrap();
        image.data.chunks_exact(4).map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect()
    }

    /// Whether the plugin's window has the focus.
    pub fn has_focus(&self) -> bool {
        self.connection.get_input_focus().unwrap().reply().unwrap().focus == self.plugin_window()
    }

    /// Keysyms of keys that went down and up in the host's window since [`Self::hears`].
    pub fn heard(&mut self) -> &[u32] {
        while let Some(event) = self.connection.poll_for_event().unwrap() {
            if let Event::KeyPress(key) | Event::KeyRelease(key) = event {
                self.heard.push(self.keysym(key.detail));
            }
        }
        &self.heard
    }

    /// Waits until the host's window had this key go down and up, and nothing else.
    pub fn hears(&mut self, keysym: u32) {
        self.until("the host has the key", |host| host.heard() == [keysym, keysym]);
        self.heard.clear();
    }

    pub fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }

    /// Tells the window something, and lets it draw that.
    pub fn tell(&mut self, tell: impl FnOnce(&mut Seen)) {
        tell(&mut self.seen.lock().unwrap());
        let before = self.timings.frames();
        // One frame may have begun before it was told.
        self.until("the window is drawn twice", |host| {
            host.window().handle.state_changed();
            host.timings.frames() >= before + 2
        });
    }

    /// The middle of something in the window, pixels at scale 1.
    pub fn middle(&self, of: impl FnOnce(&Seen) -> Rect) -> (i16, i16) {
        let middle = self.seen(of).center();
        (middle.x as i16, middle.y as i16)
    }

    /// Frames that are drawn in this time.
    pub fn frames_of(&mut self, time: Duration) -> u64 {
        let before = self.timings.frames();
        self.idle(time);
        self.timings.frames() - before
    }

    pub fn idle(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    /// Waits until something is so.
    pub fn until(&mut self, what: &str, mut so: impl FnMut(&mut Self) -> bool) {
        let since = Instant::now();
        while !so(self) {
            assert!(since.elapsed() < DEADLINE, "waited in vain until {what}; heard {:x?}", self.heard);
            std::thread::sleep(POLL);
        }
    }

    /// Waits until the window saw something.
    pub fn wait_for(&mut self, what: &str, mut so: impl FnMut(&Self, &Seen) -> bool) {
        let seen = self.seen.clone();
        self.until(what, |host| {
            // Not held while it is looked at, because it is drawn meanwhile.
            let copy = {
                let seen = seen.lock().unwrap();
                Seen { hovering: seen.hovering.clone(), dropped: seen.dropped.clone(), ..Seen::default() }
            };
            so(host, &copy)
        });
    }

    pub fn point(&mut self, x: i16, y: i16) {
        self.fake(6, 0, x, y);
    }

    pub fn click(&mut self, x: i16, y: i16) {
        self.point(x, y);
        self.fake(4, 1, 0, 0);
        self.fake(5, 1, 0, 0);
    }

    pub fn strike(&mut self, keysym: u32) {
        self.key(keysym, true);
        self.key(keysym, false);
    }

    pub fn key(&mut self, keysym: u32, down: bool) {
        let code = (8..=255).find(|code| self.keysym(*code) == keysym).unwrap();
        self.fake(if down { 2 } else { 3 }, code, 0, 0);
    }

    fn keysym(&self, code: u8) -> u32 {
        self.connection.get_keyboard_mapping(code, 1).unwrap().reply().unwrap().keysyms[0]
    }

    fn fake(&mut self, kind: u8, detail: u8, x: i16, y: i16) {
        let now = x11rb::CURRENT_TIME;
        self.connection.xtest_fake_input(kind, detail, now, self.root, x, y, 0).unwrap().check().unwrap();
        self.idle(Duration::from_millis(30));
    }

    /// A drag of `file` by somebody else.
    pub fn drag(&self, file: &Path) -> Drag {
        Drag::of(file, self.plugin_window())
    }

    /// Sets the server's resources.
    pub fn set_resource(&self, text: &str) {
        let (property, kind) = (AtomEnum::RESOURCE_MANAGER, AtomEnum::STRING);
        let set = self.connection.change_property8(PropMode::REPLACE, self.root, property, kind, text.as_bytes());
        set.unwrap().check().unwrap();
    }

    /// Windows on the screen.
    pub fn windows(&self) -> usize {
        let children = |window| self.connection.query_tree(window).unwrap().reply().unwrap().children;
        children(self.root).len() + children(self.parent).len()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.close();
    }
}

/// Threads of this process.
pub fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}
