//! One of few, by name: buttons side by side where there is room, else a list. And the switch, of two.
//! Window's thread. To AccessKit each button is a radio button "Name: Choice".

use super::picker::{Picked, picker, steps};
use super::{about, menu};
use crate::editor::stage::Stage;
use crate::editor::theme::Theme;
use egui::{
    Align2, CursorIcon, Id, Key, Modifiers, Painter, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};
use timbrel_engine::event::Setting;

/// Heights of the caption and of the control, points of usual text.
const CAPTION: f32 = 14.0;
const HEIGHT: f32 = 22.0;
/// Room on each side of a button's text, points.
const MARGIN: f32 = 5.0;

/// Draws the choice of `setting` in the middle of `rect`, with a caption.
pub fn choice(ui: &mut Ui, stage: &Stage, setting: Setting, caption: &str, rect: Rect) {
    let (theme, hand) = (stage.theme, stage.hand);
    let body = body(ui.painter(), theme, setting, stage, caption, rect);
    let names = names(stage, setting);
    let now = now(stage, setting);
    let id = Id::unique(("control", hand.place(setting)));
    let width = |name: &String| {
        let galley = ui.painter().layout_no_wrap(name.clone(), theme.small(), theme.palette.text);
        galley.size().x + 2.0 * MARGIN
    };
    let widths: Vec<f32> = names.iter().map(width).collect();
    let response = if widths.iter().sum::<f32>() <= body.width() {
        buttons(ui, stage, setting, id, (&names, &widths), body)
    } else {
        let (control, shown) = (hand.control(setting), names.get(now).map_or("", String::as_str));
        let list = |ui: &mut Ui| {
            let mut chosen = None;
            for (step, name) in names.iter().enumerate() {
                if ui.selectable_label(step == now, name).clicked() {
                    chosen = Some(step);
                    ui.close();
                }
            }
            chosen
        };
        let (response, picked) = picker(ui, stage, (id, control.name()), (shown, theme.palette.harmonics), body, list);
        match picked {
            Some(Picked::This(step)) => choose(stage, setting, step),
            Some(Picked::Step(further)) => choose(stage, setting, now.saturating_add_signed(further)),
            None => {}
        }
        response
    };
    offer(ui, stage, setting, response);
}

/// Draws a switch in the middle of `rect`, with a caption.
pub fn switch(ui: &mut Ui, stage: &Stage, setting: Setting, caption: &str, rect: Rect) {
    let (theme, hand) = (stage.theme, stage.hand);
    let palette = &theme.palette;
    let body = body(ui.painter(), theme, setting, stage, caption, rect);
    let is_on = now(stage, setting) > 0;
    let id = Id::unique(("control", hand.place(setting)));
    let response = ui.interact(rect, id, Sense::click());
    if response.clicked() {
        choose(stage, setting, usize::from(!is_on));
    }
    let size = vec2(theme.scaled(34.0), theme.scaled(18.0));
    let pill = Rect::from_center_size(body.center(), size);
    let (fill, line) =
        if is_on { (palette.harmonics.gamma_multiply(0.45), palette.harmonics) } else { (palette.well, palette.faint) };
    let painter = ui.painter();
    painter.rect(pill, size.y / 2.0, fill, Stroke::new(theme.hairline(), line), StrokeKind::Inside);
    let shift = (size.x - size.y) / 2.0 * if is_on { 1.0 } else { -1.0 };
    painter.circle_filled(
        pill.center() + vec2(shift, 0.0),
        size.y / 2.0 - 3.5,
        if is_on { palette.harmonics } else { palette.faint },
    );
    response.widget_info(|| WidgetInfo::selected(Role::Switch, true, is_on, hand.control(setting).name()));
    offer(ui, stage, setting, response);
}

/// The way through the choices of a control that has the focus, and what all of them offer.
fn offer(ui: &Ui, stage: &Stage, setting: Setting, response: Response) {
    let (rests, asks) = ui.input(|input| {
        let rests =
            input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace) && input.modifiers == Modifiers::NONE;
        (rests, input.key_pressed(Key::F10) && input.modifiers.shift)
    });
    if response.has_focus() && rests {
        stage.hand.reset(setting);
    }
    menu::offer(&response, stage, setting, response.has_focus() && asks);
    about::about(stage, setting, response.on_hover_cursor(CursorIcon::PointingHand));
}

/// Draws the caption and returns what is left for the control.
fn body(painter: &Painter, theme: &Theme, setting: Setting, stage: &Stage, caption: &str, rect: Rect) -> Rect {
    let palette = &theme.palette;
    let (line, height) = (theme.scaled(CAPTION), theme.scaled(HEIGHT));
    let top = rect.center().y - (line + height) / 2.0;
    let (text, colour) =
        if stage.hand.is_armed(setting) { ("learning…", palette.notice) } else { (caption, palette.faint) };
    painter.text(pos2(rect.center().x, top + line / 2.0), Align2::CENTER_CENTER, text, theme.small(), colour);
    Rect::from_min_max(pos2(rect.left() + 2.0, top + line), pos2(rect.right() - 2.0, top + line + height))
}

fn names(stage: &Stage, setting: Setting) -> Vec<String> {
    let steps = stage.hand.steps(setting).unwrap_or(0);
    (0..=steps).map(|step| stage.hand.text_at(setting, step as f32 / steps.max(1) as f32)).collect()
}

fn now(stage: &Stage, setting: Setting) -> usize {
    let steps = stage.hand.steps(setting).unwrap_or(0);
    (stage.hand.position(setting) * steps as f32).round() as usize
}

fn choose(stage: &Stage, setting: Setting, step: usize) {
    let steps = stage.hand.steps(setting).unwrap_or(0);
    if step <= steps && step != now(stage, setting) {
        stage.hand.put(setting, step as f32 / steps.max(1) as f32);
    }
}

fn buttons(
    ui: &Ui,
    stage: &Stage,
    setting: Setting,
    id: Id,
    (names, widths): (&[String], &[f32]),
    rect: Rect,
) -> Response {
    let (theme, now) = (stage.theme, now(stage, setting));
    let (palette, painter) = (&theme.palette, ui.painter());
    let name = stage.hand.control(setting).name().to_owned();
    let mut whole = ui.interact(rect, id, Sense::FOCUSABLE | Sense::HOVER);
    whole.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::RadioGroup, true, &name);
        info.current_text_value = names.get(now).cloned();
        info
    });
    painter.rect_filled(rect, 4.0, palette.well);
    let spare = (rect.width() - widths.iter().sum::<f32>()) / names.len().max(1) as f32;
    let mut left = rect.left();
    let further = steps(ui, &whole);
    for (step, (text, width)) in names.iter().zip(widths).enumerate() {
        let button = Rect::from_min_size(pos2(left, rect.top()), vec2(width + spare, rect.height()));
        left = button.right();
        let response = ui.interact(button, id.with(step), Sense::CLICK | Sense::HOVER);
        let label = format!("{name}: {text}");
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, step == now, &label));
        if response.clicked() {
            choose(stage, setting, step);
            whole.request_focus();
        }
        if step == now {
            painter.rect_filled(button.shrink(2.0), 3.0, palette.harmonics.gamma_multiply(0.28));
        }
        let colour = match step == now {
            true => palette.harmonics,
            false if response.hovered() => palette.text,
            false => palette.faint,
        };
        painter.text(button.center(), Align2::CENTER_CENTER, text, theme.small(), colour);
        whole |= response;
    }
    painter.rect_stroke(rect, 4.0, Stroke::new(theme.hairline(), palette.line), StrokeKind::Inside);
    if further != 0 {
        choose(stage, setting, now.saturating_add_signed(further));
    }
    whole
}
