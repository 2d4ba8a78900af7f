//! The bed of a view: a well with its caption, and room for what is shown and for the captions of its axes.
//! Window's thread.

use crate::editor::theme::{STRONG, Theme};
use egui::accesskit::Role;
use egui::{Align2, Color32, CornerRadius, FontFamily, FontId, Painter, Rect, Response, Sense, Stroke, StrokeKind, Ui};
use egui::{Galley, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// See the module.
pub struct Bed {
    /// All of it, points.
    pub rect: Rect,
    /// Where the picture goes, points.
    pub plot: Rect,
    /// Paints within the bed.
    pub painter: Painter,
}

/// What stands around the picture.
#[derive(Clone, Copy)]
pub struct Caption<'a> {
    /// What is shown, each in the hue of its kind.
    pub titles: &'a [(&'a str, Color32)],
    /// What is said of it now, on the right.
    pub detail: &'a str,
}

/// Room on the left of the picture for captions of levels, in usual text, points.
pub const LEVELS_ROOM: f32 = 26.0;
/// Room under the picture for captions of frequencies, in usual text, points.
const FREQUENCIES_ROOM: f32 = 16.0;
/// Room above it for the caption, in usual text, points.
const CAPTION_ROOM: f32 = 21.0;

impl Bed {
    /// Draws a bed over `rect`, with `left` points (in usual text) for captions on the left of the picture.
    pub fn draw(ui: &Ui, rect: Rect, left: f32, caption: Caption, theme: &Theme) -> Self {
        let palette = &theme.palette;
        let painter = ui.painter_at(rect);
        let rounding = CornerRadius::same(6);
        painter.rect(rect, rounding, palette.well, outline(theme), StrokeKind::Inside);
        let bold = FontId::new(theme.scaled(11.0), FontFamily::Name(STRONG.into()));
        let middle = rect.top() + theme.scaled(CAPTION_ROOM) / 2.0 + 1.0;
        let inset = theme.scaled(9.0);
        let mut left_over = rect.left() + inset;
        for (title, hue) in caption.titles {
            let place = pos2(left_over, middle);
            left_over =
                painter.text(place, Align2::LEFT_CENTER, title, bold.clone(), *hue).right() + theme.scaled(10.0);
        }
        let room = rect.right() - inset - left_over;
        if !caption.detail.is_empty() && room > theme.scaled(24.0) {
            let galley = elided(&painter, caption.detail, theme.small(), palette.faint, room);
            let place = pos2(rect.right() - inset - galley.size().x, middle - galley.size().y / 2.0);
            painter.galley(place, galley, palette.faint);
        }
        let plot = Rect::from_min_max(
            pos2(rect.left() + theme.scaled(left).max(inset), rect.top() + theme.scaled(CAPTION_ROOM) + 2.0),
            pos2(rect.right() - inset, rect.bottom() - theme.scaled(FREQUENCIES_ROOM)),
        );
        Self { rect, plot, painter }
    }

    /// The bed as a thing that has a name and says something, for whoever cannot see it.
    pub fn tell(&self, ui: &Ui, name: &'static str, sense: Sense, says: impl Fn() -> String) -> Response {
        let response = ui.interact(self.rect, ui.scope_id().with(name), sense);
        response.widget_info(|| WidgetInfo {
            current_text_value: Some(says()),
            ..WidgetInfo::labeled(Role::Image, true, name)
        });
        response
    }

    /// The nearest place where a line of one pixel is sharp.
    pub fn crisp(&self, place: f32) -> f32 {
        self.painter.round_to_pixel_center(place)
    }

    /// A sentence in the middle of the picture, while there is nothing else.
    pub fn say(&self, sentence: &str, theme: &Theme) {
        let faint = theme.palette.faint;
        let galley = self.painter.layout(sentence.into(), theme.body(), faint, self.plot.width() - 8.0);
        let half = galley.size() / 2.0;
        let ground = Rect::from_center_size(self.plot.center(), galley.size() + vec2(16.0, 8.0));
        self.painter.rect_filled(ground, 4.0, theme.palette.well.gamma_multiply(0.85));
        self.painter.galley(self.plot.center() - half, galley, faint);
    }
}

/// The line around a bed.
pub fn outline(theme: &Theme) -> Stroke {
    Stroke::new(theme.hairline(), theme.palette.line.gamma_multiply(0.55))
}

/// A line of text that ends with three dots where it would be wider than `room`.
pub fn elided(painter: &Painter, text: &str, font: FontId, colour: Color32, room: f32) -> Arc<Galley> {
    let mut job = egui::text::LayoutJob::single_section(text.into(), egui::TextFormat::simple(font, colour));
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(0.0));
    painter.layout_job(job)
}
