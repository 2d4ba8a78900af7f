//! Where the cards of a page lie: beside each other while there is room, then below, filling the width.
//! Pure.
//! Nothing overlaps, and nothing is outside (test: `cards_fill_the_width_and_never_overlap`).

use crate::editor::theme::Theme;
use egui::{Rect, Vec2, pos2, vec2};

/// Widest that a card is drawn, compared to what it needs.
const WIDEST: f32 = 1.7;
/// Tallest, likewise.
const TALLEST: f32 = 1.3;
/// Sizes of what is on the cards that are tried, the largest that fits is taken.
const SCALES: [f32; 7] = [1.9, 1.7, 1.5, 1.3, 1.15, 1.07, 1.0];

/// Lengths on a page, points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// What a knob with its name takes.
    pub cell: Vec2,
    /// Between a card's edge and what is on it.
    pub pad: f32,
    /// Between cards.
    pub gap: f32,
    /// A card's caption.
    pub caption: f32,
}

impl Measure {
    /// At `scale` times the least size.
    pub fn of(theme: &Theme, scale: f32) -> Self {
        Self { cell: vec2(60.0, 68.0) * theme.scaled(scale), pad: 8.0, gap: 8.0, caption: theme.scaled(20.0) }
    }

    /// What a card with so many columns and rows of cells needs.
    pub fn card(&self, columns: f32, rows: f32) -> Vec2 {
        vec2(columns * self.cell.x + 2.0 * self.pad, self.caption + rows * self.cell.y + self.pad)
    }

    /// What two cards above one another need, so many columns wide.
    pub fn stack(&self, columns: f32) -> Vec2 {
        let one = self.card(columns, 1.0);
        vec2(one.x, 2.0 * one.y + self.gap)
    }
}

/// The cards of a page that need `sizes` at a measure, in a room of `room` points at the origin: the measure, and where
/// they lie.
pub fn fitted(theme: &Theme, room: Vec2, sizes: impl Fn(&Measure) -> Vec<Vec2>) -> (Measure, Vec<Rect>) {
    let mut last = (Measure::of(theme, 1.0), Vec::new());
    for scale in SCALES {
        let measure = Measure::of(theme, scale);
        let sizes = sizes(&measure);
        let rows = rows(&sizes, room.x, measure.gap);
        let is_least = scale == 1.0;
        if height(&rows, &sizes, measure.gap) <= room.y || is_least {
            let fits_width = sizes.iter().all(|size| size.x <= room.x);
            if !fits_width && !is_least {
                continue;
            }
            last = (measure, placed(&rows, &sizes, room, measure.gap));
            break;
        }
    }
    last
}

/// Which cards stand in which row.
fn rows(sizes: &[Vec2], width: f32, gap: f32) -> Vec<std::ops::Range<usize>> {
    let mut rows = Vec::new();
    let (mut first, mut used) = (0, 0.0);
    for (card, size) in sizes.iter().enumerate() {
        if card > first && used + gap + size.x > width {
            rows.push(first..card);
            (first, used) = (card, 0.0);
        }
        used += if card > first { gap + size.x } else { size.x };
    }
    if first < sizes.len() {
        rows.push(first..sizes.len());
    }
    rows
}

fn row_height(row: &std::ops::Range<usize>, sizes: &[Vec2]) -> f32 {
    sizes[row.clone()].iter().map(|size| size.y).fold(0.0, f32::max)
}

fn height(rows: &[std::ops::Range<usize>], sizes: &[Vec2], gap: f32) -> f32 {
    rows.iter().map(|row| row_height(row, sizes)).sum::<f32>() + gap * rows.len().saturating_sub(1) as f32
}

fn placed(rows: &[std::ops::Range<usize>], sizes: &[Vec2], room: Vec2, gap: f32) -> Vec<Rect> {
    let gaps = gap * rows.len().saturating_sub(1) as f32;
    let needed = height(rows, sizes, gap);
    let taller = ((room.y - gaps) / (needed - gaps).max(1.0)).clamp(1.0, TALLEST);
    let mut top = 0.0;
    let mut rects = Vec::with_capacity(sizes.len());
    for row in rows {
        let cards = &sizes[row.clone()];
        let width: f32 = cards.iter().map(|size| size.x).sum();
        let room = room.x - gap * (cards.len() - 1) as f32;
        // A card that stands alone has the whole width.
        let widest = if cards.len() == 1 { f32::INFINITY } else { WIDEST };
        let wider = (room / width.max(1.0)).clamp(0.0, widest);
        let height = row_height(row, sizes) * taller;
        let mut left = 0.0;
        for size in cards {
            rects.push(Rect::from_min_size(pos2(left, top), vec2(size.x * wider, height)));
            left += size.x * wider + gap;
        }
        top += height + gap;
    }
    rects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::theme::{Contrast, TextSize};

    #[test]
    fn cards_fill_the_width_and_never_overlap() {
        for text_size in TextSize::ALL {
            let theme = Theme::of(Contrast::Walnut, text_size);
            for (width, height) in [(744.0, 190.0), (1104.0, 245.0), (1400.0, 500.0), (2584.0, 850.0)] {
                let sizes =
                    |measure: &Measure| vec![measure.card(5.0, 1.0), measure.stack(4.0), measure.card(7.0, 1.0)];
                let (measure, rects) = fitted(&theme, vec2(width, height), sizes);
                assert_eq!(rects.len(), 3);
                for (rect, size) in rects.iter().zip(sizes(&measure)) {
                    assert!(rect.left() >= 0.0 && rect.right() <= width + 0.01, "{width}: {rect:?}");
                    assert!(rect.height() >= size.y - 0.01, "{rect:?} is lower than {size:?}");
                }
                for (one, other) in [(0, 1), (1, 2), (0, 2)] {
                    let common = rects[one].intersect(rects[other]);
                    assert!(!common.is_positive(), "{width}x{height}: {common:?}");
                }
            }
        }
    }
}
