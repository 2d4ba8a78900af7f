//! The line at the top: which instruments, where between them, which preset; undo, silence, settings.
//! Window's thread.
//! It fits the narrowest window with the largest text (test: `header_parts_never_overlap`).

use super::signs::{Button, Sign, button, spinner};
use super::{mark, pieces};
use crate::editor::controls;
use crate::editor::stage::{Drawer, Slot, Stage};
use crate::presets::{Direction, Filter};
use egui::accesskit::Role;
use egui::{Align2, Id, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use timbrel_engine::event::Setting;
use timbrel_engine::model::{Family, Model};

/// Between neighbours, points.
const GAP: f32 = 4.0;
/// Between groups, points.
const WIDE_GAP: f32 = 10.0;

/// Where everything lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Places {
    /// The mark.
    pub mark: Rect,
    /// The first instrument.
    pub first: Rect,
    /// Between the two; empty where there is one.
    pub morph: Rect,
    /// The second instrument, or the sign that offers one.
    pub second: Rect,
    /// Previous, next.
    pub steps: [Rect; 2],
    /// The preset, with its star at the right end.
    pub preset: Rect,
    /// The star.
    pub star: Rect,
    /// Undo, redo, panic, settings.
    pub buttons: [Rect; 4],
}

impl Places {
    /// The places in `rect` with text of `factor` times the usual size.
    pub fn of(rect: Rect, factor: f32, has_second: bool) -> Self {
        let height = rect.height();
        // Signs grow with the text while there is room for them.
        let sign = (30.0 * factor).min((rect.width() * 0.034).max(24.0)).min(height);
        let square = |right: f32| Rect::from_center_size(pos2(right - sign / 2.0, rect.center().y), vec2(sign, sign));
        let mut right = rect.right();
        let mut buttons = [Rect::NOTHING; 4];
        for (place, place_rect) in buttons.iter_mut().enumerate().rev() {
            *place_rect = square(right);
            right -= sign + if place == 2 { WIDE_GAP } else { GAP };
        }
        right -= WIDE_GAP - GAP;
        let mark = Rect::from_min_size(rect.min, vec2(height.min(44.0 * factor), height));
        let mut left = mark.right() + GAP;
        let room = right - left;
        let part = |left: f32, width: f32| Rect::from_min_size(pos2(left, rect.top()), vec2(width, height));
        let steps_width = 2.0 * sign + WIDE_GAP + GAP;
        let texts = room - steps_width - WIDE_GAP;
        let (first_share, morph_share, second_share) = if has_second { (0.29, 0.15, 0.25) } else { (0.40, 0.0, 0.0) };
        let first = part(left, (texts * first_share).min(230.0 * factor));
        left = first.right() + GAP;
        let morph = if has_second { part(left, (texts * morph_share).min(110.0 * factor)) } else { part(left, 0.0) };
        left = if has_second { morph.right() + GAP } else { left };
        let second = if has_second { part(left, (texts * second_share).min(200.0 * factor)) } else { part(left, sign) };
        left = second.right() + WIDE_GAP;
        let steps = [part(left, sign), part(left + sign + 2.0, sign)];
        left = steps[1].right() + GAP;
        let preset = part(left, (right - left).max(40.0));
        let star = Rect::from_center_size(pos2(preset.right() - sign / 2.0 - 2.0, rect.center().y), vec2(sign, sign));
        Self { mark, first, morph, second, steps, preset, star, buttons }
    }
}

/// Draws it over `rect`; `filter` is what the browser of presets lets through. Gives where things lie.
pub fn draw(ui: &mut Ui, rect: Rect, stage: &Stage, filter: &Filter) -> Places {
    let shown = &stage.scene.instrument;
    let has_second = shown.second_path.is_some() || shown.second_missing.is_some();
    let places = Places::of(rect, stage.theme.text_size.factor(), has_second);
    mark::draw(ui, places.mark, stage.theme);
    slot(ui, places.first, Slot::First, stage);
    if has_second {
        morph(ui, places.morph, stage);
        slot(ui, places.second, Slot::Second, stage);
    } else {
        offer_second(ui, places.second, stage);
    }
    preset(ui, &places, stage, filter);
    buttons(ui, &places, stage);
    places
}

/// Where between the two.
fn morph(ui: &mut Ui, rect: Rect, stage: &Stage) {
    let theme = stage.theme;
    let (upper, lower) = rect.split_top_bottom_at_fraction(0.42);
    pieces::put(ui.painter(), upper, Align2::CENTER_CENTER, "Morph", theme.small(), theme.palette.faint);
    controls::bar(ui, stage, Setting::Morph, Id::unique("header morph"), lower.shrink2(vec2(2.0, 1.0)));
}

fn toggle(stage: &Stage, drawer: Drawer) {
    let is_open = stage.memory.drawer.get() == Some(drawer);
    stage.memory.drawer.set(if is_open { None } else { Some(drawer) });
}

/// How it sounds, in a word.
pub fn family(family: &Family) -> &'static str {
    match family {
        Family::Ddsp => "DDSP",
        Family::Newt(_) => "NEWT",
    }
}

fn caption(model: &Model) -> String {
    let metadata = model.metadata();
    let (low, high) = (metadata.pitch.low, metadata.pitch.high);
    format!("{} · {}–{}", family(&metadata.family), pieces::note_name(low), pieces::note_name(high))
}

fn slot(ui: &mut Ui, rect: Rect, slot: Slot, stage: &Stage) {
    let (theme, palette, shown) = (stage.theme, stage.theme.palette, &stage.scene.instrument);
    let (label, name, model, fault) = match slot {
        Slot::First => {
            ("Instrument 1", &shown.name, &stage.scene.first, shown.missing.as_ref().or(shown.error.as_ref()))
        }
        Slot::Second => ("Instrument 2", &shown.second_name, &stage.scene.second, shown.second_missing.as_ref()),
    };
    let is_open = stage.memory.drawer.get() == Some(Drawer::Instruments(slot));
    let response = ui.interact(rect, Id::unique(label), Sense::click());
    tile(ui, rect, stage, response.hovered(), is_open);
    let inside = rect.shrink2(vec2(theme.scaled(8.0), 2.0));
    let is_loading = stage.scene.is_loading && asked(ui) == slot;
    let text = if is_loading { inside.with_max_x(inside.right() - theme.scaled(18.0)) } else { inside };
    let (upper, lower) = text.split_top_bottom_at_fraction(0.6);
    let name = name.as_deref().unwrap_or(if is_loading { "Loading" } else { "No instrument" });
    let colour = if fault.is_some() { palette.error } else { palette.text };
    pieces::put(ui.painter(), upper, Align2::LEFT_BOTTOM, name, theme.strong(), colour);
    let under = match (fault, model) {
        (Some(fault), _) => fault.clone(),
        (None, Some(model)) => caption(model),
        (None, None) => String::new(),
    };
    let faint = if fault.is_some() { palette.notice } else { palette.faint };
    pieces::put(ui.painter(), lower, Align2::LEFT_TOP, &under, theme.small(), faint);
    if is_loading {
        spinner(ui, pos2(inside.right() - theme.scaled(7.0), rect.center().y), theme.scaled(6.0), theme);
    }
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, label);
        info.current_text_value = Some(name.to_owned());
        info
    });
    if response.clicked() {
        toggle(stage, Drawer::Instruments(slot));
    }
    let hint = match slot {
        Slot::First => "The instrument that plays. Press to choose another; a model file can also be dropped here.",
        Slot::Second => "The instrument to which it morphs. Press to choose another or none.",
    };
    response.on_hover_text(fault.map_or(hint, String::as_str));
}

/// Which slot a load is for.
fn asked(ui: &Ui) -> Slot {
    ui.data(|data| data.get_temp(Id::unique("slot asked"))).unwrap_or(Slot::First)
}

/// Remembers which slot a load is for.
pub fn remember_asked(context: &egui::Context, slot: Slot) {
    context.data_mut(|data| data.insert_temp(Id::unique("slot asked"), slot));
}

fn tile(ui: &Ui, rect: Rect, stage: &Stage, is_hovered: bool, is_open: bool) {
    let (theme, palette) = (stage.theme, stage.theme.palette);
    let fill = if is_hovered || is_open { palette.raised } else { palette.panel };
    let edge = if is_open { palette.harmonics } else { palette.line };
    ui.painter().rect(rect, 6.0, fill, Stroke::new(theme.hairline(), edge), StrokeKind::Inside);
}

fn offer_second(ui: &mut Ui, rect: Rect, stage: &Stage) {
    let square = Rect::from_center_size(rect.center(), vec2(rect.width(), rect.width()));
    let drawer = Drawer::Instruments(Slot::Second);
    let hint = "A second instrument, to morph to";
    let is_on = stage.memory.drawer.get() == Some(drawer);
    let what = Button { sign: Sign::Add, label: "Instrument 2", hint, is_enabled: true, is_on };
    if button(ui, square, stage.theme, &what).clicked() {
        toggle(stage, drawer);
    }
}

fn preset(ui: &mut Ui, places: &Places, stage: &Stage, filter: &Filter) {
    let (theme, palette, shown) = (stage.theme, stage.theme.palette, &stage.scene.presets);
    let steps = [
        (Sign::Previous, "Previous preset", "The preset before this one", Direction::Previous),
        (Sign::Next, "Next preset", "The preset after this one", Direction::Next),
    ];
    for ((sign, label, hint, direction), rect) in steps.into_iter().zip(places.steps) {
        let is_enabled = !shown.listing.entries.is_empty();
        if button(ui, rect, theme, &Button { sign, label, hint, is_enabled, is_on: false }).clicked() {
            stage.hand.step_preset(direction, filter);
        }
    }
    let is_open = stage.memory.drawer.get() == Some(Drawer::Presets);
    let response = ui.interact(places.preset, Id::unique("Preset"), Sense::click());
    tile(ui, places.preset, stage, response.hovered(), is_open);
    let inside = places.preset.shrink2(vec2(theme.scaled(8.0), 2.0)).with_max_x(places.star.left() - 2.0);
    let (upper, lower) = inside.split_top_bottom_at_fraction(0.6);
    let name = if shown.name.is_empty() { "No preset" } else { &shown.name };
    let colour = if shown.name.is_empty() { palette.faint } else { palette.text };
    let mark = theme.scaled(8.0);
    let lies = upper.with_max_x(upper.right() - mark);
    let end = pieces::put(ui.painter(), lies, Align2::LEFT_BOTTOM, name, theme.strong(), colour);
    let changed = if shown.is_changed { "changed" } else { "" };
    if shown.is_changed {
        ui.painter().circle_filled(
            pos2(end.right() + mark * 0.7, end.center().y),
            theme.scaled(3.0),
            palette.harmonics,
        );
    }
    let entry = shown.entry();
    let (under, faint) = match (&shown.error, entry) {
        (Some(error), _) => (error.clone(), palette.error),
        (None, Some(entry)) => (entry.about.tags.join(" · "), palette.faint),
        (None, None) => (String::new(), palette.faint),
    };
    pieces::put(ui.painter(), lower, Align2::LEFT_TOP, &under, theme.small(), faint);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, "Preset");
        info.current_text_value = Some(format!("{name} {changed}").trim().to_owned());
        info
    });
    if response.clicked() {
        toggle(stage, Drawer::Presets);
    }
    let hint = match (&shown.error, shown.is_changed) {
        (Some(error), _) => error.clone(),
        (None, true) => "The sound is not the preset's any more. Press for all presets.".to_owned(),
        (None, false) => "Press for all presets.".to_owned(),
    };
    response.on_hover_text(hint);
    let is_favourite = entry.is_some_and(|entry| entry.is_favourite);
    let hint = if is_favourite { "A favourite; press to take it off" } else { "Make it a favourite" };
    let sign = Sign::Star { is_on: is_favourite };
    let star = Button { sign, label: "Favourite", hint, is_enabled: entry.is_some(), is_on: false };
    if button(ui, places.star, theme, &star).clicked()
        && let Some(path) = &shown.path
    {
        stage.shared.presets.set_favourite(path.clone(), !is_favourite);
    }
}

fn buttons(ui: &mut Ui, places: &Places, stage: &Stage) {
    let (theme, history) = (stage.theme, &stage.shared.history);
    let (can_undo, can_redo) = history.reach();
    let [undo, redo, panic, settings] = places.buttons;
    let is_on = false;
    let (undoes, redoes) = stage.hand.words();
    let hint = undoes.as_deref().unwrap_or("Nothing to undo");
    if button(ui, undo, theme, &Button { sign: Sign::Undo, label: "Undo", hint, is_enabled: can_undo, is_on }).clicked()
    {
        stage.hand.undo();
    }
    let hint = redoes.as_deref().unwrap_or("Nothing to redo");
    if button(ui, redo, theme, &Button { sign: Sign::Redo, label: "Redo", hint, is_enabled: can_redo, is_on }).clicked()
    {
        stage.hand.redo();
    }
    let hint = "Panic: silence at once, and every controller at rest";
    if button(ui, panic, theme, &Button { sign: Sign::Panic, label: "Panic", hint, is_enabled: true, is_on }).clicked()
    {
        stage.shared.instrument.panic();
    }
    let is_on = stage.memory.drawer.get() == Some(Drawer::Settings);
    let hint = "Settings";
    let what = Button { sign: Sign::Settings, label: "Settings", hint, is_enabled: true, is_on };
    if button(ui, settings, theme, &what).clicked() {
        toggle(stage, Drawer::Settings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::layout::Layout;

    #[test]
    fn header_parts_never_overlap() {
        for width in [760.0, 900.0, 1120.0, 2000.0] {
            for factor in [0.9, 1.0, 1.2, 1.45] {
                for has_second in [false, true] {
                    let window = Rect::from_min_size(pos2(0.0, 0.0), vec2(width, 600.0));
                    let header = Layout::of(window, factor).header;
                    let places = Places::of(header, factor, has_second);
                    let Places { mark, first, morph, second, steps, preset, star, buttons } = places;
                    let mut parts = vec![mark, first, second, steps[0], steps[1], preset];
                    parts.extend(buttons);
                    if has_second {
                        parts.insert(2, morph);
                    }
                    for pair in parts.windows(2) {
                        assert!(pair[0].right() < pair[1].left(), "{width} {factor} {has_second}: {pair:?}");
                    }
                    assert!(parts.iter().all(|part| header.contains_rect(*part)), "{width} {factor}: {places:?}");
                    assert!(preset.contains_rect(star));
                    assert!(
                        preset.width() >= 90.0 && first.width() >= 90.0,
                        "{width} {factor} {has_second}: {places:?}"
                    );
                }
            }
        }
    }
}
