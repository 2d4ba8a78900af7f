//! Files that come to the window: dropped on it, or chosen in a dialog. Instruments, presets and scales are loaded; all
//! else is refused by name.
//! Window's thread; files are read elsewhere.
//! An instrument that came so is offered to be kept, and what is there is never overwritten
//! (tests: `dropped_files_go_where_they_belong`, `an_instrument_is_kept_beside_others`).

use crate::editor::stage::{Drawer, Slot, Stage};
use crate::library;
use crate::presets;
use crate::tuning::FileKind;
use egui::{Align2, Area, Context, Frame, Id, LayerId, Order, Pos2, Rect, RichText, Stroke, StrokeKind, vec2};
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a file is, by its ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `.onnx`
    Instrument,
    /// `.timbrel`
    Preset,
    /// `.scl`, `.kbm`
    Tuning(FileKind),
}

impl Kind {
    /// What a file is; `None`: nothing that Timbrel knows.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_string_lossy().to_lowercase();
        match ending.as_str() {
            "onnx" => Some(Self::Instrument),
            presets::EXTENSION => Some(Self::Preset),
            "scl" => Some(Self::Tuning(FileKind::Scale)),
            "kbm" => Some(Self::Tuning(FileKind::Map)),
            _ => None,
        }
    }
}

/// What is said of a file that nobody can use.
pub fn refusal(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let what = match path.extension() {
        _ if path.is_dir() => "is a folder".to_owned(),
        Some(ending) => format!("is a .{} file", ending.to_string_lossy()),
        None => "has no ending".to_owned(),
    };
    format!(
        "“{name}” {what}; Timbrel takes instruments (.onnx, with Timbrel's metadata), presets (.timbrel) and scales (.scl, .kbm)."
    )
}

/// What the window remembers of files that came.
#[derive(Default)]
pub struct Arrivals {
    /// An instrument that came and is not among the player's.
    guest: Option<(Slot, PathBuf)>,
    /// What became of it, from another thread.
    kept: Arc<Mutex<Option<Result<PathBuf, String>>>>,
    /// Something to read.
    sentence: Option<String>,
}

impl Arrivals {
    /// Takes a file that came for a slot.
    pub fn take(&mut self, path: &Path, slot: Slot, stage: &Stage) {
        self.sentence = None;
        match Kind::of(path) {
            Some(Kind::Instrument) => {
                stage.hand.choose_instrument(slot, Some(path.to_owned()));
                self.guest = Some((slot, path.to_owned()));
            }
            Some(Kind::Preset) => stage.hand.load_preset(path.to_owned()),
            Some(Kind::Tuning(kind)) => stage.shared.tunings.choose(kind, path.to_owned()),
            None => self.sentence = Some(refusal(path)),
        }
    }

    /// Looks for files that hover over the window or were dropped on it. `second` is where the second instrument is.
    pub fn look(&mut self, context: &Context, second: Rect, stage: &Stage) {
        let (dropped, hovering, pointer) = context.input(|input| {
            let dropped: Vec<PathBuf> = input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect();
            let hovering: Vec<Option<PathBuf>> = input.raw.hovered_files.iter().map(|file| file.path.clone()).collect();
            (dropped, hovering, input.pointer.latest_pos())
        });
        let slot = match (pointer, stage.memory.drawer.get()) {
            (Some(at), _) if second.contains(at) => Slot::Second,
            (_, Some(Drawer::Instruments(slot))) => slot,
            _ => Slot::First,
        };
        for path in &dropped {
            self.take(path, slot, stage);
        }
        if !hovering.is_empty() {
            invite(context, &hovering, slot, stage);
        }
    }

    /// The instrument that came into a slot and is not among the player's, if it plays there.
    fn guest<'a>(&'a self, stage: &Stage) -> Option<&'a Path> {
        let (slot, path) = self.guest.as_ref()?;
        let shown = &stage.scene.instrument;
        let plays = match slot {
            Slot::First => shown.path.as_deref(),
            Slot::Second => shown.second_path.as_deref(),
        };
        let is_listed = shown.choices.iter().any(|entry| entry.path == *path);
        (plays == Some(path) && !is_listed).then_some(path)
    }

    /// Draws what there is to say, under the header.
    pub fn draw(&mut self, context: &Context, under: Pos2, stage: &Stage) {
        match self.kept.lock().take() {
            Some(Ok(path)) => {
                self.guest = None;
                self.sentence = Some(format!("Kept as {}.", path.display()));
                stage.shared.instrument.refresh();
            }
            Some(Err(sentence)) => self.sentence = Some(sentence),
            None => {}
        }
        let guest = self.guest(stage).map(Path::to_owned);
        if guest.is_none() && self.sentence.is_none() {
            return;
        }
        let (theme, palette) = (stage.theme, stage.theme.palette);
        let frame = Frame::new()
            .fill(palette.raised)
            .stroke(Stroke::new(theme.hairline(), palette.harmonics))
            .corner_radius(6)
            .inner_margin(8);
        let area = Area::new(Id::unique("arrivals")).order(Order::Middle).fixed_pos(under);
        area.constrain(true).show(context, |ui| {
            frame.show(ui, |ui| {
                ui.set_max_width(theme.scaled(520.0));
                if let Some(sentence) = &self.sentence {
                    ui.label(RichText::new(sentence).font(theme.body()));
                }
                ui.horizontal(|ui| {
                    if let Some(path) = guest {
                        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                        ui.label(RichText::new(format!("{name} is not among your instruments.")).font(theme.body()));
                        if ui.button("Keep it among my instruments").clicked() {
                            self.keep(&path, stage);
                        }
                        if ui.button("Only play it").clicked() {
                            self.guest = None;
                            self.sentence = None;
                        }
                    } else if ui.button("OK").clicked() {
                        self.sentence = None;
                    }
                });
            });
        });
    }

    /// Copies an instrument into the player's folder, elsewhere.
    pub fn keep(&mut self, path: &Path, stage: &Stage) {
        self.sentence = None;
        let (kept, path, folder) = (self.kept.clone(), path.to_owned(), stage.shared.instrument.user_models());
        stage.shared.instrument.later(Box::new(move || {
            let result = match folder {
                Some(folder) => library::keep(&path, &folder),
                None => Err("There is no folder for instruments: this account has no data folder.".to_owned()),
            };
            *kept.lock() = Some(result);
        }));
    }
}

/// Shows where files that hover over the window would go.
fn invite(context: &Context, hovering: &[Option<PathBuf>], slot: Slot, stage: &Stage) {
    let (theme, palette) = (stage.theme, stage.theme.palette);
    let kinds: Vec<Option<Kind>> = hovering.iter().flatten().map(|path| Kind::of(path)).collect();
    let is_refused = !kinds.is_empty() && kinds.iter().all(Option::is_none);
    let text = match kinds.first() {
        _ if is_refused => hovering.iter().flatten().next().map(|path| refusal(path)).unwrap_or_default(),
        Some(Some(Kind::Preset)) => "Drop to load the preset".to_owned(),
        Some(Some(Kind::Tuning(_))) => "Drop to tune".to_owned(),
        _ => match slot {
            Slot::First => "Drop to play it as the first instrument".to_owned(),
            Slot::Second => "Drop to morph to it: the second instrument".to_owned(),
        },
    };
    let painter = context.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop")));
    let window = context.content_rect();
    painter.rect_filled(window, 0.0, palette.ground.gamma_multiply(0.85));
    let target = Rect::from_center_size(window.center(), vec2(window.width() * 0.7, window.height() * 0.4));
    let colour = if is_refused { palette.error } else { palette.harmonics };
    painter.rect_stroke(target, 12.0, Stroke::new(2.0, colour), StrokeKind::Inside);
    let galley = painter.layout(text, theme.title(), palette.text, target.width() - 32.0);
    let place = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), target);
    painter.galley(place.min, galley, palette.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_goes_by_its_ending() {
        let kinds = ["a.ONNX", "b.timbrel", "c.scl", "d.kbm", "e.wav", "f"].map(|name| Kind::of(Path::new(name)));
        let tuning = |kind| Some(Kind::Tuning(kind));
        let expected =
            [Some(Kind::Instrument), Some(Kind::Preset), tuning(FileKind::Scale), tuning(FileKind::Map), None, None];
        assert_eq!(kinds, expected);
        let sentence = refusal(Path::new("/x/song.pth"));
        println!("{sentence}");
        assert!(sentence.contains("“song.pth” is a .pth file") && sentence.contains(".onnx"));
    }
}
