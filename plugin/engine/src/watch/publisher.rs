//! Who writes the snapshots: on the control thread, beside the conductor, which knows what goes to the banks.
//! Allocates nothing but for a wider layout, at a swap (test: `watched_frames_allocate_no_more_than_others`).

use super::{Snapshot, Watch, Watched};
use crate::frame::{FrameLayout, Tone};
use crate::perform::{Performer, VoiceTarget};
use std::sync::Arc;
use triple_buffer::{Input, TripleBuffer};

/// Time from a snapshot to the next at least, seconds: two for each picture of a 60 Hz screen.
const INTERVAL: f64 = 0.008;

/// See the module.
pub struct Publisher {
    watched: Arc<Watched>,
    input: Input<Snapshot>,
    draft: Snapshot,
    interval: u64,
    /// No snapshot sets off before this.
    next: u64,
    /// Place among the targets of the voice whose row is wanted.
    wanted: Option<usize>,
    /// Its slot, in this snapshot and the one before.
    slot: Option<u16>,
}

impl Publisher {
    /// For a synth at `sample_rate` (hertz) with rows of `layout`, whose noise bands reach to half of `noise_rate_hz`.
    pub(crate) fn new(sample_rate: f64, layout: FrameLayout, noise_rate_hz: f64) -> (Arc<Watched>, Self) {
        let (watched, input) = Watched::new(sample_rate, layout, noise_rate_hz);
        let publisher = Self {
            watched: Arc::clone(&watched),
            input,
            draft: Snapshot::new(sample_rate, layout, noise_rate_hz),
            interval: (INTERVAL * sample_rate) as u64,
            next: 0,
            wanted: None,
            slot: None,
        };
        (watched, publisher)
    }

    /// For a conductor without a synth.
    pub fn alone(sample_rate: f64, layout: FrameLayout) -> Self {
        Self::new(sample_rate, layout, sample_rate).1
    }

    /// Looks at what is published here.
    pub fn watch(&self) -> Watch {
        Watch::new(&self.watched)
    }

    /// Another instrument plays.
    pub fn take_up(&mut self, layout: FrameLayout, noise_rate_hz: f64) {
        let Snapshot { row, .. } = &mut self.draft;
        row.clear();
        let grows = row.capacity() < layout.width();
        row.resize(layout.width(), 0.0);
        (self.draft.layout, self.draft.noise_rate_hz) = (layout, noise_rate_hz);
        self.slot = None;
        if grows {
            let (input, output) = TripleBuffer::new(&self.draft).split();
            self.input = input;
            *self.watched.output() = output;
        }
    }

    /// Begins a snapshot of the frame at `at`, where somebody looks and the last one is old enough. `targets` are the
    /// performer's at this frame. The chosen voice's row follows, and then [`Self::publish`].
    pub fn begin(&mut self, at: u64, performer: &Performer, targets: &[VoiceTarget]) {
        if at < self.next || !self.watched.is_watched() {
            return;
        }
        self.next = at + self.interval;
        let draft = &mut self.draft;
        let choice = performer.choose(self.watched.followed());
        draft.at = at;
        performer.views(targets, &mut draft.voices);
        performer.settings_of(choice.as_ref(), &mut draft.settings);
        performer.sources_of(choice.as_ref(), &mut draft.sources);
        draft.lfos = performer.lfos_of(choice.as_ref());
        draft.envelopes = performer.envelopes_of(choice.as_ref());
        draft.tempo_bpm = performer.tempo_bpm();
        draft.chosen = choice.map(|choice| choice.voice());
        let target = draft.chosen.and_then(|chosen| targets.get(chosen));
        draft.tone = target.map_or(Tone::of(0.0), |target| target.tone);
        let slot = target.map(|target| target.slot);
        if std::mem::replace(&mut self.slot, slot) != slot {
            draft.row.fill(0.0);
        }
        // Never nothing while a snapshot is under way.
        self.wanted = Some(draft.chosen.unwrap_or(usize::MAX));
    }

    /// A voice's row goes to the banks, that of the target at `place`.
    pub fn see(&mut self, place: usize, row: &[f32]) {
        if self.wanted == Some(place) && row.len() == self.draft.row.len() {
            self.draft.row.copy_from_slice(row);
        }
    }

    /// Publishes the snapshot that has begun, if one has.
    pub fn publish(&mut self) {
        if self.wanted.take().is_some() {
            self.input.input_buffer_mut().clone_from(&self.draft);
            self.input.publish();
        }
    }
}
