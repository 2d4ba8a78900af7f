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

/// All of them.
pub const LISTENED: [Controller; 8] = [
    Controller { number: 129, name: "Pitch Bend", rest: 0.5, scope: Scope::Channel },
    Controller { number: 128, name: "Channel Pressure", rest: 0.0, scope: Scope::Channel },
    Controller { number: 1, name: "Mod Wheel", rest: 0.0, scope: Scope::All },
    Controller { number: 11, name: "Expression", rest: 1.0, scope: Scope::All },
    Controller { number: 64, name: "Sustain Pedal", rest: 0.0, scope: Scope::All },
    Controller { number: 120, name: "All Sound Off", rest: 0.0, scope: Scope::All },
    Controller { number: 121, name: "Reset Controllers", rest: 0.0, scope: Scope::All },
    Controller { number: 123, name: "All Notes Off", rest: 0.0, scope: Scope::All },
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_controller_has_a_place_of_its_own() {
        let distinct: HashSet<(i16, u8)> = places().map(|(controller, channel)| (controller.number, channel)).collect();
        assert_eq!(distinct.len(), places().count());
        assert_eq!(places().count(), 2 * 16 + 6);
    }

    #[test]
    fn bend_is_per_channel_and_the_pedal_for_all() {
        assert_eq!(channel_for(129, 5), Some(5));
        assert_eq!(channel_for(64, 5), Some(0));
        assert_eq!(channel_for(7, 5), None);
        assert!(is_for_all(64) && !is_for_all(7));
    }
}
