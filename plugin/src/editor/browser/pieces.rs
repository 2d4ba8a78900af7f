//! What header and drawers are made of: text that is cut off where it does not fit, chips, rows of choices.
//! Window's thread.
//! Everything that can be pressed has a name (tests: `editor::walk`).

use crate::editor::theme::Theme;
use egui::accesskit::Role;
use egui::epaint::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Color32, FontId, Galley, Painter, Rect, Response, RichText, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2,
};
use std::sync::Arc;

/// Text on one line, cut off with an ellipsis at `width` points.
pub fn line(painter: &Painter, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(width.max(1.0));
    painter.layout_job(job)
}

/// Draws text on one line into `rect`, cut off where it does not fit. Gives where it lies.
pub fn put(painter: &Painter, rect: Rect, anchor: Align2, text: &str, font: FontId, colour: Color32) -> Rect {
    let galley = line(painter, text, font, colour, rect.width());
    let place = anchor.align_size_within_rect(galley.size(), rect);
    painter.galley(place.min, galley, colour);
    place
}

/// A small pill that is on or off, with how many things it stands for.
pub fn chip(ui: &mut Ui, theme: &Theme, text: &str, count: Option<usize>, is_on: bool) -> Response {
    let palette = theme.palette;
    let colour = if is_on { palette.ground } else { palette.text };
    let words = line(ui.painter(), text, theme.small(), colour, f32::INFINITY);
    let number = count.map(|count| {
        let colour = if is_on { palette.ground } else { palette.faint };
        line(ui.painter(), &count.to_string(), theme.small(), colour, f32::INFINITY)
    });
    let (pad, gap) = (theme.scaled(8.0), theme.scaled(4.0));
    let width = words.size().x + number.as_ref().map_or(0.0, |number| number.size().x + gap) + 2.0 * pad;
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme.scaled(20.0)), Sense::click());
    if ui.is_rect_visible(rect) {
        let radius = rect.height() / 2.0;
        let fill = match (is_on, response.hovered()) {
            (true, _) => palette.harmonics,
            (false, true) => palette.raised,
            (false, false) => palette.well,
        };
        ui.painter().rect_filled(rect, radius, fill);
        let edge = if is_on { palette.harmonics } else { palette.line };
        ui.painter().rect_stroke(rect, radius, Stroke::new(theme.hairline(), edge), StrokeKind::Inside);
        let top = rect.center().y - words.size().y / 2.0;
        let left = rect.left() + pad;
        let next = left + words.size().x + gap;
        ui.painter().galley(egui::pos2(left, top), words, colour);
        if let Some(number) = number {
            ui.painter().galley(egui::pos2(next, top), number, colour);
        }
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_on, text));
    response
}

/// A row of words of which one is chosen. Gives the one that was pressed.
pub fn segments<T: Copy + PartialEq>(ui: &mut Ui, theme: &Theme, of: &str, options: &[(T, &str)], now: T) -> Option<T> {
    let mut pressed = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (option, text) in options {
            let is_on = *option == now;
            let palette = theme.palette;
            let colour = if is_on { palette.ground } else { palette.text };
            let words = line(ui.painter(), text, theme.body(), colour, f32::INFINITY);
            let size = vec2(words.size().x + theme.scaled(20.0), theme.scaled(24.0));
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            let fill = match (is_on, response.hovered()) {
                (true, _) => palette.harmonics,
                (false, true) => palette.raised,
                (false, false) => palette.well,
            };
            ui.painter().rect(rect, 3.0, fill, Stroke::new(theme.hairline(), palette.line), StrokeKind::Inside);
            let place = Align2::CENTER_CENTER.align_size_within_rect(words.size(), rect);
            ui.painter().galley(place.min, words, colour);
            let label = format!("{of} {text}");
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_on, &label));
            if response.clicked() {
                pressed = Some(*option);
            }
        }
    });
    pressed
}

/// A heading within a drawer.
pub fn heading(ui: &mut Ui, theme: &Theme, text: &str) {
    ui.label(RichText::new(text).font(theme.strong()).color(theme.palette.harmonics));
}

/// A caption and what it says, on lines that wrap.
pub fn fact(ui: &mut Ui, theme: &Theme, caption: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    ui.horizontal_top(|ui| {
        let width = theme.scaled(84.0);
        let (rect, _) = ui.allocate_exact_size(vec2(width, theme.scaled(17.0)), Sense::hover());
        put(ui.painter(), rect, Align2::LEFT_CENTER, caption, theme.small(), theme.palette.faint);
        ui.add(egui::Label::new(RichText::new(text).font(theme.body())).wrap());
    });
}

/// Where a list's entries lie while one scrolls through them: a row, as wide as there is room. `is_on` is the one that plays.
pub fn row(ui: &mut Ui, theme: &Theme, height: f32, is_on: bool, label: &str, value: &str) -> Response {
    // One of many in a list: Tab goes to the one that is on, arrows walk.
    let sense = if is_on { Sense::click() } else { Sense::CLICK | Sense::HOVER };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), sense);
    if ui.is_rect_visible(rect) {
        let palette = theme.palette;
        if is_on {
            ui.painter().rect_filled(rect, 4.0, palette.raised);
            let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
            ui.painter().rect_filled(bar, 1.5, palette.harmonics);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 4.0, palette.panel);
        }
    }
    if is_on {
        ui.data_mut(|data| data.insert_temp(super::walker(), response.id));
    }
    response.widget_info(|| {
        let mut info = WidgetInfo::selected(Role::ListBoxOption, true, is_on, label);
        info.current_text_value = (!value.is_empty()).then(|| value.to_owned());
        info
    });
    response
}

/// A note as players call it: 60 is C4.
pub fn note_name(pitch: f32) -> String {
    const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
    let key = pitch.round().clamp(0.0, 127.0) as usize;
    format!("{}{}", NAMES[key % 12], key as i32 / 12 - 1)
}

/// A file's size as one reads it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_and_sizes_read_as_players_say_them() {
        assert_eq!(["C4", "A0", "C#3"], [60.0, 21.0, 49.2].map(note_name).each_ref().map(String::as_str));
        assert_eq!(["12 B", "692 kB", "1.6 MB"], [12, 692_276, 1_555_373].map(size).each_ref().map(String::as_str));
    }
}
