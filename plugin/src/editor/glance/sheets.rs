//! Pictures of many parts in one mesh: areas under curves, glows, tails.
//! Pure; window's thread. Colours fade within a mesh, which the toolkit's own shapes do not.

use egui::epaint::Vertex;
use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Vec2, pos2};
use std::f32::consts::TAU;

/// Corners of a glow.
const GLOW_CORNERS: u32 = 20;

/// One mesh that grows.
#[derive(Default)]
pub struct Sheet(Mesh);

impl Sheet {
    /// With room for so many corners.
    pub fn with_room(corners: usize) -> Self {
        let mut mesh = Mesh::default();
        mesh.reserve_vertices(corners);
        mesh.reserve_triangles(corners);
        Self(mesh)
    }

    /// A rectangle that fades from top to bottom.
    pub fn bar(&mut self, rect: Rect, top: Color32, bottom: Color32) {
        self.quad(
            [rect.left_top(), rect.right_top(), rect.left_bottom(), rect.right_bottom()],
            [top, top, bottom, bottom],
        );
    }

    /// Four corners: left and right of the top, left and right of the bottom.
    pub fn quad(&mut self, corners: [Pos2; 4], colours: [Color32; 4]) {
        let first = self.0.vertices.len() as u32;
        self.0.vertices.extend(corners.into_iter().zip(colours).map(|(pos, colour)| Vertex::untextured(pos, colour)));
        self.0.indices.extend([0, 1, 2, 2, 1, 3].map(|corner| first + corner));
    }

    /// The area between a curve that runs from left to right and a horizontal line, fading from one to the other.
    pub fn area(&mut self, curve: impl Iterator<Item = Pos2>, line: f32, at_curve: Color32, at_line: Color32) {
        let first = self.0.vertices.len() as u32;
        let mut points = 0;
        for place in curve {
            self.0.vertices.push(Vertex::untextured(place, at_curve));
            self.0.vertices.push(Vertex::untextured(pos2(place.x, line), at_line));
            points += 1;
        }
        self.strip(first, points);
    }

    /// A ribbon along a path, each point of it with half its width and its colour.
    pub fn ribbon(&mut self, path: impl Iterator<Item = (Pos2, f32, Color32)>) {
        let first = self.0.vertices.len() as u32;
        let (mut points, mut before, mut across) = (0, None, Vec2::ZERO);
        for (place, half, colour) in path {
            if let Some(before) = before {
                let way: Vec2 = place - before;
                if way.length_sq() > 1e-4 {
                    across = way.normalized().rot90();
                }
            }
            before = Some(place);
            self.0.vertices.push(Vertex::untextured(place - across * half, colour));
            self.0.vertices.push(Vertex::untextured(place + across * half, colour));
            points += 1;
        }
        self.strip(first, points);
    }

    /// A line of `width` points along a path, smooth at its edges over `feather` points.
    pub fn line(&mut self, path: &[Pos2], width: f32, feather: f32, colour: Color32) {
        let first = self.0.vertices.len() as u32;
        let (inner, outer) = (((width - feather) / 2.0).max(0.0), (width + feather) / 2.0);
        for (index, place) in path.iter().enumerate() {
            let way: Vec2 = path[(index + 1).min(path.len() - 1)] - path[index.saturating_sub(1)];
            let across = if way.length_sq() > 1e-6 { way.normalized().rot90() } else { Vec2::Y };
            for (off, colour) in
                [(-outer, Color32::TRANSPARENT), (-inner, colour), (inner, colour), (outer, Color32::TRANSPARENT)]
            {
                self.0.vertices.push(Vertex::untextured(*place + across * off, colour));
            }
        }
        for point in 1..path.len() as u32 {
            for lane in 0..3 {
                let corner = first + 4 * point + lane;
                self.0.indices.extend([corner - 4, corner, corner - 3, corner - 3, corner, corner + 1]);
            }
        }
    }

    /// A disc that fades to nothing at its edge.
    pub fn glow(&mut self, centre: Pos2, radius: f32, colour: Color32) {
        let first = self.0.vertices.len() as u32;
        self.0.vertices.push(Vertex::untextured(centre, colour));
        for corner in 0..GLOW_CORNERS {
            let (sine, cosine) = (corner as f32 * TAU / GLOW_CORNERS as f32).sin_cos();
            let place = centre + Vec2::new(cosine, sine) * radius;
            self.0.vertices.push(Vertex::untextured(place, Color32::TRANSPARENT));
            let next = (corner + 1) % GLOW_CORNERS;
            self.0.indices.extend([first, first + 1 + corner, first + 1 + next]);
        }
    }

    /// A grid of places, `columns` in a row, each with its colour.
    pub fn web(&mut self, columns: usize, places: impl Iterator<Item = (Pos2, Color32)>) {
        let first = self.0.vertices.len();
        self.0.vertices.extend(places.map(|(pos, colour)| Vertex::untextured(pos, colour)));
        let rows = (self.0.vertices.len() - first) / columns.max(1);
        for row in 1..rows {
            for column in 1..columns {
                let corner = (first + row * columns + column) as u32;
                let above = corner - columns as u32;
                self.0.indices.extend([above - 1, above, corner - 1, corner - 1, above, corner]);
            }
        }
    }

    /// Lays the sheet down.
    pub fn paint(self, painter: &Painter) {
        if !self.0.indices.is_empty() {
            painter.add(Shape::mesh(self.0));
        }
    }

    /// The mesh, to be kept.
    pub fn into_mesh(self) -> Mesh {
        self.0
    }

    /// Triangles between pairs of corners.
    fn strip(&mut self, first: u32, points: u32) {
        for pair in 1..points {
            let corner = first + 2 * pair;
            self.0.indices.extend([corner - 2, corner, corner - 1, corner - 1, corner, corner + 1]);
        }
    }
}

/// A colour on the way from one to another, `share` of it from 0 to 1.
pub fn between(from: Color32, to: Color32, share: f32) -> Color32 {
    from.lerp_to_gamma(to, share.clamp(0.0, 1.0))
}
