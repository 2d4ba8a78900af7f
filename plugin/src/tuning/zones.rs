//! Whether a keyboard has asked for MPE: then channels tell notes apart, and a master's tables for channels do not apply.
//! Runs in the audio callback; nothing allocates.
//! The engine's performer follows the same messages by itself (test: `a_keyboard_asks_for_mpe_and_gives_it_up`).

/// Manager channels of the lower and the upper zone.
const MANAGERS: [u8; 2] = [0, 15];
/// Registered parameter of the MPE Configuration Message (MPE 1.0, section 2.1): high and low part.
const CONFIGURATION: (u8, u8) = (0, 6);
/// No parameter.
const NONE: (u8, u8) = (127, 127);

/// What the MPE Configuration Messages have said.
#[derive(Clone, Copy, Debug)]
pub struct Zones {
    /// Registered parameter that each manager channel has chosen.
    chosen: [(u8, u8); 2],
    /// Member channels of each zone.
    members: [u8; 2],
}

impl Default for Zones {
    fn default() -> Self {
        Self { chosen: [NONE; 2], members: [0; 2] }
    }
}

impl Zones {
    /// A controller moved; `value` is 0 to 1.
    pub fn hear(&mut self, channel: u8, controller: u8, value: f32) {
        let Some(zone) = MANAGERS.iter().position(|manager| *manager == channel) else { return };
        let value = (value * 127.0).round() as u8;
        match controller {
            101 => self.chosen[zone].0 = value,
            100 => self.chosen[zone].1 = value,
            // An unregistered parameter takes the place of a registered one.
            98 | 99 => self.chosen[zone] = NONE,
            6 if self.chosen[zone] == CONFIGURATION => self.members[zone] = value,
            _ => {}
        }
    }

    /// Whether there is a zone.
    pub fn are_there(&self) -> bool {
        self.members != [0; 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyboard_asks_for_mpe_and_gives_it_up() {
        let mut zones = Zones::default();
        let mut say = |channel, messages: &[(u8, u8)]| {
            messages.iter().for_each(|(controller, value)| zones.hear(channel, *controller, f32::from(*value) / 127.0));
            zones.are_there()
        };
        assert!(!say(0, &[(6, 15)]), "no parameter was chosen");
        assert!(!say(0, &[(101, 0), (100, 0), (6, 48)]), "a bend range is no zone");
        assert!(!say(3, &[(101, 0), (100, 6), (6, 7)]), "channel 4 manages nothing");
        assert!(say(0, &[(101, 0), (100, 6), (6, 15)]));
        assert!(say(15, &[(101, 0), (100, 6), (99, 1), (6, 0)]), "an unregistered parameter");
        assert!(!say(0, &[(6, 0)]));
        assert!(say(15, &[(101, 0), (100, 6), (6, 5)]));
    }
}
