//! Held notes at places between two instruments, through the packaged plugin, and crossfades of the two sounds.
//! The caller's thread is the host's.
//! Each place is a note of its own after a reset, so that all have the same noise and nothing of the place before.

use super::path::{Kind, Path};
use crate::host::{
    Blocks, Event, HostError, Instance, Package, Result, Setup, Timed, is_loaded, with_instrument, with_second,
};
use crate::measure::{Spectrum, distance_db};
use ebur128::{EbuR128, Mode};

const RATE: f64 = 48_000.0;
const BLOCKS: Blocks = Blocks::Fixed(512);
/// The velocity at which instruments are equally loud.
const VELOCITY: f64 = 100.0 / 127.0;
/// The attack is over after so many samples, ...
const ATTACK: usize = 19_200;
/// ... and of what follows so many are measured: 0.68 s.
const WINDOW: usize = 32_768;
/// Partials above this do not count for the centroid, hertz.
const TOP_HZ: f64 = 16_000.0;

/// How one gets from one sound to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the parameter, in the decoders' frames.
    Morph,
    /// By gains of the two sounds that sum to 1.
    Linear,
    /// By gains of the two sounds whose squares sum to 1.
    EqualPower,
}

impl Way {
    /// All.
    pub const ALL: [Self; 3] = [Self::Morph, Self::Linear, Self::EqualPower];

    /// As the table says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Morph => "morph",
            Self::Linear => "crossfade, linear",
            Self::EqualPower => "crossfade, equal power",
        }
    }

    fn gains(self, share: f32) -> (f32, f32) {
        match self {
            Self::EqualPower => {
                let turn = share * std::f32::consts::FRAC_PI_2;
                (turn.cos(), turn.sin())
            }
            Self::Morph | Self::Linear => (1.0 - share, share),
        }
    }
}

/// One way of one key.
pub struct Taken {
    /// Which.
    pub way: Way,
    /// What was measured at each place; the steps are one fewer.
    pub paths: [Path; 5],
}

impl Taken {
    /// The path of a quantity.
    pub fn path(&self, kind: Kind) -> &Path {
        let index = match kind {
            Kind::Centroid => 0,
            Kind::FromFirst => 1,
            Kind::FromSecond => 2,
            Kind::Step => 3,
            Kind::Loudness => 4,
        };
        &self.paths[index]
    }
}

/// All ways of one key.
pub struct Journey {
    /// MIDI key.
    pub key: u8,
    /// In the order of [`Way::ALL`].
    pub ways: [Taken; 3],
}

/// Plays `key` at `places` places between two model files, and fades from one to the other.
pub fn journey(package: &Package, models: [&std::path::Path; 2], key: u8, places: usize) -> Result<Journey> {
    let shares: Vec<f32> = (0..places).map(|place| place as f32 / (places - 1).max(1) as f32).collect();
    let morphed = notes(package, models[0], Some(models[1]), key, &shares)?;
    let first = notes(package, models[0], None, key, &[0.0])?.remove(0);
    let second = notes(package, models[1], None, key, &[0.0])?.remove(0);
    let faded = |way: Way, share: f32| -> Vec<f32> {
        let (one, other) = way.gains(share);
        first.iter().zip(&second).map(|(a, b)| one * a + other * b).collect()
    };
    let ways = Way::ALL.map(|way| {
        let sounds: Vec<Vec<f32>> = match way {
            Way::Morph => morphed.clone(),
            _ => shares.iter().map(|share| faded(way, *share)).collect(),
        };
        Taken { way, paths: paths(&sounds, key) }
    });
    Ok(Journey { key, ways })
}

/// The steady part of a held note at each share of the way.
fn notes(
    package: &Package,
    first: &std::path::Path,
    second: Option<&std::path::Path>,
    key: u8,
    shares: &[f32],
) -> Result<Vec<Vec<f32>>> {
    let mut instance = Instance::new(package)?;
    let state = with_second(&with_instrument(&instance.save()?, first)?, second)?;
    instance.load(&state)?;
    instance.activate(&Setup::offline(BLOCKS))?;
    if !is_loaded(&instance.save()?)? {
        let reason = format!("it does not play {} and {second:?}", first.display());
        return Err(HostError::Refused { operation: "load instruments", reason });
    }
    let (natural, morph) = (instance.parameter("Natural")?.id, instance.parameter("Morph")?.id);
    let latency = instance.latency()? as usize;
    shares
        .iter()
        .map(|share| {
            instance.reset()?;
            let at = instance.position();
            let events = [
                Timed { at, event: Event::Parameter { id: natural, value: 0.0 } },
                Timed { at, event: Event::Parameter { id: morph, value: f64::from(*share) } },
                Timed::note_on(at, key, VELOCITY),
            ];
            let sound = instance.render(&events, (latency + ATTACK + WINDOW) as u64, BLOCKS)?;
            Ok(sound.left[latency + ATTACK..].to_vec())
        })
        .collect()
}

fn paths(sounds: &[Vec<f32>], key: u8) -> [Path; 5] {
    let fundamental = 440.0 * ((f64::from(key) - 69.0) / 12.0).exp2();
    let spectra: Vec<Spectrum> = sounds.iter().map(|sound| Spectrum::of(sound, RATE)).collect();
    let centroid = |spectrum: &Spectrum| {
        let partials = spectrum.partials(fundamental, TOP_HZ);
        let moment: f64 = partials.iter().zip(1..).map(|(level, number)| level * f64::from(number)).sum();
        fundamental * moment / partials.iter().sum::<f64>()
    };
    let mels: Vec<Vec<f64>> = spectra.iter().map(Spectrum::mel_db).collect();
    let from = |end: Option<&Vec<f64>>| -> Vec<f64> {
        mels.iter().map(|mel| end.map_or(0.0, |end| distance_db(mel, end))).collect()
    };
    let steps = mels.windows(2).map(|pair| distance_db(&pair[0], &pair[1])).collect();
    [
        Path::new(Kind::Centroid, spectra.iter().map(centroid).collect()),
        Path::new(Kind::FromFirst, from(mels.first())),
        Path::new(Kind::FromSecond, from(mels.last())),
        Path::new(Kind::Step, steps),
        Path::new(Kind::Loudness, sounds.iter().map(|sound| lufs(sound)).collect()),
    ]
}

/// Loudness of a steady sound in the middle, LUFS; silence is far down.
fn lufs(sound: &[f32]) -> f64 {
    let meter = EbuR128::new(2, RATE as u32, Mode::I).and_then(|mut meter| {
        meter.add_frames_planar_f32(&[sound, sound])?;
        meter.loudness_global()
    });
    meter.unwrap_or(f64::NEG_INFINITY).max(-120.0)
}
