//! The instruments that the project ships.

use std::path::{Path, PathBuf};
use timbrel_engine::model::{Metadata, library};

/// Fewer are not a library.
pub const FEWEST: usize = 10;

/// One of them.
#[derive(Clone)]
pub struct Shipped {
    pub path: PathBuf,
    pub metadata: Metadata,
}

/// All, by the names of their files.
pub fn instruments() -> Vec<Shipped> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("models/instruments");
    let folders: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut found: Vec<Shipped> = library::scan(&folders)
        .into_iter()
        .map(|entry| Shipped { path: entry.path, metadata: entry.metadata.unwrap() })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

impl Shipped {
    /// What the player sees.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// A word for the name of a test.
    pub fn file_stem(&self) -> String {
        self.path.file_stem().unwrap().to_string_lossy().replace('-', "_")
    }

    /// The trained keys.
    pub fn range(&self) -> std::ops::RangeInclusive<u8> {
        self.metadata.pitch.low.ceil() as u8..=self.metadata.pitch.high.floor() as u8
    }

    /// Keys over the range, its ends included.
    pub fn keys<const COUNT: usize>(&self) -> [u8; COUNT] {
        let (low, high) = (f64::from(*self.range().start()), f64::from(*self.range().end()));
        std::array::from_fn(|step| (low + (high - low) * step as f64 / (COUNT - 1) as f64).round() as u8)
    }
}
