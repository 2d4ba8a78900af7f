//! The packaged plugin on disk, loaded once and shared by its instances.
//! Main thread.
//! Loads exactly what musicians get, out of `target/bundled` (or where `TIMBREL_BUNDLE` says).

use super::{HostError, Result};
use clack_host::prelude::PluginEntry;
use std::path::{Path, PathBuf};

/// The environment variable that names another package.
pub const PACKAGE_VARIABLE: &str = "TIMBREL_BUNDLE";

/// The plugin's CLAP id.
const ID: &str = "org.timbrel.timbrel";

/// A loaded package.
#[derive(Clone)]
pub struct Package {
    path: PathBuf,
    pub(super) entry: PluginEntry,
}

impl Package {
    /// Loads the package that the variable names, else that of this checkout.
    pub fn find() -> Result<Self> {
        let named = std::env::var_os(PACKAGE_VARIABLE).map(PathBuf::from);
        Self::load(&named.unwrap_or_else(|| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
            root.join("target").join("bundled").join("Timbrel.clap")
        }))
    }

    /// Loads a package by its path.
    pub fn load(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Err(HostError::NoPackage(path.to_owned()));
        }
        // SAFETY: this is our own plugin, whose initialisers do nothing but what CLAP asks of them.
        let entry = unsafe { PluginEntry::load(path) }
            .map_err(|error| HostError::Load { path: path.to_owned(), reason: error.to_string() })?;
        let package = Self { path: path.to_owned(), entry };
        if !package.ids().iter().any(|id| id == ID) {
            return Err(HostError::NoPlugin { path: path.to_owned(), id: ID });
        }
        Ok(package)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The ids of the plugins in it.
    pub fn ids(&self) -> Vec<String> {
        let Some(factory) = self.entry.get_plugin_factory() else { return Vec::new() };
        factory
            .plugin_descriptors()
            .filter_map(|descriptor| descriptor.id().map(|id| id.to_string_lossy().into_owned()))
            .collect()
    }
}
