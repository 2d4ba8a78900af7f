//! The one place that turns decibels into gains and MIDI pitch into hertz, and back, and cents into stiffness.
//! Pure; any thread. Tests: `decibels_and_gains_agree`, `pitch_and_hertz_agree`, `the_tenth_partial_is_so_many_cents_sharp`.

/// The pitch whose frequency is the reference: A4.
pub const A4_PITCH: f32 = 69.0;

/// Frequency of A4 in the model file's pitch unit, hertz.
pub const A4_HZ: f32 = 440.0;

/// Linear gain of `db` decibels.
pub fn gain_of_db(db: f32) -> f32 {
    (db * (std::f32::consts::LN_10 / 20.0)).exp()
}

/// Decibels of a linear gain; minus infinity for zero.
pub fn db_of_gain(gain: f32) -> f32 {
    20.0 * gain.log10()
}

/// Frequency of a MIDI pitch (fractions allowed) where A4 sounds at `a4_hz`.
pub fn hertz_of_pitch(pitch: f32, a4_hz: f32) -> f32 {
    a4_hz * ((pitch - A4_PITCH) / 12.0).exp2()
}

/// MIDI pitch of a frequency, A4 at 440 Hz.
pub fn pitch_of_hertz(hertz: f32) -> f32 {
    A4_PITCH + 12.0 * (hertz / A4_HZ).log2()
}

/// Fletcher's coefficient B of a string (JASA 36, 1964) whose tenth partial is so many `cents` (under 3,900) sharp against ten
/// times its first: `2^(cents / 1200) = sqrt((1 + 100 B) / (1 + B))`.
pub fn stiffness_of_cents(cents: f32) -> f32 {
    let squared = (cents / 600.0).exp2();
    (squared - 1.0) / (100.0 - squared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_and_gains_agree() {
        assert!((gain_of_db(-20.0) - 0.1).abs() < 1e-7);
        assert!((db_of_gain(2.0) - 6.0206).abs() < 1e-4);
        assert_eq!(gain_of_db(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn pitch_and_hertz_agree() {
        assert_eq!(hertz_of_pitch(69.0, 440.0), 440.0);
        assert!((hertz_of_pitch(57.0, 432.0) - 216.0).abs() < 1e-4);
        assert!((pitch_of_hertz(880.0) - 81.0).abs() < 1e-5);
    }

    #[test]
    fn the_tenth_partial_is_so_many_cents_sharp() {
        assert_eq!(stiffness_of_cents(0.0), 0.0);
        for cents in [1.0f32, 10.0, 200.0] {
            let b = f64::from(stiffness_of_cents(cents));
            let found = 600.0 * ((1.0 + 100.0 * b) / (1.0 + b)).log2();
            assert!((found - f64::from(cents)).abs() < 1e-3, "{found} cents");
        }
    }
}
