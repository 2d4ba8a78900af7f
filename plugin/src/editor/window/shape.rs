//! A window's size and scale, as all threads see them.
//! Written by the window's thread and, for the host's scale, by the host's; read by both without waiting.
//! The host's scale wins over the system's, and a size survives being scaled and back (tests at the end).

use baseview::dpi::{LogicalSize, PhysicalSize};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A window's size and scale. Scale: physical pixels to a logical one.
#[derive(Default)]
pub(super) struct Shape {
    /// What the host asked for, as bits; 0 if it asked for nothing.
    host_scale: AtomicU64,
    /// What the system says, as bits; 0 before the window knows.
    system_scale: AtomicU64,
    /// Width in the upper half, height in the lower, physical pixels; 0 before the window is there.
    physical: AtomicU64,
    /// Neither the host nor the user has hidden the window.
    shown: AtomicBool,
    /// The window shall close itself.
    closing: AtomicBool,
}

impl Shape {
    /// A shape at the scale that the host asked for, if it did.
    pub(super) fn at(host_scale: Option<f64>) -> Self {
        let shape = Self::default();
        if let Some(scale) = host_scale {
            shape.set_host_scale(scale);
        }
        shape
    }

    /// Takes a scale that the host asks for.
    pub(super) fn set_host_scale(&self, scale: f64) {
        self.host_scale.store(sensible(scale).map_or(0, f64::to_bits), Ordering::Release);
    }

    /// Takes what the window system says.
    pub(super) fn place(&self, physical: PhysicalSize<u32>, system_scale: f64) {
        self.system_scale.store(sensible(system_scale).map_or(0, f64::to_bits), Ordering::Release);
        self.physical.store(u64::from(physical.width) << 32 | u64::from(physical.height), Ordering::Release);
    }

    /// The scale to draw at: the host's, or the system's, or 1.
    pub(super) fn scale(&self) -> f64 {
        let host = f64::from_bits(self.host_scale.load(Ordering::Acquire));
        let system = f64::from_bits(self.system_scale.load(Ordering::Acquire));
        [host, system].into_iter().find(|scale| *scale > 0.0).unwrap_or(1.0)
    }

    /// The window's size, physical pixels; `None` before it is there.
    pub(super) fn physical(&self) -> Option<PhysicalSize<u32>> {
        let size = self.physical.load(Ordering::Acquire);
        (size != 0).then(|| PhysicalSize::new((size >> 32) as u32, size as u32))
    }

    /// The window's size, logical pixels, whole.
    pub(super) fn logical(&self) -> Option<LogicalSize<u32>> {
        let physical = self.physical()?;
        Some(physical.to_logical::<f64>(self.scale()))
            .map(|size| LogicalSize::new(size.width.round() as u32, size.height.round() as u32))
    }

    pub(super) fn set_shown(&self, shown: bool) {
        self.shown.store(shown, Ordering::Release);
    }

    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    pub(super) fn is_shown(&self) -> bool {
        self.shown.load(Ordering::Acquire)
    }
}

/// Scales that a window can be drawn at.
fn sensible(scale: f64) -> Option<f64> {
    (scale.is_finite() && scale > 0.0).then(|| scale.clamp(0.5, 8.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_scale_wins_over_the_systems() {
        let shape = Shape::at(None);
        assert_eq!(shape.scale(), 1.0);
        shape.place(PhysicalSize::new(1230, 1080), 1.5);
        assert_eq!((shape.scale(), shape.logical()), (1.5, Some(LogicalSize::new(820, 720))));
        shape.set_host_scale(3.0);
        assert_eq!((shape.scale(), shape.logical()), (3.0, Some(LogicalSize::new(410, 360))));
        shape.set_host_scale(f64::NAN);
        assert_eq!(shape.scale(), 1.5);
    }

    #[test]
    fn a_size_survives_being_scaled_and_back() {
        for scale in [1.0, 1.25, 1.5, 1.75, 2.0, 3.0] {
            let shape = Shape::at(Some(scale));
            for logical in 500..1500_u32 {
                let size = LogicalSize::new(logical, logical + 1);
                shape.place(size.to_physical(scale), 1.0);
                assert_eq!(shape.logical(), Some(size), "at {scale}");
            }
        }
    }
}
