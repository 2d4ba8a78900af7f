//! What the views show of the chosen voice, worked out once a frame: partials with their frequencies, noise bands, film.
//! Window's thread. Levels rise at once and fall no faster than an eye follows.
//! Nothing here knows where it is drawn.

use super::overtones::Overtones;
use crate::editor::scene::Scene;
use std::sync::Arc;
use timbrel_engine::frame::FrameLayout;
use timbrel_engine::units::db_of_gain;
use timbrel_engine::watch::Snapshot;
use timbrel_engine::waveshaping::Waveshaping;

/// Lowest level that is shown, decibels.
pub const FLOOR_DB: f32 = -96.0;
/// Levels fall by so much a second at most, decibels.
const FALL: f32 = 220.0;

/// One partial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Partial {
    /// Where it sounds, hertz.
    pub hz: f64,
    /// Its peak amplitude, decibels of full scale.
    pub db: f32,
}

/// See the module.
#[derive(Default)]
pub struct Voice {
    /// The partials, the first one first. They stay where they were while they fade.
    pub partials: Vec<Partial>,
    /// Levels of the noise bands from 0 to half of `noise_rate_hz`: amplitude of a sine with the band's power, decibels of
    /// full scale.
    pub noise: Vec<f32>,
    /// See `noise`.
    pub noise_rate_hz: f64,
    /// Least and greatest index of each shaper, and how loud it is (linear peak); none without shapers.
    pub shapers: Vec<Shaper>,
    overtones: Option<Overtones>,
    amplitudes: Vec<f32>,
    extents: Vec<(f32, f32)>,
    /// Frame of the snapshot that was looked at last.
    at: Option<u64>,
}

/// What one shaper does now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shaper {
    /// Least index.
    pub low: f32,
    /// Greatest index.
    pub high: f32,
    /// What its output is multiplied with: film, weight and presence, linear, of any sign.
    pub gain: f32,
}

impl Voice {
    /// Looks at the scene, `seconds` after the last time.
    pub fn look(&mut self, scene: &Scene, seconds: f32) {
        let fall = FALL * seconds;
        self.partials.iter_mut().for_each(|partial| partial.db = (partial.db - fall).max(FLOOR_DB));
        self.noise.iter_mut().for_each(|db| *db = (*db - fall).max(FLOOR_DB));
        let Some(snapshot) = scene.snapshot() else { return };
        if snapshot.chosen_voice().is_none() {
            self.shapers.iter_mut().for_each(|shaper| shaper.gain = 0.0);
            return;
        }
        self.noise_rate_hz = snapshot.noise_rate_hz;
        let is_new = self.at.replace(snapshot.at) != Some(snapshot.at);
        let constants = scene.first.as_ref().and_then(|model| model.waveshaping());
        match (snapshot.layout, constants) {
            (FrameLayout::Newt { shapers, .. }, Some(constants)) if constants.shapers() == shapers => {
                if is_new {
                    self.listen(snapshot, constants);
                }
            }
            _ => {
                self.shapers.clear();
                self.amplitudes.clear();
                self.amplitudes.extend_from_slice(snapshot.partials());
            }
        }
        self.rise(snapshot);
    }

    /// Works out what shapers make.
    fn listen(&mut self, snapshot: &Snapshot, constants: &Arc<Waveshaping>) {
        let Self { overtones, amplitudes, extents, shapers, .. } = self;
        if overtones.as_ref().is_some_and(|overtones| !overtones.is_of(constants)) {
            *overtones = None;
        }
        let overtones = overtones.get_or_insert_with(|| Overtones::new(constants));
        overtones.measure(snapshot.tone.f0_hz, &snapshot.row, amplitudes);
        for (amplitude, number) in amplitudes.iter_mut().zip(1u16..) {
            // The voice's tilt is a filter behind the shapers. 10^(x / 20) = 2^(x / (20 log10(2))).
            *amplitude *= (snapshot.tone.tilt * f32::from(number).log2() / 6.020_6).exp2();
        }
        overtones.extents(extents);
        let (count, row) = (constants.shapers(), &snapshot.row);
        let presence = row[4 * count];
        shapers.clear();
        shapers.extend(extents.iter().zip(&constants.output_weights).enumerate().map(|(n, ((low, high), weight))| {
            let (scale, shift) = (row[n], row[count + n]);
            let (one, other) = (scale * low + shift, scale * high + shift);
            Shaper { low: one.min(other), high: one.max(other), gain: row[2 * count + n] * weight * presence }
        }));
    }

    /// Lifts levels to what they are now.
    fn rise(&mut self, snapshot: &Snapshot) {
        let count = self.amplitudes.len();
        self.partials.resize(count, Partial { hz: 0.0, db: FLOOR_DB });
        for (number, (partial, amplitude)) in (1..).zip(self.partials.iter_mut().zip(&self.amplitudes)) {
            partial.hz = snapshot.partial_hz(number);
            partial.db = partial.db.max(db_of_gain(amplitude.abs()));
        }
        let bands = snapshot.noise_bands();
        self.noise.resize(bands.len(), FLOOR_DB);
        // White noise of unit variance has 1 / bands of its power in each; a sine has half of its amplitude squared.
        let share = (2.0 / bands.len().max(1) as f32).sqrt();
        for (db, gain) in self.noise.iter_mut().zip(bands) {
            *db = db.max(db_of_gain(gain.abs() * share));
        }
    }
}
