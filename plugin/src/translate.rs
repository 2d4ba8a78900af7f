//! What the framework says, in the engine's words, and back.
//! Runs in the audio callback; pure, nothing allocates.
//! Every event that the engine knows is passed on with its meaning (tests at the end).

use nice_plug::midi::{Channel, Key, NoteEvent, VoiceID};
use timbrel_engine::event::{Event, Expression, NoteAddress};

/// The event and its offset in the block; `None` where the engine has no use for it.
pub fn event<S>(event: &NoteEvent<S>) -> Option<(usize, Event)> {
    Some(match *event {
        NoteEvent::NoteOn { timing, voice_id, channel, key, velocity } => {
            // A note-on without a key has no meaning; the channel may be left open by a host that has none.
            let key = key.number()?;
            let note = NoteAddress::of(channel.number().unwrap_or(0), key, voice_id.id());
            (timing as usize, Event::NoteOn { note, velocity: velocity.clamp(0.0, 1.0) })
        }
        NoteEvent::NoteOff { timing, voice_id, channel, key, .. } => {
            (timing as usize, Event::NoteOff { note: address(voice_id, channel, key) })
        }
        NoteEvent::Choke { timing, voice_id, channel, key } => {
            (timing as usize, Event::Choke { note: address(voice_id, channel, key) })
        }
        NoteEvent::PolyPressure { timing, voice_id, channel, key, pressure } => {
            let note = address(voice_id, channel, key);
            (
                timing as usize,
                Event::NoteExpression { note, expression: Expression::Pressure, value: pressure.clamp(0.0, 1.0) },
            )
        }
        NoteEvent::PolyTuning { timing, voice_id, channel, key, tuning } => {
            let note = address(voice_id, channel, key);
            (timing as usize, Event::NoteExpression { note, expression: Expression::Tuning, value: tuning })
        }
        NoteEvent::MidiPitchBend { timing, channel, value } => {
            // The framework's 0 to 1, with 0.5 at rest.
            (timing as usize, Event::PitchBend { channel, value: (value * 2.0 - 1.0).clamp(-1.0, 1.0) })
        }
        NoteEvent::MidiChannelPressure { timing, channel, pressure } => {
            (timing as usize, Event::ChannelPressure { channel, value: pressure.clamp(0.0, 1.0) })
        }
        NoteEvent::MidiCC { timing, channel, cc, value } => {
            (timing as usize, Event::Controller { channel, controller: cc, value: value.clamp(0.0, 1.0) })
        }
        _ => return None,
    })
}

/// Tells the host that a note is silent, so that it may use the note's id again.
pub fn ended<S>(note: NoteAddress, offset: usize) -> NoteEvent<S> {
    NoteEvent::VoiceTerminated {
        timing: offset as u32,
        voice_id: note.id.map_or(VoiceID::Wildcard, VoiceID::ID),
        channel: note.channel.map_or(Channel::Wildcard, Channel::Number),
        key: note.key.map_or(Key::Wildcard, Key::Number),
    }
}

fn address(voice: VoiceID, channel: Channel, key: Key) -> NoteAddress {
    NoteAddress { channel: channel.number(), key: key.number(), id: voice.id() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bend_at_rest_is_zero() {
        let rest: NoteEvent<()> = NoteEvent::MidiPitchBend { timing: 3, channel: 2, value: 0.5 };
        assert_eq!(event(&rest), Some((3, Event::PitchBend { channel: 2, value: 0.0 })));
    }

    #[test]
    fn a_wildcard_stays_one() {
        let off: NoteEvent<()> = NoteEvent::NoteOff {
            timing: 0,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Number(1),
            key: Key::Wildcard,
            velocity: 0.0,
        };
        let note = NoteAddress { channel: Some(1), key: None, id: None };
        assert_eq!(event(&off), Some((0, Event::NoteOff { note })));
    }

    #[test]
    fn the_end_of_a_note_names_the_note() {
        let note = NoteAddress::of(1, 60, Some(7));
        let expected: NoteEvent<()> = NoteEvent::VoiceTerminated {
            timing: 5,
            voice_id: VoiceID::ID(7),
            channel: Channel::Number(1),
            key: Key::Number(60),
        };
        assert_eq!(ended::<()>(note, 5), expected);
    }
}
