//! A global allocator that counts what one thread allocates and frees while it is watched.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static CALLS: Cell<Option<u64>> = const { Cell::new(None) };
}

struct Counting;

fn count() {
    // A thread that is ending has no counter any more, and is not being measured.
    let _ = CALLS.try_with(|calls| calls.set(calls.get().map(|calls| calls + 1)));
}

// SAFETY: all work is the system allocator's; counting neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations, reallocations and frees of this thread while `work` runs.
pub fn calls_of(work: impl FnOnce()) -> u64 {
    CALLS.set(Some(0));
    work();
    CALLS.replace(None).unwrap_or(0)
}
