//! Which settings the matrix moves, and how far an amount of 100 % moves each.
//! Pure; any thread. Tests: `tests/tests/perform_modulation/targets.rs`; that a depth is the range of the parameter
//! `params::controls::tests::a_full_amount_is_the_range_of_the_parameter`.

use crate::event::Setting;

/// What an amount of 100 % does to a time or a rate: 10 % is twice as much, or half.
const OCTAVES: f32 = 10.0;
/// A time of 0 that is to be longer begins here, seconds: nothing that is shorter can be heard.
const SHORTEST_TIME: f32 = 1e-3;

/// How far an amount of 100 % moves a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Depth {
    /// By so much, in the setting's own unit: the range of its parameter.
    Linear(f32),
    /// A time in seconds, by ten octaves.
    Time,
    /// A rate in hertz, by ten octaves.
    Rate,
}

impl Depth {
    /// A value that the matrix moves by `share` of the depth, before it is clamped.
    pub fn moved(self, value: f32, share: f32) -> f32 {
        match self {
            Self::Linear(range) => value + share * range,
            Self::Time | Self::Rate if share == 0.0 => value,
            Self::Time => value.max(SHORTEST_TIME) * (OCTAVES * share).exp2(),
            Self::Rate => value * (OCTAVES * share).exp2(),
        }
    }
}

impl Setting {
    /// How far the matrix moves the setting; `None` where it does not: choices, whole numbers.
    pub fn depth(self) -> Option<Depth> {
        let depth = match self {
            Self::GlideTime | Self::Attack | Self::Decay | Self::Release | Self::VibratoOnset => Depth::Time,
            Self::Env2Attack | Self::Env2Decay | Self::Env2Release => Depth::Time,
            Self::Env3Attack | Self::Env3Decay | Self::Env3Release => Depth::Time,
            Self::Lfo1Rise | Self::Lfo2Rise => Depth::Time,
            Self::VibratoRate | Self::Lfo1Rate | Self::Lfo2Rate => Depth::Rate,
            Self::UnisonDetune => Depth::Linear(100.0),
            Self::UnisonSpread | Self::KeySpread | Self::VelocityToAttack | Self::VelocityAmount => Depth::Linear(1.0),
            Self::VibratoJitter | Self::RoomMix | Self::Natural | Self::Morph => Depth::Linear(1.0),
            Self::Macro1 | Self::Macro2 | Self::Macro3 | Self::Macro4 => Depth::Linear(1.0),
            Self::Lfo1Phase | Self::Lfo2Phase | Self::Env2Sustain | Self::Env3Sustain => Depth::Linear(1.0),
            Self::Sustain => Depth::Linear(60.0),
            Self::PressureAmount | Self::SoftPedal => Depth::Linear(24.0),
            Self::Tune | Self::Loudness => Depth::Linear(48.0),
            Self::ReferencePitch => Depth::Linear(80.0),
            Self::VibratoDepth | Self::Stretch | Self::Inharmonicity => Depth::Linear(200.0),
            Self::Fluctuation => Depth::Linear(6.0),
            Self::TimbreAmount | Self::Brightness => Depth::Linear(12.0),
            Self::HarmonicLevel | Self::NoiseLevel | Self::OutputGain => Depth::Linear(72.0),
            Self::RoomSize => Depth::Linear(1.5),
            Self::RoomDecay => Depth::Linear(0.9),
            Self::Pan | Self::Width | Self::Dynamics | Self::IndexShift | Self::ShaperMix => Depth::Linear(2.0),
            Self::NoteFluctuation | Self::PeakPosition | Self::NoteVibrato | Self::AttackNoise => Depth::Linear(2.0),
            Self::Latent1 | Self::Latent2 | Self::Latent3 | Self::Latent4 => Depth::Linear(2.0),
            Self::OddEven | Self::FormantShift | Self::Balance | Self::TimbreShift => Depth::Linear(48.0),
            Self::IndexDrive => Depth::Linear(48.0),
            Self::ModAmount1
            | Self::ModAmount2
            | Self::ModAmount3
            | Self::ModAmount4
            | Self::ModAmount5
            | Self::ModAmount6
            | Self::ModAmount7
            | Self::ModAmount8
            | Self::ModAmount9
            | Self::ModAmount10
            | Self::ModAmount11
            | Self::ModAmount12
            | Self::ModAmount13
            | Self::ModAmount14
            | Self::ModAmount15
            | Self::ModAmount16 => Depth::Linear(2.0),
            Self::VoiceMode | Self::Polyphony | Self::NotePriority | Self::Retrigger | Self::Unison => return None,
            Self::GlideMode | Self::GlideWhen | Self::Mpe | Self::BendRange | Self::MpeBendRange => return None,
            Self::Lfo1Shape | Self::Lfo1Sync | Self::Lfo1Mode | Self::Limiter => return None,
            Self::Lfo2Shape | Self::Lfo2Sync | Self::Lfo2Mode => return None,
        };
        Some(depth)
    }
}
