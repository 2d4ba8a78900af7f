//! Controls as players use them, in a window that nobody sees.

use super::ring::{Ring, ring};
use crate::bundle::Bundle;
use crate::editor::rehearsal::{Gesture, Place, Rehearsal};
use crate::params::{Control, IDS};
use crate::plugin::Shared;
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2, vec2};
use timbrel_engine::event::{ModulationSource, Route, Setting};

const BRIGHTNESS: &str = "Brightness";

/// A window, and what one does to it.
struct Table {
    shared: Shared,
    window: Rehearsal,
}

impl Table {
    /// The page of this name.
    fn with_page(page: &str) -> Self {
        let shared = Shared::new(&Bundle::default());
        let mut window = Rehearsal::new(&shared, (1300, 1000), 1.0);
        window.frame(Vec::new());
        assert!(window.click(page), "no page {page}");
        // So long that another click is not the second of two.
        for _ in 0..60 {
            window.frame(vec![Event::PointerMoved(Pos2::new(1.0, 1.0))]);
        }
        Self { shared, window }
    }

    fn place(&mut self, label: &str) -> Place {
        self.window.place(label).unwrap_or_else(|| panic!("nothing is called {label}"))
    }

    fn position(&self, id: &str) -> f32 {
        let place = IDS.iter().position(|known| *known == id).unwrap();
        self.shared.params.controls()[place].1.position()
    }

    fn button(&mut self, at: Pos2, button: PointerButton, pressed: bool) {
        let modifiers = Modifiers::NONE;
        self.window.frame(vec![Event::PointerButton { pos: at, button, pressed, modifiers }]);
    }

    fn press(&mut self, at: Pos2) {
        self.window.frame(vec![Event::PointerMoved(at)]);
        self.button(at, PointerButton::Primary, true);
    }

    fn right_click(&mut self, label: &str) {
        let at = self.place(label).rect.center();
        self.window.frame(vec![Event::PointerMoved(at)]);
        self.button(at, PointerButton::Secondary, true);
        self.button(at, PointerButton::Secondary, false);
        self.window.frame(Vec::new());
    }

    fn wheel(&mut self, notches: f32, modifiers: Modifiers) {
        self.window.frame(vec![Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, notches),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers,
        }]);
    }

    fn undo(&mut self) {
        self.window.hand().undo();
    }

    fn redo(&mut self) {
        self.window.hand().redo();
    }

    /// What the host heard, gesture by gesture: place and last position. Fails where one is not ended, or overlaps.
    fn gestures(&self) -> Vec<(usize, Option<f32>)> {
        let mut done = Vec::new();
        let mut open: Vec<(usize, Option<f32>)> = Vec::new();
        for gesture in self.window.heard() {
            match gesture {
                Gesture::Begin(place) => {
                    assert!(open.iter().all(|(found, _)| *found != place), "{place} is begun twice");
                    open.push((place, None));
                }
                Gesture::Set(place, to) => {
                    let held = open.iter_mut().find(|(found, _)| *found == place).expect("set without a beginning");
                    held.1 = Some(to);
                }
                Gesture::End(place) => {
                    let index = open.iter().position(|(found, _)| *found == place).expect("ended without a beginning");
                    done.push(open.remove(index));
                }
            }
        }
        assert!(open.is_empty(), "{open:?} were not ended");
        done
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.shared.instrument.close();
    }
}

fn near(found: f32, expected: f32) {
    assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
}

#[test]
fn a_knob_is_dragged_up_and_to_the_right() {
    let mut table = Table::with_page("Sound");
    let at = table.place(BRIGHTNESS).rect.center();
    near(table.position("bright"), 0.5);
    table.press(at);
    for way in [vec2(0.0, -20.0), vec2(0.0, -50.0), vec2(30.0, -50.0)] {
        table.window.frame(vec![Event::PointerMoved(at + way)]);
    }
    near(table.position("bright"), 0.5 + 80.0 / 200.0);
    table.button(at + vec2(30.0, -50.0), PointerButton::Primary, false);
    let place = IDS.iter().position(|id| *id == "bright").unwrap();
    let gestures = table.gestures();
    assert!(matches!(gestures[..], [(found, Some(_))] if found == place), "one gesture: {gestures:?}");
    near(gestures[0].1.unwrap_or_default(), table.position("bright"));
    table.undo();
    near(table.position("bright"), 0.5);
    assert_eq!(table.shared.history.reach(), (false, true), "one edit");
    table.redo();
    near(table.position("bright"), 0.9);
    table.gestures();
}

#[test]
fn shift_makes_a_drag_ten_times_finer_without_a_jump() {
    let mut table = Table::with_page("Sound");
    let at = table.place(BRIGHTNESS).rect.center();
    table.press(at);
    table.window.frame(vec![Event::PointerMoved(at + vec2(0.0, -40.0))]);
    near(table.position("bright"), 0.7);
    table.window.frame(vec![Event::ModifiersChanged(Modifiers::SHIFT)]);
    near(table.position("bright"), 0.7);
    table.window.frame(vec![Event::PointerMoved(at + vec2(0.0, -60.0))]);
    near(table.position("bright"), 0.71);
    table.window.frame(vec![Event::ModifiersChanged(Modifiers::NONE)]);
    near(table.position("bright"), 0.71);
    table.window.frame(vec![Event::PointerMoved(at + vec2(0.0, -50.0))]);
    near(table.position("bright"), 0.66);
    table.button(at, PointerButton::Primary, false);
    assert_eq!(table.gestures().len(), 1);
}

#[test]
fn a_number_goes_from_step_to_step_under_the_hand() {
    let mut table = Table::with_page("Setup");
    let at = table.place("Unison").rect.center();
    table.press(at);
    // Seven steps on 200 points: a bit more than half of one, then of two.
    table.window.frame(vec![Event::PointerMoved(at + vec2(16.0, 0.0))]);
    near(table.position("unison"), 1.0 / 7.0);
    table.window.frame(vec![Event::PointerMoved(at + vec2(27.0, 0.0))]);
    near(table.position("unison"), 1.0 / 7.0);
    table.window.frame(vec![Event::PointerMoved(at + vec2(45.0, 0.0))]);
    near(table.position("unison"), 2.0 / 7.0);
    table.button(at, PointerButton::Primary, false);
    assert_eq!(table.gestures().len(), 1);
}

#[test]
fn the_wheel_turns_by_notches() {
    let mut table = Table::with_page("Sound");
    let at = table.place(BRIGHTNESS).rect.center();
    table.window.frame(vec![Event::PointerMoved(at)]);
    table.wheel(3.0, Modifiers::NONE);
    near(table.position("bright"), 0.56);
    table.wheel(-1.0, Modifiers::SHIFT);
    near(table.position("bright"), 0.558);
    table.gestures();
    table.undo();
    near(table.position("bright"), 0.5);
}

#[test]
fn a_double_click_and_delete_put_a_knob_to_rest() {
    let mut table = Table::with_page("Sound");
    table.window.hand().put(Setting::Brightness, 0.8);
    let at = table.place(BRIGHTNESS).rect.center();
    for pressed in [true, false, true, false] {
        table.window.frame(vec![Event::PointerMoved(at)]);
        table.button(at, PointerButton::Primary, pressed);
    }
    near(table.position("bright"), 0.5);
    table.window.hand().put(Setting::Brightness, 0.8);
    // The click gave it the focus.
    table.window.strike(Key::Delete, Modifiers::NONE);
    near(table.position("bright"), 0.5);
    table.gestures();
    table.undo();
    near(table.position("bright"), 0.8);
}

#[test]
fn keys_turn_what_has_the_focus() {
    let mut table = Table::with_page("Sound");
    assert!(table.window.click(BRIGHTNESS));
    for (key, modifiers, expected) in [
        (Key::ArrowUp, Modifiers::NONE, 0.51),
        (Key::ArrowRight, Modifiers::NONE, 0.52),
        (Key::ArrowDown, Modifiers::SHIFT, 0.519),
        (Key::PageUp, Modifiers::NONE, 0.619),
        (Key::PageDown, Modifiers::NONE, 0.519),
        (Key::ArrowLeft, Modifiers::NONE, 0.509),
        (Key::Home, Modifiers::NONE, 0.0),
        (Key::End, Modifiers::NONE, 1.0),
    ] {
        table.window.strike(key, modifiers);
        near(table.position("bright"), expected);
    }
    table.gestures();
}

#[test]
fn a_typed_value_is_taken() {
    let mut table = Table::with_page("Sound");
    assert!(table.window.click(BRIGHTNESS));
    table.window.write("3");
    assert_eq!(table.place("Brightness value").value, "3", "a digit begins it");
    table.window.write(".5");
    table.window.strike(Key::Enter, Modifiers::NONE);
    table.window.frame(Vec::new());
    near(table.position("bright"), (3.5 + 6.0) / 12.0);
    assert_eq!(table.window.place("Brightness value"), None);
    // The focus is the knob's again.
    table.window.strike(Key::Home, Modifiers::NONE);
    near(table.position("bright"), 0.0);
    table.gestures();
}

#[test]
fn what_is_not_understood_stays() {
    let mut table = Table::with_page("Sound");
    table.right_click(BRIGHTNESS);
    assert!(table.window.click("Type a Value…"));
    table.window.frame(Vec::new());
    table.window.write("much");
    table.window.strike(Key::Enter, Modifiers::NONE);
    table.window.frame(Vec::new());
    assert_eq!(table.place("Brightness value").value, "much", "it replaced the value, and stays");
    table.window.strike(Key::Escape, Modifiers::NONE);
    table.window.frame(Vec::new());
    assert_eq!(table.window.place("Brightness value"), None);
    near(table.position("bright"), 0.5);
    assert_eq!(table.shared.history.reach(), (false, false));
}

#[test]
fn a_controller_is_learned_and_forgotten_and_both_can_be_undone() {
    let mut table = Table::with_page("Sound");
    let place = IDS.iter().position(|id| *id == "bright").unwrap();
    let learned = table.shared.params.learned.clone();
    table.right_click(BRIGHTNESS);
    assert!(table.window.click("Learn MIDI Controller"));
    assert_eq!(learned.armed(), Some(place));
    learned.hear(21);
    table.window.frame(Vec::new());
    assert_eq!(learned.controller_of(place), Some(21));
    assert_eq!(table.window.hand().words().0.as_deref(), Some("Undo MIDI Controller"));
    table.right_click(BRIGHTNESS);
    assert!(table.window.click("Forget CC 21"));
    assert_eq!(learned.controller_of(place), None);
    table.undo();
    assert_eq!(learned.controller_of(place), Some(21));
    table.undo();
    assert_eq!(learned.controller_of(place), None);
    table.redo();
    assert_eq!(learned.controller_of(place), Some(21));
}

#[test]
fn a_source_is_chosen_at_the_knob_and_taken_away_there() {
    let mut table = Table::with_page("Sound");
    table.right_click(BRIGHTNESS);
    assert!(table.window.click("Modulate by"));
    assert!(table.window.click("Wheel"));
    let route = Some(Route { source: ModulationSource::Wheel, target: Setting::Brightness });
    let routes = |table: &Table| table.shared.modulations.choice().routes()[0];
    assert_eq!(routes(&table), route);
    near(table.position("mod1"), 0.625);
    table.undo();
    assert_eq!(routes(&table), None);
    near(table.position("mod1"), 0.5);
    table.redo();
    assert_eq!(routes(&table), route);
    table.window.hand().unroute(0);
    assert_eq!((routes(&table), table.position("mod1")), (None, 0.5));
    table.undo();
    assert_eq!(routes(&table), route);
    near(table.position("mod1"), 0.625);
    table.gestures();
}

#[test]
fn choices_and_switches_say_what_is_chosen() {
    let mut table = Table::with_page("Setup");
    assert_eq!(table.place("Voice Mode").value, "Poly");
    assert!(table.window.click("Voice Mode: Legato"));
    assert_eq!(table.place("Voice Mode").value, "Legato");
    near(table.position("vmode"), 1.0);
    // It has the focus now.
    table.window.strike(Key::ArrowLeft, Modifiers::NONE);
    near(table.position("vmode"), 0.5);
    table.undo();
    near(table.position("vmode"), 1.0);
    assert!(table.window.click("Sound") && table.window.click("Limiter"));
    near(table.position("limit"), 0.0);
    assert_eq!(table.place("Limiter").role, Role::Switch);
    assert_eq!(table.window.hand().words().0.as_deref(), Some("Undo Limiter"));
    table.gestures();
}

#[test]
fn what_the_host_moves_moves() {
    let mut table = Table::with_page("Sound");
    assert_eq!(table.place(BRIGHTNESS).value, "0.00 dB/oct");
    let (_, control): (Setting, Control) =
        table.shared.params.controls()[IDS.iter().position(|id| *id == "bright").unwrap()];
    control.place(0.75);
    let place = table.place(BRIGHTNESS);
    assert_eq!((place.value.as_str(), place.role), ("3.00 dB/oct", Role::Slider));
    assert_eq!(table.shared.history.reach(), (false, false), "automation is no edit");
}

#[test]
fn a_drag_that_loses_its_knob_is_ended() {
    let mut table = Table::with_page("Sound");
    let at = table.place(BRIGHTNESS).rect.center();
    table.press(at);
    table.window.frame(vec![Event::PointerMoved(at + vec2(0.0, -40.0))]);
    // Another page is opened by the keyboard meanwhile, and the button is let go of there.
    table.window.memory().page.set(crate::editor::stage::Page::Setup);
    table.window.frame(Vec::new());
    table.button(at + Vec2::ZERO, PointerButton::Primary, false);
    table.window.frame(Vec::new());
    assert_eq!(table.gestures().len(), 1);
    assert!(table.shared.history.held().is_empty());
}

#[test]
fn a_ring_reaches_as_far_as_its_rows() {
    let mut table = Table::with_page("Sound");
    table.window.hand().modulate(ModulationSource::Wheel, Setting::Brightness);
    table.window.hand().modulate(ModulationSource::Lfo1, Setting::Brightness);
    table.window.frame(Vec::new());
    let found = table.window.with_stage(|stage| ring(stage, Setting::Brightness, 0.5, true));
    // 25 % of 12 dB/oct up by the wheel, and as much up and down by the LFO: from 25 % to 100 % of the way.
    let Ring { live, reach: Some((down, up)) } = found else { panic!("{found:?}") };
    near(down, 0.25);
    near(up, 1.0);
    assert_eq!(live, None, "nothing plays");
}
