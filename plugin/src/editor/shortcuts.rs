//! Keys that work in the whole window: pages, undo, search, help, and the way out.
//! Window's thread, before anything is drawn.
//! Text that is being typed, and menus, come first (test: `escape_leaves_one_thing_after_the_other`).

use super::stage::{Drawer, Page, Stage};
use egui::{Context, Id, Key, Modifiers, Popup};

/// The field in which one searches in a browser, for Ctrl+F.
pub fn search() -> Id {
    Id::unique("search")
}

/// What it must know of the frame before.
#[derive(Default)]
pub struct Shortcuts {
    /// Something had the focus for which Escape means something.
    escapes: bool,
}

impl Shortcuts {
    /// Does what keys of this frame ask for.
    pub fn follow(&mut self, context: &Context, stage: &Stage) {
        let took = |modifiers, key| context.input_mut(|input| input.consume_key(modifiers, key));
        let drawer = &stage.memory.drawer;
        if took(Modifiers::NONE, Key::F1) {
            drawer.set(if drawer.get() == Some(Drawer::Keys) { None } else { Some(Drawer::Keys) });
        }
        for ((page, _), key) in Page::ALL.into_iter().zip([Key::Num1, Key::Num2, Key::Num3, Key::Num4]) {
            if took(Modifiers::COMMAND, key) {
                drawer.set(None);
                stage.memory.page.set(page);
            }
        }
        if took(Modifiers::COMMAND, Key::F) {
            if !matches!(drawer.get(), Some(Drawer::Instruments(_) | Drawer::Presets)) {
                drawer.set(Some(Drawer::Presets));
            }
            context.memory_mut(|memory| memory.request_focus(search()));
        }
        // A text field undoes what was typed in it.
        if !context.text_edit_focused() {
            if took(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) || took(Modifiers::COMMAND, Key::Y) {
                stage.hand.redo();
            }
            if took(Modifiers::COMMAND, Key::Z) {
                stage.hand.undo();
            }
        }
        let is_free = !self.escapes && !Popup::is_any_open(context);
        if is_free && drawer.get().is_some() && took(Modifiers::NONE, Key::Escape) {
            drawer.set(None);
        }
    }

    /// Looks at what has the focus, after everything was drawn.
    pub fn remember(&mut self, context: &Context) {
        let keyboard = context.memory(|memory| memory.has_focus(Id::unique("keyboard")));
        self.escapes = keyboard || context.text_edit_focused() || Popup::is_any_open(context);
    }
}
