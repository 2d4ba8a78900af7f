//! Shapes what a decoder said of one voice before its banks hear it: film, level, formants, odd and even, tilt, balance.
//! Built on the loader thread; works on the control thread, without allocation.
//! Promises that each control leaves pitch and level alone (tests: `tests/tests/clap_shaping.rs`, and in each file here), and that
//! at rest not a bit changes (test: `a_sculptor_at_rest_leaves_every_bit`).
//!
//! The order, each step on what the one before left:
//!
//! 1. The level of a voice whose decoder was told another pitch than sounds ([`Told`]; *Timbre Shift*).
//! 2. The film, where there are shapers ([`FilmShaper`]; *Index Drive*, *Index Shift*, *Shaper Mix*).
//! 3. The spectral envelope of partials and noise, moved in frequency ([`Formants`]; *Formant Shift*). Of what is shaped by shapers
//!    only the noise can be moved: the rest has no partials before it sounds.
//! 4. Even partials against odd ones ([`odd_even`]; *Odd/Even*), which belong to numbers and so stay when formants move. None with
//!    shapers.
//! 5. The tilt of partials ([`Tilt`]; *Brightness*). What shapers make is tilted by their bank.
//! 6. Noise against all that is pitched ([`balance`]; *Balance*).
//!
//! Power is that of what can be heard: partials and noise up to 18 kHz.

mod balance;
mod formants;
mod odd_even;
mod tilt;
mod told;

use crate::frame::{FILM_PARTS, FrameLayout, Tone};
use crate::model::{FilmShaper, Metadata};
use crate::perform::VoiceTarget;
use balance::NoisePower;
use formants::Formants;
use tilt::Tilt;
use told::Told;

/// Sound beyond this is not heard and does not count as power, hertz; less where the host's rate is low.
const HEARD_TO_HZ: f64 = 18_000.0;
/// The same as a share of the host's rate.
const HEARD_SHARE: f64 = 0.45;
/// Decibels and semitones under this are none.
const LEAST: f32 = 1e-4;

/// For all voices of an instrument.
pub struct Sculptor {
    layout: FrameLayout,
    heard_to_hz: f64,
    told: Told,
    film: Option<FilmShaper>,
    formants: Formants,
    tilt: Tilt,
    noise: NoisePower,
}

impl Sculptor {
    /// For rows of `layout` that a model with this metadata gives to a host at `sample_rate`, hertz; their noise bands reach
    /// up to half of `noise_rate`, hertz. Films are shaped where there is a shaper of them.
    pub fn new(
        layout: FrameLayout,
        metadata: &Metadata,
        noise_rate: f64,
        film: Option<FilmShaper>,
        sample_rate: f64,
    ) -> Self {
        let heard_to_hz = HEARD_TO_HZ.min(HEARD_SHARE * sample_rate);
        let (partials, bands) = match layout {
            FrameLayout::Ddsp { harmonics, noise_bands } => (harmonics, noise_bands),
            FrameLayout::Newt { noise_bands, .. } => (0, noise_bands),
        };
        Self {
            layout,
            heard_to_hz,
            told: Told::new(metadata),
            film,
            formants: Formants::new(partials.max(bands)),
            tilt: Tilt::new(partials),
            noise: NoisePower::new(bands, noise_rate, heard_to_hz),
        }
    }

    /// Shapes a voice's row in place.
    pub fn shape(&mut self, row: &mut [f32], target: &VoiceTarget) {
        match self.layout {
            FrameLayout::Ddsp { harmonics, .. } => {
                let (partials, bands) = row.split_at_mut(harmonics);
                self.shape_partials(partials, bands, target);
            }
            FrameLayout::Newt { shapers, .. } => {
                let (shaping, bands) = row.split_at_mut(FILM_PARTS * shapers + 1);
                if let Some((presence, film)) = shaping.split_last_mut() {
                    self.shape_film(film, presence, bands, target);
                }
            }
        }
    }

    fn shape_partials(&mut self, partials: &mut [f32], bands: &mut [f32], target: &VoiceTarget) {
        let VoiceTarget { tone, timbre, .. } = target;
        let heard = self.heard(*tone, partials.len());
        if let Some(pitches) = self.told.pitches(target) {
            let gain = self.told.gain_of_partials(partials, pitches);
            partials.iter_mut().for_each(|amplitude| *amplitude *= gain);
        }
        if timbre.formant_semitones.abs() >= LEAST {
            keeping_power(partials, heard, |partials| {
                self.formants.move_partials(partials, timbre.formant_semitones);
            });
            self.move_noise(bands, timbre.formant_semitones);
        }
        if timbre.odd_even_db.abs() >= LEAST {
            keeping_power(partials, heard, |partials| odd_even::lift_even(partials, timbre.odd_even_db));
        }
        if tone.tilt != 0.0 {
            keeping_power(partials, heard, |partials| self.tilt.partials(partials, tone.tilt));
        }
        if timbre.balance_db.abs() >= LEAST {
            let pitched = 0.5 * power(&partials[..heard]);
            let gains = balance::gains(pitched, self.noise.of(bands), timbre.balance_db);
            partials.iter_mut().for_each(|amplitude| *amplitude *= gains.pitched);
            bands.iter_mut().for_each(|gain| *gain *= gains.noise);
        }
    }

    fn shape_film(&mut self, film: &mut [f32], presence: &mut f32, bands: &mut [f32], target: &VoiceTarget) {
        let VoiceTarget { tone, timbre, .. } = target;
        let mut kept = None;
        if let Some(shaper) = &mut self.film {
            if let Some(pitches) = self.told.pitches(target) {
                *presence *= self.told.gain_of_film(film, shaper, pitches);
            }
            kept = shaper.shape(film, timbre.film, tone.f0_hz);
        }
        if timbre.formant_semitones.abs() >= LEAST {
            self.move_noise(bands, timbre.formant_semitones);
        }
        if let (true, Some(shaper)) = (timbre.balance_db.abs() >= LEAST, &mut self.film) {
            let power = kept.unwrap_or_else(|| shaper.power_and_mean(film, tone.f0_hz).0);
            let pitched = power * *presence * *presence;
            let gains = balance::gains(pitched, self.noise.of(bands), timbre.balance_db);
            *presence *= gains.pitched;
            bands.iter_mut().for_each(|gain| *gain *= gains.noise);
        }
    }

    fn move_noise(&mut self, bands: &mut [f32], semitones: f32) {
        let noise = &self.noise;
        let before = noise.of(bands);
        self.formants.move_bands(bands, semitones);
        keep(bands, before, noise.of(bands));
    }

    /// Partials that can be heard, at least the first.
    fn heard(&self, tone: Tone, partials: usize) -> usize {
        ((self.heard_to_hz / f64::from(tone.f0_hz).max(1.0)) as usize).clamp(1, partials.max(1)).min(partials)
    }
}

/// Does `change` to amplitudes and gives the first `heard` of them the power that they had.
fn keeping_power(amplitudes: &mut [f32], heard: usize, change: impl FnOnce(&mut [f32])) {
    let before = power(&amplitudes[..heard]);
    change(amplitudes);
    let after = power(&amplitudes[..heard]);
    keep(amplitudes, before, after);
}

/// Brings amplitudes of power `after` to power `before`.
fn keep(amplitudes: &mut [f32], before: f32, after: f32) {
    if after > 0.0 {
        let kept = (before / after).sqrt();
        amplitudes.iter_mut().for_each(|amplitude| *amplitude *= kept);
    }
}

/// Sum of squares.
fn power(amplitudes: &[f32]) -> f32 {
    amplitudes.iter().map(|amplitude| amplitude * amplitude).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::NoteAddress;
    use crate::perform::Timbre;
    use crate::units::{A4_HZ, db_of_gain, hertz_of_pitch};

    const HARMONICS: usize = 100;
    const BANDS: usize = 65;

    fn metadata(measure: &str) -> Metadata {
        let text = format!(
            r#"{{"format_version": 1, "family": "ddsp", "name": "Fake", "author": "test", "licence": "CC0-1.0",
            "trained_on": "nothing", "sample_rate": 48000, "hop": 192,
            "pitch": {{"unit": "midi", "scale": 0.0078125, "offset": 0.0, "low": 30, "high": 90}},
            "loudness": {{"measure": "{measure}", "scale": 0.0125, "offset": 1.0, "low_db": -60, "high_db": -6,
                "soft_db": -40, "loud_db": -12}},
            "latent": [], "harmonics": {HARMONICS}, "noise_bands": {BANDS}, "states": [], "impulse_response": null,
            "parity_sha256": "{}"}}"#,
            "0".repeat(64)
        );
        Metadata::parse(&text).unwrap()
    }

    fn sculptor(measure: &str) -> Sculptor {
        let layout = FrameLayout::Ddsp { harmonics: HARMONICS, noise_bands: BANDS };
        Sculptor::new(layout, &metadata(measure), 48_000.0, None, 48_000.0)
    }

    fn target(midi_pitch: f32, timbre: Timbre) -> VoiceTarget {
        VoiceTarget {
            slot: 0,
            note: NoteAddress::default(),
            started_at: 0,
            midi_pitch: midi_pitch + timbre.shift_semitones,
            tone: Tone::of(hertz_of_pitch(midi_pitch, A4_HZ)),
            loudness_db: -12.0,
            asked_db: -12.0,
            wanted_db: -12.0,
            harmonic_gain: 1.0,
            noise_gain: 1.0,
            timbre,
        }
    }

    fn row() -> Vec<f32> {
        let partials = (1..=HARMONICS).map(|k| 0.1 / k as f32 * (1.0 + 0.5 * (k as f32).sin()));
        partials.chain((0..BANDS).map(|band| 0.01 / (1.0 + band as f32 / 8.0))).collect()
    }

    /// Power of what is heard: partials, noise.
    fn powers(sculptor: &Sculptor, row: &[f32], tone: Tone) -> (f32, f32) {
        let (partials, bands) = row.split_at(HARMONICS);
        (0.5 * power(&partials[..sculptor.heard(tone, HARMONICS)]), sculptor.noise.of(bands))
    }

    fn db(after: f32, before: f32) -> f32 {
        db_of_gain((after / before).sqrt())
    }

    #[test]
    fn a_sculptor_at_rest_leaves_every_bit() {
        let (plain, mut shaped) = (row(), row());
        sculptor("a_weighted").shape(&mut shaped, &target(45.0, Timbre::REST));
        assert_eq!(plain, shaped);
    }

    #[test]
    fn every_control_keeps_the_power() {
        let mut sculptor = sculptor("power");
        let timbres = [-24.0f32, -7.0, 5.0, 24.0].into_iter().flat_map(|amount| {
            [
                Timbre { odd_even_db: amount, ..Timbre::REST },
                Timbre { formant_semitones: amount, ..Timbre::REST },
                Timbre { balance_db: amount, ..Timbre::REST },
                Timbre { odd_even_db: amount, formant_semitones: -amount, balance_db: amount, ..Timbre::REST },
            ]
        });
        let mut worst = 0f32;
        for timbre in timbres {
            for (pitch, tilt) in [(33.0, 0.0), (57.0, 6.0), (81.0, -6.0), (120.0, 3.0)] {
                let mut target = target(pitch, timbre);
                target.tone.tilt = tilt;
                let (plain, mut shaped) = (row(), row());
                sculptor.shape(&mut shaped, &target);
                let (before, after) = (powers(&sculptor, &plain, target.tone), powers(&sculptor, &shaped, target.tone));
                worst = worst.max(db(after.0 + after.1, before.0 + before.1).abs());
                let ratio = db(after.1 / after.0, before.1 / before.0);
                worst = worst.max((ratio - timbre.balance_db).abs());
            }
        }
        println!("power and balance within {worst:.1e} dB");
        assert!(worst < 0.01);
    }

    #[test]
    fn a_tilt_keeps_the_power() {
        for (pitch, tilt) in [(33.0, -6.0), (33.0, 6.0), (69.0, 6.0), (107.0, 6.0), (127.0, -6.0)] {
            let mut sculptor = sculptor("power");
            let mut target = target(pitch, Timbre::REST);
            target.tone.tilt = tilt;
            let (plain, mut shaped) = (row(), row());
            sculptor.shape(&mut shaped, &target);
            let change = db(powers(&sculptor, &shaped, target.tone).0, powers(&sculptor, &plain, target.tone).0);
            println!("pitch {pitch}, {tilt:+} dB per octave: {change:+.1e} dB");
            assert!(change.abs() < 1e-3);
        }
    }

    #[test]
    fn a_shifted_timbre_has_the_loudness_asked_for() {
        for (measure, pitch, shift) in
            [("a_weighted", 40.0, 12.0), ("a_weighted", 40.0, -5.0), ("a_weighted", 80.0, 24.0), ("power", 40.0, 12.0)]
        {
            let mut sculptor = sculptor(measure);
            let target = target(pitch, Timbre { shift_semitones: shift, ..Timbre::REST });
            let mut shaped = row();
            sculptor.shape(&mut shaped, &target);
            let weighed = |row: &[f32], pitch: f32| -> f32 {
                let f0_hz = hertz_of_pitch(pitch.clamp(30.0, 90.0), A4_HZ);
                let weight = |k: usize| if measure == "power" { 1.0 } else { told::weight(k as f32 * f0_hz) };
                row[..HARMONICS].iter().zip(1..).map(|(amplitude, k)| amplitude * amplitude * weight(k)).sum()
            };
            let error = db(weighed(&shaped, pitch), weighed(&row(), pitch + shift));
            let gain = db_of_gain(shaped[0] / row()[0]);
            println!("{measure}, {pitch} told {shift:+}: gain {gain:+.2} dB, loudness off by {error:+.1e} dB");
            assert!(error.abs() < 1e-3);
        }
    }

    #[test]
    fn the_measure_weighs_as_the_kit_does() {
        // IEC 61672-1: 100 Hz -19.1 dB, 1 kHz 0 dB, 10 kHz -2.5 dB; the floor adds nothing there but at 100 Hz 0.3 dB.
        for (hertz, wanted) in [(100.0, -18.8), (1_000.0, 0.0), (10_000.0, -2.5)] {
            let found = db(told::weight(hertz), 1.0);
            println!("{hertz} Hz: {found:.2} dB");
            assert!((found - wanted).abs() < 0.15);
        }
    }
}
