//! The host's tempo and beat, told to the engine only where it would get them wrong by itself, so that blocks do not matter.
//! In the audio callback; nothing allocates.
//! (Tests at the end; through the packaged plugin `clap_modulation.rs`.)

use nice_plug::context::process::Transport;
use timbrel_engine::event::Event;

/// Beats by which a host may round without being followed: 2 ms at 120 beats a minute.
const TOLERANCE: f64 = 1.0 / 256.0;
/// What the engine begins with: see `timbrel_engine::perform::modulation::Clock`.
const FIRST_TEMPO: f64 = 120.0;

/// What the engine takes the beat for.
#[derive(Clone, Copy, Debug)]
pub struct Follower {
    /// Beats a minute.
    tempo: f64,
    beat: f64,
}

impl Follower {
    /// Of an engine that has been told nothing.
    pub fn new() -> Self {
        Self { tempo: FIRST_TEMPO, beat: 0.0 }
    }

    /// What the engine must be told at the beginning of a part of a block. While the host stands still the beat goes on.
    pub fn follow(&mut self, transport: &Transport) -> Option<Event> {
        let tempo = transport.tempo.filter(|tempo| tempo.is_finite() && *tempo > 0.0).unwrap_or(self.tempo);
        let beat = transport.pos_beats().filter(|beat| transport.playing && beat.is_finite());
        let is_elsewhere = beat.is_some_and(|beat| (beat - self.beat).abs() > TOLERANCE);
        if tempo == self.tempo && !is_elsewhere {
            return None;
        }
        self.tempo = tempo;
        self.beat = beat.unwrap_or(self.beat);
        Some(Event::Transport { tempo, beat })
    }

    /// The part is over.
    pub fn advance(&mut self, samples: usize, sample_rate: f32) {
        self.beat += samples as f64 / f64::from(sample_rate) * self.tempo / 60.0;
    }
}

impl Default for Follower {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f32 = 48_000.0;

    fn at(playing: bool, tempo: f64, beat: f64) -> Transport {
        let mut transport = Transport::new(RATE);
        (transport.playing, transport.tempo, transport.pos_beats) = (playing, Some(tempo), Some(beat));
        transport
    }

    /// What is told while a host plays from beat 8 at 90, in blocks of `block`, for two seconds, in the second of which it
    /// is back at beat 4; then stands still.
    fn told(block: usize) -> Vec<(usize, Event)> {
        let mut follower = Follower::new();
        let mut told = Vec::new();
        for position in (0..96_000).step_by(block) {
            let begin = if position < 48_000 { 8.0 } else { 4.0 - 1.5 };
            let beat = begin + position as f64 / 48_000.0 * 1.5;
            told.extend(follower.follow(&at(true, 90.0, beat)).map(|event| (position, event)));
            follower.advance(block, RATE);
        }
        told.extend(follower.follow(&at(false, 90.0, 5.5)).map(|event| (96_000, event)));
        told
    }

    #[test]
    fn the_engine_is_told_of_what_it_does_not_expect_whatever_the_blocks() {
        let expected = [(0, 8.0), (48_000, 4.0)].map(|(at, beat)| (at, Event::Transport { tempo: 90.0, beat: Some(beat) }));
        for block in [1, 64, 480, 1_000, 48_000] {
            assert_eq!(told(block), expected, "blocks of {block}");
        }
    }

    #[test]
    fn a_host_that_stands_still_is_followed_in_its_tempo_alone() {
        let mut follower = Follower::new();
        assert_eq!(follower.follow(&at(false, 120.0, 77.0)), None);
        assert_eq!(follower.follow(&at(false, 60.0, 77.0)), Some(Event::Transport { tempo: 60.0, beat: None }));
        assert_eq!(follower.follow(&Transport::new(RATE)), None, "a host that says nothing");
        assert_eq!(follower.follow(&at(true, f64::NAN, 0.0)), None);
    }
}
