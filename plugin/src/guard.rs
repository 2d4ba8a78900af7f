//! Keeps a fault of ours from ending the host.
//! Any thread that the host or the window calls us on.
//! A panic becomes `None` and the caller goes on (test: `a_panic_ends_here`).

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; a panic in it is caught and has been logged by the framework's panic hook.
///
/// Whoever calls this must not rely on what `work` was changing when it panicked: drop or rebuild it.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    let result = catch_unwind(AssertUnwindSafe(work));
    match result {
        Ok(value) => Some(value),
        Err(payload) => {
            // Dropping a payload can itself panic if it is not a message; then it is better leaked.
            if payload.is::<&str>() || payload.is::<String>() {
                drop(payload);
            } else {
                std::mem::forget(payload);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_here() {
        assert_eq!(guarded(|| 1), Some(1));
        assert_eq!(guarded(|| -> i32 { panic!("a fault") }), None);
    }
}
