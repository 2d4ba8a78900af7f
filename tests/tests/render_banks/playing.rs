//! A layer with its frame queue, played by a test. The stages of both families open one.

use timbrel_engine::event::NoteAddress;
use timbrel_engine::frame::{FrameHead, FrameKind, FrameSender, Mix, Tone, channel};
use timbrel_engine::render::{Layer, RenderSpec};

/// A stage while it is played.
pub struct Playing {
    pub layer: Layer,
    pub sender: FrameSender,
    pub position: u64,
    pub ended: Vec<(NoteAddress, u64)>,
    start: u64,
}

impl Playing {
    /// A layer of 8 slots whose clock stands at `start`.
    pub fn open(spec: &RenderSpec, sample_rate: f64, start: u64) -> Self {
        let (sender, receiver) = channel(spec.layout, 8_192);
        let layer = Layer::new(spec, sample_rate, 8, receiver).expect("layout and voicing are of one family");
        Self { layer, sender, position: start, ended: Vec::new(), start }
    }

    /// Positions are relative to the stage's start.
    pub fn send(&mut self, from: u64, at: u64, kind: FrameKind, row: &[f32]) {
        let head = FrameHead { from: self.start + from, at: self.start + at, kind };
        self.sender.send(head, row).expect("the queue takes the frame");
    }

    pub fn note_on(&mut self, slot: u16, at: u64, f0_hz: f32, row: &[f32]) {
        self.begin(slot, at, 0.0, Tone::of(f0_hz), row);
    }

    /// As [`Self::note_on`], with a phase (cycles) and a tone.
    pub fn begin(&mut self, slot: u16, at: u64, phase: f32, tone: Tone, row: &[f32]) {
        let kind = FrameKind::Start { slot, note: note(slot), seed: 17 + u32::from(slot), phase, tone };
        self.send(at, at, kind, row);
    }

    pub fn step(&mut self, slot: u16, from: u64, at: u64, f0_hz: f32, row: &[f32]) {
        self.step_to(slot, (from, at), Tone::of(f0_hz), row);
    }

    /// As [`Self::step`], with a tone.
    pub fn step_to(&mut self, slot: u16, (from, at): (u64, u64), tone: Tone, row: &[f32]) {
        self.send(from, at, FrameKind::Step { slot, tone }, row);
    }

    pub fn end(&mut self, slot: u16, from: u64, at: u64) {
        self.send(from, at, FrameKind::End { slot }, &[]);
    }

    pub fn mix(&mut self, from: u64, at: u64, gain: f32, room: f32) {
        self.send(from, at, FrameKind::Mix(Mix { gain, room, ..Mix::default() }), &[]);
    }

    /// Eight slots over `frames` irregular frames, with steals, ends, jumps of pitch and a mix that comes late; each voice's
    /// row is `row`'s.
    pub fn wander(&mut self, frames: u32, mut row: impl FnMut(&mut fastrand::Rng) -> Vec<f32>) {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut from = 3;
        self.mix(0, 0, 0.8, 0.5);
        for frame in 0..frames {
            let (slot, f0_hz) = (rng.u16(0..8), rng.f32() * 3_000.0 + 80.0);
            let row = row(&mut rng);
            let at = from + 1 + rng.u64(0..400);
            match rng.u8(0..8) {
                0 => self.note_on(slot, from, f0_hz, &row),
                1 => self.end(slot, from, at),
                2 if frame % 5 == 0 => self.mix(from, at, 0.5 + 0.5 * rng.f32(), rng.f32()),
                3 => {
                    self.note_on(slot, from, f0_hz, &row);
                    self.step(slot, from, at, f0_hz * 1.5, &row);
                }
                _ => self.step(slot, from, at, f0_hz, &row),
            }
            if rng.u8(0..3) > 0 {
                from += rng.u64(0..300);
            }
        }
    }

    /// Renders in blocks of the sizes given, over and over, until there are `samples` of what is in the middle.
    pub fn render(&mut self, samples: usize, blocks: &[usize]) -> Vec<f32> {
        let [left, right] = self.render_stereo(samples, blocks);
        assert_eq!(left, right);
        left
    }

    /// As [`Self::render`], of what is anywhere.
    pub fn render_stereo(&mut self, samples: usize, blocks: &[usize]) -> [Vec<f32>; 2] {
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
        assert!(left.iter().chain(&right).all(|sample| sample.is_finite()));
        [left, right]
    }
}

/// The note that a test plays in `slot`.
pub fn note(slot: u16) -> NoteAddress {
    NoteAddress::of(0, 60 + slot as u8, Some(i32::from(slot)))
}
