//! The ways between instruments as lines: a column for each pair, a row for each quantity.
//! Main thread.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use std::path::Path;
use timbrel_tests::morphing::{Journey, Kind, Pair, Way};

/// Pixels.
const SIZE: (u32, u32) = (1500, 760);
/// The quantities from top to bottom.
const ROWS: [(Kind, &str); 3] = [
    (Kind::FromFirst, "log-mel distance from the first, dB"),
    (Kind::Centroid, "spectral centroid, Hz"),
    (Kind::Loudness, "loudness, LUFS"),
];

/// Draws the middle key of each pair.
pub fn draw(journeys: &[(Pair, Vec<Journey>)], path: &Path) -> Result<()> {
    // A second registration of the same font is no harm, and the only error is a broken font.
    plotters::style::register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| anyhow!("the font of the picture cannot be read"))?;
    picture(journeys, path).map_err(|error| anyhow!("{error}"))
}

fn colour(way: Way) -> RGBColor {
    match way {
        Way::Morph => RGBColor(20, 90, 200),
        Way::Linear => RGBColor(220, 120, 30),
        Way::EqualPower => RGBColor(150, 150, 150),
    }
}

fn picture(journeys: &[(Pair, Vec<Journey>)], path: &Path) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let root = BitMapBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let panels = root.split_evenly((ROWS.len(), journeys.len()));
    for (index, panel) in panels.iter().enumerate() {
        let (row, column) = (index / journeys.len(), index % journeys.len());
        let ((kind, title), (pair, keys)) = (ROWS[row], &journeys[column]);
        let Some(journey) = keys.get(keys.len() / 2) else { continue };
        let values = || journey.ways.iter().flat_map(|taken| taken.path(kind).values.iter().copied());
        let (low, high) = values().fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
        let margin = 0.06 * (high - low).max(0.5);
        let caption = match row {
            0 => format!("{} to {}", pair.first, pair.second),
            _ => String::new(),
        };
        let mut chart = ChartBuilder::on(panel);
        chart.margin(6).margin_right(14).x_label_area_size(26).y_label_area_size(if column == 0 { 62 } else { 44 });
        chart.caption(caption, ("sans-serif", 19));
        let mut chart = chart.build_cartesian_2d(0.0..1.0, low - margin..high + margin)?;
        let mut mesh = chart.configure_mesh();
        mesh.light_line_style(TRANSPARENT).x_labels(3).y_labels(4).label_style(("sans-serif", 14));
        if column == 0 {
            mesh.y_desc(title).axis_desc_style(("sans-serif", 14));
        }
        mesh.draw()?;
        // The morph comes last, on top.
        for taken in journey.ways.iter().rev() {
            let values = &taken.path(kind).values;
            let last = (values.len() - 1).max(1) as f64;
            let points: Vec<(f64, f64)> =
                values.iter().enumerate().map(|(place, value)| (place as f64 / last, *value)).collect();
            let width = if taken.way == Way::Morph { 3 } else { 2 };
            let line = std::iter::once(PathElement::new(points, colour(taken.way).stroke_width(width)));
            let way = taken.way;
            chart
                .draw_series(line)?
                .label(way.name())
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 16, y)], colour(way).stroke_width(2)));
        }
        if index == 0 {
            let mut labels = chart.configure_series_labels();
            labels.position(SeriesLabelPosition::LowerRight).label_font(("sans-serif", 13));
            labels.background_style(WHITE.mix(0.8)).draw()?;
        }
    }
    root.present()?;
    Ok(())
}
