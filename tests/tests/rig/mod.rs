//! What the tests of performer, conductor and synth share: a decoder known analytically whose faults are switched from
//! outside, and a synth that is played from a list of events.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

pub mod click;
pub mod newt;
pub mod player;
pub mod podium;
pub mod stage;
pub mod trap;

use player::FakePlayer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use timbrel_engine::event::{Event, NoteAddress, Setting};
use timbrel_engine::frame::FrameLayout;
use timbrel_engine::impulse_response::ImpulseResponse;
use timbrel_engine::model::{Controls, Decode, DecodeError, Gesture, GestureRequest, Matching, Metadata, StepRequest};
use timbrel_engine::render::{Shaping, Voicing};
use timbrel_engine::synth::{Config, Mode, Source, Synth, SynthHandle};

/// The settings that shape a voice's sound between decoder and banks.
pub const SHAPING: [Setting; 15] = [
    Setting::OddEven,
    Setting::Stretch,
    Setting::Inharmonicity,
    Setting::FormantShift,
    Setting::Balance,
    Setting::TimbreShift,
    Setting::Dynamics,
    Setting::IndexDrive,
    Setting::IndexShift,
    Setting::ShaperMix,
    Setting::Morph,
    Setting::Latent1,
    Setting::Latent2,
    Setting::Latent3,
    Setting::Latent4,
];

/// Switches of a [`FakeDecoder`], held by the test.
#[derive(Default)]
pub struct Switches {
    /// Each step sleeps this long, milliseconds.
    pub stall_ms: AtomicU64,
    /// Amplitudes are not numbers.
    pub nan: AtomicBool,
    /// Steps are errors.
    pub fail: AtomicBool,
    /// Steps panic.
    pub panic: AtomicBool,
    /// Steps taken.
    pub steps: AtomicU64,
    /// What becomes of the performance network: see [`Ailment`].
    pub ailment: AtomicU64,
    /// Gestures asked for.
    pub gestures: AtomicU64,
    /// Those of them that begin.
    pub begun: AtomicU64,
}

/// What may be wrong with a performance network.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ailment {
    None,
    /// Every second answer is not a number.
    NotFinite,
    /// An error.
    Fails,
    Panics,
    /// No answers, and no error.
    Silent,
}

impl Switches {
    pub fn set(switch: &AtomicBool, on: bool) {
        switch.store(on, Ordering::SeqCst);
    }

    pub fn ail(&self, ailment: Ailment) {
        self.ailment.store(ailment as u64, Ordering::SeqCst);
    }

    fn ails(&self, ailment: Ailment) -> bool {
        self.ailment.load(Ordering::SeqCst) == ailment as u64
    }
}

/// What a fake instrument is like.
#[derive(Clone, Copy)]
pub struct Fake {
    pub sample_rate: f64,
    pub hop: u32,
    pub harmonics: usize,
    pub noise: f32,
    /// Who shapes its notes.
    pub player: Option<FakePlayer>,
    /// Decibels of level.
    pub matching_db: f32,
}

impl Default for Fake {
    fn default() -> Self {
        Self { sample_rate: 48_000.0, hop: 192, harmonics: 8, noise: 1e-3, player: None, matching_db: 0.0 }
    }
}

const BANDS: usize = 5;

/// amplitude = 10^(loudness / 20), distribution ~ 1 / k, noise flat.
pub struct FakeDecoder {
    metadata: Metadata,
    fake: Fake,
    switches: Arc<Switches>,
    amplitudes: Vec<f32>,
    distribution: Vec<f32>,
    noise: Vec<f32>,
}

impl Fake {
    pub fn metadata(&self, name: &str) -> Metadata {
        let text = format!(
            r#"{{"format_version": 1, "family": "ddsp", "name": "{name}", "author": "test", "licence": "CC0-1.0",
            "trained_on": "nothing", "sample_rate": {}, "hop": {},
            "pitch": {{"unit": "midi", "scale": 0.0078125, "offset": 0.0, "low": 21, "high": 108}},
            "loudness": {{"measure": "power", "scale": 0.0125, "offset": 1.0, "low_db": -60, "high_db": -6,
                "soft_db": -40, "loud_db": -12}},
            "latent": [], "harmonics": {}, "noise_bands": {BANDS}, "states": [], "impulse_response": null,
            "parity_sha256": "{}"}}"#,
            self.sample_rate,
            self.hop,
            self.harmonics,
            "0".repeat(64)
        );
        let mut metadata = Metadata::parse(&text).unwrap();
        metadata.performance = self.player.map(|player| player.performance());
        metadata.matching = Matching { gain_db: self.matching_db, ..Matching::default() };
        metadata
    }

    /// With players who shape its notes.
    pub fn played() -> Self {
        Self { player: Some(FakePlayer::PLAIN), ..Self::default() }
    }

    pub fn decoder(&self, name: &str, switches: &Arc<Switches>) -> FakeDecoder {
        let sum: f32 = (1..=self.harmonics).map(|k| 1.0 / k as f32).sum();
        FakeDecoder {
            metadata: self.metadata(name),
            fake: *self,
            switches: Arc::clone(switches),
            amplitudes: Vec::with_capacity(64),
            distribution: (1..=self.harmonics).map(|k| 1.0 / k as f32 / sum).collect(),
            noise: vec![self.noise; BANDS],
        }
    }

    pub fn source(&self, name: &str, switches: &Arc<Switches>) -> Source {
        Source {
            decoder: Box::new(self.decoder(name, switches)),
            impulse_response: ImpulseResponse::default(),
            voicing: Voicing::Harmonic,
        }
    }
}

impl Decode for FakeDecoder {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn layout(&self) -> FrameLayout {
        FrameLayout::Ddsp { harmonics: self.fake.harmonics, noise_bands: BANDS }
    }

    fn settle(&mut self, slot: usize, midi_pitch: f32) {
        assert!(slot < 128 && midi_pitch.is_finite());
    }

    fn step(&mut self, requests: &[StepRequest]) -> Result<(), DecodeError> {
        assert!((1..=64).contains(&requests.len()));
        self.switches.steps.fetch_add(1, Ordering::SeqCst);
        let stall = self.switches.stall_ms.load(Ordering::SeqCst);
        if stall > 0 {
            std::thread::sleep(Duration::from_millis(stall));
        }
        assert!(!self.switches.panic.load(Ordering::SeqCst), "a decoder that panics");
        if self.switches.fail.load(Ordering::SeqCst) {
            return Err(DecodeError::TooManyRows { found: 65, limit: 64 });
        }
        let nan = self.switches.nan.load(Ordering::SeqCst);
        self.amplitudes.clear();
        self.amplitudes.extend(requests.iter().map(|request| {
            assert!(request.slot < 128 && request.midi_pitch.is_finite() && request.loudness_db.is_finite());
            if nan { f32::NAN } else { 10_f32.powf(request.loudness_db / 20.0) }
        }));
        Ok(())
    }

    fn perform(&mut self, requests: &[GestureRequest], gestures: &mut Vec<Gesture>) -> Result<(), DecodeError> {
        assert!((1..=64).contains(&requests.len()) && gestures.is_empty());
        self.switches.gestures.fetch_add(requests.len() as u64, Ordering::SeqCst);
        let begun = requests.iter().filter(|request| request.begins).count();
        self.switches.begun.fetch_add(begun as u64, Ordering::SeqCst);
        assert!(!self.switches.ails(Ailment::Panics), "a performance network that panics");
        if self.switches.ails(Ailment::Fails) {
            return Err(DecodeError::TooManyRows { found: 65, limit: 64 });
        }
        let player = self.fake.player.unwrap();
        if !self.switches.ails(Ailment::Silent) {
            gestures.extend(requests.iter().map(|request| player.gesture(request)));
        }
        if self.switches.ails(Ailment::NotFinite) {
            gestures.iter_mut().step_by(2).for_each(|gesture| gesture.pitch_cents = f32::NAN);
        }
        Ok(())
    }

    fn controls(&self, row: usize) -> Controls<'_> {
        Controls::Ddsp {
            amplitude: self.amplitudes[row],
            harmonic_distribution: &self.distribution,
            noise_magnitudes: &self.noise,
        }
    }
}

pub fn note(key: u8) -> NoteAddress {
    NoteAddress::of(0, key, None)
}

pub fn on(key: u8) -> Event {
    Event::NoteOn { note: note(key), velocity: 100.0 / 127.0 }
}

pub fn off(key: u8) -> Event {
    Event::NoteOff { note: note(key) }
}

pub fn cc(controller: u8, value: f32) -> Event {
    Event::Controller { channel: 0, controller, value }
}

/// A synth under test.
pub struct Rig {
    pub synth: Synth,
    pub handle: SynthHandle,
    pub switches: Arc<Switches>,
    pub rate: f64,
    /// Samples processed.
    pub position: u64,
    /// Notes that have ended, with the output sample at which they did.
    pub ended: Vec<(NoteAddress, u64)>,
}

impl Rig {
    pub fn new(mode: Mode, rate: f64, max_block: usize, fake: Fake) -> Self {
        let switches = Arc::new(Switches::default());
        let config = Config { sample_rate: rate, max_block, mode, shaping: Shaping::default() };
        let (synth, handle) = Synth::start_with(&config, fake.source("Fake", &switches)).unwrap();
        Self { synth, handle, switches, rate, position: 0, ended: Vec::new() }
    }

    pub fn offline() -> Self {
        Self::new(Mode::Offline, 48_000.0, 512, Fake::default())
    }

    /// See [`Keys::play`]; of what is in the middle.
    pub fn play(&mut self, events: &[(u64, Event)], length: u64, block: impl FnMut() -> usize) -> Vec<f32> {
        let [left, right] = self.play_stereo(events, length, block);
        assert!(left == right, "what is not panned is in the middle");
        left
    }

    /// See [`Keys::play`]; left and right.
    pub fn play_stereo(&mut self, events: &[(u64, Event)], length: u64, block: impl FnMut() -> usize) -> [Vec<f32>; 2] {
        let mut keys = Keys { synth: &mut self.synth, position: self.position, rate: self.rate };
        let out = keys.play_and_hear(events, length, block, &mut self.ended);
        self.position = keys.position;
        out
    }
}

/// Whoever plays a synth.
pub struct Keys<'a> {
    pub synth: &'a mut Synth,
    /// Samples processed.
    pub position: u64,
    pub rate: f64,
}

impl Keys<'_> {
    pub fn play(&mut self, events: &[(u64, Event)], length: u64, block: impl FnMut() -> usize) -> Vec<f32> {
        let [left, right] = self.play_and_hear(events, length, block, &mut Vec::new());
        assert!(left == right, "what is not panned is in the middle");
        left
    }

    /// Renders `length` samples in blocks of `block(n)` with the events that fall into them, whose positions count from the
    /// first sample of this call. In real time it keeps time.
    fn play_and_hear(
        &mut self,
        events: &[(u64, Event)],
        length: u64,
        mut block: impl FnMut() -> usize,
        ended: &mut Vec<(NoteAddress, u64)>,
    ) -> [Vec<f32>; 2] {
        let mut out = [(); 2].map(|()| Vec::with_capacity(length as usize));
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let mut events = events.iter().peekable();
        let mut done = 0;
        let begun = std::time::Instant::now();
        while done < length {
            let size = (block().max(1) as u64).min(length - done);
            while let Some((at, event)) = events.next_if(|(at, _)| *at < done + size) {
                self.synth.send((at - done) as usize, *event);
            }
            left.resize(size as usize, f32::NAN);
            right.resize(size as usize, f32::NAN);
            let position = self.position;
            self.synth.process(&mut left, &mut right, &mut |note, offset| {
                assert!((offset as u64) < size);
                ended.push((note, position + offset as u64));
            });
            out[0].extend_from_slice(&left);
            out[1].extend_from_slice(&right);
            done += size;
            self.position += size;
            if self.synth.mode() == Mode::Realtime {
                let due = begun + Duration::from_secs_f64(done as f64 / self.rate);
                std::thread::sleep(due.saturating_duration_since(std::time::Instant::now()));
            }
        }
        out
    }
}

/// Frames' bytes.
pub fn bytes(samples: &[f32]) -> Vec<u32> {
    samples.iter().map(|sample| sample.to_bits()).collect()
}

/// First sample that is not zero.
pub fn first_sound(samples: &[f32]) -> Option<usize> {
    samples.iter().position(|sample| *sample != 0.0)
}

pub fn rms_db(samples: &[f32]) -> f64 {
    let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64;
    10.0 * (power + 1e-30).log10()
}
