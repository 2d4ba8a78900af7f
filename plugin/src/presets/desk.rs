//! The presets of one instance of the plugin: which one plays, whether it was changed, and what the player does with them.
//! The editor asks and reads copies; the work is done on the loader thread, or on the host's main thread where that asks.
//! Whatever goes wrong leaves a sentence, and what played goes on (tests: `presets_are_saved_loaded_and_stepped_through`,
//! `a_changed_sound_is_marked`).

use super::{About, Broken, Entry, Filter, Folders, LibraryError, Listing, Parsed, Preset, PresetError, Sound, read};
use crate::bundle::Bundle;
use crate::history::{Edit, History, Whole};
use crate::instrument::Instrument;
use crate::library::Origin;
use crate::params::TimbrelParams;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// The preset that a project was made from; nothing but a name, as the project holds the whole sound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chosen {
    /// What it is called; empty is none.
    pub name: String,
    /// Where it is on this machine.
    pub path: Option<PathBuf>,
}

/// What the editor shows. Sentences are for the player.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The preset that the sound was made from; empty is none.
    pub name: String,
    /// Its file, if it is on this machine.
    pub path: Option<PathBuf>,
    /// It came with the plugin, or is the player's.
    pub origin: Option<Origin>,
    /// The sound is not the preset's any more.
    pub is_changed: bool,
    /// All presets.
    pub listing: Arc<Listing>,
    /// What went wrong last.
    pub error: Option<String>,
    /// What was not understood of the preset that plays.
    pub notices: Vec<String>,
}

impl Shown {
    /// What is known of the preset that plays.
    pub fn entry(&self) -> Option<&Entry> {
        self.listing.entries.iter().find(|entry| Some(&entry.path) == self.path.as_ref())
    }
}

/// Which way through the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the end; the first comes after the last.
    Next,
    /// Towards the beginning; the last comes before the first.
    Previous,
}

/// What the player's last act left behind.
#[derive(Default)]
struct Left {
    listing: Arc<Listing>,
    error: Option<String>,
    notices: Vec<String>,
    /// Generation of the choice that `sound` belongs to.
    generation: u64,
    /// The preset's own sound, where its file could be read.
    sound: Option<Sound>,
}

/// The presets of one instance.
pub struct Presets {
    params: Arc<TimbrelParams>,
    instrument: Arc<Instrument>,
    history: Arc<History>,
    folders: Folders,
    left: Mutex<Left>,
    /// The host has not heard that all values changed.
    changed: AtomicBool,
    call: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// Held while a whole sound is put in place, so that of two the later one is there whole.
    placing: Mutex<()>,
}

impl Presets {
    /// The presets of `bundle` for an instance with these parameters; files are read where `instrument` loads. What the
    /// player loads is an edit of `history`.
    pub fn new(
        params: Arc<TimbrelParams>,
        instrument: Arc<Instrument>,
        history: Arc<History>,
        bundle: &Bundle,
    ) -> Arc<Self> {
        let folders = Folders::of(bundle);
        let (left, changed, call, placing) =
            (Mutex::default(), AtomicBool::new(false), OnceLock::new(), Mutex::default());
        Arc::new(Self { params, instrument, history, folders, left, changed, call, placing })
    }

    // The layers over the formats, on the host's main thread.

    /// Calls `call` when the host should look at all values again, on the loader thread. Only the first has an effect.
    pub fn on_change(&self, call: Box<dyn Fn() + Send + Sync>) {
        // A second listener would mean two layers over one plugin, which do not exist.
        let _ = self.call.set(call);
    }

    /// Whether the host should look at all values again; asked once for each change.
    pub fn take_change(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }

    /// Loads the preset file at `path`. A broken one changes nothing. Not for the editor's thread: it reads a file.
    pub fn load_now(&self, path: &Path) -> Result<(), PresetError> {
        let parsed = read(path)?;
        let _placing = self.placing.lock();
        self.put(parsed, path);
        Ok(())
    }

    // The editor.

    /// What to show.
    pub fn shown(self: &Arc<Self>) -> Shown {
        let (chosen, generation) = self.params.preset.wanted();
        let now = Sound::of(&self.params);
        let mut left = self.left.lock();
        if left.generation != generation {
            // A project was loaded: its preset's own sound is read elsewhere.
            (left.generation, left.sound) = (generation, None);
            self.later(|presets| {
                presets.look();
                Ok(())
            });
        }
        Shown {
            is_changed: left.sound.as_ref().is_some_and(|sound| !sound.is_heard_in(&now)),
            origin: chosen.path.as_ref().and_then(|path| self.folders.origin(path)),
            name: chosen.name,
            path: chosen.path,
            listing: left.listing.clone(),
            error: left.error.clone(),
            notices: left.notices.clone(),
        }
    }

    /// Folder of the player's own presets.
    pub fn user_folder(&self) -> Option<PathBuf> {
        self.folders.user.clone()
    }

    /// Looks for presets again.
    pub fn refresh(self: &Arc<Self>) {
        self.later(|presets| {
            presets.list();
            presets.look();
            Ok(())
        });
    }

    /// Loads a preset. It is an edit once it is there.
    pub fn load(self: &Arc<Self>, path: PathBuf) {
        self.later(move |presets| {
            let parsed = read(&path)?;
            presets.edit(|| presets.put(parsed, &path));
            Ok(())
        });
    }

    /// Loads the one after or before this among those that `filter` lets through.
    pub fn step(self: &Arc<Self>, direction: Direction, filter: &Filter) {
        let listing = self.left.lock().listing.clone();
        let (chosen, _) = self.params.preset.wanted();
        if let Some(path) = neighbour(&listing, chosen.path.as_deref(), direction, filter) {
            self.load(path);
        }
    }

    /// Saves the sound under its preset's name again. One that came with the plugin stays as it is.
    pub fn save(self: &Arc<Self>) {
        self.later(|presets| {
            let (chosen, _) = presets.params.preset.wanted();
            let path = chosen.path.ok_or(LibraryError::NoName)?;
            let preset = Preset { about: read(&path)?.preset.about, sound: presets.sound() };
            presets.folders.overwrite(&path, &preset)?;
            presets.keep(&preset, &path);
            Ok(())
        });
    }

    /// Saves the sound as a new preset.
    pub fn save_as(self: &Arc<Self>, about: About) {
        self.later(|presets| {
            let preset = Preset { about, sound: presets.sound() };
            let path = presets.folders.save_new(&preset)?;
            presets.keep(&preset, &path);
            Ok(())
        });
    }

    /// Gives the preset that plays another name, if it is the player's.
    pub fn rename(self: &Arc<Self>, name: String) {
        self.later(move |presets| {
            let (chosen, _) = presets.params.preset.wanted();
            let path = presets.folders.rename(&chosen.path.ok_or(LibraryError::NoName)?, &name)?;
            let preset = read(&path)?.preset;
            presets.keep(&preset, &path);
            Ok(())
        });
    }

    /// Deletes the preset that plays, if it is the player's. The sound stays.
    pub fn delete(self: &Arc<Self>) {
        self.later(|presets| {
            let (chosen, _) = presets.params.preset.wanted();
            presets.folders.delete(&chosen.path.ok_or(LibraryError::NoName)?)?;
            presets.chose(None);
            presets.list();
            Ok(())
        });
    }

    /// Puts a preset on the list of favourites, or off it.
    pub fn set_favourite(self: &Arc<Self>, path: PathBuf, is_favourite: bool) {
        self.later(move |presets| {
            presets.folders.set_favourite(&path, is_favourite)?;
            presets.list();
            Ok(())
        });
    }

    /// Makes the instance sound like `whole`, which it did once, to the bit and with the files where they were. At once,
    /// so that what is undone next comes after it.
    pub fn restore(&self, whole: &Whole) {
        let placing = self.placing.lock();
        // The instruments first: what is wanted already stays where it was found.
        self.params.instrument.choose(&whole.wanted);
        whole.sound.put_into(&self.params);
        // A preset's scale has no folder, and this one may have had.
        self.params.scale.choose(&whole.tuning);
        self.params.preset.choose(&whole.chosen);
        drop(placing);
        let mut left = self.left.lock();
        left.notices.clear();
        left.error = None;
        drop(left);
        self.tell();
    }

    /// Everything at rest, with the instrument that plays. It is an edit.
    pub fn initialise(self: &Arc<Self>) {
        self.later(|presets| {
            presets.edit(|| {
                let instrument = Sound::of(&presets.params).instrument;
                Sound { instrument, ..Sound::initial() }.put_into(&presets.params);
                presets.chose(None);
                presets.left.lock().notices.clear();
            });
            Ok(())
        });
    }

    // The loader thread.

    /// Has `act` done on the loader thread, and its fault shown.
    fn later(self: &Arc<Self>, act: impl FnOnce(&Self) -> Result<(), LibraryError> + Send + 'static) {
        let presets = self.clone();
        self.instrument.later(Box::new(move || {
            let error = act(&presets).err().map(|error| error.to_string());
            presets.left.lock().error = error;
        }));
    }

    /// Has another sound put in place, which can be undone, and tells the host.
    fn edit(&self, put: impl FnOnce()) {
        let placing = self.placing.lock();
        let before = Box::new(self.whole());
        put();
        self.history.record(Edit::Sound { before, after: Box::new(self.whole()) });
        drop(placing);
        self.tell();
    }

    /// Makes the instance sound like a preset.
    fn put(&self, parsed: Parsed, path: &Path) {
        parsed.preset.sound.put_into(&self.params);
        self.chose(Some((&parsed.preset, path)));
        let mut left = self.left.lock();
        left.notices = parsed.notices;
        left.error = None;
    }

    /// Everything that a preset changes.
    fn whole(&self) -> Whole {
        let params = &self.params;
        Whole {
            wanted: params.instrument.wanted().0,
            sound: Sound::of(params),
            tuning: params.scale.wanted().0,
            chosen: params.preset.wanted().0,
        }
    }

    /// The sound with the instrument that plays, where none in particular is asked for.
    fn sound(&self) -> Sound {
        let mut sound = Sound::of(&self.params);
        if sound.instrument.is_none() {
            sound.instrument = self.instrument.playing().as_ref().map(super::Instrument::of);
        }
        sound
    }

    /// A file was written that holds what plays.
    fn keep(&self, preset: &Preset, path: &Path) {
        self.chose(Some((preset, path)));
        self.list();
    }

    /// From now on the sound is that of this preset.
    fn chose(&self, preset: Option<(&Preset, &Path)>) {
        let chosen =
            preset.map(|(preset, path)| Chosen { name: preset.about.name.clone(), path: Some(path.to_owned()) });
        // Under the lock, so that the editor never sees the one without the other.
        let mut left = self.left.lock();
        self.params.preset.choose(&chosen.unwrap_or_default());
        left.generation = self.params.preset.generation();
        left.sound = preset.map(|(preset, _)| preset.sound.clone());
    }

    fn list(&self) {
        let listing = Arc::new(self.folders.list());
        self.left.lock().listing = listing;
    }

    /// Reads the sound of the preset that a project names.
    fn look(&self) {
        let (chosen, generation) = self.params.preset.wanted();
        let known = self.left.lock();
        if known.generation == generation && known.sound.is_some() {
            return;
        }
        drop(known);
        // One that is gone or broken is only a name.
        let sound = chosen.path.and_then(|path| read(&path).ok()).map(|parsed| parsed.preset.sound);
        let mut left = self.left.lock();
        (left.generation, left.sound) = (generation, sound);
    }

    /// Has the host look at all values again.
    fn tell(&self) {
        self.changed.store(true, Ordering::Release);
        if let Some(call) = self.call.get() {
            call();
        }
    }
}

/// The preset after or before the one at `path`, of those that the filter lets through.
fn neighbour(listing: &Listing, path: Option<&Path>, direction: Direction, filter: &Filter) -> Option<PathBuf> {
    let entries: Vec<&Entry> = listing.entries.iter().filter(|entry| filter.lets(entry)).collect();
    let now = entries.iter().position(|entry| Some(entry.path.as_path()) == path);
    let last = entries.len().checked_sub(1)?;
    let place = match (direction, now) {
        (Direction::Next, Some(now)) if now < last => now + 1,
        (Direction::Next, _) => 0,
        (Direction::Previous, Some(now)) if now > 0 => now - 1,
        (Direction::Previous, _) => last,
    };
    entries.get(place).map(|entry| entry.path.clone())
}

impl Listing {
    /// One sentence about the files that are no presets, if there are any.
    pub fn complaint(&self) -> Option<String> {
        let sentences: Vec<&str> = self.broken.iter().map(|Broken { sentence, .. }| sentence.as_str()).collect();
        (!sentences.is_empty()).then(|| sentences.join("\n"))
    }
}
