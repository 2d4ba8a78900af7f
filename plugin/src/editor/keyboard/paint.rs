//! How keys look: skin and walnut, brass where they sound.
//! Window's thread.
//! Reads what is to be seen, changes nothing.

use super::manual::Manual;
use crate::editor::surface::is_black;
use crate::editor::theme::{Contrast, Theme};
use egui::epaint::{Mesh, Vertex, WHITE_UV};
use egui::{Align2, Color32, CornerRadius, FontId, Painter, Rect, Stroke, StrokeKind, lerp, pos2, vec2};
use std::ops::RangeInclusive;
use timbrel_engine::perform::VoiceView;

/// What is to be seen on the keys.
pub struct Seen<'a> {
    /// The voices that sound.
    pub voices: &'a [VoiceView],
    /// The one that is looked at.
    pub chosen: Option<&'a VoiceView>,
    /// Trained ranges of the instrument and of the one to which it morphs, MIDI pitches.
    pub trained: [Option<RangeInclusive<f32>>; 2],
    /// Whether a key is held in this window.
    pub held: &'a dyn Fn(u8) -> bool,
    /// What is printed on the key of the computer that plays a key, while it does.
    pub print: &'a dyn Fn(u8) -> Option<&'static str>,
}

/// What keys are made of.
struct Wood {
    white_far: Color32,
    white_near: Color32,
    lip: Color32,
    ink: Color32,
    black_far: Color32,
    black_near: Color32,
    black_side: Color32,
    gap: Color32,
    outline: Option<Color32>,
}

impl Wood {
    fn of(theme: &Theme) -> Self {
        match theme.contrast {
            Contrast::Walnut => Self {
                white_far: Color32::from_rgb(0xc4, 0xb8, 0xa4),
                white_near: theme.palette.text,
                lip: Color32::from_rgb(0xa8, 0x98, 0x80),
                ink: Color32::from_rgb(0x4a, 0x3c, 0x30),
                black_far: Color32::from_rgb(0x3a, 0x29, 0x1f),
                black_near: Color32::from_rgb(0x57, 0x3f, 0x30),
                black_side: Color32::from_rgb(0x1e, 0x15, 0x10),
                gap: theme.palette.well,
                outline: None,
            },
            Contrast::High => Self {
                white_far: Color32::WHITE,
                white_near: Color32::WHITE,
                lip: Color32::from_rgb(0xb0, 0xb0, 0xb0),
                ink: Color32::BLACK,
                black_far: Color32::BLACK,
                black_near: Color32::BLACK,
                black_side: Color32::BLACK,
                gap: Color32::BLACK,
                outline: Some(Color32::WHITE),
            },
        }
    }
}

/// `from` on the way to `to`.
fn mix(from: Color32, to: Color32, share: f32) -> Color32 {
    let of = |from: u8, to: u8| lerp(f32::from(from)..=f32::from(to), share.clamp(0.0, 1.0)) as u8;
    Color32::from_rgb(of(from.r(), to.r()), of(from.g(), to.g()), of(from.b(), to.b()))
}

/// A rectangle that changes its colour from top to bottom.
pub fn shade(painter: &Painter, rect: Rect, top: Color32, bottom: Color32) {
    let mut mesh = Mesh::default();
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()];
    for (pos, color) in corners.into_iter().zip([top, top, bottom, bottom]) {
        mesh.vertices.push(Vertex { pos, uv: WHITE_UV, color });
    }
    mesh.indices = vec![0, 1, 2, 0, 2, 3];
    painter.add(mesh);
}

/// Draws rail and keys.
pub fn draw(painter: &Painter, manual: &Manual, theme: &Theme, seen: &Seen) {
    let wood = Wood::of(theme);
    painter.rect_filled(manual.rail.union(manual.rect), CornerRadius::same(3), wood.gap);
    let keys = || manual.surface.keys();
    for key in keys().filter(|key| !is_black(*key)) {
        white(painter, manual, theme, &wood, seen, key);
    }
    for key in keys().filter(|key| is_black(*key)) {
        black(painter, manual, theme, &wood, seen, key);
    }
    rail(painter, manual, theme, seen);
}

/// How hard a key sounds, 0 to 1; a key that is held in the window and does not sound yet is as one that does softly.
fn light(seen: &Seen, key: u8) -> Option<f32> {
    let of_key = seen.voices.iter().filter(|voice| voice.note.key == Some(key));
    // What fades is seen to fade.
    let loudness = |voice: &VoiceView| if voice.held { voice.velocity } else { voice.velocity * 0.35 };
    let sounds =
        of_key.map(loudness).fold(None, |most: Option<f32>, this| Some(most.map_or(this, |most| most.max(this))));
    sounds.or_else(|| (seen.held)(key).then_some(0.3))
}

/// How far a key is from what the instrument was trained on: 0 is within, 1 is far outside.
fn strangeness(seen: &Seen, key: u8) -> f32 {
    let pitch = f32::from(key);
    match &seen.trained[0] {
        Some(range) if pitch < *range.start() - 0.5 || pitch > *range.end() + 0.5 => 1.0,
        _ => 0.0,
    }
}

fn white(painter: &Painter, manual: &Manual, theme: &Theme, wood: &Wood, seen: &Seen, key: u8) {
    let palette = &theme.palette;
    let (lit, is_down) = (light(seen, key), (seen.held)(key));
    let dim = 0.52 * strangeness(seen, key);
    let tone = |colour: Color32, amount: f32| {
        let dimmed = mix(colour, palette.ground, dim);
        lit.map_or(dimmed, |lit| mix(dimmed, palette.harmonics, (0.3 + 0.7 * lit) * amount))
    };
    let mut shape = manual.shape(key);
    shape = shape.with_min_x(shape.left() + 0.5).with_max_x(shape.right() - 0.5);
    // A key that is down shows less of its front.
    let lip = if is_down || lit.is_some() { 1.0 } else { 3.0 };
    let face = shape.with_max_y(shape.bottom() - lip);
    let round = CornerRadius { nw: 0, ne: 0, sw: 3, se: 3 };
    painter.rect_filled(shape, round, tone(wood.lip, 0.6));
    painter.rect_filled(face, round, tone(wood.white_near, 1.0));
    shade(painter, face.with_max_y(face.bottom() - 4.0), tone(wood.white_far, 0.8), tone(wood.white_near, 1.0));
    let is_chosen = seen.chosen.is_some_and(|voice| voice.note.key == Some(key));
    let mut bottom = shape.bottom() - 4.0;
    if is_chosen {
        mark(painter, pos2(shape.center().x, bottom - 3.5), wood.ink);
        bottom -= 10.0;
    }
    let room = shape.width();
    if let Some(print) = (seen.print)(key) {
        bottom -= word(painter, pos2(shape.center().x, bottom), print, theme.strong(), room, wood.ink);
    }
    if key.is_multiple_of(12) && bottom - manual.black_bottom() > theme.small().size * 0.8 {
        let ink = mix(wood.ink, tone(wood.white_near, 1.0), 0.15);
        word(painter, pos2(shape.center().x, bottom), &name(key), theme.small(), room, ink);
    }
}

fn black(painter: &Painter, manual: &Manual, theme: &Theme, wood: &Wood, seen: &Seen, key: u8) {
    let palette = &theme.palette;
    let (lit, is_down) = (light(seen, key), (seen.held)(key));
    let dim = 0.5 * strangeness(seen, key);
    let tone = |colour: Color32, amount: f32| {
        let dimmed = mix(colour, palette.ground, dim);
        lit.map_or(dimmed, |lit| mix(dimmed, palette.harmonics, (0.3 + 0.7 * lit) * amount))
    };
    let shape = manual.shape(key);
    let round = CornerRadius { nw: 0, ne: 0, sw: 2, se: 2 };
    // Its shadow on the white keys.
    painter.rect_filled(shape.expand2(vec2(1.0, 0.0)).translate(vec2(0.5, 1.5)), round, Color32::from_black_alpha(90));
    painter.rect_filled(shape, round, tone(wood.black_side, 0.5));
    let front = if is_down || lit.is_some() { 2.0 } else { 4.0 };
    let side = (shape.width() * 0.12).clamp(1.0, 3.0);
    let face =
        Rect::from_min_max(pos2(shape.left() + side, shape.top()), pos2(shape.right() - side, shape.bottom() - front));
    shade(painter, face, tone(wood.black_far, 0.9), tone(wood.black_near, 1.0));
    if let Some(outline) = wood.outline {
        painter.rect_stroke(shape, round, Stroke::new(1.0, outline), StrokeKind::Inside);
    }
    let ink = if lit.is_some() { wood.ink } else { palette.text };
    let mut bottom = face.bottom() - 1.0;
    if seen.chosen.is_some_and(|voice| voice.note.key == Some(key)) {
        mark(painter, pos2(shape.center().x, bottom - 3.5), ink);
        bottom -= 9.0;
    }
    if let Some(print) = (seen.print)(key) {
        word(painter, pos2(shape.center().x, bottom), print, theme.strong(), shape.width(), ink);
    }
}

/// The mark of the voice that is looked at: a small jingle.
fn mark(painter: &Painter, place: egui::Pos2, ink: Color32) {
    painter.circle_stroke(place, 3.0, Stroke::new(1.5, ink));
}

/// A word that stands on a place and is left out where it has no room. Returns its height.
fn word(painter: &Painter, place: egui::Pos2, text: &str, font: FontId, room: f32, ink: Color32) -> f32 {
    let galley = painter.layout_no_wrap(text.to_owned(), font, ink);
    if galley.size().x > room {
        return 0.0;
    }
    let rect = Align2::CENTER_BOTTOM.anchor_size(place, galley.size());
    painter.galley(rect.min, galley, ink);
    rect.height()
}

/// A key's name, middle C being C4.
pub fn name(key: u8) -> String {
    const NAMES: [&str; 12] = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
    format!("{}{}", NAMES[usize::from(key % 12)], i32::from(key / 12) - 1)
}

/// The rail: what the instrument was trained on, and a light at each pitch that sounds.
fn rail(painter: &Painter, manual: &Manual, theme: &Theme, seen: &Seen) {
    let (palette, rail) = (&theme.palette, manual.rail);
    let painter = painter.with_clip_rect(rail);
    let line = 1.5 * theme.hairline();
    for (range, y, strength) in
        [(&seen.trained[1], rail.top() + 1.0, 0.45), (&seen.trained[0], rail.bottom() - 1.5, 0.85)]
    {
        let Some(range) = range else { continue };
        let ends = manual.surface.place(range.start() - 0.5)..=manual.surface.place(range.end() + 0.5);
        painter.hline(ends, y, Stroke::new(line, palette.harmonics.gamma_multiply(strength)));
    }
    for voice in seen.voices {
        let Some(key) = voice.note.key else { continue };
        let strength = if voice.held { 1.0 } else { 0.4 };
        let colour = palette.harmonics.gamma_multiply(strength);
        let y = rail.center().y;
        let home = manual.surface.middle(key);
        let there = manual.surface.place(f32::from(key) + voice.midi_pitch - voice.key_pitch);
        painter.line_segment([pos2(home, y), pos2(there, y)], Stroke::new(2.0, colour));
        painter.circle_filled(pos2(there, y), 2.6, colour);
        if seen.chosen.is_some_and(|chosen| chosen == voice) {
            painter.circle_stroke(pos2(there, y), 3.2, Stroke::new(1.2, palette.text));
        }
    }
}
