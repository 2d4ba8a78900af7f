//! Which instruction set the inner loops use, asked of the processor once, when a bank is built.
//! Built on the loader thread, read on the audio thread.
//! Loops are written once, in lanes, and compiled for each choice; a lane never depends on its neighbours, so that the
//! cut of a block never changes a sample (test: `block_sizes_never_change_the_output`).

/// Samples that an inner loop makes together. The last ones of a block are computed in full and thrown away.
pub(super) const LANES: usize = 16;

/// The instruction set of this processor, as far as the inner loops care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instructions {
    /// What the build targets.
    Baseline,
    /// x86-64 with AVX2 and fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2Fma,
}

impl Instructions {
    /// Asks the processor.
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return Self::Avx2Fma;
        }
        Self::Baseline
    }
}

/// Whether the baseline has a fused multiply-add instruction. Without one `mul_add` is a slow library call.
pub(super) const BASELINE_FMA: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));

/// a x b + c, fused where the caller was compiled for it.
#[inline(always)]
pub(super) fn multiply_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Defines a function that runs `$body::<FMA>` compiled for the instruction set named by its first argument.
macro_rules! compiled_for_each {
    ($(#[$doc:meta])* $visible:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) => $body:ident) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)]
        $visible fn $name(instructions: $crate::render::simd::Instructions, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[allow(clippy::too_many_arguments)]
            #[target_feature(enable = "avx2,fma")]
            fn avx2_fma($($arg: $type),*) {
                $body::<true>($($arg),*);
            }
            match instructions {
                $crate::render::simd::Instructions::Baseline => {
                    $body::<{ $crate::render::simd::BASELINE_FMA }>($($arg),*)
                }
                // SAFETY: `Avx2Fma` is only made by `detect`, after the processor said that it has both.
                #[cfg(target_arch = "x86_64")]
                $crate::render::simd::Instructions::Avx2Fma => unsafe { avx2_fma($($arg),*) },
            }
        }
    };
}
pub(super) use compiled_for_each;
