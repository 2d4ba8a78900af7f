//! The whole instrument as a host sees it: events in, stereo sound out, a fixed latency, models swapped while playing.
//! [`Synth`] lives in the audio callback, [`SynthHandle`] on any other thread, the conductor on the control thread.
//! Nothing [`Synth::process`] does allocates, locks or waits (test: `the_callback_neither_allocates_nor_locks`).

mod config;
mod status;

pub use config::{BLOCK_CAP, Config, Mode, SynthError};
pub use status::Status;

use crate::event::{Event, NoteAddress};

/// The audio callback's side of an instrument.
pub struct Synth {
    latency: u32,
}

/// The other side, for the editor and the loader. Cheap to clone.
#[derive(Clone)]
pub struct SynthHandle {}

impl Synth {
    /// Samples from an event's position to its sound: one largest block (at most [`BLOCK_CAP`]) and one hop.
    /// Fixed for the life of the synth.
    pub fn latency(&self) -> u32 {
        self.latency
    }

    /// Sends an event that happens at `offset` in the block that comes next. Offsets ascend. Real-time safe.
    pub fn send(&mut self, _offset: usize, _event: Event) {}

    /// Renders the next block; both channels have the same length and are overwritten. Real-time safe.
    /// `ended` is told each note that fell silent and its offset in the block.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32], _ended: &mut dyn FnMut(NoteAddress, usize)) {
        left.fill(0.0);
        right.fill(0.0);
    }

    /// Changes between real time and offline; between blocks. Real-time safe.
    pub fn set_mode(&mut self, _mode: Mode) {}

    /// Forgets every note; what sounds fades within the latency, and the same events then give the same bytes as on a
    /// new synth. Settings keep their values. Real-time safe.
    pub fn reset(&mut self) {}
}

impl SynthHandle {
    /// What the editor shows.
    pub fn status(&self) -> Status {
        Status::default()
    }
}
