//! Axes of the views: frequency by octaves, level by decibels, with lines and captions.
//! Pure but for the drawing; window's thread.
//! Frequency and place agree both ways (test: `frequencies_and_places_agree`).

use super::bed::Bed;
use super::names;
use crate::editor::theme::Theme;
use egui::{Align2, Rangef, Rect, Stroke, pos2};

/// The frequencies that are shown: what an ear hears, and up to the Nyquist frequency of 48 kHz, hertz.
pub const HEARD: (f64, f64) = (25.0, 24_000.0);
/// Frequencies with a line, hertz; those with a caption are the decades.
const LINES: [f64; 26] = [
    30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0, 1_000.0,
    2_000.0, 3_000.0, 4_000.0, 5_000.0, 6_000.0, 7_000.0, 8_000.0, 10_000.0, 20_000.0,
];
/// The decades, and what is between them where there is room.
const CAPTIONS: [(f64, &str); 6] =
    [(100.0, "100"), (1_000.0, "1k"), (10_000.0, "10k"), (50.0, "50"), (500.0, "500"), (5_000.0, "5k")];
/// Between captions, points.
const APART: f32 = 7.0;

/// Octaves from left to right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frequencies {
    left: f32,
    /// Points an octave.
    octave: f32,
    low: f64,
}

impl Frequencies {
    /// [`HEARD`] over the width of `plot`.
    pub fn over(plot: Rect) -> Self {
        let octaves = (HEARD.1 / HEARD.0).log2() as f32;
        Self { left: plot.left(), octave: plot.width() / octaves, low: HEARD.0 }
    }

    /// Where a frequency (hertz, above 0) is.
    pub fn place(&self, hz: f64) -> f32 {
        self.left + (hz.max(1.0) / self.low).log2() as f32 * self.octave
    }

    /// Which frequency is there, hertz.
    pub fn hz(&self, place: f32) -> f64 {
        self.low * f64::from((place - self.left) / self.octave).exp2()
    }
}

/// Decibels from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    top: f32,
    /// Points a decibel.
    decibel: f32,
    high_db: f32,
    low_db: f32,
}

impl Levels {
    /// `low_db` to `high_db` over the height of `plot`.
    pub fn over(plot: Rect, low_db: f32, high_db: f32) -> Self {
        Self { top: plot.top(), decibel: plot.height() / (high_db - low_db), high_db, low_db }
    }

    /// Where a level is; what is beyond the ends is at the ends. Not-a-number is at the bottom.
    pub fn place(&self, db: f32) -> f32 {
        self.top + (self.high_db - db.max(self.low_db).min(self.high_db)) * self.decibel
    }

    /// Which level is there, decibels, within the ends.
    pub fn db(&self, place: f32) -> f32 {
        (self.high_db - (place - self.top) / self.decibel).clamp(self.low_db, self.high_db)
    }

    /// Whether a level is above the bottom.
    pub fn shows(&self, db: f32) -> bool {
        db > self.low_db
    }
}

/// Lines and captions of both axes in a bed, behind what is shown there. Levels have a line every `step` decibels.
pub fn grid(bed: &Bed, frequencies: &Frequencies, levels: &Levels, step: i32, theme: &Theme) {
    let (plot, painter, faint) = (bed.plot, &bed.painter, theme.palette.faint);
    let line = |strength: f32| Stroke::new(1.0, theme.palette.line.gamma_multiply(strength));
    for hz in LINES {
        let is_decade = [100.0, 1_000.0, 10_000.0].contains(&hz);
        painter.vline(bed.crisp(frequencies.place(hz)), plot.y_range(), line(if is_decade { 0.75 } else { 0.3 }));
    }
    let font = theme.small();
    let mut taken = [Rangef::NOTHING; CAPTIONS.len()];
    for (index, (hz, caption)) in CAPTIONS.into_iter().enumerate() {
        let galley = painter.layout_no_wrap(caption.into(), font.clone(), faint);
        let left = frequencies.place(hz) - galley.size().x / 2.0;
        let wanted = Rangef::new(left - APART, left + galley.size().x + APART);
        let is_free = taken[..index].iter().all(|taken| wanted.max < taken.min || wanted.min > taken.max);
        if is_free && left > plot.left() && wanted.max < plot.right() + APART {
            taken[index] = wanted.expand(-APART);
            painter.galley(pos2(left, plot.bottom() + 1.0), galley, faint);
        }
    }
    decibels(bed, levels, step, theme);
}

/// Lines and captions of levels alone.
pub fn decibels(bed: &Bed, levels: &Levels, step: i32, theme: &Theme) {
    let (plot, painter) = (bed.plot, &bed.painter);
    let first = (levels.high_db as i32).div_euclid(step) * step;
    let height = theme.scaled(14.0);
    // At large text every second line has a caption, or every fourth.
    let mut captioned = step;
    while captioned as f32 * levels.decibel < height {
        captioned *= 2;
    }
    let mut free = plot.top();
    for db in (0..).map(|n| first - n * step).take_while(|db| *db as f32 > levels.low_db) {
        let y = levels.place(db as f32);
        let stroke = Stroke::new(1.0, theme.palette.line.gamma_multiply(0.5));
        painter.hline(plot.x_range(), bed.crisp(y), stroke);
        let middle = y.max(plot.top() + height / 2.0);
        let has_room = middle - height / 2.0 >= free && middle + height / 2.0 < plot.bottom();
        if db % captioned == 0 && has_room {
            free = middle + height / 2.0;
            let place = pos2(plot.left() - 4.0, middle);
            painter.text(place, Align2::RIGHT_CENTER, names::level(db as f32), theme.small(), theme.palette.faint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    #[test]
    fn frequencies_and_places_agree() {
        let plot = Rect::from_min_size(pos2(40.0, 10.0), vec2(300.0, 100.0));
        let frequencies = Frequencies::over(plot);
        assert!((frequencies.place(HEARD.0) - 40.0).abs() < 1e-3 && (frequencies.place(HEARD.1) - 340.0).abs() < 1e-3);
        for hz in [27.5, 440.0, 18_000.0] {
            assert!((frequencies.hz(frequencies.place(hz)) / hz - 1.0).abs() < 1e-4);
        }
        let levels = Levels::over(plot, -96.0, 0.0);
        assert_eq!((levels.place(0.0), levels.place(-96.0), levels.place(f32::NAN)), (10.0, 110.0, 110.0));
        assert!((levels.db(levels.place(-31.0)) + 31.0).abs() < 1e-3);
    }
}
