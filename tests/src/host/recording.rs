//! What comes out of the plugin: sound, and what it says with it.
//! Any thread.
//! Positions are samples since activation, whatever the blocks are.

use clack_host::events::Match;
use clack_host::events::spaces::CoreEventSpace;
use clack_host::prelude::EventBuffer;
use clack_host::utils::ClapId;

/// The plugin's word that it moved a parameter by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// Samples since activation.
    pub at: u64,
    /// The parameter's CLAP id.
    pub id: u32,
    /// Its value, in its own range.
    pub value: f64,
}

/// The plugin's word that the player takes hold of a parameter, or lets go of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gesture {
    /// Samples since activation.
    pub at: u64,
    /// The parameter's CLAP id.
    pub id: u32,
    /// Which of the two.
    pub grip: Grip,
}

/// What a hand does to a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// It takes hold.
    Begin,
    /// It lets go.
    End,
}

/// The plugin's word that a note is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteEnd {
    /// Samples since activation.
    pub at: u64,
    /// MIDI channel, where it says one.
    pub channel: Option<u16>,
    /// MIDI key, where it says one.
    pub key: Option<u16>,
    /// The host's number of the note, where it says one.
    pub id: Option<u32>,
}

/// Rendered sound, as it came: the reported latency is still in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// Left channel.
    pub left: Vec<f32>,
    /// Right channel.
    pub right: Vec<f32>,
    /// Notes that ended.
    pub note_ends: Vec<NoteEnd>,
    /// Parameters that the plugin moved.
    pub moves: Vec<Moved>,
    /// Hands on parameters and off them, in the plugin's window.
    pub gestures: Vec<Gesture>,
}

impl Recording {
    /// Appends what the plugin said in the block that begins at `begin`.
    pub(super) fn note(&mut self, begin: u64, said: &EventBuffer) {
        let raw = |id: Option<ClapId>| id.map_or(u32::MAX, ClapId::get);
        for event in said {
            let at = begin + u64::from(event.header().time());
            match event.as_core_event() {
                Some(CoreEventSpace::NoteEnd(end)) => self.note_ends.push(NoteEnd {
                    at,
                    channel: specific(end.channel()),
                    key: specific(end.key()),
                    id: specific(end.note_id()),
                }),
                Some(CoreEventSpace::ParamValue(moved)) => {
                    self.moves.push(Moved { at, id: raw(moved.param_id()), value: moved.value() });
                }
                Some(CoreEventSpace::ParamGestureBegin(begin)) => {
                    self.gestures.push(Gesture { at, id: raw(begin.param_id()), grip: Grip::Begin });
                }
                Some(CoreEventSpace::ParamGestureEnd(end)) => {
                    self.gestures.push(Gesture { at, id: raw(end.param_id()), grip: Grip::End });
                }
                _ => {}
            }
        }
    }

    /// Appends what was recorded after it.
    pub fn append(&mut self, later: Self) {
        self.left.extend(later.left);
        self.right.extend(later.right);
        self.note_ends.extend(later.note_ends);
        self.moves.extend(later.moves);
        self.gestures.extend(later.gestures);
    }
}

fn specific<T>(value: Match<T>) -> Option<T> {
    match value {
        Match::Specific(value) => Some(value),
        Match::All => None,
    }
}
