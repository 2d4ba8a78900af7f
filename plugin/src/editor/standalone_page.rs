//! The page of devices and MIDI inputs, which only the standalone program has.
//! Runs on the window's thread.
//! Everything on it is the keeper's own picture; a choice is a wish (see `StandaloneDesk::choose`).

use super::panel::{ERROR, NOTICE};
use crate::standalone::desk::Overview;
use crate::standalone::{Choices, Inputs, StandaloneDesk, System};
use egui::{ComboBox, DragValue, Grid, RichText, Ui};

/// Width of the menus, points.
const MENU: f32 = 280.0;

/// Draws the page.
pub(super) fn draw(ui: &mut Ui, desk: &StandaloneDesk) {
    desk.look();
    let overview = desk.overview();
    let mut chosen = overview.choices.clone();
    problems(ui, desk, &overview);
    Grid::new("devices").num_columns(2).spacing([12.0, 8.0]).show(ui, |ui| {
        ui.label("Audio system");
        system_menu(ui, &mut chosen);
        ui.end_row();
        ui.label("Output");
        device_menu(ui, &overview, &mut chosen);
        ui.end_row();
        ui.label("Sample rate");
        rate_menu(ui, &overview, &mut chosen);
        ui.end_row();
        ui.label("Buffer");
        buffer_menu(ui, &overview, &mut chosen);
        ui.end_row();
        ui.label("Tempo").on_hover_text("What tempo-synchronised modulation follows");
        let (slowest, fastest) = Choices::TEMPI_BPM;
        ui.add(DragValue::new(&mut chosen.tempo_bpm).range(slowest..=fastest).speed(0.25).suffix(" BPM"));
        ui.end_row();
    });
    ui.add_space(8.0);
    ui.label(running(&overview));
    ui.separator();
    inputs(ui, &overview, &mut chosen);
    if chosen != overview.choices {
        desk.choose(chosen);
    }
}

fn problems(ui: &mut Ui, desk: &StandaloneDesk, overview: &Overview) {
    if overview.problems.is_empty() {
        return;
    }
    let colour = if overview.running.is_some() { NOTICE } else { ERROR };
    for sentence in &overview.problems {
        ui.label(RichText::new(sentence).color(colour));
    }
    if overview.running.is_none() && ui.button("Try again").clicked() {
        desk.reopen();
    }
    ui.add_space(8.0);
}

fn system_menu(ui: &mut Ui, chosen: &mut Choices) {
    let before = chosen.system;
    ComboBox::from_id_salt("audio system").selected_text(chosen.system.name()).width(MENU).show_ui(ui, |ui| {
        for system in System::ALL {
            ui.selectable_value(&mut chosen.system, system, system.name());
        }
    });
    if chosen.system != before {
        // Another system has other devices.
        chosen.device = None;
    }
}

fn device_menu(ui: &mut Ui, overview: &Overview, chosen: &mut Choices) {
    let label = match &chosen.device {
        None => "Default".to_owned(),
        Some(name) => {
            let found = overview.devices.iter().find(|device| device.name == *name);
            found.map_or_else(|| format!("{name} (not here)"), |device| device.label.clone())
        }
    };
    ComboBox::from_id_salt("output").selected_text(label).width(MENU).show_ui(ui, |ui| {
        ui.selectable_value(&mut chosen.device, None, "Default");
        for device in &overview.devices {
            ui.selectable_value(&mut chosen.device, Some(device.name.clone()), &device.label);
        }
    });
}

fn rate_menu(ui: &mut Ui, overview: &Overview, chosen: &mut Choices) {
    if overview.sample_rates.is_empty() {
        ui.label(told(overview, |running| format!("{} Hz", running.sample_rate)));
        return;
    }
    let text = |rate: Option<u32>| rate.map_or_else(|| "Device's own".to_owned(), |rate| format!("{rate} Hz"));
    ComboBox::from_id_salt("rate").selected_text(text(chosen.sample_rate)).width(MENU).show_ui(ui, |ui| {
        for rate in std::iter::once(None).chain(overview.sample_rates.iter().copied().map(Some)) {
            ui.selectable_value(&mut chosen.sample_rate, rate, text(rate));
        }
    });
}

fn buffer_menu(ui: &mut Ui, overview: &Overview, chosen: &mut Choices) {
    if overview.buffers.is_empty() {
        ui.label(told(overview, |running| format!("{} frames ({:.1} ms)", running.buffer, running.buffer_ms())));
        return;
    }
    let rate = overview.running.as_ref().map(|running| f64::from(running.sample_rate));
    let text = |frames: Option<u32>| match (frames, rate) {
        (None, _) => "Device's own".to_owned(),
        (Some(frames), None) => format!("{frames} frames"),
        (Some(frames), Some(rate)) => format!("{frames} frames ({:.1} ms)", f64::from(frames) * 1000.0 / rate),
    };
    ComboBox::from_id_salt("buffer").selected_text(text(chosen.buffer)).width(MENU).show_ui(ui, |ui| {
        for frames in std::iter::once(None).chain(overview.buffers.iter().copied().map(Some)) {
            ui.selectable_value(&mut chosen.buffer, frames, text(frames));
        }
    });
}

/// What runs says, where there is nothing to choose.
fn told(overview: &Overview, say: impl Fn(&crate::standalone::desk::Running) -> String) -> String {
    let decided =
        overview.running.as_ref().map(|running| format!("{}, decided by {}", say(running), running.system.name()));
    decided.unwrap_or_else(|| "decided by the audio system".into())
}

fn running(overview: &Overview) -> String {
    let Some(running) = &overview.running else { return "Nothing can be heard.".into() };
    let dropouts = match running.dropouts {
        0 => "no dropouts".to_owned(),
        1 => "1 dropout".to_owned(),
        count => format!("{count} dropouts"),
    };
    format!(
        "{}: {}, {} Hz, {} frames ({:.1} ms), {dropouts}",
        running.system.name(),
        running.device,
        running.sample_rate,
        running.buffer,
        running.buffer_ms()
    )
}

fn inputs(ui: &mut Ui, overview: &Overview, chosen: &mut Choices) {
    ui.label("MIDI inputs");
    let mut all = chosen.inputs == Inputs::All;
    let hint = "Every keyboard that is there, and those that are plugged in later";
    if ui.checkbox(&mut all, "All").on_hover_text(hint).clicked() {
        let heard = overview.inputs.iter().filter(|input| input.heard).map(|input| input.name.clone());
        chosen.inputs = if all { Inputs::All } else { Inputs::Only(heard.collect()) };
    }
    if overview.inputs.is_empty() {
        ui.label(RichText::new("There are none. Plug one in: it is heard at once.").weak());
    }
    for input in &overview.inputs {
        let text = if input.plugged { input.name.clone() } else { format!("{} (not plugged in)", input.name) };
        let mut heard = chosen.inputs.has(&input.name);
        let ticked = ui.add_enabled_ui(!all, |ui| ui.checkbox(&mut heard, text).clicked()).inner;
        if let (true, Inputs::Only(names)) = (ticked, &mut chosen.inputs) {
            names.retain(|name| *name != input.name);
            if heard {
                names.push(input.name.clone());
            }
        }
    }
}
