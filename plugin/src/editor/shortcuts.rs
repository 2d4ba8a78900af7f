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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Bundle;
    use crate::editor::rehearsal::Rehearsal;
    use crate::editor::stage::Slot;
    use crate::plugin::Shared;
    use crate::state::WindowSize;
    use egui::Event;

    fn press(window: &mut Rehearsal, key: Key, modifiers: Modifiers) {
        for pressed in [true, false] {
            window.frame(vec![Event::Key { key, physical_key: Some(key), pressed, repeat: false, modifiers }]);
        }
    }

    fn window() -> (Shared, Rehearsal) {
        let shared = Shared::new(&Bundle::default());
        let mut window = Rehearsal::new(&shared, WindowSize::DEFAULT, 1.0);
        window.frame(Vec::new());
        (shared, window)
    }

    #[test]
    fn pages_and_help_are_a_key_away() {
        let (shared, mut window) = window();
        for (key, page) in [(Key::Num2, Page::Sound), (Key::Num4, Page::Setup), (Key::Num1, Page::Play)] {
            press(&mut window, key, Modifiers::COMMAND);
            assert_eq!(window.memory().page.get(), page);
        }
        press(&mut window, Key::F1, Modifiers::NONE);
        assert_eq!(window.memory().drawer.get(), Some(Drawer::Keys));
        assert!(window.place("Close").is_some());
        press(&mut window, Key::Num3, Modifiers::COMMAND);
        assert_eq!((window.memory().drawer.get(), window.memory().page.get()), (None, Page::Motion));
        shared.instrument.close();
    }

    #[test]
    fn escape_leaves_one_thing_after_the_other() {
        let (shared, mut window) = window();
        press(&mut window, Key::F, Modifiers::COMMAND);
        assert_eq!(window.memory().drawer.get(), Some(Drawer::Presets));
        // The keys take the focus, and give it back before the drawer closes.
        window.context().memory_mut(|memory| memory.request_focus(Id::unique("keyboard")));
        window.frame(Vec::new());
        press(&mut window, Key::Escape, Modifiers::NONE);
        assert_eq!(window.memory().drawer.get(), Some(Drawer::Presets));
        press(&mut window, Key::Escape, Modifiers::NONE);
        assert_eq!(window.memory().drawer.get(), None);
        window.memory().drawer.set(Some(Drawer::Instruments(Slot::Second)));
        press(&mut window, Key::F, Modifiers::COMMAND);
        assert_eq!(window.memory().drawer.get(), Some(Drawer::Instruments(Slot::Second)));
        shared.instrument.close();
    }

    #[test]
    fn undo_is_a_key_away() {
        let (shared, mut window) = window();
        let edit = crate::history::Edit::Parameter { place: 3, before: 0.1, after: 0.9 };
        shared.history.record(edit);
        press(&mut window, Key::Z, Modifiers::COMMAND);
        assert_eq!(shared.history.reach(), (false, true));
        press(&mut window, Key::Y, Modifiers::COMMAND);
        assert_eq!(shared.history.reach(), (true, false));
        press(&mut window, Key::Z, Modifiers::COMMAND);
        press(&mut window, Key::Z, Modifiers::COMMAND | Modifiers::SHIFT);
        assert_eq!(shared.history.reach(), (true, false));
        shared.instrument.close();
    }
}
