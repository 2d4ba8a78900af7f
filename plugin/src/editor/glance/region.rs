//! Where instruments were trained, as light in the field: brighter between their softest and their loudest notes, and with a
//! soft edge. Two instruments light it as far as each is heard.
//! Window's thread; the mesh is kept while nothing changes.
//! Promises `is_trained` exactly within the ranges of the model's file (test: `a_voice_outside_is_told_from_one_inside`).

use super::axis::Levels;
use super::bed::Bed;
use super::field::Place;
use super::names::key_name;
use super::sheets::Sheet;
use crate::editor::scene::Scene;
use crate::editor::surface::Surface;
use crate::editor::theme::Theme;
use egui::{Align2, Color32, Mesh, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};
use std::sync::Arc;
use timbrel_engine::event::Setting;
use timbrel_engine::model::Metadata;
use timbrel_engine::perform::VoiceView;

/// Corners of the mesh, across and down.
const GRID: (usize, usize) = (64, 20);
/// The light goes out over so much, points.
const EDGE: f32 = 18.0;
/// Light of the trained region, and what is added between the softest and the loudest notes, share of the hue.
const LIGHT: (f32, f32) = (0.12, 0.14);
/// What an instrument of less weight than this does not know is not marked.
const LEAST_WEIGHT: f32 = 0.1;
/// So near to the edge is inside: a vibrato is no leap, semitones; a fluctuation no shout, decibels.
const NEAR: (f32, f32) = (0.5, 1.0);

/// One instrument's, in pitch and in the first instrument's measure of loudness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trained {
    /// MIDI pitches.
    pub pitches: (f32, f32),
    /// Decibels.
    pub loudness_db: (f32, f32),
    /// Of the softest and the loudest velocity, decibels.
    pub played_db: (f32, f32),
    /// How far it is heard, 0 to 1.
    pub weight: f32,
}

impl Trained {
    fn of(metadata: &Metadata, weight: f32) -> Self {
        let (pitch, loudness) = (&metadata.pitch, &metadata.loudness);
        Self {
            pitches: (pitch.low, pitch.high),
            loudness_db: (loudness.low_db, loudness.high_db),
            played_db: (loudness.soft_db, loudness.loud_db),
            weight,
        }
    }

    /// In the measure of `first`: the same velocities are the same dynamics, and decibels beyond are decibels, as
    /// `morph::Counterpart` asks the second.
    fn measured_by(self, first: &Self) -> Self {
        let (low, high) = (self.loudness_db.0 - self.played_db.0, self.loudness_db.1 - self.played_db.1);
        let loudness_db = (first.played_db.0 + low, first.played_db.1 + high);
        Self { loudness_db, played_db: first.played_db, ..self }
    }

    /// Whether the network knows what it is asked for.
    fn knows(&self, midi_pitch: f32, wanted_db: f32) -> bool {
        // Softer than trained is no guess: the quietest sound is turned down.
        midi_pitch >= self.pitches.0 - NEAR.0
            && midi_pitch <= self.pitches.1 + NEAR.0
            && wanted_db <= self.loudness_db.1 + NEAR.1
    }
}

/// The regions of the instruments that play: one or two.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Regions {
    /// The first instrument's first.
    pub trained: Vec<Trained>,
}

impl Regions {
    /// What is heard now.
    pub fn of(scene: &Scene) -> Self {
        let Some(first) = &scene.first else { return Self::default() };
        let morph = scene.snapshot().map_or(0.0, |snapshot| snapshot.setting(Setting::Morph)).clamp(0.0, 1.0);
        let Some(second) = &scene.second else { return Self { trained: vec![Trained::of(first.metadata(), 1.0)] } };
        let first = Trained::of(first.metadata(), 1.0 - morph);
        Self { trained: vec![first, Trained::of(second.metadata(), morph).measured_by(&first)] }
    }

    /// Whether all that are heard know what the voice is asked for.
    pub fn know(&self, voice: &VoiceView) -> bool {
        let mut heard = self.trained.iter().filter(|trained| trained.weight > LEAST_WEIGHT);
        heard.all(|trained| trained.knows(voice.model_pitch, voice.wanted_db))
    }

    /// The loudness that is shown, decibels in the first's measure, bottom and top.
    pub fn shown_db(&self) -> Option<(f32, f32)> {
        let ends = self
            .trained
            .iter()
            .map(|trained| (trained.loudness_db.0.max(trained.played_db.0 - 24.0) - 5.0, trained.loudness_db.1 + 5.0));
        ends.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }
}

/// What the mesh was made of.
#[derive(Clone, PartialEq)]
struct Made {
    regions: Regions,
    rect: Rect,
    surface: Surface,
    theme: Theme,
}

/// See the module.
#[derive(Default)]
pub struct Light {
    made: Option<(Made, Arc<Mesh>)>,
}

impl Light {
    /// Draws it over the bed's picture.
    pub fn draw(&mut self, bed: &Bed, regions: &Regions, surface: &Surface, levels: &Levels, theme: &Theme) {
        let made = Made { regions: regions.clone(), rect: bed.plot, surface: *surface, theme: *theme };
        let mesh = match &self.made {
            Some((of, mesh)) if *of == made => Arc::clone(mesh),
            _ => {
                let mesh = Arc::new(light(&made, levels));
                self.made = Some((made, Arc::clone(&mesh)));
                mesh
            }
        };
        if !mesh.is_empty() {
            bed.painter.add(Shape::Mesh(mesh));
        }
        let hue = theme.palette.harmonics;
        if regions.trained.len() > 1 {
            for trained in &regions.trained {
                let stroke = Stroke::new(theme.hairline(), hue.gamma_multiply(0.25 + 0.45 * trained.weight));
                bed.painter.rect_stroke(place(trained, surface, levels), EDGE / 2.0, stroke, StrokeKind::Middle);
            }
        }
    }
}

/// Names of the instruments in the corners of their regions, as far as those lie in `room`; of one alone with its range.
pub fn names(bed: &Bed, room: Rect, scene: &Scene, field: &Place, theme: &Theme) {
    let models = [&scene.first, &scene.second];
    let regions = &field.regions;
    let is_alone = regions.trained.len() == 1;
    for ((trained, model), at_left) in regions.trained.iter().zip(models).zip([!is_alone, false]) {
        let Some(model) = model else { continue };
        let rect = place(trained, field.surface, &field.levels).intersect(room);
        let (corner, align) = match at_left {
            true => (rect.left_top() + vec2(8.0, 4.0), Align2::LEFT_TOP),
            false => (rect.right_top() + vec2(-8.0, 4.0), Align2::RIGHT_TOP),
        };
        let colour = theme.palette.harmonics.gamma_multiply(0.55 + 0.45 * trained.weight);
        let name = &model.metadata().name;
        let (low, high) = trained.pitches;
        let text = match is_alone {
            true => format!("{name} · {} to {}", key_name(low.round() as u8), key_name(high.round() as u8)),
            false => name.clone(),
        };
        let galley = bed.painter.layout_no_wrap(text, theme.small(), colour);
        if galley.size().x + 16.0 < rect.width() {
            bed.painter.galley(align.anchor_size(corner, galley.size()).min, galley, colour);
        }
    }
}

/// The rectangle of a region: from the edge of its lowest key to that of its highest.
fn place(trained: &Trained, surface: &Surface, levels: &Levels) -> Rect {
    Rect::from_min_max(
        pos2(surface.place(trained.pitches.0 - NEAR.0), levels.place(trained.loudness_db.1)),
        pos2(surface.place(trained.pitches.1 + NEAR.0), levels.place(trained.loudness_db.0)),
    )
}

fn light(made: &Made, levels: &Levels) -> Mesh {
    let Made { regions, rect, surface, theme } = made;
    let hue = theme.palette.harmonics;
    let regions: Vec<(Rect, (f32, f32), f32)> = regions
        .trained
        .iter()
        .map(|trained| {
            let played = (levels.place(trained.played_db.1), levels.place(trained.played_db.0));
            (place(trained, surface, levels), played, trained.weight)
        })
        .collect();
    if regions.is_empty() {
        return Mesh::default();
    }
    let at = |place: Pos2| {
        let strength: f32 = regions
            .iter()
            .map(|(region, played, weight)| {
                let within = smooth(0.5 - outside(place, *region) / EDGE);
                let above = smooth((place.y - played.0) / EDGE + 1.0);
                let below = smooth((played.1 - place.y) / EDGE + 1.0);
                weight * within * (LIGHT.0 + LIGHT.1 * above * below)
            })
            .sum();
        hue.gamma_multiply(strength.min(1.0))
    };
    let (columns, rows) = GRID;
    let places = (0..rows).flat_map(|row| {
        (0..columns).map(move |column| {
            let share = vec2(column as f32 / (columns - 1) as f32, row as f32 / (rows - 1) as f32);
            rect.min + rect.size() * share
        })
    });
    let mut sheet = Sheet::with_room(columns * rows);
    sheet.web(columns, places.map(|place| (place, at(place))));
    let mesh = sheet.into_mesh();
    if mesh.vertices.iter().all(|vertex| vertex.color == Color32::TRANSPARENT) { Mesh::default() } else { mesh }
}

/// How far a place lies outside a rectangle with round corners, points; inside it is negative.
fn outside(place: Pos2, rect: Rect) -> f32 {
    let round = EDGE.min(rect.width() / 2.0).min(rect.height() / 2.0);
    let off = (place - rect.center()).abs() - (rect.size() / 2.0 - vec2(round, round));
    off.max(vec2(0.0, 0.0)).length() + off.max_elem().min(0.0) - round
}

/// 0 to 1 without a corner at either end.
fn smooth(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLO: Trained =
        Trained { pitches: (36.0, 84.0), loudness_db: (-63.0, -9.0), played_db: (-43.0, -14.0), weight: 0.7 };
    const FLUTE: Trained =
        Trained { pitches: (60.0, 93.0), loudness_db: (-67.0, -2.0), played_db: (-32.0, -4.0), weight: 0.3 };

    fn voice(model_pitch: f32, wanted_db: f32) -> VoiceView {
        VoiceView { model_pitch, wanted_db, ..VoiceView::default() }
    }

    #[test]
    fn a_voice_outside_is_told_from_one_inside() {
        let one = Regions { trained: vec![CELLO] };
        for (pitch, db, known) in [(60.0, -20.0, true), (90.0, -20.0, false), (30.0, -20.0, false), (60.0, -7.0, false)]
        {
            assert_eq!(one.know(&voice(pitch, db)), known, "{pitch} at {db} dB");
        }
        // Silence is no guess, and a vibrato at the edge is none.
        assert!(one.know(&voice(60.0, -240.0)) && one.know(&voice(84.4, -20.0)));
        let two = Regions { trained: vec![CELLO, FLUTE.measured_by(&CELLO)] };
        assert!(!two.know(&voice(50.0, -20.0)) && two.know(&voice(70.0, -20.0)) && !two.know(&voice(90.0, -20.0)));
    }

    #[test]
    fn the_second_is_shown_in_the_firsts_measure() {
        let flute = FLUTE.measured_by(&CELLO);
        assert_eq!((flute.played_db, flute.loudness_db), ((-43.0, -14.0), (-78.0, -12.0)));
        let shown = Regions { trained: vec![CELLO, flute] }.shown_db();
        assert_eq!(shown, Some((-72.0, -4.0)));
    }
}
