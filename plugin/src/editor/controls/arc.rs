//! Lines of controls: arcs.
//! Drawn on the window's thread.

use egui::{Color32, Painter, Pos2, Shape, Stroke, vec2};
use std::f32::consts::TAU;

/// Where a knob's way begins and how long it is, turns clockwise from the right: from half past seven to half past four.
const START: f32 = 0.375;
const SWEEP: f32 = 0.75;
/// Parts of a whole way.
const PARTS: f32 = 64.0;

/// Where a place from 0 to 1 lies on a knob.
pub fn on_circle(centre: Pos2, radius: f32, position: f32) -> Pos2 {
    let (sin, cos) = (TAU * (START + SWEEP * position)).sin_cos();
    centre + radius * vec2(cos, sin)
}

/// An arc between two places of a knob.
pub fn arc(painter: &Painter, centre: Pos2, radius: f32, (from, to): (f32, f32), stroke: Stroke) {
    let (from, to) = (from.min(to), from.max(to));
    let parts = ((to - from) * PARTS).ceil().max(1.0) as usize;
    let place = |part: usize| from + (to - from) * part as f32 / parts as f32;
    painter.add(Shape::line((0..=parts).map(|part| on_circle(centre, radius, place(part))).collect(), stroke));
}

/// A colour as it is on something that cannot be reached or is not looked at.
pub fn dimmed(colour: Color32) -> Color32 {
    colour.gamma_multiply(0.55)
}
