//! Neural waveshaping through the packaged plugin: imported instruments play, families swap, and the
//! quality switch is kept.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use timbrel_tests::fixtures::{DdspModel, NewtModel};
use timbrel_tests::host::{
    Blocks, Instance, Package, Recording, Setup, Timed, is_loaded, with_instrument, with_shaping,
};
use timbrel_tests::measure::{cents_between, fundamental};

const RATE: f64 = 48_000.0;
const BLOCKS: Blocks = Blocks::Fixed(512);
fn hertz(key: u8) -> f64 {
    440.0 * ((f64::from(key) - 69.0) / 12.0).exp2()
}

fn playing(model: &Path) -> Instance {
    Instance::playing(&Package::find().unwrap(), &Setup::offline(BLOCKS), model).unwrap()
}

fn level_db(samples: &[f32]) -> f64 {
    let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    10.0 * (power / samples.len() as f64 + 1e-20).log10()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// An imported instrument, where the shared checkpoint is, and always one that the tests make.
fn imported(folder: &Path) -> Vec<PathBuf> {
    let mut models =
        vec![NewtModel::default().base(|base| base.impulse_response(vec![1.0, 0.0, 0.2])).write(folder, "made.onnx")];
    let violin = root().join("target/interop/nws-violin.onnx");
    if violin.is_file() {
        models.push(violin);
    } else {
        println!("skipped: the published violin ({} is not there)", violin.display());
    }
    models
}

#[test]
fn an_imported_model_plays_in_tune() {
    let folder = tempfile::tempdir().unwrap();
    for model in imported(folder.path()) {
        let mut instance = playing(&model);
        assert!(is_loaded(&instance.save().unwrap()).unwrap(), "{} was not loaded", model.display());
        let latency = instance.latency().unwrap() as usize;
        for (index, key) in [67, 71, 76].into_iter().enumerate() {
            let events =
                [Timed::note_on(instance.position(), key, 0.9), Timed::note_off(instance.position() + 48_000, key)];
            let sound = instance.render(&events, 96_000, BLOCKS).unwrap();
            let steady = &sound.left[latency + 14_400..latency + 43_200];
            let cents = cents_between(hertz(key), fundamental(steady, RATE, hertz(key)).unwrap());
            println!("{}, key {key}: {:.1} dBFS, {cents:+.2} cents", model.display(), level_db(steady));
            assert!(cents.abs() < 5.0, "note {index} is {cents:+.2} cents off");
            assert!((-60.0..-3.0).contains(&level_db(steady)), "{:.1} dBFS", level_db(steady));
            assert!(sound.left.iter().all(|sample| sample.is_finite()));
        }
    }
}

#[test]
fn families_swap_beneath_a_held_note() {
    let folder = tempfile::tempdir().unwrap();
    let newt = NewtModel::default().write(folder.path(), "newt.onnx");
    let ddsp = DdspModel::default().write(folder.path(), "ddsp.onnx");
    let mut instance = playing(&ddsp);
    let state = instance.save().unwrap();
    let mut sound = instance.render(&[Timed::note_on(0, 57, 0.8)], 24_000, BLOCKS).unwrap();
    for model in [&newt, &ddsp, &newt] {
        instance.load(&with_instrument(&state, model).unwrap()).unwrap();
        let part = instance.render(&[], 24_000, BLOCKS).unwrap();
        assert!(level_db(&part.left[12_000..]) > -60.0, "the held note is gone after {}", model.display());
        sound.left.extend(part.left);
    }
    // The steepest step between neighbours is one that a note makes, and no swap adds a click to it.
    let steepest = |samples: &[f32]| samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    let (whole, held) =
        (steepest(&sound.left), steepest(&sound.left[36_000..46_000]).max(steepest(&sound.left[12_000..22_000])));
    println!("steepest step while swapping {whole:.4}, while holding {held:.4}");
    assert!(whole < 2.0 * held);
}

#[test]
fn exact_networks_are_a_choice_that_the_project_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let model = imported(folder.path()).pop().unwrap();
    let note = [Timed::note_on(0, 69, 0.9)];
    let render = |shaping: &str| -> (Recording, Vec<u8>) {
        let mut instance = Instance::new(&Package::find().unwrap()).unwrap();
        let state = with_instrument(&instance.save().unwrap(), &model).unwrap();
        instance.load(&with_shaping(&state, shaping).unwrap()).unwrap();
        instance.activate(&Setup::offline(BLOCKS)).unwrap();
        (instance.render(&note, 96_000, BLOCKS).unwrap(), instance.save().unwrap())
    };
    let (tables, _) = render("tables");
    let (exact, saved) = render("exact");
    let difference: Vec<f32> = tables.left.iter().zip(&exact.left).map(|(a, b)| a - b).collect();
    let db = level_db(&difference) - level_db(&exact.left);
    println!("tables against exact networks through the plugin: {db:.1} dB");
    assert!(db < -70.0 && difference.iter().any(|sample| *sample != 0.0));
    // A project saved with exact networks plays them again.
    let mut again = Instance::new(&Package::find().unwrap()).unwrap();
    again.load(&saved).unwrap();
    again.activate(&Setup::offline(BLOCKS)).unwrap();
    assert_eq!(again.render(&note, 96_000, BLOCKS).unwrap().left, exact.left);
}
