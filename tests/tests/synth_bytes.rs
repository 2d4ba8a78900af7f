//! The same events give the same bytes: at any block size, again after a reset, in real time as offline.

mod rig;

use rig::{Fake, Rig, bytes, cc, first_sound, off, on};
use timbrel_engine::event::{Event, Setting};
use timbrel_engine::synth::Mode;

const LENGTH: u64 = 60_000;

/// Notes, a chord of eight, controllers, settings; nothing on a round position.
fn piece() -> Vec<(u64, Event)> {
    let settings =
        [(Setting::Release, 0.1), (Setting::RoomMix, 0.5), (Setting::OutputGain, 0.0), (Setting::Polyphony, 16.0)];
    let mut events: Vec<_> = settings.map(|(setting, value)| (0, Event::Set(setting, value))).into();
    events.extend((0..8).map(|voice| (1_001 + voice, on(48 + 3 * voice as u8))));
    events.extend([
        (3_003, cc(1, 0.7)),
        (5_001, Event::PitchBend { channel: 0, value: 0.5 }),
        (7_007, Event::Set(Setting::OutputGain, -6.0)),
        (7_777, cc(64, 1.0)),
        (9_001, Event::Panic),
        (9_001, on(60)),
        (15_000, on(60)),
        (20_011, off(60)),
        (26_000, on(72)),
        (26_000, Event::Set(Setting::Polyphony, 2.0)),
        (26_500, on(73)),
        (27_013, on(74)),
        (33_000, Event::Choke { note: rig::note(73) }),
        (40_000, off(74)),
    ]);
    // Every control that shapes the sound, from end to end and back to rest, several times a frame.
    for (step, setting) in (0..60).zip(rig::SHAPING.into_iter().cycle()) {
        let at = 1_500 + 211 * step;
        let (least, greatest) = setting.range();
        events.extend(
            [(at, least), (at + 67, greatest), (at + 5_101, setting.initial())]
                .map(|(at, value)| (at, Event::Set(setting, value))),
        );
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

#[test]
fn block_sizes_do_not_change_a_byte() {
    let mut reference = None;
    for block in [512, 1, 7, 64, 480, 1024, 4096, 0] {
        let mut rig = Rig::offline();
        let mut state = 1_u32;
        let out = rig.play(&piece(), LENGTH, || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if block == 0 { (state >> 22) as usize } else { block }
        });
        assert!(first_sound(&out).is_some() && out.iter().all(|sample| sample.is_finite()));
        let out = bytes(&out);
        let reference = reference.get_or_insert_with(|| out.clone());
        let first = reference.iter().zip(&out).position(|(a, b)| a != b);
        println!("blocks of {block} (0: random): first difference {first:?}");
        assert_eq!(first, None);
    }
}

#[test]
fn a_reset_gives_the_same_bytes_again() {
    let mut rig = Rig::offline();
    let first = rig.play(&piece(), LENGTH, || 480);
    rig.play(&[(0, on(50)), (900, on(55))], 12_345, || 480);
    rig.synth.reset();
    let again = rig.play(&piece(), LENGTH, || 480);
    // What the reset cut off fades within the latency.
    let latency = rig.synth.latency() as usize;
    assert_eq!(bytes(&first[latency..]), bytes(&again[latency..]));
}

#[test]
fn a_real_time_take_without_late_frames_is_the_bounce() {
    let mut bounce = Rig::new(Mode::Offline, 48_000.0, 512, Fake::default());
    let bounce = bounce.play(&piece(), LENGTH, || 512);
    for attempt in 1.. {
        let mut take = Rig::new(Mode::Realtime, 48_000.0, 512, Fake::default());
        let out = take.play(&piece(), LENGTH, || 512);
        let late = take.handle.status().late_frames;
        println!("take {attempt}: {late} blocks late, control load {:.3}", take.handle.status().control_load);
        if late == 0 {
            assert_eq!(bytes(&bounce), bytes(&out));
            return;
        }
        assert!(attempt < 20, "no take without a late frame on this machine");
    }
}

#[test]
fn the_mode_may_change_between_blocks() {
    let mut bounce = Rig::new(Mode::Offline, 48_000.0, 512, Fake::default());
    let bounce = bounce.play(&piece(), LENGTH, || 512);
    let mut rig = Rig::offline();
    let events = piece();
    let (mut out, half) = (Vec::new(), LENGTH / 2 / 512 * 512);
    let (first, second): (Vec<_>, Vec<_>) = events.into_iter().partition(|(at, _)| *at < half);
    out.extend(rig.play(&first, half, || 512));
    rig.synth.set_mode(Mode::Realtime);
    let second: Vec<_> = second.into_iter().map(|(at, event)| (at - half, event)).collect();
    out.extend(rig.play(&second, LENGTH - half, || 512));
    assert!(rig.handle.status().late_frames > 0 || bytes(&bounce) == bytes(&out));
}
