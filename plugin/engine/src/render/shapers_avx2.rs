//! The shapers from their tables, eight at a time, for x86-64 with AVX2 and FMA.
//! On the audio thread.
//! Promises the sound of its scalar twin in `shapers.rs` (test: `every_instruction_set_shapes_alike`).
//!
//! Eight loads of four coefficients each and a transposition beat the processor's own gathers, and no loop that a compiler
//! vectorises has that shape.

use super::shapers::{FilmLines, Line, TableLanes};
use super::waveshaper::Tile;
use crate::waveshaping::{Cubic, GROUP, Octet};
use std::arch::x86_64::*;

/// Adds what a group makes of its mixes to `sums`. The first sample is sample `offset` of the segment.
///
/// # Safety
/// For every lane, intervals `first` to `first + last` are in `cubics`.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn shape(
    lanes: &TableLanes,
    cubics: &[Cubic],
    film: &FilmLines,
    offset: u32,
    mixes: &[Octet],
    sums: &mut Tile,
) {
    let zero = _mm256_setzero_ps();
    let top = load(&lanes.top);
    // SAFETY: eight integers each; the loads need no alignment.
    let (first, last) =
        unsafe { (_mm256_loadu_si256(lanes.first.as_ptr().cast()), _mm256_loadu_si256(lanes.last.as_ptr().cast())) };
    let (scale, shift, gain) = (load_line(&film.scale), load_line(&film.shift), load_line(&film.gain));
    let mut places = [0u32; GROUP];
    for (sample, (mix, sum)) in mixes.iter().zip(sums).enumerate() {
        let time = _mm256_set1_ps(offset.wrapping_add(sample as u32) as f32);
        let at = |(base, slope): (__m256, __m256)| _mm256_fmadd_ps(slope, time, base);
        let index = _mm256_fmadd_ps(at(scale), load(mix), at(shift));
        // What is no number becomes 0: the maximum gives its second argument then.
        let index = _mm256_min_ps(_mm256_max_ps(index, zero), top);
        let interval = _mm256_min_epi32(_mm256_cvttps_epi32(index), last);
        let t = _mm256_sub_ps(index, _mm256_cvtepi32_ps(interval));
        let place = _mm256_add_epi32(interval, first);
        // SAFETY: eight integers; the store needs no alignment.
        unsafe { _mm256_storeu_si256(places.as_mut_ptr().cast(), place) };
        let coefficients = |lane: usize| -> __m128 {
            debug_assert!((places[lane] as usize) < cubics.len());
            // SAFETY: the index is from 0 to top, so the interval from 0 to `last`, which the caller says is there; a
            // `Cubic` is four floats at a multiple of 16 bytes.
            unsafe { _mm_load_ps(cubics.get_unchecked(places[lane] as usize).0.as_ptr()) }
        };
        let pair = |lane: usize| _mm256_set_m128(coefficients(lane + 4), coefficients(lane));
        let (a, b, c, d) = (pair(0), pair(1), pair(2), pair(3));
        let (ab_low, ab_high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
        let (cd_low, cd_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
        let c0 = _mm256_shuffle_ps::<0x44>(ab_low, cd_low);
        let c1 = _mm256_shuffle_ps::<0xee>(ab_low, cd_low);
        let c2 = _mm256_shuffle_ps::<0x44>(ab_high, cd_high);
        let c3 = _mm256_shuffle_ps::<0xee>(ab_high, cd_high);
        let shaped = _mm256_fmadd_ps(_mm256_fmadd_ps(_mm256_fmadd_ps(c3, t, c2), t, c1), t, c0);
        let all = _mm256_fmadd_ps(at(gain), shaped, load(sum));
        // SAFETY: an `Octet` is eight floats.
        unsafe { _mm256_storeu_ps(sum.0.as_mut_ptr(), all) };
    }
}

#[target_feature(enable = "avx2,fma")]
fn load(octet: &Octet) -> __m256 {
    // SAFETY: an `Octet` is eight floats.
    unsafe { _mm256_loadu_ps(octet.0.as_ptr()) }
}

#[target_feature(enable = "avx2,fma")]
fn load_line(line: &Line) -> (__m256, __m256) {
    (load(&line.base), load(&line.slope))
}
