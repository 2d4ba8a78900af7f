//! Which model a project means, kept when the model itself is away.
//! Any thread but the audio thread.
//! An identity survives being saved and loaded unchanged (test: `an_identity_is_saved_and_loaded_unchanged`).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// Content, name and place of a model file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// SHA-256 of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The instrument's name, as its metadata say.
    pub name: String,
    /// Where the file was.
    pub path: PathBuf,
}

/// SHA-256 of a file's content in hexadecimal.
pub(super) fn content_hash(file: &[u8]) -> String {
    Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect()
}
