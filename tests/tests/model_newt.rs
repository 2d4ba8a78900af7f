//! Models of the NEWT family: what they load as, their tables, the decoder's films.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use timbrel_engine::frame::FrameLayout;
use timbrel_engine::model::{
    Controls, Decode, Family, LoadOptions, MAX_ROWS, Model, NewtShape, OnnxDecoder, StepRequest,
};
use timbrel_engine::waveshaping::Waveshaping;
use timbrel_tests::fixtures::{NewtFault, NewtModel, Shapers};

/// Single precision through a dozen operations.
const TOLERANCE: f32 = 2e-6;

fn load(path: &Path) -> Arc<Model> {
    Model::load(path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn model(fixture: &NewtModel) -> Arc<Model> {
    let folder = tempfile::tempdir().unwrap();
    load(&fixture.write(folder.path(), "fixture.onnx"))
}

fn decoder(fixture: &NewtModel, slots: usize) -> OnnxDecoder {
    OnnxDecoder::new(&model(fixture), slots).unwrap_or_else(|error| panic!("{error}"))
}

fn ask(slot: usize, midi_pitch: f32, loudness_db: f32) -> StepRequest {
    StepRequest::of(slot, midi_pitch, loudness_db)
}

fn film_and_noise(decoder: &OnnxDecoder, row: usize) -> (Vec<f32>, Vec<f32>) {
    match decoder.controls(row) {
        Controls::Newt { film, noise_magnitudes } => (film.to_vec(), noise_magnitudes.to_vec()),
        other => panic!("{other:?}"),
    }
}

fn assert_near(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= TOLERANCE, "{what}: {found}, expected {expected}");
    }
}

/// Largest difference of the tables from the functions, over the range and beyond its ends.
fn table_error(waveshaping: &Waveshaping, shapers: &Shapers, (low, high): (f64, f64)) -> f64 {
    let mut largest = 0.0_f64;
    for shaper in 0..shapers.count() {
        for step in -50..=1050 {
            let index = low + (high - low) * f64::from(step) / 1000.0;
            let expected = shapers.shaped(shaper, index.clamp(low, high));
            largest = largest.max((waveshaping.tables.evaluate(shaper, index) - expected).abs());
        }
    }
    largest
}

#[test]
fn a_default_newt_loads_with_all_its_constants() {
    let fixture = NewtModel::default().base(|base| base.impulse_response(vec![1.0, 0.5, 0.25])).direct(2);
    let model = model(&fixture);
    let newt = NewtShape { shapers: 4, exciter_top_hz: 8_000.0, layers: Some(vec![8, 8, 1]) };
    assert_eq!(model.metadata().family, Family::Newt(newt));
    assert_eq!(model.layout(), FrameLayout::Newt { shapers: 4, noise_bands: 5 });
    assert_eq!(model.layout().width(), 4 * 4 + 1 + 5);
    assert_eq!(
        (model.impulse_response().samples.as_slice(), model.impulse_response().direct),
        (&[1.0, 0.5, 0.25][..], 2)
    );
    let waveshaping = model.waveshaping().unwrap();
    let networks = waveshaping.networks.as_ref().unwrap();
    let found = [
        ("exciter_weights", &waveshaping.exciter.weights),
        ("exciter_bias", &waveshaping.exciter.bias),
        ("exciter_phases", &waveshaping.exciter.phases),
        ("output_weights", &waveshaping.output_weights),
        ("output_bias", &vec![waveshaping.output_bias]),
        ("shaper_weights_1", &networks.layers[1].weights),
        ("shaper_biases_2", &networks.layers[2].biases),
    ];
    for (name, found) in found {
        let (_, _, expected) = fixture.constants().into_iter().find(|(other, ..)| other == name).unwrap();
        assert_eq!(*found, expected, "{name}");
    }
    assert_eq!((waveshaping.exciter.shapers, waveshaping.exciter.harmonics), (4, 8));
    assert_eq!(waveshaping.exciter.top_hz, 8_000.0);
    let sizes: Vec<(usize, usize)> = networks.layers.iter().map(|layer| (layer.inputs, layer.outputs)).collect();
    assert_eq!(sizes, [(1, 8), (8, 8), (8, 1)]);
}

#[test]
fn partials_that_no_training_heard_are_left_out() {
    // 246.9 Hz, a semitone beneath the lowest trained pitch, brings 32 partials under 8 kHz.
    let fixture = NewtModel::default().base(|base| base.harmonics(64).pitch_range(60.0, 72.0));
    let model = model(&fixture);
    let exciter = &model.waveshaping().unwrap().exciter;
    assert_eq!((model.metadata().harmonics, exciter.harmonics, exciter.phases.len()), (64, 32, 32));
    let (_, _, expected) = fixture.constants().into_iter().find(|(name, ..)| name == "exciter_weights").unwrap();
    for (shaper, row) in exciter.weights.chunks_exact(32).enumerate() {
        assert_eq!(row, &expected[shaper * 64..][..32], "shaper {shaper}");
    }
}

#[test]
fn a_model_without_direct_keeps_its_first_sample() {
    let ir = NewtModel::default().base(|base| base.impulse_response(vec![1.0, 0.5]));
    assert_eq!(model(&ir).impulse_response().direct, 1);
    assert!(model(&NewtModel::default()).impulse_response().samples.is_empty());
}

#[test]
fn tables_are_the_shaper_models_functions() {
    let odd = [
        Shapers::networks(4, &[8, 8, 1]),
        Shapers::networks(1, &[1]),
        Shapers::networks(5, &[3, 7, 1]),
        Shapers::networks(65, &[8, 8, 1]),
        Shapers::networks(2, &[64, 1]),
        Shapers::networks(3, &[2; 15].iter().copied().chain([1]).collect::<Vec<_>>()),
        Shapers::hyperbolic(7),
        Shapers::hyperbolic(1),
    ];
    for shapers in odd {
        let begin = Instant::now();
        let model = model(&NewtModel::default().shapers(shapers.clone()).range(-3.0, 2.0));
        let elapsed = begin.elapsed().as_secs_f64() * 1e3;
        let waveshaping = model.waveshaping().unwrap();
        let error = table_error(waveshaping, &shapers, (-3.0, 2.0));
        println!(
            "{} shapers of layers {:?}: loads in {elapsed:.0} ms, tables within {error:.1e} in {} bytes",
            shapers.count(),
            shapers.widths(),
            waveshaping.tables.bytes()
        );
        assert_eq!(waveshaping.tables.shapers(), shapers.count());
        assert_eq!(waveshaping.networks.is_some(), shapers.widths().is_some());
        assert!(error < 2e-5, "{error:e}");
        let networks = waveshaping.networks.iter().flat_map(|networks| {
            (0..shapers.count()).map(|shaper| (networks.evaluate(shaper, 0.7) - shapers.shaped(shaper, 0.7)).abs())
        });
        assert!(networks.fold(0.0, f64::max) < 1e-12);
    }
}

#[test]
fn the_largest_model_of_the_format_loads() {
    let begin = Instant::now();
    let shapers = Shapers::networks(512, &[64, 64, 1]);
    let fixture = NewtModel::default().shapers(shapers).base(|base| base.harmonics(512).noise_bands(1025));
    let model = model(&fixture);
    println!("512 shapers of [64, 64, 1], 512 partials: {:.0} ms with writing", begin.elapsed().as_secs_f64() * 1e3);
    assert_eq!(model.layout().width(), 4 * 512 + 1 + 1025);
    let mut decoder = OnnxDecoder::new(&model, 1).unwrap();
    decoder.step(&[ask(0, 60.0, -20.0)]).unwrap();
    assert!(decoder.is_finite(0));
}

#[test]
fn the_decoder_answers_the_films_of_the_model() {
    let fixture =
        NewtModel::default().base(|base| base.latent("breath", -1.0, 1.0, 0.5).noise_level(-0.1).reveal_count(0.01));
    let mut decoder = decoder(&fixture, 1);
    let mut count = 0.0;
    for (midi, db, breath) in [(36.0, -60.0, 0.0), (60.5, -31.0, -1.0), (84.0, -10.0, 1.0)] {
        let mut request = ask(0, midi, db);
        request.latent[0] = breath;
        decoder.step(&[request]).unwrap();
        count = 0.5 * count + 1.0;
        let expected = fixture.expected(midi, db, &[breath], count);
        let (film, noise) = film_and_noise(&decoder, 0);
        assert_near(&film, &expected.film, "film");
        assert_near(&noise, &expected.noise_magnitudes, "noise");
        assert_eq!(decoder.controls(0).values().count(), 16 + 5);
    }
}

#[test]
fn a_voices_film_does_not_depend_on_the_others() {
    for shapers in [Shapers::networks(4, &[8, 8, 1]), Shapers::networks(5, &[3, 7, 1])] {
        let fixture = NewtModel::default()
            .shapers(shapers)
            .base(|base| base.counting().reveal_count(0.001).latent("breath", -1.0, 1.0, 0.0));
        let (mut together, mut alone) = (decoder(&fixture, MAX_ROWS), decoder(&fixture, MAX_ROWS));
        let mut largest = 0.0_f32;
        for rows in 1..=MAX_ROWS {
            let request = |row: usize| {
                let mut request = ask(row, 36.0 + (row * 7 % 48) as f32, -60.0 + row as f32 * 0.7);
                request.latent[0] = row as f32 / 64.0;
                request
            };
            let requests: Vec<StepRequest> = (0..rows).rev().map(request).collect();
            together.step(&requests).unwrap();
            for (row, request) in requests.iter().enumerate() {
                alone.step(&[*request]).unwrap();
                assert!(together.is_finite(row));
                let pairs = together.controls(row).values().zip(alone.controls(0).values());
                largest = pairs.map(|(one, other)| (one - other).abs()).fold(largest, f32::max);
                assert_eq!(together.state(request.slot), alone.state(request.slot), "row {row} of {rows}");
            }
        }
        println!("largest difference by company: {largest:e}");
        assert!(largest <= 5e-7);
    }
}

#[test]
fn a_newt_without_states_needs_none() {
    let fixture = NewtModel::default().base(|base| base.without_states());
    let mut decoder = decoder(&fixture, 2);
    decoder.settle(1, 60.0);
    assert_eq!(decoder.state(1), [0.0; 0]);
    decoder.step(&[ask(1, 60.0, -20.0)]).unwrap();
    assert_near(&film_and_noise(&decoder, 0).0, &fixture.expected(60.0, -20.0, &[], 0.0).film, "film");
}

#[test]
fn a_newts_slot_settles_at_its_own_pitch() {
    let mut decoder = decoder(&NewtModel::default(), 2);
    for (slot, midi, settled) in [(0, 36.0, 36.0), (1, 60.4, 60.0), (0, 127.0, 84.0)] {
        decoder.settle(slot, midi);
        let state = decoder.state(slot);
        assert!((state[0] - 2.0).abs() < 1e-4, "count {}", state[0]);
        assert!(state[1..].iter().all(|memory| (memory - settled).abs() < 1e-3), "{state:?}, expected {settled}");
    }
}

#[test]
fn a_film_that_is_not_finite_is_zero_and_the_other_rows_go_on() {
    let fixture = NewtModel::default().fault(NewtFault::NanFilmBetween(60.4, 60.6));
    let mut decoder = decoder(&fixture, 3);
    decoder.step(&[ask(0, 50.0, -20.0), ask(1, 60.5, -20.0), ask(2, 61.0, -20.0)]).unwrap();
    assert_eq!([0, 1, 2].map(|row| decoder.is_finite(row)), [true, false, true]);
    let silent = film_and_noise(&decoder, 1);
    assert_eq!(silent, (vec![0.0; 16], vec![0.0; 5]));
    assert!((decoder.state(1)[1] - 60.0).abs() < 1.0, "settled anew: {:?}", decoder.state(1));
    for (row, midi) in [(0, 50.0), (2, 61.0)] {
        assert_near(&film_and_noise(&decoder, row).0, &fixture.expected(midi, -20.0, &[], 0.0).film, "film");
    }
    decoder.step(&[ask(1, 61.0, -20.0)]).unwrap();
    assert!(decoder.is_finite(0));
}

#[test]
fn two_loads_of_one_newt_share_tables_and_session() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = NewtModel::default().name("Shared");
    let (here, there) = (fixture.write(folder.path(), "here.onnx"), fixture.write(folder.path(), "there.onnx"));
    let (one, other) = (load(&here), load(&there));
    assert!(one.shares_session_with(&other));
    assert!(Arc::ptr_eq(one.waveshaping().unwrap(), other.waveshaping().unwrap()));
    let freed = one.watch();
    drop((one, other));
    assert!(freed());
}
