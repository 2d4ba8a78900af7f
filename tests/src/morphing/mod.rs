//! How smoothly the packaged plugin goes from one instrument to another, beside a crossfade of the two sounds: for
//! `cargo xtask morph`, which prints and draws it, and for `clap_morph`, which holds it to bounds.
//! The caller's thread is the host's.
//! What is measured, and why, is in docs/morphing.md.

mod path;
mod render;
mod table;

pub use path::{Kind, Measure, Path};
pub use render::{Journey, Taken, Way, journey};
pub use table::{Worst, table};

use crate::host::{Package, Result};
use std::path::{Path as FilePath, PathBuf};

/// Two shipped instruments.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Its name among the shipped instruments' folders.
    pub first: &'static str,
    /// The same.
    pub second: &'static str,
    /// Keys that both were trained on.
    pub keys: [u8; 3],
}

impl Pair {
    /// The two model files in a checkout.
    pub fn models(&self, root: &FilePath) -> [PathBuf; 2] {
        let model = |name: &str| root.join("models").join("instruments").join(name).join(format!("{name}.onnx"));
        [model(self.first), model(self.second)]
    }

    /// All keys at `places` places, of the instruments in a checkout.
    pub fn journeys(&self, package: &Package, root: &FilePath, places: usize) -> Result<Vec<Journey>> {
        let [first, second] = self.models(root);
        self.keys.iter().map(|key| journey(package, [&first, &second], *key, places)).collect()
    }
}

/// Across sections of the orchestra; the third and the fifth across the two families.
pub const PAIRS: [Pair; 5] = [
    Pair { first: "cello", second: "flute", keys: [62, 69, 76] },
    Pair { first: "violin", second: "oboe", keys: [62, 69, 79] },
    Pair { first: "clarinet", second: "trumpet", keys: [55, 65, 76] },
    Pair { first: "french-horn", second: "voice-ah", keys: [48, 57, 67] },
    Pair { first: "double-bass", second: "tuba", keys: [33, 41, 50] },
];
