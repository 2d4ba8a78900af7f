//! The MIDI controllers that VST3 hosts are shown, as VST3 wants them: hidden parameters.
//! Constants; any thread.
//! Few, because hosts that list parameters take seconds for the framework's 2080
//! (test: `every_controller_has_a_place_of_its_own`).

/// MIDI channels.
pub const CHANNELS: u8 = 16;

/// Which channels a controller is told apart on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A parameter for each channel: what an MPE keyboard sends for each note.
    Channel,
    /// One parameter for all channels, delivered as the first channel's: pedals and wheels, of which a player has one.
    All,
}

/// A controller that Timbrel listens to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controller {
    /// VST3's number: 0 to 127 are MIDI's, 128 is channel pressure, 129 the pitch wheel.
    pub number: i16,
    /// What a host that shows it writes.
    pub name: &'static str,
    /// Value when nobody touches it, 0 to 1.
    pub rest: f64,
    /// Channels.
    pub scope: Scope,
}

/// All of them: for each channel what an MPE keyboard says of a note and how it sets itself up, for all what a player has
/// one of. Numbers without a registered parameter (98, 99) matter only as the end of one with (100, 101).
#[rustfmt::skip]
pub const LISTENED: [Controller; 23] = [
    Controller { number: 129, name: "Pitch Bend", rest: 0.5, scope: Scope::Channel },
    Controller { number: 128, name: "Channel Pressure", rest: 0.0, scope: Scope::Channel },
    Controller { number: 1, name: "Mod Wheel", rest: 0.0, scope: Scope::All },
    Controller { number: 11, name: "Expression", rest: 1.0, scope: Scope::All },
    Controller { number: 64, name: "Sustain Pedal", rest: 0.0, scope: Scope::All },
    Controller { number: 120, name: "All Sound Off", rest: 0.0, scope: Scope::All },
    Controller { number: 121, name: "Reset Controllers", rest: 0.0, scope: Scope::All },
    Controller { number: 123, name: "All Notes Off", rest: 0.0, scope: Scope::All },
    Controller { number: 74, name: "Brightness", rest: 64.0 / 127.0, scope: Scope::Channel },
    Controller { number: 101, name: "Registered Parameter MSB", rest: 1.0, scope: Scope::Channel },
    Controller { number: 100, name: "Registered Parameter LSB", rest: 1.0, scope: Scope::Channel },
    Controller { number: 6, name: "Data Entry MSB", rest: 0.0, scope: Scope::Channel },
    Controller { number: 38, name: "Data Entry LSB", rest: 0.0, scope: Scope::Channel },
    Controller { number: 99, name: "Other Parameter MSB", rest: 1.0, scope: Scope::All },
    Controller { number: 98, name: "Other Parameter LSB", rest: 1.0, scope: Scope::All },
    Controller { number: 2, name: "Breath", rest: 1.0, scope: Scope::All },
    Controller { number: 7, name: "Volume", rest: 100.0 / 127.0, scope: Scope::All },
    Controller { number: 10, name: "Pan", rest: 64.0 / 127.0, scope: Scope::All },
    Controller { number: 66, name: "Sostenuto Pedal", rest: 0.0, scope: Scope::All },
    Controller { number: 67, name: "Soft Pedal", rest: 0.0, scope: Scope::All },
    Controller { number: 71, name: "Noise Balance", rest: 64.0 / 127.0, scope: Scope::All },
    Controller { number: 126, name: "Mono", rest: 0.0, scope: Scope::All },
    Controller { number: 127, name: "Poly", rest: 0.0, scope: Scope::All },
];

/// Each parameter's controller and channel (0 to 15), in the order in which hosts are shown them.
pub fn places() -> impl Iterator<Item = (Controller, u8)> {
    LISTENED.into_iter().flat_map(|controller| {
        let channels = if controller.scope == Scope::Channel { CHANNELS } else { 1 };
        (0..channels).map(move |channel| (controller, channel))
    })
}

/// The channel whose parameter a host is to use for a controller on `channel`; `None`: not listened to.
pub fn channel_for(number: i16, channel: i16) -> Option<i16> {
    let controller = LISTENED.iter().find(|controller| controller.number == number)?;
    Some(if controller.scope == Scope::All { 0 } else { channel })
}

/// Whether what arrives for the first channel is meant for all of them.
pub fn is_for_all(number: u8) -> bool {
    LISTENED.iter().any(|controller| controller.number == i16::from(number) && controller.scope == Scope::All)
}

/// Where a controller rests, 0 to 1; 0 for one that is not listened to.
pub fn rest(number: u8) -> f32 {
    LISTENED.iter().find(|controller| controller.number == i16::from(number)).map_or(0.0, |found| found.rest as f32)
}

/// Where a note expression of VST3 (`NoteExpressionTypeIDs`) rests, 0 to 1.
pub fn expression_rest(kind: u32) -> f64 {
    match kind {
        // Volume: 4 is the gain of 1.
        0 => 0.25,
        // Vibrato.
        3 => 0.0,
        // Expression.
        4 => 1.0,
        // Pan, tuning, brightness.
        _ => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_controller_has_a_place_of_its_own() {
        let distinct: HashSet<(i16, u8)> = places().map(|(controller, channel)| (controller.number, channel)).collect();
        assert_eq!(distinct.len(), places().count());
        assert_eq!(places().count(), 7 * 16 + 16);
    }

    #[test]
    fn bend_is_per_channel_and_the_pedal_for_all() {
        assert_eq!(channel_for(129, 5), Some(5));
        assert_eq!(channel_for(64, 5), Some(0));
        assert_eq!(channel_for(3, 5), None);
        assert!(is_for_all(64) && !is_for_all(74));
    }
}
