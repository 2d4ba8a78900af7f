//! A field with one of many, and the list that opens below it.
//! Window's thread. Enter, Space and a click open the list, arrows go on to the next without it.

use crate::editor::stage::Stage;
use egui::accesskit::Action;
use egui::{
    Align, Align2, Color32, EventFilter, Id, Key, Layout, Popup, Rect, Response, Role, ScrollArea, Sense, Shape,
    Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

/// Tallest list, points of usual text.
const TALLEST: f32 = 320.0;

/// What the player did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Picked<T> {
    /// Chose this in the list.
    This(T),
    /// Asked for the one so many further down.
    Step(isize),
}

/// Draws the field over `rect`, called `name`, with the chosen `shown` in it; `list` draws what there is to choose from.
pub fn picker<T>(
    ui: &mut Ui,
    stage: &Stage,
    (id, name): (Id, &str),
    (shown, colour): (&str, Color32),
    rect: Rect,
    list: impl FnOnce(&mut Ui) -> Option<T>,
) -> (Response, Option<Picked<T>>) {
    let theme = stage.theme;
    let palette = &theme.palette;
    let response = ui.interact(rect, id, Sense::click());
    let popup = Popup::menu(&response);
    let is_open = popup.is_open();
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        painter.rect_filled(rect, 4.0, palette.raised);
        let line = if is_open || response.hovered() { palette.faint } else { palette.line };
        painter.rect_stroke(rect, 4.0, Stroke::new(theme.hairline(), line), StrokeKind::Inside);
        let sign = theme.scaled(3.5);
        let middle = pos2(rect.right() - 2.4 * sign, rect.center().y);
        let triangle = [vec2(-sign, -0.5 * sign), vec2(sign, -0.5 * sign), vec2(0.0, 0.7 * sign)];
        painter.add(Shape::convex_polygon(
            triangle.map(|corner| middle + corner).to_vec(),
            palette.faint,
            Stroke::NONE,
        ));
        let room = rect.with_max_x(rect.right() - 4.8 * sign);
        painter.with_clip_rect(room.intersect(ui.clip_rect())).text(
            pos2(rect.left() + theme.scaled(6.0), rect.center().y),
            Align2::LEFT_CENTER,
            shown,
            theme.small(),
            colour,
        );
    }
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, name);
        info.current_text_value = Some(shown.to_owned());
        info
    });
    ui.ctx().accesskit_node_builder(id, |node| node.add_action(Action::Expand));
    let stepped = steps(ui, &response);
    let chosen = popup.gap(2.0).width(rect.width()).show(|ui| {
        ui.set_min_width(rect.width());
        let height = theme.scaled(TALLEST);
        let area = ScrollArea::vertical().max_height(height).auto_shrink([true, true]);
        area.show(ui, |ui| ui.with_layout(Layout::top_down_justified(Align::Min), list).inner).inner
    });
    let chosen = chosen.and_then(|shown| shown.inner).map(Picked::This);
    (response, chosen.or((stepped != 0).then_some(Picked::Step(stepped))))
}

/// How many further down the arrows ask for.
pub fn steps(ui: &Ui, response: &Response) -> isize {
    if !response.has_focus() || response.gained_focus() {
        return 0;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    ui.input(|input| {
        let down = input.num_presses(Key::ArrowDown) + input.num_presses(Key::ArrowRight);
        let up = input.num_presses(Key::ArrowUp) + input.num_presses(Key::ArrowLeft);
        down as isize - up as isize
    })
}
