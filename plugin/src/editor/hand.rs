//! The player's hand: the one way in which the window changes anything. Parameters move by gestures that the host can
//! record, and everything is an edit that can be undone.
//! Runs on the window's thread, and waits for nothing.
//! A gesture that was begun is ended, also when the window closes in the middle of it (tests at the end).

mod choices;

use crate::history::Edit;
use crate::params::{Control, SETTINGS};
use crate::plugin::Shared;
use nice_plug::context::gui::{GuiContext, ParamSetter};
use nice_plug::params::Param;
use timbrel_engine::event::Setting;

/// See the module. Made anew for each frame.
pub struct Hand<'a> {
    pub(super) shared: &'a Shared,
    gui: &'a GuiContext,
    controls: [(Setting, Control<'a>); SETTINGS],
}

impl<'a> Hand<'a> {
    /// The hand of a window that talks to the host through `gui`.
    pub fn new(shared: &'a Shared, gui: &'a GuiContext) -> Self {
        shared.history.begin_project(shared.params.instrument.loads());
        Self { shared, gui, controls: shared.params.controls() }
    }

    /// Place of the setting's parameter in the order of hosts.
    pub fn place(&self, setting: Setting) -> usize {
        // Every setting has a parameter (test: `every_setting_follows_one_parameter`).
        self.controls.iter().position(|(found, _)| *found == setting).unwrap_or_default()
    }

    /// The setting's parameter.
    pub fn control(&self, setting: Setting) -> Control<'a> {
        self.controls[self.place(setting)].1
    }

    /// The name of the parameter at a place in the order of hosts.
    pub(super) fn name_at(&self, place: usize) -> String {
        self.controls.get(place).map_or_else(String::new, |(_, control)| control.name().to_owned())
    }

    /// Where the parameter is, 0 (bottom) to 1, without modulation; while it is held, where the hand has it.
    pub fn position(&self, setting: Setting) -> f32 {
        let place = self.place(setting);
        self.shared.history.held_at(place).unwrap_or_else(|| self.controls[place].1.position())
    }

    /// Where the parameter rests, 0 (bottom) to 1.
    pub fn rest(&self, setting: Setting) -> f32 {
        match self.control(setting) {
            Control::Float(param) => param.default_normalized_value(),
            Control::Int(param) => param.default_normalized_value(),
        }
    }

    /// What the parameter reads at a place from 0 to 1, with its unit.
    pub fn text_at(&self, setting: Setting, position: f32) -> String {
        match self.control(setting) {
            Control::Float(param) => param.normalized_value_to_string(position, true),
            Control::Int(param) => param.normalized_value_to_string(position, true),
        }
    }

    /// The value in the setting's own unit at a place from 0 to 1.
    pub fn value_at(&self, setting: Setting, position: f32) -> f32 {
        match self.control(setting) {
            Control::Float(param) => param.preview_plain(position),
            Control::Int(param) => param.preview_plain(position) as f32,
        }
    }

    /// The place from 0 to 1 of a value in the setting's own unit.
    pub fn position_of(&self, setting: Setting, value: f32) -> f32 {
        match self.control(setting) {
            Control::Float(param) => param.preview_normalized(value),
            Control::Int(param) => param.preview_normalized(value.round() as i32),
        }
    }

    /// Steps between bottom and top, where there are some that one chooses between (not those of a fine grid).
    pub fn steps(&self, setting: Setting) -> Option<usize> {
        match self.control(setting) {
            Control::Float(_) => None,
            Control::Int(param) => param.step_count(),
        }
    }

    /// Takes hold of the parameter. Taking hold of what is held does nothing.
    pub fn take(&self, setting: Setting) {
        if self.shared.history.took(self.place(setting), self.position(setting)) {
            self.begin(setting);
        }
    }

    /// Moves a parameter that is held to a place from 0 to 1.
    pub fn drag(&self, setting: Setting, position: f32) {
        let position = position.clamp(0.0, 1.0);
        let setter = self.setter();
        match self.control(setting) {
            Control::Float(param) => setter.set_parameter_normalized(param, position),
            Control::Int(param) => setter.set_parameter_normalized(param, position),
        }
        self.shared.history.moved(self.place(setting), position);
    }

    /// Lets go of the parameter. Letting go of what is not held does nothing.
    pub fn let_go(&self, setting: Setting) {
        if self.shared.history.let_go(self.place(setting)) {
            self.end(setting);
        }
    }

    /// Lets go of all parameters.
    pub fn let_go_of_all(&self) {
        for place in self.shared.history.held() {
            if let Some((setting, _)) = self.controls.get(place) {
                self.let_go(*setting);
            }
        }
    }

    /// Moves the parameter at once to a place from 0 to 1: one edit of its own.
    pub fn put(&self, setting: Setting, position: f32) {
        let before = self.position(setting);
        self.put_unrecorded(setting, position);
        self.shared.history.record(Edit::Parameter { place: self.place(setting), before, after: position });
    }

    /// Moves the parameter a little, by wheel or key, to a place from 0 to 1: quick turns are one edit.
    pub fn turn(&self, setting: Setting, position: f32) {
        let position = position.clamp(0.0, 1.0);
        let before = self.position(setting);
        self.put_unrecorded(setting, position);
        self.shared.history.turned(self.place(setting), before, position);
    }

    /// Puts the parameter to rest.
    pub fn reset(&self, setting: Setting) {
        self.put(setting, self.rest(setting));
    }

    /// Takes a value as it was typed. Says whether it was understood.
    pub fn type_value(&self, setting: Setting, text: &str) -> bool {
        let position = match self.control(setting) {
            Control::Float(param) => param.string_to_normalized_value(text),
            Control::Int(param) => param.string_to_normalized_value(text),
        };
        if let Some(position) = position {
            self.put(setting, position);
        }
        position.is_some()
    }

    /// The framework's own, for widgets that know nothing of edits.
    pub fn setter(&self) -> ParamSetter<'a> {
        self.gui.param_setter()
    }

    /// Takes back the newest edit.
    pub fn undo(&self) {
        self.let_go_of_all();
        if let Some(edit) = self.shared.history.undo() {
            self.apply(&edit);
        }
    }

    /// Does again what was taken back last.
    pub fn redo(&self) {
        self.let_go_of_all();
        if let Some(edit) = self.shared.history.redo() {
            self.apply(&edit);
        }
    }

    /// Brings about what an edit says came after it.
    fn apply(&self, edit: &Edit) {
        match edit {
            Edit::Parameter { place, after, .. } => {
                if let Some((setting, _)) = self.controls.get(*place) {
                    self.put_unrecorded(*setting, *after);
                }
            }
            Edit::Matrix { after, .. } => self.shared.params.matrix.choose(after),
            Edit::Instrument { after, .. } => self.shared.params.instrument.choose(after),
            Edit::Tuning { after, .. } => self.shared.params.scale.choose(after),
            Edit::Controllers { after, .. } => self.shared.params.learned.restore(after),
            Edit::Sound { after, .. } => self.shared.presets.restore(after),
            Edit::Several(edits) => edits.iter().for_each(|edit| self.apply(edit)),
        }
    }

    pub(super) fn put_unrecorded(&self, setting: Setting, position: f32) {
        let position = position.clamp(0.0, 1.0);
        let setter = self.setter();
        self.begin(setting);
        match self.control(setting) {
            Control::Float(param) => setter.set_parameter_normalized(param, position),
            Control::Int(param) => setter.set_parameter_normalized(param, position),
        }
        self.end(setting);
    }

    fn begin(&self, setting: Setting) {
        let setter = self.setter();
        match self.control(setting) {
            Control::Float(param) => setter.begin_set_parameter(param),
            Control::Int(param) => setter.begin_set_parameter(param),
        }
    }

    fn end(&self, setting: Setting) {
        let setter = self.setter();
        match self.control(setting) {
            Control::Float(param) => setter.end_set_parameter(param),
            Control::Int(param) => setter.end_set_parameter(param),
        }
    }
}
