//! The waveshapers: each function as a small curve, and lit on it the stretch that the chosen voice drives it over.
//! Window's thread; the curves are worked out once for each model.
//! A curve is the model's own table (test: `curves_and_partials_are_those_of_the_tables`).

use super::bed::{Bed, Caption};
use super::names;
use super::sheets::{Sheet, between};
use super::voice::{Shaper, Voice};
use crate::editor::stage::Stage;
use crate::editor::theme::Theme;
use egui::{
    Align2, Color32, EventFilter, Key, Mesh, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, pos2, vec2,
};
use std::sync::Arc;
use timbrel_engine::units::db_of_gain;
use timbrel_engine::waveshaping::{ShaperTables, Waveshaping};

/// Points of a small curve.
const POINTS: usize = 49;
/// Points of the large one.
const MANY_POINTS: usize = 400;
/// Most curves that are drawn side by side.
const MOST: usize = 64;
/// A cell of the grid is so many times as wide as it is high, where that can be had.
const ASPECT: f32 = 1.25;
/// A shaper so far beneath the loudest is drawn as one that is silent, decibels.
const QUIET_DB: f32 = 36.0;

/// One shaping function, to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Index at its left end.
    pub low: f32,
    /// Index at its right end.
    pub high: f32,
    /// The function at evenly spaced indices from `low` to `high`, linear.
    pub values: Vec<f32>,
    /// Its largest value, never 0.
    peak: f32,
}

impl Curve {
    /// The function of `shaper` at so many points over the range of its table.
    pub fn of(tables: &ShaperTables, shaper: usize, points: usize) -> Self {
        let span = tables.spans()[shaper];
        let index = |n: usize| {
            let share = n as f64 / (points - 1) as f64;
            f64::from(span.low) * (1.0 - share) + f64::from(span.high) * share
        };
        let values: Vec<f32> = (0..points).map(|n| tables.evaluate(shaper, index(n)) as f32).collect();
        let peak = values.iter().fold(1e-9_f32, |peak, value| peak.max(value.abs()));
        Self { low: span.low, high: span.high, values, peak }
    }

    /// Place of an index from the left end, 0 to 1.
    fn share(&self, index: f32) -> f32 {
        ((index - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Where a share of the way is within a cell.
    fn place(&self, share: f32, cell: Rect) -> Pos2 {
        let at = share * (self.values.len() - 1) as f32;
        let point = (at as usize).min(self.values.len() - 2);
        let value = egui::lerp(self.values[point]..=self.values[point + 1], at - point as f32);
        pos2(cell.left() + share * cell.width(), cell.center().y - value / self.peak * cell.height() / 2.0)
    }

    /// Half of the way between the least and the greatest value over a stretch of indices.
    fn swing(&self, shaper: &Shaper) -> f32 {
        let count = (self.values.len() - 1) as f32;
        let (first, last) =
            ((self.share(shaper.low) * count) as usize, (self.share(shaper.high) * count).ceil() as usize);
        let values = &self.values[first.min(last)..=last.max(first)];
        let (low, high) = values
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
        (high - low) / 2.0
    }

    /// The stretch between two indices as a path within a cell.
    fn stretch(&self, low: f32, high: f32, cell: Rect, path: &mut Vec<Pos2>) {
        path.clear();
        let (from, to) = (self.share(low), self.share(high));
        path.push(self.place(from, cell));
        let steps = (self.values.len() - 1) as f32;
        let between = (0..self.values.len()).map(|n| n as f32 / steps).filter(|share| *share > from && *share < to);
        path.extend(between.map(|share| self.place(share, cell)));
        path.push(self.place(to, cell));
    }
}

/// The curves of one model.
struct Curves {
    constants: Arc<Waveshaping>,
    curves: Vec<Curve>,
    /// The one that is enlarged, finely.
    large: Option<(usize, Curve)>,
    /// All curves, dim, over this rectangle in this theme.
    dim: Option<(Rect, Theme, Arc<Mesh>)>,
}

/// See the module.
#[derive(Default)]
pub struct Shapers {
    curves: Option<Curves>,
    enlarged: Option<usize>,
    path: Vec<Pos2>,
    loudness: Vec<f32>,
}

/// Cells of equal size in rows, as many as there are shapers.
#[derive(Clone, Copy)]
struct Cells {
    plot: Rect,
    columns: usize,
    rows: usize,
}

impl Cells {
    fn new(plot: Rect, count: usize) -> Self {
        let columns = ((count as f32 * plot.width() / plot.height().max(1.0) / ASPECT).sqrt().round() as usize).max(1);
        let rows = count.div_ceil(columns);
        // Fewer columns if the last row would be nearly empty.
        Self { plot, columns: count.div_ceil(rows), rows }
    }

    fn cell(&self, index: usize) -> Rect {
        let size = vec2(self.plot.width() / self.columns as f32, self.plot.height() / self.rows as f32);
        let (column, row) = (index % self.columns, index / self.columns);
        Rect::from_min_size(self.plot.min + vec2(column as f32 * size.x, row as f32 * size.y), size)
    }

    /// The part of a cell that its curve takes.
    fn inner(&self, index: usize) -> Rect {
        let cell = self.cell(index);
        cell.shrink2(vec2((cell.width() * 0.1).min(5.0), (cell.height() * 0.14).min(6.0)))
    }

    fn at(&self, place: Pos2, count: usize) -> Option<usize> {
        (0..count).find(|index| self.cell(*index).contains(place))
    }
}

impl Shapers {
    /// Draws them over `rect`.
    pub fn draw(&mut self, ui: &Ui, rect: Rect, voice: &Voice, constants: &Arc<Waveshaping>, stage: &Stage) {
        let theme = stage.theme;
        if !self.curves.as_ref().is_some_and(|curves| Arc::ptr_eq(&curves.constants, constants)) {
            *self = Self::default();
        }
        let curves = self.curves.get_or_insert_with(|| {
            let count = constants.shapers().min(MOST);
            let curves = (0..count).map(|shaper| Curve::of(&constants.tables, shaper, POINTS)).collect();
            Curves { constants: Arc::clone(constants), curves, large: None, dim: None }
        });
        let count = curves.curves.len();
        self.loudness.clear();
        let shapers = voice.shapers.iter().zip(&curves.curves);
        self.loudness.extend(shapers.map(|(shaper, curve)| shaper.gain.abs() * curve.swing(shaper)));
        self.loudness.resize(count, 0.0);
        let loudest = (0..count).max_by(|one, other| self.loudness[*one].total_cmp(&self.loudness[*other]));
        let loudest = loudest.filter(|shaper| self.loudness[*shaper] > 1e-5);
        let detail = match (self.enlarged, loudest) {
            (Some(shaper), _) => describe(shaper, voice, &self.loudness),
            (None, Some(loudest)) => format!("{} · loudest {}", constants.shapers(), loudest + 1),
            (None, None) => format!("{} curves", constants.shapers()),
        };
        let titles = [("Shapers", theme.palette.shapers)];
        let bed = Bed::draw(ui, rect, 9.0, Caption { titles: &titles, detail: &detail }, theme);
        let response = bed.tell(ui, "Waveshapers", Sense::click(), || detail.clone());
        if let Some(shaper) = self.enlarged.filter(|shaper| *shaper < count) {
            let caption = "the index that drives it; click for all";
            bed.painter.text(
                pos2(bed.plot.center().x, bed.plot.bottom() + 1.0),
                Align2::CENTER_TOP,
                caption,
                theme.small(),
                theme.palette.faint,
            );
            let large = match &mut curves.large {
                Some((which, large)) if *which == shaper => large,
                large => &mut large.insert((shaper, Curve::of(&constants.tables, shaper, MANY_POINTS))).1,
            };
            draw_large(&bed, large, voice.shapers.get(shaper), &mut self.path, theme);
            if response.clicked() {
                self.enlarged = None;
            } else if response.has_focus() {
                self.step(ui, &response, shaper, count);
            }
            return;
        }
        let plot = Rect::from_min_max(bed.plot.min, pos2(bed.plot.right(), bed.rect.bottom() - theme.scaled(6.0)));
        let cells = Cells::new(plot, count);
        curves.draw_dim(&bed, &cells, theme);
        let most = loudest.map_or(0.0, |loudest| self.loudness[loudest]);
        let mut lit = Sheet::with_room(count * POINTS * 4);
        let feather = 1.0 / bed.painter.pixels_per_point();
        for (index, (curve, shaper)) in curves.curves.iter().zip(&voice.shapers).enumerate() {
            let strength = strength(self.loudness[index], most);
            if strength > 0.0 {
                curve.stretch(shaper.low, shaper.high, cells.inner(index), &mut self.path);
                let colour = between(theme.palette.shapers.gamma_multiply(0.35), theme.palette.shapers, strength);
                lit.line(&self.path, (1.0 + 0.9 * strength) * theme.hairline(), feather, colour);
            }
        }
        lit.paint(&bed.painter);
        let hovered = response.hover_pos().and_then(|pointer| cells.at(pointer, count));
        if let Some(shaper) = hovered {
            let cell = cells.cell(shaper);
            let stroke = Stroke::new(theme.hairline(), theme.palette.faint);
            bed.painter.rect_stroke(cell.shrink(1.0), 3.0, stroke, StrokeKind::Inside);
            super::tag::draw(
                &bed.painter,
                bed.rect,
                cell.center_top(),
                &describe(shaper, voice, &self.loudness),
                theme,
            );
        }
        if response.clicked() {
            // By the keyboard it is the loudest one.
            self.enlarged = hovered.or(loudest).or(Some(0));
        }
    }
}

impl Shapers {
    /// Arrows go from the enlarged shaper to its neighbours.
    fn step(&mut self, ui: &Ui, response: &Response, shaper: usize, count: usize) {
        let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let (on, back) = ui.input(|input| (input.key_pressed(Key::ArrowRight), input.key_pressed(Key::ArrowLeft)));
        if on {
            self.enlarged = Some((shaper + 1).min(count - 1));
        } else if back {
            self.enlarged = Some(shaper.saturating_sub(1));
        }
    }
}

impl Curves {
    /// All curves, dim; the mesh is kept while it fits.
    fn draw_dim(&mut self, bed: &Bed, cells: &Cells, theme: &Theme) {
        let fits = |(plot, of, _): &&(Rect, Theme, Arc<Mesh>)| *plot == cells.plot && of == theme;
        let mesh = match self.dim.as_ref().filter(fits) {
            Some((_, _, mesh)) => Arc::clone(mesh),
            None => {
                let (mut sheet, mut path) = (Sheet::with_room(self.curves.len() * POINTS * 4), Vec::new());
                let colour = between(theme.palette.well, theme.palette.shapers, 0.38);
                let feather = 1.0 / bed.painter.pixels_per_point();
                let ground = between(theme.palette.well, theme.palette.panel, 0.75);
                for (index, curve) in self.curves.iter().enumerate() {
                    sheet.bar(cells.cell(index).shrink(1.5), ground, ground);
                    curve.stretch(curve.low, curve.high, cells.inner(index), &mut path);
                    sheet.line(&path, theme.hairline(), feather, colour);
                }
                let mesh = Arc::new(sheet.into_mesh());
                self.dim = Some((cells.plot, *theme, Arc::clone(&mesh)));
                mesh
            }
        };
        bed.painter.add(Shape::Mesh(mesh));
    }
}

/// How much a shaper is set off, 0 (not at all) to 1 (the loudest).
fn strength(loudness: f32, most: f32) -> f32 {
    if most <= 0.0 || loudness <= 0.0 {
        return 0.0;
    }
    (1.0 + db_of_gain(loudness / most) / QUIET_DB).clamp(0.0, 1.0)
}

/// What one shaper does, in words.
fn describe(shaper: usize, voice: &Voice, loudness: &[f32]) -> String {
    match (voice.shapers.get(shaper), loudness.get(shaper)) {
        (Some(now), Some(loudness)) if *loudness > 1e-5 => {
            let db = names::level(db_of_gain(*loudness));
            format!("{} · index {} to {} · {db} dB", shaper + 1, index(now.low), index(now.high))
        }
        _ => format!("{}", shaper + 1),
    }
}

fn index(value: f32) -> String {
    format!("{}{:.1}", if value < 0.0 { "−" } else { "" }, value.abs())
}

/// One curve over all of the bed, with the stretch that is driven.
fn draw_large(bed: &Bed, curve: &Curve, now: Option<&Shaper>, path: &mut Vec<Pos2>, theme: &Theme) {
    let (plot, palette) = (bed.plot, &theme.palette);
    let painter = &bed.painter;
    let line = Stroke::new(1.0, palette.line.gamma_multiply(0.6));
    painter.hline(plot.x_range(), bed.crisp(plot.center().y), line);
    if curve.low < 0.0 && curve.high > 0.0 {
        painter.vline(bed.crisp(plot.left() + curve.share(0.0) * plot.width()), plot.y_range(), line);
    }
    let cell = plot.shrink2(vec2(0.0, 3.0));
    let mut sheet = Sheet::default();
    let feather = 1.0 / painter.pixels_per_point();
    curve.stretch(curve.low, curve.high, cell, path);
    sheet.line(path, 1.2 * theme.hairline(), feather, between(palette.well, palette.shapers, 0.5));
    if let Some(now) = now.filter(|now| now.gain != 0.0) {
        curve.stretch(now.low, now.high, cell, path);
        let glow = palette.shapers.gamma_multiply(0.22);
        sheet.area(path.iter().copied(), plot.center().y, glow, Color32::TRANSPARENT);
        sheet.line(path, 2.2 * theme.hairline(), feather, palette.shapers);
    }
    sheet.paint(painter);
    for (end, align) in [(curve.low, Align2::LEFT_TOP), (curve.high, Align2::RIGHT_TOP)] {
        let x = if end == curve.low { plot.left() } else { plot.right() };
        painter.text(pos2(x, plot.bottom() + 1.0), align, index(end), theme.small(), palette.faint);
    }
}

#[cfg(test)]
mod tests {
    use super::super::overtones::Overtones;
    use super::*;
    use timbrel_engine::waveshaping::Exciter;

    /// Two shapers over a sine each: one that leaves it as it is, and a cubic that makes a third partial.
    fn constants() -> Arc<Waveshaping> {
        let shaped = |row: &[f32]| vec![row[0], 4.0 * row[1].powi(3) - 3.0 * row[1]];
        let evaluate = |indices: &[f32]| Ok::<_, ()>(indices.chunks_exact(2).flat_map(shaped).collect());
        let tables = ShaperTables::bake(&[(-3.0, 3.0), (-1.5, 1.5)], evaluate).unwrap();
        let (weights, phases) = (vec![1.0, 0.0, 1.0, 0.0], vec![0.0, 0.0]);
        let exciter = Exciter { shapers: 2, harmonics: 2, weights, bias: vec![0.0; 2], phases, top_hz: 8_000.0 };
        Arc::new(Waveshaping::new(exciter, tables, None, vec![1.0, 1.0], 0.0))
    }

    #[test]
    fn curves_and_partials_are_those_of_the_tables() {
        let constants = constants();
        let curve = Curve::of(&constants.tables, 1, POINTS);
        for (n, value) in curve.values.iter().enumerate() {
            let index = -1.5 + 3.0 * n as f32 / (POINTS - 1) as f32;
            assert!((value - (4.0 * index.powi(3) - 3.0 * index)).abs() < 1e-3, "{index}: {value}");
        }
        // sin(3x) = 3 sin(x) - 4 sin(x)^3: the cubic turns a full sine into its third partial alone.
        let (mut overtones, mut amplitudes, mut extents) = (Overtones::new(&constants), Vec::new(), Vec::new());
        let film = [1.0, 1.0, 0.0, 0.0, 0.25, 0.1, 0.0, 0.0, 0.5];
        overtones.measure(100.0, &film, &mut amplitudes);
        overtones.extents(&mut extents);
        println!("{:.5?}, {extents:.3?}", &amplitudes[..4]);
        for (found, expected) in amplitudes.iter().zip([0.125, 0.0, 0.05, 0.0]) {
            assert!((found - expected).abs() < 1e-4, "{found} of {expected}");
        }
        assert!(extents.iter().all(|(low, high)| (low + 1.0).abs() < 1e-3 && (high - 1.0).abs() < 1e-3));
    }

    #[test]
    fn the_driven_stretch_lies_on_the_curve() {
        let curve = Curve::of(&constants().tables, 0, POINTS);
        let cell = Rect::from_min_size(pos2(0.0, 0.0), vec2(60.0, 60.0));
        let mut path = Vec::new();
        curve.stretch(-1.0, 2.0, cell, &mut path);
        let (first, last) = (path[0], path[path.len() - 1]);
        assert!((first - pos2(20.0, 40.0)).length() < 0.1 && (last - pos2(50.0, 10.0)).length() < 0.1);
        let shaper = Shaper { low: -1.0, high: 2.0, gain: 1.0 };
        assert!((curve.swing(&shaper) - 1.5).abs() < 0.1);
    }

    #[test]
    fn the_loudest_shaper_stands_out_and_the_faint_ones_do_not() {
        assert_eq!([strength(0.5, 0.5), strength(0.0, 0.5), strength(0.1, 0.0)], [1.0, 0.0, 0.0]);
        assert!((strength(0.05, 0.5) - (1.0 - 20.0 / QUIET_DB)).abs() < 1e-4 && strength(0.5e-3, 0.5) == 0.0);
    }

    #[test]
    fn every_shaper_has_a_cell_of_its_own() {
        for (width, height) in [(350.0, 110.0), (180.0, 90.0), (600.0, 200.0)] {
            for count in [1, 7, 16, 64] {
                let plot = Rect::from_min_size(pos2(10.0, 20.0), vec2(width, height));
                let cells = Cells::new(plot, count);
                for index in 0..count {
                    let cell = cells.cell(index);
                    assert!(plot.expand(0.01).contains_rect(cell) && cells.at(cell.center(), count) == Some(index));
                }
            }
        }
    }
}
