//! A small keyboard on which the trained pitches are lit.
//! Window's thread; pure.

use super::pieces;
use crate::editor::surface::is_black;
use crate::editor::theme::Theme;
use egui::{Align2, Painter, Rect, pos2};

/// A piano's keys.
const KEYS: std::ops::RangeInclusive<u8> = 21..=108;

/// Draws it over `rect`, with the names of the lowest and the highest pitch (MIDI) under it.
pub fn draw(painter: &Painter, rect: Rect, theme: &Theme, low: f32, high: f32) {
    let palette = theme.palette;
    let words = theme.scaled(14.0);
    let strip = rect.with_max_y(rect.bottom() - words).shrink2(egui::vec2(0.0, 2.0));
    let keys = f32::from(KEYS.end() - KEYS.start() + 1);
    let step = strip.width() / keys;
    let left = |key: f32| strip.left() + (key - f32::from(*KEYS.start())) * step;
    painter.rect_filled(strip, 2.0, palette.line);
    let lit = |key: u8| (f32::from(key) >= low - 0.5) && (f32::from(key) <= high + 0.5);
    let (from, to) = (left(low.round()).max(strip.left()), left(high.round() + 1.0).min(strip.right()));
    let region = Rect::from_x_y_ranges(from..=to.max(from + 1.0), strip.y_range());
    painter.rect_filled(region, 2.0, palette.harmonics);
    for key in KEYS.filter(|key| is_black(*key)) {
        let x = left(f32::from(key));
        let black = Rect::from_min_max(pos2(x, strip.top()), pos2(x + step, strip.top() + strip.height() * 0.6));
        let colour = if lit(key) { palette.well } else { palette.ground };
        painter.rect_filled(black, 0.0, colour);
    }
    let under = rect.with_min_y(rect.bottom() - words);
    let (low, high) = (pieces::note_name(low), pieces::note_name(high));
    let first = pieces::put(
        painter,
        under.with_min_x(from.min(under.right() - theme.scaled(60.0))),
        Align2::LEFT_CENTER,
        &low,
        theme.small(),
        palette.faint,
    );
    let right = under.with_max_x(to.max(first.right() + theme.scaled(28.0)));
    pieces::put(painter, right.with_min_x(first.right()), Align2::RIGHT_CENTER, &high, theme.small(), palette.faint);
}
