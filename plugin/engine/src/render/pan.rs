//! Where one voice is between left and right, as the gains of its mid and side signals.
//! On the audio thread.
//! Promises a side of exact zeros for what is in the middle (test: `what_is_not_panned_has_no_side`), constant power
//! (test: `a_panned_voice_keeps_its_power`), and no click on the way (test: `a_moving_pan_does_not_click`).
//!
//! Left and right of a constant-power pan, sqrt(2) cos(q) and sqrt(2) sin(q) with q from 0 to a quarter turn, are mid + side
//! and mid - side with mid = cos(p pi / 4), side = -sin(p pi / 4), p from -1 to 1. In the middle nothing changes; at an end one
//! channel is silent and the other 3 dB louder.

use super::ramp::Ramp;
use std::f32::consts::FRAC_PI_4;

/// The way of one voice's place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pan {
    mid: Ramp,
    side: Ramp,
}

impl Pan {
    /// Stands at `pan`, -1 (left) to 1; what is no number is the middle.
    pub fn steady(pan: f32) -> Self {
        let (mid, side) = gains(pan);
        Self { mid: Ramp::steady(mid), side: Ramp::steady(side) }
    }

    /// From `position` on, goes in `length` samples to `pan`; what is no number is refused.
    pub fn aim(&mut self, position: u64, length: u64, pan: f32) {
        if pan.is_finite() {
            let (mid, side) = gains(pan);
            self.mid.aim(position, length, mid);
            self.side.aim(position, length, side);
        }
    }

    /// Adds `sound`, whose first sample is at `position`, to `mid` and `side`. Says whether any of it went to the side.
    pub fn add(&self, position: u64, sound: &[f32], mid: &mut [f32], side: &mut [f32]) -> bool {
        add_at(&self.mid, position, sound, mid);
        let aside = !self.side.rests_at(position, 0.0);
        if aside {
            add_at(&self.side, position, sound, side);
        }
        aside
    }
}

fn gains(pan: f32) -> (f32, f32) {
    let pan = if pan.is_finite() { pan.clamp(-1.0, 1.0) } else { 0.0 };
    let (sine, cosine) = (pan * FRAC_PI_4).sin_cos();
    // Zero, and not less than that.
    (cosine, if pan == 0.0 { 0.0 } else { -sine })
}

fn add_at(gain: &Ramp, position: u64, sound: &[f32], out: &mut [f32]) {
    if gain.rests_at(position, gain.target()) {
        let gain = gain.target();
        out.iter_mut().zip(sound).for_each(|(out, sound)| *out += gain * sound);
        return;
    }
    for (offset, (out, sound)) in out.iter_mut().zip(sound).enumerate() {
        *out += gain.value(position + offset as u64) * sound;
    }
}
