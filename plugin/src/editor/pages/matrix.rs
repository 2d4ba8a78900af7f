//! The modulation matrix: sixteen rows, each with its source, its target and how much.
//! Window's thread; every change is an edit.
//! Names that this release does not know are shown as they were saved, and stay until another is chosen.

use super::flow::Measure;
use crate::editor::controls::{Picked, bar, picker};
use crate::editor::stage::Stage;
use crate::modulation::{SOURCES, SavedRow, source_of, target_of};
use crate::params::{GROUPS, IDS};
use egui::{Align2, Color32, Id, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};
use timbrel_engine::event::Setting;
use timbrel_engine::perform::modulation::{AMOUNTS, ROWS};

/// What stands where nothing is chosen.
const NOTHING: &str = "–";
/// Widths of a row's parts: number, source, target, amount, and the button that takes it away. Points of usual text.
const NUMBER: f32 = 18.0;
const SOURCE: f32 = 88.0;
const TARGET: f32 = 106.0;
const AMOUNT: f32 = 66.0;
const BUTTON: f32 = 20.0;
const SPACE: f32 = 4.0;
/// Heights of a row, points of usual text.
const LEAST: f32 = 24.0;
const HEIGHT: f32 = 22.0;

/// What the matrix needs in so many columns.
pub fn size(stage: &Stage, measure: &Measure, columns: usize) -> Vec2 {
    let row = NUMBER + SOURCE + TARGET + AMOUNT + BUTTON + 4.0 * SPACE;
    let (columns, rows) = (columns as f32, ROWS.div_ceil(columns) as f32);
    let width = columns * stage.theme.scaled(row) + (columns - 1.0) * 2.0 * measure.pad + 2.0 * measure.pad;
    vec2(width, measure.caption + rows * stage.theme.scaled(LEAST) + measure.pad)
}

/// Draws it over `rect`, column by column.
pub fn draw(ui: &mut Ui, stage: &Stage, measure: &Measure, columns: usize, rect: Rect) {
    let rows = ROWS.div_ceil(columns);
    let gap = 2.0 * measure.pad;
    let width = (rect.width() - gap * (columns - 1) as f32) / columns as f32;
    let height = rect.height() / rows as f32;
    for row in 0..ROWS {
        let (column, line) = (row / rows, row % rows);
        let corner = rect.min + vec2(column as f32 * (width + gap), line as f32 * height);
        one(ui, stage, row, Rect::from_min_size(corner, vec2(width, height)));
    }
}

fn one(ui: &mut Ui, stage: &Stage, row: usize, rect: Rect) {
    let (theme, palette) = (stage.theme, &stage.theme.palette);
    let saved = stage.scene.matrix.row(row);
    let is_used = !(saved.source.is_empty() && saved.target.is_empty());
    let height = theme.scaled(HEIGHT).min(rect.height() - 2.0);
    let fixed = theme.scaled(NUMBER + BUTTON + 4.0 * SPACE);
    let share = (rect.width() - fixed) / (SOURCE + TARGET + AMOUNT);
    let mut left = rect.left();
    let mut take = |width: f32| {
        let place = Rect::from_min_size(pos2(left, rect.center().y - height / 2.0), vec2(width, height));
        left += width + theme.scaled(SPACE);
        place
    };
    let number = take(theme.scaled(NUMBER));
    let colour = if is_used { palette.text } else { palette.faint };
    ui.painter().text(number.right_center(), Align2::RIGHT_CENTER, row + 1, theme.small(), colour);
    source(ui, stage, row, &saved, take(share * SOURCE));
    target(ui, stage, row, &saved, take(share * TARGET));
    bar(ui, stage, AMOUNTS[row], Id::unique(("row amount", row)), take(share * AMOUNT));
    let place = take(theme.scaled(BUTTON));
    if is_used && removes(ui, stage, row, place) {
        stage.hand.unroute(row);
    }
}

fn removes(ui: &Ui, stage: &Stage, row: usize, rect: Rect) -> bool {
    let (theme, palette) = (stage.theme, &stage.theme.palette);
    let response = ui.interact(rect, Id::unique(("row away", row)), Sense::click());
    let colour = if response.hovered() { palette.text } else { palette.faint };
    let (middle, arm) = (rect.center(), theme.scaled(3.5));
    for way in [vec2(arm, arm), vec2(arm, -arm)] {
        ui.painter().line_segment([middle - way, middle + way], Stroke::new(1.5, colour));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Remove Mod {}", row + 1)));
    response.on_hover_text("Take this route away").clicked()
}

fn source(ui: &mut Ui, stage: &Stage, row: usize, saved: &SavedRow, rect: Rect) {
    let palette = &stage.theme.palette;
    let known = source_of(&saved.source);
    let place = SOURCES.iter().position(|(source, ..)| Some(*source) == known);
    let shown = shown(stage, &saved.source, place.map(|place| SOURCES[place].2), palette.modulation);
    let id = Id::unique(("row source", row));
    let label = format!("Mod {} Source", row + 1);
    let choose = |source: &str| stage.hand.route(SavedRow { source: source.to_owned(), ..saved.clone() });
    let list = |ui: &mut Ui| {
        let mut chosen = None;
        if ui.selectable_label(saved.source.is_empty(), NOTHING).clicked() {
            chosen = Some("");
        }
        for (_, source, name) in SOURCES {
            if ui.selectable_label(saved.source == source, name).clicked() {
                chosen = Some(source);
            }
        }
        if chosen.is_some() {
            ui.close();
        }
        chosen
    };
    let (_, picked) = picker(ui, stage, (id, &label), (&shown.0, shown.1), rect, list);
    match picked {
        Some(Picked::This(source)) => choose(source),
        Some(Picked::Step(further)) => {
            let now = place.map_or(0, |place| place + 1);
            match now.saturating_add_signed(further) {
                0 => choose(""),
                next => choose(SOURCES[(next - 1).min(SOURCES.len() - 1)].1),
            }
        }
        None => {}
    }
    // What the source gives the chosen voice now.
    if let (Some(known), Some(seen)) = (known, stage.scene.snapshot().filter(|seen| seen.chosen.is_some())) {
        let inside = rect.shrink2(vec2(4.0, 2.0));
        let (from, level) = if crate::editor::controls::is_bipolar(known) { (0.5, 0.5) } else { (0.0, 1.0) };
        let at = |share: f32| inside.left() + inside.width() * share.clamp(0.0, 1.0);
        let line = [pos2(at(from), inside.bottom()), pos2(at(from + level * seen.source(known)), inside.bottom())];
        ui.painter().line_segment(line, Stroke::new(2.0, palette.modulation));
    }
}

/// The settings that the matrix moves, group by group.
fn targets() -> impl Iterator<Item = (&'static str, Vec<Setting>)> {
    let movable = |settings: &[Setting]| settings.iter().copied().filter(|setting| setting.depth().is_some()).collect();
    GROUPS.iter().map(move |(group, settings)| (*group, movable(settings)))
}

fn target(ui: &mut Ui, stage: &Stage, row: usize, saved: &SavedRow, rect: Rect) {
    let palette = &stage.theme.palette;
    let known = target_of(&saved.target);
    let name = |setting: Setting| stage.hand.control(setting).name().to_owned();
    let known_name = known.map(name);
    let shown = shown(stage, &saved.target, known_name.as_deref(), palette.text);
    let id = Id::unique(("row target", row));
    let label = format!("Mod {} Target", row + 1);
    let choose = |target: Option<Setting>| {
        let target = target.map_or("", |setting| IDS[stage.hand.place(setting)]);
        stage.hand.route(SavedRow { target: target.to_owned(), ..saved.clone() });
    };
    let list = |ui: &mut Ui| {
        let mut chosen = None;
        if ui.selectable_label(saved.target.is_empty(), NOTHING).clicked() {
            chosen = Some(None);
        }
        for (group, settings) in targets().filter(|(_, settings)| !settings.is_empty()) {
            ui.menu_button(group, |ui| {
                for setting in settings {
                    if ui.selectable_label(known == Some(setting), name(setting)).clicked() {
                        chosen = Some(Some(setting));
                    }
                }
            });
        }
        if chosen.is_some() {
            ui.close();
        }
        chosen
    };
    let (_, picked) = picker(ui, stage, (id, &label), (&shown.0, shown.1), rect, list);
    match picked {
        Some(Picked::This(target)) => choose(target),
        Some(Picked::Step(further)) => {
            let all: Vec<Setting> = targets().flat_map(|(_, settings)| settings).collect();
            let now = all.iter().position(|setting| Some(*setting) == known).map_or(0, |place| place + 1);
            let next = now.saturating_add_signed(further).min(all.len());
            choose(next.checked_sub(1).map(|place| all[place]));
        }
        None => {}
    }
}

/// A saved name as the player reads it; one that nobody knows stands out.
fn shown(stage: &Stage, saved: &str, name: Option<&str>, colour: Color32) -> (String, Color32) {
    match name {
        Some(name) => (name.to_owned(), colour),
        None if saved.is_empty() => (NOTHING.to_owned(), stage.theme.palette.faint),
        None => (format!("{saved} (unknown)"), stage.theme.palette.notice),
    }
}
