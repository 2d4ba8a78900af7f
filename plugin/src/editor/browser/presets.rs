//! The drawer of presets: what to look for, the list, and the one that plays with what can be done with it.
//! Window's thread; files are read and written elsewhere (see `Presets`).
//! Arrow keys walk and load (test: `presets_are_searched_walked_and_saved_from_the_window`).

use super::pieces;
use crate::editor::stage::Stage;
use crate::library::Origin;
use crate::presets::{About, Direction, Entry, Filter, Shown, TAGS};
use egui::{Align, Align2, Button, Frame, Id, Key, Label, RichText, ScrollArea, TextEdit, Ui, UiBuilder, vec2};
use std::path::PathBuf;

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

/// What the drawer remembers between frames.
#[derive(Default)]
pub struct Presets {
    /// What the player looks for. The header's arrows keep to it, too.
    pub filter: Filter,
    question: Question,
    /// Who saved last.
    author: String,
    /// The one that played in the frame before: the list goes to a new one.
    played: Option<PathBuf>,
}

impl Presets {
    /// Draws the drawer.
    pub fn draw(&mut self, ui: &mut Ui, stage: &Stage) {
        let (theme, rect, shown) = (stage.theme, ui.max_rect(), &stage.scene.presets);
        let (head, body) = rect.split_top_bottom_at_y(rect.top() + theme.scaled(30.0));
        ui.scope_builder(UiBuilder::new().max_rect(head).id_salt("head"), |ui| self.head(ui, stage));
        let side = (body.width() * 0.27).clamp(150.0, theme.scaled(240.0));
        let (tags, rest) = body.split_left_right_at_x(body.left() + side);
        let (list, about) = rest.split_left_right_at_fraction(0.48);
        let parts = [(tags, 0.0), (list, 8.0), (about, 8.0)].map(|(rect, gap)| rect.with_min_x(rect.left() + gap));
        ui.scope_builder(UiBuilder::new().max_rect(parts[0]).id_salt("tags"), |ui| self.narrow(ui, shown, stage));
        ui.scope_builder(UiBuilder::new().max_rect(parts[1]).id_salt("list"), |ui| self.list(ui, shown, stage));
        ui.scope_builder(UiBuilder::new().max_rect(parts[2]).id_salt("about"), |ui| self.about(ui, shown, stage));
    }

    fn head(&mut self, ui: &mut Ui, stage: &Stage) {
        let theme = stage.theme;
        ui.horizontal_centered(|ui| {
            super::search(ui, theme, &mut self.filter.words);
            let stars = pieces::chip(ui, theme, "Favourites", None, self.filter.favourites);
            if stars.clicked() {
                self.filter.favourites = !self.filter.favourites;
            }
            for (origin, text) in [(Origin::Shipped, "Factory"), (Origin::User, "Yours")] {
                let is_on = self.filter.origin == Some(origin);
                if pieces::chip(ui, theme, text, None, is_on).clicked() {
                    self.filter.origin = if is_on { None } else { Some(origin) };
                }
            }
            if self.filter != Filter::default() && pieces::chip(ui, theme, "Clear", None, false).clicked() {
                self.filter = Filter::default();
            }
            super::close(ui, stage);
        });
    }

    /// Tags and instruments, with how many presets each would leave.
    fn narrow(&mut self, ui: &mut Ui, shown: &Shown, stage: &Stage) {
        let (theme, entries) = (stage.theme, &shown.listing.entries);
        ScrollArea::vertical().id_salt("narrow").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            pieces::heading(ui, theme, "Tags");
            ui.horizontal_wrapped(|ui| {
                for tag in tags(entries) {
                    let is_on = self.filter.tags.contains(&tag);
                    let mut with = self.filter.clone();
                    if !is_on {
                        with.tags.push(tag.clone());
                    }
                    let count = entries.iter().filter(|entry| with.lets(entry)).count();
                    if count == 0 && !is_on {
                        continue;
                    }
                    if pieces::chip(ui, theme, &tag, Some(count), is_on).clicked() {
                        if is_on {
                            self.filter.tags.retain(|found| *found != tag);
                        } else {
                            self.filter.tags.push(tag);
                        }
                    }
                }
            });
            ui.add_space(theme.scaled(6.0));
            pieces::heading(ui, theme, "Instrument");
            ui.horizontal_wrapped(|ui| {
                for instrument in instruments(entries) {
                    let is_on = self.filter.instrument.as_ref() == Some(&instrument);
                    let with = Filter { instrument: Some(instrument.clone()), ..self.filter.clone() };
                    let count = entries.iter().filter(|entry| with.lets(entry)).count();
                    if count == 0 && !is_on {
                        continue;
                    }
                    let text = if instrument.is_empty() { "Default" } else { &instrument };
                    if pieces::chip(ui, theme, text, Some(count), is_on).clicked() {
                        self.filter.instrument = (!is_on).then_some(instrument);
                    }
                }
            });
        });
    }

    fn list(&mut self, ui: &mut Ui, shown: &Shown, stage: &Stage) {
        let (theme, palette) = (stage.theme, stage.theme.palette);
        if let Some(step) = super::walks(ui, !matches!(self.question, Question::None)) {
            let direction = if step == Key::ArrowDown { Direction::Next } else { Direction::Previous };
            stage.hand.step_preset(direction, &self.filter);
        }
        let is_new = self.played != shown.path;
        self.played.clone_from(&shown.path);
        ScrollArea::vertical().id_salt("presets").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let mut count = 0;
            for entry in shown.listing.entries.iter().filter(|entry| self.filter.lets(entry)) {
                count += 1;
                let is_on = shown.path.as_ref() == Some(&entry.path);
                let response = row(ui, entry, is_on, stage);
                if is_on && is_new {
                    response.scroll_to_me(Some(Align::Center));
                }
                if response.clicked() {
                    self.question = Question::None;
                    stage.hand.load_preset(entry.path.clone());
                }
            }
            if count == 0 {
                let text =
                    if shown.listing.entries.is_empty() { "There are no presets." } else { "Nothing is like that." };
                ui.label(RichText::new(text).color(palette.faint));
            }
            for broken in &shown.listing.broken {
                let file = broken.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                ui.add_space(4.0);
                ui.label(RichText::new(file).font(theme.strong()).color(palette.error));
                ui.add(Label::new(RichText::new(&broken.sentence).font(theme.small()).color(palette.error)).wrap());
            }
        });
    }

    /// The one that plays.
    fn about(&mut self, ui: &mut Ui, shown: &Shown, stage: &Stage) {
        let (theme, palette) = (stage.theme, stage.theme.palette);
        Frame::new().fill(palette.panel).corner_radius(6).inner_margin(10).show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            ScrollArea::vertical().id_salt("about").auto_shrink([false, false]).show(ui, |ui| {
                let name = if shown.name.is_empty() { "No preset" } else { &shown.name };
                ui.add(Label::new(RichText::new(name).font(theme.title())).wrap());
                if shown.is_changed {
                    let text = "Changed: the sound is not the preset's any more.";
                    ui.label(RichText::new(text).font(theme.small()).color(palette.harmonics));
                }
                if let Some(Entry { about, instrument, .. }) = shown.entry() {
                    if !about.comment.is_empty() {
                        ui.add(Label::new(RichText::new(&about.comment).font(theme.body())).wrap());
                    }
                    ui.add_space(2.0);
                    pieces::fact(ui, theme, "Author", &about.author);
                    pieces::fact(ui, theme, "Instrument", instrument);
                    pieces::fact(ui, theme, "Tags", &about.tags.join(", "));
                }
                for (sentence, colour) in shown
                    .error
                    .iter()
                    .map(|text| (text, palette.error))
                    .chain(shown.notices.iter().map(|text| (text, palette.notice)))
                {
                    ui.add(Label::new(RichText::new(sentence).color(colour)).wrap());
                }
                ui.add_space(theme.scaled(6.0));
                match self.question {
                    Question::None => self.acts(ui, shown, stage),
                    _ => self.ask(ui, shown, stage),
                }
            });
        });
    }

    /// The buttons.
    fn acts(&mut self, ui: &mut Ui, shown: &Shown, stage: &Stage) {
        let presets = &stage.shared.presets;
        let is_own = shown.origin == Some(Origin::User);
        let enabled = |ui: &mut Ui, text: &str, is_enabled: bool, hint: &str, not: &str| {
            let response = ui.add_enabled(is_enabled, Button::new(text));
            response.on_hover_text(hint).on_disabled_hover_text(not).clicked()
        };
        ui.horizontal_wrapped(|ui| {
            let not = "What came with Timbrel stays as it is: save yours under a name of its own";
            if enabled(ui, "Save", is_own && shown.is_changed, "Save the sound in its preset, which is yours", not) {
                presets.save();
            }
            let folder = presets.user_folder().map(|folder| folder.display().to_string()).unwrap_or_default();
            if enabled(ui, "Save as…", true, &format!("Save the sound as a new preset, in {folder}"), "") {
                self.question = Question::New(self.draft(shown));
            }
            if enabled(ui, "Rename…", is_own, "Give your preset another name", "Only yours have another name") {
                self.question = Question::Name(shown.name.clone());
            }
            if enabled(ui, "Delete…", is_own, "Delete your preset", "Only yours can be deleted") {
                self.question = Question::Delete;
            }
            if enabled(ui, "Init", true, "Everything at rest, with this instrument", "") {
                stage.hand.initialise();
            }
        });
    }

    /// What a new preset begins with: what the one said that it is made from.
    fn draft(&self, shown: &Shown) -> Draft {
        let about = shown.entry().map(|entry| entry.about.clone()).unwrap_or_default();
        Draft { name: String::new(), author: self.author.clone(), tags: about.tags.join(" "), comment: about.comment }
    }

    /// The question, in place of the buttons.
    fn ask(&mut self, ui: &mut Ui, shown: &Shown, stage: &Stage) {
        let presets = &stage.shared.presets;
        let entered = ui.input(|input| input.key_pressed(Key::Enter));
        let mut is_over = ui.input(|input| input.key_pressed(Key::Escape));
        match &mut self.question {
            Question::None => {}
            Question::New(draft) => {
                let mut is_sent = false;
                for (text, label, hint) in [
                    (&mut draft.name, "Name", "what it is called"),
                    (&mut draft.author, "Author", "who made it"),
                    (&mut draft.tags, "Tags", "words with spaces between them"),
                    (&mut draft.comment, "Comment", "how to play it"),
                ] {
                    let field = field(ui, stage, text, label, hint);
                    is_sent |= field.lost_focus() && entered;
                }
                ui.horizontal(|ui| {
                    let can = !draft.name.trim().is_empty();
                    let pressed = ui.add_enabled(can, Button::new("Save preset")).clicked();
                    if pressed || (is_sent && can) {
                        self.author.clone_from(&draft.author);
                        presets.save_as(draft.about());
                        is_over = true;
                    }
                    is_over |= ui.button("Cancel").clicked();
                });
            }
            Question::Name(name) => {
                let is_sent = field(ui, stage, name, "Name", "what it is called").lost_focus() && entered;
                ui.horizontal(|ui| {
                    let can = !name.trim().is_empty();
                    if ui.add_enabled(can, Button::new("Rename preset")).clicked() || (is_sent && can) {
                        presets.rename(name.trim().to_owned());
                        is_over = true;
                    }
                    is_over |= ui.button("Cancel").clicked();
                });
            }
            Question::Delete => {
                ui.label(format!("Delete “{}” for ever?", shown.name));
                ui.horizontal(|ui| {
                    if ui.button("Delete preset").clicked() {
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

/// A line to type in, with its caption. The name begins with the focus.
fn field(ui: &mut Ui, stage: &Stage, text: &mut String, label: &str, hint: &str) -> egui::Response {
    let theme = stage.theme;
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(theme.scaled(62.0), theme.scaled(22.0)), egui::Sense::hover());
        pieces::put(ui.painter(), rect, Align2::LEFT_CENTER, label, theme.small(), theme.palette.faint);
        let id = Id::unique(("preset field", label));
        let is_new = ui.ctx().read_response(id).is_none();
        let response = ui.add(TextEdit::singleline(text).id(id).hint_text(hint).desired_width(f32::INFINITY));
        if is_new && label == "Name" {
            response.request_focus();
        }
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, format!("Preset {label}"));
            info.current_text_value = Some(text.clone());
            info
        });
        response
    })
    .inner
}

fn row(ui: &mut Ui, entry: &Entry, is_on: bool, stage: &Stage) -> egui::Response {
    let (theme, palette) = (stage.theme, stage.theme.palette);
    let response = pieces::row(ui, theme, theme.scaled(24.0), is_on, &entry.about.name, &entry.instrument);
    if !ui.is_rect_visible(response.rect) {
        return response;
    }
    let inside = response.rect.shrink2(vec2(theme.scaled(10.0), 0.0));
    let star = theme.scaled(16.0);
    let (names, rest) = inside.split_left_right_at_fraction(0.58);
    if entry.is_favourite {
        let rect = egui::Rect::from_min_size(names.min, vec2(star, names.height()));
        super::signs::Sign::Star { is_on: true }.draw(ui.painter(), rect, palette.harmonics);
    }
    let left = if entry.is_favourite { star + 4.0 } else { 0.0 };
    let names = names.with_min_x(names.left() + left);
    let own = if entry.origin == Origin::User { " (yours)" } else { "" };
    let name = format!("{}{own}", entry.about.name);
    pieces::put(ui.painter(), names, Align2::LEFT_CENTER, &name, theme.body(), palette.text);
    pieces::put(ui.painter(), rest, Align2::RIGHT_CENTER, &entry.instrument, theme.small(), palette.faint);
    response
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

/// The tags that there are, the vocabulary's first.
fn tags(entries: &[Entry]) -> Vec<String> {
    let used = |tag: &str| entries.iter().any(|entry| entry.about.tags.iter().any(|found| found == tag));
    let mut tags: Vec<String> = TAGS.iter().filter(|tag| used(tag)).map(|tag| (*tag).to_owned()).collect();
    for tag in entries.iter().flat_map(|entry| &entry.about.tags) {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    tags
}

/// The instruments that presets have, by name.
fn instruments(entries: &[Entry]) -> Vec<String> {
    let mut names: Vec<String> = entries.iter().map(|entry| entry.instrument.clone()).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_words_in_lower_case() {
        let draft = Draft { name: " Glass ".into(), tags: "Pad, dark  morph".into(), ..Draft::default() };
        assert_eq!(draft.about().tags, ["pad", "dark", "morph"]);
        assert_eq!(draft.about().name, "Glass");
    }
}
