//! A sound that nobody chose: two instruments, a scale, rows of the matrix, every parameter anywhere; saved, loaded into a
//! fresh instance.

use libtest_mimic::Failed;
use nice_plug::params::Params;
use timbrel::modulation::SOURCES;
use timbrel::params::{IDS, TimbrelParams};
use timbrel::presets::{About, Preset, Sound, text};
use timbrel_tests::host::{
    Blocks, Event, Instance, Package, Recording, Setup, Timed, instrument_of, matrix_of, second_of, values_of,
    with_instrument, with_matrix, with_second, with_tuning,
};

use super::models;

/// Where sequences begin.
pub const SEEDS: std::ops::Range<u64> = 1..5;
const BLOCKS: Blocks = Blocks::Fixed(256);
/// What is played, samples at 48 kHz.
const LENGTH: u64 = 72_000;
/// Levels that are drawn from the upper half of their ranges, so that something is heard.
const LEVELS: [&str; 4] = ["Output", "Harmonic Level", "Noise Level", "Loudness"];
/// Peaks under this would prove nothing.
const HEARD: f32 = 1e-5;
/// Rows of the matrix that do something.
const ROWS: u8 = 8;
const SCALE: &str =
    "! seven.scl\n!\nSeven equal steps\n 7\n!\n 171.43\n 342.86\n 514.29\n 685.71\n 857.14\n 1028.57\n 2/1\n";

/// Sets every parameter, plays; saves as a preset, loads that elsewhere, plays: the same bytes.
pub fn sounds_as_it_did(seed: u64) -> Result<(), Failed> {
    let package = Package::find()?;
    let mut first = Instance::active(&package, &Setup::offline(BLOCKS))?;
    let mut chance = fastrand::Rng::with_seed(seed);
    let moves: Vec<Timed> = first
        .parameters()?
        .into_iter()
        .map(|parameter| {
            let (low, high) = parameter.range;
            let steps = high - low;
            // Steps are whole numbers in CLAP, and all others go from 0 to 1.
            let place = if LEVELS.contains(&parameter.name.as_str()) { 0.5 + 0.5 * chance.f64() } else { chance.f64() };
            let value = if steps > 1.0 { low + (place * (steps + 1.0)).floor().min(steps) } else { place };
            Timed { at: 0, event: Event::Parameter { id: parameter.id, value } }
        })
        .collect();
    first.render(&moves, 256, BLOCKS)?;
    first.deactivate();
    let models = models();
    let mut any = |count: usize| chance.usize(..count);
    let rows: Vec<(u8, &str, &str)> =
        (1..=ROWS).map(|row| (row, SOURCES[any(SOURCES.len())].1, IDS[any(IDS.len())])).collect();
    let state = with_instrument(&first.save()?, &models[any(models.len())])?;
    let state = with_second(&state, Some(&models[any(models.len())]))?;
    first.load(&with_tuning(&with_matrix(&state, &rows)?, Some(SCALE), None, true)?)?;
    let played = play(&mut first)?;
    // Afterwards, when the instruments' own names are known.
    let (values, fields) = values_of(&first.save()?)?;

    // What the editor would save.
    let params = TimbrelParams::default();
    for ((_, control), id) in params.controls().into_iter().zip(IDS) {
        control.set(values[id] as f32);
    }
    params.deserialize_fields(&fields);
    let about = About { name: format!("Random {seed}"), ..About::default() };
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("random.timbrel");
    std::fs::write(&path, text(&Preset { about, sound: Sound::of(&params) }))?;

    let mut second = Instance::new(&package)?;
    second.load_preset(&path)?;
    let again = play(&mut second)?;
    let peak = played.left.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    println!("seed {seed}: {} parameters, {ROWS} rows, peak {peak:.4}", values.len());
    assert!(peak > HEARD, "nothing is heard");
    let bits = |sound: &Recording| -> Vec<u32> {
        sound.left.iter().chain(&sound.right).map(|sample| sample.to_bits()).collect()
    };
    if bits(&played) != bits(&again) {
        return Err("the saved preset sounds otherwise".into());
    }
    let (before, after) = (first.save()?, second.save()?);
    assert_eq!(values, values_of(&after)?.0, "values changed on the way");
    assert_eq!(matrix_of(&before)?, matrix_of(&after)?, "the matrix changed on the way");
    // Found in the package, and so at another place.
    assert_eq!(instrument_of(&before)?["sha256"], instrument_of(&after)?["sha256"]);
    assert_eq!(second_of(&before)?["sha256"], second_of(&after)?["sha256"]);
    Ok(())
}

fn play(instance: &mut Instance) -> Result<Recording, Failed> {
    instance.activate(&Setup::offline(BLOCKS))?;
    let events = [
        Timed::note_on(0, 50, 0.9),
        Timed::note_on(9_000, 57, 0.5),
        Timed { at: 12_000, event: Event::Midi([0xb0, 1, 90]) },
        Timed::note_off(24_000, 50),
        Timed { at: 30_000, event: Event::Midi([0xd0, 80, 0]) },
        Timed::note_off(50_000, 57),
    ];
    Ok(instance.render(&events, LENGTH, BLOCKS)?)
}
