//! What can be seen of the notes that sound: one line for each voice, and of one of them its settings and what moves them.
//! Control thread, pure: looking changes nothing (test: `watching_leaves_every_byte`).

use super::envelope::Stage;
use super::modulation::{Matrix, Phase, Sources, Weighed};
use super::part::Part;
use super::{Performer, VoiceTarget};
use crate::event::{ModulationSource, NoteAddress, Setting};
use crate::units::pitch_of_hertz;

/// One voice that sounds, as it is asked for at one frame. The voices of a note in unison each have one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VoiceView {
    /// The note it plays; channel and key are given.
    pub note: NoteAddress,
    /// Pitch that sounds: tuning, bend, glide, vibrato, detuning and all. MIDI semitones, A4 at 440 Hz.
    pub midi_pitch: f32,
    /// Pitch of its key in the tuning, at the player's reference pitch. MIDI semitones, A4 at 440 Hz.
    pub key_pitch: f32,
    /// Pitch that the model is told: with *Timbre Shift*, not yet brought into the trained range. MIDI semitones.
    pub model_pitch: f32,
    /// Loudness that the model is told, within its trained range, decibels in its own measure.
    pub loudness_db: f32,
    /// Loudness that is wanted, within the trained range or not, decibels in the model's measure; -240 or more. What is
    /// missing under the range is turned down instead.
    pub wanted_db: f32,
    /// Of its key, 0 to 1.
    pub velocity: f32,
    /// Its key or a pedal holds it; else it is in its release.
    pub held: bool,
    /// Place in the stereo field, -1 (left) to 1.
    pub pan: f32,
}

/// Where an envelope is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EnvelopeView {
    /// On which part of its way.
    pub stage: Stage,
    /// Linear, 0 to 1.
    pub gain: f32,
}

/// The voice that is looked at closely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    part: usize,
    voice: usize,
}

impl Choice {
    /// Its place among the performer's targets.
    pub fn voice(&self) -> usize {
        self.voice
    }
}

impl Performer {
    /// Lays a view of every voice into `views`, in the order of `targets`, which are those of this frame.
    pub fn views(&self, targets: &[VoiceTarget], views: &mut Vec<VoiceView>) {
        views.clear();
        let parts = self.parts.iter().flat_map(|part| part.ensemble.voices().map(move |_| part));
        views.extend(parts.zip(targets).map(|(part, target)| VoiceView {
            note: part.note.address,
            midi_pitch: pitch_of_hertz(target.tone.f0_hz),
            key_pitch: self.player.key_pitch(&part.note),
            model_pitch: target.midi_pitch,
            loudness_db: target.loudness_db,
            wanted_db: target.wanted_db,
            velocity: part.note.velocity,
            held: !part.is_released(),
            pan: target.tone.pan,
        }));
    }

    /// The middle voice of the note struck last of those that `follow` means, or else of all; `None` where none sounds.
    pub fn choose(&self, follow: Option<NoteAddress>) -> Option<Choice> {
        let followed = |part: &&Part| follow.is_some_and(|address| address.matches(&part.note.address));
        let latest = self.parts.iter().enumerate().max_by_key(|(_, part)| (followed(part), part.note.order));
        let (index, part) = latest?;
        let before: usize = self.parts[..index].iter().map(|part| part.ensemble.len()).sum();
        Some(Choice { part: index, voice: before + part.ensemble.len() / 2 })
    }

    /// Writes what every setting is for the chosen voice, in the order of [`Setting::ALL`]; without one, what it is for all.
    pub fn settings_of(&self, choice: Option<&Choice>, values: &mut [f32]) {
        let player = &self.player;
        let part = choice.and_then(|choice| self.parts.get(choice.part));
        let weighed = part.map(|part| player.matrix.weigh(part.sources(player), &player.settings));
        for (value, setting) in values.iter_mut().zip(Setting::ALL) {
            *value = match part {
                // A choice is never on its way.
                _ if setting.depth().is_none() => player.settings.goal(setting),
                _ if Matrix::is_of_all(setting) => player.shared(setting),
                Some(part) => player.setting(&part.note, setting),
                None => player.general(setting),
            };
        }
        for (setting, moved) in weighed.iter().flat_map(Weighed::steered) {
            if let Some(value) = values.get_mut(setting as usize) {
                *value = moved;
            }
        }
    }

    /// Writes what every source gives the chosen voice, in the order of [`ModulationSource::ALL`]. Without one: LFOs that
    /// need none and macros, the others 0.
    pub fn sources_of(&self, choice: Option<&Choice>, values: &mut [f32]) {
        let player = &self.player;
        let sources = match choice.and_then(|choice| self.parts.get(choice.part)) {
            Some(part) => part.all_sources(player),
            None => {
                let mut sources = Sources::REST;
                for (source, phase) in ModulationSource::LFOS.into_iter().zip(self.lfos_of(None)) {
                    sources.set(source, phase.value());
                }
                sources
            }
        };
        let sources = player.matrix.weigh(sources, &player.settings).sources;
        for (value, source) in values.iter_mut().zip(ModulationSource::ALL) {
            *value = sources.of(source);
        }
    }

    /// Where both LFOs are for the chosen voice; without one, where those are that need none.
    pub fn lfos_of(&self, choice: Option<&Choice>) -> [Phase; 2] {
        match choice.and_then(|choice| self.parts.get(choice.part)) {
            Some(part) => [0, 1].map(|index| part.lfo(index, &self.player)),
            None => [0, 1].map(|index| self.player.lfo_without_notes(index).unwrap_or(Phase::NONE)),
        }
    }

    /// Where the three envelopes of the chosen voice are.
    pub fn envelopes_of(&self, choice: Option<&Choice>) -> [EnvelopeView; 3] {
        choice.and_then(|choice| self.parts.get(choice.part)).map_or_else(Default::default, |part| {
            part.envelopes().map(|envelope| EnvelopeView { stage: envelope.stage(), gain: envelope.gain() as f32 })
        })
    }

    /// The beat that LFOs follow, quarter notes a minute.
    pub fn tempo_bpm(&self) -> f64 {
        60.0 * self.player.clock.beats_per_second()
    }
}
