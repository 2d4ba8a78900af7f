//! What moves by itself in one note: its LFOs where they are its own, its two further envelopes, and how long it has sounded.
//! Pure, control thread. Tests: `tests/tests/perform_modulation/lfos.rs`, `envelopes.rs`.

use super::super::envelope::{Envelope, Shape};
use super::carry::Carry;
use super::clock::Clock;
use super::lfo::{Cycles, LFOS, Period, Phase, Scope, Wave, choice, risen, seed_for_all};
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

    /// One of the envelopes.
    pub fn envelope(&self, index: usize) -> &Envelope {
        &self.envelopes[index]
    }

    /// Where an LFO is. `seed` is the note's, `all` the cycles of the LFOs that run for all notes.
    pub fn lfo(&self, index: usize, seed: u32, all: &Cycles, clock: &Clock, setting: impl Fn(Setting) -> f32) -> Phase {
        let settings = &LFOS[index];
        let phase = match choice(Scope::ALL, setting(settings.mode)) {
            Scope::All => phase_of_all(index, all, clock, &setting),
            Scope::Note => Phase {
                wave: choice(Wave::ALL, setting(settings.shape)),
                cycles: self.cycles.of(index) + f64::from(setting(settings.phase)),
                seed: hash(seed ^ hash(index as u32)),
                risen: 1.0,
            },
        };
        Phase { risen: risen(self.since, f64::from(setting(settings.rise))), ..phase }
    }
}

/// Where an LFO is that no note needs: one that runs for all and does not rise with any.
pub(in super::super) fn lfo_without_notes(
    index: usize,
    all: &Cycles,
    clock: &Clock,
    setting: impl Fn(Setting) -> f32,
) -> Option<Phase> {
    let settings = &LFOS[index];
    let is_free = choice(Scope::ALL, setting(settings.mode)) == Scope::All && setting(settings.rise) == 0.0;
    is_free.then(|| phase_of_all(index, all, clock, setting))
}

/// Where an LFO is that runs for all notes, at its full depth.
fn phase_of_all(index: usize, all: &Cycles, clock: &Clock, setting: impl Fn(Setting) -> f32) -> Phase {
    let settings = &LFOS[index];
    let cycles = match choice(Period::ALL, setting(settings.sync)) {
        Period::Free => all.of(index),
        Period::Beats(beats) => clock.beat() / beats,
    };
    Phase {
        wave: choice(Wave::ALL, setting(settings.shape)),
        cycles: cycles + f64::from(setting(settings.phase)),
        seed: seed_for_all(index),
        risen: 1.0,
    }
}
