//! Prints what shaping one voice's row costs beside a step of its decoder:
//! `cargo run --release -p timbrel-tests --example shaping_cost -- MODEL.onnx`.
//!
//! Both for 16 voices, steps one after the other, microseconds for one voice.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use timbrel_engine::control::sculptor::Sculptor;
use timbrel_engine::event::NoteAddress;
use timbrel_engine::frame::Tone;
use timbrel_engine::model::{Controls, Decode, FilmShape, FilmShaper, LoadOptions, Model, OnnxDecoder, StepRequest};
use timbrel_engine::perform::{Timbre, VoiceTarget};
use timbrel_engine::units::{A4_HZ, hertz_of_pitch};

const VOICES: usize = 16;
const ROUNDS: usize = 500;
const RATE: f64 = 48_000.0;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: shaping_cost MODEL.onnx");
        return ExitCode::FAILURE;
    };
    match measure(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::load(path, &LoadOptions::default())?;
    let mut decoder = OnnxDecoder::new(&model, VOICES)?;
    let metadata = model.metadata();
    let pitch =
        |slot: usize| metadata.pitch.low + (metadata.pitch.high - metadata.pitch.low) * slot as f32 / VOICES as f32;
    let requests: Vec<StepRequest> =
        (0..VOICES).map(|slot| StepRequest::of(slot, pitch(slot), metadata.loudness.loud_db)).collect();
    for _ in 0..100 {
        decoder.step(&requests)?;
    }
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        decoder.step(&requests)?;
    }
    println!("{:>28}: {:.2} us", "the decoder", micros(begun));
    let rows: Vec<Vec<f32>> = (0..VOICES).map(|slot| row(decoder.controls(slot))).collect();
    let begun = Instant::now();
    let film = model.waveshaping().map(FilmShaper::new);
    println!("{:>28}: {:.2} ms", "once, on loading", begun.elapsed().as_secs_f64() * 1e3);
    let mut sculptor = Sculptor::new(model.layout(), metadata, metadata.sample_rate, film, RATE);
    for (name, timbre, tilt) in timbres() {
        let targets: Vec<VoiceTarget> = (0..VOICES).map(|slot| target(pitch(slot), timbre, tilt)).collect();
        let mut shaped = rows[0].clone();
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            for (row, target) in rows.iter().zip(&targets) {
                shaped.copy_from_slice(row);
                sculptor.shape(&mut shaped, target);
                black_box(&shaped);
            }
        }
        println!("{name:>28}: {:.2} us", micros(begun));
    }
    Ok(())
}

/// Microseconds for one voice since all rounds have begun.
fn micros(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e6 / (ROUNDS * VOICES) as f64
}

/// What is timed: a name, a timbre and a tilt.
fn timbres() -> [(&'static str, Timbre, f32); 9] {
    let rest = Timbre::REST;
    let driven = |drive_db| FilmShape { drive_db, ..FilmShape::REST };
    let all = Timbre {
        odd_even_db: 6.0,
        formant_semitones: 5.0,
        balance_db: 6.0,
        shift_semitones: 7.0,
        film: FilmShape { drive_db: 6.0, shift: 0.2, mix: 0.5 },
        ..rest
    };
    [
        ("at rest", rest, 0.0),
        ("Brightness", rest, 3.0),
        ("Odd/Even", Timbre { odd_even_db: 6.0, ..rest }, 0.0),
        ("Formant", Timbre { formant_semitones: 5.0, ..rest }, 0.0),
        ("Balance", Timbre { balance_db: 6.0, ..rest }, 0.0),
        ("Timbre Shift", Timbre { shift_semitones: 7.0, ..rest }, 0.0),
        ("Drive of 6 dB", Timbre { film: driven(6.0), ..rest }, 0.0),
        ("Drive of 12 dB", Timbre { film: driven(12.0), ..rest }, 0.0),
        ("all", all, 3.0),
    ]
}

fn target(midi_pitch: f32, timbre: Timbre, tilt: f32) -> VoiceTarget {
    VoiceTarget {
        slot: 0,
        note: NoteAddress::default(),
        started_at: 0,
        midi_pitch: midi_pitch + timbre.shift_semitones,
        tone: Tone { tilt, ..Tone::of(hertz_of_pitch(midi_pitch, A4_HZ)) },
        loudness_db: -12.0,
        asked_db: -12.0,
        wanted_db: -12.0,
        harmonic_gain: 1.0,
        noise_gain: 1.0,
        timbre,
    }
}

/// A row as the conductor would send it.
fn row(controls: Controls) -> Vec<f32> {
    match controls {
        Controls::Ddsp { amplitude, harmonic_distribution, noise_magnitudes } => harmonic_distribution
            .iter()
            .map(|share| amplitude * share)
            .chain(noise_magnitudes.iter().copied())
            .collect(),
        Controls::Newt { film, noise_magnitudes } => {
            film.iter().copied().chain([1.0]).chain(noise_magnitudes.iter().copied()).collect()
        }
    }
}
