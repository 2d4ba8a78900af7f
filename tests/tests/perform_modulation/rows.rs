//! The matrix: rows that add up, rows that move other rows and macros, and rows that do nothing.

use super::rig::stage::{RATE, Stage};
use super::rig::{cc, on};
use super::{near, pan, panned_by, route, set, with_row};
use timbrel_engine::event::{Event, ModulationSource, Setting};
use timbrel_engine::perform::modulation::ROWS;

#[test]
fn rows_add_up_and_stay_in_the_range() {
    let mut stage = panned_by(ModulationSource::Expression);
    stage.event(0.0, route(15, ModulationSource::Wheel, Setting::Pan));
    set(&mut stage, 0.0, &[(Setting::ModAmount1, 0.1), (Setting::ModAmount16, 0.2)]);
    stage.event(0.0, cc(1, 0.5));
    stage.event(0.0, on(60));
    near(pan(&stage.frame(0.1)), 0.2 + 0.2, 1e-6);
    set(&mut stage, 0.1, &[(Setting::ModAmount16, 1.0)]);
    assert_eq!(pan(&stage.frame(0.6)), 1.0);
    // The host's own modulation of the note counts too.
    let note = timbrel_engine::event::NoteAddress::of(0, 60, None);
    stage.event(0.6, Event::Modulate { note, setting: Setting::Pan, offset: -2.0 });
    near(pan(&stage.frame(1.1)), 0.2 + 1.0 - 2.0, 1e-3);
}

#[test]
fn a_row_may_move_the_amount_of_another_wherever_it_stands() {
    for (moving, moved, amount) in
        [(0, 1, Setting::ModAmount2), (1, 0, Setting::ModAmount1), (9, 3, Setting::ModAmount4)]
    {
        let mut stage = Stage::plain();
        stage.event(0.0, route(moving, ModulationSource::Wheel, amount));
        stage.event(0.0, route(moved, ModulationSource::Expression, Setting::Pan));
        let own = [Setting::ModAmount1, Setting::ModAmount2, Setting::ModAmount10]
            [[0, 1, 9].iter().position(|row| *row == moving).unwrap()];
        set(&mut stage, 0.0, &[(own, 0.25)]);
        stage.event(0.0, cc(1, 0.5));
        stage.event(0.0, on(60));
        // 0.25 x 0.5 of an amount's range of 2, of a place's range of 2.
        near(pan(&stage.frame(0.1)), 0.5, 1e-6);
    }
}

#[test]
fn a_row_that_moves_its_own_amount_is_steady() {
    let mut stage = with_row(Stage::plain(), ModulationSource::Expression, Setting::ModAmount1, 0.5);
    stage.event(0.0, route(1, ModulationSource::Expression, Setting::ModAmount1));
    set(&mut stage, 0.0, &[(Setting::ModAmount2, 0.5)]);
    stage.event(0.0, on(60));
    let first = stage.frame(0.1);
    assert_eq!(first[0].tone, stage.frame(0.2)[0].tone);
}

#[test]
fn macros_can_be_moved_note_by_note() {
    let mut stage = with_row(Stage::plain(), ModulationSource::Macro2, Setting::Pan, 0.5);
    stage.event(0.0, route(1, ModulationSource::Velocity, Setting::Macro2));
    set(&mut stage, 0.0, &[(Setting::ModAmount2, 0.5), (Setting::Macro2, 0.25)]);
    for (key, velocity) in [(60, 0.0), (64, 1.0)] {
        let note = timbrel_engine::event::NoteAddress::of(0, key, None);
        stage.event(0.0, Event::NoteOn { note, velocity });
    }
    let targets = stage.frame(0.1);
    near(targets[0].tone.pan, 0.25, 1e-6);
    near(targets[1].tone.pan, 0.75, 1e-6);
}

#[test]
fn what_nobody_can_move_and_rows_that_there_are_not_change_nothing() {
    let play = |events: &[Event]| {
        let mut stage = Stage::plain();
        set(&mut stage, 0.0, &[(Setting::ModAmount1, 1.0), (Setting::Macro1, 1.0)]);
        events.iter().for_each(|event| stage.event(0.0, *event));
        stage.event(0.0, cc(1, 1.0));
        stage.event(0.0, on(60));
        stage.run(0.0, 0.5)
    };
    let plain = play(&[]);
    for target in Setting::ALL.into_iter().filter(|setting| setting.depth().is_none()) {
        assert_eq!(play(&[route(0, ModulationSource::Macro1, target)]), plain, "{target:?}");
    }
    assert_eq!(play(&[route(ROWS as u8, ModulationSource::Macro1, Setting::Pan)]), plain);
    assert_eq!(play(&[route(200, ModulationSource::Macro1, Setting::Pan)]), plain);
    // Nor does a row without an amount, or one that is taken away.
    assert_eq!(play(&[route(1, ModulationSource::Macro1, Setting::Pan)]), plain);
    let taken = [route(0, ModulationSource::Macro1, Setting::Pan), Event::Route { row: 0, route: None }];
    assert_eq!(play(&taken), plain);
}

#[test]
fn a_reset_keeps_the_rows_and_begins_anew() {
    let mut stage = panned_by(ModulationSource::Lfo1);
    set(&mut stage, 0.0, &[(Setting::Lfo1Shape, 2.0)]);
    stage.event(0.0, Event::Transport { tempo: 60.0, beat: Some(3.0) });
    stage.event(0.0, on(60));
    let first = pan(&stage.frame(0.3));
    stage.performer.reset((1.7 * RATE) as u64);
    stage.event(1.7, on(60));
    assert_eq!(pan(&stage.frame(2.0)), first);
    set(&mut stage, 2.0, &[(Setting::Lfo1Sync, 7.0)]);
    // 120 again, from beat 0 at the reset.
    near(pan(&stage.frame(2.1)), 2.0 * 0.8 - 1.0, 1e-4);
}
