//! The program's files: read, written whole, and put aside where they are broken.
//! Keeper's thread, and the main thread before anything plays.
//! A file is never half written, and a broken one is never lost
//! (tests: `a_sound_comes_back_from_its_file`, `broken_settings_are_named_and_kept_aside`).

use super::choices::Choices;
use super::fault::Fault;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where the program remembers.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The choices; `None` where there is no folder for them.
    pub settings: Option<PathBuf>,
    /// The last sound.
    pub sound: Option<PathBuf>,
}

impl Memory {
    /// In the user's own folders.
    pub fn here() -> Self {
        let file = |folder: Option<PathBuf>, name| folder.map(|folder| folder.join("Timbrel").join(name));
        Self { settings: file(dirs::config_dir(), "standalone.toml"), sound: file(dirs::data_dir(), "last-sound.json") }
    }
}

/// What was chosen last; what cannot be read is put aside.
pub fn choices(path: &Path) -> Result<Choices, Fault> {
    let Some(text) = read(path)? else { return Ok(Choices::default()) };
    toml::from_str(&text).map(Choices::sane).map_err(|error| put_aside(path, error.message()))
}

/// Remembers what was chosen.
pub fn keep_choices(path: &Path, choices: &Choices) -> Result<(), Fault> {
    let text = toml::to_string(choices).map_err(|error| Fault::not_kept(path, &error))?;
    write(path, &text)
}

/// A file's text; `None` if there is no file.
pub(super) fn read(path: &Path) -> Result<Option<String>, Fault> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(put_aside(path, "it is no text")),
        Err(error) => Err(Fault::NotRead { path: path.to_owned(), reason: error.to_string() }),
    }
}

/// Writes a file whole, or leaves what was there.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Fault> {
    let written = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(path)?;
        Ok(())
    };
    written().map_err(|error| Fault::not_kept(path, &error))
}

/// Renames a file that cannot be understood, so that nothing writes over it, and says so.
pub(super) fn put_aside(path: &Path, reason: &str) -> Fault {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let aside = path.with_extension(format!("broken.{extension}"));
    let reason = reason.lines().next().unwrap_or_default().to_owned();
    match std::fs::rename(path, &aside) {
        Ok(()) => Fault::Broken { path: path.to_owned(), aside, reason },
        Err(_) => Fault::NotRead { path: path.to_owned(), reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standalone::choices::{Inputs, System};

    #[test]
    fn settings_come_back_from_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Timbrel").join("standalone.toml");
        assert_eq!(choices(&path).unwrap(), Choices::default(), "none were kept");
        let inputs = Inputs::Only(vec!["KeyStep".into()]);
        let chosen = Choices { system: System::Jack, inputs, buffer: Some(128), ..Choices::default() };
        keep_choices(&path, &chosen).unwrap();
        assert_eq!(choices(&path).unwrap(), chosen);
    }

    #[test]
    fn broken_settings_are_named_and_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("standalone.toml");
        for broken in ["system = \"telephone\"", "buffer = [", "sample_rate = \"fast\""] {
            std::fs::write(&path, broken).unwrap();
            let sentence = choices(&path).unwrap_err().to_string();
            println!("{sentence}");
            assert!(sentence.contains("standalone.toml") && sentence.contains("standalone.broken.toml"), "{sentence}");
            assert_eq!(std::fs::read_to_string(folder.path().join("standalone.broken.toml")).unwrap(), broken);
            assert_eq!(choices(&path).unwrap(), Choices::default());
        }
    }
}
