//! What the banks cost, as shares of one core, beside a straight transcription with `sin` in the same run:
//! `cargo bench -p timbrel-engine --bench banks`. Figures are medians; nothing is asserted about time.

#![allow(clippy::expect_used, reason = "a bench stops where something is not as it should be")]

mod newt;

use std::hint::black_box;
use std::time::Instant;
use timbrel_engine::event::NoteAddress;
use timbrel_engine::frame::{FrameHead, FrameKind, FrameLayout, FrameSender, Mix, Tone, channel};
use timbrel_engine::render::{Layer, RenderSpec, Voicing};

const RATE: f64 = 48_000.0;
const HARMONICS: usize = 100;
const BANDS: usize = 65;
const HOP: usize = 192;
const BLOCK: usize = 384;
const BLOCKS: usize = 250;
const ROUNDS: usize = 9;
const AS_TRAINED: Option<(f32, f32)> = Some((1.0, 1.0));

/// What sounds in a run.
struct Scene {
    voices: u16,
    amplitude: f32,
    noise: f32,
    room_seconds: f64,
    /// Size and decay of the room; `None` moves without end.
    shape: Option<(f32, f32)>,
    pan: f32,
    /// Of the partials, octaves per octave: none, the same all the time, or another with each frame.
    stretch: Stretch,
}

#[derive(Clone, Copy)]
enum Stretch {
    None,
    Steady,
    Moving,
}

/// A voice without noise and room: what most scenes are.
const BARE: Scene = Scene {
    voices: 1,
    amplitude: 0.001,
    noise: 0.0,
    room_seconds: 0.0,
    shape: AS_TRAINED,
    pan: 0.0,
    stretch: Stretch::None,
};

struct Stage {
    layer: Layer,
    sender: FrameSender,
    row: Vec<f32>,
    position: u64,
}

fn open(scene: &Scene) -> Stage {
    let layout = FrameLayout::Ddsp { harmonics: HARMONICS, noise_bands: BANDS };
    let (mut sender, receiver) = channel(layout, 1_024);
    let mut impulse_response = decaying(scene.room_seconds);
    if let Some(direct) = impulse_response.first_mut() {
        *direct = 1.0;
    }
    let spec = RenderSpec {
        layout,
        train_rate: RATE,
        noise_rate: RATE,
        impulse_response: impulse_response.into(),
        voicing: Voicing::Harmonic,
    };
    let layer = Layer::new(&spec, RATE, 64, receiver).expect("one family");
    let row: Vec<f32> = (0..HARMONICS).map(|_| scene.amplitude).chain((0..BANDS).map(|_| scene.noise)).collect();
    for slot in 0..scene.voices {
        let note = NoteAddress::of(0, slot as u8, None);
        let kind = FrameKind::Start { slot, note, seed: u32::from(slot), phase: 0.0, tone: tone(scene, 0) };
        sender.send(FrameHead { from: 0, at: 0, kind }, &row).ok();
    }
    let (room_size, room_decay) = scene.shape.unwrap_or((1.0, 1.0));
    let kind = FrameKind::Mix(Mix { room_size, room_decay, ..Mix::default() });
    sender.send(FrameHead { from: 0, at: 0, kind }, &[]).ok();
    Stage { layer, sender, row, position: 0 }
}

fn tone(scene: &Scene, block: usize) -> Tone {
    let stretch = match scene.stretch {
        Stretch::None => 0.0,
        Stretch::Steady => -0.02,
        Stretch::Moving => -0.02 + 0.001 * (block % 5) as f32,
    };
    Tone { pan: scene.pan, stretch, ..Tone::of(200.0 + (block % 7) as f32) }
}

/// Seconds of one core per second of sound.
fn cost(scene: &Scene) -> f64 {
    let mut stage = open(scene);
    let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let mut spent = 0.0;
            for block in 0..BLOCKS {
                for hop in 0..BLOCK / HOP {
                    let from = stage.position + (hop * HOP) as u64;
                    if scene.shape.is_none() {
                        let room_size = 1.1 + 0.8 * (block as f32 * 0.1).sin().abs();
                        let kind = FrameKind::Mix(Mix { room_size, ..Mix::default() });
                        stage.sender.send(FrameHead { from, at: from + HOP as u64, kind }, &[]).ok();
                    }
                    for slot in 0..scene.voices {
                        let kind = FrameKind::Step { slot, tone: tone(scene, block) };
                        stage.sender.send(FrameHead { from, at: from + HOP as u64, kind }, &stage.row).ok();
                    }
                }
                left.fill(0.0);
                right.fill(0.0);
                let begun = Instant::now();
                stage.layer.render(stage.position, &mut left, &mut right, &mut [], &mut |_, _| {});
                spent += begun.elapsed().as_secs_f64();
                black_box(&left);
                stage.position += BLOCK as u64;
            }
            spent / ((BLOCK * BLOCKS) as f64 / RATE)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// The equation as written: a phase, a product and a `sin` for each partial and sample.
fn transcription() -> f64 {
    let amplitudes = vec![0.001f32; HARMONICS];
    let mut out = vec![0.0f32; BLOCK * BLOCKS];
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            let mut phase = 0f32;
            for out in &mut out {
                let mut sum = 0.0;
                for (index, amplitude) in black_box(&amplitudes).iter().enumerate() {
                    sum += amplitude * (std::f32::consts::TAU * phase * (index + 1) as f32).sin();
                }
                *out = sum;
                phase = (phase + 200.0 / RATE as f32).fract();
            }
            black_box(&out);
            begun.elapsed().as_secs_f64() / (out.len() as f64 / RATE)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// Milliseconds that it takes to build a layer of 64 slots for a host at `sample_rate`, with a room of 2 s, and its MiB.
fn build(sample_rate: f64) -> (f64, f64) {
    let layout = FrameLayout::Ddsp { harmonics: HARMONICS, noise_bands: BANDS };
    let (_sender, receiver) = channel(layout, 1_024);
    let spec = RenderSpec {
        layout,
        train_rate: RATE,
        noise_rate: RATE,
        impulse_response: decaying(2.0).into(),
        voicing: Voicing::Harmonic,
    };
    let (begun, before) = (Instant::now(), resident());
    let layer = black_box(Layer::new(&spec, sample_rate, 64, receiver)).expect("one family");
    let built = (1_000.0 * begun.elapsed().as_secs_f64(), (resident() - before).max(0.0));
    drop(layer);
    built
}

/// Memory of this process, MiB, where the system says it in `/proc`; 0 elsewhere.
fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<f64>().ok());
    pages.map_or(0.0, |pages| pages * 4_096.0 / 1_048_576.0)
}

/// A room that falls by 60 dB in its own length.
fn decaying(seconds: f64) -> Vec<f32> {
    let length = (seconds * RATE) as usize;
    (0..length).map(|n| 0.001 * (-6.9 * n as f32 / length as f32).exp()).collect()
}

fn main() {
    // First, as memory that was given back is used again.
    for sample_rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        let (milliseconds, mebibytes) = build(sample_rate);
        println!("64 slots and a room of 2 s for {sample_rate:6} Hz {milliseconds:6.1} ms, {mebibytes:5.1} MiB");
    }
    let idle = cost(&Scene { voices: 0, amplitude: 0.0, ..BARE });
    let voices = 16;
    let each = |scene: Scene| (cost(&Scene { voices, ..scene }) - idle) / f64::from(voices);
    let harmonic = each(BARE);
    let stretched = each(Scene { stretch: Stretch::Steady, ..BARE });
    let stretching = each(Scene { stretch: Stretch::Moving, ..BARE });
    let noise = each(Scene { amplitude: 0.0, noise: 0.001, ..BARE });
    let dry = cost(&BARE);
    let reshaped = |shape| cost(&Scene { room_seconds: 2.0, shape, ..BARE }) - dry;
    let room = reshaped(AS_TRAINED);
    let (between, dead) = (reshaped(Some((1.2, 1.0))), reshaped(Some((1.0, 0.2))));
    let moving = reshaped(None);
    let panned = each(Scene { pan: 0.4, ..BARE });
    let sines = transcription();
    let percent = |cost: f64| 100.0 * cost;
    println!("shares of one core at 48 kHz, hop {HOP}, blocks of {BLOCK}; median of {ROUNDS}");
    println!("a layer without voices              {:8.4} %", percent(idle));
    println!("harmonic bank, a voice, {HARMONICS} partials {:8.4} %", percent(harmonic));
    println!("the same, stretched                 {:8.4} %", percent(stretched));
    println!("the same, while the stretch moves   {:8.4} %", percent(stretching));
    println!("harmonic bank, panned               {:8.4} %", percent(panned));
    println!("noise bank, a voice, {BANDS} bands       {:8.4} %", percent(noise));
    println!("room of 2 s                         {:8.4} %", percent(room));
    println!("room of 2 s at size 1.2             {:8.4} %", percent(between));
    println!("room of 2 s whose size moves        {:8.4} %", percent(moving));
    println!("room of 2 s at a fifth of its decay {:8.4} %", percent(dead));
    println!("transcription with sin, a voice     {:8.4} %", percent(sines));
    println!("stretched / harmonic bank           {:8.2}", stretched / harmonic);
    println!("stretching / harmonic bank          {:8.2}", stretching / harmonic);
    println!("transcription / harmonic bank       {:8.1}", sines / harmonic);
    newt::report();
}
