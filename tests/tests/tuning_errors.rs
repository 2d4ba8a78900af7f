//! Scala files that are none: the sentence names file, line, field, what was found and what was expected.
//! Test code.

#![allow(clippy::unwrap_used)]

use timbrel_engine::tuning::{KeyboardMap, LARGEST_FILE, Scale, Tuning, TuningFault, decode, read};

const PITCH: &str = "a ratio such as 3/2, or cents with a point such as 701.955";

fn said<T: std::fmt::Debug>(parsed: Result<T, TuningFault>) -> String {
    parsed.unwrap_err().of("my.scl").to_string()
}

#[test]
fn a_broken_scale_names_its_line() {
    let above_zero = "a ratio of two whole numbers above 0";
    let cases = [
        ("", "line 1, description: found the end of the file, expected a description"),
        ("! only\n! comments\n", "line 3, description: found the end of the file, expected a description"),
        ("x", "line 2, number of notes: found the end of the file, expected a whole number"),
        ("x\n\n12\n", "line 2, number of notes: found an empty line, expected a whole number from 0 to 4096"),
        ("x\n-1\n", "line 2, number of notes: found `-1`, expected a whole number from 0 to 4096"),
        ("x\n! c\n12.0\n", "line 3, number of notes: found `12.0`, expected a whole number from 0 to 4096"),
        ("x\n4097\n", "line 2, number of notes: found `4097`, expected a whole number from 0 to 4096"),
        (
            "x\n2\n3/2\n",
            &format!("line 4, pitch 2: found the end of the file, expected {PITCH}, as line 2 announces 2"),
        ),
        ("x\n2\n3/2\ntwo\n", &format!("line 4, pitch 2: found `two`, expected {PITCH}")),
        ("x\n1\n701,955\n", &format!("line 3, pitch 1: found `701,955`, expected {PITCH}")),
        ("x\n1\n3/2/1\n", &format!("line 3, pitch 1: found `3/2/1`, expected {PITCH}")),
        ("x\n1\n3/2.5\n", &format!("line 3, pitch 1: found `3/2.5`, expected {PITCH}")),
        ("x\n1\n3/\n", &format!("line 3, pitch 1: found `3/`, expected {PITCH}")),
        ("x\n1\n/2\n", &format!("line 3, pitch 1: found `/2`, expected {PITCH}")),
        ("x\n1\n.\n", &format!("line 3, pitch 1: found `.`, expected {PITCH}")),
        ("x\n1\n-\n", &format!("line 3, pitch 1: found `-`, expected {PITCH}")),
        ("x\n1\n-3/2\n", &format!("line 3, pitch 1: found `-3/2`, expected {above_zero}")),
        ("x\n1\n0/2\n", &format!("line 3, pitch 1: found `0/2`, expected {above_zero}")),
        ("x\n1\n3/0\n", &format!("line 3, pitch 1: found `3/0`, expected {above_zero}")),
        ("x\n1\n3/-2\n", &format!("line 3, pitch 1: found `3/-2`, expected {PITCH}")),
        ("x\n1\n3/2\n! c\n2/1\n", "line 5, pitch 2: found `2/1`, expected no more pitches, as line 2 announces 1"),
    ];
    for (text, sentence) in cases {
        assert_eq!(said(Scale::parse(text)), format!("my.scl: {sentence}"), "{text:?}");
    }
    let long = format!("x\n1\n{}\u{7}{}", "a".repeat(20), "\u{e9}".repeat(100));
    let quote = format!("`{}\u{fffd}{}...`", "a".repeat(20), "\u{e9}".repeat(19));
    assert_eq!(said(Scale::parse(&long)), format!("my.scl: line 3, pitch 1: found {quote}, expected {PITCH}"));
}

#[test]
fn a_broken_map_names_its_line() {
    let good = ["3", "0", "127", "60", "60", "440.0", "7", "0", "1", "x"];
    KeyboardMap::parse(&good.join("\n")).unwrap();
    let key = "a whole number from 0 to 127";
    let degree = "the degree of a scale, or x for a key that plays nothing";
    let cases = [
        (0, "a map", "size of the map: found `a map`, expected a whole number from 0 to 4096"),
        (0, "5000", "size of the map: found `5000`, expected a whole number from 0 to 4096"),
        (1, "-1", &format!("first key: found `-1`, expected {key}")),
        (2, "128", &format!("last key: found `128`, expected {key}")),
        (3, "C4", &format!("middle key: found `C4`, expected {key}")),
        (4, "60.5", &format!("reference key: found `60.5`, expected {key}")),
        (4, "62", "reference key: found key 62, which the mapping gives no degree, expected a key with a degree"),
        (5, "440,0", "reference frequency: found `440,0`, expected hertz from 0.001 to 1000000, such as 440.0"),
        (5, "0", "reference frequency: found `0`, expected hertz from 0.001 to 1000000, such as 440.0"),
        (5, "NaN", "reference frequency: found `NaN`, expected hertz from 0.001 to 1000000, such as 440.0"),
        (6, "x", "octave degree: found `x`, expected a whole number from 0 to 4096"),
        (8, "-1", &format!("mapping entry 2: found `-1`, expected {degree}")),
        (8, "xx", &format!("mapping entry 2: found `xx`, expected {degree}")),
    ];
    for (line, text, sentence) in cases {
        let mut lines = good;
        lines[line] = text;
        let expected = format!("my.scl: line {}, {sentence}", line + 1);
        assert_eq!(said(KeyboardMap::parse(&lines.join("\n"))), expected);
    }
    let swapped = ["0", "60", "50", "60", "60", "440", "0"];
    let sentence = "line 3, last key: found `50`, expected a whole number from 60 to 127";
    assert_eq!(said(KeyboardMap::parse(&swapped.join("\r\n"))), format!("my.scl: {sentence}"));
    let four = format!("{}\n\n2\n", good.join("\n"));
    let sentence = "line 12, mapping entry 4: found `2`, expected no more entries, as the size of the map is 3";
    assert_eq!(said(KeyboardMap::parse(&four)), format!("my.scl: {sentence}"));
    for length in 0..7 {
        let sentence = said(KeyboardMap::parse(&good[..length].join("\n")));
        let begin = format!("my.scl: line {}, ", length + 1);
        assert!(sentence.starts_with(&begin) && sentence.contains("found the end of the file"), "{sentence}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone.scl");
    assert_eq!(read(&gone).unwrap_err().to_string(), format!("{}: the file is not there", gone.display()));
    let large = folder.path().join("large.scl");
    std::fs::write(&large, vec![b'!'; LARGEST_FILE as usize + 1]).unwrap();
    let sentence = read(&large).unwrap_err().to_string();
    assert!(sentence.contains("large.scl: the file holds more than 262144 bytes"), "{sentence}");
    assert!(read(folder.path()).unwrap_err().to_string().contains("cannot be read"));
    std::fs::write(&large, vec![b'!'; LARGEST_FILE as usize]).unwrap();
    assert!(read(&large).is_ok());
}

/// Marsaglia's xorshift of 32 bits (2003): the same bytes every time.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % limit
    }
}

/// Parses as both kinds; what is good is applied. Returns how many were.
fn parse(bytes: &[u8]) -> usize {
    let Ok(text) = decode(bytes) else { return 0 };
    let (scale, map) = (Scale::parse(&text).ok(), KeyboardMap::parse(&text).ok());
    let good = usize::from(scale.is_some()) + usize::from(map.is_some());
    let tuning = Tuning::new(scale.as_ref(), map.as_ref());
    assert!(tuning.keys.iter().all(|key| match key {
        timbrel_engine::event::KeyPitch::Silent => true,
        timbrel_engine::event::KeyPitch::Relative(pitch) | timbrel_engine::event::KeyPitch::Absolute(pitch) =>
            pitch.is_finite(),
    }));
    good
}

#[test]
fn no_bytes_make_a_parser_panic() {
    let scale: &[u8] = b"! a.scl\r\n!\r\nCaf\xe9\r\n 5\r\n!\r\n 100.0\r\n 3/2 G\r\n -4.5\r\n 7\r\n 2/1\r\n! end\r\n";
    let map: &[u8] = b"! a.kbm\n12\n0\n127\n60\n69\n440.0\n12\n0\nx\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n";
    const BYTES: &[u8] = b"\n\r\0!.-+/x0129 \xff\xef\xc3\xa9,e";
    let mut random = Random(0x9e37_79b9);
    let (mut tried, mut good) = (0, 0);
    for seed in [scale, map] {
        for length in 0..=seed.len() {
            good += parse(&seed[..length]) + parse(&seed[length..]);
            tried += 2;
        }
        for _ in 0..20_000 {
            let mut bytes = seed.to_vec();
            for _ in 0..=random.below(6) {
                let at = random.below(bytes.len());
                match random.below(4) {
                    0 => bytes[at] = BYTES[random.below(BYTES.len())],
                    1 => bytes.insert(at, BYTES[random.below(BYTES.len())]),
                    2 => bytes[at] = random.below(256) as u8,
                    _ => {
                        let end = at + random.below(bytes.len() - at).min(9);
                        let piece = bytes[at..end].to_vec();
                        bytes.splice(at..at, piece.repeat(1 + random.below(40)));
                    }
                }
            }
            good += parse(&bytes);
            tried += 1;
        }
    }
    for _ in 0..5_000 {
        let bytes: Vec<u8> = (0..random.below(200)).map(|_| BYTES[random.below(BYTES.len())]).collect();
        good += parse(&bytes);
        tried += 1;
    }
    println!("{tried} texts, of which {good} were a scale or a map");
    assert!(good > 1_000 && good < tried);
}
