//! Even partials against odd ones.
//! On the control thread.
//! Promises the decibels that are asked for (test: `even_partials_are_lifted_by_what_is_asked`).

use crate::units::gain_of_db;

/// Lifts partials 2, 4, ... of linear amplitudes of partials 1, 2, ... by so many decibels.
pub(super) fn lift_even(amplitudes: &mut [f32], db: f32) {
    let gain = gain_of_db(db);
    amplitudes.iter_mut().skip(1).step_by(2).for_each(|amplitude| *amplitude *= gain);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_partials_are_lifted_by_what_is_asked() {
        let mut amplitudes = [1.0; 5];
        lift_even(&mut amplitudes, -20.0);
        println!("{amplitudes:?}");
        assert!(amplitudes.iter().zip([1.0, 0.1, 1.0, 0.1, 1.0]).all(|(found, meant)| (found - meant).abs() < 1e-6));
    }
}
