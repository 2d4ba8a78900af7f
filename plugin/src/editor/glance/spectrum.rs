//! The spectrum of the output: Fourier transforms of the newest sound, over octaves and decibels.
//! Window's thread; allocates when the rate or the width changes.
//! A full-scale sine stands at 0 dB where it sounds (test: `a_sine_stands_where_it_sounds`).

use super::axis::{Frequencies, HEARD, Levels, grid};
use super::bed::{Bed, Caption, LEVELS_ROOM};
use super::names;
use super::sheets::Sheet;
use crate::editor::stage::Stage;
use egui::{Pos2, Rect, Sense, Shape, Stroke, Ui, pos2};
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::TAU;
use std::sync::Arc;

/// Length of what is transformed, seconds: tells 12 Hz apart.
const WINDOW: f64 = 0.17;
/// Lowest and highest level shown, decibels of full scale.
const SHOWN_DB: (f32, f32) = (-108.0, 0.0);
/// Levels fall by so much a second, decibels.
const FALL: f32 = 90.0;
/// Peaks stay for so long, seconds, ...
const HOLD: f32 = 1.2;
/// ... and fall by so much a second then, decibels.
const PEAK_FALL: f32 = 24.0;

/// Transforms of one length under a Hann window.
pub struct Transform {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    windowed: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// Level of each bin, decibels of a full-scale sine.
    pub levels: Vec<f32>,
}

impl Transform {
    /// For sound at a rate, hertz: as many samples as a power of two near 0.17 s has, `longest` at most.
    pub fn new(sample_rate: f64, longest: usize) -> Self {
        let length = ((WINDOW * sample_rate) as usize).next_power_of_two().min(longest);
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(length);
        let hann = |n: usize| (0.5 - 0.5 * (TAU * n as f64 / length as f64).cos()) as f32;
        Self {
            window: (0..length).map(hann).collect(),
            windowed: vec![0.0; length],
            bins: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            levels: vec![f32::NEG_INFINITY; length / 2 + 1],
            transform,
        }
    }

    /// Samples that are transformed.
    pub fn length(&self) -> usize {
        self.window.len()
    }

    /// Fills `levels` from the newest of both channels' sound, oldest first.
    pub fn measure(&mut self, left: &[f32], right: &[f32]) {
        let skipped = left.len().saturating_sub(self.length());
        let newest = left[skipped..].iter().zip(&right[skipped..]);
        for ((to, window), (left, right)) in self.windowed.iter_mut().zip(&self.window).zip(newest) {
            *to = 0.5 * (left + right) * window;
        }
        let done = self.transform.process_with_scratch(&mut self.windowed, &mut self.bins, &mut self.scratch);
        debug_assert!(done.is_ok(), "the buffers are the planner's own");
        // A Hann window has a mean of a half, and a sine half of its amplitude in each of two bins.
        let scale = 4.0 / self.length() as f32;
        for (level, bin) in self.levels.iter_mut().zip(&self.bins) {
            *level = 10.0 * (bin.norm_sqr() * scale * scale).max(1e-20).log10();
        }
    }

    /// The strongest of the frequencies that are heard: hertz and decibels, between the bins by the parabola through three.
    pub fn strongest(&self, sample_rate: f64) -> Option<(f64, f32)> {
        let spacing = sample_rate / self.length() as f64;
        let first = (HEARD.0 / spacing).ceil().max(1.0) as usize;
        let range = first..self.levels.len() - 1;
        let bin = range.max_by(|one, other| self.levels[*one].total_cmp(&self.levels[*other]))?;
        let [before, at, after] = [self.levels[bin - 1], self.levels[bin], self.levels[bin + 1]];
        let bend = before - 2.0 * at + after;
        let off = if bend < 0.0 { 0.5 * (before - after) / bend } else { 0.0 };
        Some(((bin as f64 + f64::from(off)) * spacing, at - 0.25 * (before - after) * off))
    }

    /// Level at a place between bins: by a smooth curve through four of them.
    fn between(&self, place: f32) -> f32 {
        let bin = (place as usize).clamp(1, self.levels.len() - 3);
        let t = place - bin as f32;
        let [a, b, c, d] = [bin - 1, bin, bin + 1, bin + 2].map(|bin| self.levels[bin].max(SHOWN_DB.0 - 40.0));
        b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
    }
}

/// See the module.
#[derive(Default)]
pub struct Spectrum {
    transform: Option<(f64, Transform)>,
    /// Level of each column in the newest sound, decibels.
    now: Vec<f32>,
    /// The same as it is shown.
    columns: Vec<f32>,
    /// The same as it was at most, and how long ago, seconds.
    peaks: Vec<(f32, f32)>,
}

impl Spectrum {
    /// Draws it over `rect`, `seconds` after the last time.
    pub fn draw(&mut self, ui: &Ui, rect: Rect, seconds: f32, stage: &Stage) {
        let (theme, scene) = (stage.theme, stage.scene);
        let palette = &theme.palette;
        let rate = scene.snapshot().map_or(48_000.0, |snapshot| snapshot.sample_rate);
        let [left, right] = &scene.sound;
        if self.transform.as_ref().is_none_or(|(of, _)| *of != rate) {
            self.transform = Some((rate, Transform::new(rate, left.len())));
        }
        let Some((_, transform)) = &mut self.transform else { return };
        transform.measure(left, right);
        let strongest = transform.strongest(rate).filter(|(_, db)| *db > -90.0);
        let detail = strongest.map_or(String::new(), |(hz, db)| {
            format!("{} · {} · {} dB", names::pitch_name(names::pitch(hz)), names::frequency(hz), names::level(db))
        });
        let titles = [("Spectrum", palette.text)];
        let bed = Bed::draw(ui, rect, LEVELS_ROOM, Caption { titles: &titles, detail: &detail }, theme);
        let response = bed.tell(ui, "Spectrum", Sense::hover(), || match strongest {
            Some(_) => format!("strongest {detail}"),
            None => "silent".into(),
        });
        let (frequencies, levels) = (Frequencies::over(bed.plot), Levels::over(bed.plot, SHOWN_DB.0, SHOWN_DB.1));
        grid(&bed, &frequencies, &levels, 24, theme);
        self.fall(&bed, &frequencies, rate, seconds);
        self.curve(&bed, &levels, stage);
        if let Some(pointer) = response.hover_pos().filter(|pointer| bed.plot.contains(*pointer)) {
            let hz = frequencies.hz(pointer.x);
            let column = (pointer.x - bed.plot.left()) / bed.plot.width() * (self.columns.len() - 1) as f32;
            let db = self.columns.get(column.round() as usize).copied().unwrap_or(SHOWN_DB.0).max(SHOWN_DB.0);
            let place = pos2(pointer.x, levels.place(db));
            bed.painter.vline(
                bed.crisp(pointer.x),
                bed.plot.y_range(),
                Stroke::new(1.0, palette.faint.gamma_multiply(0.5)),
            );
            bed.painter.circle_filled(place, 3.0, palette.text);
            let name = names::pitch_name(names::pitch(hz));
            let text = format!("{name} · {} · {} dB", names::frequency(hz), names::level(db));
            super::tag::draw(&bed.painter, bed.plot, place, &text, theme);
        }
    }

    /// Brings columns and peaks to what the transform says, or lets them fall.
    fn fall(&mut self, bed: &Bed, frequencies: &Frequencies, rate: f64, seconds: f32) {
        let Some((_, transform)) = &self.transform else { return };
        let count = bed.plot.width().max(2.0) as usize;
        self.columns.resize(count, SHOWN_DB.0);
        self.peaks.resize(count, (SHOWN_DB.0, 0.0));
        let bins_a_hertz = transform.length() as f64 / rate;
        let place = |column: f32| {
            let x = bed.plot.left() + column / (count - 1) as f32 * bed.plot.width();
            ((frequencies.hz(x) * bins_a_hertz) as f32).min((transform.levels.len() - 3) as f32)
        };
        self.now.clear();
        self.now.extend((0..count).map(|column| {
            let (from, to) = (place(column as f32 - 0.5), place(column as f32 + 0.5));
            if to - from < 1.5 {
                transform.between(0.5 * (from + to))
            } else {
                transform.levels[from as usize..=to as usize].iter().fold(f32::NEG_INFINITY, |most, db| most.max(*db))
            }
        }));
        // Where a column holds many bins, a picture of single ones would be a thicket.
        let dense = (0..count).find(|column| place(*column as f32 + 0.5) - place(*column as f32 - 0.5) >= 1.5);
        for (column, (level, (peak, age))) in self.columns.iter_mut().zip(&mut self.peaks).enumerate() {
            let at = |column: usize| self.now[column.min(count - 1)];
            let now = match dense {
                Some(dense) if column > dense => 0.25 * (at(column - 1) + at(column + 1)) + 0.5 * at(column),
                _ => at(column),
            };
            *level = now.max(*level - FALL * seconds).max(SHOWN_DB.0);
            *age += seconds;
            if *age > HOLD {
                *peak -= PEAK_FALL * seconds;
            }
            if *level >= *peak {
                (*peak, *age) = (*level, 0.0);
            }
        }
    }

    fn curve(&self, bed: &Bed, levels: &Levels, stage: &Stage) {
        let (plot, palette) = (bed.plot, &stage.theme.palette);
        let x = |column: usize| plot.left() + column as f32 / (self.columns.len() - 1) as f32 * plot.width();
        let point = |(column, db): (usize, f32)| pos2(x(column), levels.place(db));
        let line: Vec<Pos2> = self.columns.iter().copied().enumerate().map(point).collect();
        let mut sheet = Sheet::with_room(2 * line.len());
        let hue = palette.text;
        sheet.area(line.iter().copied(), plot.bottom(), hue.gamma_multiply(0.26), hue.gamma_multiply(0.02));
        sheet.paint(&bed.painter);
        if self.peaks.iter().any(|(db, _)| levels.shows(*db)) {
            let held = self.peaks.iter().map(|(db, _)| *db).enumerate().map(point).collect();
            bed.painter.add(Shape::line(held, Stroke::new(1.0, hue.gamma_multiply(0.28))));
        }
        if self.columns.iter().any(|db| levels.shows(*db)) {
            bed.painter.add(Shape::line(line, Stroke::new(1.2 * stage.theme.hairline(), hue)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_stands_where_it_sounds() {
        for rate in [44_100.0, 48_000.0, 96_000.0] {
            let mut transform = Transform::new(rate, 16_384);
            for (hz, amplitude) in [(110.0, 1.0), (997.3, 0.1), (9_000.0, 0.01)] {
                let sample = |n: usize| (amplitude * (TAU * hz * n as f64 / rate).sin()) as f32;
                let sound: Vec<f32> = (0..transform.length()).map(sample).collect();
                transform.measure(&sound, &sound);
                let (found_hz, found_db) = transform.strongest(rate).unwrap();
                let expected_db = 20.0 * f64::log10(amplitude) as f32;
                println!("{hz} Hz at {rate}: {found_hz:.2} Hz, {found_db:.2} dB of {expected_db:.0}");
                assert!((found_hz - hz).abs() < 0.6 && (found_db - expected_db).abs() < 0.4);
            }
        }
    }
}
