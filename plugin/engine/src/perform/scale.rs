//! Which pitch each key has: twelve-tone equal temperament until a scale comes.
//! Pure, control thread; the table is made once. Test: `tests/tests/perform_arithmetic/scale.rs`.

use super::CHANNELS;
use crate::event::KeyPitch;

/// Keys of a MIDI channel.
const KEYS: usize = 128;

/// Pitches of all keys of all channels.
#[derive(Clone, Debug)]
pub struct Scale {
    pitches: Box<[[KeyPitch; KEYS]; CHANNELS]>,
}

impl Scale {
    /// Equal temperament.
    pub fn new() -> Self {
        let equal = std::array::from_fn(|key| KeyPitch::Relative(key as f32));
        Self { pitches: Box::new([equal; CHANNELS]) }
    }

    /// The pitch of a key, 0 to 127, on a channel, 0 to 15.
    pub fn pitch(&self, channel: usize, key: u8) -> KeyPitch {
        self.pitches[channel][usize::from(key)]
    }

    /// A key has another pitch, on one channel or on all.
    pub fn retune(&mut self, channel: Option<usize>, key: u8, pitch: KeyPitch) {
        match channel {
            Some(channel) => self.pitches[channel][usize::from(key)] = pitch,
            None => self.pitches.iter_mut().for_each(|pitches| pitches[usize::from(key)] = pitch),
        }
    }
}

impl Default for Scale {
    fn default() -> Self {
        Self::new()
    }
}
