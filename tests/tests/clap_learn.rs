//! Learned MIDI controllers through the packaged plugin: they move their parameters at their sample, tell the host, and are
//! kept with the project.
//! Test code.

#![allow(clippy::unwrap_used)]

use timbrel_tests::fixtures::DdspModel;
use timbrel_tests::host::{Blocks, Event, Instance, Moved, Package, Recording, Setup, Timed, with_controllers};
use timbrel_tests::measure::first_difference;

const BLOCKS: Blocks = Blocks::Fixed(256);

/// An instance whose controllers move these parameters.
fn learned(controllers: &[(u8, &str)]) -> Instance {
    let package = Package::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().noise_level(0.0).write(folder.path(), "steady.onnx");
    let mut instance = Instance::playing(&package, &Setup::offline(BLOCKS), &model).unwrap();
    let state = with_controllers(&instance.save().unwrap(), controllers).unwrap();
    instance.load(&state).unwrap();
    instance
}

fn controller(at: u64, number: u8, value: u8) -> Timed {
    Timed { at, event: Event::Midi([0xb3, number, value]) }
}

fn rms(samples: &[f32]) -> f64 {
    (samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

fn play(instance: &mut Instance, events: &[Timed], length: u64) -> Recording {
    let begin = instance.position();
    let events: Vec<Timed> = events.iter().map(|timed| Timed { at: begin + timed.at, ..*timed }).collect();
    instance.render(&events, length, BLOCKS).unwrap()
}

#[test]
fn a_learned_controller_is_automation_at_its_sample() {
    let moves = [(20_123, 30u8), (20_700, 100), (30_001, 0)];
    for (number, id, name) in [(21, "gain", "Output"), (74, "tune", "Tune"), (1, "unison", "Unison")] {
        let mut by_hand = learned(&[(number, id)]);
        let parameter = by_hand.parameter(name).unwrap();
        let (low, high) = parameter.range;
        let mut turned = vec![Timed::note_on(0, 50, 0.8)];
        let mut automated = turned.clone();
        for (at, value) in moves {
            turned.push(controller(at, number, value));
            // A parameter with steps is moved to the nearest.
            let exact = low + (high - low) * f64::from(value) / 127.0;
            let value = if high > 1.0 { exact.round() } else { exact };
            automated.push(Timed { at, event: Event::Parameter { id: parameter.id, value } });
        }
        let heard = play(&mut by_hand, &turned, 48_000);
        let expected = play(&mut learned(&[]), &automated, 48_000);
        assert_eq!(first_difference(&heard.left, &expected.left, 0.0), None, "{name}");
        assert!(heard.left.iter().any(|sample| sample.abs() > 1e-3));
        let told: Vec<(u64, u32)> = heard.moves.iter().map(|moved| (moved.at, moved.id)).collect();
        assert_eq!(told, moves.map(|(at, _)| (at, parameter.id)), "what the host may record of {name}");
        assert_eq!(by_hand.parameter(name).unwrap().value, low);
    }
}

#[test]
fn the_host_is_told_where_the_parameter_went() {
    let mut instance = learned(&[(21, "gain")]);
    let gain = instance.parameter("Output").unwrap();
    let sound = play(&mut instance, &[controller(100, 21, 127), controller(1_000, 21, 0)], 2_048);
    let told = |at, value| Moved { at, id: gain.id, value };
    assert_eq!(sound.moves, [told(100, gain.range.1), told(1_000, gain.range.0)]);
}

#[test]
fn a_learned_controller_no_longer_does_its_standard_job() {
    // A note let go with the pedal down sounds on; with a pedal that moves something else it does not.
    let events = [controller(0, 64, 127), Timed::note_on(480, 50, 0.8), Timed::note_off(24_000, 50)];
    let on_channel = |timed: &Timed| match timed.event {
        Event::Midi([_, number, value]) => Timed { event: Event::Midi([0xb0, number, value]), ..*timed },
        _ => *timed,
    };
    let events: Vec<Timed> = events.iter().map(on_channel).collect();
    let (held, let_go) =
        (play(&mut learned(&[]), &events, 96_000), play(&mut learned(&[(64, "width")]), &events, 96_000));
    let (held, let_go) = (rms(&held.left[72_000..]), rms(&let_go.left[72_000..]));
    println!("a second after the key: {held:.5} with the pedal, {let_go:.5} with a learned one");
    assert!(held > 1e-3 && let_go < 1e-6);
}

#[test]
fn what_was_learned_survives_saving_and_loading() {
    let state = learned(&[(21, "gain"), (22, "bright")]).save().unwrap();
    let mut other = Instance::new(&Package::find().unwrap()).unwrap();
    other.load(&state).unwrap();
    assert_eq!(other.save().unwrap(), state);
    other.activate(&Setup::offline(BLOCKS)).unwrap();
    play(&mut other, &[controller(10, 22, 127)], 1_024);
    let bright = other.parameter("Brightness").unwrap();
    assert_eq!(bright.value, bright.range.1);
    // A project without learned controllers has none, even in a plugin that had some.
    let empty = with_controllers(&state, &[]).unwrap();
    other.load(&empty).unwrap();
    let gain = other.parameter("Output").unwrap();
    play(&mut other, &[controller(10, 21, 0)], 1_024);
    assert_eq!(other.parameter("Output").unwrap().value, gain.value);
}
