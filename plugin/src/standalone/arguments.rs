//! The command line.
//! Read once, on the main thread, before anything else.
//! What it says counts for this run, over what is remembered (test: `the_command_line_is_over_what_is_remembered`).

use super::choices::{Choices, Inputs, System};
use clap::Parser;
use std::path::PathBuf;

/// Timbrel, a neural synthesizer, as a program of its own
///
/// Opens a window, the sound card and every MIDI keyboard, and plays. Everything here can be chosen in the window as well,
/// while it plays (Settings, Audio and MIDI), and is remembered there; what is said here counts for this run.
#[derive(Debug, Default, Parser)]
#[command(name = "timbrel-standalone", version, max_term_width = 100)]
pub struct Arguments {
    /// What carries the sound: auto (JACK where a server runs, else the system's own), jack, system (ALSA, Core Audio or
    /// WASAPI), dummy (no sound)
    #[arg(short, long, value_name = "SYSTEM", value_parser = parse_system)]
    pub backend: Option<System>,
    /// Output device, as --list names it; "default" is the system's default
    #[arg(short, long, alias = "output-device", value_name = "NAME")]
    pub device: Option<String>,
    /// Sample rate, hertz. A JACK server decides for itself
    #[arg(short = 'r', long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(8_000..=384_000))]
    pub sample_rate: Option<u32>,
    /// Frames in a block: fewer answer faster, more are safer. A JACK server decides for itself
    #[arg(short = 'p', long, alias = "period-size", value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(8..=16_384))]
    pub buffer: Option<u32>,
    /// Hear this MIDI input, as --list names it, and no others; may be given several times
    #[arg(short = 'm', long, value_name = "NAME")]
    pub midi_input: Vec<String>,
    /// Tempo that modulation in beats follows, beats a minute
    #[arg(long, value_name = "BPM", value_parser = parse_tempo)]
    pub tempo: Option<f64>,
    /// Begin with a new sound, not with the last one
    #[arg(long)]
    pub fresh: bool,
    /// Size of the window's contents, if the system does not say: 1, 1.5, 2 ...
    #[arg(long, alias = "dpi-scale", value_name = "FACTOR")]
    pub scale: Option<f64>,
    /// Open no window; play until Ctrl+C
    #[arg(long)]
    pub no_window: bool,
    /// Print the output devices and MIDI inputs that there are, and end
    #[arg(long)]
    pub list: bool,
    /// Remember choices in this file instead of the user's own
    #[arg(long, value_name = "FILE.toml")]
    pub settings: Option<PathBuf>,
}

impl Arguments {
    /// What was remembered, with what was said here over it.
    pub fn over(&self, remembered: &Choices) -> Choices {
        let mut choices = remembered.clone();
        if let Some(system) = self.backend {
            if system != choices.system {
                // Of another system.
                choices.device = None;
            }
            choices.system = system;
        }
        if let Some(device) = &self.device {
            choices.device = (device != "default").then(|| device.clone());
        }
        choices.sample_rate = self.sample_rate.or(choices.sample_rate);
        choices.buffer = self.buffer.or(choices.buffer);
        choices.tempo_bpm = self.tempo.unwrap_or(choices.tempo_bpm);
        if !self.midi_input.is_empty() {
            choices.inputs = Inputs::Only(self.midi_input.clone());
        }
        choices.sane()
    }
}

fn parse_system(word: &str) -> Result<System, String> {
    match word.to_ascii_lowercase().as_str() {
        "auto" => Ok(System::Auto),
        "jack" => Ok(System::Jack),
        "system" | "alsa" | "core-audio" | "coreaudio" | "wasapi" => Ok(System::System),
        "dummy" => Ok(System::Dummy),
        _ => Err("it is one of auto, jack, system, dummy".into()),
    }
}

fn parse_tempo(word: &str) -> Result<f64, String> {
    let (slowest, fastest) = Choices::TEMPI_BPM;
    let tempo: Option<f64> = word.parse().ok();
    let tempo = tempo.filter(|tempo| (slowest..=fastest).contains(tempo));
    tempo.ok_or_else(|| format!("it is a number from {slowest} to {fastest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(line: &str, remembered: &Choices) -> Choices {
        Arguments::try_parse_from(line.split(' ')).unwrap().over(remembered)
    }

    #[test]
    fn the_command_line_is_over_what_is_remembered() {
        let remembered = Choices { device: Some("hw:USB".into()), buffer: Some(64), ..Choices::default() };
        assert_eq!(over("timbrel", &remembered), remembered);
        let dummy = over("timbrel -b dummy -r 96000 --period-size=512", &remembered);
        let expected = Choices {
            system: System::Dummy,
            device: None,
            sample_rate: Some(96_000),
            buffer: Some(512),
            ..Choices::default()
        };
        assert_eq!(dummy, expected);
        let keys = over("timbrel -m KeyStep -m Seaboard --device default --tempo 90", &remembered);
        assert_eq!(keys.inputs, Inputs::Only(vec!["KeyStep".into(), "Seaboard".into()]));
        assert_eq!((keys.device, keys.tempo_bpm), (None, 90.0));
    }

    #[test]
    fn words_that_mean_nothing_are_named() {
        for line in ["timbrel --backend telephone", "timbrel --tempo fast", "timbrel -r 10", "timbrel -p 0"] {
            let error = Arguments::try_parse_from(line.split(' ')).unwrap_err().to_string();
            println!("{error}");
            assert!(error.contains("invalid value"), "{error}");
        }
    }
}
