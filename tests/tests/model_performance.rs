//! The performance network of a model file: its gestures, its states, and what it does with nonsense.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use timbrel_engine::model::{
    Decode, DecodeError, Gesture, GestureRequest, LoadOptions, MAX_ROWS, Model, OnnxDecoder, StepRequest,
};
use timbrel_tests::fixtures::{DdspModel, Fault, Frame, PerformanceFault, PerformanceModel};

/// Single precision of tens of decibels and cents through some operations.
const TOLERANCE: f32 = 2e-5;

fn load(fixture: &DdspModel) -> Arc<Model> {
    let folder = tempfile::tempdir().unwrap();
    let path = fixture.write(folder.path(), "fixture.onnx");
    Model::load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn decoder(fixture: &DdspModel, slots: usize) -> OnnxDecoder {
    OnnxDecoder::new(&load(fixture), slots).unwrap_or_else(|error| panic!("{error}"))
}

fn performing() -> DdspModel {
    DdspModel::default().performance(PerformanceModel::default())
}

/// A note that is held, in the middle of everything.
fn ask(slot: usize) -> GestureRequest {
    GestureRequest {
        slot,
        begins: false,
        midi_pitch: 60.0,
        dynamics: 0.5,
        since_on: 1.0,
        gate: true,
        since_off: 0.0,
        peak_position: 0.0,
        attack_noise: 0.0,
        morph: 0.0,
    }
}

fn perform(decoder: &mut OnnxDecoder, requests: &[GestureRequest]) -> Vec<Gesture> {
    let mut gestures = Vec::new();
    decoder.perform(requests, &mut gestures).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(gestures.len(), requests.len());
    gestures
}

fn values(gesture: &Gesture) -> [f32; 5] {
    let Gesture { loudness_db, pitch_cents, loudness_spread_db, pitch_spread_cents, noise_db } = *gesture;
    [loudness_db, pitch_cents, loudness_spread_db, pitch_spread_cents, noise_db]
}

fn assert_near(found: &Gesture, expected: [f32; 5], what: &str) {
    for (found, expected) in values(found).iter().zip(expected) {
        assert!((found - expected).abs() <= TOLERANCE, "{what}: {found}, expected {expected}");
    }
}

#[test]
fn the_network_answers_as_the_analytic_one() {
    let fixture = PerformanceModel::default();
    let model = load(&performing());
    let performance = model.metadata().performance.clone().unwrap();
    assert_eq!((performance.loudness_seconds, performance.pitch_seconds), (0.25, 0.125));
    let vibrato = performance.vibrato;
    assert_eq!((vibrato.depth_cents, vibrato.rate_hz, vibrato.onset_seconds), (20.0, 5.5, 0.4));
    assert_eq!(performance.states.len(), 2);
    let mut decoder = OnnxDecoder::new(&model, 1).unwrap();
    let mut memory = 0.0;
    for frame in 0..200 {
        let seconds = frame as f32 * 0.004;
        let gate = seconds < 0.5;
        let dynamics = 0.25 + 0.5 * seconds;
        memory = (memory + dynamics) / 2.0;
        let since_off = if gate { 0.0 } else { seconds - 0.5 };
        let request = GestureRequest {
            slot: 0,
            begins: frame == 0,
            midi_pitch: 64.5,
            dynamics,
            since_on: seconds,
            gate,
            since_off,
            peak_position: -0.5,
            attack_noise: 0.25,
            morph: 0.0,
        };
        let asked = Frame {
            pitch: 64.5,
            dynamics,
            since_on: seconds,
            gate: f32::from(u8::from(gate)),
            since_off,
            peak_position: -0.5,
            attack_noise: 0.25,
        };
        let gesture = perform(&mut decoder, &[request])[0];
        assert_near(&gesture, fixture.expected(&asked, frame as f32 + 1.0, memory), &format!("frame {frame}"));
    }
}

#[test]
fn a_model_without_a_network_answers_nothing() {
    let mut decoder = decoder(&DdspModel::default(), 2);
    let mut gestures = vec![Gesture::default(); 3];
    assert_eq!(decoder.perform(&[ask(0), ask(1)], &mut gestures), Ok(()));
    assert_eq!(gestures, []);
    assert_eq!(decoder.metadata().performance, None);
}

#[test]
fn what_a_performance_is_asked_is_clamped_to_what_it_knows() {
    let (nan, infinity) = (f32::NAN, f32::INFINITY);
    for (asked, meant) in [
        (GestureRequest { midi_pitch: 20.0, ..ask(0) }, GestureRequest { midi_pitch: 36.0, ..ask(0) }),
        (GestureRequest { midi_pitch: infinity, ..ask(0) }, GestureRequest { midi_pitch: 84.0, ..ask(0) }),
        (GestureRequest { midi_pitch: nan, ..ask(0) }, GestureRequest { midi_pitch: 36.0, ..ask(0) }),
        (GestureRequest { dynamics: 3.0, ..ask(0) }, GestureRequest { dynamics: 1.25, ..ask(0) }),
        (GestureRequest { dynamics: -3.0, ..ask(0) }, GestureRequest { dynamics: -0.25, ..ask(0) }),
        (GestureRequest { dynamics: nan, ..ask(0) }, GestureRequest { dynamics: -0.25, ..ask(0) }),
        (GestureRequest { since_on: -1.0, ..ask(0) }, GestureRequest { since_on: 0.0, ..ask(0) }),
        (GestureRequest { since_on: nan, ..ask(0) }, GestureRequest { since_on: 60.0, ..ask(0) }),
        (GestureRequest { since_off: 5.0, ..ask(0) }, GestureRequest { since_off: 0.0, ..ask(0) }),
        (
            GestureRequest { gate: false, since_off: 1e9, ..ask(0) },
            GestureRequest { gate: false, since_off: 60.0, ..ask(0) },
        ),
        (GestureRequest { peak_position: -7.0, ..ask(0) }, GestureRequest { peak_position: -1.0, ..ask(0) }),
        (GestureRequest { attack_noise: infinity, ..ask(0) }, GestureRequest { attack_noise: 1.0, ..ask(0) }),
        (GestureRequest { attack_noise: nan, ..ask(0) }, ask(0)),
    ] {
        let mut decoder = decoder(&performing(), 1);
        let found = perform(&mut decoder, &[asked]);
        decoder.zero(0);
        assert_eq!(found, perform(&mut decoder, &[meant]), "{asked:?}");
    }
}

#[test]
fn a_voice_performs_the_same_in_any_company() {
    let mut together = decoder(&performing(), MAX_ROWS);
    for rows in [1, 2, 5, 7, 16, 33, MAX_ROWS] {
        let mut alone = decoder(&performing(), MAX_ROWS);
        (0..MAX_ROWS).for_each(|slot| together.zero(slot));
        for step in 0..4 {
            let request = |row: usize| GestureRequest {
                midi_pitch: 40.0 + row as f32 * 0.6,
                dynamics: row as f32 / rows as f32,
                since_on: step as f32 * 0.02 + row as f32 * 0.001,
                ..ask((row * 5 + 3) % MAX_ROWS)
            };
            let requests: Vec<GestureRequest> = (0..rows).map(request).collect();
            let gestures = perform(&mut together, &requests);
            for (row, request) in requests.iter().enumerate() {
                assert_eq!(perform(&mut alone, &[*request])[0], gestures[row], "row {row} of {rows}");
            }
        }
    }
}

#[test]
fn a_performance_stays_with_its_slot_and_begins_anew_with_the_decoder() {
    let mut decoder = decoder(&performing(), 3);
    let counted = |gesture: &Gesture, other: &Gesture| ((gesture.loudness_db - other.loudness_db) / 0.01).round();
    let fresh = perform(&mut decoder, &[GestureRequest { dynamics: 0.0, ..ask(2) }])[0];
    let held = |slot| GestureRequest { dynamics: 0.0, ..ask(slot) };
    for expected in 1..=5 {
        let gestures = perform(&mut decoder, &[held(1)]);
        assert_eq!(counted(&gestures[0], &fresh), expected as f32 - 1.0);
    }
    let gestures = perform(&mut decoder, &[held(0), held(1)]);
    assert_eq!([counted(&gestures[0], &fresh), counted(&gestures[1], &fresh)], [0.0, 5.0]);
    decoder.settle(1, 60.0);
    assert!((decoder.state(1)[0] - 2.0).abs() < 1e-4, "the decoder's own state settles as before");
    let gestures = perform(&mut decoder, &[held(1), held(0)]);
    assert_eq!([counted(&gestures[0], &fresh), counted(&gestures[1], &fresh)], [0.0, 1.0]);
    decoder.zero(0);
    assert_eq!(counted(&perform(&mut decoder, &[held(0)])[0], &fresh), 0.0);
    // A note that begins takes its own slot alone along.
    let gestures = perform(&mut decoder, &[held(0), GestureRequest { begins: true, ..held(1) }]);
    assert_eq!([counted(&gestures[0], &fresh), counted(&gestures[1], &fresh)], [1.0, 0.0]);
    // Slots that do not exist are left alone.
    decoder.settle(3, 60.0);
    decoder.zero(77);
}

#[test]
fn a_step_of_the_decoder_does_not_move_a_performance() {
    let (mut one, mut other) = (decoder(&performing(), 1), decoder(&performing(), 1));
    let step = StepRequest::of(0, 60.0, -20.0);
    for _ in 0..5 {
        one.step(&[step]).unwrap();
        other.step(&[step]).unwrap();
        let before = one.state(0).to_vec();
        perform(&mut one, &[ask(0)]);
        assert_eq!(one.state(0), before, "nor a performance the decoder");
    }
    assert_eq!(one.state(0), other.state(0));
    assert_ne!(perform(&mut one, &[ask(0)]), perform(&mut other, &[ask(0)]), "only one has performed");
}

#[test]
fn a_gesture_that_is_not_finite_is_the_one_before_and_the_other_rows_go_on() {
    let hole = PerformanceFault::NanBetween("pitch_cents", 70.4, 70.6);
    let fixture = DdspModel::default().performance(PerformanceModel::default().fault(hole));
    let mut decoder = decoder(&fixture, 3);
    let at = |slot: usize, midi_pitch: f32| GestureRequest { midi_pitch, dynamics: 0.0, ..ask(slot) };
    // Neutral before the first.
    assert_eq!(perform(&mut decoder, &[at(0, 70.5)])[0], Gesture::default());
    let before = perform(&mut decoder, &[at(0, 65.0), at(1, 65.0), at(2, 65.0)]);
    assert_near(&before[0], [0.01, 5.0, 0.75, 4.0, 0.0], "the state began anew");
    let gestures = perform(&mut decoder, &[at(0, 66.0), at(1, 70.5), at(2, 67.0)]);
    assert_near(&gestures[0], [0.02, 6.0, 0.75, 4.0, 0.0], "row 0");
    assert_eq!(gestures[1], before[1]);
    assert_near(&gestures[2], [0.02, 7.0, 0.75, 4.0, 0.0], "row 2");
    let after = perform(&mut decoder, &[at(1, 68.0)]);
    assert_near(&after[0], [0.01, 8.0, 0.75, 4.0, 0.0], "the state began anew");
    // A new note holds nothing of the old one.
    assert_eq!(perform(&mut decoder, &[GestureRequest { begins: true, ..at(1, 70.5) }])[0], Gesture::default());
    perform(&mut decoder, &[at(1, 68.0)]);
    decoder.settle(1, 60.0);
    assert_eq!(perform(&mut decoder, &[at(1, 70.5)])[0], Gesture::default());
}

#[test]
fn a_state_that_is_not_finite_begins_anew() {
    let late = PerformanceFault::InfiniteStateFrom(20.0);
    let fixture = DdspModel::default().performance(PerformanceModel::default().fault(late));
    let mut decoder = decoder(&fixture, 1);
    let mut last = Gesture::default();
    for frame in 1..=100_usize {
        let gesture = perform(&mut decoder, &[ask(0)])[0];
        assert!(values(&gesture).iter().all(|x| x.is_finite()), "frame {frame}");
        if frame % 20 == 0 {
            assert_eq!(gesture, last, "frame {frame} holds");
        }
        last = gesture;
    }
}

#[test]
fn a_gesture_is_clamped_to_the_ranges_of_the_format() {
    let fixture = DdspModel::default()
        .pitch_range(0.0, 127.0)
        .performance(PerformanceModel::default().fault(PerformanceFault::Offset("pitch_cents", 122.999_9)));
    let mut decoder = decoder(&fixture, 1);
    let top = GestureRequest { midi_pitch: 127.0, peak_position: 1.0, ..ask(0) };
    let gesture = perform(&mut decoder, &[top])[0];
    assert!((199.99..=200.0).contains(&gesture.pitch_cents), "{}", gesture.pitch_cents);
}

#[test]
fn a_performance_that_is_asked_too_much_is_an_error_and_the_decoder_goes_on() {
    let mut decoder = decoder(&performing(), MAX_ROWS + 6);
    let many: Vec<GestureRequest> = (0..=MAX_ROWS).map(ask).collect();
    let mut gestures = vec![Gesture::default()];
    let result = decoder.perform(&many, &mut gestures);
    assert_eq!(result, Err(DecodeError::TooManyRows { found: 65, limit: 64 }));
    assert_eq!(gestures, []);
    assert_eq!(decoder.perform(&[ask(70)], &mut gestures), Err(DecodeError::Slot { found: 70, limit: 70 }));
    assert_eq!(decoder.perform(&[], &mut gestures), Ok(()));
    assert_eq!(decoder.perform(&many[..MAX_ROWS], &mut gestures), Ok(()));
    assert_eq!(gestures.len(), MAX_ROWS);
    let step = StepRequest::of(0, 60.0, -20.0);
    decoder.step(&[step]).unwrap();
    assert!(decoder.is_finite(0));
}

#[test]
fn a_faulty_decoder_row_does_not_disturb_the_performance() {
    let fixture = performing().fault(Fault::NanBetween(60.4, 60.6));
    let mut decoder = decoder(&fixture, 1);
    let first = perform(&mut decoder, &[GestureRequest { dynamics: 0.0, ..ask(0) }])[0];
    let step = StepRequest::of(0, 60.5, -20.0);
    decoder.step(&[step]).unwrap();
    assert!(!decoder.is_finite(0));
    let second = perform(&mut decoder, &[GestureRequest { dynamics: 0.0, ..ask(0) }])[0];
    assert!(((second.loudness_db - first.loudness_db) - 0.01).abs() < 1e-6, "{first:?} {second:?}");
}

#[test]
fn performances_on_many_threads_keep_their_own_states() {
    let model = load(&performing());
    std::thread::scope(|scope| {
        for index in 0..4 {
            let model = &model;
            scope.spawn(move || {
                let mut decoder = OnnxDecoder::new(model, 8).unwrap();
                let requests: Vec<GestureRequest> =
                    (0..=index).map(|slot| GestureRequest { dynamics: 0.0, ..ask(slot) }).collect();
                for step in 1..=200 {
                    let gestures = perform(&mut decoder, &requests);
                    let expected = 0.01 * step as f32;
                    assert!((gestures[index].loudness_db - expected).abs() < 1e-4, "{step}: {:?}", gestures[index]);
                }
            });
        }
    });
}
