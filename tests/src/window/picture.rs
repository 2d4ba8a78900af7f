//! Pictures of the window: taken, kept as PNG files, compared.
//! Any thread.
//! A picture that was written and read again is the same (test: `a_picture_survives_its_file`).

use super::{Result, WindowError};
use crate::host::Extent;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

/// Bytes of a pixel: red, green, blue.
const BYTES: usize = 3;

/// A part of a picture, pixels from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Its size.
    pub extent: Extent,
}

impl Region {
    /// The part from (x, y) that is so wide and so high.
    pub fn new(x: u32, y: u32, width: u32, height: u32) -> Self {
        Self { x, y, extent: Extent::new(width, height) }
    }

    fn has(&self, x: u32, y: u32) -> bool {
        (self.x..self.x + self.extent.width).contains(&x) && (self.y..self.y + self.extent.height).contains(&y)
    }
}

/// A picture: rows from the top, pixels from the left, three bytes each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    extent: Extent,
    pixels: Vec<u8>,
}

/// How two pictures differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Mean of the absolute differences of all channels of all pixels, in steps of 255.
    pub mean: f64,
    /// Share of the pixels in which some channel differs by more than [`Difference::VISIBLE`] steps, 0 to 1.
    pub share: f64,
}

impl Difference {
    /// From here on a difference of a channel counts as seen, steps of 255.
    pub const VISIBLE: u8 = 24;
}

impl Picture {
    /// A picture of these bytes (red, green, blue from the upper left corner); `None` where they are not as many as it has.
    pub fn new(extent: Extent, pixels: Vec<u8>) -> Option<Self> {
        let length = extent.width as usize * extent.height as usize * BYTES;
        (pixels.len() == length).then_some(Self { extent, pixels })
    }

    /// Width and height.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Red, green and blue of a pixel; black outside.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        if x >= self.extent.width || y >= self.extent.height {
            return [0; 3];
        }
        let at = (y as usize * self.extent.width as usize + x as usize) * BYTES;
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }

    /// A part of it; what lies outside of the picture is black.
    pub fn part(&self, region: Region) -> Self {
        let columns = region.x..region.x + region.extent.width;
        let rows = region.y..region.y + region.extent.height;
        let pixels = rows.flat_map(|y| columns.clone().flat_map(move |x| self.pixel(x, y))).collect();
        Self { extent: region.extent, pixels }
    }

    /// How many colours there are in it, counted no further than `enough`.
    pub fn colours(&self, enough: usize) -> usize {
        let mut seen = std::collections::HashSet::new();
        for pixel in self.pixels.chunks_exact(BYTES) {
            seen.insert([pixel[0], pixel[1], pixel[2]]);
            if seen.len() >= enough {
                break;
            }
        }
        seen.len()
    }

    /// How it differs from another of its size, outside of the parts left out.
    pub fn difference(&self, other: &Self, left_out: &[Region]) -> Result<Difference> {
        if self.extent != other.extent {
            return Err(WindowError::Extents(self.extent, other.extent));
        }
        let (mut sum, mut seen, mut count) = (0u64, 0u64, 0u64);
        let pairs = self.pixels.chunks_exact(BYTES).zip(other.pixels.chunks_exact(BYTES));
        for (index, (ours, theirs)) in pairs.enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let (x, y) = (index % self.extent.width, index / self.extent.width);
            if left_out.iter().any(|region| region.has(x, y)) {
                continue;
            }
            let differences = ours.iter().zip(theirs).map(|(a, b)| a.abs_diff(*b));
            sum += differences.clone().map(u64::from).sum::<u64>();
            seen += u64::from(differences.max().unwrap_or(0) > Difference::VISIBLE);
            count += 1;
        }
        let count = count.max(1) as f64;
        Ok(Difference { mean: sum as f64 / (count * BYTES as f64), share: seen as f64 / count })
    }

    /// Where the other differs visibly, in white on black.
    pub fn changes(&self, other: &Self) -> Result<Self> {
        if self.extent != other.extent {
            return Err(WindowError::Extents(self.extent, other.extent));
        }
        let pairs = self.pixels.chunks_exact(BYTES).zip(other.pixels.chunks_exact(BYTES));
        let white = |(ours, theirs): (&[u8], &[u8])| {
            let seen = ours.iter().zip(theirs).any(|(a, b)| a.abs_diff(*b) > Difference::VISIBLE);
            [if seen { 255 } else { 0 }; BYTES]
        };
        Ok(Self { extent: self.extent, pixels: pairs.flat_map(white).collect() })
    }

    /// Writes a PNG file, and the folder for it.
    pub fn write(&self, path: &Path) -> Result<()> {
        let failed = |reason: String| WindowError::File { path: path.to_owned(), reason };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        }
        let file = File::create(path).map_err(|error| failed(error.to_string()))?;
        let mut encoder = png::Encoder::new(BufWriter::new(file), self.extent.width, self.extent.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Best);
        let mut writer = encoder.write_header().map_err(|error| failed(error.to_string()))?;
        writer.write_image_data(&self.pixels).map_err(|error| failed(error.to_string()))?;
        writer.finish().map_err(|error| failed(error.to_string()))
    }

    /// Reads a PNG file with three channels of eight bits, as [`Picture::write`] makes them.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |reason: String| WindowError::File { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|error| failed(error.to_string()))?;
        let mut reader =
            png::Decoder::new(BufReader::new(file)).read_info().map_err(|error| failed(error.to_string()))?;
        let mut pixels = vec![0; reader.output_buffer_size()];
        let frame = reader.next_frame(&mut pixels).map_err(|error| failed(error.to_string()))?;
        pixels.truncate(frame.buffer_size());
        Self::new(Extent::new(frame.width, frame.height), pixels)
            .ok_or_else(|| failed("it is no picture of three channels of eight bits".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(seed: u8) -> Picture {
        let pixels = (0..4 * 3 * 3).map(|index: u8| index.wrapping_mul(seed)).collect();
        Picture::new(Extent::new(4, 3), pixels).unwrap()
    }

    #[test]
    fn a_picture_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("picture.png");
        picture(7).write(&path).unwrap();
        assert_eq!(Picture::read(&path).unwrap(), picture(7));
    }

    #[test]
    fn a_difference_counts_what_is_not_left_out() {
        let (black, mut one) = (picture(0), picture(0));
        one.pixels[(4 + 2) * 3] = 100;
        let all = black.difference(&one, &[]).unwrap();
        assert_eq!(all, Difference { mean: 100.0 / 36.0, share: 1.0 / 12.0 });
        let without = black.difference(&one, &[Region::new(2, 1, 1, 1)]).unwrap();
        assert_eq!(without, Difference { mean: 0.0, share: 0.0 });
        assert!(black.difference(&black.part(Region::new(0, 0, 2, 2)), &[]).is_err());
    }
}
