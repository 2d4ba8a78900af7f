//! The callback of the standalone program: messages at their samples, and no allocation.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

#[path = "../../tests/tests/counting/mod.rs"]
mod counting;
mod standalone_rig;

use counting::calls_of;
use standalone_rig::House;
use std::sync::Arc;
use std::time::{Duration, Instant};
use timbrel::plugin::{Shared, Timbrel};
use timbrel::standalone::clock::Span;
use timbrel::standalone::midi::{Inbox, Message};
use timbrel::standalone::player::{Player, Timed, Wire};
use timbrel::standalone::seat::{Chair, Seat};
use timbrel_engine::synth::Mode;

const RATE: u32 = 48_000;
const BLOCK: u32 = 256;

struct Stage {
    shared: Shared,
    inbox: Arc<Inbox>,
    player: Box<Player>,
    _house: House,
}

fn stage(mode: Mode) -> Stage {
    let house = House::new();
    let shared = Shared::new(&house.bundle());
    shared.instrument.set_mode(mode);
    let inbox = Arc::new(Inbox::new());
    let mut player = Box::new(Player::new(Timbrel::with(shared.clone()), inbox.clone(), Arc::new(Wire::new(120.0))));
    player.activate(RATE, BLOCK);
    Stage { shared, inbox, player, _house: house }
}

/// What a song sounds like that is played in blocks of these lengths, in turn.
fn rendered(blocks: &[usize], by_clock: bool) -> Vec<f32> {
    let mut stage = stage(Mode::Offline);
    let song = [(1000, [0x90, 60, 100]), (1001, [0xB0, 1, 90]), (5317, [0x90, 67, 70]), (12_345, [0x80, 60, 0])];
    let (mut left, mut right) = (vec![0.0; 24_000], vec![0.0; 24_000]);
    // In frames, so that a message's moment is its sample.
    let moment = |sample: usize| (sample as u64 * 1000) + 500;
    if by_clock {
        for (at, bytes) in song {
            stage.inbox.put_at(moment(at), Message::of(&bytes).unwrap());
        }
    }
    let (mut done, mut lengths) = (0, blocks.iter().cycle());
    while done < left.len() {
        let end = (done + lengths.next().unwrap()).min(left.len());
        let span = Span { begin_ns: done as f64 * 1000.0, end_ns: end as f64 * 1000.0 };
        let exact = song.into_iter().filter(|(at, _)| !by_clock && (done..end).contains(at));
        let exact = exact.map(|(at, bytes)| Timed { offset: at - done, message: Message::of(&bytes).unwrap() });
        stage.player.play(span, exact, &mut left[done..end], &mut right[done..end]);
        done = end;
    }
    assert_eq!(stage.shared.instrument.shown().error, None);
    left
}

#[test]
fn messages_sound_at_their_samples() {
    let whole = rendered(&[24_000], false);
    let onset = whole.iter().position(|sample| *sample != 0.0).unwrap();
    let latency = (BLOCK + 192) as usize;
    println!("a note at sample 1000 sounds at {onset}; latency {latency}");
    assert!((1000 + latency..1000 + latency + 3).contains(&onset));
    for blocks in [&[256][..], &[64], &[17, 480, 1, 1024], &[8192]] {
        for by_clock in [false, true] {
            let other = rendered(blocks, by_clock);
            let differing = whole.iter().zip(&other).filter(|(one, other)| one.to_bits() != other.to_bits()).count();
            assert_eq!(differing, 0, "{blocks:?}, by clock: {by_clock}");
        }
    }
}

#[test]
fn playing_allocates_nothing() {
    let Stage { shared, inbox, player, _house } = stage(Mode::Realtime);
    let seat = Arc::new(Seat::default());
    let mut chair = Chair::new(seat.clone(), inbox.clone(), RATE);
    seat.seat(player);
    let mut frames = vec![0_i16; 2 * BLOCK as usize];
    let (mut calls, mut loudest) = (0, 0);
    let mut next = Instant::now();
    for block in 0..400_u32 {
        if block % 20 == 10 {
            inbox.put(Message::of(&[0x90, 48 + (block / 20) as u8, 100]).unwrap());
            inbox.put(Message::of(&[0xE0, 0, 70]).unwrap());
        }
        if block % 20 == 19 {
            inbox.put(Message::note_off(0, 48 + (block / 20) as u8));
        }
        let play = || chair.play_interleaved(&mut frames, 2, |sample| (sample * 32_767.0) as i16);
        // The first block sets the thread's floating-point mode and the like.
        if block == 0 {
            play_once(play)
        } else {
            calls += calls_of(play)
        };
        loudest = frames.iter().copied().fold(loudest, i16::max);
        next += Duration::from_secs_f64(f64::from(BLOCK) / f64::from(RATE));
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    println!("{calls} calls of the allocator in 399 blocks; peak {loudest}; {} blocks", seat.blocks());
    assert_eq!((calls, seat.blocks()), (0, 400));
    assert!(loudest > 300, "{:?}", shared.instrument.shown().error);
    let player = seat.take(Duration::from_millis(20)).unwrap();
    // What comes without a player costs nothing either.
    assert_eq!(calls_of(|| chair.play_interleaved(&mut frames, 2, |sample| sample as i16)), 0);
    drop(player);
}

fn play_once(play: impl FnOnce()) {
    play();
}
