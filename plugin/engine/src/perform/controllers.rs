//! Which MIDI controllers are followed, and what each does: 1, 2, 6, 7, 10, 11, 38, 64, 66, 67, 71, 74, 98 to 101, 120, 121
//! and 123 to 127. A controller of a zone's manager means the whole zone.
//! Control thread. Tests: `tests/tests/perform_arithmetic/controllers.rs`, `tests/tests/perform_arithmetic/mpe.rs`.

use super::parameter_numbers::Entry;
use super::zones::Zone;
use super::{Action, CHANNELS, CHOKE_FADE, Performer};

/// A pedal is down from here on: MIDI 64.
const PEDAL_DOWN: f32 = 64.0 / 127.0 - 1e-4;

impl Performer {
    /// A controller of a channel (0 to 15) moves to `value`, 0 to 1.
    pub(super) fn controller(
        &mut self,
        channel: usize,
        controller: u8,
        value: f32,
        at: u64,
        actions: &mut Vec<Action>,
    ) {
        let state = self.player.channels.of(channel);
        match controller {
            1 => state.wheel.aim(value),
            2 => {
                state.breath.aim(value);
                state.blown.aim(value);
            }
            7 => state.volume.aim(value),
            10 => state.pan.aim(around_the_middle(value)),
            11 => state.expression.aim(value),
            71 => state.balance.aim(around_the_middle(value)),
            74 => state.touch.timbre.aim(around_the_middle(value)),
            64 => {
                state.sustain = value >= PEDAL_DOWN;
                self.let_go(at, actions);
            }
            66 => self.sostenuto(channel, value >= PEDAL_DOWN, at, actions),
            67 => state.soft = value >= PEDAL_DOWN,
            120 => self.silence(CHOKE_FADE, at, actions, |performer, note| {
                performer.player.channels.concerns(channel, note.channel)
            }),
            121 => self.rest(channel, at, actions),
            123..=127 => {
                self.keys_up(|channels, note| channels.concerns(channel, note.channel));
                self.let_go(at, actions);
            }
            _ => self.parameter_number(channel, controller, value, at, actions),
        }
    }

    fn sostenuto(&mut self, channel: usize, down: bool, at: u64, actions: &mut Vec<Action>) {
        let channels = &mut self.player.channels;
        if channels.of(channel).sostenuto == down {
            return;
        }
        channels.of(channel).sostenuto = down;
        let sounding = self.parts.iter_mut().map(|part| &mut part.note);
        for note in sounding.chain(&mut self.waiting).filter(|note| channels.concerns(channel, note.channel)) {
            note.caught = down && note.key_down;
        }
        self.let_go(at, actions);
    }

    /// CC121, for the channel or its zone.
    fn rest(&mut self, channel: usize, at: u64, actions: &mut Vec<Action>) {
        for other in 0..CHANNELS {
            if self.player.channels.concerns(channel, other) {
                self.player.channels.rest_one(other);
            }
        }
        let channels = &self.player.channels;
        let sounding = self.parts.iter_mut().map(|part| &mut part.note);
        for note in sounding.chain(&mut self.waiting).filter(|note| channels.concerns(channel, note.channel)) {
            note.expressions.pressure.aim(0.0);
        }
        self.let_go(at, actions);
    }

    fn parameter_number(&mut self, channel: usize, controller: u8, value: f32, at: u64, actions: &mut Vec<Action>) {
        let value = (value * 127.0).round() as u8;
        match self.player.channels.selections[channel].take(controller, value) {
            Some(Entry::BendRange(semitones)) => self.player.channels.enter_bend_range(channel, semitones),
            Some(Entry::ZoneMembers(members)) => {
                if let Some(zone) = Zone::managed_by(channel) {
                    self.enter_zone(zone, members, at, actions);
                }
            }
            None => {}
        }
    }

    /// An MPE configuration message: what sounds in the zone, as it was and as it will be, is let go, and its controllers
    /// go to rest.
    fn enter_zone(&mut self, zone: Zone, members: u8, at: u64, actions: &mut Vec<Action>) {
        let clear = |performer: &mut Self, actions: &mut Vec<Action>| {
            performer.keys_up(|channels, note| channels.concerns(zone.manager(), note.channel));
            performer.rest(zone.manager(), at, actions);
        };
        clear(self, actions);
        self.player.channels.enter_zone(zone, members);
        clear(self, actions);
    }
}

/// -1 to 1 of a controller whose middle is MIDI 64.
fn around_the_middle(value: f32) -> f32 {
    let steps = value * 127.0 - 64.0;
    if steps < 0.0 { steps / 64.0 } else { steps / 63.0 }
}
