//! What a host sends to an instrument, with its position; and its CLAP form.
//! Any thread.
//! Positions are samples since activation, whatever the blocks are.

use clack_host::events::event_types::{
    MidiEvent, NoteChokeEvent, NoteExpressionEvent, NoteOffEvent, NoteOnEvent, ParamModEvent, ParamValueEvent,
    TransportEvent, TransportFlags,
};
use clack_host::events::{EventFlags, EventHeader, Match, Pckn};
use clack_host::prelude::EventBuffer;
use clack_host::utils::{BeatTime, ClapId, SecondsTime};

/// What a host says of a note while it sounds, with CLAP's ranges.
pub use clack_host::events::event_types::NoteExpressionType as Expression;

/// Which notes an event means; a field that is `None` means all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// MIDI channel, 0 to 15.
    pub channel: Option<u8>,
    /// MIDI key, 0 to 127.
    pub key: Option<u8>,
    /// The host's number of the note.
    pub id: Option<u32>,
}

impl Address {
    /// The note with this number.
    pub fn id(id: u32) -> Self {
        Self { id: Some(id), ..Self::default() }
    }

    /// A key on every channel.
    pub fn key(key: u8) -> Self {
        Self { key: Some(key), ..Self::default() }
    }

    fn pckn(self) -> Pckn {
        fn part<T>(part: Option<T>) -> Match<T> {
            part.map_or(Match::All, Match::Specific)
        }
        Pckn::new(0u16, part(self.channel.map(u16::from)), part(self.key.map(u16::from)), part(self.id))
    }
}

/// Where a host is in its song.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Song {
    /// Whether it plays.
    pub playing: bool,
    /// Quarter notes a minute.
    pub tempo: f64,
    /// Quarter notes since the beginning.
    pub beat: f64,
}

impl Song {
    /// The CLAP form, `time` samples into the block.
    pub(super) fn event(self, time: u32) -> TransportEvent {
        let mut flags =
            TransportFlags::HAS_TEMPO | TransportFlags::HAS_BEATS_TIMELINE | TransportFlags::HAS_TIME_SIGNATURE;
        flags.set(TransportFlags::IS_PLAYING, self.playing);
        TransportEvent {
            header: EventHeader::new_core(time, EventFlags::empty()),
            flags,
            song_pos_beats: BeatTime::from_float(self.beat),
            song_pos_seconds: SecondsTime::from_float(0.0),
            tempo: self.tempo,
            tempo_inc: 0.0,
            loop_start_beats: BeatTime::from_float(0.0),
            loop_end_beats: BeatTime::from_float(0.0),
            loop_start_seconds: SecondsTime::from_float(0.0),
            loop_end_seconds: SecondsTime::from_float(0.0),
            bar_start: BeatTime::from_float((self.beat / 4.0).floor() * 4.0),
            bar_number: (self.beat / 4.0).floor() as i32,
            time_signature_numerator: 4,
            time_signature_denominator: 4,
        }
    }
}

/// One thing that a host tells the plugin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A key goes down.
    NoteOn {
        /// MIDI channel, 0 to 15.
        channel: u8,
        /// MIDI key, 0 to 127.
        key: u8,
        /// 0 to 1.
        velocity: f64,
        /// The host's own number for this note, where it gives one.
        id: Option<u32>,
    },
    /// A key comes up.
    NoteOff {
        /// MIDI channel, 0 to 15.
        channel: u8,
        /// MIDI key, 0 to 127.
        key: u8,
        /// Release velocity, 0 to 1.
        velocity: f64,
        /// As in the note-on.
        id: Option<u32>,
    },
    /// A MIDI message as it stands: controllers, bend, pressure.
    Midi([u8; 3]),
    /// Keys come up, whichever the address means.
    Release(Address),
    /// Notes are to be silent at once.
    Choke(Address),
    /// Notes sound otherwise.
    Expression {
        /// Which notes.
        note: Address,
        /// What of them.
        expression: Expression,
        /// In CLAP's range.
        value: f64,
    },
    /// A parameter is another for these notes, or for all.
    Modulation {
        /// The parameter's CLAP id.
        id: u32,
        /// Which notes.
        note: Address,
        /// What is added, in the parameter's own range.
        amount: f64,
    },
    /// A parameter moves.
    Parameter {
        /// The parameter's CLAP id.
        id: u32,
        /// Plain value, in the parameter's own range.
        value: f64,
    },
    /// The song goes on elsewhere, or otherwise.
    Transport(Song),
}

/// An event with its place in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timed {
    /// Samples since activation.
    pub at: u64,
    /// What happens.
    pub event: Event,
}

impl Timed {
    /// A key on channel 1 goes down.
    pub fn note_on(at: u64, key: u8, velocity: f64) -> Self {
        Self { at, event: Event::NoteOn { channel: 0, key, velocity, id: None } }
    }

    /// A key on channel 1 comes up.
    pub fn note_off(at: u64, key: u8) -> Self {
        Self { at, event: Event::NoteOff { channel: 0, key, velocity: 0.0, id: None } }
    }
}

impl Event {
    /// Appends the CLAP form, `time` samples into the block.
    pub(super) fn push(self, time: u32, buffer: &mut EventBuffer) {
        let address =
            |channel: u8, key: u8, id: Option<u32>| Address { channel: Some(channel), key: Some(key), id }.pckn();
        match self {
            Self::NoteOn { channel, key, velocity, id } => {
                buffer.push(&NoteOnEvent::new(time, address(channel, key, id), velocity));
            }
            Self::NoteOff { channel, key, velocity, id } => {
                buffer.push(&NoteOffEvent::new(time, address(channel, key, id), velocity));
            }
            Self::Release(note) => buffer.push(&NoteOffEvent::new(time, note.pckn(), 0.0)),
            Self::Choke(note) => buffer.push(&NoteChokeEvent::new(time, note.pckn())),
            Self::Expression { note, expression, value } => {
                buffer.push(&NoteExpressionEvent::new(time, note.pckn(), expression, value));
            }
            Self::Modulation { id, note, amount } => {
                let Some(id) = ClapId::from_raw(id) else { return };
                buffer.push(&ParamModEvent::new(time, id, note.pckn(), amount));
            }
            Self::Transport(song) => buffer.push(&song.event(time)),
            Self::Midi(bytes) => buffer.push(&MidiEvent::new(time, 0, bytes)),
            Self::Parameter { id, value } => {
                // The one number that is no id; a host cannot have got it from the plugin.
                let Some(id) = ClapId::from_raw(id) else { return };
                buffer.push(&ParamValueEvent::new(time, id, Pckn::match_all(), value));
            }
        }
    }
}
