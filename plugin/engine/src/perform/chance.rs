//! Numbers that look like chance and are none: the same seed gives the same, so that a take can be had again.
//! Pure; any thread. Tests: `seeds_come_from_the_count_of_notes`, `tests/tests/perform_arithmetic/vibrato.rs`.

/// A number that has nothing in common with its neighbours': the finaliser of MurmurHash3.
pub fn hash(number: u32) -> u32 {
    let mut hash = number.wrapping_mul(0x9e37_79b9);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

/// A hash as a number from -1 to 1, all of which are equally likely.
pub fn uniform(hash: u32) -> f32 {
    (f64::from(hash) / f64::from(u32::MAX) * 2.0 - 1.0) as f32
}

/// Values between -1 and 1 that wander smoothly: one is drawn for each whole `place`, uniformly, and between two the way is
/// a cubic that is level at both ends (value noise).
pub fn wander(seed: u32, place: f64) -> f32 {
    let whole = place.floor();
    // Wraps after 2^32 places: more than a year.
    let index = (whole as i64) as u32;
    let drawn = |index: u32| f64::from(hash(seed ^ hash(index))) / f64::from(u32::MAX) * 2.0 - 1.0;
    let (from, to) = (drawn(index), drawn(index.wrapping_add(1)));
    let part = place - whole;
    (from + (to - from) * part * part * (3.0 - 2.0 * part)) as f32
}
