//! The model format (docs/model-format.md, docs/model-format-newt.md): reads a file, checks everything, and runs its decoder.
//! Loader thread for [`Model::load`] and [`library`]; control thread for a [`Decode`]r; never the audio thread.
//! Anything wrong is a [`ModelError`] with a sentence and never a panic; instances that play one content share its
//! session (tests: `tests/tests/model_*.rs`).

mod batch;
mod cache;
mod constants;
mod container;
mod controls;
mod decoder;
mod error;
mod fields;
mod film;
mod gesture;
mod gesture_fields;
mod identity;
pub mod library;
mod matching;
mod matching_fields;
mod metadata;
mod performance_model;
mod performing;
mod probe;
pub mod runtime;
mod session;
mod settle;
mod shaping;
mod slot_states;

pub use controls::Controls;
pub use decoder::{Aim, Decode, MAX_ROWS, OnnxDecoder, StepRequest};
pub use error::{DecodeError, ModelError, ModelFault};
pub use film::{FilmShape, FilmShaper};
pub use gesture::{DYNAMICS, Gesture, GestureRequest, LONGEST_SECONDS, Performance, RecordedVibrato};
pub use identity::ModelIdentity;
pub use matching::{Matching, TiltTable};
pub use metadata::{
    Family, ImpulseResponseShape, LatentDimension, LoudnessFeature, LoudnessMeasure, MAX_LATENT, MAX_STATE_ELEMENTS,
    Metadata, NewtShape, PitchFeature, PitchUnit, StateShape,
};
pub use runtime::{Runtime, RuntimeError};

use crate::frame::FrameLayout;
use crate::impulse_response::ImpulseResponse;
use crate::waveshaping::Waveshaping;
use ort::session::Session;
use serde::{Deserialize, Serialize};
use settle::SettledStates;
use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Largest model file, bytes. Shipped instruments hold about one million; imported ones about eight million.
pub const LARGEST_FILE: u64 = 1 << 30;

/// Where a model runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Execution {
    /// On the processor.
    #[default]
    Cpu,
    /// On an NVIDIA GPU, if there is one and the GPU build of ONNX Runtime is installed; else on the processor.
    Cuda,
}

/// How to load a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Where to run it.
    pub execution: Execution,
}

/// One checked model. Cheap to share; two loads of the same content share everything but the path.
#[derive(Debug)]
pub struct Model {
    core: Arc<Core>,
    identity: ModelIdentity,
}

/// What all models of the same content share.
#[derive(Debug)]
struct Core {
    metadata: Metadata,
    /// Running needs exclusive access (ort: ONNX Runtime's `Run` is not safe from two threads). Held during a run only,
    /// by control and loader threads only.
    session: Mutex<Session>,
    execution: Execution,
    execution_note: Option<String>,
    impulse_response: ImpulseResponse,
    waveshaping: Option<Arc<Waveshaping>>,
    settled: SettledStates,
    /// The performance network, where there is one, on the processor. Held as `session` is; never both at once.
    performance: Option<Mutex<Session>>,
}

impl Core {
    fn layout(&self) -> FrameLayout {
        let noise_bands = self.metadata.noise_bands;
        match &self.metadata.family {
            Family::Ddsp => FrameLayout::Ddsp { harmonics: self.metadata.harmonics, noise_bands },
            Family::Newt(newt) => FrameLayout::Newt { shapers: newt.shapers, noise_bands },
        }
    }
}

impl Model {
    /// Reads, checks, probes and settles the model in the file at `path`, or takes it from the process-wide cache.
    /// Loads ONNX Runtime if it is not loaded yet. Takes some milliseconds to some hundred.
    pub fn load(path: &Path, options: &LoadOptions) -> Result<Arc<Self>, ModelError> {
        let file = read(path).map_err(|fault| fault.of(path))?;
        let sha256 = identity::content_hash(&file);
        let core = cache::get_or_build((sha256.clone(), options.execution), || build(path, &file, options.execution))?;
        let identity = ModelIdentity { sha256, name: core.metadata.name.clone(), path: path.to_path_buf() };
        Ok(Arc::new(Self { core, identity }))
    }

    /// What the file says about itself.
    pub fn metadata(&self) -> &Metadata {
        &self.core.metadata
    }

    /// Content, name and place.
    pub fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    /// The impulse response at the training rate, linear; empty where there is none.
    pub fn impulse_response(&self) -> &ImpulseResponse {
        &self.core.impulse_response
    }

    /// Exciter and shapers, in a waveshaping model.
    pub fn waveshaping(&self) -> Option<&Arc<Waveshaping>> {
        self.core.waveshaping.as_ref()
    }

    /// What a row of the decoder's answers holds.
    pub fn layout(&self) -> FrameLayout {
        self.core.layout()
    }

    /// Where the model really runs.
    pub fn execution(&self) -> Execution {
        self.core.execution
    }

    /// Why the model does not run where it was asked to, in a sentence.
    pub fn execution_note(&self) -> Option<&str> {
        self.core.execution_note.as_deref()
    }

    /// Says, whenever it is called, whether nothing uses this model's session and weights any more.
    pub fn watch(&self) -> impl Fn() -> bool + use<> {
        let core = Arc::downgrade(&self.core);
        move || core.strong_count() == 0
    }

    /// Whether both are one content in one session.
    pub fn shares_session_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }
}

/// Reads a file of a sensible size.
fn read(path: &Path) -> Result<Vec<u8>, ModelFault> {
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(ModelFault::Unreadable { reason: "it is not a file".into() });
    }
    if metadata.len() > LARGEST_FILE {
        return Err(ModelFault::TooLarge { found: metadata.len(), limit: LARGEST_FILE });
    }
    std::fs::read(path).map_err(unreadable)
}

fn unreadable(error: std::io::Error) -> ModelFault {
    match error.kind() {
        std::io::ErrorKind::NotFound => ModelFault::Missing,
        _ => ModelFault::Unreadable { reason: error.to_string() },
    }
}

fn build(path: &Path, file: &[u8], execution: Execution) -> Result<Core, ModelError> {
    let text = container::metadata_text(&mut Cursor::new(file), file.len() as u64);
    let metadata = text.and_then(|text| Metadata::parse(&text)).map_err(|fault| fault.of(path))?;
    let runtime = Runtime::get()?;
    let build = || {
        let mut opened = session::open(runtime, file, execution)?;
        session::check_ports(&opened.session, &metadata)?;
        let constants = probe::probe(&mut opened.session, &metadata)?;
        let waveshaping = match (&metadata.family, constants.shaping) {
            (Family::Newt(newt), Some(values)) => Some(Arc::new(shaping::build(runtime, &metadata, newt, values)?)),
            _ => None,
        };
        let performance = match (&metadata.performance, constants.performance_model) {
            (Some(performance), Some(file)) => {
                Some(Mutex::new(performance_model::open(runtime, &file, &metadata, performance)?))
            }
            _ => None,
        };
        let settled = SettledStates::find(&mut opened.session, &metadata, opened.execution)?;
        Ok((opened, constants.impulse_response, waveshaping, settled, performance))
    };
    let (opened, impulse_response, waveshaping, settled, performance) =
        build().map_err(|fault: ModelFault| fault.of(path))?;
    Ok(Core {
        metadata,
        session: Mutex::new(opened.session),
        execution: opened.execution,
        execution_note: opened.note,
        impulse_response,
        waveshaping,
        settled,
        performance,
    })
}
