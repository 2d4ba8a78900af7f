//! Every check of the project, one suite after the other, and the sum at the end.
//! Main thread; suites are programs of their own.
//! A suite that fails does not keep the later ones from running, but the command fails
//! (test: `one_failure_fails_the_whole`).

mod counts;
mod suites;

use crate::places::Places;
use anyhow::{Result, bail};
use clap::Args;
use counts::Counts;
use std::time::Instant;

/// Run every check: formatting, lints, unit tests, golden vectors, the packaged plugins in real hosts, the kit
///
/// Does its own set-up, asks nothing, ends with `N passed, N failed, N skipped` and succeeds only when nothing failed.
#[derive(Args)]
pub struct Options {
    /// Only formatting, lints and unit tests: no PyTorch, no packaging
    #[arg(long)]
    quick: bool,
}

/// What a suite came to.
struct Outcome {
    title: &'static str,
    counts: Counts,
    seconds: f64,
}

/// Runs `cargo xtask test`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    let scope = if options.quick { suites::Scope::Quick } else { suites::Scope::Full };
    let mut outcomes = Vec::new();
    for suite in suites::all(scope) {
        eprintln!("\n=== {} ===", suite.title);
        let begin = Instant::now();
        let counts = (suite.run)(places).unwrap_or_else(|error| {
            eprintln!("{}: {error:#}", suite.title);
            Counts::FAILURE
        });
        outcomes.push(Outcome { title: suite.title, counts, seconds: begin.elapsed().as_secs_f64() });
    }
    println!("\n{}", table(&outcomes));
    let sum = outcomes.iter().fold(Counts::default(), |sum, outcome| sum + outcome.counts);
    println!("{} passed, {} failed, {} skipped", sum.passed, sum.failed, sum.skipped);
    if sum.failed > 0 {
        let failed: Vec<_> =
            outcomes.iter().filter(|outcome| outcome.counts.failed > 0).map(|outcome| outcome.title).collect();
        bail!("not all checks passed: {}", failed.join(", "));
    }
    Ok(())
}

fn table(outcomes: &[Outcome]) -> String {
    let mut lines = vec![format!("{:<34} {:>7} {:>7} {:>8} {:>8}", "suite", "passed", "failed", "skipped", "seconds")];
    for Outcome { title, counts, seconds } in outcomes {
        let Counts { passed, failed, skipped } = counts;
        lines.push(format!("{title:<34} {passed:>7} {failed:>7} {skipped:>8} {seconds:>8.1}"));
    }
    lines.join("\n")
}
