//! The shaping functions baked into tables by running the model's own network once.
//! Built on the loader thread, read on the audio thread.
//! Promises each function within its tolerance over its range (test: `tables_hold_their_functions`).
//!
//! A table cuts the shaper's range into equal intervals and holds in each the cubic through the function's values at 0,
//! 1/4, 3/4 and 1 of it (Chebyshev-Lobatto points). Neighbours share the value between them, and the error, the fourth
//! derivative times h^4 / 1536, is a thirty-sixth of that of the cubic through four equally spaced points.
//! Straight lines would need some thousand intervals for -88 dB: more memory, and so more time, than cubics.

use thiserror::Error;

/// Intervals tried: from this ...
const FEWEST: usize = 64;
/// ... by doubling to this.
const MOST: usize = 4096;
/// Bytes for all tables of an instrument; a shaper's share of it caps its intervals.
const BUDGET: usize = 4 << 20;
/// Largest error at the points between, as a share of the function's largest value over its range: -106 dB.
const TOLERANCE: f32 = 5e-6;
/// Points of an interval at which the function is asked: its cubic's own are 0, 2, 6 and 8; at the others it is measured.
const POINTS: usize = 8;
/// Rows of one question to the network.
const ROWS: usize = 4096;

/// One interval: c0 + c1 t + c2 t^2 + c3 t^3, t from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(16))]
pub struct Cubic(pub [f32; 4]);

/// Where one shaper's table is, and how good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShaperSpan {
    /// Its first interval in [`ShaperTables::cubics`].
    pub first: usize,
    /// Number of its intervals.
    pub intervals: usize,
    /// Index at which the first interval begins; below it the function holds its value there.
    pub low: f32,
    /// Index at which the last interval ends; above it the function holds its value there.
    pub high: f32,
    /// Largest error measured between the points, linear.
    pub error: f32,
}

/// The tables of all shapers.
#[derive(Clone, Debug, PartialEq)]
pub struct ShaperTables {
    spans: Vec<ShaperSpan>,
    cubics: Vec<Cubic>,
}

/// Why no tables could be baked.
#[derive(Debug, Error)]
pub enum BakeError<E> {
    /// The network failed.
    #[error("{0}")]
    Evaluate(E),
    /// The network gave another number of values than it was asked for.
    #[error("the shapers gave {found} values, expected {expected}")]
    Length {
        /// Values given.
        found: usize,
        /// Values asked for.
        expected: usize,
    },
    /// A function has no finite value there.
    #[error("shaper {shaper} is not finite at index {index}")]
    NotFinite {
        /// Which, from 0.
        shaper: usize,
        /// Where.
        index: f32,
    },
}

impl ShaperTables {
    /// Bakes S functions over their ranges (low < high, finite). `evaluate` takes indices `[N, S]` row-major, N up to
    /// 4096, and gives the shaped values likewise; it is asked some ten times.
    pub fn bake<E>(
        range: &[(f32, f32)],
        mut evaluate: impl FnMut(&[f32]) -> Result<Vec<f32>, E>,
    ) -> Result<Self, BakeError<E>> {
        let most = (BUDGET / size_of::<Cubic>() / range.len().max(1)).clamp(FEWEST, MOST);
        let mut baked: Vec<Option<(f32, Vec<Cubic>)>> = vec![None; range.len()];
        let mut intervals = FEWEST;
        while baked.iter().any(Option::is_none) {
            let values = sample(range, intervals * POINTS, &mut evaluate)?;
            for (shaper, baked) in baked.iter_mut().enumerate().filter(|(_, baked)| baked.is_none()) {
                let column: Vec<f32> = values.iter().skip(shaper).step_by(range.len()).copied().collect();
                let peak = column.iter().fold(0f32, |peak, value| peak.max(value.abs()));
                let (error, cubics) = fit(&column);
                if error <= TOLERANCE * peak || 2 * intervals > most {
                    *baked = Some((error, cubics));
                }
            }
            intervals *= 2;
        }
        let mut tables = Self { spans: Vec::with_capacity(range.len()), cubics: Vec::new() };
        for (&(low, high), (error, cubics)) in range.iter().zip(baked.into_iter().flatten()) {
            let (first, intervals) = (tables.cubics.len(), cubics.len());
            tables.spans.push(ShaperSpan { first, intervals, low, high, error });
            tables.cubics.extend(cubics);
        }
        Ok(tables)
    }

    /// Number of shapers.
    pub fn shapers(&self) -> usize {
        self.spans.len()
    }

    /// Where each shaper's table is.
    pub fn spans(&self) -> &[ShaperSpan] {
        &self.spans
    }

    /// The intervals of all shapers.
    pub fn cubics(&self) -> &[Cubic] {
        &self.cubics
    }

    /// Bytes of all tables.
    pub fn bytes(&self) -> usize {
        size_of_val(self.cubics.as_slice())
    }

    /// The table of `shaper` at `index`. Slow; for checks and tests.
    pub fn evaluate(&self, shaper: usize, index: f64) -> f64 {
        let span = &self.spans[shaper];
        let (low, high) = (f64::from(span.low), f64::from(span.high));
        let at = ((index - low) / (high - low)).clamp(0.0, 1.0) * span.intervals as f64;
        let interval = (at as usize).min(span.intervals - 1);
        let t = at - interval as f64;
        let [c0, c1, c2, c3] = self.cubics[span.first + interval].0.map(f64::from);
        c0 + t * (c1 + t * (c2 + t * c3))
    }
}

/// All functions at `steps` + 1 equally spaced indices of their ranges, `[steps + 1, S]`.
fn sample<E>(
    range: &[(f32, f32)],
    steps: usize,
    evaluate: &mut impl FnMut(&[f32]) -> Result<Vec<f32>, E>,
) -> Result<Vec<f32>, BakeError<E>> {
    let index = |step: usize, (low, high): (f32, f32)| {
        let share = step as f64 / steps as f64;
        (f64::from(low) * (1.0 - share) + f64::from(high) * share) as f32
    };
    let mut values = Vec::with_capacity((steps + 1) * range.len());
    for first in (0..=steps).step_by(ROWS) {
        let rows = first..(first + ROWS).min(steps + 1);
        let indices: Vec<f32> = rows.flat_map(|step| range.iter().map(move |range| index(step, *range))).collect();
        let shaped = evaluate(&indices).map_err(BakeError::Evaluate)?;
        if shaped.len() != indices.len() {
            return Err(BakeError::Length { found: shaped.len(), expected: indices.len() });
        }
        if let Some(at) = shaped.iter().position(|value| !value.is_finite()) {
            return Err(BakeError::NotFinite { shaper: at % range.len(), index: indices[at] });
        }
        values.extend(shaped);
    }
    Ok(values)
}

/// The cubics through a function's values, and the largest error at the points between.
fn fit(values: &[f32]) -> (f32, Vec<Cubic>) {
    let mut worst = 0f64;
    let intervals = (0..values.len() - 1).step_by(POINTS).map(|first| {
        let value = |point: usize| f64::from(values[first + point]);
        let coefficients = through(value(0), value(2), value(6), value(8)).map(|coefficient| coefficient as f32);
        let [c0, c1, c2, c3] = coefficients.map(f64::from);
        for point in [1, 3, 4, 5, 7] {
            let t = point as f64 / POINTS as f64;
            worst = worst.max((c0 + t * (c1 + t * (c2 + t * c3)) - value(point)).abs());
        }
        Cubic(coefficients)
    });
    let cubics = intervals.collect();
    (worst as f32, cubics)
}

/// Coefficients of the cubic through (0, a), (1/4, b), (3/4, c), (1, d).
fn through(a: f64, b: f64, c: f64, d: f64) -> [f64; 4] {
    // Newton's divided differences at 0, 1/4, 3/4, 1.
    let (ab, bc, cd) = (4.0 * (b - a), 2.0 * (c - b), 4.0 * (d - c));
    let (abc, bcd) = ((bc - ab) / 0.75, (cd - bc) / 0.75);
    let abcd = bcd - abc;
    // a + ab t + abc t (t - 1/4) + abcd t (t - 1/4) (t - 3/4), multiplied out.
    [a, ab - 0.25 * abc + 0.1875 * abcd, abc - abcd, abcd]
}

#[cfg(test)]
mod tests {
    use super::super::{NetworkLayer, Networks};
    use super::*;
    use std::convert::Infallible;

    /// Networks of `shapers` shapers with layers 1 -> `width` -> `width` -> 1 and weights up to `strength`.
    fn networks(shapers: usize, width: usize, strength: f32) -> Networks {
        let noise = |n: usize| strength * (2.0 * ((n * 7_919 + 13) % 1_009) as f32 / 1_009.0 - 1.0);
        let layer = |inputs: usize, outputs: usize| NetworkLayer {
            inputs,
            outputs,
            weights: (0..shapers * inputs * outputs).map(|n| noise(n) / (inputs as f32).sqrt()).collect(),
            biases: (0..shapers * outputs).map(|n| noise(3 * n + 1)).collect(),
        };
        Networks { layers: vec![layer(1, width), layer(width, width), layer(width, 1)] }
    }

    #[test]
    fn tables_hold_their_functions() {
        let networks = networks(10, 8, 2.5);
        let range: Vec<(f32, f32)> = (0..10).map(|shaper| (-3.0, 1.0 + shaper as f32 / 3.0)).collect();
        let shape = |indices: &[f32]| {
            let values = indices.iter().enumerate();
            Ok::<_, Infallible>(
                values.map(|(at, index)| networks.evaluate(at % 10, f64::from(*index)) as f32).collect(),
            )
        };
        let tables = ShaperTables::bake(&range, shape).unwrap_or_else(|error| match error {
            BakeError::Evaluate(never) => match never {},
            other => panic!("{other}"),
        });
        let mut worst = 0f64;
        for (shaper, span) in tables.spans().iter().enumerate() {
            for step in 0..10_000 {
                let index = f64::from(span.low) + f64::from(span.high - span.low) * f64::from(step) / 9_999.0;
                worst = worst.max((tables.evaluate(shaper, index) - networks.evaluate(shaper, index)).abs());
            }
            let (below, above) = (f64::from(span.low) - 5.0, f64::from(span.high) + 5.0);
            let ends = [(below, f64::from(span.low)), (above, f64::from(span.high))];
            for (beyond, end) in ends {
                assert!((tables.evaluate(shaper, beyond) - networks.evaluate(shaper, end)).abs() < 1e-6);
            }
        }
        let intervals: Vec<usize> = tables.spans().iter().map(|span| span.intervals).collect();
        println!("worst {:.1} dB, intervals {intervals:?}, {} bytes", 20.0 * worst.log10(), tables.bytes());
        assert!(worst < 1e-5);
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_place() {
        let half = ShaperTables::bake(&[(0.0, 1.0)], |indices| Ok::<_, Infallible>(vec![0.0; indices.len() / 2]));
        assert!(matches!(half, Err(BakeError::Length { found: 256, expected: 513 })));
        let pole = ShaperTables::bake(&[(-1.0, 1.0), (0.0, 1.0)], |indices| {
            Ok::<_, Infallible>(indices.iter().map(|index| index.recip()).collect())
        });
        assert!(matches!(pole, Err(BakeError::NotFinite { shaper: 1, .. })));
        let failed = ShaperTables::bake(&[(0.0, 1.0)], |_| Err::<Vec<f32>, _>("the session broke"));
        assert_eq!(failed.map_err(|error| error.to_string()).err().as_deref(), Some("the session broke"));
    }
}
