//! The drawer of instruments: a list with what each can do, and the card of the one that is looked at.
//! Window's thread; folders are read elsewhere.
//! A broken file stands in its place with the very sentence that says why (test: `a_broken_file_says_why_in_its_place`).

use super::arrivals::Arrivals;
use super::card::{self, Block};
use super::dialog::{Answer, Dialog, NO_DIALOG};
use super::header::{family, remember_asked};
use super::{pieces, range};
use crate::editor::stage::{Drawer, Slot, Stage};
use crate::library::{Entry, Origin};
use egui::{
    Align, Align2, Button, Frame, Id, Key, Label, Layout, RichText, ScrollArea, TextEdit, Ui, UiBuilder, pos2, vec2,
};
use std::path::{Path, PathBuf};
use timbrel_engine::model::{Family, LoudnessMeasure, Metadata};

/// Which families are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kin {
    #[default]
    All,
    Ddsp,
    Newt,
}

/// What the drawer remembers between frames.
#[derive(Default)]
pub struct Instruments {
    words: String,
    kin: Kin,
    origin: Option<Origin>,
    /// The file whose card is looked at, where it is not the one that plays.
    looked_at: Option<PathBuf>,
    /// The card that was read last, and whose it is.
    card: Option<(PathBuf, Vec<Block>)>,
    typed: String,
    dialog: Option<Dialog>,
    /// There is no dialog on this system.
    no_dialog: bool,
    /// The one that played in the frame before: the list goes to a new one.
    played: Option<PathBuf>,
}

impl Instruments {
    /// Draws the drawer for a slot.
    pub fn draw(&mut self, ui: &mut Ui, slot: Slot, stage: &Stage, arrivals: &mut Arrivals) {
        if let Some(answer) = self.dialog.as_ref().and_then(Dialog::answer) {
            self.dialog = None;
            self.no_dialog = answer == Answer::None;
            if let Answer::File(path) = answer {
                remember_asked(ui.ctx(), slot);
                arrivals.take(&path, slot, stage);
            }
        }
        let (theme, rect) = (stage.theme, ui.max_rect());
        let top = theme.scaled(30.0);
        let (head, body) = rect.split_top_bottom_at_y(rect.top() + top);
        ui.scope_builder(UiBuilder::new().max_rect(head).id_salt("head"), |ui| self.head(ui, slot, stage));
        let (list, card) = body.split_left_right_at_x(
            body.left() + (body.width() * 0.52).max(theme.scaled(300.0)).min(body.width() * 0.62),
        );
        ui.scope_builder(UiBuilder::new().max_rect(list.with_max_x(list.right() - 8.0)).id_salt("list"), |ui| {
            self.list(ui, slot, stage);
        });
        ui.scope_builder(UiBuilder::new().max_rect(card).id_salt("card"), |ui| {
            self.card(ui, slot, stage, arrivals);
        });
    }

    fn head(&mut self, ui: &mut Ui, slot: Slot, stage: &Stage) {
        let theme = stage.theme;
        ui.horizontal_centered(|ui| {
            let slots = [(Slot::First, "First"), (Slot::Second, "Second")];
            if let Some(slot) = pieces::segments(ui, theme, "Slot", &slots, slot) {
                stage.memory.drawer.set(Some(Drawer::Instruments(slot)));
            }
            ui.add_space(theme.scaled(6.0));
            super::search(ui, theme, &mut self.words);
            let room = ui.available_width() > theme.scaled(260.0);
            let kins = [(Kin::Ddsp, "DDSP"), (Kin::Newt, "NEWT")];
            for (kin, text) in kins.into_iter().filter(|_| room) {
                if pieces::chip(ui, theme, text, None, self.kin == kin).clicked() {
                    self.kin = if self.kin == kin { Kin::All } else { kin };
                }
            }
            for (origin, text) in [(Origin::Shipped, "Shipped"), (Origin::User, "Yours")].into_iter().filter(|_| room) {
                if pieces::chip(ui, theme, text, None, self.origin == Some(origin)).clicked() {
                    self.origin = if self.origin == Some(origin) { None } else { Some(origin) };
                }
            }
            super::close(ui, stage);
        });
    }

    fn lets(&self, entry: &Entry) -> bool {
        let family = entry.metadata.as_ref().map(|metadata| &metadata.family);
        let kin = match self.kin {
            Kin::All => true,
            Kin::Ddsp => matches!(family, Some(Family::Ddsp)),
            Kin::Newt => matches!(family, Some(Family::Newt(_))),
        };
        let licence = entry.metadata.as_ref().map_or("", |metadata| metadata.licence.as_str());
        let text = format!("{} {} {licence}", entry.title, entry.path.display()).to_lowercase();
        kin && self.origin.is_none_or(|origin| origin == entry.origin)
            && self.words.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
    }

    fn list(&mut self, ui: &mut Ui, slot: Slot, stage: &Stage) {
        let (theme, palette, shown) = (stage.theme, stage.theme.palette, &stage.scene.instrument);
        let plays = playing(slot, stage);
        let choices = shown.choices.clone();
        let found: Vec<&Entry> = choices.iter().filter(|entry| self.lets(entry)).collect();
        let sound: Vec<&Entry> = found.iter().copied().filter(|entry| entry.fault.is_none()).collect();
        self.walk(ui, slot, stage, &sound, plays.as_deref());
        let is_new = self.played != plays;
        self.played.clone_from(&plays);
        let foot = theme.scaled(if self.no_dialog { 66.0 } else { 30.0 });
        let height = (ui.available_height() - foot).max(theme.scaled(40.0));
        ScrollArea::vertical().id_salt("instruments").max_height(height).auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            if slot == Slot::Second {
                self.none(ui, stage, plays.is_none());
            }
            let mut origin = None;
            for entry in &found {
                if origin.replace(entry.origin) != Some(entry.origin)
                    && found.iter().any(|other| other.origin == Origin::User)
                {
                    let text = if entry.origin == Origin::Shipped { "Came with Timbrel" } else { "Yours" };
                    ui.label(RichText::new(text).font(theme.small()).color(palette.faint));
                }
                let is_on = plays.as_ref() == Some(&entry.path);
                let response = row(ui, entry, is_on, stage);
                if is_on && is_new {
                    response.scroll_to_me(Some(Align::Center));
                }
                if response.clicked() {
                    self.looked_at = entry.fault.is_some().then(|| entry.path.clone());
                    if entry.fault.is_none() {
                        remember_asked(ui.ctx(), slot);
                        stage.hand.choose_instrument(slot, Some(entry.path.clone()));
                    }
                }
            }
            if found.is_empty() {
                ui.label(RichText::new("Nothing is called like that.").color(palette.faint));
            }
        });
        self.open(ui, slot, stage);
    }

    /// Arrow keys go through the list.
    fn walk(&mut self, ui: &Ui, slot: Slot, stage: &Stage, sound: &[&Entry], plays: Option<&Path>) {
        let Some(step) = super::walks(ui, self.typed_has_focus(ui)) else { return };
        let now = sound.iter().position(|entry| Some(entry.path.as_path()) == plays);
        let place = match (step, now) {
            (Key::ArrowDown, Some(now)) => (now + 1).min(sound.len().saturating_sub(1)),
            (_, Some(now)) => now.saturating_sub(1),
            (_, None) => 0,
        };
        if let Some(entry) = sound.get(place).filter(|_| now != Some(place)) {
            self.looked_at = None;
            remember_asked(ui.ctx(), slot);
            stage.hand.choose_instrument(slot, Some(entry.path.clone()));
        }
    }

    fn typed_has_focus(&self, ui: &Ui) -> bool {
        ui.memory(|memory| memory.has_focus(Id::unique("model path")))
    }

    /// The second slot can be empty.
    fn none(&mut self, ui: &mut Ui, stage: &Stage, is_on: bool) {
        let theme = stage.theme;
        let response = pieces::row(ui, theme, theme.scaled(26.0), is_on, "No second instrument", "");
        let inside = response.rect.shrink2(vec2(theme.scaled(10.0), 0.0));
        pieces::put(ui.painter(), inside, Align2::LEFT_CENTER, "None: no morph", theme.body(), theme.palette.faint);
        if response.clicked() {
            stage.hand.choose_instrument(Slot::Second, None);
        }
    }

    /// A file from elsewhere: by dialog, or as a path.
    fn open(&mut self, ui: &mut Ui, slot: Slot, stage: &Stage) {
        let (theme, palette) = (stage.theme, stage.theme.palette);
        if self.no_dialog {
            ui.label(RichText::new(NO_DIALOG).font(theme.small()).color(palette.notice));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_open = self.dialog.is_some();
            let button = ui.add_enabled(!is_open, Button::new(if is_open { "Waiting…" } else { "Open file…" }));
            if button.on_hover_text("Choose a model file (.onnx) anywhere on this machine").clicked() {
                self.dialog = Some(Dialog::open("Open an instrument", "Timbrel instrument", &["onnx"]));
            }
            let field = TextEdit::singleline(&mut self.typed).id(Id::unique("model path")).hint_text("or its path");
            let field = ui.add(field.desired_width(f32::INFINITY).font(theme.body()));
            ui.ctx().accesskit_node_builder(field.id, |node| node.set_label("Path of a model file"));
            let path = self.typed.trim().trim_matches(['"', '\'']).to_owned();
            if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) && !path.is_empty() {
                remember_asked(ui.ctx(), slot);
                stage.hand.choose_instrument(slot, Some(PathBuf::from(path)));
            }
        });
    }

    fn card(&mut self, ui: &mut Ui, slot: Slot, stage: &Stage, arrivals: &mut Arrivals) {
        let (theme, palette, shown) = (stage.theme, stage.theme.palette, &stage.scene.instrument);
        let path = self.looked_at.clone().or_else(|| playing(slot, stage));
        let entry = path.as_ref().and_then(|path| shown.choices.iter().find(|entry| entry.path == *path));
        let model = match slot {
            Slot::First => &stage.scene.first,
            Slot::Second => &stage.scene.second,
        };
        Frame::new().fill(palette.panel).corner_radius(6).inner_margin(10).show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            ScrollArea::vertical().id_salt(("card", &path)).auto_shrink([false, false]).show(ui, |ui| {
                sentences(ui, slot, stage);
                match (entry, model) {
                    (Some(entry), _) => self.about(ui, entry, stage),
                    (None, Some(model)) => {
                        // A guest: from elsewhere.
                        title(ui, &model.metadata().name, stage);
                        if ui.button("Keep it among my instruments").clicked() {
                            arrivals.keep(&model.identity().path, stage);
                        }
                        facts(ui, model.metadata(), stage);
                        pieces::fact(ui, theme, "File", &model.identity().path.display().to_string());
                        if let Some(card) = &model.metadata().card {
                            card::draw(ui, theme, &card::read(card));
                        }
                    }
                    (None, None) => {
                        let text = "Morph goes from the first instrument to the second: choose one from the list.";
                        ui.add(Label::new(RichText::new(text).color(palette.faint)).wrap());
                    }
                }
            });
        });
    }

    fn about(&mut self, ui: &mut Ui, entry: &Entry, stage: &Stage) {
        let (theme, palette) = (stage.theme, stage.theme.palette);
        title(ui, &entry.title, stage);
        if let Some(fault) = &entry.fault {
            ui.add(Label::new(RichText::new(fault).color(palette.error)).wrap());
        }
        if let Some(metadata) = &entry.metadata {
            facts(ui, metadata, stage);
        }
        let file = format!("{} ({})", entry.path.display(), pieces::size(entry.bytes));
        pieces::fact(ui, theme, "File", &file);
        if self.card.as_ref().is_none_or(|(path, _)| *path != entry.path) {
            self.card = Some((entry.path.clone(), card::read(&entry.card)));
        }
        if let Some((_, blocks)) = &self.card {
            ui.add_space(theme.scaled(6.0));
            card::draw(ui, theme, blocks);
        }
    }
}

/// The file that plays in a slot.
fn playing(slot: Slot, stage: &Stage) -> Option<PathBuf> {
    match slot {
        Slot::First => stage.scene.instrument.path.clone(),
        Slot::Second => stage.scene.instrument.second_path.clone(),
    }
}

fn title(ui: &mut Ui, name: &str, stage: &Stage) {
    ui.add(Label::new(RichText::new(name).font(stage.theme.title())).wrap());
}

/// What is wrong with what was asked for.
fn sentences(ui: &mut Ui, slot: Slot, stage: &Stage) {
    let (shown, palette) = (&stage.scene.instrument, stage.theme.palette);
    let missing = match slot {
        Slot::First => &shown.missing,
        Slot::Second => &shown.second_missing,
    };
    let all = [(&shown.error, palette.error), (missing, palette.notice), (&shown.note, palette.notice)];
    for (sentence, colour) in all {
        if let Some(sentence) = sentence {
            ui.add(Label::new(RichText::new(sentence).color(colour)).wrap());
        }
    }
}

fn row(ui: &mut Ui, entry: &Entry, is_on: bool, stage: &Stage) -> egui::Response {
    let (theme, palette) = (stage.theme, stage.theme.palette);
    let inset = vec2(theme.scaled(10.0), theme.scaled(3.0));
    let Some(metadata) = &entry.metadata else {
        let fault = entry.fault.as_deref().unwrap_or_default();
        let width = ui.available_width() - 2.0 * inset.x;
        let galley = ui.painter().layout(fault.to_owned(), theme.small(), palette.error, width);
        let name = theme.scaled(18.0);
        let response = pieces::row(ui, theme, name + galley.size().y + 2.0 * inset.y, false, &entry.title, fault);
        let inside = response.rect.shrink2(inset);
        let line = inside.with_max_y(inside.top() + name);
        pieces::put(ui.painter(), line, Align2::LEFT_CENTER, &entry.title, theme.strong(), palette.error);
        ui.painter().galley(pos2(inside.left(), line.bottom()), galley, palette.error);
        return response;
    };
    let value = format!(
        "{}, {} to {}",
        family(&metadata.family),
        pieces::note_name(metadata.pitch.low),
        pieces::note_name(metadata.pitch.high)
    );
    let response = pieces::row(ui, theme, theme.scaled(42.0), is_on, &entry.title, &value);
    if !ui.is_rect_visible(response.rect) {
        return response;
    }
    let inside = response.rect.shrink2(inset);
    let (words, strip) = inside.split_left_right_at_fraction(0.56);
    let (upper, lower) = words.split_top_bottom_at_fraction(0.52);
    let painter = ui.painter();
    let name = pieces::put(painter, upper, Align2::LEFT_CENTER, &entry.title, theme.strong(), palette.text);
    let hue = match metadata.family {
        Family::Ddsp => palette.harmonics,
        Family::Newt(_) => palette.shapers,
    };
    let rest = upper.with_min_x(name.right() + theme.scaled(8.0));
    if rest.width() > theme.scaled(30.0) {
        pieces::put(painter, rest, Align2::LEFT_CENTER, family(&metadata.family), theme.small(), hue);
    }
    let under = format!(
        "{:.0} to {:.0} dB · {} · {}",
        metadata.loudness.soft_db,
        metadata.loudness.loud_db,
        pieces::size(entry.bytes),
        metadata.licence
    );
    pieces::put(painter, lower, Align2::LEFT_CENTER, &under, theme.small(), palette.faint);
    let strip = strip.with_min_x(strip.left() + theme.scaled(10.0));
    range::draw(painter, strip, theme, metadata.pitch.low, metadata.pitch.high);
    response
}

/// What an instrument says about itself.
fn facts(ui: &mut Ui, metadata: &Metadata, stage: &Stage) {
    let theme = stage.theme;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme.scaled(36.0)), egui::Sense::hover());
    range::draw(ui.painter(), rect, theme, metadata.pitch.low, metadata.pitch.high);
    let sound = match &metadata.family {
        Family::Ddsp => format!("DDSP: {} harmonics, {} noise bands", metadata.harmonics, metadata.noise_bands),
        Family::Newt(shape) => format!("NEWT: {} waveshapers, {} noise bands", shape.shapers, metadata.noise_bands),
    };
    let measure = match metadata.loudness.measure {
        LoudnessMeasure::AWeighted => "A-weighted",
        LoudnessMeasure::Power => "of power",
    };
    let loudness = &metadata.loudness;
    let hop_ms = f64::from(metadata.hop) * 1000.0 / metadata.sample_rate;
    let latent: Vec<&str> = metadata.latent.iter().map(|latent| latent.name.as_str()).collect();
    for (caption, text) in [
        ("Sound", sound),
        (
            "Loudness",
            format!(
                "{:.0} to {:.0} dB {measure}; velocity goes from {:.0} to {:.0} dB",
                loudness.low_db, loudness.high_db, loudness.soft_db, loudness.loud_db
            ),
        ),
        (
            "Learned",
            if metadata.performance.is_some() { "how its players shape notes".to_owned() } else { String::new() },
        ),
        ("Latent", latent.join(", ")),
        ("Author", metadata.author.clone()),
        ("Licence", metadata.licence.clone()),
        ("Trained on", metadata.trained_on.clone()),
        ("Rate", format!("{:.0} Hz, a frame every {hop_ms:.1} ms", metadata.sample_rate)),
    ] {
        pieces::fact(ui, theme, caption, &text);
    }
}
