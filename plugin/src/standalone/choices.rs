//! What a player chooses in the standalone program: where the sound goes, how fine, and which keyboards play.
//! Plain data; any thread.
//! What is written is read again as it was, and what a file says that this release does not know is no fault
//! (test: `choices_come_back_as_they_were_written`).

use serde::{Deserialize, Serialize};

/// Beats a minute where nobody says otherwise.
const TEMPO_BPM: f64 = 120.0;

/// What carries the sound out of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// JACK where a server runs, else the system's own.
    #[default]
    Auto,
    /// A JACK server, or PipeWire in its place.
    Jack,
    /// The system's own: ALSA (and through it PipeWire and PulseAudio), Core Audio, WASAPI.
    System,
    /// None: everything runs, and nothing is heard.
    Dummy,
}

impl System {
    /// All, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Jack, Self::System, Self::Dummy];

    /// As the menu says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "Automatic",
            Self::Jack => "JACK",
            Self::System if cfg!(target_os = "macos") => "Core Audio",
            Self::System if cfg!(windows) => "WASAPI",
            Self::System => "ALSA",
            Self::Dummy => "No sound",
        }
    }
}

/// Which MIDI inputs are heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Inputs {
    /// All that there are, also those that are plugged in later.
    #[default]
    All,
    /// Those of these names.
    Only(Vec<String>),
}

impl Inputs {
    /// Whether the input of this name is heard.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|chosen| chosen == name),
        }
    }
}

/// Everything that can be chosen. `None` leaves it to the device or the system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// What carries the sound.
    pub system: System,
    /// The output device's name; `None` is the system's default.
    pub device: Option<String>,
    /// Hertz.
    pub sample_rate: Option<u32>,
    /// Frames in a block of the device.
    pub buffer: Option<u32>,
    /// Beats a minute, which tempo-synchronised modulation follows.
    pub tempo_bpm: f64,
    /// The keyboards.
    pub inputs: Inputs,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            system: System::default(),
            device: None,
            sample_rate: None,
            buffer: None,
            tempo_bpm: TEMPO_BPM,
            inputs: Inputs::default(),
        }
    }
}

impl Choices {
    /// Slowest and fastest tempo, beats a minute.
    pub const TEMPI_BPM: (f64, f64) = (20.0, 300.0);

    /// Whether another device must be opened to go from `self` to `other`.
    pub fn needs_another_device_than(&self, other: &Self) -> bool {
        (self.system, &self.device, self.sample_rate, self.buffer)
            != (other.system, &other.device, other.sample_rate, other.buffer)
    }

    /// Takes over what differs between `before` and `now`, and leaves the rest, so that what only the command line said is
    /// not remembered.
    pub fn follow(&mut self, before: &Self, now: &Self) {
        if before.system != now.system {
            self.system = now.system;
        }
        if before.device != now.device || before.system != now.system {
            self.device.clone_from(&now.device);
        }
        if before.sample_rate != now.sample_rate {
            self.sample_rate = now.sample_rate;
        }
        if before.buffer != now.buffer {
            self.buffer = now.buffer;
        }
        if before.tempo_bpm != now.tempo_bpm {
            self.tempo_bpm = now.tempo_bpm;
        }
        if before.inputs != now.inputs {
            self.inputs.clone_from(&now.inputs);
        }
    }

    /// With what makes no sense brought back to where it does.
    pub fn sane(mut self) -> Self {
        let (slowest, fastest) = Self::TEMPI_BPM;
        self.tempo_bpm = if self.tempo_bpm.is_finite() { self.tempo_bpm.clamp(slowest, fastest) } else { TEMPO_BPM };
        self.sample_rate = self.sample_rate.filter(|rate| (8_000..=384_000).contains(rate));
        self.buffer = self.buffer.filter(|frames| (8..=16_384).contains(frames));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_back_as_they_were_written() {
        let inputs = Inputs::Only(vec!["Arturia KeyStep 37".into(), "Seaboard \"Block\"".into()]);
        let chosen = Choices {
            system: System::System,
            device: Some("hw:CARD=USB,DEV=0".into()),
            sample_rate: Some(96_000),
            buffer: Some(64),
            tempo_bpm: 92.5,
            inputs,
        };
        for choices in [chosen, Choices::default()] {
            let text = toml::to_string(&choices).unwrap();
            println!("{text}");
            assert_eq!(toml::from_str::<Choices>(&text).unwrap(), choices);
        }
        let strange = "system = \"jack\"\nfuture = 3\n[later]\nx = 1\n";
        assert_eq!(toml::from_str::<Choices>(strange).unwrap().system, System::Jack);
    }

    #[test]
    fn what_only_the_command_line_said_is_not_remembered() {
        let mut kept = Choices { buffer: Some(256), ..Choices::default() };
        let running = Choices { system: System::Dummy, buffer: Some(64), ..Choices::default() };
        let chosen = Choices { sample_rate: Some(44_100), ..running.clone() };
        kept.follow(&running, &chosen);
        assert_eq!(kept, Choices { buffer: Some(256), sample_rate: Some(44_100), ..Choices::default() });
    }

    #[test]
    fn what_makes_no_sense_is_left_to_the_device() {
        let wild = Choices { sample_rate: Some(1), buffer: Some(1 << 20), tempo_bpm: f64::NAN, ..Choices::default() };
        assert_eq!(wild.sane(), Choices::default());
    }
}
