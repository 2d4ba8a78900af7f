//! A host at work: an instance, a window for the plugin's, a pointer, a keyboard, and a band that plays meanwhile.
//! Main thread.
//! The pointer and the keyboard are the X server's own (XTEST), so that the plugin cannot tell them from a person's.

use super::band::Score;
use super::keys::{Keys, keysym};
use super::{Band, Picture, Region, Result, WindowError};
use crate::host::{Event as Order, Extent, Instance, Recording};
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, ImageFormat,
    InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// Between two looks at what is waited for.
const POLL: Duration = Duration::from_millis(10);
/// After this long without a new picture the window has nothing to show.
const UNMOVED: Duration = Duration::from_millis(400);
/// Pictures after an input until one was begun after it.
const ANSWERED: usize = 2;
/// When waiting has been in vain. Software rendering on a busy machine is slow; nothing is told from this time.
const DEADLINE: Duration = Duration::from_secs(40);
/// Between pictures that must be equal for the window to count as still.
const STILL: Duration = Duration::from_millis(80);
/// So many pictures in a row.
const STILL_PICTURES: usize = 4;
/// Steps of a drag.
const DRAG_STEPS: i32 = 8;

/// A button of the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// The first one.
    Left,
    /// The wheel, pressed.
    Middle,
    /// The menu's.
    Right,
}

impl Button {
    fn number(self) -> u8 {
        match self {
            Self::Left => 1,
            Self::Middle => 2,
            Self::Right => 3,
        }
    }
}

/// How the host shows the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// Physical pixels for each logical one.
    pub scale: f64,
    /// A size to ask for, logical pixels; `None` is the plugin's own.
    pub extent: Option<Extent>,
}

impl Sight {
    /// The plugin's own size at this scale.
    pub fn at(scale: f64) -> Self {
        Self { scale, extent: None }
    }
}

/// A host with its window.
pub struct Session {
    connection: RustConnection,
    root: u32,
    keys: Keys,
    /// The host's window, while there is one.
    window: Option<u32>,
    /// Tells of every picture that the plugin draws.
    damage: Option<u32>,
    extent: Extent,
    instance: Instance,
    band: Option<Band>,
}

impl Session {
    /// A host without a window yet, on the screen that the environment names.
    pub fn new(instance: Instance) -> Result<Self> {
        let (connection, screen) = x11rb::connect(None).map_err(|error| WindowError::NoDisplay(error.to_string()))?;
        let root = connection.setup().roots[screen].root;
        let keys = Keys::of(&connection)?;
        Ok(Self { connection, root, keys, window: None, damage: None, extent: Extent::new(0, 0), instance, band: None })
    }

    /// The plugin.
    pub fn instance(&mut self) -> &mut Instance {
        &mut self.instance
    }

    /// The window's size, physical pixels.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Opens the plugin's window and waits until something is drawn in it.
    pub fn open(&mut self, sight: Sight) -> Result<()> {
        let own = self.instance.make_editor(sight.scale)?;
        let physical = |logical: u32| (f64::from(logical) * sight.scale).round() as u32;
        let extent = match sight.extent {
            Some(wished) => {
                self.instance.resize_editor(Extent::new(physical(wished.width), physical(wished.height)))?
            }
            None => own,
        };
        let window = self.make_window(extent)?;
        self.window = Some(window);
        self.extent = extent;
        self.instance.show_editor(window)?;
        self.watch(window)?;
        self.wait_for("the window to be drawn", |session| Ok(session.picture()?.colours(3) >= 3))
    }

    /// Destroys the plugin's window, then the host's.
    pub fn close(&mut self) -> Result<()> {
        let Some(window) = self.window.take() else { return Ok(()) };
        // With the window goes what tells of it.
        self.damage = None;
        self.instance.destroy_editor()?;
        said(self.connection.destroy_window(window), "destroy a window")?;
        self.round_trip()
    }

    /// The host's user pulls at the window's corner.
    pub fn resize(&mut self, wished: Extent) -> Result<Extent> {
        let extent = self.instance.resize_editor(wished)?;
        self.place(extent)?;
        Ok(extent)
    }

    /// Ends the host, and what it hosts.
    pub fn end(mut self) -> Result<()> {
        self.close()?;
        self.stop()?;
        Ok(())
    }

    /// A picture of the whole window as it is on the screen now.
    pub fn picture(&self) -> Result<Picture> {
        let window =
            self.window.ok_or(WindowError::Server { operation: "take a picture", reason: "no window".into() })?;
        let refused = |reason: String| WindowError::Server { operation: "take a picture", reason };
        let (width, height) = (short(self.extent.width), short(self.extent.height));
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, window, 0, 0, width, height, !0)
            .map_err(|error| refused(error.to_string()))?
            .reply()
            .map_err(|error| refused(error.to_string()))?;
        // Xvfb on a little-endian machine, depth 24: blue, green, red, nothing.
        let pixels = image.data.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        Picture::new(self.extent, pixels).ok_or_else(|| refused("another number of bytes than pixels".into()))
    }

    /// A picture of a part of the window.
    pub fn picture_of(&self, region: Region) -> Result<Picture> {
        Ok(self.picture()?.part(region))
    }

    /// Waits until nothing moves any more, and gives the picture.
    pub fn still_picture(&mut self) -> Result<Picture> {
        let (mut last, mut equal, mut at) = (self.picture()?, 1, Instant::now());
        self.wait_for("the window to hold still", |session| {
            if at.elapsed() < STILL {
                return Ok(false);
            }
            at = Instant::now();
            let now = session.picture()?;
            equal = if now == last { equal + 1 } else { 1 };
            last = now;
            Ok(equal >= STILL_PICTURES)
        })?;
        self.picture()
    }

    /// Lets things go on until something is so; an error with `what` after a deadline.
    pub fn wait_for(&mut self, what: &str, mut so: impl FnMut(&mut Self) -> Result<bool>) -> Result<()> {
        let end = Instant::now() + DEADLINE;
        loop {
            self.serve()?;
            if so(self)? {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(WindowError::Deadline { what: what.to_owned(), seconds: DEADLINE.as_secs() });
            }
            std::thread::sleep(POLL);
        }
    }

    /// Lets things go on for a while, as a host's idle loop does.
    pub fn idle(&mut self, duration: Duration) -> Result<()> {
        let end = Instant::now() + duration;
        while Instant::now() < end {
            self.serve()?;
            std::thread::sleep(POLL.min(duration));
        }
        Ok(())
    }

    /// Does what the plugin asked the main thread for, its wishes for another size among it.
    pub fn serve(&mut self) -> Result<()> {
        self.instance.serve_requests();
        match self.instance.take_wished_extent() {
            Some(extent) if self.window.is_some() => self.place(extent),
            _ => Ok(()),
        }
    }

    /// Begins to play, on an audio thread.
    pub fn play(&mut self, score: Score) -> Result<()> {
        let processor = self.instance.lend_processor()?;
        self.band = Some(Band::begin(processor, score));
        Ok(())
    }

    /// Sends something to the plugin with the next block; nothing where nothing plays.
    pub fn send(&self, event: Order) {
        self.band.iter().for_each(|band| band.send(event));
    }

    /// Samples played so far.
    pub fn position(&self) -> u64 {
        self.band.as_ref().map_or(0, Band::position)
    }

    /// Whether the score is at its end.
    pub fn has_played(&self) -> bool {
        self.band.as_ref().is_none_or(Band::has_ended)
    }

    /// What the plugin played and said since this was last asked.
    pub fn heard(&self) -> Recording {
        self.band.as_ref().map(Band::heard).unwrap_or_default()
    }

    /// Stops playing and gives what was heard since that was last asked for.
    pub fn stop(&mut self) -> Result<Recording> {
        let Some(band) = self.band.take() else { return Ok(Recording::default()) };
        let (processor, recording) = band.end()?;
        self.instance.take_back(processor);
        Ok(recording)
    }

    /// Waits until the score is at its end, and gives what was heard since that was last asked for.
    pub fn play_out(&mut self) -> Result<Recording> {
        while !self.has_played() {
            self.serve()?;
            std::thread::sleep(POLL);
        }
        self.stop()
    }

    /// The pointer goes to a pixel of the window.
    pub fn point(&mut self, x: i32, y: i32) -> Result<()> {
        let (x, y) = (x.clamp(0, i32::from(i16::MAX)) as i16, y.clamp(0, i32::from(i16::MAX)) as i16);
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y)
    }

    /// A button goes down.
    pub fn press(&mut self, button: Button) -> Result<()> {
        self.fake(BUTTON_PRESS_EVENT, button.number(), 0, 0)
    }

    /// A button comes up.
    pub fn release(&mut self, button: Button) -> Result<()> {
        self.fake(BUTTON_RELEASE_EVENT, button.number(), 0, 0)
    }

    /// A click on a pixel.
    pub fn click(&mut self, button: Button, x: i32, y: i32) -> Result<()> {
        self.point(x, y)?;
        self.press(button)?;
        self.release(button)
    }

    /// Two clicks on a pixel.
    pub fn double_click(&mut self, x: i32, y: i32) -> Result<()> {
        self.click(Button::Left, x, y)?;
        self.press(Button::Left)?;
        self.release(Button::Left)
    }

    /// A pull from one pixel to another.
    pub fn drag(&mut self, from: (i32, i32), to: (i32, i32)) -> Result<()> {
        self.point(from.0, from.1)?;
        self.press(Button::Left)?;
        for step in 1..=DRAG_STEPS {
            let way = |from: i32, to: i32| from + (to - from) * step / DRAG_STEPS;
            self.point(way(from.0, to.0), way(from.1, to.1))?;
        }
        self.release(Button::Left)
    }

    /// Turns the wheel by so many notches, upwards where there are more than none.
    pub fn wheel(&mut self, notches: i32) -> Result<()> {
        // X11's fourth and fifth button.
        let button = if notches > 0 { 4 } else { 5 };
        for _ in 0..notches.unsigned_abs() {
            self.fake(BUTTON_PRESS_EVENT, button, 0, 0)?;
            self.fake(BUTTON_RELEASE_EVENT, button, 0, 0)?;
        }
        Ok(())
    }

    /// Strikes a key by its keysym while others are held.
    pub fn strike(&mut self, held: &[u32], key: u32) -> Result<()> {
        for held in held {
            self.key_down(*held)?;
        }
        self.key_down(key)?;
        self.key_up(key)?;
        for held in held.iter().rev() {
            self.key_up(*held)?;
        }
        Ok(())
    }

    /// A key goes down, by its keysym.
    pub fn key_down(&mut self, keysym: u32) -> Result<()> {
        let code = self.code(keysym)?;
        self.fake(KEY_PRESS_EVENT, code, 0, 0)
    }

    /// A key comes up, by its keysym.
    pub fn key_up(&mut self, keysym: u32) -> Result<()> {
        let code = self.code(keysym)?;
        self.fake(KEY_RELEASE_EVENT, code, 0, 0)
    }

    /// Types a text.
    pub fn write(&mut self, text: &str) -> Result<()> {
        for character in text.chars() {
            let key = self.keys.of_char(character)?;
            if key.shifted {
                self.key_down(keysym::SHIFT)?;
            }
            self.fake(KEY_PRESS_EVENT, key.code, 0, 0)?;
            self.fake(KEY_RELEASE_EVENT, key.code, 0, 0)?;
            if key.shifted {
                self.key_up(keysym::SHIFT)?;
            }
        }
        Ok(())
    }

    /// How many windows there are on the screen.
    pub fn windows(&self) -> Result<usize> {
        self.windows_in(self.root)
    }

    fn windows_in(&self, window: u32) -> Result<usize> {
        let refused = |reason: String| WindowError::Server { operation: "count windows", reason };
        let cookie = self.connection.query_tree(window).map_err(|error| refused(error.to_string()))?;
        let children = cookie.reply().map_err(|error| refused(error.to_string()))?.children;
        children.iter().try_fold(children.len(), |count, child| Ok(count + self.windows_in(*child)?))
    }

    fn make_window(&self, extent: Extent) -> Result<u32> {
        let refused = |reason: String| WindowError::Server { operation: "make a window", reason };
        let window = self.connection.generate_id().map_err(|error| refused(error.to_string()))?;
        // No window manager is there to ask, so the window takes its place by itself.
        let with = CreateWindowAux::new().override_redirect(1);
        let (width, height) = (short(extent.width), short(extent.height));
        let made = self.connection.create_window(
            x11rb::COPY_DEPTH_FROM_PARENT,
            window,
            self.root,
            0,
            0,
            width,
            height,
            0,
            WindowClass::INPUT_OUTPUT,
            x11rb::COPY_FROM_PARENT,
            &with,
        );
        said(made, "make a window")?;
        said(self.connection.map_window(window), "show a window")?;
        self.round_trip()?;
        said(self.connection.set_input_focus(InputFocus::POINTER_ROOT, window, x11rb::CURRENT_TIME), "give the focus")?;
        self.round_trip()?;
        Ok(window)
    }

    fn place(&mut self, extent: Extent) -> Result<()> {
        let Some(window) = self.window else { return Ok(()) };
        let size = ConfigureWindowAux::new().width(extent.width).height(extent.height);
        said(self.connection.configure_window(window, &size), "resize a window")?;
        self.round_trip()?;
        self.extent = extent;
        Ok(())
    }

    fn code(&self, keysym: u32) -> Result<u8> {
        let key = self.keys.find(keysym);
        key.map(|key| key.code).ok_or(WindowError::NoKey(char::from_u32(keysym).unwrap_or('\u{fffd}')))
    }

    /// Does something with a hand, and waits until the window has been drawn after it: a hand is slower than a picture.
    fn fake(&mut self, kind: u8, detail: u8, x: i16, y: i16) -> Result<()> {
        said(self.connection.xtest_fake_input(kind, detail, x11rb::CURRENT_TIME, self.root, x, y, 0), "take input")?;
        self.round_trip()?;
        self.forget_pictures()?;
        for _ in 0..ANSWERED {
            self.wait_for_picture()?;
        }
        Ok(())
    }

    /// From here on the server tells of everything that is drawn in the window in `window`.
    fn watch(&mut self, window: u32) -> Result<()> {
        let refused = |reason: String| WindowError::Server { operation: "watch a window", reason };
        let version = self.connection.damage_query_version(1, 1).map_err(|error| refused(error.to_string()))?;
        version.reply().map_err(|error| refused(error.to_string()))?;
        let tree = self.connection.query_tree(window).map_err(|error| refused(error.to_string()))?;
        let children = tree.reply().map_err(|error| refused(error.to_string()))?.children;
        let child = children.first().ok_or_else(|| refused("the plugin's window is not in the host's".into()))?;
        let damage = self.connection.generate_id().map_err(|error| refused(error.to_string()))?;
        said(self.connection.damage_create(damage, *child, ReportLevel::NON_EMPTY), "watch a window")?;
        self.damage = Some(damage);
        Ok(())
    }

    /// Waits for the next picture, or until it is clear that there is none to come.
    fn wait_for_picture(&mut self) -> Result<()> {
        let end = Instant::now() + UNMOVED;
        while Instant::now() < end {
            self.serve()?;
            if self.forget_pictures()? {
                break;
            }
            std::thread::sleep(POLL / 2);
        }
        Ok(())
    }

    /// Whether something was drawn since this was last called.
    fn forget_pictures(&self) -> Result<bool> {
        let refused = |reason: String| WindowError::Server { operation: "tell what is drawn", reason };
        let mut drawn = false;
        while let Some(event) = self.connection.poll_for_event().map_err(|error| refused(error.to_string()))? {
            if let (Event::DamageNotify(notice), Some(damage)) = (event, self.damage)
                && notice.damage == damage
            {
                drawn = true;
                said(self.connection.damage_subtract(damage, x11rb::NONE, x11rb::NONE), "tell what is drawn")?;
            }
        }
        Ok(drawn)
    }

    /// Until the server has done everything that it was told.
    fn round_trip(&self) -> Result<()> {
        let refused = |reason: String| WindowError::Server { operation: "answer", reason };
        let cookie = self.connection.get_input_focus().map_err(|error| refused(error.to_string()))?;
        cookie.reply().map_err(|error| refused(error.to_string()))?;
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A test that failed leaves a window open and a thread playing; that fault is told already.
        let _ = self.close();
        let _ = self.stop();
    }
}

/// What the server says to a request that has no reply.
fn said<C: Connection>(
    request: std::result::Result<x11rb::cookie::VoidCookie<'_, C>, x11rb::errors::ConnectionError>,
    operation: &'static str,
) -> Result<()> {
    let refused = |reason: String| WindowError::Server { operation, reason };
    request.map_err(|error| refused(error.to_string()))?.check().map_err(|error| refused(error.to_string()))
}

/// X11 counts pixels in sixteen bits.
fn short(pixels: u32) -> u16 {
    u16::try_from(pixels).unwrap_or(u16::MAX)
}
