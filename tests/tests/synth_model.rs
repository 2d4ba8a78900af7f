//! The synth with real model files through ONNX Runtime: a chord, the same bytes again, a swap before the first sample,
//! the first instrument in real time.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod rig;

use rig::{bytes, first_sound, off, on, rms_db};
use std::path::Path;
use std::sync::Arc;
use timbrel_engine::event::Event;
use timbrel_engine::model::{LoadOptions, Model};
use timbrel_engine::render::Shaping;
use timbrel_engine::synth::{Config, Mode, Synth, SynthHandle};
use timbrel_tests::fixtures::DdspModel;

const RATE: f64 = 48_000.0;
const BLOCK: usize = 512;

fn fixture(name: &str, noise: f32) -> Arc<Model> {
    let folder = tempfile::tempdir().unwrap();
    let path = DdspModel::default().name(name).noise_level(noise).write(folder.path(), "fixture.onnx");
    Model::load(&path, &LoadOptions::default()).unwrap()
}

fn start(model: &Arc<Model>, mode: Mode) -> (Synth, SynthHandle) {
    Synth::start(&Config { sample_rate: RATE, max_block: BLOCK, mode, shaping: Shaping::default() }, Arc::clone(model))
        .unwrap()
}

fn play(synth: &mut Synth, events: &[(u64, Event)], length: u64) -> Vec<f32> {
    let mut rig = rig::Keys { synth, position: 0, rate: RATE };
    rig.play(events, length, || BLOCK)
}

fn chord() -> Vec<(u64, Event)> {
    let keys = [48, 52, 55, 59, 62, 65, 69, 72];
    let downs = keys.iter().enumerate().map(|(index, key)| (1_000 + index as u64, on(*key)));
    downs.chain(keys.iter().map(|key| (60_000, off(*key)))).collect()
}

#[test]
fn a_chord_of_eight_sounds_and_a_repeated_render_gives_the_same_bytes() {
    let model = fixture("Chord", 0.01);
    let render = || {
        let (mut synth, handle) = start(&model, Mode::Offline);
        let out = play(&mut synth, &chord(), 90_000);
        (out, handle.status())
    };
    let ((first, status), (second, _)) = (render(), render());
    println!("chord: {:.1} dB RMS, {status:?}", rms_db(&first[10_000..60_000]));
    assert_eq!(bytes(&first), bytes(&second));
    assert!(first.iter().all(|sample| sample.is_finite()));
    assert!(rms_db(&first[10_000..60_000]) > -50.0);
    assert_eq!((status.decoder_errors, status.error), (0, None));
}

#[test]
fn a_swap_before_the_first_block_plays_from_the_first_sample() {
    let (one, other) = (fixture("One", 0.0), fixture("Other", 0.02));
    let (mut direct, _handle) = start(&other, Mode::Offline);
    let expected = play(&mut direct, &chord(), 30_000);
    let (mut synth, handle) = start(&one, Mode::Offline);
    handle.swap(other, Shaping::default()).unwrap();
    let found = play(&mut synth, &chord(), 30_000);
    assert!(first_sound(&expected).is_some());
    assert_eq!(bytes(&found), bytes(&expected));
    assert_eq!(handle.status().instrument, "Other");
}

#[test]
fn the_first_instrument_plays_sixteen_voices_in_real_time() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/instruments/cello/cello.onnx");
    let begun = std::time::Instant::now();
    let model = Model::load(&path, &LoadOptions::default()).unwrap();
    let loaded = begun.elapsed();
    let begun = std::time::Instant::now();
    let (mut synth, handle) = start(&model, Mode::Realtime);
    let started = begun.elapsed();
    let events: Vec<_> = (0..16).map(|voice| (2_400 * voice, on(40 + 2 * voice as u8))).collect();
    let out = play(&mut synth, &events, 144_000);
    let status = handle.status();
    println!(
        "cello: loaded in {loaded:.1?}, started in {started:.1?}; 16 voices for 3 s in blocks of {BLOCK}: {} of {} blocks late, \
         control load {:.3}, priority raised: {}, {:.1} dB RMS",
        status.late_frames,
        144_000 / BLOCK,
        status.control_load,
        status.priority_raised,
        rms_db(&out[48_000..]),
    );
    assert!(out.iter().all(|sample| sample.is_finite()) && rms_db(&out[48_000..]) > -60.0);
    assert_eq!((status.voices, status.decoder_errors), (16, 0));
}
