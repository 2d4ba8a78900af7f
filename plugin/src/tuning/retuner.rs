//! The callback's side of the tuning: what each key plays now, and which keys the engine has to be told of.
//! Made and let go of on the host's main thread, used in the audio callback: allocates nothing, sends only what changed
//! (test: `only_changed_keys_are_sent`).

use super::{Tunings, Zones};
use crate::mts_esp::Client;
use std::sync::Arc;
use timbrel_engine::event::{Event, KeyPitch};
use timbrel_engine::tuning::{KEYS, KeyTable};
use timbrel_engine::units::{A4_HZ, A4_PITCH};

/// MIDI channels.
const CHANNELS: usize = 16;

/// Whether notes' channels are places on a keyboard, each with a tuning of its own, or MPE's way to tell notes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// A master may tune each channel by itself.
    Keyboards,
    /// A key is the same on all channels.
    Mpe,
}

/// What a channel's keys play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// What the engine begins with.
    Untuned,
    /// The player's files.
    Files,
    /// The master, as for all channels without a table of their own.
    Master,
    /// The master's table for this channel.
    Channel,
}

/// A table and how often it changed.
struct Counted {
    keys: KeyTable,
    version: u64,
}

impl Counted {
    fn new(keys: KeyTable) -> Self {
        Self { keys, version: 0 }
    }
}

/// A master's table: as last read, and as pitches.
struct Heard {
    hertz: [f64; KEYS],
    table: Counted,
}

impl Heard {
    fn new() -> Self {
        Self { hertz: [f64::NAN; KEYS], table: Counted::new(untuned()) }
    }

    /// Reads the table anew.
    fn listen(&mut self, hertz: impl Fn(usize) -> f64) {
        let mut changed = false;
        for (key, (heard, pitch)) in self.hertz.iter_mut().zip(&mut self.table.keys).enumerate() {
            let now = hertz(key);
            // By bits: what is not a number is no change for ever.
            if now.to_bits() != heard.to_bits() {
                *heard = now;
                *pitch = pitch_of(now, key);
                changed = true;
            }
        }
        self.table.version += u64::from(changed);
    }
}

/// Sends the engine the pitches of keys.
pub struct Retuner {
    client: Option<Arc<Client>>,
    files: Counted,
    master: Box<Heard>,
    channels: Box<[Heard; CHANNELS]>,
    /// What the engine plays.
    sent: Box<[KeyTable; CHANNELS]>,
    /// Where that came from, and the source's version then.
    followed: [(Source, u64); CHANNELS],
    is_ruled: bool,
    zones: Zones,
}

impl Retuner {
    /// For an engine that has been told nothing, on `files` and, where there is one, `client`.
    pub fn new(files: KeyTable, client: Option<Arc<Client>>) -> Self {
        let mut retuner = Self {
            client,
            files: Counted::new(files),
            master: Box::new(Heard::new()),
            channels: Box::new(std::array::from_fn(|_| Heard::new())),
            sent: Box::new([untuned(); CHANNELS]),
            followed: [(Source::Untuned, 0); CHANNELS],
            is_ruled: false,
            zones: Zones::default(),
        };
        retuner.forget();
        retuner
    }

    /// The engine is a new one, that has been told nothing. Real-time safe.
    pub fn forget(&mut self) {
        *self.sent = [untuned(); CHANNELS];
        self.followed = [(Source::Untuned, 0); CHANNELS];
    }

    /// At the beginning of a block: sends what changed since the last. Real-time safe.
    pub fn follow(&mut self, tunings: &Tunings, channels: Channels, mut send: impl FnMut(Event)) {
        if let Some(files) = tunings.take_fresh() {
            self.files = Counted { keys: files, version: self.files.version + 1 };
        }
        let client = self.client.as_ref().filter(|client| tunings.obeys_master() && client.has_master());
        self.is_ruled = client.is_some();
        tunings.set_ruled(self.is_ruled);
        let mut sources = [Source::Files; CHANNELS];
        if let Some(client) = client {
            self.master.listen(|key| client.hertz(None, key));
            for (channel, source) in (0u8..).zip(&mut sources) {
                *source = Source::Master;
                if channels == Channels::Keyboards && client.has_channel(channel) {
                    *source = Source::Channel;
                    self.channels[usize::from(channel)].listen(|key| client.hertz(Some(channel), key));
                }
            }
        }
        self.tell(sources, &mut send);
    }

    /// A controller moved, which may be a keyboard that asks for MPE. Real-time safe.
    pub fn hear(&mut self, channel: u8, controller: u8, value: f32) {
        self.zones.hear(channel, controller, value);
    }

    /// The MPE zones that were asked for. Real-time safe.
    pub fn zones(&self) -> &Zones {
        &self.zones
    }

    /// Before a note-on: a master may want this key to play nothing. Real-time safe.
    pub fn note_on(&mut self, channel: u8, key: u8, channels: Channels, mut send: impl FnMut(Event)) {
        let Some(client) = self.client.as_ref().filter(|_| self.is_ruled) else { return };
        let asked = (channels == Channels::Keyboards).then_some(channel);
        let (at, key_at) = (usize::from(channel) % CHANNELS, usize::from(key) % KEYS);
        let source = self.followed[at].0;
        let pitch = if client.is_filtered(asked, key) { KeyPitch::Silent } else { self.table(source, at).keys[key_at] };
        if self.sent[at][key_at] != pitch {
            self.sent[at][key_at] = pitch;
            send(Event::Retune { channel: Some(at as u8), key, pitch });
        }
    }

    fn table(&self, source: Source, channel: usize) -> &Counted {
        match source {
            Source::Untuned | Source::Files => &self.files,
            Source::Master => &self.master.table,
            Source::Channel => &self.channels[channel].table,
        }
    }

    fn tell(&mut self, sources: [Source; CHANNELS], send: &mut impl FnMut(Event)) {
        let wanted: [(Source, u64); CHANNELS] =
            std::array::from_fn(|channel| (sources[channel], self.table(sources[channel], channel).version));
        if wanted == self.followed {
            return;
        }
        for key in 0..KEYS {
            let pitch = |retuner: &Self, channel: usize| retuner.table(sources[channel], channel).keys[key];
            let first = pitch(self, 0);
            if (0..CHANNELS).all(|channel| pitch(self, channel) == first && self.sent[channel][key] != first) {
                send(Event::Retune { channel: None, key: key as u8, pitch: first });
                self.sent.iter_mut().for_each(|sent| sent[key] = first);
                continue;
            }
            for channel in 0..CHANNELS {
                let pitch = pitch(self, channel);
                if self.sent[channel][key] != pitch {
                    self.sent[channel][key] = pitch;
                    send(Event::Retune { channel: Some(channel as u8), key: key as u8, pitch });
                }
            }
        }
        self.followed = wanted;
    }
}

/// What the engine plays when it has been told nothing.
fn untuned() -> KeyTable {
    std::array::from_fn(|key| KeyPitch::Relative(key as f32))
}

/// A master's frequency as a pitch; a key without one stays as it is.
fn pitch_of(hertz: f64, key: usize) -> KeyPitch {
    if hertz.is_finite() && hertz > 0.0 {
        KeyPitch::Absolute((f64::from(A4_PITCH) + 12.0 * (hertz / f64::from(A4_HZ)).log2()) as f32)
    } else {
        KeyPitch::Relative(key as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Bundle;
    use crate::plugin::Shared;
    use crate::tuning::{SavedFile, TuningChoice};

    fn followed(retuner: &mut Retuner, shared: &Shared) -> Vec<(Option<u8>, u8, KeyPitch)> {
        let mut sent = Vec::new();
        retuner.follow(&shared.tunings, Channels::Keyboards, |event| match event {
            Event::Retune { channel, key, pitch } => sent.push((channel, key, pitch)),
            _ => panic!("{event:?}"),
        });
        sent
    }

    fn choose(shared: &Shared, text: Option<&str>) {
        let scale = text.map(|text| SavedFile { path: "x.scl".into(), text: text.into() });
        shared.params.scale.choose(&TuningChoice { scale, map: None, mts_esp: false });
    }

    #[test]
    fn only_changed_keys_are_sent() {
        let shared = Shared::new(&Bundle::default());
        let mut retuner = shared.tunings.start();
        assert_eq!(followed(&mut retuner, &shared), []);
        // A third that is off; everything else is where it was.
        let scale = "x\n12\n100.0\n200.0\n300.0\n386.0\n500.0\n600.0\n700.0\n800.0\n900.0\n1000.0\n1100.0\n2/1\n";
        choose(&shared, Some(scale));
        let sent = followed(&mut retuner, &shared);
        assert!(sent.iter().all(|(channel, key, _)| channel.is_none() && key % 12 == 4), "{sent:?}");
        assert_eq!(sent.len(), 11);
        assert_eq!(followed(&mut retuner, &shared), []);
        // A new engine hears all that is not as it begins.
        retuner.forget();
        assert_eq!(followed(&mut retuner, &shared), sent);
        choose(&shared, None);
        let back = followed(&mut retuner, &shared);
        assert_eq!(back.len(), 11);
        assert!(back.iter().all(|(_, key, pitch)| *pitch == KeyPitch::Relative(f32::from(*key))));
        shared.tunings.stop();
        shared.instrument.close();
    }

    #[test]
    fn a_frequency_that_is_none_leaves_the_key() {
        assert_eq!(pitch_of(440.0, 3), KeyPitch::Absolute(69.0));
        for nothing in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(pitch_of(nothing, 3), KeyPitch::Relative(3.0));
        }
    }
}
