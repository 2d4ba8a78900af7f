//! From timed events to timed frames: the conductor, and the control thread that runs it.
//! The conductor knows no thread; the desk runs it on the control thread, or in the callback when the host is offline.
//! Frames depend on events alone, so a real-time take without a late frame is the bounce, byte for byte
//! (test: `a_real_time_take_without_late_frames_is_the_bounce`).

pub mod conductor;
pub mod denormals;
pub mod faults;
mod gestures;
pub mod grid;
pub mod instrument;
pub mod message;

pub(crate) mod desk;
pub(crate) mod janitor;
pub(crate) mod package;
pub mod sculptor;
pub(crate) mod shared;
pub(crate) mod thread;

pub use conductor::{Conductor, Wiring};
pub use grid::Grid;
pub use instrument::Instrument;
