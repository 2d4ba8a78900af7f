//! What a MIDI channel's controllers say, smoothed.
//! Pure, control thread. Tests: `tests/tests/perform_expression.rs`, `tests/tests/perform_arithmetic/controllers.rs`.

use super::smooth::{Smoother, share};

/// Time constant of pitch, seconds: fast enough for a trill on the wheel, slow enough for 7-bit steps.
const PITCH_SMOOTHING: f64 = 0.005;
/// Time constant of loudness, timbre and vibrato controllers, seconds.
const CONTROLLER_SMOOTHING: f64 = 0.02;
/// What CC11, CC2 and the expression of a note take away at 0, decibels.
const EXPRESSION_RANGE_DB: f32 = 40.0;
/// What CC71 adds to the noise level at 127 and takes away at 0, decibels.
const BALANCE_RANGE_DB: f32 = 12.0;

/// What a finger does to a key that is down: the three dimensions of MPE.
#[derive(Clone, Copy, Debug)]
pub struct Touch {
    /// Semitones.
    pub bend: Smoother,
    /// The same as a share of its range, -1 to 1.
    pub lean: Smoother,
    /// 0 to 1.
    pub pressure: Smoother,
    /// CC74, -1 to 1, 0 at rest.
    pub timbre: Smoother,
}

impl Touch {
    fn new() -> Self {
        let zero = Smoother::new(0.0);
        Self { bend: zero, lean: zero, pressure: zero, timbre: zero }
    }

    /// Everything is where it was going.
    pub fn snap(&mut self) {
        self.bend.snap();
        self.lean.snap();
        self.pressure.snap();
        self.timbre.snap();
    }

    /// Lets the time of `shares` pass.
    pub fn advance(&mut self, shares: &Shares) {
        self.bend.advance(shares.pitch);
        self.lean.advance(shares.pitch);
        self.pressure.advance(shares.controller);
        self.timbre.advance(shares.controller);
    }
}

/// One channel.
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    /// Bend, pressure and timbre.
    pub touch: Touch,
    /// The bend wheel, -1 to 1: how far the bend goes of its range.
    pub bend_position: f32,
    /// CC1, 0 to 1.
    pub wheel: Smoother,
    /// CC2, 0 to 1; 1 until the first one comes.
    pub breath: Smoother,
    /// The same, 0 until the first one comes.
    pub blown: Smoother,
    /// CC7, 0 to 1.
    pub volume: Smoother,
    /// CC10, -1 to 1.
    pub pan: Smoother,
    /// CC11, 0 to 1.
    pub expression: Smoother,
    /// CC71, -1 to 1.
    pub balance: Smoother,
    /// CC64 is down.
    pub sustain: bool,
    /// CC66 is down.
    pub sostenuto: bool,
    /// CC67 is down.
    pub soft: bool,
}

impl Channel {
    /// All controllers at rest.
    pub fn new() -> Self {
        Self {
            touch: Touch::new(),
            bend_position: 0.0,
            wheel: Smoother::new(0.0),
            breath: Smoother::new(1.0),
            blown: Smoother::new(0.0),
            volume: Smoother::new(1.0),
            pan: Smoother::new(0.0),
            expression: Smoother::new(1.0),
            balance: Smoother::new(0.0),
            sustain: false,
            sostenuto: false,
            soft: false,
        }
    }

    /// CC121 (MIDI's recommended practice 15, and the timbre, which is a finger's in MPE): what hands and feet do goes back to
    /// rest. Volume, pan and CC71 stay, as they are part of the sound.
    pub fn rest(&mut self) {
        self.bend_position = 0.0;
        self.touch.bend.aim(0.0);
        self.touch.lean.aim(0.0);
        self.touch.pressure.aim(0.0);
        self.touch.timbre.aim(0.0);
        self.wheel.aim(0.0);
        self.breath.aim(1.0);
        self.blown.aim(0.0);
        self.expression.aim(1.0);
        self.sustain = false;
        self.sostenuto = false;
        self.soft = false;
    }

    /// Everything is where it was going.
    pub fn snap(&mut self) {
        self.touch.snap();
        self.each(Smoother::snap);
    }

    /// Lets the time of `shares` pass.
    pub fn advance(&mut self, shares: &Shares) {
        self.touch.advance(shares);
        self.each(|value| value.advance(shares.controller));
    }

    fn each(&mut self, change: impl Fn(&mut Smoother)) {
        let Self { wheel, breath, blown, volume, pan, expression, balance, .. } = self;
        [wheel, breath, blown, volume, pan, expression, balance].into_iter().for_each(change);
    }
}

impl Default for Channel {
    fn default() -> Self {
        Self::new()
    }
}

/// What the controllers of a note's channel, and of its zone's manager, add up to.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Semitones.
    pub bend: f32,
    /// 0 to 1, the greater one.
    pub pressure: f32,
    /// CC74, -1 to 1 for each channel.
    pub timbre: f32,
    /// CC1, 0 to 1, the greater one.
    pub wheel: f32,
    /// CC11 and CC2, decibels of loudness.
    pub loudness_db: f32,
    /// CC7, linear.
    pub gain: f32,
    /// CC10, -1 to 1 for each channel.
    pub pan: f32,
    /// CC71, decibels of the noise.
    pub noise_db: f32,
    /// The bend wheel, -1 to 1 for each channel.
    pub lean: f32,
    /// CC11, 0 to 1.
    pub expression: f32,
    /// CC2, 0 to 1, 0 until the first one comes; the greater one.
    pub breath: f32,
}

impl Reading {
    /// Of one channel, with the touch that counts for the note.
    pub fn of(channel: &Channel, touch: &Touch) -> Self {
        Self {
            bend: touch.bend.value(),
            pressure: touch.pressure.value(),
            timbre: touch.timbre.value(),
            wheel: channel.wheel.value(),
            loudness_db: expression_db(channel.expression.value()) + expression_db(channel.breath.value()),
            // 40 log10(v) decibels.
            gain: channel.volume.value().powi(2),
            pan: channel.pan.value(),
            noise_db: BALANCE_RANGE_DB * channel.balance.value(),
            lean: touch.lean.value(),
            expression: channel.expression.value(),
            breath: channel.blown.value(),
        }
    }

    /// With what another channel says to the same note.
    pub fn and(self, other: &Self) -> Self {
        Self {
            bend: self.bend + other.bend,
            pressure: self.pressure.max(other.pressure),
            timbre: self.timbre + other.timbre,
            wheel: self.wheel.max(other.wheel),
            loudness_db: self.loudness_db + other.loudness_db,
            gain: self.gain * other.gain,
            pan: self.pan + other.pan,
            noise_db: self.noise_db + other.noise_db,
            lean: self.lean + other.lean,
            expression: self.expression * other.expression,
            breath: self.breath.max(other.breath),
        }
    }
}

/// Loudness at an expression of 0 to 1, decibels.
pub fn expression_db(expression: f32) -> f32 {
    EXPRESSION_RANGE_DB * (expression - 1.0)
}

/// How far smoothers go in one piece of time, computed once for all channels and voices.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// For pitch.
    pub pitch: f32,
    /// For loudness, timbre, place and vibrato.
    pub controller: f32,
}

impl Shares {
    /// For a piece of `seconds`.
    pub fn of(seconds: f64) -> Self {
        Self { pitch: share(seconds, PITCH_SMOOTHING), controller: share(seconds, CONTROLLER_SMOOTHING) }
    }
}
