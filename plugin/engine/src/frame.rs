//! The only data that crosses from control to audio: frames of voice parameters, in order of time.
//! Sent by the control thread, received by the audio callback, over a bounded lock-free queue.
//! Neither side allocates, frees or blocks after [`channel`] (test: `frames_arrive_whole_and_in_order`).

use crate::event::NoteAddress;
use rtrb::{Consumer, Producer, RingBuffer};

/// Values of the film for one shaper: index scale, index shift, output scale, output shift.
pub const FILM_PARTS: usize = 4;

/// What a row of values holds: the family and its sizes. Fixed for the life of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameLayout {
    /// `harmonics` linear peak amplitudes of partial 1..H, then `noise_bands` linear gains
    /// (for white noise of unit variance at the training rate), evenly spaced from 0 to the training Nyquist.
    Ddsp {
        /// Number of partials.
        harmonics: usize,
        /// Number of noise bands.
        noise_bands: usize,
    },
    /// The film of all shapers, each part as wide as there are shapers: index scales, index shifts, output scales, output
    /// shifts; then one `presence` (linear gain of all that is shaped, 1 in training); then `noise_bands` signed linear
    /// gains, as in [`Self::Ddsp`].
    Newt {
        /// Number of shapers.
        shapers: usize,
        /// Number of noise bands.
        noise_bands: usize,
    },
}

impl FrameLayout {
    /// Values in one row.
    pub fn width(&self) -> usize {
        match *self {
            Self::Ddsp { harmonics, noise_bands } => harmonics + noise_bands,
            Self::Newt { shapers, noise_bands } => FILM_PARTS * shapers + 1 + noise_bands,
        }
    }
}

/// What of a voice is rendered and not decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// Fundamental, hertz.
    pub f0_hz: f32,
    /// Place in the stereo field, -1 (left) to 1.
    pub pan: f32,
    /// Tilt of what the shapers make, decibels per octave over the fundamental, -6 to 6. Rows of partials are tilted already.
    pub tilt: f32,
    /// How much sharper than an octave an octave of partials is, octaves (cents per octave / 1200), -0.5 to 0.5. Partials alone.
    pub stretch: f32,
    /// Fletcher's coefficient of stiffness B, 0 to 0.01. Partials alone.
    pub inharmonicity: f32,
}

impl Tone {
    /// In the middle, untilted, of harmonic partials.
    pub fn of(f0_hz: f32) -> Self {
        Self { f0_hz, pan: 0.0, tilt: 0.0, stretch: 0.0, inharmonicity: 0.0 }
    }
}

/// What a frame does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FrameKind {
    /// A voice begins in a free slot, at `from` (== `at`), with tone and the row's values at once.
    Start {
        /// Voice slot, 0 to the layer's slot count.
        slot: u16,
        /// The note it plays; given back when the slot falls silent.
        note: NoteAddress,
        /// Seed of the voice's noise.
        seed: u32,
        /// Phase of the fundamental, cycles, 0 to 1.
        phase: f32,
        /// Pitch, place, tilt and series.
        tone: Tone,
    },
    /// From `from` to `at` the slot's values and tone go linearly to these.
    Step {
        /// Voice slot.
        slot: u16,
        /// Pitch, place, tilt and series at `at`.
        tone: Tone,
    },
    /// From `from` to `at` the slot fades to silence, f0 held; at `at` it is free. No row.
    End {
        /// Voice slot.
        slot: u16,
    },
    /// From `from` to `at` the mix goes linearly to these. No row.
    Mix(Mix),
}

impl FrameKind {
    /// Whether a row of values travels with this frame.
    pub fn has_row(&self) -> bool {
        matches!(self, Self::Start { .. } | Self::Step { .. })
    }
}

/// What holds for all voices of an instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mix {
    /// Output gain, linear.
    pub gain: f32,
    /// Share of the impulse response, 0 to 1: 0 is the direct sound alone.
    pub room: f32,
    /// Size of the room, 0.5 to 2: its response takes this many times as long.
    pub room_size: f32,
    /// Share of the room's trained decay time, 0.1 to 1.
    pub room_decay: f32,
    /// Gain of the side signal, 0 to 2.
    pub width: f32,
    /// How much of the limiter, 0 or 1.
    pub limiter: f32,
}

impl Default for Mix {
    fn default() -> Self {
        Self { gain: 1.0, room: 1.0, room_size: 1.0, room_decay: 1.0, width: 1.0, limiter: 1.0 }
    }
}

/// A frame without its row. Positions are samples of the event clock (the host's clock less the latency).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameHead {
    /// Where the way to the new values begins. Never smaller than that of the frame sent before.
    pub from: u64,
    /// Where the new values are reached; `>= from`.
    pub at: u64,
    /// What happens.
    pub kind: FrameKind,
}

/// Makes a queue for `capacity` frames of `layout`.
pub fn channel(layout: FrameLayout, capacity: usize) -> (FrameSender, FrameReceiver) {
    let (heads_in, heads_out) = RingBuffer::new(capacity);
    let (rows_in, rows_out) = RingBuffer::new(capacity * layout.width());
    (
        FrameSender { layout, heads: heads_in, rows: rows_in },
        FrameReceiver { layout, origin: 0, heads: heads_out, rows: rows_out },
    )
}

/// The queue is full, or the row is not as wide as the layout says. The frame was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameSendError {
    /// No room; the receiver has stopped taking.
    #[error("the frame queue is full")]
    Full,
    /// Wrong width.
    #[error("a frame row holds {found} values, expected {expected}")]
    Width {
        /// Values given.
        found: usize,
        /// Values of the layout.
        expected: usize,
    },
}

/// The control thread's end.
pub struct FrameSender {
    layout: FrameLayout,
    heads: Producer<FrameHead>,
    rows: Producer<f32>,
}

impl FrameSender {
    /// The layout of every row.
    pub fn layout(&self) -> FrameLayout {
        self.layout
    }

    /// Frames that can be sent before the queue is full.
    pub fn room(&self) -> usize {
        self.heads.slots()
    }

    /// Sends a frame; `row` has the layout's width where the kind has a row and is empty elsewhere.
    pub fn send(&mut self, head: FrameHead, row: &[f32]) -> Result<(), FrameSendError> {
        let expected = if head.kind.has_row() { self.layout.width() } else { 0 };
        if row.len() != expected {
            return Err(FrameSendError::Width { found: row.len(), expected });
        }
        if self.heads.is_full() {
            return Err(FrameSendError::Full);
        }
        // The row goes first, so that a head that is seen always has its row.
        self.rows.push_entire_slice(row).map_err(|_| FrameSendError::Full)?;
        self.heads.push(head).map_err(|_| FrameSendError::Full)
    }
}

/// The audio callback's end. Positions that it gives are counted from its origin.
pub struct FrameReceiver {
    layout: FrameLayout,
    origin: u64,
    heads: Consumer<FrameHead>,
    rows: Consumer<f32>,
}

impl FrameReceiver {
    /// The layout of every row.
    pub fn layout(&self) -> FrameLayout {
        self.layout
    }

    /// After a reset: positions count from `origin` on, and frames that set off before it are dropped as they come.
    pub fn start_from(&mut self, origin: u64) {
        self.origin = origin;
    }

    /// The next frame's head, left in the queue.
    pub fn peek(&mut self) -> Option<FrameHead> {
        loop {
            let head = *self.heads.peek().ok()?;
            if head.from >= self.origin {
                return Some(self.counted(head));
            }
            self.heads.pop().ok()?;
            if head.kind.has_row() {
                self.rows.read_chunk(self.layout.width()).ok()?.commit_all();
            }
        }
    }

    /// Takes the next frame. `row` must have the layout's width; it is written only where the kind has a row.
    pub fn receive(&mut self, row: &mut [f32]) -> Option<FrameHead> {
        let head = self.peek()?;
        self.heads.pop().ok()?;
        if head.kind.has_row() {
            self.rows.pop_entire_slice(&mut row[..self.layout.width()]).ok()?;
        }
        Some(head)
    }

    fn counted(&self, head: FrameHead) -> FrameHead {
        FrameHead { from: head.from - self.origin, at: head.at - self.origin, kind: head.kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_arrive_whole_and_in_order() {
        let layout = FrameLayout::Ddsp { harmonics: 3, noise_bands: 2 };
        let (mut sender, mut receiver) = channel(layout, 2);
        let step = |at| FrameHead { from: at - 4, at, kind: FrameKind::Step { slot: 1, tone: Tone::of(440.0) } };
        let end = FrameHead { from: 8, at: 12, kind: FrameKind::End { slot: 1 } };
        assert_eq!(sender.send(step(8), &[1.0, 2.0, 3.0, 4.0, 5.0]), Ok(()));
        assert_eq!(sender.send(end, &[]), Ok(()));
        assert_eq!(sender.send(end, &[]), Err(FrameSendError::Full));
        assert_eq!(sender.send(step(8), &[1.0]), Err(FrameSendError::Width { found: 1, expected: 5 }));
        let mut row = [0.0; 5];
        assert_eq!(receiver.peek(), Some(step(8)));
        assert_eq!(receiver.receive(&mut row), Some(step(8)));
        assert_eq!(row, [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(receiver.receive(&mut row), Some(end));
        assert_eq!(receiver.receive(&mut row), None);
    }

    #[test]
    fn frames_from_before_a_reset_are_dropped_and_later_ones_counted_from_it() {
        let layout = FrameLayout::Ddsp { harmonics: 1, noise_bands: 2 };
        let (mut sender, mut receiver) = channel(layout, 4);
        let step = |from, at| FrameHead { from, at, kind: FrameKind::Step { slot: 0, tone: Tone::of(440.0) } };
        assert_eq!(sender.send(step(90, 110), &[1.0; 3]), Ok(()));
        assert_eq!(sender.send(step(100, 120), &[2.0; 3]), Ok(()));
        receiver.start_from(100);
        assert_eq!(sender.room(), 2);
        let mut row = [0.0; 3];
        assert_eq!(receiver.peek(), Some(step(0, 20)));
        assert_eq!(receiver.receive(&mut row), Some(step(0, 20)));
        assert_eq!(row, [2.0; 3]);
        assert_eq!(sender.room(), 4);
    }
}
