//! What a package holds besides the plugin: the ONNX Runtime library, instruments with their cards, presets, licences.
//! Main thread.
//! The folder holds afterwards exactly what belongs there: what an earlier run left is removed.

use crate::bundle::{copy, licences};
use crate::places::{Execution, Places};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Fills a package's resources folder.
pub fn fill(places: &Places, execution: Execution, folder: &Path) -> Result<()> {
    let mut wanted: Vec<(PathBuf, PathBuf)> = Vec::new();
    for file in files(&places.onnxruntime(execution))? {
        let name = name(&file);
        let place = match name.as_str() {
            "wheel.sha256" => continue,
            "LICENSE" | "ThirdPartyNotices.txt" => PathBuf::from("licences").join(format!("onnxruntime-{name}")),
            _ => PathBuf::from("onnxruntime").join(&name),
        };
        wanted.push((file, place));
    }
    let instruments = instruments(&places.models().join("instruments"))?;
    if instruments.is_empty() {
        eprintln!("warning: there is no instrument in models/instruments, so that the plugin will have none to play");
    }
    wanted.extend(instruments);
    let presets = places.root().join("assets").join("presets");
    for file in files(&presets)? {
        let place = PathBuf::from("presets").join(name(&file));
        wanted.push((file, place));
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let file = places.root().join(licence);
        if file.is_file() {
            wanted.push((file, PathBuf::from("licences").join(licence)));
        }
    }
    let type_licence = places.root().join("assets").join("fonts").join("OFL.txt");
    wanted.push((type_licence, PathBuf::from("licences").join("ibm-plex-OFL.txt")));
    wanted.push((licences::write(places)?, PathBuf::from("licences").join("rust-crates.txt")));
    for (from, place) in &wanted {
        copy(from, &folder.join(place))?;
    }
    let kept: BTreeSet<PathBuf> = wanted.into_iter().map(|(_, place)| folder.join(place)).collect();
    for part in ["onnxruntime", "models", "presets", "licences"] {
        for file in files(&folder.join(part))? {
            if !kept.contains(&file) {
                fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
            }
        }
    }
    Ok(())
}

/// `models/instruments/cello/cello.onnx` goes to `models/cello.onnx`, its card to `models/cello.md`.
fn instruments(folder: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut found = Vec::new();
    for instrument in folders(folder)? {
        let files = files(&instrument)?;
        let models: Vec<_> = files.iter().filter(|file| extension(file) == "onnx").collect();
        for model in &models {
            found.push(((*model).clone(), PathBuf::from("models").join(name(model))));
        }
        let [model] = models[..] else { continue };
        for card in files.iter().filter(|file| extension(file) == "md") {
            let place = PathBuf::from("models").join(name(model)).with_extension("md");
            found.push((card.clone(), place));
        }
    }
    Ok(found)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().into_owned()
}

/// The files directly in a folder, in order; none where there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_file()).collect())
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        paths.push(entry.with_context(|| format!("cannot read {}", folder.display()))?.path());
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instruments_are_laid_flat_with_their_cards() {
        let folder = tempfile::tempdir().unwrap();
        let cello = folder.path().join("cello");
        fs::create_dir(&cello).unwrap();
        for file in ["cello.onnx", "card.md", "cello.parity.npz"] {
            fs::write(cello.join(file), file).unwrap();
        }
        let found = instruments(folder.path()).unwrap();
        let places: Vec<_> = found.iter().map(|(_, place)| place.to_string_lossy().into_owned()).collect();
        assert_eq!(places, ["models/cello.onnx", "models/cello.md"]);
        assert_eq!(found[1].0, cello.join("card.md"));
    }
}
