//! What the recorded players' notes have of chance and vibrato.

use super::near;
use super::rig::player::FakePlayer;
use super::rig::stage::{Stage, cents};
use super::rig::{cc, on};
use timbrel_engine::event::{Event, Setting};
use timbrel_engine::model::RecordedVibrato;
use timbrel_engine::perform::VoiceTarget;

const CHANCE: FakePlayer =
    FakePlayer { loudness_spread_db: 1.5, pitch_spread_cents: 8.0, seconds: 0.25, ..FakePlayer::PLAIN };
const VIBRATO: RecordedVibrato = RecordedVibrato { depth_cents: 25.0, rate_hz: 6.2, onset_seconds: 0.8 };

/// Targets of an A4 every 20 ms, from 1 s on.
fn held(player: FakePlayer, settings: &[(Setting, f32)], seconds: u32) -> Vec<Vec<VoiceTarget>> {
    let mut stage = Stage::played(player);
    settings.iter().for_each(|&(setting, value)| stage.event(0.0, Event::Set(setting, value)));
    stage.event(0.0, Event::Set(Setting::UnisonDetune, 0.0));
    stage.event(0.0, on(69));
    (50..50 + 50 * seconds).map(|frame| stage.frame(f64::from(frame) / 50.0)).collect()
}

fn deviation(values: &[f32]) -> f32 {
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt()
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product: f32 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    product / (a.len() as f32 * deviation(a) * deviation(b))
}

fn loudness(frames: &[Vec<VoiceTarget>], voice: usize) -> Vec<f32> {
    frames.iter().map(|targets| targets[voice].loudness_db).collect()
}

fn pitch(frames: &[Vec<VoiceTarget>], voice: usize) -> Vec<f32> {
    frames.iter().map(|targets| cents(targets[voice].tone.f0_hz, 440.0)).collect()
}

#[test]
fn chance_has_the_spread_and_the_correlation_of_the_recordings() {
    for (setting, natural, expected) in [(0.0, 1.0, 1.0), (-1.0, 1.0, 0.0), (1.0, 1.0, 2.0), (0.0, 0.5, 0.5)] {
        let settings = [(Setting::NoteFluctuation, setting), (Setting::Natural, natural)];
        let frames = held(CHANCE, &settings, 1_000);
        let (db, cents) = (loudness(&frames, 0), pitch(&frames, 0));
        let (db_spread, cents_spread) = (deviation(&db), deviation(&cents));
        println!("fluctuation {setting:+}, natural {natural}: {db_spread:.3} dB, {cents_spread:.2} cents");
        near(db_spread, 1.5 * expected, 0.1 * expected + 1e-3);
        near(cents_spread, 8.0 * expected, 0.6 * expected + 0.02);
        if expected > 0.0 {
            // 240 ms and 260 ms.
            let lag = |frames: usize| correlation(&db[frames..], &db[..db.len() - frames]);
            println!("correlation after 240 ms {:.3}, after 260 ms {:.3}", lag(12), lag(13));
            near(0.5 * (lag(12) + lag(13)), (-1.0_f32).exp(), 0.04);
            near(correlation(&db, &cents), 0.0, 0.1);
        }
    }
}

#[test]
fn voices_in_unison_fluctuate_on_their_own_and_the_same_take_is_the_same() {
    let play = || held(CHANCE, &[(Setting::Unison, 3.0)], 500);
    let frames = play();
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let found = correlation(&loudness(&frames, a), &loudness(&frames, b));
        println!("voices {a} and {b}: correlation {found:.3}");
        near(found, 0.0, 0.15);
    }
    assert_eq!(frames, play());
}

#[test]
fn one_request_shapes_all_voices_of_a_note() {
    let mut stage = Stage::played(FakePlayer::PLAIN);
    stage.event(0.0, Event::Set(Setting::Unison, 8.0));
    stage.event(0.0, on(60));
    stage.event(0.0, on(64));
    assert_eq!((stage.frame(0.004).len(), stage.requests.len()), (16, 2));
}

/// Rate and depth of a pitch in cents at 1 kHz.
fn swing(pitch: &[f32]) -> (f32, f32) {
    let rises = pitch.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    (rises as f32 * 1_000.0 / pitch.len() as f32, pitch.iter().fold(0.0, |most: f32, cents| most.max(cents.abs())))
}

#[test]
fn recorded_vibrato_comes_by_itself_and_note_vibrato_and_the_wheel_change_it() {
    for (recorded, note_vibrato, natural, wheel, rate, depth) in [
        (VIBRATO, 0.0, 1.0, 0.0, 6.2, 25.0),
        (VIBRATO, -1.0, 1.0, 0.0, 0.0, 0.0),
        (VIBRATO, -0.4, 1.0, 0.0, 6.2, 15.0),
        // The least that is added is 30 cents.
        (VIBRATO, 1.0, 1.0, 0.0, 6.2, 55.0),
        (VIBRATO, 0.0, 0.5, 0.0, 6.2, 12.5),
        (VIBRATO, 0.0, 0.0, 0.0, 0.0, 0.0),
        // The wheel's 50 cents at 5 Hz and the players' 25 at 6.2.
        (VIBRATO, 0.0, 1.0, 1.0, 5.4, 75.0),
        (RecordedVibrato::default(), 0.0, 1.0, 1.0, 5.0, 50.0),
        (RecordedVibrato::default(), 1.0, 1.0, 0.0, 5.0, 30.0),
    ] {
        let mut stage = Stage::played(FakePlayer { vibrato: recorded, ..FakePlayer::PLAIN });
        for (setting, value) in [
            (Setting::VibratoJitter, 0.0),
            (Setting::VibratoRate, 5.0),
            (Setting::NoteVibrato, note_vibrato),
            (Setting::Natural, natural),
        ] {
            stage.event(0.0, Event::Set(setting, value));
        }
        stage.event(0.0, cc(1, wheel));
        stage.event(0.0, on(69));
        let hear = |stage: &mut Stage, from: u32, to: u32| -> Vec<f32> {
            (from..to).map(|ms| cents(stage.frame(f64::from(ms) / 1_000.0)[0].tone.f0_hz, 440.0)).collect()
        };
        // The attack's own pitch is over after 100 ms; then the vibrato sets in.
        let early = swing(&hear(&mut stage, 110, 250)).1;
        hear(&mut stage, 250, 1_000);
        let (found_rate, found_depth) = swing(&hear(&mut stage, 1_000, 11_000));
        println!(
            "{recorded:?}, {note_vibrato:+}, natural {natural}, wheel {wheel}: {found_rate} Hz, {found_depth:.2} cents, {early:.2} early"
        );
        if depth > 0.0 {
            near(found_rate, rate, 0.11);
        }
        near(found_depth, depth, 0.1);
        if wheel == 0.0 && recorded == VIBRATO {
            assert!(early <= 0.25 * depth + 0.01, "it sets in within 0.8 s");
        }
    }
}
