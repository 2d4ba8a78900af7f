//! The noise of the chosen voice: an area over frequency, under the partials' bars.
//! Window's thread; read from [`Voice`].

use super::axis::{Frequencies, HEARD, Levels};
use super::bed::Bed;
use super::sheets::Sheet;
use super::voice::Voice;
use crate::editor::theme::Theme;
use egui::{Pos2, Shape, Stroke, pos2};

/// Draws it.
pub fn area(bed: &Bed, voice: &Voice, frequencies: &Frequencies, levels: &Levels, theme: &Theme) {
    let curve = curve(voice, frequencies, levels);
    if curve.len() < 2 {
        return;
    }
    let hue = theme.palette.noise;
    let mut sheet = Sheet::with_room(2 * curve.len());
    sheet.area(curve.iter().copied(), bed.plot.bottom(), hue.gamma_multiply(0.42), hue.gamma_multiply(0.06));
    sheet.paint(&bed.painter);
    bed.painter.add(Shape::line(curve, Stroke::new(1.25 * theme.hairline(), hue.gamma_multiply(0.9))));
}

/// The curve over the bands, from left to right; empty where there is nothing to see.
fn curve(voice: &Voice, frequencies: &Frequencies, levels: &Levels) -> Vec<Pos2> {
    let bands = &voice.noise;
    if bands.len() < 2 || !bands.iter().any(|db| levels.shows(*db)) {
        return Vec::new();
    }
    let spacing = voice.noise_rate_hz / 2.0 / (bands.len() - 1) as f64;
    let at = |hz: f64| {
        let place = (hz / spacing).min((bands.len() - 1) as f64);
        let band = (place as usize).min(bands.len() - 2);
        let share = (place - band as f64) as f32;
        // Between bands the gains go in straight lines, which in decibels is near enough to this.
        bands[band] + share * (bands[band + 1] - bands[band])
    };
    let mut curve = Vec::with_capacity(bands.len() + 2);
    let point = |hz: f64| pos2(frequencies.place(hz), levels.place(at(hz)));
    curve.push(point(HEARD.0));
    let inside = (1..bands.len()).map(|band| band as f64 * spacing).filter(|hz| *hz > HEARD.0 && *hz < HEARD.1);
    curve.extend(inside.map(point));
    curve.push(point((voice.noise_rate_hz / 2.0).min(HEARD.1)));
    curve
}
