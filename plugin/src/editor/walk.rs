//! A walk through the window: every page and drawer, small and large, in every text size.
//! Nothing is out of its place, cut off, without a name, or out of the reach of the keyboard.

use super::layout::Layout;
use super::rehearsal::Rehearsal;
use super::stage::{Drawer, Page, Slot};
use super::theme::{Contrast, TextSize};
use crate::bundle::Bundle;
use crate::plugin::Shared;
use crate::state::WindowSize;
use egui::accessibility::is_input;
use egui::accesskit::{Node, NodeId};
use egui::{Event, FullOutput, Key, Modifiers, Rect, Shape, WidgetRect, pos2, vec2};
use std::collections::{BTreeMap, BTreeSet};

/// Points that things may stick out by: lines have a width.
const TOLERANCE: f32 = 1.5;

/// What is open.
#[derive(Clone, Copy, Debug)]
enum Open {
    Page(Page),
    Drawer(Drawer),
}

fn everything() -> Vec<Open> {
    let pages = Page::ALL.into_iter().map(|(page, _)| Open::Page(page));
    let drawers = [
        Drawer::Instruments(Slot::First),
        Drawer::Instruments(Slot::Second),
        Drawer::Presets,
        Drawer::Settings,
        Drawer::Keys,
    ];
    pages.chain(drawers.map(Open::Drawer)).collect()
}

fn open(window: &mut Rehearsal, what: Open) {
    let memory = window.memory();
    match what {
        Open::Page(page) => {
            memory.page.set(page);
            memory.drawer.set(None);
        }
        Open::Drawer(drawer) => memory.drawer.set(Some(drawer)),
    }
    for _ in 0..3 {
        window.frame(Vec::new());
    }
}

/// Something that can be used.
#[derive(Clone, Debug)]
struct Thing {
    name: String,
    rect: Rect,
    /// As much as can be seen of it.
    seen: Rect,
    enabled: bool,
}

/// All that a keyboard can reach, or a screen reader.
fn things(window: &Rehearsal, output: &FullOutput) -> Vec<Thing> {
    let nodes: BTreeMap<NodeId, &Node> = output
        .platform_output
        .accesskit_update
        .iter()
        .flat_map(|update| &update.nodes)
        .map(|(id, node)| (*id, node))
        .collect();
    let rects: Vec<WidgetRect> = window.context().viewport(|viewport| {
        viewport.prev_pass.widgets.layers().flat_map(|(_, rects)| rects.iter().copied()).collect()
    });
    let thing = |widget: &WidgetRect| {
        let node = nodes.get(&widget.id.accesskit_id())?;
        if !is_input(node.role()) || !widget.interact_rect.is_positive() {
            return None;
        }
        let name = node.label().or(node.value()).or(node.placeholder()).unwrap_or_default().to_owned();
        Some(Thing { name, rect: widget.rect, seen: widget.interact_rect, enabled: widget.enabled })
    };
    rects.iter().filter_map(thing).collect()
}

/// Where text is, and as much as can be seen of it.
fn texts(output: &FullOutput) -> Vec<(String, Rect, Rect)> {
    fn of(shape: &Shape, clip: Rect, into: &mut Vec<(String, Rect, Rect)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| of(shape, clip, into)),
            Shape::Text(text) if !text.galley.text().trim().is_empty() && text.opacity_factor > 0.0 => {
                for row in &text.galley.rows {
                    let rect = row.rect_without_leading_space().translate(text.pos.to_vec2());
                    let seen = rect.intersect(clip);
                    if seen.is_positive() {
                        into.push((row.text(), rect, seen));
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    output.shapes.iter().for_each(|clipped| of(&clipped.shape, clipped.clip_rect, &mut found));
    found
}

/// Whether two rectangles overlap by more than what lines and rounding make.
fn overlap(one: Rect, other: Rect) -> bool {
    let both = one.intersect(other);
    both.width() > 2.0 * TOLERANCE && both.height() > 2.0 * TOLERANCE
}

fn parts(size: (u32, u32), factor: f32, is_drawer: bool) -> Vec<(&'static str, Rect)> {
    let window = Rect::from_min_size(pos2(0.0, 0.0), vec2(size.0 as f32, size.1 as f32));
    let layout = Layout::of(window, factor);
    let surface = layout.field.union(layout.keyboard);
    let above = if is_drawer {
        vec![("drawer", layout.drawer())]
    } else {
        vec![("views", layout.views), ("page", layout.page)]
    };
    let mut parts = vec![("header", layout.header)];
    parts.extend(above);
    parts.extend([("surface", surface), ("status", layout.status)]);
    parts
}

/// What is wrong with what is drawn.
fn faults(window: &mut Rehearsal, size: (u32, u32), factor: f32, what: Open) -> Vec<String> {
    let output = window.frame(Vec::new());
    let parts = parts(size, factor, matches!(what, Open::Drawer(_)));
    let things = things(window, &output);
    let mut faults = Vec::new();
    for thing in &things {
        if thing.name.trim().is_empty() {
            faults.push(format!("nameless thing at {:?}", thing.rect));
        }
        let part = parts.iter().find(|(_, part)| part.contains(thing.seen.center()));
        match part {
            Some((name, part)) => {
                // What scrolls is cut off above and below, and nowhere else.
                let scrolls = matches!(*name, "page" | "drawer");
                let rect = if scrolls {
                    thing.rect.with_min_y(thing.seen.top()).with_max_y(thing.seen.bottom())
                } else {
                    thing.rect
                };
                if !part.expand(TOLERANCE).contains_rect(rect) {
                    faults.push(format!("{:?} at {rect:?} sticks out of {name} {part:?}", thing.name));
                }
            }
            None => faults.push(format!("{:?} at {:?} is in no part", thing.name, thing.rect)),
        }
    }
    for (place, one) in things.iter().enumerate() {
        for other in &things[place + 1..] {
            // A button may lie in a larger one: a star on the preset's name.
            let is_nested = one.rect.contains_rect(other.rect) || other.rect.contains_rect(one.rect);
            if overlap(one.seen, other.seen) && !is_nested {
                faults.push(format!("{:?} {:?} lies over {:?} {:?}", one.name, one.seen, other.name, other.seen));
            }
        }
    }
    let texts = texts(&output);
    for (text, rect, seen) in &texts {
        if rect.width() > seen.width() + 2.0 * TOLERANCE {
            faults.push(format!("the text {text:?} is cut off: {rect:?} of which {seen:?} is seen"));
        }
    }
    for (place, (one, _, rect)) in texts.iter().enumerate() {
        for (other, _, found) in &texts[place + 1..] {
            if overlap(*rect, *found) {
                faults.push(format!("the text {one:?} {rect:?} runs into {other:?} {found:?}"));
            }
        }
    }
    faults
}

#[test]
fn nothing_is_out_of_its_place_in_any_size() {
    let shared = Shared::new(&Bundle::default());
    let (mut count, mut all) = (0, BTreeMap::<String, (usize, String)>::new());
    for size in [WindowSize::SMALLEST, (900, 620), WindowSize::DEFAULT, (2600, 1500)] {
        for text_size in TextSize::ALL {
            let mut window = Rehearsal::new(&shared, size, 1.0);
            // The first frame reads what the player likes.
            window.frame(Vec::new());
            {
                let mut tastes = window.memory().tastes.borrow_mut();
                tastes.text_size = text_size;
                tastes.contrast = if text_size == TextSize::Large { Contrast::High } else { Contrast::Walnut };
            }
            for what in everything() {
                open(&mut window, what);
                count += 1;
                for fault in faults(&mut window, size, text_size.factor(), what) {
                    let entry =
                        all.entry(format!("{what:?}: {}", fault.split(" [").next().unwrap_or(&fault))).or_default();
                    *entry = (entry.0 + 1, format!("{size:?} {text_size:?}: {fault}"));
                }
            }
        }
    }
    shared.instrument.close();
    for (times, fault) in all.values() {
        println!("{times} x {fault}");
    }
    println!("{count} views of the window, {} kinds of faults", all.len());
    assert!(all.is_empty());
}

#[test]
fn tab_goes_through_everything_in_reading_order() {
    let shared = Shared::new(&Bundle::default());
    let size = WindowSize::DEFAULT;
    let mut window = Rehearsal::new(&shared, size, 1.0);
    for what in everything() {
        open(&mut window, what);
        let output = window.frame(Vec::new());
        let parts = parts(size, 1.0, matches!(what, Open::Drawer(_)));
        let wanted: Vec<Thing> = things(&window, &output).into_iter().filter(|thing| thing.enabled).collect();
        window.context().memory_mut(|memory| memory.stop_text_input());
        let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
        for _ in 0..400 {
            for pressed in [true, false] {
                let (key, modifiers) = (Key::Tab, Modifiers::NONE);
                window.frame(vec![Event::Key { key, physical_key: Some(key), pressed, repeat: false, modifiers }]);
            }
            for _ in 0..3 {
                window.frame(Vec::new());
            }
            let Some(id) = window.context().memory(|memory| memory.focused()) else { continue };
            if !seen.insert(id.value()) {
                break;
            }
            let Some(response) = window.context().read_response(id) else { continue };
            let place = parts.iter().position(|(_, part)| part.contains(response.interact_rect.center()));
            order.push((place, response.rect));
            assert!(response.interact_rect.is_positive(), "{what:?}: {:?} is out of sight", response.rect);
        }
        let places: Vec<_> = order.iter().map(|(place, _)| *place).collect();
        assert!(places.is_sorted(), "{what:?}: not in reading order: {places:?}");
        println!("{what:?}: {} things with names, {} with the focus one after the other", wanted.len(), order.len());
        assert!(order.len() >= wanted.len() / 2);
    }
    shared.instrument.close();
}
