//! A picture of the sound: time, frequency on a logarithmic scale, level as colour in decibels.
//! Main thread.
//! A full-scale sine reads 0 dB at its own frequency (test: `a_sine_is_drawn_where_and_as_loud_as_it_is`).

use crate::play::render::Sound;
use anyhow::{Context, Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use realfft::RealFftPlanner;
use std::ops::Range;
use std::path::Path;

/// Pixels.
const SIZE: (u32, u32) = (1500, 860);
/// Width of the colour scale on the right, pixels.
const SCALE_WIDTH: u32 = 110;
/// Lowest frequency, hertz.
const LOWEST: f64 = 30.0;
/// Highest frequency, hertz, where the rate has it.
const HIGHEST: f64 = 20_000.0;
/// Level of the darkest and of the brightest colour, dB of full scale.
const LEVELS: Range<f32> = -110.0..-20.0;
/// Length of a window, seconds: long enough to part the partials of a low cello note.
const WINDOW: f64 = 0.085;

/// Draws the mean of both channels.
pub fn draw(sound: &Sound, rate: u32, path: &Path) -> Result<()> {
    let mono: Vec<f32> = sound.left.iter().zip(&sound.right).map(|(left, right)| 0.5 * (left + right)).collect();
    // A second registration of the same font is no harm, and the only error is a broken font.
    plotters::style::register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| anyhow!("the font of the picture cannot be read"))?;
    picture(&mono, rate, path)
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| format!("cannot draw {}", path.display()))
}

type Drawn<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn picture(mono: &[f32], rate: u32, path: &Path) -> Drawn<()> {
    let seconds = mono.len() as f64 / f64::from(rate);
    let highest = HIGHEST.min(f64::from(rate) / 2.0);
    let root = BitMapBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (main, scale) = root.split_horizontally(SIZE.0 - SCALE_WIDTH);
    let mut chart = ChartBuilder::on(&main)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(78)
        .build_cartesian_2d(0.0..seconds.max(1e-3), (LOWEST..highest).log_scale())?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc("time / s")
        .y_desc("frequency / Hz")
        .label_style(("sans-serif", 20))
        .axis_desc_style(("sans-serif", 22))
        .x_labels(16)
        .y_labels(24)
        .y_label_formatter(&|hertz| tick(*hertz))
        .draw()?;
    let area = chart.plotting_area().strip_coord_spec();
    let (width, height) = area.dim_in_pixel();
    let rows: Vec<f64> = (0..height)
        .map(|row| LOWEST * (highest / LOWEST).powf(1.0 - (f64::from(row) + 0.5) / f64::from(height)))
        .collect();
    let mut analyser = Analyser::new(rate);
    for column in 0..width {
        let centre = (f64::from(column) + 0.5) / f64::from(width) * mono.len() as f64;
        let levels = analyser.levels(mono, centre as i64, &rows);
        for (row, level) in levels.into_iter().enumerate() {
            area.draw_pixel((i32::try_from(column)?, i32::try_from(row)?), &colour(level))?;
        }
    }
    colour_scale(&scale)?;
    root.present()?;
    Ok(())
}

/// A label of the frequency axis; the upper half of each decade is left out, where labels would run into each other.
fn tick(hertz: f64) -> String {
    let leading = hertz / 10f64.powf(hertz.log10().floor());
    if leading > 5.5 { String::new() } else { format!("{hertz:.0}") }
}

fn colour_scale(area: &DrawingArea<BitMapBackend, Shift>) -> Drawn<()> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(16)
        .margin_bottom(64)
        .margin_right(12)
        .right_y_label_area_size(64)
        .build_cartesian_2d(0..1, LEVELS)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .disable_x_axis()
        .y_desc("dBFS")
        .label_style(("sans-serif", 18))
        .axis_desc_style(("sans-serif", 20))
        .y_label_formatter(&|level| format!("{level:.0}"))
        .draw()?;
    let area = chart.plotting_area().strip_coord_spec();
    let (width, height) = area.dim_in_pixel();
    for row in 0..height {
        let level = LEVELS.end - (LEVELS.end - LEVELS.start) * (row as f32 + 0.5) / height as f32;
        for column in 0..width {
            area.draw_pixel((i32::try_from(column)?, i32::try_from(row)?), &colour(level))?;
        }
    }
    Ok(())
}

/// Short-time spectra.
struct Analyser {
    rate: f64,
    transform: std::sync::Arc<dyn realfft::RealToComplex<f32>>,
    window: Vec<f32>,
}

impl Analyser {
    fn new(rate: u32) -> Self {
        let length = ((WINDOW * f64::from(rate)) as usize).next_power_of_two();
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(length);
        let window: Vec<f32> =
            (0..length).map(|index| 0.5 - 0.5 * (std::f32::consts::TAU * index as f32 / length as f32).cos()).collect();
        Self { rate: f64::from(rate), transform, window }
    }

    /// Level in dB of full scale (of a sine) at each frequency, in a window about `centre`.
    fn levels(&mut self, samples: &[f32], centre: i64, frequencies: &[f64]) -> Vec<f32> {
        let length = self.window.len();
        let begin = centre - length as i64 / 2;
        let at = |index: i64| usize::try_from(index).ok().and_then(|index| samples.get(index)).copied().unwrap_or(0.0);
        let mut buffer: Vec<f32> = self.window.iter().zip(begin..).map(|(window, index)| window * at(index)).collect();
        let mut spectrum = self.transform.make_output_vec();
        if self.transform.process(&mut buffer, &mut spectrum).is_err() {
            return vec![LEVELS.start; frequencies.len()];
        }
        // A sine of amplitude 1 under a Hann window of mean 1/2 peaks at length / 4.
        let scale = 4.0 / length as f32;
        let power = |bin: usize| spectrum.get(bin).map_or(0.0, |value| (value.norm() * scale).powi(2));
        let bins: Vec<f64> = frequencies.iter().map(|hertz| hertz / self.rate * length as f64).collect();
        (0..bins.len())
            .map(|row| {
                // A row shows the loudest bin that falls into it; where rows are finer than bins, a line between two.
                let half = (bins[row.saturating_sub(1)] - bins[(row + 1).min(bins.len() - 1)]).abs() / 4.0;
                let (low, high) = ((bins[row] - half).ceil() as usize, (bins[row] + half).floor() as usize);
                let level = if low <= high {
                    (low..=high).map(power).fold(0.0, f32::max)
                } else {
                    let below = bins[row].floor();
                    let share = (bins[row] - below) as f32;
                    power(below as usize) * (1.0 - share) + power(below as usize + 1) * share
                };
                10.0 * level.max(1e-15).log10()
            })
            .collect()
    }
}

/// Black through purple and orange to pale yellow, as the eye orders brightness.
fn colour(level: f32) -> RGBColor {
    const STOPS: [(f32, f32, f32); 6] = [
        (0.0, 0.0, 4.0),
        (59.0, 15.0, 112.0),
        (140.0, 41.0, 129.0),
        (222.0, 73.0, 104.0),
        (254.0, 159.0, 109.0),
        (252.0, 253.0, 191.0),
    ];
    let place = ((level - LEVELS.start) / (LEVELS.end - LEVELS.start)).clamp(0.0, 1.0) * (STOPS.len() - 1) as f32;
    let index = (place as usize).min(STOPS.len() - 2);
    let share = place - index as f32;
    let (from, to) = (STOPS[index], STOPS[index + 1]);
    let mix = |from: f32, to: f32| (from + (to - from) * share).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_is_drawn_where_and_as_loud_as_it_is() {
        let sine: Vec<f32> =
            (0..48_000).map(|index| (std::f32::consts::TAU * 1000.0 * index as f32 / 48_000.0).sin()).collect();
        let levels = Analyser::new(48_000).levels(&sine, 24_000, &[4000.0, 2000.0, 1000.0, 500.0]);
        assert!((levels[2]).abs() < 1.5, "{levels:?}");
        assert!(levels[0] < -60.0 && levels[3] < -60.0, "{levels:?}");
    }

    #[test]
    fn a_picture_is_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sweep.png");
        let sweep: Vec<f32> = (0..32_000)
            .map(|index| index as f32 / 16_000.0)
            .map(|time| 0.5 * (std::f32::consts::TAU * (50.0 * time + 900.0 * time * time)).sin())
            .collect();
        draw(&Sound { left: sweep.clone(), right: sweep }, 16_000, &path).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() > 10_000);
    }
}
