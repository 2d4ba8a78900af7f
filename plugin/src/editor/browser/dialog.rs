//! Asks for a file by the desktop's own dialog.
//! The dialog waits on a thread of its own, so the window goes on; one at a time.
//! Where there is none, it is said (test: `a_dialog_that_ends_at_once_was_none`).

use crossbeam::channel::{Receiver, TryRecvError, bounded};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Nobody closes a dialog sooner than this after it was asked for: then there was none.
const HUMAN: Duration = Duration::from_millis(250);

/// What became of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A file was chosen.
    File(PathBuf),
    /// The player thought better of it.
    Cancelled,
    /// There is no dialog on this system.
    None,
}

/// What the player reads then.
pub const NO_DIALOG: &str = "There is no file dialog here: neither the desktop's portal nor zenity answered. Type or paste \
                             the file's path, or drop the file on the window.";

/// A dialog that is open.
pub struct Dialog {
    asked: Instant,
    answer: Receiver<Option<PathBuf>>,
}

impl Dialog {
    /// Opens one for files with these endings.
    pub fn open(title: &str, kind: &str, endings: &[&str]) -> Self {
        // On some systems dialogs have to be made where windows are, and wait elsewhere.
        let picked = rfd::AsyncFileDialog::new().set_title(title).add_filter(kind, endings).pick_file();
        let (sender, answer) = bounded(1);
        let waiting = move || {
            let file = pollster::block_on(picked).map(|file| file.path().to_owned());
            // The window may be gone.
            let _ = sender.send(file);
        };
        // Out of threads: the answer is that there is no dialog.
        let _ = std::thread::Builder::new().name("timbrel dialog".to_owned()).spawn(waiting);
        Self { asked: Instant::now(), answer }
    }

    /// What became of it, once something did.
    pub fn answer(&self) -> Option<Answer> {
        let file = match self.answer.try_recv() {
            Ok(file) => file,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => return Some(Answer::None),
        };
        Some(said(file, self.asked.elapsed()))
    }
}

fn said(file: Option<PathBuf>, after: Duration) -> Answer {
    match file {
        Some(file) => Answer::File(file),
        None if after < HUMAN => Answer::None,
        None => Answer::Cancelled,
    }
}

/// Shows a folder in the desktop's file manager; it is made if it is not there yet. Not for the audio thread.
pub fn show_folder(folder: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let mut command = std::process::Command::new(program);
    command.arg(folder).stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    let mut child = command.stderr(std::process::Stdio::null()).spawn()?;
    // Somebody has to wait for it, or it stays behind as a name.
    std::thread::Builder::new().name("timbrel folder".to_owned()).spawn(move || child.wait()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_that_ends_at_once_was_none() {
        let file = PathBuf::from("/a.onnx");
        assert_eq!(said(Some(file.clone()), Duration::ZERO), Answer::File(file));
        assert_eq!(said(None, Duration::from_millis(40)), Answer::None);
        assert_eq!(said(None, Duration::from_secs(3)), Answer::Cancelled);
    }
}
