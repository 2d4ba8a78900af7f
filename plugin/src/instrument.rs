//! Which model this instance plays, and the thread that loads it.
//! Loading happens on a loader thread of the instance, or on the host's thread while it activates; the audio callback
//! only asks whether something is under way and takes what is ready.
//! A missing or broken model leaves a sentence and something that plays
//! (tests: `a_missing_instrument_is_named_and_its_reference_kept`, `a_broken_choice_changes_nothing`).

use crate::bundle::Bundle;
use crate::history::{Edit, History};
use crate::library::{self, Entry};
use crate::loading::{self, Job, Loader};
use crate::notices::{self, Notices};
use crate::state::{Reference, Wanted};
use crossbeam::queue::ArrayQueue;
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use timbrel_engine::model::library::{Found, find};
use timbrel_engine::model::{Execution, Model, ModelIdentity};
use timbrel_engine::render::Shaping;
use timbrel_engine::synth::{BLOCK_CAP, Config, Mode, Models, Status, Synth, SynthHandle};
use timbrel_engine::watch::Watch;

/// What the editor shows about the instrument. Sentences are for the player.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Name of the instrument that plays, if one does.
    pub name: Option<String>,
    /// Its file.
    pub path: Option<PathBuf>,
    /// Name of the instrument to which it morphs, if there is one.
    pub second_name: Option<String>,
    /// Its file.
    pub second_path: Option<PathBuf>,
    /// The project's instrument is not here, or not the same.
    pub missing: Option<String>,
    /// What it morphs to is not here, not the same, or cannot be played.
    pub second_missing: Option<String>,
    /// What went wrong last.
    pub error: Option<String>,
    /// Something worth knowing, such as a GPU that is not there.
    pub note: Option<String>,
    /// Whether it, or what it morphs to, has waveshapers.
    pub shapes: bool,
    /// The instrument that plays.
    pub first: Option<Arc<Model>>,
    /// The one to which it morphs.
    pub second: Option<Arc<Model>>,
    /// All instruments that can be chosen.
    pub choices: Arc<Vec<Entry>>,
}

/// How the host runs us, from activation to deactivation.
#[derive(Clone, Copy, Debug)]
pub struct Activation {
    /// Host's rate, hertz.
    pub sample_rate: f64,
    /// Largest block, samples.
    pub max_block: usize,
}

impl Activation {
    /// Latency that `model` needs, samples: a block and a hop.
    fn latency_for(&self, model: &Model) -> f64 {
        let metadata = model.metadata();
        let hop = f64::from(metadata.hop) * self.sample_rate / metadata.sample_rate;
        self.max_block.min(BLOCK_CAP) as f64 + hop.ceil()
    }
}

/// A stretch of time at the host's rate.
#[derive(Clone, Copy, Debug)]
pub struct Latency {
    /// Samples.
    pub samples: u32,
    /// Samples a second.
    pub rate: f64,
}

impl Latency {
    /// The same in milliseconds.
    pub fn milliseconds(&self) -> f64 {
        f64::from(self.samples) * 1000.0 / self.rate
    }
}

/// What changes only with the lock held, so that one load happens at a time.
#[derive(Default)]
struct Work {
    activation: Option<Activation>,
    handle: Option<SynthHandle>,
    model: Option<Arc<Model>>,
    second: Option<Arc<Model>>,
    shaping: Shaping,
}

/// The instrument of one instance of the plugin.
pub struct Instrument {
    reference: Reference,
    bundle: Bundle,
    history: Arc<History>,
    work: Mutex<Work>,
    shown: Mutex<Shown>,
    status: Mutex<Option<SynthHandle>>,
    latency: Mutex<Option<Latency>>,
    /// Generation of the reference that is done with, for better or worse.
    applied: AtomicU64,
    offline: AtomicBool,
    loading: AtomicBool,
    /// The host should activate us anew, because the latency is not what it was told.
    restart_wish: AtomicBool,
    /// The player wants silence at once.
    panic_wish: AtomicBool,
    /// A synth made for a callback that has none.
    fresh: ArrayQueue<Synth>,
    loader: Loader,
}

impl Instrument {
    /// The instrument that `reference` asks for, to be looked for in `bundle`. Loads nothing yet. What the player chooses
    /// afterwards is an edit of `history`.
    pub fn new(reference: Reference, bundle: Bundle, history: Arc<History>) -> Arc<Self> {
        let instrument = Arc::new_cyclic(|itself: &Weak<Self>| Self {
            reference,
            bundle,
            history,
            work: Mutex::default(),
            shown: Mutex::default(),
            status: Mutex::default(),
            latency: Mutex::default(),
            applied: AtomicU64::new(0),
            offline: AtomicBool::new(false),
            loading: AtomicBool::new(false),
            restart_wish: AtomicBool::new(false),
            panic_wish: AtomicBool::new(false),
            fresh: ArrayQueue::new(1),
            loader: Loader::new(itself.clone()),
        });
        let itself = Arc::downgrade(&instrument);
        instrument.reference.on_change(Box::new(move || {
            if let Some(instrument) = itself.upgrade() {
                instrument.loader.send(Job::Settle);
            }
        }));
        instrument
    }

    // The audio callback.

    /// Whether a saved choice was loaded that does not play yet. Real-time safe.
    pub fn is_pending(&self) -> bool {
        self.applied.load(Ordering::Acquire) != self.reference.generation()
    }

    /// Takes a synth that was made because the callback had none. Real-time safe.
    pub fn take_fresh(&self) -> Option<Synth> {
        self.fresh.pop()
    }

    /// Whether the host renders offline. Real-time safe.
    pub fn mode(&self) -> Mode {
        if self.offline.load(Ordering::Relaxed) { Mode::Offline } else { Mode::Realtime }
    }

    /// Whether the host should activate us anew; asked once for each wish. Real-time safe.
    pub fn take_restart_wish(&self) -> bool {
        self.restart_wish.swap(false, Ordering::Relaxed)
    }

    /// Whether everything should fall silent; asked once for each wish. Real-time safe.
    pub fn take_panic(&self) -> bool {
        self.panic_wish.swap(false, Ordering::Relaxed)
    }

    /// Hands over a synth that failed, and asks for another.
    pub fn replace_failed(&self, failed: Option<Synth>, sentence: &'static str) {
        self.loader.send(Job::Replace { failed, sentence });
    }

    /// Lets go of a synth elsewhere than in the callback.
    pub fn discard(&self, synth: Synth) {
        self.loader.send(Job::Discard(synth));
    }

    // The host's main thread.

    /// The host says how it renders.
    pub fn set_mode(&self, mode: Mode) {
        self.offline.store(mode == Mode::Offline, Ordering::Relaxed);
    }

    /// Loads what is asked for and starts a synth for it. `None`: nothing can play; the sentence is shown.
    pub fn activate(&self, activation: Activation) -> Option<Synth> {
        let mut work = self.work.lock();
        work.handle = None;
        work.activation = Some(activation);
        while self.fresh.pop().is_some() {}
        self.settle(&mut work);
        // Settling makes a synth for a callback that has none, and this one has none yet.
        if let Some(synth) = self.fresh.pop() {
            return Some(synth);
        }
        self.start(&mut work).unwrap_or_else(|sentence| {
            self.show_error(&sentence);
            None
        })
    }

    /// The synth is gone.
    pub fn deactivate(&self) {
        let mut work = self.work.lock();
        work.activation = None;
        work.handle = None;
        *self.status.lock() = None;
        *self.latency.lock() = None;
        while self.fresh.pop().is_some() {}
    }

    /// Ends the loader thread. Nothing is loaded afterwards.
    pub fn close(&self) {
        self.loader.close();
    }

    // The editor.

    /// What to show. Never waits for a load.
    pub fn shown(&self) -> Shown {
        self.shown.lock().clone()
    }

    /// What the synth says of itself, while there is one.
    pub fn status(&self) -> Option<Status> {
        self.status.lock().as_ref().map(SynthHandle::status)
    }

    /// Watches the synth, while there is one.
    pub fn watch(&self) -> Option<Watch> {
        self.status.lock().as_ref().map(SynthHandle::watch)
    }

    /// How long after its event a note sounds, while there is a synth.
    pub fn latency(&self) -> Option<Latency> {
        *self.latency.lock()
    }

    /// Whether a load is under way.
    pub fn is_loading(&self) -> bool {
        self.loading.load(Ordering::Relaxed)
    }

    /// Where the network is asked to run.
    pub fn execution(&self) -> Execution {
        self.reference.wanted().0.execution
    }

    /// How waveshapers are asked to be computed.
    pub fn shaping(&self) -> Shaping {
        self.reference.wanted().0.shaping
    }

    /// Asks for silence at once.
    pub fn panic(&self) {
        self.panic_wish.store(true, Ordering::Relaxed);
    }

    /// Asks for another instrument. It is an edit once it plays.
    pub fn choose(&self, path: PathBuf) {
        self.loader.send(Job::Choose(path));
    }

    /// Asks for another instrument to which the present one morphs, or for none. It is an edit once it plays.
    pub fn choose_second(&self, path: Option<PathBuf>) {
        self.loader.send(Job::ChooseSecond(path));
    }

    /// Asks for another place to run.
    pub fn run_on(&self, execution: Execution) {
        self.change(|wanted| wanted.execution = execution);
    }

    /// Asks for another way to compute waveshapers.
    pub fn shape_by(&self, shaping: Shaping) {
        self.change(|wanted| wanted.shaping = shaping);
    }

    /// Asks for something else, which is an edit at once.
    fn change(&self, change: impl FnOnce(&mut Wanted)) {
        let (before, _) = self.reference.wanted();
        let mut after = before.clone();
        change(&mut after);
        self.reference.choose(&after);
        self.history.record(Edit::Instrument { before, after });
    }

    /// Asks for an up-to-date list of instruments.
    pub fn refresh(&self) {
        self.loader.send(Job::List);
    }

    /// Asks for an up-to-date list of instruments, and for the load that activation would do.
    pub fn prepare(&self) {
        self.loader.send(Job::Settle);
        self.loader.send(Job::List);
    }

    /// Has `job` done on the loader thread.
    pub fn later(&self, job: Box<dyn FnOnce() + Send>) {
        self.loader.send(Job::Other(job));
    }

    /// Which model plays. Waits for a load that is under way, so it is nothing for the editor.
    pub fn playing(&self) -> Option<ModelIdentity> {
        self.work.lock().model.as_ref().map(|model| model.identity().clone())
    }

    /// The folders of this copy of Timbrel.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Folder of the player's own models.
    pub fn user_models(&self) -> Option<PathBuf> {
        self.bundle.user_models()
    }

    /// Shows a sentence about something that went wrong.
    pub fn show_error(&self, sentence: &str) {
        self.shown.lock().error = Some(sentence.to_owned());
    }

    // The loader thread.

    pub(crate) fn run(&self, job: Job) {
        match job {
            Job::Settle => {
                let mut work = self.work.lock();
                self.settle(&mut work);
            }
            Job::Choose(path) => self.load_choice(&path),
            Job::ChooseSecond(path) => self.load_second_choice(path.as_deref()),
            Job::List => {
                let choices = Arc::new(library::list(&self.bundle));
                self.shown.lock().choices = choices;
            }
            Job::Discard(synth) => drop(synth),
            Job::Replace { failed, sentence } => {
                self.shown.lock().error = Some(sentence.to_owned());
                drop(failed);
                let mut work = self.work.lock();
                work.handle = None;
                if let Err(sentence) = self.start_fresh(&mut work) {
                    self.show_error(&sentence);
                }
            }
            Job::Other(job) => job(),
            Job::Quit => {}
        }
    }

    /// Says that a job ended in a panic, and gives up waiting for it.
    pub(crate) fn job_failed(&self) {
        self.applied.store(self.reference.generation(), Ordering::Release);
        self.loading.store(false, Ordering::Relaxed);
        self.shown.lock().error = Some("Loading the instrument failed from a fault inside Timbrel.".to_owned());
    }

    /// Brings what plays in line with what is asked for, until nothing changes any more.
    fn settle(&self, work: &mut Work) {
        loop {
            let (wanted, generation) = self.reference.wanted();
            if self.applied.load(Ordering::Acquire) == generation {
                return;
            }
            self.loading.store(true, Ordering::Relaxed);
            let notices = self.fulfil(work, &wanted, generation);
            self.show(work, notices);
            self.loading.store(false, Ordering::Relaxed);
            self.applied.store(generation, Ordering::Release);
        }
    }

    /// Loads `wanted`, or else what comes closest. Returns what the player should know.
    fn fulfil(&self, work: &mut Work, wanted: &Wanted, generation: u64) -> Notices {
        let mut notices = Notices::default();
        let mut candidates = Vec::new();
        if let Some(identity) = &wanted.model {
            match find(identity, &self.bundle.model_folders()) {
                Ok(Found::Same(path)) => candidates.push(path),
                Ok(Found::Changed(path)) => {
                    notices.missing = Some(notices::changed(identity, &path));
                    candidates.push(path);
                }
                Err(missing) => notices.missing = Some(notices::missing(&missing)),
            }
        }
        candidates.extend(library::default_instrument(&self.bundle));
        if candidates.is_empty() {
            notices.error = Some(notices::no_instrument(&self.bundle));
        }
        let second = self.find_second(wanted, &mut notices);
        for path in candidates {
            match self.load(&path, wanted.execution) {
                Ok(model) => {
                    let mut found = wanted.clone();
                    if notices.missing.is_none() && notices.error.is_none() && wanted.model.is_some() {
                        found.model = Some(model.identity().clone());
                    }
                    if let Some(second) = second.as_ref().filter(|_| notices.second.is_none()) {
                        found.second = Some(second.identity().clone());
                    }
                    if found != *wanted {
                        self.reference.found(&found, generation);
                    }
                    let models = Models { first: model, second };
                    if let Err(sentence) = self.install(work, models, wanted.shaping) {
                        notices.error = Some(sentence);
                    }
                    return notices;
                }
                // The first error is about what was asked for.
                Err(sentence) => notices.error = notices.error.or(Some(sentence)),
            }
            // An instrument that already plays is better than the default one.
            if work.model.is_some() && notices.missing.is_none() {
                break;
            }
        }
        notices
    }

    /// What the instrument morphs to, where there is something and it can be played.
    fn find_second(&self, wanted: &Wanted, notices: &mut Notices) -> Option<Arc<Model>> {
        let identity = wanted.second.as_ref()?;
        let path = match find(identity, &self.bundle.model_folders()) {
            Ok(Found::Same(path)) => path,
            Ok(Found::Changed(path)) => {
                notices.second = Some(notices::changed(identity, &path));
                path
            }
            Err(missing) => {
                notices.second = Some(notices::second_missing(&missing));
                return None;
            }
        };
        let loaded = self.load(&path, wanted.execution);
        loaded.map_err(|sentence| notices.second = Some(notices::second_broken(&sentence))).ok()
    }

    fn load_choice(&self, path: &Path) {
        self.choose_models(|wanted, work| {
            let first = self.load(path, wanted.execution)?;
            let chosen = Wanted { model: Some(first.identity().clone()), ..wanted.clone() };
            let standing = Notices { missing: None, ..self.standing_notices() };
            Ok((chosen, Models { first, second: work.second.clone() }, standing))
        });
    }

    fn load_second_choice(&self, path: Option<&Path>) {
        self.settle(&mut self.work.lock());
        self.choose_models(|wanted, work| {
            let first = work.model.clone().ok_or_else(|| notices::no_instrument(&self.bundle))?;
            let second = path.map(|path| self.load(path, wanted.execution)).transpose()?;
            let identity = second.as_ref().map(|second| second.identity().clone());
            let chosen = Wanted { second: identity, ..wanted.clone() };
            let standing = Notices { second: None, ..self.standing_notices() };
            Ok((chosen, Models { first, second }, standing))
        });
    }

    /// Makes a choice of the player's what plays and what is saved; where that fails, nothing changes but what is shown.
    fn choose_models(&self, choose: impl FnOnce(&Wanted, &Work) -> Result<(Wanted, Models, Notices), String>) {
        let mut work = self.work.lock();
        self.loading.store(true, Ordering::Relaxed);
        let (wanted, _) = self.reference.wanted();
        let shaping = wanted.shaping;
        let chosen = choose(&wanted, &work).and_then(|(chosen, models, notices)| {
            self.install(&mut work, models, shaping)?;
            self.reference.choose(&chosen);
            self.applied.store(self.reference.generation(), Ordering::Release);
            self.history.record(Edit::Instrument { before: wanted, after: chosen });
            Ok(notices)
        });
        let notices = chosen.unwrap_or_else(|sentence| Notices { error: Some(sentence), ..self.standing_notices() });
        self.show(&work, notices);
        self.loading.store(false, Ordering::Relaxed);
    }

    fn load(&self, path: &Path, execution: Execution) -> Result<Arc<Model>, String> {
        loading::load_model(&self.bundle, path, execution)
    }

    /// Makes `models` those that play.
    fn install(&self, work: &mut Work, models: Models, shaping: Shaping) -> Result<(), String> {
        let swapped = match &work.handle {
            Some(handle) => {
                handle.swap(models.clone(), shaping).map_err(|error| error.to_string())?;
                true
            }
            None => false,
        };
        if let (true, Some(activation), Some(latency)) = (swapped, work.activation, self.latency()) {
            let is_longer = activation.latency_for(&models.first) > f64::from(latency.samples);
            self.restart_wish.store(is_longer, Ordering::Relaxed);
        }
        work.model = Some(models.first);
        work.second = models.second;
        work.shaping = shaping;
        if swapped { Ok(()) } else { self.start_fresh(work) }
    }

    /// Makes a synth for a callback that has none, while the host has us active.
    fn start_fresh(&self, work: &mut Work) -> Result<(), String> {
        if let Some(synth) = self.start(work)? {
            self.fresh.force_push(synth);
        }
        Ok(())
    }

    /// A synth for the model, if there is one and the host has us active.
    fn start(&self, work: &mut Work) -> Result<Option<Synth>, String> {
        let (Some(activation), Some(model)) = (work.activation, work.model.clone()) else { return Ok(None) };
        let config = Config {
            sample_rate: activation.sample_rate,
            max_block: activation.max_block,
            mode: self.mode(),
            shaping: work.shaping,
        };
        let models = Models { first: model, second: work.second.clone() };
        let (synth, handle) = Synth::start(&config, models).map_err(|error| error.to_string())?;
        *self.status.lock() = Some(handle.clone());
        *self.latency.lock() = Some(Latency { samples: synth.latency(), rate: activation.sample_rate });
        work.handle = Some(handle);
        Ok(Some(synth))
    }

    fn standing_notices(&self) -> Notices {
        let shown = self.shown.lock();
        Notices { missing: shown.missing.clone(), second: shown.second_missing.clone(), error: None }
    }

    fn show(&self, work: &Work, notices: Notices) {
        let mut shown = self.shown.lock();
        let (first, second) = (work.model.as_ref(), work.second.as_ref());
        shown.name = first.map(|model| model.identity().name.clone());
        shown.path = first.map(|model| model.identity().path.clone());
        shown.second_name = second.map(|model| model.identity().name.clone());
        shown.second_path = second.map(|model| model.identity().path.clone());
        (shown.first, shown.second) = (first.cloned(), second.cloned());
        shown.shapes = first.into_iter().chain(second).any(|model| model.waveshaping().is_some());
        shown.note = notices::notes(first.into_iter().chain(second), work.shaping);
        shown.missing = notices.missing;
        shown.second_missing = notices.second;
        shown.error = notices.error;
    }
}
