//! Header and drawers: instruments, presets, settings, and files that come to the window.
//! Window's thread; files are read elsewhere.
//! What appears in the player's folders is listed by itself while a window is open (see `folders`).

mod arrivals;
mod card;
pub(super) mod dialog;
mod folders;
mod header;
mod instruments;
mod mark;
pub mod morph_pad;
mod pieces;
mod presets;
mod range;
mod settings;
mod signs;
#[cfg(test)]
mod tests;

use crate::editor::shortcuts;
use crate::editor::stage::{Drawer, Stage};
use crate::editor::theme::Theme;
use arrivals::Arrivals;
use egui::accesskit::Role;
use egui::{Id, Key, Layout, Modifiers, Rect, TextEdit, Ui, WidgetInfo, pos2, vec2};
use folders::Folders;
use instruments::Instruments;
use presets::Presets;
use settings::Settings;
use signs::{Button, Sign};

/// See the module.
#[derive(Default)]
pub struct Browser {
    instruments: Instruments,
    presets: Presets,
    settings: Settings,
    arrivals: Arrivals,
    /// From the first frame on.
    folders: Option<Folders>,
}

impl Browser {
    /// Draws the line at the top, and what there is to say about files that came.
    pub fn header(&mut self, ui: &mut Ui, stage: &Stage) {
        self.watch(stage);
        let rect = ui.max_rect();
        let places = header::draw(ui, rect, stage, &self.presets.filter);
        self.arrivals.look(ui.ctx(), places.second, stage);
        self.arrivals.draw(ui.ctx(), pos2(places.first.left(), rect.bottom() + 4.0), stage);
    }

    /// Draws what lies over views and pages.
    pub fn drawer(&mut self, ui: &mut Ui, drawer: Drawer, stage: &Stage) {
        match drawer {
            Drawer::Instruments(slot) => self.instruments.draw(ui, slot, stage, &mut self.arrivals),
            Drawer::Presets => self.presets.draw(ui, stage),
            // `help` draws it.
            Drawer::Keys => {}
            Drawer::Settings => self.settings.draw(ui, stage),
        }
    }

    /// Lists anew what changed in the player's folders.
    fn watch(&mut self, stage: &Stage) {
        let shared = stage.shared;
        let wanted = || [shared.instrument.user_models(), shared.presets.user_folder()].into_iter().flatten().collect();
        if self.folders.get_or_insert_with(|| Folders::watch(wanted())).take_change() {
            shared.instrument.refresh();
            shared.presets.refresh();
        }
    }
}

/// The field in which one searches.
fn search(ui: &mut Ui, theme: &Theme, words: &mut String) {
    let field = TextEdit::singleline(words).id(shortcuts::search()).hint_text("Search");
    let width = theme.scaled(170.0).min(ui.available_width() * 0.35);
    let response = ui.add(field.desired_width(width).font(theme.body()));
    let text = words.clone();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::SearchInput, true, "Search");
        info.current_text_value = Some(text.clone());
        info
    });
}

/// The cross at the right end of a drawer's head.
fn close(ui: &mut Ui, stage: &Stage) {
    ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
        let side = stage.theme.scaled(24.0);
        let rect = Rect::from_center_size(ui.max_rect().right_center() - vec2(side / 2.0, 0.0), vec2(side, side));
        let (sign, hint) = (Sign::Close, "Back to the pages (Esc)");
        let what = Button { sign, label: "Close", hint, is_enabled: true, is_on: false };
        if signs::button(ui, rect, stage.theme, &what).clicked() {
            stage.memory.drawer.set(None);
        }
    });
}

/// Which way the arrow keys go through a list: while nothing else has the focus that would use them.
fn walks(ui: &Ui, is_busy: bool) -> Option<Key> {
    let focused = ui.memory(|memory| memory.focused());
    // The search has no use for them, nor has a list's row, nor the header.
    let search = shortcuts::search();
    let is_other = focused.is_some_and(|id| id != search && !ui.ctx().data(|data| data.get_temp(walker()) == Some(id)));
    if is_busy || is_other {
        return None;
    }
    if let Some(id) = focused {
        let filter = egui::EventFilter { vertical_arrows: true, ..egui::EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    }
    ui.input_mut(|input| {
        [Key::ArrowDown, Key::ArrowUp].into_iter().find(|key| input.consume_key(Modifiers::NONE, *key))
    })
}

/// Where the row that is on is remembered, which may have the focus.
fn walker() -> Id {
    Id::unique("list row that is on")
}
