//! Attack, decay, sustain and release as a linear gain, in continuous time.
//! Attack rises like a capacitor that aims 5 % above the top; decay and release fall exponentially.
//! Advancing in pieces gives what one piece gives (test: `an_envelope_does_not_care_where_frames_fall`).

/// Where the attack aims, relative to the top: it is there after three time constants, `1 / (1 - e^-3)`.
const ATTACK_AIM: f64 = 1.052_396;
/// Time constants in an attack.
const ATTACK_TAUS: f64 = 3.0;
/// Time constants in a decay: 99 % of the way.
const DECAY_TAUS: f64 = 4.605_170;
/// Time constants in a release: 60 dB down.
const RELEASE_TAUS: f64 = 6.907_755;
/// Shortest attack, seconds: shorter is a click.
const SHORTEST_ATTACK: f64 = 0.001;
/// Shortest decay and release, seconds.
const SHORTEST_FALL: f64 = 0.005;

/// The times and level that the player set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Seconds from silence to the top.
    pub attack: f64,
    /// Seconds for 99 % of the way from the top to the sustain gain.
    pub decay: f64,
    /// Linear gain, 0 to 1.
    pub sustain: f64,
    /// Seconds to fall by 60 dB.
    pub release: f64,
}

/// On which part of its way an envelope is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// It rises to the top.
    #[default]
    Attack,
    /// It falls to the sustain gain, or is there.
    Decay,
    /// It falls to nothing.
    Release,
}

/// One voice's envelope.
#[derive(Clone, Copy, Debug)]
pub struct Envelope {
    stage: Stage,
    gain: f64,
}

impl Envelope {
    /// Silent, about to rise.
    pub fn new() -> Self {
        Self { stage: Stage::Attack, gain: 0.0 }
    }

    /// Linear gain, 0 to 1.
    pub fn gain(&self) -> f64 {
        self.gain
    }

    /// On which part of its way it is.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Rises to the top from where it is.
    pub fn attack(&mut self) {
        self.stage = Stage::Attack;
    }

    /// Falls from here on.
    pub fn release(&mut self) {
        self.stage = Stage::Release;
    }

    /// Whether it falls for good.
    pub fn is_released(&self) -> bool {
        self.stage == Stage::Release
    }

    /// Lets `seconds` pass.
    pub fn advance(&mut self, seconds: f64, shape: &Shape) {
        let mut left = seconds;
        if self.stage == Stage::Attack {
            let tau = shape.attack.max(SHORTEST_ATTACK) / ATTACK_TAUS;
            let to_top = tau * ((ATTACK_AIM - self.gain) / (ATTACK_AIM - 1.0)).ln();
            if left < to_top {
                self.gain = ATTACK_AIM + (self.gain - ATTACK_AIM) * (-left / tau).exp();
                return;
            }
            left -= to_top;
            self.gain = 1.0;
            self.stage = Stage::Decay;
        }
        let (aim, tau) = match self.stage {
            Stage::Release => (0.0, shape.release.max(SHORTEST_FALL) / RELEASE_TAUS),
            Stage::Attack | Stage::Decay => (shape.sustain, shape.decay.max(SHORTEST_FALL) / DECAY_TAUS),
        };
        self.gain = aim + (self.gain - aim) * (-left / tau).exp();
    }
}

impl Default for Envelope {
    fn default() -> Self {
        Self::new()
    }
}
