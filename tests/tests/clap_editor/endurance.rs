//! The window opens, changes its size and closes a hundred times in the middle of playing: the sound is the same to the bit, and
//! nothing is left behind.
//! Test code.

use crate::Test;
use crate::stand::{BLOCKS, Outcome, RATE};
use std::path::Path;
use std::time::Duration;
use timbrel_tests::host::{Event, Extent, Instance, Mode, Package, Recording, Setup, Timed};
use timbrel_tests::window::{Pace, Score, Session, Sight};

/// All.
pub const TESTS: &[(&str, Test)] = &[
    ("a_hundred_windows_leave_an_offline_take_as_it_is", || sounds_the_same(Mode::Offline)),
    ("a_hundred_windows_leave_a_take_in_real_time_as_it_is", || sounds_the_same(Mode::Realtime)),
    ("a_hundred_windows_leave_nothing_behind", leave_nothing),
];

/// Windows opened, resized and closed.
const TIMES: usize = 100;
/// Windows before anything is counted: libraries load, caches fill.
const WARM_UP: usize = 20;
/// Takes in real time, of which one must be as without a window. A machine that computes pictures on its two cores may well
/// be late with a frame, which is then heard; what must not be is that the windows change anything else.
const TAKES: usize = 3;
/// What may stay allocated for each window that was, KiB. Measured: 81, of which all but two are a keymap that baseview 0.4.2
/// makes for each window and never gives back (docs/framework.md). Whatever of ours stays behind is more: the glyphs' texture
/// alone is a mebibyte, the watch on the engine half of one.
const MOST_KIB: u64 = 100;
/// What may stay resident for each window that was, KiB. Measured over a hundred windows: 100 to 270, less with every window (after
/// three hundred: 25): the keymaps lie scattered, and the allocator cannot give the pages around them back.
const MOST_RESIDENT_KIB: u64 = 500;
/// Sizes, one after another, points.
const SIZES: [Extent; 3] =
    [Extent { width: 1200, height: 800 }, Extent { width: 1000, height: 700 }, Extent { width: 1120, height: 760 }];
/// Scales, likewise.
const SCALES: [f64; 3] = [1.0, 1.5, 1.25];

/// Chords over a pedal, bends, wheels and automation, for as long as it takes.
fn score(level: u32, seconds: u64) -> Vec<Timed> {
    let mut events = Vec::new();
    for second in 0..seconds {
        let at = |share: f64| ((second as f64 + share) * RATE) as u64;
        let root = 43 + (second * 5 % 12) as u8;
        for (index, key) in [root, root + 7, root + 16].into_iter().enumerate() {
            events.push(Timed::note_on(at(0.07 * index as f64), key, 0.4 + 0.2 * index as f64));
            events.push(Timed::note_off(at(0.7 + 0.07 * index as f64), key));
        }
        events.push(Timed { at: at(0.3), event: Event::Midi([0xE0, 0, 0x40 + (second % 30) as u8]) });
        events.push(Timed { at: at(0.4), event: Event::Midi([0xB0, 1, (second * 9 % 128) as u8]) });
        let value = -6.0 + (second % 6) as f64;
        events.push(Timed { at: at(0.5), event: Event::Parameter { id: level, value } });
    }
    events.sort_by_key(|event| event.at);
    events
}

/// Opens, resizes and closes `times` windows while something plays.
fn open_and_close(session: &mut Session, times: usize) -> Outcome {
    for index in 0..times {
        session.open(Sight::at(SCALES[index % SCALES.len()]))?;
        let size = SIZES[index % SIZES.len()];
        session.resize(size)?;
        session.idle(Duration::from_millis(20))?;
        session.close()?;
    }
    Ok(())
}

fn sounds_the_same(mode: Mode) -> Outcome {
    let package = Package::find()?;
    let setup = Setup { mode, ..Setup::offline(BLOCKS) };
    let mut differences = Vec::new();
    for _ in 0..if mode == Mode::Offline { 1 } else { TAKES } {
        let (seen, events) = seen_take(&package, &setup)?;
        let length = seen.left.len() as u64;
        let mut alone = Instance::active(&package, &Setup { mode: Mode::Offline, ..setup })?;
        let unseen = alone.render(&events, length, BLOCKS)?;
        let seconds = length as f64 / RATE;
        let peak = unseen.left.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        assert!(peak > 0.01, "nothing was to be heard");
        let differs = |(a, b): (&f32, &f32)| a.to_bits() != b.to_bits();
        let left = seen.left.iter().zip(&unseen.left).position(differs);
        let right = seen.right.iter().zip(&unseen.right).position(differs);
        println!("{mode:?}: {TIMES} windows in {seconds:.1} s of sound; first difference: {left:?}, {right:?}");
        assert!(seen.gestures.is_empty() && seen.moves.is_empty(), "a window moved a parameter by itself");
        differences.push(left.or(right));
        if differences.contains(&None) {
            return Ok(());
        }
    }
    Err(format!("windows changed the sound; first differences at {differences:?}").into())
}

/// A take while windows open and close, and what was played.
fn seen_take(package: &Package, setup: &Setup) -> Outcome<(Recording, Vec<Timed>)> {
    let mut instance = Instance::active(package, setup)?;
    let events = score(instance.parameter("Output")?.id, 600);
    let mut session = Session::new(instance)?;
    session.play(Score {
        events: events.clone(),
        length: None,
        blocks: BLOCKS,
        sample_rate: RATE,
        pace: Pace::Clock,
    })?;
    open_and_close(&mut session, TIMES)?;
    let recording = session.stop()?;
    session.end()?;
    Ok((recording, events))
}

/// What a process has.
#[derive(Clone, Copy, Debug)]
struct Belongings {
    threads: usize,
    windows: usize,
    files: usize,
    resident_kib: u64,
    /// What is allocated, in all arenas.
    allocated_kib: u64,
}

fn belongings(session: &Session) -> Outcome<Belongings> {
    // What the allocator keeps in reserve, an arena for each thread that was, is nobody's belonging.
    // SAFETY: it only gives memory back to the system.
    unsafe { libc::malloc_trim(0) };
    // SAFETY: it only counts.
    let heap = unsafe { libc::mallinfo2() };
    let allocated_kib = (heap.uordblks + heap.hblkhd) as u64 / 1024;
    let count =
        |folder: &str| Ok::<_, std::io::Error>(std::fs::read_dir(Path::new("/proc/self").join(folder))?.count());
    let status = std::fs::read_to_string("/proc/self/status")?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no resident set size")?;
    let resident_kib = resident.trim().trim_end_matches(" kB").parse()?;
    Ok(Belongings {
        threads: count("task")?,
        windows: session.windows()?,
        files: count("fd")?,
        resident_kib,
        allocated_kib,
    })
}

fn leave_nothing() -> Outcome {
    let package = Package::find()?;
    let mut instance = Instance::active(&package, &Setup { mode: Mode::Realtime, ..Setup::offline(BLOCKS) })?;
    let events = score(instance.parameter("Output")?.id, 600);
    let mut session = Session::new(instance)?;
    session.play(Score { events, length: None, blocks: BLOCKS, sample_rate: RATE, pace: Pace::Clock })?;
    let mut had = Vec::new();
    for index in 0..TIMES / WARM_UP + 1 {
        unsafe extern "C" {
            fn mtrace();
            fn muntrace();
        }
        if index == 1 {
            unsafe { mtrace() }
        }
        if index == 2 {
            unsafe { muntrace() };
            let maps = std::fs::read_to_string("/proc/self/maps")?;
            std::fs::write("/tmp/mt.maps", maps)?;
        }
        open_and_close(&mut session, WARM_UP)?;
        // What was heard would be counted, too.
        drop(session.heard());
        let has = belongings(&session)?;
        println!("after {} windows: {has:?}", (index + 1) * WARM_UP);
        had.push(has);
    }
    let (first, last) = (had[0], had[had.len() - 1]);
    let windows = ((had.len() - 1) * WARM_UP) as u64;
    let of_a_window = last.allocated_kib.saturating_sub(first.allocated_kib) / windows;
    let resident = last.resident_kib.saturating_sub(first.resident_kib) / windows;
    println!("{windows} windows: {of_a_window} KiB each stay allocated, {resident} KiB resident");
    assert!(of_a_window <= MOST_KIB, "{of_a_window} KiB stay allocated for each window");
    assert!(resident <= MOST_RESIDENT_KIB, "{resident} KiB stay resident for each window");
    assert_eq!(first.threads, last.threads, "threads are left behind");
    assert_eq!(first.windows, last.windows, "windows are left behind");
    assert_eq!(first.files, last.files, "open files are left behind");
    session.stop()?;
    session.end()?;
    Ok(())
}
