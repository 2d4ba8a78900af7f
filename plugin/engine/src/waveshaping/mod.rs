//! The constants of a NEWT (neural waveshaping synthesis; Hayes, Saitis, Fazekas, ISMIR 2021): exciter, shapers, mix.
//! Plain data, built on the loader thread, read by the waveshaper bank on the audio thread.
//! Promises tables as exact as `docs/waveshaping.md` says (tests: `every_rung_is_its_partials`,
//! `tables_hold_their_functions`).
//!
//! With one phase, counted in turns, and `x = exciter_top / f0`:
//!
//! ```text
//! y_j     = bias_j + sum over partials k < x of weights_jk sin(2 pi k phase + phases_k)
//! dry     = presence (output_bias + sum over j of output_weights_j (output_scale_j f_j(u_j) + output_shift_j))
//! u_j     = index_scale_j y_j + index_shift_j
//! ```
//!
//! The four films (index scale and shift, output scale and shift) come with each frame; all else is here.

mod cycle;
mod exciter;
mod exciter_tables;
mod networks;
mod shaper_tables;

pub use cycle::{Cycle, power_and_mean};
pub use exciter::Exciter;
pub use exciter_tables::{ExciterTables, Rung};
pub use networks::{NetworkLayer, Networks};
pub use shaper_tables::{BakeError, Cubic, ShaperSpan, ShaperTables};

/// Shapers that are computed together. Everything that is stored shaper by shaper for the audio thread is padded to a
/// multiple of this.
pub const GROUP: usize = 8;

/// One value of each shaper of a group, aligned for one load.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(32))]
pub struct Octet(pub [f32; GROUP]);

/// All that a waveshaper bank must know of its model.
#[derive(Clone, Debug)]
pub struct Waveshaping {
    /// The fixed mixes of partials that drive the shapers.
    pub exciter: Exciter,
    /// The same, as single cycles.
    pub exciter_tables: ExciterTables,
    /// The shaping functions, baked.
    pub tables: ShaperTables,
    /// The shaping functions as networks, where they are sine networks.
    pub networks: Option<Networks>,
    /// What each shaper adds to the sound, linear; one for each shaper.
    pub output_weights: Vec<f32>,
    /// What is added to the sum, linear.
    pub output_bias: f32,
}

impl Waveshaping {
    /// Builds the exciter's tables and takes the rest as it is. Sizes must agree (all say the same number of shapers) and
    /// values be finite: the model checks that. Takes some 25 ms at the published size; for the loader thread.
    pub fn new(
        exciter: Exciter,
        tables: ShaperTables,
        networks: Option<Networks>,
        output_weights: Vec<f32>,
        output_bias: f32,
    ) -> Self {
        debug_assert_eq!(exciter.shapers, tables.shapers());
        debug_assert_eq!(exciter.shapers, output_weights.len());
        Self { exciter_tables: ExciterTables::of(&exciter), exciter, tables, networks, output_weights, output_bias }
    }

    /// Number of shapers.
    pub fn shapers(&self) -> usize {
        self.exciter.shapers
    }

    /// Groups of [`GROUP`] shapers, the last one padded.
    pub fn groups(&self) -> usize {
        self.shapers().div_ceil(GROUP)
    }
}
