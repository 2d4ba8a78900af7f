//! Runs other programs: with their output on the terminal, or quietly behind a spinner with the output kept in a file.
//! Main thread; a quiet program's output is read on two more.
//! A program that fails is an error that says which, how, and (when quiet) its last lines
//! (test: `a_failing_program_shows_its_last_lines`).

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Lines of a quiet program that are shown when it fails.
const SHOWN_LINES: usize = 40;

/// What a program printed, both streams in the order in which their lines came.
pub struct Output {
    /// Whether the program reported success.
    pub success: bool,
    /// All lines.
    pub lines: Vec<String>,
}

/// A spinner with a title; it ends with [`done`].
pub fn spinner(title: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} [{elapsed}] {wide_msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(title.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Clears a spinner and says what was done.
pub fn done(bar: &ProgressBar, title: &str) {
    bar.finish_and_clear();
    eprintln!("{title}: done in {:.0?}", bar.elapsed());
}

/// Runs a program with its output on the terminal.
pub fn run(title: &str, command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("{title}: cannot start {program}; is it installed and on the PATH?"))?;
    if !status.success() {
        bail!("{title}: {program} failed ({status})");
    }
    Ok(())
}

/// Runs a program behind a spinner; its output goes to `<logs>/<title>.txt`.
pub fn run_quiet(title: &str, logs: &Path, command: &mut Command) -> Result<()> {
    let bar = spinner(title);
    let output = capture(title, command, |line| bar.set_message(line.to_owned()))?;
    let log = write_log(title, logs, &output.lines)?;
    if output.success {
        done(&bar, title);
        return Ok(());
    }
    bar.finish_and_clear();
    let from = output.lines.len().saturating_sub(SHOWN_LINES);
    bail!("{title} failed. Its last lines (all are in {}):\n    {}", log.display(), output.lines[from..].join("\n    "))
}

/// Runs a program, hands each line to `seen` as it comes and keeps it.
pub fn capture(title: &str, command: &mut Command, mut seen: impl FnMut(&str)) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{title}: cannot start {program}; is it installed and on the PATH?"))?;
    let (sender, receiver) = mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] =
        [child.stdout.take().map(|out| Box::new(out) as _), child.stderr.take().map(|err| Box::new(err) as _)];
    let readers: Vec<_> = streams
        .into_iter()
        .flatten()
        .map(|stream| {
            let sender = sender.clone();
            std::thread::spawn(move || {
                // Programs print what they like: bytes that are no UTF-8 must not end the reading.
                for line in BufReader::new(stream).split(b'\n').map_while(std::result::Result::ok) {
                    let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            })
        })
        .collect();
    drop(sender);
    let mut lines = Vec::new();
    for line in receiver {
        seen(&line);
        lines.push(line);
    }
    for reader in readers {
        let _ = reader.join();
    }
    let status = child.wait().with_context(|| format!("{title}: lost {program}"))?;
    Ok(Output { success: status.success(), lines })
}

fn write_log(title: &str, logs: &Path, lines: &[String]) -> Result<std::path::PathBuf> {
    let name: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let path = logs.join(format!("{name}.txt"));
    std::fs::create_dir_all(logs).with_context(|| format!("cannot make {}", logs.display()))?;
    let mut file = std::fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    for line in lines {
        writeln!(file, "{line}").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_shows_its_last_lines() {
        let logs = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo first; echo second >&2; exit 3"]);
        let error = run_quiet("an example", logs.path(), &mut command).unwrap_err().to_string();
        assert!(error.contains("first") && error.contains("second"), "{error}");
        assert!(logs.path().join("an-example.txt").exists());
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run("an example", &mut Command::new("timbrel-no-such-program")).unwrap_err();
        assert!(error.to_string().contains("cannot start timbrel-no-such-program"), "{error}");
    }
}
