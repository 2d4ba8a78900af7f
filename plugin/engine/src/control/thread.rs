//! The control thread: sleeps until the callback wakes it, then lets the conductor make all frames that it can.
//! Its priority is raised where the system permits it; whether it did is in the status.

use super::desk::Desk;
use super::shared::Shared;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use thread_priority::{ThreadPriority, ThreadPriorityValue};

/// Priority asked for, of 99: above everything ordinary, below a sound server's own threads.
const PRIORITY: u8 = 60;

/// Starts the thread.
pub fn start(shared: Arc<Shared>, desk: Arc<Mutex<Desk>>) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("timbrel-control".into()).spawn(move || {
        shared.priority_raised.store(raise_priority(), Ordering::Relaxed);
        while !shared.stop.load(Ordering::Acquire) {
            std::thread::park();
            if !shared.offline.load(Ordering::Acquire) {
                desk.lock().unwrap_or_else(PoisonError::into_inner).run();
            }
        }
    })
}

/// Whether the system gave more than an ordinary priority.
fn raise_priority() -> bool {
    let Ok(value) = ThreadPriorityValue::try_from(PRIORITY) else { return false };
    raise_to(ThreadPriority::Crossplatform(value))
}

#[cfg(unix)]
fn raise_to(priority: ThreadPriority) -> bool {
    use thread_priority::unix::{
        RealtimeThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
    };
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::RoundRobin);
    set_thread_priority_and_policy(thread_native_id(), priority, policy).is_ok()
}

#[cfg(not(unix))]
fn raise_to(priority: ThreadPriority) -> bool {
    priority.set_for_current().is_ok()
}
