//! Scala files as lines of text.
//! Any thread but the audio thread.
//! Any bytes are some text or an error, never a panic (test: `no_bytes_make_a_parser_panic`).

use super::error::{TuningError, TuningFault, TuningField};
use std::io::Read;
use std::path::Path;

/// Larger files are refused; the largest of the Scala archive hold a few dozen kilobytes.
pub const LARGEST_FILE: u64 = 1 << 18;

/// Most characters of a file that a sentence repeats.
const LONGEST_QUOTE: usize = 40;

/// The text of the file at `path`.
///
/// # Errors
/// The file is not there, cannot be read, is larger than [`LARGEST_FILE`] or is UTF-16.
pub fn read(path: &Path) -> Result<String, TuningError> {
    let fault = |fault: TuningFault| fault.of(&path.display().to_string());
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => fault(TuningFault::Missing),
        _ => fault(TuningFault::Unreadable { reason: error.to_string() }),
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    decode(&bytes).map_err(fault)
}

/// The text that `bytes` stand for: UTF-8 where they are that, else Latin-1, in which most of the Scala archive is written.
///
/// # Errors
/// More than [`LARGEST_FILE`] bytes, or UTF-16.
pub fn decode(bytes: &[u8]) -> Result<String, TuningFault> {
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(TuningFault::TooLarge { limit: LARGEST_FILE });
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(TuningFault::WideText);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    })
}

/// The lines that are no comments, each with its number from 1.
pub(super) struct Lines<'a> {
    rest: std::iter::Enumerate<std::vec::IntoIter<&'a str>>,
    count: usize,
}

impl<'a> Lines<'a> {
    /// Lines end as on Unix, Windows or old Macintoshes. The last line end ends the last line and begins no other.
    pub(super) fn new(text: &'a str) -> Self {
        let mut lines: Vec<&str> = text
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .flat_map(|line| line.split('\r'))
            .collect();
        if lines.last() == Some(&"") {
            lines.pop();
        }
        Self { count: lines.len(), rest: lines.into_iter().enumerate() }
    }

    /// The next line that is no comment.
    pub(super) fn next(&mut self) -> Option<Line<'a>> {
        self.rest
            .by_ref()
            .find(|(_, text)| !text.starts_with('!'))
            .map(|(index, text)| Line { number: index + 1, text })
    }

    /// The next line that is neither comment nor empty.
    pub(super) fn next_filled(&mut self) -> Option<Line<'a>> {
        std::iter::from_fn(|| self.next()).find(|line| !line.text.trim().is_empty())
    }

    /// The fault that the file is over before `field`.
    pub(super) fn ended(&self, field: TuningField, expected: impl Into<String>) -> TuningFault {
        let found = "the end of the file".to_owned();
        TuningFault::Line { line: self.count + 1, field, found, expected: expected.into() }
    }
}

/// One line.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    pub(super) text: &'a str,
}

impl<'a> Line<'a> {
    /// What stands before the first blank; all that Scala reads of lines with one number.
    pub(super) fn token(&self) -> &'a str {
        self.text.split_whitespace().next().unwrap_or_default()
    }

    /// The fault that this line is not what it should be.
    pub(super) fn fault(&self, field: TuningField, expected: impl Into<String>) -> TuningFault {
        TuningFault::Line { line: self.number, field, found: quoted(self.text.trim()), expected: expected.into() }
    }

    /// The whole number from `low` to `high` that the line begins with.
    pub(super) fn whole(&self, field: TuningField, low: usize, high: usize) -> Result<usize, TuningFault> {
        let number = self.token().parse().ok().filter(|number| (low..=high).contains(number));
        number.ok_or_else(|| self.fault(field, format!("a whole number from {low} to {high}")))
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() {
        return "an empty line".to_owned();
    }
    // What cannot be shown would be read as nothing.
    let shown = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    let mut quote: String = text.chars().take(LONGEST_QUOTE).map(shown).collect();
    if text.chars().nth(LONGEST_QUOTE).is_some() {
        quote.push_str("...");
    }
    format!("`{quote}`")
}
