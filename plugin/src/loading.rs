//! The loader thread of an instance, and the one place that loads a model.
//! The thread starts with the first job and ends with the instance; jobs run in the order in which they were sent.
//! A panic inside a job ends that job only (test: `a_job_that_panics_does_not_end_the_loader`).

use crate::bundle::Bundle;
use crate::instrument::Instrument;
use crossbeam::channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use timbrel_engine::model::{Execution, LoadOptions, Model, runtime};
use timbrel_engine::synth::Synth;

/// Jobs that may wait; more than a player and a host can cause while one load lasts.
const JOBS: usize = 64;

/// What the loader thread does.
pub(crate) enum Job {
    /// Load what the saved reference asks for.
    Settle,
    /// Load this file and make it the project's instrument.
    Choose(PathBuf),
    /// Load this file and make it what the project's instrument morphs to; or none.
    ChooseSecond(Option<PathBuf>),
    /// Look for instruments again.
    List,
    /// Let go of a synth.
    Discard(Synth),
    /// A synth failed in the callback: let go of it, say so, make another.
    Replace { failed: Option<Synth>, sentence: &'static str },
    /// Something short about files that are not models.
    Other(Box<dyn FnOnce() + Send>),
    /// End.
    Quit,
}

/// The thread's owner.
pub(crate) struct Loader {
    instrument: Weak<Instrument>,
    jobs: Sender<Job>,
    waiting: Receiver<Job>,
    thread: Mutex<Thread>,
}

enum Thread {
    NotStarted,
    Running(JoinHandle<()>),
    Closed,
}

impl Loader {
    pub(crate) fn new(instrument: Weak<Instrument>) -> Self {
        let (jobs, waiting) = bounded(JOBS);
        Self { instrument, jobs, waiting, thread: Mutex::new(Thread::NotStarted) }
    }

    /// Sends a job, starting the thread if need be. After [`Loader::close`] the job is dropped.
    pub(crate) fn send(&self, job: Job) {
        let mut thread = self.thread.lock();
        match &*thread {
            Thread::Closed => return,
            Thread::Running(_) => {}
            Thread::NotStarted => {
                let (instrument, waiting) = (self.instrument.clone(), self.waiting.clone());
                let started = std::thread::Builder::new()
                    .name("timbrel loader".to_owned())
                    .spawn(move || run(&instrument, &waiting));
                match started {
                    Ok(handle) => *thread = Thread::Running(handle),
                    // Out of threads: the host is going down with us; there is nothing better to do than not load.
                    Err(_) => return,
                }
            }
        }
        drop(thread);
        // A full queue means that dozens of loads wait already, and the last of them sees the newest reference.
        let _ = self.jobs.try_send(job);
    }

    /// Ends the thread and waits for it.
    pub(crate) fn close(&self) {
        let thread = std::mem::replace(&mut *self.thread.lock(), Thread::Closed);
        if let Thread::Running(handle) = thread {
            // Blocks only while the queue is full, and the thread empties it.
            let _ = self.jobs.send(Job::Quit);
            let _ = handle.join();
        }
    }
}

fn run(instrument: &Weak<Instrument>, waiting: &Receiver<Job>) {
    while let Ok(job) = waiting.recv() {
        if matches!(job, Job::Quit) {
            return;
        }
        let Some(instrument) = instrument.upgrade() else { return };
        run_guarded(&instrument, || instrument.run(job));
    }
}

fn run_guarded(instrument: &Arc<Instrument>, job: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(job)).is_err() {
        instrument.job_failed();
    }
}

/// Loads a model, through the cache of the process. The error is a sentence for the player.
pub(crate) fn load_model(bundle: &Bundle, path: &Path, execution: Execution) -> Result<Arc<Model>, String> {
    runtime::set_search_folders(&bundle.runtime_folders());
    Model::load(path, &LoadOptions { execution }).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Reference;

    #[test]
    fn a_job_that_panics_does_not_end_the_loader() {
        let instrument = Instrument::new(Reference::default(), Bundle::default(), Arc::default());
        assert!(instrument.is_pending());
        run_guarded(&instrument, || panic!("a fault"));
        assert!(!instrument.is_pending(), "an offline render would wait for ever");
        assert!(instrument.shown().error.is_some());
        instrument.close();
    }
}
