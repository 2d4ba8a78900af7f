//! The program itself, as a user starts it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod standalone_rig;

use standalone_rig::House;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn program(house: &House) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_timbrel-standalone"));
    command
        .env("TIMBREL_RESOURCES", house.resources())
        .env("XDG_CONFIG_HOME", house.path().join("config"))
        .env("XDG_DATA_HOME", house.path().join("data"))
        .env("HOME", house.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What it said until it ended, which it does when it is told to.
fn ended(child: Child, signal: i32) -> Output {
    // SAFETY: a signal to a child that nobody has waited for.
    unsafe { libc::kill(child.id() as i32, signal) };
    child.wait_with_output().unwrap()
}

fn wait_for(is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn it_ends_well_and_remembers_the_sound() {
    let house = House::new();
    let sound = if cfg!(target_os = "macos") {
        house.path().join("Library/Application Support/Timbrel/last-sound.json")
    } else {
        house.path().join("data/Timbrel/last-sound.json")
    };
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let child = program(&house).args(["--no-window", "--backend", "dummy", "-r", "44100"]).spawn().unwrap();
        // It is also written while it plays, so that a crash loses little.
        wait_for(|| sound.exists());
        std::fs::remove_file(&sound).unwrap();
        let output = ended(child, signal);
        let said = String::from_utf8(output.stdout).unwrap();
        println!("{said}");
        assert!(output.status.success(), "{:?}", output.status);
        assert!(said.contains("No sound: nothing is heard, 44100 Hz, 512 frames"), "{said}");
    }
}

#[test]
fn no_sound_card_is_no_reason_to_end() {
    let house = House::new();
    let child = program(&house).args(["--no-window", "--backend", "system", "-d", "hw:CARD=Gone"]).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let output = ended(child, libc::SIGINT);
    let said = String::from_utf8(output.stdout).unwrap();
    println!("{said}");
    assert!(output.status.success() && said.contains("hw:CARD=Gone is not there"), "{said}");
}

#[test]
fn help_is_in_plain_words_and_mistakes_are_named() {
    let house = House::new();
    let help = program(&house).arg("--help").output().unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    println!("{text}");
    for word in
        ["--backend", "--device", "--sample-rate", "--buffer", "--midi-input", "--fresh", "--list", "remembered"]
    {
        assert!(text.contains(word), "{word}");
    }
    let wrong = program(&house).args(["--backend", "telephone"]).output().unwrap();
    let text = String::from_utf8(wrong.stderr).unwrap();
    assert!(!wrong.status.success() && text.contains("one of auto, jack, system, dummy"), "{text}");
}
