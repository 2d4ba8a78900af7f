//! What a control says of itself to whoever rests the pointer on it.
//! Window's thread; the sentences are `params::hint`'s.

use super::ring::{self, Ring};
use crate::editor::stage::Stage;
use crate::modulation::SOURCES;
use crate::params::hint;
use egui::{Response, RichText, Ui};
use timbrel_engine::event::{ModulationSource, Setting};

/// Name, value, sentence, controller and sources.
pub fn about(stage: &Stage, setting: Setting, response: Response) -> Response {
    response.on_hover_ui(|ui| write(ui, stage, setting))
}

/// What moves it and where it has been taken, for whoever asks the tree: "LFO 1 +25.0 %, now 3.00 dB/oct, controller 21".
pub fn moved(stage: &Stage, setting: Setting, ring: &Ring) -> String {
    let mut parts: Vec<String> = ring::rows(stage, setting).map(|(_, source, amount)| row(source, amount)).collect();
    if let Some(live) = ring.live {
        parts.push(format!("now {}", stage.hand.text_at(setting, live)));
    }
    if let Some(controller) = stage.hand.controller_of(setting) {
        parts.push(format!("controller {controller}"));
    }
    parts.join(", ")
}

fn row(source: ModulationSource, amount: f32) -> String {
    let name = SOURCES.iter().find(|(found, ..)| *found == source).map_or("", |(.., name)| *name);
    format!("{name} {:+.1} %", amount * 100.0)
}

fn write(ui: &mut Ui, stage: &Stage, setting: Setting) {
    let (palette, hand) = (&stage.theme.palette, stage.hand);
    ui.set_max_width(stage.theme.scaled(280.0));
    ui.horizontal(|ui| {
        ui.label(RichText::new(hand.control(setting).name()).font(stage.theme.strong()).color(palette.text));
        ui.label(RichText::new(hand.text_at(setting, hand.position(setting))).color(palette.harmonics));
    });
    ui.label(hint(setting));
    for (_, source, amount) in ring::rows(stage, setting) {
        ui.label(RichText::new(row(source, amount)).color(palette.modulation));
    }
    let controller = match hand.controller_of(setting) {
        _ if hand.is_armed(setting) => RichText::new("Move a controller of the keyboard now.").color(palette.notice),
        Some(controller) => RichText::new(format!("MIDI controller {controller} moves this.")).color(palette.faint),
        None => RichText::new("Right click: type, learn, modulate.").color(palette.faint),
    };
    ui.label(controller.font(stage.theme.small()));
}
