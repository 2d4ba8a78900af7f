//! Envelopes as they run, with corners to drag and a dot where the chosen voice is.
//! Window's thread. The curve is the engine's own (`timbrel_engine::perform::envelope`), on an axis of time in which each part is as
//! long as its knob is far
//! (tests: `an_envelopes_corner_is_one_edit`).

use super::card::Item;
use super::curve::{self, Corner};
use crate::editor::stage::Stage;
use egui::{Color32, Context, Id, Painter, Pos2, Rect, Ui, pos2};
use timbrel_engine::event::{ModulationSource, Setting};
use timbrel_engine::perform::EnvelopeView;
use timbrel_engine::perform::envelope::{Envelope, Shape, Stage as Part};
use timbrel_engine::units::{db_of_gain, gain_of_db};

/// Shares of the width: what attack, decay and release have at most, and what the held part has.
const ATTACK: f32 = 0.27;
const DECAY: f32 = 0.27;
const HELD: f32 = 0.14;
const RELEASE: f32 = 0.32;
/// How much longer all of that may be drawn: the longest that fits.
const ZOOMS: [f32; 5] = [2.5, 2.0, 1.6, 1.25, 1.0];
/// Points of each part's curve.
const PARTS: usize = 28;
/// Least loudness that is drawn, decibels: that of the sustain.
const SILENCE: f32 = -60.0;

/// How high a level is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// A linear gain by its decibels.
    Decibels,
    /// As it is.
    Linear,
}

/// An envelope and its settings.
#[derive(Clone, Copy, Debug)]
pub struct EnvelopeOf {
    /// As a source.
    pub source: ModulationSource,
    /// What its corners are called after.
    pub name: &'static str,
    /// What its parameters' names begin with.
    pub prefix: &'static str,
    /// Attack, decay, sustain, release.
    settings: [Setting; 4],
    scale: Scale,
    /// Its controls.
    pub items: &'static [Item],
}

/// All three.
pub const ENVELOPES: [EnvelopeOf; 3] = [
    EnvelopeOf {
        source: ModulationSource::Envelope1,
        name: "Envelope",
        prefix: "",
        settings: [Setting::Attack, Setting::Decay, Setting::Sustain, Setting::Release],
        scale: Scale::Decibels,
        items: &[
            Item::Knob(Setting::Attack),
            Item::Knob(Setting::Decay),
            Item::Knob(Setting::Sustain),
            Item::Knob(Setting::Release),
            Item::Named(Setting::VelocityToAttack, "Velocity"),
        ],
    },
    EnvelopeOf {
        source: ModulationSource::Envelope2,
        name: "Envelope 2",
        prefix: "Env 2 ",
        settings: [Setting::Env2Attack, Setting::Env2Decay, Setting::Env2Sustain, Setting::Env2Release],
        scale: Scale::Linear,
        items: &[
            Item::Knob(Setting::Env2Attack),
            Item::Knob(Setting::Env2Decay),
            Item::Knob(Setting::Env2Sustain),
            Item::Knob(Setting::Env2Release),
        ],
    },
    EnvelopeOf {
        source: ModulationSource::Envelope3,
        name: "Envelope 3",
        prefix: "Env 3 ",
        settings: [Setting::Env3Attack, Setting::Env3Decay, Setting::Env3Sustain, Setting::Env3Release],
        scale: Scale::Linear,
        items: &[
            Item::Knob(Setting::Env3Attack),
            Item::Knob(Setting::Env3Decay),
            Item::Knob(Setting::Env3Sustain),
            Item::Knob(Setting::Env3Release),
        ],
    },
];

/// An envelope as it is drawn: its parts, point by point, with their levels.
struct Drawn {
    attack: Vec<(Pos2, f32)>,
    decay: Vec<(Pos2, f32)>,
    release: Vec<(Pos2, f32)>,
}

/// Draws an envelope with its corners over `rect`.
pub fn editable(ui: &mut Ui, stage: &Stage, of: &EnvelopeOf, rect: Rect) {
    let inside = curve::bed(ui.painter(), stage, rect);
    let drawn = draw(ui.painter(), stage, of, inside, 2.0);
    let [attack, decay, sustain, release] = of.settings;
    let end = |part: &[(Pos2, f32)]| part.last().map_or(inside.left_bottom(), |(at, _)| *at);
    let (width, height) = (inside.width() * zoom(ui.ctx(), stage, of), inside.height());
    let names = ["attack", "decay and sustain", "release"].map(|part| format!("{} {part} corner", of.name));
    let corners = [
        Corner { name: &names[0], at: end(&drawn.attack), across: Some((attack, width * ATTACK)), up: None },
        Corner {
            name: &names[1],
            at: end(&drawn.decay),
            across: Some((decay, width * DECAY)),
            up: Some((sustain, height)),
        },
        Corner { name: &names[2], at: end(&drawn.release), across: Some((release, width * RELEASE)), up: None },
    ];
    for (place, corner) in corners.iter().enumerate() {
        corner.draw(ui, stage, Id::unique((of.name, "corner", place)), colour(stage, of));
    }
}

/// Draws a small picture of an envelope over `rect`.
pub fn picture(painter: &Painter, stage: &Stage, of: &EnvelopeOf, rect: Rect) {
    draw(painter, stage, of, rect, 1.5);
}

/// The loudness is the sound's own, the others move something.
fn colour(stage: &Stage, of: &EnvelopeOf) -> Color32 {
    match of.scale {
        Scale::Decibels => stage.theme.palette.text,
        Scale::Linear => stage.theme.palette.modulation,
    }
}

fn draw(painter: &Painter, stage: &Stage, of: &EnvelopeOf, rect: Rect, width: f32) -> Drawn {
    let drawn = parts(stage, of, rect, zoom(painter.ctx(), stage, of));
    let points = drawn.attack.iter().chain(&drawn.decay).chain(&drawn.release).map(|(at, _)| *at).collect();
    curve::line(painter, points, rect.bottom(), colour(stage, of), width);
    if let Some(at) = now(stage, of, &drawn, rect) {
        curve::dot(painter, stage, at);
    }
    drawn
}

/// How much longer the envelope is drawn. In the hand nothing gets longer, or a corner would run away from it.
fn zoom(context: &Context, stage: &Stage, of: &EnvelopeOf) -> f32 {
    let [attack, decay, _, release] = of.settings.map(|setting| stage.hand.position(setting));
    let wide = ATTACK * attack + DECAY * decay + HELD + RELEASE * release;
    let fits = |zoom: &&f32| wide * **zoom <= 1.0;
    let longest = ZOOMS.iter().find(fits).copied().unwrap_or(1.0);
    let id = Id::unique((of.name, "zoom"));
    let is_held = context.input(|input| input.pointer.any_down());
    let last = context.data(|data| data.get_temp::<f32>(id)).filter(|_| is_held).unwrap_or(longest);
    let zoom = last.min(longest);
    context.data_mut(|data| data.insert_temp(id, zoom));
    zoom
}

fn parts(stage: &Stage, of: &EnvelopeOf, rect: Rect, zoom: f32) -> Drawn {
    let positions = of.settings.map(|setting| stage.hand.position(setting));
    let [attack, decay, sustain, release] =
        [0, 1, 2, 3].map(|place| stage.hand.value_at(of.settings[place], positions[place]));
    let sustain = if of.scale == Scale::Decibels { gain_of_db(sustain) } else { sustain };
    let shape = Shape {
        attack: f64::from(attack),
        decay: f64::from(decay),
        sustain: f64::from(sustain),
        release: f64::from(release),
    };
    let x = |share: f32| rect.left() + rect.width() * zoom * share;
    let at = |share: f32, level: f32| (pos2(x(share), height(of.scale, level, rect)), level);
    let mut envelope = Envelope::new();
    let run = |envelope: &mut Envelope, seconds: f64, from: f32, wide: f32| -> Vec<(Pos2, f32)> {
        let step = seconds / PARTS as f64;
        let point = |part: usize| {
            if part > 0 {
                envelope.advance(step, &shape);
            }
            at(from + wide * part as f32 / PARTS as f32, envelope.gain() as f32)
        };
        (0..=PARTS).map(point).collect()
    };
    let attack = run(&mut envelope, shape.attack, 0.0, ATTACK * positions[0]);
    let peak = ATTACK * positions[0];
    let decay = run(&mut envelope, shape.decay, peak, DECAY * positions[1]);
    let held = peak + DECAY * positions[1] + HELD;
    envelope.release();
    let release = run(&mut envelope, shape.release, held, RELEASE * positions[3]);
    Drawn { attack, decay, release }
}

fn height(scale: Scale, level: f32, rect: Rect) -> f32 {
    let share = match scale {
        Scale::Linear => level,
        Scale::Decibels => 1.0 - db_of_gain(level.max(1e-6)) / SILENCE,
    };
    rect.bottom() - rect.height() * share.clamp(0.0, 1.0)
}

/// Where the chosen voice is on the curve. An envelope that nobody reads stands still.
fn now(stage: &Stage, of: &EnvelopeOf, drawn: &Drawn, rect: Rect) -> Option<Pos2> {
    if of.scale == Scale::Linear && !stage.scene.reads(of.source) {
        return None;
    }
    let snapshot = stage.scene.snapshot().filter(|seen| seen.chosen.is_some())?;
    let found = ENVELOPES.iter().position(|envelope| envelope.source == of.source)?;
    let EnvelopeView { stage: part, gain } = *snapshot.envelopes.get(found)?;
    let nearest = |part: &[(Pos2, f32)]| {
        let distance = |found: &&(Pos2, f32)| (found.1 - gain).abs();
        part.iter().min_by(|one, other| distance(one).total_cmp(&distance(other))).map(|(at, _)| at.x)
    };
    let sustained = drawn.decay.last()?;
    let x = match part {
        Part::Attack => nearest(&drawn.attack)?,
        Part::Release => nearest(&drawn.release)?,
        // In the middle of what is held.
        Part::Decay if (gain - sustained.1).abs() < 0.01 => (sustained.0.x + drawn.release.first()?.0.x) / 2.0,
        Part::Decay => nearest(&drawn.decay)?,
    };
    Some(pos2(x, height(of.scale, gain, rect)))
}
