//! The keyboard in a window: what is clicked, dragged and typed reaches the engine, and ends.

use super::*;
use crate::bundle::Bundle;
use crate::editor::rehearsal::Rehearsal;
use crate::hands::Played;
use crate::plugin::Shared;
use crate::standalone::StandaloneDesk;
use egui::{Modifiers, PointerButton, vec2};
use timbrel_engine::event::Event as Music;

struct Stand {
    shared: Shared,
    window: Rehearsal,
    played: Played,
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.shared.instrument.close();
    }
}

fn stand_of(shared: Shared, size: (u32, u32)) -> Stand {
    let played = shared.hands.played().unwrap();
    let mut window = Rehearsal::new(&shared, size, 1.5);
    window.frame(Vec::new());
    Stand { shared, window, played }
}

/// A window in a host.
fn stand() -> Stand {
    stand_of(Shared::new(&Bundle::default()), (1120, 760))
}

impl Stand {
    fn frame(&mut self, events: Vec<Event>) {
        self.window.frame(events);
    }

    /// Where a named thing lies.
    fn rect(&mut self, label: &str) -> Rect {
        let found = self.window.place(label);
        found.unwrap_or_else(|| panic!("nothing is called {label:?}")).rect
    }

    fn near(&mut self, key: &str) -> Pos2 {
        self.rect(key).center_bottom() - vec2(0.0, 4.0)
    }

    fn button(&mut self, place: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) {
        let event = Event::PointerButton { pos: place, button, pressed, modifiers };
        self.frame(vec![Event::ModifiersChanged(modifiers), Event::PointerMoved(place), event]);
    }

    fn press(&mut self, place: Pos2) {
        self.button(place, PointerButton::Primary, true, Modifiers::NONE);
    }

    fn release(&mut self, place: Pos2) {
        self.button(place, PointerButton::Primary, false, Modifiers::NONE);
        self.frame(Vec::new());
    }

    fn drag(&mut self, place: Pos2) {
        self.frame(vec![Event::PointerMoved(place)]);
    }

    fn key(&mut self, key: Key, pressed: bool) {
        self.key_with(key, pressed, false, Modifiers::NONE);
    }

    fn key_with(&mut self, key: Key, pressed: bool, repeat: bool, modifiers: Modifiers) {
        self.frame(vec![Event::Key { key, physical_key: Some(key), pressed, repeat, modifiers }]);
    }

    /// What was played, in words.
    fn heard(&mut self) -> Vec<String> {
        let of = |event| match event {
            Music::NoteOn { note, .. } => format!("on {}", note.key.unwrap()),
            Music::NoteOff { note } => format!("off {}", note.key.unwrap()),
            Music::PitchBend { value, .. } => format!("bend {value:.2}"),
            Music::Controller { controller, value, .. } => format!("cc{controller} {value:.2}"),
            Music::NoteExpression { note, expression, value } => {
                format!("{expression:?} {value:.1} of {}", note.key.unwrap())
            }
            other => format!("{other:?}"),
        };
        self.played.by_ref().map(of).collect()
    }
}

#[test]
fn a_click_on_a_key_plays_it() {
    let mut stand = stand();
    let place = stand.near("C4");
    stand.press(place);
    assert_eq!(stand.heard(), ["on 60"]);
    stand.drag(place + vec2(1.0, 0.0));
    assert_eq!(stand.heard(), [""; 0]);
    stand.release(place);
    assert_eq!(stand.heard(), ["off 60"]);
    // Down and up before anything was drawn.
    let button = |pressed| Event::PointerButton {
        pos: place,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    stand.frame(vec![Event::PointerMoved(place), button(true), button(false)]);
    assert_eq!(stand.heard(), ["on 60"]);
    stand.frame(Vec::new());
    assert_eq!(stand.heard(), ["off 60"]);
    stand.button(place, PointerButton::Secondary, true, Modifiers::NONE);
    stand.button(place, PointerButton::Secondary, false, Modifiers::NONE);
    assert_eq!(stand.heard(), [""; 0], "the right button plays nothing");
}

#[test]
fn nearer_the_front_is_harder() {
    let mut stand = stand();
    let key = stand.rect("C4");
    let mut struck = Vec::new();
    for place in [key.center_bottom() - vec2(0.0, 1.0), key.center_top() + vec2(0.0, 1.0)] {
        stand.press(place);
        let on = stand.played.next();
        let Some(Music::NoteOn { velocity, .. }) = on else { panic!("{on:?}") };
        struck.push(velocity);
        stand.release(place);
        stand.heard();
    }
    println!("velocity at the front {:.2}, where the black keys end {:.2}", struck[0], struck[1]);
    assert!(struck[0] == 1.0 && struck[1] < 0.8 && struck[1] > 0.5);
}

#[test]
fn a_drag_slides_from_key_to_key() {
    let mut stand = stand();
    let places = ["C4", "D4", "E4"].map(|key| stand.near(key));
    stand.press(places[0]);
    places[1..].iter().for_each(|place| stand.drag(*place));
    stand.release(places[2]);
    assert_eq!(stand.heard(), ["on 60", "on 62", "off 60", "on 64", "off 62", "off 64"]);
}

#[test]
fn shift_bends_and_presses_the_note() {
    let mut stand = stand();
    let (from, to) = (stand.near("C4"), stand.near("D4"));
    stand.button(from, PointerButton::Primary, true, Modifiers::SHIFT);
    assert_eq!(stand.heard(), ["on 60"]);
    stand.drag(to);
    let heard = stand.heard();
    assert_eq!(heard, ["Tuning 2.0 of 60", "Pressure 0.0 of 60"]);
    stand.drag(to - vec2(0.0, 300.0));
    assert!(stand.heard().contains(&"Pressure 1.0 of 60".to_owned()));
    stand.release(to);
    assert_eq!(stand.heard(), ["off 60"]);
}

#[test]
fn wheels_bend_and_stay() {
    let mut stand = stand();
    let bend = stand.rect("Pitch bend wheel").center();
    stand.press(bend);
    stand.drag(bend - vec2(0.0, 500.0));
    stand.release(bend);
    assert_eq!(stand.heard(), ["bend 1.00", "bend 0.00"]);
    let wheel = stand.rect("Modulation wheel").center();
    stand.press(wheel);
    stand.drag(wheel - vec2(0.0, 500.0));
    stand.release(wheel);
    assert_eq!(stand.heard(), ["cc1 1.00"]);
    for _ in 0..2 {
        stand.press(wheel);
        stand.release(wheel);
    }
    assert_eq!(stand.heard(), ["cc1 0.00"]);
}

#[test]
fn letters_play_only_while_the_keys_have_the_focus() {
    let mut stand = stand();
    stand.key(Key::Z, true);
    stand.key(Key::Z, false);
    assert_eq!(stand.heard(), [""; 0]);
    let place = stand.near("C4");
    stand.press(place);
    stand.release(place);
    stand.heard();
    for (key, pressed) in [(Key::Z, true), (Key::Q, true), (Key::Z, false), (Key::Q, false)] {
        stand.key(key, pressed);
    }
    assert_eq!(stand.heard(), ["on 48", "on 60", "off 48", "off 60"]);
    stand.key_with(Key::Z, true, false, Modifiers::CTRL);
    assert_eq!(stand.heard(), [""; 0], "a shortcut is no note");
    stand.key(Key::CloseBracket, true);
    stand.key(Key::CloseBracket, false);
    stand.key(Key::X, true);
    stand.key_with(Key::X, true, true, Modifiers::NONE);
    stand.key_with(Key::X, true, true, Modifiers::NONE);
    stand.key(Key::X, false);
    assert_eq!(stand.heard(), ["on 62", "off 62"], "what repeats is struck once");
    stand.key(Key::C, true);
    stand.key(Key::Escape, true);
    stand.frame(Vec::new());
    assert_eq!(stand.heard(), ["on 64", "off 64"]);
    stand.key(Key::C, true);
    assert_eq!(stand.heard(), [""; 0]);
}

#[test]
fn the_sign_says_when_letters_sound() {
    let mut stand = stand();
    let sign = stand.rect("Computer keyboard plays").center();
    stand.press(sign);
    stand.release(sign);
    stand.key(Key::Z, true);
    assert_eq!(stand.heard(), ["on 48"]);
    stand.key(Key::Z, false);
    stand.press(sign);
    stand.release(sign);
    stand.heard();
    stand.key(Key::Z, true);
    assert_eq!(stand.heard(), [""; 0], "a second click ends it");
}

#[test]
fn a_window_that_loses_the_keyboard_lets_go() {
    let mut stand = stand();
    let place = stand.near("C4");
    stand.press(place);
    stand.release(place);
    stand.key(Key::Z, true);
    stand.heard();
    stand.frame(vec![Event::WindowFocused(false)]);
    assert_eq!(stand.heard(), ["off 48"]);
    stand.key(Key::Z, true);
    stand.heard();
    // Something else takes the focus.
    stand.key(Key::Tab, true);
    stand.frame(Vec::new());
    assert_eq!(stand.heard(), ["off 48"]);
}

#[test]
fn a_closed_window_holds_no_key() {
    let mut stand = stand();
    let place = stand.near("C4");
    stand.press(place);
    stand.release(place);
    stand.key(Key::Z, true);
    stand.press(place);
    stand.heard();
    assert_eq!(stand.shared.hands.held().len(), 2);
    stand.window.close();
    let mut heard = stand.heard();
    heard.sort();
    assert_eq!(heard, ["off 48", "off 60"]);
    assert!(stand.shared.hands.held().is_empty());
}

#[test]
fn the_program_of_its_own_plays_unless_text_is_typed() {
    let mut shared = Shared::new(&Bundle::default());
    shared.standalone = Some(std::sync::Arc::new(StandaloneDesk::default()));
    let mut stand = stand_of(shared, (1120, 760));
    stand.key(Key::Z, true);
    stand.key(Key::Space, true);
    stand.key(Key::Z, false);
    stand.key(Key::Space, false);
    assert_eq!(stand.heard(), ["on 48", "cc64 1.00", "off 48", "cc64 0.00"]);
}

#[test]
fn a_narrow_window_shows_some_octaves() {
    let mut stand = stand_of(Shared::new(&Bundle::default()), (760, 500));
    assert!(stand.window.place("A0").is_none() && stand.window.place("C4").is_some());
    let higher = stand.rect("Keys an octave higher").center();
    for _ in 0..5 {
        stand.press(higher);
        stand.release(higher);
    }
    assert!(stand.window.place("C8").is_some());
    let last = stand.rect("C8");
    assert!((last.right() - 752.0).abs() < 1.0, "{last:?}");
    let width = last.width();
    assert!(width >= range::LEAST_WHITE, "{width}");
}
