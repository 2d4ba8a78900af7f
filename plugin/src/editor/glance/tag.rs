//! A small sign beside what the pointer is on, or what is chosen.
//! Window's thread.

use crate::editor::theme::Theme;
use egui::{Painter, Pos2, Rect, vec2};

/// Draws `text` beside `place`, above and to its right where there is room, and always within `room`.
pub fn draw(painter: &Painter, room: Rect, place: Pos2, text: &str, theme: &Theme) {
    let palette = &theme.palette;
    let galley = painter.layout_no_wrap(text.into(), theme.small(), palette.text);
    let size = galley.size() + vec2(10.0, 4.0);
    let mut corner = place + vec2(9.0, -size.y - 7.0);
    if corner.x + size.x > room.right() {
        corner.x = place.x - 9.0 - size.x;
    }
    if corner.y < room.top() {
        corner.y = place.y + 9.0;
    }
    corner = corner.min(room.right_bottom() - size).max(room.left_top());
    let sign = Rect::from_min_size(corner, size);
    painter.rect_filled(sign, 4.0, palette.raised.gamma_multiply(0.92));
    painter.galley(corner + vec2(5.0, 2.0), galley, palette.text);
}
