//! A card with a caption, and rows of controls on it.
//! Window's thread.

use super::flow::Measure;
use crate::editor::controls;
use crate::editor::stage::Stage;
use egui::{Align2, Rect, Ui, pos2, vec2};
use timbrel_engine::event::Setting;

/// What stands on a card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item {
    /// A knob.
    Knob(Setting),
    /// A knob with a name of its own on this card.
    Named(Setting, &'static str),
    /// A choice by name.
    Choice(Setting),
    /// Two choices, one above the other.
    Choices(Setting, Setting),
    /// On or off.
    Switch(Setting),
}

impl Item {
    /// Cells that it takes.
    pub fn columns(self) -> f32 {
        match self {
            Self::Knob(_) | Self::Named(..) | Self::Switch(_) => 1.0,
            Self::Choice(_) | Self::Choices(..) => 2.0,
        }
    }

    /// The settings that it changes.
    #[cfg(test)]
    pub fn settings(self) -> Vec<Setting> {
        match self {
            Self::Knob(setting) | Self::Named(setting, _) => vec![setting],
            Self::Choice(setting) | Self::Switch(setting) => vec![setting],
            Self::Choices(upper, lower) => vec![upper, lower],
        }
    }
}

/// Controls that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The caption.
    pub title: &'static str,
    /// What names of parameters begin with that need not be said again.
    pub prefix: &'static str,
    /// From left to right.
    pub items: &'static [Item],
}

impl Group {
    /// Cells that it takes.
    pub fn columns(&self) -> f32 {
        self.items.iter().map(|item| item.columns()).sum()
    }

    /// Draws it with its card.
    pub fn draw(&self, ui: &mut Ui, stage: &Stage, measure: &Measure, rect: Rect) {
        let inside = card(ui, stage, measure, self.title, rect);
        self.row(ui, stage, inside);
    }

    /// Draws its controls in a row over `rect`.
    pub fn row(&self, ui: &mut Ui, stage: &Stage, rect: Rect) {
        row(ui, stage, self.items, self.prefix, rect);
    }
}

/// Draws controls in a row over `rect`.
pub fn row(ui: &mut Ui, stage: &Stage, items: &[Item], prefix: &str, rect: Rect) {
    let columns: f32 = items.iter().map(|item| item.columns()).sum();
    let cell = rect.width() / columns.max(1.0);
    let mut left = rect.left();
    for item in items {
        let width = cell * item.columns();
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        left += width;
        one(ui, stage, *item, prefix, place);
    }
}

fn one(ui: &mut Ui, stage: &Stage, item: Item, prefix: &str, rect: Rect) {
    let name = |setting| called(stage, setting, prefix);
    match item {
        Item::Knob(setting) => drop(controls::knob(ui, stage, setting, &name(setting), rect)),
        Item::Named(setting, name) => drop(controls::knob(ui, stage, setting, name, rect)),
        Item::Choice(setting) => controls::choice(ui, stage, setting, &name(setting), rect.shrink2(vec2(4.0, 0.0))),
        Item::Switch(setting) => controls::switch(ui, stage, setting, &name(setting), rect),
        Item::Choices(upper, lower) => {
            let rect = rect.shrink2(vec2(4.0, 0.0));
            let (above, below) = rect.split_top_bottom_at_fraction(0.5);
            controls::choice(ui, stage, upper, &name(upper), above);
            controls::choice(ui, stage, lower, &name(lower), below);
        }
    }
}

/// What a parameter is called where it is known what `prefix` says, and an instrument's own dimensions as it calls them.
pub fn called(stage: &Stage, setting: Setting, prefix: &str) -> String {
    let latents = [Setting::Latent1, Setting::Latent2, Setting::Latent3, Setting::Latent4];
    let own = latents.iter().position(|latent| *latent == setting).and_then(|dimension| {
        let name = &stage.scene.first.as_ref()?.metadata().latent.get(dimension)?.name;
        (!name.is_empty()).then(|| name.clone())
    });
    let control = stage.hand.control(setting);
    let name = control.name();
    own.unwrap_or_else(|| name.strip_prefix(prefix).unwrap_or(name).to_owned())
}

/// Draws a card with its caption, and returns what is left for controls.
pub fn card(ui: &Ui, stage: &Stage, measure: &Measure, title: &str, rect: Rect) -> Rect {
    let (painter, palette) = (ui.painter(), &stage.theme.palette);
    painter.rect_filled(rect, 6.0, palette.panel);
    let mut font = stage.theme.strong();
    font.size = stage.theme.small().size;
    let middle = rect.top() + measure.caption / 2.0 + 2.0;
    painter.text(pos2(rect.left() + measure.pad + 2.0, middle), Align2::LEFT_CENTER, title, font, palette.text);
    Rect::from_min_max(
        pos2(rect.left() + measure.pad, rect.top() + measure.caption),
        pos2(rect.right() - measure.pad, rect.bottom() - measure.pad * 0.5),
    )
}
