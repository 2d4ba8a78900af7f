//! The page of the sound: the spectrum, the player, the room.
//! Window's thread.

use super::card::{Group, Item};
use super::flow::Measure;
use crate::editor::stage::Stage;
use egui::{Rect, Ui, Vec2};
use timbrel_engine::event::Setting;

/// The cards.
pub const GROUPS: [Group; 8] = [
    Group {
        title: "Harmonics",
        prefix: "Harmonic ",
        items: &[
            Item::Knob(Setting::HarmonicLevel),
            Item::Knob(Setting::Brightness),
            Item::Knob(Setting::OddEven),
            Item::Knob(Setting::Stretch),
            Item::Knob(Setting::Inharmonicity),
        ],
    },
    Group {
        title: "Noise",
        prefix: "Noise ",
        items: &[Item::Knob(Setting::NoiseLevel), Item::Knob(Setting::AttackNoise), Item::Knob(Setting::Balance)],
    },
    Group {
        title: "Body",
        prefix: "",
        items: &[
            Item::Knob(Setting::Loudness),
            Item::Knob(Setting::Dynamics),
            Item::Knob(Setting::FormantShift),
            Item::Knob(Setting::TimbreShift),
        ],
    },
    Group {
        title: "Player",
        prefix: "Note ",
        items: &[
            Item::Knob(Setting::Natural),
            Item::Knob(Setting::NoteFluctuation),
            Item::Knob(Setting::NoteVibrato),
            Item::Knob(Setting::PeakPosition),
        ],
    },
    Group {
        title: "Shapers",
        prefix: "",
        items: &[Item::Knob(Setting::IndexDrive), Item::Knob(Setting::IndexShift), Item::Knob(Setting::ShaperMix)],
    },
    Group {
        title: "Morph",
        prefix: "",
        items: &[
            Item::Knob(Setting::Morph),
            Item::Knob(Setting::Latent1),
            Item::Knob(Setting::Latent2),
            Item::Knob(Setting::Latent3),
            Item::Knob(Setting::Latent4),
        ],
    },
    Group {
        title: "Room",
        prefix: "Room ",
        items: &[Item::Knob(Setting::RoomMix), Item::Knob(Setting::RoomSize), Item::Knob(Setting::RoomDecay)],
    },
    Group {
        title: "Output",
        prefix: "",
        items: &[
            Item::Knob(Setting::Pan),
            Item::Knob(Setting::KeySpread),
            Item::Knob(Setting::Width),
            Item::Knob(Setting::OutputGain),
            Item::Switch(Setting::Limiter),
        ],
    },
];

/// What the cards need.
pub fn sizes(measure: &Measure) -> Vec<Vec2> {
    GROUPS.iter().map(|group| measure.card(group.columns(), 1.0)).collect()
}

/// Draws one of them.
pub fn draw(ui: &mut Ui, stage: &Stage, measure: &Measure, card: usize, rect: Rect) {
    GROUPS[card].draw(ui, stage, measure, rect);
}
