//! The parameters that the performer follows: their ranges, their defaults and how they move.
//! Every value that comes from a host is brought into its range here (test:
//! `a_setting_outside_its_range_is_clamped_and_one_that_is_no_number_ignored`).

use super::envelope::Shape;
use super::smooth::{Smoother, share};
use super::zones::{Layout, Zone};
use crate::event::Setting;
use crate::frame::Mix;
use crate::units::gain_of_db;

/// Number of settings.
const COUNT: usize = 101;
/// Time constant of a moved parameter, seconds.
const SMOOTHING: f64 = 0.02;

impl Setting {
    /// Every setting.
    pub const ALL: [Self; COUNT] = [
        Self::VoiceMode,
        Self::Polyphony,
        Self::NotePriority,
        Self::Retrigger,
        Self::GlideTime,
        Self::GlideMode,
        Self::GlideWhen,
        Self::Unison,
        Self::UnisonDetune,
        Self::UnisonSpread,
        Self::Attack,
        Self::Decay,
        Self::Sustain,
        Self::Release,
        Self::VelocityToAttack,
        Self::VelocityAmount,
        Self::PressureAmount,
        Self::BendRange,
        Self::Tune,
        Self::ReferencePitch,
        Self::VibratoRate,
        Self::VibratoDepth,
        Self::VibratoOnset,
        Self::VibratoJitter,
        Self::Fluctuation,
        Self::SoftPedal,
        Self::TimbreAmount,
        Self::Mpe,
        Self::MpeBendRange,
        Self::Loudness,
        Self::Brightness,
        Self::Pan,
        Self::KeySpread,
        Self::HarmonicLevel,
        Self::NoiseLevel,
        Self::RoomMix,
        Self::RoomSize,
        Self::RoomDecay,
        Self::Width,
        Self::Limiter,
        Self::OutputGain,
        Self::Natural,
        Self::NoteFluctuation,
        Self::PeakPosition,
        Self::NoteVibrato,
        Self::AttackNoise,
        Self::OddEven,
        Self::Stretch,
        Self::Inharmonicity,
        Self::FormantShift,
        Self::Balance,
        Self::TimbreShift,
        Self::Dynamics,
        Self::IndexDrive,
        Self::IndexShift,
        Self::ShaperMix,
        Self::Morph,
        Self::Latent1,
        Self::Latent2,
        Self::Latent3,
        Self::Latent4,
        Self::Macro1,
        Self::Macro2,
        Self::Macro3,
        Self::Macro4,
        Self::Lfo1Rate,
        Self::Lfo1Shape,
        Self::Lfo1Sync,
        Self::Lfo1Phase,
        Self::Lfo1Rise,
        Self::Lfo1Mode,
        Self::Lfo2Rate,
        Self::Lfo2Shape,
        Self::Lfo2Sync,
        Self::Lfo2Phase,
        Self::Lfo2Rise,
        Self::Lfo2Mode,
        Self::Env2Attack,
        Self::Env2Decay,
        Self::Env2Sustain,
        Self::Env2Release,
        Self::Env3Attack,
        Self::Env3Decay,
        Self::Env3Sustain,
        Self::Env3Release,
        Self::ModAmount1,
        Self::ModAmount2,
        Self::ModAmount3,
        Self::ModAmount4,
        Self::ModAmount5,
        Self::ModAmount6,
        Self::ModAmount7,
        Self::ModAmount8,
        Self::ModAmount9,
        Self::ModAmount10,
        Self::ModAmount11,
        Self::ModAmount12,
        Self::ModAmount13,
        Self::ModAmount14,
        Self::ModAmount15,
        Self::ModAmount16,
    ];

    /// Those that [`crate::event::Event::Modulate`] moves for single notes.
    pub const MODULATED: [Self; 27] = [
        Self::Tune,
        Self::VibratoDepth,
        Self::Loudness,
        Self::Brightness,
        Self::Pan,
        Self::HarmonicLevel,
        Self::NoiseLevel,
        Self::Natural,
        Self::NoteFluctuation,
        Self::PeakPosition,
        Self::NoteVibrato,
        Self::AttackNoise,
        Self::OddEven,
        Self::Stretch,
        Self::Inharmonicity,
        Self::FormantShift,
        Self::Balance,
        Self::TimbreShift,
        Self::Dynamics,
        Self::IndexDrive,
        Self::IndexShift,
        Self::ShaperMix,
        Self::Morph,
        Self::Latent1,
        Self::Latent2,
        Self::Latent3,
        Self::Latent4,
    ];

    /// Least and greatest value, in the setting's own unit. Values outside are clamped.
    pub fn range(self) -> (f32, f32) {
        match self {
            Self::Polyphony => (1.0, 64.0),
            Self::VoiceMode | Self::NotePriority | Self::Retrigger => (0.0, 2.0),
            Self::Mpe => (0.0, 3.0),
            Self::GlideMode | Self::GlideWhen | Self::Limiter => (0.0, 1.0),
            Self::GlideTime => (0.0, 10.0),
            Self::Unison => (1.0, 8.0),
            Self::UnisonDetune => (0.0, 100.0),
            Self::Attack | Self::Decay | Self::Release => (0.0, 20.0),
            Self::Sustain => (-60.0, 0.0),
            Self::VelocityAmount | Self::VelocityToAttack | Self::RoomMix | Self::Natural => (0.0, 1.0),
            Self::UnisonSpread | Self::KeySpread | Self::VibratoJitter => (0.0, 1.0),
            Self::PressureAmount => (-24.0, 24.0),
            Self::BendRange | Self::MpeBendRange => (0.0, 96.0),
            Self::Tune => (-48.0, 48.0),
            Self::ReferencePitch => (380.0, 500.0),
            Self::VibratoRate => (0.1, 12.0),
            Self::VibratoDepth => (0.0, 200.0),
            Self::VibratoOnset => (0.0, 3.0),
            Self::Fluctuation => (0.0, 6.0),
            Self::SoftPedal => (0.0, 24.0),
            Self::TimbreAmount | Self::Brightness => (-6.0, 6.0),
            Self::Loudness => (-40.0, 40.0),
            Self::Pan => (-1.0, 1.0),
            Self::NoteFluctuation | Self::PeakPosition | Self::NoteVibrato | Self::AttackNoise => (-1.0, 1.0),
            Self::HarmonicLevel | Self::NoiseLevel => (-60.0, 24.0),
            Self::RoomSize => (0.5, 2.0),
            Self::RoomDecay => (0.1, 1.0),
            Self::Width => (0.0, 2.0),
            Self::OutputGain => (-60.0, 24.0),
            Self::OddEven | Self::FormantShift | Self::Balance | Self::TimbreShift | Self::IndexDrive => (-24.0, 24.0),
            Self::Stretch => (-100.0, 100.0),
            Self::Inharmonicity => (0.0, 200.0),
            Self::Dynamics => (0.0, 2.0),
            Self::IndexShift | Self::ShaperMix => (-1.0, 1.0),
            Self::Latent1 | Self::Latent2 | Self::Latent3 | Self::Latent4 => (-1.0, 1.0),
            Self::Morph | Self::Macro1 | Self::Macro2 | Self::Macro3 | Self::Macro4 => (0.0, 1.0),
            Self::Lfo1Rate | Self::Lfo2Rate => (0.01, 40.0),
            Self::Lfo1Shape | Self::Lfo2Shape => (0.0, 6.0),
            Self::Lfo1Sync | Self::Lfo2Sync => (0.0, 14.0),
            Self::Lfo1Phase | Self::Lfo2Phase | Self::Lfo1Mode | Self::Lfo2Mode => (0.0, 1.0),
            Self::Lfo1Rise | Self::Lfo2Rise => (0.0, 10.0),
            Self::Env2Attack | Self::Env2Decay | Self::Env2Release => (0.0, 20.0),
            Self::Env3Attack | Self::Env3Decay | Self::Env3Release => (0.0, 20.0),
            Self::Env2Sustain | Self::Env3Sustain => (0.0, 1.0),
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
            | Self::ModAmount16 => (-1.0, 1.0),
        }
    }

    /// The value before anyone sets another.
    pub fn initial(self) -> f32 {
        match self {
            Self::Polyphony => 16.0,
            Self::Attack => 0.01,
            Self::Decay => 0.2,
            Self::Release => 0.15,
            Self::VelocityAmount | Self::RoomMix | Self::Natural => 1.0,
            Self::PressureAmount | Self::SoftPedal | Self::TimbreAmount => 6.0,
            Self::BendRange => 2.0,
            Self::MpeBendRange => 48.0,
            Self::ReferencePitch => 440.0,
            Self::VibratoRate => 5.5,
            Self::VibratoDepth => 50.0,
            Self::VibratoOnset => 0.25,
            Self::VibratoJitter => 0.3,
            Self::VelocityToAttack => 0.5,
            Self::UnisonDetune => 12.0,
            Self::UnisonSpread => 0.5,
            Self::Fluctuation | Self::Unison => 1.0,
            Self::RoomSize | Self::RoomDecay | Self::Width | Self::Limiter => 1.0,
            Self::VoiceMode | Self::NotePriority | Self::Retrigger | Self::Mpe => 0.0,
            Self::GlideTime | Self::GlideMode | Self::GlideWhen => 0.0,
            Self::Sustain | Self::Tune | Self::Loudness | Self::Brightness => 0.0,
            Self::Pan | Self::KeySpread => 0.0,
            Self::NoteFluctuation | Self::PeakPosition | Self::NoteVibrato | Self::AttackNoise => 0.0,
            Self::HarmonicLevel | Self::NoiseLevel | Self::OutputGain => 0.0,
            Self::Dynamics | Self::Lfo1Rate | Self::Lfo2Rate => 1.0,
            Self::Env2Attack | Self::Env3Attack => 0.01,
            Self::Env2Decay | Self::Env3Decay => 0.3,
            Self::Env2Sustain | Self::Env3Sustain => 0.5,
            Self::Env2Release | Self::Env3Release => 0.3,
            Self::OddEven
            | Self::Stretch
            | Self::Inharmonicity
            | Self::FormantShift
            | Self::Balance
            | Self::TimbreShift
            | Self::IndexDrive
            | Self::IndexShift
            | Self::ShaperMix
            | Self::Morph
            | Self::Latent1
            | Self::Latent2
            | Self::Latent3
            | Self::Latent4
            | Self::Macro1
            | Self::Macro2
            | Self::Macro3
            | Self::Macro4
            | Self::Lfo1Shape
            | Self::Lfo1Sync
            | Self::Lfo1Phase
            | Self::Lfo1Rise
            | Self::Lfo1Mode
            | Self::Lfo2Shape
            | Self::Lfo2Sync
            | Self::Lfo2Phase
            | Self::Lfo2Rise
            | Self::Lfo2Mode
            | Self::ModAmount1
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
            | Self::ModAmount16 => 0.0,
        }
    }
}

/// How many voices play the notes: [`Setting::VoiceMode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceMode {
    /// One for each note.
    Poly,
    /// One, which begins anew with each note.
    Mono,
    /// One, whose notes are tied while they overlap.
    Legato,
}

/// Which of the held notes one voice plays: [`Setting::NotePriority`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// The latest.
    Last,
    /// The lowest key.
    Low,
    /// The highest key.
    High,
}

/// What a key does to the note that it plays already: [`Setting::Retrigger`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retrigger {
    /// Fades it at once.
    Restart,
    /// Lets it go.
    Stack,
    /// Begins it anew as it sounds.
    Reuse,
}

/// What a glide's time means: [`Setting::GlideMode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlideMode {
    /// The time of any interval.
    ConstantTime,
    /// The time of an octave.
    ConstantRate,
}

/// Which notes are glided to: [`Setting::GlideWhen`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlideWhen {
    /// All.
    Always,
    /// Those that begin while another key is down.
    Legato,
}

/// The value of every setting, moving smoothly to where it was set.
#[derive(Clone, Debug)]
pub struct Settings {
    values: [Smoother; COUNT],
}

impl Settings {
    /// All at their initial values.
    pub fn new() -> Self {
        Self { values: Setting::ALL.map(|setting| Smoother::new(setting.initial())) }
    }

    /// Aims a setting at `value`, clamped; says whether that changed anything.
    pub fn aim(&mut self, setting: Setting, value: f32) -> bool {
        let (least, greatest) = setting.range();
        let value = value.clamp(least, greatest);
        let smoother = &mut self.values[setting as usize];
        let changed = smoother.target() != value;
        smoother.aim(value);
        changed
    }

    /// Everything is where it was going.
    pub fn snap(&mut self) {
        self.values.iter_mut().for_each(Smoother::snap);
    }

    /// Lets `seconds` pass.
    pub fn advance(&mut self, seconds: f64) {
        let share = share(seconds, SMOOTHING);
        self.values.iter_mut().for_each(|value| value.advance(share));
    }

    /// The value on its way.
    pub fn now(&self, setting: Setting) -> f32 {
        self.values[setting as usize].value()
    }

    /// The value last set.
    pub fn goal(&self, setting: Setting) -> f32 {
        self.values[setting as usize].target()
    }

    /// Notes at once.
    pub fn polyphony(&self) -> usize {
        self.choice(Setting::Polyphony)
    }

    /// Voices of one note.
    pub fn unison(&self) -> usize {
        self.choice(Setting::Unison)
    }

    /// How many voices play the notes.
    pub fn voice_mode(&self) -> VoiceMode {
        [VoiceMode::Poly, VoiceMode::Mono, VoiceMode::Legato][self.choice(Setting::VoiceMode)]
    }

    /// Which of the held notes one voice plays.
    pub fn priority(&self) -> Priority {
        [Priority::Last, Priority::Low, Priority::High][self.choice(Setting::NotePriority)]
    }

    /// What a key does to the note that it plays already.
    pub fn retrigger(&self) -> Retrigger {
        [Retrigger::Restart, Retrigger::Stack, Retrigger::Reuse][self.choice(Setting::Retrigger)]
    }

    /// What the glide's time means.
    pub fn glide_mode(&self) -> GlideMode {
        [GlideMode::ConstantTime, GlideMode::ConstantRate][self.choice(Setting::GlideMode)]
    }

    /// Which notes are glided to.
    pub fn glide_when(&self) -> GlideWhen {
        [GlideWhen::Always, GlideWhen::Legato][self.choice(Setting::GlideWhen)]
    }

    /// Who says what the MPE zones are.
    pub fn mpe_layout(&self) -> Layout {
        [Layout::AsConfigured, Layout::Off, Layout::Whole(Zone::Lower), Layout::Whole(Zone::Upper)]
            [self.choice(Setting::Mpe)]
    }

    /// A discrete setting; its range says how far it goes.
    fn choice(&self, setting: Setting) -> usize {
        self.goal(setting).round() as usize
    }

    /// The envelope's times and level.
    pub fn shape(&self) -> Shape {
        Shape {
            attack: f64::from(self.goal(Setting::Attack)),
            decay: f64::from(self.goal(Setting::Decay)),
            sustain: f64::from(gain_of_db(self.now(Setting::Sustain))),
            release: f64::from(self.goal(Setting::Release)),
        }
    }

    /// The mix last set.
    pub fn mix(&self) -> Mix {
        Mix {
            gain: gain_of_db(self.goal(Setting::OutputGain)),
            room: self.goal(Setting::RoomMix),
            room_size: self.goal(Setting::RoomSize),
            room_decay: self.goal(Setting::RoomDecay),
            width: self.goal(Setting::Width),
            limiter: self.goal(Setting::Limiter).round(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}
