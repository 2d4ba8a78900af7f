//! A screen of one's own: Xvfb, with software rendering, for this process and whatever it hosts.
//! Main thread, and before any other thread is started, because the process's environment says which screen it is.
//! The server goes when the last window goes, also when this process is killed.

use super::{Result, WindowError};
use crate::host::Extent;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use x11rb::rust_connection::RustConnection;

/// The X server.
const SERVER: &str = "Xvfb";

/// A running Xvfb, which the environment's `DISPLAY` names.
pub struct Display {
    /// Until this is gone the server stays, whichever window closes.
    connection: Option<RustConnection>,
    server: Child,
}

impl Display {
    /// Room for the largest window at three pixels for each logical one.
    pub const LARGE: Extent = Extent { width: 5120, height: 3200 };

    /// Whether there is an Xvfb on the path.
    pub fn is_to_be_had() -> bool {
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| Path::new(&folder).join(SERVER).is_file()))
    }

    /// Starts a server with one screen of 24 bits, and names it in the environment.
    ///
    /// # Safety
    ///
    /// No other thread of this process may run: the environment is written.
    pub unsafe fn start(screen: Extent) -> Result<Self> {
        let size = format!("{}x{}x24", screen.width, screen.height);
        // `-terminate`: with its last client the server goes, too. `-displayfd`: it chooses a free number and says which.
        let mut server = Command::new(SERVER)
            .args(["-displayfd", "1", "-screen", "0", &size, "-terminate", "-nolisten", "tcp", "-dpi", "96"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| WindowError::NoDisplay(error.to_string()))?;
        let mut number = String::new();
        let read = server.stdout.take().map(|out| BufReader::new(out).read_line(&mut number));
        let number = number.trim();
        if number.is_empty() {
            let _ = server.kill();
            let _ = server.wait();
            return Err(WindowError::NoDisplay(format!("it started and said no display number ({read:?})")));
        }
        // SAFETY: the caller's promise.
        unsafe {
            std::env::set_var("DISPLAY", format!(":{number}"));
            std::env::set_var("LIBGL_ALWAYS_SOFTWARE", "1");
        }
        match x11rb::connect(None) {
            Ok((connection, _)) => Ok(Self { connection: Some(connection), server }),
            Err(error) => {
                let _ = server.kill();
                let _ = server.wait();
                Err(WindowError::NoDisplay(error.to_string()))
            }
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // Whoever else is still connected must not see the server go: C's X11 library ends the program then.
        self.connection = None;
        let _ = self.server.try_wait();
    }
}
