//! A layer with its frame queue, played by a test.

use timbrel_engine::event::NoteAddress;
use timbrel_engine::frame::{FrameHead, FrameKind, FrameLayout, FrameSender, Mix, Tone, channel};
use timbrel_engine::impulse_response::ImpulseResponse;
use timbrel_engine::render::{Layer, RenderSpec, Voicing};

/// What a stage is built from.
#[derive(Clone)]
pub struct Stage {
    pub harmonics: usize,
    pub noise_bands: usize,
    pub train_rate: f64,
    pub sample_rate: f64,
    pub impulse_response: Vec<f32>,
    /// Samples of the impulse response that always sound.
    pub direct: usize,
    pub start: u64,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            harmonics: 60,
            noise_bands: 65,
            train_rate: 48_000.0,
            sample_rate: 48_000.0,
            impulse_response: Vec::new(),
            direct: 1,
            start: 0,
        }
    }
}

/// A stage while it is played.
pub struct Playing {
    pub layer: Layer,
    pub sender: FrameSender,
    pub position: u64,
    pub ended: Vec<(NoteAddress, u64)>,
    pub stage: Stage,
}

impl Stage {
    pub fn open(&self) -> Playing {
        let layout = FrameLayout::Ddsp { harmonics: self.harmonics, noise_bands: self.noise_bands };
        let (sender, receiver) = channel(layout, 4096);
        let samples = self.impulse_response.clone();
        let impulse_response = ImpulseResponse { direct: self.direct.min(samples.len()), samples };
        let voicing = Voicing::Harmonic;
        let spec = RenderSpec { layout, train_rate: self.train_rate, impulse_response, voicing };
        let layer = Layer::new(&spec, self.sample_rate, 8, receiver);
        Playing { layer, sender, position: self.start, ended: Vec::new(), stage: self.clone() }
    }

    /// A row: partial k has `amplitude(k)`, band b has `magnitude(b)`.
    pub fn row(&self, amplitude: impl Fn(usize) -> f32, magnitude: impl Fn(usize) -> f32) -> Vec<f32> {
        (1..=self.harmonics).map(amplitude).chain((0..self.noise_bands).map(magnitude)).collect()
    }
}

impl Playing {
    /// Positions are relative to the stage's start.
    pub fn send(&mut self, from: u64, at: u64, kind: FrameKind, row: &[f32]) {
        let start = self.stage.start;
        self.sender
            .send(FrameHead { from: start + from, at: start + at, kind }, row)
            .expect("the queue takes the frame");
    }

    pub fn note_on(&mut self, slot: u16, at: u64, f0_hz: f32, row: &[f32]) {
        let kind =
            FrameKind::Start { slot, note: note(slot), seed: 17 + u32::from(slot), phase: 0.0, tone: Tone::of(f0_hz) };
        self.send(at, at, kind, row);
    }

    pub fn step(&mut self, slot: u16, from: u64, at: u64, f0_hz: f32, row: &[f32]) {
        self.send(from, at, FrameKind::Step { slot, tone: Tone::of(f0_hz) }, row);
    }

    pub fn end(&mut self, slot: u16, from: u64, at: u64) {
        self.send(from, at, FrameKind::End { slot }, &[]);
    }

    pub fn mix(&mut self, from: u64, at: u64, gain: f32, room: f32) {
        self.send(from, at, FrameKind::Mix(Mix { gain, room, ..Mix::default() }), &[]);
    }

    /// Renders in blocks of the sizes given, over and over, until there are `samples`.
    pub fn render(&mut self, samples: usize, blocks: &[usize]) -> Vec<f32> {
        let mut left = vec![0.0; samples];
        let mut right = vec![0.0; samples];
        let mut done = 0;
        let mut sizes = blocks.iter().copied().cycle();
        while done < samples {
            let block = sizes.next().unwrap_or(samples).min(samples - done);
            let range = done..done + block;
            let (position, ended) = (self.position, &mut self.ended);
            self.layer.render(position, &mut left[range.clone()], &mut right[range], &mut [], &mut |note, offset| {
                ended.push((note, position + offset as u64));
            });
            self.position += block as u64;
            done += block;
        }
        assert_eq!(left, right);
        assert!(left.iter().all(|sample| sample.is_finite()));
        left
    }
}

/// The note that a test plays in `slot`.
pub fn note(slot: u16) -> NoteAddress {
    NoteAddress::of(0, 60 + slot as u8, Some(i32::from(slot)))
}
