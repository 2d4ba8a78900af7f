//! The parameters as one list, in the order in which hosts see them, each with the engine's setting that follows it.
//! Read on any thread, moved on the audio thread; real-time safe.
//! The list and the saved parameters are the same (tests: `controls_are_the_parameters_in_their_order`,
//! `every_setting_follows_one_parameter`).

use super::TimbrelParams;
use nice_plug::params::internals::ParamPtr;
use nice_plug::params::{FloatParam, IntParam, InternalParamMut, Param};
use std::sync::OnceLock;
use timbrel_engine::event::Setting;

/// Number of parameters, each of which is one of the engine's settings.
pub const SETTINGS: usize = Setting::ALL.len();

/// The ids of the parameters, in the order in which hosts see them: part of every saved project. Only ever append.
#[rustfmt::skip]
pub const IDS: [&str; SETTINGS] = [
    "attack", "decay", "sustain", "release", "velamt", "presamt", "bendrng", "vibrate", "vibdep", "tune", "a4", "voices",
    "loud", "harm", "noise", "room", "gain",
    // From release 0.2 on.
    "vmode", "nprio", "retrig", "glide", "glmode", "glwhen", "unison", "unidet", "unispr", "velatk", "vibons", "vibjit",
    "fluct", "soft", "timbre", "mpe", "mpebend", "bright", "pan", "keyspr", "rsize", "rdecay", "width", "limit",
    // From release 0.3 on.
    "natural", "nfluct", "peakpos", "nvib", "atknoise",
    // From release 0.4 on.
    "oddeven", "stretch", "inharm", "formant", "balance", "tshift", "dynamics", "drive", "ishift", "shmix", "morph",
    "latent1", "latent2", "latent3", "latent4", "macro1", "macro2", "macro3", "macro4", "lfo1rate", "lfo1shp",
    "lfo1sync", "lfo1phs", "lfo1rise", "lfo1mode", "lfo2rate", "lfo2shp", "lfo2sync", "lfo2phs", "lfo2rise",
    "lfo2mode", "env2a", "env2d", "env2s", "env2r", "env3a", "env3d", "env3s", "env3r", "mod1", "mod2", "mod3",
    "mod4", "mod5", "mod6", "mod7", "mod8", "mod9", "mod10", "mod11", "mod12", "mod13", "mod14", "mod15", "mod16",
];

/// One parameter, whatever its kind.
#[derive(Clone, Copy)]
pub enum Control<'a> {
    /// A continuous one.
    Float(&'a FloatParam),
    /// One with steps: a number, or a choice by name.
    Int(&'a IntParam),
}

impl<'a> From<&'a FloatParam> for Control<'a> {
    fn from(param: &'a FloatParam) -> Self {
        Self::Float(param)
    }
}

impl<'a> From<&'a IntParam> for Control<'a> {
    fn from(param: &'a IntParam) -> Self {
        Self::Int(param)
    }
}

impl Control<'_> {
    /// The value now, with the host's modulation, in the setting's own unit.
    pub fn value(self) -> f32 {
        match self {
            Self::Float(param) => param.value(),
            Self::Int(param) => param.value() as f32,
        }
    }

    /// Least and greatest value, in the setting's own unit.
    pub fn range(self) -> (f32, f32) {
        match self {
            Self::Float(param) => (param.preview_plain(0.0), param.preview_plain(1.0)),
            Self::Int(param) => (param.preview_plain(0.0) as f32, param.preview_plain(1.0) as f32),
        }
    }

    /// What the host must add for a note, in the setting's own unit, so that a polyphonic modulation of `offset` (share
    /// of the range) is heard. CLAP counts it from the value without the modulation that all notes share, and engine
    /// settings are with it. For linear parameters.
    pub fn modulation(self, offset: f32) -> f32 {
        let (least, greatest) = self.range();
        let shared = match self {
            Self::Float(param) => param.value() - param.unmodulated_plain_value(),
            Self::Int(param) => (param.value() - param.unmodulated_plain_value()) as f32,
        };
        offset * (greatest - least) - shared
    }

    /// What hosts and the editor show.
    pub fn name(&self) -> &str {
        match self {
            Self::Float(param) => param.name(),
            Self::Int(param) => param.name(),
        }
    }

    /// The framework's handle.
    pub fn pointer(self) -> ParamPtr {
        match self {
            Self::Float(param) => param.as_ptr(),
            Self::Int(param) => param.as_ptr(),
        }
    }

    /// The place from 0 (bottom) to 1 of the value without modulation.
    pub fn position(self) -> f32 {
        match self {
            Self::Float(param) => param.unmodulated_normalized_value(),
            Self::Int(param) => param.unmodulated_normalized_value(),
        }
    }

    /// Gives the parameter a value in its own unit, to the bit. Tells nobody: whoever calls this has the host look again.
    /// Any thread; what the audio callback reads is atomic.
    pub fn set(self, value: f32) {
        // SAFETY: the parameter is borrowed, so it is alive, and its fields are atomics.
        unsafe {
            match self {
                Self::Float(param) => param._internal_set_plain_value(value),
                Self::Int(param) => param._internal_set_plain_value(value as i32),
            };
        }
    }

    /// Moves the parameter to a place from 0 (bottom) to 1 and returns the place that it then has, which is that of the
    /// nearest step. Tells nobody. Audio thread only.
    pub fn place(self, position: f32) -> f32 {
        // SAFETY: the parameter is borrowed, so it is alive. The framework marks the call as its own because the host
        // must hear of the move; whoever calls this sees to that (see `learn.rs`).
        unsafe { self.pointer()._internal_set_normalized_value(position.clamp(0.0, 1.0)) };
        self.position()
    }
}

/// Names of the groups, in the editor's order, with the settings in each.
pub const GROUPS: [(&str, &[Setting]); 15] = [
    (
        "Voices",
        &[
            Setting::VoiceMode,
            Setting::Polyphony,
            Setting::NotePriority,
            Setting::Retrigger,
            Setting::GlideTime,
            Setting::GlideMode,
            Setting::GlideWhen,
            Setting::Unison,
            Setting::UnisonDetune,
            Setting::UnisonSpread,
        ],
    ),
    (
        "Performance",
        &[
            Setting::Natural,
            Setting::NoteFluctuation,
            Setting::NoteVibrato,
            Setting::PeakPosition,
            Setting::AttackNoise,
        ],
    ),
    ("Envelope", &[Setting::Attack, Setting::Decay, Setting::Sustain, Setting::Release, Setting::VelocityToAttack]),
    ("Tuning", &[Setting::Tune, Setting::ReferencePitch, Setting::BendRange, Setting::Mpe, Setting::MpeBendRange]),
    ("Sound", &[Setting::Loudness, Setting::Brightness, Setting::HarmonicLevel, Setting::NoiseLevel]),
    (
        "Shape",
        &[
            Setting::OddEven,
            Setting::Stretch,
            Setting::Inharmonicity,
            Setting::FormantShift,
            Setting::Balance,
            Setting::TimbreShift,
            Setting::Dynamics,
            Setting::IndexDrive,
            Setting::IndexShift,
            Setting::ShaperMix,
        ],
    ),
    ("Morph", &[Setting::Morph, Setting::Latent1, Setting::Latent2, Setting::Latent3, Setting::Latent4]),
    (
        "Expression",
        &[
            Setting::VelocityAmount,
            Setting::PressureAmount,
            Setting::TimbreAmount,
            Setting::SoftPedal,
            Setting::VibratoRate,
            Setting::VibratoDepth,
            Setting::VibratoOnset,
            Setting::VibratoJitter,
            Setting::Fluctuation,
        ],
    ),
    (
        "Output",
        &[
            Setting::OutputGain,
            Setting::Pan,
            Setting::KeySpread,
            Setting::Width,
            Setting::RoomMix,
            Setting::RoomSize,
            Setting::RoomDecay,
            Setting::Limiter,
        ],
    ),
    ("Macros", &[Setting::Macro1, Setting::Macro2, Setting::Macro3, Setting::Macro4]),
    (
        "LFO 1",
        &[
            Setting::Lfo1Rate,
            Setting::Lfo1Shape,
            Setting::Lfo1Sync,
            Setting::Lfo1Phase,
            Setting::Lfo1Rise,
            Setting::Lfo1Mode,
        ],
    ),
    (
        "LFO 2",
        &[
            Setting::Lfo2Rate,
            Setting::Lfo2Shape,
            Setting::Lfo2Sync,
            Setting::Lfo2Phase,
            Setting::Lfo2Rise,
            Setting::Lfo2Mode,
        ],
    ),
    ("Envelope 2", &[Setting::Env2Attack, Setting::Env2Decay, Setting::Env2Sustain, Setting::Env2Release]),
    ("Envelope 3", &[Setting::Env3Attack, Setting::Env3Decay, Setting::Env3Sustain, Setting::Env3Release]),
    (
        "Modulation",
        &[
            Setting::ModAmount1,
            Setting::ModAmount2,
            Setting::ModAmount3,
            Setting::ModAmount4,
            Setting::ModAmount5,
            Setting::ModAmount6,
            Setting::ModAmount7,
            Setting::ModAmount8,
            Setting::ModAmount9,
            Setting::ModAmount10,
            Setting::ModAmount11,
            Setting::ModAmount12,
            Setting::ModAmount13,
            Setting::ModAmount14,
            Setting::ModAmount15,
            Setting::ModAmount16,
        ],
    ),
];

impl TimbrelParams {
    /// Every parameter and the setting that follows it, in the order in which hosts see them.
    pub fn controls(&self) -> [(Setting, Control<'_>); SETTINGS] {
        let (envelope, expression, tuning, sound) = (&self.envelope, &self.expression, &self.tuning, &self.sound);
        let (voices, touch, output, performance) = (&self.voices, &self.touch, &self.output, &self.performance);
        [
            (Setting::Attack, (&envelope.attack).into()),
            (Setting::Decay, (&envelope.decay).into()),
            (Setting::Sustain, (&envelope.sustain).into()),
            (Setting::Release, (&envelope.release).into()),
            (Setting::VelocityAmount, (&expression.velocity).into()),
            (Setting::PressureAmount, (&expression.pressure).into()),
            (Setting::BendRange, (&self.bend.range).into()),
            (Setting::VibratoRate, (&self.vibrato.rate).into()),
            (Setting::VibratoDepth, (&self.vibrato.depth).into()),
            (Setting::Tune, (&tuning.tune).into()),
            (Setting::ReferencePitch, (&tuning.reference).into()),
            (Setting::Polyphony, (&self.polyphony.notes).into()),
            (Setting::Loudness, (&sound.loudness).into()),
            (Setting::HarmonicLevel, (&sound.harmonic).into()),
            (Setting::NoiseLevel, (&sound.noise).into()),
            (Setting::RoomMix, (&self.room.mix).into()),
            (Setting::OutputGain, (&self.room.gain).into()),
            (Setting::VoiceMode, (&voices.mode).into()),
            (Setting::NotePriority, (&voices.priority).into()),
            (Setting::Retrigger, (&voices.retrigger).into()),
            (Setting::GlideTime, (&voices.glide_time).into()),
            (Setting::GlideMode, (&voices.glide_mode).into()),
            (Setting::GlideWhen, (&voices.glide_when).into()),
            (Setting::Unison, (&voices.unison).into()),
            (Setting::UnisonDetune, (&voices.unison_detune).into()),
            (Setting::UnisonSpread, (&voices.unison_spread).into()),
            (Setting::VelocityToAttack, (&self.strike.velocity).into()),
            (Setting::VibratoOnset, (&touch.vibrato_onset).into()),
            (Setting::VibratoJitter, (&touch.vibrato_jitter).into()),
            (Setting::Fluctuation, (&touch.fluctuation).into()),
            (Setting::SoftPedal, (&touch.soft_pedal).into()),
            (Setting::TimbreAmount, (&touch.timbre).into()),
            (Setting::Mpe, (&self.mpe.zone).into()),
            (Setting::MpeBendRange, (&self.mpe.bend_range).into()),
            (Setting::Brightness, (&self.colour.brightness).into()),
            (Setting::Pan, (&output.pan).into()),
            (Setting::KeySpread, (&output.key_spread).into()),
            (Setting::RoomSize, (&output.room_size).into()),
            (Setting::RoomDecay, (&output.room_decay).into()),
            (Setting::Width, (&output.width).into()),
            (Setting::Limiter, (&output.limiter).into()),
            (Setting::Natural, (&performance.natural).into()),
            (Setting::NoteFluctuation, (&performance.fluctuation).into()),
            (Setting::PeakPosition, (&performance.peak_position).into()),
            (Setting::NoteVibrato, (&performance.vibrato).into()),
            (Setting::AttackNoise, (&performance.attack_noise).into()),
            (Setting::OddEven, (&self.shaping.odd_even).into()),
            (Setting::Stretch, (&self.shaping.stretch).into()),
            (Setting::Inharmonicity, (&self.shaping.inharmonicity).into()),
            (Setting::FormantShift, (&self.shaping.formant).into()),
            (Setting::Balance, (&self.shaping.balance).into()),
            (Setting::TimbreShift, (&self.shaping.timbre).into()),
            (Setting::Dynamics, (&self.shaping.dynamics).into()),
            (Setting::IndexDrive, (&self.shaping.drive).into()),
            (Setting::IndexShift, (&self.shaping.index_shift).into()),
            (Setting::ShaperMix, (&self.shaping.shaper_mix).into()),
            (Setting::Morph, (&self.morph.morph).into()),
            (Setting::Latent1, (&self.morph.latent1).into()),
            (Setting::Latent2, (&self.morph.latent2).into()),
            (Setting::Latent3, (&self.morph.latent3).into()),
            (Setting::Latent4, (&self.morph.latent4).into()),
            (Setting::Macro1, (&self.macros.macro1).into()),
            (Setting::Macro2, (&self.macros.macro2).into()),
            (Setting::Macro3, (&self.macros.macro3).into()),
            (Setting::Macro4, (&self.macros.macro4).into()),
            (Setting::Lfo1Rate, (&self.lfo1.rate).into()),
            (Setting::Lfo1Shape, (&self.lfo1.shape).into()),
            (Setting::Lfo1Sync, (&self.lfo1.sync).into()),
            (Setting::Lfo1Phase, (&self.lfo1.phase).into()),
            (Setting::Lfo1Rise, (&self.lfo1.rise).into()),
            (Setting::Lfo1Mode, (&self.lfo1.mode).into()),
            (Setting::Lfo2Rate, (&self.lfo2.rate).into()),
            (Setting::Lfo2Shape, (&self.lfo2.shape).into()),
            (Setting::Lfo2Sync, (&self.lfo2.sync).into()),
            (Setting::Lfo2Phase, (&self.lfo2.phase).into()),
            (Setting::Lfo2Rise, (&self.lfo2.rise).into()),
            (Setting::Lfo2Mode, (&self.lfo2.mode).into()),
            (Setting::Env2Attack, (&self.env2.attack).into()),
            (Setting::Env2Decay, (&self.env2.decay).into()),
            (Setting::Env2Sustain, (&self.env2.sustain).into()),
            (Setting::Env2Release, (&self.env2.release).into()),
            (Setting::Env3Attack, (&self.env3.attack).into()),
            (Setting::Env3Decay, (&self.env3.decay).into()),
            (Setting::Env3Sustain, (&self.env3.sustain).into()),
            (Setting::Env3Release, (&self.env3.release).into()),
            (Setting::ModAmount1, (&self.amounts.row1).into()),
            (Setting::ModAmount2, (&self.amounts.row2).into()),
            (Setting::ModAmount3, (&self.amounts.row3).into()),
            (Setting::ModAmount4, (&self.amounts.row4).into()),
            (Setting::ModAmount5, (&self.amounts.row5).into()),
            (Setting::ModAmount6, (&self.amounts.row6).into()),
            (Setting::ModAmount7, (&self.amounts.row7).into()),
            (Setting::ModAmount8, (&self.amounts.row8).into()),
            (Setting::ModAmount9, (&self.amounts.row9).into()),
            (Setting::ModAmount10, (&self.amounts.row10).into()),
            (Setting::ModAmount11, (&self.amounts.row11).into()),
            (Setting::ModAmount12, (&self.amounts.row12).into()),
            (Setting::ModAmount13, (&self.amounts.row13).into()),
            (Setting::ModAmount14, (&self.amounts.row14).into()),
            (Setting::ModAmount15, (&self.amounts.row15).into()),
            (Setting::ModAmount16, (&self.amounts.row16).into()),
        ]
    }

    /// The setting that follows the parameter at this place in [`IDS`].
    pub fn setting_at(place: usize) -> Option<Setting> {
        static SETTINGS_IN_ORDER: OnceLock<[Setting; SETTINGS]> = OnceLock::new();
        let settings = SETTINGS_IN_ORDER.get_or_init(|| Self::default().controls().map(|(setting, _)| setting));
        settings.get(place).copied()
    }

    /// The parameter that a setting follows.
    pub fn control(&self, setting: Setting) -> Option<Control<'_>> {
        self.controls().into_iter().find_map(|(found, control)| (found == setting).then_some(control))
    }

    /// A learned controller is at `position` (0 to 1), `offset` samples into the part of the host's block that is being
    /// played: moves the parameter at `place` there, remembers to tell the host, and returns its setting with the new
    /// value. Audio thread.
    pub fn turn(&self, place: usize, offset: usize, position: f32) -> Option<(Setting, f32)> {
        let (setting, control) = self.controls().get(place).copied()?;
        self.learned.tell(place, offset, control.place(position));
        Some((setting, control.value()))
    }

    /// Every setting of the engine with its value now, in the engine's units, in the order of [`Self::controls`].
    /// Real-time safe.
    pub fn settings(&self) -> [(Setting, f32); SETTINGS] {
        self.controls().map(|(setting, control)| (setting, control.value()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_plug::params::Params;
    use std::collections::HashSet;
    use timbrel_engine::perform::modulation::Depth;

    #[test]
    fn controls_are_the_parameters_in_their_order() {
        let params = TimbrelParams::default();
        let map = params.param_map();
        assert_eq!(map.len(), SETTINGS);
        for ((setting, control), (id, pointer, group)) in params.controls().into_iter().zip(map) {
            assert_eq!(control.pointer(), pointer, "{id}");
            let (shown, _) = GROUPS.iter().find(|(_, settings)| settings.contains(&setting)).unwrap();
            assert_eq!(*shown, group, "{id}");
        }
    }

    #[test]
    fn every_setting_follows_one_parameter() {
        let params = TimbrelParams::default();
        let followed: HashSet<Setting> = params.controls().into_iter().map(|(setting, _)| setting).collect();
        assert_eq!(followed.len(), SETTINGS);
        assert_eq!(GROUPS.iter().map(|(_, settings)| settings.len()).sum::<usize>(), SETTINGS);
    }

    #[test]
    fn no_parameter_reaches_beyond_its_setting() {
        for (setting, control) in TimbrelParams::default().controls() {
            let ((least, greatest), (low, high)) = (control.range(), setting.range());
            assert!(low <= least && greatest <= high, "{}: {least} to {greatest}", control.name());
        }
    }

    #[test]
    fn a_full_amount_is_the_range_of_the_parameter() {
        for (setting, control) in TimbrelParams::default().controls() {
            let is_continuous = matches!(control, Control::Float(_));
            assert_eq!(setting.depth().is_some(), is_continuous, "{}", control.name());
            if let Some(Depth::Linear(depth)) = setting.depth() {
                let (least, greatest) = control.range();
                assert!((depth - (greatest - least)).abs() < 1e-4, "{}: {depth}", control.name());
            }
        }
    }

    #[test]
    fn notes_are_modulated_where_the_engine_can() {
        for (setting, control) in TimbrelParams::default().controls() {
            // SAFETY: the parameters live until the end of the test.
            let id = unsafe { control.pointer().poly_modulation_id() };
            let place = Setting::MODULATED.iter().position(|modulated| *modulated == setting);
            assert_eq!(id, place.map(|place| place as u32), "{}", control.name());
            if place.is_some() {
                // What makes an offset the same anywhere in the range.
                let ((least, greatest), Control::Float(param)) = (control.range(), control) else { panic!() };
                assert_eq!(param.preview_plain(0.5), 0.5 * (least + greatest));
            }
        }
    }

    #[test]
    fn a_modulation_of_one_note_replaces_that_of_all() {
        let params = TimbrelParams::default();
        let tune = params.control(Setting::Tune).unwrap();
        assert_eq!(tune.modulation(0.25), 12.0);
        // SAFETY: the parameters live until the end of the test.
        unsafe { tune.pointer()._internal_modulate_value(0.125) };
        assert_eq!(tune.value(), 6.0);
        assert_eq!(tune.modulation(0.25), 6.0);
    }
}
