//! What moves by itself in one note: its LFOs where they are its own, its two further envelopes, and how long it has sounded.
//! Pure, control thread. Tests: `tests/tests/perform_modulation/lfos.rs`, `envelopes.rs`.

use super::super::envelope::{Envelope, Shape};
use super::carry::Carry;
use super::clock::Clock;
use super::lfo::{Cycles, LFOS, Period, Scope, Wave, choice, risen, seed_for_all};
use super::matrix::Matrix;
use super::source::Sources;
use crate::event::{ModulationSource, Setting};
use crate::perform::chance::hash;

/// The settings of one envelope.
struct EnvelopeSettings {
    attack: Setting,
    decay: Setting,
    sustain: Setting,
    release: Setting,
}

/// Of both.
const ENVELOPES: [EnvelopeSettings; 2] = [
    EnvelopeSettings {
        attack: Setting::Env2Attack,
        decay: Setting::Env2Decay,
        sustain: Setting::Env2Sustain,
        release: Setting::Env2Release,
    },
    EnvelopeSettings {
        attack: Setting::Env3Attack,
        decay: Setting::Env3Decay,
        sustain: Setting::Env3Sustain,
        release: Setting::Env3Release,
    },
];

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Modulators {
    /// Seconds since the note was struck.
    since: f64,
    cycles: Cycles,
    envelopes: [Envelope; 2],
    carry: Carry,
}

impl Modulators {
    /// Of a note that begins.
    pub fn new() -> Self {
        Self { since: 0.0, cycles: Cycles::NONE, envelopes: [Envelope::new(); 2], carry: Carry::NOTHING }
    }

    /// The note is struck anew: LFOs begin again, envelopes rise from where they are.
    pub fn strike(&mut self) {
        self.since = 0.0;
        self.cycles = Cycles::NONE;
        self.envelopes.iter_mut().for_each(Envelope::attack);
    }

    /// Nothing holds the note.
    pub fn release(&mut self) {
        self.envelopes.iter_mut().for_each(Envelope::release);
    }

    /// What the note was like until now fades into what it is.
    pub fn carry(&mut self, before: &Sources, after: &Sources) {
        self.carry = Carry::from(before, after);
    }

    /// `sources` with what the note before left.
    pub fn carried(&self, sources: &Sources) -> Sources {
        self.carry.with(sources)
    }

    /// Lets `seconds` pass, in which a controller goes `share` of its way; `setting` is what the note's settings are.
    pub fn advance(
        &mut self,
        seconds: f64,
        share: f32,
        clock: &Clock,
        matrix: &Matrix,
        setting: impl Fn(Setting) -> f32,
    ) {
        self.since += seconds;
        self.carry.advance(share);
        if ModulationSource::LFOS.into_iter().any(|lfo| matrix.reads(lfo)) {
            self.cycles.advance(seconds, clock, &setting);
        }
        let envelopes = self.envelopes.iter_mut().zip(&ENVELOPES).zip(ModulationSource::ENVELOPES);
        // One that nobody reads stands still; it rises where a row is laid on it.
        for ((envelope, settings), _) in envelopes.filter(|(_, source)| matrix.reads(*source)) {
            let time = |of| f64::from(setting(of));
            envelope.advance(
                seconds,
                &Shape {
                    attack: time(settings.attack),
                    decay: time(settings.decay),
                    sustain: time(settings.sustain),
                    release: time(settings.release),
                },
            );
        }
    }

    /// Level of an envelope, 0 to 1.
    pub fn envelope(&self, index: usize) -> f32 {
        self.envelopes[index].gain() as f32
    }

    /// Value of an LFO, -1 to 1. `seed` is the note's, `all` the cycles of the LFOs that run for all notes.
    pub fn lfo(&self, index: usize, seed: u32, all: &Cycles, clock: &Clock, setting: impl Fn(Setting) -> f32) -> f32 {
        let risen = risen(self.since, f64::from(setting(LFOS[index].rise)));
        risen
            * match choice(Scope::ALL, setting(LFOS[index].mode)) {
                Scope::All => lfo_of_all(index, all, clock, setting),
                Scope::Note => {
                    let (wave, phase) = (setting(LFOS[index].shape), setting(LFOS[index].phase));
                    let cycles = self.cycles.of(index) + f64::from(phase);
                    choice(Wave::ALL, wave).at(cycles, hash(seed ^ hash(index as u32)))
                }
            }
    }
}

/// Value of an LFO where no note sounds, if it needs none: if it runs for all and does not rise with any.
pub(in super::super) fn lfo_without_notes(
    index: usize,
    all: &Cycles,
    clock: &Clock,
    setting: impl Fn(Setting) -> f32,
) -> Option<f32> {
    let settings = &LFOS[index];
    let is_free = choice(Scope::ALL, setting(settings.mode)) == Scope::All && setting(settings.rise) == 0.0;
    is_free.then(|| lfo_of_all(index, all, clock, setting))
}

/// Value of an LFO that runs for all notes, -1 to 1, at its full depth.
fn lfo_of_all(index: usize, all: &Cycles, clock: &Clock, setting: impl Fn(Setting) -> f32) -> f32 {
    let settings = &LFOS[index];
    let cycles = match choice(Period::ALL, setting(settings.sync)) {
        Period::Free => all.of(index),
        Period::Beats(beats) => clock.beat() / beats,
    };
    choice(Wave::ALL, setting(settings.shape)).at(cycles + f64::from(setting(settings.phase)), seed_for_all(index))
}
