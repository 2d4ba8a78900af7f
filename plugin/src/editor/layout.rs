//! Where the parts of the window lie, for any size of it.
//! Pure.
//! Nothing overlaps and nothing is lost down to the smallest size (test: `parts_fill_the_window_and_never_overlap`).

use egui::{Rect, pos2, vec2};

/// Between parts, points.
pub const GAP: f32 = 8.0;
/// With less than this for views and pages together, there are no views.
const ROOM_FOR_VIEWS: f32 = 330.0;

/// The parts, from top to bottom. Points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// Instruments, presets, undo, settings.
    pub header: Rect,
    /// What the network says of the chosen voice, and what comes out. Empty where there is no room.
    pub views: Rect,
    /// Tabs and the page of controls.
    pub page: Rect,
    /// Pitch and loudness.
    pub field: Rect,
    /// The keyboard below it, of the same width, with the wheels on its left.
    pub keyboard: Rect,
    /// One line.
    pub status: Rect,
}

impl Layout {
    /// The parts of a window that fills `window`, with text of `factor` times the usual size.
    pub fn of(window: Rect, factor: f32) -> Self {
        let inside = window.shrink(GAP);
        let height = inside.height();
        let (header, status) = (42.0 * factor, 20.0 * factor);
        let field = (height * 0.18).clamp(84.0, 190.0);
        let keyboard = (height * 0.1).clamp(52.0, 96.0);
        let rest = height - header - status - field - keyboard - 4.0 * GAP;
        let views = if rest < ROOM_FOR_VIEWS { 0.0 } else { (rest * 0.36).clamp(110.0, 220.0) };
        let mut top = inside.top();
        let mut take = |height: f32, gap: f32| {
            let rect = Rect::from_min_size(pos2(inside.left(), top), vec2(inside.width(), height.max(0.0)));
            top += height + gap;
            rect
        };
        let header = take(header, GAP);
        let views_gap = if views > 0.0 { GAP } else { 0.0 };
        let views = take(views, views_gap);
        let page = take(rest - views.height() - views_gap, GAP);
        // Field and keyboard are one thing.
        let field = take(field, 2.0);
        let keyboard = take(keyboard, GAP);
        let status = take(status, 0.0);
        Self { header, views, page, field, keyboard, status }
    }

    /// What a drawer covers: views and page.
    pub fn drawer(&self) -> Rect {
        self.views.union(self.page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::WindowSize;

    #[test]
    fn parts_fill_the_window_and_never_overlap() {
        let (least_width, least_height) = WindowSize::SMALLEST;
        for (width, height) in [WindowSize::SMALLEST, WindowSize::DEFAULT, (2600, 1500), (760, 1400), (2000, 500)] {
            for factor in [0.9, 1.0, 1.45] {
                let window = Rect::from_min_size(pos2(0.0, 0.0), vec2(width as f32, height as f32));
                let layout = Layout::of(window, factor);
                let Layout { header, views, page, field, keyboard, status } = layout;
                let parts = [header, views, page, field, keyboard, status];
                for pair in parts.windows(2) {
                    assert!(pair[0].bottom() <= pair[1].top(), "{width}x{height} {factor}: {pair:?}");
                }
                assert!(parts.iter().all(|part| window.contains_rect(*part)), "{width}x{height} {factor}: {layout:?}");
                assert!(page.height() >= 150.0, "{width}x{height} {factor}: the page has {}", page.height());
                assert!(width >= least_width && height >= least_height);
            }
        }
    }
}
