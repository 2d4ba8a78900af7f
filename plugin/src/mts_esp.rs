//! MTS-ESP: one plugin of a session, the master, tunes all others through a library that the musician installed.
//! Registered and let go of on the host's main thread; asked in the audio callback, where the library only reads its tables.
//! Without the library there is no client, and nothing else changes (test: `a_library_that_is_not_there_is_no_client`).
//!
//! The functions are those of `libMTS` 1.03 as ODDSound's client calls them (github.com/ODDSound/MTS-ESP). A client may ask as often
//! as it likes while it renders; the tables belong to the library and stay where they are while it is loaded.

use libloading::Library;
use std::ffi::{CStr, OsString, c_char};
use std::path::PathBuf;
use timbrel_engine::tuning::KEYS;

/// The environment variable that names another library.
pub const LIBRARY_VARIABLE: &str = "TIMBREL_MTS_ESP";

/// MIDI channels.
const CHANNELS: u8 = 16;
/// The library's word for "on no channel in particular".
const ANY_CHANNEL: i8 = -1;
/// Longest name of a scale that is read, bytes.
const LONGEST_NAME: usize = 256;

/// A registered client. Let go of, it deregisters.
pub struct Client {
    deregister: unsafe extern "C" fn(),
    has_master: unsafe extern "C" fn() -> bool,
    should_filter: Option<unsafe extern "C" fn(c_char, i8) -> bool>,
    should_filter_on_channel: Option<unsafe extern "C" fn(c_char, i8) -> bool>,
    use_channel: Option<unsafe extern "C" fn(i8) -> bool>,
    scale_name: Option<unsafe extern "C" fn() -> *const c_char>,
    /// 128 frequencies in hertz, for all channels.
    table: *const f64,
    /// The same for each channel that has its own; null where the library knows none.
    channel_tables: [*const f64; CHANNELS as usize],
    /// Behind every pointer above.
    _library: Library,
}

// SAFETY: the library's functions may be called from any thread (its clients do), and its tables are only read.
unsafe impl Send for Client {}
// SAFETY: as above.
unsafe impl Sync for Client {}

impl Client {
    /// Loads the library, from where the variable says or else from the system's place, and registers. `None` where there is
    /// none. Main thread.
    pub fn register() -> Option<Self> {
        Self::register_with(library_path(std::env::var_os(LIBRARY_VARIABLE))?)
    }

    fn register_with(path: PathBuf) -> Option<Self> {
        // SAFETY: the musician installed this library for plugins to load; its initialisers make its tables.
        let library = unsafe { Library::new(path) }.ok()?;
        // SAFETY: names and signatures are those of libMTS; the pointers live no longer than the library, which is kept.
        unsafe {
            let register: unsafe extern "C" fn() = *library.get(b"MTS_RegisterClient\0").ok()?;
            let deregister: unsafe extern "C" fn() = *library.get(b"MTS_DeregisterClient\0").ok()?;
            let has_master: unsafe extern "C" fn() -> bool = *library.get(b"MTS_HasMaster\0").ok()?;
            let get_table: unsafe extern "C" fn() -> *const f64 = *library.get(b"MTS_GetTuningTable\0").ok()?;
            let table = get_table();
            if table.is_null() {
                return None;
            }
            // What older libraries lack is done without.
            let get_channel_table: Option<unsafe extern "C" fn(i8) -> *const f64> =
                library.get(b"MTS_GetMultiChannelTuningTable\0").ok().map(|symbol| *symbol);
            let channel_table = |channel: usize| get_channel_table.map_or(std::ptr::null(), |get| get(channel as i8));
            let client = Self {
                deregister,
                has_master,
                should_filter: library.get(b"MTS_ShouldFilterNote\0").ok().map(|symbol| *symbol),
                should_filter_on_channel: library.get(b"MTS_ShouldFilterNoteMultiChannel\0").ok().map(|symbol| *symbol),
                use_channel: library.get(b"MTS_UseMultiChannelTuning\0").ok().map(|symbol| *symbol),
                scale_name: library.get(b"MTS_GetScaleName\0").ok().map(|symbol| *symbol),
                table,
                channel_tables: std::array::from_fn(channel_table),
                _library: library,
            };
            register();
            Some(client)
        }
    }

    /// Whether a master tunes the session. Real-time safe.
    pub fn has_master(&self) -> bool {
        // SAFETY: the library is loaded.
        unsafe { (self.has_master)() }
    }

    /// Whether the master has a table of its own for this channel (0 to 15). Real-time safe.
    pub fn has_channel(&self, channel: u8) -> bool {
        let channel = channel % CHANNELS;
        // SAFETY: the library is loaded.
        !self.channel_tables[usize::from(channel)].is_null()
            && self.use_channel.is_some_and(|use_channel| unsafe { use_channel(channel as i8) })
    }

    /// Frequency of a key, hertz, on a channel of which [`Self::has_channel`] is true, or else on all others (`None`). What the
    /// master wrote: it may be any number. Real-time safe.
    pub fn hertz(&self, channel: Option<u8>, key: usize) -> f64 {
        let own = channel.map(|channel| self.channel_tables[usize::from(channel % CHANNELS)]);
        let table = own.filter(|table| !table.is_null()).unwrap_or(self.table);
        // SAFETY: tables hold 128 numbers while the library is loaded. The master may write to them meanwhile.
        unsafe { table.add(key % KEYS).read_volatile() }
    }

    /// Whether a key on a channel (`None`: on no channel in particular) is to play nothing; asked at note-ons. Real-time safe.
    pub fn is_filtered(&self, channel: Option<u8>, key: u8) -> bool {
        let own = channel.filter(|channel| self.has_channel(*channel));
        let filter = if own.is_some() { self.should_filter_on_channel } else { self.should_filter };
        let channel = channel.map_or(ANY_CHANNEL, |channel| (channel % CHANNELS) as i8);
        // SAFETY: the library is loaded.
        filter.is_some_and(|filter| unsafe { filter((key % KEYS as u8) as c_char, channel) })
    }

    /// What the master calls its scale; may be empty.
    pub fn scale_name(&self) -> String {
        let Some(scale_name) = self.scale_name else { return String::new() };
        // SAFETY: the library is loaded; it gives a string of its own, or null. The master may write to it meanwhile, so what is
        // read may be a mixture of two names, but it ends.
        let bytes = unsafe {
            let name = scale_name();
            if name.is_null() { &[][..] } else { CStr::from_ptr(name).to_bytes() }
        };
        String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST_NAME)]).trim().to_owned()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: the library is loaded, and this client has registered.
        unsafe { (self.deregister)() }
    }
}

/// Where the library is: `named`, or the place that MTS-ESP's documentation gives for each system.
fn library_path(named: Option<OsString>) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(PathBuf::from(named)).filter(|path| !path.as_os_str().is_empty());
    }
    if cfg!(windows) {
        // "Program Files\Common Files" of the process's own bitness.
        let common = PathBuf::from(std::env::var_os("CommonProgramFiles")?);
        Some(common.join("MTS-ESP").join("LIBMTS.dll"))
    } else if cfg!(target_os = "macos") {
        Some(PathBuf::from("/Library/Application Support/MTS-ESP/libMTS.dylib"))
    } else {
        Some(PathBuf::from("/usr/local/lib/libMTS.so"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_no_client() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Client::register_with(folder.path().join("libMTS.so")).is_none());
        let text = folder.path().join("text.so");
        std::fs::write(&text, "no library").unwrap();
        assert!(Client::register_with(text).is_none());
    }

    #[test]
    fn the_variable_comes_before_the_systems_place() {
        assert_eq!(library_path(Some("/tmp/x.so".into())), Some(PathBuf::from("/tmp/x.so")));
        // Empty: none at all.
        assert_eq!(library_path(Some(OsString::new())), None);
        if cfg!(target_os = "linux") {
            assert_eq!(library_path(None), Some(PathBuf::from("/usr/local/lib/libMTS.so")));
        }
    }
}
