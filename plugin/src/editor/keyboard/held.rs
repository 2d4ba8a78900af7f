//! Which keys are down in this window, and what holds them: the mouse, or keys of the computer.
//! Window's thread.
//! Whatever goes down comes up, once, also when two things hold one key (test: `a_key_comes_up_with_its_last_finger`).

use crate::hands::Hands;
use egui::Key;
use timbrel_engine::event::{Event, Expression, NoteAddress};

/// The channel on which the window plays: of an MPE zone it is the one for all of its notes.
pub const CHANNEL: u8 = 0;

/// What holds a key down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finger {
    /// The mouse.
    Pointer,
    /// A key of the computer, by its place.
    Typed(Key),
}

/// See the module.
#[derive(Default)]
pub struct Held {
    fingers: Vec<(Finger, u8)>,
}

fn address(key: u8) -> NoteAddress {
    NoteAddress::of(CHANNEL, key, None)
}

impl Held {
    /// Whether the key is down.
    pub fn holds(&self, key: u8) -> bool {
        self.fingers.iter().any(|(_, held)| *held == key)
    }

    /// The key that a finger holds.
    pub fn under(&self, finger: Finger) -> Option<u8> {
        self.fingers.iter().find(|(found, _)| *found == finger).map(|(_, key)| *key)
    }

    /// Strikes a key, `velocity` 0 to 1. What the finger held before comes up after it, so that tied notes are tied.
    pub fn strike(&mut self, finger: Finger, key: u8, velocity: f32, hands: &Hands) {
        let before = self.under(finger);
        self.fingers.retain(|(found, _)| *found != finger);
        hands.play(Event::NoteOn { note: address(key), velocity });
        self.fingers.push((finger, key));
        if let Some(before) = before.filter(|before| !self.holds(*before)) {
            hands.play(Event::NoteOff { note: address(before) });
        }
    }

    /// Bends and presses the note under a finger: semitones, and pressure from 0 to 1.
    pub fn shape(&self, finger: Finger, semitones: f32, pressure: f32, hands: &Hands) {
        let Some(key) = self.under(finger) else { return };
        for (expression, value) in [(Expression::Tuning, semitones), (Expression::Pressure, pressure)] {
            hands.play(Event::NoteExpression { note: address(key), expression, value });
        }
    }

    /// Lifts a finger.
    pub fn lift(&mut self, finger: Finger, hands: &Hands) {
        let Some(key) = self.under(finger) else { return };
        self.fingers.retain(|(found, _)| *found != finger);
        if !self.holds(key) {
            hands.play(Event::NoteOff { note: address(key) });
        }
    }

    /// Lifts all fingers that are keys of the computer.
    pub fn lift_typed(&mut self, hands: &Hands) {
        while let Some((finger, _)) = self.fingers.iter().find(|(finger, _)| matches!(finger, Finger::Typed(_))) {
            self.lift(*finger, hands);
        }
    }

    /// Lifts everything.
    pub fn lift_all(&mut self, hands: &Hands) {
        while let Some((finger, _)) = self.fingers.first() {
            self.lift(*finger, hands);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was played: keys that went down, and minus one minus the keys that came up.
    fn played(hands: &Hands, played: &mut crate::hands::Played) -> Vec<i32> {
        assert!(hands.held().len() < 8);
        let of = |event| match event {
            Event::NoteOn { note, .. } => note.key.map(i32::from),
            Event::NoteOff { note } => note.key.map(|key| -1 - i32::from(key)),
            _ => None,
        };
        played.filter_map(of).collect()
    }

    #[test]
    fn a_key_comes_up_with_its_last_finger() {
        let hands = Hands::new();
        let mut way = hands.played().unwrap();
        let mut held = Held::default();
        held.strike(Finger::Pointer, 60, 0.5, &hands);
        held.strike(Finger::Typed(Key::Z), 60, 0.5, &hands);
        held.lift(Finger::Pointer, &hands);
        assert!(held.holds(60));
        assert_eq!(played(&hands, &mut way), [60, 60]);
        held.strike(Finger::Typed(Key::Z), 62, 0.5, &hands);
        assert_eq!(played(&hands, &mut way), [62, -61]);
        held.strike(Finger::Typed(Key::X), 64, 0.5, &hands);
        held.lift_all(&hands);
        held.lift_all(&hands);
        assert_eq!(played(&hands, &mut way), [64, -63, -65]);
    }
}
