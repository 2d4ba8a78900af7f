//! All MIDI channels with the zones that they form: what they say to a note, and which pedals hold it.
//! Pure, control thread. Tests: `tests/tests/perform_arithmetic/mpe.rs`, `tests/tests/perform_arithmetic/controllers.rs`.

use super::CHANNELS;
use super::channel::{Channel, Reading, Shares, Touch};
use super::note::Note;
use super::parameter_numbers::Selection;
use super::zones::{Zone, Zones};

/// The sixteen channels.
#[derive(Clone, Debug)]
pub struct Channels {
    channels: [Channel; CHANNELS],
    /// Which parameter number each has selected.
    pub selections: [Selection; CHANNELS],
    /// MPE.
    pub zones: Zones,
    /// Bend ranges that came by message (RPN 0), semitones: for a channel by itself, ...
    own_range: [Option<f32>; CHANNELS],
    /// ... and for the members of a zone, lower and upper.
    member_range: [Option<f32>; 2],
    /// Bend ranges of the settings, semitones: of a channel, of a zone's member.
    set_ranges: (f32, f32),
}

impl Channels {
    /// At rest, without zones.
    pub fn new(bend_range: f32, member_bend_range: f32) -> Self {
        Self {
            channels: [Channel::new(); CHANNELS],
            selections: [Selection::new(); CHANNELS],
            zones: Zones::new(),
            own_range: [None; CHANNELS],
            member_range: [None; 2],
            set_ranges: (bend_range, member_bend_range),
        }
    }

    /// All controllers at rest at once. Zones and bend ranges stay.
    pub fn reset(&mut self) {
        self.channels = [Channel::new(); CHANNELS];
        self.selections = [Selection::new(); CHANNELS];
    }

    /// What hands and feet do goes back to rest on every channel. Zones and bend ranges stay.
    pub fn rest(&mut self) {
        (0..CHANNELS).for_each(|channel| self.rest_one(channel));
    }

    /// As [`Self::rest`], on one channel.
    pub fn rest_one(&mut self, channel: usize) {
        self.channels[channel].rest();
        self.selections[channel].clear();
    }

    /// One channel, 0 to 15.
    pub fn of(&mut self, channel: usize) -> &mut Channel {
        &mut self.channels[channel]
    }

    /// The touch of a channel now.
    pub fn touch(&self, channel: usize) -> &Touch {
        &self.channels[channel].touch
    }

    /// Lets the time of `shares` pass.
    pub fn advance(&mut self, shares: &Shares) {
        self.channels.iter_mut().for_each(|channel| channel.advance(shares));
    }

    /// Whether what happens on channel `of` concerns the notes on `channel`: it is the same, or its zone's manager.
    pub fn concerns(&self, of: usize, channel: usize) -> bool {
        of == channel || self.zones.manager_of(channel) == Some(of)
    }

    /// What the controllers say to a note.
    pub fn reading(&self, note: &Note) -> Reading {
        let own = &self.channels[note.channel];
        let reading = Reading::of(own, note.frozen.as_ref().unwrap_or(&own.touch));
        match self.zones.manager_of(note.channel) {
            Some(manager) => {
                let manager = &self.channels[manager];
                reading.and(&Reading::of(manager, &manager.touch))
            }
            None => reading,
        }
    }

    /// Whether its key or a pedal holds a note.
    pub fn hold(&self, note: &Note) -> bool {
        note.key_down
            || self.any(note.channel, |channel| channel.sustain)
            || (note.caught && self.any(note.channel, |channel| channel.sostenuto))
    }

    /// Whether the soft pedal is down for a channel.
    pub fn soft(&self, channel: usize) -> bool {
        self.any(channel, |channel| channel.soft)
    }

    fn any(&self, channel: usize, pedal: impl Fn(&Channel) -> bool) -> bool {
        pedal(&self.channels[channel])
            || self.zones.manager_of(channel).is_some_and(|manager| pedal(&self.channels[manager]))
    }

    /// The bend wheel moves, -1 to 1.
    pub fn bend(&mut self, channel: usize, position: f32) {
        self.channels[channel].bend_position = position;
        self.channels[channel].touch.lean.aim(position);
        self.aim_bend(channel);
    }

    /// The settings say other bend ranges, semitones; they take the place of what came by message.
    pub fn set_bend_range(&mut self, semitones: f32) {
        self.set_ranges.0 = semitones;
        self.own_range = [None; CHANNELS];
        self.aim_bends();
    }

    /// As [`Self::set_bend_range`], for the members of zones.
    pub fn set_member_bend_range(&mut self, semitones: f32) {
        self.set_ranges.1 = semitones;
        self.member_range = [None; 2];
        self.aim_bends();
    }

    /// A bend range came by message: that of a channel, or of all members of the zone to which the channel belongs.
    pub fn enter_bend_range(&mut self, channel: usize, semitones: f32) {
        match self.zones.zone_of_member(channel) {
            Some(zone) => self.member_range[zone as usize] = Some(semitones),
            None => self.own_range[channel] = Some(semitones),
        }
        self.aim_bends();
    }

    /// A zone came by message; its bend ranges are those of the settings again.
    pub fn enter_zone(&mut self, zone: Zone, members: u8) {
        self.zones.configure(zone, members);
        self.own_range[zone.manager()] = None;
        self.member_range[zone as usize] = None;
        self.aim_bends();
    }

    /// Every bend goes to where position and range say.
    pub fn aim_bends(&mut self) {
        (0..CHANNELS).for_each(|channel| self.aim_bend(channel));
    }

    fn aim_bend(&mut self, channel: usize) {
        let range = self.bend_range(channel);
        let channel = &mut self.channels[channel];
        channel.touch.bend.aim(channel.bend_position * range);
    }

    fn bend_range(&self, channel: usize) -> f32 {
        match self.zones.zone_of_member(channel) {
            Some(zone) => self.member_range[zone as usize].unwrap_or(self.set_ranges.1),
            None => self.own_range[channel].unwrap_or(self.set_ranges.0),
        }
    }
}
