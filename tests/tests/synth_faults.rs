//! Whatever the decoder does, it is heard as nothing but a held and then faded sound, and the latency stays.

mod rig;

use rig::{Fake, Rig, Switches, first_sound, off, on, rms_db};
use std::sync::atomic::Ordering;
use timbrel_engine::render::{Shaping, Voicing};
use timbrel_engine::synth::{Config, Mode, Source, Synth, SynthError};

const SECOND: u64 = 48_000;

fn level(out: &[f32], from_ms: usize, to_ms: usize) -> f64 {
    rms_db(&out[from_ms * 48..to_ms * 48])
}

#[test]
fn a_stalled_decoder_holds_then_fades_and_recovers_with_the_same_latency() {
    let mut rig = Rig::new(Mode::Realtime, 48_000.0, 512, Fake { noise: 0.0, ..Fake::default() });
    rig.play(&[(0, on(69))], SECOND / 2, || 512);
    let before = rig.handle.status().late_frames;
    rig.switches.stall_ms.store(1_000, Ordering::SeqCst);
    let stalled = rig.play(&[], SECOND * 9 / 10, || 512);
    rig.switches.stall_ms.store(0, Ordering::SeqCst);
    let late = rig.handle.status().late_frames - before;
    rig.play(&[(0, off(69))], SECOND * 3 / 2, || 512);
    let latency = u64::from(rig.synth.latency());
    let late_after = rig.handle.status().late_frames;
    let out = rig.play(&[(4_801, on(72))], SECOND / 2, || 512);
    let heard = first_sound(&out).map(|sample| sample as u64);
    println!(
        "stalled: {late} blocks late; level 50-150 ms {:.1} dB, 400-800 ms {:.1} dB; then a note at 4801 heard at {heard:?}, latency {latency}",
        level(&stalled, 50, 150),
        level(&stalled, 400, 800),
    );
    assert!(late > 20 && stalled.iter().all(|sample| sample.is_finite()));
    assert!(level(&stalled, 50, 150) > -40.0, "held");
    assert!(level(&stalled, 400, 800) < -120.0, "faded");
    assert!(rig.handle.status().late_frames > late_after || heard == Some(4_801 + latency + 1), "{heard:?}");
}

/// A second of A4, a second of a decoder that `break_it` breaks, a second mended; offline.
fn broken(break_it: impl Fn(&Rig, bool)) -> (Vec<f32>, Vec<f32>, Rig) {
    let mut rig = Rig::offline();
    rig.play(&[(0, on(69))], SECOND, || 480);
    break_it(&rig, true);
    let during = rig.play(&[], SECOND, || 480);
    break_it(&rig, false);
    let after = rig.play(&[(0, off(69)), (4_800, on(72))], SECOND, || 480);
    (during, after, rig)
}

fn check_held_then_faded(name: &str, during: &[f32]) {
    println!(
        "{name}: level 20-100 ms {:.1} dB, 400-1000 ms {:.1} dB",
        level(during, 20, 100),
        level(during, 400, 1_000)
    );
    assert!(during.iter().all(|sample| sample.is_finite()));
    assert!(level(during, 20, 100) > -40.0, "{name} is held");
    assert!(level(during, 400, 1_000) < -120.0, "{name} has faded");
}

#[test]
fn values_that_are_not_numbers_hold_and_fade_the_voice_and_are_said() {
    let (during, after, rig) = broken(|rig, on| Switches::set(&rig.switches.nan, on));
    check_held_then_faded("NaN", &during);
    assert!(level(&after, 300, 900) > -40.0, "the next note sounds");
    let status = rig.handle.status();
    println!("{} errors: {:?}", status.decoder_errors, status.error);
    assert!(status.decoder_errors > 20);
    assert_eq!(status.error.as_deref(), Some("Fake: the decoder gave values that are not finite"));
}

#[test]
fn a_decoder_that_fails_holds_and_fades_and_says_why() {
    let (during, after, rig) = broken(|rig, on| Switches::set(&rig.switches.fail, on));
    check_held_then_faded("error", &during);
    assert!(level(&after, 300, 900) > -40.0, "the next note sounds");
    let error = rig.handle.status().error.unwrap();
    assert_eq!(error, "Fake: the decoder failed: a decoder step of 65 rows, expected at most 64");
}

#[test]
fn a_panicking_decoder_fades_and_a_new_instrument_plays_on() {
    let (during, after, mut rig) = broken(|rig, on| Switches::set(&rig.switches.panic, on));
    check_held_then_faded("panic", &during);
    assert!(level(&after, 300, 900) < -120.0, "a decoder that panicked is not asked again");
    assert_eq!(rig.handle.status().error.as_deref(), Some("Fake: the decoder crashed; load an instrument to play on"));
    rig.handle.swap_with(Fake::default().source("Second", &rig.switches)).unwrap();
    let out = rig.play(&[(4_800, on(60))], SECOND, || 480);
    assert!(level(&out, 300, 900) > -40.0);
    assert_eq!((rig.handle.status().error, rig.handle.status().instrument.as_str()), (None, "Second"));
}

#[test]
fn a_short_fault_is_not_heard_as_silence() {
    let mut rig = Rig::offline();
    rig.play(&[(0, on(69))], SECOND, || 480);
    Switches::set(&rig.switches.nan, true);
    rig.play(&[], 1_920, || 480);
    Switches::set(&rig.switches.nan, false);
    let out = rig.play(&[], SECOND, || 480);
    assert!(level(&out, 0, 20) > -40.0 && level(&out, 500, 1_000) > -40.0);
}

#[test]
fn more_events_than_the_queue_holds_leave_no_note_hanging() {
    let mut rig = Rig::new(Mode::Realtime, 48_000.0, 512, Fake::default());
    let mut storm: Vec<_> = (0..9_000).map(|n| (0, on((n % 100) as u8))).collect();
    storm.extend((0..100).map(|key| (1, off(key))));
    rig.play(&storm, SECOND, || 512);
    let status = rig.handle.status();
    println!("{} overflows, {} refused, {} voices", status.event_overflows, status.refused_notes, status.voices);
    assert!(status.event_overflows >= 1);
    assert_eq!(status.voices, 0);
}

#[test]
fn ended_notes_are_told_where_they_fall_silent() {
    let mut rig = Rig::offline();
    let latency = u64::from(rig.synth.latency());
    rig.play(
        &[(100, on(60)), (200, on(64)), (9_600, timbrel_engine::event::Event::Choke { note: rig::note(60) })],
        SECOND,
        || 480,
    );
    assert_eq!(rig.ended, [(rig::note(60), 9_600 + 240 + latency)]);
    rig.play(&[(0, off(64))], SECOND, || 480);
    assert_eq!(rig.ended.len(), 2);
    // Release of 150 ms per 60 dB: 96 dB and a last fade of 5 ms, on the grid.
    let after = rig.ended[1].1 - SECOND - latency;
    println!("released note ended {:.1} ms after its note-off", after as f64 / 48.0);
    assert!((11_520..=12_000).contains(&after));
}

#[test]
fn a_decoder_with_another_familys_voicing_is_refused_with_a_sentence() {
    let switches = std::sync::Arc::new(Switches::default());
    let newt = || rig::newt::newt("Newt", Shaping::default(), &switches);
    let mixed = || Source { voicing: Voicing::Harmonic, ..newt() };
    let config = Config { sample_rate: 48_000.0, max_block: 512, mode: Mode::Offline, shaping: Shaping::default() };
    let refused = Synth::start_with(&config, mixed()).err().unwrap();
    println!("{refused}");
    assert!(matches!(refused, SynthError::Voicing(_)));
    let mut rig = Rig::offline();
    assert!(matches!(rig.handle.swap_with(mixed()), Err(SynthError::Voicing(_))));
    let source = Source { voicing: newt().voicing, ..Fake::default().source("Fake", &switches) };
    assert!(matches!(rig.handle.swap_with(source), Err(SynthError::Voicing(_))));
    // What played plays on.
    assert!(first_sound(&rig.play(&[(0, on(60))], 10_000, || 480)).is_some());
}
