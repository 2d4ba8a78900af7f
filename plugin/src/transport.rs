//! The host's tempo and beat, told to the engine only where it would get them wrong by itself, so that blocks do not matter.
//! In the audio callback; nothing allocates.
//! (Tests at the end; in both formats `clap_modulation.rs` and `plugin/tests/vst3_transport.rs`.)

use nice_plug::context::process::Transport;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use timbrel_engine::event::Event;

/// Beats by which a host may round without being followed: 2 ms at 120 beats a minute.
const TOLERANCE: f64 = 1.0 / 256.0;
/// What the engine begins with: see `timbrel_engine::perform::modulation::Clock`.
const FIRST_TEMPO: f64 = 120.0;

/// Moments in one block that are remembered; no host has more.
const MOMENTS: usize = 32;

/// Where in its block the host has said anew where it is. The framework takes what it said there for the beginning of the
/// block.
#[derive(Default)]
pub struct Moments {
    /// Ascending, samples.
    times: [AtomicU32; MOMENTS],
    count: AtomicUsize,
}

impl Moments {
    /// The host's next block begins. Real-time safe.
    pub fn begin_block(&self) {
        self.count.store(0, Ordering::Relaxed);
    }

    /// The host speaks `time` samples into the block. Real-time safe.
    pub fn note(&self, time: u32) {
        let count = self.count.load(Ordering::Relaxed);
        if let Some(place) = self.times.get(count) {
            place.store(time, Ordering::Relaxed);
            self.count.store(count + 1, Ordering::Relaxed);
        }
    }

    /// When the host last spoke, as of `time` samples into the block. Real-time safe.
    pub fn latest(&self, time: u32) -> u32 {
        let count = self.count.load(Ordering::Relaxed).min(MOMENTS);
        let times = self.times[..count].iter().map(|moment| moment.load(Ordering::Relaxed));
        times.filter(|moment| *moment <= time).max().unwrap_or(0)
    }
}

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

    /// What the engine must be told at the beginning of a part of a block, about which the host last spoke `spoken` samples
    /// into the block. While the host stands still the beat goes on.
    pub fn follow(&mut self, transport: &Transport, spoken: u32) -> Option<Event> {
        let tempo = transport.tempo.filter(|tempo| tempo.is_finite() && *tempo > 0.0).unwrap_or(self.tempo);
        let beat = transport.pos_beats().filter(|beat| transport.playing && beat.is_finite());
        let counted_twice = f64::from(spoken) / f64::from(transport.sample_rate) * tempo / 60.0;
        let beat = beat.map(|beat| beat - counted_twice);
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
            told.extend(follower.follow(&at(true, 90.0, beat), 0).map(|event| (position, event)));
            follower.advance(block, RATE);
        }
        told.extend(follower.follow(&at(false, 90.0, 5.5), 0).map(|event| (96_000, event)));
        told
    }

    #[test]
    fn the_engine_is_told_of_what_it_does_not_expect_whatever_the_blocks() {
        let expected =
            [(0, 8.0), (48_000, 4.0)].map(|(at, beat)| (at, Event::Transport { tempo: 90.0, beat: Some(beat) }));
        for block in [1, 64, 480, 1_000, 48_000] {
            assert_eq!(told(block), expected, "blocks of {block}");
        }
    }

    #[test]
    fn a_host_that_stands_still_is_followed_in_its_tempo_alone() {
        let mut follower = Follower::new();
        assert_eq!(follower.follow(&at(false, 120.0, 77.0), 0), None);
        assert_eq!(follower.follow(&at(false, 60.0, 77.0), 0), Some(Event::Transport { tempo: 60.0, beat: None }));
        assert_eq!(follower.follow(&Transport::new(RATE), 0), None, "a host that says nothing");
        assert_eq!(follower.follow(&at(true, f64::NAN, 0.0), 0), None);
    }

    #[test]
    fn what_a_host_says_within_a_block_is_of_that_moment() {
        let moments = Moments::default();
        moments.note(100);
        moments.note(300);
        assert_eq!([0, 99, 100, 299, 300, 4_000].map(|time| moments.latest(time)), [0, 0, 100, 100, 300, 300]);
        // Beat 4 at sample 24,000, as the framework says it where a part of the block begins at 30,000.
        let mut follower = Follower::new();
        let said = 4.0 + 30_000.0 / 24_000.0;
        assert_eq!(
            follower.follow(&at(true, 120.0, said), 24_000),
            Some(Event::Transport { tempo: 120.0, beat: Some(4.25) })
        );
        moments.begin_block();
        assert_eq!(moments.latest(4_000), 0);
    }
}
