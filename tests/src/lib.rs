//! What the end-to-end tests share, and what `cargo xtask play` renders with.

pub mod audition;
pub mod fixtures;
pub mod host;
pub mod measure;
pub mod morphing;
#[cfg(target_os = "linux")]
pub mod window;
