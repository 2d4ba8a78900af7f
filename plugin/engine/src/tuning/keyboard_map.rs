//! A Scala keyboard mapping: the `.kbm` format, as Scala's help describes it under "keyboard mappings".
//! Any thread but the audio thread.
//! The pattern repeats in both directions from the middle key (test: `a_map_repeats_in_both_directions`).

use super::KEYS;
use super::error::{TuningFault, TuningField};
use super::scale::Scale;
use super::text::Lines;
use std::ops::RangeInclusive;

/// Most keys of a pattern, and the highest degree on a key.
const LARGEST: usize = 4096;
/// Reference frequencies, hertz.
const REFERENCE_HZ: RangeInclusive<f64> = 1e-3..=1e6;

const DEGREE: &str = "the degree of a scale, or x for a key that plays nothing";

/// Which key plays which degree of a scale, and at what frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyboardMap {
    range: RangeInclusive<usize>,
    middle_key: usize,
    reference_key: usize,
    reference_hz: f64,
    /// 0 is the scale's last.
    octave_degree: usize,
    /// Degrees from the middle key on, `None` for keys that play nothing; without any, each key is the next degree.
    pattern: Vec<Option<u32>>,
}

impl KeyboardMap {
    /// Reads the text of a `.kbm` file.
    ///
    /// Seven numbers, one a line: size of the map (0: each key is the next degree), first and last key to retune, middle key
    /// (where the first entry lies), reference key, its frequency in hertz, octave degree (0: the scale's last). Then the
    /// degrees, `x` for a key that plays nothing; entries that are missing at the end are such too. Comments begin with `!`,
    /// what follows a number and empty lines are ignored.
    ///
    /// # Errors
    /// A line that is missing or does not say what it must, more entries than the size, or a reference key that plays nothing.
    pub fn parse(text: &str) -> Result<Self, TuningFault> {
        let lines = &mut Lines::new(text);
        let last = KEYS - 1;
        let (_, size) = whole(lines, TuningField::MapSize, 0, LARGEST)?;
        let (_, first_key) = whole(lines, TuningField::FirstKey, 0, last)?;
        let (_, last_key) = whole(lines, TuningField::LastKey, first_key, last)?;
        let (_, middle_key) = whole(lines, TuningField::MiddleKey, 0, last)?;
        let (reference_line, reference_key) = whole(lines, TuningField::ReferenceKey, 0, last)?;
        let reference_hz = hertz(lines)?;
        let (_, octave_degree) = whole(lines, TuningField::OctaveDegree, 0, LARGEST)?;
        let mut pattern = Vec::with_capacity(size);
        while let Some(line) = lines.next_filled().filter(|_| size > 0) {
            let field = TuningField::MapEntry(pattern.len() + 1);
            if pattern.len() == size {
                return Err(line.fault(field, format!("no more entries, as the size of the map is {size}")));
            }
            pattern.push(match line.token() {
                "x" | "X" => None,
                degree => {
                    let degree = degree.parse().ok().filter(|degree| *degree <= LARGEST as u32);
                    Some(degree.ok_or_else(|| line.fault(field, DEGREE))?)
                }
            });
        }
        pattern.resize(size, None);
        let range = first_key..=last_key;
        let map = Self { range, middle_key, reference_key, reference_hz, octave_degree, pattern };
        if map.degree(reference_key).is_none() {
            return Err(TuningFault::Line {
                line: reference_line,
                field: TuningField::ReferenceKey,
                found: format!("key {reference_key}, which the mapping gives no degree"),
                expected: "a key with a degree".to_owned(),
            });
        }
        Ok(map)
    }

    /// Keys that are retuned.
    pub fn range(&self) -> &RangeInclusive<usize> {
        &self.range
    }

    /// The key whose frequency is given.
    pub fn reference_key(&self) -> usize {
        self.reference_key
    }

    /// Its frequency, hertz.
    pub fn reference_hz(&self) -> f64 {
        self.reference_hz
    }

    /// Cents of a key above degree 0 on the middle key; `None` for a key that plays nothing. Any key, in range or not.
    pub fn cents(&self, key: usize, scale: &Scale) -> Option<f64> {
        let (repetitions, degree) = self.degree(key)?;
        let octave = if self.octave_degree == 0 { scale.notes() } else { self.octave_degree };
        Some(repetitions as f64 * scale.cents(octave as i64) + scale.cents(degree))
    }

    /// In which repetition of the pattern a key lies, and the degree that it has there.
    fn degree(&self, key: usize) -> Option<(i64, i64)> {
        let steps = key as i64 - self.middle_key as i64;
        let size = self.pattern.len() as i64;
        if size == 0 {
            return Some((0, steps));
        }
        let degree = self.pattern[steps.rem_euclid(size) as usize]?;
        Some((steps.div_euclid(size), i64::from(degree)))
    }
}

/// A line's number, and the whole number on it.
fn whole(lines: &mut Lines, field: TuningField, low: usize, high: usize) -> Result<(usize, usize), TuningFault> {
    let line = lines.next_filled().ok_or_else(|| lines.ended(field, format!("a whole number from {low} to {high}")))?;
    Ok((line.number, line.whole(field, low, high)?))
}

fn hertz(lines: &mut Lines) -> Result<f64, TuningFault> {
    let field = TuningField::ReferenceFrequency;
    let expected = format!("hertz from {} to {}, such as 440.0", REFERENCE_HZ.start(), REFERENCE_HZ.end());
    let line = lines.next_filled().ok_or_else(|| lines.ended(field, expected.clone()))?;
    let hertz = line.token().parse().ok().filter(|hertz| REFERENCE_HZ.contains(hertz));
    hertz.ok_or_else(|| line.fault(field, expected))
}
