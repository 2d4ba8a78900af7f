//! All banks of one instrument: takes frames in order, renders its voices, adds the room, mixes.
//! `Layer::new` on the loader thread, everything else on the audio thread.
//! Promises sample-exact onsets (test: `a_note_begins_at_its_sample`), the same bytes for all block sizes (test:
//! `block_sizes_never_change_the_output`), no allocation (test: `rendering_allocates_nothing`), and that late or
//! broken frames are heard as a held, then faded sound (tests: `missing_frames_hold_and_then_fade`,
//! `values_that_are_not_finite_are_refused`).

use super::bank::BankDesign;
use super::noise::NoiseWorkshop;
use super::partitions::Grid;
use super::ramp::Ramp;
use super::reverb::Reverb;
use super::room::Room;
use super::room_shape::{Responses, RoomShape, SIZES, TRAINED};
use super::simd::Instructions;
use super::slot::{Onset, Slot, SlotSpec, VoiceLevel};
use super::voicing::{Voicing, VoicingError};
use crate::event::NoteAddress;
use crate::frame::{FrameKind, FrameLayout, FrameReceiver, Mix};
use crate::impulse_response::ImpulseResponse;
use std::sync::Arc;

/// Held sound begins to fade when frames have been missing for this long, seconds.
const HOLD: f64 = 0.2;
/// How long it takes to fade, and to come back, seconds.
const FADE: f64 = 0.05;
/// A mix that comes late is reached in no less than this, seconds.
const SHORTEST_MIX: f64 = 0.005;
/// Working memory, samples; longer blocks are rendered in runs of this.
pub(super) const RUN: usize = 256;

/// What a layer must know of its model.
#[derive(Clone, Debug)]
pub struct RenderSpec {
    /// Sizes of a frame's row.
    pub layout: FrameLayout,
    /// Rate that the model was trained at, hertz.
    pub train_rate: f64,
    /// Rate up to half of which the noise bands reach, hertz; `train_rate`, but for two models in one.
    pub noise_rate: f64,
    /// The model's room at `train_rate`.
    pub impulse_response: ImpulseResponse,
    /// What makes the pitched sound; of the layout's family.
    pub voicing: Voicing,
}

/// The sound of one instrument.
pub struct Layer {
    receiver: FrameReceiver,
    row: Vec<f32>,
    slots: Vec<Slot>,
    workshop: NoiseWorkshop,
    direct: f32,
    /// What of the impulse response always sounds, beside its first sample.
    near: Option<Reverb>,
    /// The same for the side signal: silent, and free, while nothing is panned.
    near_side: Option<Reverb>,
    reverb: Reverb,
    /// By the size of the room, samples.
    tails: [u64; SIZES.len()],
    gain: Ramp,
    room: Ramp,
    room_size: Ramp,
    room_decay: Ramp,
    width: Ramp,
    limiter: Ramp,
    presence: Ramp,
    missing_since: Option<u64>,
    hold: u64,
    fade: u64,
    shortest_mix: u64,
    /// The next sample to render; `None` before the first.
    position: Option<u64>,
    /// Mid and side of the voices.
    dry: [f32; RUN],
    side: [f32; RUN],
    near_answer: [f32; RUN],
    near_side_answer: [f32; RUN],
    answer: [f32; RUN],
}

impl Layer {
    /// Builds all banks for `slots` voices at the host's `sample_rate` (hertz, 8,000 to 192,000) and allocates all
    /// that they will ever need. Takes milliseconds; not for the audio thread. An error where voicing and layout are not of one
    /// family and size.
    pub fn new(
        spec: &RenderSpec,
        sample_rate: f64,
        slots: usize,
        receiver: FrameReceiver,
    ) -> Result<Self, VoicingError> {
        let (FrameLayout::Ddsp { noise_bands, .. } | FrameLayout::Newt { noise_bands, .. }) = spec.layout;
        let instructions = Instructions::detect();
        let workshop = NoiseWorkshop::new(noise_bands, spec.noise_rate, sample_rate);
        let bank = BankDesign::new(spec.layout, &spec.voicing, sample_rate, instructions)?;
        let slot_spec = SlotSpec { bank, sample_rate };
        let room = Room::new(&spec.impulse_response, spec.train_rate, sample_rate);
        let grid = Grid::new(sample_rate);
        let near = (!room.near.is_empty()).then(|| Arc::new(Responses::fixed(&grid, &room.near)));
        let near = || near.as_ref().map(|near| Reverb::new(Arc::clone(near), instructions));
        let decay = room.decay_time.map(|seconds| seconds * sample_rate);
        let responses = Arc::new(Responses::sized(&grid, &room.answers, decay));
        let samples = |seconds: f64| (seconds * sample_rate).ceil() as u64;
        let mix = Mix::default();
        Ok(Self {
            receiver,
            row: vec![0.0; spec.layout.width()],
            slots: (0..slots).map(|_| Slot::new(&slot_spec, &workshop)).collect(),
            tails: room.answers.each_ref().map(|answer| (answer.len().max(room.near.len()) + workshop.reach()) as u64),
            workshop,
            direct: room.direct,
            near: near(),
            near_side: near(),
            reverb: Reverb::new(responses, instructions),
            gain: Ramp::steady(mix.gain),
            room: Ramp::steady(mix.room),
            room_size: Ramp::steady(mix.room_size),
            room_decay: Ramp::steady(mix.room_decay),
            width: Ramp::steady(mix.width),
            limiter: Ramp::steady(mix.limiter),
            presence: Ramp::steady(1.0),
            missing_since: None,
            hold: samples(HOLD),
            fade: samples(FADE),
            shortest_mix: samples(SHORTEST_MIX),
            position: None,
            dry: [0.0; RUN],
            side: [0.0; RUN],
            near_answer: [0.0; RUN],
            near_side_answer: [0.0; RUN],
            answer: [0.0; RUN],
        })
    }

    /// Adds event-clock samples [start, start + left.len()) to `left` and `right`, which have the same length, and
    /// applies every frame with `from` before the end of that range at its own sample. `ended` is told, in order of
    /// time, each note that fell silent and its offset in the block. `limiter` is overwritten with how much of the limiter
    /// each sample wants, 0 to 1; it may be shorter, where nobody asks. Real-time safe.
    ///
    /// `start` follows the last block's end; anywhere else it is a jump, and what sounded is cut.
    pub fn render(
        &mut self,
        start: u64,
        left: &mut [f32],
        right: &mut [f32],
        limiter: &mut [f32],
        ended: &mut dyn FnMut(NoteAddress, usize),
    ) {
        if self.position.is_some_and(|position| position != start) {
            self.silence();
        }
        let end = start + left.len().min(right.len()) as u64;
        let mut position = start;
        while position < end {
            let now = (position - start) as usize;
            for slot in &mut self.slots {
                if let Some(note) = slot.finish(position) {
                    ended(note, now);
                }
            }
            self.apply_frames(position, &mut |note| ended(note, now));
            self.fade_if_missing(position);
            let next = self.next_change(position).min(end).min(position + RUN as u64);
            let range = now..(next - start) as usize;
            let wanted = limiter.len().min(range.end);
            self.limiter.write(position, &mut limiter[now.min(wanted)..wanted]);
            self.render_run(position, &mut left[range.clone()], &mut right[range]);
            position = next;
        }
        self.position = Some(end);
    }

    /// Silences everything and forgets the frames that wait.
    pub fn reset(&mut self) {
        while self.receiver.receive(&mut self.row).is_some() {}
        self.silence();
        self.settle_mix();
    }

    /// Silences everything; from now on positions count from `origin` of the frames' clock, and frames that set off before it
    /// are dropped. Real-time safe.
    pub fn restart(&mut self, origin: u64) {
        self.receiver.start_from(origin);
        self.silence();
        self.settle_mix();
    }

    /// How much of the limiter the mix wants in the end, 0 to 1.
    pub fn limiter(&self) -> f32 {
        self.limiter.target()
    }

    /// Whether no voice sounds and the room's tail is over: the output is zero until a frame begins a voice.
    pub fn is_silent(&self) -> bool {
        let position = self.position.unwrap_or(0);
        self.slots.iter().all(|slot| slot.is_silent(position))
            && self.near.iter().chain(&self.near_side).chain([&self.reverb]).all(Reverb::is_silent)
    }

    /// How long sound may go on after the last voice has ended, samples.
    pub fn tail(&self) -> u64 {
        // Of the smallest room that is no smaller than this one.
        let size = f64::from(self.room_size.target());
        let index = SIZES.iter().position(|known| *known >= size).unwrap_or(TRAINED);
        self.tails[index]
    }

    /// Says, before a block is rendered, whether frames that it needs are missing. Held values sound on for 200 ms
    /// after the last frame that came, then fade in 50 ms until frames come again.
    pub fn hold_then_fade(&mut self, late: bool) {
        if late {
            let position = self.position.unwrap_or(0);
            self.missing_since.get_or_insert(position);
        } else {
            self.missing_since = None;
        }
    }

    /// The voices that sound, for the editor.
    pub fn voice_levels(&self) -> impl Iterator<Item = VoiceLevel> + '_ {
        let position = self.position.unwrap_or(0);
        self.slots.iter().enumerate().filter_map(move |(index, slot)| slot.level(index, position))
    }

    /// The mix is where it was going.
    fn settle_mix(&mut self) {
        let room = [&mut self.room, &mut self.room_size, &mut self.room_decay];
        for ramp in [&mut self.gain, &mut self.width, &mut self.limiter].into_iter().chain(room) {
            *ramp = Ramp::steady(ramp.target());
        }
    }

    /// Silence at once; what waits in the queue stays.
    fn silence(&mut self) {
        self.slots.iter_mut().for_each(Slot::reset);
        self.near.iter_mut().chain(&mut self.near_side).chain([&mut self.reverb]).for_each(Reverb::reset);
        self.presence = Ramp::steady(1.0);
        self.missing_since = None;
        self.position = None;
    }

    /// Applies the frames whose way begins at or before `position`.
    fn apply_frames(&mut self, position: u64, ended: &mut dyn FnMut(NoteAddress)) {
        while self.receiver.peek().is_some_and(|head| head.from <= position) {
            let Some(head) = self.receiver.receive(&mut self.row) else { return };
            // Frames that come late, but come, keep the sound alive.
            self.missing_since = self.missing_since.map(|_| position);
            let way = (head.from, head.at);
            match head.kind {
                FrameKind::Start { slot, note, seed, phase, tone } => {
                    let onset = Onset { note, seed, phase, tone };
                    if let Some(slot) = self.slots.get_mut(usize::from(slot))
                        && let Some(stolen) = slot.begin(&self.workshop, position, onset, &mut self.row)
                    {
                        ended(stolen);
                    }
                }
                FrameKind::Step { slot, tone } => {
                    if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
                        slot.step(&self.workshop, position, way, tone, &mut self.row);
                    }
                }
                FrameKind::End { slot } => {
                    if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
                        slot.end(position, way);
                    }
                }
                FrameKind::Mix(mix) => self.aim_mix(position, way, mix),
            }
        }
    }

    fn aim_mix(&mut self, position: u64, (from, at): (u64, u64), mix: Mix) {
        // A mix given for one sample is a setting made before anything sounds: at once. A late one must not jump.
        let length = if from == position { at - from } else { at.saturating_sub(position).max(self.shortest_mix) };
        let aim = |ramp: &mut Ramp, target: f32, low: f32, high: f32| {
            if target.is_finite() {
                ramp.aim(position, length, target.clamp(low, high));
            }
        };
        aim(&mut self.gain, mix.gain, f32::MIN, f32::MAX);
        aim(&mut self.room, mix.room, 0.0, 1.0);
        aim(&mut self.room_size, mix.room_size, 0.5, 2.0);
        aim(&mut self.room_decay, mix.room_decay, 0.1, 1.0);
        aim(&mut self.width, mix.width, 0.0, 2.0);
        aim(&mut self.limiter, mix.limiter, 0.0, 1.0);
    }

    fn fade_if_missing(&mut self, position: u64) {
        let target = match self.missing_since {
            Some(since) if position >= since + self.hold => 0.0,
            _ => 1.0,
        };
        if self.presence.target() != target {
            self.presence.aim(position, self.fade, target);
        }
    }

    /// The next position after `position` at which something begins or ends.
    fn next_change(&mut self, position: u64) -> u64 {
        let frame = self.receiver.peek().map(|head| head.from);
        let end = self.slots.iter().filter_map(Slot::free_at).min();
        let fade = self.missing_since.map(|since| since + self.hold).filter(|at| *at > position);
        [frame, end, fade].into_iter().flatten().filter(|at| *at > position).min().unwrap_or(u64::MAX)
    }

    /// Renders a run in which nothing begins or ends.
    fn render_run(&mut self, position: u64, left: &mut [f32], right: &mut [f32]) {
        let (dry, side) = (&mut self.dry[..left.len()], &mut self.side[..left.len()]);
        let answer = &mut self.answer[..left.len()];
        dry.fill(0.0);
        side.fill(0.0);
        let mut aside = false;
        for slot in &mut self.slots {
            aside |= slot.render(&mut self.workshop, position, dry, side);
        }
        if !self.presence.rests_at(position, 1.0) {
            for (offset, (dry, side)) in dry.iter_mut().zip(&mut *side).enumerate() {
                let presence = self.presence.value(position + offset as u64);
                *dry *= presence;
                *side *= presence;
            }
        }
        let (size, decay) = (&self.room_size, &self.room_decay);
        let shape = |at: u64| RoomShape { size: size.value(at), decay: decay.value(at) };
        self.reverb.process(position, shape, dry, answer);
        let near = &mut self.near_answer[..left.len()];
        if let Some(reverb) = &mut self.near {
            reverb.process(position, |_| RoomShape::TRAINED, dry, near);
        }
        let near_side = &mut self.near_side_answer[..left.len()];
        if let Some(reverb) = &mut self.near_side {
            reverb.process(position, |_| RoomShape::TRAINED, side, near_side);
            aside |= !reverb.is_silent();
        }
        let outputs = left.iter_mut().zip(right.iter_mut());
        for (offset, ((left, right), ((dry, near), answer))) in
            outputs.zip(dry.iter().zip(&*near).zip(&*answer)).enumerate()
        {
            let position = position + offset as u64;
            let gain = self.gain.value(position);
            let mid = self.direct * dry + near + self.room.value(position) * answer;
            if aside {
                let side = (self.direct * side[offset] + near_side[offset]) * self.width.value(position);
                *left += (mid + side) * gain;
                *right += (mid - side) * gain;
            } else {
                let sample = mid * gain;
                *left += sample;
                *right += sample;
            }
        }
    }
}
