//! How pitch goes from note to note.

use super::near;
use super::rig::stage::{Stage, cents};
use super::rig::{off, on};
use timbrel_engine::event::{Event, Setting};

fn gliding(settings: &[(Setting, f32)]) -> Stage {
    let mut stage = Stage::plain();
    settings.iter().for_each(|&(setting, value)| stage.event(0.0, Event::Set(setting, value)));
    stage
}

/// Cents over A4 of the voice that began last.
fn pitch(stage: &mut Stage, at: f64) -> f32 {
    cents(stage.frame(at).last().unwrap().tone.f0_hz, 440.0)
}

#[test]
fn a_glide_of_constant_time_is_linear_in_pitch() {
    for interval in [1, 7, 24] {
        let mut stage = gliding(&[(Setting::GlideTime, 0.4)]);
        stage.event(0.1, on(69));
        stage.event(0.5, on(69 + interval));
        let whole = 100.0 * f32::from(interval);
        for share in [0.0, 0.25, 0.5, 0.9, 1.0, 1.5] {
            let expected = whole * f32::min(share, 1.0);
            near(pitch(&mut stage, 0.5 + 0.4 * f64::from(share)), expected, 0.05);
        }
    }
}

#[test]
fn a_glide_of_constant_rate_takes_its_time_for_an_octave() {
    let mut stage = gliding(&[(Setting::GlideTime, 0.6), (Setting::GlideMode, 1.0)]);
    stage.event(0.1, on(69));
    stage.event(0.5, on(57));
    near(pitch(&mut stage, 0.8), -600.0, 0.05);
    near(pitch(&mut stage, 1.1), -1_200.0, 0.05);
    // A fourth takes five twelfths.
    stage.event(1.5, on(62));
    near(pitch(&mut stage, 1.625), -950.0, 0.05);
    near(pitch(&mut stage, 1.75), -700.0, 0.05);
}

#[test]
fn a_glide_does_not_care_where_frames_fall() {
    let at_end = |step: f64| {
        let mut stage = gliding(&[(Setting::GlideTime, 0.5), (Setting::VoiceMode, 1.0)]);
        stage.event(0.0, on(60));
        stage.event(0.1, on(67));
        stage.event(0.3, on(50));
        let mut at = 0.3;
        while at < 0.6 {
            at = f64::min(at + step, 0.6);
            stage.frame(at);
        }
        pitch(&mut stage, 0.6)
    };
    let reference = at_end(0.3);
    for step in [0.0007, 0.004, 0.05] {
        near(at_end(step), reference, 0.01);
    }
    // 40 % of the way to 67 and then 60 % of the way from there.
    near(reference, 100.0 * (50.0 + 0.4 * (62.8 - 50.0) - 69.0), 0.1);
}

#[test]
fn a_chord_glides_from_where_the_last_note_was_and_not_from_its_own_first_key() {
    let mut stage = gliding(&[(Setting::GlideTime, 0.4)]);
    stage.event(0.1, on(69));
    stage.event(0.5, off(69));
    for key in [60, 64, 67] {
        stage.event(1.0, on(key));
    }
    for target in stage.frame(1.0) {
        near(cents(target.tone.f0_hz, 440.0), 0.0, 0.05);
    }
}

#[test]
fn a_line_keeps_its_pitch_where_the_tuning_of_its_notes_differs() {
    let mut stage = gliding(&[(Setting::GlideTime, 0.4), (Setting::VoiceMode, 2.0)]);
    stage.event(0.0, Event::PitchBend { channel: 3, value: 1.0 });
    stage.event(0.1, on(69));
    stage.frame(0.2);
    let bent = Event::NoteOn { note: timbrel_engine::event::NoteAddress::of(3, 71, None), velocity: 0.8 };
    stage.event(0.5, bent);
    near(pitch(&mut stage, 0.5), 0.0, 0.05);
    near(pitch(&mut stage, 0.7), 200.0, 0.05);
    near(pitch(&mut stage, 0.9), 400.0, 0.05);
}
