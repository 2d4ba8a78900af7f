//! Ten minutes of anything a host may send: no sample that is not finite, no voice that sticks.

mod rig;

use rig::{Fake, Rig, Switches};
use timbrel_engine::event::{Event, Expression, KeyPitch, ModulationSource, NoteAddress, Route, Setting};
use timbrel_engine::synth::Mode;

const RATE: f64 = 16_000.0;
const MINUTES: u64 = 10;

/// Those of the notes, both managers, and one that there is not.
const CHANNELS: [u8; 6] = [0, 1, 2, 0, 15, 99];
/// All that are followed, and some that are not.
const CONTROLLERS: [u8; 24] =
    [1, 2, 6, 7, 10, 11, 38, 64, 64, 66, 67, 71, 74, 98, 99, 100, 101, 120, 121, 123, 126, 5, 127, 255];

/// Seeded, so that a failure can be had again.
struct Dice(fastrand::Rng);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0.u64(0..limit)
    }

    /// Mostly 0 to 1, now and then something that no host should send.
    fn value(&mut self) -> f32 {
        match self.below(100) {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => -1e30,
            _ => self.below(1_001) as f32 / 1_000.0,
        }
    }

    fn note(&mut self) -> NoteAddress {
        let channel = self.below(3) as u8;
        let key = self.below(128) as u8;
        match self.below(10) {
            0 => NoteAddress { channel: Some(channel), ..NoteAddress::default() },
            1 => NoteAddress { key: Some(key), ..NoteAddress::default() },
            2 => NoteAddress::of(channel, key, Some(self.below(50) as i32)),
            _ => NoteAddress::of(channel, key, None),
        }
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn event(&mut self) -> Event {
        let (note, channel, value) = (self.note(), self.one_of(&CHANNELS), self.value());
        match self.below(48) {
            0..12 => Event::NoteOn { note, velocity: value },
            12..24 => Event::NoteOff { note },
            24 => Event::Choke { note },
            25..28 => Event::PitchBend { channel, value: 2.0 * value - 1.0 },
            28 => Event::ChannelPressure { channel, value },
            29..31 => {
                let expression = self.one_of(&Expression::ALL);
                Event::NoteExpression { note, expression, value: 4.0 * value - 1.0 }
            }
            31 => Event::Modulate { note, setting: self.one_of(&Setting::ALL), offset: 20.0 * value - 10.0 },
            32 => {
                let pitch = self.one_of(&[
                    KeyPitch::Relative(128.0 * value),
                    KeyPitch::Absolute(128.0 * value),
                    KeyPitch::Relative(60.0),
                    KeyPitch::Silent,
                ]);
                Event::Retune { channel: note.channel, key: self.below(256) as u8, pitch }
            }
            33..38 => Event::Controller { channel, controller: self.one_of(&CONTROLLERS), value },
            38..42 => {
                let setting = self.one_of(&Setting::ALL);
                let (least, greatest) = setting.range();
                Event::Set(setting, least + value * (greatest - least))
            }
            44..47 => {
                let (source, target) = (self.one_of(&ModulationSource::ALL), self.one_of(&Setting::ALL));
                let route = (self.below(10) > 0).then_some(Route { source, target });
                Event::Route { row: self.below(18) as u8, route }
            }
            47 => {
                let beat = (self.below(2) == 0).then_some(f64::from(value) * 1e3);
                Event::Transport { tempo: f64::from(self.value()) * 400.0, beat }
            }
            _ => {
                if self.below(50) == 0 {
                    Event::Panic
                } else {
                    Event::NoteOff { note }
                }
            }
        }
    }
}

#[test]
fn ten_minutes_of_anything_leave_no_voice_and_no_broken_sample() {
    for seed in [1, 2] {
        let mut dice = Dice::new(seed);
        let mut rig = Rig::new(Mode::Offline, RATE, 256, Fake::default());
        let length = MINUTES / 2 * 60 * RATE as u64;
        let (mut done, mut events, mut peak, mut most_voices) = (0, 0_u64, 0.0_f32, 0);
        while done < length {
            let block = 1 + dice.below(700) as usize;
            // Bursts and quiet.
            let count = if dice.below(200) == 0 { dice.below(400) } else { dice.below(4) };
            let mut offsets: Vec<_> = (0..count).map(|_| dice.below(block as u64)).collect();
            offsets.sort_unstable();
            let list: Vec<_> = offsets.into_iter().map(|offset| (offset, dice.event())).collect();
            events += count;
            match dice.below(3_000) {
                0 => rig.synth.reset(),
                1 => {
                    let fake = Fake { hop: 16 + dice.below(4_000) as u32, ..Fake::default() };
                    rig.handle.swap_with(fake.source("Next", &rig.switches)).unwrap();
                }
                2 => Switches::set(&rig.switches.nan, true),
                3 => Switches::set(&rig.switches.fail, true),
                4..40 => {
                    Switches::set(&rig.switches.nan, false);
                    Switches::set(&rig.switches.fail, false);
                }
                _ => {}
            }
            let [left, right] = rig.play_stereo(&list, block as u64, || block);
            for sample in left.into_iter().chain(right) {
                assert!(sample.is_finite(), "seed {seed}, block at {done}");
                peak = peak.max(sample.abs());
            }
            most_voices = most_voices.max(rig.handle.status().voices);
            rig.ended.clear();
            done += block as u64;
        }
        let out = rig.play_stereo(&[(0, Event::Panic)], 2 * RATE as u64, || 256);
        let status = rig.handle.status();
        println!("seed {seed}: {events} events, at most {most_voices} voices, peak {peak:.2}; {status:?}");
        assert_eq!(status.voices, 0);
        let mut after = out.iter().flat_map(|channel| &channel[RATE as usize..]);
        assert!(after.all(|sample| *sample == 0.0), "silence after panic");
        assert_eq!(status.late_frames, 0);
    }
}
