//! The whole window: lays its parts out and draws them from one look at everything.
//! Runs on the window's thread.
//! It never waits for a load (see `Instrument::shown`, `Instrument::choose`), and lets go of what it holds when it closes.

use super::browser::Browser;
use super::focus::Focus;
use super::glance::{Field, StatusLine, Views};
use super::hand::Hand;
use super::help;
use super::keyboard::{self, Keyboard};
use super::layout::Layout;
use super::pages::Pages;
use super::scene::Scene;
use super::shortcuts::Shortcuts;
use super::stage::{Drawer, Memory, Stage};
use super::surface::Surface;
use super::tastes::Tastes;
use super::theme::{self, Theme};
use super::window::Keys;
use crate::plugin::Shared;
use egui::{Color32, Context, Rect, Ui, UiBuilder, pos2};
use nice_plug::context::gui::GuiContext;

/// Something is wrong.
pub(super) const ERROR: Color32 = Color32::from_rgb(0xf2, 0x78, 0x70);
/// Something is other than asked for.
pub(super) const NOTICE: Color32 = Color32::from_rgb(0xf2, 0x9a, 0x6b);
/// After so many seconds a tooltip comes.
const TOOLTIP_DELAY: f32 = 0.5;

/// What the window remembers between frames, part by part.
#[derive(Default)]
pub(super) struct Panel {
    scene: Scene,
    /// Seconds.
    silent_for: f32,
    memory: Memory,
    /// The player's tastes as they are kept; `None` before the first frame.
    kept: Option<Tastes>,
    theme: Option<Theme>,
    browser: Browser,
    views: Views,
    pages: Pages,
    field: Field,
    status: StatusLine,
    keyboard: Keyboard,
    shortcuts: Shortcuts,
    focus: Focus,
}

/// Prepares a window's context. Once for each window.
pub(super) fn dress(context: &Context) {
    theme::install_fonts(context);
}

/// After so much silence, seconds, everything that falls back in the views has done so.
const CALM: f32 = 3.0;

impl Panel {
    /// Draws everything.
    pub(super) fn draw(&mut self, ui: &mut Ui, shared: &Shared, gui: &GuiContext) {
        self.memory.keys.set(None);
        self.keep_tastes(ui.ctx(), shared);
        self.scene.look(shared, self.memory.followed.get());
        let lately = ui.input(|input| input.stable_dt);
        self.silent_for = if self.scene.is_silent() { self.silent_for + lately } else { 0.0 };
        let theme = self.dressed(ui.ctx());
        let hand = Hand::new(shared, gui);
        hand.follow_learning();
        let stage = Stage { shared, scene: &self.scene, hand: &hand, theme: &theme, memory: &self.memory };
        let window = ui.ctx().content_rect();
        let layout = Layout::of(window, theme.text_size.factor());
        self.focus.follow(ui.ctx());
        self.shortcuts.follow(ui.ctx(), &stage);
        part(ui, "header", layout.header, |ui| self.browser.header(ui, &stage));
        match self.memory.drawer.get() {
            Some(Drawer::Keys) => part(ui, "keys", layout.drawer(), |ui| help::draw(ui, &stage)),
            Some(drawer) => part(ui, "drawer", layout.drawer(), |ui| self.browser.drawer(ui, drawer, &stage)),
            None => {
                if layout.views.height() > 0.0 {
                    part(ui, "views", layout.views, |ui| self.views.draw(ui, layout.views, &stage));
                }
                part(ui, "page", layout.page, |ui| self.pages.draw(ui, &stage));
            }
        }
        let factor = theme.text_size.factor();
        let (left, column) = (layout.keyboard.left(), keyboard::COLUMN * factor);
        let keys = layout.keyboard.with_min_x(left + column);
        let field = layout.field.with_min_x(keys.left());
        let column = Rect::from_min_max(layout.field.min, pos2(keys.left(), keys.bottom()));
        let surface = Surface::new(keys, keyboard::keys_over(keys.width(), factor, self.memory.octaves.get()));
        part(ui, "field", field, |ui| self.field.draw(ui, field, &surface, &stage));
        part(ui, "keyboard", keys, |ui| self.keyboard.draw(ui, keys, column, &surface, &stage));
        part(ui, "status", layout.status, |ui| self.status.draw(ui, layout.status, &stage));
        // A control that went away while it was dragged.
        if !ui.input(|input| input.pointer.any_down()) {
            hand.let_go_of_all();
        }
        self.shortcuts.remember(ui.ctx());
        self.focus.show(ui.ctx(), &theme);
    }

    /// What it remembers.
    #[cfg(test)]
    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Which keys the newest frame wants beyond what egui's focus says.
    pub(super) fn wanted_keys(&self) -> Option<Keys> {
        self.memory.keys.get()
    }

    /// Lets go of what keys of the computer hold: the window has them no longer.
    pub(super) fn lost_keyboard(&mut self, shared: &Shared) {
        self.keyboard.lost_keyboard(&shared.hands);
    }

    /// Whether nothing has sounded for a while, so that nothing moves by itself.
    pub(super) fn is_calm(&self) -> bool {
        self.silent_for > CALM
    }

    /// Lets go of notes and parameters: the window closes.
    pub(super) fn let_go(&mut self, shared: &Shared, gui: &GuiContext) {
        self.keyboard.let_go(&shared.hands);
        self.field.let_go(&shared.hands);
        Hand::new(shared, gui).let_go_of_all();
    }

    /// Reads what the player likes when the window opens, and writes what changed.
    fn keep_tastes(&mut self, context: &Context, shared: &Shared) {
        let file = shared.instrument.bundle().tastes();
        if self.kept.is_none() {
            self.memory.tastes.replace(file.map(Tastes::read).unwrap_or_default());
        }
        let tastes = self.memory.tastes.borrow();
        if self.kept.as_ref() == Some(&tastes) {
            return;
        }
        if let (Some(file), true) = (file, self.kept.is_some()) {
            tastes.write(file);
        }
        // A tooltip that never comes is none.
        let delay = if tastes.tooltips { TOOLTIP_DELAY } else { f32::MAX };
        context.all_styles_mut(|style| style.interaction.tooltip_delay = delay);
        self.kept = Some(tastes.clone());
    }

    /// What its parts saw in the newest frame.
    #[cfg(test)]
    pub(super) fn with_stage<R>(&self, shared: &Shared, gui: &GuiContext, see: impl FnOnce(&Stage) -> R) -> R {
        let (hand, theme) = (Hand::new(shared, gui), self.theme.unwrap_or_default());
        see(&Stage { shared, scene: &self.scene, hand: &hand, theme: &theme, memory: &self.memory })
    }

    /// The theme that the player likes, put on where it is a new one.
    fn dressed(&mut self, context: &Context) -> Theme {
        let tastes = self.memory.tastes.borrow();
        let theme = Theme::of(tastes.contrast, tastes.text_size);
        if self.theme != Some(theme) {
            theme.apply(context);
        }
        self.theme = Some(theme);
        theme
    }
}

/// A part of the window in its place, with ids of its own.
fn part(ui: &mut Ui, name: &'static str, rect: Rect, draw: impl FnOnce(&mut Ui)) {
    ui.scope_builder(UiBuilder::new().max_rect(rect).id_salt(name), draw);
}
