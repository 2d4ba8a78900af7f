//! The preset files that there are: those that came with the plugin, and the player's own.
//! Reads and writes folders, so it runs on the loader thread, or on a host's main thread that asks for it.
//! A file is there whole or not at all, and what came with the plugin is never written
//! (tests: `a_broken_preset_is_named_and_the_others_are_there`, `factory_presets_stay_as_they_are`).

use super::{About, LibraryError, Preset, PresetError, read, text};
use crate::bundle::Bundle;
use crate::files;
use crate::library::Origin;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How the names of preset files end.
pub const EXTENSION: &str = "timbrel";
/// The list of favourites, in the player's folder.
const FAVOURITES: &str = "favourites.txt";
/// What it begins with.
const FAVOURITES_HEAD: &str = "# Favourite presets of Timbrel, a file a line: factory/NAME or user/NAME.\n";
/// Longest name of a file without its ending, characters.
const LONGEST_STEM: usize = 80;

/// Where presets lie.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    /// Those that came with the plugin.
    pub factory: Option<PathBuf>,
    /// The player's. It need not exist; the first preset that is saved makes it.
    pub user: Option<PathBuf>,
}

/// A preset that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file.
    pub path: PathBuf,
    /// Shipped or the player's.
    pub origin: Origin,
    /// What it says about itself.
    pub about: About,
    /// The name of its instrument; empty if it plays the default one.
    pub instrument: String,
    /// The player likes it.
    pub is_favourite: bool,
}

/// A preset file that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The file.
    pub path: PathBuf,
    /// Why, with the file's name.
    pub sentence: String,
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Sound ones: shipped ones first, by name.
    pub entries: Vec<Entry>,
    /// The others.
    pub broken: Vec<Broken>,
}

/// What the player looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that name, author, instrument, tags or comment contain, each of them.
    pub words: String,
    /// Tags, all of which it has.
    pub tags: Vec<String>,
    /// The name of its instrument.
    pub instrument: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
    /// Favourites only.
    pub favourites: bool,
}

impl Filter {
    /// Whether a preset is what the player looks for.
    pub fn lets(&self, entry: &Entry) -> bool {
        let About { name, author, tags, comment } = &entry.about;
        let all = [name, author, &entry.instrument, comment, &tags.join(" ")].map(|text| text.to_lowercase());
        let finds = |word: &str| all.iter().any(|text| text.contains(&word.to_lowercase()));
        self.words.split_whitespace().all(finds)
            && self.tags.iter().all(|tag| tags.contains(tag))
            && self.instrument.as_ref().is_none_or(|instrument| *instrument == entry.instrument)
            && self.origin.is_none_or(|origin| origin == entry.origin)
            && (entry.is_favourite || !self.favourites)
    }
}

impl Folders {
    /// Those of a copy of Timbrel.
    pub fn of(bundle: &Bundle) -> Self {
        Self { factory: bundle.shipped_presets(), user: bundle.user_presets() }
    }

    /// All presets. Folders that do not exist are empty.
    pub fn list(&self) -> Listing {
        let favourites = self.favourites();
        let mut listing = Listing::default();
        let folders = [(Origin::Shipped, &self.factory), (Origin::User, &self.user)];
        for (origin, folder) in folders.into_iter().filter_map(|(origin, folder)| Some((origin, folder.as_ref()?))) {
            for path in files(folder) {
                match read(&path) {
                    Ok(parsed) => listing.entries.push(Entry {
                        origin,
                        instrument: parsed.preset.sound.instrument.map(|found| found.name).unwrap_or_default(),
                        about: parsed.preset.about,
                        is_favourite: self.mark(&path).is_some_and(|mark| favourites.contains(&mark)),
                        path,
                    }),
                    Err(error) => listing.broken.push(error.into()),
                }
            }
        }
        let key = |entry: &Entry| (entry.origin, entry.about.name.to_lowercase(), entry.path.clone());
        listing.entries.sort_by_key(key);
        listing
    }

    /// Where a preset at this path comes from; `None` elsewhere than in the folders.
    pub fn origin(&self, path: &Path) -> Option<Origin> {
        let lies_in = |folder: &Option<PathBuf>| folder.is_some() && path.parent() == folder.as_deref();
        match path {
            _ if lies_in(&self.factory) => Some(Origin::Shipped),
            _ if lies_in(&self.user) => Some(Origin::User),
            _ => None,
        }
    }

    /// Saves a new preset of the player's under its name. Another of that name is left as it is.
    pub fn save_new(&self, preset: &Preset) -> Result<PathBuf, LibraryError> {
        let path = self.path_for(&preset.about.name)?;
        if path.exists() {
            return Err(LibraryError::Taken(preset.about.name.clone()));
        }
        put(&path, &text(preset))?;
        Ok(path)
    }

    /// Saves the player's preset at `path` anew.
    pub fn overwrite(&self, path: &Path, preset: &Preset) -> Result<(), LibraryError> {
        self.allows(path)?;
        put(path, &text(preset))
    }

    /// Gives a preset of the player's another name; its file goes by it, too. Returns where it is now.
    pub fn rename(&self, path: &Path, name: &str) -> Result<PathBuf, LibraryError> {
        self.allows(path)?;
        let mut preset = read(path)?.preset;
        let target = self.path_for(name)?;
        preset.about.name = name.trim().to_owned();
        // A name that differs in its case alone is the same file on some systems.
        let is_same = target == path || fs::canonicalize(&target).ok() == fs::canonicalize(path).ok();
        if target.exists() && !is_same {
            return Err(LibraryError::Taken(preset.about.name));
        }
        let was_favourite = self.is_favourite(path);
        put(&target, &text(&preset))?;
        if !is_same {
            fs::remove_file(path).map_err(|reason| unwritable(path, reason))?;
        }
        if was_favourite {
            self.set_favourite(path, false)?;
            self.set_favourite(&target, true)?;
        }
        Ok(target)
    }

    /// Deletes a preset of the player's.
    pub fn delete(&self, path: &Path) -> Result<(), LibraryError> {
        self.allows(path)?;
        fs::remove_file(path).map_err(|reason| unwritable(path, reason))?;
        self.set_favourite(path, false)
    }

    /// Puts a preset on the list of favourites, or off it. Lines of other presets stay as they are.
    pub fn set_favourite(&self, path: &Path, is_favourite: bool) -> Result<(), LibraryError> {
        let (Some(mark), Some(file)) = (self.mark(path), self.favourites_file()) else {
            return Err(LibraryError::NoFolder);
        };
        let mut favourites = self.favourites();
        let changed = if is_favourite { favourites.insert(mark) } else { favourites.remove(&mark) };
        if !changed {
            return Ok(());
        }
        let lines: String = favourites.iter().map(|mark| format!("{mark}\n")).collect();
        put(&file, &format!("{FAVOURITES_HEAD}{lines}"))
    }

    /// Whether a preset is on the list of favourites.
    pub fn is_favourite(&self, path: &Path) -> bool {
        self.mark(path).is_some_and(|mark| self.favourites().contains(&mark))
    }

    /// Only the player's own may be changed.
    fn allows(&self, path: &Path) -> Result<(), LibraryError> {
        match self.origin(path) {
            Some(Origin::User) => Ok(()),
            _ => Err(LibraryError::Factory(path.file_stem().unwrap_or_default().to_string_lossy().into_owned())),
        }
    }

    fn path_for(&self, name: &str) -> Result<PathBuf, LibraryError> {
        let folder = self.user.as_ref().ok_or(LibraryError::NoFolder)?;
        let stem = stem(name).ok_or(LibraryError::NoName)?;
        Ok(folder.join(format!("{stem}.{EXTENSION}")))
    }

    fn favourites_file(&self) -> Option<PathBuf> {
        self.user.as_ref().map(|folder| folder.join(FAVOURITES))
    }

    fn favourites(&self) -> BTreeSet<String> {
        let text = self.favourites_file().and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        let is_mark = |line: &&str| !line.is_empty() && !line.starts_with('#');
        text.lines().map(str::trim).filter(is_mark).map(str::to_owned).collect()
    }

    /// The line of a preset in the list of favourites.
    fn mark(&self, path: &Path) -> Option<String> {
        let file = path.file_name()?.to_string_lossy();
        match self.origin(path)? {
            Origin::Shipped => Some(format!("factory/{file}")),
            Origin::User => Some(format!("user/{file}")),
        }
    }
}

/// The preset files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_preset = |path: &PathBuf| {
        path.is_file() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(EXTENSION))
    };
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_preset).collect();
    files.sort();
    files
}

/// A file's name for a preset's, on every system; `None` if nothing is left of it.
fn stem(name: &str) -> Option<String> {
    /// Names that Windows keeps for devices.
    const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
    let is_plain = |letter: char| letter.is_alphanumeric() || " -_().,'&+".contains(letter);
    let plain: String = name.trim().chars().take(LONGEST_STEM).map(|c| if is_plain(c) { c } else { '_' }).collect();
    // A leading dot hides a file, and Windows drops one at the end.
    let stem = plain.trim_matches(['.', ' ']).to_owned();
    let lower = stem.to_lowercase();
    let numbered = ["com", "lpt"].iter().any(|device| {
        lower.strip_prefix(device).is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()))
    });
    match stem.as_str() {
        "" => None,
        _ if numbered || DEVICES.contains(&lower.as_str()) => Some(format!("{stem}_")),
        _ => Some(stem),
    }
}

fn put(path: &Path, text: &str) -> Result<(), LibraryError> {
    files::put(path, text.as_bytes()).map_err(|reason| unwritable(path, reason))
}

fn unwritable(path: &Path, reason: std::io::Error) -> LibraryError {
    LibraryError::Unwritable { path: path.to_owned(), reason }
}

impl From<PresetError> for Broken {
    fn from(error: PresetError) -> Self {
        Self { sentence: error.to_string(), path: error.path }
    }
}
