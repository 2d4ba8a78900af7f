//! A model's impulse response: read by `model`, heard through `render`. Plain data.
//! Any thread but the audio thread, where it would be too long to free.
//! The direct part always sounds, the rest is the room that a player can turn down (test: `the_first_sample_is_direct_unless_said_otherwise`).

/// What a dry sound is convolved with, at the training rate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImpulseResponse {
    /// Linear; the direct sound is included. Empty = no room, the dry sound as it is.
    pub samples: Vec<f32>,
    /// So many first samples always sound. 1 to the length, or 0 where there are none.
    pub direct: usize,
}

impl From<Vec<f32>> for ImpulseResponse {
    /// The first sample is the direct sound.
    fn from(samples: Vec<f32>) -> Self {
        Self { direct: samples.len().min(1), samples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sample_is_direct_unless_said_otherwise() {
        assert_eq!(ImpulseResponse::from(vec![1.0, 0.5]).direct, 1);
        assert_eq!(ImpulseResponse::from(Vec::new()), ImpulseResponse::default());
    }
}
