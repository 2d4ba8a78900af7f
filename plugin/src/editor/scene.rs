//! What the window shows in one frame: one look at everything, made before anything is drawn.
//! Made on the window's thread from copies; it waits for nothing.
//! The window draws from this and from the parameters alone, and holds no truth of its own.

use crate::instrument::{self, Latency};
use crate::modulation::{MatrixChoice, Routes};
use crate::plugin::Shared;
use crate::presets;
use std::sync::Arc;
use timbrel_engine::event::{ModulationSource, NoteAddress};
use timbrel_engine::model::Model;
use timbrel_engine::perform::VoiceView;
use timbrel_engine::synth::Status;
use timbrel_engine::watch::{LONGEST_SOUND, Snapshot, Watch};

/// Samples of the output that are looked at: 0.17 s at 96 kHz, which a spectrum needs.
pub const SOUND: usize = LONGEST_SOUND;

/// -100 dBFS.
const INAUDIBLE: f32 = 1e-5;

/// See the module.
#[derive(Default)]
pub struct Scene {
    /// Which instruments there are and play, and what is wrong with them.
    pub instrument: instrument::Shown,
    /// The instrument that plays.
    pub first: Option<Arc<Model>>,
    /// The one to which it morphs.
    pub second: Option<Arc<Model>>,
    /// A load is under way.
    pub is_loading: bool,
    /// Which presets there are, and which one plays.
    pub presets: presets::Shown,
    /// The rows of the matrix as they are chosen.
    pub matrix: MatrixChoice,
    /// What the rows do.
    pub routes: Routes,
    /// How the synth does, while there is one.
    pub status: Option<Status>,
    /// How long after its event a note sounds.
    pub latency: Option<Latency>,
    /// The newest samples of the output, left and right, oldest first.
    pub sound: [Vec<f32>; 2],
    watch: Option<Watch>,
}

impl Scene {
    /// Looks at everything anew. `followed` is the note that the player chose to see.
    pub fn look(&mut self, shared: &Shared, followed: Option<NoteAddress>) {
        self.instrument = shared.instrument.shown();
        (self.first, self.second) = (self.instrument.first.clone(), self.instrument.second.clone());
        self.is_loading = shared.instrument.is_loading();
        self.presets = shared.presets.shown();
        self.matrix = shared.modulations.choice();
        self.routes = self.matrix.routes();
        self.status = shared.instrument.status();
        self.latency = shared.instrument.latency();
        if !self.watch.as_ref().is_some_and(Watch::is_live) {
            self.watch = shared.instrument.watch();
        }
        self.sound.iter_mut().for_each(|channel| channel.resize(SOUND, 0.0));
        match &mut self.watch {
            Some(watch) => {
                watch.follow(followed);
                watch.look();
                let [left, right] = &mut self.sound;
                watch.sound(left, right);
            }
            None => self.sound.iter_mut().for_each(|channel| channel.fill(0.0)),
        }
    }

    /// Whether a row of the matrix reads a source.
    pub fn reads(&self, source: ModulationSource) -> bool {
        self.routes.iter().flatten().any(|route| route.source == source)
    }

    /// What the engine does, while there is a synth.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.watch.as_ref().map(Watch::seen)
    }

    /// Whether no voice sounds, and no room any more.
    pub fn is_silent(&self) -> bool {
        let quiet = |channel: &Vec<f32>| channel.iter().all(|sample| sample.abs() < INAUDIBLE);
        self.voices().is_empty() && self.sound.iter().all(quiet)
    }

    /// The voices that sound.
    pub fn voices(&self) -> &[VoiceView] {
        self.snapshot().map_or(&[], |snapshot| &snapshot.voices)
    }

    /// The voice that is looked at.
    pub fn chosen(&self) -> Option<&VoiceView> {
        self.snapshot()?.chosen_voice()
    }
}
