//! A Scala scale: the `.scl` format, as huygens-fokker.org/scala/scl_format.html describes it.
//! Any thread but the audio thread.
//! Degrees go on in both directions, the last pitch being the period (test: `a_scale_goes_on_in_both_directions`).

use super::error::{TuningFault, TuningField};
use super::text::{Line, Lines};

/// Most notes of a scale.
const MOST_NOTES: usize = 4096;

const PITCH: &str = "a ratio such as 3/2, or cents with a point such as 701.955";

/// A scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    description: String,
    /// Of degrees 1, 2, ..., above degree 0; the last is the period.
    cents: Vec<f64>,
}

impl Scale {
    /// Reads the text of a `.scl` file.
    ///
    /// Comments begin with `!`. A description (perhaps an empty line) and the number of notes (perhaps 0) are followed by one
    /// pitch a line: cents where there is a point, a ratio or whole number otherwise; what follows a pitch is ignored, and
    /// empty lines among pitches are too. Pitches need not ascend, and cents may be negative.
    ///
    /// # Errors
    /// A line that is missing or does not say what it must, or another pitch after the announced number.
    pub fn parse(text: &str) -> Result<Self, TuningFault> {
        let mut lines = Lines::new(text);
        let description = lines.next().ok_or_else(|| lines.ended(TuningField::Description, "a description"))?;
        let field = TuningField::NoteCount;
        let count_line = lines.next().ok_or_else(|| lines.ended(field, "a whole number"))?;
        let count = count_line.whole(field, 0, MOST_NOTES)?;
        let mut cents = Vec::with_capacity(count);
        for number in 1..=count {
            let field = TuningField::Pitch(number);
            let line = lines.next_filled().ok_or_else(|| {
                lines.ended(field, format!("{PITCH}, as line {} announces {count}", count_line.number))
            })?;
            cents.push(pitch(&line, field)?);
        }
        // The rest is the author's, but a pitch too many is a wrong number of notes: the period would be another.
        if let Some(line) = lines.next_filled()
            && line.text.trim() == line.token()
            && pitch(&line, TuningField::NoteCount).is_ok()
        {
            let expected = format!("no more pitches, as line {} announces {count}", count_line.number);
            return Err(line.fault(TuningField::Pitch(count + 1), expected));
        }
        Ok(Self { description: description.text.trim().to_owned(), cents })
    }

    /// Twelve equal steps to the octave.
    pub fn twelve_equal() -> Self {
        let cents = (1..=12).map(|degree| f64::from(degree) * 100.0).collect();
        Self { description: "12 equal steps to the octave".to_owned(), cents }
    }

    /// What the file says about itself; may be empty.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Notes to the period.
    pub fn notes(&self) -> usize {
        self.cents.len()
    }

    /// Cents of a degree above degree 0. A scale without notes has degree 0 on every key.
    pub fn cents(&self, degree: i64) -> f64 {
        let Some(period) = self.cents.last() else { return 0.0 };
        let notes = self.cents.len() as i64;
        let (periods, step) = (degree.div_euclid(notes), degree.rem_euclid(notes) as usize);
        let above = if step == 0 { 0.0 } else { self.cents[step - 1] };
        periods as f64 * period + above
    }
}

/// The pitch that a line begins with, cents.
fn pitch(line: &Line, field: TuningField) -> Result<f64, TuningFault> {
    let wrong = |expected: &str| line.fault(field, expected);
    let text = line.text.trim_start();
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, rest) = digits(text);
    let (cents, rest) = if let Some(rest) = rest.strip_prefix('.') {
        let (fraction, rest) = digits(rest);
        if whole.is_empty() && fraction.is_empty() {
            return Err(wrong(PITCH));
        }
        let size: f64 = format!("0{whole}.{fraction}0").parse().map_err(|_| wrong(PITCH))?;
        (if is_negative { -size } else { size }, rest)
    } else {
        let (numerator, rest) = (whole, rest);
        let (denominator, rest) = match rest.trim_start_matches([' ', '\t']).strip_prefix('/') {
            Some(rest) => digits(rest.trim_start_matches([' ', '\t'])),
            None => ("1", rest),
        };
        let (Ok(numerator), Ok(denominator)) = (numerator.parse::<f64>(), denominator.parse::<f64>()) else {
            return Err(wrong(PITCH));
        };
        if is_negative || numerator == 0.0 || denominator == 0.0 {
            return Err(wrong("a ratio of two whole numbers above 0"));
        }
        (1200.0 * (numerator.log2() - denominator.log2()), rest)
    };
    // `701,955`, `3/2/1` and `3/2.5` begin like pitches and mean something else.
    let mut next = rest.chars();
    let goes_on = match next.next() {
        Some('.' | '/') => true,
        Some(',') => next.next().is_some_and(|character| character.is_ascii_digit()),
        _ => false,
    };
    if goes_on || !cents.is_finite() { Err(wrong(PITCH)) } else { Ok(cents) }
}

/// The digits that `text` begins with, and what follows.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}
