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
    /// What a player does to single notes.
    NoteExpression {
        /// Which notes.
        note: NoteAddress,
        /// What of them.
        expression: Expression,
        /// In the expression's own unit.
        value: f32,
    },
    /// Polyphonic modulation: a setting is `offset` more for these notes than for the others.
    Modulate {
        /// Which notes.
        note: NoteAddress,
        /// One of [`Setting::MODULATED`]; others are left alone.
        setting: Setting,
        /// In the setting's own unit.
        offset: f32,
    },
    /// A key has another pitch from now on, also in notes that sound. Bends, transposition and a note's own tuning are added
    /// to it. A reset leaves it as it is.
    Retune {
        /// MIDI channel, 0 to 15; `None` is all.
        channel: Option<u8>,
        /// MIDI key, 0 to 127.
        key: u8,
        /// Its pitch.
        pitch: KeyPitch,
    },
    /// A MIDI controller; `perform` says which ones are followed.
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
    /// A row of the modulation matrix does something else from now on. A reset leaves it as it is.
    Route {
        /// 0 to 15; others are left alone.
        row: u8,
        /// What it does; `None` is nothing, and so is a setting that nothing moves.
        route: Option<Route>,
    },
    /// The host's transport is other than what it was on the way to.
    Transport {
        /// Beats (quarter notes) a minute, 1 to 1000.
        tempo: f64,
        /// Quarter notes since the song began, while the host plays. Without it the beat goes on from where it is.
        beat: Option<f64>,
    },
    /// All voices fade out at once and every controller returns to rest.
    Panic,
}

/// What a row of the modulation matrix does, by as much as its amount says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// What moves.
    pub source: ModulationSource,
    /// What is moved: a setting with a [`Setting::depth`].
    pub target: Setting,
}

/// What can move settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModulationSource {
    /// LFO 1, -1 to 1.
    Lfo1,
    /// LFO 2, -1 to 1.
    Lfo2,
    /// The loudness envelope of the note, as it is heard: linear, 0 to 1.
    Envelope1,
    /// Envelope 2, 0 to 1.
    Envelope2,
    /// Envelope 3, 0 to 1.
    Envelope3,
    /// 0 to 1.
    Velocity,
    /// The key: 0 at key 60, four octaves lower -1, four octaves higher 1, and no further.
    Key,
    /// Pressure on the key or the channel, 0 to 1.
    Pressure,
    /// CC74 and the note's own brightness, -1 to 1, 0 at rest.
    Timbre,
    /// CC1, 0 to 1.
    Wheel,
    /// The bend wheel, -1 to 1 whatever its range.
    Bend,
    /// CC11 and the note's own expression, 0 to 1, 1 at rest.
    Expression,
    /// CC2, 0 to 1, 0 at rest and until the first one comes.
    Breath,
    /// Another value for each note, -1 to 1.
    Random,
    /// Macro 1, 0 to 1.
    Macro1,
    /// Macro 2, 0 to 1.
    Macro2,
    /// Macro 3, 0 to 1.
    Macro3,
    /// Macro 4, 0 to 1.
    Macro4,
}

/// What a player, or a host, does to single notes (CLAP's note expressions; VST3's are the same but for pressure).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// Linear gain, 0 to 4.
    Volume,
    /// -1 (left) to 1.
    Pan,
    /// Semitones, on top of everything else.
    Tuning,
    /// 0 to 1, like the mod wheel.
    Vibrato,
    /// 0 to 1, like CC11.
    Expression,
    /// 0 to 1, 0.5 at rest, like CC74.
    Brightness,
    /// 0 to 1.
    Pressure,
}

impl Expression {
    /// Every expression.
    pub const ALL: [Self; 7] =
        [Self::Volume, Self::Pan, Self::Tuning, Self::Vibrato, Self::Expression, Self::Brightness, Self::Pressure];
}

/// The pitch of a key in a scale, MIDI semitones: 69 is A4, fractions allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyPitch {
    /// A4 is at [`Setting::ReferencePitch`].
    Relative(f32),
    /// A4 is at 440 Hz, whatever the reference pitch.
    Absolute(f32),
    /// The key plays nothing.
    Silent,
}

/// The parameters that the performer and the mix follow, each with the unit of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    /// 0 a voice for each note, 1 one voice that begins anew with each note, 2 one voice whose notes are tied.
    VoiceMode,
    /// Notes that may sound at once, 1 to 64.
    Polyphony,
    /// Which of the held notes one voice plays: 0 the last, 1 the lowest, 2 the highest.
    NotePriority,
    /// What a key does to the note that it plays already: 0 fades it at once, 1 lets it go, 2 begins it anew as it sounds.
    Retrigger,
    /// Time of a glide from note to note, seconds: of any interval, or of an octave; 0 is none.
    GlideTime,
    /// 0 any interval in the same time, 1 any interval at the same rate.
    GlideMode,
    /// 0 from any note to the next, 1 between notes that overlap.
    GlideWhen,
    /// Voices of one note, 1 to 8.
    Unison,
    /// Detuning of a note's outermost voices, cents up and down.
    UnisonDetune,
    /// Share of the stereo field over which a note's voices are spread, 0 to 1.
    UnisonSpread,
    /// Envelope attack, seconds.
    Attack,
    /// Envelope decay, seconds.
    Decay,
    /// Envelope sustain, decibels relative to the peak, -60 to 0.
    Sustain,
    /// Envelope release, seconds.
    Release,
    /// How much faster than [`Self::Attack`] hard notes begin, and how much slower soft ones, 0 to 1.
    VelocityToAttack,
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
    /// Time from a note's beginning to its full vibrato, seconds.
    VibratoOnset,
    /// How irregular rate and depth of the vibrato are, 0 to 1.
    VibratoJitter,
    /// How far loudness fluctuates with full vibrato, decibels up and down.
    Fluctuation,
    /// How much softer notes begin while the soft pedal is down, decibels.
    SoftPedal,
    /// What full CC74 or timbre adds to the brightness, decibels per octave.
    TimbreAmount,
    /// MPE: 0 as the keyboard asks for it, 1 never, 2 a lower zone of all channels, 3 an upper zone of all channels.
    Mpe,
    /// Pitch bend range of one MPE note, semitones.
    MpeBendRange,
    /// Offset of the loudness target, decibels.
    Loudness,
    /// Tilt of the pitched sound's spectrum over the fundamental, decibels per octave.
    Brightness,
    /// Place in the stereo field, -1 (left) to 1.
    Pan,
    /// Share of the stereo field over which the keys are spread, low ones left, 0 to 1.
    KeySpread,
    /// Gain of the harmonic bank, decibels.
    HarmonicLevel,
    /// Gain of the noise bank, decibels.
    NoiseLevel,
    /// Share of the model's room in the sound, 0 (direct sound only) to 1 (the impulse response as trained).
    RoomMix,
    /// Size of the room, 1 as trained.
    RoomSize,
    /// Share of the room's trained decay time.
    RoomDecay,
    /// Width of the stereo field: 0 mono, 1 as panned, 2 twice as wide.
    Width,
    /// Whether the safety limiter is on: 0 or 1.
    Limiter,
    /// Output gain, decibels.
    OutputGain,
    /// How far notes are shaped as the recorded players shaped theirs, 0 (the plain envelope) to 1. Nothing in an instrument
    /// that did not learn it.
    Natural,
    /// How much loudness and pitch fluctuate, against the recordings: -1 not at all, 0 as they were played, 1 twice as much.
    NoteFluctuation,
    /// Where in a note its loudness peaks, against the recordings: -1 early, 0 as they were played, 1 late.
    PeakPosition,
    /// Vibrato, against the recordings: -1 none, 0 as they were played, 1 twice as deep, and 30 cents where there was none.
    NoteVibrato,
    /// Noise of the attack, against the recordings: -1 less, 0 as they were played, 1 more.
    AttackNoise,
    /// Even partials against odd ones at the same power, decibels.
    OddEven,
    /// Partial k at the fundamental times k to the power of 1 + stretch / 1200, cents per octave.
    Stretch,
    /// How sharp stiffness makes the tenth partial against ten times the first, cents (Fletcher 1964).
    Inharmonicity,
    /// How far the spectral envelope is moved at the same pitch and power, semitones.
    FormantShift,
    /// Noise against harmonics at the same power, decibels.
    Balance,
    /// How much higher a pitch than what sounds the model is told, semitones.
    TimbreShift,
    /// Span of the loudness asked for, around that of velocity 100: 0 none, 1 as played, 2 twice.
    Dynamics,
    /// Gain of the index of the shapers at the same level, decibels. Nothing in an instrument without shapers.
    IndexDrive,
    /// What is added to the index of the shapers at the same level. Nothing in an instrument without shapers.
    IndexShift,
    /// Which shapers are heard, at the same level: -1 the darker half, 0 all, 1 the brighter half. Nothing without shapers.
    ShaperMix,
    /// Place between the first instrument (0) and the second (1). Nothing where there is no second.
    Morph,
    /// Place in the model's latent dimension 1: -1 its low end, 0 its default, 1 its high end. Nothing without one.
    Latent1,
    /// Place in the model's latent dimension 2: -1 its low end, 0 its default, 1 its high end. Nothing without one.
    Latent2,
    /// Place in the model's latent dimension 3: -1 its low end, 0 its default, 1 its high end. Nothing without one.
    Latent3,
    /// Place in the model's latent dimension 4: -1 its low end, 0 its default, 1 its high end. Nothing without one.
    Latent4,
    /// Macro 1, a source of modulation, 0 to 1.
    Macro1,
    /// Macro 2, a source of modulation, 0 to 1.
    Macro2,
    /// Macro 3, a source of modulation, 0 to 1.
    Macro3,
    /// Macro 4, a source of modulation, 0 to 1.
    Macro4,
    /// Rate of LFO 1 where it does not follow the host's beat, hertz.
    Lfo1Rate,
    /// Shape of LFO 1: 0 sine, 1 triangle, 2 rising saw, 3 falling saw, 4 square, 5 steps, 6 drift.
    Lfo1Shape,
    /// Period of LFO 1 in the host's time: 0 none, then from 4 bars down to 1/32.
    Lfo1Sync,
    /// Phase at which LFO 1 begins, cycles, 0 to 1.
    Lfo1Phase,
    /// Time from a note's beginning to the full depth of LFO 1, seconds.
    Lfo1Rise,
    /// Whether LFO 1 runs freely for all notes, 0, or begins anew with each, 1.
    Lfo1Mode,
    /// Rate of LFO 2 where it does not follow the host's beat, hertz.
    Lfo2Rate,
    /// Shape of LFO 2: 0 sine, 1 triangle, 2 rising saw, 3 falling saw, 4 square, 5 steps, 6 drift.
    Lfo2Shape,
    /// Period of LFO 2 in the host's time: 0 none, then from 4 bars down to 1/32.
    Lfo2Sync,
    /// Phase at which LFO 2 begins, cycles, 0 to 1.
    Lfo2Phase,
    /// Time from a note's beginning to the full depth of LFO 2, seconds.
    Lfo2Rise,
    /// Whether LFO 2 runs freely for all notes, 0, or begins anew with each, 1.
    Lfo2Mode,
    /// Attack of envelope 2, seconds.
    Env2Attack,
    /// Decay of envelope 2, seconds.
    Env2Decay,
    /// Level at which envelope 2 is held, 0 to 1.
    Env2Sustain,
    /// Release of envelope 2, seconds.
    Env2Release,
    /// Attack of envelope 3, seconds.
    Env3Attack,
    /// Decay of envelope 3, seconds.
    Env3Decay,
    /// Level at which envelope 3 is held, 0 to 1.
    Env3Sustain,
    /// Release of envelope 3, seconds.
    Env3Release,
    /// Amount of row 1 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount1,
    /// Amount of row 2 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount2,
    /// Amount of row 3 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount3,
    /// Amount of row 4 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount4,
    /// Amount of row 5 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount5,
    /// Amount of row 6 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount6,
    /// Amount of row 7 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount7,
    /// Amount of row 8 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount8,
    /// Amount of row 9 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount9,
    /// Amount of row 10 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount10,
    /// Amount of row 11 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount11,
    /// Amount of row 12 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount12,
    /// Amount of row 13 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount13,
    /// Amount of row 14 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount14,
    /// Amount of row 15 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount15,
    /// Amount of row 16 of the modulation matrix, share of the target's range, -1 to 1.
    ModAmount16,
}

/// An event and when it happens, in samples since activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedEvent {
    /// Sample position since activation, of the host's input clock.
    pub at: u64,
    /// What happens.
    pub event: Event,
}
