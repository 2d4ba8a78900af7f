//! The keyboard's focus in a host's window: taken by a click, given back.
//! Runs on the window's thread.
//! A window that wants no keys gets none, and keys that it gets and does not want go on to the host as far as the platform
//! lets them (docs/framework.md says how far).

#[cfg(target_os = "linux")]
mod x11;
#[cfg(target_os = "linux")]
pub(super) use x11::{Keyboard, system_scale};

#[cfg(target_os = "windows")]
mod windows;
#[cfg(target_os = "windows")]
pub(super) use windows::Keyboard;

#[cfg(not(any(target_os = "linux", target_os = "windows")))]
mod chain;
#[cfg(not(any(target_os = "linux", target_os = "windows")))]
pub(super) use chain::Keyboard;

/// The scale that the system asks for, where it can be known before there is a window.
#[cfg(not(target_os = "linux"))]
pub(super) fn system_scale() -> Option<f64> {
    None
}
