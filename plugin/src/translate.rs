//! What the framework says, in the engine's words, and back.
//! Runs in the audio callback; pure, nothing allocates.
//! Every event that the engine knows is passed on with its meaning (tests at the end).

use crate::params::TimbrelParams;
use nice_plug::context::PluginApi;
use nice_plug::midi::{Channel, Key, NoteEvent, VoiceID};
use timbrel_engine::event::{Event, Expression, NoteAddress, Setting};

/// Loudest volume expression, a linear gain: 12 dB.
const LOUDEST: f32 = 4.0;
/// Widest tuning expression, semitones.
const WIDEST: f32 = 120.0;

/// The event and its offset in the block; `None` where the engine has no use for it. `api` is where it comes from, and
/// `params` what its polyphonic modulation counts from.
pub fn event<S>(event: &NoteEvent<S>, api: PluginApi, params: &TimbrelParams) -> Option<(usize, Event)> {
    let (timing, translated) = match *event {
        NoteEvent::NoteOn { timing, voice_id, channel, key, velocity } => {
            // A note-on without a key has no meaning; the channel may be left open by a host that has none.
            let key = key.number()?;
            let note = NoteAddress::of(channel.number().unwrap_or(0), key, voice_id.id());
            (timing, Event::NoteOn { note, velocity: velocity.clamp(0.0, 1.0) })
        }
        NoteEvent::NoteOff { timing, voice_id, channel, key, .. } => {
            (timing, Event::NoteOff { note: address(voice_id, channel, key) })
        }
        NoteEvent::Choke { timing, voice_id, channel, key } => {
            (timing, Event::Choke { note: address(voice_id, channel, key) })
        }
        NoteEvent::PolyModulation { timing, voice_id, poly_modulation_id, normalized_offset } => {
            let setting = *Setting::MODULATED.get(poly_modulation_id as usize)?;
            let offset = finite(params.control(setting)?.modulation(normalized_offset))?;
            let note = NoteAddress { id: Some(voice_id), ..NoteAddress::default() };
            (timing, Event::Modulate { note, setting, offset })
        }
        NoteEvent::MidiPitchBend { timing, channel, value } => {
            (timing, Event::PitchBend { channel, value: bend(finite(value)?) })
        }
        NoteEvent::MidiChannelPressure { timing, channel, pressure } => {
            (timing, Event::ChannelPressure { channel, value: finite(pressure)?.clamp(0.0, 1.0) })
        }
        NoteEvent::MidiCC { timing, channel, cc, value } => {
            (timing, Event::Controller { channel, controller: cc, value: finite(value)?.clamp(0.0, 1.0) })
        }
        _ => expression(event, api)?,
    };
    Some((timing as usize, translated))
}

/// The framework's 0 to 1 of a pitch wheel, as -1 to 1.
///
/// MIDI's wheel has 8192 steps below its rest and 8191 above. The framework divides by all of them, so that a wheel at rest
/// comes as a little more than the middle: 0.3 cents sharp for an MPE note.
fn bend(value: f32) -> f32 {
    const REST: f32 = 8192.0;
    const STEPS: f32 = 16383.0;
    let from_rest = value * STEPS - REST;
    match from_rest {
        // A host that sends no MIDI has its rest in the exact middle, half a step lower.
        _ if from_rest.abs() < 0.75 => 0.0,
        _ if from_rest > 0.0 => (from_rest / (STEPS - REST)).min(1.0),
        _ => (from_rest / REST).max(-1.0),
    }
}

/// A note expression and its offset in the block.
fn expression<S>(event: &NoteEvent<S>, api: PluginApi) -> Option<(u32, Event)> {
    // In VST3 the framework takes one for the other; see docs/framework.md.
    let (expressive, bright) = match api {
        PluginApi::Vst3 => (Expression::Brightness, Expression::Expression),
        _ => (Expression::Expression, Expression::Brightness),
    };
    let (timing, voice_id, channel, key, expression, value) = match *event {
        NoteEvent::PolyPressure { timing, voice_id, channel, key, pressure } => {
            (timing, voice_id, channel, key, Expression::Pressure, pressure.clamp(0.0, 1.0))
        }
        NoteEvent::PolyVolume { timing, voice_id, channel, key, gain } => {
            (timing, voice_id, channel, key, Expression::Volume, gain.clamp(0.0, LOUDEST))
        }
        NoteEvent::PolyPan { timing, voice_id, channel, key, pan } => {
            (timing, voice_id, channel, key, Expression::Pan, pan.clamp(-1.0, 1.0))
        }
        NoteEvent::PolyTuning { timing, voice_id, channel, key, tuning } => {
            (timing, voice_id, channel, key, Expression::Tuning, tuning.clamp(-WIDEST, WIDEST))
        }
        NoteEvent::PolyVibrato { timing, voice_id, channel, key, vibrato } => {
            (timing, voice_id, channel, key, Expression::Vibrato, vibrato.clamp(0.0, 1.0))
        }
        NoteEvent::PolyExpression { timing, voice_id, channel, key, expression } => {
            (timing, voice_id, channel, key, expressive, expression.clamp(0.0, 1.0))
        }
        NoteEvent::PolyBrightness { timing, voice_id, channel, key, brightness } => {
            (timing, voice_id, channel, key, bright, brightness.clamp(0.0, 1.0))
        }
        _ => return None,
    };
    let note = address(voice_id, channel, key);
    Some((timing, Event::NoteExpression { note, expression, value: finite(value)? }))
}

fn finite(value: f32) -> Option<f32> {
    value.is_finite().then_some(value)
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
    // A VST3 host may leave the id of a note at -1, for none.
    NoteAddress { channel: channel.number(), key: key.number(), id: voice.id().filter(|id| *id >= 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a CLAP host's event becomes.
    fn clap(said: &NoteEvent<()>) -> Option<(usize, Event)> {
        event(said, PluginApi::Clap, &TimbrelParams::default())
    }

    #[test]
    fn expression_and_brightness_are_what_the_host_said() {
        let (voice_id, channel, key) = (VoiceID::ID(4), Channel::Number(2), Key::Number(60));
        let note = NoteAddress::of(2, 60, Some(4));
        let expected = |expression| Some((9, Event::NoteExpression { note, expression, value: 0.25 }));
        let swelling: NoteEvent<()> = NoteEvent::PolyExpression { timing: 9, voice_id, channel, key, expression: 0.25 };
        assert_eq!(clap(&swelling), expected(Expression::Expression));
        let bright: NoteEvent<()> = NoteEvent::PolyBrightness { timing: 9, voice_id, channel, key, brightness: 0.25 };
        assert_eq!(clap(&bright), expected(Expression::Brightness));
        // The framework's names for what a VST3 host said are the other way about.
        let params = TimbrelParams::default();
        assert_eq!(event(&swelling, PluginApi::Vst3, &params), expected(Expression::Brightness));
        assert_eq!(event(&bright, PluginApi::Vst3, &params), expected(Expression::Expression));
    }

    #[test]
    fn a_modulation_is_in_the_settings_own_unit() {
        let place = Setting::MODULATED.iter().position(|setting| *setting == Setting::Brightness).unwrap();
        let modulation: NoteEvent<()> = NoteEvent::PolyModulation {
            timing: 1,
            voice_id: 9,
            poly_modulation_id: place as u32,
            normalized_offset: 0.25,
        };
        let note = NoteAddress { channel: None, key: None, id: Some(9) };
        let expected = Event::Modulate { note, setting: Setting::Brightness, offset: 3.0 };
        assert_eq!(clap(&modulation), Some((1, expected)));
    }

    #[test]
    fn what_is_no_number_is_nothing() {
        let (voice_id, channel, key) = (VoiceID::Wildcard, Channel::Wildcard, Key::Number(60));
        let tuning: NoteEvent<()> = NoteEvent::PolyTuning { timing: 0, voice_id, channel, key, tuning: f32::NAN };
        assert_eq!(clap(&tuning), None);
        let bend: NoteEvent<()> = NoteEvent::MidiPitchBend { timing: 0, channel: 0, value: f32::INFINITY };
        assert_eq!(clap(&bend), None);
    }

    #[test]
    fn a_bend_at_rest_is_zero() {
        // The middle, and what the framework makes of MIDI's.
        for value in [0.5, 8192.0 / 16383.0] {
            let rest: NoteEvent<()> = NoteEvent::MidiPitchBend { timing: 3, channel: 2, value };
            assert_eq!(clap(&rest), Some((3, Event::PitchBend { channel: 2, value: 0.0 })));
        }
        assert_eq!([bend(0.0), bend(1.0), bend(4096.0 / 16383.0)], [-1.0, 1.0, -0.5]);
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
        assert_eq!(clap(&off), Some((0, Event::NoteOff { note })));
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
