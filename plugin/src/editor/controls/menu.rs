//! What a right click on a control offers: a value to type, its rest, MIDI controllers, sources, and the rows that move it.
//! Window's thread. Shift and F10 open it, too.

use super::{bar, entry, ring};
use crate::editor::stage::Stage;
use crate::learn::is_learnable;
use crate::modulation::SOURCES;
use egui::{
    Align, Button, DragValue, Id, Layout, Popup, PopupCloseBehavior, PopupKind, Response, RichText, Sense,
    SetOpenCommand, Ui, vec2,
};
use timbrel_engine::event::Setting;
use timbrel_engine::perform::modulation::AMOUNTS;

/// Width of the menu, points of usual text.
const WIDTH: f32 = 190.0;

/// Opens the menu where the control was right-clicked, or where `asked` for, and shows it while it is open.
pub fn offer(response: &Response, stage: &Stage, setting: Setting, asked: bool) {
    let opens = response.secondary_clicked() || asked;
    Popup::from_response(response)
        .id(response.id.with("menu"))
        .kind(PopupKind::Menu)
        .layout(Layout::top_down_justified(Align::Min))
        .style(egui::containers::menu::menu_style)
        .gap(2.0)
        .open_memory(opens.then_some(SetOpenCommand::Bool(true)))
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| draw(ui, stage, setting, response.id));
}

fn draw(ui: &mut Ui, stage: &Stage, setting: Setting, control: Id) {
    let (hand, palette) = (stage.hand, &stage.theme.palette);
    ui.set_width(stage.theme.scaled(WIDTH));
    ui.label(RichText::new(hand.control(setting).name()).font(stage.theme.strong()).color(palette.text));
    let is_choice = hand.steps(setting).is_some_and(|_| hand.text_at(setting, 0.0).starts_with(char::is_alphabetic));
    if !is_choice && ui.button("Type a Value…").clicked() {
        entry::open(ui.ctx(), stage, setting, control, None);
        ui.close();
    }
    if ui.button(format!("Reset to {}", hand.text_at(setting, hand.rest(setting)))).clicked() {
        hand.reset(setting);
        ui.close();
    }
    ui.separator();
    controllers(ui, stage, setting);
    if setting.depth().is_some() {
        ui.separator();
        sources(ui, stage, setting, control);
    }
}

fn controllers(ui: &mut Ui, stage: &Stage, setting: Setting) {
    let hand = stage.hand;
    if hand.is_armed(setting) {
        if ui.button("Wait No Longer").clicked() {
            hand.disarm();
            ui.close();
        }
    } else if ui.button("Learn MIDI Controller").clicked() {
        hand.arm(setting);
        ui.close();
    }
    let now = hand.controller_of(setting);
    // By its number: some hosts pass on only those that the plugin listens to.
    let id = Id::unique(("controller", hand.place(setting)));
    let mut number: u8 = ui.data(|data| data.get_temp(id)).unwrap_or(now.unwrap_or(1));
    ui.horizontal(|ui| {
        ui.add(DragValue::new(&mut number).range(0..=119).prefix("CC "));
        ui.data_mut(|data| data.insert_temp(id, number));
        if ui.add_enabled(is_learnable(number), Button::new("Assign")).clicked() {
            hand.assign(number, setting);
            ui.close();
        }
        if let Some(now) = now
            && ui.button(format!("Forget CC {now}")).clicked()
        {
            hand.forget(setting);
            ui.data_mut(|data| data.remove_temp::<u8>(id));
            ui.close();
        }
    });
}

fn sources(ui: &mut Ui, stage: &Stage, setting: Setting, control: Id) {
    let palette = &stage.theme.palette;
    ui.menu_button(RichText::new("Modulate by").color(palette.modulation), |ui| {
        for (source, _, name) in SOURCES {
            if ui.button(name).clicked() {
                stage.hand.modulate(source, setting);
                ui.close();
            }
        }
    });
    let rows: Vec<_> = ring::rows(stage, setting).collect();
    for (row, source, _) in rows {
        let name = SOURCES.iter().find(|(found, ..)| *found == source).map_or("", |(.., name)| *name);
        ui.label(RichText::new(name).font(stage.theme.small()).color(palette.modulation));
        ui.horizontal(|ui| {
            let height = stage.theme.scaled(20.0);
            let close = stage.theme.scaled(24.0);
            let size = vec2(ui.available_width() - close - ui.spacing().item_spacing.x, height);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            bar::bar(ui, stage, AMOUNTS[row], control.with(("amount", row)), rect);
            if ui.button("×").on_hover_text("Take this route away").clicked() {
                stage.hand.unroute(row);
            }
        });
    }
}
