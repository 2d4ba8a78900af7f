//! 200,000 random events of a 16-channel MPE keyboard through the packaged plugin.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use timbrel_tests::host::{Blocks, Event, Instance, Package, Setup, Timed};

const EVENTS: usize = 200_000;
/// About a thousand events a second, as ten restless fingers make.
const LONGEST_GAP: u64 = 96;
const BLOCKS: Blocks = Blocks::Random { seed: 5, largest: 512 };
/// A controller at a value, on a channel (0 to 15).
fn controller(channel: u8, number: u8, value: u8) -> Event {
    Event::Midi([0xb0 | channel, number, value])
}

/// The keyboard says that it is one: RPN 6 on channel 1, fifteen members.
fn configuration() -> impl Iterator<Item = Event> {
    [(101, 0), (100, 6), (6, 15), (38, 0)].into_iter().map(|(number, value)| controller(0, number, value))
}

/// One finger a member channel: it comes down, moves and comes up; pedals are the manager's.
struct Keyboard {
    rng: fastrand::Rng,
    /// Key and note id that a member channel holds down.
    fingers: [Option<(u8, u32)>; 16],
    notes: u32,
}

impl Keyboard {
    fn event(&mut self) -> Event {
        let channel = self.rng.u8(1..16);
        let value = self.rng.u8(0..128);
        match self.rng.u8(0..20) {
            0..4 => self.press_or_lift(channel),
            4..10 => Event::Midi([0xe0 | channel, self.rng.u8(0..128), value]),
            10..14 => Event::Midi([0xd0 | channel, value, 0]),
            14..17 => controller(channel, 74, value),
            17 => controller(0, self.rng.choice([64, 66, 67]).unwrap_or(64), value),
            18 => Event::Midi([0xe0, self.rng.u8(0..128), 32 + value / 2]),
            _ => controller(0, self.rng.choice([1, 2, 7, 10, 11, 74]).unwrap_or(1), value),
        }
    }

    fn press_or_lift(&mut self, channel: u8) -> Event {
        let finger = &mut self.fingers[usize::from(channel)];
        if let Some((key, id)) = finger.take() {
            return Event::NoteOff { channel, key, velocity: 0.5, id: Some(id) };
        }
        let (key, id) = (self.rng.u8(24..96), self.notes);
        self.notes += 1;
        *finger = Some((key, id));
        Event::NoteOn { channel, key, velocity: f64::from(self.rng.u8(1..128)) / 127.0, id: Some(id) }
    }
}

/// The stream, and the number of notes in it.
fn stream(seed: u64) -> (Vec<Timed>, u32) {
    let mut keyboard = Keyboard { rng: fastrand::Rng::with_seed(seed), fingers: [None; 16], notes: 0 };
    let mut at = 0;
    let mut events: Vec<Timed> = configuration().map(|event| Timed { at, event }).collect();
    while events.len() < EVENTS {
        at += keyboard.rng.u64(0..=LONGEST_GAP);
        events.push(Timed { at, event: keyboard.event() });
    }
    (events, keyboard.notes)
}

#[test]
fn two_hundred_thousand_mpe_events_end_in_silence_with_every_note_ended() {
    let (events, notes) = stream(2026);
    let last = events[events.len() - 1].at;
    let mut instance = Instance::active(&Package::find().unwrap(), &Setup::offline(BLOCKS)).unwrap();
    let latency = u64::from(instance.latency().unwrap());
    let played = instance.render(&events, last + 1, BLOCKS).unwrap();

    // A panic, as a host sends one: keys and pedals are down now as they fell.
    let at = instance.position();
    let panic: Vec<Timed> = (0..16)
        .flat_map(|channel| [120, 121, 123].map(|number| Timed { at, event: controller(channel, number, 0) }))
        .collect();
    let after = instance.render(&panic, 96_000, BLOCKS).unwrap();

    let samples = played.left.iter().chain(&played.right);
    let peak = samples.fold(0.0_f32, |peak, sample| {
        assert!(sample.is_finite());
        peak.max(sample.abs())
    });
    let mut ends: HashMap<u32, u32> = HashMap::new();
    for end in played.note_ends.iter().chain(&after.note_ends) {
        *ends.entry(end.id.unwrap()).or_default() += 1;
    }
    let once = (0..notes).filter(|id| ends.get(id) == Some(&1)).count();
    println!(
        "{EVENTS} events, {:.0} s, {notes} notes, {once} of them ended once, peak {peak:.3}",
        last as f64 / 48_000.0
    );
    assert_eq!(once, notes as usize, "every note ends, and once");
    let fade = usize::try_from(latency).unwrap() + 4_800;
    assert!(
        after.left[fade..].iter().chain(&after.right[fade..]).all(|sample| *sample == 0.0),
        "silence after a panic"
    );

    // What is played next begins in silence and sounds: no voice is stuck, and none is lost.
    let at = instance.position();
    let again = instance.render(&[Timed::note_on(at, 57, 0.8)], 48_000, BLOCKS).unwrap();
    let onset = usize::try_from(latency).unwrap();
    assert!(again.left[..onset].iter().all(|sample| *sample == 0.0));
    assert!(again.left[onset + 9_600..].iter().any(|sample| sample.abs() > 1e-3));
}
