//! MIDI on its way from the inputs to the callback: short messages, and the box in which they wait with their moments.
//! Put in by the inputs' threads, taken out by the audio callback; nothing locks or allocates.
//! (Test: `messages_are_taken_in_the_order_of_their_moments`.)

use crossbeam::queue::ArrayQueue;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Messages that wait for a block at most: an MPE player sends some hundred a second and channel.
const CAPACITY: usize = 4096;

/// A channel message. Clocks, system-exclusive and the like have no use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    bytes: [u8; 3],
    length: u8,
}

impl Message {
    /// The message that `bytes` begins with; `None` if that is no whole channel message. Real-time safe.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let status = *bytes.first()?;
        let length = match status {
            0x80..=0xBF | 0xE0..=0xEF => 3,
            0xC0..=0xDF => 2,
            _ => return None,
        };
        let given = bytes.get(..length)?;
        if given[1..].iter().any(|byte| *byte > 0x7F) {
            return None;
        }
        let mut message = Self { bytes: [0; 3], length: length as u8 };
        message.bytes[..length].copy_from_slice(given);
        Some(message)
    }

    /// A key that comes up.
    pub const fn note_off(channel: u8, key: u8) -> Self {
        Self { bytes: [0x80 | (channel & 0x0F), key & 0x7F, 0], length: 3 }
    }

    /// A controller.
    pub const fn controller(channel: u8, controller: u8, value: u8) -> Self {
        Self { bytes: [0xB0 | (channel & 0x0F), controller & 0x7F, value & 0x7F], length: 3 }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// A message and when it came.
#[derive(Clone, Copy, Debug)]
pub struct Stamped {
    /// Nanoseconds since [`Inbox::new`].
    pub at_ns: u64,
    /// The message.
    pub message: Message,
}

/// Where messages wait for the callback.
pub struct Inbox {
    begin: Instant,
    messages: ArrayQueue<Stamped>,
    lost: AtomicU64,
}

impl Default for Inbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Inbox {
    /// An empty one; its clock begins now.
    pub fn new() -> Self {
        Self { begin: Instant::now(), messages: ArrayQueue::new(CAPACITY), lost: AtomicU64::new(0) }
    }

    /// Nanoseconds since it was made. Real-time safe: the clock is read without a system call.
    pub fn now_ns(&self) -> u64 {
        self.begin.elapsed().as_nanos() as u64
    }

    /// A message came now. Real-time safe.
    pub fn put(&self, message: Message) {
        self.put_at(self.now_ns(), message);
    }

    /// A message came at a moment. Real-time safe.
    pub fn put_at(&self, at_ns: u64, message: Message) {
        if self.messages.push(Stamped { at_ns, message }).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many messages were too many.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Moves what came into `waiting`, in the order of its moments, as far as that has room. Real-time safe.
    pub fn take_into(&self, waiting: &mut Vec<Stamped>) {
        while waiting.len() < waiting.capacity()
            && let Some(stamped) = self.messages.pop()
        {
            // Inputs have threads of their own, so that one may be a little late. What came at once stays in its order.
            let place = waiting.iter().rposition(|other| other.at_ns <= stamped.at_ns).map_or(0, |before| before + 1);
            waiting.insert(place, stamped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_in_the_order_of_their_moments() {
        let inbox = Inbox::new();
        let key = |key| Message::of(&[0x90, key, 100]).unwrap();
        for (at, number) in [(10, 60), (30, 61), (20, 62), (20, 63), (5, 64)] {
            inbox.put_at(at, key(number));
        }
        let mut waiting = Vec::with_capacity(8);
        inbox.take_into(&mut waiting);
        let order: Vec<u8> = waiting.iter().map(|stamped| stamped.message.bytes()[1]).collect();
        assert_eq!(order, [64, 60, 62, 63, 61]);
    }

    #[test]
    fn only_whole_channel_messages_are_messages() {
        assert_eq!(Message::of(&[0x90, 60, 100]).unwrap().bytes(), [0x90, 60, 100]);
        assert_eq!(Message::of(&[0xD3, 64]).unwrap().bytes(), [0xD3, 64]);
        for other in [&[0xF8][..], &[0xF0, 1, 0xF7], &[0x90, 60], &[0x90, 60, 200], &[60, 60, 60], &[]] {
            assert_eq!(Message::of(other), None, "{other:x?}");
        }
    }
}
