//! What it costs that somebody watches: the callback and the control thread's work, watched beside unwatched in one run.
//! `cargo bench -p timbrel-engine --bench watch`. Figures are medians; nothing is asserted about time.
//!
//! The decoder costs nothing here, so that the ratios are the largest that there can be.

#![allow(clippy::expect_used, reason = "a bench stops where something is not as it should be")]

use rtrb::RingBuffer;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use timbrel_engine::control::denormals::FlushDenormals;
use timbrel_engine::control::message::Message;
use timbrel_engine::control::{Conductor, Instrument, Wiring};
use timbrel_engine::event::{Event, ModulationSource, NoteAddress, Route, Setting, TimedEvent};
use timbrel_engine::frame::{FrameLayout, FrameReceiver, channel};
use timbrel_engine::impulse_response::ImpulseResponse;
use timbrel_engine::model::{Controls, Decode, DecodeError, Metadata, StepRequest};
use timbrel_engine::render::{Shaping, Voicing};
use timbrel_engine::synth::{Config, LONGEST_SOUND, Mode, Source, Synth, SynthHandle, Watch};
use timbrel_engine::watch::Publisher;

const RATE: f64 = 48_000.0;
const HARMONICS: usize = 100;
const BANDS: usize = 65;
/// A frame every 4 ms.
const HOP: u64 = 192;
const BLOCK: usize = 256;
const ROUNDS: usize = 15;
/// What a window does at 60 pictures a second.
const PICTURE: Duration = Duration::from_millis(16);

struct Still {
    metadata: Metadata,
    distribution: Vec<f32>,
    noise: Vec<f32>,
}

impl Still {
    fn new() -> Self {
        let text = format!(
            r#"{{"format_version": 1, "family": "ddsp", "name": "Still", "author": "bench", "licence": "CC0-1.0",
            "trained_on": "nothing", "sample_rate": 48000, "hop": {HOP},
            "pitch": {{"unit": "midi", "scale": 0.0078125, "offset": 0.0, "low": 21, "high": 108}},
            "loudness": {{"measure": "power", "scale": 0.0125, "offset": 1.0, "low_db": -60, "high_db": -6,
                "soft_db": -40, "loud_db": -12}},
            "latent": [], "harmonics": {HARMONICS}, "noise_bands": {BANDS}, "states": [], "impulse_response": null,
            "parity_sha256": "{}"}}"#,
            "0".repeat(64)
        );
        let metadata = Metadata::parse(&text).expect("it is complete");
        Self { metadata, distribution: vec![1.0 / HARMONICS as f32; HARMONICS], noise: vec![1e-3; BANDS] }
    }
}

impl Decode for Still {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn layout(&self) -> FrameLayout {
        FrameLayout::Ddsp { harmonics: HARMONICS, noise_bands: BANDS }
    }

    fn settle(&mut self, _slot: usize, _midi_pitch: f32) {}

    fn step(&mut self, _requests: &[StepRequest]) -> Result<(), DecodeError> {
        Ok(())
    }

    fn controls(&self, _row: usize) -> Controls<'_> {
        Controls::Ddsp { amplitude: 0.01, harmonic_distribution: &self.distribution, noise_magnitudes: &self.noise }
    }
}

/// Held keys under two rows of modulation.
fn piece(voices: u8) -> Vec<Event> {
    let route = |source, target| Some(Route { source, target });
    let mut events = vec![
        Event::Set(Setting::Polyphony, 64.0),
        Event::Route { row: 0, route: route(ModulationSource::Lfo1, Setting::Tune) },
        Event::Route { row: 1, route: route(ModulationSource::Envelope2, Setting::Brightness) },
        Event::Set(Setting::ModAmount1, 0.01),
        Event::Set(Setting::ModAmount2, 0.2),
    ];
    events.extend((0..voices).map(|n| Event::NoteOn { note: NoteAddress::of(0, 30 + n, None), velocity: 0.7 }));
    events
}

/// A window that looks sixty times a second, on a thread of its own.
struct Window {
    closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Window {
    fn open(mut watch: Watch) -> Self {
        let closed = Arc::new(AtomicBool::new(false));
        let is_closed = Arc::clone(&closed);
        let thread = std::thread::spawn(move || {
            let (mut left, mut right) = (vec![0.0; LONGEST_SOUND], vec![0.0; LONGEST_SOUND]);
            while !is_closed.load(Ordering::Relaxed) {
                black_box(watch.look());
                watch.sound(&mut left, &mut right);
                std::thread::sleep(PICTURE);
            }
        });
        Self { closed, thread: Some(thread) }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        self.thread.take().map(JoinHandle::join);
    }
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Prints the medians of a round's seconds, unwatched and watched in turn, as shares of the `whole` seconds.
fn beside<S>(name: &str, whole: f64, stage: &mut S, watch: impl Fn(&S) -> Watch, round: impl Fn(&mut S) -> f64) {
    let mut seconds = [Vec::new(), Vec::new()];
    round(stage);
    for _ in 0..ROUNDS {
        seconds[0].push(round(stage));
        let window = Window::open(watch(stage));
        seconds[1].push(round(stage));
        drop(window);
    }
    let [plain, watched] = seconds.map(median);
    let share = |seconds: f64| 100.0 * seconds / whole;
    println!(
        "{name:34} {:8.2} us {:7.3} % {:8.2} us {:7.3} %   x {:.3}",
        1e6 * plain,
        share(plain),
        1e6 * watched,
        share(watched),
        watched / plain
    );
}

struct Podium {
    conductor: Conductor,
    receiver: FrameReceiver,
    row: Vec<f32>,
    known: u64,
}

/// The conductor's work for a frame.
fn control_step(voices: u8) {
    const STEPS: u64 = 250;
    // In one of two there is a snapshot.
    const FRAMES: u64 = 2;
    let decoder = Box::new(Still::new());
    let layout = decoder.layout();
    let (sender, receiver) = channel(layout, 4_096);
    let (mut messages, from_callback) = RingBuffer::new(256);
    let (to_callback, _ended) = RingBuffer::new(256);
    let publisher = Publisher::alone(RATE, layout);
    let overflowed = Arc::new(AtomicBool::new(false));
    let wiring = Wiring { messages: from_callback, overflowed, ended: to_callback, publisher };
    let conductor = Conductor::new(RATE, HOP, Instrument::new(decoder, sender, None, RATE), wiring);
    for event in piece(voices) {
        messages.push(Message::Event(TimedEvent { at: 0, event })).expect("there is room");
    }
    let mut podium = Podium { conductor, receiver, row: vec![0.0; layout.width()], known: 0 };
    let name = format!("control step, voices: {voices}");
    let watch = |podium: &Podium| podium.conductor.watch();
    beside(&name, HOP as f64 / RATE, &mut podium, watch, |podium| {
        let _flush = FlushDenormals::begin();
        let costs = (0..STEPS).map(|_| {
            podium.known += FRAMES * HOP;
            let begun = Instant::now();
            podium.conductor.advance(podium.known);
            let cost = begun.elapsed();
            while podium.receiver.receive(&mut podium.row).is_some() {}
            cost.as_secs_f64() / FRAMES as f64
        });
        median(costs.collect())
    });
}

struct Desk {
    synth: Synth,
    handle: SynthHandle,
    out: [Vec<f32>; 2],
}

/// The callback in real time, each block as long after the one before as a host would ask for it.
fn callback(voices: u8) {
    const BLOCKS: u32 = 60;
    let source = Source {
        decoder: Box::new(Still::new()),
        impulse_response: ImpulseResponse::default(),
        voicing: Voicing::Harmonic,
    };
    let config = Config { sample_rate: RATE, max_block: BLOCK, mode: Mode::Realtime, shaping: Shaping::default() };
    let (mut synth, handle) = Synth::start_with(&config, source).expect("the rate is one");
    piece(voices).into_iter().for_each(|event| synth.send(0, event));
    let mut desk = Desk { synth, handle, out: [vec![0.0; BLOCK], vec![0.0; BLOCK]] };
    let name = format!("callback of {BLOCK} samples, voices: {voices}");
    let whole = BLOCK as f64 / RATE;
    beside(
        &name,
        whole,
        &mut desk,
        |desk| desk.handle.watch(),
        |desk| {
            let mut costs: Vec<f64> = (0..BLOCKS)
                .map(|_| {
                    let begun = Instant::now();
                    let [left, right] = &mut desk.out;
                    desk.synth.process(left, right, &mut |_, _| {});
                    let cost = begun.elapsed();
                    std::thread::sleep(Duration::from_secs_f64(whole).saturating_sub(cost));
                    cost.as_secs_f64()
                })
                .collect();
            costs.sort_by(f64::total_cmp);
            costs[costs.len() / 2]
        },
    );
}

fn main() {
    println!(
        "{:34} {:>11} {:>9} {:>11} {:>9}",
        "what a watch costs; medians", "unwatched", "of time", "watched", "of time"
    );
    [1, 8, 32].into_iter().for_each(control_step);
    [1, 8, 32].into_iter().for_each(callback);
}
