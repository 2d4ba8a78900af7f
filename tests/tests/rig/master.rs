//! An MTS-ESP master for tests, over the stand-in library that cargo builds as an example (or over another, which
//! `TIMBREL_TEST_MTS_ESP` names).
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use libloading::{Library, Symbol};
use std::ffi::{CString, c_char, c_int};
use std::path::PathBuf;

/// The variable by which the plugin finds its library.
const PLUGIN_VARIABLE: &str = "TIMBREL_MTS_ESP";

pub struct Master(Library);

impl Master {
    /// Where the library is.
    pub fn library() -> PathBuf {
        if let Some(named) = std::env::var_os("TIMBREL_TEST_MTS_ESP") {
            return named.into();
        }
        // The test program lies in `deps`, examples beside that.
        let program = std::env::current_exe().unwrap();
        let name = libloading::library_filename("fake_mts_esp");
        let path = program.parent().unwrap().parent().unwrap().join("examples").join(name);
        assert!(path.exists(), "{path:?} is not there: run `cargo build -p timbrel-tests --example fake_mts_esp`");
        path
    }

    /// Loads the library, and has plugins of this process load it. No master is registered yet.
    pub fn installed() -> Self {
        let path = Self::library();
        // SAFETY: each test program has one test that runs at a time, and no other thread reads the environment meanwhile.
        unsafe { std::env::set_var(PLUGIN_VARIABLE, &path) };
        // SAFETY: its initialisers do no more than make tables.
        Self(unsafe { Library::new(path) }.unwrap())
    }

    fn function<T>(&self, name: &str) -> Symbol<'_, T> {
        // SAFETY: the signatures below are the library's.
        unsafe { self.0.get(name.as_bytes()) }.unwrap()
    }

    pub fn register(&self) {
        unsafe { self.function::<unsafe extern "C" fn()>("MTS_RegisterMaster")() }
    }

    pub fn deregister(&self) {
        unsafe { self.function::<unsafe extern "C" fn()>("MTS_DeregisterMaster")() }
    }

    pub fn clients(&self) -> i32 {
        unsafe { self.function::<unsafe extern "C" fn() -> c_int>("MTS_GetNumClients")() }
    }

    pub fn name(&self, name: &str) {
        let name = CString::new(name).unwrap();
        unsafe { self.function::<unsafe extern "C" fn(*const c_char)>("MTS_SetScaleName")(name.as_ptr()) }
    }

    /// Tunes all keys; hertz by key.
    pub fn tune(&self, hertz: impl Fn(usize) -> f64) {
        let table: [f64; 128] = std::array::from_fn(hertz);
        unsafe { self.function::<unsafe extern "C" fn(*const f64)>("MTS_SetNoteTunings")(table.as_ptr()) }
    }

    /// Gives a channel a table of its own; hertz by key.
    pub fn tune_channel(&self, channel: i8, hertz: impl Fn(usize) -> f64) {
        let table: [f64; 128] = std::array::from_fn(hertz);
        unsafe {
            self.function::<unsafe extern "C" fn(bool, i8)>("MTS_SetMultiChannel")(true, channel);
            let set = self.function::<unsafe extern "C" fn(*const f64, i8)>("MTS_SetMultiChannelNoteTunings");
            set(table.as_ptr(), channel);
        }
    }

    /// Has clients ignore a key on a channel, -1 being all.
    pub fn filter(&self, on: bool, key: u8, channel: i8) {
        let filter = self.function::<unsafe extern "C" fn(bool, c_char, i8)>("MTS_FilterNote");
        unsafe { filter(on, key as c_char, channel) }
    }
}

impl Drop for Master {
    fn drop(&mut self) {
        self.deregister();
    }
}
