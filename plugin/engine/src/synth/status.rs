//! What the editor shows of a running synth.

/// One look at a running synth. Cheap; any thread but the audio one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// Name of the instrument that plays.
    pub instrument: String,
    /// Voices that sound, the fading ones left out.
    pub voices: usize,
    /// Blocks that were rendered without all of their frames since the start.
    pub late_frames: u64,
    /// Share of the time between two frames that computing them takes, 0 to 1 and above; 1 is too slow. Smoothed over a second.
    pub control_load: f32,
    /// Share of a block's own duration that rendering it takes, 0 to 1 and above; 1 is too slow. Smoothed over a second.
    /// Measured while a [`super::Watch`] lives, 0 else.
    pub callback_load: f32,
    /// How far the limiter turns the sound down now, decibels, 0 or more; 0 is not at all.
    pub limiter_reduction_db: f32,
    /// Whether the system gave the control thread a raised priority. Always false before the first block.
    pub priority_raised: bool,
    /// Times that more events came than their queue holds; each time all notes are choked, so that none hangs.
    pub event_overflows: u64,
    /// Notes that found no free voice slot (more than 64 stolen within a fade).
    pub refused_notes: u64,
    /// Voices' frames that the decoder failed to give, or gave with values that are not finite.
    pub decoder_errors: u64,
    /// The latest thing that went wrong, as a sentence for the player. Gone when another model is taken.
    pub error: Option<String>,
    /// Latency that the instrument now playing wants, samples. Greater than the synth's own after a swap to a model with a
    /// longer hop: it plays, with later attacks, until the host activates the plugin anew.
    pub wanted_latency: u32,
}
