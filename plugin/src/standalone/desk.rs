//! What the window and the keeper of the devices say to each other: a picture of what there is, and what is wished.
//! Read and written by the window's thread and the keeper's; never by the audio callback.
//! Neither waits for the other's work (test: `a_wish_is_taken_once_and_shown_at_once`).

use super::choices::{Choices, System};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::time::Duration;

/// An output device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What is remembered.
    pub name: String,
    /// What the menu says.
    pub label: String,
}

/// A MIDI input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name, which is remembered as well.
    pub name: String,
    /// Whether it is there.
    pub plugged: bool,
    /// Whether it is heard.
    pub heard: bool,
}

/// What plays now.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// What carries the sound; never [`System::Auto`].
    pub system: System,
    /// The device, as its menu says it.
    pub device: String,
    /// Hertz.
    pub sample_rate: u32,
    /// Frames in a block.
    pub buffer: u32,
    /// Blocks that came too late for the device since it was opened.
    pub dropouts: u64,
}

impl Running {
    /// Length of a block, milliseconds.
    pub fn buffer_ms(&self) -> f64 {
        f64::from(self.buffer) * 1000.0 / f64::from(self.sample_rate)
    }
}

/// What there is, what is chosen, what runs and what is wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// What was chosen.
    pub choices: Choices,
    /// The output devices of the chosen system. Empty where the system has no choice of them.
    pub devices: Vec<Device>,
    /// Sample rates of the chosen device, hertz. Empty where the system decides.
    pub sample_rates: Vec<u32>,
    /// Block sizes of the chosen device, frames. Empty where the system decides.
    pub buffers: Vec<u32>,
    /// MIDI inputs: those that there are and those that were chosen and are not there.
    pub inputs: Vec<Input>,
    /// What plays; `None` while nothing can be heard.
    pub running: Option<Running>,
    /// What is wrong, as sentences for the player; empty if nothing is.
    pub problems: Vec<String>,
}

#[derive(Default)]
struct Wishes {
    choices: Option<Choices>,
    look: bool,
    reopen: bool,
    restart: bool,
    stop: bool,
}

/// What the keeper is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// Other choices.
    pub choices: Option<Choices>,
    /// Somebody looks at the lists, which should be new.
    pub look: bool,
    /// The player asks to try the device again.
    pub reopen: bool,
    /// The plugin asks to be activated anew.
    pub restart: bool,
    /// The program ends.
    pub stop: bool,
}

/// The desk between the window and the keeper. One for each program.
#[derive(Default)]
pub struct StandaloneDesk {
    overview: Mutex<Arc<Overview>>,
    wishes: Mutex<Wishes>,
    wished: Condvar,
    ended: Mutex<bool>,
    end: Condvar,
}

impl StandaloneDesk {
    // The window's side.

    /// What there is now.
    pub fn overview(&self) -> Arc<Overview> {
        self.overview.lock().clone()
    }

    /// Chooses. It is shown at once; what comes of it is seen in the overview some moments later.
    pub fn choose(&self, choices: Choices) {
        self.wish(|wishes| {
            Arc::make_mut(&mut self.overview.lock()).choices = choices.clone();
            wishes.choices = Some(choices);
        });
    }

    /// Says that somebody looks at the lists. Cheap; call it while they are on view.
    pub fn look(&self) {
        self.wish(|wishes| wishes.look = true);
    }

    /// Tries the chosen device again.
    pub fn reopen(&self) {
        self.wish(|wishes| wishes.reopen = true);
    }

    /// Asks for the plugin to be activated anew.
    pub fn restart(&self) {
        self.wish(|wishes| wishes.restart = true);
    }

    /// Tells the keeper to end.
    pub fn stop(&self) {
        self.wish(|wishes| wishes.stop = true);
    }

    /// Whether the keeper has ended, within `longest`.
    pub fn wait_for_end(&self, longest: Duration) -> bool {
        let mut ended = self.ended.lock();
        if !*ended {
            self.end.wait_while_for(&mut ended, |ended| !*ended, longest);
        }
        *ended
    }

    fn wish(&self, wish: impl FnOnce(&mut Wishes)) {
        wish(&mut self.wishes.lock());
        self.wished.notify_one();
    }

    // The keeper's side.

    /// Waits for a wish, for at most `longest`. Looking alone wakes nobody.
    pub fn wait(&self, longest: Duration) -> Asked {
        let mut wishes = self.wishes.lock();
        if !wishes.is_urgent() {
            self.wished.wait_while_for(&mut wishes, |wishes| !wishes.is_urgent(), longest);
        }
        let Wishes { choices, look, reopen, restart, stop } = std::mem::take(&mut *wishes);
        wishes.stop = stop;
        Asked { choices, look, reopen, restart, stop }
    }

    /// The keeper has ended.
    pub fn has_ended(&self) {
        *self.ended.lock() = true;
        self.end.notify_all();
    }

    /// Shows what there is. Choices that were made meanwhile stay on view.
    pub fn show(&self, mut overview: Overview) {
        let wishes = self.wishes.lock();
        if let Some(choices) = &wishes.choices {
            overview.choices = choices.clone();
        }
        let mut shown = self.overview.lock();
        if **shown != overview {
            *shown = Arc::new(overview);
        }
    }
}

impl Wishes {
    fn is_urgent(&self) -> bool {
        self.choices.is_some() || self.reopen || self.restart || self.stop
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_taken_once_and_shown_at_once() {
        let desk = StandaloneDesk::default();
        let wished = Choices { buffer: Some(64), ..Choices::default() };
        desk.choose(wished.clone());
        assert_eq!(desk.overview().choices, wished);
        // What the keeper found before it heard of the wish does not take it off the view.
        desk.show(Overview::default());
        assert_eq!(desk.overview().choices, wished);
        assert_eq!(desk.wait(Duration::from_secs(20)).choices, Some(wished));
        assert_eq!(desk.wait(Duration::ZERO), Asked::default());
        desk.stop();
        assert!(desk.wait(Duration::from_secs(20)).stop && desk.wait(Duration::from_secs(20)).stop);
    }
}
