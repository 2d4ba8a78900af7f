//! How an instrument is brought in line with others: its level, and a tilt that makes louder brighter where its
//! recordings do not.
//! Plain data, any thread; looking a tilt up takes some multiplications (docs/model-format.md, Matching).
//! Between its points the table is bilinear, beyond them it is held (test: `a_tilt_is_bilinear_and_held_beyond_its_ends`).

/// What the kit measured on the finished model, to be made up for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matching {
    /// What is added to its level, decibels, so that instruments are equally loud at velocity 100.
    pub gain_db: f32,
    /// What is added to the player's tilt.
    pub tilt: TiltTable,
}

/// A tilt over pitch and dynamics, decibels per octave; 0 everywhere by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TiltTable {
    low: f32,
    high: f32,
    /// Rows.
    pitches: usize,
    /// Columns.
    dynamics: usize,
    db_per_octave: Vec<f32>,
}

impl TiltTable {
    /// A table of `pitches` rows evenly spaced over the MIDI pitches `low` to `high`, each of which says the tilt in
    /// decibels per octave at dynamics evenly spaced from 0 to 1. Values that fill no row are left out.
    pub fn new(low: f32, high: f32, pitches: usize, db_per_octave: Vec<f32>) -> Self {
        let dynamics = db_per_octave.len().checked_div(pitches).unwrap_or(0);
        Self { low, high, pitches: if dynamics == 0 { 0 } else { pitches }, dynamics, db_per_octave }
    }

    /// Whether it is 0 everywhere.
    pub fn is_flat(&self) -> bool {
        self.db_per_octave.iter().all(|tilt| *tilt == 0.0)
    }

    /// Tilt in decibels per octave at a MIDI pitch and at dynamics of which 0 is the model's `soft_db` and 1 its
    /// `loud_db`. Not-a-number counts as the lowest or softest.
    pub fn at(&self, midi_pitch: f32, dynamics: f32) -> f32 {
        if self.pitches == 0 {
            return 0.0;
        }
        let (row, across) = place((midi_pitch - self.low) / (self.high - self.low), self.pitches);
        let (column, along) = place(dynamics, self.dynamics);
        let (next_row, next_column) = ((row + 1).min(self.pitches - 1), (column + 1).min(self.dynamics - 1));
        let value = |row: usize, column: usize| self.db_per_octave[row * self.dynamics + column];
        let between = |row: usize| value(row, column) * (1.0 - along) + value(row, next_column) * along;
        between(row) * (1.0 - across) + between(next_row) * across
    }
}

/// The point before a share of the way along `points`, and the share of the way to the next.
fn place(share: f32, points: usize) -> (usize, f32) {
    let position = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) * (points - 1) as f32 };
    let before = (position as usize).min(points.saturating_sub(2));
    (before, position - before as f32)
}
