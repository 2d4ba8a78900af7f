//! Ten minutes of anything a host may send: no sample that is not finite, no voice that sticks.

mod rig;

use rig::{Fake, Rig, Switches};
use timbrel_engine::event::{Event, Expression, NoteAddress, Setting};
use timbrel_engine::synth::Mode;

const RATE: f64 = 16_000.0;
const MINUTES: u64 = 10;

/// xorshift64*, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
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

    fn event(&mut self) -> Event {
        let (note, channel, value) = (self.note(), self.below(16) as u8, self.value());
        match self.below(40) {
            0..12 => Event::NoteOn { note, velocity: value },
            12..24 => Event::NoteOff { note },
            24 => Event::Choke { note },
            25..28 => Event::PitchBend { channel: channel % 3, value: 2.0 * value - 1.0 },
            28 => Event::ChannelPressure { channel: channel % 3, value },
            29 => Event::NoteExpression { note, expression: Expression::Pressure, value },
            30 => Event::NoteExpression { note, expression: Expression::Tuning, value: 10.0 * value },
            31..35 => Event::Controller {
                channel: channel % 3,
                controller: [1, 11, 64, 120, 121, 123, 7, 64][self.below(8) as usize],
                value,
            },
            35..39 => {
                let setting = Setting::ALL[self.below(17) as usize];
                let (least, greatest) = setting.range();
                Event::Set(setting, least + value * (greatest - least))
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
        let mut dice = Dice(seed);
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
            let out = rig.play(&list, block as u64, || block);
            for sample in out {
                assert!(sample.is_finite(), "seed {seed}, block at {done}");
                peak = peak.max(sample.abs());
            }
            most_voices = most_voices.max(rig.handle.status().voices);
            rig.ended.clear();
            done += block as u64;
        }
        let out = rig.play(&[(0, Event::Panic)], 2 * RATE as u64, || 256);
        let status = rig.handle.status();
        println!("seed {seed}: {events} events, at most {most_voices} voices, peak {peak:.2}; {status:?}");
        assert_eq!(status.voices, 0);
        assert!(out[RATE as usize..].iter().all(|sample| *sample == 0.0), "silence after panic");
        assert_eq!(status.late_frames, 0);
    }
}
