//! What a player and a host say, with the sample at which they say it.
//! Made in the audio callback, read by the control thread.
//! Every type here is `Copy`, so that sending one neither allocates nor frees.

/// Which note an event means. A field that is `None` matches every note (CLAP's wildcard).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct NoteAddress {
    /// MIDI channel, 0 to 15.
    pub channel: Option<u8>,
    /// Key, 0 to 127.
    pub key: Option<u8>,
    /// The host's id of this one note, where it gives one.
    pub id: Option<i32>,
}

impl NoteAddress {
    /// The address of a sounding note: channel and key known.
    pub fn of(channel: u8, key: u8, id: Option<i32>) -> Self {
        Self { channel: Some(channel), key: Some(key), id }
    }

    /// Whether this (perhaps wildcard) address means `note`. An id that both give decides alone.
    pub fn matches(&self, note: &NoteAddress) -> bool {
        if let (Some(wanted), Some(found)) = (self.id, note.id) {
            return wanted == found;
        }
        self.channel.is_none_or(|channel| note.channel == Some(channel))
            && self.key.is_none_or(|key| note.key == Some(key))
    }
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A key goes down. `velocity` is 0 to 1 (MIDI 127 = 1).
    NoteOn {
        /// Which note; channel and key are given.
        note: NoteAddress,
        /// 0 to 1.
        velocity: f32,
    },
    /// A key comes up; the sustain pedal may hold the note on.
    NoteOff {
        /// Which notes.
        note: NoteAddress,
    },
    /// Silence at once (a fade of a few milliseconds), whatever the pedals say.
    Choke {
        /// Which notes.
        note: NoteAddress,
    },
    /// Channel bend, -1 to 1 of the bend range.
    PitchBend {
        /// 0 to 15.
        channel: u8,
        /// -1 to 1.
        value: f32,
    },
    /// Channel pressure.
    ChannelPressure {
        /// 0 to 15.
        channel: u8,
        /// 0 to 1.
        value: f32,
    },
    /// Pressure on one key.
    PolyPressure {
        /// Which notes.
        note: NoteAddress,
        /// 0 to 1.
        value: f32,
    },
    /// Tuning of one note on top of everything else.
    PolyTuning {
        /// Which notes.
        note: NoteAddress,
        /// Semitones.
        semitones: f32,
    },
    /// A MIDI controller: 1 mod wheel, 11 expression, 64 sustain, 120 all sound off, 121 reset, 123 all notes off.
    Controller {
        /// 0 to 15.
        channel: u8,
        /// 0 to 127.
        controller: u8,
        /// 0 to 1 (MIDI 127 = 1).
        value: f32,
    },
    /// A parameter takes a new value.
    Set(Setting, f32),
    /// All voices fade out at once and every controller returns to rest.
    Panic,
}

/// The parameters that the performer and the mix follow, each with the unit of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    /// Voices that may sound at once, 1 to 64.
    Polyphony,
    /// Envelope attack, seconds.
    Attack,
    /// Envelope decay, seconds.
    Decay,
    /// Envelope sustain, decibels relative to the peak, -60 to 0.
    Sustain,
    /// Envelope release, seconds.
    Release,
    /// How much of the trained loudness range velocity spans, 0 to 1; at 0 every note plays as at velocity 100.
    VelocityAmount,
    /// Loudness that full pressure adds, decibels.
    PressureAmount,
    /// Pitch bend range, semitones.
    BendRange,
    /// Transposition, semitones, fractions allowed.
    Tune,
    /// Pitch of A4, hertz.
    ReferencePitch,
    /// Vibrato rate, hertz.
    VibratoRate,
    /// Vibrato depth at full mod wheel, cents.
    VibratoDepth,
    /// Offset of the loudness target, decibels.
    Loudness,
    /// Gain of the harmonic bank, decibels.
    HarmonicLevel,
    /// Gain of the noise bank, decibels.
    NoiseLevel,
    /// Share of the model's room in the sound, 0 (direct sound only) to 1 (the impulse response as trained).
    RoomMix,
    /// Output gain, decibels.
    OutputGain,
}

/// An event and when it happens, in samples since activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedEvent {
    /// Sample position since activation, of the host's input clock.
    pub at: u64,
    /// What happens.
    pub event: Event,
}
