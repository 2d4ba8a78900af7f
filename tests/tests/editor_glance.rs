//! The field, the views and the line of status over an instrument that plays: what is seen is what sounds, and what is pressed
//! is played. No display: the window is rehearsed, and the synth is rendered block by block.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so")]

use egui::{Event, Modifiers, PointerButton, Pos2, Rect, Vec2, pos2, vec2};
use std::fs;
use std::time::{Duration, Instant};
use timbrel::bundle::Bundle;
use timbrel::editor::rehearsal::{Place, Rehearsal};
use timbrel::hands::Played;
use timbrel::instrument::Activation;
use timbrel::plugin::Shared;
use timbrel_engine::event::{Event as Sound, NoteAddress};
use timbrel_engine::synth::{Mode, Synth};
use timbrel_engine::units::pitch_of_hertz;
use timbrel_engine::watch::{Snapshot, Watch};
use timbrel_tests::fixtures::{DdspModel, NewtModel};

/// Samples between two pictures, at 48 kHz.
const PICTURE: usize = 800;

/// An instrument, a window on it, and the hands that play both.
struct Concert {
    _root: tempfile::TempDir,
    shared: Shared,
    synth: Synth,
    played: Played,
    watch: Watch,
    window: Rehearsal,
    tail: Vec<f32>,
}

impl Concert {
    /// Keys 48 to 72 from -60 to -6 dB, played from -40 to -12 dB.
    fn ddsp() -> Self {
        let model =
            DdspModel::default().pitch_range(48.0, 72.0).loudness_range(-60.0, -6.0).velocity_range(-40.0, -12.0);
        Self::new(&model.name("Glass").build())
    }

    fn new(model: &[u8]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let models = root.path().join("resources/models");
        fs::create_dir_all(&models).unwrap();
        fs::write(models.join("cello.onnx"), model).unwrap();
        let shared = Shared::new(&Bundle::at(Some(root.path().join("resources")), Some(root.path().join("user"))));
        shared.instrument.set_mode(Mode::Offline);
        let mut synth = shared.instrument.activate(Activation { sample_rate: 48_000.0, max_block: 512 }).unwrap();
        synth.set_mode(Mode::Offline);
        let end = Instant::now() + Duration::from_secs(20);
        while shared.instrument.shown().first.is_none() {
            assert!(Instant::now() < end, "{:?}", shared.instrument.shown().error);
            std::thread::sleep(Duration::from_millis(2));
        }
        let watch = shared.instrument.watch().unwrap();
        let (played, window) = (shared.hands.played().unwrap(), Rehearsal::new(&shared, (1120, 760), 1.0));
        Self { _root: root, shared, synth, played, watch, window, tail: Vec::new() }
    }

    /// A picture's worth of sound, and then the picture.
    fn picture(&mut self, events: Vec<Event>) -> egui::FullOutput {
        self.played.by_ref().for_each(|event| self.synth.send(0, event));
        let (mut left, mut right) = ([0.0; PICTURE], [0.0; PICTURE]);
        self.synth.process(&mut left, &mut right, &mut |_, _| {});
        self.tail = left.to_vec();
        self.window.frame(events)
    }

    fn pictures(&mut self, count: usize) {
        for _ in 0..count {
            self.picture(Vec::new());
        }
    }

    fn strike(&mut self, key: u8, velocity: f32) {
        self.synth.send(0, Sound::NoteOn { note: NoteAddress::of(0, key, None), velocity });
    }

    fn seen(&mut self) -> &Snapshot {
        self.watch.look()
    }

    fn place(&mut self, label: &str) -> Place {
        self.window.place(label).unwrap_or_else(|| panic!("no {label}"))
    }

    fn values(&mut self, label: &str) -> Vec<String> {
        let places = self.window.places();
        places.into_iter().filter(|place| place.label == label).map(|place| place.value).collect()
    }

    /// Where a pitch (between two dots that are there) lies.
    fn button(at: Pos2, pressed: bool, modifiers: Modifiers) -> Vec<Event> {
        vec![
            Event::PointerMoved(at),
            Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers },
        ]
    }
}

impl Drop for Concert {
    fn drop(&mut self) {
        self.shared.instrument.close();
    }
}

/// Middle of a white key of the keyboard under the field, from A0 on; as wide as the field is.
fn above_key(field: Rect, key: u8) -> f32 {
    let whites = |key: u8| {
        let below = [0, 2, 4, 5, 7, 9, 11].iter().filter(|white| **white < key % 12).count();
        f32::from(key / 12) * 7.0 + below as f32
    };
    field.left() + (whites(key) - whites(21) + 0.5) * field.width() / (whites(108) - whites(21) + 1.0)
}

#[test]
fn a_dot_stands_above_its_key() {
    let mut concert = Concert::ddsp();
    for key in [48, 60, 64] {
        concert.strike(key, 0.8);
    }
    concert.pictures(40);
    let field = concert.place("Pitch and loudness");
    assert!(field.value.starts_with("3 voices, E4"), "{}", field.value);
    for (name, key) in [("C3", 48), ("C4", 60), ("E4", 64)] {
        let dot = concert.place(&format!("Voice {name}"));
        let off = dot.rect.center().x - above_key(field.rect, key);
        println!("{name} at {:?}: {}; {off:+.3} points from its key", dot.rect.center(), dot.value);
        assert!(off.abs() < 0.6 && dot.value.starts_with(name));
    }
    // Heights are loudness: what is struck harder is higher.
    concert.strike(67, 0.2);
    concert.pictures(40);
    let (soft, loud) = (concert.place("Voice G4").rect.center().y, concert.place("Voice E4").rect.center().y);
    assert!(soft > loud + 10.0, "soft at {soft}, loud at {loud}");
}

#[test]
fn a_voice_outside_the_trained_region_is_marked() {
    let mut concert = Concert::ddsp();
    concert.strike(60, 0.8);
    concert.strike(96, 0.8);
    concert.pictures(30);
    let (inside, outside) = (concert.place("Voice C4").value, concert.place("Voice C7").value);
    assert!(!inside.contains("outside") && outside.contains("outside the trained range"), "{inside}; {outside}");
}

#[test]
fn a_press_in_the_field_plays_there_until_it_is_let_go() {
    let mut concert = Concert::ddsp();
    concert.pictures(3);
    let field = concert.place("Pitch and loudness").rect;
    let at = pos2(above_key(field, 60) + 3.0, field.center().y);
    concert.picture(Concert::button(at, true, Modifiers::NONE));
    concert.pictures(40);
    let voice = concert.seen().voices[0];
    assert_eq!((voice.note.key, voice.held, concert.seen().voices.len()), (Some(60), true, 1));
    let dot = concert.place("Voice C4").rect.center();
    println!("pressed at {at:?}, the dot is at {dot:?}: {:.2} at {:.1} dB", voice.midi_pitch, voice.wanted_db);
    assert!(voice.midi_pitch > 60.1 && (dot - at).length() < 2.5, "{dot:?}");
    // Up and to the right: a higher pitch, and a louder sound, without another note.
    let up = at + vec2(25.0, -20.0);
    concert.picture(vec![Event::PointerMoved(up)]);
    concert.pictures(20);
    let moved = concert.seen().voices[0];
    println!("dragged: {:.2} at {:.1} dB", moved.midi_pitch, moved.wanted_db);
    assert_eq!(moved.note, voice.note);
    assert!(moved.midi_pitch > voice.midi_pitch + 1.0 && moved.wanted_db > voice.wanted_db + 3.0);
    assert!((concert.place("Voice C4").rect.center().x - up.x).abs() < 1.0);
    // The output has that pitch, too.
    let rising = concert.tail.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    assert!(rising > 2, "nothing sounds");
    concert.picture(Concert::button(up, false, Modifiers::NONE));
    concert.pictures(2);
    assert!(concert.seen().voices.iter().all(|voice| !voice.held));
    concert.pictures(120);
    assert_eq!(concert.seen().voices.len(), 0);
    assert_eq!(concert.shared.hands.held(), []);
}

#[test]
fn a_dot_that_is_dragged_comes_back_and_stays_with_shift() {
    let mut concert = Concert::ddsp();
    concert.strike(60, 0.8);
    concert.pictures(60);
    let rest = concert.seen().voices[0];
    let drag = |concert: &mut Concert, by: Vec2, modifiers: Modifiers| {
        let from = concert.place("Voice C4").rect.center();
        concert.picture(Concert::button(from, true, modifiers));
        for step in 1..=10 {
            concert.picture(vec![Event::PointerMoved(from + by * (step as f32 / 10.0))]);
        }
        concert.pictures(30);
        let led = concert.seen().voices[0];
        concert.picture(Concert::button(from + by, false, modifiers));
        concert.pictures(30);
        (led, concert.seen().voices[0])
    };
    let (led, back) = drag(&mut concert, vec2(40.0, 25.0), Modifiers::NONE);
    println!(
        "at rest {:.2} {:.1} dB, led {:.2} {:.1} dB",
        rest.midi_pitch, rest.wanted_db, led.midi_pitch, led.wanted_db
    );
    assert!(led.midi_pitch > rest.midi_pitch + 2.0 && led.wanted_db < rest.wanted_db - 5.0);
    assert!((back.midi_pitch - rest.midi_pitch).abs() < 0.05 && (back.wanted_db - rest.wanted_db).abs() < 0.3);
    let (led, kept) = drag(&mut concert, vec2(-30.0, 20.0), Modifiers::SHIFT);
    assert!(led.midi_pitch < rest.midi_pitch - 1.0);
    assert!((kept.midi_pitch - led.midi_pitch).abs() < 0.05 && (kept.wanted_db - led.wanted_db).abs() < 0.3);
    assert_eq!(concert.seen().voices.len(), 1, "dragging plays nothing");
}

#[test]
fn a_click_on_a_dot_chooses_its_voice() {
    let mut concert = Concert::ddsp();
    for key in [50, 60, 67] {
        concert.strike(key, 0.7);
        concert.pictures(4);
    }
    concert.pictures(30);
    assert!(concert.place("Pitch and loudness").value.contains("G4"));
    assert!(concert.window.click("Voice D3"));
    concert.pictures(4);
    assert!(concert.place("Pitch and loudness").value.contains("D3"));
    assert!(concert.place("Harmonics and noise").value.starts_with("D3"));
    let f0 = concert.seen().tone.f0_hz;
    assert!((pitch_of_hertz(f0) - 50.0).abs() < 0.5, "{f0} Hz");
    // When it ends, the note struck last is seen again.
    concert.synth.send(0, Sound::Choke { note: NoteAddress::of(0, 50, None) });
    concert.pictures(20);
    assert!(concert.place("Pitch and loudness").value.contains("G4"));
}

#[test]
fn views_say_what_sounds() {
    for (model, shapes) in [(DdspModel::default().build(), false), (NewtModel::default().build(), true)] {
        let mut concert = Concert::new(&model);
        concert.pictures(2);
        assert_eq!(concert.values("Spectrum"), ["silent"]);
        assert_eq!(concert.window.place("Waveshapers").is_some(), shapes);
        concert.strike(69, 0.9);
        concert.pictures(40);
        let said = (concert.values("Harmonics and noise"), concert.values("Spectrum"), concert.values("Scope"));
        println!("{said:?}");
        assert!(said.0[0].starts_with("A4") && said.1[0].starts_with("strongest"));
        let shapers = concert.values("Waveshapers");
        assert!(shapers.iter().all(|text| text.contains("loudest")), "{shapers:?}");
        if shapes {
            assert!(concert.window.click("Waveshapers"));
            concert.pictures(2);
            assert!(concert.values("Waveshapers")[0].contains("index"));
        }
    }
}

#[test]
fn the_line_of_status_says_how_it_does_and_what_is_wrong() {
    let mut concert = Concert::ddsp();
    concert.strike(60, 0.8);
    concert.pictures(10);
    assert_eq!((concert.values("Voices"), concert.values("Late frames")), (vec!["1".into()], vec!["0".into()]));
    assert_eq!(concert.values("Status"), Vec::<String>::new());
    concert.shared.instrument.show_error("“x.onnx” is no instrument: field pitch.low is missing.");
    concert.pictures(1);
    assert_eq!(concert.values("Status"), ["“x.onnx” is no instrument: field pitch.low is missing."]);
    concert.shared.instrument.deactivate();
    concert.pictures(1);
    assert!(concert.window.place("Status").is_some());
}

/// How long it takes to draw and to tessellate 64 voices; printed, not judged.
#[test]
fn sixty_four_voices_are_drawn_in_time() {
    for model in [DdspModel::default().build(), NewtModel::default().build()] {
        let mut concert = Concert::new(&model);
        concert.pictures(5);
        let mut idle = Vec::new();
        time(&mut concert, &mut idle);
        concert.synth.send(0, Sound::Set(timbrel_engine::event::Setting::Polyphony, 64.0));
        for key in 30..94 {
            concert.strike(key, 0.3 + f32::from(key % 7) * 0.1);
        }
        concert.pictures(20);
        let voices = concert.seen().voices.len();
        let mut busy = Vec::new();
        time(&mut concert, &mut busy);
        let dots = concert.window.places().iter().filter(|place| place.label.starts_with("Voice ")).count();
        println!("whole window, median: idle {}, {voices} voices {}; {dots} dots", median(idle), median(busy));
        assert_eq!((voices, dots), (64, 64));
    }
}

fn time(concert: &mut Concert, times: &mut Vec<(Duration, Duration)>) {
    for _ in 0..60 {
        concert.picture(Vec::new());
        let begun = Instant::now();
        let output = concert.window.frame(Vec::new());
        let drawn = begun.elapsed();
        let begun = Instant::now();
        let primitives = concert.window.context().tessellate(output.shapes, 1.0);
        times.push((drawn, begun.elapsed()));
        assert!(!primitives.is_empty());
    }
}

fn median(mut times: Vec<(Duration, Duration)>) -> String {
    let middle = times.len() / 2;
    times.sort_by_key(|time| time.0);
    let drawn = times[middle].0;
    times.sort_by_key(|time| time.1);
    format!("{:.2} ms and {:.2} ms of tessellation", drawn.as_secs_f64() * 1e3, times[middle].1.as_secs_f64() * 1e3)
}
