//! What the voices' logic costs: notes, controllers and expressions to a target for each voice, without decoder and banks.
//! `cargo bench -p timbrel-engine --bench performer`. Figures are medians; nothing is asserted about time.

use std::hint::black_box;
use std::time::Instant;
use timbrel_engine::event::{Event, Expression, ModulationSource, NoteAddress, Route, Setting, TimedEvent};
use timbrel_engine::perform::{LoudnessRange, Performer};

const RATE: f64 = 48_000.0;
/// A frame every 4 ms.
const HOP: u64 = 192;
const FRAMES: u64 = 5_000;
const ROUNDS: usize = 9;
const RANGE: LoudnessRange = LoudnessRange { low_db: -60.0, high_db: -6.0, soft_db: -40.0, loud_db: -12.0 };

/// How a player plays.
#[derive(Clone, Copy, PartialEq)]
enum Hands {
    /// Keys that are held.
    Still,
    /// Fifteen fingers of an MPE keyboard, each with bend, pressure and timbre in every frame, and full vibrato.
    Restless,
    /// Keys that are held, under sixteen rows of modulation that read every source and move sixteen settings.
    Modulated,
}

/// Source and target of each row.
const ROWS: [(ModulationSource, Setting); 16] = [
    (ModulationSource::Lfo1, Setting::Tune),
    (ModulationSource::Lfo2, Setting::Brightness),
    (ModulationSource::Envelope1, Setting::OddEven),
    (ModulationSource::Envelope2, Setting::FormantShift),
    (ModulationSource::Envelope3, Setting::Pan),
    (ModulationSource::Velocity, Setting::Env2Decay),
    (ModulationSource::Key, Setting::Balance),
    (ModulationSource::Pressure, Setting::Loudness),
    (ModulationSource::Timbre, Setting::Morph),
    (ModulationSource::Wheel, Setting::ModAmount1),
    (ModulationSource::Bend, Setting::Stretch),
    (ModulationSource::Expression, Setting::NoiseLevel),
    (ModulationSource::Breath, Setting::HarmonicLevel),
    (ModulationSource::Random, Setting::OutputGain),
    (ModulationSource::Macro1, Setting::Lfo1Rate),
    (ModulationSource::Macro2, Setting::RoomMix),
];

/// Microseconds a frame with `notes` keys held in `unison` voices each.
fn frame_cost(notes: u8, unison: u8, hands: Hands) -> f64 {
    let mut performer = Performer::new(RATE, RANGE);
    let (mut targets, mut actions) = (Vec::with_capacity(64), Vec::with_capacity(4_096));
    let mut play = |performer: &mut Performer, at, event| {
        performer.handle(TimedEvent { at, event }, &mut actions);
        actions.clear();
    };
    let mpe = if hands == Hands::Restless { 2.0 } else { 1.0 };
    for (setting, value) in
        [(Setting::Polyphony, 64.0), (Setting::Unison, f32::from(unison)), (Setting::Mpe, mpe), (Setting::Attack, 0.1)]
    {
        play(&mut performer, 0, Event::Set(setting, value));
    }
    if hands == Hands::Modulated {
        for (row, (source, target)) in (0..).zip(ROWS) {
            play(&mut performer, 0, Event::Route { row, route: Some(Route { source, target }) });
        }
        let amounts = Setting::ALL.into_iter().skip_while(|setting| *setting != Setting::ModAmount1);
        amounts.for_each(|amount| play(&mut performer, 0, Event::Set(amount, 0.1)));
    }
    for index in 0..notes {
        let note = NoteAddress::of(1 + index % 15, 30 + index, Some(i32::from(index)));
        play(&mut performer, 0, Event::NoteOn { note, velocity: 0.7 });
    }
    let mut at = 0;
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            for frame in 0..FRAMES {
                at += HOP;
                if hands == Hands::Restless {
                    for channel in 1..16 {
                        let value = ((frame + channel) % 100) as f32 / 100.0;
                        let channel = channel as u8;
                        play(&mut performer, at, Event::PitchBend { channel, value: 0.01 * value });
                        play(&mut performer, at, Event::ChannelPressure { channel, value });
                        play(&mut performer, at, Event::Controller { channel, controller: 74, value });
                    }
                    let note = NoteAddress { id: Some((frame % 64) as i32), ..NoteAddress::default() };
                    play(
                        &mut performer,
                        at,
                        Event::NoteExpression { note, expression: Expression::Vibrato, value: 1.0 },
                    );
                }
                targets.clear();
                performer.frame(at, &mut targets, &mut Vec::new());
                black_box(&targets);
            }
            begun.elapsed().as_secs_f64() / FRAMES as f64
        })
        .collect();
    assert_eq!(targets.len(), usize::from(notes) * usize::from(unison), "all voices are there");
    rounds.sort_by(f64::total_cmp);
    1e6 * rounds[ROUNDS / 2]
}

fn main() {
    println!("the performer, microseconds a frame of {:.0} ms; median of {ROUNDS}", 1e3 * HOP as f64 / RATE);
    for (name, notes, unison, hands) in [
        ("1 note", 1, 1, Hands::Still),
        ("16 notes", 16, 1, Hands::Still),
        ("8 notes of 8 voices", 8, 8, Hands::Still),
        ("64 notes", 64, 1, Hands::Still),
        ("64 notes, 16 rows of modulation", 64, 1, Hands::Modulated),
        ("16 notes, 16 rows of modulation", 16, 1, Hands::Modulated),
        ("15 MPE fingers, 46 events a frame", 15, 1, Hands::Restless),
        ("15 MPE fingers of 4 voices, likewise", 15, 4, Hands::Restless),
    ] {
        let cost = frame_cost(notes, unison, hands);
        println!("{name:38} {cost:8.2}   {:6.3} % of a core", 100.0 * cost / (1e6 * HOP as f64 / RATE));
    }
}
