//! A layer of the NEWT family with its frame queue, played by a test.

use std::sync::Arc;
use timbrel_engine::event::NoteAddress;
use timbrel_engine::frame::{FrameHead, FrameKind, FrameLayout, FrameSender, Mix, Tone, channel};
use timbrel_engine::impulse_response::ImpulseResponse;
use timbrel_engine::render::{Fidelity, Layer, RenderSpec, Shaping, Voicing};
use timbrel_engine::waveshaping::Waveshaping;

/// What a stage is built from.
#[derive(Clone)]
pub struct Stage {
    pub constants: Arc<Waveshaping>,
    pub shaping: Shaping,
    pub fidelity: Fidelity,
    pub noise_bands: usize,
    pub train_rate: f64,
    pub sample_rate: f64,
    pub impulse_response: Vec<f32>,
    pub start: u64,
}

/// A stage while it is played.
pub struct Playing {
    pub layer: Layer,
    pub sender: FrameSender,
    pub position: u64,
    pub ended: Vec<(NoteAddress, u64)>,
    pub start: u64,
}

impl Stage {
    /// Playing at 48 kHz, from the tables.
    pub fn of(constants: &Arc<Waveshaping>) -> Self {
        Self {
            constants: Arc::clone(constants),
            shaping: Shaping::Tables,
            fidelity: Fidelity::Playing,
            noise_bands: 9,
            train_rate: 48_000.0,
            sample_rate: 48_000.0,
            impulse_response: Vec::new(),
            start: 0,
        }
    }

    pub fn open(&self) -> Playing {
        let layout = FrameLayout::Newt { shapers: self.constants.shapers(), noise_bands: self.noise_bands };
        let (sender, receiver) = channel(layout, 8_192);
        let voicing = Voicing::Waveshaping {
            constants: Arc::clone(&self.constants),
            shaping: self.shaping,
            fidelity: self.fidelity,
        };
        let impulse_response = ImpulseResponse::from(self.impulse_response.clone());
        let spec = RenderSpec { layout, train_rate: self.train_rate, impulse_response, voicing };
        let layer = Layer::new(&spec, self.sample_rate, 8, receiver);
        Playing { layer, sender, position: self.start, ended: Vec::new(), start: self.start }
    }

    /// A row with `film(part, shaper)`, this presence, and noise of one gain.
    pub fn row(&self, film: impl Fn(usize, usize) -> f32, presence: f32, noise: f32) -> Vec<f32> {
        let shapers = self.constants.shapers();
        let film = (0..4 * shapers).map(|n| film(n / shapers, n % shapers));
        film.chain([presence]).chain(std::iter::repeat_n(noise, self.noise_bands)).collect()
    }

    /// A row of a tone that is as loud as `presence` says and brighter with `drive` (0 to 1).
    pub fn tone(&self, drive: f32, presence: f32, noise: f32) -> Vec<f32> {
        let film = |part: usize, shaper: usize| match part {
            0 => 0.5 + drive + 0.02 * shaper as f32,
            1 => 0.3 - 0.01 * shaper as f32,
            2 => 1.0 - 0.5 * drive * (shaper % 3) as f32,
            _ => 0.02 * shaper as f32,
        };
        self.row(film, presence, noise)
    }
}

impl Playing {
    /// Positions are relative to the stage's start.
    pub fn send(&mut self, from: u64, at: u64, kind: FrameKind, row: &[f32]) {
        let head = FrameHead { from: self.start + from, at: self.start + at, kind };
        self.sender.send(head, row).expect("the queue takes the frame");
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
