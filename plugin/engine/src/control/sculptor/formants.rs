//! The spectral envelope of partials and of noise, moved in frequency while the pitch stays.
//! On the control thread, without allocation.
//! Promises an envelope moved by the semitones asked for (test: `a_formant_moves_by_its_semitones`) and odd partials that
//! stay strong where they were (test: `odd_partials_stay_odd`).
//!
//! An envelope is the levels in decibels, linear between neighbours over frequency. Beneath the first it is level; beyond the
//! last one known it falls by 12 dB an octave. A regular difference between odd and even partials, as of a closed pipe, belongs to
//! the source and not to the envelope: it is taken off before and put back after. It is measured at each partial as the median
//! over its neighbourhood, so that a single strong partial is no such difference.

/// Level beyond the last partial or band that is known, decibels per octave.
const FALL: f32 = -12.0;
/// Levels this far under the highest count as unknown where no louder ones follow, and as this elsewhere, decibels.
const FLOOR: f32 = -120.0;
/// Partials on each side over which odd and even are compared.
const REACH: usize = 4;
/// Decibels of a factor of e.
const DB_PER_NEPER: f32 = 8.685_89;

/// Room for the levels of an instrument's partials or bands.
pub(super) struct Formants {
    /// Decibels.
    levels: Vec<f32>,
    /// How far even partials stand out, decibels; less where odd ones do.
    standing_out: Vec<f32>,
}

impl Formants {
    /// For up to `count` partials or bands.
    pub fn new(count: usize) -> Self {
        Self { levels: vec![0.0; count], standing_out: vec![0.0; count] }
    }

    /// Moves the envelope of linear amplitudes of partials 1, 2, ... by so many semitones.
    pub fn move_partials(&mut self, amplitudes: &mut [f32], semitones: f32) {
        let Self { levels, standing_out } = self;
        let Some(known) = read_levels(amplitudes, levels) else { return };
        let standing_out = &mut standing_out[..amplitudes.len()];
        find_standing_out(&levels[..known], standing_out);
        for (index, (level, out)) in levels[..known].iter_mut().zip(&*standing_out).enumerate() {
            *level -= side(index) * out;
        }
        let ratio = (semitones / 12.0).exp2();
        for (index, (amplitude, out)) in amplitudes.iter_mut().zip(&*standing_out).enumerate() {
            let number = (index + 1) as f32 / ratio;
            let level = level_at(&levels[..known], number - 1.0, known as f32 / number);
            *amplitude = linear(level + side(index) * out);
        }
    }

    /// Moves the envelope of linear gains of noise bands, evenly spaced from 0 hertz, by so many semitones. Signs stay.
    pub fn move_bands(&mut self, gains: &mut [f32], semitones: f32) {
        let Some(known) = read_levels(gains, &mut self.levels) else { return };
        let ratio = (semitones / 12.0).exp2();
        for (index, gain) in gains.iter_mut().enumerate() {
            let place = index as f32 / ratio;
            let level = level_at(&self.levels[..known], place, (known - 1) as f32 / place.max(1e-3));
            *gain = linear(level).copysign(*gain);
        }
    }
}

/// Writes levels in decibels, at least [`FLOOR`] under the highest, and says how many are known; `None` where all is silent.
fn read_levels(amplitudes: &[f32], levels: &mut [f32]) -> Option<usize> {
    let highest = amplitudes.iter().fold(0f32, |highest, amplitude| highest.max(amplitude.abs()));
    let least = highest * linear(FLOOR);
    let known = amplitudes.iter().rposition(|amplitude| amplitude.abs() > least)? + 1;
    for (level, amplitude) in levels.iter_mut().zip(&amplitudes[..known]) {
        *level = DB_PER_NEPER * amplitude.abs().max(least).ln();
    }
    Some(known)
}

/// The level at a place between levels; `share` is the frequency of the last one over that of the place.
fn level_at(levels: &[f32], place: f32, share: f32) -> f32 {
    let last = levels.len() - 1;
    // First, as under the only level that is known there is no second one.
    let place = place.max(0.0);
    if place >= last as f32 {
        return levels[last] - FALL * share.min(1.0).log2();
    }
    let lower = place as usize;
    levels[lower] + (levels[lower + 1] - levels[lower]) * (place - lower as f32)
}

/// 1 for even partials, which have odd indices, and -1 for odd ones.
fn side(index: usize) -> f32 {
    if index % 2 == 1 { 1.0 } else { -1.0 }
}

/// For each partial how far even ones stand out of their neighbours around it; 0 where too few are known.
fn find_standing_out(levels: &[f32], standing_out: &mut [f32]) {
    standing_out.fill(0.0);
    let count = levels.len();
    if count < REACH {
        return;
    }
    let at = |index: usize| 0.5 * side(index) * (levels[index] - 0.5 * (levels[index - 1] + levels[index + 1]));
    for (index, out) in standing_out.iter_mut().enumerate() {
        let middle = index.min(count - 1);
        let (low, high) = (middle.saturating_sub(REACH).max(1), (middle + REACH).min(count - 2));
        let low = low.min(high);
        let mut near = [0.0; 2 * REACH + 1];
        let near = &mut near[..=high - low];
        near.iter_mut().zip(low..).for_each(|(value, index)| *value = at(index));
        near.sort_unstable_by(f32::total_cmp);
        let half = near.len() / 2;
        *out = if near.len() % 2 == 1 { near[half] } else { 0.5 * (near[half - 1] + near[half]) };
    }
}

fn linear(db: f32) -> f32 {
    (db / DB_PER_NEPER).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::db_of_gain;

    /// A hump of 30 dB at `centre` (partial number), an octave wide, on a slope of -6 dB an octave.
    fn hump(count: usize, centre: f32) -> Vec<f32> {
        let level = |k: f32| 30.0 * (-2.0 * (k / centre).log2().powi(2)).exp() - 6.0 * (k / centre).log2();
        (1..=count).map(|k| linear(level(k as f32))).collect()
    }

    #[test]
    fn a_formant_moves_by_its_semitones() {
        for semitones in [-12.0f32, -5.0, -1.0, 1.0, 7.0, 12.0] {
            let ratio = (semitones / 12.0).exp2();
            let (mut moved, meant) = (hump(100, 16.0), hump(100, 16.0 * ratio));
            Formants::new(100).move_partials(&mut moved, semitones);
            let first = (2.0 * ratio).ceil() as usize;
            let last = (100.0 * ratio.min(1.0)) as usize;
            let worst = (first..=last).map(|k| db_of_gain(moved[k - 1] / meant[k - 1]).abs()).fold(0.0, f32::max);
            println!("{semitones:+} semitones: within {worst:.2} dB from partial {first} to {last}");
            assert!(worst < 0.6);
        }
    }

    #[test]
    fn odd_partials_stay_odd() {
        let mut pipe: Vec<f32> =
            (0..60).map(|index| linear(-6.0 * ((index + 1) as f32).log2() - 8.0 * side(index))).collect();
        let difference = |amplitudes: &[f32], index: usize| db_of_gain(amplitudes[index] / amplitudes[index - 1]);
        let before = difference(&pipe, 8) - difference(&pipe, 9);
        Formants::new(60).move_partials(&mut pipe, 7.0);
        let after = difference(&pipe, 8) - difference(&pipe, 9);
        println!("neighbours differ by {before:.2} dB before and {after:.2} dB after");
        assert!((before - after).abs() < 1.0 && before.abs() > 20.0);
    }

    #[test]
    fn bands_move_with_their_signs_and_what_is_beyond_falls() {
        let mut bands: Vec<f32> = (0..65).map(|band| if band % 2 == 0 { 0.1 } else { -0.1 }).collect();
        let mut formants = Formants::new(65);
        formants.move_bands(&mut bands, -12.0);
        println!("{:.4} at a half, {:.4} at the top", bands[32], bands[64]);
        assert!((bands[31] + 0.1).abs() < 1e-4 && (bands[32] - 0.1).abs() < 1e-4);
        assert!((db_of_gain(bands[64] / bands[32]) + 12.0).abs() < 0.1);
        let mut silent = [0.0; 65];
        formants.move_bands(&mut silent, 12.0);
        formants.move_partials(&mut silent, 12.0);
        assert_eq!(silent, [0.0; 65]);
    }
}
