//! The safety limiter: what is too loud is bent under full scale, what is not stays bit by bit as it is.
//! On the audio thread, after all layers.
//! Promises identity while peaks stay under -3 dBFS (test: `what_is_under_the_threshold_stays_bit_by_bit`) and nothing over
//! 0 dBFS whatever comes in (test: `nothing_is_ever_over_full_scale`), without delay, and one gain for both channels, so that
//! the image stays. Its state is a function of the samples alone, so that block cuts do not show
//! (test: `cuts_never_change_what_is_limited`).
//!
//! The gain falls at once to what brings a peak onto the curve, stays for [`HOLD`] so that a steady tone has a steady
//! gain (D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range compressor design", JAES 60(6), 2012, call
//! the pieces static curve, peak detector and hold), and then goes back to 1 exponentially. As a wave rises into the curve
//! the gain moves with it, along a curve whose corner is smooth: no step, no look-ahead.

/// Peaks under this stay as they are: -3 dBFS.
const THRESHOLD: f32 = 0.707_945_8;
/// Half a period of 20 Hz, so that the gain rests between the peaks of any audible tone, seconds.
const HOLD: f64 = 0.025;
/// Time constant of the way back, seconds.
const RELEASE: f64 = 0.12;
/// A peak that needs a gain at most this much higher is as high as the last one (0.1 dB): samples of a tone do not all hit
/// its peaks.
const SAME_PEAK: f32 = 1.012;
/// A reduction under this (-100 dB) is none.
const NEARLY_NONE: f32 = 1e-5;

/// The limiter of one stereo output.
#[derive(Clone, Debug)]
pub struct Limiter {
    hold: u32,
    /// Share of the reduction that is left after a sample of the way back.
    keep: f32,
    /// 1 less the gain.
    reduction: f32,
    gain: f32,
    held: u32,
}

impl Limiter {
    /// At rest, for a host at `sample_rate` hertz.
    pub fn new(sample_rate: f64) -> Self {
        Self {
            hold: (HOLD * sample_rate) as u32,
            keep: (-1.0 / (RELEASE * sample_rate)).exp() as f32,
            reduction: 0.0,
            gain: 1.0,
            held: 0,
        }
    }

    /// Limits both channels in place. `amounts` says for each sample how much of the limiter is heard: at 1 all of it, at 0
    /// nothing, bit by bit; all three have the same length. Real-time safe.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32], amounts: &[f32]) {
        for ((left, right), amount) in left.iter_mut().zip(right).zip(amounts) {
            if *amount == 0.0 {
                self.reset();
                continue;
            }
            let (mut l, mut r) = (finite(*left), finite(*right));
            self.follow(l.abs().max(r.abs()));
            if self.gain < 1.0 {
                // Rounding may leave a peak a bit over the curve.
                l = (l * self.gain).clamp(-1.0, 1.0);
                r = (r * self.gain).clamp(-1.0, 1.0);
            }
            if *amount == 1.0 {
                (*left, *right) = (l, r);
            } else {
                *left += (l - *left) * amount;
                *right += (r - *right) * amount;
            }
        }
    }

    /// Linear gain now; 1 where nothing is limited.
    pub fn gain(&self) -> f32 {
        self.gain
    }

    /// At rest again.
    pub fn reset(&mut self) {
        self.reduction = 0.0;
        self.gain = 1.0;
        self.held = 0;
    }

    fn follow(&mut self, peak: f32) {
        let needed = if peak > THRESHOLD { curve(peak) / peak } else { 1.0 };
        if needed < 1.0 && needed <= self.gain * SAME_PEAK {
            self.held = 0;
        } else if self.held < self.hold {
            self.held += 1;
        } else if self.gain < 1.0 {
            self.reduction *= self.keep;
            if self.reduction < NEARLY_NONE {
                self.reduction = 0.0;
            }
        }
        self.reduction = self.reduction.max(1.0 - needed);
        self.gain = 1.0 - self.reduction;
    }
}

/// What is no number is silence; what is beyond all bounds is a large number.
fn finite(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-1e9, 1e9) }
}

/// Where a peak over the threshold lands: it leaves with slope 1 and without curvature, and never reaches 1.
fn curve(peak: f32) -> f32 {
    const ROOM: f32 = 1.0 - THRESHOLD;
    let over = (peak - THRESHOLD) / ROOM;
    THRESHOLD + ROOM * over / (1.0 + over * over).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{db_of_gain, gain_of_db};
    use std::f64::consts::TAU;

    const RATE: f64 = 48_000.0;

    fn tone(hertz: f64, peak: f32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| peak * (TAU * hertz * n as f64 / RATE).sin() as f32).collect()
    }

    fn limited(sound: &[f32]) -> (Vec<f32>, f32) {
        let mut limiter = Limiter::new(RATE);
        let (mut left, mut right) = (sound.to_vec(), sound.to_vec());
        limiter.process(&mut left, &mut right, &vec![1.0; sound.len()]);
        assert_eq!(left, right);
        (left, limiter.gain())
    }

    /// Everything in `sound` that is not the tone at `hertz`, over the tone, decibels; whole periods are given.
    fn distortion_db(sound: &[f32], hertz: f64) -> f64 {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (n, sample) in sound.iter().enumerate() {
            let angle = TAU * hertz * n as f64 / RATE;
            real += f64::from(*sample) * angle.cos();
            imaginary += f64::from(*sample) * angle.sin();
        }
        let scale = 2.0 / sound.len() as f64;
        let tone = 0.5 * (scale * scale) * (real * real + imaginary * imaginary);
        let power = sound.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / sound.len() as f64;
        10.0 * ((power - tone).max(1e-16) / tone).log10()
    }

    #[test]
    fn what_is_under_the_threshold_stays_bit_by_bit() {
        for hertz in [41.0, 997.0, 12_345.0] {
            let sound = tone(hertz, gain_of_db(-3.0), 48_000);
            let (found, gain) = limited(&sound);
            assert!(found == sound && gain == 1.0);
        }
        println!("tones of -3 dBFS: the same bits, so no distortion at all");
    }

    #[test]
    fn nothing_is_ever_over_full_scale() {
        let mut state = 1u32;
        let mut random = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / 2_147_483_648.0 - 1.0
        };
        let mut noise: Vec<f32> = (0..200_000).map(|n| random() * 10f32.powi(n / 20_000 - 4)).collect();
        noise[50_000..50_008].copy_from_slice(&[
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN,
            -0.0,
            f32::MIN_POSITIVE,
            1.0,
        ]);
        let steps = (0..48_000).map(|n| if n / 100 % 2 == 0 { 4.0 } else { -0.5 });
        for sound in [noise.clone(), steps.collect(), tone(30.0, 100.0, 48_000), tone(19_000.0, 1.5, 48_000)] {
            let (found, _) = limited(&sound);
            let peak =
                found.iter().fold(0f32, |peak, sample| if sample.is_finite() { peak.max(sample.abs()) } else { 9.0 });
            println!("highest sample {peak:.6}");
            assert!(peak <= 1.0);
        }
    }

    #[test]
    fn a_steady_tone_that_is_too_loud_is_only_turned_down() {
        for (hertz, over_db) in [(50.0, 3.0), (100.0, 6.0), (440.0, 12.0), (5_000.0, 6.0)] {
            let sound = tone(hertz, gain_of_db(over_db), 96_000);
            let (found, gain) = limited(&sound);
            let distortion = distortion_db(&found[48_000..], hertz);
            println!("{hertz} Hz at +{over_db} dBFS: gain {:.2} dB, distortion {distortion:.1} dB", db_of_gain(gain));
            assert!(distortion < -80.0);
        }
    }

    #[test]
    fn the_way_back_ends_at_one() {
        let mut sound = tone(440.0, 2.0, 4_800);
        sound.extend(tone(440.0, 0.5, 96_000));
        let (found, gain) = limited(&sound);
        let back = found.iter().zip(&sound).rposition(|(a, b)| a != b).unwrap_or(0);
        println!("identity again {:.2} s after the last peak", (back - 4_800) as f64 / RATE);
        assert!(gain == 1.0 && (5_000..90_000).contains(&back));
    }

    #[test]
    fn cuts_never_change_what_is_limited() {
        let sound = tone(97.0, 1.7, 20_000);
        let amounts: Vec<f32> = (0..20_000).map(|n| ((n as f32 - 5_000.0) / 480.0).clamp(0.0, 1.0)).collect();
        let (mut left, mut right) = (sound.clone(), sound.clone());
        Limiter::new(RATE).process(&mut left, &mut right, &amounts);
        assert!(left[..5_000] == sound[..5_000] && left[19_000..] != sound[19_000..]);
        for cut in [1, 7, 480] {
            let (mut l, mut r) = (sound.clone(), sound.clone());
            let mut limiter = Limiter::new(RATE);
            for ((l, r), amounts) in l.chunks_mut(cut).zip(r.chunks_mut(cut)).zip(amounts.chunks(cut)) {
                limiter.process(l, r, amounts);
            }
            assert!(l == left && r == right);
        }
    }

    #[test]
    fn both_channels_have_one_gain() {
        let (mut left, mut right) = (tone(440.0, 3.0, 4_800), tone(440.0, 0.3, 4_800));
        Limiter::new(RATE).process(&mut left, &mut right, &[1.0; 4_800]);
        let worst = left.iter().zip(&right).fold(0f32, |worst, (l, r)| worst.max((l - 10.0 * r).abs()));
        println!("the channels' ratio holds within {worst:.1e}");
        assert!(worst < 1e-6);
    }
}
