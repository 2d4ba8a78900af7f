//! MPE zones: which channel is a zone's manager, which are its members (MIDI Polyphonic Expression, version 1.1).
//! Pure, control thread. Tests: `tests/tests/perform_arithmetic/mpe.rs`.

use super::CHANNELS;

/// Most members of a zone: all channels but the manager.
const MOST_MEMBERS: u8 = 15;
/// Members that two zones have together at most: each has its manager too.
const SHARED_MEMBERS: u8 = 14;

/// Where a zone's manager is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Channel 1 is the manager, members follow upwards.
    Lower,
    /// Channel 16 is the manager, members follow downwards.
    Upper,
}

impl Zone {
    /// The zone whose manager `channel` (0 to 15) may be.
    pub fn managed_by(channel: usize) -> Option<Self> {
        match channel {
            0 => Some(Self::Lower),
            15 => Some(Self::Upper),
            _ => None,
        }
    }

    /// 0 to 15.
    pub fn manager(self) -> usize {
        match self {
            Self::Lower => 0,
            Self::Upper => CHANNELS - 1,
        }
    }
}

/// Who says what the zones are: [`crate::event::Setting::Mpe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The keyboard, by MPE configuration messages.
    AsConfigured,
    /// There are none.
    Off,
    /// One zone of all channels.
    Whole(Zone),
}

/// The zones. A message for one makes the other smaller where they would overlap.
#[derive(Clone, Copy, Debug)]
pub struct Zones {
    layout: Layout,
    /// Members by message.
    lower: u8,
    upper: u8,
}

impl Zones {
    /// None, until a message comes.
    pub fn new() -> Self {
        Self { layout: Layout::AsConfigured, lower: 0, upper: 0 }
    }

    /// What the setting says.
    pub fn lay_out(&mut self, layout: Layout) {
        self.layout = layout;
    }

    /// An MPE configuration message (RPN 6): `zone` has so many members from now on; 0 is none.
    pub fn configure(&mut self, zone: Zone, members: u8) {
        let members = members.min(MOST_MEMBERS);
        let (this, other) = match zone {
            Zone::Lower => (&mut self.lower, &mut self.upper),
            Zone::Upper => (&mut self.upper, &mut self.lower),
        };
        *this = members;
        if members > 0 {
            *other = (*other).min(SHARED_MEMBERS.saturating_sub(members));
        }
    }

    /// Members of a zone, 0 to 15.
    pub fn members(&self, zone: Zone) -> usize {
        let configured = match zone {
            Zone::Lower => self.lower,
            Zone::Upper => self.upper,
        };
        usize::from(match self.layout {
            Layout::AsConfigured => configured,
            Layout::Whole(whole) if whole == zone => MOST_MEMBERS,
            Layout::Whole(_) | Layout::Off => 0,
        })
    }

    /// The zone of which `channel` is a member.
    pub fn zone_of_member(&self, channel: usize) -> Option<Zone> {
        [Zone::Lower, Zone::Upper].into_iter().find(|zone| {
            let place = channel.abs_diff(zone.manager());
            place > 0 && place <= self.members(*zone)
        })
    }

    /// The manager of the zone of which `channel` is a member.
    pub fn manager_of(&self, channel: usize) -> Option<usize> {
        self.zone_of_member(channel).map(Zone::manager)
    }
}

impl Default for Zones {
    fn default() -> Self {
        Self::new()
    }
}
