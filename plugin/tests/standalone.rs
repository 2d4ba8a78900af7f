//! The standalone program on a sound card that comes, goes, hangs and changes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod standalone_rig;

use standalone_rig::{Card, House, sound_of, until};
use std::sync::Arc;
use timbrel::standalone::{Choices, Inputs};
use timbrel_tests::measure::fundamental;

#[test]
fn a_device_that_vanishes_leaves_a_sentence_and_sounds_again_when_it_is_back() {
    let house = House::new();
    let (program, card) = house.start("timbrel");
    until(&program, "it plays", |seen| seen.running.is_some() && seen.problems.is_empty());
    assert!(!sound_of(&program, &card).is_empty());
    card.lock().plugged = false;
    let seen = until(&program, "it says so", |seen| seen.running.is_none());
    println!("{:?}", seen.problems);
    assert_eq!(seen.problems, ["Made-up card is not there. Plug it in, or choose another output."]);
    assert!(program.shared.instrument.latency().is_some(), "the plugin goes on, for nobody");
    card.lock().plugged = true;
    until(&program, "it plays again", |seen| seen.running.is_some() && seen.problems.is_empty());
    assert!(!sound_of(&program, &card).is_empty());
    assert_eq!(card.lock().opened, 2);
    program.end();
}

#[test]
fn a_device_that_is_busy_is_waited_for() {
    let house = House::new();
    let card = Arc::new(parking_lot::Mutex::new(Card { plugged: true, busy: true, ..Card::default() }));
    let program = house.start_on("timbrel", card.clone());
    let seen = until(&program, "it says so", |seen| !seen.problems.is_empty());
    assert_eq!(seen.problems, ["Made-up card is in use by another program. Close that, or choose another output."]);
    card.lock().busy = false;
    program.desk.reopen();
    until(&program, "it plays", |seen| seen.running.is_some() && seen.problems.is_empty());
}

#[test]
fn a_device_that_hangs_is_named_and_opened_again() {
    let house = House::new();
    let (program, card) = house.start("timbrel");
    until(&program, "it plays", |seen| seen.running.is_some());
    card.lock().hangs = true;
    let seen = until(&program, "it says so", |seen| seen.running.is_none());
    println!("{:?}", seen.problems);
    assert!(seen.problems[0].starts_with("Made-up card takes no sound"));
    until(&program, "it plays again", |seen| seen.running.is_some());
    assert!(!sound_of(&program, &card).is_empty());
}

#[test]
fn another_rate_and_buffer_go_on_sounding_in_tune() {
    let house = House::new();
    let (program, card) = house.start("timbrel -r 44100 -p 64");
    until(&program, "it plays", |seen| seen.running.is_some());
    for (sample_rate, buffer) in [(48_000, 256), (44_100, 256), (44_100, 64), (48_000, 64)] {
        let choices = Choices { sample_rate: Some(sample_rate), buffer: Some(buffer), ..Choices::default() };
        program.desk.choose(choices);
        until(&program, "it plays so", |seen| {
            seen.running.as_ref().is_some_and(|running| (running.sample_rate, running.buffer) == (sample_rate, buffer))
        });
        let rate = f64::from(sample_rate);
        let hertz = fundamental(&sound_of(&program, &card), rate, 440.0).unwrap();
        let latency = program.shared.instrument.latency().unwrap();
        println!("{sample_rate} Hz, {buffer} frames: {hertz:.3} Hz, latency {:.1} ms", latency.milliseconds());
        assert!((hertz - 440.0).abs() < 0.2, "{hertz}");
        assert_eq!((latency.rate, latency.samples), (rate, buffer + (192.0 * rate / 48_000.0).ceil() as u32));
    }
}

#[test]
fn a_rate_that_is_refused_is_a_sentence_and_the_device_plays_at_its_own() {
    let house = House::new();
    let (program, card) = house.start("timbrel -r 96000");
    let seen = until(&program, "it plays", |seen| seen.running.is_some());
    assert_eq!(seen.problems, ["Made-up card does not play at 96000 Hz; it plays at 48000 Hz."]);
    assert!(!sound_of(&program, &card).is_empty());
}

#[test]
fn choices_and_the_sound_are_remembered() {
    let house = House::new();
    let (program, _) = house.start("timbrel -r 44100");
    program.shared.params.controls()[0].1.place(0.75);
    let value = program.shared.params.controls()[0].1.value();
    let seen = until(&program, "it plays", |seen| seen.running.is_some());
    let inputs = Inputs::Only(vec!["KeyStep".into()]);
    program.desk.choose(Choices { buffer: Some(64), inputs: inputs.clone(), ..seen.choices.clone() });
    until(&program, "it plays so", |seen| seen.running.as_ref().is_some_and(|running| running.buffer == 64));
    program.end();

    let (program, _) = house.start("timbrel");
    let seen = until(&program, "it plays", |seen| seen.running.is_some());
    // The rate was said on the command line, for that run alone.
    assert_eq!(seen.choices, Choices { buffer: Some(64), inputs, ..Choices::default() });
    assert_eq!(seen.problems, ["The MIDI input KeyStep is not plugged in. It is heard again when it is."]);
    assert_eq!(program.shared.params.controls()[0].1.value(), value);
    program.end();

    let (program, _) = house.start("timbrel --fresh");
    assert_ne!(program.shared.params.controls()[0].1.value(), value);
    program.end();
}

#[test]
fn broken_files_are_named_and_the_program_plays() {
    let house = House::new();
    let memory = house.memory();
    std::fs::write(memory.settings.as_ref().unwrap(), "buffer = \"short\"").unwrap();
    std::fs::write(memory.sound.as_ref().unwrap(), "no sound").unwrap();
    let (program, card) = house.start("timbrel");
    let seen = until(&program, "it plays", |seen| seen.running.is_some());
    println!("{:#?}", seen.problems);
    assert!(seen.problems[0].contains("standalone.broken.toml") && seen.problems[1].contains("last-sound.broken.json"));
    assert!(house.path().join("standalone.broken.toml").exists());
    assert!(!sound_of(&program, &card).is_empty());
}

#[test]
fn lists_are_made_while_somebody_looks() {
    let house = House::new();
    let (program, _) = house.start("timbrel");
    until(&program, "it plays", |seen| seen.running.is_some());
    assert!(program.desk.overview().devices.is_empty());
    let seen = until(&program, "the list is there", |seen| {
        program.desk.look();
        !seen.devices.is_empty()
    });
    assert_eq!((seen.devices[0].name.as_str(), &seen.sample_rates[..]), ("Made-up card", &[44_100, 48_000][..]));
}
