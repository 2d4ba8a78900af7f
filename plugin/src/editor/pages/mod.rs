//! The pages of controls: tabs, and cards that fill what the window gives them.
//! Window's thread.
//! Every parameter stands on a page, and Tab goes through them in reading order
//! (tests: `every_parameter_stands_on_a_page`, `the_focus_goes_in_reading_order`).

mod card;
mod curve;
mod envelope;
mod flow;
mod lfo;
mod matrix;
mod motion;
mod play;
mod setup;
mod sound;
#[cfg(test)]
mod tests;

use crate::editor::controls;
use crate::editor::stage::{Page, Stage};
use egui::{Align2, Id, Rect, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};
use flow::{Measure, fitted};
use motion::Motion;
use setup::Setup;

/// Height of the tabs, and width of one, points of usual text.
const TABS: f32 = 24.0;
const TAB: f32 = 72.0;
/// What a scroll bar takes, points.
const SCROLL_BAR: f32 = 10.0;

/// See the module.
#[derive(Default)]
pub struct Pages {
    motion: Motion,
    setup: Setup,
}

impl Pages {
    /// Draws the tabs and the page that is open.
    pub fn draw(&mut self, ui: &mut Ui, stage: &Stage) {
        let rect = ui.max_rect();
        let page = stage.memory.page.get();
        let tabs = rect.with_max_y(rect.top() + stage.theme.scaled(TABS));
        draw_tabs(ui, stage, tabs);
        let below = rect.with_min_y(tabs.bottom() + 4.0);
        let (measure, cards) = self.placed(stage, page, below.size());
        let height = cards.iter().map(|card| card.bottom()).fold(0.0, f32::max);
        ui.scope_builder(UiBuilder::new().max_rect(below).id_salt(("page", page as u8)), |ui| {
            // Where there is more below, that is seen.
            let bars = &mut ui.spacing_mut().scroll;
            (bars.dormant_handle_opacity, bars.dormant_background_opacity) = (0.6, 0.0);
            let area = ScrollArea::vertical().auto_shrink(false).id_salt(("page", page as u8));
            area.show(ui, |ui| {
                let corner = ui.max_rect().min.to_vec2();
                for (place, card) in cards.iter().enumerate() {
                    self.card(ui, stage, page, &measure, place, card.translate(corner));
                }
                ui.allocate_rect(Rect::from_min_size(corner.to_pos2(), vec2(below.width(), height)), Sense::hover());
                controls::let_wheel_go(ui);
            });
        });
    }

    fn placed(&self, stage: &Stage, page: Page, room: Vec2) -> (Measure, Vec<Rect>) {
        let sizes = |measure: &Measure| match page {
            Page::Play => play::sizes(measure),
            Page::Sound => sound::sizes(measure),
            Page::Motion => motion::sizes(stage, measure),
            Page::Setup => setup::sizes(measure),
        };
        let (measure, cards) = fitted(stage.theme, room, sizes);
        let height = cards.iter().map(|card| card.bottom()).fold(0.0, f32::max);
        if height <= room.y + 0.5 {
            return (measure, cards);
        }
        fitted(stage.theme, room - vec2(SCROLL_BAR, 0.0), sizes)
    }

    fn card(&mut self, ui: &mut Ui, stage: &Stage, page: Page, measure: &Measure, card: usize, rect: Rect) {
        match page {
            Page::Play => play::draw(ui, stage, measure, card, rect),
            Page::Sound => sound::draw(ui, stage, measure, card, rect),
            Page::Motion => self.motion.draw(ui, stage, measure, card, rect),
            Page::Setup => self.setup.draw(ui, stage, measure, card, rect),
        }
    }
}

fn draw_tabs(ui: &Ui, stage: &Stage, rect: Rect) {
    let (theme, palette) = (stage.theme, &stage.theme.palette);
    let painter = ui.painter();
    painter.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(theme.hairline(), palette.line.gamma_multiply(0.6)));
    for (place, (page, name)) in Page::ALL.into_iter().enumerate() {
        let width = theme.scaled(TAB);
        let tab = Rect::from_min_size(pos2(rect.left() + place as f32 * width, rect.top()), vec2(width, rect.height()));
        let response = ui.interact(tab, Id::unique(("tab", place)), Sense::click());
        let is_open = stage.memory.page.get() == page;
        let colour = if is_open || response.hovered() { palette.text } else { palette.faint };
        let font = if is_open { theme.strong() } else { theme.body() };
        painter.text(tab.center(), Align2::CENTER_CENTER, name, font, colour);
        if is_open {
            let line = tab.shrink2(vec2(theme.scaled(14.0), 0.0));
            painter.hline(line.x_range(), tab.bottom() - 1.0, Stroke::new(2.0, palette.harmonics));
        }
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_open, name));
        if response.clicked() {
            stage.hand.let_go_of_all();
            stage.memory.page.set(page);
        }
    }
}
