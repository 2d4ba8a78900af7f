//! Notes, bends and pedals that are played in the window, on their way into the audio callback.
//! [`Hands`] is for the window's thread; [`Played`] is the callback's end, which neither allocates nor waits
//! (test: `the_callback_neither_allocates_nor_locks`).
//! What goes down comes up: whatever is held keeps a place in the queue for its own release
//! (test: `a_full_queue_loses_no_release`).

use parking_lot::Mutex;
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use timbrel_engine::event::{Event, NoteAddress};

/// Events that wait at most.
const ROOM: usize = 4096;
/// A key that no block has taken for so long is not played any more: the host was not processing.
const STALE: Duration = Duration::from_secs(1);
/// Notes from the window have ids from here to [`LAST_ID`], which no host gives.
const FIRST_ID: i32 = i32::MIN;
/// See [`FIRST_ID`].
const LAST_ID: i32 = i32::MIN + 0xff_ffff;
/// Pedals: MIDI's sustain, sostenuto and soft pedal. They come up when nobody holds them; a wheel stays where it is.
const PEDALS: [u8; 3] = [64, 66, 67];

/// Whether a note was played in the window. A host that hears of its end would look for it in vain.
pub fn is_ours(note: &NoteAddress) -> bool {
    note.id.is_some_and(|id| (FIRST_ID..=LAST_ID).contains(&id))
}

/// Something that goes back to rest by itself when it is let go, on a MIDI channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spring {
    Bend(u8),
    Pressure(u8),
    Pedal(u8, u8),
}

impl Spring {
    /// What an event bends, and whether it lets go of it.
    fn of(event: &Event) -> Option<(Self, bool)> {
        match *event {
            Event::PitchBend { channel, value } => Some((Self::Bend(channel), value == 0.0)),
            Event::ChannelPressure { channel, value } => Some((Self::Pressure(channel), value == 0.0)),
            Event::Controller { channel, controller, value } if PEDALS.contains(&controller) => {
                Some((Self::Pedal(channel, controller), value == 0.0))
            }
            _ => None,
        }
    }

    fn release(self) -> Event {
        match self {
            Self::Bend(channel) => Event::PitchBend { channel, value: 0.0 },
            Self::Pressure(channel) => Event::ChannelPressure { channel, value: 0.0 },
            Self::Pedal(channel, controller) => Event::Controller { channel, controller, value: 0.0 },
        }
    }
}

/// An event and when it was played.
struct Stroke {
    at: Instant,
    event: Event,
}

/// What is down, and the way into the callback.
struct Keys {
    way: Producer<Stroke>,
    notes: Vec<NoteAddress>,
    springs: Vec<Spring>,
    next_id: i32,
}

impl Keys {
    /// Places that are kept for releases.
    fn owed(&self) -> usize {
        self.notes.len() + self.springs.len()
    }

    /// Whether there is a place for one more event and for `releases` that it will owe.
    fn has_room_for(&self, releases: usize) -> bool {
        self.way.slots() > self.owed() + releases
    }

    /// Where [`Self::has_room_for`] said so, or a place was kept.
    fn push(&mut self, event: Event) -> bool {
        self.way.push(Stroke { at: Instant::now(), event }).is_ok()
    }

    fn strike(&mut self, channel: u8, key: u8, velocity: f32) -> bool {
        let struck = NoteAddress::of(channel, key, None);
        let again = self.notes.iter().find(|held| struck.matches(held)).copied();
        if !self.has_room_for(usize::from(again.is_none())) {
            return false;
        }
        let note = again.unwrap_or_else(|| {
            let note = NoteAddress { id: Some(self.next_id), ..struck };
            self.next_id = if self.next_id == LAST_ID { FIRST_ID } else { self.next_id + 1 };
            self.notes.push(note);
            note
        });
        self.push(Event::NoteOn { note, velocity })
    }

    /// Lets go of the notes that `address` means; says whether there was one.
    fn lift(&mut self, address: NoteAddress) -> bool {
        let mut any = false;
        while let Some(place) = self.notes.iter().position(|held| address.matches(held)) {
            let note = self.notes.remove(place);
            any |= self.push(Event::NoteOff { note });
        }
        any
    }

    fn bend(&mut self, spring: Spring, lets_go: bool, event: Event) -> bool {
        let place = self.springs.iter().position(|held| *held == spring);
        match (place, lets_go) {
            (Some(place), true) => {
                self.springs.remove(place);
                self.push(event)
            }
            (None, false) if self.has_room_for(1) => {
                self.springs.push(spring);
                self.push(event)
            }
            (Some(_), false) | (None, true) => self.has_room_for(0) && self.push(event),
            (None, false) => false,
        }
    }
}

/// What is played in the window. See the module.
pub struct Hands {
    keys: Mutex<Keys>,
    played: Mutex<Option<Consumer<Stroke>>>,
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Hands {
    /// Nothing is held.
    pub fn new() -> Self {
        let (way, played) = RingBuffer::new(ROOM);
        let keys = Keys { way, notes: Vec::new(), springs: Vec::new(), next_id: FIRST_ID };
        Self { keys: Mutex::new(keys), played: Mutex::new(Some(played)), wake: OnceLock::new() }
    }

    /// The callback's end, for whoever asks first.
    pub fn played(&self) -> Option<Played> {
        self.played.lock().take().map(Played)
    }

    /// What has the host process again where it has stopped because nothing sounded.
    pub fn on_play(&self, wake: Box<dyn Fn() + Send + Sync>) {
        // The first host stays the host.
        let _ = self.wake.set(wake);
    }

    /// Plays a note on or off, a note's expression, a bend, a pressure or a controller: it happens at the first sample of the
    /// next block. Says whether it was taken. Nothing else is, nor what finds no room but for releases, which always do.
    ///
    /// Notes get ids of their own here: address them by channel and key.
    pub fn play(&self, event: Event) -> bool {
        let mut keys = self.keys.lock();
        let taken = match event {
            Event::NoteOn { note: NoteAddress { channel: Some(channel), key: Some(key), .. }, velocity } => {
                keys.strike(channel, key, velocity)
            }
            Event::NoteOff { note } => keys.lift(note),
            Event::NoteExpression { note, expression, value } => {
                let note = keys.notes.iter().find(|held| note.matches(held)).copied().unwrap_or(note);
                keys.has_room_for(0) && keys.push(Event::NoteExpression { note, expression, value })
            }
            Event::PitchBend { .. } | Event::ChannelPressure { .. } | Event::Controller { .. } => {
                match Spring::of(&event) {
                    Some((spring, lets_go)) => keys.bend(spring, lets_go, event),
                    None => keys.has_room_for(0) && keys.push(event),
                }
            }
            _ => false,
        };
        drop(keys);
        if let (true, Some(wake)) = (taken, self.wake.get()) {
            wake();
        }
        taken
    }

    /// The keys that are held here, in the order in which they went down.
    pub fn held(&self) -> Vec<NoteAddress> {
        self.keys.lock().notes.clone()
    }

    /// Lets go of everything that is held: keys, bends, pressures, pedals. For a window that closes or loses the keyboard.
    pub fn release_all(&self) {
        let mut keys = self.keys.lock();
        keys.lift(NoteAddress::default());
        while let Some(spring) = keys.springs.pop() {
            keys.push(spring.release());
        }
    }
}

impl Default for Hands {
    fn default() -> Self {
        Self::new()
    }
}

/// What has been played since it was asked last, for the callback; a key that went down long ago is left out. Real-time safe.
pub struct Played(Consumer<Stroke>);

impl Iterator for Played {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        loop {
            let Stroke { at, event } = self.0.pop().ok()?;
            if !matches!(event, Event::NoteOn { .. }) || at.elapsed() < STALE {
                return Some(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use timbrel_engine::event::Expression;

    fn on(key: u8) -> Event {
        Event::NoteOn { note: NoteAddress::of(0, key, None), velocity: 0.8 }
    }

    fn off(key: u8) -> Event {
        Event::NoteOff { note: NoteAddress::of(0, key, None) }
    }

    fn hands() -> (Hands, Played) {
        let hands = Hands::new();
        let played = hands.played().unwrap();
        assert!(hands.played().is_none());
        (hands, played)
    }

    fn all(played: &mut Played) -> Vec<Event> {
        played.collect()
    }

    #[test]
    fn a_note_has_one_id_from_its_beginning_to_its_end() {
        let (hands, mut played) = hands();
        let note = NoteAddress::of(0, 60, None);
        let expression = Event::NoteExpression { note, expression: Expression::Tuning, value: 0.5 };
        assert!(hands.play(on(60)) && hands.play(on(64)) && hands.play(expression) && hands.play(off(60)));
        assert_eq!(hands.held().len(), 1);
        let ids = |note: NoteAddress| note.id.filter(|_| is_ours(&note)).unwrap();
        match all(&mut played)[..] {
            [
                Event::NoteOn { note: first, .. },
                Event::NoteOn { note: second, .. },
                Event::NoteExpression { note: bent, .. },
                Event::NoteOff { note: ended },
            ] => {
                assert!(ids(first) == ids(bent) && ids(first) == ids(ended) && ids(first) != ids(second));
            }
            ref other => panic!("{other:?}"),
        }
        assert!(!is_ours(&note) && !is_ours(&NoteAddress::of(0, 60, Some(-1))));
    }

    #[test]
    fn a_full_queue_loses_no_release() {
        let (hands, mut played) = hands();
        let wheel = |value| Event::Controller { channel: 0, controller: 1, value };
        let pedal = |value| Event::Controller { channel: 0, controller: 64, value };
        assert!((0..60).all(|key| hands.play(on(key))) && hands.play(pedal(1.0)));
        assert!(hands.play(Event::PitchBend { channel: 0, value: 0.5 }));
        let moves = (0..).take_while(|_| hands.play(wheel(0.5))).count();
        println!("60 keys, a pedal and a bend, then {moves} moves of the wheel, of {ROOM} places");
        assert_eq!(moves, ROOM - 2 * 62);
        assert!(!hands.play(on(100)) && !hands.play(Event::ChannelPressure { channel: 0, value: 1.0 }));
        assert!(!hands.play(Event::PitchBend { channel: 0, value: 0.7 }), "a bend that is bent further");
        assert!((0..30).all(|key| hands.play(off(key))) && hands.play(pedal(0.0)));
        hands.release_all();
        assert!(hands.held().is_empty() && !hands.play(wheel(0.0)));
        let events = all(&mut played);
        let offs = events.iter().filter(|event| matches!(event, Event::NoteOff { .. })).count();
        assert_eq!((events.len(), offs), (ROOM, 60));
        assert!(events.contains(&Event::PitchBend { channel: 0, value: 0.0 }) && events.contains(&pedal(0.0)));
        assert!(hands.play(wheel(0.0)));
    }

    #[test]
    fn what_is_let_go_of_is_let_go_of_once() {
        let (hands, mut played) = hands();
        assert!(hands.play(on(60)) && hands.play(on(60)) && hands.play(off(60)));
        assert!(!hands.play(off(60)));
        hands.release_all();
        assert_eq!(all(&mut played).len(), 3);
    }

    #[test]
    fn what_is_not_played_with_hands_is_not_taken() {
        let (hands, mut played) = hands();
        assert!(
            !hands.play(Event::Panic) && !hands.play(Event::NoteOn { note: NoteAddress::default(), velocity: 1.0 })
        );
        assert_eq!(all(&mut played), []);
    }

    #[test]
    fn a_key_that_nobody_rendered_is_not_played_late() {
        let (hands, mut played) = hands();
        let strike = |key| {
            hands.keys.lock().push(on(key));
        };
        strike(60);
        std::thread::sleep(STALE);
        strike(61);
        assert!(hands.play(Event::Controller { channel: 0, controller: 1, value: 0.5 }));
        assert_eq!(all(&mut played).len(), 2);
    }
}
