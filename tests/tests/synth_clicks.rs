//! Nothing that ends or changes at once is heard as a click: what lies above the signal's own spectrum stays under -80 dBFS.

mod rig;

use rig::click::{CUTOFF, RATE, peak_above};
use rig::{Fake, Rig, on};
use timbrel_engine::event::{Event, NoteAddress, Setting};
use timbrel_engine::synth::Mode;

/// The greatest peak over 16 places in the wave at which `what` happens to a held A2 that has sounded for half a second.
fn click_of(name: &str, what: impl Fn(&mut Rig, u64)) -> f64 {
    click_with(name, &[], what)
}

/// As [`click_of`], where the player has `chosen` some settings before.
fn click_with(name: &str, chosen: &[(Setting, f32)], what: impl Fn(&mut Rig, u64)) -> f64 {
    let mut worst = f64::NEG_INFINITY;
    for place in 0..16 {
        let mut rig = Rig::new(Mode::Offline, RATE, 512, Fake { noise: 0.0, ..Fake::default() });
        let settings = [(Setting::Polyphony, 1.0), (Setting::Attack, 0.05)];
        let settings = settings.iter().chain(chosen).map(|&(setting, value)| (0, Event::Set(setting, value)));
        let events: Vec<_> = settings.chain([(0, on(45))]).collect();
        let before = rig.play(&events, 24_000, || 480);
        what(&mut rig, 1_000 + 27 * place);
        let after = rig.play(&[], 14_400, || 480);
        let mut out = before[20_000..].to_vec();
        out.extend(after);
        worst = worst.max(peak_above(&out));
    }
    println!("{name}: {worst:.1} dBFS above {CUTOFF} Hz");
    worst
}

/// Plays a block in which `event` happens, in pieces that the caller does not see.
fn at(event: Event) -> impl Fn(&mut Rig, u64) {
    move |rig, at| rig.synth.send(at as usize, event)
}

#[test]
fn a_stolen_voice_fades_without_a_click() {
    assert!(click_of("steal", at(on(52))) < -80.0);
}

#[test]
fn a_unison_that_is_stolen_does_not_click() {
    assert!(click_with("steal of eight", &[(Setting::Unison, 8.0), (Setting::UnisonSpread, 0.0)], at(on(52))) < -80.0);
}

#[test]
fn one_voice_goes_from_note_to_note_without_a_click() {
    let softer = Event::NoteOn { note: NoteAddress::of(0, 47, None), velocity: 0.3 };
    for (name, mode) in [("mono", 1.0), ("legato", 2.0)] {
        assert!(click_with(name, &[(Setting::VoiceMode, mode)], at(softer)) < -80.0);
        let gliding = [(Setting::VoiceMode, mode), (Setting::GlideTime, 0.1)];
        assert!(click_with(&format!("{name}, gliding"), &gliding, at(softer)) < -80.0);
    }
}

#[test]
fn a_key_struck_again_that_keeps_its_voice_does_not_click() {
    let softer = Event::NoteOn { note: NoteAddress::of(0, 45, None), velocity: 0.3 };
    let decaying = [(Setting::Retrigger, 2.0), (Setting::Sustain, -20.0), (Setting::Decay, 0.2)];
    assert!(click_with("reuse", &decaying, at(softer)) < -80.0);
}

#[test]
fn a_key_struck_again_does_not_click() {
    assert!(click_of("retrigger", at(on(45))) < -80.0);
}

#[test]
fn a_choke_fades_without_a_click() {
    assert!(click_of("choke", at(Event::Choke { note: NoteAddress::default() })) < -80.0);
}

#[test]
fn a_panic_fades_without_a_click() {
    assert!(click_of("panic", at(Event::Panic)) < -80.0);
}

#[test]
fn a_release_does_not_click() {
    assert!(click_of("release", at(rig::off(45))) < -80.0);
}

#[test]
fn a_change_of_output_gain_does_not_click() {
    assert!(click_of("output gain", at(Event::Set(Setting::OutputGain, -20.0))) < -80.0);
}

#[test]
fn a_model_swap_does_not_click() {
    let swap = |rig: &mut Rig, place: u64| {
        let mut left = vec![0.0; place as usize % 480 + 1];
        let mut right = left.clone();
        rig.synth.process(&mut left, &mut right, &mut |_, _| {});
        rig.handle
            .swap_with(Fake { noise: 0.0, harmonics: 4, hop: 240, ..Fake::default() }.source("Other", &rig.switches))
            .unwrap();
    };
    // The samples of the block in `swap` are missing from what is measured: play it, then measure behind it.
    let mut worst = f64::NEG_INFINITY;
    for place in 0..16 {
        let mut rig = Rig::new(Mode::Offline, RATE, 512, Fake { noise: 0.0, ..Fake::default() });
        rig.play(&[(0, Event::Set(Setting::Attack, 0.05)), (0, on(45))], 24_000, || 480);
        swap(&mut rig, 27 * place);
        let out = rig.play(&[], 14_400, || 480);
        worst = worst.max(peak_above(&out));
        assert!(rig::rms_db(&out[9_600..]) > -40.0, "the held note sounds on in the other instrument");
    }
    println!("swap: {worst:.1} dBFS above {CUTOFF} Hz");
    assert!(worst < -80.0);
}

#[test]
fn a_reset_does_not_click() {
    let reset = |rig: &mut Rig, _: u64| rig.synth.reset();
    let worst = click_of("reset", reset);
    assert!(worst < -80.0);
}
