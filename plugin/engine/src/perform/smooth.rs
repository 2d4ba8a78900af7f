//! A value that follows its target without a step: a one-pole low-pass in continuous time.
//! Advancing it in two pieces gives what one piece gives, so it does not matter where events fall between frames.

/// `value' = (target - value) / tau`.
#[derive(Clone, Copy, Debug)]
pub struct Smoother {
    value: f32,
    target: f32,
}

impl Smoother {
    /// At rest at `value`.
    pub fn new(value: f32) -> Self {
        Self { value, target: value }
    }

    /// Where it is.
    pub fn value(&self) -> f32 {
        self.value
    }

    /// Where it is going.
    pub fn target(&self) -> f32 {
        self.target
    }

    /// Begins to go to `target`.
    pub fn aim(&mut self, target: f32) {
        self.target = target;
    }

    /// Is at `target` at once.
    pub fn set(&mut self, target: f32) {
        *self = Self::new(target);
    }

    /// Is where it was going.
    pub fn snap(&mut self) {
        self.value = self.target;
    }

    /// Lets the share `1 - exp(-time / tau)` of the way pass; see [`share`].
    pub fn advance(&mut self, share: f32) {
        self.value += (self.target - self.value) * share;
    }
}

/// The share of its way that a smoother of time constant `tau` goes in `seconds`.
pub fn share(seconds: f64, tau: f64) -> f32 {
    -(-seconds / tau).exp_m1() as f32
}
