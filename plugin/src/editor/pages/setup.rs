//! The page that one sets up once: voices, expression, keyboards, tuning.
//! Window's thread.

use super::card::{self, Group, Item};
use super::flow::Measure;
use crate::editor::stage::Stage;
use crate::editor::tuning_row::TuningRow;
use egui::{Rect, Ui, UiBuilder, Vec2};
use timbrel_engine::event::Setting;

/// The cards; the last one has the tuning files beside its knobs.
pub const GROUPS: [Group; 7] = [
    Group {
        title: "Voices",
        prefix: "Voice ",
        items: &[
            Item::Choices(Setting::VoiceMode, Setting::NotePriority),
            Item::Choice(Setting::Retrigger),
            Item::Knob(Setting::Polyphony),
        ],
    },
    Group {
        title: "Glide",
        prefix: "Glide ",
        items: &[Item::Knob(Setting::GlideTime), Item::Choices(Setting::GlideMode, Setting::GlideWhen)],
    },
    Group {
        title: "Unison",
        prefix: "",
        items: &[Item::Knob(Setting::Unison), Item::Knob(Setting::UnisonDetune), Item::Knob(Setting::UnisonSpread)],
    },
    Group {
        title: "Expression",
        prefix: "",
        items: &[
            Item::Knob(Setting::VelocityAmount),
            Item::Knob(Setting::PressureAmount),
            Item::Knob(Setting::TimbreAmount),
            Item::Knob(Setting::SoftPedal),
        ],
    },
    Group {
        title: "Vibrato",
        prefix: "Vibrato ",
        items: &[
            Item::Knob(Setting::VibratoRate),
            Item::Knob(Setting::VibratoDepth),
            Item::Knob(Setting::VibratoOnset),
            Item::Knob(Setting::VibratoJitter),
            Item::Knob(Setting::Fluctuation),
        ],
    },
    Group {
        title: "Bend and MPE",
        prefix: "",
        items: &[
            Item::Knob(Setting::BendRange),
            Item::Choice(Setting::Mpe),
            Item::Named(Setting::MpeBendRange, "MPE Range"),
        ],
    },
    Group { title: "Tuning", prefix: "", items: &[Item::Knob(Setting::Tune), Item::Knob(Setting::ReferencePitch)] },
];
/// Cells that the tuning files take.
const FILES: f32 = 5.0;
/// Place of the card of the tuning.
const TUNING: usize = GROUPS.len() - 1;

/// What the page remembers.
#[derive(Default)]
pub struct Setup {
    tuning: TuningRow,
}

/// What the cards need.
pub fn sizes(measure: &Measure) -> Vec<Vec2> {
    let width = |card: usize| GROUPS[card].columns() + if card == TUNING { FILES } else { 0.0 };
    (0..GROUPS.len()).map(|card| measure.card(width(card), 1.0)).collect()
}

impl Setup {
    /// Draws one of the cards.
    pub fn draw(&mut self, ui: &mut Ui, stage: &Stage, measure: &Measure, index: usize, rect: Rect) {
        let group = &GROUPS[index];
        let inside = card::card(ui, stage, measure, group.title, rect);
        if index != TUNING {
            group.row(ui, stage, inside);
            return;
        }
        let share = group.columns() / (group.columns() + FILES);
        let (knobs, files) = inside.split_left_right_at_fraction(share);
        group.row(ui, stage, knobs);
        let files = files.with_min_x(files.left() + measure.pad);
        ui.scope_builder(UiBuilder::new().max_rect(files).id_salt("tuning"), |ui| {
            self.tuning.draw(ui, &stage.shared.tunings);
        });
    }
}
