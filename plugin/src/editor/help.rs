//! What the computer's keys do, in the place of views and page, so that it can be tried while it is read.
//! Window's thread.
//! Every line says what is true of this window (tests of `shortcuts` and `keyboard`).

use super::stage::Stage;
use egui::{RichText, ScrollArea, Ui, vec2};

/// A group of keys.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

const WINDOW: Group = (
    "Window",
    &[
        ("Tab, Shift+Tab", "the next control, the one before"),
        ("Ctrl+1 to Ctrl+4", "Play, Sound, Motion, Setup"),
        ("Ctrl+F", "search presets or instruments"),
        ("Ctrl+Z, Ctrl+Y", "undo, redo"),
        ("Escape", "leave a field, the keyboard, a drawer"),
        ("F1", "this list"),
    ],
);
const CONTROLS: Group = (
    "Controls",
    &[
        ("Up, Down", "a step"),
        ("Shift", "finer, also while dragging"),
        ("Page Up, Page Down", "a large step"),
        ("Home, End", "from end to end"),
        ("Delete, double click", "to rest"),
        ("a digit", "type the value"),
        ("right click", "type, learn, route"),
    ],
);
const COMPUTER: Group = (
    "Computer keyboard",
    &[
        ("a click on the keys", "it plays; Escape ends it"),
        ("Z to M, with S to J", "an octave"),
        ("Q to P, with 2 to 0", "the next octave, and some more"),
        ("[ ], or Left, Right", "an octave lower, higher"),
        ("- =, or Down, Up", "softer, harder"),
        ("Space", "sustain (standalone program)"),
    ],
);
const MOUSE: Group = (
    "Mouse on the keys",
    &[
        ("nearer the front", "harder"),
        ("drag", "slides from key to key"),
        ("Shift, drag sideways", "bends this note"),
        ("Shift, drag up", "presses this note"),
        ("Alt, click", "look at the voice of a key"),
        ("wheel", "octaves, where not all keys fit"),
    ],
);

/// Draws it.
pub fn draw(ui: &mut Ui, stage: &Stage) {
    let theme = stage.theme;
    ui.painter().rect_filled(ui.max_rect(), 6.0, theme.palette.panel);
    let inside = ui.max_rect().shrink(theme.scaled(12.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inside), |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Keys").font(theme.title()).color(theme.palette.text));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button("Close").clicked() {
                    stage.memory.drawer.set(None);
                }
            });
        });
        ui.add_space(theme.scaled(4.0));
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let least = theme.scaled(250.0);
            let columns = ((ui.available_width() / least) as usize).clamp(1, 4);
            let groups = [WINDOW, CONTROLS, COMPUTER, MOUSE];
            ui.columns(columns, |columns| {
                let count = columns.len();
                for (place, group) in groups.iter().enumerate() {
                    if let Some(ui) = columns.get_mut(place % count) {
                        list(ui, stage, group);
                    }
                }
            });
        });
    });
}

fn list(ui: &mut Ui, stage: &Stage, (title, lines): &Group) {
    let theme = stage.theme;
    ui.label(RichText::new(*title).font(theme.strong()).color(theme.palette.harmonics));
    ui.add_space(theme.scaled(2.0));
    for (keys, does) in *lines {
        ui.spacing_mut().item_spacing = vec2(theme.scaled(6.0), theme.scaled(2.0));
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(*keys).font(theme.strong()).color(theme.palette.text));
            ui.label(RichText::new(*does).font(theme.body()).color(theme.palette.faint));
        });
    }
    ui.add_space(theme.scaled(12.0));
}
