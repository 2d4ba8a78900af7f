//! The sine that the banks use: a polynomial of the phase in turns.
//! On the audio thread.
//! Promises -120 dB (test: `the_sine_is_right_to_120_decibels`).

use super::simd::multiply_add;

/// Minimax odd polynomial of degree 9 for sin(2 pi z), |z| <= 1/4; error 3.4e-9, in single precision 2e-7 (-134 dB).
#[allow(clippy::approx_constant)] // Close to 2 pi, as the first coefficient must be, but not meant to be it.
const SINE: [f32; 5] = [6.283_185, -41.341_656, 81.601_006, -76.549_78, 39.536_705];

/// Sine of a phase in 2^-32 turns.
#[inline(always)]
pub(super) fn sine<const FMA: bool>(turns: u32) -> f32 {
    const QUARTER: i32 = 1 << 30;
    // sin(2 pi x) = cos(2 pi (x - 1/4)) is even about x = 1/4, so the distance from there folds two halves into one.
    let folded = QUARTER.wrapping_sub((turns as i32).wrapping_sub(QUARTER).wrapping_abs());
    sine_near_zero::<FMA>(folded as f32 * (1.0 / 4_294_967_296.0))
}

/// Sine of a phase in turns. Beyond 2^22 turns, where single precision knows no phase, some value from -1 to 1.
#[inline(always)]
pub(super) fn sine_of_turns<const FMA: bool>(turns: f32) -> f32 {
    // Adding 1.5 x 2^23 leaves no bits for what is after the point: rounding to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    let part = (turns - ((turns + ROUND) - ROUND)).clamp(-0.5, 0.5);
    // Folded as above: sin(2 pi x) is even about a quarter.
    let folded = 0.25 - (part.abs() - 0.25).abs();
    sine_near_zero::<FMA>(folded.copysign(part))
}

/// sin(2 pi z), |z| <= 1/4.
#[inline(always)]
fn sine_near_zero<const FMA: bool>(z: f32) -> f32 {
    let square = z * z;
    let mut sum = multiply_add::<FMA>(SINE[4], square, SINE[3]);
    sum = multiply_add::<FMA>(sum, square, SINE[2]);
    sum = multiply_add::<FMA>(sum, square, SINE[1]);
    sum = multiply_add::<FMA>(sum, square, SINE[0]);
    sum * z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_right_to_120_decibels() {
        let worst = (0..1u32 << 20)
            .map(|step| {
                let turns = step.wrapping_mul(4096 + 1);
                let exact = (f64::from(turns) / 4_294_967_296.0 * std::f64::consts::TAU).sin();
                (f64::from(sine::<false>(turns)) - exact).abs()
            })
            .fold(0.0, f64::max);
        println!("sine: worst error {:.1} dB", 20.0 * worst.log10());
        assert!(worst < 1e-6);
    }

    #[test]
    fn the_sine_of_any_turns_is_right_to_120_decibels() {
        let error = |turns: f32| {
            f64::from(sine_of_turns::<false>(turns)) - (f64::from(turns).fract() * std::f64::consts::TAU).sin()
        };
        let worst = (-100_000..100_000).map(|step| error(step as f32 * 3.7e-4).abs()).fold(0.0, f64::max);
        println!("sine of turns: worst error {:.1} dB", 20.0 * worst.log10());
        assert!(worst < 1e-6);
        assert!([4e6, -1e9, 3e38].iter().all(|turns| sine_of_turns::<false>(*turns).abs() <= 1.0 + 1e-6));
    }
}
