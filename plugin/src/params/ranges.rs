//! The kinds of parameter that there are: for each a unit, a range and a curve, and how its values read.
//! Called once for each instance, on the thread that makes it.
//! Text is a fixed point of showing and reading (test: `params::tests::text_parses_back`).

use crate::text;
use nice_plug::prelude::*;
use timbrel_engine::event::Setting;

/// Half of a time slider covers the shortest eighth of its range, where ears tell times apart.
const TIME_SKEW: f32 = 1.0 / 3.0;
/// Half of a detuning slider covers the least quarter of its range, where beating is slow.
const DETUNE_SKEW: f32 = 0.5;
/// Smallest and largest room, compared to the recorded one.
const SIZES: (f32, f32) = (0.5, 2.0);
/// Steps of curved parameters, as fine as they read: the way along the curve and back is not exact, and values would drift
/// as hosts save and load them. Seconds, cents, and shares of the recorded size.
const TIME_STEP: f32 = 1e-4;
const DETUNE_STEP: f32 = 0.01;
const SIZE_STEP: f32 = 1e-3;
/// Slowest and fastest LFO, hertz, and the curve of its slider.
const LFO_RATES: (f32, f32) = (0.01, 40.0);
const RATE_SKEW: f32 = 0.3;
const RATE_STEP: f32 = 1e-3;
/// Steepest tilt of a spectrum, decibels per octave.
const STEEPEST: f32 = 6.0;

/// A time in seconds.
pub(super) fn seconds(name: &str, default: f32, min: f32, max: f32) -> FloatParam {
    FloatParam::new(name, default, FloatRange::Skewed { min, max, factor: TIME_SKEW })
        .with_step_size(TIME_STEP)
        .with_value_to_string(text::show_seconds())
        .with_string_to_value(text::parse_seconds())
}

/// A level or a change of one.
pub(super) fn decibels(name: &str, default: f32, min: f32, max: f32) -> FloatParam {
    linear(name, default, min, max, " dB", 1)
}

/// A tilt of the spectrum.
pub(super) fn slope(name: &str, default: f32) -> FloatParam {
    linear(name, default, -STEEPEST, STEEPEST, " dB/oct", 2)
}

/// A frequency, with `digits` after the point.
pub(super) fn hertz(name: &str, digits: usize, default: f32, min: f32, max: f32) -> FloatParam {
    linear(name, default, min, max, " Hz", digits)
}

/// An interval of 0 to `max` cents.
pub(super) fn cents(name: &str, default: f32, max: f32) -> FloatParam {
    linear(name, default, 0.0, max, " ct", 1)
}

/// How far partials are pulled apart or together, cents per octave.
pub(super) fn stretch(name: &str) -> FloatParam {
    linear(name, 0.0, -100.0, 100.0, " ct/oct", 1)
}

/// The rate of an LFO: half of the slider is below 4 Hz.
pub(super) fn lfo_rate(name: &str) -> FloatParam {
    let (min, max) = LFO_RATES;
    FloatParam::new(name, 1.0, FloatRange::Skewed { min, max, factor: RATE_SKEW })
        .with_step_size(RATE_STEP)
        .with_unit(" Hz")
        .with_value_to_string(text::show(3))
        .with_string_to_value(text::parse())
}

/// A detuning of 0 to `max` cents, finer near 0.
pub(super) fn detune(name: &str, default: f32, max: f32) -> FloatParam {
    FloatParam::new(name, default, FloatRange::Skewed { min: 0.0, max, factor: DETUNE_SKEW })
        .with_step_size(DETUNE_STEP)
        .with_unit(" ct")
        .with_value_to_string(text::show(2))
        .with_string_to_value(text::parse())
}

/// An interval in semitones.
pub(super) fn semitones(name: &str, default: f32, min: f32, max: f32) -> FloatParam {
    linear(name, default, min, max, " st", 2)
}

/// A share of a whole.
pub(super) fn percent(name: &str, default: f32) -> FloatParam {
    wide_percent(name, default, 0.0, 1.0)
}

/// A share, or a multiple.
pub(super) fn wide_percent(name: &str, default: f32, min: f32, max: f32) -> FloatParam {
    as_percent(FloatParam::new(name, default, FloatRange::Linear { min, max }))
}

/// How much of a source reaches a target, -100 % to 100 %, finer than other shares: 0.01 % of the range of the tuning is
/// half a cent.
pub(super) fn amount(name: &str) -> FloatParam {
    FloatParam::new(name, 0.0, FloatRange::Linear { min: -1.0, max: 1.0 })
        .with_unit(" %")
        .with_value_to_string(text::show_percent(2))
        .with_string_to_value(text::parse_percent())
}

/// How far notes are from what was recorded, -100 % to 100 %; hosts may modulate it for single notes as `setting`.
pub(super) fn deviation(name: &str, setting: Setting) -> FloatParam {
    modulated(wide_percent(name, 0.0, -1.0, 1.0), setting)
}

/// A size compared to 1, which is the middle.
pub(super) fn size(name: &str) -> FloatParam {
    let (min, max) = SIZES;
    // A power that brings 1 to the middle of the slider.
    let factor = 0.5f32.ln() / ((1.0 - min) / (max - min)).ln();
    as_percent(FloatParam::new(name, 1.0, FloatRange::Skewed { min, max, factor }).with_step_size(SIZE_STEP))
}

/// A place between left and right.
pub(super) fn pan(name: &str) -> FloatParam {
    FloatParam::new(name, 0.0, FloatRange::Linear { min: -1.0, max: 1.0 })
        .with_value_to_string(text::show_pan())
        .with_string_to_value(text::parse_pan())
}

/// A whole number.
pub(super) fn whole(name: &str, default: i32, min: i32, max: i32) -> IntParam {
    IntParam::new(name, default, IntRange::Linear { min, max }).with_string_to_value(text::parse_whole())
}

/// A range of pitch bend, whole semitones from 0.
pub(super) fn bend_range(name: &str, default: i32, max: i32) -> IntParam {
    whole(name, default, 0, max).with_unit(" st")
}

/// One of several things by name.
pub(super) fn choice(name: &str, names: &'static [&'static str], default: i32) -> IntParam {
    let max = i32::try_from(names.len()).unwrap_or(i32::MAX) - 1;
    IntParam::new(name, default, IntRange::Linear { min: 0, max })
        .with_value_to_string(text::show_name(names))
        .with_string_to_value(text::parse_name(names))
}

/// The same parameter, which hosts may modulate for single notes as `setting`.
pub(super) fn modulated(param: FloatParam, setting: Setting) -> FloatParam {
    let place = Setting::MODULATED.iter().position(|modulated| *modulated == setting);
    match place.and_then(|place| u32::try_from(place).ok()) {
        Some(id) => param.with_poly_modulation_id(id),
        None => param,
    }
}

fn linear(name: &str, default: f32, min: f32, max: f32, unit: &'static str, digits: usize) -> FloatParam {
    FloatParam::new(name, default, FloatRange::Linear { min, max })
        .with_unit(unit)
        .with_value_to_string(text::show(digits))
        .with_string_to_value(text::parse())
}

fn as_percent(param: FloatParam) -> FloatParam {
    param.with_unit(" %").with_value_to_string(text::show_percent(1)).with_string_to_value(text::parse_percent())
}
