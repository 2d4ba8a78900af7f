//! How a host cuts time into blocks.
//! Any thread.
//! Pseudo-random blocks are the same for the same seed.

/// A sequence of block lengths, each 1 to [`Blocks::largest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// Always as many frames.
    Fixed(u32),
    /// Any number of frames from 1 to `largest`.
    Random {
        /// Where the sequence begins.
        seed: u64,
        /// The largest block.
        largest: u32,
    },
}

impl Blocks {
    /// What the host announces on activation.
    pub fn largest(&self) -> u32 {
        match *self {
            Self::Fixed(frames) => frames,
            Self::Random { largest, .. } => largest,
        }
    }

    /// The next block's length; a random sequence moves on.
    pub(crate) fn next(&mut self) -> u32 {
        match self {
            Self::Fixed(frames) => *frames,
            Self::Random { seed, largest } => {
                // Knuth's 64-bit linear congruential generator (MMIX); its high bits are random enough for this.
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let high = u32::try_from(*seed >> 33).unwrap_or(0);
                1 + high % *largest
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_blocks_stay_in_range_and_differ() {
        let mut blocks = Blocks::Random { seed: 1, largest: 64 };
        let lengths: Vec<u32> = (0..1000).map(|_| blocks.next()).collect();
        assert!(lengths.iter().all(|length| (1..=64).contains(length)));
        assert!(lengths.contains(&1) && lengths.contains(&64));
    }
}
