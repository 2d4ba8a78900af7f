//! Journeys of all pairs as a table.
//! Any thread.

use super::path::{Kind, Measure};
use super::render::{Journey, Way};
use super::{Pair, Taken};
use std::fmt::Write;

/// What a way does at its worst over the keys of a pair.
#[derive(Clone, Copy, Debug)]
pub struct Worst {
    /// Of the centroid.
    pub centroid: Measure,
    /// Of the log-mel spectrum: one way only from the first and to the second, leaps of its steps, bow of the distances.
    pub spectrum: Measure,
    /// Of the loudness.
    pub loudness: Measure,
    /// Ends of the centroid at the middle key, hertz.
    pub centroids: (f64, f64),
    /// Distance of the ends, decibels.
    pub distance_db: f64,
    /// How far the loudness leaves the line between its ends, decibels.
    pub off_line_db: f64,
}

impl Worst {
    /// Of one way over all keys.
    pub fn of(journeys: &[Journey], way: Way) -> Option<Self> {
        let taken: Vec<&Taken> = journeys.iter().flat_map(|journey| &journey.ways).filter(|it| it.way == way).collect();
        let of = |kind: Kind| taken.iter().map(|it| it.path(kind).measure()).reduce(worse);
        let spectrum = [Kind::FromFirst, Kind::FromSecond].into_iter().filter_map(of).reduce(worse)?;
        let middle = taken.get(taken.len() / 2)?;
        let ends = |kind: Kind| {
            let values = &middle.path(kind).values;
            Some((*values.first()?, *values.last()?))
        };
        let off_line = taken.iter().map(|it| it.path(Kind::Loudness).off_line()).fold(0.0, f64::max);
        Some(Self {
            centroid: of(Kind::Centroid)?,
            spectrum: Measure { leap: of(Kind::Step)?.leap, ..spectrum },
            loudness: of(Kind::Loudness)?,
            centroids: ends(Kind::Centroid)?,
            distance_db: ends(Kind::FromFirst)?.1,
            off_line_db: off_line,
        })
    }
}

impl Worst {
    /// The largest leap of any quantity.
    pub fn largest_leap(&self) -> f64 {
        self.centroid.leap.max(self.spectrum.leap).max(self.loudness.leap)
    }

    /// The furthest bow of centroid and spectrum.
    pub fn furthest_bow(&self) -> f64 {
        self.centroid.bow.max(self.spectrum.bow)
    }
}

fn worse(a: Measure, b: Measure) -> Measure {
    Measure { is_monotone: a.is_monotone && b.is_monotone, leap: a.leap.max(b.leap), bow: a.bow.max(b.bow) }
}

/// A Markdown table of all pairs and ways, each at its worst over the pair's keys.
pub fn table(journeys: &[(Pair, Vec<Journey>)]) -> String {
    let mut text = String::from(
        "| pair | way | centroid, Hz | monotone | leap | bow | log-mel, dB | monotone | leap | bow | loudness: monotone | leap | off the line, dB |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for (pair, journeys) in journeys {
        for way in Way::ALL {
            let Some(worst) = Worst::of(journeys, way) else { continue };
            let word = |measure: Measure| if measure.is_monotone { "yes" } else { "no" };
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {} to {} | {} | {:.0} to {:.0} | {} | {:.1} | {:.2} | {:.1} | {} | {:.1} | {:.2} | {} | {:.1} | {:.1} |",
                pair.first,
                pair.second,
                way.name(),
                worst.centroids.0,
                worst.centroids.1,
                word(worst.centroid),
                worst.centroid.leap,
                worst.centroid.bow,
                worst.distance_db,
                word(worst.spectrum),
                worst.spectrum.leap,
                worst.spectrum.bow,
                word(worst.loudness),
                worst.loudness.leap,
                worst.off_line_db,
            );
        }
    }
    text
}
