//! Where this library lies, and with it the models, presets and the runtime that came with it.
//! Looked up once, on whatever thread asks first; afterwards read-only.
//! A bundle works wherever it is copied (test: `resources_are_found_beside_every_kind_of_bundle`).

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Overrides where the resources are; for development, where there is no bundle.
pub const RESOURCES_VARIABLE: &str = "TIMBREL_RESOURCES";

/// The folders of this copy of Timbrel.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    resources: Option<PathBuf>,
    user: Option<PathBuf>,
    tastes: Option<PathBuf>,
}

impl Bundle {
    /// The folders of the library that this code runs in.
    pub fn here() -> &'static Bundle {
        static HERE: OnceLock<Bundle> = OnceLock::new();
        HERE.get_or_init(|| {
            let named = std::env::var_os(RESOURCES_VARIABLE).map(PathBuf::from);
            let resources = named.or_else(|| {
                let library = library_path()?;
                candidates(&library).into_iter().find(|folder| folder.is_dir())
            });
            let tastes = dirs::config_dir().map(|config| config.join("Timbrel").join("editor.toml"));
            Self { tastes, ..Self::at(resources, dirs::data_dir().map(|data| data.join("Timbrel"))) }
        })
    }

    /// A copy whose resources and whose player's files lie in these folders.
    pub fn at(resources: Option<PathBuf>, user: Option<PathBuf>) -> Self {
        Self { resources, user, tastes: None }
    }

    /// The same, where what the player likes of the window is kept in this file.
    pub fn with_tastes(self, file: PathBuf) -> Self {
        Self { tastes: Some(file), ..self }
    }

    /// The file of what the player likes of the window; `None`: nothing is kept.
    pub fn tastes(&self) -> Option<&Path> {
        self.tastes.as_deref()
    }

    /// Folders where ONNX Runtime may lie, best first.
    pub fn runtime_folders(&self) -> Vec<PathBuf> {
        self.resources.iter().map(|resources| resources.join("onnxruntime")).collect()
    }

    /// Both folders of models, shipped ones first.
    pub fn model_folders(&self) -> Vec<PathBuf> {
        [self.shipped_models(), self.user_models()].into_iter().flatten().collect()
    }

    /// Folder of the models that came with the plugin.
    pub fn shipped_models(&self) -> Option<PathBuf> {
        self.resources.as_ref().map(|resources| resources.join("models"))
    }

    /// Folder of the presets that came with the plugin.
    pub fn shipped_presets(&self) -> Option<PathBuf> {
        self.resources.as_ref().map(|resources| resources.join("presets"))
    }

    /// Folder of the player's own presets. It need not exist.
    pub fn user_presets(&self) -> Option<PathBuf> {
        self.user.as_ref().map(|user| user.join("presets"))
    }

    /// Folder where the player puts models of their own. It need not exist.
    pub fn user_models(&self) -> Option<PathBuf> {
        self.user.as_ref().map(|user| user.join("models"))
    }
}

/// Where the resources of a library can be: inside a VST3 bundle or a macOS bundle (`Contents/<arch>/library` beside
/// `Contents/Resources`), beside a CLAP file (`Timbrel.clap`, `Timbrel.resources`), or beside the standalone program.
fn candidates(library: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let folder = library.parent();
    if let Some(contents) = folder.and_then(Path::parent).filter(|path| path.ends_with("Contents")) {
        found.push(contents.join("Resources"));
    }
    found.push(library.with_extension("resources"));
    if let Some(folder) = folder {
        found.push(folder.join("Timbrel.resources"));
    }
    found
}

/// The file that this code was loaded from, symbolic links resolved.
///
/// Hosts load from folders of links and call from any thread, so the only thing to trust is an address of our own.
#[cfg(unix)]
fn library_path() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;

    let mut info = libc::Dl_info {
        dli_fname: std::ptr::null(),
        dli_fbase: std::ptr::null_mut(),
        dli_sname: std::ptr::null(),
        dli_saddr: std::ptr::null_mut(),
    };
    // SAFETY: `info` is writable, and the address is that of a function in this library.
    let found = unsafe { libc::dladdr(library_path as fn() -> Option<PathBuf> as *const libc::c_void, &mut info) };
    if found == 0 || info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: on success `dli_fname` is a string that lives as long as the library is loaded.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    Path::new(OsStr::from_bytes(name.to_bytes())).canonicalize().ok()
}

/// The file that this code was loaded from, symbolic links resolved.
#[cfg(windows)]
fn library_path() -> Option<PathBuf> {
    use std::os::windows::ffi::OsStringExt;
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, GetModuleFileNameW,
        GetModuleHandleExW,
    };

    /// The longest path that Windows knows.
    const LONGEST: usize = 32_768;
    let mut module = std::ptr::null_mut();
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    // SAFETY: with this flag the name is an address in the module, and `module` is writable.
    let found =
        unsafe { GetModuleHandleExW(flags, library_path as fn() -> Option<PathBuf> as *const u16, &mut module) };
    if found == 0 {
        return None;
    }
    let mut name = vec![0u16; LONGEST];
    // SAFETY: the buffer is as long as is said.
    let length = unsafe { GetModuleFileNameW(module, name.as_mut_ptr(), LONGEST as u32) } as usize;
    if length == 0 || length >= LONGEST {
        return None;
    }
    // Not `canonicalize`: its `\\?\` form is refused by some loaders, and Windows hosts do not scan through links.
    Some(PathBuf::from(std::ffi::OsString::from_wide(&name[..length])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_found_beside_every_kind_of_bundle() {
        let vst3 = candidates(Path::new("/p/Timbrel.vst3/Contents/x86_64-linux/Timbrel.so"));
        assert_eq!(vst3[0], Path::new("/p/Timbrel.vst3/Contents/Resources"));
        let clap = candidates(Path::new("/p/Timbrel.clap"));
        assert_eq!(clap[0], Path::new("/p/Timbrel.resources"));
        let mac = candidates(Path::new("/p/Timbrel.clap/Contents/MacOS/Timbrel"));
        assert_eq!(mac[0], Path::new("/p/Timbrel.clap/Contents/Resources"));
        let program = candidates(Path::new("/p/timbrel-standalone"));
        assert!(program.contains(&PathBuf::from("/p/Timbrel.resources")));
    }

    #[cfg(unix)]
    #[test]
    fn this_library_finds_itself() {
        assert!(library_path().unwrap().is_file());
    }
}
