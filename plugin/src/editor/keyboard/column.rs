//! What stands at the left of field and keys: the wheels, octaves where not all keys fit, the sign that the computer's
//! keyboard plays, and the way to the list of keys.
//! Window's thread.
//! The sign is lit whenever a letter would sound (test: `the_sign_says_when_letters_sound`).

use super::{Keyboard, Reach, move_view, paint, range};
use crate::editor::layout::GAP;
use crate::editor::stage::{Drawer, Stage};
use egui::accesskit::Role;
use egui::{
    Align2, Color32, CornerRadius, Id, Painter, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

/// Between the column's parts, points.
const SPACE: f32 = 4.0;
/// Height of its buttons with text of the usual size, points.
const BUTTON: f32 = 20.0;
/// Longer than this wheels are no better, points.
const LONGEST_WHEEL: f32 = 170.0;

impl Keyboard {
    /// Draws it over `column`; the keys are over `keys`.
    pub(super) fn column(&mut self, ui: &mut Ui, column: Rect, keys: Rect, stage: &Stage) {
        let mut rest = column.with_max_x(column.right() - GAP);
        let button = stage.theme.scaled(BUTTON);
        let mut take = || {
            let (above, row) = rest.split_top_bottom_at_y(rest.bottom() - button);
            rest = above.with_max_y(above.bottom() - SPACE);
            row
        };
        let sign_row = take();
        let scrolls = range::reach(keys.width(), stage.theme.text_size.factor()) != (0..=0);
        let octave_row = scrolls.then(&mut take);
        let wheels = rest.with_min_y(rest.top().max(rest.bottom() - LONGEST_WHEEL));
        let width = (wheels.width() - 2.0 * SPACE) / 2.0;
        self.bend.draw(ui, wheels.with_max_x(wheels.left() + width), stage);
        self.modulation.draw(ui, wheels.with_min_x(wheels.right() - width), stage);
        if let Some(row) = octave_row {
            octaves(ui, row, keys, stage);
        }
        self.sign(ui, sign_row, stage);
    }

    /// The sign that letters sound, and the question mark beside it.
    fn sign(&mut self, ui: &mut Ui, row: Rect, stage: &Stage) {
        let (sign, question) = row.split_left_right_at_x(row.right() - row.height());
        let sign = sign.with_max_x(sign.right() - SPACE);
        let plays = self.reach != Reach::Nothing;
        let response = ui.interact(sign, Id::unique("computer keyboard"), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, plays, "Computer keyboard plays"));
        if ui.input(|input| input.pointer.any_pressed()) {
            // The click takes the focus from the keys before it is heard of here.
            self.ends = self.focused;
        }
        // Asked for when the keys are drawn, which by then have heard of the click elsewhere.
        self.wants_focus = response.clicked() && !std::mem::take(&mut self.ends);
        let ink = button(ui.painter(), sign, &response, plays, stage);
        let size = vec2(sign.height() * 0.8, sign.height() * 0.5);
        let text = paint::name(*self.typing.keys().start());
        let galley = ui.painter().layout_no_wrap(text, stage.theme.small(), ink);
        let together = size.x + SPACE + galley.size().x;
        let left = sign.center().x - together / 2.0;
        computer(ui.painter(), Rect::from_min_size(pos2(left, sign.center().y - size.y / 2.0), size), ink);
        let text = Align2::LEFT_CENTER.anchor_size(pos2(left + size.x + SPACE, sign.center().y), galley.size());
        ui.painter().galley(text.min, galley, ink);
        let ends = if self.focused { " Escape ends it." } else { "" };
        let velocity = self.typing.velocity();
        response.on_hover_text(if plays {
            format!(
                "The computer's keyboard plays: Z to M, and Q to P an octave higher.{ends}\n\
                 [ and ] move it by octaves, - and = change the velocity, which is {velocity}."
            )
        } else {
            "Click here or on the keys to play with the computer's keyboard.".to_owned()
        });

        let is_open = stage.memory.drawer.get() == Some(Drawer::Keys);
        let response = ui.interact(question, Id::unique("list of keys"), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_open, "List of keys"));
        if response.clicked() {
            stage.memory.drawer.set(if is_open { None } else { Some(Drawer::Keys) });
        }
        let ink = button(ui.painter(), question, &response, is_open, stage);
        ui.painter().text(question.center(), Align2::CENTER_CENTER, "?", stage.theme.strong(), ink);
        response.on_hover_text("What keys do (F1)");
    }
}

/// Two arrows that move the keys by octaves.
fn octaves(ui: &mut Ui, row: Rect, keys: Rect, stage: &Stage) {
    let reach = range::reach(keys.width(), stage.theme.text_size.factor());
    let now = stage.memory.octaves.get();
    let (left, right) = row.split_left_right_at_fraction(0.5);
    for (half, by, name) in [
        (left.with_max_x(left.right() - SPACE / 2.0), -1, "Keys an octave lower"),
        (right.with_min_x(right.left() + SPACE / 2.0), 1, "Keys an octave higher"),
    ] {
        let can = reach.contains(&(now + by));
        let response = ui.interact(half, Id::unique(name), if can { Sense::click() } else { Sense::hover() });
        response.widget_info(|| WidgetInfo::labeled(Role::Button, can, name));
        if response.clicked() {
            move_view(stage, keys, by);
        }
        let ink = button(ui.painter(), half, &response, false, stage);
        let ink = if can { ink } else { stage.theme.palette.line };
        let (middle, arm) = (half.center(), half.height() * 0.2);
        let tip = middle + vec2(by as f32 * arm * 0.6, 0.0);
        let back = middle.x - by as f32 * arm * 0.6;
        let stroke = Stroke::new(1.5, ink);
        ui.painter().line_segment([pos2(back, middle.y - arm), tip], stroke);
        ui.painter().line_segment([pos2(back, middle.y + arm), tip], stroke);
        response.on_hover_text(name);
    }
}

/// The ground of a button that is drawn by hand. Returns the colour of what stands on it.
fn button(painter: &Painter, rect: Rect, response: &Response, is_on: bool, stage: &Stage) -> Color32 {
    let palette = &stage.theme.palette;
    let (fill, ink) = if is_on { (palette.harmonics, palette.ground) } else { (palette.raised, palette.text) };
    painter.rect_filled(rect, CornerRadius::same(4), fill);
    let edge = if response.has_focus() {
        Stroke::new(2.0, palette.focus)
    } else if response.hovered() {
        Stroke::new(stage.theme.hairline(), palette.faint)
    } else {
        Stroke::new(stage.theme.hairline(), palette.line)
    };
    painter.rect_stroke(rect, CornerRadius::same(4), edge, StrokeKind::Inside);
    ink
}

/// A computer's keyboard.
fn computer(painter: &Painter, rect: Rect, ink: Color32) {
    painter.rect_stroke(rect, CornerRadius::same(2), Stroke::new(1.0, ink), StrokeKind::Inside);
    let dot = |across: f32, down: f32, width: f32| {
        let middle = rect.lerp_inside(vec2(across, down));
        painter.rect_filled(Rect::from_center_size(middle, vec2(width, 1.2)), CornerRadius::ZERO, ink);
    };
    for across in [0.24, 0.41, 0.59, 0.76] {
        dot(across, 0.35, 1.4);
    }
    dot(0.5, 0.68, rect.width() * 0.42);
}
