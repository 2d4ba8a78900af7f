//! The beds, lines and handles of what is drawn: envelopes and LFOs.
//! Window's thread.

use crate::editor::controls::fineness;
use crate::editor::stage::Stage;
use egui::epaint::Mesh;
use egui::{
    Color32, CursorIcon, Id, Painter, PointerButton, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, vec2,
};
use timbrel_engine::event::Setting;

/// Radius of a handle, and of what feels the pointer round it, points.
const HANDLE: f32 = 4.5;
const FELT: f32 = 10.0;

/// Draws the bed, and returns what is inside of it.
pub fn bed(painter: &Painter, stage: &Stage, rect: Rect) -> Rect {
    let palette = &stage.theme.palette;
    painter.rect_filled(rect, 4.0, palette.well);
    painter.rect_stroke(
        rect,
        4.0,
        Stroke::new(stage.theme.hairline(), palette.line.gamma_multiply(0.6)),
        StrokeKind::Inside,
    );
    rect.shrink2(vec2(FELT * 0.7, FELT * 0.7))
}

/// Draws a line through `points`, from left to right, with a fill down (or up) to `floor`.
pub fn line(painter: &Painter, points: Vec<Pos2>, floor: f32, colour: Color32, width: f32) {
    let mut fill = Mesh::default();
    let shade = colour.gamma_multiply(0.16);
    for (place, point) in points.iter().enumerate() {
        fill.colored_vertex(*point, shade);
        fill.colored_vertex(Pos2::new(point.x, floor), shade);
        if place > 0 {
            let newest = 2 * place as u32;
            fill.add_triangle(newest - 2, newest - 1, newest);
            fill.add_triangle(newest - 1, newest, newest + 1);
        }
    }
    painter.add(Shape::mesh(fill));
    painter.add(Shape::line(points, Stroke::new(width, colour)));
}

/// The dot of the chosen voice.
pub fn dot(painter: &Painter, stage: &Stage, at: Pos2) {
    let palette = &stage.theme.palette;
    painter.circle(at, 3.5, palette.modulation, Stroke::new(1.5, palette.well));
}

/// A corner that can be dragged.
pub struct Corner<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Where it is.
    pub at: Pos2,
    /// What going right moves, and the width of the whole way, points.
    pub across: Option<(Setting, f32)>,
    /// What going up moves, and the height of the whole way, points.
    pub up: Option<(Setting, f32)>,
}

impl Corner<'_> {
    /// Draws it, and moves its settings as it is dragged: both as one edit. A double click puts them to rest.
    pub fn draw(&self, ui: &mut Ui, stage: &Stage, id: Id, colour: Color32) -> Response {
        let hand = stage.hand;
        let axes = || [self.across, self.up].into_iter().flatten();
        let place = Rect::from_center_size(self.at, Vec2::splat(2.0 * FELT));
        let response = ui.interact(place, id, Sense::CLICK | Sense::DRAG | Sense::HOVER);
        if response.drag_started_by(PointerButton::Primary) {
            axes().for_each(|(setting, _)| hand.take(setting));
            let held = [self.across, self.up].map(|axis| axis.map_or(0.0, |(setting, _)| hand.position(setting)));
            ui.data_mut(|data| data.insert_temp(id, held));
        }
        if response.dragged_by(PointerButton::Primary) {
            // Finer with Shift, as everything.
            let delta = response.drag_delta() * fineness(ui);
            let mut held: [f32; 2] = ui.data(|data| data.get_temp(id)).unwrap_or_default();
            let ways = [(self.across, delta.x), (self.up, -delta.y)];
            for ((axis, way), held) in ways.into_iter().zip(&mut held) {
                if let Some((setting, length)) = axis
                    && way != 0.0
                {
                    *held = (*held + way / length.max(1.0)).clamp(0.0, 1.0);
                    hand.drag(setting, *held);
                }
            }
            ui.data_mut(|data| data.insert_temp(id, held));
        }
        if response.drag_stopped() {
            axes().for_each(|(setting, _)| hand.let_go(setting));
        }
        if response.double_clicked() {
            axes().for_each(|(setting, _)| hand.take(setting));
            axes().for_each(|(setting, _)| hand.drag(setting, hand.rest(setting)));
            axes().for_each(|(setting, _)| hand.let_go(setting));
        }
        let is_lit = response.hovered() || response.dragged();
        let palette = &stage.theme.palette;
        let (fill, radius) = if is_lit { (palette.focus, HANDLE + 1.0) } else { (colour, HANDLE) };
        ui.painter().circle(self.at, radius, palette.well, Stroke::new(2.0, fill));
        let values = || {
            let value = |(setting, _)| hand.text_at(setting, hand.position(setting));
            axes().map(value).collect::<Vec<_>>().join(", ")
        };
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Slider, true, self.name);
            info.current_text_value = Some(values());
            info
        });
        let response = response.on_hover_and_drag_cursor(CursorIcon::Grab);
        if is_lit { response.on_hover_text(values()) } else { response }
    }
}
