//! Where the partials of a voice lie: the harmonic series, stretched and stiffened.
//! On the audio thread. Pure.
//! Promises the frequencies of the two formulas (test: `partials_lie_where_the_formulas_say`).
//!
//! Partial k sounds at `f0 k^(1 + s) sqrt((1 + B k^2) / (1 + B))`. `s` stretches every octave by as much; `B` is the stiffness of
//! a string (Fletcher, "Normal vibration frequencies of a stiff piano string", JASA 36, 1964), whose first partial is `f0` here.

use crate::frame::Tone;

/// Stretches of the series, octaves per octave. Within them partials stay in order.
const MOST_STRETCH: f64 = 0.5;
/// Greatest stiffness: the tenth partial is 600 cents sharp.
const MOST_INHARMONICITY: f64 = 0.01;
/// Less is none: 0.01 cent at the hundredth partial.
const LEAST_STRETCH: f64 = 1e-6;
/// Less is none: 0.01 cent at the hundredth partial.
const LEAST_INHARMONICITY: f64 = 1e-9;

/// A series of partials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Series {
    /// Octaves per octave.
    stretch: f64,
    /// Fletcher's B.
    inharmonicity: f64,
}

impl Series {
    /// Partial k at k times the fundamental.
    pub const HARMONIC: Self = Self { stretch: 0.0, inharmonicity: 0.0 };

    /// The series of a tone, in its bounds; `None` where the tone says none.
    pub fn of(tone: &Tone) -> Option<Self> {
        let (stretch, inharmonicity) = (f64::from(tone.stretch), f64::from(tone.inharmonicity));
        if !stretch.is_finite() || !inharmonicity.is_finite() {
            return None;
        }
        let or_none = |value: f64, least: f64| if value.abs() < least { 0.0 } else { value };
        Some(Self {
            stretch: or_none(stretch.clamp(-MOST_STRETCH, MOST_STRETCH), LEAST_STRETCH),
            inharmonicity: or_none(inharmonicity.clamp(0.0, MOST_INHARMONICITY), LEAST_INHARMONICITY),
        })
    }

    /// Frequency of partial `number` (1 and up) over the fundamental's.
    pub fn ratio(&self, number: f64) -> f64 {
        let stiffness = (1.0 + self.inharmonicity * number * number) / (1.0 + self.inharmonicity);
        number * (self.stretch * number.log2()).exp2() * stiffness.sqrt()
    }
}

/// Where partial `number` (1 and up) of a tone sounds, hertz.
pub fn partial_hz(tone: &Tone, number: usize) -> f64 {
    f64::from(tone.f0_hz) * Series::of(tone).unwrap_or(Series::HARMONIC).ratio(number as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(stretch: f32, inharmonicity: f32) -> Tone {
        Tone { stretch, inharmonicity, ..Tone::of(100.0) }
    }

    #[test]
    fn partials_lie_where_the_formulas_say() {
        let cents = |series: Series, number: f64| 1_200.0 * (series.ratio(number) / number).log2();
        for (stretch, inharmonicity) in [(0.0, 0.0), (0.05, 0.0), (-1.0 / 12.0, 0.0), (0.0, 0.000_4), (0.02, 0.002_6)] {
            let series = Series::of(&tone(stretch, inharmonicity)).expect("both are finite");
            assert_eq!(series.ratio(1.0), 1.0);
            for number in [2.0f64, 7.0, 100.0] {
                let b = f64::from(inharmonicity);
                let expected = 1_200.0 * f64::from(stretch) * number.log2()
                    + 600.0 * ((1.0 + b * number * number) / (1.0 + b)).log2();
                println!("{series:?}, partial {number}: {expected:+.2} cents");
                assert!((cents(series, number) - expected).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn what_is_no_series_is_none_and_what_is_beyond_is_brought_in() {
        assert_eq!(Series::of(&tone(f32::NAN, 0.0)), None);
        assert_eq!(Series::of(&tone(0.0, f32::INFINITY)), None);
        assert_eq!(Series::of(&tone(9.0, -1.0)), Some(Series { stretch: 0.5, inharmonicity: 0.0 }));
        assert_eq!(Series::of(&tone(-9.0, 1.0)), Some(Series { stretch: -0.5, inharmonicity: 0.01 }));
        assert_eq!(Series::of(&tone(-1e-7, 1e-10)), Some(Series::HARMONIC));
    }
}
