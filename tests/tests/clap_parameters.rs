//! The parameters of the packaged plugin as a host sees them: text both ways, groups, flags, and automation to the sample.
//! Test code.

#![allow(clippy::unwrap_used)]

use clack_extensions::params::ParamInfoFlags;
use std::collections::{BTreeSet, HashSet};
use timbrel_tests::fixtures::DdspModel;
use timbrel_tests::host::{Address, Blocks, Event, Instance, Package, Parameter, Recording, Setup, Timed};
use timbrel_tests::measure::first_difference;

const BLOCKS: Blocks = Blocks::Fixed(256);
/// Places of a parameter's range whose text is read back.
const STEPS: u32 = 2000;

fn instance() -> Instance {
    Instance::active(&Package::find().unwrap(), &Setup::offline(BLOCKS)).unwrap()
}

/// The places at which a parameter is read: all of its steps, or many of its range.
fn places(parameter: &Parameter) -> Vec<f64> {
    let (low, high) = parameter.range;
    let steps = if parameter.flags.contains(ParamInfoFlags::IS_STEPPED) { (high - low).round() as u32 } else { STEPS };
    (0..=steps).map(|step| low + (high - low) * f64::from(step) / f64::from(steps)).collect()
}

#[test]
fn every_text_is_read_back_over_the_whole_range() {
    let mut instance = instance();
    let parameters = instance.parameters().unwrap();
    let mut read = 0;
    for parameter in &parameters {
        for value in places(parameter) {
            let text = instance.text_of(parameter.id, value).unwrap().unwrap();
            let back = instance.value_of(parameter.id, &text).unwrap();
            let back = back.unwrap_or_else(|| panic!("{}: {text:?} is not understood", parameter.name));
            let again = instance.text_of(parameter.id, back).unwrap().unwrap();
            assert_eq!(text, again, "{} at {value}", parameter.name);
            if parameter.flags.contains(ParamInfoFlags::IS_STEPPED) {
                // Hosts get steps by way of single precision.
                assert!((back - value).abs() < 1e-5, "{}: {text:?} is {back}, not {value}", parameter.name);
            }
            read += 1;
        }
        assert_eq!(instance.value_of(parameter.id, "very much").unwrap(), None, "{}", parameter.name);
    }
    println!("{read} texts of {} parameters are read back", parameters.len());
    assert!(parameters.len() >= 101);
}

#[test]
fn values_read_as_a_musician_writes_them() {
    let mut instance = instance();
    let mut read = |name: &str, share: f64| {
        let parameter = instance.parameter(name).unwrap();
        let (low, high) = parameter.range;
        instance.text_of(parameter.id, low + share * (high - low)).unwrap().unwrap()
    };
    let expected = [
        ("Voice Mode", 1.0, "Legato"),
        ("Priority", 0.5, "Lowest"),
        ("MPE", 0.0, "Auto"),
        ("Limiter", 1.0, "On"),
        ("Attack", 0.0, "1.0 ms"),
        ("Attack", 1.0, "5.00 s"),
        ("Tune", 0.5, "0.00 st"),
        ("Pan", 0.25, "50.0 L"),
        ("Pan", 0.5, "Centre"),
        ("Brightness", 1.0, "6.00 dB/oct"),
        ("Room Size", 0.5, "100.0 %"),
        ("Width", 1.0, "200.0 %"),
        ("Vibrato Rate", 1.0, "12.00 Hz"),
        ("MPE Bend Range", 0.5, "48 st"),
        ("Unison", 0.0, "1"),
        ("Natural", 1.0, "100.0 %"),
        ("Note Vibrato", 0.0, "-100.0 %"),
        ("Stretch", 1.0, "100.0 ct/oct"),
        ("Inharmonicity", 1.0, "200.0 ct"),
        ("LFO 1 Sync", 1.0, "1/32"),
        ("LFO 2 Shape", 0.0, "Sine"),
        ("LFO 1 Rate", 1.0, "40.000 Hz"),
        ("Morph", 0.5, "50.0 %"),
    ];
    for (name, share, text) in expected {
        assert_eq!(read(name, share), text, "{name}");
    }
}

#[test]
fn every_parameter_has_a_group_a_name_and_an_id_of_its_own() {
    let parameters = instance().parameters().unwrap();
    let groups: BTreeSet<&str> = parameters.iter().map(|parameter| parameter.module.as_str()).collect();
    assert_eq!(
        groups,
        BTreeSet::from([
            "Envelope",
            "Envelope 2",
            "Envelope 3",
            "Expression",
            "LFO 1",
            "LFO 2",
            "Macros",
            "Modulation",
            "Morph",
            "Output",
            "Performance",
            "Shape",
            "Sound",
            "Tuning",
            "Voices",
        ])
    );
    let ids: HashSet<u32> = parameters.iter().map(|parameter| parameter.id).collect();
    let names: HashSet<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!((ids.len(), names.len()), (parameters.len(), parameters.len()));
    for parameter in &parameters {
        assert!(parameter.flags.contains(ParamInfoFlags::IS_AUTOMATABLE), "{}", parameter.name);
        assert_eq!(parameter.value, parameter.default, "{}", parameter.name);
    }
    let by_note = parameters.iter().filter(|p| p.flags.contains(ParamInfoFlags::IS_MODULATABLE_PER_NOTE_ID));
    let by_note: BTreeSet<&str> = by_note.map(|parameter| parameter.name.as_str()).collect();
    let expected = [
        "Attack Noise",
        "Balance",
        "Brightness",
        "Drive",
        "Dynamics",
        "Formant",
        "Harmonic Level",
        "Index Shift",
        "Inharmonicity",
        "Latent 1",
        "Latent 2",
        "Latent 3",
        "Latent 4",
        "Loudness",
        "Morph",
        "Natural",
        "Noise Level",
        "Note Fluctuation",
        "Note Vibrato",
        "Odd/Even",
        "Pan",
        "Peak Position",
        "Shaper Mix",
        "Stretch",
        "Timbre Shift",
        "Tune",
        "Vibrato Depth",
    ];
    assert_eq!(by_note, BTreeSet::from(expected));
}

/// A held note with a parameter that jumps from its default at `at`, without the latency.
fn jump(name: &str, share: f64, at: Option<u64>, blocks: Blocks) -> Recording {
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().noise_level(0.0).write(folder.path(), "steady.onnx");
    let mut instance = Instance::playing(&Package::find().unwrap(), &Setup::offline(blocks), &model).unwrap();
    let parameter = instance.parameter(name).unwrap();
    let value = parameter.range.0 + share * (parameter.range.1 - parameter.range.0);
    let mut events = vec![Timed::note_on(0, 50, 0.8)];
    events.extend(at.map(|at| Timed { at, event: Event::Parameter { id: parameter.id, value } }));
    let latency = u64::from(instance.latency().unwrap());
    let mut sound = instance.render(&events, 40_000 + latency, blocks).unwrap();
    sound.left.drain(..latency as usize);
    sound.right.drain(..latency as usize);
    sound
}

#[test]
fn automation_is_heard_at_its_sample_whatever_the_blocks() {
    // In the middle of blocks and frames.
    const AT: u64 = 20_123;
    /// The fixture's frames at this rate. What the decoder is told moves from one to the next, on a straight line that begins
    /// at the frame before; what the mix is told does not.
    const HOP: u64 = 192;
    for (name, share, early) in [
        ("Output", 0.3, 0),
        ("Harmonic Level", 0.3, HOP),
        ("Brightness", 1.0, HOP),
        ("Tune", 1.0, HOP),
        ("Loudness", 0.9, HOP),
    ] {
        let steady = jump(name, share, None, BLOCKS);
        let moved = jump(name, share, Some(AT), BLOCKS);
        let first = first_difference(&steady.left, &moved.left, 0.0).unwrap() as u64;
        println!("{name}: said at {AT}, first heard {} samples later", first as i64 - AT as i64);
        assert!((AT - early..=AT + 1).contains(&first), "{name} is heard {} samples late", first as i64 - AT as i64);
        let later = jump(name, share, Some(AT + 1), BLOCKS);
        assert!(first_difference(&moved.left, &later.left, 0.0).is_some(), "{name}: a sample later is the same");
        for blocks in [Blocks::Fixed(64), Blocks::Fixed(1000), Blocks::Random { seed: 3, largest: 300 }] {
            let other = jump(name, share, Some(AT), blocks);
            assert_eq!(first_difference(&moved.left, &other.left, 0.0), None, "{name} with {blocks:?}");
        }
    }
}

#[test]
fn the_hosts_modulation_is_added_and_taken_away() {
    let mut instance = instance();
    let tune = instance.parameter("Tune").unwrap();
    let at = |at, amount| Timed { at, event: Event::Modulation { id: tune.id, note: Address::default(), amount } };
    instance.render(&[at(0, 0.25)], 512, BLOCKS).unwrap();
    assert_eq!(instance.parameter("Tune").unwrap().value, tune.value, "the host adds its modulation itself");
    instance.render(&[at(512, 0.0)], 512, BLOCKS).unwrap();
    assert_eq!(instance.parameter("Tune").unwrap().value, tune.value);
}
