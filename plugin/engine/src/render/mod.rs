//! The banks: control frames in, sound out. On the audio thread, but for [`Layer::new`], which builds.
//! Nothing here allocates, locks or waits after it is built (test: `rendering_allocates_nothing`), and everything is a
//! function of event-clock positions, so how the host cuts its blocks never changes a byte
//! (test: `block_sizes_never_change_the_output`).

mod bank;
mod cycle;
mod decay_time;
mod decimator;
mod deviations;
mod exciter;
mod harmonic;
mod layer;
mod level_keeper;
mod limiter;
mod noise;
mod noise_filter;
mod overlap;
mod oversampling;
mod pan;
mod partials;
mod partitions;
mod phase;
mod ramp;
mod reverb;
mod room;
mod room_shape;
mod series;
mod shapers;
#[cfg(target_arch = "x86_64")]
mod shapers_avx2;
mod simd;
mod sine;
mod slot;
mod tilt_filter;
mod voicing;
mod waveshaper;

pub(crate) use cycle::CycleMaker;
pub use layer::{Layer, RenderSpec};
pub use limiter::Limiter;
pub use series::partial_hz;
pub use slot::VoiceLevel;
pub use voicing::{Fidelity, Shaping, Voicing, VoicingError};
