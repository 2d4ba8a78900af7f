//! Which instruments lie in the player's folders, and where the one is that a project means.
//! Loader thread; does not need ONNX Runtime.
//! A folder full of unrelated files is no error, and a model that is away is named
//! (tests: `a_folder_full_of_unrelated_files_is_no_error`, `a_model_is_found_by_content_first`).

use super::error::{ModelError, ModelFault};
use super::identity::{ModelIdentity, content_hash};
use super::metadata::Metadata;
use super::{LARGEST_FILE, container, read, unreadable};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// One file of a folder that is, or claims to be, an instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The file.
    pub path: PathBuf,
    /// What it says about itself, or why it cannot be read. The graph is not checked: loading does that.
    pub metadata: Result<Metadata, ModelError>,
}

/// Where a wanted model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The very content.
    Same(PathBuf),
    /// Another content under the same name at the same place or file name: perhaps trained again.
    Changed(PathBuf),
}

/// A model that a project means is nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the instrument \"{}\" ({}, content {}...) was not found there nor in {}",
    identity.name, identity.path.display(), identity.sha256.get(..12).unwrap_or(&identity.sha256), list(folders)
)]
pub struct MissingModel {
    /// What the project means. To be saved again unchanged.
    pub identity: ModelIdentity,
    /// Folders that were searched.
    pub folders: Vec<PathBuf>,
}

/// All `*.onnx` files in `folders` that are instruments or are broken, in order of folder and file name. Files of other
/// kinds, ONNX models that are none of Timbrel's, and folders that do not exist are passed over.
pub fn scan(folders: &[PathBuf]) -> Vec<Entry> {
    let entry = |path: PathBuf| match summary(&path) {
        Err(ModelFault::Foreign) => None,
        read => Some(Entry { metadata: read.map_err(|fault| fault.of(&path)), path }),
    };
    folders.iter().flat_map(|folder| onnx_files(folder)).filter_map(entry).collect()
}

/// What the file at `path` says about itself. Reads the metadata and skips the graph.
pub fn read_metadata(path: &Path) -> Result<Metadata, ModelError> {
    summary(path).map_err(|fault| fault.of(path))
}

fn summary(path: &Path) -> Result<Metadata, ModelFault> {
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    if length > LARGEST_FILE {
        return Err(ModelFault::TooLarge { found: length, limit: LARGEST_FILE });
    }
    let text = container::metadata_text(&mut BufReader::new(file), length)?;
    Metadata::parse(&text)
}

/// Looks for the model that a project means: its content where it was, its content in `folders`, its name where it was,
/// and at last a file of the same file name and instrument name in `folders`.
pub fn find(identity: &ModelIdentity, folders: &[PathBuf]) -> Result<Found, MissingModel> {
    let has_content = |path: &Path| read(path).is_ok_and(|file| content_hash(&file) == identity.sha256);
    if has_content(&identity.path) {
        return Ok(Found::Same(identity.path.clone()));
    }
    let files: Vec<PathBuf> = folders.iter().flat_map(|folder| onnx_files(folder)).collect();
    if let Some(path) = files.iter().find(|path| has_content(path)) {
        return Ok(Found::Same(path.clone()));
    }
    let has_name = |path: &Path| summary(path).is_ok_and(|metadata| metadata.name == identity.name);
    if has_name(&identity.path) {
        return Ok(Found::Changed(identity.path.clone()));
    }
    let by_name = files.iter().find(|path| path.file_name() == identity.path.file_name() && has_name(path));
    match by_name {
        Some(path) => Ok(Found::Changed(path.clone())),
        None => Err(MissingModel { identity: identity.clone(), folders: folders.to_vec() }),
    }
}

fn onnx_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_onnx = |path: &PathBuf| {
        path.is_file() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"))
    };
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_onnx).collect();
    files.sort();
    files
}

fn list(folders: &[PathBuf]) -> String {
    if folders.is_empty() {
        return "any folder".into();
    }
    folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
}
