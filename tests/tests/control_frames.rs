//! The conductor's frames: in order, complete before they are needed, the same however it is advanced.

mod rig;

use rig::podium::{Podium, instrument};
use rig::{Fake, Switches, note, off, on};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use timbrel_engine::event::{Event, Expression, Setting};
use timbrel_engine::frame::{FrameHead, FrameKind};

const HOP: u64 = 192;

fn piece() -> Vec<(u64, Event)> {
    let mut events = vec![(0, Event::Set(Setting::Polyphony, 4.0)), (5, on(60)), (192, on(62)), (200, on(64))];
    events.extend((0..40).map(|n| (1_000 + 37 * n, on(40 + n as u8))));
    events.extend((0..40).map(|n| (2_500 + 11 * n, off(40 + n as u8))));
    events.extend([(4_000, Event::Panic), (4_000, on(70)), (9_000, off(70))]);
    events
}

#[test]
fn frames_do_not_depend_on_how_the_conductor_is_advanced() {
    let frames = |step: u64| {
        let mut podium = Podium::new(Fake::default(), HOP, 4096);
        let mut frames = Vec::new();
        let mut events = piece().into_iter().peekable();
        let mut known = 0;
        while known < 20_000 {
            known += step;
            while let Some((at, event)) = events.next_if(|(at, _)| *at < known) {
                podium.event(at, event);
            }
            podium.conductor.advance(known);
            frames.extend(podium.frames());
        }
        frames.retain(|(head, _)| head.at < 15_000);
        frames
    };
    let reference = frames(20_000);
    assert!(reference.len() > 100);
    for step in [1, 7, 191, 192, 193, 480, 2_048] {
        assert!(frames(step) == reference, "advanced by {step}");
    }
    println!("{} frames, the same for steps of 1 to 20,000 samples", reference.len());
}

#[test]
fn frames_set_off_in_order_and_before_they_are_needed() {
    for (horizon, hop) in [(HOP, 192), (HOP, 64), (HOP, 480), (HOP, 4_096)] {
        let mut podium = Podium::new(Fake { hop, ..Fake::default() }, horizon, 4096);
        let mut events = piece().into_iter().peekable();
        let (mut known, mut promised, mut latest) = (0, 0, 0);
        while known < 20_000 {
            known += 100;
            while let Some((at, event)) = events.next_if(|(at, _)| *at < known) {
                podium.event(at, event);
            }
            let computed = podium.conductor.advance(known);
            assert!(computed + horizon >= known, "hop {hop}: {computed} when {known} is known");
            for (head, _) in podium.frames() {
                assert!(
                    head.from >= promised,
                    "hop {hop}: a frame sets off at {} after {promised} was done",
                    head.from
                );
                assert!(
                    head.from >= latest
                        && head.at >= head.from
                        && head.from + horizon >= head.at.min(head.from + horizon)
                );
                if let FrameKind::Step { .. } = head.kind {
                    assert!(head.at - head.from <= horizon);
                }
                latest = head.from;
            }
            promised = computed;
        }
    }
}

#[test]
fn a_voice_begins_silent_at_its_sample_and_steps_from_there_to_the_grid() {
    let mut podium = Podium::new(Fake::default(), HOP, 4096);
    podium.event(300, on(69));
    podium.conductor.advance(1_000);
    let frames = podium.frames();
    let of_voice: Vec<_> = frames.iter().filter(|(head, _)| !matches!(head.kind, FrameKind::Mix(_))).collect();
    let (start, silent) = &of_voice[0];
    assert!(matches!(start, FrameHead { from: 300, at: 300, kind: FrameKind::Start { slot: 0, .. } }), "{start:?}");
    assert!(silent.iter().all(|value| *value == 0.0));
    let steps: Vec<_> = of_voice[1..].iter().map(|(head, _)| (head.from, head.at)).collect();
    assert_eq!(steps, [(300, 384), (384, 576), (576, 768), (768, 960)]);
    let row = &of_voice[4].1;
    // Velocity 100 is -18 dB, shared as 1/k among eight.
    let first = 10_f32.powf(-18.0 / 20.0) / (1..=8).map(|k| 1.0 / k as f32).sum::<f32>();
    assert!((row[0] - first).abs() < 1e-3 * first && (row[1] - first / 2.0).abs() < 1e-3 * first, "{row:?}");
}

#[test]
fn an_expression_that_comes_with_its_note_is_there_from_the_first_sample() {
    let mut podium = Podium::new(Fake::default(), HOP, 4096);
    podium.event(300, on(69));
    podium.event(300, on(57));
    for (expression, value) in [(Expression::Tuning, 12.0), (Expression::Pan, -0.5)] {
        podium.event(300, Event::NoteExpression { note: note(69), expression, value });
    }
    podium.event(301, Event::NoteExpression { note: note(57), expression: Expression::Tuning, value: 12.0 });
    podium.conductor.advance(1_000);
    let starts: Vec<_> = podium
        .frames()
        .iter()
        .filter_map(|(head, _)| match head.kind {
            FrameKind::Start { tone, .. } => Some((tone.f0_hz, tone.pan)),
            _ => None,
        })
        .collect();
    assert_eq!(starts, [(880.0, -0.5), (220.0, 0.0)]);
}

#[test]
fn a_swap_moves_held_voices_over_and_fades_the_old_ones() {
    let mut podium = Podium::new(Fake::default(), HOP, 4096);
    podium.event(100, on(60));
    podium.event(100, on(64));
    podium.conductor.advance(5_000);
    podium.frames();
    let switches = Arc::new(Switches::default());
    let (next, mut receiver) = instrument(Fake { hop: 256, harmonics: 3, ..Fake::default() }, &switches, 4096);
    let Ok(_old) = podium.conductor.swap(next) else { panic!("no room") };
    podium.conductor.advance(7_000);
    let old: Vec<_> = podium.frames().into_iter().map(|(head, _)| (head.from, head.at, head.kind)).collect();
    assert_eq!(
        old,
        [(5_000, 5_960, FrameKind::End { slot: 0 }), (5_000, 5_960, FrameKind::End { slot: 1 })],
        "20 ms of fade"
    );
    let mut row = vec![0.0; 8];
    let mut kinds = Vec::new();
    while let Some(head) = receiver.receive(&mut row) {
        assert!(head.from >= 5_000);
        kinds.push(match head.kind {
            FrameKind::Start { slot, .. } => format!("start {slot} at {}", head.at),
            FrameKind::Step { slot, .. } => format!("step {slot} to {}", head.at),
            other => format!("{other:?} at {}", head.at),
        });
    }
    assert_eq!(kinds[1..5], ["start 0 at 5000", "start 1 at 5000", "step 0 to 5120", "step 1 to 5120"], "{kinds:?}");
    assert!(podium.ended.pop().is_err(), "notes that moved have not ended");
}

#[test]
fn a_full_frame_queue_makes_the_conductor_wait_and_loses_nothing() {
    let mut podium = Podium::new(Fake::default(), HOP, 1024);
    podium.event(0, Event::Set(Setting::Polyphony, 64.0));
    (0..64).for_each(|key| podium.event(10, on(key)));
    let stopped = podium.conductor.advance(100_000);
    assert!(stopped < 20_000, "{stopped}");
    let mut frames = podium.frames();
    while podium.conductor.advance(100_000) < 99_840 {
        frames.extend(podium.frames());
    }
    frames.extend(podium.frames());
    let steps = frames.iter().filter(|(head, _)| matches!(head.kind, FrameKind::Step { .. })).count();
    assert_eq!(steps, 64 * (100_000 / 192));
}

#[test]
fn an_overflow_chokes_everything_and_is_counted() {
    let mut podium = Podium::new(Fake::default(), HOP, 4096);
    podium.event(0, on(60));
    podium.conductor.advance(480);
    podium.event(500, on(61));
    podium.overflowed.store(true, Ordering::Release);
    podium.conductor.advance(960);
    assert_eq!((podium.conductor.voices(), podium.conductor.counts().overflows), (0, 1));
    podium.event(1_000, on(62));
    podium.conductor.advance(1_440);
    assert_eq!(podium.conductor.voices(), 1);
}

#[test]
fn a_storm_of_notes_in_one_hop_neither_sticks_nor_hangs() {
    let mut podium = Podium::new(Fake { hop: 4_800, ..Fake::default() }, 4_800, 1024);
    (0..20_000_u64)
        .for_each(|n| podium.event(n / 5, if n % 2 == 0 { on((n % 128) as u8) } else { off((n % 128) as u8) }));
    podium.event(4_100, Event::Panic);
    for known in (0..200_000).step_by(1_000) {
        podium.conductor.advance(known);
        podium.frames();
    }
    println!("{:?}", podium.conductor.counts());
    assert_eq!(podium.conductor.voices(), 0);
}
