//! A MIDI file as events in seconds: notes, controllers, bend, pressure, program changes of all channels and tracks.
//! Main thread.
//! Every tempo change counts from its own tick (test: `a_tempo_change_moves_what_comes_after_it`).

use anyhow::{Context, Result, bail};
use midly::{Fps, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};
use timbrel_tests::host::{Event, Timed};

/// Microseconds of a quarter note where the file sets no tempo: 120 a minute.
const DEFAULT_TEMPO: u32 = 500_000;

/// A piece of music.
pub struct Score {
    /// Seconds from the start, in order.
    events: Vec<(f64, Event)>,
    /// End of the longest track.
    seconds: f64,
}

impl Score {
    /// Reads a standard MIDI file of format 0 or 1.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let smf = Smf::parse(bytes).context("this is no MIDI file that can be read")?;
        if smf.header.format == midly::Format::Sequential && smf.tracks.len() > 1 {
            bail!("MIDI format 2 (several pieces in one file) is not supported; save it as format 0 or 1");
        }
        let mut tempos = vec![];
        let mut ticked = vec![];
        let mut last = 0;
        for track in &smf.tracks {
            let mut tick = 0u64;
            for event in track {
                tick += u64::from(event.delta.as_int());
                match event.kind {
                    TrackEventKind::Meta(MetaMessage::Tempo(tempo)) => tempos.push((tick, tempo.as_int())),
                    TrackEventKind::Midi { channel, message } => {
                        ticked.push((tick, translate(channel.as_int(), message)));
                    }
                    _ => {}
                }
            }
            last = last.max(tick);
        }
        // Both sorts are stable: what happens at one tick stays in the order of the file.
        tempos.sort_by_key(|(tick, _)| *tick);
        ticked.sort_by_key(|(tick, _)| *tick);
        let clock = Clock::new(&smf.header, &tempos)?;
        let events: Vec<_> = ticked.into_iter().map(|(tick, event)| (clock.seconds(tick), event)).collect();
        if !events.iter().any(|(_, event)| matches!(event, Event::NoteOn { .. })) {
            bail!("this MIDI file has no notes");
        }
        Ok(Self { events, seconds: clock.seconds(last) })
    }

    /// One note at medium velocity.
    pub fn one_note(key: u8, seconds: f64) -> Self {
        let (on, off) = (
            Event::NoteOn { channel: 0, key, velocity: 0.6, id: None },
            Event::NoteOff { channel: 0, key, velocity: 0.0, id: None },
        );
        Self { events: vec![(0.0, on), (seconds, off)], seconds }
    }

    /// The events at a sample rate, each at the nearest sample, and the length in samples.
    pub fn at_rate(&self, rate: u32) -> (Vec<Timed>, u64) {
        let sample = |seconds: f64| (seconds * f64::from(rate)).round() as u64;
        let events = self.events.iter().map(|&(seconds, event)| Timed { at: sample(seconds), event }).collect();
        (events, sample(self.seconds))
    }
}

/// Ticks to seconds.
struct Clock {
    /// (tick, seconds there, seconds a tick from there on)
    spans: Vec<(u64, f64, f64)>,
}

impl Clock {
    fn new(header: &Header, tempos: &[(u64, u32)]) -> Result<Self> {
        let per_quarter = match header.timing {
            Timing::Metrical(ticks) => f64::from(ticks.as_int()),
            Timing::Timecode(fps, ticks) => {
                let frames = match fps {
                    Fps::Fps24 => 24.0,
                    Fps::Fps25 => 25.0,
                    Fps::Fps29 => 30_000.0 / 1001.0,
                    Fps::Fps30 => 30.0,
                };
                if ticks == 0 {
                    bail!("the MIDI file's header says 0 ticks a frame");
                }
                return Ok(Self { spans: vec![(0, 0.0, 1.0 / (frames * f64::from(ticks)))] });
            }
        };
        if per_quarter == 0.0 {
            bail!("the MIDI file's header says 0 ticks a quarter note");
        }
        let tick_seconds = |tempo: u32| f64::from(tempo) * 1e-6 / per_quarter;
        let mut spans = vec![(0, 0.0, tick_seconds(DEFAULT_TEMPO))];
        for &(tick, tempo) in tempos {
            let (from, seconds, length) = spans[spans.len() - 1];
            spans.push((tick, seconds + (tick - from) as f64 * length, tick_seconds(tempo)));
        }
        Ok(Self { spans })
    }

    fn seconds(&self, tick: u64) -> f64 {
        let index = self.spans.partition_point(|(from, ..)| *from <= tick).saturating_sub(1);
        let (from, seconds, length) = self.spans[index];
        seconds + (tick - from) as f64 * length
    }
}

/// Notes as CLAP notes, everything else as the MIDI message that it is.
fn translate(channel: u8, message: MidiMessage) -> Event {
    let velocity = |vel: midly::num::u7| f64::from(vel.as_int()) / 127.0;
    match message {
        MidiMessage::NoteOn { key, vel } if vel > 0 => {
            Event::NoteOn { channel, key: key.as_int(), velocity: velocity(vel), id: None }
        }
        MidiMessage::NoteOn { key, .. } => Event::NoteOff { channel, key: key.as_int(), velocity: 0.0, id: None },
        MidiMessage::NoteOff { key, vel } => {
            Event::NoteOff { channel, key: key.as_int(), velocity: velocity(vel), id: None }
        }
        MidiMessage::Aftertouch { key, vel } => Event::Midi([0xa0 | channel, key.as_int(), vel.as_int()]),
        MidiMessage::Controller { controller, value } => {
            Event::Midi([0xb0 | channel, controller.as_int(), value.as_int()])
        }
        MidiMessage::ProgramChange { program } => Event::Midi([0xc0 | channel, program.as_int(), 0]),
        MidiMessage::ChannelAftertouch { vel } => Event::Midi([0xd0 | channel, vel.as_int(), 0]),
        MidiMessage::PitchBend { bend } => {
            let raw = bend.0.as_int();
            Event::Midi([0xe0 | channel, (raw & 0x7f) as u8, (raw >> 7) as u8])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of format 0 with 96 ticks a quarter note.
    fn file(track: &[u8]) -> Vec<u8> {
        let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
        bytes.extend(u32::try_from(track.len()).unwrap().to_be_bytes());
        bytes.extend(track);
        bytes
    }

    #[test]
    fn a_tempo_change_moves_what_comes_after_it() {
        // A quarter note at 120, then 60 a minute for another.
        let track = [
            0, 0x90, 60, 127, 96, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, 96, 0x80, 60, 0, 0, 0xe1, 0, 0x40, 0, 0xff, 0x2f, 0,
        ];
        let score = Score::parse(&file(&track)).unwrap();
        let (events, length) = score.at_rate(48_000);
        assert_eq!(events[0], Timed { at: 0, event: Event::NoteOn { channel: 0, key: 60, velocity: 1.0, id: None } });
        assert_eq!(events[1].at, 24_000 + 48_000);
        assert_eq!(events[2].event, Event::Midi([0xe1, 0, 0x40]));
        assert_eq!(length, 72_000);
    }

    #[test]
    fn a_note_on_without_velocity_is_a_note_off() {
        let score = Score::parse(&file(&[0, 0x90, 60, 1, 10, 60, 0, 0, 0xff, 0x2f, 0])).unwrap();
        let (events, _) = score.at_rate(48_000);
        assert!(matches!(events[1].event, Event::NoteOff { key: 60, .. }));
    }

    #[test]
    fn what_is_no_music_is_an_error() {
        assert!(Score::parse(b"").is_err());
        assert!(Score::parse(&file(&[0, 0xff, 0x2f, 0])).err().unwrap().to_string().contains("no notes"));
    }
}
