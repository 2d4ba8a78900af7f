//! Copies the packages to the user's plugin folders.
//! Main thread.
//! An older Timbrel there is replaced whole; nothing else is touched.

use crate::bundle::{Bundles, copy};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Installs for the current user.
pub fn install(bundles: &Bundles) -> Result<()> {
    let (clap, vst3) = folders()?;
    let packages =
        [(Some(&bundles.clap), &clap), (bundles.clap_resources.as_ref(), &clap), (Some(&bundles.vst3), &vst3)];
    for (package, folder) in packages {
        let Some(package) = package else { continue };
        let target = folder.join(package.file_name().unwrap_or_default());
        remove(&target)?;
        copy(package, &target)?;
        println!("installed {}", target.display());
    }
    println!("Let your host scan for plugins anew: Timbrel is an instrument in CLAP and VST3.");
    Ok(())
}

/// The user's folders for CLAP and VST3.
fn folders() -> Result<(PathBuf, PathBuf)> {
    if cfg!(target_os = "macos") {
        let home = dirs::home_dir().context("this account has no home folder (is HOME set?)")?;
        let plugins = home.join("Library").join("Audio").join("Plug-Ins");
        return Ok((plugins.join("CLAP"), plugins.join("VST3")));
    }
    if cfg!(windows) {
        let local = dirs::data_local_dir().context("this account has no local data folder")?;
        let common = local.join("Programs").join("Common");
        return Ok((common.join("CLAP"), common.join("VST3")));
    }
    let home = dirs::home_dir().context("this account has no home folder (is HOME set?)")?;
    Ok((home.join(".clap"), home.join(".vst3")))
}

fn remove(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Err(_) => return Ok(()),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    removed.with_context(|| format!("cannot replace {} (is a host running with Timbrel?)", path.display()))
}
