//! The parameters by group: one structure for each part of a group, with the ids of saved projects.
//! Read on the audio thread, shown on the editor's, written by the host on either.
//! Ids never change (test: `parameter_ids_are_the_released_ones`).

use nice_plug::prelude::*;

/// Loudness over the life of a note.
#[derive(Params)]
pub struct EnvelopeParams {
    /// Time to full loudness.
    #[id = "attack"]
    pub attack: FloatParam,
    /// Time from full loudness to the sustained one.
    #[id = "decay"]
    pub decay: FloatParam,
    /// Sustained loudness, relative to the peak.
    #[id = "sustain"]
    pub sustain: FloatParam,
    /// Time to silence after the key is let go.
    #[id = "release"]
    pub release: FloatParam,
}

/// How playing becomes loudness.
#[derive(Params)]
pub struct ExpressionParams {
    /// How much of the instrument's dynamics velocity spans.
    #[id = "velamt"]
    pub velocity: FloatParam,
    /// Loudness that full aftertouch adds.
    #[id = "presamt"]
    pub pressure: FloatParam,
}

/// The pitch wheel.
#[derive(Params)]
pub struct BendParams {
    /// How far the pitch wheel bends.
    #[id = "bendrng"]
    pub range: IntParam,
}

/// The mod wheel's vibrato.
#[derive(Params)]
pub struct VibratoParams {
    /// Speed of the vibrato.
    #[id = "vibrate"]
    pub rate: FloatParam,
    /// Depth of the vibrato with the mod wheel fully up.
    #[id = "vibdep"]
    pub depth: FloatParam,
}

/// Tuning.
#[derive(Params)]
pub struct TuningParams {
    /// Transposition.
    #[id = "tune"]
    pub tune: FloatParam,
    /// Pitch of A4.
    #[id = "a4"]
    pub reference: FloatParam,
}

/// How many notes.
#[derive(Params)]
pub struct PolyphonyParams {
    /// Notes that may sound at once.
    #[id = "voices"]
    pub notes: IntParam,
}

/// Levels inside the instrument.
#[derive(Params)]
pub struct SoundParams {
    /// How loud the player plays: moves the timbre with the loudness.
    #[id = "loud"]
    pub loudness: FloatParam,
    /// Level of the harmonic part.
    #[id = "harm"]
    pub harmonic: FloatParam,
    /// Level of the breath, bow and key noise.
    #[id = "noise"]
    pub noise: FloatParam,
}

/// Levels outside the instrument.
#[derive(Params)]
pub struct RoomParams {
    /// How much of the recorded room sounds.
    #[id = "room"]
    pub mix: FloatParam,
    /// Output level.
    #[id = "gain"]
    pub gain: FloatParam,
}

/// How notes share voices.
#[derive(Params)]
pub struct VoicesParams {
    /// Poly, mono or legato.
    #[id = "vmode"]
    pub mode: IntParam,
    /// Which held key a single voice plays.
    #[id = "nprio"]
    pub priority: IntParam,
    /// What a key does to its own note that still sounds.
    #[id = "retrig"]
    pub retrigger: IntParam,
    /// Time of a glide.
    #[id = "glide"]
    pub glide_time: FloatParam,
    /// Whether wide glides take longer.
    #[id = "glmode"]
    pub glide_mode: IntParam,
    /// Which notes glide.
    #[id = "glwhen"]
    pub glide_when: IntParam,
    /// Voices of one note.
    #[id = "unison"]
    pub unison: IntParam,
    /// How far those are out of tune.
    #[id = "unidet"]
    pub unison_detune: FloatParam,
    /// How far those are apart.
    #[id = "unispr"]
    pub unison_spread: FloatParam,
}

/// How hard notes begin.
#[derive(Params)]
pub struct StrikeParams {
    /// How much faster hard notes begin.
    #[id = "velatk"]
    pub velocity: FloatParam,
}

/// What else the hands and feet do.
#[derive(Params)]
pub struct TouchParams {
    /// Time to the full vibrato of a note.
    #[id = "vibons"]
    pub vibrato_onset: FloatParam,
    /// Irregularity of the vibrato.
    #[id = "vibjit"]
    pub vibrato_jitter: FloatParam,
    /// Loudness that moves with the vibrato.
    #[id = "fluct"]
    pub fluctuation: FloatParam,
    /// What the soft pedal takes away.
    #[id = "soft"]
    pub soft_pedal: FloatParam,
    /// What controller 74 adds to the brightness.
    #[id = "timbre"]
    pub timbre: FloatParam,
}

/// Keyboards with a channel for each note.
#[derive(Params)]
pub struct MpeParams {
    /// Which channels are notes.
    #[id = "mpe"]
    pub zone: IntParam,
    /// How far a note's own bend reaches.
    #[id = "mpebend"]
    pub bend_range: IntParam,
}

/// The spectrum.
#[derive(Params)]
pub struct ColourParams {
    /// Tilt of the spectrum.
    #[id = "bright"]
    pub brightness: FloatParam,
}

/// The stereo field and the room.
#[derive(Params)]
pub struct OutputParams {
    /// Place between left and right.
    #[id = "pan"]
    pub pan: FloatParam,
    /// Keys from left to right.
    #[id = "keyspr"]
    pub key_spread: FloatParam,
    /// Size of the room.
    #[id = "rsize"]
    pub room_size: FloatParam,
    /// How long it rings.
    #[id = "rdecay"]
    pub room_decay: FloatParam,
    /// Stereo width.
    #[id = "width"]
    pub width: FloatParam,
    /// The safety limiter.
    #[id = "limit"]
    pub limiter: IntParam,
}

/// How much the notes are the recorded players'.
#[derive(Params)]
pub struct PerformanceParams {
    /// How far notes are shaped as they were played.
    #[id = "natural"]
    pub natural: FloatParam,
    /// How much they fluctuate.
    #[id = "nfluct"]
    pub fluctuation: FloatParam,
    /// Where they are loudest.
    #[id = "peakpos"]
    pub peak_position: FloatParam,
    /// How much vibrato they have.
    #[id = "nvib"]
    pub vibrato: FloatParam,
    /// How noisy they begin.
    #[id = "atknoise"]
    pub attack_noise: FloatParam,
}

/// What is done to the frames before they sound.
#[derive(Params)]
pub struct ShapingParams {
    /// Even partials against odd ones.
    #[id = "oddeven"]
    pub odd_even: FloatParam,
    /// Partials pulled apart or together.
    #[id = "stretch"]
    pub stretch: FloatParam,
    /// Stiffness of the string.
    #[id = "inharm"]
    pub inharmonicity: FloatParam,
    /// The spectral envelope, up or down.
    #[id = "formant"]
    pub formant: FloatParam,
    /// Noise against harmonics.
    #[id = "balance"]
    pub balance: FloatParam,
    /// The timbre of another pitch.
    #[id = "tshift"]
    pub timbre: FloatParam,
    /// Span of the loudness.
    #[id = "dynamics"]
    pub dynamics: FloatParam,
    /// How far the shapers are driven.
    #[id = "drive"]
    pub drive: FloatParam,
    /// Where on their curves they are driven.
    #[id = "ishift"]
    pub index_shift: FloatParam,
    /// Which of them are heard.
    #[id = "shmix"]
    pub shaper_mix: FloatParam,
}

/// Between two instruments, or within one.
#[derive(Params)]
pub struct MorphParams {
    /// From the first instrument to the second.
    #[id = "morph"]
    pub morph: FloatParam,
    /// Latent dimension 1.
    #[id = "latent1"]
    pub latent1: FloatParam,
    /// Latent dimension 2.
    #[id = "latent2"]
    pub latent2: FloatParam,
    /// Latent dimension 3.
    #[id = "latent3"]
    pub latent3: FloatParam,
    /// Latent dimension 4.
    #[id = "latent4"]
    pub latent4: FloatParam,
}

/// Four knobs for anything.
#[derive(Params)]
pub struct MacroParams {
    /// Macro 1.
    #[id = "macro1"]
    pub macro1: FloatParam,
    /// Macro 2.
    #[id = "macro2"]
    pub macro2: FloatParam,
    /// Macro 3.
    #[id = "macro3"]
    pub macro3: FloatParam,
    /// Macro 4.
    #[id = "macro4"]
    pub macro4: FloatParam,
}

/// The first LFO.
#[derive(Params)]
pub struct Lfo1Params {
    /// Cycles in a second.
    #[id = "lfo1rate"]
    pub rate: FloatParam,
    /// Its curve.
    #[id = "lfo1shp"]
    pub shape: IntParam,
    /// Period in the host's time.
    #[id = "lfo1sync"]
    pub sync: IntParam,
    /// Where it begins.
    #[id = "lfo1phs"]
    pub phase: FloatParam,
    /// Time to its full depth.
    #[id = "lfo1rise"]
    pub rise: FloatParam,
    /// For all notes or for each.
    #[id = "lfo1mode"]
    pub mode: IntParam,
}

/// The second LFO.
#[derive(Params)]
pub struct Lfo2Params {
    /// Cycles in a second.
    #[id = "lfo2rate"]
    pub rate: FloatParam,
    /// Its curve.
    #[id = "lfo2shp"]
    pub shape: IntParam,
    /// Period in the host's time.
    #[id = "lfo2sync"]
    pub sync: IntParam,
    /// Where it begins.
    #[id = "lfo2phs"]
    pub phase: FloatParam,
    /// Time to its full depth.
    #[id = "lfo2rise"]
    pub rise: FloatParam,
    /// For all notes or for each.
    #[id = "lfo2mode"]
    pub mode: IntParam,
}

/// The second envelope.
#[derive(Params)]
pub struct Envelope2Params {
    /// Time to its top.
    #[id = "env2a"]
    pub attack: FloatParam,
    /// Time from there to the sustained level.
    #[id = "env2d"]
    pub decay: FloatParam,
    /// The level while a key is held.
    #[id = "env2s"]
    pub sustain: FloatParam,
    /// Time to nothing after that.
    #[id = "env2r"]
    pub release: FloatParam,
}

/// The third envelope.
#[derive(Params)]
pub struct Envelope3Params {
    /// Time to its top.
    #[id = "env3a"]
    pub attack: FloatParam,
    /// Time from there to the sustained level.
    #[id = "env3d"]
    pub decay: FloatParam,
    /// The level while a key is held.
    #[id = "env3s"]
    pub sustain: FloatParam,
    /// Time to nothing after that.
    #[id = "env3r"]
    pub release: FloatParam,
}

/// How much each row of the matrix does.
#[derive(Params)]
pub struct AmountParams {
    /// Row 1.
    #[id = "mod1"]
    pub row1: FloatParam,
    /// Row 2.
    #[id = "mod2"]
    pub row2: FloatParam,
    /// Row 3.
    #[id = "mod3"]
    pub row3: FloatParam,
    /// Row 4.
    #[id = "mod4"]
    pub row4: FloatParam,
    /// Row 5.
    #[id = "mod5"]
    pub row5: FloatParam,
    /// Row 6.
    #[id = "mod6"]
    pub row6: FloatParam,
    /// Row 7.
    #[id = "mod7"]
    pub row7: FloatParam,
    /// Row 8.
    #[id = "mod8"]
    pub row8: FloatParam,
    /// Row 9.
    #[id = "mod9"]
    pub row9: FloatParam,
    /// Row 10.
    #[id = "mod10"]
    pub row10: FloatParam,
    /// Row 11.
    #[id = "mod11"]
    pub row11: FloatParam,
    /// Row 12.
    #[id = "mod12"]
    pub row12: FloatParam,
    /// Row 13.
    #[id = "mod13"]
    pub row13: FloatParam,
    /// Row 14.
    #[id = "mod14"]
    pub row14: FloatParam,
    /// Row 15.
    #[id = "mod15"]
    pub row15: FloatParam,
    /// Row 16.
    #[id = "mod16"]
    pub row16: FloatParam,
}
