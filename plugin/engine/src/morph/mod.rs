//! Two instruments as one: their decoders' frames are aligned by frequency and blended, across families and rates.
//! Built on the loader thread, stepped on the control thread.
//! Smooth by measure, and better than a crossfade of the two sounds (docs/morphing.md; test: `clap_morph`).

mod bands;
mod blend;
mod counterpart;
mod decoder;
mod newt_partials;
mod tracks;
mod weighting;

pub use decoder::MorphDecoder;
pub use newt_partials::{NewtPartials, PARTIALS};
