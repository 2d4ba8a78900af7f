//! The page for the stage: what one reaches for while playing.
//! Window's thread.

use super::card::{self, Group, Item};
use super::envelope::{self, ENVELOPES};
use super::flow::Measure;
use crate::editor::browser::morph_pad;
use crate::editor::stage::Stage;
use egui::{Rect, Ui, Vec2, vec2};
use timbrel_engine::event::Setting;

const MACROS: Group = Group {
    title: "Macros",
    prefix: "",
    items: &[
        Item::Knob(Setting::Macro1),
        Item::Knob(Setting::Macro2),
        Item::Knob(Setting::Macro3),
        Item::Knob(Setting::Macro4),
    ],
};
const SOUND: Group = Group {
    title: "Sound",
    prefix: "",
    items: &[
        Item::Knob(Setting::Loudness),
        Item::Knob(Setting::Brightness),
        Item::Knob(Setting::Dynamics),
        Item::Knob(Setting::Natural),
    ],
};
const TOUCH: Group = Group {
    title: "Touch",
    prefix: "",
    items: &[Item::Knob(Setting::VelocityAmount), Item::Named(Setting::VibratoDepth, "Vibrato")],
};
const OUTPUT: Group =
    Group { title: "Output", prefix: "", items: &[Item::Knob(Setting::RoomMix), Item::Knob(Setting::OutputGain)] };
/// The knobs beside the pad.
const MORPH: [Setting; 5] = [Setting::Morph, Setting::Latent1, Setting::Latent2, Setting::Latent3, Setting::Latent4];
/// Cells that the morph pad takes.
const PAD: f32 = 3.0;

/// What the cards need.
pub fn sizes(measure: &Measure) -> Vec<Vec2> {
    vec![
        measure.stack(PAD + 2.0),
        measure.stack(MACROS.columns()),
        measure.stack(OUTPUT.columns()),
        measure.stack(ENVELOPES[0].items.len() as f32),
    ]
}

/// Draws one of them.
pub fn draw(ui: &mut Ui, stage: &Stage, measure: &Measure, card: usize, rect: Rect) {
    match card {
        0 => morph(ui, stage, measure, rect),
        1 => pair(ui, stage, measure, [MACROS, SOUND], rect),
        2 => pair(ui, stage, measure, [TOUCH, OUTPUT], rect),
        _ => loudness(ui, stage, measure, rect),
    }
}

fn pair(ui: &mut Ui, stage: &Stage, measure: &Measure, groups: [Group; 2], rect: Rect) {
    let height = (rect.height() - measure.gap) / 2.0;
    let size = vec2(rect.width(), height);
    groups[0].draw(ui, stage, measure, Rect::from_min_size(rect.min, size));
    groups[1].draw(ui, stage, measure, Rect::from_min_size(rect.max - size, size));
}

fn morph(ui: &mut Ui, stage: &Stage, measure: &Measure, rect: Rect) {
    let inside = card::card(ui, stage, measure, "Morph", rect);
    let width = inside.width() * PAD / (PAD + 2.0);
    let pad = Rect::from_min_size(inside.min, vec2(width, inside.height() - measure.pad * 0.5));
    morph_pad::draw(ui, pad, stage);
    let knobs = inside.with_min_x(pad.right() + measure.pad * 0.5);
    let (columns, rows) = (2, MORPH.len().div_ceil(2));
    let size = vec2(knobs.width() / columns as f32, knobs.height() / rows as f32);
    for (place, setting) in MORPH.into_iter().enumerate() {
        let offset = vec2((place % columns) as f32 * size.x, (place / columns) as f32 * size.y);
        let cell = Rect::from_min_size(knobs.min + offset, size);
        card::row(ui, stage, &[Item::Knob(setting)], "", cell);
    }
}

fn loudness(ui: &mut Ui, stage: &Stage, measure: &Measure, rect: Rect) {
    let inside = card::card(ui, stage, measure, "Loudness Envelope", rect);
    let (above, below) = inside.split_top_bottom_at_y(inside.bottom() - measure.cell.y);
    envelope::editable(ui, stage, &ENVELOPES[0], above.with_max_y(above.bottom() - 4.0));
    card::row(ui, stage, ENVELOPES[0].items, ENVELOPES[0].prefix, below);
}
