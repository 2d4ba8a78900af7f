//! Where the host is in its song, in beats, at every sample.
//! Pure, control thread. Counted from what the host last said, so that nothing adds up
//! (test: `beats_follow_the_tempo_from_where_the_host_said`).

/// Tempo before any host says one, beats a minute.
const FIRST_TEMPO: f64 = 120.0;
/// Tempi that are followed, beats a minute.
const TEMPI: (f64, f64) = (1.0, 1000.0);

/// The host's beat. While the host stands still it goes on at the last tempo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    /// Position at which `beat` was said, samples.
    said_at: u64,
    beat_then: f64,
    /// Beats a minute.
    tempo: f64,
    beat: f64,
}

impl Clock {
    /// Beat 0 at `origin`, at 120 beats a minute.
    pub fn new(origin: u64) -> Self {
        Self { said_at: origin, beat_then: 0.0, tempo: FIRST_TEMPO, beat: 0.0 }
    }

    /// Quarter notes since the song began.
    pub fn beat(&self) -> f64 {
        self.beat
    }

    /// Quarter notes a second.
    pub fn beats_per_second(&self) -> f64 {
        self.tempo / 60.0
    }

    /// The host says its tempo (beats a minute) and, while it plays, its beat, at the position where the clock is.
    /// What is not finite is not taken.
    pub fn say(&mut self, at: u64, tempo: f64, beat: Option<f64>) {
        if tempo.is_finite() {
            self.tempo = tempo.clamp(TEMPI.0, TEMPI.1);
        }
        if let Some(beat) = beat.filter(|beat| beat.is_finite()) {
            self.beat = beat;
        }
        (self.said_at, self.beat_then) = (at, self.beat);
    }

    /// Goes to a position, samples, at `sample_rate` hertz.
    pub fn go_to(&mut self, at: u64, sample_rate: f64) {
        let seconds = at.saturating_sub(self.said_at) as f64 / sample_rate;
        self.beat = self.beat_then + seconds * self.beats_per_second();
    }
}
