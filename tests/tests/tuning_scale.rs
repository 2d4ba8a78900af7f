//! Scala scales and keyboard mappings: what each key plays.
//! Test code.

#![allow(clippy::unwrap_used)]

use timbrel_engine::event::KeyPitch::{self, Absolute, Relative, Silent};
use timbrel_engine::tuning::{KeyboardMap, Scale, Tuning, TuningFault, decode};

/// Mid-range f32 pitches are this exact, cents.
const CENTS: f64 = 2e-3;

fn scale(text: &str) -> Scale {
    Scale::parse(text).unwrap()
}

fn map(lines: &[&str]) -> KeyboardMap {
    KeyboardMap::parse(&lines.join("\n")).unwrap()
}

/// Pitch in MIDI semitones of a frequency, A4 at 440 Hz.
fn pitch_of(hertz: f64) -> f64 {
    69.0 + 12.0 * (hertz / 440.0).log2()
}

fn assert_pitch(found: KeyPitch, expected: f64, kind: fn(f32) -> KeyPitch, key: usize) {
    let (Relative(pitch) | Absolute(pitch)) = found else { panic!("key {key} is {found:?}, not {expected}") };
    assert_eq!(found, kind(pitch), "key {key}");
    let cents = 100.0 * (f64::from(pitch) - expected);
    assert!(cents.abs() < CENTS, "key {key}: {pitch}, {cents:+.4} cents from {expected}");
}

#[test]
fn twelve_equal_steps_change_nothing() {
    let text = "! 12.scl\n!\nTwelve\n 12\n!\n100.0\n200.0\n300.\n400.0\n500.0\n600.0\n700.0\n800.0\n900.0\n1000.0\n1100.0\n2/1\n";
    let expected: Vec<KeyPitch> = (0u8..128).map(|key| Relative(f32::from(key))).collect();
    assert_eq!(Tuning::new(Some(&scale(text)), None).keys.to_vec(), expected);
    assert_eq!(Tuning::new(None, None).keys.to_vec(), expected);
    assert_eq!(Tuning::new(None, None), Tuning::twelve_equal());
}

#[test]
fn every_form_of_a_pitch_is_read() {
    let forms = [
        ("81/64", 407.820_003),
        ("408.0", 408.0),
        ("408.", 408.0),
        ("5", 2_786.313_714),
        ("-5.0", -5.0),
        ("10/20", -1_200.0),
        ("100.0 cents", 100.0),
        ("100.0 C#", 100.0),
        ("5/4   E\\", 386.313_714),
        ("\t 7 / 4", 968.825_906),
        (".5", 0.5),
        ("+3.25", 3.25),
        ("100.0cents", 100.0),
        ("3/2! a fifth", 701.955_001),
        ("701.955, a fifth", 701.955),
        ("0.0", 0.0),
        ("2147483647/2147483646", 8.061_57e-7),
        ("6442450941/4294967294", 701.955_001),
        ("00003/00002", 701.955_001),
    ];
    for (form, cents) in forms {
        let found = scale(&format!("{form}\n1\n{form}\n")).cents(1);
        assert!((found - cents).abs() < 1e-6, "`{form}` is {found} cents, not {cents}");
    }
}

#[test]
fn line_ends_bytes_and_what_follows_do_not_matter() {
    let plain = scale("Quarte\n3\n100.0\n3/2\n2/1\n");
    let forms: [&[u8]; 6] = [
        b"\xef\xbb\xbf! quarte.scl\r\n!\r\nQuarte\r\n 3 \r\n!\r\n 100.0\r\n 3/2\r\n 2/1\r\n",
        b"Quarte\r3\r100.0\r3/2\r2/1\r",
        b"Quarte\n3\n100.0\n3/2\n2/1",
        b"Quarte\n3 notes\n\n100.0\n! a comment\n\n3/2\n2/1\nwritten by hand\n2 times, in 1998\n",
        b"Quarte\n3\n100.0\n3/2\n2/1\n! [info]\n!\n\n\n",
        b"! caf\xe9\nQuarte\n3\n100.0\n3/2 \xfcber\n2/1\n",
    ];
    for form in forms {
        assert_eq!(scale(&decode(form).unwrap()), plain, "{}", String::from_utf8_lossy(form));
    }
    assert_eq!(scale(&decode(b"Caf\xe9\n0\n").unwrap()).description(), "Caf\u{e9}");
    assert_eq!(scale(&decode("Caf\u{e9} \u{266f}\n0\n".as_bytes()).unwrap()).description(), "Caf\u{e9} \u{266f}");
    assert_eq!(scale("\n1\n2/1").description(), "");
    assert_eq!(decode(b"\xff\xfe1\0"), Err(TuningFault::WideText));
}

#[test]
fn a_scale_goes_on_in_both_directions() {
    // Bohlen and Pierce: thirteen equal steps of a twelfth.
    let step = 1_200.0 * 3_f64.log2() / 13.0;
    let mut text = "Bohlen-Pierce\n13\n".to_owned();
    (1..13).for_each(|degree| text.push_str(&format!("{:.9}\n", step * f64::from(degree))));
    text.push_str("3/1\n");
    let tuning = Tuning::new(Some(&scale(&text)), None);
    for (key, found) in tuning.keys.iter().enumerate().skip(20) {
        let pitch = 60.0 + (key as f64 - 60.0) * step / 100.0;
        if pitch < 138.0 {
            assert_pitch(*found, pitch, Relative, key);
        }
    }
    assert_eq!(tuning.description, "Bohlen-Pierce");
    // Nineteen steps, unordered and below the unison too.
    let odd = scale("odd\n3\n700.0\n-50.0\n1200.0\n");
    for (degree, cents) in [(-3, -1200.0), (-2, -500.0), (-1, -1250.0), (0, 0.0), (1, 700.0), (2, -50.0), (4, 1900.0)] {
        assert_eq!(odd.cents(degree), cents, "degree {degree}");
    }
    assert!(Tuning::new(Some(&scale("one\n0\n")), None).keys.iter().all(|key| *key == Relative(60.0)));
}

#[test]
fn keys_beyond_hearing_are_silent() {
    let tuning = Tuning::new(Some(&scale("wide\n1\n2/1\n")), None);
    let played: Vec<usize> = (0..128).filter(|key| tuning.keys[*key] != Silent).collect();
    // Octaves around middle C: 4 Hz is six below, 24 kHz six above.
    assert_eq!(played, (54..=66).collect::<Vec<_>>());
    let far = Tuning::new(Some(&scale(&format!("far\n1\n{}.0\n", "9".repeat(300)))), None);
    assert_eq!(far.keys.iter().filter(|key| **key != Silent).count(), 1);
}

#[test]
fn a_linear_map_puts_the_reference_at_its_frequency() {
    let nineteen: String = (1..=19).map(|degree| format!("{:.9}\n", 1200.0 * f64::from(degree) / 19.0)).collect();
    let nineteen = scale(&format!("19\n19\n{nineteen}"));
    let linear = map(&["0", "0", "127", "60", "69", "432.0", "19"]);
    let tuning = Tuning::new(Some(&nineteen), Some(&linear));
    for key in 10..=127 {
        let expected = pitch_of(432.0) + (key as f64 - 69.0) * 12.0 / 19.0;
        assert_pitch(tuning.keys[key], expected, Absolute, key);
    }
}

#[test]
fn a_map_repeats_in_both_directions() {
    // Seven degrees on the white keys, from the C at 261.6255653 Hz; F sharp and B flat are at the end of the pattern.
    let major = scale("just major\n7\n9/8\n5/4\n4/3\n3/2\n5/3\n15/8\n2/1\n");
    let white = map(&[
        "! white.kbm",
        "12 keys",
        "0",
        "127",
        "60",
        "60 ! middle C",
        "261.6255653",
        "7",
        "0",
        "x",
        "1",
        "X",
        "2",
        "3",
        "x",
        "4",
        "x",
        "5",
        "x",
        "6",
    ]);
    let tuning = Tuning::new(Some(&major), Some(&white));
    let ratios = [
        Some(1.0),
        None,
        Some(9.0 / 8.0),
        None,
        Some(1.25),
        Some(4.0 / 3.0),
        None,
        Some(1.5),
        None,
        Some(5.0 / 3.0),
        None,
        Some(15.0 / 8.0),
    ];
    for key in 0..128 {
        match ratios[key % 12] {
            None => assert_eq!(tuning.keys[key], Silent, "key {key}"),
            Some(ratio) => {
                let octave = f64::from(u32::try_from(key / 12).unwrap()) - 5.0;
                assert_pitch(tuning.keys[key], 60.0 + 12.0 * (octave + f64::log2(ratio)), Absolute, key);
            }
        }
    }
}

#[test]
fn entries_that_are_left_out_play_nothing_and_keys_out_of_range_stay() {
    let short = map(&["5", "50", "70", "60", "60", "300", "0", "0", "1", "x"]);
    let tuning = Tuning::new(Some(&scale("two\n2\n3/2\n2/1\n")), Some(&short));
    for key in 0..128 {
        let found = tuning.keys[key];
        match key {
            50..=70 if key % 5 > 1 => assert_eq!(found, Silent, "key {key}"),
            50..=70 => {
                let ratio = [1.0, 1.5][key % 5] * 2_f64.powi(i32::try_from(key / 5).unwrap() - 12);
                assert_pitch(found, pitch_of(300.0 * ratio), Absolute, key);
            }
            _ => assert_eq!(found, Relative(key as f32)),
        }
    }
}

#[test]
fn the_octave_degree_says_how_far_repetitions_lie_apart() {
    // Six keys of twelve equal steps, a fifth from one repetition to the next; no scale file at all.
    let fifths = map(&["6", "0", "127", "60", "69", "440", "7", "0", "1", "2", "3", "4", "5"]);
    let tuning = Tuning::new(None, Some(&fifths));
    // Key 69 is the fourth of the second repetition: 7 + 3 semitones above key 60.
    for (key, above) in [(60, 0.0), (65, 5.0), (66, 7.0), (69, 10.0), (72, 14.0), (59, -2.0), (54, -7.0)] {
        assert_pitch(tuning.keys[key], 69.0 - 10.0 + above, Absolute, key);
    }
    // Degrees beyond the scale's last go on.
    let wide = map(&["2", "0", "127", "60", "60", "261.6255653", "24", "0", "19"]);
    let tuning = Tuning::new(None, Some(&wide));
    for (key, pitch) in [(60, 60.0), (61, 79.0), (62, 84.0), (59, 55.0)] {
        assert_pitch(tuning.keys[key], pitch, Absolute, key);
    }
}
