//! How pitches, levels and frequencies are written: short, with real minus signs, as musicians say them.
//! Pure. Tests: at the end.

use timbrel_engine::units::{A4_HZ, A4_PITCH, hertz_of_pitch};

/// The twelve names of an octave.
const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/// Name of a MIDI key; 60 is C4.
pub fn key_name(key: u8) -> String {
    format!("{}{}", NAMES[usize::from(key % 12)], i32::from(key / 12) - 1)
}

/// Name of the nearest key and the cents from it, where there are some: `A4 +12 ct`.
pub fn pitch_name(midi_pitch: f32) -> String {
    let key = midi_pitch.round().clamp(0.0, 127.0);
    let cents = ((midi_pitch - key) * 100.0).round();
    let name = key_name(key as u8);
    if cents == 0.0 { name } else { format!("{name} {} ct", signed(cents)) }
}

/// A whole number with its sign.
fn signed(value: f32) -> String {
    format!("{}{:.0}", if value < 0.0 { "−" } else { "+" }, value.abs())
}

/// Decibels, without a unit: `−23`.
pub fn level(db: f32) -> String {
    let db = db.round();
    format!("{}{:.0}", if db < 0.0 { "−" } else { "" }, db.abs())
}

/// A frequency with its unit: `440 Hz`, `12.5 kHz`.
pub fn frequency(hz: f64) -> String {
    match hz {
        hz if hz < 100.0 => format!("{hz:.1} Hz"),
        hz if hz < 1_000.0 => format!("{hz:.0} Hz"),
        hz if hz < 10_000.0 => format!("{:.2} kHz", hz / 1_000.0),
        hz => format!("{:.1} kHz", hz / 1_000.0),
    }
}

/// Frequency of a pitch, hertz.
pub fn hertz(midi_pitch: f32) -> f64 {
    f64::from(hertz_of_pitch(midi_pitch, A4_HZ))
}

/// Pitch of a frequency in hertz, MIDI semitones.
pub fn pitch(hz: f64) -> f32 {
    A4_PITCH + 12.0 * (hz as f32 / A4_HZ).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_musicians() {
        assert_eq!([key_name(60), key_name(69), key_name(0), key_name(127)], ["C4", "A4", "C-1", "G9"]);
        assert_eq!([pitch_name(69.12), pitch_name(68.8), pitch_name(60.001)], ["A4 +12 ct", "A4 −20 ct", "C4"]);
        assert_eq!([level(-23.4), level(-0.2), level(3.0)], ["−23", "0", "3"]);
        assert_eq!([frequency(55.0), frequency(440.2), frequency(12_540.0)], ["55.0 Hz", "440 Hz", "12.5 kHz"]);
        assert!((pitch(hertz(70.5)) - 70.5).abs() < 1e-3);
    }
}
