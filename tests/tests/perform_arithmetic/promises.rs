//! What holds whatever is played: every note ends once, no slot has two voices, nothing is out of its range.

use super::rig::player::FakePlayer;
use super::rig::stage::{RANGE, RATE, Stage};
use std::collections::BTreeMap;
use timbrel_engine::event::{Event, Expression, KeyPitch, ModulationSource, NoteAddress, Route, Setting, TimedEvent};
use timbrel_engine::model::Gesture;
use timbrel_engine::perform::{Action, MAX_VOICES, Performer, SLOTS, VoiceTarget};

const EVENTS: u32 = 60_000;

struct Stream {
    dice: fastrand::Rng,
    notes: i32,
}

impl Stream {
    fn event(&mut self) -> Event {
        let dice = &mut self.dice;
        let channel = *dice.choice(&[0, 1, 2, 15]).unwrap();
        let key = dice.u8(55..67);
        let address = match dice.u8(0..12) {
            0 => NoteAddress { channel: Some(channel), ..NoteAddress::default() },
            1 => NoteAddress { key: Some(key), ..NoteAddress::default() },
            2 if dice.u8(0..8) == 0 => NoteAddress::default(),
            3..6 => NoteAddress { id: Some(self.notes - dice.i32(0..8)), ..NoteAddress::default() },
            _ => NoteAddress::of(channel, key, None),
        };
        let value = dice.f32();
        match dice.u8(0..63) {
            0..20 => {
                self.notes += 1;
                Event::NoteOn { note: NoteAddress::of(channel, key, Some(self.notes)), velocity: value }
            }
            20..36 => Event::NoteOff { note: address },
            36 => Event::Choke { note: address },
            37..40 => Event::PitchBend { channel, value: 2.0 * value - 1.0 },
            40 => Event::ChannelPressure { channel, value },
            41..44 => {
                let expression = *dice.choice(&Expression::ALL).unwrap();
                Event::NoteExpression { note: address, expression, value: 6.0 * value - 2.0 }
            }
            44..46 => {
                let setting = *dice.choice(&Setting::ALL).unwrap();
                Event::Modulate { note: address, setting, offset: 40.0 * value - 20.0 }
            }
            46 => {
                let pitch = if value < 0.1 { KeyPitch::Silent } else { KeyPitch::Relative(128.0 * value) };
                Event::Retune { channel: None, key, pitch }
            }
            47..54 => {
                let controllers =
                    [1, 2, 6, 7, 10, 11, 38, 64, 64, 64, 66, 66, 67, 71, 74, 98, 99, 100, 101, 120, 121, 123];
                Event::Controller { channel, controller: *dice.choice(&controllers).unwrap(), value: value.round() }
            }
            54..59 => {
                let setting = *dice.choice(&Setting::ALL).unwrap();
                let (least, greatest) = setting.range();
                Event::Set(setting, least + value * (greatest - least))
            }
            59 | 60 => {
                let (source, target) =
                    (*dice.choice(&ModulationSource::ALL).unwrap(), *dice.choice(&Setting::ALL).unwrap());
                Event::Route { row: dice.u8(0..18), route: (value < 0.9).then_some(Route { source, target }) }
            }
            62 => {
                Event::Transport { tempo: f64::from(value) * 300.0, beat: (value < 0.5).then_some(dice.f64() * 99.0) }
            }
            _ if dice.u8(0..10) == 0 => Event::Panic,
            _ => Event::NoteOff { note: address },
        }
    }
}

/// Listens to a performer's actions.
struct Listener {
    /// Where each slot is free from; `u64::MAX` while a voice has it.
    free_from: [u64; SLOTS],
    /// Notes told so far: ended, or refused.
    told: BTreeMap<i32, u32>,
    refused: u32,
    latest: u64,
}

impl Listener {
    fn take(&mut self, action: Action) {
        let (from, slot) = match action {
            Action::Start { slot, at, phase, tone, midi_pitch, .. } => {
                assert!(self.free_from[usize::from(slot)] <= at, "slot {slot} is taken at {at}");
                assert!(phase.is_finite() && tone.f0_hz.is_finite() && midi_pitch.is_finite());
                (at, Some((slot, u64::MAX)))
            }
            Action::Amend { slot, at, .. } => {
                assert_eq!(self.free_from[usize::from(slot)], u64::MAX, "slot {slot} has no voice at {at}");
                (at, None)
            }
            Action::End { slot, from, at } => {
                assert_eq!(self.free_from[usize::from(slot)], u64::MAX, "slot {slot} has no voice at {from}");
                (from, Some((slot, at)))
            }
            Action::Ended { note, from, .. } => {
                *self.told.entry(note.id.unwrap()).or_default() += 1;
                (from, None)
            }
            Action::Refused { note, at } => {
                *self.told.entry(note.id.unwrap()).or_default() += 1;
                self.refused += 1;
                (at, None)
            }
            Action::Mix { from, .. } => (from, None),
        };
        if let Some((slot, free_from)) = slot {
            self.free_from[usize::from(slot)] = free_from;
        }
        assert!(from >= self.latest, "{action:?} falls back behind {}", self.latest);
        self.latest = from;
    }

    fn check(&self, targets: &[VoiceTarget]) {
        assert!(targets.len() <= MAX_VOICES);
        for target in targets {
            assert_eq!(self.free_from[usize::from(target.slot)], u64::MAX, "{target:?}");
            let tone = &target.tone;
            assert!((4.0..=24_000.0).contains(&tone.f0_hz), "{target:?}");
            assert!((-1.0..=1.0).contains(&tone.pan) && (-6.0..=6.0).contains(&tone.tilt), "{target:?}");
            assert!((RANGE.low_db..=RANGE.high_db).contains(&target.loudness_db), "{target:?}");
            assert!(target.harmonic_gain.is_finite() && target.harmonic_gain >= 0.0, "{target:?}");
            assert!(target.noise_gain.is_finite() && target.noise_gain >= 0.0, "{target:?}");
        }
    }
}

#[test]
fn every_note_ends_once_and_no_slot_has_two_voices_whatever_is_played() {
    for seed in 0..4 {
        // Plain and shaped notes in turn.
        let player = FakePlayer { loudness_spread_db: 3.0, pitch_spread_cents: 30.0, ..FakePlayer::PLAIN };
        let character = if seed % 2 == 0 { RANGE.into() } else { Stage::character(player) };
        let mut performer = Performer::new(RATE, character);
        let mut stream = Stream { dice: fastrand::Rng::with_seed(seed), notes: 0 };
        let mut listener = Listener { free_from: [0; SLOTS], told: BTreeMap::new(), refused: 0, latest: 0 };
        let (mut actions, mut targets, mut requests) = (Vec::new(), Vec::new(), Vec::new());
        let (mut at, mut frame, mut most) = (0, 192, 0);
        let mut until = |performer: &mut Performer, listener: &mut Listener, end: u64| {
            while frame < end {
                targets.clear();
                performer.go_to(frame, &mut actions);
                requests.clear();
                performer.ask(&mut requests);
                let gestures: Vec<Gesture> = requests.iter().map(|request| player.gesture(request)).collect();
                assert_eq!(performer.answer(&gestures), 0);
                performer.targets(&mut targets);
                actions.drain(..).for_each(|action| listener.take(action));
                listener.check(&targets);
                most = most.max(targets.len());
                frame += 192;
            }
        };
        let mut events = Vec::new();
        for _ in 0..EVENTS {
            // Now and then many at once.
            at += if stream.dice.u8(0..3) == 0 { stream.dice.u64(0..1_500) } else { 0 };
            until(&mut performer, &mut listener, at);
            performer.handle(TimedEvent { at, event: stream.event() }, &mut events);
            events.drain(..).for_each(|action| listener.take(action));
        }
        // Hands and feet off, and nothing that makes a release longer.
        for row in 0..16 {
            performer.handle(TimedEvent { at, event: Event::Route { row, route: None } }, &mut events);
        }
        performer.handle(TimedEvent { at, event: Event::Set(Setting::Release, 0.1) }, &mut events);
        for channel in 0..16 {
            for controller in [64, 66] {
                let event = Event::Controller { channel, controller, value: 0.0 };
                performer.handle(TimedEvent { at, event }, &mut events);
            }
        }
        let event = Event::NoteOff { note: NoteAddress::default() };
        performer.handle(TimedEvent { at, event }, &mut events);
        events.drain(..).for_each(|action| listener.take(action));
        until(&mut performer, &mut listener, at + RATE as u64);
        let wrong: Vec<_> = (1..=stream.notes).filter(|id| listener.told.get(id) != Some(&1)).collect();
        println!(
            "seed {seed}: {} notes, {} refused, at most {most} voices; not told once: {wrong:?}",
            stream.notes, listener.refused
        );
        assert!(wrong.is_empty());
        assert_eq!(performer.voices(), 0);
    }
}
