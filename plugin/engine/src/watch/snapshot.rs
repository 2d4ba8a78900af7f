//! What the engine shows of itself: the one thing that an editor reads of it, beside [`crate::synth::Status`].
//! Written on the control thread, read on any thread but the audio one. What an instrument is (ranges, names, curves) is in
//! its [`crate::model::Model`], not here.

use crate::event::{ModulationSource, Setting};
use crate::frame::{FrameLayout, Tone};
use crate::perform::modulation::Phase;
use crate::perform::{EnvelopeView, MAX_VOICES, VoiceView};
use crate::render::partial_hz;

/// All that can be seen at one frame.
///
/// A frame is made before it sounds. What is here is heard when the callback has come to sample `at` plus the synth's latency
/// of its own clock: at most the latency later.
#[derive(Debug, PartialEq)]
pub struct Snapshot {
    /// Where the frame is, samples of the events' clock, which counts what has been processed since the synth started.
    /// It never falls. While it stands still, nothing is processed, or nobody watched.
    pub at: u64,
    /// Host rate, hertz.
    pub sample_rate: f64,
    /// The voices that sound, in the order in which their notes began; fading ones that were stolen or choked are not here.
    pub voices: Vec<VoiceView>,
    /// Place in `voices` of the one that the rest is about: of the note that [`super::Watch::follow`] asks for, else of
    /// the note struck last. Of several voices of one note it is the middle one.
    pub chosen: Option<usize>,
    /// What `row` holds.
    pub layout: FrameLayout,
    /// The chosen voice's row, as the banks got it last; linear (see [`FrameLayout`]). All 0 without a voice.
    pub row: Vec<f32>,
    /// Pitch, place, tilt and series of the chosen voice; its fundamental is 0 Hz without one.
    pub tone: Tone,
    /// The noise bands lie evenly from 0 to half of this, hertz.
    pub noise_rate_hz: f64,
    /// Every setting in the order of [`Setting::ALL`], in its own unit: what the chosen voice has now, with all that the
    /// matrix and the host move. Without a voice, what all notes begin with.
    pub settings: Vec<f32>,
    /// Every source of modulation in the order of [`ModulationSource::ALL`], in its own range: what it gives for the chosen
    /// voice now. A note's own LFO and envelope move only where a row of the matrix reads one of them. Without a voice
    /// LFOs that run for all and macros are here, the others 0.
    pub sources: Vec<f32>,
    /// Where the LFOs are for the chosen voice: on which curve, and where on it. A note's own moves only where a row of the
    /// matrix reads one of them. Without a voice, those that need none.
    pub lfos: [Phase; 2],
    /// Where the envelopes of the chosen voice are: that of loudness, as it would be plain, and the two further ones, each of
    /// which moves only where a row reads it. The loudness that a shaped note has is [`ModulationSource::Envelope1`].
    pub envelopes: [EnvelopeView; 3],
    /// The beat that LFOs follow: the host's, or the last that it said, beats a minute.
    pub tempo_bpm: f64,
}

impl Snapshot {
    /// Before the first frame, with room for rows of `layout`.
    pub(crate) fn new(sample_rate: f64, layout: FrameLayout, noise_rate_hz: f64) -> Self {
        Self {
            at: 0,
            sample_rate,
            voices: Vec::with_capacity(MAX_VOICES),
            chosen: None,
            layout,
            row: vec![0.0; layout.width()],
            tone: Tone::of(0.0),
            noise_rate_hz,
            settings: Setting::ALL.map(Setting::initial).into(),
            sources: vec![0.0; ModulationSource::ALL.len()],
            lfos: [Phase::NONE; 2],
            envelopes: Default::default(),
            tempo_bpm: 120.0,
        }
    }

    /// The voice that row, tone, settings and sources are about.
    pub fn chosen_voice(&self) -> Option<&VoiceView> {
        self.voices.get(self.chosen?)
    }

    /// One of `settings`.
    pub fn setting(&self, setting: Setting) -> f32 {
        self.settings[setting as usize]
    }

    /// One of `sources`.
    pub fn source(&self, source: ModulationSource) -> f32 {
        self.sources[source as usize]
    }

    /// The row's partials, linear peak amplitudes, the first one first; none in an instrument of shapers.
    pub fn partials(&self) -> &[f32] {
        match self.layout {
            FrameLayout::Ddsp { harmonics, .. } => &self.row[..harmonics],
            FrameLayout::Newt { .. } => &[],
        }
    }

    /// The row's noise bands, linear gains (signed with shapers); band `n` of `count` is at
    /// `n / (count - 1) * noise_rate_hz / 2`.
    pub fn noise_bands(&self) -> &[f32] {
        let (FrameLayout::Ddsp { noise_bands, .. } | FrameLayout::Newt { noise_bands, .. }) = self.layout;
        &self.row[self.row.len() - noise_bands..]
    }

    /// Where the chosen voice's partial `number` (1 and up) sounds, hertz, stretched and stiff as it is.
    pub fn partial_hz(&self, number: usize) -> f64 {
        partial_hz(&self.tone, number)
    }
}

impl Clone for Snapshot {
    /// With room for as many voices as there can be.
    fn clone(&self) -> Self {
        let mut other = Self::new(self.sample_rate, self.layout, self.noise_rate_hz);
        other.clone_from(self);
        other
    }

    /// In the room that there is.
    fn clone_from(&mut self, other: &Self) {
        let Self { at, sample_rate, voices, chosen, layout, row, tone, noise_rate_hz, .. } = self;
        (*at, *sample_rate, *chosen, *layout) = (other.at, other.sample_rate, other.chosen, other.layout);
        (*tone, *noise_rate_hz) = (other.tone, other.noise_rate_hz);
        voices.clone_from(&other.voices);
        row.clone_from(&other.row);
        let Self { settings, sources, lfos, envelopes, tempo_bpm, .. } = self;
        (*lfos, *envelopes, *tempo_bpm) = (other.lfos, other.envelopes, other.tempo_bpm);
        settings.clone_from(&other.settings);
        sources.clone_from(&other.sources);
    }
}
