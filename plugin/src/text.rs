//! How values read: numbers with few digits and a unit, and the way back.
//! Called by hosts on their main thread and by the editor; allocates.
//! Whatever is shown parses to a value that is shown the same (test: `params::tests::text_parses_back`).

use std::sync::Arc;

/// Turns a plain value into text, without the unit.
pub type Show = Arc<dyn Fn(f32) -> String + Send + Sync>;
/// Turns text, with or without a unit, into a plain value.
pub type Parse = Arc<dyn Fn(&str) -> Option<f32> + Send + Sync>;

/// Turns text, with or without a unit, into a whole number.
pub type ParseWhole = Arc<dyn Fn(&str) -> Option<i32> + Send + Sync>;

/// Turns a whole value into text, without the unit.
pub type ShowWhole = Arc<dyn Fn(i32) -> String + Send + Sync>;

/// The middle between left and right.
const CENTRE: &str = "Centre";

/// A number with `digits` after the point, never "-0".
pub fn show(digits: usize) -> Show {
    Arc::new(move |value| number(value, digits))
}

/// A share of one as a percentage.
pub fn show_percent(digits: usize) -> Show {
    Arc::new(move |value| number(value * 100.0, digits))
}

/// A time in seconds as "12.5 ms" below one second and "1.25 s" above. The unit is part of the text.
pub fn show_seconds() -> Show {
    Arc::new(|seconds| {
        // Decided after rounding, or 0.99996 s would read as "1000.0 ms" and parse to something that reads "1.00 s".
        let milliseconds = (seconds * 10_000.0).round() / 10.0;
        if milliseconds < 1000.0 { format!("{milliseconds:.1} ms") } else { format!("{seconds:.2} s") }
    })
}

/// The number at the start of the text.
pub fn parse() -> Parse {
    Arc::new(|text| leading_number(text).map(|(value, _)| value))
}

/// A percentage as a share of one.
pub fn parse_percent() -> Parse {
    Arc::new(|text| leading_number(text).map(|(value, _)| value / 100.0))
}

/// A time in seconds; "ms" divides by a thousand.
pub fn parse_seconds() -> Parse {
    Arc::new(|text| {
        leading_number(text).map(|(value, unit)| if unit.eq_ignore_ascii_case("ms") { value / 1000.0 } else { value })
    })
}

/// The whole number at the start of the text.
pub fn parse_whole() -> ParseWhole {
    Arc::new(|text| leading_number(text).map(|(value, _)| value.round() as i32))
}

/// A place between left and right, -1 to 1, as "30.0 L", "Centre", "12.5 R".
pub fn show_pan() -> Show {
    Arc::new(|pan| {
        let place = number(pan.abs() * 100.0, 1);
        match pan {
            _ if place == "0.0" => CENTRE.to_owned(),
            pan if pan < 0.0 => format!("{place} L"),
            _ => format!("{place} R"),
        }
    })
}

/// A place between left and right: a number with a side or a sign, or the centre.
pub fn parse_pan() -> Parse {
    Arc::new(|text| {
        if [CENTRE, "Center", "C"].iter().any(|name| text.trim().eq_ignore_ascii_case(name)) {
            return Some(0.0);
        }
        let (place, side) = leading_number(text)?;
        let is_left = side.starts_with(['l', 'L']);
        Some(if is_left { -place / 100.0 } else { place / 100.0 })
    })
}

/// A choice, from 0, as its name.
pub fn show_name(names: &'static [&'static str]) -> ShowWhole {
    Arc::new(move |choice| {
        usize::try_from(choice).ok().and_then(|choice| names.get(choice)).copied().unwrap_or("").to_owned()
    })
}

/// The choice that has this name, whatever its letters' case.
pub fn parse_name(names: &'static [&'static str]) -> ParseWhole {
    Arc::new(move |text| {
        let choice = names.iter().position(|name| name.eq_ignore_ascii_case(text.trim()))?;
        i32::try_from(choice).ok()
    })
}

fn number(value: f32, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|byte| matches!(byte, b'0' | b'.')) => rest.to_owned(),
        _ => text,
    }
}

/// A finite number and what follows it, trimmed. A comma is taken for a decimal point.
fn leading_number(text: &str) -> Option<(f32, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | ',' | '-' | '+')).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let value: f32 = digits.replace(',', ".").parse().ok()?;
    value.is_finite().then_some((value, unit.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_in_the_unit_that_fits() {
        let show = show_seconds();
        assert_eq!(show(0.02), "20.0 ms");
        assert_eq!(show(0.999_96), "1.00 s");
        assert_eq!(show(2.5), "2.50 s");
        let parse = parse_seconds();
        assert_eq!(parse("20 ms"), Some(0.02));
        assert_eq!(parse("1,5 s"), Some(1.5));
        assert_eq!(parse("3"), Some(3.0));
        assert_eq!(parse("soon"), None);
    }

    #[test]
    fn names_are_read_whatever_their_case() {
        let names: &[&str] = &["Poly", "Mono", "Legato"];
        assert_eq!(show_name(names)(2), "Legato");
        let parse = parse_name(names);
        assert_eq!(parse("legato "), Some(2));
        assert_eq!(parse("Leg"), None);
    }

    #[test]
    fn places_have_a_side() {
        let (show, parse) = (show_pan(), parse_pan());
        assert_eq!([show(-0.3), show(0.0004), show(0.125), show(1.0)], ["30.0 L", "Centre", "12.5 R", "100.0 R"]);
        assert_eq!(parse("30 l"), Some(-0.3));
        assert_eq!(parse("-30"), Some(-0.3));
        assert_eq!(parse("center"), Some(0.0));
        assert_eq!(parse("somewhere"), None);
    }

    #[test]
    fn nothing_reads_minus_zero() {
        assert_eq!(show(1)(-0.01), "0.0");
        assert_eq!(show(1)(-0.06), "-0.1");
    }
}
