//! The tuning in the window: what plays, the player's Scala files, whether an MTS-ESP master rules.
//! Runs on the window's thread.
//! Reads copies and sends wishes; files are read elsewhere (see `Tunings::choose`).

use super::browser::dialog::{Answer, Dialog, NO_DIALOG};
use super::panel::{ERROR, NOTICE};
use crate::tuning::{FileKind, ShownTuning, Tunings};
use egui::{Align, Align2, Color32, Key, Label, Layout, RichText, Sense, TextEdit, TextStyle, Ui, vec2};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the window remembers of the tuning between frames.
#[derive(Default)]
pub(super) struct TuningRow {
    /// Paths as typed.
    scale: String,
    map: String,
    /// A file is being chosen.
    asking: Option<(FileKind, Dialog)>,
    /// What is to be said of the last time.
    sorry: Option<&'static str>,
}

impl TuningRow {
    /// Draws the rows.
    pub(super) fn draw(&mut self, ui: &mut Ui, tunings: &Arc<Tunings>) {
        let shown = tunings.shown();
        self.hear(tunings);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let init = ui.button("Init").on_hover_text("Twelve equal steps to the octave, A4 as set above");
                if init.clicked() {
                    *self = Self::default();
                    tunings.reset();
                }
                let follow = ui.selectable_label(shown.mts_esp, "MTS-ESP");
                let follow =
                    follow.on_hover_text("While an MTS-ESP master tunes the session, it comes before the files here");
                if follow.clicked() {
                    tunings.obey_master(!shown.mts_esp);
                }
                // Authors write long descriptions: the rest of the row, and no more.
                let text = RichText::new(title(&shown)).strong();
                let text = if shown.master.is_some() { text.color(NOTICE) } else { text };
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(Label::new(text).truncate()));
            });
        });
        for (kind, typed, chosen) in
            [(FileKind::Scale, &mut self.scale, &shown.scale), (FileKind::Map, &mut self.map, &shown.map)]
        {
            if file(ui, tunings, kind, typed, chosen.as_deref()) && self.asking.is_none() {
                let (title, ending) = match kind {
                    FileKind::Scale => ("Scala scale", "scl"),
                    FileKind::Map => ("Keyboard mapping", "kbm"),
                };
                self.sorry = None;
                self.asking = Some((kind, Dialog::open(title, title, &[ending])));
            }
        }
        if let Some(error) = &shown.error {
            ui.label(RichText::new(error).color(ERROR));
        } else if let Some(sorry) = self.sorry {
            ui.label(RichText::new(sorry).color(NOTICE));
        }
    }

    /// Takes the file that was chosen in a dialog.
    fn hear(&mut self, tunings: &Arc<Tunings>) {
        let Some((kind, answer)) = self.asking.as_ref().and_then(|(kind, dialog)| Some((*kind, dialog.answer()?)))
        else {
            return;
        };
        self.asking = None;
        match answer {
            Answer::File(path) => tunings.choose(kind, path),
            Answer::Cancelled => {}
            Answer::None => self.sorry = Some(NO_DIALOG),
        }
    }
}

/// What plays, in a few words.
fn title(shown: &ShownTuning) -> String {
    match &shown.master {
        Some(name) if name.is_empty() => "MTS-ESP".to_owned(),
        Some(name) => format!("MTS-ESP: {name}"),
        None if shown.description.is_empty() => shown.scale.as_deref().map_or("no name".to_owned(), file_name),
        None => shown.description.clone(),
    }
}

fn file_name(path: &str) -> String {
    Path::new(path).file_name().map_or(path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// A path, as the player types it or as it was chosen. Says whether a dialog is asked for.
fn file(ui: &mut Ui, tunings: &Arc<Tunings>, kind: FileKind, typed: &mut String, chosen: Option<&str>) -> bool {
    let (label, hint) = match kind {
        FileKind::Scale => ("Scale", "path of a Scala .scl file"),
        FileKind::Map => ("Mapping", "path of a .kbm file"),
    };
    let row = ui.horizontal(|ui| {
        // Both fields begin where the longer of the two names ends.
        let widest = ui.painter().layout_no_wrap("Mapping".into(), TextStyle::Body.resolve(ui.style()), Color32::WHITE);
        let (name, _) = ui.allocate_exact_size(vec2(widest.size().x, ui.spacing().interact_size.y), Sense::hover());
        let colour = ui.visuals().text_color();
        ui.painter().text(name.left_center(), Align2::LEFT_CENTER, label, TextStyle::Body.resolve(ui.style()), colour);
        let said = ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let clear = ui.add_enabled(chosen.is_some(), egui::Button::new("Clear"));
            let clear = clear.accessible_name(format!("Clear {label}"));
            if clear.clicked() {
                typed.clear();
                tunings.clear(kind);
            }
            let browses = ui.button("Browse…").accessible_name(format!("Browse for {label}")).clicked();
            let field = TextEdit::singleline(typed).desired_width(f32::INFINITY);
            let field = ui.add(field.hint_text(chosen.unwrap_or(hint))).accessible_name(format!("{label} file"));
            (browses, field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)))
        });
        let (browses, enters) = said.inner;
        let path = typed.trim();
        if enters && !path.is_empty() {
            tunings.choose(kind, PathBuf::from(path));
        }
        browses
    });
    row.inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_without_a_description_is_called_by_its_file() {
        let mut shown = ShownTuning { scale: Some("/scales/odd.scl".into()), ..ShownTuning::default() };
        assert_eq!(title(&shown), "odd.scl");
        shown.description = "Odd steps".into();
        assert_eq!(title(&shown), "Odd steps");
        shown.master = Some(String::new());
        assert_eq!(title(&shown), "MTS-ESP");
        shown.master = Some("Pelog".into());
        assert_eq!(title(&shown), "MTS-ESP: Pelog");
    }
}
