//! How loud frequencies are for the ear, as ITU-R BS.1770-4 weighs them (K-weighting): a shelf of 4 dB above some 1.7 kHz and
//! a high-pass at 38 Hz.
//! Pure; any thread.
//! Promises the standard's filters within 0.1 dB up to 10 kHz (test: `the_ears_weights_are_those_of_the_standard`).

/// The shelf: corner, hertz, quality, gain at the top, and gain of its middle term.
const SHELF_HZ: f32 = 1_681.974_5;
const SHELF_Q: f32 = 0.707_175_24;
const SHELF_TOP: f32 = 1.584_893_2;
const SHELF_MIDDLE: f32 = 1.258_720_9;
/// The high-pass: corner, hertz, and quality.
const PASS_HZ: f32 = 38.135_47;
const PASS_Q: f32 = 0.500_327_04;

/// Gain of a power at a frequency (hertz), by the analogue prototypes of the standard's two filters.
pub fn weight(hertz: f32) -> f32 {
    let shelf = (hertz / SHELF_HZ) * (hertz / SHELF_HZ);
    let shelf_above = (1.0 - SHELF_TOP * shelf).powi(2) + shelf * (SHELF_MIDDLE / SHELF_Q).powi(2);
    let shelf_below = (1.0 - shelf).powi(2) + shelf / (SHELF_Q * SHELF_Q);
    let pass = (hertz / PASS_HZ) * (hertz / PASS_HZ);
    let pass_below = (1.0 - pass).powi(2) + pass / (PASS_Q * PASS_Q);
    shelf_above / shelf_below * (pass * pass / pass_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ears_weights_are_those_of_the_standard() {
        // Gains of the filters that BS.1770-4 tabulates for 48 kHz (tables 1 and 2), computed from their coefficients.
        let shelf = ([1.535_124_9, -2.691_696_2, 1.198_392_8], [1.0, -1.690_659_3, 0.732_480_77]);
        let pass = ([1.0, -2.0, 1.0], [1.0, -1.990_047_5, 0.990_072_25]);
        let power = |coefficients: [f64; 3], turn: f64| {
            let real: f64 = coefficients.iter().zip(0..).map(|(c, n)| c * (turn * f64::from(n)).cos()).sum();
            let imaginary: f64 = coefficients.iter().zip(0..).map(|(c, n)| c * (turn * f64::from(n)).sin()).sum();
            real * real + imaginary * imaginary
        };
        for hertz in [30.0, 60.0, 200.0, 997.0, 1_700.0, 4_000.0, 10_000.0] {
            let turn = std::f64::consts::TAU * hertz / 48_000.0;
            let standard: f64 =
                [shelf, pass].iter().map(|(above, below)| power(*above, turn) / power(*below, turn)).product();
            let off_db = 10.0 * (f64::from(weight(hertz as f32)) / standard).log10();
            println!("{hertz} Hz: {:+.2} dB, off by {off_db:+.3} dB", 10.0 * standard.log10());
            assert!(off_db.abs() < 0.1);
        }
    }
}
