//! Harmonics and noise of the chosen voice over the same axes: a bar where each partial sounds, noise as an area behind them.
//! Window's thread; read from [`Voice`].
//! Partials that the host's rate cannot carry are dimmed, and the caption counts them.

use super::axis::{Frequencies, HEARD, Levels, grid};
use super::bed::{Bed, Caption, LEVELS_ROOM};
use super::names;
use super::noise;
use super::sheets::Sheet;
use super::voice::{FLOOR_DB, Partial, Voice};
use crate::editor::stage::Stage;
use egui::{Rect, Sense, Ui, pos2};

/// Highest level that is shown, decibels of full scale.
const HIGHEST_DB: f32 = 0.0;
/// Between lines, decibels.
const STEP: i32 = 24;
/// Widest bar, in usual text, points.
const WIDEST: f32 = 7.0;
/// What a bar takes of the way to the next one.
const SHARE: f32 = 0.58;

/// Draws them over `rect`.
pub fn draw(ui: &Ui, rect: Rect, voice: &Voice, stage: &Stage) {
    let (theme, scene) = (stage.theme, stage.scene);
    let palette = &theme.palette;
    let nyquist = scene.snapshot().map_or(f64::INFINITY, |snapshot| snapshot.sample_rate / 2.0);
    let detail = detail(voice, stage, nyquist);
    let titles = [("Harmonics", palette.harmonics), ("Noise", palette.noise)];
    let caption = Caption { titles: &titles, detail: &detail };
    let bed = Bed::draw(ui, rect, LEVELS_ROOM, caption, theme);
    let (frequencies, levels) = (Frequencies::over(bed.plot), Levels::over(bed.plot, FLOOR_DB, HIGHEST_DB));
    grid(&bed, &frequencies, &levels, STEP, theme);
    noise::area(&bed, voice, &frequencies, &levels, theme);
    bars(&bed, &voice.partials, nyquist, &frequencies, &levels, stage);
    let response = bed.tell(ui, "Harmonics and noise", Sense::hover(), || detail.clone());
    if scene.chosen().is_none() {
        bed.say(if scene.status.is_some() { "Play a key" } else { "The audio is not running" }, theme);
    } else if let Some(pointer) = response.hover_pos().filter(|pointer| bed.plot.contains(*pointer)) {
        point_at(&bed, voice, pointer.x, &frequencies, &levels, stage);
    }
}

/// What is said of the voice.
fn detail(voice: &Voice, stage: &Stage, nyquist: f64) -> String {
    let Some(chosen) = stage.scene.chosen() else { return String::new() };
    let all = voice.partials.len();
    let under = voice.partials.iter().filter(|partial| partial.hz < nyquist).count();
    let name = names::pitch_name(chosen.midi_pitch);
    let hz = names::hertz(chosen.midi_pitch);
    let count = if under == all { format!("{all} partials") } else { format!("{under} of {all} partials") };
    format!("{name} · {hz:.1} Hz · {count}")
}

fn bars(bed: &Bed, partials: &[Partial], nyquist: f64, frequencies: &Frequencies, levels: &Levels, stage: &Stage) {
    let theme = stage.theme;
    let hue = theme.palette.harmonics;
    let bottom = bed.plot.bottom();
    let pixel = 1.0 / bed.painter.pixels_per_point();
    let whole = |place: f32| (place / pixel).round() * pixel;
    let mut sheet = Sheet::with_room(8 * partials.len());
    for (index, partial) in partials.iter().enumerate() {
        if partial.hz > HEARD.1 || partial.hz < HEARD.0 || !levels.shows(partial.db) {
            continue;
        }
        let place = frequencies.place(partial.hz);
        let next = partials.get(index + 1).map_or(place + WIDEST, |next| frequencies.place(next.hz));
        let width = whole(((next - place).abs() * SHARE).min(theme.scaled(WIDEST))).max(pixel);
        let left = whole(place - width / 2.0);
        let top = levels.place(partial.db);
        let strength = if partial.hz >= nyquist { 0.25 } else { 1.0 };
        let bar = Rect::from_min_max(pos2(left, top), pos2(left + width, bottom));
        sheet.bar(bar, hue.gamma_multiply(0.9 * strength), hue.gamma_multiply(0.28 * strength));
        let cap = Rect::from_min_max(bar.min, pos2(bar.right(), (top + 1.5).min(bottom)));
        sheet.bar(cap, hue.gamma_multiply(strength), hue.gamma_multiply(strength));
    }
    sheet.paint(&bed.painter);
}

/// The partial under the pointer, and what it is.
fn point_at(bed: &Bed, voice: &Voice, place: f32, frequencies: &Frequencies, levels: &Levels, stage: &Stage) {
    let far = |partial: &Partial| (frequencies.place(partial.hz.max(1.0)) - place).abs();
    let nearest = voice.partials.iter().enumerate().min_by(|one, other| far(one.1).total_cmp(&far(other.1)));
    let Some((index, partial)) = nearest.filter(|(_, partial)| far(partial) < 12.0) else { return };
    let top = pos2(frequencies.place(partial.hz), levels.place(partial.db));
    bed.painter.circle_filled(top, 3.0, stage.theme.palette.text);
    let text = format!("{} · {} · {} dB", index + 1, names::frequency(partial.hz), names::level(partial.db));
    super::tag::draw(&bed.painter, bed.plot, top, &text, stage.theme);
}
