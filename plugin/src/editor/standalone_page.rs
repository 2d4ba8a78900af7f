//! Devices and MIDI inputs, which only the standalone program has: a part of the settings.
//! Runs on the window's thread.
//! Everything on it is the keeper's own picture, and a choice is a wish (test: `what_is_chosen_on_the_page_is_wished`).

use crate::standalone::desk::{Overview, Running};
use crate::standalone::{Choices, Inputs, StandaloneDesk, System};
use egui::accesskit::Role;
use egui::{Align, Checkbox, ComboBox, DragValue, Label, Layout, RichText, Ui, WidgetInfo};

/// Draws the page into whatever width there is.
pub(super) fn draw(ui: &mut Ui, desk: &StandaloneDesk) {
    // Columns stretch what is in them, words in a line too.
    ui.with_layout(Layout::top_down(Align::LEFT), |ui| rows(ui, desk));
}

fn rows(ui: &mut Ui, desk: &StandaloneDesk) {
    desk.look();
    let overview = desk.overview();
    let mut chosen = overview.choices.clone();
    problems(ui, desk, &overview);
    system_menu(ui, &mut chosen);
    device_menu(ui, &overview, &mut chosen);
    rate_menu(ui, &overview, &mut chosen);
    buffer_menu(ui, &overview, &mut chosen);
    caption(ui, "Tempo");
    let (slowest, fastest) = Choices::TEMPI_BPM;
    let tempo = DragValue::new(&mut chosen.tempo_bpm).range(slowest..=fastest).speed(0.25).suffix(" BPM");
    let tempo = ui.add(tempo).on_hover_text("What tempo-synchronised modulation follows");
    let value = chosen.tempo_bpm;
    tempo.widget_info(|| WidgetInfo { label: Some("Tempo".into()), ..WidgetInfo::slider(true, value, "Tempo") });
    ui.add_space(4.0);
    ui.add(Label::new(RichText::new(running(&overview)).weak()).wrap());
    ui.add_space(6.0);
    inputs(ui, &overview, &mut chosen);
    if chosen != overview.choices {
        desk.choose(chosen);
    }
}

fn caption(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).small().weak());
}

fn problems(ui: &mut Ui, desk: &StandaloneDesk, overview: &Overview) {
    let visuals = ui.visuals();
    let colour = if overview.running.is_some() { visuals.warn_fg_color } else { visuals.error_fg_color };
    for sentence in &overview.problems {
        ui.add(Label::new(RichText::new(sentence).color(colour)).wrap());
    }
    if !overview.problems.is_empty() && overview.running.is_none() && ui.button("Try again").clicked() {
        desk.reopen();
    }
}

/// A menu with its name over it.
fn menu(ui: &mut Ui, name: &str, now: &str, options: impl FnOnce(&mut Ui)) {
    caption(ui, name);
    let menu = ComboBox::from_id_salt(name).selected_text(now).width(ui.available_width()).truncate();
    let response = menu.show_ui(ui, options).response;
    response.widget_info(|| {
        let value = Some(now.to_owned());
        WidgetInfo { current_text_value: value, ..WidgetInfo::labeled(Role::ComboBox, true, name) }
    });
}

fn system_menu(ui: &mut Ui, chosen: &mut Choices) {
    let before = chosen.system;
    menu(ui, "Audio system", before.name(), |ui| {
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
    if overview.devices.is_empty() && chosen.device.is_none() {
        // A JACK server, or no sound card.
        return;
    }
    let label = match &chosen.device {
        None => "Default".to_owned(),
        Some(name) => {
            let found = overview.devices.iter().find(|device| device.name == *name);
            let here = found.map(|device| device.label.clone());
            // Before the first list nobody knows.
            let absent = if overview.devices.is_empty() { name.clone() } else { format!("{name} (not here)") };
            here.unwrap_or(absent)
        }
    };
    menu(ui, "Output", &label, |ui| {
        ui.selectable_value(&mut chosen.device, None, "Default");
        for device in &overview.devices {
            ui.selectable_value(&mut chosen.device, Some(device.name.clone()), &device.label);
        }
    });
}

fn rate_menu(ui: &mut Ui, overview: &Overview, chosen: &mut Choices) {
    if overview.sample_rates.is_empty() {
        caption(ui, "Sample rate");
        ui.label(told(overview, |running| format!("{} Hz", running.sample_rate)));
        return;
    }
    let text = |rate: Option<u32>| rate.map_or_else(|| "Device's own".to_owned(), |rate| format!("{rate} Hz"));
    menu(ui, "Sample rate", &text(chosen.sample_rate), |ui| {
        for rate in std::iter::once(None).chain(overview.sample_rates.iter().copied().map(Some)) {
            ui.selectable_value(&mut chosen.sample_rate, rate, text(rate));
        }
    });
}

fn buffer_menu(ui: &mut Ui, overview: &Overview, chosen: &mut Choices) {
    if overview.buffers.is_empty() {
        caption(ui, "Buffer");
        ui.label(told(overview, |running| format!("{} frames ({:.1} ms)", running.buffer, running.buffer_ms())));
        return;
    }
    let rate = overview.running.as_ref().map(|running| f64::from(running.sample_rate));
    let text = |frames: Option<u32>| match (frames, rate) {
        (None, _) => "Device's own".to_owned(),
        (Some(frames), None) => format!("{frames} frames"),
        (Some(frames), Some(rate)) => format!("{frames} frames ({:.1} ms)", f64::from(frames) * 1000.0 / rate),
    };
    menu(ui, "Buffer", &text(chosen.buffer), |ui| {
        for frames in std::iter::once(None).chain(overview.buffers.iter().copied().map(Some)) {
            ui.selectable_value(&mut chosen.buffer, frames, text(frames));
        }
    });
}

/// What runs says, where there is nothing to choose.
fn told(overview: &Overview, say: impl Fn(&Running) -> String) -> String {
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
    let (system, device, rate) = (running.system.name(), &running.device, running.sample_rate);
    format!("{system}: {device}, {rate} Hz, {} frames ({:.1} ms), {dropouts}", running.buffer, running.buffer_ms())
}

fn inputs(ui: &mut Ui, overview: &Overview, chosen: &mut Choices) {
    caption(ui, "MIDI inputs");
    let mut all = chosen.inputs == Inputs::All;
    let hint = "Every keyboard that is there, and those that are plugged in later";
    if ui.checkbox(&mut all, "All MIDI inputs").on_hover_text(hint).clicked() {
        let heard = overview.inputs.iter().filter(|input| input.heard).map(|input| input.name.clone());
        chosen.inputs = if all { Inputs::All } else { Inputs::Only(heard.collect()) };
    }
    if overview.inputs.is_empty() {
        ui.add(Label::new(RichText::new("There are none. Plug one in: it is heard at once.").weak()).wrap());
    }
    for input in &overview.inputs {
        let text = if input.plugged { input.name.clone() } else { format!("{} (not plugged in)", input.name) };
        let mut heard = if all { input.heard } else { chosen.inputs.has(&input.name) };
        let ticked = ui.add_enabled(!all, Checkbox::new(&mut heard, text)).clicked();
        if let (true, Inputs::Only(names)) = (ticked, &mut chosen.inputs) {
            names.retain(|name| *name != input.name);
            if heard {
                names.push(input.name.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::bundle::Bundle;
    use crate::editor::rehearsal::Rehearsal;
    use crate::plugin::Shared;
    use crate::standalone::desk::{Device, Input, Overview};
    use crate::standalone::{Choices, Inputs, StandaloneDesk};
    use std::sync::Arc;
    use std::time::Duration;

    fn overview() -> Overview {
        Overview {
            choices: Choices { inputs: Inputs::Only(vec!["Seaboard".into()]), ..Choices::default() },
            devices: vec![Device { name: "hw:CARD=USB".into(), label: "Scarlett 2i2".into() }],
            sample_rates: vec![44_100, 48_000],
            buffers: vec![64, 256],
            inputs: vec![
                Input { name: "KeyStep".into(), plugged: true, heard: false },
                Input { name: "Seaboard".into(), plugged: false, heard: false },
            ],
            running: None,
            problems: vec!["Scarlett 2i2 is in use by another program.".into()],
        }
    }

    #[test]
    fn what_is_chosen_on_the_page_is_wished() {
        let desk = Arc::new(StandaloneDesk::default());
        desk.show(overview());
        let shared = Shared { standalone: Some(desk.clone()), ..Shared::new(&Bundle::default()) };
        let mut window = Rehearsal::new(&shared, (1120, 1400), 1.0);
        window.frame(Vec::new());
        assert!(window.click("Settings"));
        for name in ["Audio system", "Output", "Sample rate", "Buffer", "Tempo", "All MIDI inputs", "Try again"] {
            assert!(window.place(name).is_some(), "{name}: {:#?}", window.places());
        }
        assert!(window.click("Try again"));
        assert!(desk.wait(Duration::ZERO).reopen);
        assert!(window.click("KeyStep"));
        let inputs = Inputs::Only(vec!["Seaboard".into(), "KeyStep".into()]);
        assert_eq!(desk.wait(Duration::ZERO).choices.unwrap().inputs, inputs);
        assert!(window.click("Buffer") && window.click("64 frames"));
        let wished = desk.wait(Duration::ZERO).choices.unwrap();
        assert_eq!((wished.buffer, wished.inputs), (Some(64), inputs));
        assert!(window.click("Output") && window.click("Scarlett 2i2"));
        assert_eq!(desk.wait(Duration::ZERO).choices.unwrap().device.as_deref(), Some("hw:CARD=USB"));
        shared.instrument.close();
    }
}
