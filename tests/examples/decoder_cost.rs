//! Prints what a step of a decoder and of its performance network cost:
//! `cargo run --release -p timbrel-tests --example decoder_cost -- MODEL.onnx`.
//!
//! Hot: steps one after the other. Paced: one step each 4 ms, as in playing, with the caches gone cold in between.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use timbrel_engine::model::{
    Decode, DecodeError, GestureRequest, LoadOptions, Model, ModelError, OnnxDecoder, StepRequest,
};

/// Numbers of voices that are timed.
const VOICES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: decoder_cost MODEL.onnx");
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

fn measure(path: &std::path::Path) -> Result<(), ModelError> {
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
