//! The parameters as a musician sees them: stable ids, units, ranges, and text that parses back.
//! Read on the audio thread, shown on the editor's, written by the host on either.
//! Ids never change and text is a fixed point (tests: `parameter_ids_are_the_released_ones`, `text_parses_back`).

mod controls;
mod hints;
mod ranges;

pub use controls::{Control, GROUPS, IDS, SETTINGS};
pub use hints::hint;

use crate::learn::Learned;
use crate::modulation::MatrixChoice;
use crate::presets::Chosen;
use crate::state::{Kept, Reference, WindowSize};
use crate::tuning::TuningChoice;
use nice_plug::prelude::*;
use ranges::{
    bend_range, cents, choice, decibels, deviation, hertz, modulated, pan, percent, seconds, semitones, slope, whole,
    wide_percent,
};
use timbrel_engine::event::Setting;

/// Shapes of an LFO, in the engine's order.
pub const LFO_SHAPES: [&str; 7] = ["Sine", "Triangle", "Saw Up", "Saw Down", "Square", "Steps", "Drift"];
/// Periods of an LFO in the host's time, in the engine's order: T is a third less, D half as much again.
#[rustfmt::skip]
pub const LFO_PERIODS: [&str; 15] = [
    "Off", "4 Bars", "2 Bars", "1 Bar", "1/2", "1/2 T", "1/4 D", "1/4", "1/4 T", "1/8 D", "1/8", "1/8 T", "1/16", "1/16 T", "1/32",
];
/// What an LFO runs for.
pub const LFO_MODES: [&str; 2] = ["Free", "Note"];

/// Everything that the host and a saved project know about one instance.
///
/// The `id`s are part of every saved project: add new ones, never change or reuse one. Hosts see the parameters in the
/// order in which they stand here, so new ones go to the end, whatever their group.
#[derive(Params)]
pub struct TimbrelParams {
    /// Which instrument plays; saved with the project, chosen in the editor.
    #[persist = "instrument"]
    pub instrument: Reference,
    /// What the keys play; saved with the project, chosen in the editor.
    #[persist = "tuning"]
    pub scale: Kept<TuningChoice>,
    /// Which preset the sound was made from.
    #[persist = "preset"]
    pub preset: Kept<Chosen>,
    /// What moves which parameter; saved with the project, chosen in the editor.
    #[persist = "matrix"]
    pub matrix: Kept<MatrixChoice>,
    /// Size of the editor's window.
    #[persist = "window"]
    pub window: WindowSize,
    /// Which MIDI controllers move which parameters.
    #[persist = "controllers"]
    pub learned: Learned,

    /// Attack to release.
    #[nested(group = "Envelope")]
    pub envelope: EnvelopeParams,
    /// What the hands do.
    #[nested(group = "Expression")]
    pub expression: ExpressionParams,
    /// The pitch wheel.
    #[nested(group = "Tuning")]
    pub bend: BendParams,
    /// The mod wheel.
    #[nested(group = "Expression")]
    pub vibrato: VibratoParams,
    /// Where the notes lie.
    #[nested(group = "Tuning")]
    pub tuning: TuningParams,
    /// How many notes.
    #[nested(group = "Voices")]
    pub polyphony: PolyphonyParams,
    /// What the instrument does.
    #[nested(group = "Sound")]
    pub sound: SoundParams,
    /// The mix.
    #[nested(group = "Output")]
    pub room: RoomParams,

    /// How notes share voices.
    #[nested(group = "Voices")]
    pub voices: VoicesParams,
    /// How hard notes begin.
    #[nested(group = "Envelope")]
    pub strike: StrikeParams,
    /// What else the hands and feet do.
    #[nested(group = "Expression")]
    pub touch: TouchParams,
    /// Keyboards with a channel for each note.
    #[nested(group = "Tuning")]
    pub mpe: MpeParams,
    /// The spectrum.
    #[nested(group = "Sound")]
    pub colour: ColourParams,
    /// The stereo field and the room.
    #[nested(group = "Output")]
    pub output: OutputParams,

    /// How much the notes are the recorded players'.
    #[nested(group = "Performance")]
    pub performance: PerformanceParams,

    /// What is done to the frames before they sound.
    #[nested(group = "Shape")]
    pub shaping: ShapingParams,
    /// Between two instruments, or within one that has a latent space.
    #[nested(group = "Morph")]
    pub morph: MorphParams,
    /// Four knobs for anything.
    #[nested(group = "Macros")]
    pub macros: MacroParams,
    /// The first LFO.
    #[nested(group = "LFO 1")]
    pub lfo1: Lfo1Params,
    /// The second.
    #[nested(group = "LFO 2")]
    pub lfo2: Lfo2Params,
    /// A second envelope, of nothing in particular.
    #[nested(group = "Envelope 2")]
    pub env2: Envelope2Params,
    /// A third.
    #[nested(group = "Envelope 3")]
    pub env3: Envelope3Params,
    /// How much each row of the matrix does.
    #[nested(group = "Modulation")]
    pub amounts: AmountParams,
}

/// Loudness over the life of a note.
#[derive(Params)]
pub struct EnvelopeParams {
    /// Time to full loudness.
    #[id = "attack"]
    pub attack: FloatParam,
    /// Time from full loudness to the sustained one.
    #[id = "decay"]
    pub decay: FloatParam,
    /// Sustained loudness, relative to the peak.
    #[id = "sustain"]
    pub sustain: FloatParam,
    /// Time to silence after the key is let go.
    #[id = "release"]
    pub release: FloatParam,
}

/// How playing becomes loudness.
#[derive(Params)]
pub struct ExpressionParams {
    /// How much of the instrument's dynamics velocity spans.
    #[id = "velamt"]
    pub velocity: FloatParam,
    /// Loudness that full aftertouch adds.
    #[id = "presamt"]
    pub pressure: FloatParam,
}

/// The pitch wheel.
#[derive(Params)]
pub struct BendParams {
    /// How far the pitch wheel bends.
    #[id = "bendrng"]
    pub range: IntParam,
}

/// The mod wheel's vibrato.
#[derive(Params)]
pub struct VibratoParams {
    /// Speed of the vibrato.
    #[id = "vibrate"]
    pub rate: FloatParam,
    /// Depth of the vibrato with the mod wheel fully up.
    #[id = "vibdep"]
    pub depth: FloatParam,
}

/// Tuning.
#[derive(Params)]
pub struct TuningParams {
    /// Transposition.
    #[id = "tune"]
    pub tune: FloatParam,
    /// Pitch of A4.
    #[id = "a4"]
    pub reference: FloatParam,
}

/// How many notes.
#[derive(Params)]
pub struct PolyphonyParams {
    /// Notes that may sound at once.
    #[id = "voices"]
    pub notes: IntParam,
}

/// Levels inside the instrument.
#[derive(Params)]
pub struct SoundParams {
    /// How loud the player plays: moves the timbre with the loudness.
    #[id = "loud"]
    pub loudness: FloatParam,
    /// Level of the harmonic part.
    #[id = "harm"]
    pub harmonic: FloatParam,
    /// Level of the breath, bow and key noise.
    #[id = "noise"]
    pub noise: FloatParam,
}

/// Levels outside the instrument.
#[derive(Params)]
pub struct RoomParams {
    /// How much of the recorded room sounds.
    #[id = "room"]
    pub mix: FloatParam,
    /// Output level.
    #[id = "gain"]
    pub gain: FloatParam,
}

/// How notes share voices.
#[derive(Params)]
pub struct VoicesParams {
    /// Poly, mono or legato.
    #[id = "vmode"]
    pub mode: IntParam,
    /// Which held key a single voice plays.
    #[id = "nprio"]
    pub priority: IntParam,
    /// What a key does to its own note that still sounds.
    #[id = "retrig"]
    pub retrigger: IntParam,
    /// Time of a glide.
    #[id = "glide"]
    pub glide_time: FloatParam,
    /// Whether wide glides take longer.
    #[id = "glmode"]
    pub glide_mode: IntParam,
    /// Which notes glide.
    #[id = "glwhen"]
    pub glide_when: IntParam,
    /// Voices of one note.
    #[id = "unison"]
    pub unison: IntParam,
    /// How far those are out of tune.
    #[id = "unidet"]
    pub unison_detune: FloatParam,
    /// How far those are apart.
    #[id = "unispr"]
    pub unison_spread: FloatParam,
}

/// How hard notes begin.
#[derive(Params)]
pub struct StrikeParams {
    /// How much faster hard notes begin.
    #[id = "velatk"]
    pub velocity: FloatParam,
}

/// What else the hands and feet do.
#[derive(Params)]
pub struct TouchParams {
    /// Time to the full vibrato of a note.
    #[id = "vibons"]
    pub vibrato_onset: FloatParam,
    /// Irregularity of the vibrato.
    #[id = "vibjit"]
    pub vibrato_jitter: FloatParam,
    /// Loudness that moves with the vibrato.
    #[id = "fluct"]
    pub fluctuation: FloatParam,
    /// What the soft pedal takes away.
    #[id = "soft"]
    pub soft_pedal: FloatParam,
    /// What controller 74 adds to the brightness.
    #[id = "timbre"]
    pub timbre: FloatParam,
}

/// Keyboards with a channel for each note.
#[derive(Params)]
pub struct MpeParams {
    /// Which channels are notes.
    #[id = "mpe"]
    pub zone: IntParam,
    /// How far a note's own bend reaches.
    #[id = "mpebend"]
    pub bend_range: IntParam,
}

/// The spectrum.
#[derive(Params)]
pub struct ColourParams {
    /// Tilt of the spectrum.
    #[id = "bright"]
    pub brightness: FloatParam,
}

/// The stereo field and the room.
#[derive(Params)]
pub struct OutputParams {
    /// Place between left and right.
    #[id = "pan"]
    pub pan: FloatParam,
    /// Keys from left to right.
    #[id = "keyspr"]
    pub key_spread: FloatParam,
    /// Size of the room.
    #[id = "rsize"]
    pub room_size: FloatParam,
    /// How long it rings.
    #[id = "rdecay"]
    pub room_decay: FloatParam,
    /// Stereo width.
    #[id = "width"]
    pub width: FloatParam,
    /// The safety limiter.
    #[id = "limit"]
    pub limiter: IntParam,
}

/// How much the notes are the recorded players'.
#[derive(Params)]
pub struct PerformanceParams {
    /// How far notes are shaped as they were played.
    #[id = "natural"]
    pub natural: FloatParam,
    /// How much they fluctuate.
    #[id = "nfluct"]
    pub fluctuation: FloatParam,
    /// Where they are loudest.
    #[id = "peakpos"]
    pub peak_position: FloatParam,
    /// How much vibrato they have.
    #[id = "nvib"]
    pub vibrato: FloatParam,
    /// How noisy they begin.
    #[id = "atknoise"]
    pub attack_noise: FloatParam,
}

/// What is done to the frames before they sound.
#[derive(Params)]
pub struct ShapingParams {
    /// Even partials against odd ones.
    #[id = "oddeven"]
    pub odd_even: FloatParam,
    /// Partials pulled apart or together.
    #[id = "stretch"]
    pub stretch: FloatParam,
    /// Stiffness of the string.
    #[id = "inharm"]
    pub inharmonicity: FloatParam,
    /// The spectral envelope, up or down.
    #[id = "formant"]
    pub formant: FloatParam,
    /// Noise against harmonics.
    #[id = "balance"]
    pub balance: FloatParam,
    /// The timbre of another pitch.
    #[id = "tshift"]
    pub timbre: FloatParam,
    /// Span of the loudness.
    #[id = "dynamics"]
    pub dynamics: FloatParam,
    /// How far the shapers are driven.
    #[id = "drive"]
    pub drive: FloatParam,
    /// Where on their curves they are driven.
    #[id = "ishift"]
    pub index_shift: FloatParam,
    /// Which of them are heard.
    #[id = "shmix"]
    pub shaper_mix: FloatParam,
}

/// Between two instruments, or within one.
#[derive(Params)]
pub struct MorphParams {
    /// From the first instrument to the second.
    #[id = "morph"]
    pub morph: FloatParam,
    /// Latent dimension 1.
    #[id = "latent1"]
    pub latent1: FloatParam,
    /// Latent dimension 2.
    #[id = "latent2"]
    pub latent2: FloatParam,
    /// Latent dimension 3.
    #[id = "latent3"]
    pub latent3: FloatParam,
    /// Latent dimension 4.
    #[id = "latent4"]
    pub latent4: FloatParam,
}

/// Four knobs for anything.
#[derive(Params)]
pub struct MacroParams {
    /// Macro 1.
    #[id = "macro1"]
    pub macro1: FloatParam,
    /// Macro 2.
    #[id = "macro2"]
    pub macro2: FloatParam,
    /// Macro 3.
    #[id = "macro3"]
    pub macro3: FloatParam,
    /// Macro 4.
    #[id = "macro4"]
    pub macro4: FloatParam,
}

/// The first LFO.
#[derive(Params)]
pub struct Lfo1Params {
    /// Cycles in a second.
    #[id = "lfo1rate"]
    pub rate: FloatParam,
    /// Its curve.
    #[id = "lfo1shp"]
    pub shape: IntParam,
    /// Period in the host's time.
    #[id = "lfo1sync"]
    pub sync: IntParam,
    /// Where it begins.
    #[id = "lfo1phs"]
    pub phase: FloatParam,
    /// Time to its full depth.
    #[id = "lfo1rise"]
    pub rise: FloatParam,
    /// For all notes or for each.
    #[id = "lfo1mode"]
    pub mode: IntParam,
}

/// The second LFO.
#[derive(Params)]
pub struct Lfo2Params {
    /// Cycles in a second.
    #[id = "lfo2rate"]
    pub rate: FloatParam,
    /// Its curve.
    #[id = "lfo2shp"]
    pub shape: IntParam,
    /// Period in the host's time.
    #[id = "lfo2sync"]
    pub sync: IntParam,
    /// Where it begins.
    #[id = "lfo2phs"]
    pub phase: FloatParam,
    /// Time to its full depth.
    #[id = "lfo2rise"]
    pub rise: FloatParam,
    /// For all notes or for each.
    #[id = "lfo2mode"]
    pub mode: IntParam,
}

/// The second envelope.
#[derive(Params)]
pub struct Envelope2Params {
    /// Time to its top.
    #[id = "env2a"]
    pub attack: FloatParam,
    /// Time from there to the sustained level.
    #[id = "env2d"]
    pub decay: FloatParam,
    /// The level while a key is held.
    #[id = "env2s"]
    pub sustain: FloatParam,
    /// Time to nothing after that.
    #[id = "env2r"]
    pub release: FloatParam,
}

/// The third envelope.
#[derive(Params)]
pub struct Envelope3Params {
    /// Time to its top.
    #[id = "env3a"]
    pub attack: FloatParam,
    /// Time from there to the sustained level.
    #[id = "env3d"]
    pub decay: FloatParam,
    /// The level while a key is held.
    #[id = "env3s"]
    pub sustain: FloatParam,
    /// Time to nothing after that.
    #[id = "env3r"]
    pub release: FloatParam,
}

/// How much each row of the matrix does.
#[derive(Params)]
pub struct AmountParams {
    /// Row 1.
    #[id = "mod1"]
    pub row1: FloatParam,
    /// Row 2.
    #[id = "mod2"]
    pub row2: FloatParam,
    /// Row 3.
    #[id = "mod3"]
    pub row3: FloatParam,
    /// Row 4.
    #[id = "mod4"]
    pub row4: FloatParam,
    /// Row 5.
    #[id = "mod5"]
    pub row5: FloatParam,
    /// Row 6.
    #[id = "mod6"]
    pub row6: FloatParam,
    /// Row 7.
    #[id = "mod7"]
    pub row7: FloatParam,
    /// Row 8.
    #[id = "mod8"]
    pub row8: FloatParam,
    /// Row 9.
    #[id = "mod9"]
    pub row9: FloatParam,
    /// Row 10.
    #[id = "mod10"]
    pub row10: FloatParam,
    /// Row 11.
    #[id = "mod11"]
    pub row11: FloatParam,
    /// Row 12.
    #[id = "mod12"]
    pub row12: FloatParam,
    /// Row 13.
    #[id = "mod13"]
    pub row13: FloatParam,
    /// Row 14.
    #[id = "mod14"]
    pub row14: FloatParam,
    /// Row 15.
    #[id = "mod15"]
    pub row15: FloatParam,
    /// Row 16.
    #[id = "mod16"]
    pub row16: FloatParam,
}

impl Default for TimbrelParams {
    fn default() -> Self {
        Self {
            instrument: Reference::default(),
            scale: Kept::default(),
            preset: Kept::default(),
            matrix: Kept::default(),
            window: WindowSize::default(),
            learned: Learned::default(),
            envelope: EnvelopeParams {
                attack: seconds("Attack", 0.02, 0.001, 5.0),
                decay: seconds("Decay", 0.2, 0.001, 10.0),
                sustain: decibels("Sustain", 0.0, -60.0, 0.0),
                release: seconds("Release", 0.25, 0.005, 10.0),
            },
            expression: ExpressionParams {
                velocity: percent("Velocity", 1.0),
                pressure: decibels("Pressure", 6.0, 0.0, 24.0),
            },
            bend: BendParams { range: bend_range("Bend Range", 2, 48) },
            vibrato: VibratoParams {
                rate: hertz("Vibrato Rate", 2, 5.5, 0.1, 12.0),
                depth: modulated(cents("Vibrato Depth", 50.0, 200.0), Setting::VibratoDepth),
            },
            tuning: TuningParams {
                tune: modulated(semitones("Tune", 0.0, -24.0, 24.0), Setting::Tune),
                reference: hertz("A4", 1, 440.0, 400.0, 480.0),
            },
            polyphony: PolyphonyParams { notes: whole("Voices", 16, 1, 64) },
            sound: SoundParams {
                loudness: modulated(decibels("Loudness", 0.0, -24.0, 24.0), Setting::Loudness),
                harmonic: modulated(decibels("Harmonic Level", 0.0, -60.0, 12.0), Setting::HarmonicLevel),
                noise: modulated(decibels("Noise Level", 0.0, -60.0, 12.0), Setting::NoiseLevel),
            },
            room: RoomParams { mix: percent("Room", 1.0), gain: decibels("Output", 0.0, -60.0, 12.0) },
            voices: VoicesParams {
                mode: choice("Voice Mode", &["Poly", "Mono", "Legato"], 0),
                priority: choice("Priority", &["Last", "Lowest", "Highest"], 0),
                retrigger: choice("Same Key", &["Restart", "Stack", "Reuse"], 0),
                glide_time: seconds("Glide", 0.0, 0.0, 10.0),
                glide_mode: choice("Glide Mode", &["Constant Time", "Constant Rate"], 0),
                glide_when: choice("Glide On", &["Every Note", "Legato"], 0),
                unison: whole("Unison", 1, 1, 8),
                unison_detune: ranges::detune("Detune", 12.0, 100.0),
                unison_spread: percent("Spread", 0.5),
            },
            strike: StrikeParams { velocity: percent("Velocity to Attack", 0.5) },
            touch: TouchParams {
                vibrato_onset: seconds("Vibrato Onset", 0.25, 0.0, 3.0),
                vibrato_jitter: percent("Vibrato Jitter", 0.3),
                fluctuation: decibels("Fluctuation", 1.0, 0.0, 6.0),
                soft_pedal: decibels("Soft Pedal", 6.0, 0.0, 24.0),
                timbre: slope("Timbre", 6.0),
            },
            mpe: MpeParams {
                zone: choice("MPE", &["Auto", "Off", "Lower", "Upper"], 0),
                bend_range: bend_range("MPE Bend Range", 48, 96),
            },
            colour: ColourParams { brightness: modulated(slope("Brightness", 0.0), Setting::Brightness) },
            output: OutputParams {
                pan: modulated(pan("Pan"), Setting::Pan),
                key_spread: percent("Key Spread", 0.0),
                room_size: ranges::size("Room Size"),
                room_decay: wide_percent("Room Decay", 1.0, 0.1, 1.0),
                width: wide_percent("Width", 1.0, 0.0, 2.0),
                limiter: choice("Limiter", &["Off", "On"], 1),
            },
            performance: PerformanceParams {
                natural: modulated(percent("Natural", 1.0), Setting::Natural),
                fluctuation: deviation("Note Fluctuation", Setting::NoteFluctuation),
                peak_position: deviation("Peak Position", Setting::PeakPosition),
                vibrato: deviation("Note Vibrato", Setting::NoteVibrato),
                attack_noise: deviation("Attack Noise", Setting::AttackNoise),
            },
            shaping: ShapingParams {
                odd_even: modulated(decibels("Odd/Even", 0.0, -24.0, 24.0), Setting::OddEven),
                stretch: modulated(ranges::stretch("Stretch"), Setting::Stretch),
                inharmonicity: modulated(cents("Inharmonicity", 0.0, 200.0), Setting::Inharmonicity),
                formant: modulated(semitones("Formant", 0.0, -24.0, 24.0), Setting::FormantShift),
                balance: modulated(decibels("Balance", 0.0, -24.0, 24.0), Setting::Balance),
                timbre: modulated(semitones("Timbre Shift", 0.0, -24.0, 24.0), Setting::TimbreShift),
                dynamics: modulated(wide_percent("Dynamics", 1.0, 0.0, 2.0), Setting::Dynamics),
                drive: modulated(decibels("Drive", 0.0, -24.0, 24.0), Setting::IndexDrive),
                index_shift: deviation("Index Shift", Setting::IndexShift),
                shaper_mix: deviation("Shaper Mix", Setting::ShaperMix),
            },
            morph: MorphParams {
                morph: modulated(percent("Morph", 0.0), Setting::Morph),
                latent1: deviation("Latent 1", Setting::Latent1),
                latent2: deviation("Latent 2", Setting::Latent2),
                latent3: deviation("Latent 3", Setting::Latent3),
                latent4: deviation("Latent 4", Setting::Latent4),
            },
            macros: MacroParams {
                macro1: percent("Macro 1", 0.0),
                macro2: percent("Macro 2", 0.0),
                macro3: percent("Macro 3", 0.0),
                macro4: percent("Macro 4", 0.0),
            },
            lfo1: Lfo1Params {
                rate: ranges::lfo_rate("LFO 1 Rate"),
                shape: choice("LFO 1 Shape", &LFO_SHAPES, 0),
                sync: choice("LFO 1 Sync", &LFO_PERIODS, 0),
                phase: percent("LFO 1 Phase", 0.0),
                rise: seconds("LFO 1 Rise", 0.0, 0.0, 10.0),
                mode: choice("LFO 1 Mode", &LFO_MODES, 0),
            },
            lfo2: Lfo2Params {
                rate: ranges::lfo_rate("LFO 2 Rate"),
                shape: choice("LFO 2 Shape", &LFO_SHAPES, 0),
                sync: choice("LFO 2 Sync", &LFO_PERIODS, 0),
                phase: percent("LFO 2 Phase", 0.0),
                rise: seconds("LFO 2 Rise", 0.0, 0.0, 10.0),
                mode: choice("LFO 2 Mode", &LFO_MODES, 0),
            },
            env2: Envelope2Params {
                attack: seconds("Env 2 Attack", 0.01, 0.001, 10.0),
                decay: seconds("Env 2 Decay", 0.3, 0.001, 10.0),
                sustain: percent("Env 2 Sustain", 0.5),
                release: seconds("Env 2 Release", 0.3, 0.001, 10.0),
            },
            env3: Envelope3Params {
                attack: seconds("Env 3 Attack", 0.01, 0.001, 10.0),
                decay: seconds("Env 3 Decay", 0.3, 0.001, 10.0),
                sustain: percent("Env 3 Sustain", 0.5),
                release: seconds("Env 3 Release", 0.3, 0.001, 10.0),
            },
            amounts: AmountParams {
                row1: ranges::amount("Mod 1 Amount"),
                row2: ranges::amount("Mod 2 Amount"),
                row3: ranges::amount("Mod 3 Amount"),
                row4: ranges::amount("Mod 4 Amount"),
                row5: ranges::amount("Mod 5 Amount"),
                row6: ranges::amount("Mod 6 Amount"),
                row7: ranges::amount("Mod 7 Amount"),
                row8: ranges::amount("Mod 8 Amount"),
                row9: ranges::amount("Mod 9 Amount"),
                row10: ranges::amount("Mod 10 Amount"),
                row11: ranges::amount("Mod 11 Amount"),
                row12: ranges::amount("Mod 12 Amount"),
                row13: ranges::amount("Mod 13 Amount"),
                row14: ranges::amount("Mod 14 Amount"),
                row15: ranges::amount("Mod 15 Amount"),
                row16: ranges::amount("Mod 16 Amount"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_ids_are_the_released_ones() {
        let ids: Vec<String> = TimbrelParams::default().param_map().into_iter().map(|(id, _, _)| id).collect();
        assert_eq!(ids, IDS);
    }

    #[test]
    fn text_parses_back() {
        let params = TimbrelParams::default();
        for (id, pointer, _) in params.param_map() {
            // Close enough to be the same to a player: half of the last digit shown, or half a step.
            // SAFETY: `params` lives until the end of the test.
            let tolerance = unsafe { pointer.step_count() }.map_or(0.06, |steps| 0.501 / steps as f32);
            for step in 0..=1000 {
                let normalized = step as f32 / 1000.0;
                for with_unit in [true, false] {
                    // SAFETY: `params` lives until the end of the test.
                    let (shown, parsed) = unsafe {
                        let shown = pointer.normalized_value_to_string(normalized, with_unit);
                        let parsed = pointer.string_to_normalized_value(&shown);
                        (shown, parsed)
                    };
                    let parsed = parsed.unwrap_or_else(|| panic!("{id}: {shown:?} does not parse"));
                    // SAFETY: as above.
                    let again = unsafe { pointer.normalized_value_to_string(parsed, with_unit) };
                    assert_eq!(shown, again, "{id} at {normalized}");
                    assert!((parsed - normalized).abs() < tolerance, "{id}: {normalized} became {parsed} by {shown:?}");
                }
            }
        }
    }

    #[test]
    fn values_do_not_drift_as_hosts_save_and_load_them() {
        for (_, control) in TimbrelParams::default().controls() {
            let pointer = control.pointer();
            let (least, greatest) = control.range();
            for step in 0..=1000 {
                // SAFETY: the parameters live until the end of the test.
                let saved = unsafe { pointer.preview_plain(step as f32 / 1000.0) };
                let mut value = saved;
                for _ in 0..100 {
                    // A host gives back the place from 0 to 1 that the value had.
                    // SAFETY: as above.
                    value = unsafe { pointer.preview_plain(pointer.preview_normalized(value)) };
                }
                let drift = (value - saved).abs() / (greatest - least);
                assert!(drift < 2e-7, "{} at {step}: {saved} became {value}", control.name());
            }
        }
    }

    #[test]
    fn nonsense_text_is_refused() {
        let params = TimbrelParams::default();
        for (id, pointer, _) in params.param_map() {
            // SAFETY: `params` lives until the end of the test.
            let parsed = unsafe { pointer.string_to_normalized_value("much") };
            assert_eq!(parsed, None, "{id}");
        }
    }
}
