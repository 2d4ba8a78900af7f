//! Two decoders of partials as one: asked together, answered with the blend of their rows.
//! Built on the loader thread, stepped on the control thread; nothing allocates there but the sentence of a fault.
//! Promises the first instrument at 0 and the second at 1 (test: `the_ends_of_a_morph_are_the_instruments`), and that one of
//! them carries on where the other gives nothing usable (test: `where_one_fails_the_other_carries_on`).
//!
//! Both are stepped at every frame wherever the knob is, so that both states are those of the note when it comes in.
//! Frames, room, name and ranges are the first's.

use super::bands::{Bands, Spacing};
use super::blend::{Blend, Row};
use super::counterpart::{Counterpart, Trim};
use super::tracks::{Tracks, sizes};
use crate::frame::FrameLayout;
use crate::model::{Controls, Decode, DecodeError, Gesture, GestureRequest, MAX_ROWS, Metadata, StepRequest};
use crate::render::VoicingError;

/// Partials above this do not count where a tilt keeps the power, hertz; as in the conductor.
const HEARD_TO_HZ: f32 = 18_000.0;

/// See the module.
pub struct MorphDecoder {
    first: Box<dyn Decode>,
    first_bands: Bands,
    second: Tracks,
    counterpart: Counterpart,
    blend: Blend,
    spacing: Spacing,
    partials: usize,
    questions: Vec<StepRequest>,
    gestures: Vec<Gesture>,
    /// The second's performance network failed and is asked no more.
    given_up: bool,
    trouble: Option<String>,
    /// One row of each.
    one: Buffer,
    other: Buffer,
    /// Of each row of the last step.
    answers: Vec<Answer>,
    shares: Vec<f32>,
    noise: Vec<f32>,
}

/// A row at work: partials and noise.
struct Buffer {
    partials: Vec<f32>,
    noise: Vec<f32>,
}

impl Buffer {
    fn new(partials: usize, bands: usize) -> Self {
        Self { partials: vec![0.0; partials], noise: vec![0.0; bands] }
    }

    fn row(&self) -> Row<'_> {
        Row { partials: &self.partials, noise: &self.noise }
    }
}

/// What is there of a row beside shares and noise.
#[derive(Clone, Copy, Default)]
struct Answer {
    amplitude: f32,
    is_usable: bool,
}

impl MorphDecoder {
    /// Of two decoders of partials, with `slots` voices each. An error where one of them makes films.
    pub fn new(first: Box<dyn Decode>, second: Box<dyn Decode>, slots: usize) -> Result<Self, VoicingError> {
        let films = VoicingError::Family { rows: "films", voicing: "partials" };
        let (first_partials, first_count) = sizes(first.layout()).ok_or(films)?;
        let (second_partials, second_count) = sizes(second.layout()).ok_or(films)?;
        let first_spacing = Spacing { count: first_count, rate: first.noise_rate() };
        let second_spacing = Spacing { count: second_count, rate: second.noise_rate() };
        let spacing = first_spacing.common(second_spacing);
        let partials = first_partials.max(second_partials);
        let metadata = first.metadata();
        let hop_seconds = f64::from(metadata.hop) / metadata.sample_rate;
        Ok(Self {
            first_bands: Bands::new(first_spacing, spacing),
            counterpart: Counterpart::new(metadata, second.metadata()),
            second: Tracks::new(second, Bands::new(second_spacing, spacing), partials, hop_seconds, slots),
            blend: Blend::new(partials, spacing.count, spacing.rate),
            spacing,
            partials,
            questions: Vec::with_capacity(MAX_ROWS),
            gestures: Vec::with_capacity(MAX_ROWS),
            given_up: false,
            trouble: None,
            one: Buffer::new(partials, spacing.count),
            other: Buffer::new(partials, spacing.count),
            answers: vec![Answer::default(); MAX_ROWS],
            shares: vec![0.0; MAX_ROWS * partials],
            noise: vec![0.0; MAX_ROWS * spacing.count],
            first,
        })
    }

    /// Blends the answers to a request.
    fn answer(&mut self, row: usize, request: &StepRequest) {
        let Self { first, first_bands, second, counterpart, blend, spacing, partials, one, other, .. } = self;
        let shares = &mut self.shares[row * *partials..][..*partials];
        let noise = &mut self.noise[row * spacing.count..][..spacing.count];
        let answer = &mut self.answers[row];
        let is_first = first.is_finite(row) && first.controls(row).is_finite();
        let is_second = second.read(request.slot, &mut other.partials, &mut other.noise);
        let morph = if request.morph.is_nan() { 0.0 } else { request.morph };
        *answer = Answer { amplitude: 0.0, is_usable: is_first || is_second };
        shares.fill(0.0);
        noise.fill(0.0);
        if is_second && (morph > 0.0 || !is_first) {
            trim(other, counterpart.trim(request), request.aim.f0_hz);
        }
        if let (true, Controls::Ddsp { amplitude, harmonic_distribution, noise_magnitudes }) =
            (is_first, first.controls(row))
        {
            if morph <= 0.0 || !is_second {
                // As the first gives it, to the bit.
                answer.amplitude = amplitude;
                shares.iter_mut().zip(harmonic_distribution).for_each(|(to, share)| *to = *share);
                first_bands.carry(noise_magnitudes, noise);
                return;
            }
            one.partials.fill(0.0);
            let levels = one.partials.iter_mut().zip(harmonic_distribution);
            levels.for_each(|(to, share)| *to = (amplitude * share).max(0.0));
            first_bands.carry(noise_magnitudes, &mut one.noise);
        }
        if !is_second {
            return;
        }
        let share = if is_first { morph } else { 1.0 };
        let row = blend.of(one.row(), other.row(), share, request.aim.f0_hz);
        noise.copy_from_slice(row.noise);
        answer.amplitude = row.partials.iter().sum();
        if answer.amplitude > 0.0 {
            let amplitude = answer.amplitude;
            shares.iter_mut().zip(row.partials).for_each(|(to, level)| *to = level / amplitude);
        }
    }
}

/// Brings a row of the second to where the first is.
fn trim(row: &mut Buffer, trim: Trim, f0_hz: f32) {
    let mut gain = trim.gain;
    if trim.tilt != 0.0 {
        let heard = ((HEARD_TO_HZ / f0_hz.max(1.0)) as usize).clamp(1, row.partials.len().max(1));
        let power = |partials: &[f32]| partials.iter().take(heard).map(|level| level * level).sum::<f32>();
        let before = power(&row.partials);
        for (number, level) in (1..).zip(&mut row.partials) {
            // 10^(x / 20) = 2^(x / (20 log10(2))).
            *level *= (trim.tilt * (number as f32).log2() / 6.020_6).exp2();
        }
        let after = power(&row.partials);
        if after > 0.0 {
            let kept = (before / after).sqrt();
            row.partials.iter_mut().for_each(|level| *level *= kept);
        }
    }
    // Whatever files say, a level is a number.
    gain = if gain.is_finite() { gain } else { 0.0 };
    row.partials.iter_mut().chain(&mut row.noise).for_each(|level| *level *= gain);
}

impl Decode for MorphDecoder {
    fn metadata(&self) -> &Metadata {
        self.first.metadata()
    }

    fn layout(&self) -> FrameLayout {
        FrameLayout::Ddsp { harmonics: self.partials, noise_bands: self.spacing.count }
    }

    fn noise_rate(&self) -> f64 {
        self.spacing.rate
    }

    fn settle(&mut self, slot: usize, midi_pitch: f32) {
        self.first.settle(slot, midi_pitch);
        self.second.settle(slot, midi_pitch);
    }

    fn step(&mut self, requests: &[StepRequest]) -> Result<(), DecodeError> {
        self.first.step(requests)?;
        self.questions.clear();
        self.questions.extend(requests.iter().map(|request| self.counterpart.question(request)));
        self.second.step(&self.questions);
        for (row, request) in requests.iter().enumerate().take(MAX_ROWS) {
            self.answer(row, request);
        }
        Ok(())
    }

    fn perform(&mut self, requests: &[GestureRequest], gestures: &mut Vec<Gesture>) -> Result<(), DecodeError> {
        self.first.perform(requests, gestures)?;
        if self.given_up || gestures.len() != requests.len() {
            return Ok(());
        }
        if let Err(error) = self.second.decoder_mut().perform(requests, &mut self.gestures) {
            self.given_up = true;
            self.trouble = Some(format!("{}: {error}", self.second.decoder().metadata().name));
            return Ok(());
        }
        if self.gestures.len() == requests.len() {
            for ((gesture, other), request) in gestures.iter_mut().zip(&self.gestures).zip(requests) {
                *gesture = gesture.towards(other, request.morph);
            }
        }
        Ok(())
    }

    fn controls(&self, row: usize) -> Controls<'_> {
        Controls::Ddsp {
            amplitude: self.answers[row].amplitude,
            harmonic_distribution: &self.shares[row * self.partials..][..self.partials],
            noise_magnitudes: &self.noise[row * self.spacing.count..][..self.spacing.count],
        }
    }

    fn is_finite(&self, row: usize) -> bool {
        self.answers[row].is_usable
    }

    fn trouble(&self) -> Option<&str> {
        self.second.trouble().or(self.trouble.as_deref())
    }
}
