//! The MIDI controllers that VST3 hosts are shown, as VST3 wants them: one hidden parameter for each on each channel.
//! Constants; any thread.
//! Few, because hosts that list parameters take seconds for the framework's 2080
//! (test: `every_controller_has_a_place_of_its_own`).

/// MIDI channels.
pub const CHANNELS: usize = 16;

/// A controller that Timbrel listens to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controller {
    /// VST3's number: 0 to 127 are MIDI's, 128 is channel pressure, 129 the pitch wheel.
    pub number: i16,
    /// What a host that shows it writes.
    pub name: &'static str,
    /// Value when nobody touches it, 0 to 1.
    pub rest: f64,
}

/// All of them.
pub const LISTENED: [Controller; 9] = [
    Controller { number: 1, name: "Mod Wheel", rest: 0.0 },
    Controller { number: 11, name: "Expression", rest: 1.0 },
    Controller { number: 64, name: "Sustain Pedal", rest: 0.0 },
    Controller { number: 74, name: "Timbre", rest: 0.5 },
    Controller { number: 120, name: "All Sound Off", rest: 0.0 },
    Controller { number: 121, name: "Reset Controllers", rest: 0.0 },
    Controller { number: 123, name: "All Notes Off", rest: 0.0 },
    Controller { number: 128, name: "Channel Pressure", rest: 0.0 },
    Controller { number: 129, name: "Pitch Bend", rest: 0.5 },
];

/// Parameters that these make.
pub const COUNT: usize = LISTENED.len() * CHANNELS;

/// The controller and the channel (0 to 15) at a place in the list of parameters after our own.
pub fn at(place: usize) -> Option<(Controller, i16)> {
    if place >= COUNT {
        return None;
    }
    Some((LISTENED[place / CHANNELS], (place % CHANNELS) as i16))
}

/// Whether a controller is listened to.
pub fn is_listened(number: i16) -> bool {
    LISTENED.iter().any(|controller| controller.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_controller_has_a_place_of_its_own() {
        let places: HashSet<(i16, i16)> =
            (0..COUNT).filter_map(at).map(|(controller, channel)| (controller.number, channel)).collect();
        assert_eq!(places.len(), COUNT);
        assert_eq!(at(COUNT), None);
        assert!(is_listened(64) && !is_listened(7));
    }
}
