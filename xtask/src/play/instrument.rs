//! Finds the instrument that the user named: a model file, or the name of one that is installed.
//! Main thread.
//! A name that fits nothing is answered with the names there are (test: `an_unknown_name_is_answered_with_the_known`).

use crate::places::Places;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The model file of `named`, absolute. Shipped instruments go before the user's own.
pub fn find(named: &str, places: &Places, resources: &Path) -> Result<PathBuf> {
    let path = Path::new(named);
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx")) {
        return std::fs::canonicalize(places.typed(path))
            .with_context(|| format!("cannot find the model file {named}"));
    }
    by_name(named, &[resources.join("models"), places.user_models()?])
}

fn by_name(named: &str, folders: &[PathBuf]) -> Result<PathBuf> {
    let known = installed(folders);
    let wanted = plain(named);
    if let Some((_, path)) = known.iter().find(|(name, _)| plain(name) == wanted) {
        return Ok(path.clone());
    }
    let names: Vec<_> = known.into_iter().map(|(name, _)| name).collect();
    bail!("there is no instrument called {named:?}; there are: {}", names.join(", "))
}

/// Names and files of all instruments in some folders.
fn installed(folders: &[PathBuf]) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for folder in folders {
        // A user's folder that does not exist yet is no error.
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            if file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx")) {
                found.push((file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), file));
            }
        }
    }
    found
}

/// A name without case, spaces, dashes and underscores.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !" -_".contains(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_the_known() {
        let root = tempfile::tempdir().unwrap();
        let models = root.path().join("models");
        std::fs::create_dir(&models).unwrap();
        for file in ["alto_sax.onnx", "cello.onnx", "cello.md"] {
            std::fs::write(models.join(file), "").unwrap();
        }
        let folders = [models.clone(), root.path().join("nowhere")];
        assert_eq!(by_name("Alto Sax", &folders).unwrap(), models.join("alto_sax.onnx"));
        let error = by_name("oboe", &folders).unwrap_err().to_string();
        assert!(error.contains("there are: alto_sax, cello"), "{error}");
    }
}
