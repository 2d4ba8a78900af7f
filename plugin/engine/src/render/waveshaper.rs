//! The waveshaper bank of one voice: fixed mixes of one phase's partials through shapers, film linear between frames.
//! On the audio thread, but for [`WaveshaperDesign::new`], which builds.
//! Promises the paper's sound (tests: `the_published_violin_is_the_oracles`, `another_size_is_its_equation`), the same
//! bytes for all block sizes (test: `block_sizes_never_change_a_newt`), no allocation
//! (test: `rendering_a_newt_allocates_nothing`). `docs/waveshaping.md` says why each part is as it is.

use super::decimator::Decimator;
use super::exciter::{self, Looks, RungChooser, Walk};
use super::level_keeper::LevelKeeper;
use super::oversampling;
use super::phase::{Gone, PhaseLine};
use super::shapers::{FilmLines, Line, NetworkBank, TableBank, WIDEST};
use super::simd::Instructions;
use super::tilt_filter::TiltFilter;
use super::voicing::{Fidelity, Shaping};
use crate::frame::FILM_PARTS;
use crate::waveshaping::{GROUP, Octet, Waveshaping};
use std::sync::Arc;

/// Samples that the groups work on together: what lies between two stages stays in the nearest cache.
pub(super) const CHUNK: usize = 32;
/// One value of a group's shapers for each sample of a chunk.
pub(super) type Tile = [Octet; CHUNK];

/// Corner of the filter that takes the direct current away, hertz: far beneath the lowest key (27.5 Hz loses 0.35 dB).
const DIRECT_CURRENT_HZ: f64 = 8.0;
/// Time constant of the level shown, seconds.
const LEVEL_TIME: f64 = 0.02;
/// Looks at a cycle to find its mean before a voice's first sample.
const MEAN_LOOKS: usize = 64;
/// Sound beyond this (60 dB over full scale) is cut to it.
const LOUDEST: f32 = 1_000.0;

/// What the waveshaper banks of all voices of a layer share.
pub(super) struct WaveshaperDesign {
    constants: Arc<Waveshaping>,
    chooser: RungChooser,
    shapers: Shapers,
    fidelity: Fidelity,
    /// How much faster than the host's is the bank's own clock, in which its segments count.
    factor: usize,
    /// The bank's own clock, hertz.
    sample_rate: f64,
    /// What a sample of the bank changes in the direct current, and one of the host in the level.
    follow: f64,
    forget: f32,
    instructions: Instructions,
}

enum Shapers {
    Tables(TableBank),
    Networks(NetworkBank),
}

impl WaveshaperDesign {
    /// Lays the constants out for a bank in a host at `host_rate` (hertz).
    pub fn new(
        constants: &Arc<Waveshaping>,
        shaping: Shaping,
        fidelity: Fidelity,
        host_rate: f64,
        instructions: Instructions,
    ) -> Self {
        let narrow = |networks: &&_| widest(networks) <= WIDEST;
        let shapers = match (shaping, constants.networks.as_ref().filter(narrow)) {
            (Shaping::Exact, Some(networks)) => Shapers::Networks(NetworkBank::new(networks, constants.shapers())),
            _ => Shapers::Tables(TableBank::new(&constants.tables)),
        };
        let share = |seconds: f64, rate: f64| -(-1.0 / (seconds * rate)).exp_m1();
        let factor = match fidelity {
            Fidelity::Playing => oversampling::factor(host_rate),
            Fidelity::Reference => 1,
        };
        let sample_rate = host_rate * factor as f64;
        let (exciter, tables) = (&constants.exciter, &constants.exciter_tables);
        Self {
            constants: Arc::clone(constants),
            chooser: RungChooser::new(exciter, tables, sample_rate, host_rate, fidelity),
            shapers,
            fidelity,
            factor,
            sample_rate,
            follow: match fidelity {
                Fidelity::Playing => share(1.0 / (std::f64::consts::TAU * DIRECT_CURRENT_HZ), sample_rate),
                Fidelity::Reference => 0.0,
            },
            forget: share(LEVEL_TIME, host_rate) as f32,
            instructions,
        }
    }
}

fn widest(networks: &crate::waveshaping::Networks) -> usize {
    networks.layers.iter().map(|layer| layer.inputs.max(layer.outputs)).max().unwrap_or(0)
}

/// Frequency, film and presence of one voice, linear from one frame to the next. Positions given are the host's; inside,
/// they and lengths count in samples of the bank's own clock.
pub(super) struct WaveshaperBank {
    design: Arc<WaveshaperDesign>,
    line: PhaseLine,
    running: bool,
    /// Film and presence as a frame's row has them: at the segment's start, and aimed at.
    values: Vec<f32>,
    targets: Vec<f32>,
    /// The same as lines over the segment.
    film: Vec<FilmLines>,
    /// What the shapers' shifts and the bias add, and the presence: base and slope.
    shift: (f32, f32),
    presence: (f32, f32),
    direct_current: f64,
    tilt: TiltFilter,
    level: LevelKeeper,
    decimator: Decimator,
    power: f32,
}

impl WaveshaperBank {
    /// A silent bank.
    pub fn new(design: &Arc<WaveshaperDesign>) -> Self {
        let constants = &design.constants;
        let width = FILM_PARTS * constants.shapers() + 1;
        Self {
            line: PhaseLine::new(design.sample_rate),
            running: false,
            values: vec![0.0; width],
            targets: vec![0.0; width],
            film: vec![FilmLines::default(); constants.groups()],
            shift: (0.0, 0.0),
            presence: (0.0, 0.0),
            direct_current: 0.0,
            tilt: TiltFilter::new(design.sample_rate),
            level: LevelKeeper::new(design.sample_rate),
            decimator: Decimator::new(design.factor),
            power: 0.0,
            design: Arc::clone(design),
        }
    }

    /// Values of a row that are this bank's: film and presence.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Begins at `position` with the fundamental at `phase` (cycles), `tilt` (decibels per octave) and these values at once.
    pub fn begin(&mut self, position: u64, phase: f64, f0_hz: f64, tilt: f32, values: &[f32]) {
        self.line.begin(self.to_own(position), phase, f0_hz);
        self.tilt.begin(f0_hz, tilt);
        self.level.begin(self.tilt.tilt(0));
        self.decimator.reset();
        self.values.copy_from_slice(values);
        self.targets.copy_from_slice(values);
        self.prepare();
        self.running = true;
        self.power = 0.0;
        self.direct_current = self.mean();
    }

    /// From `position` on, goes in `length` samples (at least 1) to these values; `None` keeps what was aimed at.
    pub fn aim(&mut self, position: u64, length: u64, f0_hz: Option<f64>, values: Option<&[f32]>) {
        self.rebase(self.to_own(position));
        self.line.aim(f0_hz);
        if let Some(values) = values {
            self.targets.copy_from_slice(values);
        }
        self.ramp_over(self.to_own(length.max(1)));
    }

    /// From `position` on, goes in `length` samples to this tilt, decibels per octave.
    pub fn aim_tilt(&mut self, position: u64, length: u64, tilt: f32) {
        self.tilt.aim(self.to_own(position), self.to_own(length), tilt);
    }

    /// From `position` on, goes in `length` samples to silence with the pitch and the film it has.
    pub fn fade(&mut self, position: u64, length: u64) {
        self.rebase(self.to_own(position));
        self.line.hold();
        self.targets.copy_from_slice(&self.values);
        if let Some(presence) = self.targets.last_mut() {
            *presence = 0.0;
        }
        self.ramp_over(self.to_own(length.max(1)));
    }

    /// From `position` on, holds what it has there.
    pub fn hold(&mut self, position: u64) {
        self.rebase(self.to_own(position));
        self.line.hold();
        self.targets.copy_from_slice(&self.values);
        self.ramp_over(self.to_own(1));
    }

    /// Silence at once.
    pub fn stop(&mut self) {
        self.running = false;
        self.power = 0.0;
        self.line.stop();
    }

    /// Fundamental at `position`, hertz.
    pub fn f0_hz(&self, position: u64) -> f64 {
        self.line.f0_hz(self.to_own(position))
    }

    /// RMS of the latest 20 ms, full scale = 1.
    pub fn level(&self) -> f32 {
        self.power.sqrt()
    }

    /// Adds samples from `position` on to `out`.
    pub fn render(&mut self, position: u64, mut out: &mut [f32]) {
        if !self.running {
            return;
        }
        let factor = self.design.factor;
        let mut position = self.to_own(position);
        while !out.is_empty() {
            let gone = position - self.line.start;
            let mut count = (out.len() * factor).min(CHUNK);
            if self.line.length > 0 {
                if gone >= self.line.length {
                    self.rebase(self.line.start + self.line.length);
                    self.prepare();
                    continue;
                }
                count = count.min((self.line.length - gone) as usize);
            }
            // Segments begin and end, and chunks do, where the host has a sample.
            let (now, later) = out.split_at_mut(count / factor);
            let offset = if self.line.length > 0 { gone as u32 } else { 0 };
            let (phase, increment) = (self.line.phase_at(gone), self.line.increment_at(gone));
            let walk = Walk { phase, advance: increment, increment, step: self.line.step };
            let mut shaped = [0.0; CHUNK];
            self.shape(walk, offset, &mut shaped[..count]);
            self.finish(position, offset, &mut shaped[..count], now);
            position += count as u64;
            out = later;
        }
    }

    /// Samples of the bank's own clock.
    fn to_own(&self, host_samples: u64) -> u64 {
        host_samples * self.design.factor as u64
    }

    /// The shapers' weighted sum, without presence; `out` is at most a chunk.
    fn shape(&self, walk: Walk, offset: u32, out: &mut [f32]) {
        let WaveshaperDesign { constants, chooser, shapers, instructions, .. } = &*self.design;
        let mut looks = [Looks::default(); CHUNK];
        let looks = &mut looks[..out.len()];
        let any_missing = chooser.look(walk, looks);
        let mut mixes: Tile = [Octet::default(); CHUNK];
        let mut sums: Tile = [Octet::default(); CHUNK];
        for (group, film) in self.film.iter().enumerate() {
            exciter::mix(*instructions, constants.exciter_tables.all_rows(), group, looks, &mut mixes);
            if any_missing {
                chooser.add_missing(group, looks, &mut mixes);
            }
            let mixes = &mixes[..out.len()];
            match shapers {
                Shapers::Tables(bank) => bank.shape(*instructions, group, film, offset, mixes, &mut sums),
                Shapers::Networks(bank) => bank.shape(*instructions, group, film, offset, mixes, &mut sums),
            }
        }
        for (sample, (out, Octet([a, b, c, d, e, f, g, h]))) in out.iter_mut().zip(&sums).enumerate() {
            let time = offset.wrapping_add(sample as u32) as f32;
            let sum = ((a + b) + (c + d)) + ((e + f) + (g + h)) + (self.shift.0 + self.shift.1 * time);
            #[expect(clippy::manual_clamp, reason = "in this order what is no number becomes one")]
            let bounded = sum.min(LOUDEST).max(-LOUDEST);
            *out = bounded;
        }
    }

    /// Adds what was shaped from `position` on, which is sample `offset` of the segment, to `out` as it should be heard.
    fn finish(&mut self, position: u64, offset: u32, shaped: &mut [f32], out: &mut [f32]) {
        let WaveshaperDesign { factor, follow, forget, .. } = *self.design;
        for shaped in &mut *shaped {
            self.direct_current += (f64::from(*shaped) - self.direct_current) * follow;
            *shaped = (f64::from(*shaped) - self.direct_current) as f32;
        }
        let line = self.line;
        if self.tilt.is_heard(position) || !self.level.rests() {
            let mut plain = [0.0; CHUNK];
            let plain = &mut plain[..shaped.len()];
            plain.copy_from_slice(shaped);
            self.tilt.process(position, shaped, |at| line.f0_hz(at));
            let tilt = &self.tilt;
            self.level.process(position, plain, shaped, |at| tilt.tilt(at));
        }
        let mut decimated = [0.0; CHUNK];
        let decimated = &mut decimated[..out.len()];
        self.decimator.process(shaped, decimated);
        for (sample, (sound, out)) in decimated.iter().zip(out).enumerate() {
            let time = offset.wrapping_add((sample * factor) as u32) as f32;
            let presence = (self.presence.0 + self.presence.1 * time).max(0.0);
            let heard = (sound * presence).clamp(-LOUDEST, LOUDEST);
            self.power += (heard * heard - self.power) * forget;
            *out += heard;
        }
    }

    /// One cycle of what the shapers make of a fundamental and a film, without presence, filter and tilt: `cycle` is
    /// filled from phase 0 on with points that are evenly spaced. Ends what sounded.
    pub fn cycle(&mut self, f0_hz: f64, film: &[f32], cycle: &mut [f32]) {
        self.line.begin(0, 0.0, f0_hz);
        self.values[..film.len()].copy_from_slice(film);
        self.targets.copy_from_slice(&self.values);
        self.prepare();
        self.look_around(cycle);
        self.stop();
    }

    /// Mean of a cycle with the values of the segment's start: the direct current that a voice begins with, so that none of
    /// it is heard as a thump.
    fn mean(&self) -> f64 {
        if self.design.fidelity == Fidelity::Reference {
            return 0.0;
        }
        let mut cycle = [0.0; MEAN_LOOKS];
        self.look_around(&mut cycle);
        cycle.iter().map(|sample| f64::from(*sample)).sum::<f64>() / MEAN_LOOKS as f64
    }

    /// A cycle with the values of the segment's start.
    fn look_around(&self, cycle: &mut [f32]) {
        let advance = u64::MAX / cycle.len().max(1) as u64;
        for (first, chunk) in (0..).step_by(CHUNK).zip(cycle.chunks_mut(CHUNK)) {
            let phase = advance.wrapping_mul(first);
            self.shape(Walk { phase, advance, increment: self.line.from, step: 0 }, 0, chunk);
        }
    }

    /// Moves the start of the segment to `position` and holds from there what it had there.
    fn rebase(&mut self, position: u64) {
        match self.line.rebase(position) {
            Gone::Whole => self.values.copy_from_slice(&self.targets),
            Gone::Share(share) => {
                for (value, target) in self.values.iter_mut().zip(&self.targets) {
                    *value += (target - *value) * share;
                }
            }
        }
    }

    fn ramp_over(&mut self, length: u64) {
        self.line.ramp_over(length);
        self.prepare();
    }

    /// Makes the lines of the segment.
    fn prepare(&mut self) {
        let WaveshaperDesign { constants, shapers, .. } = &*self.design;
        let count = constants.shapers();
        let part = if self.line.length > 0 { (self.line.length as f32).recip() } else { 0.0 };
        let values = self.values.iter().zip(&self.targets).map(|(value, target)| (*value, (target - value) * part));
        let mut shift = (constants.output_bias, 0.0);
        for (index, (base, slope)) in values.enumerate() {
            let (kind, shaper) = (index / count, index % count);
            let weight = constants.output_weights.get(shaper).copied().unwrap_or(0.0);
            let (group, lane) = (shaper / GROUP, shaper % GROUP);
            // Tables count in intervals from their lowest index on.
            let (intervals, low) = match shapers {
                Shapers::Tables(bank) => (bank.lanes(group).intervals.0[lane], bank.lanes(group).low.0[lane]),
                Shapers::Networks(_) => (1.0, 0.0),
            };
            let film = &mut self.film[group];
            let mut set = |line: fn(&mut FilmLines) -> &mut Line, base: f32, slope: f32| {
                let line = line(film);
                line.base.0[lane] = base;
                line.slope.0[lane] = slope;
            };
            match kind {
                0 => set(|film| &mut film.scale, base * intervals, slope * intervals),
                1 => set(|film| &mut film.shift, (base - low) * intervals, slope * intervals),
                2 => set(|film| &mut film.gain, base * weight, slope * weight),
                3 => shift = (shift.0 + base * weight, shift.1 + slope * weight),
                _ => self.presence = (base, slope),
            }
        }
        self.shift = shift;
    }
}
