//! System libraries through apt, where this account may install them; elsewhere the one command to type is printed.
//! Main thread. Does nothing on other systems, where the build needs no package beyond Rust and Python.
//! Never fails a command by itself: whoever really needs a package finds out and says so.

use crate::process;
use anyhow::Result;
use std::path::Path;
use std::process::{Command, Stdio};

/// To build and run the standalone program: ALSA and JACK, and what the window needs at run time.
const STANDALONE: &[&str] = &[
    "libasound2-dev",
    "libjack-jackd2-dev",
    "pkg-config",
    "libegl1",
    "libgl1-mesa-dri",
    "libx11-6",
    "libx11-xcb1",
    "libxcb1",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
];

/// To see the window on a screen of its own, in tests and for pictures.
const SCREEN: &[&str] = &[
    "xvfb",
    "libegl1",
    "libgl1",
    "libgl1-mesa-dri",
    "libx11-6",
    "libx11-xcb1",
    "libxcb1",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
];

/// To make a virtual environment with Debian's own Python.
const PYTHON: &[&str] = &["python3-venv"];

/// What the packages are for.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// The standalone program and the editor.
    Standalone,
    /// The window on a screen of its own.
    Screen,
    /// The virtual environment.
    Python,
}

/// Installs what is missing, or says how.
pub fn ensure(purpose: Purpose) -> Result<()> {
    let wanted = match purpose {
        Purpose::Standalone => STANDALONE,
        Purpose::Screen => SCREEN,
        Purpose::Python => PYTHON,
    };
    if !cfg!(target_os = "linux") || !on_path("dpkg-query") || !on_path("apt-get") {
        return Ok(());
    }
    let missing: Vec<_> = wanted.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let Some(prefix) = privileges() else {
        eprintln!(
            "These system packages are missing, and this account may not install them:\n    sudo apt-get install {}",
            missing.join(" ")
        );
        return Ok(());
    };
    eprintln!("installing {} (Debian packages)", missing.join(", "));
    let apt = |arguments: &[&str]| {
        let mut words = prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]);
        let mut command = Command::new(words.next().unwrap_or("env"));
        command.args(words).args(arguments).stdout(Stdio::null());
        command
    };
    let install: Vec<_> = ["install", "--no-install-recommends"].into_iter().chain(missing.iter().copied()).collect();
    // A fresh machine has no package lists; an old one may have lists that name files long gone.
    let outcome = process::run("package lists", &mut apt(&["update"]))
        .and_then(|()| process::run("system packages", &mut apt(&install)));
    if let Err(error) = outcome {
        eprintln!("{error}\nGoing on without; to try it yourself:\n    sudo apt-get install {}", missing.join(" "));
    }
    Ok(())
}

/// What to put before apt-get: nothing for root, sudo where it asks no password.
fn privileges() -> Option<&'static [&'static str]> {
    let silent = |command: &mut Command| {
        command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok().filter(|output| output.status.success())
    };
    let id = silent(Command::new("id").arg("-u"))?;
    if id.stdout.trim_ascii() == b"0" {
        return Some(&[]);
    }
    silent(Command::new("sudo").args(["-n", "true"])).map(|_| &["sudo", "-n"][..])
}

fn installed(package: &str) -> bool {
    Command::new("dpkg-query")
        .args(["-W", "-f=${db:Status-Status}", package])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success() && output.stdout == b"installed")
}

/// Whether a program can be found.
pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file()))
}

/// Whether the development files of the standalone program are there.
pub fn can_build_standalone() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    ["alsa", "jack"].iter().all(|library| {
        Command::new("pkg-config")
            .args(["--exists", library])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    })
}
