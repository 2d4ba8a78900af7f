//! Brings sound that was made at twice or four times the host's rate down to it: causal half-band filters in a row.
//! Built on the loader thread, runs on the audio thread.
//! Promises what lies above the new Nyquist frequency 90 dB down (test: `the_stop_band_is_down_and_the_pass_band_flat`),
//! the same bytes for all block cuts (test: `cuts_never_change_the_output`) and no delay but its own phase: output sample
//! n is of input sample n x factor and those before it.
//!
//! Each half-band filter is a pair of chains of first-order all-pass sections in z^2, H(z) = (A0(z^2) + z^-1 A1(z^2)) / 2,
//! with the elliptic design in closed form of R. A. Valenzuela and A. G. Constantinides, "Digital signal processing
//! schemes for efficient interpolation and decimation", IEE Proceedings G 130(6), 1983; the structure is P. P.
//! Vaidyanathan's, "Multirate Systems and Filter Banks", 1993, section 5.3. As the chains see only every other sample, they run at the
//! lower rate, each section with one multiplication.

use std::f64::consts::PI;

/// What would fold back is weaker than it was by this, decibels.
const ATTENUATION_DB: f64 = 96.0;
/// The pass band as a share of the lower rate: 20 kHz at 44.1 kHz, 21.8 kHz at 48 kHz. Mirrored at the Nyquist frequency
/// begins the stop band, so that nothing folds into the pass band.
const PASS_BAND: f64 = 20.0 / 44.1;

/// Coefficients of the all-pass sections, c in (c + z^-2) / (1 + c z^-2), ascending; the first, third, ... are of A0, the
/// others of A1. `pass_band` is a share of the higher rate, below 1/4; the stop band is its mirror image at 1/4.
fn half_band(attenuation_db: f64, pass_band: f64) -> Vec<f64> {
    // Selectivity of the elliptic low-pass after the bilinear map, its complementary modulus' fourth root, and the nome.
    let k = (PI * pass_band).tan().powi(2);
    let root = (1.0 - k * k).powf(0.25);
    let e = 0.5 * (1.0 - root) / (1.0 + root);
    let nome = e + 2.0 * e.powi(5) + 15.0 * e.powi(9) + 150.0 * e.powi(13);
    // The least odd order whose nome^order is small enough.
    let power = 10f64.powf(-attenuation_db / 10.0);
    let discrimination = power / (1.0 - power);
    let least = (discrimination * discrimination / 16.0).ln() / nome.ln();
    let mut order = (least.ceil() as usize).max(3);
    order += 1 - order % 2;
    (1..=(order - 1) / 2)
        .map(|index| {
            // Theta series of the elliptic sine at the pole's angle; nome < 0.3, so that few terms are exact.
            let angle = PI * index as f64 / order as f64;
            let sign = |term: i32| if term % 2 == 0 { 1.0 } else { -1.0 };
            let odd: f64 = (0..9)
                .map(|term| sign(term) * nome.powi(term * (term + 1)) * (f64::from(2 * term + 1) * angle).sin())
                .sum();
            let even: f64 =
                (1..9).map(|term| sign(term) * nome.powi(term * term) * (f64::from(2 * term) * angle).cos()).sum();
            let sine = nome.powf(0.25) * odd / (0.5 + even);
            let w = sine * sine;
            let r = ((1.0 - w * k) * (1.0 - w / k)).sqrt() / (1.0 + w);
            (1.0 - r) / (1.0 + r)
        })
        .collect()
}

/// One all-pass section at the lower rate.
#[derive(Clone, Copy, Debug, Default)]
struct Section {
    coefficient: f64,
    input: f64,
    output: f64,
}

impl Section {
    #[inline(always)]
    fn next(&mut self, input: f64) -> f64 {
        let output = self.coefficient * (input - self.output) + self.input;
        self.input = input;
        self.output = output;
        output
    }
}

/// Halves the rate.
#[derive(Clone, Debug)]
struct HalfBand {
    /// A0 and A1, section by section: two chains that do not wait for each other. A1 may end with a section that is none.
    sections: Vec<[Section; 2]>,
    /// Whether A1 has as many sections as A0.
    even: bool,
    /// The last odd sample.
    odd: f64,
}

impl HalfBand {
    fn new(attenuation_db: f64, pass_band: f64) -> Self {
        let coefficients = half_band(attenuation_db, pass_band);
        let section = |coefficient: f64| Section { coefficient, ..Section::default() };
        let sections = coefficients
            .chunks(2)
            .map(|pair| [section(pair[0]), section(pair.get(1).copied().unwrap_or_default())])
            .collect();
        Self { sections, even: coefficients.len().is_multiple_of(2), odd: 0.0 }
    }

    /// The sample at the lower rate for the input samples 2n and 2n + 1.
    #[inline(always)]
    fn next(&mut self, even: f64, odd: f64) -> f64 {
        let (mut a0, mut a1) = (even, self.odd);
        self.odd = odd;
        let last = self.sections.len() - usize::from(!self.even);
        let (pairs, single) = self.sections.split_at_mut(last);
        for [first, second] in pairs {
            a0 = first.next(a0);
            a1 = second.next(a1);
        }
        if let [[first, _]] = single {
            a0 = first.next(a0);
        }
        0.5 * (a0 + a1)
    }

    fn reset(&mut self) {
        self.odd = 0.0;
        for section in self.sections.iter_mut().flatten() {
            section.input = 0.0;
            section.output = 0.0;
        }
    }
}

/// Brings a stream down to a whole part of its rate.
#[derive(Clone, Debug)]
pub(super) struct Decimator {
    /// From the highest rate down.
    stages: Vec<HalfBand>,
}

impl Decimator {
    /// Divides the rate by `factor`: 1 (passes everything), 2 or 4.
    pub fn new(factor: usize) -> Self {
        debug_assert!(matches!(factor, 1 | 2 | 4));
        // An early stage has room: only what the last one would let pass must not be folded upon.
        let stage = |below: usize| HalfBand::new(ATTENUATION_DB, PASS_BAND / (2 * below) as f64);
        let stages = (0..factor.ilog2()).rev().map(|doublings| stage(1 << doublings)).collect();
        Self { stages }
    }

    /// How many input samples make one output sample.
    pub fn factor(&self) -> usize {
        1 << self.stages.len()
    }

    /// Takes `factor` samples for each one of `output`. Real-time safe.
    pub fn process(&mut self, samples: &[f32], output: &mut [f32]) {
        debug_assert_eq!(samples.len(), output.len() * self.factor());
        let input = |sample: &f32| f64::from(*sample);
        match self.stages.as_mut_slice() {
            [half] => {
                for (output, pair) in output.iter_mut().zip(samples.chunks_exact(2)) {
                    *output = half.next(input(&pair[0]), input(&pair[1])) as f32;
                }
            }
            [quarter, half] => {
                for (output, four) in output.iter_mut().zip(samples.chunks_exact(4)) {
                    let early = quarter.next(input(&four[0]), input(&four[1]));
                    let late = quarter.next(input(&four[2]), input(&four[3]));
                    *output = half.next(early, late) as f32;
                }
            }
            _ => output.copy_from_slice(samples),
        }
    }

    /// Forgets all input.
    pub fn reset(&mut self) {
        self.stages.iter_mut().for_each(HalfBand::reset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Complex gain at `frequency`, a share of the lower rate; up to half the higher one.
    fn gain(factor: usize, frequency: f64) -> f64 {
        let mut decimator = Decimator::new(factor);
        // The response to an impulse at each of the input's phases is every factor-th sample of the whole filter's.
        let samples = 4_096;
        let (mut real, mut imaginary) = (0.0, 0.0);
        for phase in 0..factor {
            decimator.reset();
            let mut input = vec![0.0; samples * factor];
            input[phase] = 1.0;
            let mut output = vec![0.0; samples];
            decimator.process(&input, &mut output);
            for (index, sample) in output.iter().enumerate() {
                let angle = 2.0 * PI * frequency * (index as f64 - phase as f64 / factor as f64);
                real += f64::from(*sample) * angle.cos();
                imaginary -= f64::from(*sample) * angle.sin();
            }
        }
        20.0 * real.hypot(imaginary).max(1e-9).log10()
    }

    #[test]
    fn the_stop_band_is_down_and_the_pass_band_flat() {
        assert_eq!(Decimator::new(1).factor(), 1);
        for factor in [2, 4] {
            let mut flat = 0f64;
            let mut stop = f64::NEG_INFINITY;
            for step in 0..=400 {
                let share = f64::from(step) / 400.0;
                flat = flat.max(gain(factor, share * PASS_BAND).abs());
                // Whatever folds into the pass band.
                for image in 1..=factor / 2 {
                    for side in [-1.0, 1.0] {
                        let frequency = image as f64 + side * share * PASS_BAND;
                        if frequency <= 0.5 * factor as f64 {
                            stop = stop.max(gain(factor, frequency));
                        }
                    }
                }
            }
            let nyquist = gain(factor, 0.5);
            let sections: Vec<usize> = Decimator::new(factor)
                .stages
                .iter()
                .map(|stage| 2 * stage.sections.len() - usize::from(!stage.even))
                .collect();
            println!(
                "by {factor}, {sections:?} sections: flat within {flat:.1e} dB to {PASS_BAND:.4} of the host's rate \
                 (20.0 kHz at 44.1, 21.8 kHz at 48), {nyquist:.2} dB at Nyquist, stop band {stop:.1} dB"
            );
            assert!(flat < 1e-3);
            assert!(stop < -90.0);
            // A sample of the filter's impulse response is at the first input sample.
            let mut first = [0.0];
            let mut input = vec![0.0; factor];
            input[0] = 1.0;
            Decimator::new(factor).process(&input, &mut first);
            println!("the first output sample has {:.4} of the first input sample", first[0]);
            assert!(first[0] != 0.0);
        }
    }

    #[test]
    fn cuts_never_change_the_output() {
        for factor in [1, 2, 4] {
            let input: Vec<f32> = (0..1_000 * factor).map(|n| (n as f32 * n as f32 * 1e-3).sin()).collect();
            let mut whole = vec![0.0; 1_000];
            let mut decimator = Decimator::new(factor);
            decimator.process(&input, &mut whole);
            for cut in [1, 7, 64, 999] {
                decimator.reset();
                let mut pieces = vec![0.0; 1_000];
                for (output, input) in pieces.chunks_mut(cut).zip(input.chunks(cut * factor)) {
                    decimator.process(input, output);
                }
                assert!(whole == pieces, "by {factor}, cut by {cut}");
            }
        }
    }
}
