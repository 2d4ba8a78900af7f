//! The window's twin: the same editor drawn into nothing, in this process, which gets the same input as the real one and says
//! what lies where. Fixed pixels would rot.
//! Test code.

use egui::accesskit::Role;
use egui::{Event, Modifiers, PointerButton, Pos2, pos2};
use std::path::Path;
use std::time::{Duration, Instant};
use timbrel::bundle::Bundle;
use timbrel::editor::rehearsal::{Place, Rehearsal};
use timbrel::plugin::Shared;
use timbrel_tests::window::Button;

/// Frames that let a click, an animation or a list come to rest.
const FRAMES: usize = 20;

/// How long a list may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// See the module.
pub struct Twin {
    shared: Shared,
    rehearsal: Rehearsal,
}

impl Twin {
    /// The twin of the package's window, `size` points large.
    pub fn new(package: &Path, size: (u32, u32), scale: f32) -> Self {
        let user = dirs_of_user();
        let shared = Shared::new(&Bundle::at(Some(package.with_extension("resources")), user));
        shared.instrument.prepare();
        shared.presets.refresh();
        let mut twin = Self { rehearsal: Rehearsal::new(&shared, size, scale), shared };
        twin.rest();
        twin
    }

    /// Draws until nothing moves.
    pub fn rest(&mut self) {
        for _ in 0..FRAMES {
            self.rehearsal.frame(Vec::new());
        }
    }

    /// The same text as in the real window.
    pub fn write(&mut self, text: &str) {
        self.rehearsal.frame(vec![Event::Text(text.to_owned())]);
        self.rest();
    }

    /// What a list offers, from its top.
    pub fn options(&mut self) -> Result<Vec<String>, String> {
        let places = self.rehearsal.places();
        Ok(places.into_iter().filter(|place| place.role == Role::ListBoxOption).map(|place| place.label).collect())
    }

    /// What has this name, as soon as it is there: lists are read beside. An error that says which names there are.
    pub fn place(&mut self, label: &str) -> Result<Place, String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let places = self.rehearsal.places();
            if let Some(found) = places.iter().find(|place| place.label == label) {
                return Ok(found.clone());
            }
            if Instant::now() > end {
                let names = places.iter().map(|place| place.label.as_str()).collect::<Vec<_>>().join(", ");
                return Err(format!("nothing in the window is called {label:?}; there are: {names}"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The middle of what has this name, points.
    pub fn middle(&mut self, label: &str) -> Result<(f32, f32), String> {
        let middle = self.place(label)?.rect.center();
        Ok((middle.x, middle.y))
    }

    /// The same click as the real window's.
    pub fn click(&mut self, place: (f32, f32), button: Button) {
        let pos = pos2(place.0, place.1);
        self.rehearsal.frame(vec![Event::PointerMoved(pos)]);
        self.rehearsal.frame(vec![press(pos, button, true)]);
        self.rehearsal.frame(vec![press(pos, button, false)]);
        self.rest();
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        self.shared.instrument.close();
    }
}

fn press(pos: Pos2, button: Button, pressed: bool) -> Event {
    let button = match button {
        Button::Left => PointerButton::Primary,
        Button::Middle => PointerButton::Middle,
        Button::Right => PointerButton::Secondary,
    };
    Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE }
}

fn dirs_of_user() -> Option<std::path::PathBuf> {
    std::env::var_os("XDG_DATA_HOME").map(|data| std::path::PathBuf::from(data).join("Timbrel"))
}
