//! Presets by ear, as far as a machine has one: a phrase that suits what a preset says of itself, and how loud it is.
//! The caller's thread.
//! One phrase for one set of tags and one instrument, so that figures of two days compare (tests: `clap_presets`).

use crate::host::{Blocks, Event, FoundPreset, Instance, Package, Recording, Result, Setup, Timed};
use ebur128::{EbuR128, Mode};

/// What all factory presets sound like, LUFS.
pub const COMMON_LUFS: f64 = -20.0;
/// What lies between the loudest and the softest of them at most, LU.
pub const SPREAD_LU: f64 = 3.0;
/// What the limiter may take away at most, decibels.
pub const LEAN_DB: f64 = 1.0;
/// Softer is silent, LUFS.
pub const SILENT_LUFS: f64 = -50.0;

/// Rate of the sound, hertz.
pub const RATE: u32 = 48_000;
const BLOCKS: Blocks = Blocks::Fixed(512);
/// What is played after the last key came up, seconds.
const TAIL: f64 = 1.5;
/// Below this the limiter does nothing, to the bit; decibels of full scale.
const LIMITER_RESTS_DB: f64 = -3.0;
/// MIDI's 100, at which instruments are equally loud.
const VELOCITY: f64 = 100.0 / 127.0;
/// The key that phrases lie around where an instrument is at home there.
const MIDDLE: u8 = 60;
/// Instruments that are at home elsewhere, by their names.
const HOMES: [(&str, u8); 8] = [
    ("Double Bass", 40),
    ("Tuba", 41),
    ("Cello", 50),
    ("French Horn", 53),
    ("Oboe", 67),
    ("Trumpet", 65),
    ("Violin", 67),
    ("Flute", 72),
];
/// Where basses play.
const BASS: u8 = 36;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Audition {
    /// Largest sample, decibels of full scale.
    pub peak_db: f64,
    /// Integrated loudness (ITU-R BS.1770), LUFS.
    pub loudness_lufs: f64,
    /// What the limiter took from the largest sample, decibels.
    pub lean_db: f64,
}

impl Audition {
    /// It reaches full scale.
    pub fn clips(&self) -> bool {
        self.peak_db >= 0.0
    }

    /// Nobody hears it.
    pub fn is_silent(&self) -> bool {
        // What is no number is silent, too.
        self.loudness_lufs.is_nan() || self.loudness_lufs < SILENT_LUFS
    }
}

/// Loads a preset into a new instance, plays it and measures it; gives the sound, too, with the latency in it.
pub fn audition(package: &Package, preset: &FoundPreset) -> Result<(Audition, Recording)> {
    let sound = play(package, preset, Limiter::AsItIs)?;
    let peak_db = peak_db(&sound);
    let lean_db =
        if peak_db > LIMITER_RESTS_DB { self::peak_db(&play(package, preset, Limiter::Off)?) - peak_db } else { 0.0 };
    Ok((Audition { peak_db, loudness_lufs: loudness_lufs(&sound), lean_db }, sound))
}

/// What becomes of the preset's limiter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limiter {
    AsItIs,
    Off,
}

fn play(package: &Package, preset: &FoundPreset, limiter: Limiter) -> Result<Recording> {
    let mut instance = Instance::new(package)?;
    instance.load_preset(&preset.path)?;
    instance.activate(&Setup::offline(BLOCKS))?;
    let mut events = Vec::new();
    if limiter == Limiter::Off {
        let parameter = instance.parameter("Limiter")?;
        events.push(Timed { at: 0, event: Event::Parameter { id: parameter.id, value: parameter.range.0 } });
    }
    let (phrase, seconds) = phrase(preset);
    events.extend(phrase);
    let length = u64::from(instance.latency()?) + samples(seconds + TAIL);
    instance.render(&events, length, BLOCKS)
}

/// A phrase: a short melody, a chord, a held note, as long and as high as suits the tags; and its length in seconds.
pub fn phrase(preset: &FoundPreset) -> (Vec<Timed>, f64) {
    let has = |tag: &str| preset.features.iter().any(|feature| feature == tag);
    let instrument = preset.extra.iter().find(|(key, _)| key == "instrument").map_or("", |(_, name)| name.as_str());
    let home = HOMES.iter().find(|(name, _)| *name == instrument).map_or(MIDDLE, |(_, home)| *home);
    let root = if has("bass") { BASS.min(home) } else { home };
    let is_slow = has("pad") || has("effect") || has("evolving");
    let beat = if is_slow { 0.8 } else { 0.35 };
    // What is tied needs notes that overlap, what is short needs rests.
    let share = if has("short") { 0.4 } else { 1.05 };
    let mut score = Score { notes: Vec::new(), at: 0.0 };
    for (step, interval) in [0, 4, 7, 12, 11, 7].into_iter().enumerate() {
        let velocity = [VELOCITY, 0.6, 0.7, 0.9, 0.6, 0.7][step];
        score.note(root + interval, beat * share, velocity);
        score.at += beat;
    }
    score.at += 0.3;
    let held = if has("short") {
        0.5
    } else if is_slow {
        3.0
    } else {
        1.5
    };
    // A bass plays no chords: its fifth and octave.
    let chord: &[u8] = if has("bass") { &[0, 12] } else { &[0, 4, 7] };
    for interval in chord {
        score.note(root + interval, held, VELOCITY);
    }
    score.at += held + 0.3;
    score.note(root + 5, held, VELOCITY);
    score.at += held;
    if has("mpe") {
        score.press(root + 5);
    }
    let seconds = score.at;
    (score.events(), seconds)
}

struct Score {
    /// Beginning and end in seconds, and what happens.
    notes: Vec<(f64, Event)>,
    at: f64,
}

impl Score {
    fn note(&mut self, key: u8, seconds: f64, velocity: f64) {
        self.notes.push((self.at, Event::NoteOn { channel: 0, key, velocity, id: None }));
        self.notes.push((self.at + seconds, Event::NoteOff { channel: 0, key, velocity: 0.0, id: None }));
    }

    /// A finger that presses the last second of a note down.
    fn press(&mut self, key: u8) {
        const STEPS: u8 = 20;
        for step in 0..=STEPS {
            let at = self.at - 1.0 + 0.5 * f64::from(step) / f64::from(STEPS);
            self.notes.push((at, Event::Midi([0xa0, key, 127 / STEPS * step])));
        }
    }

    fn events(mut self) -> Vec<Timed> {
        self.notes.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        self.notes.into_iter().map(|(at, event)| Timed { at: samples(at), event }).collect()
    }
}

fn samples(seconds: f64) -> u64 {
    (seconds * f64::from(RATE)).round() as u64
}

fn peak_db(sound: &Recording) -> f64 {
    let peak = sound.left.iter().chain(&sound.right).fold(0.0f32, |peak, sample| {
        // Whatever is no number is as loud as can be.
        if sample.is_finite() { peak.max(sample.abs()) } else { f32::INFINITY }
    });
    20.0 * f64::from(peak).max(1e-10).log10()
}

/// Integrated loudness (ITU-R BS.1770), LUFS; of silence it is minus infinity.
fn loudness_lufs(sound: &Recording) -> f64 {
    let measure = || {
        let mut meter = EbuR128::new(2, RATE, Mode::I)?;
        meter.add_frames_planar_f32(&[&sound.left, &sound.right])?;
        meter.loudness_global()
    };
    measure().unwrap_or(f64::NEG_INFINITY)
}
