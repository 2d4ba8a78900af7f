//! What the framework's plugin is given to say to the host through, so that the host hears of learned controllers too.
//! Audio thread; nothing allocates.
//! The host hears of every move at its sample, in order with everything else (test: `moves_go_to_their_places`).

use super::Parameter;
use crate::learn::{Learned, Move};
use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_IS_LIVE, CLAP_EVENT_PARAM_VALUE, clap_event_header, clap_event_param_value,
    clap_output_events,
};
use clap_sys::process::{clap_process, clap_process_status};
use std::cell::Cell;
use std::ffi::c_void;
use std::mem::size_of;
use std::ptr::null_mut;

/// One block's way out.
struct Outlet<'a> {
    host: *const clap_output_events,
    learned: &'a Learned,
    parameters: &'a [Parameter],
    /// A move whose time has not come.
    next: Cell<Option<Move>>,
}

impl Outlet<'_> {
    /// Tells the host of the moves until `time`.
    ///
    /// # Safety
    /// The host's list is alive.
    unsafe fn tell(&self, time: u32) {
        while let Some(moved) = self.next.take().or_else(|| self.learned.next_move()) {
            if moved.at > time {
                self.next.set(Some(moved));
                return;
            }
            let Some(parameter) = self.parameters.get(moved.place) else { continue };
            let event = clap_event_param_value {
                header: clap_event_header {
                    size: size_of::<clap_event_param_value>() as u32,
                    time: moved.at,
                    space_id: CLAP_CORE_EVENT_SPACE_ID,
                    type_: CLAP_EVENT_PARAM_VALUE,
                    flags: CLAP_EVENT_IS_LIVE,
                },
                param_id: parameter.id,
                cookie: null_mut(),
                note_id: -1,
                port_index: -1,
                channel: -1,
                key: -1,
                value: f64::from(moved.position) * parameter.largest,
            };
            // SAFETY: by the contract above. A host that takes no more has no use for it.
            unsafe { self.pass_on(&event.header) };
        }
    }

    /// # Safety
    /// The host's list is alive, and so is the event.
    unsafe fn pass_on(&self, event: *const clap_event_header) -> bool {
        // SAFETY: by the contract above.
        unsafe { (*self.host).try_push.is_some_and(|try_push| try_push(self.host, event)) }
    }
}

unsafe extern "C" fn try_push(list: *const clap_output_events, event: *const clap_event_header) -> bool {
    // SAFETY: the framework passes the list that `through` made, within it, and an event of its own.
    unsafe {
        let outlet = &*(*list).ctx.cast::<Outlet<'_>>();
        outlet.tell((*event).time);
        outlet.pass_on(event)
    }
}

/// Runs `process` on a block, and tells the host what learned controllers moved in it.
///
/// # Safety
/// `block` is what the host gave to `process`.
pub(super) unsafe fn through(
    learned: &Learned,
    parameters: &[Parameter],
    block: *const clap_process,
    process: impl FnOnce(*const clap_process) -> clap_process_status,
) -> clap_process_status {
    learned.begin_block();
    // SAFETY: by the contract above.
    let Some(given) = (unsafe { block.as_ref() }).filter(|given| !given.out_events.is_null()) else {
        return process(block);
    };
    let outlet = Outlet { host: given.out_events, learned, parameters, next: Cell::new(None) };
    let list = clap_output_events { ctx: (&raw const outlet).cast_mut().cast::<c_void>(), try_push: Some(try_push) };
    let status = process(&clap_process { out_events: &list, ..*given });
    // SAFETY: the host's list is alive until we return.
    unsafe { outlet.tell(u32::MAX) };
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap_sys::events::CLAP_EVENT_NOTE_END;
    use std::cell::RefCell;

    thread_local! {
        /// Kind and time of what the host was told.
        static HEARD: RefCell<Vec<(u16, u32)>> = const { RefCell::new(Vec::new()) };
    }

    unsafe extern "C" fn hear(_list: *const clap_output_events, event: *const clap_event_header) -> bool {
        // SAFETY: the event is alive.
        HEARD.with_borrow_mut(|heard| heard.push(unsafe { ((*event).type_, (*event).time) }));
        true
    }

    #[test]
    fn moves_go_to_their_places() {
        let learned = Learned::default();
        let parameters = [Parameter { id: 7, largest: 1.0 }];
        let host = clap_output_events { ctx: null_mut(), try_push: Some(hear) };
        // SAFETY: all fields are numbers and pointers.
        let block = clap_process { out_events: &host, ..unsafe { std::mem::zeroed() } };
        // SAFETY: the block is alive.
        unsafe {
            through(&learned, &parameters, &block, |block| {
                learned.tell(0, 10, 0.5);
                learned.tell(0, 30, 0.6);
                let size = size_of::<clap_event_header>() as u32;
                let end = clap_event_header {
                    size,
                    time: 20,
                    space_id: CLAP_CORE_EVENT_SPACE_ID,
                    type_: CLAP_EVENT_NOTE_END,
                    flags: 0,
                };
                assert!(try_push((*block).out_events, &end));
                learned.advance(100);
                learned.tell(0, 5, 0.7);
                0
            })
        };
        let expected = [
            (CLAP_EVENT_PARAM_VALUE, 10),
            (CLAP_EVENT_NOTE_END, 20),
            (CLAP_EVENT_PARAM_VALUE, 30),
            (CLAP_EVENT_PARAM_VALUE, 105),
        ];
        assert_eq!(HEARD.take(), expected);
    }
}
