//! The page of what moves: envelopes, LFOs, and the matrix that says what they move.
//! Window's thread.
//! All five run in small pictures; the one that is chosen there stands below, to be changed.

use super::card;
use super::envelope::{self, ENVELOPES};
use super::flow::Measure;
use super::lfo::{self, LFOS};
use super::matrix;
use crate::editor::stage::Stage;
use egui::{Align2, Id, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Those of both kinds.
const MOVERS: usize = ENVELOPES.len() + LFOS.len();
/// Cells of the chosen one's card.
const COLUMNS: f32 = 6.5;
/// Columns of the matrix.
const MATRIX_COLUMNS: usize = 2;

/// What the page remembers.
#[derive(Default)]
pub struct Motion {
    /// The one that is changed: first the envelopes.
    chosen: usize,
}

/// What the cards need.
pub fn sizes(stage: &Stage, measure: &Measure) -> Vec<Vec2> {
    let matrix = matrix::size(stage, measure, MATRIX_COLUMNS);
    vec![
        vec2(measure.card(COLUMNS, 1.0).x, measure.caption + 2.6 * measure.cell.y + measure.pad)
            .max(vec2(0.0, matrix.y)),
        matrix,
    ]
}

impl Motion {
    /// Draws one of the cards.
    pub fn draw(&mut self, ui: &mut Ui, stage: &Stage, measure: &Measure, card: usize, rect: Rect) {
        if card == 0 {
            self.movers(ui, stage, measure, rect);
        } else {
            let inside = card::card(ui, stage, measure, "Matrix", rect);
            matrix::draw(ui, stage, measure, MATRIX_COLUMNS, inside);
        }
    }

    fn movers(&mut self, ui: &mut Ui, stage: &Stage, measure: &Measure, rect: Rect) {
        ui.painter().rect_filled(rect, 6.0, stage.theme.palette.panel);
        let inside = rect.shrink(measure.pad);
        let controls = inside.with_min_y(inside.bottom() - measure.cell.y);
        let above = inside.with_max_y(controls.top() - 4.0);
        let tiles = above.with_max_y(above.top() + (above.height() * 0.4).min(stage.theme.scaled(72.0)));
        let curve = above.with_min_y(tiles.bottom() + 6.0);
        let width = (tiles.width() - 4.0 * (MOVERS - 1) as f32) / MOVERS as f32;
        for mover in 0..MOVERS {
            let corner = pos2(tiles.left() + mover as f32 * (width + 4.0), tiles.top());
            self.tile(ui, stage, mover, Rect::from_min_size(corner, vec2(width, tiles.height())));
        }
        match self.chosen.checked_sub(ENVELOPES.len()) {
            None => {
                let of = &ENVELOPES[self.chosen];
                envelope::editable(ui, stage, of, curve);
                card::row(ui, stage, of.items, of.prefix, controls);
            }
            Some(lfo) => {
                let of = &LFOS[lfo];
                lfo::editable(ui, stage, of, curve);
                card::row(ui, stage, of.items, of.prefix, controls);
            }
        }
    }

    /// A small picture of what runs, which chooses it.
    fn tile(&mut self, ui: &mut Ui, stage: &Stage, mover: usize, rect: Rect) {
        let (theme, palette) = (stage.theme, &stage.theme.palette);
        let (name, source) = match mover.checked_sub(ENVELOPES.len()) {
            None => (ENVELOPES[mover].name, ENVELOPES[mover].source),
            Some(lfo) => (LFOS[lfo].name, LFOS[lfo].source),
        };
        let response = ui.interact(rect, Id::unique(("mover", mover)), Sense::click());
        if response.clicked() {
            self.chosen = mover;
        }
        let is_chosen = self.chosen == mover;
        let painter = ui.painter();
        painter.rect_filled(rect, 4.0, palette.well);
        let (line, width) = match () {
            () if is_chosen => (palette.modulation, 1.5),
            () if response.hovered() => (palette.faint, theme.hairline()),
            () => (palette.line.gamma_multiply(0.6), theme.hairline()),
        };
        painter.rect_stroke(rect, 4.0, Stroke::new(width, line), StrokeKind::Inside);
        let caption = theme.scaled(16.0);
        let colour = if is_chosen { palette.text } else { palette.faint };
        painter.text(rect.min + vec2(6.0, caption / 2.0 + 1.0), Align2::LEFT_CENTER, name, theme.small(), colour);
        let inside = rect.shrink2(vec2(6.0, 5.0));
        let inside = inside.with_min_y(rect.top() + caption + 2.0);
        match mover.checked_sub(ENVELOPES.len()) {
            None => envelope::picture(painter, stage, &ENVELOPES[mover], inside),
            Some(lfo) => lfo::picture(painter, stage, &LFOS[lfo], inside),
        }
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, name));
        let rows = stage.scene.routes.iter().flatten().filter(|route| route.source == source).count();
        let moves = match rows {
            0 => "No row of the matrix reads it.".to_owned(),
            1 => "One row of the matrix reads it.".to_owned(),
            rows => format!("{rows} rows of the matrix read it."),
        };
        response.on_hover_text(moves);
    }
}
