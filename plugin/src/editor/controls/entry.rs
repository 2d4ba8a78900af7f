//! A value typed in a control's place.
//! Window's thread; one at a time in a window.
//! Enter takes it, Escape leaves it, and what is not understood stays to be put right
//! (tests: `a_typed_value_is_taken`, `what_is_not_understood_stays`).

use crate::editor::stage::Stage;
use egui::text::{CCursor, CCursorRange};
use egui::{Align2, Context, Frame, Id, Key, Margin, Rect, Stroke, TextEdit, Ui};
use timbrel_engine::event::Setting;

/// What is being typed.
#[derive(Clone)]
struct Entry {
    /// The control that it stands in, and its setting.
    control: Id,
    setting: Setting,
    text: String,
    /// It has not been drawn yet.
    is_new: bool,
    /// All of the text goes with the first letter.
    replaces: bool,
    is_wrong: bool,
}

fn place() -> Id {
    Id::unique("typed value")
}

fn kept(context: &Context) -> Option<Entry> {
    context.data(|data| data.get_temp::<Option<Entry>>(place())).flatten()
}

fn keep(context: &Context, entry: Option<Entry>) {
    context.data_mut(|data| data.insert_temp(place(), entry));
}

/// Begins to type in a control: with its value, to be replaced, or with what was typed already.
pub fn open(context: &Context, stage: &Stage, setting: Setting, control: Id, typed: Option<String>) {
    let replaces = typed.is_none();
    let text = typed.unwrap_or_else(|| stage.hand.text_at(setting, stage.hand.position(setting)));
    keep(context, Some(Entry { control, setting, text, is_new: true, replaces, is_wrong: false }));
}

/// Whether a value is being typed in this control.
pub fn is_open(context: &Context, control: Id) -> bool {
    kept(context).is_some_and(|entry| entry.control == control)
}

/// Draws the field over `rect` while a value is typed in this control.
pub fn draw(ui: &mut Ui, stage: &Stage, control: Id, rect: Rect) {
    let Some(mut entry) = kept(ui.ctx()).filter(|entry| entry.control == control) else { return };
    let palette = &stage.theme.palette;
    let id = control.with("typed");
    let frame = Frame::new().fill(palette.well).corner_radius(3).inner_margin(Margin::symmetric(2, 0));
    let colour = if entry.is_wrong { palette.error } else { palette.focus };
    let field = TextEdit::singleline(&mut entry.text)
        .id(id)
        .font(stage.theme.small())
        .text_color(if entry.is_wrong { palette.error } else { palette.text })
        .align(Align2::CENTER_CENTER)
        .margin(Margin::ZERO)
        .frame(frame.stroke(Stroke::new(1.0, colour)));
    let mut field = ui.put(rect, field).accessible_name(format!("{} value", stage.hand.control(entry.setting).name()));
    if std::mem::take(&mut entry.is_new) {
        field.request_focus();
        let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
        let end = CCursor::new(entry.text.chars().count());
        let start = if entry.replaces { CCursor::new(0) } else { end };
        state.cursor.set_char_range(Some(CCursorRange::two(start, end)));
        TextEdit::store_state(ui.ctx(), id, state);
        keep(ui.ctx(), Some(entry));
        return;
    }
    if field.changed() {
        entry.is_wrong = false;
    }
    if entry.is_wrong {
        field = field.on_hover_text("That is no value of this parameter.");
    }
    if !field.lost_focus() {
        keep(ui.ctx(), Some(entry));
        return;
    }
    let (enters, leaves) = ui.input(|input| (input.key_pressed(Key::Enter), input.key_pressed(Key::Escape)));
    entry.is_wrong = !leaves && !stage.hand.type_value(entry.setting, &entry.text);
    let stays = entry.is_wrong && enters;
    if stays {
        field.request_focus();
    } else if enters || leaves {
        ui.memory_mut(|memory| memory.request_focus(control));
    }
    keep(ui.ctx(), stays.then_some(entry));
}
