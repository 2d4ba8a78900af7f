//! Signs of the header's buttons, drawn as lines, so that they are sharp at every scale.
//! Window's thread.
//! A button is called by words for whoever does not see its sign (test: `header_parts_never_overlap`, which finds them).

use crate::editor::theme::Theme;
use egui::accesskit::Role;
use egui::{Color32, Id, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use std::f32::consts::{PI, TAU};

/// What stands on a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The one before.
    Previous,
    /// The one after.
    Next,
    /// A favourite, or not.
    Star {
        /// It is one.
        is_on: bool,
    },
    /// Taken back.
    Undo,
    /// Done again.
    Redo,
    /// Silence.
    Panic,
    /// Settings.
    Settings,
    /// Away with it.
    Close,
    /// One more.
    Add,
}

impl Sign {
    /// Draws the sign in the middle of `rect`.
    pub fn draw(self, painter: &Painter, rect: Rect, colour: Color32) {
        let centre = rect.center();
        let size = rect.width().min(rect.height()) * 0.5;
        let stroke = Stroke::new((size * 0.14).clamp(1.2, 2.4), colour);
        let at = |x: f32, y: f32| centre + vec2(x, y) * size;
        let line = |points: &[(f32, f32)]| {
            painter.add(Shape::line(points.iter().map(|(x, y)| at(*x, *y)).collect(), stroke));
        };
        match self {
            Self::Previous => line(&[(0.2, -0.45), (-0.25, 0.0), (0.2, 0.45)]),
            Self::Next => line(&[(-0.2, -0.45), (0.25, 0.0), (-0.2, 0.45)]),
            Self::Star { is_on } => star(painter, centre, size * 0.58, is_on, stroke),
            Self::Undo => turn(painter, centre, size, -1.0, stroke),
            Self::Redo => turn(painter, centre, size, 1.0, stroke),
            Self::Panic => {
                // A speaker that is crossed out.
                line(&[
                    (-0.55, -0.2),
                    (-0.3, -0.2),
                    (0.0, -0.45),
                    (0.0, 0.45),
                    (-0.3, 0.2),
                    (-0.55, 0.2),
                    (-0.55, -0.2),
                ]);
                line(&[(0.22, -0.22), (0.62, 0.22)]);
                line(&[(0.62, -0.22), (0.22, 0.22)]);
            }
            Self::Settings => {
                for (y, x) in [(-0.38, 0.25), (0.0, -0.25), (0.38, 0.1)] {
                    line(&[(-0.55, y), (0.55, y)]);
                    painter.circle_filled(at(x, y), size * 0.15, colour);
                }
            }
            Self::Close => {
                line(&[(-0.35, -0.35), (0.35, 0.35)]);
                line(&[(-0.35, 0.35), (0.35, -0.35)]);
            }
            Self::Add => {
                line(&[(-0.42, 0.0), (0.42, 0.0)]);
                line(&[(0.0, -0.42), (0.0, 0.42)]);
            }
        }
    }
}

fn star(painter: &Painter, centre: Pos2, radius: f32, is_on: bool, stroke: Stroke) {
    let corner = |index: usize| {
        let (turn, length) = (index as f32 / 10.0 * TAU, if index.is_multiple_of(2) { radius } else { radius * 0.45 });
        centre + vec2(turn.sin(), -turn.cos()) * length
    };
    let corners: Vec<Pos2> = (0..10).map(corner).collect();
    if is_on {
        // From the middle, as a star is not convex.
        for index in 0..10 {
            let triangle = vec![centre, corners[index], corners[(index + 1) % 10]];
            painter.add(Shape::convex_polygon(triangle, stroke.color, Stroke::NONE));
        }
    }
    painter.add(Shape::closed_line(corners, stroke));
}

/// An arrow that bends back: to the left (-1) or to the right (1).
fn turn(painter: &Painter, centre: Pos2, size: f32, side: f32, stroke: Stroke) {
    let at = |x: f32, y: f32| centre + vec2(x * side, y) * size;
    let arc = (0..=12).map(|step| {
        let angle = -PI / 2.0 + step as f32 / 12.0 * PI;
        at(-0.08 - angle.cos() * 0.34, 0.08 + angle.sin() * 0.3)
    });
    let mut points: Vec<Pos2> = arc.collect();
    points.insert(0, at(0.5, -0.22));
    points.push(at(0.3, 0.38));
    painter.add(Shape::line(points, stroke));
    painter.add(Shape::line(vec![at(0.26, -0.5), at(0.54, -0.22), at(0.26, 0.06)], stroke));
}

/// How a button with a sign looks and what it is called.
pub struct Button<'a> {
    /// What stands on it.
    pub sign: Sign,
    /// What it is called.
    pub label: &'a str,
    /// What it does, for whoever rests the pointer on it.
    pub hint: &'a str,
    /// It does something now.
    pub is_enabled: bool,
    /// What it opens is open.
    pub is_on: bool,
}

/// Draws a button over `rect`.
pub fn button(ui: &mut Ui, rect: Rect, theme: &Theme, button: &Button) -> Response {
    let Button { sign, label, hint, is_enabled, is_on } = *button;
    let sense = if is_enabled { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, Id::unique(("header", label)), sense);
    let palette = theme.palette;
    let is_lit = is_enabled && (response.hovered() || response.is_pointer_button_down_on());
    if is_lit || is_on {
        ui.painter().rect_filled(rect, 5.0, palette.raised);
    }
    if is_on {
        let outline = Stroke::new(theme.hairline(), palette.harmonics);
        ui.painter().rect_stroke(rect, 5.0, outline, StrokeKind::Inside);
    }
    let colour = match (is_enabled, sign) {
        (false, _) => palette.line,
        (true, Sign::Star { is_on: true }) => palette.harmonics,
        (true, _) if is_lit || is_on => palette.text,
        _ => palette.faint,
    };
    sign.draw(ui.painter(), rect, colour);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, label));
    response.on_hover_text(hint)
}

/// A wheel that turns while something is loaded.
pub fn spinner(ui: &Ui, centre: Pos2, radius: f32, theme: &Theme) {
    let begin = (ui.input(|input| input.time) * 4.0) as f32;
    let point = |step: usize| {
        let angle = begin + step as f32 / 16.0 * TAU * 0.75;
        pos2(centre.x + angle.cos() * radius, centre.y + angle.sin() * radius)
    };
    let stroke = Stroke::new((radius * 0.35).max(1.5), theme.palette.harmonics);
    ui.painter().add(Shape::line((0..=16).map(point).collect(), stroke));
}
