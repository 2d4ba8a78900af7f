//! Everything in Timbrel that makes sound. It knows no host and no window.
//!
//! The modules follow the signal: [`event`]s go to the control thread, where [`perform`] turns them into one
//! (pitch, loudness, latent) target for each voice, [`control`] steps the decoder of a [`model`] for all voices in one
//! batch (or of two, as [`morph`] blends them) and sends [`frame`]s, and [`render`] turns those into sound in the audio callback.
//! [`synth`] is the whole instrument as a host sees it, and [`watch`] how an editor looks into it. [`tuning`] reads scales for
//! its keys.

pub mod control;
pub mod event;
pub mod frame;
pub mod impulse_response;
pub mod model;
pub mod morph;
pub mod perform;
pub mod render;
pub mod synth;
pub mod tuning;
pub mod units;
pub mod watch;
pub mod waveshaping;
