//! The pages as a whole: nothing is forgotten, nothing lies over something else, and the keyboard reaches all.

use super::card::Item;
use super::{setup, sound};
use crate::bundle::Bundle;
use crate::editor::rehearsal::{Gesture, Rehearsal};
use crate::params::IDS;
use crate::plugin::Shared;
use crate::state::WindowSize;
use egui::{Event, Key, Modifiers, PointerButton, Rect, vec2};
use std::collections::BTreeSet;
use timbrel_engine::event::{ModulationSource, Route, Setting};

fn opened(size: (u32, u32)) -> (Shared, Rehearsal) {
    let shared = Shared::new(&Bundle::default());
    let mut window = Rehearsal::new(&shared, size, 1.0);
    window.frame(Vec::new());
    (shared, window)
}

/// Every page, and on the page of motion all that can be chosen there.
const FACES: [(&str, &[&str]); 4] = [
    ("Play", &[]),
    ("Sound", &[]),
    ("Motion", &["Envelope", "Envelope 2", "Envelope 3", "LFO 1", "LFO 2"]),
    ("Setup", &[]),
];

#[test]
fn every_parameter_stands_on_a_page() {
    let (shared, mut window) = opened(WindowSize::DEFAULT);
    let mut found = BTreeSet::new();
    for (page, movers) in FACES {
        assert!(window.click(page));
        found.extend(window.places().into_iter().map(|place| place.label));
        for mover in movers {
            assert!(window.click(mover));
            found.extend(window.places().into_iter().map(|place| place.label));
        }
    }
    let names = shared.params.controls().map(|(_, control)| control.name().to_owned());
    let missing: Vec<&String> = names.iter().filter(|name| !found.contains(*name)).collect();
    assert!(missing.is_empty(), "of {} parameters, on no page: {missing:?}", names.len());
    shared.instrument.close();
}

#[test]
fn controls_never_overlap_and_never_leave_the_page() {
    for size in [WindowSize::SMALLEST, WindowSize::DEFAULT, (2600, 1500)] {
        let (shared, mut window) = opened(size);
        let names: BTreeSet<String> = shared.params.controls().map(|(_, control)| control.name().to_owned()).into();
        for (page, _) in FACES {
            assert!(window.click(page));
            // The header has a morph of its own, and the keyboard an A4.
            let is_control = |label: &str, rect: Rect| names.contains(label) && label != "A4" && rect.top() > 60.0;
            let places = window.places().into_iter().filter(|place| is_control(&place.label, place.rect));
            let rects: Vec<(String, Rect)> = places.map(|place| (place.label, place.rect)).collect();
            assert!(rects.len() >= 17, "{page} has {}", rects.len());
            for (index, (name, rect)) in rects.iter().enumerate() {
                let inside = rect.left() >= 0.0 && rect.right() <= size.0 as f32;
                assert!(inside && rect.width() >= 20.0 && rect.height() >= 20.0, "{page} {size:?}: {name} at {rect:?}");
                for (other, place) in &rects[index + 1..] {
                    let common = rect.intersect(*place).shrink(0.1);
                    assert!(!common.is_positive(), "{page} {size:?}: {name} and {other} lie over each other");
                }
            }
        }
        shared.instrument.close();
    }
}

#[test]
fn the_focus_goes_in_reading_order() {
    let (shared, mut window) = opened(WindowSize::DEFAULT);
    let name = |setting: Setting| {
        let controls = shared.params.controls();
        controls.iter().find(|(found, _)| *found == setting).map(|(_, control)| control.name().to_owned()).unwrap()
    };
    let named = |items: &[Item]| items.iter().flat_map(|item| item.settings()).map(&name).collect::<Vec<String>>();
    let pages = [("Sound", &sound::GROUPS[..]), ("Setup", &setup::GROUPS[..])];
    for (page, groups) in pages {
        let expected: Vec<String> = groups.iter().flat_map(|group| named(group.items)).collect();
        assert!(window.click(page));
        let mut found = Vec::new();
        for _ in 0..expected.len() + 20 {
            let key = |pressed| Event::Key {
                key: Key::Tab,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: Modifiers::NONE,
            };
            window.frame(vec![key(true)]);
            window.frame(vec![key(false)]);
            let output = window.frame(Vec::new());
            let update = output.platform_output.accesskit_update.expect("a tree");
            let node = update.nodes.iter().find(|(id, _)| *id == update.focus).expect("a focus");
            found.push(node.1.label().unwrap_or_default().to_owned());
        }
        // Header and tabs come first.
        let first = found.iter().position(|label| *label == expected[0]).unwrap_or_else(|| panic!("{found:?}"));
        assert!(first < 20, "{found:?}");
        assert_eq!(found[first..first + expected.len()], expected, "{page}");
    }
    shared.instrument.close();
}

#[test]
fn an_envelopes_corner_is_one_edit() {
    let (shared, mut window) = opened((1300, 1000));
    assert!(window.click("Motion") && window.click("Envelope 2"));
    let position = |id: &str| {
        let place = IDS.iter().position(|known| *known == id).unwrap();
        shared.params.controls()[place].1.position()
    };
    let before = (position("env2d"), position("env2s"));
    let at = window.place("Envelope 2 decay and sustain corner").expect("a corner").rect.center();
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.frame(vec![Event::PointerMoved(at)]);
    window.heard();
    window.frame(vec![button(at, true)]);
    window.frame(vec![Event::PointerMoved(at + vec2(12.0, -10.0))]);
    let end = at + vec2(20.0, -16.0);
    window.frame(vec![Event::PointerMoved(end)]);
    let corner = window.place("Envelope 2 decay and sustain corner").expect("a corner").rect.center();
    assert!((corner - end).length() < 1.5, "the corner is at {corner:?}, the hand at {end:?}");
    window.frame(vec![button(end, false)]);
    let after = (position("env2d"), position("env2s"));
    assert!(after.0 > before.0 && after.1 > before.1, "{before:?} became {after:?}");
    let heard = window.heard();
    let count = |wanted: fn(&Gesture) -> bool| heard.iter().filter(|gesture| wanted(gesture)).count();
    let begun = count(|gesture| matches!(gesture, Gesture::Begin(_)));
    assert_eq!((begun, count(|gesture| matches!(gesture, Gesture::End(_)))), (2, 2));
    window.hand().undo();
    assert_eq!((position("env2d"), position("env2s")), before);
    assert_eq!(shared.history.reach(), (false, true));
    shared.instrument.close();
}

#[test]
fn a_row_of_the_matrix_is_chosen_and_taken_away() {
    let (shared, mut window) = opened((1300, 1000));
    assert!(window.click("Motion") && window.click("Mod 3 Source"));
    assert!(window.click("Pressure"));
    assert_eq!(window.place("Mod 3 Source").unwrap().value, "Pressure");
    assert!(window.click("Mod 3 Target") && window.click("Shape"));
    assert!(window.click("Formant"));
    let route = |shared: &Shared| shared.modulations.choice().routes()[2];
    let expected = Some(Route { source: ModulationSource::Pressure, target: Setting::FormantShift });
    assert_eq!(route(&shared), expected);
    window.hand().undo();
    assert_eq!(route(&shared), None, "half of a row does nothing");
    window.hand().redo();
    assert_eq!(route(&shared), expected);
    assert!(window.click("Remove Mod 3"));
    assert_eq!(route(&shared), None);
    window.hand().undo();
    assert_eq!(route(&shared), expected);
    shared.instrument.close();
}
