//! Where sound begins.
//! Any thread.
//! Exact to the sample: no window, no threshold but the one given (test: `the_first_sound_is_found_to_the_sample`).

/// Index of the first sample that is louder than `threshold` (full scale = 1).
pub fn first_sound(samples: &[f32], threshold: f32) -> Option<usize> {
    samples.iter().position(|sample| sample.abs() > threshold)
}

/// Index of the first sample in which two renders differ by more than `tolerance`; lengths count as differing.
pub fn first_difference(a: &[f32], b: &[f32], tolerance: f32) -> Option<usize> {
    let common = a.len().min(b.len());
    a.iter()
        .zip(b)
        .position(|(a, b)| (a - b).is_nan() || (a - b).abs() > tolerance)
        .or_else(|| (a.len() != b.len()).then_some(common))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sound_is_found_to_the_sample() {
        let samples = [0.0, 1e-9, 0.0, -0.5, 0.9];
        assert_eq!(first_sound(&samples, 1e-6), Some(3));
        assert_eq!(first_sound(&samples[..3], 1e-6), None);
    }

    #[test]
    fn a_sample_that_is_no_number_is_a_difference() {
        assert_eq!(first_difference(&[0.0, f32::NAN], &[0.0, 0.0], 1.0), Some(1));
        assert_eq!(first_difference(&[0.0], &[0.0, 0.0], 0.0), Some(1));
    }
}
