//! Modulation through the packaged plugin: what LFOs, macros and chance do to the sound, measured; that an LFO is locked to
//! the host's song; that a project keeps its matrix; and that blocks change nothing.
//! Test code.

#![allow(clippy::unwrap_used)]

use timbrel_tests::fixtures::DdspModel;
use timbrel_tests::host::{
    Blocks, Event, Instance, Mode, Package, Recording, Setup, Song, Timed, matrix_of, with_instrument, with_matrix,
    without_field, without_parameter,
};
use timbrel_tests::measure::{cents_between, first_difference, fundamental, partials_db};

const RATE: f64 = 48_000.0;
const BLOCKS: Blocks = Blocks::Fixed(256);
/// A3 and its fundamental, hertz.
const KEY: u8 = 57;
const A3: f64 = 220.0;

/// Rows of the matrix: number from 1, source, target.
type Rows<'a> = &'a [(u8, &'a str, &'a str)];

/// An instance with these rows that plays the fixture: eight partials, no noise, no room, frames every 4 ms.
fn instance(setup: &Setup, rows: Rows) -> Instance {
    let folder = tempfile::tempdir().unwrap();
    let model = DdspModel::default().noise_level(0.0).write(folder.path(), "steady.onnx");
    let mut instance = Instance::playing(&Package::find().unwrap(), setup, &model).unwrap();
    let state = with_matrix(&instance.save().unwrap(), rows).unwrap();
    instance.load(&state).unwrap();
    instance
}

/// Moves parameters at the first sample to what texts say.
fn parameters(instance: &mut Instance, at: u64, values: &[(&str, &str)]) -> Vec<Timed> {
    let mut event = |(name, text): &(&str, &str)| {
        let id = instance.parameter(name).unwrap().id;
        let value = instance.value_of(id, text).unwrap().unwrap();
        Timed { at, event: Event::Parameter { id, value } }
    };
    values.iter().map(&mut event).collect()
}

/// Renders `events`, and takes the latency off.
fn render(instance: &mut Instance, events: &[Timed], length: u64, blocks: Blocks) -> Recording {
    let latency = instance.latency().unwrap();
    let mut sound = instance.render(events, length + u64::from(latency), blocks).unwrap();
    for channel in [&mut sound.left, &mut sound.right] {
        channel.drain(..latency as usize);
        assert!(channel.iter().all(|sample| sample.is_finite()));
    }
    sound
}

/// One note held from the first sample on, with these rows and parameters.
fn held(rows: Rows, values: &[(&str, &str)], song: Option<fn(u64) -> Song>, length: u64) -> Recording {
    let mut instance = instance(&Setup::offline(BLOCKS), rows);
    if let Some(song) = song {
        instance.play_song(song);
    }
    let mut events = parameters(&mut instance, 0, &[("Attack", "1 ms"), ("Sustain", "0 dB")]);
    events.extend(parameters(&mut instance, 0, values));
    events.push(Timed::note_on(0, KEY, 0.8));
    render(&mut instance, &events, length, BLOCKS)
}

/// Place in the stereo field around `at`, -1 to 1, over a period of A3: of a constant-power pan the side is the middle times
/// the tangent of an eighth turn times the place.
fn place(sound: &Recording, at: usize) -> f64 {
    let (mut product, mut power) = (0.0, 1e-30);
    let range = at - 109..at + 109;
    for (left, right) in sound.left[range.clone()].iter().zip(&sound.right[range]) {
        let (mid, side) = (f64::from(left + right), f64::from(right - left));
        product += mid * side;
        power += mid * mid;
    }
    (product / power).atan() / std::f64::consts::FRAC_PI_4
}

/// Cents above A3 of the quarter of a second around `middle`, in samples.
fn cents(sound: &Recording, middle: usize, length: usize) -> f64 {
    let part = &sound.left[middle - length / 2..middle + length / 2];
    cents_between(A3, fundamental(part, RATE, A3).unwrap())
}

#[test]
fn an_lfo_pans_at_its_rate_and_depth() {
    let rows = [(1, "lfo1", "pan")];
    let values = [("LFO 1 Rate", "3.00 Hz"), ("Mod 1 Amount", "40 %"), ("LFO 1 Phase", "25 %")];
    let sound = held(&rows, &values, None, 96_000);
    let mut worst = 0.0_f64;
    for at in 4_800..95_000 {
        // Each sample by itself, where there is enough of it.
        let (mid, side) = (sound.left[at] + sound.right[at], sound.right[at] - sound.left[at]);
        if mid.abs() > 1e-3 {
            // 40 % of a field that is 2 wide.
            let expected = 0.8 * (std::f64::consts::TAU * (3.0 * at as f64 / RATE + 0.25)).sin();
            let found = f64::from(side / mid).atan() / std::f64::consts::FRAC_PI_4;
            worst = worst.max((found - expected).abs());
        }
    }
    println!("3 Hz, 80 % of the field either way: at most {worst:.4} off");
    assert!(worst < 4e-3);
}

#[test]
fn an_lfo_in_a_song_is_locked_to_its_beats() {
    // Beat 8 at the first sample, at 100 beats a minute; 0.6 s a beat.
    let song = |position| Song { playing: true, tempo: 100.0, beat: 8.0 + position as f64 / 28_800.0 };
    let values = [("LFO 1 Shape", "Square"), ("LFO 1 Sync", "1/4"), ("Mod 1 Amount", "2.08333 %")];
    let sound = held(&[(1, "lfo1", "tune")], &values, Some(song), 4 * 28_800);
    for beat in 0..4 {
        for (part, expected) in [(1, 100.0), (3, -100.0)] {
            let middle = beat * 28_800 + part * 7_200;
            let found = cents(&sound, middle, 12_000);
            println!("beat {beat}, quarter {part}: {found:+.2} cents");
            // Amounts read back to a hundredth of a percent: a quarter of a cent.
            assert!((found - expected).abs() < 0.8);
        }
    }
    // The edge itself, by the place in the field.
    let values = [("LFO 1 Shape", "Square"), ("LFO 1 Sync", "1/4"), ("Mod 1 Amount", "50 %")];
    let sound = held(&[(1, "lfo1", "pan")], &values, Some(song), 2 * 28_800);
    let edge = (24_000..40_000).step_by(24).find(|at| place(&sound, *at) > 0.0).unwrap();
    println!("the second beat is at 28800, the square rises at {edge}");
    assert!(edge.abs_diff(28_800) < 240);
}

#[test]
fn a_tempo_that_changes_within_a_block_is_followed_at_its_sample() {
    const TURN: u64 = 30_100;
    // At 120 from beat 4 on; at sample 30,100 back to beat 1 at 60.
    let song = |position: u64| match position.checked_sub(TURN) {
        None => Song { playing: true, tempo: 120.0, beat: 4.0 + position as f64 / 24_000.0 },
        Some(since) => Song { playing: true, tempo: 60.0, beat: 1.0 + since as f64 / 48_000.0 },
    };
    let play = |blocks: Blocks| {
        let mut instance = instance(&Setup::offline(blocks), &[(1, "lfo1", "pan")]);
        instance.play_song(song);
        let values = [("LFO 1 Shape", "Saw Up"), ("LFO 1 Sync", "1 Bar"), ("Mod 1 Amount", "50 %")];
        let mut events = parameters(&mut instance, 0, &values);
        events.push(Timed::note_on(0, KEY, 0.8));
        events.push(Timed { at: TURN, event: Event::Transport(song(TURN)) });
        // A parameter that moves later cuts the block again.
        events.extend(parameters(&mut instance, TURN + 77, &[("Output", "-1 dB")]));
        render(&mut instance, &events, 96_000, blocks)
    };
    let expected = play(Blocks::Fixed(1));
    for at in [25_000, 40_000, 90_000] {
        let beat = song(at as u64).beat;
        let found = (place(&expected, at) + 1.0) / 2.0;
        println!("sample {at}: {:.4} of a bar, expected {:.4}", found, (beat / 4.0).fract());
        assert!((found - (beat / 4.0).fract()).abs() < 2e-3);
    }
    for blocks in [Blocks::Fixed(1_024), Blocks::Fixed(333), Blocks::Random { seed: 3, largest: 1_024 }] {
        let found = play(blocks);
        assert_eq!(first_difference(&expected.left, &found.left, 0.0), None, "{blocks:?}");
        assert_eq!(first_difference(&expected.right, &found.right, 0.0), None, "{blocks:?}");
    }
}

#[test]
fn a_song_that_stands_still_leaves_the_lfo_running() {
    let song = |_| Song { playing: false, tempo: 90.0, beat: 8.3 };
    let values = [("LFO 1 Shape", "Saw Up"), ("LFO 1 Sync", "1/2"), ("Mod 1 Amount", "50 %")];
    let sound = held(&[(1, "lfo1", "pan")], &values, Some(song), 96_000);
    for at in [20_000, 50_000, 90_000] {
        // From beat 0, as nobody said another; two beats of 32,000 samples.
        let expected = 2.0 * (at as f64 / 64_000.0).fract() - 1.0;
        let found = place(&sound, at);
        println!("sample {at}: {found:.4}, expected {expected:.4}");
        assert!((found - expected).abs() < 4e-3);
    }
}

#[test]
fn brightness_is_tilted_in_decibels_per_octave() {
    let slope = |values: &[(&str, &str)]| {
        let sound = held(&[(1, "lfo1", "bright")], values, None, 96_000);
        // Both halves of a square of 1 Hz.
        [12_000, 36_000].map(|middle: usize| {
            let levels = partials_db(&sound.left[middle - 7_200..middle + 7_200], RATE, A3, 4);
            (levels[3] - levels[0]) / 2.0
        })
    };
    let still = slope(&[]);
    let moved = slope(&[("LFO 1 Shape", "Square"), ("LFO 1 Rate", "1.00 Hz"), ("Mod 1 Amount", "25 %")]);
    let found = [moved[0] - still[0], moved[1] - still[1]];
    println!("25 % of 12 dB/oct: {found:.3?} dB/oct");
    assert!((found[0] - 3.0).abs() < 0.05 && (found[1] + 3.0).abs() < 0.05);
}

#[test]
fn chance_gives_each_note_a_pitch_of_its_own_and_the_same_again() {
    let play = || {
        let mut instance = instance(&Setup::offline(BLOCKS), &[(1, "random", "tune")]);
        let mut events = parameters(&mut instance, 0, &[("Mod 1 Amount", "1 %"), ("Attack", "1 ms")]);
        for note in 0..4 {
            events.push(Timed::note_on(note * 24_000, KEY, 0.8));
            events.push(Timed::note_off(note * 24_000 + 20_000, KEY));
        }
        let sound = render(&mut instance, &events, 96_000, BLOCKS);
        [0, 1, 2, 3].map(|note| cents(&sound, note * 24_000 + 11_000, 14_400))
    };
    let found = play();
    println!("1 % of 48 semitones by chance: {found:.2?} cents");
    assert!(found.iter().all(|cents| cents.abs() < 48.5));
    let mut sorted = found;
    sorted.sort_by(f64::total_cmp);
    assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] > 0.5));
    assert_eq!(found, play());
}

#[test]
fn a_macro_that_the_host_moves_moves_what_it_is_laid_on() {
    let mut instance = instance(&Setup::offline(BLOCKS), &[(5, "macro2", "pan"), (6, "macro2", "gain")]);
    let mut events = parameters(&mut instance, 0, &[("Mod 5 Amount", "50 %"), ("Mod 6 Amount", "-12.5 %")]);
    events.push(Timed::note_on(0, KEY, 0.8));
    events.extend(parameters(&mut instance, 48_000, &[("Macro 2", "60 %")]));
    let sound = render(&mut instance, &events, 96_000, BLOCKS);
    let power = |range: std::ops::Range<usize>| -> f64 {
        sound.left[range.clone()].iter().chain(&sound.right[range]).map(|sample| f64::from(*sample).powi(2)).sum()
    };
    let quieter = 10.0 * (power(72_000..91_200) / power(24_000..43_200)).log10();
    let places = [place(&sound, 30_000), place(&sound, 80_000)];
    println!("a macro at 60 %: from {:.4} to {:.4}, and {quieter:.3} dB", places[0], places[1]);
    assert!(places[0].abs() < 1e-4 && (places[1] - 0.6).abs() < 2e-3);
    // An eighth of 72 dB, and 60 % of that.
    assert!((quieter + 5.4).abs() < 0.05);
    assert_eq!(instance.parameter("Output").unwrap().value, instance.parameter("Output").unwrap().default);
}

#[test]
fn a_project_keeps_its_matrix_and_one_without_has_none() {
    let rows = [(1, "lfo1", "pan"), (3, "gyroscope", "bright"), (16, "env2", "of the future")];
    let setup = Setup::offline(BLOCKS);
    let state = instance(&setup, &rows).save().unwrap();
    let mut other = Instance::new(&Package::find().unwrap()).unwrap();
    other.load(&state).unwrap();
    assert_eq!(other.save().unwrap(), state);
    let saved = matrix_of(&state).unwrap();
    assert_eq!(saved["rows"].as_array().unwrap().len(), 3);
    assert_eq!(saved["rows"][1]["source"], "gyroscope");

    // As release 0.3 saved: neither a matrix nor its amounts, in a plugin that had both.
    let mut instance = instance(&setup, &rows);
    let mut events = parameters(&mut instance, 0, &[("Mod 1 Amount", "50 %"), ("LFO 1 Shape", "Square")]);
    events.push(Timed::note_on(0, KEY, 0.8));
    let panned = render(&mut instance, &events, 24_000, BLOCKS);
    assert!(place(&panned, 12_000) > 0.99);
    let old = without_parameter(&instance.save().unwrap(), "mod1").unwrap();
    let old = without_field(&old, "matrix").unwrap();
    instance.load(&old).unwrap();
    assert_eq!(matrix_of(&instance.save().unwrap()).unwrap()["rows"].as_array().unwrap().len(), 0);
    let latency = instance.latency().unwrap() as usize;
    let plain = instance.render(&[], 24_000, BLOCKS).unwrap();
    assert!(place(&plain, latency + 12_000).abs() < 1e-4);
}

/// Rows of every kind.
const BUSY: [(u8, &str, &str); 12] = [
    (1, "lfo1", "bright"),
    (2, "lfo2", "tune"),
    (3, "velocity", "env2d"),
    (4, "env2", "pan"),
    (5, "random", "loud"),
    (6, "wheel", "mod2"),
    (7, "lfo1", "gain"),
    (8, "velocity", "room"),
    (9, "macro1", "lfo1rate"),
    (10, "env3", "formant"),
    (11, "key", "width"),
    (12, "pressure", "attack"),
];

/// Notes, controllers and moved parameters under those, in a song that changes its tempo.
fn busy_piece(setup: &Setup, blocks: Blocks) -> Recording {
    let song = |position: u64| Song { playing: true, tempo: 140.0, beat: 2.0 + position as f64 * 140.0 / 60.0 / RATE };
    let mut instance = instance(setup, &BUSY);
    instance.play_song(song);
    let mut events = parameters(
        &mut instance,
        0,
        &[
            ("LFO 1 Shape", "Steps"),
            ("LFO 1 Rate", "7.00 Hz"),
            ("LFO 2 Sync", "1/8 T"),
            ("LFO 2 Mode", "Note"),
            ("LFO 2 Rise", "200 ms"),
            ("Mod 1 Amount", "30 %"),
            ("Mod 2 Amount", "1 %"),
            ("Mod 3 Amount", "-20 %"),
            ("Mod 4 Amount", "40 %"),
            ("Mod 5 Amount", "10 %"),
            ("Mod 6 Amount", "2 %"),
            ("Mod 7 Amount", "5 %"),
            ("Mod 8 Amount", "-50 %"),
            ("Mod 9 Amount", "10 %"),
            ("Mod 10 Amount", "15 %"),
            ("Mod 11 Amount", "25 %"),
            ("Mod 12 Amount", "20 %"),
        ],
    );
    for (index, key) in [45, 50, 54, 57, 62, 66].into_iter().enumerate() {
        let at = 101 + 4_999 * index as u64;
        events.push(Timed::note_on(at, key, 0.3 + 0.1 * index as f64));
        events.push(Timed::note_off(at + 21_013, key));
    }
    for step in 0..40u8 {
        let at = 9_000 + 777 * u64::from(step);
        events.push(Timed { at, event: Event::Midi([0xb0, 1, 3 * step]) });
        events.push(Timed { at: at + 11, event: Event::Midi([0xd0, 2 * step, 0]) });
    }
    events.extend(parameters(&mut instance, 20_333, &[("Macro 1", "80 %"), ("Output", "-3 dB")]));
    events.sort_by_key(|event| event.at);
    render(&mut instance, &events, 72_000, blocks)
}

#[test]
fn blocks_change_no_byte_of_modulated_sound() {
    let play = |blocks: Blocks| busy_piece(&Setup::offline(blocks), blocks);
    let expected = play(Blocks::Fixed(1_024));
    assert!(expected.left.iter().any(|sample| sample.abs() > 1e-3));
    assert!(expected.left != expected.right);
    for blocks in [Blocks::Fixed(1), Blocks::Fixed(64), Blocks::Fixed(480), Blocks::Random { seed: 5, largest: 700 }] {
        let found = play(blocks);
        for (a, b) in [(&expected.left, &found.left), (&expected.right, &found.right)] {
            assert_eq!(first_difference(a, b, 0.0), None, "{blocks:?}");
        }
    }
}

#[test]
fn a_real_time_take_of_modulated_sound_is_the_bounce() {
    let blocks = Blocks::Fixed(512);
    let play = |mode: Mode| {
        let mut instance = instance(&Setup { mode, ..Setup::offline(blocks) }, &BUSY);
        let values = [("Mod 1 Amount", "30 %"), ("Mod 4 Amount", "40 %"), ("Mod 7 Amount", "10 %")];
        let mut events = parameters(&mut instance, 0, &values);
        events.extend([Timed::note_on(480, 45, 0.7), Timed::note_on(9_600, 57, 0.9), Timed::note_off(24_000, 57)]);
        let mut sound = Recording::default();
        let (begin, mut rest) = (std::time::Instant::now(), &events[..]);
        while instance.position() < 48_128 {
            let until = instance.position() + 512;
            let (now, later) = rest.split_at(rest.partition_point(|event| event.at < until));
            rest = later;
            instance.process(now, 512, &mut sound).unwrap();
            if mode == Mode::Realtime {
                // In step with the clock, as a sound card would ask.
                let due = std::time::Duration::from_secs_f64(instance.position() as f64 / RATE);
                std::thread::sleep(due.saturating_sub(begin.elapsed()));
            }
        }
        sound
    };
    let (take, bounce) = (play(Mode::Realtime), play(Mode::Offline));
    // On a machine that is busy with other things frames may come late; then this says nothing either way.
    if let Some(at) = first_difference(&bounce.left, &take.left, 0.0) {
        eprintln!("frames came late on this machine, at sample {at}");
        assert!(take.left.iter().all(|sample| sample.is_finite()));
    }
}

#[test]
fn without_rows_amounts_and_sources_change_no_byte() {
    let play = |values: &[(&str, &str)]| {
        let mut instance = instance(&Setup::offline(BLOCKS), &[]);
        let mut events = parameters(&mut instance, 0, values);
        events.extend([Timed::note_on(0, KEY, 0.8), Timed::note_off(20_000, KEY)]);
        render(&mut instance, &events, 48_000, BLOCKS)
    };
    let values = [("Mod 1 Amount", "100 %"), ("LFO 1 Rate", "9.00 Hz"), ("Macro 1", "70 %"), ("Env 2 Sustain", "90 %")];
    assert_eq!(first_difference(&play(&[]).left, &play(&values).left, 0.0), None);
}

#[test]
fn shipped_instruments_are_modulated_too() {
    // A waveshaper, whose rows are films.
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let model = root.join("models/instruments/violin/violin.onnx");
    if !model.is_file() {
        eprintln!("skipped: {} is not there", model.display());
        return;
    }
    let mut instance = Instance::plain(&Package::find().unwrap()).unwrap();
    let state = with_instrument(&instance.save().unwrap(), &model).unwrap();
    instance.load(&with_matrix(&state, &[(1, "lfo1", "pan")]).unwrap()).unwrap();
    instance.activate(&Setup::offline(BLOCKS)).unwrap();
    let mut events = parameters(&mut instance, 0, &[("Mod 1 Amount", "50 %"), ("LFO 1 Shape", "Square")]);
    events.extend(parameters(&mut instance, 0, &[("Room", "0 %")]));
    events.push(Timed::note_on(0, 69, 0.8));
    let sound = render(&mut instance, &events, 48_000, BLOCKS);
    let places = [place(&sound, 20_000), place(&sound, 40_000)];
    println!("{places:.3?}");
    assert!(places[0] > 0.5 && places[1] < -0.5);
}
