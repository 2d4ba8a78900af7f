//! Presets in the window: the one that plays, the list with its search, and what the player does with them.
//! Runs on the window's thread.
//! Reads copies and sends wishes; files are read and written elsewhere (see `Presets`).

use super::panel::{ERROR, NOTICE};
use crate::library::Origin;
use crate::presets::{About, Direction, Entry, Filter, Presets, Shown, TAGS};
use egui::{Button, ComboBox, PopupCloseBehavior, RichText, ScrollArea, TextEdit, Ui};
use std::sync::Arc;

/// Width of the list's box, points.
const WIDTH: f32 = 260.0;
/// Height of the list, points.
const HEIGHT: f32 = 320.0;
/// Width of a field for a few words, points.
const FIELD: f32 = 150.0;

/// What the player is asked about.
#[derive(Default)]
enum Question {
    /// Nothing.
    #[default]
    None,
    /// What a new preset is called.
    New(Draft),
    /// How the preset that plays is called from now on.
    Name(String),
    /// Whether it is to go.
    Delete,
}

/// A new preset, as typed.
#[derive(Default)]
struct Draft {
    name: String,
    author: String,
    tags: String,
    comment: String,
}

/// What the window remembers of presets between frames.
#[derive(Default)]
pub(super) struct PresetRow {
    filter: Filter,
    question: Question,
    /// Who saved last.
    author: String,
}

impl PresetRow {
    /// Draws the row, and a second one while there is a question.
    pub(super) fn draw(&mut self, ui: &mut Ui, presets: &Arc<Presets>) {
        let shown = presets.shown();
        ui.horizontal_wrapped(|ui| {
            ui.label("Preset");
            for (text, direction, hint) in
                [("<", Direction::Previous, "The preset before this one"), (">", Direction::Next, "The next preset")]
            {
                if ui.button(text).on_hover_text(hint).clicked() {
                    presets.step(direction, &self.filter);
                }
            }
            ComboBox::from_id_salt("preset")
                .selected_text(title(&shown))
                .width(WIDTH)
                .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
                .show_ui(ui, |ui| self.list(ui, presets, &shown));
            self.acts(ui, presets, &shown);
        });
        self.ask(ui, presets, &shown);
        sentences(ui, &shown);
    }

    /// The search, and what it finds.
    fn list(&mut self, ui: &mut Ui, presets: &Arc<Presets>, shown: &Shown) {
        ui.set_min_width(WIDTH);
        ui.horizontal(|ui| {
            ui.add(TextEdit::singleline(&mut self.filter.words).hint_text("search").desired_width(FIELD));
            ui.toggle_value(&mut self.filter.favourites, "★").on_hover_text("Favourites only");
            if ui.button("All").on_hover_text("Look for nothing in particular").clicked() {
                self.filter = Filter::default();
            }
        });
        ui.horizontal_wrapped(|ui| {
            for tag in tags(shown) {
                let is_chosen = self.filter.tag.as_deref() == Some(&tag);
                if ui.selectable_label(is_chosen, &tag).clicked() {
                    self.filter.tag = (!is_chosen).then_some(tag);
                }
            }
        });
        ui.separator();
        ScrollArea::vertical().max_height(HEIGHT).show(ui, |ui| {
            for entry in shown.listing.entries.iter().filter(|entry| self.filter.lets(entry)) {
                let is_chosen = shown.path.as_ref() == Some(&entry.path);
                if ui.selectable_label(is_chosen, line(entry)).on_hover_ui(|ui| describe(ui, entry)).clicked() {
                    presets.load(entry.path.clone());
                    ui.close();
                }
            }
            for broken in &shown.listing.broken {
                let file = broken.path.file_name().unwrap_or_default().to_string_lossy();
                ui.label(RichText::new(file).color(ERROR)).on_hover_text(&broken.sentence);
            }
        });
    }

    /// The buttons.
    fn acts(&mut self, ui: &mut Ui, presets: &Arc<Presets>, shown: &Shown) {
        if let (Some(path), is_favourite) = (&shown.path, shown.entry().is_some_and(|entry| entry.is_favourite)) {
            let star = if is_favourite { "★" } else { "☆" };
            if ui.button(star).on_hover_text("Favourite, or not any more").clicked() {
                presets.set_favourite(path.clone(), !is_favourite);
            }
        }
        let is_own = shown.origin == Some(Origin::User);
        let enabled = |ui: &mut Ui, text: &str, is_enabled: bool, hint: &str| {
            ui.add_enabled(is_enabled, Button::new(text)).on_hover_text(hint).clicked()
        };
        if enabled(ui, "Save", is_own && shown.is_changed, "Save the sound in its preset, which is yours") {
            presets.save();
        }
        let folder = presets.user_folder().map(|folder| folder.display().to_string()).unwrap_or_default();
        if enabled(ui, "Save as…", true, &format!("Save the sound as a new preset, in {folder}")) {
            self.question = Question::New(self.draft(shown));
        }
        if enabled(ui, "Rename…", is_own, "Give your preset another name") {
            self.question = Question::Name(shown.name.clone());
        }
        if enabled(ui, "Delete…", is_own, "Delete your preset") {
            self.question = Question::Delete;
        }
        if enabled(ui, "Init", true, "Everything at rest, with this instrument") {
            presets.initialise();
        }
        if enabled(ui, "Refresh", true, "Look for preset files again") {
            presets.refresh();
        }
    }

    /// What a new preset begins with: what the one said that it is made from.
    fn draft(&self, shown: &Shown) -> Draft {
        let about = shown.entry().map(|entry| entry.about.clone()).unwrap_or_default();
        Draft { name: String::new(), author: self.author.clone(), tags: about.tags.join(" "), comment: about.comment }
    }

    /// The row of the question.
    fn ask(&mut self, ui: &mut Ui, presets: &Arc<Presets>, shown: &Shown) {
        let mut is_over = false;
        match &mut self.question {
            Question::None => {}
            Question::New(draft) => {
                ui.horizontal_wrapped(|ui| {
                    for (text, hint) in [
                        (&mut draft.name, "name"),
                        (&mut draft.author, "author"),
                        (&mut draft.tags, "tags, with spaces between them"),
                        (&mut draft.comment, "how to play it"),
                    ] {
                        ui.add(TextEdit::singleline(text).hint_text(hint).desired_width(FIELD));
                    }
                    if ui.add_enabled(!draft.name.trim().is_empty(), Button::new("Save")).clicked() {
                        self.author.clone_from(&draft.author);
                        presets.save_as(draft.about());
                        is_over = true;
                    }
                    is_over |= ui.button("Cancel").clicked();
                });
            }
            Question::Name(name) => {
                ui.horizontal(|ui| {
                    ui.add(TextEdit::singleline(name).hint_text("name").desired_width(WIDTH));
                    if ui.add_enabled(!name.trim().is_empty(), Button::new("Rename")).clicked() {
                        presets.rename(name.trim().to_owned());
                        is_over = true;
                    }
                    is_over |= ui.button("Cancel").clicked();
                });
            }
            Question::Delete => {
                ui.horizontal(|ui| {
                    ui.label(format!("Delete “{}” for ever?", shown.name));
                    if ui.button("Delete").clicked() {
                        presets.delete();
                        is_over = true;
                    }
                    is_over |= ui.button("Keep").clicked();
                });
            }
        }
        if is_over {
            self.question = Question::None;
        }
    }
}

impl Draft {
    fn about(&self) -> About {
        About {
            name: self.name.trim().to_owned(),
            author: self.author.trim().to_owned(),
            tags: self.tags.split([' ', ',']).filter(|tag| !tag.is_empty()).map(str::to_lowercase).collect(),
            comment: self.comment.trim().to_owned(),
        }
    }
}

/// The preset that plays; a star says that the sound is not it any more.
fn title(shown: &Shown) -> String {
    let name = if shown.name.is_empty() { "none" } else { &shown.name };
    if shown.is_changed { format!("{name} *") } else { name.to_owned() }
}

/// The tags that there are, the vocabulary's first.
fn tags(shown: &Shown) -> Vec<String> {
    let used = |tag: &str| shown.listing.entries.iter().any(|entry| entry.about.tags.iter().any(|found| found == tag));
    let mut tags: Vec<String> = TAGS.iter().filter(|tag| used(tag)).map(|tag| (*tag).to_owned()).collect();
    for tag in shown.listing.entries.iter().flat_map(|entry| &entry.about.tags) {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    tags
}

fn line(entry: &Entry) -> String {
    let star = if entry.is_favourite { "★ " } else { "" };
    let own = if entry.origin == Origin::User { " (yours)" } else { "" };
    format!("{star}{}{own}", entry.about.name)
}

fn describe(ui: &mut Ui, entry: &Entry) {
    let About { author, tags, comment, .. } = &entry.about;
    ui.strong(&entry.about.name);
    for text in [comment, &entry.instrument, &tags.join(", ")] {
        if !text.is_empty() {
            ui.label(text);
        }
    }
    if !author.is_empty() {
        ui.weak(author);
    }
}

fn sentences(ui: &mut Ui, shown: &Shown) {
    if let Some(error) = &shown.error {
        ui.label(RichText::new(error).color(ERROR));
    }
    if let Some(complaint) = shown.listing.complaint() {
        ui.label(RichText::new(complaint).color(NOTICE));
    }
    for notice in &shown.notices {
        ui.label(RichText::new(notice).color(NOTICE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Bundle;
    use crate::plugin::Shared;
    use std::path::PathBuf;

    #[test]
    fn every_question_is_drawn() {
        let shared = Shared::new(&Bundle::default());
        let questions =
            [Question::None, Question::New(Draft::default()), Question::Name("Glass".to_owned()), Question::Delete];
        let shapes = questions.map(|question| {
            let mut row = PresetRow { question, ..PresetRow::default() };
            let context = egui::Context::default();
            let mut output = context.run_ui(egui::RawInput::default(), |ui| row.draw(ui, &shared.presets));
            // Nobody uploads them, and egui wants to be told.
            output.textures_delta.clear();
            output.shapes.len()
        });
        // A question is a second row.
        assert!(shapes[1..].iter().all(|count| *count > shapes[0]), "{shapes:?}");
        shared.instrument.close();
    }

    #[test]
    fn a_changed_preset_has_a_star() {
        let mut shown = Shown { name: "Glass".into(), path: Some(PathBuf::from("/x.timbrel")), ..Shown::default() };
        assert_eq!(title(&shown), "Glass");
        shown.is_changed = true;
        assert_eq!(title(&shown), "Glass *");
        assert_eq!(title(&Shown::default()), "none");
    }

    #[test]
    fn tags_are_words_in_lower_case() {
        let draft = Draft { name: " Glass ".into(), tags: "Pad, dark  morph".into(), ..Draft::default() };
        assert_eq!(draft.about().tags, ["pad", "dark", "morph"]);
        assert_eq!(draft.about().name, "Glass");
    }
}
