//! The voices that play one note together: one, or several in unison, each a little off in pitch, place and phase.
//! Pure, control thread, without allocation. Tests: `tests/tests/perform_arithmetic/unison.rs`.

use super::chance::hash;
use super::flutter::Flutter;

/// Voices of one note at most.
pub const MAX_UNISON: usize = 8;

/// One voice: a slot in decoder and banks.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// The slot.
    pub slot: u16,
    /// Seed of its vibrato and its phase.
    pub seed: u32,
    /// Seed of what drifts over all its notes.
    pub drift: u32,
    /// Place among its equals: -1 is the lowest and leftmost, 1 the highest and rightmost; 0 where it is alone.
    pub place: f32,
    /// Phase at which it begins, cycles, 0 to 1.
    pub phase: f32,
    /// Its vibrato.
    pub flutter: Flutter,
}

/// The voices of one note.
#[derive(Clone, Copy, Debug)]
pub struct Ensemble {
    voices: [Option<Voice>; MAX_UNISON],
    /// Linear gain that makes several voices as loud as one.
    compensation: f32,
}

impl Ensemble {
    /// One voice for each of `slots` (at most [`MAX_UNISON`]), spread evenly. A voice alone begins at phase 0, several at
    /// phases that have nothing to do with each other, so that they neither add up nor cancel at the beginning.
    pub fn new(slots: &[u16], seed: u32) -> Self {
        let count = slots.len().min(MAX_UNISON);
        let mut voices = [None; MAX_UNISON];
        for (index, (voice, slot)) in voices.iter_mut().zip(slots).enumerate() {
            let seed = hash(seed ^ hash(index as u32));
            let (place, phase) = match count {
                1 => (0.0, 0.0),
                _ => (2.0 * index as f32 / (count - 1) as f32 - 1.0, (seed >> 8) as f32 / (1 << 24) as f32),
            };
            *voice = Some(Voice { slot: *slot, seed, drift: hash(seed), place, phase, flutter: Flutter::new(seed) });
        }
        Self { voices, compensation: 1.0 / (count.max(1) as f32).sqrt() }
    }

    /// Linear gain of each voice. It stays where it was when one of them fails.
    pub fn compensation(&self) -> f32 {
        self.compensation
    }

    /// Voices that sound.
    pub fn len(&self) -> usize {
        self.voices().count()
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// In order of pitch.
    pub fn voices(&self) -> impl Iterator<Item = &Voice> {
        self.voices.iter().flatten()
    }

    /// Takes the voice in `slot` out; says whether it was here.
    pub fn remove(&mut self, slot: u16) -> bool {
        let voice = self.voices.iter_mut().find(|voice| voice.is_some_and(|voice| voice.slot == slot));
        voice.is_some_and(|voice| voice.take().is_some())
    }

    /// All vibratos set in anew.
    pub fn begin_anew(&mut self) {
        for voice in self.voices.iter_mut().flatten() {
            voice.seed = hash(voice.seed);
            voice.flutter = Flutter::new(voice.seed);
        }
    }

    /// Lets `seconds` pass, with vibratos at `rate` hertz.
    pub fn advance(&mut self, seconds: f64, rate: f64) {
        self.voices.iter_mut().flatten().for_each(|voice| voice.flutter.advance(seconds, rate));
    }
}
