//! A picture of the packaged plugin's window while a chord sounds, for the documents and for looking at one's work.
//! Main thread; the sound on another.
//! What is drawn is drawn by the package, on the screen that the environment names.

use super::{Button, Pace, Picture, Result, Score, Session, Sight};
use crate::host::{Blocks, Instance, Mode, Package, Setup, Timed, with_instrument};
use std::path::PathBuf;
use std::time::Duration;

/// Hertz.
const RATE: f64 = 48_000.0;
/// Frames.
const BLOCK: u32 = 512;
/// Between two keys of a chord, seconds: nobody strikes them at once.
const APART: f64 = 0.12;
/// Until a window that opens, or something in it, has its place.
const SETTLING: Duration = Duration::from_millis(500);

/// What is in the picture.
#[derive(Clone, Debug)]
pub struct Portrait {
    /// The window.
    pub sight: Sight,
    /// The model file to play; `None` is the default instrument.
    pub model: Option<PathBuf>,
    /// The keys that sound, with their velocities, 0 to 1.
    pub chord: Vec<(u8, f64)>,
    /// Where to click before, one after another, points.
    pub clicks: Vec<(f32, f32)>,
    /// How long they sound before the picture, seconds; with 0 nothing sounds.
    pub seconds: f64,
}

impl Portrait {
    /// A quiet chord in the middle of most instruments' ranges.
    pub fn chord() -> Vec<(u8, f64)> {
        vec![(48, 0.55), (55, 0.7), (60, 0.6), (64, 0.8)]
    }

    /// Opens, plays, takes the picture and closes.
    pub fn take(&self, package: &Package) -> Result<Picture> {
        let mut instance = Instance::new(package)?;
        if let Some(model) = &self.model {
            let state = instance.save()?;
            instance.load(&with_instrument(&state, model)?)?;
        }
        let blocks = Blocks::Fixed(BLOCK);
        instance.activate(&Setup { sample_rate: RATE, mode: Mode::Realtime, ..Setup::offline(blocks) })?;
        let mut session = Session::new(instance)?;
        session.open(self.sight)?;
        let pixel = |points: f32| (f64::from(points) * self.sight.scale).round() as i32;
        for (x, y) in &self.clicks {
            session.click(Button::Left, pixel(*x), pixel(*y))?;
            session.idle(SETTLING)?;
        }
        if !self.clicks.is_empty() {
            // Out of the way, so that nothing is lit under it.
            session.point(1, 1)?;
        }
        let begins = |index: usize| (index as f64 * APART * RATE) as u64;
        let struck = self
            .chord
            .iter()
            .enumerate()
            .map(|(index, (key, velocity))| Timed::note_on(begins(index), *key, *velocity));
        let events = if self.seconds > 0.0 { struck.collect() } else { Vec::new() };
        session.play(Score { events, length: None, blocks, sample_rate: RATE, pace: Pace::Clock })?;
        let until = (self.seconds * RATE) as u64;
        session.wait_for("the chord to sound", |session| Ok(session.position() >= until))?;
        // A window that has just been opened is still filling.
        session.idle(SETTLING)?;
        let picture = session.picture()?;
        session.stop()?;
        session.end()?;
        Ok(picture)
    }
}
