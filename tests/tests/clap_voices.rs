//! Voices of the packaged plugin: every note's end is told once, pedals hold what they should, chokes silence.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use timbrel_tests::host::{Address, Blocks, Event, Instance, Package, Recording, Setup, Timed};

const BLOCKS: Blocks = Blocks::Random { seed: 9, largest: 512 };

/// An instance of plain notes, with some parameters at values of their own range.
fn instance(parameters: &[(&str, f64)]) -> Instance {
    let mut instance = Instance::plain(&Package::find().unwrap()).unwrap();
    instance.activate(&Setup::offline(BLOCKS)).unwrap();
    let mut events = Vec::new();
    for (name, value) in parameters {
        let id = instance.parameter(name).unwrap().id;
        events.push(Timed { at: 0, event: Event::Parameter { id, value: *value } });
    }
    instance.render(&events, 512, BLOCKS).unwrap();
    instance
}

fn on(at: u64, channel: u8, key: u8, id: u32) -> Timed {
    Timed { at, event: Event::NoteOn { channel, key, velocity: 0.7, id: Some(id) } }
}

fn off(at: u64, channel: u8, key: u8, id: u32) -> Timed {
    Timed { at, event: Event::NoteOff { channel, key, velocity: 0.0, id: Some(id) } }
}

fn controller(at: u64, number: u8, value: u8) -> Timed {
    Timed { at, event: Event::Midi([0xb0, number, value]) }
}

/// Renders `seconds`; positions of the events count from here, and so do those of the ends.
fn play(instance: &mut Instance, events: &[Timed], seconds: f64) -> Recording {
    let begin = instance.position();
    let mut events: Vec<Timed> = events.iter().map(|timed| Timed { at: begin + timed.at, ..*timed }).collect();
    events.sort_by_key(|timed| timed.at);
    let mut sound = instance.render(&events, (seconds * 48_000.0) as u64, BLOCKS).unwrap();
    sound.note_ends.iter_mut().for_each(|end| end.at -= begin);
    sound
}

/// How often, and when last, each note's end was told, by id.
fn ends(sound: &Recording) -> BTreeMap<u32, (usize, u64)> {
    let mut ends = BTreeMap::new();
    for end in &sound.note_ends {
        let told = ends.entry(end.id.unwrap()).or_insert((0, 0));
        *told = (told.0 + 1, end.at);
    }
    ends
}

/// Twelve overlapping notes with ids of their own; each key is used twice.
fn overlapping() -> Vec<Timed> {
    let notes = (0u32..12).map(|id| (id, 48 + (id % 6) as u8 * 3, u64::from(id) * 6_007));
    notes.flat_map(|(id, key, at)| [on(at, 0, key, id), off(at + 15_013, 0, key, id)]).collect()
}

#[test]
fn every_note_ends_exactly_once_in_every_mode() {
    let cases: &[&[(&str, f64)]] = &[
        &[],
        &[("Voice Mode", 1.0)],
        &[("Voice Mode", 2.0), ("Glide", 0.3)],
        &[("Unison", 4.0)],
        &[("Voice Mode", 1.0), ("Unison", 7.0), ("Priority", 2.0)],
        // Three voices: notes are stolen. The range of the parameter begins at one voice.
        &[("Voices", 2.0)],
        &[("Same Key", 1.0)],
        &[("Same Key", 2.0)],
        &[("Natural", 1.0)],
        &[("Natural", 1.0), ("Voice Mode", 1.0), ("Unison", 2.0)],
        &[("Natural", 0.5), ("Same Key", 2.0)],
    ];
    for parameters in cases {
        let sound = play(&mut instance(parameters), &overlapping(), 9.0);
        let ends = ends(&sound);
        println!("{parameters:?}: {} ends", sound.note_ends.len());
        assert_eq!(ends.keys().copied().collect::<Vec<_>>(), (0..12).collect::<Vec<_>>(), "{parameters:?}");
        assert!(ends.values().all(|(count, _)| *count == 1), "{parameters:?}: {ends:?}");
        assert!(sound.note_ends.iter().all(|end| end.channel == Some(0) && end.key.is_some()));
        assert!(sound.note_ends.is_sorted_by_key(|end| end.at), "{parameters:?}");
        let rest = &sound.left[sound.left.len() - 4_800..];
        assert!(rest.iter().all(|sample| sample.abs() < 1e-5), "{parameters:?}: still heard");
    }
}

#[test]
fn a_choke_ends_its_notes_and_no_others() {
    let held = |id: u32, channel: u8, key: u8| on(0, channel, key, id);
    let notes = [held(0, 0, 50), held(1, 0, 57), held(2, 1, 50), held(3, 2, 62)];
    let choked = [
        (Address::id(1), vec![1]),
        (Address::key(50), vec![0, 2]),
        (Address { channel: Some(2), ..Address::default() }, vec![3]),
        (Address { channel: Some(1), key: Some(57), id: None }, vec![]),
        (Address::default(), vec![0, 1, 2, 3]),
    ];
    for (address, expected) in choked {
        let mut events = notes.to_vec();
        events.push(Timed { at: 24_000, event: Event::Choke(address) });
        let sound = play(&mut instance(&[]), &events, 1.5);
        let ends = ends(&sound);
        assert_eq!(ends.keys().copied().collect::<Vec<u32>>(), expected, "{address:?}");
        // A fade of some milliseconds, and the latency.
        assert!(ends.values().all(|(count, at)| *count == 1 && (24_000..27_600).contains(at)), "{address:?}: {ends:?}");
        let is_silent = sound.left[48_000..].iter().all(|sample| sample.abs() < 1e-4);
        assert_eq!(is_silent, expected.len() == notes.len(), "{address:?}");
    }
}

#[test]
fn a_wildcard_note_off_lets_go_what_it_matches() {
    let notes = [on(0, 0, 50, 0), on(0, 1, 50, 1), on(0, 1, 57, 2)];
    for (address, expected) in [(Address::key(50), vec![0, 1]), (Address::default(), vec![0, 1, 2])] {
        let mut events = notes.to_vec();
        events.push(Timed { at: 24_000, event: Event::Release(address) });
        let ends = ends(&play(&mut instance(&[]), &events, 3.0));
        assert_eq!(ends.keys().copied().collect::<Vec<u32>>(), expected, "{address:?}");
    }
}

#[test]
fn sostenuto_holds_what_was_down_and_nothing_else() {
    // Down before the pedal; after it; and again while it is down.
    let events = [
        on(0, 0, 50, 0),
        controller(12_000, 66, 127),
        on(16_000, 0, 57, 1),
        off(24_000, 0, 50, 0),
        off(24_000, 0, 57, 1),
        on(60_000, 0, 62, 2),
        off(70_000, 0, 62, 2),
        controller(144_000, 66, 0),
    ];
    let ends = ends(&play(&mut instance(&[]), &events, 6.0));
    println!("ends: {ends:?}");
    let (caught, after, later) = (ends[&0], ends[&1], ends[&2]);
    assert!(caught.0 == 1 && caught.1 > 144_000, "the caught note ends with the pedal");
    assert!(after.0 == 1 && (24_000..60_000).contains(&after.1), "a later note ends with its key");
    assert!(later.0 == 1 && (70_000..110_000).contains(&later.1), "so does one of a pedal that is down already");
}

#[test]
fn the_sustain_pedal_holds_everything_and_half_down_is_down() {
    for (value, holds) in [(127, true), (64, true), (63, false), (0, false)] {
        let events = [controller(0, 64, value), on(480, 0, 50, 0), off(12_000, 0, 50, 0), controller(96_000, 64, 0)];
        let ends = ends(&play(&mut instance(&[]), &events, 4.0));
        assert_eq!(ends[&0].1 > 96_000, holds, "pedal at {value}: {ends:?}");
        assert_eq!(ends[&0].0, 1);
    }
}

#[test]
fn the_soft_pedal_softens_what_begins_after_it() {
    let rms = |events: &[Timed]| {
        let sound = play(&mut instance(&[]), events, 1.0);
        let steady = &sound.left[24_000..];
        (steady.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / steady.len() as f64).sqrt()
    };
    let plain = rms(&[on(480, 0, 50, 0)]);
    let soft = rms(&[controller(0, 67, 127), on(480, 0, 50, 0)]);
    let too_late = rms(&[on(480, 0, 50, 0), controller(4_800, 67, 127)]);
    let change = |level: f64| 20.0 * (level / plain).log10();
    println!("soft pedal: {:.2} dB before the note, {:.2} dB after it", change(soft), change(too_late));
    assert!(change(soft) < -2.0 && change(too_late).abs() < 0.01);
}

#[test]
fn all_sound_off_and_all_notes_off_end_every_note() {
    for (number, latest) in [(120, 27_600), (123, 96_000)] {
        let events = [on(0, 0, 50, 0), on(0, 0, 57, 1), on(0, 0, 62, 2), controller(24_000, number, 0)];
        let ends = ends(&play(&mut instance(&[]), &events, 3.0));
        assert_eq!(ends.len(), 3, "controller {number}");
        assert!(ends.values().all(|(count, at)| *count == 1 && (24_000..latest).contains(at)), "{number}: {ends:?}");
    }
}
