//! A performer on its own, asked at chosen positions.

use super::player::FakePlayer;
use timbrel_engine::event::{Event, Setting, TimedEvent};
use timbrel_engine::model::{Gesture, GestureRequest, Matching, TiltTable};
use timbrel_engine::perform::{Action, Character, LoudnessRange, Manner, Performer, VoiceTarget};

pub const RANGE: LoudnessRange = LoudnessRange { low_db: -60.0, high_db: -6.0, soft_db: -40.0, loud_db: -12.0 };
pub const RATE: f64 = 48_000.0;

/// Positions are given in seconds.
pub struct Stage {
    pub performer: Performer,
    pub actions: Vec<Action>,
    targets: Vec<VoiceTarget>,
    /// What was asked of the players at the last frame.
    pub requests: Vec<GestureRequest>,
    /// Who shapes the notes.
    pub player: Option<FakePlayer>,
    /// What becomes of their answers.
    pub spoil: fn(&mut Gesture),
    /// Answers so far that were not taken.
    pub spoilt: usize,
}

pub fn samples(seconds: f64) -> u64 {
    (seconds * RATE).round() as u64
}

impl Stage {
    /// With an envelope that is at its top after a millisecond and stays there, and instant release.
    pub fn plain() -> Self {
        let mut stage = Self::new();
        for (setting, value) in [(Setting::Attack, 0.0), (Setting::Release, 0.0)] {
            stage.event(0.0, Event::Set(setting, value));
        }
        stage
    }

    pub fn new() -> Self {
        Self::of(RANGE.into(), None)
    }

    /// An instrument whose notes are shaped by `player`.
    pub fn played(player: FakePlayer) -> Self {
        Self::of(Self::character(player), Some(player))
    }

    pub fn character(player: FakePlayer) -> Character {
        let performance = player.performance();
        let manner = Manner {
            loudness_seconds: f64::from(performance.loudness_seconds),
            pitch_seconds: f64::from(performance.pitch_seconds),
            vibrato: performance.vibrato,
        };
        Character { manner: Some(manner), ..RANGE.into() }
    }

    /// An instrument that is in line with others by this.
    pub fn matched(gain_db: f32, tilt: TiltTable) -> Self {
        Self::of(Character { matching: Matching { gain_db, tilt }, ..RANGE.into() }, None)
    }

    fn of(character: Character, player: Option<FakePlayer>) -> Self {
        Self {
            performer: Performer::new(RATE, character),
            actions: Vec::new(),
            targets: Vec::new(),
            requests: Vec::new(),
            player,
            spoil: |_| {},
            spoilt: 0,
        }
    }

    pub fn event(&mut self, seconds: f64, event: Event) {
        self.performer.handle(TimedEvent { at: samples(seconds), event }, &mut self.actions);
    }

    /// Advances frame by frame (4 ms) from `from` to `to` and returns the last targets.
    pub fn run(&mut self, from: f64, to: f64) -> Vec<VoiceTarget> {
        let mut at = from;
        while at < to {
            at = (at + 0.004).min(to);
            self.frame(at);
        }
        self.targets.clone()
    }

    pub fn frame(&mut self, seconds: f64) -> Vec<VoiceTarget> {
        self.targets.clear();
        self.performer.go_to(samples(seconds), &mut self.actions);
        if let Some(player) = self.player {
            self.requests.clear();
            self.performer.ask(&mut self.requests);
            let mut gestures: Vec<Gesture> = self.requests.iter().map(|request| player.gesture(request)).collect();
            gestures.iter_mut().for_each(self.spoil);
            self.spoilt += self.performer.answer(&gestures);
        }
        self.performer.targets(&mut self.targets);
        self.targets.clone()
    }

    pub fn starts(&self) -> usize {
        self.actions.iter().filter(|action| matches!(action, Action::Start { .. })).count()
    }

    /// Keys of the voices that have ended, in order, and the length of their fades in seconds.
    pub fn ends(&self) -> Vec<(u8, f64)> {
        let end = |action: &Action| match *action {
            Action::Ended { note, from, at } => Some((note.key.unwrap(), (at - from) as f64 / RATE)),
            _ => None,
        };
        self.actions.iter().filter_map(end).collect()
    }
}

pub fn keys(targets: &[VoiceTarget]) -> Vec<u8> {
    targets.iter().map(|target| target.note.key.unwrap()).collect()
}

pub fn cents(hertz: f32, reference: f32) -> f32 {
    1200.0 * (hertz / reference).log2()
}
