//! The parameters as a musician sees them: stable ids, units, ranges, and text that parses back.
//! Read on the audio thread, shown on the editor's, written by the host on either.
//! Ids never change and text is a fixed point (tests: `parameter_ids_are_the_released_ones`, `text_parses_back`).

use crate::state::{Kept, Reference, WindowSize};
use crate::text;
use crate::tuning::TuningChoice;
use nice_plug::prelude::*;
use timbrel_engine::event::Setting;

/// Number of settings that follow parameters.
pub const SETTINGS: usize = 17;

/// Everything that the host and a saved project know about one instance.
///
/// The `id`s are part of every saved project: add new ones, never change or reuse one.
#[derive(Params)]
pub struct TimbrelParams {
    /// Which instrument plays; saved with the project, chosen in the editor.
    #[persist = "instrument"]
    pub instrument: Reference,
    /// What the keys play; saved with the project, chosen in the editor.
    #[persist = "tuning"]
    pub scale: Kept<TuningChoice>,
    /// Size of the editor's window.
    #[persist = "window"]
    pub window: WindowSize,

    /// Attack to release.
    #[nested(group = "Envelope")]
    pub envelope: EnvelopeParams,
    /// What the hands do.
    #[nested(group = "Expression")]
    pub expression: ExpressionParams,
    /// Where the notes lie.
    #[nested(group = "Tuning")]
    pub tuning: TuningParams,
    /// The mix.
    #[nested(group = "Sound")]
    pub sound: SoundParams,
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

/// How playing becomes loudness and pitch.
#[derive(Params)]
pub struct ExpressionParams {
    /// How much of the instrument's dynamics velocity spans.
    #[id = "velamt"]
    pub velocity: FloatParam,
    /// Loudness that full aftertouch adds.
    #[id = "presamt"]
    pub pressure: FloatParam,
    /// How far the pitch wheel bends.
    #[id = "bendrng"]
    pub bend_range: IntParam,
    /// Speed of the mod wheel's vibrato.
    #[id = "vibrate"]
    pub vibrato_rate: FloatParam,
    /// Depth of the vibrato with the mod wheel fully up.
    #[id = "vibdep"]
    pub vibrato_depth: FloatParam,
}

/// Tuning and voices.
#[derive(Params)]
pub struct TuningParams {
    /// Transposition.
    #[id = "tune"]
    pub tune: FloatParam,
    /// Pitch of A4.
    #[id = "a4"]
    pub reference: FloatParam,
    /// Notes that may sound at once.
    #[id = "voices"]
    pub polyphony: IntParam,
}

/// Levels.
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
    /// How much of the recorded room sounds.
    #[id = "room"]
    pub room: FloatParam,
    /// Output level.
    #[id = "gain"]
    pub gain: FloatParam,
}

impl Default for TimbrelParams {
    fn default() -> Self {
        Self {
            instrument: Reference::default(),
            scale: Kept::default(),
            window: WindowSize::default(),
            envelope: EnvelopeParams {
                attack: seconds("Attack", 0.02, 0.001, 5.0),
                decay: seconds("Decay", 0.2, 0.001, 10.0),
                sustain: decibels("Sustain", 0.0, -60.0, 0.0),
                release: seconds("Release", 0.25, 0.005, 10.0),
            },
            expression: ExpressionParams {
                velocity: percent("Velocity", 1.0),
                pressure: decibels("Pressure", 6.0, 0.0, 24.0),
                bend_range: IntParam::new("Bend Range", 2, IntRange::Linear { min: 0, max: 48 })
                    .with_unit(" st")
                    .with_string_to_value(text::parse_whole()),
                vibrato_rate: FloatParam::new("Vibrato Rate", 5.5, FloatRange::Linear { min: 0.1, max: 12.0 })
                    .with_unit(" Hz")
                    .with_value_to_string(text::show(2))
                    .with_string_to_value(text::parse()),
                vibrato_depth: FloatParam::new("Vibrato Depth", 50.0, FloatRange::Linear { min: 0.0, max: 200.0 })
                    .with_unit(" ct")
                    .with_value_to_string(text::show(1))
                    .with_string_to_value(text::parse()),
            },
            tuning: TuningParams {
                tune: FloatParam::new("Tune", 0.0, FloatRange::Linear { min: -24.0, max: 24.0 })
                    .with_unit(" st")
                    .with_value_to_string(text::show(2))
                    .with_string_to_value(text::parse()),
                reference: FloatParam::new("A4", 440.0, FloatRange::Linear { min: 400.0, max: 480.0 })
                    .with_unit(" Hz")
                    .with_value_to_string(text::show(1))
                    .with_string_to_value(text::parse()),
                polyphony: IntParam::new("Voices", 16, IntRange::Linear { min: 1, max: 64 })
                    .with_string_to_value(text::parse_whole()),
            },
            sound: SoundParams {
                loudness: decibels("Loudness", 0.0, -24.0, 24.0),
                harmonic: decibels("Harmonic Level", 0.0, -60.0, 12.0),
                noise: decibels("Noise Level", 0.0, -60.0, 12.0),
                room: percent("Room", 1.0),
                gain: decibels("Output", 0.0, -60.0, 12.0),
            },
        }
    }
}

impl TimbrelParams {
    /// Every setting of the engine with its value now, in the engine's units, in a fixed order. Real-time safe.
    pub fn settings(&self) -> [(Setting, f32); SETTINGS] {
        let (envelope, expression) = (&self.envelope, &self.expression);
        let (tuning, sound) = (&self.tuning, &self.sound);
        [
            (Setting::Polyphony, tuning.polyphony.value() as f32),
            (Setting::Attack, envelope.attack.value()),
            (Setting::Decay, envelope.decay.value()),
            (Setting::Sustain, envelope.sustain.value()),
            (Setting::Release, envelope.release.value()),
            (Setting::VelocityAmount, expression.velocity.value()),
            (Setting::PressureAmount, expression.pressure.value()),
            (Setting::BendRange, expression.bend_range.value() as f32),
            (Setting::Tune, tuning.tune.value()),
            (Setting::ReferencePitch, tuning.reference.value()),
            (Setting::VibratoRate, expression.vibrato_rate.value()),
            (Setting::VibratoDepth, expression.vibrato_depth.value()),
            (Setting::Loudness, sound.loudness.value()),
            (Setting::HarmonicLevel, sound.harmonic.value()),
            (Setting::NoiseLevel, sound.noise.value()),
            (Setting::RoomMix, sound.room.value()),
            (Setting::OutputGain, sound.gain.value()),
        ]
    }
}

/// Half of a time slider covers the shortest eighth of its range, where ears tell times apart.
const TIME_SKEW: f32 = 1.0 / 3.0;

fn seconds(name: &str, default: f32, min: f32, max: f32) -> FloatParam {
    FloatParam::new(name, default, FloatRange::Skewed { min, max, factor: TIME_SKEW })
        .with_value_to_string(text::show_seconds())
        .with_string_to_value(text::parse_seconds())
}

fn decibels(name: &str, default: f32, min: f32, max: f32) -> FloatParam {
    FloatParam::new(name, default, FloatRange::Linear { min, max })
        .with_unit(" dB")
        .with_value_to_string(text::show(1))
        .with_string_to_value(text::parse())
}

fn percent(name: &str, default: f32) -> FloatParam {
    FloatParam::new(name, default, FloatRange::Linear { min: 0.0, max: 1.0 })
        .with_unit(" %")
        .with_value_to_string(text::show_percent(1))
        .with_string_to_value(text::parse_percent())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids of release 0.1. Only ever append.
    const RELEASED: [&str; SETTINGS] = [
        "attack", "decay", "sustain", "release", "velamt", "presamt", "bendrng", "vibrate", "vibdep", "tune", "a4",
        "voices", "loud", "harm", "noise", "room", "gain",
    ];

    #[test]
    fn parameter_ids_are_the_released_ones() {
        let ids: Vec<String> = TimbrelParams::default().param_map().into_iter().map(|(id, _, _)| id).collect();
        assert_eq!(ids, RELEASED);
    }

    #[test]
    fn every_setting_follows_one_parameter() {
        let settings = TimbrelParams::default().settings();
        let distinct: std::collections::HashSet<Setting> = settings.iter().map(|(setting, _)| *setting).collect();
        assert_eq!(distinct.len(), SETTINGS);
    }

    #[test]
    fn text_parses_back() {
        let params = TimbrelParams::default();
        for (id, pointer, _) in params.param_map() {
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
                    // Close enough to be the same to a player: half of the last digit shown.
                    assert!((parsed - normalized).abs() < 0.06, "{id}: {normalized} became {parsed} by {shown:?}");
                }
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
