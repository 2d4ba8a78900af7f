//! Where modulation takes a parameter: where the chosen voice has it now, and how far the matrix reaches.
//! Read from the scene, window's thread.
//! The end of a ring is what the snapshot says (test: `a_ring_ends_where_the_snapshot_has_the_parameter`).

use crate::editor::stage::Stage;
use timbrel_engine::event::{ModulationSource, Setting};
use timbrel_engine::perform::modulation::AMOUNTS;

/// Shares of a parameter's way that cannot be told apart on a screen.
const NEAR: f32 = 0.003;

/// See the module. All from 0 (bottom) to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ring {
    /// Where the chosen voice has it, while that is elsewhere than it is set.
    pub live: Option<f32>,
    /// How far the matrix can take it, down and up.
    pub reach: Option<(f32, f32)>,
}

/// The rows (0 to 15) that move a setting, with their sources and amounts (-1 to 1).
pub fn rows<'a>(stage: &'a Stage, setting: Setting) -> impl Iterator<Item = (usize, ModulationSource, f32)> + 'a {
    let found = stage.scene.routes.iter().enumerate();
    found.filter_map(move |(row, route)| {
        let route = route.filter(|route| route.target == setting)?;
        Some((row, route.source, 2.0 * stage.hand.position(AMOUNTS[row]) - 1.0))
    })
}

/// Whether a source goes below 0.
pub fn is_bipolar(source: ModulationSource) -> bool {
    use ModulationSource::{Bend, Key, Lfo1, Lfo2, Random, Timbre};
    matches!(source, Lfo1 | Lfo2 | Key | Timbre | Bend | Random)
}

/// The ring of a setting that is set to `position` and has not just been moved: what moves is ahead of the snapshot.
pub fn ring(stage: &Stage, setting: Setting, position: f32, rests: bool) -> Ring {
    let mut rows = rows(stage, setting).peekable();
    let is_routed = rows.peek().is_some();
    let (mut down, mut up) = (0.0, 0.0);
    for (_, source, amount) in rows {
        down += if is_bipolar(source) { -amount.abs() } else { amount.min(0.0) };
        up += if is_bipolar(source) { amount.abs() } else { amount.max(0.0) };
    }
    let reach = setting.depth().filter(|_| is_routed).map(|depth| {
        let (least, greatest) = setting.range();
        let value = stage.hand.value_at(setting, position);
        let end = |share| stage.hand.position_of(setting, depth.moved(value, share).clamp(least, greatest));
        (end(down), end(up))
    });
    let live = stage.scene.snapshot().map(|seen| stage.hand.position_of(setting, seen.setting(setting)));
    let is_elsewhere = |live: &f32| (is_routed || rests) && (live - position).abs() > NEAR;
    Ring { live: live.filter(is_elsewhere), reach }
}

/// Where a control's arc or bar begins: the middle where below and above mean opposite things, the rest where it is a
/// measure of what was recorded, else the bottom.
pub fn origin(stage: &Stage, setting: Setting) -> f32 {
    match setting {
        Setting::Width | Setting::Dynamics | Setting::RoomSize | Setting::ReferencePitch => stage.hand.rest(setting),
        _ => {
            let (least, greatest) = stage.hand.control(setting).range();
            if least == -greatest { 0.5 } else { 0.0 }
        }
    }
}
