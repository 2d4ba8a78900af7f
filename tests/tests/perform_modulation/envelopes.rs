//! The envelopes as sources: two of their own times, and the loudness envelope as it is heard.

use super::rig::player::FakePlayer;
use super::rig::stage::Stage;
use super::rig::{off, on};
use super::{near, pan, panned_by, route, set, with_row};
use timbrel_engine::event::{Event, ModulationSource, NoteAddress, Setting};
use timbrel_engine::perform::envelope::{Envelope, Shape};

#[test]
fn the_further_envelopes_are_envelopes_of_their_own_times() {
    for (source, settings) in [
        (
            ModulationSource::Envelope2,
            [Setting::Env2Attack, Setting::Env2Decay, Setting::Env2Sustain, Setting::Env2Release],
        ),
        (
            ModulationSource::Envelope3,
            [Setting::Env3Attack, Setting::Env3Decay, Setting::Env3Sustain, Setting::Env3Release],
        ),
    ] {
        let mut stage = panned_by(source);
        let values = [0.2, 0.4, 0.25, 0.3];
        set(&mut stage, 0.0, &[(Setting::Release, 10.0)]);
        set(&mut stage, 0.0, &[0, 1, 2, 3].map(|index| (settings[index], values[index])));
        stage.event(0.0, on(60));
        let mut expected = Envelope::new();
        let shape = Shape { attack: 0.2, decay: 0.4, sustain: 0.25, release: 0.3 };
        let mut worst = 0.0_f32;
        for ms in 1..=1_600_u32 {
            let now = f64::from(ms) / 1_000.0;
            let found = pan(&stage.frame(now));
            expected.advance(0.001, &shape);
            worst = worst.max((found - expected.gain() as f32).abs());
            if ms == 1_000 {
                stage.event(now, off(60));
                expected.release();
            }
        }
        println!("{source:?}: at most {worst:.1e} off");
        assert!(worst < 1e-4);
    }
}

#[test]
fn a_note_struck_again_rises_from_where_it_is() {
    let mut stage = panned_by(ModulationSource::Envelope2);
    set(&mut stage, 0.0, &[(Setting::VoiceMode, 1.0), (Setting::Env2Attack, 0.1), (Setting::Env2Sustain, 0.5)]);
    stage.event(0.0, on(60));
    let settled = pan(&stage.run(0.0, 2.0));
    near(settled, 0.5, 1e-3);
    stage.event(2.0, on(64));
    near(pan(&stage.frame(2.002)), 0.5, 0.06);
    near(pan(&stage.run(2.002, 2.06)), 0.95, 0.06);
}

#[test]
fn the_loudness_envelope_is_what_is_heard() {
    let mut stage = panned_by(ModulationSource::Envelope1);
    set(&mut stage, 0.0, &[(Setting::Attack, 0.1), (Setting::Decay, 0.1), (Setting::Sustain, -12.0)]);
    set(&mut stage, 0.0, &[(Setting::VelocityToAttack, 0.0)]);
    stage.event(0.0, on(60));
    near(pan(&stage.run(0.0, 0.101)), 1.0, 0.05);
    near(pan(&stage.run(0.101, 1.0)), 0.2512, 1e-3);

    // In its release a shaped note falls as its players have it fall.
    let mut shaped = with_row(Stage::played(FakePlayer::PLAIN), ModulationSource::Envelope1, Setting::Pan, 0.5);
    shaped.event(0.0, on(60));
    near(pan(&shaped.run(0.0, 1.0)), 1.0, 1e-3);
    shaped.event(1.0, off(60));
    let falling = shaped.run(1.0, 1.1)[0];
    let fallen_db = falling.loudness_db + 18.0;
    println!("a shaped note that has fallen by {fallen_db:.2} dB: {:.3}", falling.tone.pan);
    assert!(fallen_db < -1.0);
    // One frame behind: the players are asked after it.
    near(falling.tone.pan, 10_f32.powf(fallen_db / 20.0), 0.05);
}

#[test]
fn hard_notes_may_decay_faster_each_for_itself() {
    let mut stage = panned_by(ModulationSource::Envelope2);
    stage.event(0.0, route(1, ModulationSource::Velocity, Setting::Env2Decay));
    set(&mut stage, 0.0, &[(Setting::ModAmount2, -0.2), (Setting::Env2Attack, 0.0), (Setting::Env2Sustain, 0.0)]);
    set(&mut stage, 0.0, &[(Setting::Env2Decay, 0.8)]);
    for (key, velocity) in [(60, 0.0), (64, 1.0)] {
        stage.event(0.0, Event::NoteOn { note: NoteAddress::of(0, key, None), velocity });
    }
    let targets = stage.run(0.0, 0.201);
    // 99 % of the way in 0.8 s, and in a quarter of that.
    near(targets[0].tone.pan, (-4.605_f32 * 0.25).exp(), 0.02);
    near(targets[1].tone.pan, (-4.605_f32).exp(), 0.01);
}
