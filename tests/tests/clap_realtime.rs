//! The packaged plugin's callback under a checker: from the host's call to its return it allocates nothing, frees nothing, and
//! makes no system call but the wake. What lies between host and engine, the framework included, is in it.
//!
//! The C library's allocator, which the plugin uses too, is replaced by one that counts on the marked thread; system calls are
//! trapped by a seccomp filter.
#![cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

#[path = "rig/master.rs"]
mod master;
mod rig;

use clack_extensions::params::ParamInfoFlags;
use master::Master;
use rig::trap::{LATEST_CALL, SYSTEM_CALLS, trap_system_calls};
use std::cell::Cell;
use std::ffi::c_void;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use timbrel_tests::fixtures::DdspModel;
use timbrel_tests::host::{
    Address, Event, Expression, Instance, Mode, Moment, Package, Recording, Setup, Song, Timed, with_controllers,
    with_instrument, with_matrix, with_tuning,
};

const BLOCK: u32 = 256;
const RATE: f64 = 48_000.0;
/// A controller that moves the output level.
const LEARNED: u8 = 21;
/// Blocks that are watched: 4.3 seconds.
const BLOCKS: u64 = 800;
/// Rows of the modulation matrix.
const MATRIX: [(u8, &str, &str); 5] =
    [(1, "lfo1", "tune"), (2, "env2", "bright"), (3, "random", "gain"), (4, "lfo2", "mod1"), (16, "wheel", "attack")];

thread_local! {
    /// Allocations on this thread are counted.
    static MARKED: Cell<bool> = const { Cell::new(false) };
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    if MARKED.try_with(Cell::get).unwrap_or(false) {
        let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
    }
}

unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(pointer: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_free(pointer: *mut c_void);
}

// SAFETY of all four: the names and signatures are the C library's, whose own functions do the work. The dynamic
// linker gives the program's definitions to every library of the process.
#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut c_void {
    count();
    unsafe { __libc_malloc(size) }
}

#[unsafe(no_mangle)]
extern "C" fn calloc(number: usize, size: usize) -> *mut c_void {
    count();
    unsafe { __libc_calloc(number, size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(pointer: *mut c_void, size: usize) -> *mut c_void {
    count();
    unsafe { __libc_realloc(pointer, size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn free(pointer: *mut c_void) {
    if !pointer.is_null() {
        count();
    }
    unsafe { __libc_free(pointer) }
}

fn mark(moment: Moment) {
    MARKED.set(moment == Moment::Before);
}

/// Everything that a host can send, over one block; `parameters` with their defaults and where they move to, and those that
/// single notes may have otherwise.
fn events(begin: u64, parameters: &[(u32, f64, f64)], by_note: &[u32]) -> Vec<Timed> {
    let events = [
        Event::NoteOn { channel: 0, key: 50, velocity: 0.8, id: Some(1) },
        Event::NoteOn { channel: 1, key: 57, velocity: 0.5, id: None },
        Event::Midi([0xE0, 0, 0x50]),
        Event::Midi([0xD0, 90, 0]),
        Event::Midi([0xA0, 50, 70]),
        Event::Midi([0xB0, 1, 64]),
        Event::Midi([0xB0, 11, 100]),
        Event::Midi([0xB0, 64, 127]),
        Event::NoteOff { channel: 0, key: 50, velocity: 0.0, id: Some(1) },
        Event::Midi([0xB0, 64, 0]),
        Event::Midi([0xB0, 7, 90]),
        Event::Midi([0xC0, 3, 0]),
        Event::Midi([0x91, 60, 100]),
        Event::Midi([0x81, 60, 0]),
        Event::Midi([0xB1, 123, 0]),
        Event::Midi([0xB0, 121, 0]),
        Event::NoteOn { channel: 2, key: 62, velocity: 0.6, id: Some(2) },
        expression(Expression::Volume, 0.7),
        expression(Expression::Pan, 0.3),
        expression(Expression::Tuning, 0.4),
        expression(Expression::Vibrato, 0.5),
        expression(Expression::Expression, 0.8),
        expression(Expression::Brightness, 0.9),
        expression(Expression::Pressure, 0.4),
        Event::Midi([0xB0, LEARNED, 40]),
        Event::Midi([0xB2, 66, 127]),
        Event::Release(Address::key(62)),
        Event::Midi([0xB2, 66, 0]),
        Event::Choke(Address { channel: Some(2), ..Address::default() }),
        // MPE on, a bend range, and off again.
        Event::Midi([0xB0, 101, 0]),
        Event::Midi([0xB0, 100, 6]),
        Event::Midi([0xB0, 6, 15]),
        Event::Midi([0xB3, 74, 90]),
        Event::Midi([0xB0, 6, 0]),
    ];
    let share = (begin / 5_120 % 4) as f64 / 24.0;
    let moves = parameters.iter().map(|&(id, rest, end)| Event::Parameter { id, value: rest + share * (end - rest) });
    let for_all =
        parameters.iter().flat_map(|&(id, ..)| [(id, 0.01), (id, 0.0)].map(|said| (said, Address::default())));
    let for_one = by_note.iter().map(|&id| ((id, 0.01), Address::id(1)));
    let modulations = for_all.chain(for_one).map(|((id, amount), note)| Event::Modulation { id, note, amount });
    let all = events.into_iter().chain(moves).chain(modulations).enumerate();
    all.map(|(index, event)| Timed { at: begin + index as u64, event }).collect()
}

fn expression(expression: Expression, value: f64) -> Event {
    Event::Expression { note: Address::id(2), expression, value }
}

/// An MTS-ESP master that comes and goes, and turns its tuning about while it is there, on two channels by themselves.
fn retune(master: &Master, block: usize) {
    let hertz = |key: usize| 440.0 * ((key as f64 - 69.0) / (12.0 + (block % 7) as f64)).exp2();
    match block % 160 {
        100 => master.register(),
        0 => master.deregister(),
        moment if moment % 5 == 0 => {
            master.tune(hertz);
            master.tune_channel(1, |key| 1.1 * hertz(key));
            master.filter(moment % 10 == 0, 60, -1);
        }
        _ => {}
    }
}

#[test]
fn the_packaged_callback_neither_allocates_nor_waits() {
    let watched = std::thread::spawn(|| {
        let setup = Setup { sample_rate: RATE, largest_block: BLOCK, mode: Mode::Realtime };
        let master = Master::installed();
        let mut instance = Instance::active(&Package::find().unwrap(), &setup).unwrap();
        let state = with_controllers(&instance.save().unwrap(), &[(LEARNED, "gain")]).unwrap();
        instance.load(&state).unwrap();
        let by_note: Vec<u32> = instance
            .parameters()
            .unwrap()
            .iter()
            .filter(|parameter| parameter.flags.contains(ParamInfoFlags::IS_MODULATABLE_PER_NOTE_ID))
            .map(|parameter| parameter.id)
            .collect();
        // Each moves between its default and an eighth of its range above or below.
        let parameters: Vec<_> = instance
            .parameters()
            .unwrap()
            .iter()
            .map(|p| (p.id, p.value, if p.value < p.range.1 { p.range.1 } else { p.range.0 }))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other.onnx");
        std::fs::write(&other, DdspModel::default().build()).unwrap();

        // The host's own buffers grow to their size before the watch begins.
        let total = (BLOCKS as usize + 64) * BLOCK as usize;
        let mut recording =
            Recording { left: Vec::with_capacity(total), right: Vec::with_capacity(total), ..Recording::default() };
        recording.note_ends.reserve(10_000);
        recording.moves.reserve(10_000);
        let mut all = Vec::with_capacity(BLOCKS as usize + 64);
        for block in 0..BLOCKS + 64 {
            let begin = block * u64::from(BLOCK);
            all.push(if block % 20 == 0 { events(begin, &parameters, &by_note) } else { Vec::new() });
        }
        let mut play = |instance: &mut Instance, block: usize| {
            let due = Instant::now() + Duration::from_secs_f64(f64::from(BLOCK) / RATE);
            retune(&master, block);
            instance.process(&all[block], BLOCK as usize, &mut recording).unwrap();
            while Instant::now() < due {
                std::hint::spin_loop();
            }
        };
        (0..64).for_each(|block| play(&mut instance, block));

        // Another instrument, a scale and a matrix arrive while the callback is watched; the song jumps in every block.
        instance.play_song(|position| Song {
            playing: true,
            tempo: 90.0 + (position % 7) as f64,
            beat: (position * 31 % 1_001) as f64,
        });
        let state = with_instrument(&instance.save().unwrap(), &other).unwrap();
        let state = with_tuning(&state, Some("fifths\n2\n3/2\n2/1\n"), None, true).unwrap();
        let state = with_matrix(&state, &MATRIX).unwrap();
        instance.load(&state).unwrap();
        instance.watch(mark);
        trap_system_calls();
        let before = SYSTEM_CALLS.load(Ordering::SeqCst);
        (64..64 + BLOCKS as usize).for_each(|block| play(&mut instance, block));
        let calls = SYSTEM_CALLS.load(Ordering::SeqCst) - before;
        let peak = recording.left.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        // This thread may make no more system calls, and taking a plugin down makes some.
        std::mem::forget((instance, recording, all, folder, parameters, master));
        (ALLOCATIONS.get(), calls, peak)
    });
    let (allocations, calls, peak) = watched.join().unwrap();
    println!(
        "{BLOCKS} blocks of the packaged plugin: {allocations} allocations or frees, {calls} system calls (latest {}), peak {peak:.3}",
        LATEST_CALL.load(Ordering::SeqCst)
    );
    assert_eq!((allocations, calls), (0, 0));
    assert!(peak > 0.001);
}

#[test]
fn the_checker_sees_what_a_library_allocates() {
    let text = std::hint::black_box(c"made inside the C library");
    let before = ALLOCATIONS.get();
    MARKED.set(true);
    // SAFETY: a copy of a string with an end; freed by the function that fits. Hidden from the optimiser, which knows both.
    unsafe { libc::free(std::hint::black_box(libc::strdup(text.as_ptr())).cast()) };
    MARKED.set(false);
    assert_eq!(ALLOCATIONS.get() - before, 2);
}
