//! How one note is shaped as the recorded players shaped theirs: when the performance network is asked, what it last said, the
//! way from the note before, and the fall that ends every note.
//! Pure, control thread, without allocation.
//! The network may say anything: what is not finite is not taken, and no note goes on for good once its key is up
//! (tests: `tests/tests/perform_arithmetic/phrasing.rs`, `tests/tests/voices/`).

use super::chance::{hash, wander};
use super::channel::Shares;
use super::smooth::Smoother;
use crate::model::Gesture;

/// After the gate fell, a note is free for this long, seconds; ...
const FREE_RELEASE: f64 = 1.0;
/// ... then it loses so much more each second than the network says, decibels.
const FALL_DB: f64 = 12.0;
/// Under this a released note falls so many times steeper, so that the -60 dB with which a recording ends are -96.
const STEEP_BELOW_DB: f32 = -48.0;
const STEEPNESS: f32 = 4.0;
/// What a network may say: loudness and noise in decibels, pitch in cents, their spreads from 0.
const LOUDNESS_DB: (f32, f32) = (-60.0, 12.0);
const PITCH_CENTS: f32 = 200.0;
const MOST_LOUDNESS_SPREAD: f32 = 3.0;
const MOST_PITCH_SPREAD: f32 = 30.0;
const NOISE_DB: f32 = 24.0;
/// Standard deviations in the range of [`wander`]: of uniform draws, 1/3, less what is lost between two, 0.745.
const DEVIATIONS: f32 = 2.0074;
/// Places of [`wander`] after which it is correlated by 1/e.
const CORRELATED_PLACES: f64 = 0.781;
/// Shortest correlation that is rendered, seconds.
const SHORTEST_CORRELATION: f64 = 1e-3;

/// Whether the network has a state to go on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telling {
    /// It was asked at the frame before.
    GoesOn,
    /// It was not, or the note begins.
    Begins,
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Phrasing {
    /// Seconds since the part began: goes on over all its notes.
    age: f64,
    /// Seconds since the note was struck.
    since_on: f64,
    /// Seconds since nothing holds it.
    since_off: f64,
    telling: Telling,
    /// The times of the note before and how it was told, where this one was struck at this very sample.
    struck_over: Option<(f64, f64, Telling)>,
    /// What the network last said of this note or the one before.
    gesture: Option<Gesture>,
    /// What the note before was like when this one came, ...
    before: Gesture,
    /// ... and how much of that is left, 1 to 0.
    left: Smoother,
    /// A frame has come since the part began in this instrument.
    met_frame: bool,
}

impl Phrasing {
    /// Of a part that begins.
    pub fn new() -> Self {
        Self {
            age: 0.0,
            since_on: 0.0,
            since_off: 0.0,
            telling: Telling::Begins,
            struck_over: None,
            gesture: None,
            before: Gesture::default(),
            left: Smoother::new(0.0),
            met_frame: false,
        }
    }

    /// Seconds since the part began.
    pub fn age(&self) -> f64 {
        self.age
    }

    /// Seconds since the note was struck.
    pub fn since_on(&self) -> f32 {
        self.since_on as f32
    }

    /// Seconds since nothing holds it, 0 while something does.
    pub fn since_off(&self) -> f32 {
        self.since_off as f32
    }

    /// Another note goes on with the part: what it is like now fades into what the network says of the next.
    pub fn carry(&mut self) {
        if let Some(now) = self.gesture() {
            self.before = now;
            self.left = Smoother::new(1.0);
            self.left.aim(0.0);
        }
    }

    /// A note is struck anew by a part that sounds.
    pub fn strike(&mut self) {
        self.struck_over.get_or_insert((self.since_on, self.since_off, self.telling));
        (self.since_on, self.since_off) = (0.0, 0.0);
        self.telling = Telling::Begins;
    }

    /// Nothing holds the note any more. One that was struck at this very sample, as where all keys of a line come up
    /// together, was not: what was there before ends instead.
    pub fn release(&mut self) {
        if let Some((since_on, since_off, telling)) = self.struck_over.take() {
            (self.since_on, self.since_off, self.telling) = (since_on, since_off, telling);
        }
    }

    /// Another instrument goes on with it, whose players have yet to be asked.
    pub fn move_over(&mut self) {
        self.forget();
        self.met_frame = false;
    }

    /// Nobody follows the network any more.
    pub fn forget(&mut self) {
        self.telling = Telling::Begins;
        self.gesture = None;
        self.left = Smoother::new(0.0);
    }

    /// A frame has come.
    pub fn meet_frame(&mut self) {
        self.met_frame = true;
    }

    /// Whether a frame has come since the part began in this instrument.
    pub fn has_met_frame(&self) -> bool {
        self.met_frame
    }

    /// The network is asked; says whether it begins with this frame.
    pub fn ask(&mut self) -> bool {
        std::mem::replace(&mut self.telling, Telling::GoesOn) == Telling::Begins
    }

    /// Whether an answer is due.
    pub fn is_asked(&self) -> bool {
        self.telling == Telling::GoesOn
    }

    /// What the network answers, each value brought into its range. What is not finite is not taken; says whether it was.
    pub fn answer(&mut self, said: &Gesture) -> bool {
        let Gesture { loudness_db, pitch_cents, loudness_spread_db, pitch_spread_cents, noise_db } = *said;
        let values = [loudness_db, pitch_cents, loudness_spread_db, pitch_spread_cents, noise_db];
        let is_finite = values.into_iter().all(f32::is_finite);
        if is_finite {
            self.gesture = Some(Gesture {
                loudness_db: loudness_db.clamp(LOUDNESS_DB.0, LOUDNESS_DB.1),
                pitch_cents: pitch_cents.clamp(-PITCH_CENTS, PITCH_CENTS),
                loudness_spread_db: loudness_spread_db.clamp(0.0, MOST_LOUDNESS_SPREAD),
                pitch_spread_cents: pitch_spread_cents.clamp(0.0, MOST_PITCH_SPREAD),
                noise_db: noise_db.clamp(-NOISE_DB, NOISE_DB),
            });
        }
        is_finite
    }

    /// What the player does now; `None` while nothing is known.
    pub fn gesture(&self) -> Option<Gesture> {
        let (now, before, left) = (self.gesture?, self.before, self.left.value());
        // Between the two, so that a fast attack never rises above either.
        let between = |now: f32, before: f32| now + left * (before - now);
        Some(Gesture {
            loudness_db: self.falling(between(now.loudness_db, before.loudness_db)),
            pitch_cents: between(now.pitch_cents, before.pitch_cents),
            loudness_spread_db: between(now.loudness_spread_db, before.loudness_spread_db),
            pitch_spread_cents: between(now.pitch_spread_cents, before.pitch_spread_cents),
            noise_db: between(now.noise_db, before.noise_db),
        })
    }

    /// A loudness with the fall that ends a released note.
    fn falling(&self, loudness_db: f32) -> f32 {
        if self.since_off <= 0.0 {
            return loudness_db;
        }
        let db = loudness_db - (FALL_DB * (self.since_off - FREE_RELEASE).max(0.0)) as f32;
        if db < STEEP_BELOW_DB { STEEP_BELOW_DB + STEEPNESS * (db - STEEP_BELOW_DB) } else { db }
    }

    /// Lets the `seconds` of `shares` pass, in which the note is held or `is_released`.
    pub fn advance(&mut self, seconds: f64, shares: &Shares, is_released: bool) {
        self.struck_over = None;
        self.age += seconds;
        self.since_on += seconds;
        if is_released {
            self.since_off += seconds;
        }
        self.left.advance(shares.controller);
    }
}

impl Default for Phrasing {
    fn default() -> Self {
        Self::new()
    }
}

/// A smooth noise of unit variance, never beyond two deviations, at `age` seconds, whose correlation has fallen to 1/e after
/// `correlated` seconds. Each `stream` of a `seed` is its own.
pub fn drift(seed: u32, stream: u32, age: f64, correlated: f64) -> f32 {
    let place = age * CORRELATED_PLACES / correlated.max(SHORTEST_CORRELATION);
    DEVIATIONS * wander(seed ^ hash(stream), place)
}
