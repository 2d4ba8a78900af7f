//! Files that are written whole or not at all: beside their place, and moved there when they are on the disk.
//! Any thread that may wait for a disk; never the audio thread.
//! What is there is replaced by [`put`] alone (test: `what_is_there_is_replaced_by_one_of_the_two`).

use std::fs;
use std::io::{Error, ErrorKind, Result, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes a file, in place of what is there. Its folder is made if need be.
pub fn put(path: &Path, content: &[u8]) -> Result<()> {
    beside(path, content)?.persist(path).map(drop).map_err(|error| error.error)
}

/// Writes a file that is not there yet; [`ErrorKind::AlreadyExists`] otherwise.
pub fn put_new(path: &Path, content: &[u8]) -> Result<()> {
    beside(path, content)?.persist_noclobber(path).map(drop).map_err(|error| error.error)
}

fn beside(path: &Path, content: &[u8]) -> Result<NamedTempFile> {
    let folder = path.parent().ok_or_else(|| Error::from(ErrorKind::NotFound))?;
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".timbrel").tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    readable_for_all(file.as_file())?;
    Ok(file)
}

/// Temporary files are their owner's alone, and presets and instruments are for sharing.
#[cfg(unix)]
fn readable_for_all(file: &fs::File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    const EVERYONE_READS: u32 = 0o644;
    file.set_permissions(fs::Permissions::from_mode(EVERYONE_READS))
}

#[cfg(not(unix))]
fn readable_for_all(_file: &fs::File) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_replaced_by_one_of_the_two() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file");
        put_new(&path, b"first").unwrap();
        assert_eq!(put_new(&path, b"second").unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        put(&path, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }
}
