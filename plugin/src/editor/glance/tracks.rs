//! The way of every voice through the field: where it is, where it was, and since when.
//! Window's thread. Bounded: so many voices as there can be, and so many places of each; allocates when the field is made.
//! A voice that ends leaves its tail to fade (test: `a_tail_fades_and_is_gone`).

use timbrel_engine::event::NoteAddress;
use timbrel_engine::perform::{MAX_VOICES, VoiceView};

/// Places that are kept of each voice.
const PLACES: usize = 40;
/// How long a tail is, seconds.
pub const TAIL: f64 = 0.6;
/// Voices and tails together.
const MOST: usize = 2 * MAX_VOICES;
/// A voice that leaps further between two frames is another one, semitones.
const LEAP: f32 = 7.0;

/// Which voice: its note, and which of the note's voices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VoiceKey {
    /// Of the voice.
    pub note: (Option<u8>, Option<u8>, Option<i32>),
    /// 0 but in unison.
    pub place: u8,
}

/// Where a voice was.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spot {
    /// MIDI pitch.
    pub pitch: f32,
    /// Decibels.
    pub db: f32,
    /// Seconds of the window's clock.
    pub at: f64,
}

/// One voice's way.
#[derive(Clone, Debug)]
pub struct Track {
    /// Whose.
    pub key: VoiceKey,
    /// As it was seen last.
    pub view: VoiceView,
    /// It sounds.
    pub is_live: bool,
    spots: [Spot; PLACES],
    count: usize,
    next: usize,
}

impl Track {
    fn new(key: VoiceKey, view: VoiceView) -> Self {
        Self { key, view, is_live: true, spots: [Spot::default(); PLACES], count: 0, next: 0 }
    }

    fn step(&mut self, view: VoiceView, now: f64) {
        if (view.midi_pitch - self.view.midi_pitch).abs() > LEAP {
            self.count = 0;
        }
        self.view = view;
        self.is_live = true;
        self.spots[self.next] = Spot { pitch: view.midi_pitch, db: view.wanted_db, at: now };
        self.next = (self.next + 1) % PLACES;
        self.count = (self.count + 1).min(PLACES);
    }

    /// Its way of the last moments, oldest first.
    pub fn tail(&self, now: f64) -> impl Iterator<Item = &Spot> {
        (0..self.count)
            .map(move |n| &self.spots[(self.next + PLACES - self.count + n) % PLACES])
            .filter(move |spot| now - spot.at < TAIL)
    }
}

/// See the module.
pub struct Tracks {
    tracks: Vec<Track>,
}

impl Default for Tracks {
    fn default() -> Self {
        Self { tracks: Vec::with_capacity(MOST) }
    }
}

impl Tracks {
    /// The voices as they are `now`, seconds.
    pub fn follow(&mut self, voices: &[VoiceView], now: f64) {
        self.tracks.iter_mut().for_each(|track| track.is_live = false);
        for (index, view) in voices.iter().enumerate() {
            let before = voices[..index].iter().filter(|other| other.note == view.note).count();
            let key = VoiceKey { note: (view.note.channel, view.note.key, view.note.id), place: before as u8 };
            match self.tracks.iter_mut().find(|track| track.key == key) {
                Some(track) => track.step(*view, now),
                None => {
                    if self.tracks.len() == MOST {
                        self.tracks.remove(0);
                    }
                    let mut track = Track::new(key, *view);
                    track.step(*view, now);
                    self.tracks.push(track);
                }
            }
        }
        self.tracks.retain(|track| track.is_live || track.tail(now).next().is_some());
    }

    /// Voices and tails.
    pub fn all(&self) -> &[Track] {
        &self.tracks
    }

    /// The voices that sound.
    pub fn live(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(|track| track.is_live)
    }

    /// Whether a note sounds.
    pub fn sounds(&self, note: &NoteAddress) -> bool {
        self.live().any(|track| note.matches(&track.view.note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(key: u8, midi_pitch: f32) -> VoiceView {
        VoiceView { note: NoteAddress::of(0, key, None), midi_pitch, wanted_db: -20.0, ..VoiceView::default() }
    }

    #[test]
    fn a_tail_fades_and_is_gone() {
        let mut tracks = Tracks::default();
        for frame in 0..200 {
            tracks.follow(
                &[voice(60, 60.0 + 0.01 * frame as f32), voice(64, 64.0), voice(64, 64.2)],
                f64::from(frame) / 60.0,
            );
        }
        let now = 199.0 / 60.0;
        assert_eq!(tracks.all().len(), 3);
        let length = tracks.all()[0].tail(now).count();
        assert!((30..=PLACES).contains(&length), "{length} places");
        tracks.follow(&[voice(64, 64.0)], now + 0.3);
        assert_eq!((tracks.all().len(), tracks.live().count()), (3, 1));
        tracks.follow(&[voice(64, 64.0)], now + 1.0);
        assert_eq!((tracks.all().len(), tracks.live().count()), (1, 1));
    }

    #[test]
    fn more_voices_than_there_are_do_not_grow_it() {
        let mut tracks = Tracks::default();
        for frame in 0..2_000 {
            let key = (frame % 128) as u8;
            tracks.follow(&[voice(key, f32::from(key))], f64::from(frame) / 1_000.0);
        }
        assert!(tracks.all().len() <= MOST);
    }
}
