//! Each shaping control through the packaged plugin: the spectrum moves the way and the distance that its unit says, pitch and
//! loudness stay.
//! Test code.

#![allow(clippy::unwrap_used)]

use realfft::RealFftPlanner;
use std::path::{Path, PathBuf};
use timbrel_tests::host::{Blocks, Event, Instance, Package, Setup, Timed};
use timbrel_tests::measure::{cents_between, fundamental};

const RATE: f64 = 48_000.0;
const BLOCKS: Blocks = Blocks::Fixed(512);
/// A note stands after this, samples, ...
const STANDS: usize = 48_000;
/// ... and is looked at for so long: bins are 1 Hz wide.
const LOOK: usize = 48_000;
/// Bins on each side of a partial that are its own.
const SKIRT: usize = 4;
/// What is louder is heard, hertz.
const HEARD_TO_HZ: f64 = 18_000.0;
/// Most that a loudness may move where it should stay, decibels; and a pitch, cents.
const LOUDNESS_DB: f64 = 0.5;
const PITCH_CENTS: f64 = 1.0;
/// MIDI velocity 100.
const NEUTRAL: f64 = 100.0 / 127.0;

/// A parameter, what it is set to in its own unit, and the range of that unit.
#[derive(Clone, Copy)]
struct Set(&'static str, f64, (f64, f64));

fn odd_even(db: f64) -> Set {
    Set("Odd/Even", db, (-24.0, 24.0))
}

fn formant(semitones: f64) -> Set {
    Set("Formant", semitones, (-24.0, 24.0))
}

fn balance(db: f64) -> Set {
    Set("Balance", db, (-24.0, 24.0))
}

fn timbre_shift(semitones: f64) -> Set {
    Set("Timbre Shift", semitones, (-24.0, 24.0))
}

fn dynamics(span: f64) -> Set {
    Set("Dynamics", span, (0.0, 2.0))
}

fn drive(db: f64) -> Set {
    Set("Drive", db, (-24.0, 24.0))
}

fn index_shift(shift: f64) -> Set {
    Set("Index Shift", shift, (-1.0, 1.0))
}

fn shaper_mix(place: f64) -> Set {
    Set("Shaper Mix", place, (-1.0, 1.0))
}

fn brightness(db_per_octave: f64) -> Set {
    Set("Brightness", db_per_octave, (-6.0, 6.0))
}

fn harmonics(db: f64) -> Set {
    Set("Harmonic Level", db, (-60.0, 12.0))
}

fn noise(db: f64) -> Set {
    Set("Noise Level", db, (-60.0, 12.0))
}

fn attack_noise(amount: f64) -> Set {
    Set("Attack Noise", amount, (-1.0, 1.0))
}

/// Renders notes, all as plain as they come: without learned performance and limiter. From the first note-on, left channel.
struct Player {
    instance: Instance,
    key: u8,
}

impl Player {
    fn new(name: &str, key: u8) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let model: PathBuf = root.join("models/instruments").join(name).join(format!("{name}.onnx"));
        let instance = Instance::playing(&Package::find().unwrap(), &Setup::offline(BLOCKS), &model).unwrap();
        Self { instance, key }
    }

    fn note(&mut self, velocity: f64, sets: &[Set], length: usize) -> Vec<f32> {
        // Every note is the first of its instance, so that its noise is the same.
        self.instance.reset().unwrap();
        let latency = self.instance.latency().unwrap() as usize;
        let begin = self.instance.position();
        let plain =
            [Set("Natural", 0.0, (0.0, 1.0)), Set("Limiter", 0.0, (0.0, 1.0)), Set("Fluctuation", 0.0, (0.0, 6.0))];
        let mut events: Vec<Timed> = plain
            .iter()
            .chain(sets)
            .map(|Set(name, value, (least, most))| {
                let parameter = self.instance.parameter(name).unwrap();
                let (low, high) = parameter.range;
                let value = low + (value - least) / (most - least) * (high - low);
                Timed { at: begin, event: Event::Parameter { id: parameter.id, value } }
            })
            .collect();
        // Set long before, as smoothers take their time.
        let on = begin + 12_000;
        events.push(Timed::note_on(on, self.key, velocity));
        let sound = self.instance.render(&events, 12_000 + (latency + length) as u64, BLOCKS).unwrap();
        for Set(name, ..) in plain.iter().chain(sets) {
            let parameter = self.instance.parameter(name).unwrap();
            let event = Event::Parameter { id: parameter.id, value: parameter.default };
            self.instance.render(&[Timed { at: self.instance.position(), event }], 64, BLOCKS).unwrap();
        }
        assert!(sound.left.iter().all(|sample| sample.is_finite()));
        sound.left[12_000 + latency..][..length].to_vec()
    }

    /// The spectrum of a note that stands.
    fn look(&mut self, velocity: f64, sets: &[Set]) -> Look {
        Look::of(&self.note(velocity, sets, STANDS + LOOK)[STANDS..], self.key)
    }
}

/// A second of a note.
struct Look {
    f0_hz: f64,
    /// Measured fundamental, hertz.
    pitch_hz: f64,
    /// Power of partials 1, 2, ...
    partials: Vec<f64>,
    /// Power between partials k and k + 1, in the middle half.
    gaps: Vec<f64>,
    /// Of the whole sound.
    power: f64,
}

fn db(power: f64) -> f64 {
    10.0 * power.max(1e-20).log10()
}

impl Look {
    fn of(sound: &[f32], key: u8) -> Self {
        let f0_hz = 440.0 * ((f64::from(key) - 69.0) / 12.0).exp2();
        let transform = RealFftPlanner::<f64>::new().plan_fft_forward(LOOK);
        let window = |n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / LOOK as f64).cos();
        let mut windowed: Vec<f64> =
            sound.iter().enumerate().map(|(n, sample)| window(n) * f64::from(*sample)).collect();
        let mut spectrum = transform.make_output_vec();
        transform.process(&mut windowed, &mut spectrum).unwrap();
        // Parseval, and the power of the window: 3/8.
        let scale = 2.0 / (0.375 * (LOOK * LOOK) as f64);
        let power: Vec<f64> = spectrum.iter().map(|bin| scale * bin.norm_sqr()).collect();
        let place = |k: f64| (k * f0_hz * LOOK as f64 / RATE).round() as usize;
        let count = (HEARD_TO_HZ / f0_hz) as usize;
        Self {
            f0_hz,
            pitch_hz: fundamental(sound, RATE, f0_hz).unwrap_or(0.0),
            partials: (1..=count)
                .map(|k| power[place(k as f64) - SKIRT..=place(k as f64) + SKIRT].iter().sum())
                .collect(),
            gaps: (1..=count).map(|k| power[place(k as f64 + 0.25)..=place(k as f64 + 0.75)].iter().sum()).collect(),
            power: power[5..].iter().sum(),
        }
    }

    fn level_db(&self) -> f64 {
        db(self.power)
    }

    fn noise_db(&self) -> f64 {
        db(self.gaps.iter().sum())
    }

    fn harmonics_db(&self) -> f64 {
        db(self.partials.iter().sum())
    }

    /// Levels of the partials, decibels.
    fn levels(&self) -> Vec<f64> {
        self.partials.iter().map(|power| db(*power)).collect()
    }

    /// Partials that stand out of the noise around them.
    fn stands_out(&self, k: usize) -> bool {
        let around = self.gaps[k - 1].max(self.gaps[k.saturating_sub(2)]) / (0.5 * self.f0_hz) * (2 * SKIRT + 1) as f64;
        self.partials[k - 1] > 100.0 * around && db(self.partials[k - 1]) > -100.0
    }

    /// Loudness of the partials in the kit's measure, decibels.
    fn a_weighted_db(&self) -> f64 {
        let weight = |hertz: f64| {
            let square = hertz * hertz;
            let [a, b, c, d] = [20.598_997f64, 107.652_65, 737.862_23, 12_194.217].map(|pole| square + pole * pole);
            (1.258_925 * 12_194.217f64.powi(2) * square * square / (a * d * (b * c).sqrt())).powi(2) + 1e-3
        };
        db(self.partials.iter().zip(1..).map(|(power, k)| power * weight(f64::from(k) * self.f0_hz)).sum())
    }

    /// Mean number of the partials by their power.
    fn centroid(&self) -> f64 {
        let moment: f64 = self.partials.iter().zip(1..).map(|(power, k)| power * f64::from(k)).sum();
        moment / self.partials.iter().sum::<f64>()
    }

    /// Prints and checks that neither pitch nor loudness moved.
    fn stays_where(&self, plain: &Self, what: &str) {
        let cents = cents_between(plain.pitch_hz, self.pitch_hz);
        let loudness = self.level_db() - plain.level_db();
        println!("  {what}: pitch {cents:+.2} cents, level {loudness:+.2} dB");
        assert!(cents.abs() < PITCH_CENTS && loudness.abs() < LOUDNESS_DB, "{what}");
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[test]
fn odd_even_moves_even_partials_against_odd_ones() {
    for (name, key) in [("cello", 50), ("clarinet", 57)] {
        let mut player = Player::new(name, key);
        let plain = player.look(NEUTRAL, &[noise(-60.0)]);
        for amount in [-24.0, -9.0, 3.0, 18.0] {
            let moved = player.look(NEUTRAL, &[noise(-60.0), odd_even(amount)]);
            let gains: Vec<f64> =
                moved.levels().iter().zip(plain.levels()).map(|(after, before)| after - before).collect();
            let heard = |k: &usize| moved.stands_out(*k) && plain.stands_out(*k);
            let side = |first: usize| mean((first..=gains.len()).step_by(2).filter(heard).map(|k| gains[k - 1]));
            let found = side(2) - side(1);
            moved.stays_where(&plain, &format!("{name}, Odd/Even {amount:+} dB: even partials {found:+.2} dB"));
            assert!((found - amount).abs() < 0.3);
        }
    }
}

/// Fewest partials by which an envelope is known again.
const FEWEST: usize = 12;

/// Levels without what alternates between neighbours, which is no envelope.
fn smoothed(levels: &[f64]) -> Vec<f64> {
    let at = |index: usize| levels[index.min(levels.len() - 1)];
    (0..levels.len()).map(|k| 0.25 * at(k.saturating_sub(1)) + 0.5 * at(k) + 0.25 * at(k + 1)).collect()
}

/// The shift of an envelope, semitones, that makes the levels before most like those after, and how alike, decibels.
fn shift_of(before: &Look, after: &Look) -> (f64, f64) {
    let (levels, moved) = (smoothed(&before.levels()), smoothed(&after.levels()));
    let known = (1..=levels.len()).take_while(|k| before.stands_out(*k)).count();
    let difference = |semitones: f64| {
        let errors: Vec<f64> = (1..=moved.len())
            .filter_map(|k| {
                let place = k as f64 / (semitones / 12.0).exp2();
                let inside = place >= 1.0 && place < known as f64 && after.stands_out(k);
                let (low, share) = (place as usize, place.fract());
                inside.then(|| moved[k - 1] - levels[low - 1] - share * (levels[low] - levels[low - 1]))
            })
            .collect();
        let centre = mean(errors.iter().copied());
        if errors.len() < FEWEST { f64::MAX } else { mean(errors.iter().map(|error| (error - centre).powi(2))).sqrt() }
    };
    let candidates = (-280..=280).map(|tenth| f64::from(tenth) / 10.0);
    let best = candidates.min_by(|a, b| difference(*a).total_cmp(&difference(*b))).unwrap();
    (best, difference(best))
}

#[test]
fn formant_moves_the_envelope_of_the_partials() {
    for (name, key) in [("voice-ah", 48), ("cello", 43), ("oboe", 60)] {
        let mut player = Player::new(name, key);
        let plain = player.look(NEUTRAL, &[noise(-60.0)]);
        for semitones in [-12.0, -5.0, 4.0, 12.0] {
            let moved = player.look(NEUTRAL, &[noise(-60.0), formant(semitones)]);
            let (found, alike) = shift_of(&plain, &moved);
            let what = format!("{name}, Formant {semitones:+} st: envelope {found:+.1} st, to {alike:.2} dB");
            moved.stays_where(&plain, &what);
            assert!((found - semitones).abs() < 0.5);
        }
    }
}

#[test]
fn formant_moves_the_noise_of_both_families() {
    for (name, key) in [("flute", 72), ("trumpet", 64)] {
        let mut player = Player::new(name, key);
        // Centre of the noise on a scale of octaves, in semitones.
        let centre = |look: &Look| {
            let octaves = |k: usize| ((k as f64 + 1.5) * look.f0_hz).log2();
            let moment: f64 = look.gaps.iter().enumerate().map(|(k, power)| power * octaves(k)).sum();
            12.0 * moment / look.gaps.iter().sum::<f64>()
        };
        let alone = harmonics(-60.0);
        let plain = player.look(NEUTRAL, &[alone]);
        let ways = [-12.0, -4.0, 4.0, 12.0].map(|semitones| {
            let moved = player.look(NEUTRAL, &[alone, formant(semitones)]);
            let way = centre(&moved) - centre(&plain);
            let level = moved.noise_db() - plain.noise_db();
            println!("  {name}, Formant {semitones:+} st: centre of the noise {way:+.1} st, level {level:+.2} dB");
            assert!(level.abs() < 1.0 && way * semitones > 0.0 && way.abs() > 0.25 * semitones.abs());
            way
        });
        assert!(ways.is_sorted());
    }
}

#[test]
fn balance_moves_noise_against_harmonics() {
    for (name, key) in [("flute", 72), ("cello", 50), ("trumpet", 64)] {
        let mut player = Player::new(name, key);
        let plain = player.look(NEUTRAL, &[]);
        for amount in [-24.0, -6.0, 6.0, 12.0] {
            let moved = player.look(NEUTRAL, &[balance(amount)]);
            let found = (moved.noise_db() - plain.noise_db()) - (moved.harmonics_db() - plain.harmonics_db());
            moved
                .stays_where(&plain, &format!("{name}, Balance {amount:+} dB: noise against harmonics {found:+.2} dB"));
            assert!((found - amount).abs() < 1.0);
        }
    }
}

#[test]
fn levels_move_one_side_alone() {
    for (name, key) in [("flute", 72), ("alto-sax", 62)] {
        let mut player = Player::new(name, key);
        let plain = player.look(NEUTRAL, &[]);
        for amount in [-12.0, 6.0] {
            let (tone, breath) = (player.look(NEUTRAL, &[harmonics(amount)]), player.look(NEUTRAL, &[noise(amount)]));
            let moved = |look: &Look| (look.harmonics_db() - plain.harmonics_db(), look.noise_db() - plain.noise_db());
            let (tone, breath) = (moved(&tone), moved(&breath));
            println!("  {name}, Harmonic Level {amount:+} dB: harmonics {:+.2}, noise {:+.2} dB", tone.0, tone.1);
            println!("  {name}, Noise Level {amount:+} dB: harmonics {:+.2}, noise {:+.2} dB", breath.0, breath.1);
            assert!((tone.0 - amount).abs() < 0.1 && tone.1.abs() < 0.5);
            assert!((breath.1 - amount).abs() < 0.5 && breath.0.abs() < 0.1);
        }
    }
}

#[test]
fn timbre_shift_tells_the_decoder_another_pitch() {
    for (name, key, shifts) in [("cello", 50, [-7.0, 12.0]), ("oboe", 69, [-7.0, 7.0]), ("trumpet", 64, [-5.0, 7.0])] {
        let mut player = Player::new(name, key);
        let plain = player.look(NEUTRAL, &[]);
        for shift in shifts {
            let moved = player.look(NEUTRAL, &[timbre_shift(shift)]);
            let told = Player::new(name, (f64::from(key) + shift) as u8).look(NEUTRAL, &[]);
            let unlike = |other: &Look| {
                let count = moved.partials.len().min(other.partials.len()).min(12);
                let errors: Vec<f64> = (0..count).map(|k| moved.levels()[k] - other.levels()[k]).collect();
                let centre = mean(errors.iter().copied());
                mean(errors.iter().map(|error| (error - centre).powi(2))).sqrt()
            };
            let (here, there) = (unlike(&plain), unlike(&told));
            let loudness = moved.a_weighted_db() - plain.a_weighted_db();
            let cents = cents_between(plain.pitch_hz, moved.pitch_hz);
            println!(
                "  {name}, Timbre Shift {shift:+} st: its 12 partials differ by {there:.2} dB from those of the pitch told, \
                 by {here:.2} dB from its own; loudness {loudness:+.2} dB, pitch {cents:+.2} cents"
            );
            assert!(there < 2.0 && there < here && cents.abs() < PITCH_CENTS);
            assert!(loudness.abs() < if name == "trumpet" { 2.0 } else { 1.0 });
        }
    }
}

#[test]
fn dynamics_spreads_the_loudness_around_velocity_100() {
    for (name, key) in [("cello", 50), ("trumpet", 64)] {
        let mut player = Player::new(name, key);
        let mut levels = |span: f64| {
            [0.2, 0.5, NEUTRAL, 1.0].map(|velocity| player.look(velocity, &[dynamics(span)]).a_weighted_db())
        };
        let plain = levels(1.0);
        for span in [0.0, 0.5, 1.5] {
            let found = levels(span);
            println!("  {name}, Dynamics {span}: {found:.1?} dB at velocity 25, 64, 100, 127; {plain:.1?} dB at 1");
            let off = |index: usize| (found[index] - plain[2] - span * (plain[index] - plain[2])).abs();
            assert!((found[2] - plain[2]).abs() < 0.1 && off(1) < 2.0 && off(3) < 2.0);
            assert!(span > 1.0 || off(0) < 2.0);
        }
    }
}

#[test]
fn attack_noise_is_noise_of_a_plain_attack() {
    for (name, key) in [("flute", 72), ("alto-sax", 62)] {
        let mut player = Player::new(name, key);
        let length = 24_000;
        let level = |sound: &[f32]| db(mean(sound.iter().map(|sample| f64::from(*sample).powi(2))));
        let mut breath = |amount: f64| player.note(NEUTRAL, &[harmonics(-60.0), attack_noise(amount)], length);
        let plain = breath(0.0);
        for amount in [-1.0, -0.5, 0.5, 1.0] {
            let sound = breath(amount);
            let gain = |from: usize, to: usize| level(&sound[from..to]) - level(&plain[from..to]);
            let (first, middle, later) = (gain(240, 960), gain(1_440, 2_400), gain(5_000, length));
            println!(
                "  {name}, Attack Noise {amount:+}: noise {first:+.2} dB at 5 to 20 ms, {middle:+.2} dB at 30 to 50 ms, {later:+.3} dB later"
            );
            assert!((first - 11.5 * amount).abs() < 1.5 && (middle - 7.8 * amount).abs() < 1.0 && later.abs() < 0.02);
        }
    }
}

#[test]
fn brightness_tilts_both_families() {
    for (name, key) in [("cello", 50), ("trumpet", 57)] {
        let mut player = Player::new(name, key);
        let plain = player.look(NEUTRAL, &[noise(-60.0)]);
        for tilt in [-4.0, -2.0, 2.0, 4.0] {
            let moved = player.look(NEUTRAL, &[noise(-60.0), brightness(tilt)]);
            let gain = |k: usize| moved.levels()[k - 1] - plain.levels()[k - 1];
            let heard = |k: &usize| [*k, 2 * k].iter().all(|k| moved.stands_out(*k) && plain.stands_out(*k));
            let octaves: Vec<f64> =
                (1..=plain.partials.len() / 2).filter(heard).take(24).map(|k| gain(2 * k) - gain(k)).collect();
            let found = mean(octaves.iter().copied());
            let what = format!("{name}, Brightness {tilt:+} dB/oct: {found:+.2} dB over {} octaves", octaves.len());
            moved.stays_where(&plain, &what);
            assert!((found - tilt).abs() < 0.3);
        }
    }
}

#[test]
fn shapers_are_driven_shifted_and_chosen_at_the_same_level() {
    for (name, key) in [("trumpet", 64), ("tuba", 41), ("alto-sax", 62)] {
        let mut player = Player::new(name, key);
        let quiet = noise(-60.0);
        let plain = player.look(NEUTRAL, &[quiet]);
        println!("  {name}: mean partial {:.2}", plain.centroid());
        let mut centroids = |what: &str, sets: &[Set]| -> Vec<f64> {
            let looks = sets.iter().map(|set| {
                let moved = player.look(NEUTRAL, &[quiet, *set]);
                let unlike = mean((0..10).map(|k| (moved.levels()[k] - plain.levels()[k]).abs()));
                let what = format!(
                    "{name}, {what} {:+}: mean partial {:.2}, partials {unlike:.1} dB off",
                    set.1,
                    moved.centroid()
                );
                moved.stays_where(&plain, &what);
                assert!(unlike > 0.3, "{what}");
                moved.centroid()
            });
            looks.collect()
        };
        let driven = centroids("Drive", &[drive(-24.0), drive(-6.0), drive(6.0), drive(12.0)]);
        assert!(driven[3] > driven[0], "{name}: more drive makes more partials");
        centroids("Index Shift", &[index_shift(-1.0), index_shift(-0.3), index_shift(0.3), index_shift(1.0)]);
        let chosen = centroids("Shaper Mix", &[shaper_mix(-1.0), shaper_mix(-0.5), shaper_mix(0.5), shaper_mix(1.0)]);
        assert!(chosen[3] > chosen[0], "{name}: the brighter half is brighter");
    }
}

#[test]
fn at_rest_no_control_changes_a_bit() {
    for (name, key) in [("oboe", 69), ("tuba", 41)] {
        let mut player = Player::new(name, key);
        let rest = [
            odd_even(0.0),
            formant(0.0),
            balance(0.0),
            timbre_shift(0.0),
            dynamics(1.0),
            drive(0.0),
            index_shift(0.0),
            shaper_mix(0.0),
            attack_noise(0.0),
        ];
        assert_eq!(player.note(0.6, &[], 24_000), player.note(0.6, &rest, 24_000), "{name}");
    }
}
