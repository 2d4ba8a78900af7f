//! The bar: a parameter on a line, with its value in it.
//! Window's thread. It behaves as a knob does.

use super::hold::{Grip, hold};
use super::hue::hue;
use super::{entry, ring};
use crate::editor::stage::Stage;
use egui::{Align2, Id, Rect, Stroke, StrokeKind, Ui, pos2, vec2};
use timbrel_engine::event::Setting;

/// Height of the strip that shows how far it is, points.
const STRIP: f32 = 3.0;

/// Draws a bar over `rect`; `id` tells several bars of one parameter apart.
pub fn bar(ui: &mut Ui, stage: &Stage, setting: Setting, id: Id, rect: Rect) -> Grip {
    let grip = hold(ui, stage, setting, id, rect);
    if !ui.is_rect_visible(rect) {
        return grip;
    }
    let (painter, theme) = (ui.painter().clone(), stage.theme);
    let (palette, hue) = (&theme.palette, hue(setting, &theme.palette));
    painter.rect_filled(rect, 3.0, palette.well);
    let inside = rect.shrink(2.0);
    let at = |place: f32| inside.left() + inside.width() * place;
    let (from, to) = (ring::origin(stage, setting), grip.position);
    // The value stands on it, so the way itself is a strip at the bottom.
    let fill = Rect::from_x_y_ranges(at(from.min(to))..=at(from.max(to)), inside.y_range());
    painter.rect_filled(fill, 2.0, hue.gamma_multiply(0.22));
    let strip = fill.with_min_y(inside.bottom() - STRIP);
    painter.rect_filled(strip, 1.0, hue);
    let mark = at(to).clamp(inside.left() + 1.0, inside.right() - 1.0);
    let colour = if to == stage.hand.rest(setting) { palette.faint } else { hue };
    painter.vline(mark, inside.bottom() - 2.0 * STRIP..=inside.bottom(), Stroke::new(2.0, colour));
    if let Some(live) = grip.ring.live {
        let top = inside.top() + 1.0;
        painter.line_segment([pos2(at(to), top), pos2(at(live), top)], Stroke::new(2.0, palette.modulation));
    }
    if !grip.is_typed {
        let text = stage.hand.text_at(setting, grip.position);
        let colour = if to == stage.hand.rest(setting) { palette.faint } else { palette.text };
        let middle = rect.center() - vec2(0.0, STRIP / 2.0);
        painter.text(middle, Align2::CENTER_CENTER, text, theme.small(), colour);
    }
    let outline = if stage.hand.is_armed(setting) { palette.notice } else { palette.line };
    painter.rect_stroke(rect, 3.0, Stroke::new(theme.hairline(), outline), StrokeKind::Inside);
    entry::draw(ui, stage, id, rect);
    grip
}
