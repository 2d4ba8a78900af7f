//! What the network says of the chosen voice, and what comes out, side by side as far as there is room.
//! Window's thread; read from the scene alone.

use super::partials;
use super::scope::Scope;
use super::shapers::Shapers;
use super::spectrum::Spectrum;
use super::voice::Voice;
use crate::editor::layout::GAP;
use crate::editor::stage::Stage;
use egui::{Rect, Ui, pos2};
use timbrel_engine::frame::FrameLayout;

/// Narrowest view, in usual text, points.
const NARROWEST: f32 = 168.0;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Harmonics,
    Shapers,
    Scope,
    Spectrum,
}

impl View {
    /// What it takes of the width, beside the others.
    fn weight(self, has_shapers: bool) -> f32 {
        match self {
            Self::Harmonics if has_shapers => 1.35,
            Self::Harmonics => 1.8,
            Self::Shapers => 1.25,
            Self::Scope => 0.95,
            Self::Spectrum => 1.35,
        }
    }
}

/// See the module.
#[derive(Default)]
pub struct Views {
    voice: Voice,
    shapers: Shapers,
    scope: Scope,
    spectrum: Spectrum,
}

impl Views {
    /// Draws them side by side over `rect`.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, stage: &Stage) {
        let scene = stage.scene;
        let seconds = ui.input(|input| input.stable_dt).min(0.1);
        self.voice.look(scene, seconds);
        let shapes = scene.snapshot().is_none_or(|snapshot| matches!(snapshot.layout, FrameLayout::Newt { .. }));
        let constants = scene.first.as_ref().filter(|_| shapes).and_then(|model| model.waveshaping());
        let room = (rect.width() / stage.theme.scaled(NARROWEST)) as usize;
        for (view, rect) in places(rect, room, constants.is_some()) {
            match (view, constants) {
                (View::Harmonics, _) => partials::draw(ui, rect, &self.voice, stage),
                (View::Shapers, Some(constants)) => self.shapers.draw(ui, rect, &self.voice, constants, stage),
                (View::Scope, _) => self.scope.draw(ui, rect, seconds, stage),
                (View::Spectrum, _) => self.spectrum.draw(ui, rect, seconds, stage),
                (View::Shapers, None) => {}
            }
        }
    }
}

/// The views that find room, `room` of them at most, from left to right.
fn places(rect: Rect, room: usize, has_shapers: bool) -> Vec<(View, Rect)> {
    let by_worth: &[View] = if has_shapers {
        &[View::Harmonics, View::Shapers, View::Spectrum, View::Scope]
    } else {
        &[View::Harmonics, View::Spectrum, View::Scope]
    };
    let chosen = &by_worth[..room.clamp(1, by_worth.len())];
    let shown = [View::Harmonics, View::Shapers, View::Scope, View::Spectrum];
    let shown: Vec<View> = shown.into_iter().filter(|view| chosen.contains(view)).collect();
    let whole: f32 = shown.iter().map(|view| view.weight(has_shapers)).sum();
    let free = rect.width() - GAP * (shown.len() - 1) as f32;
    let mut left = rect.left();
    let place = |view: View| {
        let right = left + free * view.weight(has_shapers) / whole;
        let place = Rect::from_min_max(pos2(left.round(), rect.top()), pos2(right.round(), rect.bottom()));
        left = right + GAP;
        (view, place)
    };
    shown.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    #[test]
    fn views_stand_side_by_side_as_far_as_there_is_room() {
        for (width, has_shapers, count) in [(1104.0, true, 4), (1104.0, false, 3), (400.0, true, 2), (100.0, false, 1)]
        {
            let rect = Rect::from_min_size(pos2(8.0, 58.0), vec2(width, 158.0));
            let places = places(rect, (width / NARROWEST) as usize, has_shapers);
            assert_eq!(places.len(), count);
            assert!(places.iter().all(|(_, place)| rect.expand(0.6).contains_rect(*place)));
            assert!(places.windows(2).all(|pair| pair[0].1.right() + GAP <= pair[1].1.left() + 1.0));
        }
    }
}
