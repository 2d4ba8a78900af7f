//! The modulation matrix in the window: for each row its source, its target and its amount.
//! Runs on the window's thread.
//! Names that this release does not know are shown as they were saved, and stay until another is chosen.

use super::panel::NOTICE;
use super::parameters::Learner;
use crate::modulation::{MatrixChoice, Modulations, SOURCES, SavedRow, source_of, target_of};
use crate::params::{Control, GROUPS, IDS, hint};
use egui::{ComboBox, Grid, RichText, Ui};
use nice_plug::context::gui::ParamSetter;
use nice_plug_egui::widgets::ParamSlider;
use timbrel_engine::event::Setting;

/// Widths of a source's and a target's list, points.
const SOURCE: f32 = 120.0;
const TARGET: f32 = 150.0;
/// Width of an amount's slider, points.
const AMOUNT: f32 = 160.0;
/// What stands where nothing is chosen.
const NOTHING: &str = "–";

/// A parameter with its place among all of them.
type Placed<'a> = (usize, (Setting, Control<'a>));

/// Draws the rows, whose amounts are the parameters that `amounts` follow.
pub(super) fn draw<'a>(
    ui: &mut Ui,
    modulations: &Modulations,
    amounts: &[Setting],
    controls: &[(Setting, Control<'a>)],
    setter: &ParamSetter,
    learner: impl Fn(usize) -> Learner<'a>,
) {
    let choice = modulations.choice();
    Grid::new("matrix").num_columns(4).spacing([8.0, 6.0]).show(ui, |ui| {
        for (row, amount) in amounts.iter().enumerate() {
            let found: Option<Placed> =
                controls.iter().copied().enumerate().find(|(_, (setting, _))| setting == amount);
            let Some((place, (setting, Control::Float(param)))) = found else { continue };
            let learner = learner(place);
            let name = ui.add(egui::Label::new(learner.name(&format!("{}", row + 1))).sense(egui::Sense::click()));
            source(ui, modulations, &choice, row);
            target(ui, modulations, &choice, row, controls);
            let slider = ui.add(ParamSlider::for_param(param, setter).with_width(AMOUNT));
            for response in [name, slider] {
                learner.offer(&response.on_hover_ui(|ui| {
                    ui.label(hint(setting));
                    ui.weak(learner.state());
                }));
            }
            ui.end_row();
        }
    });
}

/// The list of sources.
fn source(ui: &mut Ui, modulations: &Modulations, choice: &MatrixChoice, row: usize) {
    let saved = choice.row(row);
    let known = source_of(&saved.source);
    let name = SOURCES.iter().find(|(source, ..)| Some(*source) == known).map(|(.., name)| *name);
    let choose = |source: &str| modulations.choose(SavedRow { source: source.to_owned(), ..saved.clone() });
    ComboBox::from_id_salt(("source", row)).selected_text(shown(&saved.source, name)).width(SOURCE).show_ui(ui, |ui| {
        if ui.selectable_label(saved.source.is_empty(), NOTHING).clicked() {
            choose("");
        }
        for (_, source, name) in SOURCES {
            if ui.selectable_label(saved.source == source, name).clicked() {
                choose(source);
            }
        }
    });
}

/// The list of parameters that can be moved, group by group.
fn target(ui: &mut Ui, modulations: &Modulations, choice: &MatrixChoice, row: usize, controls: &[(Setting, Control)]) {
    let saved = choice.row(row);
    let known = target_of(&saved.target);
    let parameter = |wanted: Setting| {
        let found = controls.iter().zip(IDS).find(|((setting, _), _)| *setting == wanted);
        found.map(|((_, control), id)| (control.name(), id))
    };
    let name = known.and_then(parameter).map(|(name, _)| name);
    let choose = |target: &str| modulations.choose(SavedRow { target: target.to_owned(), ..saved.clone() });
    ComboBox::from_id_salt(("target", row)).selected_text(shown(&saved.target, name)).width(TARGET).show_ui(ui, |ui| {
        if ui.selectable_label(saved.target.is_empty(), NOTHING).clicked() {
            choose("");
        }
        for (group, settings) in GROUPS {
            let movable = || settings.iter().filter(|setting| setting.depth().is_some());
            if movable().next().is_some() {
                ui.weak(group);
            }
            for (name, id) in movable().filter_map(|setting| parameter(*setting)) {
                if ui.selectable_label(saved.target == id, name).clicked() {
                    choose(id);
                }
            }
        }
    });
}

/// A saved name as the player reads it; one that nobody knows stands out.
fn shown(saved: &str, name: Option<&str>) -> RichText {
    match name {
        Some(name) => RichText::new(name),
        None if saved.is_empty() => RichText::new(NOTHING),
        None => RichText::new(format!("{saved} (unknown)")).color(NOTICE),
    }
}
