//! Stretch and inharmonicity: where the partials lie, how loud they are, and how they get there.

use super::playing::Playing;
use super::spectrum::{amplitudes, decibels, loudest_above, partial};
use super::stage::Stage;
use timbrel_engine::frame::Tone;

/// Frequencies, of those asked for, cents.
const PITCH: f64 = 0.1;
/// Levels, decibels.
const LEVEL: f64 = 0.1;
/// Aliases, below the loudest partial, decibels.
const ALIAS: f64 = -90.0;
/// Loudest bin beyond the sound's own spectrum, dBFS.
const CLICK: f64 = -80.0;
/// Stretches (octaves per octave) and stiffnesses (Fletcher's B): to the ends of what the parameters allow.
const SERIES: [(f32, f32); 6] =
    [(0.01, 0.0), (-1.0 / 12.0, 0.0), (1.0 / 12.0, 0.0), (0.0, 0.000_4), (0.0, 0.002_62), (-0.05, 0.001)];

fn tone(f0_hz: f32, (stretch, inharmonicity): (f32, f32)) -> Tone {
    Tone { stretch, inharmonicity, ..Tone::of(f0_hz) }
}

/// Frequency of partial `k` over the fundamental's, from the formulas of `docs/sound-design.md`.
fn ratio(k: usize, (stretch, inharmonicity): (f32, f32)) -> f64 {
    let (k, s, b) = (k as f64, f64::from(stretch), f64::from(inharmonicity));
    k.powf(1.0 + s) * ((1.0 + b * k * k) / (1.0 + b)).sqrt()
}

/// Frequency error (cents) and level of the sine near `hertz`, from two windows an eighth of a second apart.
fn measured(sound: &[f32], hertz: f64, sample_rate: f64) -> (f64, f64) {
    let apart = sample_rate as usize / 8;
    let half = sound.len() - apart;
    let (level, first) = partial(&sound[..half], hertz, sample_rate);
    // The second window is told the phase that it starts with.
    let (_, second) = partial(&sound[apart..], hertz, sample_rate);
    let gained = second - first - hertz * apart as f64 / sample_rate;
    let error = (gained - gained.round()) * sample_rate / apart as f64;
    (1_200.0 * (1.0 + error / hertz).log2(), level)
}

#[test]
fn partials_lie_where_they_are_asked_for_and_keep_their_level() {
    for sample_rate in [8_000.0, 48_000.0, 192_000.0] {
        for series in SERIES {
            let stage = Stage { harmonics: 40, sample_rate, ..Stage::default() };
            let level = |k: usize| 0.2 * 10f32.powf(-0.05 * ((k * 7) % 40) as f32);
            let mut playing = stage.open();
            playing.begin(0, 0, 0.0, tone(220.0, series), &stage.row(level, |_| 0.0));
            let sound = playing.render(sample_rate as usize / 2, &[512]);
            let (mut cents, mut levels, mut count) = (0f64, 0f64, 0);
            for k in 1..=40 {
                let hertz = 220.0 * ratio(k, series);
                if hertz < 0.92 * sample_rate / 2.0 {
                    let (error, found) = measured(&sound, hertz, sample_rate);
                    cents = cents.max(error.abs());
                    levels = levels.max((decibels(found) - decibels(f64::from(level(k)))).abs());
                    count += 1;
                } else if hertz >= 0.98 * sample_rate / 2.0 && hertz < sample_rate / 2.0 {
                    assert!(decibels(partial(&sound, hertz, sample_rate).0) < -100.0);
                }
            }
            println!("{series:?} at {sample_rate} Hz: {count} partials within {cents:.5} cents and {levels:.4} dB");
            assert!(cents < PITCH && levels < LEVEL && count >= 10);
        }
    }
}

#[test]
fn the_fundamental_stays_where_it_is_while_the_series_moves() {
    // One partial, so that nothing else can be heard: the sound must be the harmonic one's to the last bits.
    let stage = Stage { harmonics: 1, ..Stage::default() };
    let row = stage.row(|_| 0.5, |_| 0.0);
    let sound = |moving: bool| {
        let mut playing = stage.open();
        playing.begin(0, 0, 0.2, tone(440.0, (0.0, 0.0)), &row);
        for frame in 0..100u64 {
            let series = if moving { SERIES[frame as usize % 6] } else { (0.0, 0.0) };
            playing.step_to(0, (frame * 192, frame * 192 + 192), tone(440.0 + frame as f32, series), &row);
        }
        playing.render(19_200, &[480])
    };
    assert_eq!(sound(true), sound(false));
}

#[test]
fn at_rest_the_sound_is_that_of_harmonics_byte_by_byte() {
    let stage = Stage::default();
    let row = stage.row(|k| 0.3 / k as f32, |_| 0.01);
    let sound = |series: (f32, f32), refused: bool| {
        let mut playing = stage.open();
        playing.begin(0, 0, 0.3, tone(220.0, series), &row);
        for frame in 0..50u64 {
            let f0_hz = 220.0 + (frame % 9) as f32;
            let series = if refused && frame == 20 { (f32::NAN, f32::INFINITY) } else { series };
            playing.step_to(0, (frame * 192, frame * 192 + 192), tone(f0_hz, series), &row);
        }
        playing.render(9_600, &[480])
    };
    let harmonic = sound((0.0, 0.0), false);
    // Less than is heard, negative stiffness and what is no number are none.
    for (series, refused) in [((-0.0, -0.0), false), ((1e-7, 1e-10), false), ((0.0, -1.0), false), ((0.0, 0.0), true)] {
        assert_eq!(sound(series, refused), harmonic);
    }
    let stretched = sound((0.001, 0.0), false);
    assert_ne!(stretched, harmonic);
}

/// Eight slots over irregular frames whose series wander, with steals, ends and late frames.
fn wandering(blocks: &[usize]) -> Vec<f32> {
    let stage = Stage { harmonics: 30, sample_rate: 44_100.0, start: 12_345_679, ..Stage::default() };
    let mut playing = stage.open();
    let mut rng = fastrand::Rng::with_seed(3);
    let mut from = 3;
    for _ in 0..300 {
        let level = 0.05 * rng.f32();
        let row = stage.row(|k| level / k as f32, |band| level * 0.02 / (1 + band) as f32);
        let series = if rng.bool() { (0.0, 0.0) } else { (0.2 * rng.f32() - 0.1, 0.003 * rng.f32()) };
        let (slot, tone) = (rng.u16(0..8), tone(80.0 + 2_000.0 * rng.f32(), series));
        let at = from + 1 + rng.u64(0..400);
        match rng.u8(0..8) {
            0 => playing.begin(slot, from, 0.1, tone, &row),
            1 => playing.end(slot, from, at),
            _ => playing.step_to(slot, (from, at), tone, &row),
        }
        from += rng.u64(0..200);
    }
    playing.render(40_000, blocks)
}

#[test]
fn block_sizes_never_change_a_stretched_sound() {
    let whole = wandering(&[40_000]);
    assert!(whole.iter().any(|sample| sample.abs() > 0.01));
    let mut rng = fastrand::Rng::with_seed(99);
    let uneven: Vec<usize> = (0..500).map(|_| rng.usize(1..=900)).collect();
    for blocks in [&[1][..], &[7], &[16], &[64], &[1_024], &uneven] {
        let cut = wandering(blocks);
        let first = whole.iter().zip(&cut).position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(first, None, "blocks of {:?}...", &blocks[..1]);
    }
    println!("blocks of 1, 7, 16, 64, 1024 and random: same bytes");
}

#[test]
fn a_stretched_sound_does_not_depend_on_how_long_the_clock_has_run() {
    let sound = |start| {
        let stage = Stage { start, ..Stage::default() };
        let mut playing = stage.open();
        let row = stage.row(|k| 0.3 / k as f32, |_| 0.0);
        playing.begin(0, 5, 0.0, tone(440.0, (0.05, 0.001)), &row);
        playing.step_to(0, (5, 192), tone(450.0, (-0.05, 0.0)), &row);
        playing.render(20_000, &[480])
    };
    assert_eq!(sound(0), sound(1 << 40));
}

/// A note of three partials under 2 kHz that sounds from sample 1000 on.
fn sounding(series: (f32, f32)) -> (Playing, Vec<f32>) {
    let stage = Stage { harmonics: 3, ..Stage::default() };
    let row = stage.row(|k| 0.4 / k as f32, |_| 0.0);
    let mut playing = stage.open();
    playing.begin(0, 0, 0.0, tone(440.0, series), &stage.row(|_| 0.0, |_| 0.0));
    playing.step_to(0, (0, 1_000), tone(440.0, series), &row);
    (playing, row)
}

#[test]
fn a_moving_series_does_not_click() {
    // From end to end at every frame, and back to rest; some frames come late, and a steal comes in between.
    let (mut playing, row) = sounding((0.0, 0.0));
    for frame in 5..60u64 {
        let series = SERIES[frame as usize % 6];
        playing.step_to(0, (frame * 192, frame * 192 + 192), tone(440.0, series), &row);
    }
    let mut sound = playing.render(12_000, &[480]);
    playing.step_to(0, (11_400, 11_500), tone(440.0, (1.0 / 12.0, 0.002_62)), &row);
    sound.extend(playing.render(2_400, &[480]));
    playing.step_to(0, (14_400, 14_592), tone(440.0, (0.0, 0.0)), &row);
    sound.extend(playing.render(4_800, &[480]));
    playing.begin(0, 19_300, 0.0, tone(300.0, (0.05, 0.0)), &row.iter().map(|_| 0.0).collect::<Vec<_>>());
    playing.step_to(0, (19_300, 20_300), tone(300.0, (0.0, 0.0)), &row);
    playing.end(0, 24_000, 24_480);
    sound.extend(playing.render(7_200, &[480]));
    let found = loudest_above(&sound, 6_000.0, 48_000.0, 1_024);
    println!("a series that leaps at every frame: {found:.1} dBFS above 6 kHz");
    assert!(found < CLICK);
}

#[test]
fn back_at_rest_partials_are_harmonic_again_and_keep_their_phases() {
    let (mut playing, row) = sounding((0.0, 0.0));
    playing.step_to(0, (4_800, 9_600), tone(440.0, (0.05, 0.001)), &row);
    playing.step_to(0, (9_600, 14_400), tone(440.0, (0.0, 0.0)), &row);
    let sound = playing.render(120_000, &[480]);
    let settled = &sound[16_000..];
    for k in 1..=3 {
        let (cents, level) = measured(settled, 440.0 * k as f64, 48_000.0);
        let db = decibels(level) - decibels(0.4 / k as f64);
        println!("partial {k}: {cents:+.6} cents, {db:+.4} dB");
        assert!(cents.abs() < PITCH && db.abs() < LEVEL);
    }
    // Each partial ran ahead by the area of its triangle.
    let (_, first) = partial(settled, 440.0, 48_000.0);
    for k in 2..=3 {
        let (_, found) = partial(settled, 440.0 * k as f64, 48_000.0);
        let ahead = (ratio(k, (0.05, 0.001)) - k as f64) * 440.0 * 4_800.0 / 48_000.0;
        let expected = k as f64 * (first + 0.25) - 0.25 + ahead;
        let error = found - expected - (found - expected).round();
        println!("partial {k} is {ahead:.3} turns ahead, off by {error:+.5}");
        assert!(error.abs() < 1e-3);
    }
}

#[test]
fn a_stretched_bank_swept_over_nyquist_does_not_alias() {
    for series in [(1.0 / 12.0, 0.002), (-1.0 / 12.0, 0.0)] {
        let stage = Stage { harmonics: 100, ..Stage::default() };
        let mut playing = stage.open();
        let row = stage.row(|_| 0.01, |_| 0.0);
        let (hop, frames, rate) = (200u64, 1_000u64, 50.0);
        let f0 = |sample: f64| 900.0 + rate * sample / 48_000.0;
        playing.begin(0, 0, 0.0, tone(900.0, series), &row);
        for frame in 0..frames {
            let at = (frame + 1) * hop;
            playing.step_to(0, (frame * hop, at), tone(f0(at as f64) as f32, series), &row);
        }
        let worst =
            beside_partials(&playing.render((hop * frames) as usize, &[512]), |sample| ((f0(sample), series), rate));
        println!("{series:?}, fundamental swept: aliases {worst:.1} dBc");
        assert!(worst < ALIAS);
    }
}

#[test]
fn a_series_that_stretches_over_nyquist_does_not_alias() {
    let stage = Stage { harmonics: 2, ..Stage::default() };
    let mut playing = stage.open();
    let row = |level: f32| stage.row(|k| if k == 2 { level } else { 0.0 }, |_| 0.0);
    // The second partial goes from 18 kHz to 25.4 kHz in a tenth of a second, stays there and comes back.
    let (rest, wide) = ((0.0, 0.0), (0.5, 0.0));
    playing.begin(0, 0, 0.0, tone(9_000.0, rest), &row(0.0));
    playing.step_to(0, (0, 4_800), tone(9_000.0, rest), &row(0.5));
    playing.step_to(0, (4_800, 9_600), tone(9_000.0, wide), &row(0.5));
    playing.step_to(0, (9_600, 48_000), tone(9_000.0, wide), &row(0.5));
    playing.step_to(0, (48_000, 52_800), tone(9_000.0, rest), &row(0.5));
    playing.end(0, 52_800, 57_600);
    let sound = playing.render(60_000, &[512]);
    let silent = sound[9_700..47_900].iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
    let mut low = -300f64;
    for start in (0..sound.len() - 512).step_by(64) {
        let spectrum = amplitudes(&sound[start..start + 512]);
        low = spectrum[..512 * 12 / 48].iter().fold(low, |worst, amplitude| worst.max(decibels(amplitude / 0.5)));
    }
    println!("beyond Nyquist {silent:.1e}, {low:.1} dBc under 12 kHz on the way");
    assert!(silent == 0.0 && low < ALIAS);
    assert!(sound[52_000..52_700].iter().any(|sample| sample.abs() > 0.4), "and back");
}

/// Loudest bin that is no partial's, below the loudest one, decibels. `at` gives fundamental and series at a sample, and how fast
/// the fundamental moves, hertz per second.
fn beside_partials(sound: &[f32], at: impl Fn(f64) -> ((f64, (f32, f32)), f64)) -> f64 {
    let (size, sample_rate) = (8_192, 48_000.0);
    let bin = sample_rate / size as f64;
    let mut worst = -300f64;
    for start in (0..sound.len() - size).step_by(size / 4) {
        let spectrum = amplitudes(&sound[start..start + size]);
        let loudest = spectrum.iter().fold(0f64, |a, b| a.max(*b));
        let ((f0, series), rate) = at((start + size / 2) as f64);
        let ratios: Vec<f64> = (1..=100).map(|k| ratio(k, series)).collect();
        for (index, amplitude) in spectrum.iter().enumerate() {
            let hertz = index as f64 * bin;
            // A partial spreads by what it moves within the window, and by the window's own main lobe.
            let near =
                |ratio: &f64| (hertz - ratio * f0).abs() <= 0.6 * ratio * rate * size as f64 / sample_rate + 8.0 * bin;
            if !ratios.iter().any(near) {
                worst = worst.max(decibels(amplitude / loudest));
            }
        }
    }
    worst
}
