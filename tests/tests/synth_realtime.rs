//! The callback under a checker: it allocates nothing, frees nothing, and makes no system call but the wake.
//!
//! Allocations are counted by the global allocator on the marked thread. System calls are trapped by a seccomp filter on
//! that thread, which lets only a futex wake (and what ends a thread) pass; a lock that is not free waits by a system
//! call, and the decoder is stalled while the control thread holds its own lock, so that taking that one would be seen.
//! Meanwhile a window watches and plays.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod counting;
mod rig;

use counting::calls_of;
use rig::newt::newt;
use rig::trap::{LATEST_CALL, SYSTEM_CALLS, trap_system_calls};
use rig::{Fake, Switches, cc, note, off, on};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use timbrel::hands::Hands;
use timbrel_engine::event::{Event, Expression, KeyPitch, NoteAddress, Setting};
use timbrel_engine::render::Shaping;
use timbrel_engine::synth::{Config, LONGEST_SOUND, Mode, Synth, SynthHandle};

/// Runs `callback` on a thread of its own under the checker; returns allocations and frees, and system calls.
fn checked(callback: impl FnOnce() + Send + 'static) -> (u64, u64) {
    let calls = SYSTEM_CALLS.load(Ordering::SeqCst);
    let allocations = Arc::new(AtomicU64::new(0));
    let thread = {
        let allocations = Arc::clone(&allocations);
        std::thread::spawn(move || {
            trap_system_calls();
            allocations.store(calls_of(callback), Ordering::SeqCst);
        })
    };
    thread.join().unwrap();
    (allocations.load(Ordering::SeqCst), SYSTEM_CALLS.load(Ordering::SeqCst) - calls)
}

/// The counter of system calls is the process's: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn the_checker_sees_an_allocation_a_wait_and_a_lock() {
    let _alone = ALONE.lock().unwrap();
    assert_eq!(checked(|| drop(std::hint::black_box(vec![1_u8; 10]))), (2, 0));
    assert_eq!(checked(std::thread::yield_now), (0, 1));
    let lock = Arc::new(Mutex::new(()));
    let release = Arc::new(AtomicBool::new(false));
    let held = Arc::clone(&lock);
    let freed = Arc::clone(&release);
    let holder = std::thread::spawn(move || {
        let _held = held.lock().unwrap();
        while !freed.load(Ordering::SeqCst) {
            std::hint::spin_loop();
        }
    });
    while lock.try_lock().is_ok() {
        std::thread::yield_now();
    }
    let freed = Arc::clone(&release);
    let before = SYSTEM_CALLS.load(Ordering::SeqCst);
    let watch = std::thread::spawn(move || {
        while SYSTEM_CALLS.load(Ordering::SeqCst) == before {
            std::thread::yield_now();
        }
        freed.store(true, Ordering::SeqCst);
    });
    let (allocations, calls) = checked(move || {
        // Kept for the other side to drop.
        std::mem::forget(lock.lock());
        std::mem::forget(lock);
    });
    holder.join().unwrap();
    watch.join().unwrap();
    println!(
        "a lock that is held: {calls} system calls seen, the latest number {}",
        LATEST_CALL.load(Ordering::SeqCst)
    );
    assert!(allocations == 0 && calls >= 1);
}

/// Every kind of event, spread over a block.
fn events() -> Vec<(usize, Event)> {
    let mut events = vec![
        on(60),
        on(64),
        on(67),
        Event::PitchBend { channel: 0, value: 0.3 },
        Event::ChannelPressure { channel: 0, value: 0.5 },
        Event::Retune { channel: None, key: 60, pitch: KeyPitch::Relative(60.2) },
        Event::Retune { channel: Some(0), key: 61, pitch: KeyPitch::Silent },
        on(61),
        off(64),
        Event::Choke { note: note(67) },
        cc(120, 0.0),
        cc(121, 0.0),
        cc(123, 0.0),
        Event::Panic,
    ];
    for setting in Setting::ALL {
        events.push(Event::Set(setting, setting.range().1.min(64.0) * 0.5));
        events.push(Event::Modulate { note: note(62), setting, offset: -1.0 });
        events.push(on(62));
    }
    for (setting, value) in [(Setting::OutputGain, 0.0), (Setting::Polyphony, 16.0), (Setting::VoiceMode, 0.0)] {
        events.push(Event::Set(setting, value));
    }
    for expression in Expression::ALL {
        events.push(Event::NoteExpression { note: note(62), expression, value: 0.4 });
    }
    for controller in 0..=127 {
        events.push(cc(controller, 0.5));
        events.push(cc(controller, 0.0));
    }
    events.push(Event::Panic);
    // The volume is the one controller that a panic leaves at nothing.
    events.push(cc(7, 1.0));
    events.push(on(62));
    let count = events.len();
    events.into_iter().enumerate().map(|(index, event)| (index * BLOCK / count, event)).collect()
}

const BLOCK: usize = 256;

/// What a window did.
#[derive(Default)]
struct Seen {
    looks: u64,
    voices: usize,
    load: f32,
    strokes: u64,
}

/// A window that opens and closes, looks at both synths as often as it can, and plays.
fn window(watched: &[SynthHandle; 2], hands: &Hands, done: &AtomicBool) -> Seen {
    let mut seen = Seen::default();
    let mut sound = [vec![0.0; LONGEST_SOUND], vec![0.0; LONGEST_SOUND]];
    while !done.load(Ordering::SeqCst) {
        let mut watches = [watched[0].watch(), watched[1].watch()];
        for key in 40..60 {
            for (watch, handle) in watches.iter_mut().zip(watched) {
                seen.voices = seen.voices.max(watch.look().voices.len());
                seen.load = seen.load.max(handle.status().callback_load);
                let [left, right] = &mut sound;
                watch.sound(left, right);
                seen.looks += 1;
            }
            seen.strokes += u64::from(hands.play(on(key)));
            seen.strokes += u64::from(hands.play(Event::PitchBend { channel: 0, value: 0.2 }));
            std::thread::sleep(Duration::from_millis(1));
            seen.strokes += u64::from(hands.play(off(key)));
        }
        hands.release_all();
        drop(watches);
        std::thread::sleep(Duration::from_millis(5));
    }
    seen
}

#[test]
fn the_callback_neither_allocates_nor_locks() {
    let _alone = ALONE.lock().unwrap();
    let switches = Arc::new(Switches::default());
    let start = |rate: f64| {
        let config = Config { sample_rate: rate, max_block: BLOCK, mode: Mode::Realtime, shaping: Shaping::default() };
        let mut source = Fake::default().source("First", &switches);
        source.impulse_response = (0..9_600).map(|n| (-(n as f32) / 2_000.0).exp() * 0.01).collect::<Vec<f32>>().into();
        Synth::start_with(&config, source).unwrap()
    };
    let (first, handle) = start(48_000.0);
    let (second, second_handle) = start(96_000.0);
    let watched = [handle.clone(), second_handle.clone()];
    let (mut to_callback, mut arriving) = rtrb::RingBuffer::new(1);
    let (mut leaving, mut from_callback) = rtrb::RingBuffer::new(2);
    let (phase, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let others = {
        let (phase, done, switches) = (Arc::clone(&phase), Arc::clone(&done), Arc::clone(&switches));
        std::thread::spawn(move || {
            // Another thread swaps models, stalls the decoder with the conductor's lock held, and sends a synth for another rate.
            let wait_for = |block| {
                while phase.load(Ordering::SeqCst) < block && !done.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(2));
                }
            };
            wait_for(100);
            let other = Fake { hop: 256, harmonics: 16, ..Fake::default() };
            handle.swap_with(other.source("Second", &switches)).unwrap();
            wait_for(140);
            handle.swap_with(newt("Shapers from tables", Shaping::Tables, &switches)).unwrap();
            wait_for(200);
            switches.stall_ms.store(30, Ordering::SeqCst);
            wait_for(300);
            switches.stall_ms.store(0, Ordering::SeqCst);
            wait_for(340);
            handle.swap_with(newt("Exact shapers", Shaping::Exact, &switches)).unwrap();
            wait_for(400);
            assert!(to_callback.push(second).is_ok());
            wait_for(u64::MAX);
            (handle.status(), second_handle.status())
        })
    };
    let hands = Arc::new(Hands::new());
    let mut played = hands.played().unwrap();
    let window = {
        let (done, hands) = (Arc::clone(&done), Arc::clone(&hands));
        std::thread::spawn(move || window(&watched, &hands, &done))
    };
    let events = events();
    let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
    let mut synth = Some(first);
    let loudest = Arc::new(AtomicU64::new(0));
    let result = {
        let (phase, loudest) = (Arc::clone(&phase), Arc::clone(&loudest));
        checked(move || {
            let begun = Instant::now();
            for block in 0..600_u64 {
                phase.store(block, Ordering::SeqCst);
                if let Ok(next) = arriving.pop() {
                    let _ = leaving.push(synth.replace(next));
                }
                let Some(synth) = &mut synth else { return };
                if block % 20 == 0 {
                    for (offset, event) in &events {
                        synth.send(*offset, *event);
                    }
                }
                if block % 150 == 149 {
                    synth.reset();
                }
                played.by_ref().for_each(|event| synth.send(0, event));
                synth.process(&mut left, &mut right, &mut |_: NoteAddress, _| {});
                let peak = left.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
                loudest.fetch_max(u64::from(peak.to_bits()), Ordering::SeqCst);
                let due = begun + Duration::from_micros(5_333 * (block + 1));
                while Instant::now() < due {
                    std::hint::spin_loop();
                }
            }
            let _ = leaving.push(synth.take());
            // What this thread was lent it does not free.
            std::mem::forget((played, events, left, right, arriving, leaving, phase, loudest));
        })
    };
    done.store(true, Ordering::SeqCst);
    let (first, second) = others.join().unwrap();
    let seen = window.join().unwrap();
    while let Ok(synth) = from_callback.pop() {
        drop(synth);
    }
    let peak = f32::from_bits(loudest.load(Ordering::SeqCst) as u32);
    println!(
        "600 blocks: {} allocations or frees, {} system calls (latest {}); late {} and {}, peak {peak:.3}, instrument {}",
        result.0,
        result.1,
        LATEST_CALL.load(Ordering::SeqCst),
        first.late_frames,
        second.late_frames,
        first.instrument,
    );
    println!(
        "{} looks, {} voices seen, callback load {:.3}, {} strokes taken",
        seen.looks, seen.voices, seen.load, seen.strokes
    );
    assert_eq!(result, (0, 0));
    assert!(peak > 0.01);
    assert!(seen.looks > 100 && seen.voices > 0 && seen.load > 0.0 && seen.strokes > 100);
    assert_eq!(first.instrument, "Exact shapers");
    assert!(first.late_frames > 0, "the stall was felt, and the callback did not wait for it");
}
