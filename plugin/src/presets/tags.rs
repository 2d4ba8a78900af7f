//! The words that factory presets are sorted by.
//! A constant; any thread.
//! Presets of players may have others; those that the plugin ships have none but these
//! (test: `factory_presets_use_the_vocabulary`, in `tests/tests/clap_presets`).

/// The vocabulary, in the order in which the editor offers it. First what it is, then what it is like.
pub const TAGS: [&str; 20] = [
    "strings",
    "winds",
    "brass",
    "voice",
    "bass",
    "lead",
    "pad",
    "keys",
    "effect",
    "solo",
    "ensemble",
    "realistic",
    "abstract",
    "bright",
    "dark",
    "noisy",
    "evolving",
    "short",
    "morph",
    "mpe",
];
