//! Films of the shipped waveshaping instruments, shaped: the level stays, and drive, shift and choice move the spectrum.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;
use std::path::Path;
use std::sync::Arc;
use timbrel_engine::model::{Controls, Decode, FilmShape, FilmShaper, LoadOptions, Model, OnnxDecoder, StepRequest};
use timbrel_engine::waveshaping::{Cycle, power_and_mean};

/// Instruments, and MIDI pitches in their registers.
const INSTRUMENTS: [(&str, [f32; 3]); 3] =
    [("trumpet", [55.0, 67.0, 79.0]), ("tuba", [31.0, 41.0, 53.0]), ("alto-sax", [51.0, 62.0, 77.0])];
/// Places between the softest and the loudest note.
const LOUDNESSES: [f32; 2] = [0.2, 0.9];
/// Points that leave nothing folded back.
const FINE: usize = 2_048;

fn load(name: &str) -> Arc<Model> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let path = root.join("models/instruments").join(name).join(format!("{name}.onnx"));
    Model::load(&path, &LoadOptions::default()).unwrap()
}

/// The film of a note that has stood for 0.4 s.
fn film(model: &Arc<Model>, midi_pitch: f32, place: f32) -> Vec<f32> {
    let mut decoder = OnnxDecoder::new(model, 1).unwrap();
    decoder.settle(0, midi_pitch);
    let loudness = &model.metadata().loudness;
    let loudness_db = loudness.soft_db + place * (loudness.loud_db - loudness.soft_db);
    let request = StepRequest::of(0, midi_pitch, loudness_db);
    (0..100).for_each(|_| decoder.step(&[request]).unwrap());
    match decoder.controls(0) {
        Controls::Newt { film, .. } => film.to_vec(),
        Controls::Ddsp { .. } => panic!("no film"),
    }
}

fn hertz(midi_pitch: f32) -> f32 {
    440.0 * ((midi_pitch - 69.0) / 12.0).exp2()
}

/// Mean number of the partials of a cycle by their power.
fn centroid(cycle: &[f32]) -> f64 {
    let power = |k: usize| {
        let angle = |n: usize| TAU * ((k * n) % cycle.len()) as f64 / cycle.len() as f64;
        let (cosine, sine) = cycle.iter().enumerate().fold((0.0, 0.0), |(cosine, sine), (n, value)| {
            (cosine + f64::from(*value) * angle(n).cos(), sine + f64::from(*value) * angle(n).sin())
        });
        cosine * cosine + sine * sine
    };
    let (sum, moment) = (1..200).fold((0.0, 0.0), |(sum, moment), k| (sum + power(k), moment + k as f64 * power(k)));
    moment / sum
}

#[test]
fn a_film_at_rest_is_left_alone() {
    let model = load("trumpet");
    let plain = film(&model, 67.0, 0.7);
    let mut shaped = plain.clone();
    FilmShaper::new(model.waveshaping().unwrap()).shape(&mut shaped, FilmShape::REST, 392.0);
    assert_eq!(plain, shaped);
}

#[test]
fn a_shaped_film_keeps_its_level() {
    let shapes = [-24.0f32, -12.0, 6.0, 12.0, 24.0]
        .map(|drive_db| FilmShape { drive_db, ..FilmShape::REST })
        .into_iter()
        .chain([-1.0, -0.5, 0.5, 1.0].map(|shift| FilmShape { shift, ..FilmShape::REST }))
        .chain([-1.0, -0.5, 0.5, 1.0].map(|mix| FilmShape { mix, ..FilmShape::REST }))
        .chain([FilmShape { drive_db: 9.0, shift: 0.4, mix: -0.7 }]);
    let mut worst = 0f32;
    let mut moved = 0f32;
    let shapes: Vec<FilmShape> = shapes.collect();
    for (name, pitches) in INSTRUMENTS {
        let model = load(name);
        let constants = model.waveshaping().unwrap();
        let mut shaper = FilmShaper::new(constants);
        let mut fine = Cycle::new(constants, FINE);
        for (pitch, place) in pitches.iter().flat_map(|pitch| LOUDNESSES.map(|place| (*pitch, place))) {
            let plain = film(&model, pitch, place);
            fine.excite(hertz(pitch));
            let (power, mean) = power_and_mean(fine.shape(&plain));
            for shape in &shapes {
                let mut shaped = plain.clone();
                shaper.shape(&mut shaped, *shape, hertz(pitch));
                let (after, mean_after) = power_and_mean(fine.shape(&shaped));
                let db = 10.0 * (after / power).log10();
                if db.abs() > 0.2 {
                    println!("{name} at {pitch}, {place}: {shape:?} {db:+.2} dB");
                }
                worst = worst.max(db.abs());
                moved = moved.max((mean_after - mean).abs() / power.sqrt());
            }
        }
    }
    println!("levels within {worst:.3} dB; the mean moves by {moved:.4} of the level at most");
    assert!(worst < 0.5 && moved < 0.05);
}

#[test]
fn the_brighter_half_is_brighter() {
    for (name, pitches) in INSTRUMENTS {
        let model = load(name);
        let constants = model.waveshaping().unwrap();
        let mut shaper = FilmShaper::new(constants);
        let mut fine = Cycle::new(constants, FINE);
        let mut ways = Vec::new();
        for (pitch, place) in pitches.iter().flat_map(|pitch| LOUDNESSES.map(|place| (*pitch, place))) {
            let plain = film(&model, pitch, place);
            let centroids = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|mix| {
                let mut shaped = plain.clone();
                shaper.shape(&mut shaped, FilmShape { mix, ..FilmShape::REST }, hertz(pitch));
                fine.excite(hertz(pitch));
                centroid(fine.shape(&shaped))
            });
            println!("{name} at {pitch}, {place}: mean partial {centroids:.2?} at Shaper Mix -1, -0.5, 0, 0.5, 1");
            ways.push((centroids[4] / centroids[0]).log2());
        }
        let mean = ways.iter().sum::<f64>() / ways.len() as f64;
        println!("{name}: from the darker to the brighter half {mean:+.2} octaves on average, {ways:.2?}");
        assert!(mean > 0.2 && ways.iter().all(|way| *way > -0.15));
    }
}
