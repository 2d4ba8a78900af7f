//! The licences of all crates that the plugin is built from, as one text file for the package.
//! Main thread.
//! Every crate that the plugin depends on is named (test: `the_plugins_own_framework_is_named`).

use crate::bundle::PACKAGE;
use crate::places::Places;
use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

/// Writes the file and gives its path.
pub fn write(places: &Places) -> Result<PathBuf> {
    let metadata = MetadataCommand::new()
        .manifest_path(places.root().join("Cargo.toml"))
        .exec()
        .context("cargo cannot list what the plugin is built from")?;
    let path = places.target().join("licences").join("rust-crates.txt");
    let text = text(&crates(&metadata));
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(path);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// What the plugin links, on whatever system: its normal dependencies and theirs, by name.
fn crates(metadata: &Metadata) -> Vec<&Package> {
    let nodes: BTreeMap<&PackageId, _> =
        metadata.resolve.iter().flat_map(|resolve| &resolve.nodes).map(|node| (&node.id, node)).collect();
    let plugin = metadata.packages.iter().find(|package| package.name.as_str() == PACKAGE).map(|package| &package.id);
    let mut open: Vec<&PackageId> = plugin.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let linked = dependencies.filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
        open.extend(linked.map(|dep| &dep.pkg));
    }
    let mut found: Vec<_> =
        metadata.packages.iter().filter(|package| seen.contains(&package.id) && package.source.is_some()).collect();
    found.sort_by(|a, b| (a.name.as_str(), &a.version).cmp(&(b.name.as_str(), &b.version)));
    found
}

fn text(crates: &[&Package]) -> String {
    let mut out = String::from("Timbrel is built from these Rust crates.\n\n");
    // Many crates share a text word for word; it is printed once, under all of them.
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in crates {
        let title = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or("see its text below");
        let home = package.repository.as_deref().unwrap_or("");
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{title}: {licence}  {home}");
        for licence in licence_files(package) {
            texts.entry(licence).or_default().push(title.clone());
        }
    }
    for (licence, titles) in texts {
        let _ = write!(out, "\n{}\n{}\n\n{}\n", "=".repeat(100), titles.join(", "), licence.trim());
    }
    out
}

/// The texts that a crate carries.
fn licence_files(package: &Package) -> Vec<String> {
    let Some(folder) = package.manifest_path.parent() else { return Vec::new() };
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            path.is_file() && ["LICENSE", "LICENCE", "COPYING", "NOTICE"].iter().any(|start| name.starts_with(start))
        })
        .collect();
    paths.sort();
    paths.iter().filter_map(|path| fs::read_to_string(path).ok()).map(|text| text.replace("\r\n", "\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plugins_own_framework_is_named() {
        let metadata = MetadataCommand::new().exec().unwrap();
        let crates = crates(&metadata);
        let text = text(&crates);
        assert!(text.contains("nice-plug ") && text.contains("ort ") && text.contains("MIT License"));
        assert!(!text.contains("indicatif "), "a crate of xtask's own is named");
    }
}
