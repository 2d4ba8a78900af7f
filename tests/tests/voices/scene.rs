//! Plays a script through the conductor and remembers what its frames say of every slot.

use super::rig::Fake;
use super::rig::podium::Podium;
use super::script::{Expectation, RATE, Script, Wanted};
use timbrel_engine::control::message::EndedNote;
use timbrel_engine::event::{Event, NoteAddress, Setting};
use timbrel_engine::frame::{FrameHead, FrameKind, Tone};
use timbrel_engine::units::pitch_of_hertz;

/// Control frames come every 4 ms, as the fake decoder's hop.
const HOP: u64 = 192;
/// How far the conductor is advanced at a time, so that no queue is ever full.
const STRIDE: u64 = 4_800;
/// Bounds of what must be so.
const DB: f64 = 0.2;
const SHARE: f64 = 0.02;

/// One voice from its start to its end.
struct Life {
    slot: u16,
    from: u64,
    /// Where its last fade begins.
    until: u64,
    steps: Vec<Step>,
}

struct Step {
    from: u64,
    at: u64,
    tone: Tone,
    /// Sum of the row's partials: the decoder's amplitude times the voice's gain.
    amplitude: f32,
    /// The gain alone, as the fake decoder's noise is always the same.
    gain: f32,
}

/// What a voice is at a moment.
struct Sounding {
    slot: u16,
    pitch: f64,
    /// Asked of the decoder, whose amplitude it is.
    loudness_db: f64,
    gain_db: f64,
    pan: f64,
    tilt: f64,
}

pub struct Scene {
    lives: Vec<Life>,
    ended: Vec<EndedNote>,
    refused: u64,
}

/// What a file need not set: nothing that takes its time.
const DEFAULTS: [(Setting, f32); 4] =
    [(Setting::Attack, 0.0), (Setting::Release, 0.0), (Setting::VelocityToAttack, 0.0), (Setting::VibratoJitter, 0.0)];

pub fn play(script: &Script) -> Scene {
    let mut podium = Podium::new(script.fake, HOP, 8_192);
    for (setting, value) in DEFAULTS {
        podium.event(0, Event::Set(setting, value));
    }
    let end = (script.end * RATE) as u64 + 4 * HOP;
    let mut scene = Scene { lives: Vec::new(), ended: Vec::new(), refused: 0 };
    let mut events = script.events.iter().peekable();
    let mut known = 0;
    while known < end {
        known = (known + STRIDE).min(end);
        while let Some(timed) = events.next_if(|timed| timed.at < known) {
            podium.event(timed.at, timed.event);
        }
        podium.conductor.advance(known);
        podium.frames().into_iter().for_each(|(head, row)| scene.take(head, &row));
        while let Ok(ended) = podium.ended.pop() {
            scene.ended.push(ended);
        }
    }
    scene.refused = podium.conductor.counts().refused_notes;
    assert_eq!(podium.conductor.error(), None);
    scene
}

impl Scene {
    fn take(&mut self, head: FrameHead, row: &[f32]) {
        let FrameHead { from, at, kind } = head;
        match kind {
            FrameKind::Start { slot, tone, .. } => {
                let begun = Step { from, at, tone, amplitude: 0.0, gain: 0.0 };
                assert!(self.living(slot).is_none(), "slot {slot} begins at {from} while it sounds");
                self.lives.push(Life { slot, from, until: u64::MAX, steps: vec![begun] });
            }
            FrameKind::Step { slot, tone } => {
                let fake = Fake::default();
                let (partials, noise) = row.split_at(fake.harmonics);
                let (amplitude, gain) = (partials.iter().sum(), noise[0] / fake.noise);
                let Some(life) = self.living(slot) else { panic!("slot {slot} steps at {at} and does not sound") };
                life.steps.push(Step { from, at, tone, amplitude, gain });
            }
            FrameKind::End { slot } => {
                let Some(life) = self.living(slot) else { panic!("slot {slot} ends at {from} and does not sound") };
                life.until = from;
            }
            FrameKind::Mix(_) => {}
        }
    }

    fn living(&mut self, slot: u16) -> Option<&mut Life> {
        self.lives.iter_mut().find(|life| life.slot == slot && life.until == u64::MAX)
    }

    fn sounding(&self, seconds: f64) -> Vec<Sounding> {
        let position = (seconds * RATE).round() as u64;
        let lives = self.lives.iter().filter(|life| (life.from..life.until).contains(&position));
        let mut sounding: Vec<Sounding> = lives.filter_map(|life| life.at(position)).collect();
        sounding.sort_by(|a, b| a.pitch.total_cmp(&b.pitch));
        sounding
    }

    fn one(&self, seconds: f64, pitch: f64) -> Result<Sounding, String> {
        let mut near = self.sounding(seconds);
        near.retain(|voice| (voice.pitch - pitch).abs() < 0.05);
        if near.len() == 1 { Ok(near.remove(0)) } else { Err(format!("{} voices sound at {pitch}", near.len())) }
    }

    /// Notes that are silent by then, as a file names them.
    fn ended_by(&self, seconds: f64) -> Vec<String> {
        let name = |NoteAddress { key, id, .. }: NoteAddress| {
            let key = key.map_or("*".to_owned(), |key| key.to_string());
            id.map_or(key.clone(), |id| format!("{key}#{id}"))
        };
        let position = seconds * RATE;
        let over = self.ended.iter().filter(|ended| ended.at as f64 <= position);
        let mut names: Vec<String> = over.map(|ended| name(ended.note)).collect();
        names.sort();
        names
    }

    /// What is not as it must be.
    pub fn fault(&self, &Expectation { at, ref what, .. }: &Expectation) -> Option<String> {
        let near =
            |name: &str, pitch: f64, wanted: f64, bound: f64, found: fn(&Sounding) -> f64| match self.one(at, pitch) {
                Ok(voice) if (found(&voice) - wanted).abs() <= bound => None,
                Ok(voice) => Some(format!("{name} of {pitch} is {:.3}, expected {wanted}", found(&voice))),
                Err(fault) => Some(format!("{fault}, expected one")),
            };
        let equal = |name: &str, found: usize, wanted: usize| {
            (found != wanted).then(|| format!("{found} {name}, expected {wanted}"))
        };
        match *what {
            Wanted::Sounds { ref pitches, cents } => {
                let found: Vec<f64> = self.sounding(at).iter().map(|voice| voice.pitch).collect();
                let same = found.len() == pitches.len()
                    && found.iter().zip(pitches).all(|(found, wanted)| (found - wanted).abs() <= cents / 100.0);
                (!same).then(|| format!("{found:.3?} sound, expected {pitches:?}"))
            }
            Wanted::Voices(count) => equal("voices sound", self.sounding(at).len(), count),
            Wanted::Loudness { pitch, db } => near("loudness", pitch, db, DB, |voice| voice.loudness_db),
            Wanted::Level { pitch, db } => near("level", pitch, db, DB, |voice| voice.gain_db),
            Wanted::Pan { pitch, value } => near("pan", pitch, value, SHARE, |voice| voice.pan),
            Wanted::Tilt { pitch, db } => near("tilt", pitch, db, SHARE, |voice| voice.tilt),
            Wanted::Slot { pitch, slot } => near("slot", pitch, f64::from(slot), 0.0, |voice| f64::from(voice.slot)),
            Wanted::Starts(count) => {
                let position = (at * RATE).round() as u64;
                equal("voices began", self.lives.iter().filter(|life| life.from <= position).count(), count)
            }
            Wanted::Refused(count) => equal("notes refused", self.refused as usize, count as usize),
            Wanted::Ended(ref notes) => {
                let found = self.ended_by(at);
                (found != *notes).then(|| format!("{found:?} have ended, expected {notes:?}"))
            }
        }
    }

    /// All lives, for a reader who looks for the reason.
    pub fn summary(&self) -> String {
        let seconds = |position: u64| position as f64 / RATE;
        let life = |life: &Life| {
            let last = life.steps.last().map_or(0.0, |step| f64::from(pitch_of_hertz(step.tone.f0_hz)));
            let until = if life.until == u64::MAX { f64::INFINITY } else { seconds(life.until) };
            format!("  slot {} from {:.4} s to {until:.4} s, at last {last:.3}", life.slot, seconds(life.from))
        };
        self.lives.iter().map(life).collect::<Vec<_>>().join("\n")
    }
}

impl Life {
    fn at(&self, position: u64) -> Option<Sounding> {
        let index = self.steps.iter().position(|step| step.at >= position)?;
        let step = &self.steps[index];
        let before = &self.steps[index.saturating_sub(1)];
        let share = position.saturating_sub(step.from) as f64 / (step.at - step.from).max(1) as f64;
        let line = |from: f32, to: f32| f64::from(from) + f64::from(to - from) * share;
        let hertz = line(before.tone.f0_hz, step.tone.f0_hz);
        Some(Sounding {
            slot: self.slot,
            pitch: f64::from(pitch_of_hertz(hertz as f32)),
            loudness_db: db(f64::from(step.amplitude / step.gain)),
            gain_db: db(line(before.gain, step.gain)),
            pan: line(before.tone.pan, step.tone.pan),
            tilt: line(before.tone.tilt, step.tone.tilt),
        })
    }
}

fn db(gain: f64) -> f64 {
    20.0 * (gain + 1e-12).log10()
}
