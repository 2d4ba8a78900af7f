//! The parameters in the window: a box for each group, a row for each parameter, and what a right click on one offers.
//! Runs on the window's thread.
//! Rows are those of `params::GROUPS`, tooltips those of `params::hint`, so that none is forgotten
//! (tests: `every_setting_follows_one_parameter`, `every_setting_has_a_hint_of_its_own`).

use super::panel::NOTICE;
use super::stage::Stage;
use super::{deaf, matrix};
use crate::learn::{Learned, is_learnable};
use crate::params::{Control, GROUPS, hint};
use egui::{ComboBox, DragValue, Grid, Id, Response, RichText, Ui};
use nice_plug::context::gui::ParamSetter;
use nice_plug::params::{IntParam, Param};
use nice_plug_egui::widgets::ParamSlider;
use timbrel_engine::event::Setting;

/// Width of a slider, points. The value stands beside it.
const SLIDER: f32 = 130.0;
/// Width of a parameter's name, points.
const NAME: f32 = 105.0;
/// With at most as many steps a choice is a list, not a slider.
const LISTED: usize = 3;
/// How many of the groups stand in the left column; as many rows as in the right one, about.
const LEFT: usize = 7;
/// The group whose rows have a source and a target, too.
const MATRIX: &str = "Modulation";

/// Draws all of them.
pub(super) fn draw(ui: &mut Ui, stage: &Stage) {
    let shared = stage.shared;
    let params = &*shared.params;
    let controls = params.controls();
    let deaf = deaf::setter();
    let setter = stage.hand.setter();
    let setter = if deaf::is_right_button(ui) { &deaf } else { &setter };
    let (left_groups, right_groups) = GROUPS.split_at(LEFT);
    ui.columns(2, |columns| {
        let [left, right] = columns else { return };
        for (ui, groups) in [(left, left_groups), (right, right_groups)] {
            for (title, settings) in groups.iter().filter(|(title, _)| *title != MATRIX) {
                group(ui, title, |ui| {
                    for setting in *settings {
                        let found = controls.iter().enumerate().find(|(_, (found, _))| found == setting);
                        if let Some((place, (_, control))) = found {
                            row(ui, *setting, *control, setter, Learner { learned: &params.learned, place });
                        }
                    }
                });
            }
        }
    });
    let amounts = GROUPS.iter().find(|(title, _)| *title == MATRIX).map_or(&[][..], |(_, settings)| settings);
    ui.group(|ui| {
        ui.set_width(ui.available_width());
        ui.strong(MATRIX);
        let learner = |place| Learner { learned: &params.learned, place };
        matrix::draw(ui, &shared.modulations, amounts, &controls, setter, learner);
    });
}

fn group(ui: &mut Ui, title: &str, rows: impl FnOnce(&mut Ui)) {
    ui.group(|ui| {
        ui.set_width(ui.available_width());
        ui.strong(title);
        Grid::new(title).num_columns(2).min_col_width(NAME).spacing([8.0, 6.0]).show(ui, rows);
    });
    ui.add_space(4.0);
}

fn row(ui: &mut Ui, setting: Setting, control: Control, setter: &ParamSetter, learner: Learner) {
    let name = ui.add(egui::Label::new(learner.name(control.name())).sense(egui::Sense::click()));
    let widget = match control {
        Control::Float(param) => ui.add(ParamSlider::for_param(param, setter).with_width(SLIDER)),
        Control::Int(param) if param.step_count().is_some_and(|steps| steps <= LISTED) => list(ui, param, setter),
        Control::Int(param) => ui.add(ParamSlider::for_param(param, setter).with_width(SLIDER)),
    };
    for response in [name, widget] {
        learner.offer(&response.on_hover_ui(|ui| {
            ui.label(hint(setting));
            ui.weak(learner.state());
        }));
    }
    ui.end_row();
}

/// A parameter of few choices, by name.
fn list(ui: &mut Ui, param: &IntParam, setter: &ParamSetter) -> Response {
    let steps = param.step_count().unwrap_or(0);
    let text = |step: usize| param.normalized_value_to_string(step as f32 / steps as f32, true);
    let now = (param.unmodulated_normalized_value() * steps as f32).round() as usize;
    let shown = ComboBox::from_id_salt(param.name()).selected_text(text(now)).width(SLIDER).show_ui(ui, |ui| {
        for step in 0..=steps {
            if ui.selectable_label(step == now, text(step)).clicked() && step != now {
                setter.begin_set_parameter(param);
                setter.set_parameter_normalized(param, step as f32 / steps as f32);
                setter.end_set_parameter(param);
            }
        }
    });
    shown.response
}

/// A parameter and the controllers that may move it.
#[derive(Clone, Copy)]
pub(super) struct Learner<'a> {
    learned: &'a Learned,
    place: usize,
}

impl Learner<'_> {
    fn is_armed(self) -> bool {
        self.learned.armed() == Some(self.place)
    }

    /// The parameter's name; one that waits for a controller stands out.
    pub(super) fn name(self, name: &str) -> RichText {
        match self.learned.controller_of(self.place) {
            _ if self.is_armed() => RichText::new(format!("{name} …")).color(NOTICE),
            Some(controller) => RichText::new(format!("{name} · {controller}")),
            None => RichText::new(name),
        }
    }

    /// What the tooltip says of controllers.
    pub(super) fn state(self) -> String {
        match self.learned.controller_of(self.place) {
            _ if self.is_armed() => "Move a controller of the keyboard now.".to_owned(),
            Some(controller) => format!("MIDI controller {controller} moves this."),
            None => "Right click: learn a MIDI controller.".to_owned(),
        }
    }

    /// The menu of a right click.
    pub(super) fn offer(self, response: &Response) {
        response.context_menu(|ui| {
            if self.is_armed() {
                if ui.button("Wait no longer").clicked() {
                    self.learned.arm(None);
                    ui.close();
                }
            } else if ui.button("Learn MIDI controller").clicked() {
                self.learned.arm(Some(self.place));
                ui.close();
            }
            self.choose(ui);
            if let Some(controller) = self.learned.controller_of(self.place)
                && ui.button(format!("Forget CC {controller}")).clicked()
            {
                self.learned.forget(self.place);
                ui.close();
            }
        });
    }

    /// A controller by its number: some hosts pass on only those that the plugin listens to.
    fn choose(self, ui: &mut Ui) {
        let id = Id::unique(("controller", self.place));
        let now = self.learned.controller_of(self.place).unwrap_or(1);
        let mut number: u8 = ui.data(|data| data.get_temp(id)).unwrap_or(now);
        ui.horizontal(|ui| {
            ui.add(DragValue::new(&mut number).range(0..=119).prefix("CC "));
            ui.data_mut(|data| data.insert_temp(id, number));
            if ui.add_enabled(is_learnable(number), egui::Button::new("Assign")).clicked() {
                self.learned.assign(number, self.place);
                self.learned.arm(None);
                ui.close();
            }
        });
    }
}
