//! Reads JSON fields one by one, so that each that is missing, mistyped or out of range has its own sentence.
//! Loader thread.
//! Every failure names the whole path of its field (test: `each_missing_field_is_named`).

use super::error::ModelFault;
use serde_json::{Map, Value};
use std::fmt::Display;
use std::ops::RangeInclusive;

/// The fields of one JSON object, and where it lies.
pub struct Fields<'a> {
    fields: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The fields of the outermost object.
    pub fn root(value: &'a Value, name: &str) -> Result<Self, ModelFault> {
        match value {
            Value::Object(fields) => Ok(Self { fields, path: String::new() }),
            other => Err(wrong(name, describe(other), "a JSON object")),
        }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.into() } else { format!("{}.{name}", self.path) }
    }

    /// The fault of field `name`.
    pub fn fault(&self, name: &str, found: impl Display, expected: impl Display) -> ModelFault {
        wrong(&self.path_of(name), found, expected)
    }

    fn get(&self, name: &str, expected: impl Display) -> Result<&'a Value, ModelFault> {
        self.fields.get(name).ok_or_else(|| self.fault(name, "nothing", expected))
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<&'a str, ModelFault> {
        self.text_where(name, "a text", |_| true)
    }

    /// A text that `is_right`; `expected` says so in words.
    pub fn text_where(
        &self,
        name: &str,
        expected: &str,
        is_right: impl FnOnce(&str) -> bool,
    ) -> Result<&'a str, ModelFault> {
        match self.get(name, expected)? {
            Value::String(text) if is_right(text) => Ok(text),
            other => Err(self.fault(name, describe(other), expected)),
        }
    }

    /// A text that may be left out.
    pub fn optional_text(&self, name: &str) -> Result<Option<&'a str>, ModelFault> {
        if self.fields.contains_key(name) { self.text(name).map(Some) } else { Ok(None) }
    }

    /// One of the given texts; returns what belongs to it.
    pub fn choice<T: Clone>(&self, name: &str, choices: &[(&str, T)]) -> Result<T, ModelFault> {
        let names: Vec<String> = choices.iter().map(|(text, _)| format!("\"{text}\"")).collect();
        let expected = names.join(" or ");
        let found = self.get(name, &expected)?;
        choices
            .iter()
            .find(|(text, _)| found.as_str() == Some(text))
            .map(|(_, value)| value.clone())
            .ok_or_else(|| self.fault(name, describe(found), &expected))
    }

    /// A finite number that `is_right`; `expected` says so in words.
    pub fn number(&self, name: &str, expected: &str, is_right: impl FnOnce(f64) -> bool) -> Result<f64, ModelFault> {
        let found = self.get(name, expected)?;
        found
            .as_f64()
            .filter(|number| number.is_finite() && is_right(*number))
            .ok_or_else(|| self.fault(name, describe(found), expected))
    }

    /// A number as [`Fields::number`] that may be left out.
    pub fn optional_number(
        &self,
        name: &str,
        expected: &str,
        is_right: impl FnOnce(f64) -> bool,
    ) -> Result<Option<f64>, ModelFault> {
        if self.fields.contains_key(name) { self.number(name, expected, is_right).map(Some) } else { Ok(None) }
    }

    /// An integer inside of `range`.
    pub fn integer(&self, name: &str, range: RangeInclusive<u64>) -> Result<u64, ModelFault> {
        let expected = if range.start() == range.end() {
            range.start().to_string()
        } else {
            format!("an integer from {} to {}", range.start(), range.end())
        };
        let found = self.get(name, &expected)?;
        found
            .as_u64()
            .filter(|number| range.contains(number))
            .ok_or_else(|| self.fault(name, describe(found), &expected))
    }

    /// An integer inside of `range` that may be left out.
    pub fn optional_integer(&self, name: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, ModelFault> {
        if self.fields.contains_key(name) { self.integer(name, range).map(Some) } else { Ok(None) }
    }

    /// An object.
    pub fn object(&self, name: &str) -> Result<Fields<'a>, ModelFault> {
        match self.get(name, "an object")? {
            Value::Object(fields) => Ok(Fields { fields, path: self.path_of(name) }),
            other => Err(self.fault(name, describe(other), "an object")),
        }
    }

    /// An object that may be left out.
    pub fn optional_object(&self, name: &str) -> Result<Option<Fields<'a>>, ModelFault> {
        if self.fields.contains_key(name) { self.object(name).map(Some) } else { Ok(None) }
    }

    /// An object or `null`.
    pub fn object_or_null(&self, name: &str) -> Result<Option<Fields<'a>>, ModelFault> {
        match self.get(name, "an object or null")? {
            Value::Null => Ok(None),
            Value::Object(fields) => Ok(Some(Fields { fields, path: self.path_of(name) })),
            other => Err(self.fault(name, describe(other), "an object or null")),
        }
    }

    /// A list of at most `limit` objects.
    pub fn objects(&self, name: &str, limit: usize) -> Result<Vec<Fields<'a>>, ModelFault> {
        let expected = format!("a list of at most {limit} objects");
        let items = match self.get(name, &expected)? {
            Value::Array(items) if items.len() <= limit => items,
            other => return Err(self.fault(name, describe(other), &expected)),
        };
        let field = |(index, item): (usize, &'a Value)| {
            let path = format!("{}[{index}]", self.path_of(name));
            match item {
                Value::Object(fields) => Ok(Fields { fields, path }),
                other => Err(wrong(&path, describe(other), "an object")),
            }
        };
        items.iter().enumerate().map(field).collect()
    }

    /// A list of positive integers that `is_right`, or `null`; `expected` says so in words.
    pub fn sizes_or_null(
        &self,
        name: &str,
        expected: &str,
        is_right: impl FnOnce(&[usize]) -> bool,
    ) -> Result<Option<Vec<usize>>, ModelFault> {
        let found = self.get(name, expected)?;
        if found.is_null() {
            return Ok(None);
        }
        let sizes = sizes(found).filter(|sizes| is_right(sizes));
        sizes.map(Some).ok_or_else(|| self.fault(name, describe(found), expected))
    }

    /// So many lists of so many numbers inside of `range`, row by row.
    pub fn rows_of_numbers(
        &self,
        name: &str,
        (rows, columns): (usize, usize),
        range: RangeInclusive<f64>,
    ) -> Result<Vec<f64>, ModelFault> {
        let row_expected = format!("{columns} numbers from {} to {}", range.start(), range.end());
        let expected = format!("a list of {rows} lists of {row_expected}");
        let found = match self.get(name, &expected)? {
            Value::Array(found) if found.len() == rows => found,
            other => return Err(self.fault(name, describe(other), &expected)),
        };
        let mut numbers = Vec::with_capacity(rows * columns);
        for (index, row) in found.iter().enumerate() {
            let values = row.as_array().filter(|values| values.len() == columns);
            let values = values.map(|values| values.iter().filter_map(Value::as_f64).filter(|x| range.contains(x)));
            numbers.extend(values.into_iter().flatten());
            if numbers.len() != (index + 1) * columns {
                let field = format!("{name}[{index}]");
                return Err(self.fault(&field, describe(row), format!("a list of {row_expected}")));
            }
        }
        Ok(numbers)
    }

    /// A list of positive integers.
    pub fn sizes(&self, name: &str) -> Result<Vec<usize>, ModelFault> {
        let expected = "a list of positive integers";
        let found = self.get(name, expected)?;
        sizes(found).ok_or_else(|| self.fault(name, describe(found), expected))
    }
}

fn sizes(value: &Value) -> Option<Vec<usize>> {
    let size = |item: &Value| item.as_u64().filter(|&n| n > 0).and_then(|n| usize::try_from(n).ok());
    value.as_array()?.iter().map(size).collect()
}

fn wrong(field: &str, found: impl Display, expected: impl Display) -> ModelFault {
    ModelFault::Field { field: field.into(), found: found.to_string(), expected: expected.to_string() }
}

/// A JSON value in a few words.
fn describe(value: &Value) -> String {
    /// Longest piece of a text that a sentence quotes, characters.
    const QUOTED: usize = 40;
    match value {
        Value::Null => "null".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => "an empty text".into(),
        Value::String(text) if text.chars().count() > QUOTED => {
            format!("\"{}...\" ({} characters)", text.chars().take(QUOTED).collect::<String>(), text.chars().count())
        }
        Value::String(text) => format!("\"{text}\""),
        Value::Array(items) if items.len() <= 8 && items.iter().all(Value::is_number) => value.to_string(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "an object".into(),
    }
}
