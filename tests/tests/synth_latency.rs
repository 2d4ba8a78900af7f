//! Events sound exactly the reported latency after they happen, at any rate and block size.

mod rig;

use rig::{Fake, Rig, first_sound, off, on};
use timbrel_engine::synth::Mode;

/// A voice begins at its own sample with phase 0, where a sine is zero; the sample after is the first that is not.
const FIRST_HEARD: u64 = 1;

#[test]
fn reported_latency_is_measured_latency_offline() {
    for rate in [44_100.0, 48_000.0, 96_000.0] {
        for block in [32, 64, 128, 256, 512, 1024, 2048] {
            check(Mode::Offline, rate, block);
        }
    }
}

#[test]
fn reported_latency_is_measured_latency_in_real_time() {
    for rate in [44_100.0, 48_000.0, 96_000.0] {
        for block in [256, 512, 1024, 2048] {
            check(Mode::Realtime, rate, block);
        }
    }
}

fn check(mode: Mode, rate: f64, block: usize) {
    let mut rig = Rig::new(mode, rate, block, Fake { noise: 0.0, ..Fake::default() });
    let latency = u64::from(rig.synth.latency());
    let at = 1_003;
    let out = rig.play(&[(at, on(69)), (at + 2_000, off(69))], at + latency + 3_000, || block);
    let late = rig.handle.status().late_frames;
    let heard = first_sound(&out).map(|sample| sample as u64);
    println!(
        "{mode:?} {rate} Hz, blocks of {block}: reported {latency}, measured {:?}, late {late}",
        heard.map(|h| h - at)
    );
    // A block that was late on a busy machine is no measurement.
    assert!(late > 0 || heard == Some(at + latency + FIRST_HEARD), "{heard:?}");
}

#[test]
fn an_onset_is_where_the_event_is_to_the_sample() {
    for at in (0..400).chain([5_000, 7_777, 48_001]) {
        let mut rig = Rig::new(Mode::Offline, 48_000.0, 512, Fake { noise: 0.0, ..Fake::default() });
        let latency = u64::from(rig.synth.latency());
        let out = rig.play(&[(at, on(60))], at + latency + 64, || 480);
        assert_eq!(first_sound(&out), Some((at + latency + FIRST_HEARD) as usize), "note at {at}");
    }
    println!("403 onsets: error 0 samples each");
}
