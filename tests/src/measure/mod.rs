//! Measurements on rendered sound: pitch, onset, level.
//! Any thread.
//! Each is tested on sounds whose answer is known.

mod frequency;
mod onset;
mod partial;
mod pitch;
mod spectrum;

pub use frequency::frequency_near;
pub use onset::{first_difference, first_sound};
pub use partial::{centroid, partial, partials_db};
pub use pitch::{cents_between, fundamental, fundamental_within};
pub use spectrum::{Spectrum, distance_db};
