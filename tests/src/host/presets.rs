//! What a host learns of the plugin's presets, with no instance about; and loading one.
//! Main thread.
//! Files are found as CLAP has it: the plugin names folders and an ending, the host looks for files and asks what each is.

use super::{HostError, Package, Result};
use clack_extensions::preset_discovery::indexer::IndexerImpl;
use clack_extensions::preset_discovery::metadata_receiver::MetadataReceiverImpl;
use clack_extensions::preset_discovery::prelude::*;
use clack_extensions::preset_discovery::provider::Provider;
use clack_host::prelude::HostInfo;
use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};

/// A folder of presets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetFolder {
    /// What hosts call it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// It came with the plugin.
    pub is_factory: bool,
}

/// A preset as the plugin describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundPreset {
    /// The file.
    pub path: PathBuf,
    /// What the player reads.
    pub name: String,
    /// The plugins that can load it.
    pub plugins: Vec<String>,
    /// Who made it.
    pub creators: Vec<String>,
    /// How to play it.
    pub description: String,
    /// What it is good for.
    pub features: Vec<String>,
    /// It came with the plugin.
    pub is_factory: bool,
    /// It is the player's own.
    pub is_user: bool,
    /// The player likes it.
    pub is_favourite: bool,
    /// Whatever else it says.
    pub extra: Vec<(String, String)>,
}

/// Everything that the plugin says of presets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundPresets {
    /// Where it says that they lie.
    pub folders: Vec<PresetFolder>,
    /// How it says that their names end.
    pub endings: Vec<String>,
    /// The files that it described, by folder and name.
    pub presets: Vec<FoundPreset>,
    /// What it said of files that it could not describe.
    pub faults: Vec<String>,
}

impl Package {
    /// Finds the plugin's presets as a host's browser does.
    pub fn presets(&self) -> Result<FoundPresets> {
        self.presets_in(None)
    }

    /// Asks the plugin what the presets in this folder are, wherever it says that its own lie.
    pub fn presets_of(&self, folder: &Path) -> Result<FoundPresets> {
        self.presets_in(Some(folder))
    }

    fn presets_in(&self, folder: Option<&Path>) -> Result<FoundPresets> {
        let refused = |reason: String| HostError::Refused { operation: "describe its presets", reason };
        let factory: PresetDiscoveryFactory =
            self.entry.get_factory().ok_or(HostError::NoExtension("preset-discovery-factory"))?;
        let host =
            HostInfo::new("Timbrel's own host", "Timbrel", "", "1").map_err(|error| refused(error.to_string()))?;
        let mut found = FoundPresets::default();
        for descriptor in factory.provider_descriptors() {
            let Some(id) = descriptor.id() else { continue };
            let mut provider = Provider::instantiate(Index(FoundPresets::default()), &self.entry, id, &host)
                .map_err(|error| refused(error.to_string()))?;
            let mut index = provider.indexer().0.clone();
            let declared = index.folders.iter().map(|folder| folder.path.clone()).collect();
            let folders: Vec<PathBuf> = folder.map_or(declared, |folder| vec![folder.to_owned()]);
            for folder in folders {
                for path in files(&folder, &index.endings) {
                    let Some(location) = to_c(&path) else { continue };
                    let count = index.presets.len();
                    let mut receiver = Receiver { path: &path, found: &mut index };
                    provider.get_metadata(Location::File { path: &location }, &mut receiver);
                    debug_assert!(index.presets.len() <= count + 1, "a file of Timbrel's is one preset");
                }
            }
            found.folders.append(&mut index.folders);
            found.endings.append(&mut index.endings);
            found.presets.append(&mut index.presets);
            found.faults.append(&mut index.faults);
        }
        Ok(found)
    }
}

/// A path for the plugin; `None` where it cannot be said in C.
pub(super) fn to_c(path: &Path) -> Option<CString> {
    CString::new(path.to_str()?).ok()
}

/// The files of a folder with one of these endings, in order.
fn files(folder: &Path, endings: &[String]) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_preset = |path: &PathBuf| {
        let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
        ending.is_some_and(|ending| endings.contains(&ending))
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_preset).collect();
    files.sort();
    files
}

fn owned(text: &CStr) -> String {
    text.to_string_lossy().into_owned()
}

/// Hears where presets lie.
struct Index(FoundPresets);

impl IndexerImpl for Index {
    fn declare_filetype(&mut self, file_type: FileType) -> std::result::Result<(), clack_host::prelude::HostError> {
        self.0.endings.extend(file_type.file_extension.map(owned));
        Ok(())
    }

    fn declare_location(&mut self, location: LocationInfo) -> std::result::Result<(), clack_host::prelude::HostError> {
        if let Some(path) = location.location.file_path() {
            let is_factory = location.flags.contains(Flags::IS_FACTORY_CONTENT);
            self.0.folders.push(PresetFolder { name: owned(location.name), path: owned(path).into(), is_factory });
        }
        Ok(())
    }

    fn declare_soundpack(&mut self, _soundpack: Soundpack) -> std::result::Result<(), clack_host::prelude::HostError> {
        Ok(())
    }
}

/// Hears what a file is.
struct Receiver<'a> {
    path: &'a Path,
    found: &'a mut FoundPresets,
}

impl Receiver<'_> {
    fn change(&mut self, change: impl FnOnce(&mut FoundPreset)) {
        if let Some(preset) = self.found.presets.last_mut() {
            change(preset);
        }
    }
}

impl MetadataReceiverImpl for Receiver<'_> {
    fn on_error(&mut self, _code: i32, message: Option<&CStr>) {
        self.found.faults.push(message.map(owned).unwrap_or_default());
    }

    fn begin_preset(
        &mut self,
        name: Option<&CStr>,
        _load_key: Option<&CStr>,
    ) -> std::result::Result<(), clack_host::prelude::HostError> {
        let name = name.map(owned).unwrap_or_default();
        self.found.presets.push(FoundPreset { path: self.path.to_owned(), name, ..FoundPreset::default() });
        Ok(())
    }

    fn add_plugin_id(&mut self, id: UniversalPluginId) {
        self.change(|preset| preset.plugins.push(format!("{}:{}", owned(id.abi), owned(id.id))));
    }

    fn set_soundpack_id(&mut self, _id: &CStr) {}

    fn set_flags(&mut self, flags: Flags) {
        self.change(|preset| {
            preset.is_factory = flags.contains(Flags::IS_FACTORY_CONTENT);
            preset.is_user = flags.contains(Flags::IS_USER_CONTENT);
            preset.is_favourite = flags.contains(Flags::IS_FAVORITE);
        });
    }

    fn add_creator(&mut self, creator: &CStr) {
        self.change(|preset| preset.creators.push(owned(creator)));
    }

    fn set_description(&mut self, description: &CStr) {
        self.change(|preset| preset.description = owned(description));
    }

    fn set_timestamps(&mut self, _created: Option<Timestamp>, _modified: Option<Timestamp>) {}

    fn add_feature(&mut self, feature: &CStr) {
        self.change(|preset| preset.features.push(owned(feature)));
    }

    fn add_extra_info(&mut self, key: &CStr, value: &CStr) {
        self.change(|preset| preset.extra.push((owned(key), owned(value))));
    }
}
