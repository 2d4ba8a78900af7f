//! The same events give the same bytes: again, at any block size, after a reset, in several instances at once.
//! Test code.

#![allow(clippy::unwrap_used)]

use timbrel_tests::host::{Blocks, Event, Instance, Mode, Package, Recording, Setup, Timed};
use timbrel_tests::measure::first_difference;

const LENGTH: u64 = 144_000;

/// Chords, bend, pedal, pressure, wheel and parameters, at odd samples.
fn piece(parameter: u32) -> Vec<Timed> {
    let mut events = vec![];
    for (index, key) in [38, 45, 50, 54, 57, 62, 66, 69].into_iter().enumerate() {
        let at = 101 + 2_999 * index as u64;
        events.push(Timed::note_on(at, key, 0.4 + 0.07 * index as f64));
        events.push(Timed::note_off(at + 31_013, key));
    }
    events.push(Timed { at: 20_001, event: Event::Midi([0xb0, 64, 127]) });
    events.push(Timed { at: 80_003, event: Event::Midi([0xb0, 64, 0]) });
    for step in 0..64u8 {
        let at = 30_000 + 333 * u64::from(step);
        events.push(Timed { at, event: Event::Midi([0xe0, 0, 64 + step / 2]) });
        events.push(Timed { at: at + 7, event: Event::Midi([0xb0, 1, step]) });
        events.push(Timed { at: at + 11, event: Event::Midi([0xd0, step, 0]) });
        events.push(Timed { at: at + 13, event: Event::Midi([0xb0, 11, 127 - step]) });
    }
    events.push(Timed { at: 60_007, event: Event::Parameter { id: parameter, value: 0.25 } });
    events.sort_by_key(|event| event.at);
    events
}

/// Renders the piece and takes the latency off, which depends on the largest block.
fn render(package: &Package, blocks: Blocks) -> Recording {
    let mut instance = Instance::active(package, &Setup::offline(blocks)).unwrap();
    let attack = instance.parameters().unwrap()[0].id;
    trimmed(&mut instance, &piece(attack), blocks)
}

fn trimmed(instance: &mut Instance, events: &[Timed], blocks: Blocks) -> Recording {
    let latency = instance.latency().unwrap();
    let mut sound = instance.render(events, LENGTH + u64::from(latency), blocks).unwrap();
    sound.left.drain(..latency as usize);
    sound.right.drain(..latency as usize);
    sound
}

fn assert_same(what: &str, a: &Recording, b: &Recording) {
    for (channel, a, b) in [("left", &a.left, &b.left), ("right", &a.right, &b.right)] {
        assert_eq!(first_difference(a, b, 0.0), None, "{what}: {channel} differs");
    }
}

#[test]
fn block_sizes_do_not_change_a_byte() {
    let package = Package::find().unwrap();
    let expected = render(&package, Blocks::Fixed(256));
    assert!(expected.left.iter().any(|sample| sample.abs() > 1e-3));
    for blocks in [
        Blocks::Fixed(1),
        Blocks::Fixed(7),
        Blocks::Fixed(64),
        Blocks::Fixed(480),
        Blocks::Fixed(1024),
        Blocks::Random { seed: 1, largest: 1024 },
        Blocks::Random { seed: 2, largest: 33 },
    ] {
        assert_same(&format!("{blocks:?}"), &expected, &render(&package, blocks));
    }
}

#[test]
fn a_repeated_render_is_the_same_bytes() {
    let package = Package::find().unwrap();
    let blocks = Blocks::Fixed(480);
    assert_same("a second instance", &render(&package, blocks), &render(&package, blocks));
}

#[test]
fn a_reset_or_a_new_activation_begins_from_the_same_silence() {
    let package = Package::find().unwrap();
    let (blocks, setup) = (Blocks::Fixed(480), Setup::offline(Blocks::Fixed(480)));
    let events = [Timed::note_on(0, 45, 0.7), Timed::note_on(5_000, 57, 0.9)];
    let mut instance = Instance::active(&package, &setup).unwrap();
    let first = trimmed(&mut instance, &events, blocks);
    instance.deactivate();
    instance.activate(&setup).unwrap();
    assert_same("after a new activation", &first, &trimmed(&mut instance, &events, blocks));
}

#[test]
fn two_instances_do_not_hear_each_other() {
    let package = Package::find().unwrap();
    let (blocks, setup) = (Blocks::Fixed(256), Setup::offline(Blocks::Fixed(256)));
    let alone = render(&package, blocks);
    let mut one = Instance::active(&package, &setup).unwrap();
    let mut other = Instance::active(&package, &setup).unwrap();
    let events = piece(one.parameters().unwrap()[0].id);
    let latency = u64::from(one.latency().unwrap());
    let (mut sound, mut noise) = (Recording::default(), Recording::default());
    let mut rest = &events[..];
    while one.position() < LENGTH + latency {
        let until = one.position() + 256;
        let (now, later) = rest.split_at(rest.partition_point(|event| event.at < until));
        rest = later;
        one.process(now, 256, &mut sound).unwrap();
        let other_note = (other.position() == 0).then(|| Timed::note_on(0, 40, 1.0));
        other.process(other_note.as_slice(), 256, &mut noise).unwrap();
    }
    let latency = latency as usize;
    let length = alone.left.len();
    let sound = Recording {
        left: sound.left[latency..latency + length].to_vec(),
        right: sound.right[latency..latency + length].to_vec(),
        ..Recording::default()
    };
    assert_same("beside another instance", &alone, &sound);
    assert!(noise.left.iter().any(|sample| sample.abs() > 1e-3));
}

#[test]
fn a_real_time_take_without_a_late_frame_is_the_bounce() {
    let package = Package::find().unwrap();
    let blocks = Blocks::Fixed(512);
    let mut live = Instance::active(&package, &Setup { mode: Mode::Realtime, ..Setup::offline(blocks) }).unwrap();
    let events = [Timed::note_on(4_800, 45, 0.7), Timed::note_on(9_600, 57, 0.9), Timed::note_off(24_000, 57)];
    let mut sound = Recording::default();
    let mut rest = &events[..];
    let begin = std::time::Instant::now();
    while live.position() < 48_000 {
        let until = live.position() + 512;
        let (now, later) = rest.split_at(rest.partition_point(|event| event.at < until));
        rest = later;
        live.process(now, 512, &mut sound).unwrap();
        // In step with the clock, as a sound card would ask.
        let due = std::time::Duration::from_secs_f64(live.position() as f64 / 48_000.0);
        std::thread::sleep(due.saturating_sub(begin.elapsed()));
    }
    let mut bounce = Instance::active(&package, &Setup::offline(blocks)).unwrap();
    let expected = bounce.render(&events, 48_128, blocks).unwrap();
    // On a machine that is busy with other things frames may come late; then this says nothing either way.
    if first_difference(&expected.left, &sound.left, 0.0).is_some() {
        let worst = expected.left.iter().zip(&sound.left).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
        eprintln!("frames came late on this machine; the take differs by up to {worst}");
        assert!(sound.left.iter().all(|sample| sample.is_finite()));
    }
}
