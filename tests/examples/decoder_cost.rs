//! Prints what a step of a decoder and of its performance network cost, and of a morph to a second model:
//! `cargo run --release -p timbrel-tests --example decoder_cost -- MODEL.onnx [SECOND.onnx]`.
//!
//! Hot: steps one after the other. Paced: one step each 4 ms, as in playing, with the caches gone cold in between.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use timbrel_engine::model::{
    Decode, DecodeError, GestureRequest, LoadOptions, Model, ModelError, OnnxDecoder, StepRequest,
};
use timbrel_engine::morph::{MorphDecoder, NewtPartials};
use timbrel_engine::render::Shaping;

/// Numbers of voices that are timed.
const VOICES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

fn main() -> ExitCode {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let Some(path) = paths.next() else {
        eprintln!("usage: decoder_cost MODEL.onnx [SECOND.onnx]");
        return ExitCode::FAILURE;
    };
    match measure(&path, paths.next().as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(path: &Path, second: Option<&Path>) -> Result<(), ModelError> {
    let begin = Instant::now();
    let model = Model::load(path, &LoadOptions::default())?;
    println!("load, the first time: {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    let begin = Instant::now();
    let again = Model::load(path, &LoadOptions::default())?;
    println!("load, cached:         {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    let begin = Instant::now();
    let mut decoder = OnnxDecoder::new(&again, 64)?;
    println!("decoder of 64 slots:  {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    let pitch = model.metadata().pitch;
    let pitch_of = |slot: usize, voices: usize| pitch.low + (pitch.high - pitch.low) * slot as f32 / voices as f32;
    let step = |slot, voices| StepRequest::of(slot, pitch_of(slot, voices), model.metadata().loudness.loud_db);
    let perform = |slot, voices| GestureRequest {
        slot,
        begins: false,
        midi_pitch: pitch_of(slot, voices),
        dynamics: 0.75,
        since_on: 0.1,
        gate: true,
        since_off: 0.0,
        peak_position: 0.0,
        attack_noise: 0.0,
        morph: 0.0,
    };
    heading("decoder");
    for voices in VOICES {
        let requests: Vec<StepRequest> = (0..voices).map(|slot| step(slot, voices)).collect();
        print_costs(voices, || decoder.step(&requests));
    }
    if let Some(second) = second {
        morph_costs(&model, second)?;
    }
    if model.metadata().performance.is_none() {
        println!("no performance network");
        return Ok(());
    }
    heading("performance");
    let mut gestures = Vec::with_capacity(VOICES[VOICES.len() - 1]);
    for voices in VOICES {
        let requests: Vec<GestureRequest> = (0..voices).map(|slot| perform(slot, voices)).collect();
        print_costs(voices, || decoder.perform(&requests, &mut gestures));
    }
    Ok(())
}

/// Steps of both models and their blend, half way.
fn morph_costs(first: &Arc<Model>, second: &Path) -> Result<(), ModelError> {
    let second = Model::load(second, &LoadOptions::default())?;
    let partials = |model: &Arc<Model>| -> Result<Box<dyn Decode>, ModelError> {
        let decoder = Box::new(OnnxDecoder::new(model, 64)?);
        Ok(match model.waveshaping() {
            Some(constants) => Box::new(NewtPartials::new(decoder, constants, Shaping::default())),
            None => decoder,
        })
    };
    // Both are decoders of partials.
    let Ok(mut decoder) = MorphDecoder::new(partials(first)?, partials(&second)?, 64) else { return Ok(()) };
    let (pitch, loudness) = (first.metadata().pitch, first.metadata().loudness.loud_db);
    for (morph, what) in [(0.0, "both decoders, at 0"), (0.5, "both decoders and their blend")] {
        heading(&format!("{what}, to {}", second.metadata().name));
        for voices in VOICES {
            let midi = |slot: usize| pitch.low + (pitch.high - pitch.low) * slot as f32 / voices as f32;
            let request = |slot| StepRequest { morph, ..StepRequest::of(slot, midi(slot), loudness) };
            let requests: Vec<StepRequest> = (0..voices).map(request).collect();
            print_costs(voices, || decoder.step(&requests));
        }
    }
    Ok(())
}

fn heading(what: &str) {
    println!("{what}, ns a step:");
    println!("{:>6} {:>12} {:>12} {:>12} {:>12}", "voices", "hot p50", "hot p99", "paced p50", "paced p99");
}

/// Times a step, hot and paced.
fn print_costs(voices: usize, mut step: impl FnMut() -> Result<(), DecodeError>) {
    let mut time = |pause: Duration, steps: usize| {
        let mut nanoseconds: Vec<u128> = (0..steps)
            .map(|_| {
                std::thread::sleep(pause);
                let begin = Instant::now();
                if let Err(error) = step() {
                    eprintln!("{error}");
                }
                begin.elapsed().as_nanos()
            })
            .collect();
        nanoseconds.sort_unstable();
        (nanoseconds[steps / 2], nanoseconds[steps * 99 / 100])
    };
    let hot = time(Duration::ZERO, 2000);
    let paced = time(Duration::from_millis(4), 250);
    println!("{voices:>6} {:>12} {:>12} {:>12} {:>12}", hot.0, hot.1, paced.0, paced.1);
}
