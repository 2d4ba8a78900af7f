//! The knob: an arc with its name or its value below, and what modulation makes of it round it.
//! Window's thread.

use super::arc::{arc, dimmed, on_circle};
use super::hold::{Grip, hold};
use super::hue::{hue, is_idle};
use super::{entry, ring};
use crate::editor::stage::Stage;
use egui::{Align2, Color32, Id, Painter, Pos2, Rect, Stroke, Ui, pos2, vec2};
use timbrel_engine::event::Setting;

/// Height of the line with name or value, points of usual text.
const LINE: f32 = 15.0;
/// Widest knob, and the space that its rings need, points.
const WIDEST: f32 = 34.0;
const RINGS: f32 = 6.0;

/// Draws a knob that fills `rect` and is called `name` in its surroundings.
pub fn knob(ui: &mut Ui, stage: &Stage, setting: Setting, name: &str, rect: Rect) -> Grip {
    let id = Id::unique(("control", stage.hand.place(setting)));
    let grip = hold(ui, stage, setting, id, rect);
    let theme = stage.theme;
    let line = theme.scaled(LINE);
    // Dial and name as one thing in the middle of the cell.
    let room = rect.height() - line;
    let radius = (rect.width().min(room * 1.08) / 2.0 - RINGS).min(theme.scaled(WIDEST)).max(8.0);
    // The way is open below: the dial is less high than wide.
    let high = (1.86 * radius + 1.4 * RINGS).min(room);
    let top = rect.top() + (room - high) / 2.0;
    let centre = pos2(rect.center().x, top + RINGS + radius);
    let label = Rect::from_min_size(pos2(rect.left(), top + high), vec2(rect.width(), line));
    if ui.is_rect_visible(rect) {
        face(ui.painter(), stage, setting, &grip, centre, radius);
        if !grip.is_typed {
            let text = caption(stage, setting, name, &grip);
            line_of_text(ui.painter(), stage, label, &text.0, text.1);
        }
    }
    entry::draw(ui, stage, id, label.expand2(vec2(0.0, 1.0)));
    grip
}

/// What stands below a control, and its colour: the name, or the value while it matters.
pub fn caption(stage: &Stage, setting: Setting, name: &str, grip: &Grip) -> (String, Color32) {
    let palette = &stage.theme.palette;
    if stage.hand.is_armed(setting) {
        ("learning…".to_owned(), palette.notice)
    } else if grip.shows_value {
        (stage.hand.text_at(setting, grip.position), palette.text)
    } else {
        (name.to_owned(), palette.faint)
    }
}

/// A line in the middle of `rect`, in a narrower type where it is too long.
pub fn line_of_text(painter: &Painter, stage: &Stage, rect: Rect, text: &str, colour: Color32) {
    let mut font = stage.theme.small();
    let whole = painter.layout_no_wrap(text.to_owned(), font.clone(), colour);
    let share = (rect.width() / whole.size().x).min(1.0);
    font.size = (font.size * share).max(font.size * 0.75);
    painter.with_clip_rect(rect.expand(1.0).intersect(painter.clip_rect())).text(
        rect.center(),
        Align2::CENTER_CENTER,
        text,
        font,
        colour,
    );
}

fn face(painter: &Painter, stage: &Stage, setting: Setting, grip: &Grip, centre: Pos2, radius: f32) {
    let palette = &stage.theme.palette;
    let is_idle = is_idle(stage, setting);
    let hue = if is_idle { palette.line } else { hue(setting, palette) };
    let origin = ring::origin(stage, setting);
    let is_lit = grip.response.hovered() || grip.response.dragged() || grip.response.has_focus();
    let wide = (radius * 0.16).clamp(2.5, 4.5);
    // The body.
    painter.circle(centre, radius * 0.72, palette.raised, Stroke::new(stage.theme.hairline(), palette.line));
    // The way, how far it is, and its rest.
    arc(painter, centre, radius, (0.0, 1.0), Stroke::new(wide, palette.line.gamma_multiply(0.7)));
    arc(
        painter,
        centre,
        radius,
        (origin, grip.position),
        Stroke::new(wide, if is_lit { hue } else { hue.gamma_multiply(0.88) }),
    );
    let rest = stage.hand.rest(setting);
    let mark = [on_circle(centre, radius + wide * 0.5 + 0.5, rest), on_circle(centre, radius + wide * 0.5 + 3.5, rest)];
    painter.line_segment(mark, Stroke::new(1.2, palette.faint));
    // The hand.
    let hand = [on_circle(centre, radius * 0.3, grip.position), on_circle(centre, radius * 0.64, grip.position)];
    let colour = if is_idle { palette.faint } else { hue };
    painter.line_segment(hand, Stroke::new(wide * 0.8, if is_lit { palette.focus } else { colour }));
    // What moves it.
    let ring = grip.ring;
    let outside = radius + wide * 0.5 + 2.0;
    if let Some(reach) = ring.reach {
        arc(painter, centre, outside, reach, Stroke::new(1.0, dimmed(palette.modulation)));
    }
    if let Some(live) = ring.live {
        arc(painter, centre, outside, (grip.position, live), Stroke::new(2.2, palette.modulation));
        painter.circle_filled(on_circle(centre, outside, live), 2.6, palette.modulation);
    }
    if stage.hand.is_armed(setting) {
        arc(painter, centre, outside, (0.0, 1.0), Stroke::new(2.0, palette.notice));
    }
}
