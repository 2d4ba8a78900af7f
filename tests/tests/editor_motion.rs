//! What the window shows of modulation while an instrument plays: rings round knobs, and dots on envelopes and LFOs.
//! No display: the window is rehearsed, and the synth is rendered block by block.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so")]

use std::time::{Duration, Instant};
use timbrel::bundle::Bundle;
use timbrel::editor::rehearsal::Rehearsal;
use timbrel::instrument::Activation;
use timbrel::modulation::SavedRow;
use timbrel::params::IDS;
use timbrel::plugin::Shared;
use timbrel_engine::event::{Event, ModulationSource, NoteAddress, Route, Setting};
use timbrel_engine::synth::Mode;
use timbrel_tests::fixtures::DdspModel;

/// Samples between two pictures, at 48 kHz.
const PICTURE: usize = 800;

#[test]
fn a_ring_ends_where_the_snapshot_has_the_parameter() {
    let root = tempfile::tempdir().unwrap();
    let models = root.path().join("resources/models");
    std::fs::create_dir_all(&models).unwrap();
    DdspModel::default().write(&models, "cello.onnx");
    let shared = Shared::new(&Bundle::at(Some(root.path().join("resources")), Some(root.path().join("user"))));
    shared.instrument.set_mode(Mode::Offline);
    let mut synth = shared.instrument.activate(Activation { sample_rate: 48_000.0, max_block: 512 }).unwrap();
    synth.set_mode(Mode::Offline);
    let end = Instant::now() + Duration::from_secs(20);
    while shared.instrument.shown().first.is_none() {
        assert!(Instant::now() < end, "{:?}", shared.instrument.shown().error);
        std::thread::sleep(Duration::from_millis(2));
    }
    // The wheel brightens by a quarter of the range, for the window and for the synth.
    shared.modulations.choose(SavedRow { row: 1, source: "wheel".into(), target: "bright".into() });
    let amount = IDS.iter().position(|id| *id == "mod1").unwrap();
    shared.params.controls()[amount].1.set(0.25);
    let route = Some(Route { source: ModulationSource::Wheel, target: Setting::Brightness });
    synth.send(0, Event::Route { row: 0, route });
    synth.send(0, Event::Set(Setting::ModAmount1, 0.25));
    let mut window = Rehearsal::new(&shared, (1120, 760), 1.0);
    window.frame(Vec::new());
    assert!(window.click("Sound"));
    let mut watch = shared.instrument.watch().unwrap();
    let mut play = |event: Option<Event>, window: &mut Rehearsal| {
        event.into_iter().for_each(|event| synth.send(0, event));
        for _ in 0..40 {
            let (mut left, mut right) = ([0.0; PICTURE], [0.0; PICTURE]);
            synth.process(&mut left, &mut right, &mut |_, _| {});
            window.frame(Vec::new());
        }
    };
    play(Some(Event::NoteOn { note: NoteAddress::of(0, 60, None), velocity: 0.8 }), &mut window);
    let brightness = |window: &mut Rehearsal| window.place("Brightness").expect("a knob");
    assert_eq!(brightness(&mut window).about, "Wheel +25.0 %", "the wheel is down");
    for wheel in [0.5, 1.0] {
        play(Some(Event::Controller { channel: 0, controller: 1, value: wheel }), &mut window);
        let seen = watch.look().setting(Setting::Brightness);
        let knob = brightness(&mut window);
        println!("wheel {wheel}: the voice has {seen} dB/oct, the knob {:?} at {}", knob.about, knob.value);
        assert!((seen - 3.0 * wheel).abs() < 0.02, "{seen}");
        assert_eq!((knob.value.as_str(), knob.about), ("0.00 dB/oct", format!("Wheel +25.0 %, now {seen:.2} dB/oct")));
    }
    shared.instrument.close();
}
