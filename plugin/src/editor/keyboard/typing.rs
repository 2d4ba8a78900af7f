//! The computer's keyboard as a piano: two rows of keys, an octave apart.
//! Pure; window's thread.
//! By place, not by letter, so that it is the same hand on every layout (test: `two_rows_are_two_octaves`).

use egui::Key;
use std::collections::BTreeMap;

/// Keys and the semitones that they lie above the lowest: the row of Z with S, D, G... as its black keys, and the row of Q
/// an octave higher.
const PIANO: [(Key, u8); 34] = [
    (Key::Z, 0),
    (Key::S, 1),
    (Key::X, 2),
    (Key::D, 3),
    (Key::C, 4),
    (Key::V, 5),
    (Key::G, 6),
    (Key::B, 7),
    (Key::H, 8),
    (Key::N, 9),
    (Key::J, 10),
    (Key::M, 11),
    (Key::Comma, 12),
    (Key::L, 13),
    (Key::Period, 14),
    (Key::Semicolon, 15),
    (Key::Slash, 16),
    (Key::Q, 12),
    (Key::Num2, 13),
    (Key::W, 14),
    (Key::Num3, 15),
    (Key::E, 16),
    (Key::R, 17),
    (Key::Num5, 18),
    (Key::T, 19),
    (Key::Num6, 20),
    (Key::Y, 21),
    (Key::Num7, 22),
    (Key::U, 23),
    (Key::I, 24),
    (Key::Num9, 25),
    (Key::O, 26),
    (Key::Num0, 27),
    (Key::P, 28),
];
/// Semitones from the lowest to the highest.
pub const SPAN: u8 = 28;
/// From one velocity to the next, of 127.
const VELOCITY_STEP: u8 = 12;

/// What a key of the computer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Plays this key of the piano.
    Plays(u8),
    /// Moves the piano by octaves.
    Octave(i8),
    /// Strikes harder or more softly from now on.
    Velocity(i8),
}

/// See the module.
#[derive(Debug)]
pub struct Typing {
    /// The piano's key that Z plays, a C.
    lowest: u8,
    /// Of what is struck, 1 to 127.
    velocity: u8,
    /// What is printed on keys, as far as it was seen that it is not what their place says.
    prints: BTreeMap<Key, Key>,
}

impl Default for Typing {
    fn default() -> Self {
        // C3 and MIDI's usual 100.
        Self { lowest: 48, velocity: 100, prints: BTreeMap::new() }
    }
}

impl Typing {
    /// What the key at this place does.
    pub fn meaning(&self, place: Key) -> Option<Meaning> {
        match place {
            Key::OpenBracket => Some(Meaning::Octave(-1)),
            Key::CloseBracket => Some(Meaning::Octave(1)),
            Key::Minus => Some(Meaning::Velocity(-1)),
            Key::Equals => Some(Meaning::Velocity(1)),
            _ => {
                let (_, semitones) = PIANO.iter().find(|(key, _)| *key == place)?;
                Some(Meaning::Plays(self.lowest + semitones))
            }
        }
    }

    /// The keys that it plays.
    pub fn keys(&self) -> std::ops::RangeInclusive<u8> {
        self.lowest..=self.lowest + SPAN
    }

    /// Moves the piano by octaves, from C0 to C7.
    pub fn shift(&mut self, octaves: i8) {
        let octave = (i32::from(self.lowest / 12) + i32::from(octaves)).clamp(1, 8);
        self.lowest = octave as u8 * 12;
    }

    /// Strikes harder or more softly from now on.
    pub fn press(&mut self, steps: i8) {
        let velocity = i32::from(self.velocity) + i32::from(steps) * i32::from(VELOCITY_STEP);
        self.velocity = velocity.clamp(4, 127) as u8;
    }

    /// Of what is struck, 1 to 127.
    pub fn velocity(&self) -> u8 {
        self.velocity
    }

    /// Learns what is printed on the key at a place.
    pub fn read(&mut self, place: Key, print: Key) {
        if place != print && PIANO.iter().any(|(key, _)| *key == place) {
            self.prints.insert(place, print);
        }
    }

    /// What is printed on the keys that play a key of the piano; the first of two rows.
    pub fn print(&self, key: u8) -> Option<&'static str> {
        let semitones = key.checked_sub(self.lowest)?;
        // Where the rows meet, Q is easier to find than the comma.
        let (place, _) = PIANO.iter().rev().find(|(_, found)| *found == semitones)?;
        Some(self.prints.get(place).unwrap_or(place).symbol_or_name())
    }
}

/// Whether a key is a letter, which no control of the window wants.
pub fn is_letter(key: Key) -> bool {
    let name = key.name();
    name.len() == 1 && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rows_are_two_octaves() {
        let mut typing = Typing::default();
        assert_eq!(typing.meaning(Key::Z), Some(Meaning::Plays(48)));
        assert_eq!(typing.meaning(Key::Q), Some(Meaning::Plays(60)));
        assert_eq!(typing.meaning(Key::Comma), typing.meaning(Key::Q));
        assert_eq!(typing.meaning(Key::P), Some(Meaning::Plays(48 + SPAN)));
        assert_eq!((typing.meaning(Key::A), typing.meaning(Key::Num1), typing.meaning(Key::Space)), (None, None, None));
        typing.shift(1);
        assert_eq!(typing.meaning(Key::M), Some(Meaning::Plays(71)));
        typing.shift(100);
        assert!(*typing.keys().end() <= 127, "{typing:?}");
        typing.shift(-100);
        assert_eq!(typing.meaning(Key::Z), Some(Meaning::Plays(12)));
        typing.press(-100);
        assert_eq!(typing.velocity(), 4);
        typing.press(100);
        assert_eq!(typing.velocity(), 127);
    }

    #[test]
    fn keys_wear_what_is_printed_on_them() {
        let mut typing = Typing::default();
        assert_eq!((typing.print(48), typing.print(49), typing.print(60)), (Some("Z"), Some("S"), Some("Q")));
        assert_eq!((typing.print(47), typing.print(77)), (None, None));
        typing.read(Key::Z, Key::Y);
        assert_eq!(typing.print(48), Some("Y"));
        assert!(is_letter(Key::Z) && !is_letter(Key::Num2) && !is_letter(Key::Comma) && !is_letter(Key::F1));
    }
}
