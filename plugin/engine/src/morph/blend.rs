//! Two rows of partials and noise bands, blended: decibels of each partial and each band lie on the straight line between
//! those of the two.
//! Control thread; allocates when it is made.
//! Promises the first row exactly at 0 and the second at 1 (test: `the_ends_of_a_blend_are_its_rows`), and a loudness in
//! decibels and a centre of the partials that lie on straight lines (test: `loudness_and_centroid_go_in_straight_lines`).
//!
//! Where one row has next to nothing, its decibels would be the end of a cliff: both get a floor first, at a distance from
//! the row's own level, and it is taken away again afterwards. A mean of logarithms is less than the mean wherever the two
//! differ, so that the blend is brought back to the line between the two levels: partials and bands each, and then both.
//! For the same reason the centre of the partials would sag: a tilt over the lowest octaves brings it to
//! the line between the two, as Caetano and Rodet (2013) let measured features guide the interpolation.

use super::weighting::weight;

/// Floor of partials and of bands beneath the level of all of them, decibels.
const FLOOR_DB: f32 = -75.0;
/// A level this far beneath the louder one's counts as this far beneath it, power.
const FAINTEST: f32 = 1e-9;
/// Octaves above the fundamental over which a tilt leans; partials above go as one, as little of the centre is theirs.
const LEANING_OCTAVES: f32 = 4.0;
/// Steepest tilt for the centre's sake, as a power of the partial's number, and steps of Newton's method to find it.
const STEEPEST: f32 = 2.0;
const SEARCH: usize = 3;
/// Partials above this do not count as loudness, hertz.
const HEARD_TO_HZ: f32 = 18_000.0;

/// One voice at one moment: linear peak amplitudes of partials 1.., and gains of noise bands.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Of the partials.
    pub partials: &'a [f32],
    /// Of the bands.
    pub noise: &'a [f32],
}

impl Row<'_> {
    fn is_as_long_as(&self, blend: &Blend) -> bool {
        (self.partials.len(), self.noise.len()) == (blend.partials.len(), blend.noise.len())
    }
}

/// Blends rows of one layout.
pub struct Blend {
    /// Weight of the power of each band.
    band_weights: Vec<f32>,
    /// Of each partial at the pitch at hand; 0 beyond what is heard.
    weights: Vec<f32>,
    /// log2(k) of partials 1, 2, ..., at most [`LEANING_OCTAVES`].
    octaves: Vec<f32>,
    partials: Vec<f32>,
    noise: Vec<f32>,
    floor: f32,
}

impl Blend {
    /// For rows of so many partials and noise bands, the bands evenly spaced from 0 to half of `noise_rate` (hertz).
    pub fn new(partials: usize, bands: usize, noise_rate: f64) -> Self {
        let spacing = 0.5 * noise_rate as f32 / bands.saturating_sub(1).max(1) as f32;
        // Noise of unit variance has its power evenly up to half of the rate, and partials have half of their square.
        let share = 2.0 * (bands.max(1) as f32).recip();
        let band_weight = |band: usize| share * weight(band as f32 * spacing);
        Self {
            band_weights: (0..bands).map(band_weight).collect(),
            weights: vec![0.0; partials],
            octaves: (1..=partials).map(|number| (number as f32).log2().min(LEANING_OCTAVES)).collect(),
            partials: vec![0.0; partials],
            noise: vec![0.0; bands],
            floor: 10_f32.powf(FLOOR_DB / 20.0),
        }
    }

    /// The blend of two rows at a share of the way, 0 (the first) to 1 (the second), of a note at `f0_hz`. Both are as long as
    /// the layout says.
    pub fn of<'a>(&'a mut self, first: Row<'a>, second: Row<'a>, share: f32, f0_hz: f32) -> Row<'a> {
        debug_assert!(first.is_as_long_as(self) && second.is_as_long_as(self));
        // What is not a number is the first.
        if share.is_nan() || share <= 0.0 {
            return first;
        }
        if share >= 1.0 {
            return second;
        }
        let heard = self.weigh(f0_hz);
        let Self { band_weights, weights, octaves, partials, noise, floor } = self;
        mean([first.partials, second.partials], weights, share, *floor, partials);
        if let (Some(from), Some(to)) = (centre(&first.partials[..heard]), centre(&second.partials[..heard])) {
            lean(partials, octaves, heard, from + (to - from) * share);
        }
        let tone = level([first.partials, second.partials], weights, share, partials);
        mean([first.noise, second.noise], band_weights, share, *floor, noise);
        let air = level([first.noise, second.noise], band_weights, share, noise);
        // Each part is on its own line; the line of both together may lie higher or lower.
        let wanted = between(tone.first + air.first, tone.second + air.second, share);
        let found = tone.blended + air.blended;
        if found > 0.0 {
            let gain = (wanted / found).sqrt();
            partials.iter_mut().chain(noise.iter_mut()).for_each(|value| *value *= gain);
        }
        Row { partials, noise }
    }

    /// Says how many partials are heard, too.
    fn weigh(&mut self, f0_hz: f32) -> usize {
        let heard = ((HEARD_TO_HZ / f0_hz.max(1.0)) as usize).clamp(1, self.weights.len().max(1));
        for (number, partial) in (1..).zip(&mut self.weights) {
            *partial = if number <= heard { weight(number as f32 * f0_hz) } else { 0.0 };
        }
        heard.min(self.weights.len())
    }
}

/// Powers as the ear weighs them.
struct Powers {
    first: f32,
    second: f32,
    blended: f32,
}

/// Fills `blended` with the geometric mean of two lists of gains, each taken at a power of 1.
fn mean(ends: [&[f32]; 2], weights: &[f32], share: f32, floor: f32, blended: &mut [f32]) {
    let scale = |gains: &[f32]| {
        let power = power(gains, weights);
        if power > 0.0 { power.sqrt().recip() } else { 0.0 }
    };
    let scales = ends.map(scale);
    for ((to, first), second) in blended.iter_mut().zip(ends[0]).zip(ends[1]) {
        let (first, second) = ((first * scales[0] + floor).log2(), (second * scales[1] + floor).log2());
        *to = ((first + (second - first) * share).exp2() - floor).max(0.0);
    }
}

/// Brings what was blended to the power that lies between those of the ends.
fn level(ends: [&[f32]; 2], weights: &[f32], share: f32, blended: &mut [f32]) -> Powers {
    let [first, second] = ends.map(|gains| power(gains, weights));
    let (wanted, found) = (between(first, second, share), power(blended, weights));
    let gain = if found > 0.0 { (wanted / found).sqrt() } else { 0.0 };
    blended.iter_mut().for_each(|value| *value *= gain);
    Powers { first, second, blended: if found > 0.0 { wanted } else { 0.0 } }
}

/// The centre of partials by their amplitudes, in partials; `None` in silence.
fn centre(partials: &[f32]) -> Option<f32> {
    let (sum, moment) = (1..)
        .zip(partials)
        .fold((0.0, 0.0), |(sum, moment), (number, level)| (sum + level, moment + level * number as f32));
    (sum > 0.0).then(|| moment / sum)
}

/// Tilts partials so that the centre of those that are heard comes to where it is wanted.
fn lean(partials: &mut [f32], octaves: &[f32], heard: usize, wanted: f32) {
    let mut tilt = 0.0_f32;
    for _ in 0..SEARCH {
        // Sums over the tilted amplitudes a: of a, a k, a log2(k) and a k log2(k).
        let mut sums = [0.0_f32; 4];
        for ((number, level), octave) in (1..).zip(&partials[..heard]).zip(octaves) {
            let tilted = level * (tilt * octave).exp2();
            let moment = tilted * number as f32;
            let terms = [tilted, moment, tilted * octave, moment * octave];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        }
        let [sum, moment, octave, both] = sums;
        let centre = moment / sum;
        let slope = std::f32::consts::LN_2 * (both - centre * octave) / sum;
        let step = (wanted - centre) / slope;
        // One partial, or none, has its centre where it is.
        if !step.is_finite() {
            break;
        }
        tilt = (tilt + step).clamp(-STEEPEST, STEEPEST);
    }
    for (level, octave) in partials.iter_mut().zip(octaves) {
        *level *= (tilt * octave).exp2();
    }
}

/// The power whose decibels lie at a share of the way from one to the other.
fn between(first: f32, second: f32, share: f32) -> f32 {
    let faintest = FAINTEST * first.max(second);
    if faintest <= 0.0 {
        return 0.0;
    }
    let (first, second) = ((first + faintest).log2(), (second + faintest).log2());
    ((first + (second - first) * share).exp2() - faintest).max(0.0)
}

/// Half of the sum of squares.
fn power(gains: &[f32], weights: &[f32]) -> f32 {
    0.5 * gains.iter().zip(weights).map(|(gain, weight)| weight * gain * gain).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const F0_HZ: f32 = 220.0;
    const BANDS: usize = 65;
    const PARTIALS: usize = 128;

    /// A reed: odd partials, hardly any noise.
    fn reed() -> (Vec<f32>, Vec<f32>) {
        let partials = (1..=PARTIALS).map(|k| 0.1 / (k as f32).powf(1.2) * if k % 2 == 0 { 0.01 } else { 1.0 });
        (partials.collect(), vec![1e-5; BANDS])
    }

    /// A string: all partials up to one, with formants, and noise that falls.
    fn string() -> (Vec<f32>, Vec<f32>) {
        let level = |k: usize| if k > 70 { 0.0 } else { 0.05 / k as f32 * (1.5 + (0.4 * k as f32).sin()) };
        ((1..=PARTIALS).map(level).collect(), (0..BANDS).map(|band| 1e-3 / (1.0 + band as f32)).collect())
    }

    fn loudness_db(blend: &Blend, row: Row) -> f32 {
        10.0 * (power(row.partials, &blend.weights) + power(row.noise, &blend.band_weights)).log10()
    }

    #[test]
    fn the_ends_of_a_blend_are_its_rows() {
        let (one, other) = (reed(), string());
        let (first, second) = (Row { partials: &one.0, noise: &one.1 }, Row { partials: &other.0, noise: &other.1 });
        let mut blend = Blend::new(PARTIALS, BANDS, 48_000.0);
        for (share, row) in [(0.0, first), (1.0, second), (f32::NAN, first)] {
            let found = blend.of(first, second, share, F0_HZ);
            assert_eq!((found.partials, found.noise), (row.partials, row.noise));
        }
        // Nor is there a leap beside them.
        for (share, row) in [(1e-4, first), (1.0 - 1e-4, second)] {
            let found = blend.of(first, second, share, F0_HZ);
            let worst = found.partials.iter().zip(row.partials).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            println!("at {share}: a partial is off by {worst:.1e}");
            assert!(worst < 1e-4);
        }
    }

    #[test]
    fn loudness_and_centroid_go_in_straight_lines() {
        let (one, other) = (reed(), string());
        let (first, second) = (Row { partials: &one.0, noise: &one.1 }, Row { partials: &other.0, noise: &other.1 });
        let mut blend = Blend::new(PARTIALS, BANDS, 48_000.0);
        let heard = blend.weigh(F0_HZ);
        let measure = |blend: &Blend, row: Row| (loudness_db(blend, row), centre(&row.partials[..heard]).unwrap());
        let (start, end) = (measure(&blend, first), measure(&blend, second));
        for step in 1..20 {
            let share = step as f32 / 20.0;
            let row = blend.of(first, second, share, F0_HZ);
            let row = (row.partials.to_vec(), row.noise.to_vec());
            let found = measure(&blend, Row { partials: &row.0, noise: &row.1 });
            let line = |from: f32, to: f32| from + (to - from) * share;
            let off = (found.0 - line(start.0, end.0), found.1 / line(start.1, end.1) - 1.0);
            println!(
                "at {share:.2}: {:.2} dB, centre at partial {:.3}; off by {:+.1e} dB, {:+.1e}",
                found.0, found.1, off.0, off.1
            );
            assert!(off.0.abs() < 0.01 && off.1.abs() < 0.01);
        }
    }

    #[test]
    fn silence_blends_with_anything() {
        let one = string();
        let silence = (vec![0.0; PARTIALS], vec![0.0; BANDS]);
        let (sound, silent) =
            (Row { partials: &one.0, noise: &one.1 }, Row { partials: &silence.0, noise: &silence.1 });
        let mut blend = Blend::new(PARTIALS, BANDS, 48_000.0);
        let mut last = f32::INFINITY;
        for step in 1..10 {
            let row = blend.of(sound, silent, step as f32 / 10.0, F0_HZ);
            assert!(row.partials.iter().chain(row.noise).all(|value| value.is_finite() && *value >= 0.0));
            let level = row.partials.iter().sum::<f32>();
            assert!(level < last);
            last = level;
        }
        let row = blend.of(silent, silent, 0.5, F0_HZ);
        assert!(row.partials.iter().chain(row.noise).all(|value| *value == 0.0));
    }
}
