//! One glance tells what sounds: the views of the chosen voice and of the output, the field, the line of status.
//! Window's thread; read from the scene alone.
//!
//! - [`Views`]: `partials` with `noise` behind, `shapers`, `scope`, `spectrum`; what they show of the chosen voice is worked out
//!   in `voice` (`overtones` for shapers)
//! - [`Field`]: `region` (where instruments were trained), `tracks` (where voices were), `touch` and `strike` (playing there)
//! - [`StatusLine`]: figures, or a sentence (`status_sentence`)
//! - `bed`, `axis`, `sheets`, `tag`, `names`: what they are drawn with

mod axis;
mod bed;
mod field;
mod names;
mod noise;
mod overtones;
mod partials;
mod region;
mod scope;
mod shapers;
mod sheets;
mod spectrum;
mod status;
mod status_sentence;
mod strike;
mod tag;
mod touch;
mod tracks;
mod views;
mod voice;

pub use field::Field;
pub use status::StatusLine;
pub use views::Views;
