//! Every shipped instrument through the packaged plugin: it plays over its range, its notes hold, louder is louder and
//! brighter, and instruments are equally loud. A test for each instrument; what it measures is printed.
//! Test code.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod heard;
mod shipped;

use heard::{Heard, Score, loudness_lufs, spread};
use libtest_mimic::{Arguments, Failed, Trial};
use shipped::{FEWEST, Shipped};
use std::process::ExitCode;

/// What a held note may vary by from its first second to its twentieth: decibels and cents.
const STEADY_DB: f64 = 1.5;
const STEADY_CENTS: f64 = 10.0;
/// What a note may be out of tune by.
const IN_TUNE_CENTS: f64 = 10.0;
/// Levels of any note at any velocity, decibels of full scale: neither lost nor clipped.
const AUDIBLE_DB: std::ops::Range<f64> = -60.0..-3.0;
/// MIDI 40, 80 and 120.
const VELOCITIES: [f64; 3] = [40.0 / 127.0, 80.0 / 127.0, 120.0 / 127.0];
/// The velocity at which instruments are equally loud.
const MATCHED_VELOCITY: f64 = 100.0 / 127.0;
/// What lies between the loudest and the softest instrument then, decibels.
const MATCHED_DB: f64 = 2.0;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let instruments = shipped::instruments();
    let found = instruments.len();
    for instrument in &instruments {
        let name = instrument.file_stem();
        for (behaviour, test) in [
            ("holds_its_notes", holds_its_notes as fn(&Shipped) -> Result<(), Failed>),
            ("plays_every_key_of_its_range", plays_every_key),
        ] {
            let instrument = instrument.clone();
            trials.push(Trial::test(format!("{name}_{behaviour}"), move || test(&instrument)));
        }
    }
    trials.push(Trial::test("all_instruments_are_there", move || {
        if found < FEWEST { Err(format!("{found} instruments, expected {FEWEST} or more").into()) } else { Ok(()) }
    }));
    trials.push(Trial::test("all_instruments_are_equally_loud", move || are_equally_loud(&instruments)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Five keys over the range at three velocities, 20 s each: still, in tune, audible, over when released; and each
/// velocity louder and brighter than the one below.
fn holds_its_notes(instrument: &Shipped) -> Result<(), Failed> {
    let mut faults = Vec::new();
    for key in instrument.keys::<5>() {
        let mut last: Option<(Heard, f64)> = None;
        for velocity in VELOCITIES {
            let heard = Score::held(20.0).without_vibrato().played(instrument, key, velocity);
            let (db, cents) = (spread(&heard.levels_db), spread(&heard.cents));
            let (level, off) = (heard.level_db(), heard.cents_off());
            let centroid = Score::held(4.0).still().sound(instrument, key, velocity).centroid(key);
            println!(
                "{}, key {key}, velocity {:.0}: {level:.1} dBFS, centroid at partial {centroid:.2}, varies by {db:.2} dB and {cents:.2} cents, {off:+.2} cents off",
                instrument.name(),
                127.0 * velocity,
            );
            let mut fault = |is: bool, what: &str| {
                if is {
                    faults.push(format!("key {key}, velocity {:.0} {what}", 127.0 * velocity));
                }
            };
            fault(db >= STEADY_DB, &format!("moves by {db:.2} dB"));
            fault(cents >= STEADY_CENTS, &format!("moves by {cents:.2} cents"));
            fault(off.abs() >= IN_TUNE_CENTS, &format!("is {off:+.2} cents out of tune"));
            fault(!AUDIBLE_DB.contains(&level), &format!("is at {level:.1} dBFS"));
            fault(heard.peak >= 1.0, "clips");
            fault(!heard.falls_silent, "sounds on after its release");
            if let Some((softer, darker)) = last {
                fault(level <= softer.level_db(), "is not louder than the velocity below");
                fault(centroid <= darker, &format!("is not brighter ({centroid:.3} after {darker:.3})"));
            }
            last = Some((heard, centroid));
        }
    }
    verdict(faults)
}

/// Each semitone of the range for a second and a half, at the default settings.
fn plays_every_key(instrument: &Shipped) -> Result<(), Failed> {
    let mut faults = Vec::new();
    for key in instrument.range() {
        let heard = Score::held(1.5).played(instrument, key, MATCHED_VELOCITY);
        let (level, off) = (heard.level_db(), heard.cents_off());
        println!("{}, key {key}: {level:.1} dBFS, {off:+.2} cents", instrument.name());
        let fits = AUDIBLE_DB.contains(&level) && off.abs() < IN_TUNE_CENTS && heard.peak < 1.0 && heard.falls_silent;
        if !fits {
            faults.push(format!(
                "key {key}: {level:.1} dBFS, {off:+.2} cents, peak {:.3}, silent afterwards: {}",
                heard.peak, heard.falls_silent
            ));
        }
    }
    verdict(faults)
}

/// Mean loudness of nine held notes over each instrument's range at velocity 100 (ITU-R BS.1770).
fn are_equally_loud(instruments: &[Shipped]) -> Result<(), Failed> {
    let mut means = Vec::new();
    for instrument in instruments {
        let levels: Vec<f64> = instrument
            .keys::<9>()
            .into_iter()
            .map(|key| loudness_lufs(&Score::held(3.0).sound(instrument, key, MATCHED_VELOCITY).steady))
            .collect();
        let mean = levels.iter().sum::<f64>() / levels.len() as f64;
        println!("{}: {mean:.2} LUFS, from note to note {:.1} dB", instrument.name(), spread(&levels));
        means.push(mean);
    }
    let difference = spread(&means);
    println!("between the loudest and the softest instrument {difference:.2} dB");
    if difference < MATCHED_DB { Ok(()) } else { Err(format!("{difference:.2} dB between instruments").into()) }
}

fn verdict(faults: Vec<String>) -> Result<(), Failed> {
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}
