//! The LFOs: their curves, what they run for, how they set in, and that a moved rate makes nothing jump.

use super::rig::on;
use super::rig::stage::Stage;
use super::{near, pan, panned_by, route, set, with_row};
use timbrel_engine::event::{Event, ModulationSource, NoteAddress, Setting};

/// From the part of a cycle that is over to the value.
type Curve = fn(f64) -> f64;

const SINE: f32 = 0.0;
const SAW_UP: f32 = 2.0;
const STEPS: f32 = 5.0;
const DRIFT: f32 = 6.0;
const NOTE: f32 = 1.0;

/// Pan of an A4 that sounds from the beginning, a frame each millisecond.
fn held(stage: &mut Stage, milliseconds: u32) -> Vec<f32> {
    stage.event(0.0, on(69));
    (1..=milliseconds).map(|ms| pan(&stage.frame(f64::from(ms) / 1_000.0))).collect()
}

fn lfo(settings: &[(Setting, f32)]) -> Stage {
    let mut stage = panned_by(ModulationSource::Lfo1);
    set(&mut stage, 0.0, settings);
    stage
}

#[test]
fn each_shape_is_its_formula() {
    let (rate, phase) = (2.5, 0.3);
    let curves: [(&str, Curve); 5] = [
        ("sine", |part| (std::f64::consts::TAU * part).sin()),
        ("triangle", |part| {
            if part < 0.25 {
                4.0 * part
            } else if part < 0.75 {
                2.0 - 4.0 * part
            } else {
                4.0 * part - 4.0
            }
        }),
        ("rising saw", |part| 2.0 * part - 1.0),
        ("falling saw", |part| 1.0 - 2.0 * part),
        ("square", |part| if part < 0.5 { 1.0 } else { -1.0 }),
    ];
    for (shape, (name, curve)) in curves.into_iter().enumerate() {
        let mut stage = lfo(&[
            (Setting::Lfo1Shape, shape as f32),
            (Setting::Lfo1Rate, rate as f32),
            (Setting::Lfo1Phase, phase as f32),
        ]);
        let mut worst = 0.0_f64;
        for (index, found) in held(&mut stage, 4_000).into_iter().enumerate() {
            let part = ((index + 1) as f64 / 1_000.0 * rate + phase).rem_euclid(1.0);
            // Where it jumps, either side will do.
            let jumps = [0.0, 0.5, 1.0].into_iter().any(|edge| (part - edge).abs() < 1e-4);
            if !jumps {
                worst = worst.max((f64::from(found) - curve(part)).abs());
            }
        }
        println!("{name}: at most {worst:.1e} from its formula");
        assert!(worst < 1e-4, "{name}");
    }
}

#[test]
fn steps_stand_still_for_a_cycle_and_are_drawn_evenly() {
    let found = held(&mut lfo(&[(Setting::Lfo1Shape, STEPS), (Setting::Lfo1Rate, 20.0)]), 60_000);
    let steps: Vec<f32> = found.chunks(50).map(|cycle| cycle[10]).collect();
    for cycle in found.chunks(50) {
        assert!(cycle[1..48].iter().all(|value| *value == cycle[10]), "{cycle:?}");
    }
    let mean = steps.iter().sum::<f32>() / steps.len() as f32;
    let power = steps.iter().map(|value| value * value).sum::<f32>() / steps.len() as f32;
    println!("{} steps: mean {mean:.3}, mean square {power:.3}", steps.len());
    // Uniform from -1 to 1: a mean of 0 and a mean square of 1/3.
    assert!(mean.abs() < 0.06 && (power - 1.0 / 3.0).abs() < 0.03);
    assert!(steps.windows(2).filter(|pair| pair[0] == pair[1]).count() < 2);
}

#[test]
fn a_drift_wanders_without_steps_and_comes_again() {
    let drift = || held(&mut lfo(&[(Setting::Lfo1Shape, DRIFT), (Setting::Lfo1Rate, 4.0)]), 20_000);
    let found = drift();
    let greatest = found.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    let (low, high) = found.iter().fold((0.0_f32, 0.0_f32), |(low, high), value| (low.min(*value), high.max(*value)));
    println!("drift of 4 values a second: {low:.2} to {high:.2}, at most {greatest:.4} a millisecond");
    // The steepest way goes from -1 to 1 with 1.5 times the mean slope.
    assert!(greatest <= 2.0 * 1.5 * 0.004 + 1e-4 && low < -0.7 && high > 0.7);
    assert_eq!(found, drift());
}

#[test]
fn the_two_lfos_draw_different_steps() {
    let mut stage = lfo(&[(Setting::Lfo1Shape, STEPS), (Setting::Lfo2Shape, STEPS)]);
    stage.event(0.0, route(1, ModulationSource::Lfo2, Setting::Morph));
    set(&mut stage, 0.0, &[(Setting::ModAmount2, 0.5), (Setting::Morph, 0.5)]);
    stage.event(0.0, on(69));
    let target = stage.frame(0.5)[0];
    near(pan(&[target]), pan(&stage.frame(0.6)), 0.0);
    assert!((pan(&[target]) - (target.timbre.morph - 0.5) * 2.0).abs() > 1e-3);
}

#[test]
fn a_moved_rate_makes_nothing_jump() {
    let mut stage = lfo(&[(Setting::Lfo1Rate, 1.0)]);
    stage.event(0.0, on(69));
    let mut values = Vec::new();
    for ms in 1..3_000_u32 {
        let now = f64::from(ms) / 1_000.0;
        if ms % 250 == 0 {
            let rate = [0.05, 8.0, 0.5, 20.0, 0.01][ms as usize / 250 % 5];
            stage.event(now - 0.0005, Event::Set(Setting::Lfo1Rate, rate));
        }
        values.push(pan(&stage.frame(now)));
    }
    let greatest = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    println!("at most {greatest:.4} a millisecond; 20 Hz alone make 0.1257");
    assert!(greatest < 0.1257 * 1.01);
}

#[test]
fn a_free_lfo_is_one_for_all_notes_and_one_of_notes_begins_with_each() {
    for (mode, expected) in [(0.0, [0.2, 0.2]), (NOTE, [0.2, -0.6])] {
        let mut stage = lfo(&[(Setting::Lfo1Shape, SAW_UP), (Setting::Lfo1Rate, 1.0), (Setting::Lfo1Mode, mode)]);
        stage.event(0.0, on(60));
        stage.frame(0.3);
        stage.event(0.4, on(64));
        let targets = stage.frame(0.6);
        near(targets[0].tone.pan, expected[0], 1e-4);
        near(targets[1].tone.pan, expected[1], 1e-4);
    }
}

#[test]
fn an_lfo_rises_with_each_note() {
    let mut stage = lfo(&[(Setting::Lfo1Shape, 4.0), (Setting::Lfo1Rate, 0.01), (Setting::Lfo1Rise, 1.0)]);
    stage.event(0.0, on(60));
    stage.event(1.0, on(64));
    for ms in [1_100_u32, 1_250, 1_500, 1_900, 2_000, 2_500] {
        let targets = stage.frame(f64::from(ms) / 1_000.0);
        near(targets[0].tone.pan, 1.0, 1e-6);
        let share = (f64::from(ms - 1_000) / 1_000.0).min(1.0);
        near(targets[1].tone.pan, (0.5 - 0.5 * (std::f64::consts::PI * share).cos()) as f32, 1e-4);
    }
}

#[test]
fn each_note_has_its_own_rate_where_velocity_moves_it() {
    let mut stage = lfo(&[(Setting::Lfo1Shape, SAW_UP), (Setting::Lfo1Rate, 0.5), (Setting::Lfo1Mode, NOTE)]);
    stage.event(0.0, route(1, ModulationSource::Velocity, Setting::Lfo1Rate));
    // 10 % is an octave.
    set(&mut stage, 0.0, &[(Setting::ModAmount2, 0.1)]);
    for (key, velocity) in [(60, 0.0), (64, 1.0)] {
        stage.event(0.0, Event::NoteOn { note: NoteAddress::of(0, key, None), velocity });
    }
    let targets = stage.run(0.0, 0.5);
    near(targets[0].tone.pan, 2.0 * 0.25 - 1.0, 1e-3);
    near(targets[1].tone.pan, 2.0 * 0.5 - 1.0, 1e-3);
}

#[test]
fn a_tied_note_keeps_the_cycle_and_a_struck_one_begins_it_without_a_step() {
    for (mode, tied) in [(2.0, true), (1.0, false)] {
        let mut stage = lfo(&[(Setting::Lfo1Shape, SINE), (Setting::Lfo1Rate, 1.0), (Setting::Lfo1Mode, NOTE)]);
        set(&mut stage, 0.0, &[(Setting::VoiceMode, mode)]);
        stage.event(0.0, on(60));
        let before = pan(&stage.frame(0.25));
        near(before, 1.0, 1e-4);
        stage.event(0.25, on(64));
        near(pan(&stage.frame(0.251)), 1.0, 0.06);
        let later = pan(&stage.run(0.251, 0.5));
        near(later, if tied { 0.0 } else { 1.0 }, 0.01);
    }
}

#[test]
fn an_lfo_may_move_the_other_ones_rate() {
    let mut stage = with_row(Stage::plain(), ModulationSource::Lfo1, Setting::Pan, 0.5);
    stage.event(0.0, route(1, ModulationSource::Lfo2, Setting::Lfo1Rate));
    set(
        &mut stage,
        0.0,
        &[
            (Setting::ModAmount2, 0.1),
            (Setting::Lfo1Shape, SAW_UP),
            (Setting::Lfo1Rate, 0.5),
            (Setting::Lfo2Shape, 4.0),
            (Setting::Lfo2Rate, 0.25),
        ],
    );
    // Two seconds at twice the rate, two at half of it.
    let found = held(&mut stage, 4_000);
    let cycles = |value: f32| (value + 1.0) / 2.0;
    near(cycles(found[499]), 0.5, 5e-3);
    near(cycles(found[2_499]), 0.125, 5e-3);
    near(cycles(found[3_999]), 0.5, 5e-3);
}
