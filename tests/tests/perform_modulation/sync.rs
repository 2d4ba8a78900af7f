//! LFOs that follow the host: locked to its beat at every tempo, and on their own while it stands still.

use super::rig::on;
use super::rig::stage::Stage;
use super::{near, pan, panned_by, set};
use timbrel_engine::event::{Event, ModulationSource, Setting};
use timbrel_engine::perform::modulation::Clock;

const SAW_UP: f32 = 2.0;
/// Quarter notes in each of the periods but the first.
const PERIODS: [f64; 14] = [
    16.0,
    8.0,
    4.0,
    2.0,
    2.0 * 2.0 / 3.0,
    1.0 * 1.5,
    1.0,
    1.0 * 2.0 / 3.0,
    0.5 * 1.5,
    0.5,
    0.5 * 2.0 / 3.0,
    0.25,
    0.25 * 2.0 / 3.0,
    0.125,
];

fn synced(period: usize, more: &[(Setting, f32)]) -> Stage {
    let mut stage = panned_by(ModulationSource::Lfo1);
    set(&mut stage, 0.0, &[(Setting::Lfo1Shape, SAW_UP), (Setting::Lfo1Sync, period as f32)]);
    set(&mut stage, 0.0, more);
    stage
}

fn host(stage: &mut Stage, seconds: f64, tempo: f64, beat: Option<f64>) {
    stage.event(seconds, Event::Transport { tempo, beat });
}

/// The saw's place in its cycle, 0 to 1, against an expected one; the difference in cycles, at most a half.
fn off(found: f32, cycles: f64) -> f64 {
    let difference = (f64::from(found) + 1.0) / 2.0 - cycles;
    difference - difference.round()
}

#[test]
fn every_period_is_locked_to_the_beat() {
    for (index, period) in PERIODS.into_iter().enumerate() {
        let mut stage = synced(index + 1, &[]);
        host(&mut stage, 0.0, 97.0, Some(3.7));
        stage.event(0.1, on(60));
        let mut worst = 0.0_f64;
        for ms in 101..3_000_u32 {
            let now = f64::from(ms) / 1_000.0;
            let beat = 3.7 + now * 97.0 / 60.0;
            worst = worst.max(off(pan(&stage.frame(now)), beat / period).abs());
        }
        println!("{period:6.3} beats: at most {worst:.1e} cycles off");
        assert!(worst < 1e-4);
    }
}

#[test]
fn a_tempo_that_changes_moves_no_phase_and_a_jump_in_the_song_does() {
    let mut stage = synced(7, &[]);
    stage.event(0.0, on(60));
    host(&mut stage, 0.0, 120.0, Some(0.0));
    // Half a second of 120, half a second of 60, then back to beat 40.25.
    near(off(pan(&stage.frame(0.499)), 0.998) as f32, 0.0, 1e-4);
    host(&mut stage, 0.5, 60.0, Some(1.0));
    near(off(pan(&stage.frame(0.501)), 1.001) as f32, 0.0, 1e-4);
    near(off(pan(&stage.frame(0.999)), 1.499) as f32, 0.0, 1e-4);
    host(&mut stage, 1.0, 60.0, Some(40.25));
    near(off(pan(&stage.frame(1.1)), 40.35) as f32, 0.0, 1e-4);
}

#[test]
fn without_a_host_it_runs_at_120_and_after_one_at_the_last_tempo() {
    let mut stage = synced(7, &[]);
    stage.event(0.0, on(60));
    near(off(pan(&stage.frame(0.2)), 0.4) as f32, 0.0, 1e-4);
    host(&mut stage, 0.25, 90.0, Some(8.0));
    near(off(pan(&stage.frame(0.3)), 8.075) as f32, 0.0, 1e-4);
    // It stops, and its tempo is moved while it stands: the beat goes on.
    host(&mut stage, 0.35, 180.0, None);
    near(off(pan(&stage.frame(0.45)), 8.45) as f32, 0.0, 1e-4);
    host(&mut stage, 0.45, f64::NAN, Some(f64::INFINITY));
    near(off(pan(&stage.frame(0.55)), 8.75) as f32, 0.0, 1e-4);
}

#[test]
fn a_period_of_notes_begins_with_each_and_keeps_the_tempo() {
    let mut stage = synced(7, &[(Setting::Lfo1Mode, 1.0)]);
    host(&mut stage, 0.0, 60.0, Some(0.4));
    stage.event(0.3, on(60));
    near(off(pan(&stage.frame(0.5)), 0.2) as f32, 0.0, 1e-4);
    host(&mut stage, 0.5, 120.0, Some(0.9));
    near(off(pan(&stage.frame(0.6)), 0.4) as f32, 0.0, 1e-4);
}

#[test]
fn a_repeated_bar_has_the_same_steps() {
    let steps = |beat: f64| {
        let mut stage = synced(10, &[(Setting::Lfo1Shape, 5.0)]);
        stage.event(0.0, on(60));
        host(&mut stage, 0.0, 120.0, Some(beat));
        (1..40).map(|frame| pan(&stage.frame(f64::from(frame) * 0.05))).collect::<Vec<_>>()
    };
    assert_eq!(steps(16.0), steps(16.0));
    assert_ne!(steps(16.0), steps(20.0));
}

#[test]
fn beats_follow_the_tempo_from_where_the_host_said() {
    let mut clock = Clock::new(1_000);
    for at in [1_001, 10_000, 48_001_000] {
        clock.go_to(at, 48_000.0);
    }
    assert_eq!(clock.beat(), 2_000.0);
    clock.say(48_001_000, 150.0, Some(-2.0));
    clock.go_to(48_001_000 + 48_000, 48_000.0);
    assert_eq!(clock.beat(), 0.5);
}
