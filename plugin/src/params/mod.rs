//! The parameters as a musician sees them: stable ids, units, ranges, and text that parses back.
//! Read on the audio thread, shown on the editor's, written by the host on either.
//! Ids never change and text is a fixed point (tests: `parameter_ids_are_the_released_ones`, `text_parses_back`).

mod controls;
mod groups;
mod hints;
mod ranges;

pub use controls::{Control, GROUPS, IDS, SETTINGS};
pub use groups::*;
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
