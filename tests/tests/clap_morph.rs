//! Two instruments at once through the packaged plugin: how smooth the way between them is, that it clicks nowhere, and what
//! a project keeps of it.
//! Test code.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use timbrel_tests::host::{
    Blocks, Event, Instance, Mode, Package, Recording, Setup, Timed, instrument_of, is_loaded, second_of,
    with_instrument, with_second,
};
use timbrel_tests::measure::first_difference;
use timbrel_tests::morphing::{PAIRS, Way, Worst, table};

const BLOCKS: Blocks = Blocks::Fixed(512);
/// Largest step over the mean step.
const MOST_LEAP: f64 = 3.0;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn shipped(name: &str) -> PathBuf {
    root().join("models/instruments").join(name).join(format!("{name}.onnx"))
}

/// An inactive instance of these instruments.
fn instance(first: &str, second: Option<&str>) -> Instance {
    let mut instance = Instance::new(&Package::find().unwrap()).unwrap();
    let state = with_instrument(&instance.save().unwrap(), &shipped(first)).unwrap();
    instance.load(&with_second(&state, second.map(shipped).as_deref()).unwrap()).unwrap();
    instance
}

fn active(first: &str, second: Option<&str>, setup: &Setup) -> Instance {
    let mut instance = instance(first, second);
    instance.activate(setup).unwrap();
    assert!(is_loaded(&instance.save().unwrap()).unwrap());
    instance
}

fn parameter(instance: &mut Instance, name: &str, at: u64, value: f64) -> Timed {
    Timed { at, event: Event::Parameter { id: instance.parameter(name).unwrap().id, value } }
}

/// A pair at every place: one way only, without leaps, and better than a crossfade of the two sounds.
fn check(first: &str) {
    let pair = *PAIRS.iter().find(|pair| pair.first == first).unwrap();
    let journeys = vec![(pair, pair.journeys(&Package::find().unwrap(), &root(), 11).unwrap())];
    println!("{}", table(&journeys));
    let [morph, linear, equal_power] = Way::ALL.map(|way| Worst::of(&journeys[0].1, way).unwrap());
    for (name, measure) in [("centroid", morph.centroid), ("log-mel", morph.spectrum), ("loudness", morph.loudness)] {
        assert!(measure.is_monotone, "{name}: {measure:?}");
        assert!(measure.leap <= MOST_LEAP, "{name}: {measure:?}");
    }
    for crossfade in [linear, equal_power] {
        assert!(morph.largest_leap() < crossfade.largest_leap(), "leaps");
        assert!(morph.furthest_bow() < crossfade.furthest_bow(), "detours");
        assert!(morph.spectrum.bow < crossfade.spectrum.bow, "detours of the spectrum");
        assert!(morph.off_line_db < crossfade.off_line_db, "loudness");
    }
}

#[test]
fn a_cello_becomes_a_flute_smoothly() {
    check("cello");
}

#[test]
fn a_violin_becomes_an_oboe_smoothly() {
    check("violin");
}

#[test]
fn a_clarinet_becomes_a_trumpet_of_the_other_family_smoothly() {
    check("clarinet");
}

#[test]
fn a_horn_becomes_a_voice_smoothly() {
    check("french-horn");
}

#[test]
fn a_double_bass_becomes_a_tuba_of_the_other_family_smoothly() {
    check("double-bass");
}

/// A held fifth, the knob moved to the other end in steps and back in one.
fn piece(instance: &mut Instance) -> Vec<Timed> {
    let mut events = vec![Timed::note_on(101, 62, 0.7), Timed::note_on(2_003, 69, 0.9)];
    events.extend((0..=50).map(|step| parameter(instance, "Morph", 12_007 + 301 * step, step as f64 / 50.0)));
    events.push(parameter(instance, "Morph", 40_009, 0.1));
    events.push(Timed::note_off(60_011, 62));
    events
}

fn trimmed(mut instance: Instance, blocks: Blocks) -> Recording {
    let events = piece(&mut instance);
    let latency = instance.latency().unwrap() as usize;
    let mut sound = instance.render(&events, 72_000 + latency as u64, blocks).unwrap();
    sound.left.drain(..latency);
    sound.right.drain(..latency);
    sound
}

#[test]
fn block_sizes_do_not_change_a_byte_of_a_morph() {
    for second in ["flute", "trumpet"] {
        let render = |blocks: Blocks| trimmed(active("cello", Some(second), &Setup::offline(blocks)), blocks);
        let expected = render(Blocks::Fixed(512));
        assert!(expected.left.iter().any(|sample| sample.abs() > 1e-3));
        for blocks in [Blocks::Fixed(1), Blocks::Fixed(1024), Blocks::Random { seed: 5, largest: 700 }] {
            let found = render(blocks);
            assert_eq!(first_difference(&expected.left, &found.left, 0.0), None, "{second}, {blocks:?}");
        }
    }
}

#[test]
fn a_real_time_morph_without_a_late_frame_is_the_bounce() {
    let setup = Setup::offline(BLOCKS);
    let mut live = active("cello", Some("trumpet"), &Setup { mode: Mode::Realtime, ..setup });
    let events = piece(&mut live);
    let mut sound = Recording::default();
    let mut rest = &events[..];
    let begin = Instant::now();
    while live.position() < 48_128 {
        let until = live.position() + 512;
        let (now, later) = rest.split_at(rest.partition_point(|event| event.at < until));
        rest = later;
        live.process(now, 512, &mut sound).unwrap();
        let due = Duration::from_secs_f64(live.position() as f64 / 48_000.0);
        std::thread::sleep(due.saturating_sub(begin.elapsed()));
    }
    let expected = active("cello", Some("trumpet"), &setup).render(&events, 48_128, BLOCKS).unwrap();
    // On a machine that is busy with other things frames may come late; then this says nothing either way.
    if first_difference(&expected.left, &sound.left, 0.0).is_some() {
        eprintln!("frames came late on this machine");
        assert!(sound.left.iter().all(|sample| sample.is_finite()));
    }
}

#[test]
fn at_zero_a_morph_is_the_first_instrument() {
    let setup = Setup::offline(BLOCKS);
    let notes = [Timed::note_on(0, 62, 0.8), Timed::note_on(100, 69, 0.5), Timed::note_off(30_000, 62)];
    let alone = active("cello", None, &setup).render(&notes, 60_000, BLOCKS).unwrap();
    let with_flute = active("cello", Some("flute"), &setup).render(&notes, 60_000, BLOCKS).unwrap();
    // With plain envelopes and with those of the players: both are the first's, to the bit.
    assert!(alone.left.iter().any(|sample| sample.abs() > 1e-3));
    assert_eq!(first_difference(&alone.left, &with_flute.left, 0.0), None);
}

/// Largest second difference between neighbours: what a click has and a tone of low partials has not.
fn sharpest(samples: &[f32]) -> f32 {
    samples.windows(3).map(|x| (x[2] - 2.0 * x[1] + x[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn moving_the_knob_does_not_click() {
    for (first, second) in [("cello", "flute"), ("tuba", "french-horn")] {
        let key = 53;
        let mut instance = active(first, Some(second), &Setup::offline(BLOCKS));
        let mut events = vec![parameter(&mut instance, "Natural", 0, 0.0), Timed::note_on(0, key, 0.8)];
        for (step, place) in [1.0, 0.0, 0.5, 1.0, 0.0].into_iter().enumerate() {
            events.push(parameter(&mut instance, "Morph", 24_000 + 4_801 * step as u64, place));
        }
        let sound = instance.render(&events, 96_000, BLOCKS).unwrap().left;
        let (held, moved) =
            (sharpest(&sound[12_000..24_000]).max(sharpest(&sound[72_000..])), sharpest(&sound[24_000..60_000]));
        let mut end = active(first, Some(second), &Setup::offline(BLOCKS));
        let events =
            [parameter(&mut end, "Natural", 0, 0.0), parameter(&mut end, "Morph", 0, 1.0), Timed::note_on(0, key, 0.8)];
        let other = sharpest(&end.render(&events, 48_000, BLOCKS).unwrap().left[24_000..]);
        println!("{first} to {second}: moved {moved:.2e}, held {held:.2e} and {other:.2e}");
        assert!(moved < 1.3 * held.max(other));
    }
}

#[test]
fn the_second_is_swapped_beneath_a_held_note() {
    let mut instance = active("cello", Some("flute"), &Setup::offline(BLOCKS));
    let morph = parameter(&mut instance, "Morph", 0, 0.6);
    let mut sound = instance.render(&[morph, Timed::note_on(0, 62, 0.8)], 36_000, BLOCKS).unwrap().left;
    // The place of the knob is part of the state.
    let kept = instance.save().unwrap();
    for second in [Some("trumpet"), None, Some("oboe")] {
        instance.load(&with_second(&kept, second.map(shipped).as_deref()).unwrap()).unwrap();
        let part = instance.render(&[], 36_000, BLOCKS).unwrap().left;
        assert!(part[24_000..].iter().any(|sample| sample.abs() > 0.01), "the held note is gone with {second:?}");
        sound.extend(part);
    }
    let held = sound.chunks_exact(36_000).map(|part| sharpest(&part[24_000..])).fold(0.0, f32::max);
    println!("swapped {:.2e}, held {held:.2e}", sharpest(&sound[12_000..]));
    assert!(sharpest(&sound[12_000..]) < 2.0 * held);
}

#[test]
fn a_project_keeps_what_it_morphs_to_even_where_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("serpent.onnx");
    std::fs::write(&gone, b"not yet").unwrap();
    let setup = Setup::offline(BLOCKS);
    let mut with_gone = instance("cello", None);
    let state = with_second(&with_gone.save().unwrap(), Some(&gone)).unwrap();
    std::fs::remove_file(&gone).unwrap();
    with_gone.load(&state).unwrap();
    with_gone.activate(&setup).unwrap();
    let events = [parameter(&mut with_gone, "Morph", 0, 0.7), Timed::note_on(0, 60, 0.8)];
    let found = with_gone.render(&events, 24_000, BLOCKS).unwrap();
    let alone = active("cello", None, &setup).render(&events, 24_000, BLOCKS).unwrap();
    assert_eq!(first_difference(&alone.left, &found.left, 0.0), None, "the first plays on alone");
    let saved = with_gone.save().unwrap();
    assert_eq!(second_of(&saved).unwrap(), second_of(&state).unwrap());
    // What is there comes back with its name and plays the same.
    let mut pair = active("clarinet", Some("trumpet"), &setup);
    let events = [parameter(&mut pair, "Morph", 0, 0.5), Timed::note_on(0, 65, 0.8)];
    let sound = pair.render(&events, 24_000, BLOCKS).unwrap();
    let saved = pair.save().unwrap();
    assert_eq!(
        (&instrument_of(&saved).unwrap()["name"], &second_of(&saved).unwrap()["name"]),
        (&"Clarinet".into(), &"Trumpet".into())
    );
    let mut again = Instance::new(&Package::find().unwrap()).unwrap();
    again.load(&saved).unwrap();
    again.activate(&setup).unwrap();
    let once_more = again.render(&events[1..], 24_000, BLOCKS).unwrap();
    assert_eq!(first_difference(&sound.left, &once_more.left, 0.0), None);
}
