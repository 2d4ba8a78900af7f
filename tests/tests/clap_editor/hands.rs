//! What hands do in the window, and what the host and the ear notice of it.
//! Test code.

use crate::Test;
use crate::stand::{Outcome, Stand, keep};

/// All.
pub const TESTS: &[(&str, Test)] = &[("a_page_opens_at_a_click", page)];

fn page() -> Outcome {
    let mut stand = Stand::open(1.0)?;
    let before = stand.session.still_picture()?;
    stand.click("Sound")?;
    let mut share = 0.0;
    stand
        .session
        .wait_for("another page", |session| {
            share = before.difference(&session.picture()?, &[])?.share;
            Ok(share > 0.005)
        })
        .inspect_err(|_| {
            keep(&stand.session.picture().unwrap(), "failed").unwrap();
            println!("{:?}", stand.twin.place("Sound"));
        })?;
    println!("another page changes {:.1} % of the window", 100.0 * share);
    stand.end()?;
    Ok(())
}
