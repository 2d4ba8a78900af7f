//! The morph pad: left to right from the first instrument to the second, up and down a latent dimension or a macro.
//! Window's thread.
//! A drag in both directions is one edit (test: `dragging_on_the_pad_is_one_edit`).

use super::pieces;
use crate::editor::stage::{Drawer, Slot, Stage};
use egui::{
    Align2, ComboBox, EventFilter, Id, Key, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use timbrel_engine::event::Setting;

/// What up and down can be, first what a model has learned.
const LATENT: [Setting; 4] = [Setting::Latent1, Setting::Latent2, Setting::Latent3, Setting::Latent4];
/// And what moves whatever the matrix says.
const MACROS: [Setting; 4] = [Setting::Macro1, Setting::Macro2, Setting::Macro3, Setting::Macro4];
/// What a step of the arrow keys is, of the whole way.
const STEP: f32 = 0.02;

/// What up and down can be, with their names: the latent dimensions that one of the models has, then macros.
fn offers(stage: &Stage) -> Vec<(Setting, String)> {
    let names = |index: usize| {
        let models = [&stage.scene.first, &stage.scene.second].into_iter().flatten();
        let name = |model: &std::sync::Arc<timbrel_engine::model::Model>| {
            model.metadata().latent.get(index).map(|latent| latent.name.clone())
        };
        models.filter_map(name).next()
    };
    let latent = LATENT.iter().enumerate().filter_map(|(index, setting)| Some((*setting, names(index)?)));
    let macros = MACROS.iter().map(|setting| (*setting, stage.hand.control(*setting).name().to_owned()));
    latent.chain(macros).collect()
}

/// Draws the pad in `rect`, also where there is no second instrument: then it says how to choose one.
pub fn draw(ui: &mut Ui, rect: Rect, stage: &Stage) {
    let (theme, palette, hand) = (stage.theme, stage.theme.palette, stage.hand);
    let offers = offers(stage);
    let kept = Id::unique("morph pad y");
    let wished: Option<Setting> = ui.data(|data| data.get_temp(kept));
    let known = |setting: &Setting| offers.iter().any(|(found, _)| found == setting);
    let Some(upward) = wished.filter(known).or_else(|| offers.first().map(|(setting, _)| *setting)) else { return };
    let line = theme.scaled(20.0);
    let (head, below) = rect.split_top_bottom_at_y(rect.top() + line + 2.0);
    let (pad, foot) = below.split_top_bottom_at_y(below.bottom() - line);
    choose_upward(ui, head, stage, &offers, upward, kept);
    let response = ui.interact(pad, Id::unique("morph pad"), Sense::click_and_drag());
    let inside = pad.shrink(theme.scaled(8.0));
    drag(ui, &response, inside, upward, stage);
    keys(ui, &response, upward, stage);
    let painter = ui.painter_at(pad);
    painter.rect(pad, 6.0, palette.well, Stroke::new(theme.hairline(), palette.line), StrokeKind::Inside);
    let grid = Stroke::new(1.0, palette.line.gamma_multiply(0.6));
    for share in [0.25, 0.5, 0.75] {
        painter.vline(inside.left() + inside.width() * share, pad.y_range().shrink(1.0), grid);
        painter.hline(pad.x_range().shrink(1.0), inside.top() + inside.height() * share, grid);
    }
    let at = |x: f32, y: f32| pos2(inside.left() + inside.width() * x, inside.bottom() - inside.height() * y);
    let has_second = stage.scene.second.is_some();
    let (x, y) = (hand.position(Setting::Morph), hand.position(upward));
    let place = at(x, y);
    painter.vline(place.x, pad.y_range().shrink(1.0), Stroke::new(1.0, palette.harmonics.gamma_multiply(0.5)));
    painter.hline(pad.x_range().shrink(1.0), place.y, Stroke::new(1.0, palette.harmonics.gamma_multiply(0.5)));
    let live = stage.scene.snapshot().filter(|seen| seen.chosen.is_some());
    if let Some(seen) = live {
        let across = hand.position_of(Setting::Morph, seen.setting(Setting::Morph)).clamp(0.0, 1.0);
        let up = hand.position_of(upward, seen.setting(upward)).clamp(0.0, 1.0);
        painter.circle_stroke(at(across, up), theme.scaled(9.0), Stroke::new(2.0, palette.modulation));
    }
    painter.circle_filled(place, theme.scaled(6.0), palette.harmonics);
    let names = [&stage.scene.instrument.name, &stage.scene.instrument.second_name];
    let [first, second] = names.map(|name| name.clone().unwrap_or_default());
    let (left, right) = foot.split_left_right_at_fraction(0.5);
    let painter = ui.painter().clone();
    pieces::put(&painter, left.shrink2(vec2(2.0, 0.0)), Align2::LEFT_CENTER, &first, theme.small(), palette.faint);
    if has_second {
        pieces::put(
            &painter,
            right.shrink2(vec2(2.0, 0.0)),
            Align2::RIGHT_CENTER,
            &second,
            theme.small(),
            palette.faint,
        );
    } else {
        offer(ui, right, stage);
    }
    let text = format!("{}, {}", hand.text_at(Setting::Morph, x), hand.text_at(upward, y));
    response.widget_info(|| {
        let mut info = WidgetInfo::slider(true, f64::from(x), "Morph pad");
        info.current_text_value = Some(text.clone());
        info
    });
    response.on_hover_text(
        "Left to right: from the first instrument to the second. The arrows of the keyboard move the point.",
    );
}

fn choose_upward(ui: &mut Ui, rect: Rect, stage: &Stage, offers: &[(Setting, String)], now: Setting, kept: Id) {
    let theme = stage.theme;
    let name =
        |setting: Setting| offers.iter().find(|(found, _)| *found == setting).map_or("", |(_, name)| name.as_str());
    ui.scope_builder(UiBuilder::new().max_rect(rect).id_salt("pad head"), |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().interact_size.y = rect.height() - 2.0;
            ui.label(egui::RichText::new("↕").font(theme.small()).color(theme.palette.faint));
            let width = (rect.width() - theme.scaled(24.0)).min(theme.scaled(140.0));
            let shown = egui::RichText::new(name(now)).font(theme.small());
            let response =
                ComboBox::from_id_salt("upward").selected_text(shown).width(width).truncate().show_ui(ui, |ui| {
                    for (setting, name) in offers {
                        if ui.selectable_label(*setting == now, name).clicked() {
                            ui.data_mut(|data| data.insert_temp(kept, *setting));
                        }
                    }
                });
            response.response.widget_info(|| {
                let mut info = WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, "Morph pad upwards");
                info.current_text_value = Some(name(now).to_owned());
                info
            });
        });
    });
}

fn drag(ui: &Ui, response: &egui::Response, inside: Rect, upward: Setting, stage: &Stage) {
    let hand = stage.hand;
    let holds = Id::unique("morph pad holds");
    let held: Option<Setting> = ui.data(|data| data.get_temp(holds));
    if response.is_pointer_button_down_on()
        && let Some(at) = response.interact_pointer_pos()
    {
        let x = (at.x - inside.left()) / inside.width().max(1.0);
        let y = (inside.bottom() - at.y) / inside.height().max(1.0);
        for (setting, to) in [(Setting::Morph, x), (upward, y)] {
            hand.take(setting);
            hand.drag(setting, to);
        }
        ui.data_mut(|data| data.insert_temp(holds, upward));
    } else if let Some(held) = held {
        hand.let_go(Setting::Morph);
        hand.let_go(held);
        ui.data_mut(|data| data.remove::<Setting>(holds));
    }
    if response.double_clicked() {
        hand.reset(Setting::Morph);
        hand.reset(upward);
    }
}

fn keys(ui: &Ui, response: &egui::Response, upward: Setting, stage: &Stage) {
    if !response.has_focus() {
        return;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    for (key, setting, step) in [
        (Key::ArrowLeft, Setting::Morph, -STEP),
        (Key::ArrowRight, Setting::Morph, STEP),
        (Key::ArrowDown, upward, -STEP),
        (Key::ArrowUp, upward, STEP),
    ] {
        if ui.input(|input| input.key_pressed(key)) {
            stage.hand.turn(setting, stage.hand.position(setting) + step);
        }
    }
}

/// Where the second instrument's name would stand.
fn offer(ui: &mut Ui, rect: Rect, stage: &Stage) {
    let (theme, palette) = (stage.theme, stage.theme.palette);
    let response = ui.interact(rect, Id::unique("pad second"), Sense::click());
    let colour = if response.hovered() { palette.text } else { palette.harmonics };
    pieces::put(ui.painter(), rect, Align2::RIGHT_CENTER, "+ second", theme.small(), colour);
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, true, "Choose a second instrument"));
    if response.clicked() {
        stage.memory.drawer.set(Some(Drawer::Instruments(Slot::Second)));
    }
}
