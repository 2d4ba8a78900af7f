//! The tapped sound, and what a watch costs that is gone.

use super::rig::{Fake, Rig, bytes, on};
use timbrel_engine::event::Event;
use timbrel_engine::synth::{LONGEST_SOUND, Mode};

fn tapped(rig: &Rig, watch: &timbrel_engine::synth::Watch, length: usize) -> ([Vec<f32>; 2], u64) {
    let mut sound = [vec![f32::NAN; length], vec![f32::NAN; length]];
    let [left, right] = &mut sound;
    let end = watch.sound(left, right);
    assert!(end <= rig.position);
    (sound, end)
}

#[test]
fn the_tapped_sound_is_the_output() {
    // Longer blocks than count are rendered in parts.
    for block in [1, 64, 480, 4_096] {
        let mut rig = Rig::new(Mode::Offline, 48_000.0, 512, Fake::default());
        let watch = rig.handle.watch();
        assert_eq!(tapped(&rig, &watch, 100), ([vec![0.0; 100], vec![0.0; 100]], 0));
        let pan = Event::Set(timbrel_engine::event::Setting::Pan, 0.4);
        let mut out = rig.play_stereo(&[(0, pan), (10, on(50)), (2_000, on(57))], 9_000, || block);
        // A reset in the middle: what fades is heard, too.
        rig.synth.reset();
        for (out, more) in out.iter_mut().zip(rig.play_stereo(&[(5, on(62))], 40_000, || block)) {
            out.extend(more);
        }
        for length in [1, 512, LONGEST_SOUND, LONGEST_SOUND + 1_000] {
            let (sound, end) = tapped(&rig, &watch, length);
            assert_eq!(end, rig.position);
            let there = length.min(LONGEST_SOUND);
            for (sound, out) in sound.iter().zip(&out) {
                assert!(sound[..length - there].iter().all(|sample| *sample == 0.0));
                assert_eq!(bytes(&sound[length - there..]), bytes(&out[out.len() - there..]));
            }
        }
        println!(
            "blocks of {block}: the newest {LONGEST_SOUND} of {} samples, both channels, bit for bit",
            out[0].len()
        );
    }
}

#[test]
fn what_was_there_before_the_first_watch_is_silence() {
    let mut rig = Rig::offline();
    rig.play(&[(0, on(60))], 5_000, || 500);
    let watch = rig.handle.watch();
    let out = rig.play(&[], 1_000, || 500);
    let ([left, _], end) = tapped(&rig, &watch, 3_000);
    assert_eq!(end, 6_000);
    assert!(left[..2_000].iter().all(|sample| *sample == 0.0));
    assert_eq!(bytes(&left[2_000..]), bytes(&out));
}

#[test]
fn a_watch_that_is_dropped_stops_the_work() {
    let mut rig = Rig::offline();
    let mut first = rig.handle.watch();
    let second = rig.handle.watch();
    rig.play(&[(0, on(60))], 24_000, || 480);
    let at = first.look().at;
    println!("at {at} of 24000 known samples, callback load {:.4}", rig.handle.status().callback_load);
    assert!(at > 23_000 && first.seen().voices.len() == 1);
    assert!(rig.handle.status().callback_load > 0.0);
    drop(first);
    rig.play(&[], 4_800, || 480);
    assert!(tapped(&rig, &second, 10).1 == 28_800 && rig.handle.status().callback_load > 0.0);
    drop(second);
    assert_eq!(rig.handle.status().callback_load, 0.0);
    rig.play(&[], 24_000, || 480);
    // What a new one sees is what the last one saw, until the next frame.
    let mut again = rig.handle.watch();
    let seen = again.look().at;
    assert!((28_000..=28_800).contains(&seen), "{seen}");
    assert_eq!(tapped(&rig, &again, 10).1, 28_800);
    rig.play(&[], 480, || 480);
    assert!(again.look().at > 52_800 && tapped(&rig, &again, 10).1 == 53_280);
    assert!(again.is_live());
    drop(rig);
    assert!(!again.is_live() && again.look().voices.len() == 1);
}
