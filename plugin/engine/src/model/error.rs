//! What can be wrong with a model file, each with the sentence that the player reads.
//! Any thread but the audio thread.
//! Every sentence names the file, and where there is one the field, what was found and what was expected
//! (tests: `tests/tests/model_errors.rs`).

use super::runtime::RuntimeError;
use std::path::{Path, PathBuf};

/// Why a model cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Something is wrong with the file.
    #[error("{}: {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: ModelFault,
    },
    /// The file may be good, but there is nothing to run it with.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl ModelError {
    /// What is wrong with the file, where it is the file.
    pub fn fault(&self) -> Option<&ModelFault> {
        match self {
            Self::File { fault, .. } => Some(fault),
            Self::Runtime(_) => None,
        }
    }
}

/// What is wrong with a model file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelFault {
    /// There is no such file.
    #[error("the file is not there")]
    Missing,
    /// The system does not let it be read.
    #[error("the file cannot be read: {reason}")]
    Unreadable {
        /// What the system says.
        reason: String,
    },
    /// Zero bytes.
    #[error("the file is empty, expected an ONNX model")]
    Empty,
    /// Larger than any instrument.
    #[error("the file holds {found} bytes, expected at most {limit}")]
    TooLarge {
        /// Bytes found.
        found: u64,
        /// Most bytes that are read.
        limit: u64,
    },
    /// Not an ONNX file at all.
    #[error("found {found}, expected an ONNX model")]
    NotOnnx {
        /// What it looks like.
        found: String,
    },
    /// An ONNX file whose end is missing.
    #[error("the ONNX model is cut off: found {found} bytes, expected at least {expected}")]
    Truncated {
        /// Bytes found.
        found: u64,
        /// Bytes that the file's own lengths announce.
        expected: u64,
    },
    /// An ONNX model that does not call itself an instrument.
    #[error("this ONNX model is not a Timbrel instrument: found no metadata property `timbrel`, expected one")]
    Foreign,
    /// The metadata do not hold what they must.
    #[error("metadata field `{field}`: found {found}, expected {expected}")]
    Field {
        /// Path of the field, as `pitch.scale` or `latent[0].low`.
        field: String,
        /// What is there.
        found: String,
        /// What has to be there.
        expected: String,
    },
    /// An input of the graph is missing or of another type or shape.
    #[error("input `{name}`: found {found}, expected {expected}")]
    Input {
        /// Name of the input.
        name: String,
        /// What is there.
        found: String,
        /// What has to be there.
        expected: String,
    },
    /// An output of the graph is missing or of another type or shape.
    #[error("output `{name}`: found {found}, expected {expected}")]
    Output {
        /// Name of the output.
        name: String,
        /// What is there.
        found: String,
        /// What has to be there.
        expected: String,
    },
    /// The decoder answers nonsense somewhere in its trained range.
    #[error("output `{name}` at {at}: found {found}, expected {expected}")]
    Answer {
        /// Name of the output.
        name: String,
        /// Pitch and loudness of the question.
        at: String,
        /// What it answered.
        found: String,
        /// What has to be answered.
        expected: String,
    },
    /// ONNX Runtime does not take the graph.
    #[error("ONNX Runtime does not accept the model: {reason}")]
    Rejected {
        /// What ONNX Runtime says.
        reason: String,
    },
    /// ONNX Runtime took the graph and failed to run it.
    #[error("ONNX Runtime failed to run the model: {reason}")]
    Failed {
        /// What ONNX Runtime says.
        reason: String,
    },
}

impl ModelFault {
    /// The error of this fault in `path`.
    pub fn of(self, path: &Path) -> ModelError {
        ModelError::File { path: path.to_path_buf(), fault: self }
    }
}

/// Why a step of the decoder failed. The states are as before the step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More rows than a step takes.
    #[error("a decoder step of {found} rows, expected at most {limit}")]
    TooManyRows {
        /// Rows asked for.
        found: usize,
        /// Most rows of a step.
        limit: usize,
    },
    /// A slot that the decoder does not have.
    #[error("decoder slot {found}, expected less than {limit}")]
    Slot {
        /// Slot asked for.
        found: usize,
        /// Slots of the decoder.
        limit: usize,
    },
    /// ONNX Runtime failed.
    #[error("ONNX Runtime failed to run the model: {0}")]
    Run(String),
    /// ONNX Runtime failed on the performance network. The decoder is not concerned.
    #[error("ONNX Runtime failed to run the performance network: {0}")]
    Perform(String),
}
