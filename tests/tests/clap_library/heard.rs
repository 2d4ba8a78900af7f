//! One note, played through the packaged plugin and measured.

use crate::shipped::Shipped;
use ebur128::{EbuR128, Mode};
use timbrel_tests::host::{Blocks, Event, Instance, Package, Setup, Timed};
use timbrel_tests::measure::{centroid, cents_between, fundamental_within, partials_db};

const RATE: f64 = 48_000.0;
const BLOCKS: Blocks = Blocks::Fixed(512);
/// The attack is over.
const SETTLED_SECONDS: f64 = 1.0;
/// Time after the key came up; every release is over then.
const RELEASE_SECONDS: f64 = 6.0;
/// Level and pitch are measured over this many samples, half a second, ...
const WINDOW: usize = 24_000;
/// ... or this many periods of a low note.
const PERIODS: f64 = 22.0;
/// No learned gesture leads further from the key, cents.
const REACH_CENTS: f64 = 60.0;
/// Nothing louder than this is left at the end, full scale = 1.
const SILENT: f32 = 1e-5;
/// Partials above this say little of brightness, hertz, ...
const TOP_HZ: f64 = 16_000.0;
/// ... nor do more of them.
const MOST_PARTIALS: usize = 40;

/// How a note is played.
pub struct Score {
    seconds: f64,
    /// Parameters that stand at their lowest.
    lowest: &'static [&'static str],
}

/// What was rendered of a note.
pub struct Sound {
    /// The note once its attack is over, while its key is down, left and right.
    pub steady: [Vec<f32>; 2],
    /// Largest sample of all.
    pub peak: f32,
    /// The last tenth of a second is silent.
    pub falls_silent: bool,
}

/// What was measured of a note.
pub struct Heard {
    /// Of each half second, decibels of full scale.
    pub levels_db: Vec<f64>,
    /// Of each half second, against the key's pitch.
    pub cents: Vec<f64>,
    /// Largest sample.
    pub peak: f32,
    /// Nothing is left a while after the key came up.
    pub falls_silent: bool,
}

impl Score {
    /// A key held for some seconds.
    pub fn held(seconds: f64) -> Self {
        Self { seconds, lowest: &[] }
    }

    /// Without the vibrato that the recorded player had.
    pub fn without_vibrato(self) -> Self {
        Self { lowest: &["Note Vibrato"], ..self }
    }

    /// Without anything that moves the pitch, which would blur the upper partials of a long measurement.
    pub fn still(self) -> Self {
        Self { lowest: &["Note Vibrato", "Note Fluctuation"], ..self }
    }

    /// Plays it.
    pub fn sound(&self, instrument: &Shipped, key: u8, velocity: f64) -> Sound {
        let package = Package::find().unwrap();
        let mut instance = Instance::playing(&package, &Setup::offline(BLOCKS), &instrument.path).unwrap();
        let latency = instance.latency().unwrap() as usize;
        let held = (self.seconds * RATE) as usize;
        let mut events = Vec::new();
        for name in self.lowest {
            let parameter = instance.parameter(name).unwrap();
            events.push(Timed { at: 0, event: Event::Parameter { id: parameter.id, value: parameter.range.0 } });
        }
        events.extend([Timed::note_on(0, key, velocity), Timed::note_off(held as u64, key)]);
        let length = latency + held + (RELEASE_SECONDS * RATE) as usize;
        let sound = instance.render(&events, length as u64, BLOCKS).unwrap();
        let settled = ((SETTLED_SECONDS * RATE) as usize).min(held / 3);
        let steady = latency + settled..latency + held;
        let all = || sound.left.iter().chain(&sound.right);
        assert!(all().all(|sample| sample.is_finite()));
        Sound {
            steady: [sound.left[steady.clone()].to_vec(), sound.right[steady].to_vec()],
            peak: all().fold(0.0, |peak, sample| peak.max(sample.abs())),
            falls_silent: sound.left[length - 4_800..].iter().all(|sample| sample.abs() < SILENT),
        }
    }

    /// Plays and measures it.
    pub fn played(&self, instrument: &Shipped, key: u8, velocity: f64) -> Heard {
        let sound = self.sound(instrument, key, velocity);
        let left = &sound.steady[0];
        let hertz = hertz(key);
        let window = WINDOW.max((PERIODS * RATE / hertz) as usize);
        let windows = || left.chunks_exact(window);
        let cents = |window: &[f32]| {
            fundamental_within(REACH_CENTS, window, RATE, hertz)
                .map_or(f64::INFINITY, |found| cents_between(hertz, found))
        };
        Heard {
            levels_db: windows().map(level_db).collect(),
            cents: windows().map(cents).collect(),
            peak: sound.peak,
            falls_silent: sound.falls_silent,
        }
    }
}

impl Sound {
    /// The centre of the spectrum of `key` in the last second, in partials.
    pub fn centroid(&self, key: u8) -> f64 {
        let hertz = hertz(key);
        let last = self.steady[0].len() - RATE as usize;
        let partials = ((TOP_HZ / hertz) as usize).clamp(1, MOST_PARTIALS);
        centroid(&partials_db(&self.steady[0][last..], RATE, hertz, partials))
    }
}

impl Heard {
    /// The mean.
    pub fn level_db(&self) -> f64 {
        self.levels_db.iter().sum::<f64>() / self.levels_db.len() as f64
    }

    /// The mean.
    pub fn cents_off(&self) -> f64 {
        self.cents.iter().sum::<f64>() / self.cents.len() as f64
    }
}

/// Integrated loudness of a sound (ITU-R BS.1770), LUFS.
pub fn loudness_lufs(sound: &[Vec<f32>; 2]) -> f64 {
    let mut meter = EbuR128::new(2, RATE as u32, Mode::I).unwrap();
    meter.add_frames_planar_f32(&[&sound[0], &sound[1]]).unwrap();
    meter.loudness_global().unwrap()
}

/// From the least to the greatest.
pub fn spread(values: &[f64]) -> f64 {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
    high - low
}

fn hertz(key: u8) -> f64 {
    440.0 * ((f64::from(key) - 69.0) / 12.0).exp2()
}

fn level_db(samples: &[f32]) -> f64 {
    let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    10.0 * (power / samples.len() as f64 + 1e-20).log10()
}
