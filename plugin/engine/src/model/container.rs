//! Reads the outermost layer of an ONNX file: enough to tell what it is and to find Timbrel's metadata.
//! Loader thread.
//! Nothing of the file is taken on trust and the graph is skipped unread, so that junk costs little and never reaches
//! ONNX Runtime (tests: `a_jpeg_is_told_apart_from_a_truncated_model` and its neighbours).

use super::error::ModelFault;
use std::io::{self, Read, Seek, SeekFrom};

/// Key of the metadata property.
pub const METADATA_KEY: &str = "timbrel";

/// Longest metadata property that is read, bytes; the kit writes about 2000.
const LONGEST_PROPERTY: u64 = 1 << 20;

/// Highest version of the ONNX file format that is believed; the current one is 13.
const HIGHEST_IR_VERSION: u64 = 1000;

/// Fields of `ModelProto` (onnx.proto) and their protobuf wire types.
const KNOWN_FIELDS: [(u64, u8); 12] = [
    (1, VARINT), // ir_version
    (2, BYTES),  // producer_name
    (3, BYTES),  // producer_version
    (4, BYTES),  // domain
    (5, VARINT), // model_version
    (6, BYTES),  // doc_string
    (GRAPH, BYTES),
    (8, BYTES), // opset_import
    (PROPERTY, BYTES),
    (20, BYTES), // training_info
    (25, BYTES), // functions
    (26, BYTES), // configuration
];
const IR_VERSION: u64 = 1;
const GRAPH: u64 = 7;
const PROPERTY: u64 = 14;

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const BYTES: u8 = 2;
const FIXED32: u8 = 5;

/// The text of the metadata property `timbrel`, from an ONNX file of `length` bytes.
pub fn metadata_text<R: Read + Seek>(reader: &mut R, length: u64) -> Result<String, ModelFault> {
    if length == 0 {
        return Err(ModelFault::Empty);
    }
    let mut head = [0; 16];
    let read = read_up_to(reader, &mut head).map_err(unreadable)?;
    if let Some(kind) = familiar_kind(&head[..read]) {
        return Err(ModelFault::NotOnnx { found: kind.into() });
    }
    reader.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let text = Walk { reader, length, at: 0, seen_version: false, seen_graph: false }.metadata_text();
    match text {
        Err(ModelFault::NotOnnx { .. }) if looks_like_text(&head[..read]) => {
            Err(ModelFault::NotOnnx { found: "a text".into() })
        }
        other => other,
    }
}

struct Walk<'a, R> {
    reader: &'a mut R,
    length: u64,
    at: u64,
    seen_version: bool,
    seen_graph: bool,
}

impl<R: Read + Seek> Walk<'_, R> {
    fn metadata_text(mut self) -> Result<String, ModelFault> {
        let mut text = None;
        while self.at < self.length {
            let tag = self.varint()?;
            let (field, wire) = (tag >> 3, (tag & 7) as u8);
            let known = KNOWN_FIELDS.iter().find(|(number, _)| *number == field);
            // Fields that a later ONNX adds come after the version, which every writer puts first.
            if known.map_or(field == 0 || !self.seen_version, |&(_, expected)| expected != wire) {
                return Err(other_data());
            }
            match wire {
                VARINT => {
                    let value = self.varint()?;
                    if field == IR_VERSION {
                        if !(1..=HIGHEST_IR_VERSION).contains(&value) {
                            return Err(other_data());
                        }
                        self.seen_version = true;
                    }
                }
                FIXED64 => self.skip(8)?,
                FIXED32 => self.skip(4)?,
                BYTES => {
                    let length = self.varint()?;
                    if field == PROPERTY && length <= LONGEST_PROPERTY {
                        let entry = self.bytes(length)?;
                        if let Some(value) = property_value(&entry, METADATA_KEY) {
                            text = Some(value);
                        }
                    } else {
                        self.skip(length)?;
                    }
                    self.seen_graph |= field == GRAPH;
                }
                _ => return Err(other_data()),
            }
        }
        if !self.seen_version {
            return Err(other_data());
        }
        if !self.seen_graph {
            return Err(ModelFault::Truncated { found: self.length, expected: self.length + 1 });
        }
        let text = text.ok_or(ModelFault::Foreign)?;
        String::from_utf8(text).map_err(|_| ModelFault::Field {
            field: METADATA_KEY.into(),
            found: "bytes that are not UTF-8 text".into(),
            expected: "a JSON object".into(),
        })
    }

    /// The fault of a file that ends before `end`.
    fn cut_off(&self, end: u64) -> ModelFault {
        if self.seen_version { ModelFault::Truncated { found: self.length, expected: end } } else { other_data() }
    }

    fn varint(&mut self) -> Result<u64, ModelFault> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            if self.at == self.length {
                return Err(self.cut_off(self.at + 1));
            }
            let mut byte = [0];
            self.reader.read_exact(&mut byte).map_err(unreadable)?;
            self.at += 1;
            value |= u64::from(byte[0] & 0x7F) << shift;
            if byte[0] & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(other_data())
    }

    fn end_of(&self, count: u64) -> Result<u64, ModelFault> {
        let end = self.at.checked_add(count).ok_or_else(other_data)?;
        if end > self.length { Err(self.cut_off(end)) } else { Ok(end) }
    }

    fn skip(&mut self, count: u64) -> Result<(), ModelFault> {
        self.at = self.end_of(count)?;
        self.reader.seek(SeekFrom::Start(self.at)).map(|_| ()).map_err(unreadable)
    }

    fn bytes(&mut self, count: u64) -> Result<Vec<u8>, ModelFault> {
        self.at = self.end_of(count)?;
        let mut bytes = vec![0; count as usize];
        self.reader.read_exact(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }
}

/// The value of a `StringStringEntryProto` (1 key, 2 value) whose key is `wanted`.
fn property_value(entry: &[u8], wanted: &str) -> Option<Vec<u8>> {
    let (mut key, mut value) = (None, None);
    let mut rest = entry;
    while let Some((&tag, after_tag)) = rest.split_first() {
        let mut length = 0_usize;
        let mut shift = 0;
        let mut after_length = after_tag;
        loop {
            let (&byte, after) = after_length.split_first()?;
            after_length = after;
            length |= usize::from(byte & 0x7F) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
            if shift > 28 {
                return None;
            }
        }
        let text = after_length.get(..length)?;
        rest = &after_length[length..];
        match tag {
            0x0A => key = Some(text),
            0x12 => value = Some(text),
            _ => return None,
        }
    }
    (key == Some(wanted.as_bytes())).then(|| value.unwrap_or_default().to_vec())
}

fn read_up_to<R: Read>(reader: &mut R, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

/// Kinds of file that people mistake for a model, by their first bytes.
fn familiar_kind(head: &[u8]) -> Option<&'static str> {
    const KINDS: [(usize, &[u8], &str); 13] = [
        (0, &[0xFF, 0xD8, 0xFF], "a JPEG picture"),
        (0, b"\x89PNG", "a PNG picture"),
        (0, b"GIF8", "a GIF picture"),
        (0, b"%PDF", "a PDF document"),
        (0, b"RIFF", "a WAV sound or another RIFF file"),
        (0, b"fLaC", "a FLAC sound"),
        (0, b"OggS", "an Ogg sound"),
        (0, b"\x1F\x8B", "a gzip archive"),
        (0, b"\x7FELF", "a program"),
        (4, b"TFL3", "a TensorFlow Lite model"),
        (0, b"PK\x03\x04", "a zip archive or a PyTorch model"),
        (0, b"\x89HDF", "an HDF5 file"),
        (4, b"ORTM", "an ORT model"),
    ];
    KINDS
        .iter()
        .find(|(offset, magic, _)| head.get(*offset..offset + magic.len()) == Some(magic))
        .map(|(_, _, kind)| *kind)
}

fn looks_like_text(head: &[u8]) -> bool {
    head.iter().all(|&byte| byte >= 0x20 && byte != 0x7F || matches!(byte, b'\n' | b'\r' | b'\t'))
}

fn other_data() -> ModelFault {
    ModelFault::NotOnnx { found: "data of another kind".into() }
}

fn unreadable(error: io::Error) -> ModelFault {
    ModelFault::Unreadable { reason: error.to_string() }
}
