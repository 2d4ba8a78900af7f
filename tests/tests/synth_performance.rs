//! A synth whose notes the recorded players shape: the same bytes at any block size, nothing at all where nobody learned it,
//! and notes that go on whatever becomes of the network.

mod rig;

use rig::player::FakePlayer;
use rig::{Ailment, Fake, Rig, bytes, cc, first_sound, off, on, rms_db};
use std::sync::atomic::Ordering;
use timbrel_engine::event::{Event, Setting};
use timbrel_engine::model::RecordedVibrato;
use timbrel_engine::synth::Mode;

const SECOND: u64 = 48_000;
const LENGTH: u64 = 60_000;

/// Players with everything that there is.
fn played() -> Fake {
    let vibrato = RecordedVibrato { depth_cents: 20.0, rate_hz: 6.0, onset_seconds: 0.3 };
    let player = FakePlayer { loudness_spread_db: 1.0, pitch_spread_cents: 6.0, vibrato, ..FakePlayer::PLAIN };
    Fake { player: Some(player), ..Fake::default() }
}

fn rig(fake: Fake) -> Rig {
    Rig::new(Mode::Offline, SECOND as f64, 512, fake)
}

/// Notes of all lengths in all modes, with everything moved that shapes them.
fn piece() -> Vec<(u64, Event)> {
    let set = |setting, value| Event::Set(setting, value);
    let mut events = vec![(0, set(Setting::Unison, 2.0)), (0, set(Setting::UnisonSpread, 0.0))];
    events.extend((0..6).map(|voice| (1_001 + 7 * voice, on(48 + 3 * voice as u8))));
    events.extend([
        (3_003, cc(1, 0.7)),
        (5_001, set(Setting::Natural, 0.4)),
        (7_007, set(Setting::NoteFluctuation, 0.5)),
        (7_777, cc(64, 1.0)),
        (8_000, off(48)),
        (9_001, set(Setting::Natural, 1.0)),
        // Shorter than a frame, and of no length at all.
        (12_001, on(80)),
        (12_050, off(80)),
        (13_000, on(81)),
        (13_000, off(81)),
        (15_000, cc(64, 0.0)),
        (16_001, set(Setting::Retrigger, 2.0)),
        (18_000, on(51)),
        (20_011, on(51)),
        (21_000, Event::Panic),
        (22_001, set(Setting::VoiceMode, 2.0)),
        (23_456, on(60)),
        (26_000, on(72)),
        (26_000, set(Setting::NoteVibrato, 1.0)),
        (29_500, off(72)),
        (33_003, set(Setting::VoiceMode, 1.0)),
        (34_001, on(64)),
        (38_000, Event::Choke { note: rig::note(64) }),
        (44_000, off(60)),
    ]);
    events
}

#[test]
fn block_sizes_do_not_change_a_byte_of_shaped_notes() {
    let mut reference = None;
    for block in [512, 1, 7, 64, 192, 480, 1024, 0] {
        let mut rig = rig(played());
        let mut state = 1_u32;
        let out = rig.play(&piece(), LENGTH, || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if block == 0 { (state >> 22) as usize } else { block }
        });
        assert!(first_sound(&out).is_some() && out.iter().all(|sample| sample.is_finite()));
        assert!(rig.switches.gestures.load(Ordering::SeqCst) > 500);
        let out = bytes(&out);
        let reference = reference.get_or_insert_with(|| out.clone());
        let first = reference.iter().zip(&out).position(|(a, b)| a != b);
        println!("blocks of {block} (0: random): first difference {first:?}");
        assert_eq!(first, None);
    }
}

#[test]
fn without_a_performance_nothing_that_shapes_notes_changes_a_byte() {
    let without = |fake: Fake, natural: f32| {
        let mut events: Vec<_> = piece();
        events.retain(|(_, event)| !matches!(event, Event::Set(Setting::Natural, _)));
        events.insert(0, (0, Event::Set(Setting::Natural, natural)));
        let mut rig = rig(fake);
        let out = bytes(&rig.play(&events, LENGTH, || 480));
        (out, rig.switches.gestures.load(Ordering::SeqCst))
    };
    let (plain, asked) = without(Fake::default(), 0.0);
    assert_eq!(asked, 0);
    assert!(without(Fake::default(), 1.0) == (plain.clone(), 0), "natural or not");
    // And at Natural 0 those who learned it play as those who did not, without being asked.
    assert!(without(played(), 0.0) == (plain.clone(), 0));
    assert!(without(played(), 1.0).0 != plain);
}

#[test]
fn a_performance_network_that_fails_leaves_plain_notes() {
    for (ailment, expected) in [
        (Ailment::Fails, "Fake: notes are shaped no more: a decoder step of 65 rows, expected at most 64"),
        (Ailment::Panics, "Fake: notes are shaped no more: the performance network crashed"),
        (Ailment::Silent, "Fake: notes are shaped no more: the performance network gave 0 answers to 1 notes"),
    ] {
        let mut rig = rig(Fake::played());
        rig.play(&[(0, Event::Set(Setting::Sustain, -12.0)), (0, on(69))], SECOND, || 480);
        let shaped = rms_db(&rig.play(&[], SECOND / 10, || 480));
        rig.switches.ail(ailment);
        let out = rig.play(&[], SECOND, || 480);
        let asked = rig.switches.gestures.load(Ordering::SeqCst);
        let plain = rms_db(&out[SECOND as usize / 2..]);
        rig.play(&[(0, off(69)), (9_600, on(72))], SECOND, || 480);
        let status = rig.handle.status();
        println!("{:?}: {shaped:.1} dB, then {plain:.1} dB; {status:?}", status.error);
        assert_eq!(status.error.as_deref(), Some(expected));
        assert!((shaped - plain - 12.0).abs() < 0.5 && status.decoder_errors == 0);
        assert_eq!(rig.switches.gestures.load(Ordering::SeqCst), asked, "it is not asked again");
        assert_eq!((rig.ended.len(), status.voices), (1, 1));
        // Another instrument has its own.
        rig.switches.ail(Ailment::None);
        rig.handle.swap_with(Fake::played().source("Next", &rig.switches)).unwrap();
        rig.play(&[], SECOND / 10, || 480);
        assert!(rig.switches.gestures.load(Ordering::SeqCst) > asked);
        assert_eq!(rig.handle.status().error, None);
    }
}

#[test]
fn a_performance_that_is_not_finite_is_held_and_said_once() {
    let mut rig = rig(Fake::played());
    rig.play(&[(0, on(69)), (0, on(76))], SECOND, || 480);
    rig.switches.ail(Ailment::NotFinite);
    let out = rig.play(&[], SECOND, || 480);
    let held = rms_db(&out);
    rig.switches.ail(Ailment::None);
    let after = rms_db(&rig.play(&[], SECOND, || 480));
    let status = rig.handle.status();
    println!("held at {held:.2} dB, then {after:.2} dB; {status:?}");
    assert!((held - after).abs() < 0.1 && status.decoder_errors == 0);
    assert_eq!(status.error.as_deref(), Some("Fake: the performance network gave values that are not finite"));
}

#[test]
fn another_instrument_in_the_middle_of_notes_takes_them_up() {
    let other = Fake { hop: 240, ..played() };
    for (first, second) in [(played(), Fake::default()), (Fake::default(), other), (played(), other)] {
        let mut rig = rig(first);
        let begin = [(0, Event::Set(Setting::Natural, 1.0)), (0, on(60)), (0, on(67))];
        rig.play(&begin, SECOND, || 480);
        rig.handle.swap_with(second.source("Second", &rig.switches)).unwrap();
        let out = rig.play(&[(12_000, off(60))], SECOND / 2, || 480);
        let levels: Vec<f64> = out.chunks(960).map(rms_db).collect();
        let (low, high) =
            levels.iter().take(12).fold((0.0_f64, -200.0_f64), |(low, high), db| (low.min(*db), high.max(*db)));
        println!("in 20 ms after the swap {low:.1} to {high:.1} dB");
        assert!(high - low < 8.0 && low > -60.0, "neither a hole nor a burst");
        rig.play(&[(0, off(67))], SECOND, || 480);
        assert_eq!((rig.ended.len(), rig.handle.status().voices), (2, 0));
    }
}

#[test]
fn a_note_begins_once_for_the_network_however_it_is_struck() {
    let mut rig = rig(Fake::played());
    let begun = |rig: &Rig| rig.switches.begun.load(Ordering::SeqCst);
    rig.play(&[(0, Event::Set(Setting::Unison, 4.0)), (0, Event::Set(Setting::UnisonSpread, 0.0))], 480, || 480);
    rig.play(&[(0, on(60)), (4_800, on(64))], SECOND, || 480);
    assert_eq!(begun(&rig), 2);
    // A legato line begins once, and again where it is struck anew.
    rig.play(&[(0, Event::Panic), (0, Event::Set(Setting::VoiceMode, 2.0))], SECOND, || 480);
    rig.play(&[(0, on(60)), (4_800, on(64)), (9_600, off(64))], SECOND, || 480);
    assert_eq!(begun(&rig), 3);
    rig.play(&[(0, Event::Set(Setting::VoiceMode, 1.0)), (4_800, on(64))], SECOND, || 480);
    assert_eq!(begun(&rig), 4);
    // Without Natural nobody is asked; then the network begins in the middle of the note.
    rig.play(&[(0, Event::Set(Setting::Natural, 0.0))], SECOND, || 480);
    rig.play(&[(0, Event::Set(Setting::Natural, 1.0))], SECOND, || 480);
    assert_eq!(begun(&rig), 5);
}
