//! What can be wrong with a `.scl` or `.kbm` file, each with the sentence that the player reads.
//! Any thread but the audio thread.
//! Every sentence names the file, the line, the field, what was found and what was expected
//! (tests: `tests/tests/tuning_errors.rs`).

/// Why a scale or a mapping cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {fault}")]
pub struct TuningError {
    /// Path or name of the file.
    pub file: String,
    /// What is wrong with it.
    pub fault: TuningFault,
}

/// What is wrong with a scale or a mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TuningFault {
    /// There is no such file.
    #[error("the file is not there")]
    Missing,
    /// The system does not let it be read.
    #[error("the file cannot be read: {reason}")]
    Unreadable {
        /// What the system says.
        reason: String,
    },
    /// Larger than any scale.
    #[error("the file holds more than {limit} bytes, expected a Scala file")]
    TooLarge {
        /// Most bytes that are read.
        limit: u64,
    },
    /// Not a text of bytes.
    #[error("found UTF-16 text, expected ASCII, Latin-1 or UTF-8")]
    WideText,
    /// A line does not say what it must.
    #[error("line {line}, {field}: found {found}, expected {expected}")]
    Line {
        /// Counted from 1, comments and empty lines included; after the end of the file, one more than it has.
        line: usize,
        /// Which line it should be.
        field: TuningField,
        /// What is there.
        found: String,
        /// What has to be there.
        expected: String,
    },
}

impl TuningFault {
    /// The error of this fault in `file`.
    pub fn of(self, file: &str) -> TuningError {
        TuningError { file: file.to_owned(), fault: self }
    }
}

/// The lines of a `.scl` and of a `.kbm` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TuningField {
    /// First line of a scale.
    #[error("description")]
    Description,
    /// How many pitches a scale has.
    #[error("number of notes")]
    NoteCount,
    /// Pitch of a degree, from 1.
    #[error("pitch {0}")]
    Pitch(usize),
    /// After how many keys a mapping repeats.
    #[error("size of the map")]
    MapSize,
    /// First key that a mapping retunes.
    #[error("first key")]
    FirstKey,
    /// Last key that a mapping retunes.
    #[error("last key")]
    LastKey,
    /// Key of a mapping's first entry.
    #[error("middle key")]
    MiddleKey,
    /// Key whose frequency is given.
    #[error("reference key")]
    ReferenceKey,
    /// Frequency of the reference key.
    #[error("reference frequency")]
    ReferenceFrequency,
    /// Degree by which a mapping moves from one repetition to the next.
    #[error("octave degree")]
    OctaveDegree,
    /// Degree of a key, from 1.
    #[error("mapping entry {0}")]
    MapEntry(usize),
}
