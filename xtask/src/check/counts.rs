//! How many tests passed, failed and were skipped, read out of what the test programs print.
//! Main thread.
//! A program that failed without a count is one failure (test: `a_failure_without_counts_is_one`).

use std::ops::Add;

/// How nextest begins the line that sums up.
const NEXTEST: &str = "Summary [";

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: u64,
    /// Failed, or could not be run.
    pub failed: u64,
    /// Left out.
    pub skipped: u64,
}

impl Counts {
    /// One check that passed.
    pub const SUCCESS: Self = Self { passed: 1, failed: 0, skipped: 0 };
    /// One check that failed.
    pub const FAILURE: Self = Self { passed: 0, failed: 1, skipped: 0 };

    /// Makes sure that a program that reported failure counts as one.
    pub fn with_status(self, success: bool) -> Self {
        if success || self.failed > 0 { self } else { Self { failed: 1, ..self } }
    }

    /// Out of what nextest, cargo's own runner or pytest printed.
    pub fn read(lines: &[String]) -> Self {
        let lines: Vec<String> = lines.iter().map(|line| plain(line)).collect();
        // nextest shows what a failed test printed, and a test program ends with a result of its own.
        let nextest = lines.iter().any(|line| line.trim().starts_with(NEXTEST));
        lines
            .iter()
            .filter(|line| !nextest || line.trim().starts_with(NEXTEST))
            .filter_map(|line| summary(line))
            .fold(Self::default(), Add::add)
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// The counts of a line that sums up a run; `None` for any other line.
///
/// nextest: `Summary [ 1.2s] 9 tests run: 7 passed (1 slow), 2 failed, 3 skipped`;
/// cargo: `test result: ok. 7 passed; 0 failed; 1 ignored; ...`; pytest: `==== 1 failed, 2 passed, 1 skipped in 0.1s ====`.
fn summary(line: &str) -> Option<Counts> {
    let line = line.trim();
    let text = if let Some(rest) = line.strip_prefix(NEXTEST) {
        rest.split_once(']')?.1
    } else if let Some(rest) = line.strip_prefix("test result:") {
        rest
    } else if line.contains(" in ") && (line.starts_with("==") || line.starts_with(|c: char| c.is_ascii_digit())) {
        line.trim_matches('=').split(" in ").next()?
    } else {
        return None;
    };
    let words: Vec<_> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut counts = Counts::default();
    let mut any = false;
    for pair in words.windows(2) {
        let Ok(number) = pair[0].parse::<u64>() else { continue };
        match pair[1] {
            "passed" | "xfailed" => counts.passed += number,
            "failed" | "error" | "errors" | "timed" => counts.failed += number,
            "skipped" | "ignored" | "deselected" => counts.skipped += number,
            _ => continue,
        }
        any = true;
    }
    any.then_some(counts)
}

/// A line without terminal colours.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            for c in rest.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_each_runner() {
        let read = |line: &str| {
            let Counts { passed, failed, skipped } = Counts::read(&[line.to_owned()]);
            (passed, failed, skipped)
        };
        assert_eq!(read("     Summary [   0.189s] 7 tests run: 6 passed (1 slow), 1 failed, 3 skipped"), (6, 1, 3));
        assert_eq!(
            read("\u{1b}[32;1m     Summary\u{1b}[0m [   0.342s] 13 tests run: 13 passed, 0 skipped"),
            (13, 0, 0)
        );
        assert_eq!(read("test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out"), (5, 0, 1));
        assert_eq!(read("==== 1 failed, 12 passed, 1 skipped, 3 warnings in 0.12s ===="), (12, 1, 1));
        assert_eq!(read("12 passed in 3.40s"), (12, 0, 0));
        assert_eq!(read("a test that 3 passed in the night"), (0, 0, 0));
    }

    #[test]
    fn a_failed_tests_own_words_do_not_count() {
        let lines =
            ["test result: FAILED. 0 passed; 1 failed; 0 ignored", "  Summary [ 1s] 2 tests run: 1 passed, 1 failed"];
        assert_eq!(Counts::read(&lines.map(str::to_owned)), Counts { passed: 1, failed: 1, skipped: 0 });
    }

    #[test]
    fn a_failure_without_counts_is_one() {
        assert_eq!(Counts::default().with_status(false), Counts::FAILURE);
        assert_eq!(Counts::SUCCESS.with_status(true), Counts::SUCCESS);
    }

    #[test]
    fn one_failure_fails_the_whole() {
        let sum = [Counts::SUCCESS, Counts::FAILURE, Counts::SUCCESS].into_iter().fold(Counts::default(), Add::add);
        assert_eq!(sum, Counts { passed: 2, failed: 1, skipped: 0 });
    }
}
