//! How much faster than the host the shapers run, so that what they add above the host's Nyquist frequency does not fold.
//! Asked on the loader thread, when a bank is built.
//! Promises aliases at or under -75 dB in the band up to 16 kHz at the rates that hosts use (test:
//! `aliases_of_a_swept_bank_stay_under_75_db_at_44_1_khz`; the figures of all methods that were tried are in `docs/waveshaping.md`).

/// Hosts from this rate on, hertz, need no oversampling: at 88.2 kHz what folds under 16 kHz comes from above 72 kHz.
const HIGH_RATE_HZ: f64 = 64_000.0;
/// Below this rate, hertz, is what such models are trained at (16 kHz in the publication). Their aliases are part of the
/// sound that the training heard, and the engine makes the same.
const LOW_RATE_HZ: f64 = 32_000.0;

/// Samples of the shapers for each sample of a host at `sample_rate` hertz: 1 or 2.
pub(super) fn factor(sample_rate: f64) -> usize {
    if (LOW_RATE_HZ..HIGH_RATE_HZ).contains(&sample_rate) { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::factor;

    #[test]
    fn shapers_run_at_what_measurements_ask_for() {
        let factors = [16_000.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0].map(factor);
        assert_eq!(factors, [1, 2, 2, 1, 1, 1]);
    }
}
