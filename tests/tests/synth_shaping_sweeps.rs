//! The controls that shape a sound may be moved as fast as a host can: from end to end at every audio block no click is heard, no
//! sample is not finite, and nothing panics.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod rig;

use rig::click::{CUTOFF, RATE, peak_above_hz};
use rig::{Fake, Rig, SHAPING, newt, on};
use timbrel_engine::event::{Event, ModulationSource, Route, Setting};
use timbrel_engine::render::Shaping;
use timbrel_engine::synth::{Config, Mode, Synth};

/// A block, samples: an automation lane of a host has a point for each.
const BLOCK: u64 = 128;
/// How long a control is moved, samples.
const LENGTH: u64 = 28_800;
/// Loudest sample beyond the sound's own spectrum, dBFS.
const CLICK: f64 = -80.0;
/// What a moved sound may have more than the same at rest at either end, decibels.
const MORE: f64 = 1.0;

/// The same while an LFO of 40 Hz goes over the whole range: its own sidebands, and the corners of the straight lines between
/// frames.
const SWUNG: f64 = -70.0;
/// What an LFO's edges may have more than its sine, decibels.
const EDGE: f64 = 6.0;

/// The families: partials, and shapers, with no noise.
#[derive(Clone, Copy, Debug)]
enum Family {
    Partials,
    Shapers,
}

impl Family {
    /// Above this a held note has next to nothing of its own, hertz.
    fn cutoff_hz(self) -> f64 {
        match self {
            Self::Partials => CUTOFF,
            Self::Shapers => 16_000.0,
        }
    }
}

fn rig(family: Family) -> Rig {
    let mut rig = Rig::new(Mode::Offline, RATE, 512, Fake { noise: 0.0, ..Fake::default() });
    if let Family::Shapers = family {
        let config = Config { sample_rate: RATE, max_block: 512, mode: Mode::Offline, shaping: Shaping::default() };
        let source = newt::quiet("Shapers", Shaping::Tables, &rig.switches);
        (rig.synth, rig.handle) = Synth::start_with(&config, source).unwrap();
    }
    rig
}

/// A held A2 while `value` of the block says where a setting is.
fn held(family: Family, setting: Setting, value: impl Fn(u64) -> f32) -> Vec<f32> {
    let mut rig = rig(family);
    let before = [(0, Event::Set(Setting::Attack, 0.05)), (0, Event::Set(Setting::Limiter, 0.0)), (0, on(45))];
    rig.play(&before, 24_000, || BLOCK as usize);
    let moves: Vec<_> = (0..LENGTH / BLOCK).map(|block| (block * BLOCK, Event::Set(setting, value(block)))).collect();
    let sound = rig.play(&moves, LENGTH, || BLOCK as usize);
    assert!(sound.iter().all(|sample| sample.is_finite()));
    sound
}

fn peak(sound: &[f32]) -> f32 {
    sound.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// Loudest sample beyond the cutoff that the setting makes at the ends of its range and on the way between, dBFS.
fn standing_still(family: Family, setting: Setting) -> f64 {
    let (least, greatest) = setting.range();
    // A driven index has another spectrum every few decibels.
    let steps = if setting == Setting::IndexDrive || setting == Setting::IndexShift { 24 } else { 4 };
    let place = |step: u32| least + (greatest - least) * step as f32 / steps as f32;
    (0..=steps)
        .map(|step| peak_above_hz(family.cutoff_hz(), &held(family, setting, |_| place(step))[9_600..]))
        .fold(f64::NEG_INFINITY, f64::max)
}

/// Asserts that moves of one setting are not heard above what it makes standing still.
fn assert_no_clicks(family: Family, setting: Setting) {
    let (least, greatest) = setting.range();
    let hertz = family.cutoff_hz();
    let end = |block: u64, period: u64| if (block / period).is_multiple_of(2) { least } else { greatest };
    // At every block; at every 50 ms, so that it arrives; and once.
    let moved = [1, 19, 100].map(|period| peak_above_hz(hertz, &held(family, setting, |block| end(block, period))));
    let loudest = moved.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let still = standing_still(family, setting);
    println!("{family:?}, {setting:?}: {loudest:.1} dBFS above {hertz} Hz moved, {still:.1} standing still");
    assert!(loudest < CLICK.max(still + MORE), "{setting:?} clicks");
}

#[test]
fn a_shaping_control_moved_from_end_to_end_does_not_click_in_partials() {
    for setting in SHAPING {
        assert_no_clicks(Family::Partials, setting);
    }
}

#[test]
fn a_shaping_control_moved_from_end_to_end_does_not_click_in_shapers() {
    for setting in SHAPING {
        assert_no_clicks(Family::Shapers, setting);
    }
}

#[test]
fn all_at_once_at_every_block_stay_finite_and_bounded() {
    for (family, noise) in [(Family::Partials, 0.0), (Family::Partials, 1e-3), (Family::Shapers, 0.0)] {
        let mut rig = rig(family);
        if noise > 0.0 {
            rig = Rig::new(Mode::Offline, RATE, 512, Fake { noise, harmonics: 60, ..Fake::default() });
        }
        let mut random = 1_u32;
        let mut next = move || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random >> 16
        };
        let mut events = vec![(0, Event::Set(Setting::Limiter, 0.0)), (0, Event::Set(Setting::Unison, 3.0))];
        for block in 0..1_000u64 {
            // Every one of them at one end, at the other, at rest or somewhere, and a note now and then.
            for setting in SHAPING {
                let (least, greatest) = setting.range();
                let somewhere = least + (greatest - least) * (next() as f32 / 65_536.0);
                let value = [least, greatest, setting.initial(), somewhere][next() as usize % 4];
                events.push((block * BLOCK, Event::Set(setting, value)));
            }
            if block % 20 == 0 {
                events.push((block * BLOCK + 5, on(24 + (next() % 84) as u8)));
            }
        }
        let [left, right] = rig.play_stereo(&events, 1_000 * BLOCK, || BLOCK as usize);
        assert!(left.iter().chain(&right).all(|sample| sample.is_finite()));
        let (counts, loudest) = (rig.handle.status(), peak(&left).max(peak(&right)));
        println!("{family:?}, noise {noise}: loudest sample {loudest:.2}, {} faults", counts.decoder_errors);
        assert_eq!(counts.decoder_errors, 0);
        assert!(loudest > 0.01 && loudest < 20.0);
    }
}

#[test]
fn what_no_setting_may_be_is_not_followed() {
    let sound = |strange: bool| {
        let mut rig = rig(Family::Partials);
        let mut events = vec![(0, on(45))];
        if strange {
            for setting in SHAPING {
                events.push((9_600, Event::Set(setting, f32::NAN)));
                let note = timbrel_engine::event::NoteAddress::default();
                events.push((9_700, Event::Modulate { note, setting, offset: f32::NAN }));
            }
        }
        rig.play(&events, 24_000, || 480)
    };
    assert_eq!(rig::bytes(&sound(true)), rig::bytes(&sound(false)));
}

/// A held A2 while LFO 1 moves a setting from end to end 40 times a second.
fn swung(family: Family, target: Setting, shape: f32) -> Vec<f32> {
    let mut rig = rig(family);
    let route = Route { source: ModulationSource::Lfo1, target };
    let before = [
        (0, Event::Set(Setting::Attack, 0.05)),
        (0, Event::Set(Setting::Limiter, 0.0)),
        (0, Event::Set(Setting::Lfo1Rate, 40.0)),
        (0, Event::Set(Setting::Lfo1Shape, shape)),
        (0, on(45)),
    ];
    rig.play(&before, 24_000, || BLOCK as usize);
    let laid = [(0, Event::Route { row: 0, route: Some(route) }), (0, Event::Set(Setting::ModAmount1, 1.0))];
    let sound = rig.play(&laid, LENGTH, || BLOCK as usize);
    assert!(sound.iter().all(|sample| sample.is_finite()));
    sound
}

#[test]
fn the_fastest_lfo_over_a_whole_range_is_heard_as_modulation() {
    for (family, setting) in
        SHAPING.iter().flat_map(|&setting| [(Family::Partials, setting), (Family::Shapers, setting)])
    {
        let hertz = family.cutoff_hz();
        let [sine, square, steps] = [0.0, 4.0, 5.0].map(|shape| peak_above_hz(hertz, &swung(family, setting, shape)));
        let still = standing_still(family, setting);
        println!(
            "{family:?}, {setting:?}: sine {sine:.1}, square {square:.1}, steps {steps:.1} dBFS above {hertz} Hz, {still:.1} \
             standing still"
        );
        // A driven index goes by what it makes on its way, which no place of rest shows.
        let own = if setting == Setting::IndexDrive { still + 10.0 } else { still + MORE };
        assert!([sine, square, steps].into_iter().all(|found| found < SWUNG.max(own)), "{setting:?}");
        assert!(square.max(steps) < CLICK.max(sine + EDGE), "{setting:?} clicks at the edges of an LFO");
    }
}
