//! A watch on the player's folders, so that what appears in them is listed by itself.
//! The system's watch has a thread of its own, which begins with the first frame of a window and is gone when the window is;
//! it only rings. Folders that are not there yet are waited for where they would be made.
//! Many changes at once are one (tests: `a_file_that_appears_rings_once`, `the_watch_ends_with_its_owner`).

use crossbeam::channel::{Receiver, Sender, bounded};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Quiet for so long, what was written is whole.
const QUIET: Duration = Duration::from_millis(300);
/// However much is written, so often one looks.
const PATIENCE: Duration = Duration::from_secs(2);
/// The thread is gone within this; a moment, unless the machine stands still.
const FAREWELL: Duration = Duration::from_secs(2);

/// See the module.
pub struct Folders {
    wanted: Vec<PathBuf>,
    watched: Vec<PathBuf>,
    watcher: Option<RecommendedWatcher>,
    rings: Receiver<()>,
    /// When the first and the last change came that nobody was told of.
    changed: Option<(Instant, Instant)>,
}

impl Folders {
    /// Watches these folders. Where the system cannot, nothing ever rings.
    pub fn watch(wanted: Vec<PathBuf>) -> Self {
        let (bell, rings) = bounded(1);
        let watcher = notify::recommended_watcher(move |event| ring(&bell, event)).ok();
        let mut folders = Self { wanted, watched: Vec::new(), watcher, rings, changed: None };
        folders.arm();
        folders
    }

    /// Whether something changed and is quiet again; asked once for each change. Waits for nothing.
    pub fn take_change(&mut self) -> bool {
        if self.rings.try_recv().is_ok() {
            let now = Instant::now();
            self.changed = Some((self.changed.map_or(now, |(first, _)| first), now));
        }
        let Some((first, last)) = self.changed else { return false };
        if last.elapsed() < QUIET && first.elapsed() < PATIENCE {
            return false;
        }
        self.changed = None;
        self.arm();
        true
    }

    /// Watches each folder, or what it would lie in.
    fn arm(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        let nearest = |folder: &PathBuf| folder.ancestors().find(|path| path.is_dir()).map(Path::to_owned);
        let mut watched: Vec<PathBuf> = self.wanted.iter().filter_map(nearest).collect();
        watched.sort();
        watched.dedup();
        for gone in self.watched.iter().filter(|path| !watched.contains(path)) {
            // It may be gone altogether, and its watch with it.
            let _ = watcher.unwatch(gone);
        }
        // One that was deleted and made anew needs a new watch; a second one on the same is the same.
        watched.retain(|path| watcher.watch(path, RecursiveMode::NonRecursive).is_ok());
        self.watched = watched;
    }
}

/// Says that something changed, to whoever looks next.
fn ring(bell: &Sender<()>, event: notify::Result<Event>) {
    // Reading the folder is no change of it.
    if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
        // A full bell has rung.
        let _ = bell.try_send(());
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        // The thread has the other end of the bell, and lets go of it when it ends.
        drop(self.watcher.take());
        let end = Instant::now() + FAREWELL;
        while self.rings.recv_deadline(end).is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rings(folders: &mut Folders) -> usize {
        let end = Instant::now() + QUIET * 6;
        let mut count = 0;
        while Instant::now() < end {
            count += usize::from(folders.take_change());
            std::thread::sleep(Duration::from_millis(5));
        }
        count
    }

    #[test]
    fn a_file_that_appears_rings_once() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("Timbrel/models");
        let mut folders = Folders::watch(vec![folder.clone()]);
        assert_eq!(rings(&mut folders), 0);
        // A folder that was not there.
        std::fs::create_dir_all(&folder).unwrap();
        assert!(rings(&mut folders) >= 1, "the folder was made");
        for index in 0..20 {
            std::fs::write(folder.join(format!("{index}.onnx")), b"x").unwrap();
        }
        assert_eq!(rings(&mut folders), 1, "files appeared");
        std::fs::read(folder.join("3.onnx")).unwrap();
        assert_eq!(rings(&mut folders), 0, "a file was read");
        std::fs::remove_file(folder.join("3.onnx")).unwrap();
        assert_eq!(rings(&mut folders), 1, "a file is gone");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_watch_ends_with_its_owner() {
        let named = || {
            let threads = std::fs::read_dir("/proc/self/task").unwrap();
            let name = |entry: std::io::Result<std::fs::DirEntry>| {
                std::fs::read_to_string(entry.unwrap().path().join("comm")).unwrap_or_default()
            };
            threads.map(name).filter(|name| name.starts_with("notify")).count()
        };
        let root = tempfile::tempdir().unwrap();
        for _ in 0..20 {
            let folders = Folders::watch(vec![root.path().to_owned()]);
            drop(folders);
        }
        // The last steps of a thread are the system's.
        let end = Instant::now() + FAREWELL;
        while named() > 0 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(named(), 0);
    }
}
