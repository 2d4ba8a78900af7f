//! One voice slot: its banks, the note it plays, and how it begins, moves and ends.
//! On the audio thread.
//! A change of any kind is heard as a ramp, never as a click (tests: `a_stolen_voice_does_not_click`,
//! `a_late_frame_does_not_click`, `an_ending_voice_does_not_click`).

use super::bank::{Bank, BankDesign};
use super::layer::RUN;
use super::noise::{NoiseBank, NoiseWorkshop};
use super::overlap::OverlapRing;
use super::pan::Pan;
use crate::event::NoteAddress;
use crate::frame::Tone;

/// A slot that starts again while it sounds lets the old sound fade for this long, seconds.
const STEAL_FADE: f64 = 0.005;
/// A frame that comes late, or wants a jump, is reached in no less than this, seconds.
const SHORTEST_CATCH_UP: f64 = 0.003;
/// What a slot sounds like now, for the editor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceLevel {
    /// The slot, 0 to the layer's slot count.
    pub slot: usize,
    /// The note it plays.
    pub note: NoteAddress,
    /// Fundamental, hertz.
    pub f0_hz: f32,
    /// RMS of the pitched bank, linear, full scale = 1, before mix and room.
    pub level: f32,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Free,
    Sounding,
    Ending { from: u64, at: u64 },
}

/// The sizes and times that all slots of a layer share.
pub(super) struct SlotSpec {
    pub bank: BankDesign,
    pub sample_rate: f64,
}

/// How a voice begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Onset {
    pub note: NoteAddress,
    /// Of its noise.
    pub seed: u32,
    /// Of the fundamental, cycles.
    pub phase: f32,
    pub tone: Tone,
}

/// One voice.
pub(super) struct Slot {
    state: State,
    note: NoteAddress,
    bank: Bank,
    noise: NoiseBank,
    pan: Pan,
    ring: OverlapRing,
    steal_fade: usize,
    shortest_catch_up: u64,
    old_voice: Vec<f32>,
}

impl Slot {
    /// A free slot.
    pub fn new(spec: &SlotSpec, workshop: &NoiseWorkshop) -> Self {
        let steal_fade = (STEAL_FADE * spec.sample_rate).ceil() as usize;
        Self {
            state: State::Free,
            note: NoteAddress::default(),
            bank: Bank::new(&spec.bank),
            noise: NoiseBank::new(workshop),
            pan: Pan::steady(0.0),
            // A piece may begin at the end of a run, whose samples are taken from the ring after it is added.
            ring: OverlapRing::new(RUN + workshop.reach().max(steal_fade)),
            steal_fade,
            shortest_catch_up: (SHORTEST_CATCH_UP * spec.sample_rate).ceil() as u64,
            old_voice: vec![0.0; steal_fade],
        }
    }

    /// Begins a note at `position` with the onset's and the row's values at once. Returns the note that sounded here, if
    /// one did; it fades beneath the new one, on its way to the new one's place.
    pub fn begin(
        &mut self,
        workshop: &NoiseWorkshop,
        position: u64,
        onset: Onset,
        row: &mut [f32],
    ) -> Option<NoteAddress> {
        let Onset { note, seed, phase, tone } = onset;
        let stolen = (self.state != State::Free).then_some(self.note);
        if stolen.is_some() {
            self.old_voice.fill(0.0);
            self.bank.fade(position, self.steal_fade as u64);
            self.bank.render(position, &mut self.old_voice);
            self.ring.add(position, &self.old_voice);
        }
        if !self.bank.accept(row) {
            row.fill(0.0);
        }
        let (values, magnitudes) = row.split_at(self.bank.width());
        let f0_hz = if tone.f0_hz.is_finite() { f64::from(tone.f0_hz) } else { 0.0 };
        if self.ring.is_empty(position) {
            self.pan = Pan::steady(tone.pan);
        } else {
            self.pan.aim(position, self.steal_fade as u64, tone.pan);
        }
        let phase = if phase.is_finite() { f64::from(phase) } else { 0.0 };
        self.bank.begin(position, phase, f0_hz, &tone, values);
        self.noise.begin(workshop, position, seed, magnitudes);
        self.note = note;
        self.state = State::Sounding;
        stolen
    }

    /// Goes to new values between `from` and `at`; when part of that is past already, from `position` on.
    /// What is not finite is refused and the old aim kept.
    pub fn step(&mut self, workshop: &NoiseWorkshop, position: u64, way: (u64, u64), tone: Tone, row: &mut [f32]) {
        if self.state != State::Sounding {
            return;
        }
        let at = self.reached_at(position, way);
        let accepted = self.bank.accept(row);
        let (values, magnitudes) = row.split_at(self.bank.width());
        self.bank.aim(position, at - position, &tone, accepted.then_some(values));
        self.pan.aim(position, at - position, tone.pan);
        if accepted {
            self.noise.aim(workshop, position, at, magnitudes);
        }
    }

    /// Fades to silence between `from` and `at`, and is free then.
    pub fn end(&mut self, position: u64, way: (u64, u64)) {
        if self.state != State::Sounding {
            return;
        }
        let at = self.reached_at(position, way);
        self.bank.hold(position);
        self.noise.fade(position, at);
        self.state = State::Ending { from: position, at };
    }

    /// Where the slot will be free, if it is ending.
    pub fn free_at(&self) -> Option<u64> {
        match self.state {
            State::Ending { at, .. } => Some(at),
            _ => None,
        }
    }

    /// Frees the slot if its end is reached at `position`, and returns the note that ended.
    pub fn finish(&mut self, position: u64) -> Option<NoteAddress> {
        if self.free_at()? > position {
            return None;
        }
        self.bank.stop();
        self.noise.stop();
        self.state = State::Free;
        Some(self.note)
    }

    /// Adds the samples from `position` on to `mid` and `side`. Says whether any of them went to the side.
    pub fn render(&mut self, workshop: &mut NoiseWorkshop, position: u64, mid: &mut [f32], side: &mut [f32]) -> bool {
        if self.is_silent(position) {
            return false;
        }
        let mut sound = [0.0; RUN];
        let out = &mut sound[..mid.len()];
        match self.state {
            State::Free => {}
            State::Sounding => self.bank.render(position, out),
            State::Ending { from, at } => {
                self.bank.render(position, out);
                for (offset, out) in out.iter_mut().enumerate() {
                    *out *= fading(position + offset as u64, from, at);
                }
            }
        }
        if self.state != State::Free {
            self.noise.render(workshop, &mut self.ring, position + out.len() as u64);
        }
        self.ring.take(position, out);
        self.pan.add(position, out, mid, side)
    }

    /// Whether no voice is here and the noise of the last one is over.
    pub fn is_silent(&self, position: u64) -> bool {
        self.state == State::Free && self.ring.is_empty(position)
    }

    /// What sounds at `position`.
    pub fn level(&self, slot: usize, position: u64) -> Option<VoiceLevel> {
        (self.state != State::Free).then(|| VoiceLevel {
            slot,
            note: self.note,
            f0_hz: self.bank.f0_hz(position) as f32,
            level: self.bank.level(),
        })
    }

    /// Silence at once.
    pub fn reset(&mut self) {
        self.bank.stop();
        self.noise.stop();
        self.ring.clear();
        self.state = State::Free;
    }

    /// Where a way that should lead from `from` to `at` ends, seen from `position`.
    fn reached_at(&self, position: u64, (from, at): (u64, u64)) -> u64 {
        if from >= position && at > position { at } else { at.max(position + self.shortest_catch_up) }
    }
}

/// Gain at `position` of a fade from `from` to `at`: a raised cosine, whose corners are inaudible where those of a straight
/// line are a click.
fn fading(position: u64, from: u64, at: u64) -> f32 {
    let share = position.saturating_sub(from) as f32 / at.saturating_sub(from).max(1) as f32;
    0.5 + 0.5 * (std::f32::consts::PI * share.min(1.0)).cos()
}
