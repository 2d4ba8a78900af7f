//! LFOs as they run: two cycles, with the phase and the rise to drag, and a dot where the chosen voice is.
//! Window's thread. The curve is the engine's own (`timbrel_engine::perform::modulation::Wave`).

use super::card::Item;
use super::curve::{self, Corner};
use crate::editor::stage::Stage;
use egui::{Id, Painter, Pos2, Rect, Stroke, Ui, pos2};
use timbrel_engine::event::{ModulationSource, Setting};
use timbrel_engine::perform::modulation::{Period, Wave, risen};

/// Cycles that are drawn, and points of them.
const CYCLES: f32 = 2.0;
const POINTS: usize = 160;
/// Draws random waves alike in every frame.
const SEED: u32 = 0x7ab1;

/// An LFO and its settings.
#[derive(Clone, Copy, Debug)]
pub struct LfoOf {
    /// As a source.
    pub source: ModulationSource,
    /// What its corners are called after.
    pub name: &'static str,
    /// What its parameters' names begin with.
    pub prefix: &'static str,
    rate: Setting,
    shape: Setting,
    sync: Setting,
    phase: Setting,
    rise: Setting,
    /// Its controls.
    pub items: &'static [Item],
}

/// Both.
pub const LFOS: [LfoOf; 2] = [
    LfoOf {
        source: ModulationSource::Lfo1,
        name: "LFO 1",
        prefix: "LFO 1 ",
        rate: Setting::Lfo1Rate,
        shape: Setting::Lfo1Shape,
        sync: Setting::Lfo1Sync,
        phase: Setting::Lfo1Phase,
        rise: Setting::Lfo1Rise,
        items: &[
            Item::Knob(Setting::Lfo1Rate),
            Item::Knob(Setting::Lfo1Phase),
            Item::Knob(Setting::Lfo1Rise),
            Item::Choices(Setting::Lfo1Shape, Setting::Lfo1Sync),
            Item::Choice(Setting::Lfo1Mode),
        ],
    },
    LfoOf {
        source: ModulationSource::Lfo2,
        name: "LFO 2",
        prefix: "LFO 2 ",
        rate: Setting::Lfo2Rate,
        shape: Setting::Lfo2Shape,
        sync: Setting::Lfo2Sync,
        phase: Setting::Lfo2Phase,
        rise: Setting::Lfo2Rise,
        items: &[
            Item::Knob(Setting::Lfo2Rate),
            Item::Knob(Setting::Lfo2Phase),
            Item::Knob(Setting::Lfo2Rise),
            Item::Choices(Setting::Lfo2Shape, Setting::Lfo2Sync),
            Item::Choice(Setting::Lfo2Mode),
        ],
    },
];

/// Draws an LFO with its corners over `rect`.
pub fn editable(ui: &mut Ui, stage: &Stage, of: &LfoOf, rect: Rect) {
    let inside = curve::bed(ui.painter(), stage, rect);
    let begins = draw(ui.painter(), stage, of, inside, 2.0);
    let rise = stage.hand.position(of.rise);
    let names = ["phase", "rise"].map(|part| format!("{} {part} corner", of.name));
    let corners = [
        // Going right begins later in the cycle.
        Corner { name: &names[0], at: begins, across: Some((of.phase, inside.width() / CYCLES)), up: None },
        Corner {
            name: &names[1],
            at: pos2(inside.left() + inside.width() * rise, inside.top()),
            across: Some((of.rise, inside.width())),
            up: None,
        },
    ];
    for (place, corner) in corners.iter().enumerate() {
        corner.draw(ui, stage, Id::unique((of.name, "corner", place)), stage.theme.palette.modulation);
    }
}

/// Draws a small picture of an LFO over `rect`.
pub fn picture(painter: &Painter, stage: &Stage, of: &LfoOf, rect: Rect) {
    draw(painter, stage, of, rect, 1.5);
}

/// A choice of a setting, as it is set.
fn chosen<T: Copy>(stage: &Stage, setting: Setting, all: &[T]) -> Option<T> {
    let value = stage.hand.value_at(setting, stage.hand.position(setting));
    all.get(value.round() as usize).copied()
}

/// Draws the curve, and returns where it begins.
fn draw(painter: &Painter, stage: &Stage, of: &LfoOf, rect: Rect, width: f32) -> Pos2 {
    let palette = &stage.theme.palette;
    let value = |setting| stage.hand.value_at(setting, stage.hand.position(setting));
    let wave = chosen(stage, of.shape, &Wave::ALL).unwrap_or(Wave::Sine);
    let tempo = stage.scene.snapshot().map_or(120.0, |seen| seen.tempo_bpm);
    let rate = match chosen(stage, of.sync, &Period::ALL).unwrap_or(Period::Free) {
        Period::Free => f64::from(value(of.rate)),
        Period::Beats(beats) => tempo / 60.0 / beats,
    };
    let (phase, rise) = (value(of.phase), f64::from(value(of.rise)));
    let middle = rect.center().y;
    let y = |level: f32| middle - level * rect.height() / 2.0;
    let lfo = usize::from(of.source == ModulationSource::Lfo2);
    let live = stage.scene.snapshot().filter(|seen| seen.chosen.is_some()).map(|seen| seen.lfos[lfo]);
    // A window of two cycles goes along with the voice.
    let since = live.map_or(0.0, |live| (live.cycles - f64::from(phase)).max(0.0));
    let window = (since / f64::from(CYCLES)).floor() * f64::from(CYCLES);
    let seed = live.map_or(SEED, |live| live.seed);
    let share = |cycles: f64| if window > 0.0 { 1.0 } else { risen(cycles / rate.max(1e-3), rise) };
    let at = |cycles: f32| {
        let cycles_ever = window + f64::from(cycles);
        let level = wave.at(cycles_ever + f64::from(phase), seed) * share(cycles_ever);
        pos2(rect.left() + rect.width() * cycles / CYCLES, y(level))
    };
    painter.hline(rect.x_range(), middle, Stroke::new(1.0, palette.line.gamma_multiply(0.6)));
    let points = (0..=POINTS).map(|point| at(CYCLES * point as f32 / POINTS as f32)).collect();
    curve::line(painter, points, middle, palette.modulation, width);
    // One that nobody reads stands still.
    if let Some(live) = live.filter(|_| stage.scene.reads(of.source)) {
        let along = ((since - window) / f64::from(CYCLES)) as f32;
        curve::dot(painter, stage, pos2(rect.left() + rect.width() * along, y(live.value())));
    }
    at(0.0)
}
