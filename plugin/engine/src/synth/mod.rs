//! The whole instrument as a host sees it: events in, stereo sound out, a fixed latency, models swapped while playing.
//! [`Synth`] lives in the audio callback, [`SynthHandle`] on any other thread, the conductor on the control thread.
//! Nothing [`Synth::process`] does allocates, locks or waits (test: `the_callback_neither_allocates_nor_locks`).

mod callback;
mod config;
mod handle;
mod layers;
mod start;
mod status;
mod wait;

pub use callback::Synth;
pub use config::{BLOCK_CAP, Config, Mode, SynthError};
pub use handle::SynthHandle;
pub use start::{Models, Source};
pub use status::Status;

pub use crate::perform::VoiceView;
pub use crate::watch::{LONGEST_SOUND, Snapshot, Watch};
