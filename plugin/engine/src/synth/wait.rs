//! The callback's only wait: for frames that are about to come, spinning, without a system call.
//! `Instant::now` reads the clock from the page that the kernel maps into every process (vDSO, commpage); the test
//! `the_callback_neither_allocates_nor_locks` counts system calls and finds none.

use crate::control::shared::Shared;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Share of a block's duration that may be spent waiting for its frames.
const SHARE: f64 = 0.25;
/// Looks at the queue between two looks at the clock.
const LOOKS: u32 = 64;

/// Waits until every frame is there that sets off before `end`, at most a quarter of the duration of `samples`.
/// Says whether they are.
pub(super) fn for_frames(shared: &Shared, end: u64, samples: usize, sample_rate: f64) -> bool {
    if shared.computed_until() >= end {
        return true;
    }
    let begun = Instant::now();
    let patience = Duration::from_secs_f64(SHARE * samples as f64 / sample_rate);
    while !shared.failed.load(Ordering::Relaxed) && begun.elapsed() < patience {
        for _ in 0..LOOKS {
            if shared.computed_until() >= end {
                return true;
            }
            std::hint::spin_loop();
        }
    }
    shared.computed_until() >= end
}
