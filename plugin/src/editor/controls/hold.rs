//! How every control is turned: dragged, wheeled, by keys, typed, and by whoever asks through AccessKit.
//! Window's thread.
//! A drag takes hold of the parameter and lets go of it, and is one edit; the rest is one by itself
//! (tests: `tests`).

use super::ring::{Ring, ring};
use super::{about, entry, menu};
use crate::editor::stage::Stage;
use egui::accesskit::{Action, ActionData};
use egui::{
    CursorIcon, Event, EventFilter, Id, Key, Modifiers, MouseWheelUnit, PointerButton, Rect, Response, Sense, Ui, Vec2,
    WidgetInfo,
};
use timbrel_engine::event::Setting;

/// A drag from end to end, points.
const WHOLE_WAY: f32 = 200.0;
/// With Shift everything is so much finer.
const FINE: f32 = 0.1;
/// A notch of the wheel, an arrow key, a page key: shares of the whole way.
const NOTCH: f32 = 0.02;
const ARROW: f32 = 0.01;
const PAGE: f32 = 0.1;
/// Points of a smooth wheel, and lines of a page, that are a notch.
const POINTS_OF_NOTCH: f32 = 24.0;
const NOTCHES_OF_PAGE: f32 = 10.0;
/// A wheel that turned something goes on with it, wherever the pointer comes to lie, until it rests so long, seconds.
const WHEEL_RESTS: f64 = 0.35;
/// The value stands in the name's place so long after it moved, seconds.
const SHOWN: f64 = 0.9;
/// A parameter that moved is what the engine says of it again after this, seconds.
const SETTLED: f64 = 0.25;

/// A control's frame.
pub struct Grip {
    /// The whole control.
    pub response: Response,
    /// Where it is, 0 (bottom) to 1.
    pub position: f32,
    /// Its value is to be read now: it moved or is pointed at.
    pub shows_value: bool,
    /// What modulation makes of it.
    pub ring: Ring,
    /// A value is being typed in it.
    pub is_typed: bool,
}

/// What a control remembers.
#[derive(Clone, Copy)]
struct Memory {
    /// Where it was in the last frame.
    seen: f32,
    /// When it last moved, seconds of the window's clock.
    moved: f64,
    /// Where the hand has it, between steps.
    held: f32,
    /// Parts of a wheel's notch or of a step that are still to come.
    left: f32,
}

/// What the wheel turns.
#[derive(Clone, Copy)]
struct Wheel {
    owner: Option<Id>,
    last: f64,
}

impl Default for Wheel {
    fn default() -> Self {
        Self { owner: None, last: f64::NEG_INFINITY }
    }
}

/// What a key asks for.
enum Wish {
    To(f32),
    Rest,
    Type(Option<String>),
    Menu,
}

/// What a drag is multiplied with now.
pub fn fineness(ui: &Ui) -> f32 {
    if ui.input(|input| input.modifiers.shift) { FINE } else { 1.0 }
}

/// Feels what the player does to a control of `setting` over `rect`, and does it.
pub fn hold(ui: &mut Ui, stage: &Stage, setting: Setting, id: Id, rect: Rect) -> Grip {
    let hand = stage.hand;
    let now = ui.input(|input| input.time);
    let steps = hand.steps(setting);
    let snapped = |position: f32| match steps {
        Some(steps) if steps > 0 => (position * steps as f32).round() / steps as f32,
        _ => position,
    };
    let mut position = hand.position(setting);
    let fresh = Memory { seen: position, moved: f64::NEG_INFINITY, held: position, left: 0.0 };
    let mut memory = ui.data(|data| data.get_temp::<Memory>(id)).unwrap_or(fresh);

    let mut response = ui.interact(rect, id, Sense::click_and_drag());
    if response.drag_started_by(PointerButton::Primary) {
        response.request_focus();
        hand.take(setting);
        memory.held = position;
    }
    if response.dragged_by(PointerButton::Primary) {
        // Right and up is more.
        let delta = response.drag_delta();
        memory.held = (memory.held + (delta.x - delta.y) / WHOLE_WAY * fineness(ui)).clamp(0.0, 1.0);
        if snapped(memory.held) != position {
            hand.drag(setting, snapped(memory.held));
        }
    }
    if response.drag_stopped() {
        hand.let_go(setting);
    }
    if response.clicked_by(PointerButton::Primary) {
        response.request_focus();
    }
    if response.double_clicked() {
        hand.reset(setting);
    }
    let (notches, fine) = wheel(ui, &response, now);
    if notches != 0.0 {
        let step = match steps {
            Some(steps) => 1.0 / steps.max(1) as f32,
            None => NOTCH * if fine { FINE } else { 1.0 },
        };
        memory.left += notches;
        // A number goes from one to the next, anything else wherever the wheel goes.
        let whole = if steps.is_some() { memory.left.trunc() } else { memory.left };
        memory.left -= whole;
        if whole != 0.0 {
            hand.turn(setting, snapped((position + whole * step).clamp(0.0, 1.0)));
        }
    }
    let mut wishes_menu = false;
    for wish in wishes(ui, &response, hand.position(setting), steps) {
        match wish {
            Wish::To(to) => hand.turn(setting, snapped(to.clamp(0.0, 1.0))),
            Wish::Rest => hand.reset(setting),
            Wish::Type(typed) => entry::open(ui.ctx(), stage, setting, id, typed),
            Wish::Menu => wishes_menu = true,
        }
    }
    obey(ui, stage, setting, id);
    menu::offer(&response, stage, setting, wishes_menu);

    position = hand.position(setting);
    if (position - memory.seen).abs() > 1e-6 {
        (memory.seen, memory.moved) = (position, now);
        response.mark_changed();
    }
    ui.data_mut(|data| data.insert_temp(id, memory));
    let text = hand.text_at(setting, position);
    response.widget_info(|| {
        let mut info = WidgetInfo::slider(true, f64::from(position), hand.control(setting).name());
        info.current_text_value = Some(text.clone());
        info
    });
    let ring = ring(stage, setting, position, now - memory.moved > SETTLED);
    let moved = about::moved(stage, setting, &ring);
    ui.ctx().accesskit_node_builder(id, |node| {
        if !moved.is_empty() {
            node.set_description(moved);
        }
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(1.0);
        for action in [Action::SetValue, Action::Increment, Action::Decrement] {
            node.add_action(action);
        }
    });
    let is_typed = entry::is_open(ui.ctx(), id);
    let is_held = response.dragged();
    let response = response.on_hover_and_drag_cursor(if is_held { CursorIcon::Grabbing } else { CursorIcon::Grab });
    let response = if is_held || is_typed { response } else { about::about(stage, setting, response) };
    Grip {
        shows_value: response.hovered() || is_held || now - memory.moved < SHOWN,
        ring,
        response,
        position,
        is_typed,
    }
}

/// Notches that the wheel turns this control, up is more, and whether finely.
fn wheel(ui: &Ui, response: &Response, now: f64) -> (f32, bool) {
    if !response.hovered() || response.dragged() {
        return (0.0, false);
    }
    let place = Id::unique("wheel");
    let wheel = ui.data(|data| data.get_temp::<Wheel>(place)).unwrap_or_default();
    if wheel.owner != Some(response.id) && now - wheel.last < WHEEL_RESTS {
        return (0.0, false);
    }
    let (notches, fine) = ui.input(|input| {
        let mut turned = (0.0, input.modifiers.shift);
        for event in &input.events {
            let Event::MouseWheel { unit, delta, modifiers, .. } = event else { continue };
            if modifiers.command || modifiers.ctrl {
                continue;
            }
            // With Shift some systems turn a vertical wheel into a horizontal one.
            let notches = match unit {
                MouseWheelUnit::Line => delta.x + delta.y,
                MouseWheelUnit::Point => (delta.x + delta.y) / POINTS_OF_NOTCH,
                MouseWheelUnit::Page => (delta.x + delta.y) * NOTCHES_OF_PAGE,
            };
            turned = (turned.0 + notches, turned.1 || modifiers.shift);
        }
        turned
    });
    if notches != 0.0 {
        ui.data_mut(|data| data.insert_temp(place, Wheel { owner: Some(response.id), last: now }));
    }
    // What turns a knob does not scroll the page.
    ui.input_mut(|input| input.smooth_scroll_delta = Vec2::ZERO);
    (notches, fine)
}

/// The wheel turned what no control felt: it scrolls, and goes on doing that over controls that come below it. Once a
/// frame, after all controls.
pub fn let_wheel_go(ui: &Ui) {
    let place = Id::unique("wheel");
    let (now, turns) =
        ui.input(|input| (input.time, input.events.iter().any(|event| matches!(event, Event::MouseWheel { .. }))));
    let wheel = ui.data(|data| data.get_temp::<Wheel>(place)).unwrap_or_default();
    if turns && wheel.last != now {
        ui.data_mut(|data| {
            data.insert_temp(place, Wheel { owner: wheel.owner.filter(|_| now - wheel.last < WHEEL_RESTS), last: now })
        });
    }
}

/// What the keys ask of a control that has the focus.
fn wishes(ui: &Ui, response: &Response, position: f32, steps: Option<usize>) -> Vec<Wish> {
    if !response.has_focus() || response.gained_focus() {
        return Vec::new();
    }
    // Arrows would move the focus.
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let step = |share: f32, modifiers: &Modifiers| match steps {
        Some(steps) => (share / ARROW).max(1.0).min((steps as f32 * PAGE).max(1.0)).round() / steps.max(1) as f32,
        None if modifiers.shift => share * FINE,
        None => share,
    };
    let mut at = position;
    let mut to = |place: f32| {
        at = place.clamp(0.0, 1.0);
        Some(Wish::To(at))
    };
    let mut now = position;
    ui.input(|input| {
        let wish = |event: &Event| match event {
            Event::Key { key, pressed: true, modifiers, .. } if !modifiers.command && !modifiers.alt => {
                let wish = match key {
                    Key::ArrowUp | Key::ArrowRight => to(now + step(ARROW, modifiers)),
                    Key::ArrowDown | Key::ArrowLeft => to(now - step(ARROW, modifiers)),
                    Key::PageUp => to(now + step(PAGE, modifiers)),
                    Key::PageDown => to(now - step(PAGE, modifiers)),
                    Key::Home => to(0.0),
                    Key::End => to(1.0),
                    Key::Delete | Key::Backspace => Some(Wish::Rest),
                    Key::Enter => Some(Wish::Type(None)),
                    Key::F10 if modifiers.shift => Some(Wish::Menu),
                    _ => None,
                };
                if let Some(Wish::To(place)) = wish {
                    now = place;
                }
                wish
            }
            Event::Text(text) if text.starts_with(|first: char| first.is_ascii_digit() || "+-.,".contains(first)) => {
                Some(Wish::Type(Some(text.clone())))
            }
            _ => None,
        };
        input.events.iter().filter_map(wish).collect()
    })
}

/// Does what a screen reader asks for.
fn obey(ui: &Ui, stage: &Stage, setting: Setting, id: Id) {
    let hand = stage.hand;
    let (turns, values) = ui.input(|input| {
        let turns = input.num_accesskit_action_requests(id, Action::Increment) as f32
            - input.num_accesskit_action_requests(id, Action::Decrement) as f32;
        let values: Vec<ActionData> =
            input.accesskit_action_requests(id, Action::SetValue).filter_map(|request| request.data.clone()).collect();
        (turns, values)
    });
    if turns != 0.0 {
        let step = hand.steps(setting).map_or(ARROW, |steps| 1.0 / steps.max(1) as f32);
        hand.turn(setting, hand.position(setting) + turns * step);
    }
    for value in values {
        match value {
            ActionData::NumericValue(place) => hand.put(setting, place as f32),
            ActionData::Value(text) => drop(hand.type_value(setting, &text)),
            _ => {}
        }
    }
}
