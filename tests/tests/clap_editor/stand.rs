//! Where the window's tests stand: a plugin that plays, a window on it, a twin that says what lies where, and folders of nobody's.
//! Test code.

use crate::twin::Twin;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use timbrel_tests::host::{Blocks, Event, Extent, Instance, Mode, Package, Recording, Setup};
use timbrel_tests::window::{Button, Pace, Picture, Region, Score, Session, Sight};

/// Hertz.
pub const RATE: f64 = 48_000.0;
/// Frames.
pub const BLOCKS: Blocks = Blocks::Fixed(1024);
/// The window's size in these tests, points: what a new window has.
pub const SIZE: Extent = Extent { width: 1120, height: 760 };
/// What the environment calls the folder for pictures.
const PICTURES: &str = "TIMBREL_PICTURES";

/// What is under this (about -80 dBFS) nobody hears in these tests; a reverb's tail gets there in a second or two.
const SILENCE: f32 = 1e-4;
/// Share of a part's pixels that differ visibly when something in it has changed.
const CHANGED: f64 = 0.01;

/// What a test gives.
pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The folders of a player who has nothing yet, so that what lies on this machine changes no test.
static NOBODY: OnceLock<tempfile::TempDir> = OnceLock::new();

/// Puts the player's folders elsewhere.
///
/// # Safety
///
/// No other thread of this process may run: the environment is written.
pub unsafe fn be_nobody() {
    let Ok(folder) = tempfile::tempdir() else { return };
    for variable in ["XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        // SAFETY: the caller's promise.
        unsafe { std::env::set_var(variable, folder.path()) };
    }
    let _ = NOBODY.set(folder);
}

/// Keeps a picture for whoever wants to see what the test saw.
pub fn keep(picture: &Picture, name: &str) -> Outcome<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/editor");
    let folder = std::env::var_os(PICTURES).map_or(root, PathBuf::from);
    let path = folder.join(format!("{name}.png"));
    picture.write(&path)?;
    Ok(path)
}

/// A window in use: the real one, and its twin, which gets the same input and knows the names.
pub struct Stand {
    pub session: Session,
    pub twin: Twin,
    scale: f64,
}

impl Stand {
    /// A plugin that is active, with its window open.
    pub fn open(scale: f64) -> Outcome<Self> {
        let package = Package::find()?;
        let instance = Instance::active(&package, &Setup { mode: Mode::Realtime, ..Setup::offline(BLOCKS) })?;
        let mut session = Session::new(instance)?;
        session.open(Sight { scale, extent: Some(SIZE) })?;
        let twin = Twin::new(package.path(), (SIZE.width, SIZE.height), scale as f32);
        Ok(Self { session, twin, scale })
    }

    /// The same, and the audio thread runs by the clock.
    pub fn playing(scale: f64) -> Outcome<Self> {
        let mut stand = Self::open(scale)?;
        stand.session.play(Score {
            events: Vec::new(),
            length: None,
            blocks: BLOCKS,
            sample_rate: RATE,
            pace: Pace::Clock,
        })?;
        Ok(stand)
    }

    /// The pixel at shares of the width and the height of what has this name, as a screen reader would say it.
    pub fn pixel(&mut self, label: &str, across: f32, down: f32) -> Outcome<(i32, i32)> {
        let rect = self.twin.place(label)?.rect;
        let place = rect.lerp_inside(egui::vec2(across, down));
        Ok((self.pixels(place.x.round() as i32), self.pixels(place.y.round() as i32)))
    }

    /// Types a text, in both windows.
    pub fn write(&mut self, text: &str) -> Outcome {
        self.session.write(text)?;
        self.twin.write(text);
        Ok(())
    }

    /// The part of the window in which what has this name lies.
    pub fn region(&mut self, label: &str) -> Outcome<Region> {
        let ((left, top), (right, bottom)) = (self.pixel(label, 0.0, 0.0)?, self.pixel(label, 1.0, 1.0)?);
        Ok(Region::new(left as u32, top as u32, (right - left) as u32, (bottom - top) as u32))
    }

    fn pixels(&self, points: i32) -> i32 {
        (f64::from(points) * self.scale).round() as i32
    }

    /// A click on what has this name.
    pub fn click(&mut self, label: &str) -> Outcome {
        self.click_with(Button::Left, label)
    }

    /// A click with a button.
    pub fn click_with(&mut self, button: Button, label: &str) -> Outcome {
        let (x, y) = self.pixel(label, 0.5, 0.5)?;
        self.session.click(button, x, y)?;
        let place = self.twin.middle(label)?;
        self.twin.click(place, button);
        Ok(())
    }

    /// A pull on what has this name, by so many points.
    pub fn drag(&mut self, label: &str, right: i32, down: i32) -> Outcome {
        let (x, y) = self.pixel(label, 0.5, 0.5)?;
        Ok(self.session.drag((x, y), (x + self.pixels(right), y + self.pixels(down)))?)
    }

    /// Waits until a part of the window is another than in a picture of it, and gives that part.
    pub fn wait_for_change(&mut self, region: Region, before: &Picture) -> Outcome<Picture> {
        let mut now = before.clone();
        let waited = self.session.wait_for("something to change in the picture", |session| {
            now = session.picture_of(region)?;
            Ok(before.difference(&now, &[])?.share > CHANGED)
        });
        if waited.is_err() {
            keep(&self.session.picture()?, "unchanged")?;
        }
        waited?;
        Ok(now)
    }

    /// Waits until a sound of at least this size was heard, and gives all that was heard until then.
    pub fn wait_for_sound(&mut self, at_least: f32) -> Outcome<Recording> {
        let mut all = Recording::default();
        self.session.wait_for("a sound", |session| {
            let heard = session.heard();
            let loud = peak(&heard.left) >= at_least;
            all.append(heard);
            Ok(loud)
        })?;
        Ok(all)
    }

    /// Waits until a second of silence was heard.
    pub fn wait_for_silence(&mut self) -> Outcome {
        let mut silent = 0;
        self.session.wait_for("silence", |session| {
            let heard = session.heard();
            silent = if peak(&heard.left) < SILENCE { silent + heard.left.len() } else { 0 };
            Ok(silent as f64 >= RATE)
        })?;
        Ok(())
    }

    /// The host moves a parameter.
    pub fn automate(&mut self, name: &str, value: f64) -> Outcome {
        let id = self.session.instance().parameter(name)?.id;
        self.session.send(Event::Parameter { id, value });
        Ok(())
    }

    /// Waits until a parameter's value is so.
    pub fn wait_for_value(&mut self, name: &str, so: impl Fn(f64) -> bool) -> Outcome<f64> {
        let mut value = f64::NAN;
        let waited = self.session.wait_for(&format!("another value of {name}"), |session| {
            value = session.instance().parameter(name)?.value;
            Ok(so(value))
        });
        waited.map_err(|error| format!("{error}; it is {value}"))?;
        Ok(value)
    }

    /// Ends everything, and gives what was heard since that was last asked for.
    pub fn end(mut self) -> Outcome<Recording> {
        let heard = self.session.stop()?;
        self.session.end()?;
        Ok(heard)
    }
}

/// The largest sample.
pub fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}
