//! The mark: a ring with eight discs, a frame drum whose jingles are the first eight partials of a bowed string.
//! Window's thread; pure.
//! The icon's file is the same drawing (test: `the_icon_is_the_mark`).

use crate::editor::theme::Theme;
use egui::{Painter, Pos2, Rect, Stroke, Ui, vec2};
use std::f32::consts::TAU;

/// Radius of the ring as a share of the mark's half side.
const RING: f32 = 0.74;
/// Width of the ring as a share of the same.
const WIDTH: f32 = 0.1;
/// Radius of the largest disc as a share of the same.
const LARGEST: f32 = 0.22;
/// Between a disc and the ring, as a share of the same.
const GROOVE: f32 = 0.035;
/// How loud the first eight partials of a bowed open string are, against the loudest: falling as that of a saw does, with the
/// body's resonances on the second, third and fifth. Drawn as radii, so that discs go by the root of it.
const PARTIALS: [f32; 8] = [0.86, 1.0, 0.66, 0.36, 0.44, 0.22, 0.16, 0.11];

/// Centres and radii of the discs in a square of half side 1 around the origin, y downwards, from the top clockwise.
fn discs() -> [(f32, f32, f32); 8] {
    std::array::from_fn(|index| {
        let turn = index as f32 / 8.0 * TAU;
        (turn.sin() * RING, -turn.cos() * RING, PARTIALS[index].sqrt() * LARGEST)
    })
}

/// Draws the mark into `rect`.
pub fn draw(ui: &Ui, rect: Rect, theme: &Theme) {
    let half = rect.width().min(rect.height()) * 0.5;
    paint(ui.painter(), rect.center(), half, theme);
}

fn paint(painter: &Painter, centre: Pos2, half: f32, theme: &Theme) {
    let palette = theme.palette;
    painter.circle_stroke(centre, RING * half, Stroke::new((WIDTH * half).max(1.5), palette.text));
    for (x, y, radius) in discs() {
        let at = centre + vec2(x, y) * half;
        painter.circle_filled(at, (radius + GROOVE) * half, palette.ground);
        painter.circle_filled(at, radius * half, palette.harmonics);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// The icon: the mark on a tile of walnut.
    fn svg() -> String {
        let (half, scale) = (128.0, 104.0);
        let mut text = String::from(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"256\" height=\"256\" viewBox=\"0 0 256 256\">\n  \
             <rect width=\"256\" height=\"256\" rx=\"56\" fill=\"#161413\"/>\n",
        );
        writeln!(
            text,
            "  <circle cx=\"{half}\" cy=\"{half}\" r=\"{:.2}\" fill=\"none\" stroke=\"#eee6d8\" stroke-width=\"{:.2}\"/>",
            RING * scale,
            WIDTH * scale
        )
        .unwrap();
        for (x, y, radius) in discs() {
            let (x, y) = (half + x * scale, half + y * scale);
            for (radius, fill) in [(radius + GROOVE, "#161413"), (radius, "#f0b34a")] {
                let radius = radius * scale;
                writeln!(text, "  <circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius:.2}\" fill=\"{fill}\"/>").unwrap();
            }
        }
        text + "</svg>\n"
    }

    #[test]
    fn the_icon_is_the_mark() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/pictures/icon.svg");
        let there = std::fs::read_to_string(path).unwrap_or_default();
        // How it is made: TIMBREL_DRAW_ICON=1 cargo test -p timbrel the_icon_is_the_mark
        if std::env::var_os("TIMBREL_DRAW_ICON").is_some() {
            std::fs::write(path, svg()).unwrap();
        } else {
            assert_eq!(there, svg());
        }
    }

    #[test]
    fn discs_never_touch() {
        let discs = discs();
        for (index, (x, y, radius)) in discs.into_iter().enumerate() {
            let (next_x, next_y, next) = discs[(index + 1) % 8];
            let apart = (x - next_x).hypot(y - next_y);
            assert!(apart > radius + next, "{index}: {apart} apart, {radius} and {next}");
        }
    }
}
