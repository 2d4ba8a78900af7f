//! The banks under an allocator that counts.

#![allow(clippy::expect_used)] // A test stops where something is not as it should be.

#[path = "render_newt/constants.rs"]
mod constants;
mod counting;
#[path = "render_newt/stage.rs"]
#[allow(dead_code)]
mod newt_stage;
#[path = "render_banks/playing.rs"]
#[allow(dead_code, reason = "shared with the other tests of the banks")]
mod playing;
#[path = "render_banks/stage.rs"]
#[allow(dead_code)]
mod stage;

use counting::calls_of;
use stage::Stage;
use timbrel_engine::frame::{FrameKind, Mix, Tone};
use timbrel_engine::render::{Fidelity, Limiter, Shaping};

#[test]
fn the_checker_sees_allocations() {
    assert_eq!(calls_of(|| drop(std::hint::black_box(vec![1u8; 100]))), 2);
}

/// A mix in which everything moves.
fn moving_mix(frame: u64) -> FrameKind {
    let share = (frame % 7) as f32 / 6.0;
    let (room_size, room_decay) = (0.5 + 1.5 * share, 1.0 - 0.9 * share);
    FrameKind::Mix(Mix { gain: 0.5, room: 0.5, room_size, room_decay, width: 2.0 * share, limiter: share.round() })
}

/// A voice in which everything moves.
fn moving_tone(frame: u64, slot: u16) -> Tone {
    let share = ((frame + u64::from(slot)) % 5) as f32 / 2.0 - 1.0;
    let inharmonicity = 0.002 * share.max(0.0);
    Tone {
        pan: share,
        tilt: 6.0 * share,
        stretch: 0.08 * share,
        inharmonicity,
        ..Tone::of(200.0 + frame as f32 * 300.0)
    }
}

#[test]
fn rendering_allocates_nothing() {
    for (sample_rate, harmonics) in [(44_100.0, 100), (192_000.0, 60), (8_000.0, 60)] {
        let mut impulse_response: Vec<f32> = (0..24_000).map(|n| 0.01 * (-(n as f32) / 4_000.0).exp()).collect();
        impulse_response[0] = 1.0;
        let stage = Stage { harmonics, sample_rate, impulse_response, ..Stage::default() };
        let mut playing = stage.open();
        let row = stage.row(|k| 0.2 / k as f32, |_| 0.01);
        let mut broken = row.clone();
        broken[3] = f32::NAN;
        playing.mix(0, 10, 0.5, 0.5);
        for slot in 0..8 {
            playing.note_on(slot, 10, 220.0, &row);
        }
        for frame in 1..40u64 {
            let way = (frame * 191, frame * 191 + 191);
            playing.send(way.0, way.1, moving_mix(frame), &[]);
            for slot in 0..8 {
                let values = if frame == 9 { &broken } else { &row };
                playing.step_to(slot, way, moving_tone(frame, slot), values);
            }
        }
        playing.note_on(3, 7_700, 300.0, &row);
        (0..8).for_each(|slot| playing.end(slot, 8_000, 8_500));
        let (mut left, mut right, mut amounts) = ([0.0; 480], [0.0; 480], [0.0; 480]);
        let mut limiter = Limiter::new(sample_rate);
        let mut position = 0;
        let mut ended = 0;
        let calls = calls_of(|| {
            for block in 0..100 {
                let size = [480, 1, 77, 300][block % 4];
                playing.layer.hold_then_fade(block > 60 && block < 90);
                let (l, r, amounts) = (&mut left[..size], &mut right[..size], &mut amounts[..size]);
                playing.layer.render(position, l, r, amounts, &mut |_, _| ended += 1);
                limiter.process(l, r, amounts);
                position += size as u64;
            }
            std::hint::black_box(playing.layer.voice_levels().count());
            playing.layer.reset();
        });
        println!("{sample_rate} Hz: {calls} calls of the allocator in {position} samples, {ended} notes ended");
        assert_eq!(calls, 0);
        assert_eq!(ended, 9);
    }
}

#[test]
fn rendering_a_newt_allocates_nothing() {
    let constants = constants::random(20, 60, &[4, 4, 1], 8_000.0);
    for (sample_rate, shaping, fidelity) in [
        (44_100.0, Shaping::Tables, Fidelity::Playing),
        (44_100.0, Shaping::Exact, Fidelity::Playing),
        (192_000.0, Shaping::Tables, Fidelity::Playing),
        (8_000.0, Shaping::Tables, Fidelity::Playing),
        (16_000.0, Shaping::Exact, Fidelity::Reference),
    ] {
        let mut impulse_response: Vec<f32> = (0..24_000).map(|n| 0.01 * (-(n as f32) / 4_000.0).exp()).collect();
        impulse_response[0] = 1.0;
        let base = newt_stage::Stage::of(&constants);
        let stage = newt_stage::Stage { sample_rate, shaping, fidelity, impulse_response, ..base };
        let mut playing = stage.open();
        let row = stage.tone(0.5, 0.7, 0.01);
        let mut broken = row.clone();
        broken[3] = f32::NAN;
        playing.mix(0, 10, 0.5, 0.5);
        (0..8).for_each(|slot| playing.note_on(slot, 10, 220.0, &row));
        for frame in 1..40u64 {
            let way = (frame * 191, frame * 191 + 191);
            playing.send(way.0, way.1, moving_mix(frame), &[]);
            for slot in 0..8 {
                let values = if frame == 9 { &broken } else { &row };
                playing.step_to(slot, way, moving_tone(frame, slot), values);
            }
        }
        playing.note_on(3, 7_700, 300.0, &row);
        (0..8).for_each(|slot| playing.end(slot, 8_000, 8_500));
        let (mut left, mut right, mut amounts) = ([0.0; 480], [0.0; 480], [0.0; 480]);
        let mut limiter = Limiter::new(sample_rate);
        let (mut position, mut ended, mut loudest) = (0, 0, 0f32);
        let calls = calls_of(|| {
            for block in 0..100 {
                let size = [480, 1, 77, 300][block % 4];
                playing.layer.hold_then_fade(block > 60 && block < 90);
                let (l, r, amounts) = (&mut left[..size], &mut right[..size], &mut amounts[..size]);
                playing.layer.render(position, l, r, amounts, &mut |_, _| ended += 1);
                limiter.process(l, r, amounts);
                loudest = left.iter().fold(loudest, |loudest, sample| loudest.max(sample.abs()));
                position += size as u64;
            }
            std::hint::black_box(playing.layer.voice_levels().count());
            playing.layer.reset();
        });
        println!("{sample_rate} Hz, {shaping:?}, {fidelity:?}: {calls} calls of the allocator in {position} samples");
        assert_eq!((calls, ended), (0, 9));
        assert!(loudest > 0.1);
    }
}
