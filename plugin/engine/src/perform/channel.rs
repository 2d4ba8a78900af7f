//! What a MIDI channel's controllers say, smoothed.

use super::smooth::{Smoother, share};

/// Time constant of pitch, seconds: fast enough for a trill on the wheel, slow enough for 7-bit steps.
const BEND_SMOOTHING: f64 = 0.005;
/// Time constant of loudness and vibrato controllers, seconds.
const CONTROLLER_SMOOTHING: f64 = 0.02;
/// What CC11 takes away at 0, decibels.
const EXPRESSION_RANGE_DB: f32 = 40.0;

/// One channel.
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    /// -1 to 1.
    pub bend: Smoother,
    /// 0 to 1.
    pub pressure: Smoother,
    /// CC1, 0 to 1.
    pub wheel: Smoother,
    /// CC11, 0 to 1.
    pub expression: Smoother,
    /// CC64 is down.
    pub pedal: bool,
}

impl Channel {
    /// All controllers at rest.
    pub fn new() -> Self {
        Self {
            bend: Smoother::new(0.0),
            pressure: Smoother::new(0.0),
            wheel: Smoother::new(0.0),
            expression: Smoother::new(1.0),
            pedal: false,
        }
    }

    /// CC121: everything goes back to rest.
    pub fn rest(&mut self) {
        self.bend.aim(0.0);
        self.pressure.aim(0.0);
        self.wheel.aim(0.0);
        self.expression.aim(1.0);
        self.pedal = false;
    }

    /// Everything is where it was going.
    pub fn snap(&mut self) {
        self.bend.snap();
        self.pressure.snap();
        self.wheel.snap();
        self.expression.snap();
    }

    /// Lets the time of `shares` pass.
    pub fn advance(&mut self, shares: &Shares) {
        self.bend.advance(shares.bend);
        self.pressure.advance(shares.controller);
        self.wheel.advance(shares.controller);
        self.expression.advance(shares.controller);
    }

    /// What CC11 does to loudness, decibels, at most 0: linear in decibels.
    pub fn expression_db(&self) -> f32 {
        EXPRESSION_RANGE_DB * (self.expression.value() - 1.0)
    }
}

impl Default for Channel {
    fn default() -> Self {
        Self::new()
    }
}

/// How far smoothers go in one piece of time, computed once for all channels and voices.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// For pitch.
    pub bend: f32,
    /// For loudness and vibrato.
    pub controller: f32,
}

impl Shares {
    /// For a piece of `seconds`.
    pub fn of(seconds: f64) -> Self {
        Self { bend: share(seconds, BEND_SMOOTHING), controller: share(seconds, CONTROLLER_SMOOTHING) }
    }
}
