//! What the matrix makes of settings of every kind: linear ones, times and rates, those of all notes, and the mix.

use super::rig::stage::{Stage, cents};
use super::rig::{cc, off, on};
use super::{near, route, set, with_row};
use timbrel_engine::event::{Event, ModulationSource, NoteAddress, Setting};
use timbrel_engine::perform::VoiceTarget;
use timbrel_engine::perform::modulation::Depth;
use timbrel_engine::units::db_of_gain;

type Read = fn(&VoiceTarget) -> f32;

/// The setting, how to read it in a target, and its depth there.
const LINEAR: [(Setting, Read, f32); 15] = [
    (Setting::Tune, |target| cents(target.tone.f0_hz, 440.0) / 100.0, 48.0),
    (Setting::Brightness, |target| target.tone.tilt, 12.0),
    (Setting::Loudness, |target| target.loudness_db + 18.0, 48.0),
    (Setting::Pan, |target| target.tone.pan, 2.0),
    (Setting::HarmonicLevel, |target| db_of_gain(target.harmonic_gain), 72.0),
    (Setting::NoiseLevel, |target| db_of_gain(target.noise_gain), 72.0),
    (Setting::OddEven, |target| target.timbre.odd_even_db, 48.0),
    (Setting::FormantShift, |target| target.timbre.formant_semitones, 48.0),
    (Setting::Balance, |target| target.timbre.balance_db, 48.0),
    (Setting::IndexDrive, |target| target.timbre.film.drive_db, 48.0),
    (Setting::IndexShift, |target| target.timbre.film.shift, 2.0),
    (Setting::ShaperMix, |target| target.timbre.film.mix, 2.0),
    (Setting::Morph, |target| target.timbre.morph, 1.0),
    (Setting::Latent1, |target| target.timbre.latent[0], 2.0),
    (Setting::Latent4, |target| target.timbre.latent[3], 2.0),
];

#[test]
fn a_setting_of_notes_is_moved_by_a_share_of_its_range_for_each_note() {
    for (setting, read, depth) in LINEAR {
        assert_eq!(setting.depth(), Some(Depth::Linear(depth)));
        let mut stage = with_row(Stage::plain(), ModulationSource::Key, setting, 0.2);
        set(&mut stage, 0.0, &[(Setting::VelocityAmount, 0.0)]);
        if setting == Setting::Tune {
            // The key moves the pitch; less the key itself.
            stage.event(0.0, on(84));
            near(read(&stage.frame(0.5)[0]) - 15.0, 0.1 * depth, 1e-3);
            continue;
        }
        [60, 84].into_iter().for_each(|key| stage.event(0.0, on(key)));
        let targets = stage.frame(0.5);
        println!("{setting:?}: {:.3} and {:.3}", read(&targets[0]), read(&targets[1]));
        near(read(&targets[0]), 0.0, 1e-3);
        near(read(&targets[1]), 0.1 * depth, 1e-3);
    }
}

/// Milliseconds until the loudness is within 0.1 dB of its peak.
fn rise(amount: f32) -> u32 {
    let mut stage = with_row(Stage::plain(), ModulationSource::Macro1, Setting::Attack, amount);
    set(
        &mut stage,
        0.0,
        &[(Setting::Attack, 0.1), (Setting::VelocityToAttack, 0.0), (Setting::Macro1, 1.0), (Setting::Sustain, 0.0)],
    );
    stage.event(0.0, on(60));
    (1..20_000_u32).find(|ms| stage.frame(f64::from(*ms) / 1_000.0)[0].loudness_db >= -18.001).unwrap()
}

#[test]
fn times_are_moved_in_octaves() {
    let found = [-0.2, -0.1, 0.0, 0.1, 0.3].map(rise);
    println!("an attack of 100 ms at -20, -10, 0, 10 and 30 %: {found:?} ms");
    for (found, expected) in found.into_iter().zip([25_u32, 50, 100, 200, 800]) {
        assert!(found.abs_diff(expected) <= 1 + expected / 200);
    }
    // One of 0 grows from a millisecond.
    assert_eq!(Depth::Time.moved(0.0, 0.5), 1e-3 * 32.0);
    assert_eq!(Depth::Time.moved(0.0, 0.0), 0.0);
    assert_eq!(Depth::Rate.moved(3.0, -0.1), 1.5);
}

#[test]
fn a_glide_takes_as_long_as_its_note_says() {
    let mut stage = with_row(Stage::plain(), ModulationSource::Velocity, Setting::GlideTime, 0.2);
    set(&mut stage, 0.0, &[(Setting::GlideTime, 0.1)]);
    stage.event(0.0, on(57));
    stage.frame(0.5);
    stage.event(0.5, Event::NoteOn { note: NoteAddress::of(0, 69, None), velocity: 1.0 });
    // 20 % are two octaves: 0.4 s for these twelve semitones.
    let targets = stage.frame(0.6);
    near(cents(targets[1].tone.f0_hz, 440.0), -900.0, 1.0);
}

#[test]
fn the_release_of_each_note_is_its_own() {
    let mut stage = with_row(Stage::plain(), ModulationSource::Velocity, Setting::Release, 0.3);
    set(&mut stage, 0.0, &[(Setting::Release, 0.05), (Setting::VelocityAmount, 0.0)]);
    for (key, velocity) in [(60, 0.0), (64, 1.0)] {
        stage.event(0.0, Event::NoteOn { note: NoteAddress::of(0, key, None), velocity });
    }
    stage.run(0.0, 0.5);
    [60, 64].into_iter().for_each(|key| stage.event(0.5, off(key)));
    assert_eq!(stage.run(0.5, 0.6).len(), 1, "96 dB at 60 dB in 50 ms");
    let left = stage.run(0.6, 0.7)[0];
    // 60 dB in 0.4 s.
    near(left.loudness_db + 18.0, -30.0, 0.5);
}

#[test]
fn settings_read_for_all_notes_follow_the_matrix_too() {
    // Vibrato rate: cycles in a second of full vibrato.
    let rises = |amount: f32| {
        let mut stage = with_row(Stage::plain(), ModulationSource::Macro1, Setting::VibratoRate, amount);
        let settings = [
            (Setting::Macro1, 1.0),
            (Setting::VibratoRate, 5.0),
            (Setting::VibratoJitter, 0.0),
            (Setting::VibratoOnset, 0.0),
        ];
        set(&mut stage, 0.0, &settings);
        stage.event(0.0, cc(1, 1.0));
        stage.event(0.0, on(69));
        let pitch: Vec<f32> = (1..2_000_u32).map(|ms| stage.frame(f64::from(ms) / 1e3)[0].tone.f0_hz).collect();
        pitch.windows(2).filter(|pair| pair[0] < 440.0 && pair[1] >= 440.0).count()
    };
    assert_eq!([rises(-0.1), rises(0.0), rises(0.1)].map(|found| found.div_ceil(5)), [1, 2, 4]);
    // Detuning, a place for each key, and the reference pitch.
    let mut stage = with_row(Stage::plain(), ModulationSource::Macro1, Setting::UnisonDetune, 0.3);
    set(&mut stage, 0.0, &[(Setting::Unison, 2.0), (Setting::UnisonDetune, 10.0), (Setting::Macro1, 1.0)]);
    stage.event(0.0, on(69));
    near(cents(stage.frame(0.1)[1].tone.f0_hz, 440.0), 40.0, 0.1);
    let mut stage = with_row(Stage::plain(), ModulationSource::Macro1, Setting::KeySpread, 1.0);
    set(&mut stage, 0.0, &[(Setting::Macro1, 1.0)]);
    stage.event(0.0, on(108));
    near(stage.frame(0.1)[0].tone.pan, 1.0, 1e-3);
    let mut stage = with_row(Stage::plain(), ModulationSource::Macro1, Setting::ReferencePitch, 0.25);
    set(&mut stage, 0.0, &[(Setting::Macro1, 1.0)]);
    stage.event(0.0, on(69));
    near(stage.frame(0.1)[0].tone.f0_hz, 460.0, 0.01);
}

#[test]
fn the_mix_follows_frame_by_frame_and_only_while_it_moves() {
    let mut stage = with_row(Stage::plain(), ModulationSource::Lfo1, Setting::OutputGain, 1.0 / 12.0);
    set(&mut stage, 0.0, &[(Setting::Lfo1Shape, 4.0), (Setting::Lfo1Rate, 2.0)]);
    stage.actions.clear();
    let mut moved = Vec::new();
    for ms in 1..=500_u32 {
        stage.frame(f64::from(ms) / 1e3);
        moved.extend(stage.performer.moved_mix().map(|mix| (ms, db_of_gain(mix.gain))));
    }
    println!("a square of 6 dB at 2 Hz without a note: {moved:?}");
    assert_eq!(moved.iter().map(|(ms, _)| *ms).collect::<Vec<_>>(), [1, 250, 500]);
    [6.0, -6.0, 6.0].iter().zip(&moved).for_each(|(expected, (_, found))| near(*found, *expected, 1e-3));
    // A knob that is turned meanwhile goes with it, and sends nothing by itself.
    set(&mut stage, 0.5, &[(Setting::OutputGain, -20.0), (Setting::Width, 0.5)]);
    assert!(stage.actions.is_empty());
    stage.frame(0.52);
    let mix = stage.performer.moved_mix().unwrap();
    near(db_of_gain(mix.gain), 6.0 - 20.0 * 0.632, 0.05);
    // Without a row it is a knob again.
    stage.event(0.7, Event::Route { row: 0, route: None });
    stage.frame(0.71);
    near(db_of_gain(stage.performer.moved_mix().unwrap().gain), -20.0, 1e-3);
    set(&mut stage, 0.8, &[(Setting::OutputGain, 0.0)]);
    assert_eq!(stage.actions.len(), 1);
    stage.frame(0.81);
    assert_eq!(stage.performer.moved_mix(), None);
}

#[test]
fn a_setting_of_all_notes_goes_from_one_note_to_the_next_without_a_step() {
    let mut stage = with_row(Stage::plain(), ModulationSource::Velocity, Setting::Width, 0.5);
    set(&mut stage, 0.0, &[(Setting::Width, 0.5)]);
    let strike = |stage: &mut Stage, seconds, key, velocity| {
        stage.event(seconds, Event::NoteOn { note: NoteAddress::of(0, key, None), velocity });
    };
    let width = |stage: &mut Stage, seconds| {
        stage.frame(seconds);
        stage.performer.mix().width
    };
    // The first is there at once.
    strike(&mut stage, 0.0, 60, 0.2);
    near(width(&mut stage, 0.001), 0.7, 1e-5);
    // The next comes within twenty milliseconds, as a controller's move would.
    strike(&mut stage, 0.1, 64, 1.0);
    let way: Vec<f32> = (101..300_u32).map(|ms| width(&mut stage, f64::from(ms) / 1e3)).collect();
    let greatest = way.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    println!(
        "from 0.7 to 1.5: {:.3} after a millisecond, {:.3} after twenty, at most {greatest:.3} a millisecond",
        way[0], way[19]
    );
    near(way[198], 1.5, 1e-3);
    assert!(greatest < 0.8 * 0.05);
    // Where it ends and the first goes on, it goes back; where none is left, it stays.
    stage.event(0.3, off(64));
    stage.run(0.3, 0.79);
    near(width(&mut stage, 0.8), 0.7, 1e-3);
    stage.event(0.8, off(60));
    stage.run(0.8, 1.4);
    near(width(&mut stage, 1.5), 0.7, 1e-3);
}

#[test]
fn a_line_that_goes_on_with_another_note_moves_without_a_step() {
    let mut stage = with_row(Stage::plain(), ModulationSource::Random, Setting::OddEven, 0.5);
    set(&mut stage, 0.0, &[(Setting::VoiceMode, 2.0)]);
    stage.event(0.0, on(60));
    let mut values = vec![stage.frame(0.1)[0].timbre.odd_even_db];
    stage.event(0.1, on(64));
    values.extend((101..300_u32).map(|ms| stage.frame(f64::from(ms) / 1e3)[0].timbre.odd_even_db));
    let way = (values[199] - values[0]).abs();
    let greatest = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    println!("a tied note is {way:.2} dB away, at most {greatest:.2} dB a millisecond");
    assert!(way > 0.5 && greatest < 0.055 * way);
}

#[test]
fn an_lfo_moves_everything_that_there_is_without_harm() {
    for (index, target) in Setting::ALL.into_iter().enumerate() {
        let mut stage = with_row(Stage::new(), ModulationSource::Lfo1, target, if index % 2 == 0 { 1.0 } else { -1.0 });
        set(&mut stage, 0.0, &[(Setting::Lfo1Rate, 7.0), (Setting::Unison, 3.0)]);
        stage.event(0.0, route(1, ModulationSource::Envelope2, Setting::Lfo1Rate));
        stage.event(0.0, cc(1, 1.0));
        stage.event(0.0, on(60));
        for frame in 1..250_u32 {
            for target in stage.frame(f64::from(frame) * 0.004) {
                assert!(target.tone.f0_hz.is_finite() && target.loudness_db.is_finite() && target.tone.pan.is_finite());
                assert!(target.harmonic_gain.is_finite() && target.noise_gain.is_finite());
            }
            let mix = stage.performer.mix();
            assert!(mix.gain.is_finite() && (0.0..=1.0).contains(&mix.room) && (0.0..=2.0).contains(&mix.width));
        }
    }
}
