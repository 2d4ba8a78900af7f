//! What a voice of the NEWT family costs, beside the paper's structure written straight down and, where it was measured,
//! beside its published PyTorch inference. On the bench's own thread; nothing is asserted about time.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use timbrel_engine::event::NoteAddress;
use timbrel_engine::frame::{FrameHead, FrameKind, FrameLayout, Tone, channel};
use timbrel_engine::impulse_response::ImpulseResponse;
use timbrel_engine::render::{Fidelity, Layer, RenderSpec, Shaping, Voicing};
use timbrel_engine::waveshaping::{Exciter, NetworkLayer, Networks, ShaperTables, Waveshaping};

/// Environment variable with lines of JSON, one for each buffer size: what the published inference costs.
const FASTNEWT: &str = "TIMBREL_FASTNEWT";
/// Rate that such models are trained at, and at which the published inference is measured, hertz.
const TRAIN_RATE: f64 = 16_000.0;
const F0_HZ: f32 = 220.0;
const VOICES: u16 = 8;
const SECONDS: f64 = 0.5;
const ROUNDS: usize = 7;
const BLOCK: usize = 256;
const NOISE_BANDS: usize = 129;
const NOISE_TAPS: usize = 256;

/// Sizes of a model.
struct Size {
    shapers: usize,
    harmonics: usize,
    widths: [usize; 4],
}

const PUBLISHED: Size = Size { shapers: 64, harmonics: 101, widths: [8, 8, 8, 1] };
const SMALL: Size = Size { shapers: 16, harmonics: 48, widths: [8, 8, 8, 1] };

impl Size {
    /// Constants with random weights: what they cost does not depend on the values.
    fn constants(&self) -> Arc<Waveshaping> {
        let mut state = 1u32;
        let mut noise = |_: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / 2_147_483_648.0 - 1.0
        };
        let (shapers, harmonics) = (self.shapers, self.harmonics);
        let exciter = Exciter {
            shapers,
            harmonics,
            weights: (0..shapers * harmonics).map(|n| noise(n) / ((n % harmonics) as f32 + 3.0)).collect(),
            bias: (0..shapers).map(&mut noise).collect(),
            phases: (0..harmonics).map(|n| 3.0 * noise(n)).collect(),
            top_hz: 0.5 * TRAIN_RATE,
        };
        let mut inputs = 1;
        let layers = self.widths.map(|outputs| {
            let layer = NetworkLayer {
                inputs,
                outputs,
                weights: (0..shapers * outputs * inputs).map(&mut noise).collect(),
                biases: (0..shapers * outputs).map(&mut noise).collect(),
            };
            inputs = outputs;
            layer
        });
        let networks = Networks { layers: layers.into() };
        let shape = |indices: &[f32]| {
            let values = indices.iter().enumerate();
            Ok::<_, Infallible>(
                values.map(|(at, index)| networks.evaluate(at % shapers, f64::from(*index)) as f32).collect(),
            )
        };
        #[expect(clippy::expect_used, reason = "sines are finite")]
        let tables = ShaperTables::bake(&vec![(-3.0, 3.0); shapers], shape).expect("tables bake");
        let weights = (0..shapers).map(|n| 0.1 * noise(n)).collect();
        Arc::new(Waveshaping::new(exciter, tables, Some(networks), weights, 0.0))
    }
}

/// Median share of one core that `round` takes for [`SECONDS`] of sound.
fn median(mut round: impl FnMut() -> f64) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| round() / SECONDS).collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// What a scene of `voices` costs, frames of moving film included.
fn layer_cost(constants: &Arc<Waveshaping>, shaping: Shaping, sample_rate: f64, voices: u16, noise: f32) -> f64 {
    let layout = FrameLayout::Newt { shapers: constants.shapers(), noise_bands: NOISE_BANDS };
    let (mut sender, receiver) = channel(layout, 1_024);
    let voicing = Voicing::Waveshaping { constants: Arc::clone(constants), shaping, fidelity: Fidelity::Playing };
    let spec = RenderSpec {
        layout,
        train_rate: TRAIN_RATE,
        noise_rate: TRAIN_RATE,
        impulse_response: ImpulseResponse::default(),
        voicing,
    };
    let mut layer = Layer::new(&spec, sample_rate, 16, receiver).expect("one family");
    let shapers = constants.shapers();
    let row = |shift: f32| -> Vec<f32> {
        let part = |value: f32| std::iter::repeat_n(value, shapers);
        let film = part(0.8 + shift).chain(part(0.1 - shift)).chain(part(0.5)).chain(part(0.0));
        film.chain([0.5]).chain(std::iter::repeat_n(noise, NOISE_BANDS)).collect()
    };
    let rows = [row(0.0), row(0.05)];
    for slot in 0..voices {
        let note = NoteAddress::of(0, slot as u8, None);
        let kind = FrameKind::Start { slot, note, seed: u32::from(slot), phase: 0.0, tone: Tone::of(F0_HZ) };
        sender.send(FrameHead { from: 0, at: 0, kind }, &rows[0]).ok();
    }
    let hop = (0.008 * sample_rate) as u64;
    let (mut position, mut next, mut count) = (0u64, 0u64, 0usize);
    let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
    median(|| {
        let mut spent = 0.0;
        for _ in 0..(SECONDS * sample_rate) as usize / BLOCK {
            while next < position + BLOCK as u64 {
                count += 1;
                for slot in 0..voices {
                    let kind = FrameKind::Step { slot, tone: Tone::of(F0_HZ + (count % 7) as f32) };
                    sender.send(FrameHead { from: next, at: next + hop, kind }, &rows[count % 2]).ok();
                }
                next += hop;
            }
            left.fill(0.0);
            right.fill(0.0);
            let begun = Instant::now();
            layer.render(position, &mut left, &mut right, &mut [], &mut |_, _| {});
            spent += begun.elapsed().as_secs_f64();
            black_box(&left);
            position += BLOCK as u64;
        }
        spent
    })
}

/// Cost of one voice's shapers, and of its noise.
fn voice(constants: &Arc<Waveshaping>, shaping: Shaping, sample_rate: f64) -> (f64, f64) {
    let idle = layer_cost(constants, shaping, sample_rate, 0, 0.0);
    let dry = layer_cost(constants, shaping, sample_rate, VOICES, 0.0);
    let noisy = layer_cost(constants, shaping, sample_rate, VOICES, 0.01);
    ((dry - idle) / f64::from(VOICES), (noisy - dry) / f64::from(VOICES))
}

/// The paper's equations as written, for one voice: sines, matrix, film, networks, mix; and noise through a filter.
fn transcription(size: &Size, constants: &Waveshaping, sample_rate: f64) -> f64 {
    let Some(networks) = &constants.networks else { return 0.0 };
    let exciter = black_box(&constants.exciter);
    let (shapers, harmonics) = (size.shapers, size.harmonics);
    let samples = (SECONDS * sample_rate) as usize;
    let taps = black_box(vec![0.01f32; NOISE_TAPS]);
    let mut sines = vec![0.0f32; harmonics];
    let mut out = vec![0.0f32; samples];
    let mut noise = vec![0.0f32; samples + NOISE_TAPS];
    median(|| {
        let begun = Instant::now();
        let (mut phase, mut state) = (0.0f32, 1u32);
        for noise in &mut noise {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *noise = state as f32 / 2_147_483_648.0 - 1.0;
        }
        let partials = ((exciter.top_hz / f64::from(F0_HZ)) as usize).min(harmonics);
        for (n, out) in out.iter_mut().enumerate() {
            for (k, sine) in sines[..partials].iter_mut().enumerate() {
                *sine = (std::f32::consts::TAU * phase * (k + 1) as f32 + exciter.phases[k]).sin();
            }
            let mut sum = constants.output_bias;
            for shaper in 0..shapers {
                let weights = &exciter.weights[shaper * harmonics..][..partials];
                let products = weights.iter().zip(&sines).map(|(weight, sine)| weight * sine);
                let mix = exciter.bias[shaper] + products.sum::<f32>();
                let mut values = [0.0f32; 8];
                values[0] = 0.8 * mix + 0.1;
                for layer in &networks.layers {
                    let mut next = [0.0f32; 8];
                    let weights = &layer.weights[shaper * layer.outputs * layer.inputs..];
                    for (row, next) in next[..layer.outputs].iter_mut().enumerate() {
                        let mut value = layer.biases[shaper * layer.outputs + row];
                        for (column, input) in values[..layer.inputs].iter().enumerate() {
                            value += weights[row * layer.inputs + column] * input;
                        }
                        *next = value.sin();
                    }
                    values = next;
                }
                sum += constants.output_weights[shaper] * (0.5 * values[0]);
            }
            let filtered: f32 = taps.iter().zip(&noise[n..]).map(|(tap, noise)| tap * noise).sum();
            *out = sum + filtered;
            phase = (phase + F0_HZ / sample_rate as f32).fract();
        }
        black_box(&out);
        begun.elapsed().as_secs_f64()
    })
}

/// Prints all figures.
pub fn report() {
    println!(
        "\nNEWT, a voice: share of one core and ns a sample; {VOICES} voices, blocks of {BLOCK}, median of {ROUNDS}"
    );
    let mut bank_at_train_rate = (0.0, 0.0);
    for size in [&PUBLISHED, &SMALL] {
        let constants = size.constants();
        println!("{} shapers, {} harmonics, networks {:?}", size.shapers, size.harmonics, size.widths);
        for sample_rate in [16_000.0, 48_000.0, 96_000.0] {
            let straight = transcription(size, &constants, sample_rate);
            let line = |name: &str, cost: f64| {
                let nanoseconds = 1e9 * cost / sample_rate;
                println!("  {sample_rate:6} Hz {name:24} {:8.3} % {nanoseconds:8.1} ns", 100.0 * cost);
            };
            line("transcription", straight);
            for (name, shaping) in [("tables", Shaping::Tables), ("exact networks", Shaping::Exact)] {
                let (bank, noise) = voice(&constants, shaping, sample_rate);
                line(name, bank);
                println!("            transcription / {name} with noise {:.1}", straight / (bank + noise));
                if shaping == Shaping::Tables {
                    line("noise", noise);
                    if sample_rate == TRAIN_RATE && size.shapers == PUBLISHED.shapers {
                        bank_at_train_rate = (bank, noise);
                    }
                }
            }
        }
    }
    if let Ok(lines) = std::env::var(FASTNEWT) {
        beside_the_published(&lines, bank_at_train_rate);
    }
}

/// Ratios to the published inference, given as lines of JSON.
fn beside_the_published(lines: &str, (bank, noise): (f64, f64)) {
    let measured: Vec<(f64, f64, f64)> = lines
        .lines()
        .filter_map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).ok()?;
            Some((value["samples"].as_f64()?, value["bank"].as_f64()?, value["whole"].as_f64()?))
        })
        .collect();
    let short = |row: &&(f64, f64, f64)| row.0 == 256.0;
    let line = |what: &str, ours: f64, theirs: fn(&(f64, f64, f64)) -> f64| {
        let best = measured.iter().min_by(|a, b| theirs(a).total_cmp(&theirs(b)));
        for (name, row) in [("at its best buffer", best), ("at 256 samples", measured.iter().find(short))] {
            let Some(row) = row else { continue };
            let (theirs, samples) = (theirs(row), row.0);
            println!(
                "published PyTorch inference at 16 kHz {name} ({samples}), {what}: {:.2} % = {:.1} x ours ({:.3} %)",
                100.0 * theirs,
                theirs / ours,
                100.0 * ours
            );
        }
    };
    line("audio-rate part, beside our bank", bank, |row| row.1);
    line("whole, beside our bank and noise (the decoder is measured apart)", bank + noise, |row| row.2);
}
