//! The safety limiter behind all layers: when it does nothing, when it does something, and how it is switched.

mod rig;

use rig::{Rig, bytes, off, on, rms_db};
use timbrel_engine::event::{Event, Setting};

/// Sixteen notes at once, each struck as hard as can be, `gain_db` louder than usual.
fn sixteen(gain_db: f32, limiter: f32) -> Vec<(u64, Event)> {
    let settings = [(Setting::OutputGain, gain_db), (Setting::Limiter, limiter), (Setting::VelocityAmount, 1.0)];
    let mut events: Vec<_> = settings.map(|(setting, value)| (0, Event::Set(setting, value))).into();
    for key in 0..16u8 {
        let Event::NoteOn { note, .. } = on(40 + 2 * key) else { continue };
        events.push((2_000 + 31 * u64::from(key), Event::NoteOn { note, velocity: 1.0 }));
        events.push((70_000, off(40 + 2 * key)));
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

fn peak(sound: &[f32]) -> f32 {
    sound.iter().fold(0f32, |peak, sample| peak.max(sample.abs()))
}

#[test]
fn sixteen_loud_voices_stay_under_full_scale() {
    let mut free = Rig::offline();
    let loud = free.play(&sixteen(0.0, 0.0), 48_000, || 480);
    let mut rig = Rig::offline();
    let sound = rig.play(&sixteen(0.0, 1.0), 48_000, || 480);
    let shown = rig.handle.status().limiter_reduction_db;
    println!(
        "sixteen voices: peak {:.2} without, {:.4} with the limiter; {:.1} and {:.1} dBFS RMS; {shown:.1} dB shown",
        peak(&loud),
        peak(&sound),
        rms_db(&loud[24_000..]),
        rms_db(&sound[24_000..]),
    );
    assert!(peak(&loud) > 1.2 && peak(&sound) <= 1.0 && shown > 1.0);
    // It comes back to rest when they are over.
    rig.play(&(0..16).map(|key| (0, off(40 + 2 * key))).collect::<Vec<_>>(), 240_000, || 480);
    assert_eq!(rig.handle.status().limiter_reduction_db, 0.0);
}

#[test]
fn what_is_not_loud_is_the_same_with_and_without_the_limiter() {
    let play = |limiter| Rig::offline().play(&sixteen(-24.0, limiter), 96_000, || 480);
    let (with, without) = (play(1.0), play(0.0));
    println!("peak {:.2}", peak(&with));
    assert!(peak(&with) > 0.02 && bytes(&with) == bytes(&without));
}

#[test]
fn blocks_do_not_change_what_is_limited_and_switching_does_not_click() {
    let mut events = sixteen(0.0, 1.0);
    events.extend([(20_001, Event::Set(Setting::Limiter, 0.0)), (33_333, Event::Set(Setting::Limiter, 1.0))]);
    events.sort_by_key(|(at, _)| *at);
    let play = |block: usize| Rig::offline().play(&events, 60_000, || block);
    let reference = play(480);
    for block in [1, 64, 999, 4_096] {
        assert!(bytes(&play(block)) == bytes(&reference), "blocks of {block}");
    }
    let free = Rig::offline().play(&sixteen(0.0, 0.0), 60_000, || 480);
    let same = reference.iter().zip(&free).skip(22_000).take(10_000).all(|(a, b)| a.to_bits() == b.to_bits());
    assert!(same, "switched off, it is not there");
    // The difference to the sound without a limiter moves without a jump: no more from sample to sample than the sound.
    let jump = |sound: &[f32]| sound.windows(2).fold(0f32, |worst, pair| worst.max((pair[1] - pair[0]).abs()));
    let difference: Vec<f32> = reference.iter().zip(&free).map(|(a, b)| a - b).collect();
    println!("largest step {:.4} of the sound, {:.4} of what the limiter changes", jump(&free), jump(&difference));
    assert!(jump(&difference) < jump(&free));
}

#[test]
fn a_reset_forgets_that_it_was_loud() {
    let mut rig = Rig::offline();
    let first = rig.play(&sixteen(-10.0, 1.0), 48_000, || 480);
    rig.play(&[(0, Event::Set(Setting::OutputGain, 12.0))], 4_800, || 480);
    rig.synth.reset();
    let again = rig.play(&sixteen(-10.0, 1.0), 48_000, || 480);
    let latency = rig.synth.latency() as usize;
    assert!(bytes(&first[latency..]) == bytes(&again[latency..]));
}
