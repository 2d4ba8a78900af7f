//! What the shapers fold back into the band that is heard, by method, against an exact rendering at 16 times the rate.
//!
//! A held note of f0 = m rate / CYCLES repeats after CYCLES samples, so a spectrum of so many has one bin for each
//! partial and one for each alias, and no window. The film is constant. f0 steps where no partial is in the zone over
//! which the engine fades it, and the reference has the partials that the engine's tables hold. Bin 0 is left out: the
//! engine takes the direct current away. All passes of the engine that are linear (its decimator, the filter of the
//! direct current) are measured with a shaper that does nothing, and the reference is sent through them.

#![allow(clippy::expect_used)] // A test stops where something is not as it should be.

#[path = "render_newt/constants.rs"]
mod constants;
#[path = "render_banks/playing.rs"]
#[allow(dead_code, reason = "shared with the other tests of the banks")]
mod playing;
#[path = "render_newt/stage.rs"]
#[allow(dead_code, reason = "shared with the other tests of the bank")]
mod stage;

use ndarray::ArrayD;
use ndarray_npy::NpzReader;
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;
use stage::Stage;
use std::f64::consts::{PI, TAU};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use timbrel_engine::model::{LoadOptions, Model};
use timbrel_engine::render::Shaping;
use timbrel_engine::waveshaping::{Exciter, NetworkLayer, Networks, Waveshaping};

/// Samples of the host in which a note repeats.
const CYCLES: usize = 1_024;
/// How much faster the reference is.
const REFERENCE: usize = 16;
/// The band that is measured, hertz.
const BAND_HZ: f64 = 16_000.0;
/// The goal for the method that the engine uses.
const GOAL_DB: f64 = -75.0;

/// A model's constants and one film, `[4, S]`.
struct Instrument {
    name: &'static str,
    constants: Arc<Waveshaping>,
    film: Vec<f32>,
}

/// The published violin, where it has been imported, with the loudest film of its parity file; none elsewhere.
fn violin() -> Option<Instrument> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/interop/nws-violin.onnx");
    let parity = path.with_extension("parity.npz");
    if !path.is_file() || !parity.is_file() {
        println!("no violin at {}", path.display());
        return None;
    }
    let model = Model::load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let constants = Arc::clone(model.waveshaping().expect("the violin is a NEWT"));
    let mut archive = NpzReader::new(File::open(parity).expect("the file opens")).expect("it is an archive");
    let film: ArrayD<f32> = archive.by_name("film").expect("it has film");
    let frames: Vec<f32> = film.iter().copied().collect();
    let films = frames.chunks_exact(4 * constants.shapers()).step_by(10);
    let notes = films.map(|film| Instrument { name: "violin", constants: Arc::clone(&constants), film: film.to_vec() });
    let judged: Vec<_> = notes.map(|instrument| (instrument.energy(), instrument)).collect();
    judged.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).map(|loudest| loudest.1)
}

/// Sixteen random shapers of two layers of eight, driven hard.
fn synthetic() -> Instrument {
    let constants = constants::random(16, 48, &[8, 8, 1], 8_000.0);
    let film = Stage::of(&constants).tone(0.3, 1.0, 0.0)[..4 * 16].to_vec();
    Instrument { name: "synthetic", constants, film }
}

/// Bins of a cycle, scaled so that their number does not matter, up to the end of the band.
fn spectrum(samples: &[f64], band: usize) -> Vec<Complex<f64>> {
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(samples.len());
    let mut bins = transform.make_output_vec();
    transform.process(&mut samples.to_vec(), &mut bins).expect("lengths fit");
    bins.truncate(band);
    bins.iter_mut().for_each(|bin| *bin /= samples.len() as f64);
    bins
}

/// Error of `found` re the reference, both without direct current, decibels.
fn error_db(found: &[Complex<f64>], reference: &[Complex<f64>]) -> f64 {
    let error: f64 = found.iter().zip(reference).skip(1).map(|(a, b)| (a - b).norm_sqr()).sum();
    let energy: f64 = reference.iter().skip(1).map(|bin| bin.norm_sqr()).sum();
    10.0 * (error / energy).max(1e-30).log10()
}

impl Instrument {
    /// Index of each shaper at `phase` (turns), after the first film.
    fn indices(&self, partials: usize, phase: f64) -> Vec<f64> {
        let exciter = &self.constants.exciter;
        let shapers = exciter.shapers;
        let sines: Vec<f64> = exciter.phases[..partials.min(exciter.harmonics)]
            .iter()
            .zip(1u32..)
            .map(|(offset, number)| (TAU * (f64::from(number) * phase).fract() + f64::from(*offset)).sin())
            .collect();
        (0..shapers)
            .map(|shaper| {
                let weights = &exciter.weights[shaper * exciter.harmonics..];
                let sum: f64 = weights.iter().zip(&sines).map(|(weight, sine)| f64::from(*weight) * sine).sum();
                let mix = f64::from(exciter.bias[shaper]) + sum;
                f64::from(self.film[shaper]) * mix + f64::from(self.film[shapers + shaper])
            })
            .collect()
    }

    /// The shaped sum, where `shape` gives the value of each shaper.
    fn sum(&self, shape: impl Fn(usize) -> f64) -> f64 {
        let shapers = self.constants.shapers();
        let gain = |shaper: usize| {
            f64::from(self.constants.output_weights[shaper]) * f64::from(self.film[2 * shapers + shaper])
        };
        (0..shapers).map(|shaper| gain(shaper) * shape(shaper)).sum()
    }

    /// One cycle of the exact structure at `factor` times the host's rate, whose f0 has `m` periods in it.
    fn exact(&self, partials: usize, m: usize, factor: usize) -> Vec<f64> {
        let networks = self.constants.networks.as_ref().expect("the instrument has networks");
        let length = CYCLES * factor;
        (0..length)
            .map(|n| {
                let indices = self.indices(partials, (n * m % length) as f64 / length as f64);
                self.sum(|shaper| networks.evaluate(shaper, indices[shaper]))
            })
            .collect()
    }

    /// Energy of a note of 281 Hz.
    fn energy(&self) -> f64 {
        spectrum(&self.exact(28, 6, 1), CYCLES / 2).iter().skip(1).map(|bin| bin.norm_sqr()).sum()
    }

    /// First-order antiderivative anti-aliasing at the host's rate: the mean of the function from index to index (J. Parker,
    /// V. Zavalishin, E. Le Bivic, DAFx 2016; S. Bilbao, F. Esqueda, J. Parker, V. Välimäki, IEEE SPL 2017). The mean is
    /// by five-point Gauss-Legendre quadrature on four parts, which is the antiderivatives' difference without their tables.
    fn antiderivative(&self, partials: usize, m: usize) -> Vec<f64> {
        const NODES: [(f64, f64); 5] = [
            (-0.906_179_845_938_664, 0.236_926_885_056_189),
            (-0.538_469_310_105_683, 0.478_628_670_499_366),
            (0.0, 0.568_888_888_888_889),
            (0.538_469_310_105_683, 0.478_628_670_499_366),
            (0.906_179_845_938_664, 0.236_926_885_056_189),
        ];
        let networks = self.constants.networks.as_ref().expect("the instrument has networks");
        let at = |n: usize| self.indices(partials, (n * m % CYCLES) as f64 / CYCLES as f64);
        (0..CYCLES)
            .map(|n| {
                let (before, now) = (at(n + CYCLES - 1), at(n));
                self.sum(|shaper| {
                    let (from, way) = (before[shaper], now[shaper] - before[shaper]);
                    let parts = (0..4).flat_map(|part| NODES.map(|(node, weight)| (part, node, weight)));
                    parts
                        .map(|(part, node, weight)| {
                            let share = (f64::from(part) + 0.5 + 0.5 * node) / 4.0;
                            weight / 8.0 * networks.evaluate(shaper, from + way * share)
                        })
                        .sum()
                })
            })
            .collect()
    }

    /// Partials of the fullest of the engine's cycles at f0, if none is fading there.
    fn partials(&self, f0: f64, top_hz: f64) -> Option<usize> {
        let below = top_hz / f0;
        let rungs = self.constants.exciter_tables.rungs();
        let fullest = rungs.iter().map(|rung| rung.partials).filter(|partials| *partials as f64 <= below).max()?;
        let zone = (0.03 * fullest as f64).min(0.5);
        (fullest > 0 && below - fullest as f64 >= zone).then_some(fullest)
    }

    /// What the engine plays: one cycle, after it has settled.
    fn engine(&self, shaping: Shaping, sample_rate: f64, m: usize) -> Vec<f64> {
        let stage = Stage { shaping, sample_rate, train_rate: sample_rate, ..Stage::of(&self.constants) };
        let mut playing = stage.open();
        let shapers = self.constants.shapers();
        let row = stage.row(|part, shaper| self.film[part * shapers + shaper], 1.0, 0.0);
        playing.note_on(0, 0, (m as f64 * sample_rate / CYCLES as f64) as f32, &row);
        let sound = playing.render(33 * CYCLES, &[480]);
        sound[32 * CYCLES..].iter().map(|sample| f64::from(*sample)).collect()
    }
}

/// Gain of the engine's linear passes in each bin of the band, by one shaper that is all but straight.
fn passes(sample_rate: f64, band: usize) -> Vec<Complex<f64>> {
    let harmonics = (band + 8).min(512);
    let straight = 1e-3f32;
    let exciter = Exciter {
        shapers: 1,
        harmonics,
        weights: vec![1.0 / (harmonics as f32).sqrt(); harmonics],
        bias: vec![0.0],
        phases: (0..harmonics).map(|n| PI as f32 * (n * n) as f32 / harmonics as f32 % TAU as f32).collect(),
        top_hz: 0.5 * sample_rate,
    };
    let layer = NetworkLayer { inputs: 1, outputs: 1, weights: vec![straight], biases: vec![0.0] };
    let networks = Networks { layers: vec![layer] };
    let tables = constants::baked(&networks, &[(-4.0, 4.0)]);
    let constants = Arc::new(Waveshaping::new(exciter, tables, Some(networks), vec![1.0 / straight], 0.0));
    let instrument = Instrument { name: "straight", constants, film: vec![1.0, 0.0, 1.0, 0.0] };
    let heard = spectrum(&instrument.engine(Shaping::Exact, sample_rate, 1), band);
    let meant = spectrum(&instrument.exact(harmonics, 1, 2), band);
    heard.iter().zip(&meant).map(|(heard, meant)| heard / meant).collect()
}

/// Periods in a cycle for notes from 100 Hz to 4 kHz, evenly spread over pitch.
fn notes(instrument: &Instrument, sample_rate: f64, top_hz: f64, count: usize) -> Vec<(usize, usize)> {
    let to_periods = |hertz: f64| hertz * CYCLES as f64 / sample_rate;
    let mut notes = Vec::new();
    for step in 0..count {
        let aim = to_periods(100.0) * 40f64.powf(step as f64 / (count - 1) as f64);
        let candidates = to_periods(95.0).ceil() as usize..=to_periods(4_100.0) as usize;
        let playable = candidates.filter_map(|m| {
            let f0 = m as f64 * sample_rate / CYCLES as f64;
            instrument.partials(f0, top_hz).map(|partials| (m, partials))
        });
        let distance = |m: usize| (m as f64 / aim).ln().abs();
        notes.extend(playable.min_by(|a, b| distance(a.0).total_cmp(&distance(b.0))));
    }
    notes.dedup();
    notes
}

fn line(name: &str, errors: &[f64]) -> f64 {
    let worst = errors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let each: Vec<String> = errors.iter().map(|error| format!("{error:6.1}")).collect();
    println!("  {name:34} worst {worst:6.1} dB: {}", each.join(" "));
    worst
}

fn compare(instrument: &Instrument, sample_rate: f64) {
    let band = (BAND_HZ / sample_rate * CYCLES as f64) as usize;
    let top_hz = instrument.constants.exciter.top_hz;
    let notes_of = |top_hz: f64, count: usize| notes(instrument, sample_rate, top_hz, count);
    let swept = notes_of(top_hz, 9);
    let f0: Vec<String> =
        swept.iter().map(|(m, _)| format!("{:.0}", *m as f64 * sample_rate / CYCLES as f64)).collect();
    println!("{} at {sample_rate} Hz, f0 {} Hz", instrument.name, f0.join(" "));
    let passes = passes(sample_rate, band);
    let mut errors: [Vec<f64>; 6] = Default::default();
    for &(m, partials) in &swept {
        let high = instrument.exact(partials, m, REFERENCE);
        let reference = spectrum(&high, band);
        // The same phases at a lower rate: every so many samples of it.
        for (method, factor) in [1, 2, 4].into_iter().enumerate() {
            let low: Vec<f64> = high.iter().copied().step_by(REFERENCE / factor).collect();
            errors[method].push(error_db(&spectrum(&low, band), &reference));
        }
        // The mean over a sample is a filter of its own; the reference is sent through it.
        let mean = |bin: usize| {
            let angle = PI * bin as f64 / CYCLES as f64;
            Complex::from_polar(if bin == 0 { 1.0 } else { angle.sin() / angle }, -angle)
        };
        let filtered: Vec<_> = reference.iter().enumerate().map(|(bin, value)| value * mean(bin)).collect();
        errors[3].push(error_db(&spectrum(&instrument.antiderivative(partials, m), band), &filtered));
        let passed: Vec<_> = reference.iter().zip(&passes).map(|(value, pass)| value * pass).collect();
        for (method, shaping) in [(4, Shaping::Tables), (5, Shaping::Exact)] {
            let heard = spectrum(&instrument.engine(shaping, sample_rate, m), band);
            errors[method].push(error_db(&heard, &passed));
        }
    }
    line("the host's rate", &errors[0]);
    for cap in [6_000.0, 4_000.0] {
        let capped = notes_of(cap, 5).into_iter().map(|(m, partials)| {
            let high = instrument.exact(partials, m, REFERENCE);
            let low: Vec<f64> = high.iter().copied().step_by(REFERENCE).collect();
            error_db(&spectrum(&low, band), &spectrum(&high, band))
        });
        line(&format!("the host's rate, exciter to {cap} Hz"), &capped.collect::<Vec<_>>());
    }
    line("antiderivative, first order", &errors[3]);
    line("twice the rate", &errors[1]);
    line("four times the rate", &errors[2]);
    let tables = line("the engine, tables", &errors[4]);
    let exact = line("the engine, exact", &errors[5]);
    assert!(tables <= GOAL_DB && exact <= GOAL_DB);
}

#[test]
fn aliases_of_a_swept_bank_stay_under_75_db_at_44_1_khz() {
    let instruments = violin().into_iter().chain([synthetic()]);
    instruments.for_each(|instrument| compare(&instrument, 44_100.0));
}

#[test]
fn aliases_of_a_swept_bank_stay_under_75_db_at_48_khz() {
    let instruments = violin().into_iter().chain([synthetic()]);
    instruments.for_each(|instrument| compare(&instrument, 48_000.0));
}
