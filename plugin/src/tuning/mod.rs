//! The scale of one instance: Scala files that the player chose, kept with the project as text, or an MTS-ESP master's tuning.
//! Files are read on the loader thread and parsed where the choice changes, never in the audio callback, which gets finished
//! tables and sends what changed.
//! A broken file leaves a sentence, and what played goes on (test: `a_broken_scale_names_its_line_and_changes_nothing`).

mod retuner;
mod zones;

pub use retuner::{Channels, Retuner};
pub use zones::Zones;

use crate::history::{Edit, History};
use crate::instrument::Instrument;
use crate::mts_esp::Client;
use crate::state::Kept;
use crossbeam::queue::ArrayQueue;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use timbrel_engine::tuning::{KeyTable, KeyboardMap, Scale, Tuning, TuningError, read};

/// A Scala file, whole, so that a project sounds the same where the file is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedFile {
    /// Where the player found it.
    pub path: String,
    /// What was in it.
    pub text: String,
}

/// What the player chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TuningChoice {
    /// A `.scl` file; without one: twelve equal steps.
    pub scale: Option<SavedFile>,
    /// A `.kbm` file; without one: key 60 is degree 0.
    pub map: Option<SavedFile>,
    /// Whether an MTS-ESP master comes before the files.
    pub mts_esp: bool,
}

impl Default for TuningChoice {
    fn default() -> Self {
        Self { scale: None, map: None, mts_esp: true }
    }
}

/// The two kinds of Scala files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `.scl`
    Scale,
    /// `.kbm`
    Map,
}

/// What the editor shows about the tuning. Sentences are for the player.
#[derive(Clone, Debug, Default)]
pub struct ShownTuning {
    /// What the scale says about itself.
    pub description: String,
    /// Path of the `.scl` file, if one is chosen.
    pub scale: Option<String>,
    /// Path of the `.kbm` file, if one is chosen.
    pub map: Option<String>,
    /// What went wrong last.
    pub error: Option<String>,
    /// The name of the MTS-ESP master's scale (may be empty) while it rules.
    pub master: Option<String>,
    /// Whether a master would rule.
    pub mts_esp: bool,
}

/// What changes together.
struct Current {
    /// What the files give.
    tuning: Tuning,
    error: Option<String>,
}

/// The scale of one instance of the plugin.
pub struct Tunings {
    choice: Kept<TuningChoice>,
    instrument: Arc<Instrument>,
    history: Arc<History>,
    current: Mutex<Current>,
    /// The newest table that the callback has not seen.
    fresh: ArrayQueue<KeyTable>,
    client: Mutex<Option<Arc<Client>>>,
    /// Copy of the choice's, for the callback.
    obeys_master: AtomicBool,
    /// A master rules, as of the latest block.
    is_ruled: AtomicBool,
}

impl Tunings {
    /// The tuning that `choice` asks for; files are read where `instrument` loads. What the player chooses is an edit of
    /// `history`.
    pub fn new(choice: Kept<TuningChoice>, instrument: Arc<Instrument>, history: Arc<History>) -> Arc<Self> {
        let tunings = Arc::new(Self {
            choice,
            instrument,
            history,
            current: Mutex::new(Current { tuning: Tuning::twelve_equal(), error: None }),
            fresh: ArrayQueue::new(1),
            client: Mutex::default(),
            obeys_master: AtomicBool::new(true),
            is_ruled: AtomicBool::new(false),
        });
        let itself = Arc::downgrade(&tunings);
        tunings.choice.on_change(Box::new(move || {
            if let Some(tunings) = itself.upgrade() {
                tunings.settle();
            }
        }));
        tunings
    }

    // The audio callback.

    /// Takes a table that the callback has not seen. Real-time safe.
    pub fn take_fresh(&self) -> Option<KeyTable> {
        self.fresh.pop()
    }

    /// Whether a master comes before the files. Real-time safe.
    pub fn obeys_master(&self) -> bool {
        self.obeys_master.load(Ordering::Relaxed)
    }

    /// Says whether one rules. Real-time safe.
    pub fn set_ruled(&self, is_ruled: bool) {
        self.is_ruled.store(is_ruled, Ordering::Relaxed);
    }

    // The host's main thread.

    /// What the callback begins with; registers with MTS-ESP where that is there.
    pub fn start(&self) -> Retuner {
        let client = Client::register().map(Arc::new);
        self.client.lock().clone_from(&client);
        let current = self.current.lock();
        while self.fresh.pop().is_some() {}
        Retuner::new(current.tuning.keys, client)
    }

    /// The callback is over: deregisters, once its [`Retuner`] is gone too.
    pub fn stop(&self) {
        *self.client.lock() = None;
        self.set_ruled(false);
    }

    // The editor.

    /// What to show.
    pub fn shown(&self) -> ShownTuning {
        let (choice, _) = self.choice.wanted();
        let client = self.client.lock().clone().filter(|_| self.is_ruled.load(Ordering::Relaxed));
        let current = self.current.lock();
        ShownTuning {
            description: current.tuning.description.clone(),
            scale: choice.scale.map(|file| file.path),
            map: choice.map.map(|file| file.path),
            error: current.error.clone(),
            master: client.map(|client| client.scale_name()),
            mts_esp: choice.mts_esp,
        }
    }

    /// Asks for the file at `path`; it is read elsewhere.
    pub fn choose(self: &Arc<Self>, kind: FileKind, path: PathBuf) {
        let tunings = self.clone();
        self.instrument.later(Box::new(move || tunings.load(kind, &path)));
    }

    /// Goes without this file.
    pub fn clear(&self, kind: FileKind) {
        self.change(|choice| *field(choice, kind) = None);
    }

    /// Back to twelve equal steps, relative to A4.
    pub fn reset(&self) {
        self.change(|choice| (choice.scale, choice.map) = (None, None));
    }

    /// Whether a master comes before the files.
    pub fn obey_master(&self, obeys: bool) {
        self.change(|choice| choice.mts_esp = obeys);
    }

    /// Reads a file and makes it the project's; what is broken changes nothing but the sentence. Loader thread.
    pub fn load(&self, kind: FileKind, path: &Path) {
        let (before, _) = self.choice.wanted();
        let mut choice = before.clone();
        let loaded = read(path).and_then(|text| {
            let path = path.display().to_string();
            *field(&mut choice, kind) = Some(SavedFile { path, text });
            tuning_of(&choice)
        });
        match loaded {
            Ok(_) => {
                self.choice.choose(&choice);
                self.history.record(Edit::Tuning { before, after: choice });
                // The same choice again is no change, but the sentence about another is out of date.
                self.current.lock().error = None;
            }
            Err(error) => self.current.lock().error = Some(error.to_string()),
        }
    }

    fn change(&self, change: impl Fn(&mut TuningChoice)) {
        let (before, _) = self.choice.wanted();
        let mut choice = before.clone();
        change(&mut choice);
        self.choice.choose(&choice);
        self.history.record(Edit::Tuning { before, after: choice });
        self.current.lock().error = None;
    }

    /// Brings what plays in line with the choice, on the thread that changed it. A few lines of text: no work for a loader.
    fn settle(&self) {
        // Under the lock, so that of two choices the later one stays.
        let mut current = self.current.lock();
        let (choice, _) = self.choice.wanted();
        self.obeys_master.store(choice.mts_esp, Ordering::Relaxed);
        match tuning_of(&choice) {
            Ok(tuning) => {
                self.fresh.force_push(tuning.keys);
                *current = Current { tuning, error: None };
            }
            Err(error) => current.error = Some(error.to_string()),
        }
    }
}

fn field(choice: &mut TuningChoice, kind: FileKind) -> &mut Option<SavedFile> {
    match kind {
        FileKind::Scale => &mut choice.scale,
        FileKind::Map => &mut choice.map,
    }
}

fn tuning_of(choice: &TuningChoice) -> Result<Tuning, TuningError> {
    let scale = choice.scale.as_ref().map(|file| Scale::parse(&file.text).map_err(|fault| fault.of(&file.path)));
    let map = choice.map.as_ref().map(|file| KeyboardMap::parse(&file.text).map_err(|fault| fault.of(&file.path)));
    Ok(Tuning::new(scale.transpose()?.as_ref(), map.transpose()?.as_ref()))
}
