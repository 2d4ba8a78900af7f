//! How an editor looks into a synth that plays: the newest [`Snapshot`], and the newest of the sound.
//! A [`Watch`] belongs to any thread but the audio one. Only while one lives does the engine publish: the control thread a
//! snapshot every 8 ms of samples at most, the callback its sound and its load. Neither ever waits for a reader, and not a
//! byte of the sound changes (tests: `watching_leaves_every_byte`, `the_callback_neither_allocates_nor_locks`).

mod publisher;
mod snapshot;
mod tap;

pub use publisher::Publisher;
pub use snapshot::Snapshot;
pub use tap::LONGEST_SOUND;

use crate::event::NoteAddress;
use crate::frame::FrameLayout;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tap::Tap;
use triple_buffer::{Input, Output, TripleBuffer};

/// What both sides share.
pub(crate) struct Watched {
    /// Watches that live.
    watchers: AtomicUsize,
    /// The note to follow, as [`packed`].
    followed: AtomicU64,
    /// The synth is gone.
    over: AtomicBool,
    /// Made with the first watch.
    tap: OnceLock<Tap>,
    /// Locked by readers, and by the control thread where a wider layout needs another buffer.
    output: Mutex<Output<Snapshot>>,
}

impl Watched {
    /// For a synth at `sample_rate` (hertz) with rows of `layout`, and the writing side of its snapshots.
    pub fn new(sample_rate: f64, layout: FrameLayout, noise_rate_hz: f64) -> (Arc<Self>, Input<Snapshot>) {
        let (input, output) = TripleBuffer::new(&Snapshot::new(sample_rate, layout, noise_rate_hz)).split();
        let watched = Self {
            watchers: AtomicUsize::new(0),
            followed: AtomicU64::new(packed(None)),
            over: AtomicBool::new(false),
            tap: OnceLock::new(),
            output: Mutex::new(output),
        };
        (Arc::new(watched), input)
    }

    /// Whether anyone looks. Real-time safe.
    pub fn is_watched(&self) -> bool {
        self.watchers.load(Ordering::Acquire) > 0
    }

    /// The ring for the sound, while anyone looks. Real-time safe.
    pub fn tap(&self) -> Option<&Tap> {
        if self.is_watched() { self.tap.get() } else { None }
    }

    /// The note to follow.
    fn followed(&self) -> Option<NoteAddress> {
        unpacked(self.followed.load(Ordering::Relaxed))
    }

    /// The synth is gone.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    fn output(&self) -> MutexGuard<'_, Output<Snapshot>> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look into a synth, for as long as it lives. See the module.
pub struct Watch {
    watched: Arc<Watched>,
    seen: Snapshot,
}

impl Watch {
    pub(crate) fn new(watched: &Arc<Watched>) -> Self {
        watched.tap.get_or_init(Tap::new);
        watched.watchers.fetch_add(1, Ordering::AcqRel);
        let seen = watched.output().read().clone();
        Self { watched: Arc::clone(watched), seen }
    }

    /// The newest snapshot. Where the first watch has just begun, it is that of the last one's time until a frame is made.
    pub fn look(&mut self) -> &Snapshot {
        let mut output = self.watched.output();
        self.seen.clone_from(output.read());
        drop(output);
        &self.seen
    }

    /// The snapshot that [`Self::look`] gave last.
    pub fn seen(&self) -> &Snapshot {
        &self.seen
    }

    /// Which note the snapshots are about from now on: the one struck last of those that this (perhaps wildcard) address
    /// means, while one sounds; else, and with `None`, the one struck last of all. Holds for every watch of the synth.
    pub fn follow(&self, note: Option<NoteAddress>) {
        self.watched.followed.store(packed(note), Ordering::Relaxed);
    }

    /// Copies the newest samples of the output, as the host got them, oldest first: [`LONGEST_SOUND`] at most, where more
    /// are asked for, silence is before them. Returns the position after the last one, samples since the synth started.
    pub fn sound(&self, left: &mut [f32], right: &mut [f32]) -> u64 {
        self.watched.tap.get_or_init(Tap::new).read(left, right)
    }

    /// Whether the synth still is there. If not, nothing moves any more; the instrument's next synth wants another watch.
    pub fn is_live(&self) -> bool {
        !self.watched.over.load(Ordering::Acquire)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.watched.watchers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.follow(None);
        }
    }
}

/// A note to follow in one number; a bit before each field says whether it is there.
fn packed(note: Option<NoteAddress>) -> u64 {
    let Some(NoteAddress { channel, key, id }) = note else { return 0 };
    let field = |value: Option<u64>, bits: u32| value.map_or(0, |value| 1 << bits | value & ((1 << bits) - 1));
    let channel = field(channel.map(u64::from), 8);
    let key = field(key.map(u64::from), 8);
    let id = field(id.map(|id| u64::from(id as u32)), 32);
    1 << 63 | channel << 42 | key << 33 | id
}

/// What [`packed`] was made of.
fn unpacked(packed: u64) -> Option<NoteAddress> {
    let field = |shift: u32, bits: u32| {
        let value = packed >> shift;
        (value >> bits & 1 == 1).then_some(value & ((1 << bits) - 1))
    };
    (packed >> 63 == 1).then(|| NoteAddress {
        channel: field(42, 8).map(|channel| channel as u8),
        key: field(33, 8).map(|key| key as u8),
        id: field(0, 32).map(|id| id as u32 as i32),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_to_follow_survives_its_packing() {
        let some = |channel, key, id| Some(NoteAddress { channel, key, id });
        for note in [
            None,
            some(None, None, None),
            some(Some(0), Some(0), Some(0)),
            some(Some(15), Some(127), Some(-1)),
            some(None, Some(60), Some(i32::MIN)),
            some(Some(3), None, Some(i32::MAX)),
        ] {
            assert_eq!(unpacked(packed(note)), note);
        }
    }
}
