//! Finds and loads the ONNX Runtime library, once per process.
//! Loader thread.
//! A missing, broken or too old library is an error and never a panic, and a later call may succeed with other folders
//! (tests: `tests/tests/model_runtime.rs`).

use ort::LoadDynamicError;
use ort::environment::Environment;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Oldest ONNX Runtime that works: the minor version of its API.
pub const OLDEST_MINOR_VERSION: u32 = ort::MINOR_VERSION;

/// Environment variable that names the library, or its folder, where the bundle has none.
pub const PATH_VARIABLE: &str = "ORT_DYLIB_PATH";

/// The loaded library. It stays for the life of the process: ONNX Runtime cannot be unloaded safely.
#[derive(Debug)]
pub struct Runtime {
    path: PathBuf,
    environment: Environment,
}

/// Why there is nothing to run models with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    /// There is no library in any of the places.
    #[error("the ONNX Runtime library was not found; looked for {}", list(looked_for))]
    Missing {
        /// Folders and files that were tried.
        looked_for: Vec<PathBuf>,
    },
    /// The library is too old.
    #[error("{}: found ONNX Runtime {found}, expected {expected} or later", path.display())]
    WrongVersion {
        /// The library.
        path: PathBuf,
        /// Its version.
        found: String,
        /// Oldest version that works.
        expected: String,
    },
    /// The file is not a library, not one for this machine, or not ONNX Runtime.
    #[error("{}: the ONNX Runtime library cannot be loaded: {reason}", path.display())]
    Broken {
        /// The library.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

static RUNTIME: OnceLock<Runtime> = OnceLock::new();
/// Held while loading, so that two instances that start together load once. Holds the folders of the bundle.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Says where the bundle keeps the library. The next [`Runtime::get`] looks there first.
pub fn set_search_folders(folders: &[PathBuf]) {
    *FOLDERS.lock().unwrap_or_else(PoisonError::into_inner) = folders.to_vec();
}

impl Runtime {
    /// The library, loaded now if it was not yet: from the folders of [`set_search_folders`], then from
    /// `ORT_DYLIB_PATH`. After an error the next call tries again.
    pub fn get() -> Result<&'static Self, RuntimeError> {
        if let Some(runtime) = RUNTIME.get() {
            return Ok(runtime);
        }
        let folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = RUNTIME.get() {
            return Ok(runtime);
        }
        let runtime = find(&folders)?;
        Ok(RUNTIME.get_or_init(|| runtime))
    }

    /// The library's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What ONNX Runtime says about its own build, with its version.
    pub fn build(&self) -> &'static str {
        ort::info()
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// Loads the first library that loads. If none does, the error is that of the first one that was there.
fn find(folders: &[PathBuf]) -> Result<Runtime, RuntimeError> {
    let mut places = folders.to_vec();
    if let Some(named) = std::env::var_os(PATH_VARIABLE).filter(|value| !value.is_empty()) {
        places.push(PathBuf::from(named));
    }
    let mut first_error = None;
    for place in &places {
        for candidate in candidates(place) {
            match open(&candidate) {
                Ok(runtime) => return Ok(runtime),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
    }
    Err(first_error.unwrap_or(RuntimeError::Missing { looked_for: places }))
}

/// The library files at `place`: itself, or those in it if it is a folder, the plainest name first.
fn candidates(place: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(place) else {
        return if place.is_file() { vec![place.to_path_buf()] } else { Vec::new() };
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && path.file_name().and_then(|name| name.to_str()).is_some_and(is_library_name))
        .collect();
    files.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    files
}

/// Whether a file is called as the library is on any of the systems: `libonnxruntime.so.1.31.1`,
/// `libonnxruntime.1.31.1.dylib`, `onnxruntime.dll`. Not the libraries of its execution providers.
fn is_library_name(name: &str) -> bool {
    let rest = name.strip_prefix("lib").unwrap_or(name).strip_prefix("onnxruntime.");
    rest.is_some_and(|rest| {
        let is_version = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        match (rest.strip_prefix("so"), rest.strip_suffix("dylib")) {
            (Some(version), _) => is_version(version),
            (_, Some(version)) => is_version(version),
            _ => rest.eq_ignore_ascii_case("dll"),
        }
    })
}

fn open(file: &Path) -> Result<Runtime, RuntimeError> {
    let broken = |reason: String| RuntimeError::Broken { path: file.to_path_buf(), reason };
    // A relative path would be looked up beside the host's program.
    let path = std::path::absolute(file).map_err(|error| broken(error.to_string()))?;
    let builder = ort::init_from(&path).map_err(|error| match error {
        LoadDynamicError::BadVersion { version_str, .. } => RuntimeError::WrongVersion {
            path: file.to_path_buf(),
            found: version_str,
            expected: format!("1.{OLDEST_MINOR_VERSION}"),
        },
        LoadDynamicError::Dlopen { error, .. } => broken(error.to_string()),
        LoadDynamicError::MissingApi { .. } => broken("it is another library: it has no `OrtGetApiBase`".into()),
        LoadDynamicError::InvalidVersionString => broken("its version is not text".into()),
    })?;
    let environment =
        builder.with_name("timbrel").with_telemetry(false).build().map_err(|error| broken(error.to_string()))?;
    environment.set_log_level(ort::logging::LogLevel::Warning);
    Ok(Runtime { path, environment })
}

fn list(places: &[PathBuf]) -> String {
    if places.is_empty() {
        return format!("nothing: no folder was given and {PATH_VARIABLE} is not set");
    }
    places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ")
}
