//! A ring of samples ahead of the playing position, into which finished pieces of sound are added where they belong.
//! On the audio thread.
//! Pieces are placed at absolute positions, so that block cuts do not show (test: `block_sizes_never_change_the_output`).

/// Sound to come, indexed by event-clock position modulo a power of two.
pub(super) struct OverlapRing {
    samples: Vec<f32>,
    /// First position at which nothing has been added.
    end: u64,
}

impl OverlapRing {
    /// Holds pieces that end at most `reach` samples after the playing position.
    pub fn new(reach: usize) -> Self {
        Self { samples: vec![0.0; reach.next_power_of_two()], end: 0 }
    }

    /// Adds `piece`, whose first sample sounds at `position`. It must not reach further than the ring.
    pub fn add(&mut self, position: u64, piece: &[f32]) {
        let mask = self.samples.len() - 1;
        let start = position as usize & mask;
        let first = piece.len().min(self.samples.len() - start);
        for (sample, value) in self.samples[start..].iter_mut().zip(&piece[..first]) {
            *sample += value;
        }
        for (sample, value) in self.samples.iter_mut().zip(&piece[first..]) {
            *sample += value;
        }
        self.end = self.end.max(position + piece.len() as u64);
    }

    /// Adds what sounds from `position` on to `out`, and forgets it.
    pub fn take(&mut self, position: u64, out: &mut [f32]) {
        if self.is_empty(position) {
            return;
        }
        let mask = self.samples.len() - 1;
        for (offset, out) in out.iter_mut().enumerate() {
            let sample = &mut self.samples[(position as usize).wrapping_add(offset) & mask];
            *out += *sample;
            *sample = 0.0;
        }
    }

    /// Whether nothing sounds from `position` on.
    pub fn is_empty(&self, position: u64) -> bool {
        position >= self.end
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.samples.fill(0.0);
        self.end = 0;
    }
}
