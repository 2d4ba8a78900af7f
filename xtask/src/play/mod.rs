//! Plays the packaged plugin: live through its standalone program, or a MIDI file into a WAV file with its spectrogram.
//! Main thread.
//! What a file render gives is the packaged CLAP plugin's own output, less the latency that it reports.

mod instrument;
mod render;
mod score;
mod spectrogram;

use crate::bundle::{self, Profile};
use crate::places::{Execution, Places};
use crate::process;
use crate::setup::system;
use anyhow::{Context, Result, bail};
use clap::Args;
pub use render::Sound;
use std::path::{Path, PathBuf};
use std::process::Command;
use timbrel_tests::host::Package;

/// What a file is rendered at, hertz.
const RATE: u32 = 48_000;
/// In blocks of this length, frames.
const BLOCK: u32 = 256;
/// What a note at medium velocity must reach, dB of full scale.
const INAUDIBLE_DB: f32 = -60.0;

/// Play: with a MIDI keyboard, or a MIDI file into a WAV file
///
/// Without --midi the standalone program opens: connect a MIDI keyboard and play (docs/standalone.md). With --midi FILE --out FILE.wav the
/// packaged plugin renders the file offline, as 32-bit float with the reported latency taken off, and a picture of the
/// spectrogram is written beside the WAV file.
#[derive(Args)]
pub struct Options {
    /// MIDI file to render (demos: assets/demo/)
    #[arg(long, value_name = "FILE.mid", requires = "out")]
    midi: Option<PathBuf>,
    /// WAV file to write
    #[arg(long, value_name = "FILE.wav", requires = "midi")]
    out: Option<PathBuf>,
    /// Instrument: the name of one that is installed (cello), or a model file
    #[arg(long, value_name = "NAME_OR_ONNX")]
    instrument: Option<String>,
    /// Sample rate, hertz [default: 48000; without --midi what the program remembers]
    #[arg(long, value_parser = clap::value_parser!(u32).range(8_000..=192_000))]
    rate: Option<u32>,
    /// Block size, frames (changes the reported latency, never the sound) [default: 256; without --midi what the program
    /// remembers]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=16_384))]
    block: Option<u32>,
    /// A state of the plugin, as a host saved it
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// A preset file to load (docs/presets.md)
    #[arg(long, value_name = "FILE.timbrel")]
    preset: Option<PathBuf>,
}

impl Options {
    /// The demo melody with everything else as it comes.
    pub fn demo(places: &Places, out: &Path) -> Self {
        let midi = places.root().join("assets").join("demo").join("melody.mid");
        Self {
            midi: Some(midi),
            out: Some(out.to_owned()),
            instrument: None,
            rate: None,
            block: None,
            state: None,
            preset: None,
        }
    }
}

/// Runs `cargo xtask play`.
pub fn run(places: &Places, options: &Options) -> Result<()> {
    if options.midi.is_some() { render_file(places, options) } else { live(places, options) }
}

/// Renders a MIDI file into a WAV file and a picture.
pub fn render_file(places: &Places, options: &Options) -> Result<()> {
    let (Some(midi), Some(out)) = (&options.midi, &options.out) else {
        bail!("--midi FILE.mid and --out FILE.wav go together");
    };
    let (midi, out) = (&places.typed(midi), &places.typed(out));
    // Read before minutes of building: a wrong name should be told at once.
    let midi_bytes = std::fs::read(midi).with_context(|| format!("cannot read {}", midi.display()))?;
    let score = score::Score::parse(&midi_bytes).with_context(|| format!("{}", midi.display()))?;
    let state = match &options.state {
        Some(path) => {
            let path = places.typed(path);
            Some(std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?)
        }
        None => None,
    };
    let bundles = bundle::make(places, Execution::Cpu, Profile::Release)?;
    let instrument = match &options.instrument {
        Some(named) => Some(instrument::find(named, places, &bundle::resources_of(&bundles))?),
        None => None,
    };
    let package = Package::load(&bundles.clap)?;
    let preset = options.preset.as_ref().map(|preset| places.typed(preset));
    let job = render::Job {
        package: &package,
        score: &score,
        state: state.as_deref(),
        preset: preset.as_deref(),
        instrument: instrument.as_deref(),
        rate: options.rate.unwrap_or(RATE),
        block: options.block.unwrap_or(BLOCK),
    };
    let sound = render::render(&job)?;
    if let Some(folder) = out.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    save(&sound, job.rate, out)?;
    let picture = out.with_extension("png");
    let seconds = sound.left.len() as f64 / f64::from(job.rate);
    println!("{}: {seconds:.2} s, {} Hz, peak {:.1} dBFS", out.display(), job.rate, sound.peak_db());
    println!("{}: its spectrogram", picture.display());
    Ok(())
}

/// Writes a sound into a WAV file, and its spectrogram beside it.
pub fn save(sound: &Sound, rate: u32, path: &Path) -> Result<()> {
    render::write(sound, rate, path)?;
    spectrogram::draw(sound, rate, &path.with_extension("png"))
}

/// Plays one note in the middle of everyone's range with a model, to see that the packaged plugin can.
pub fn try_note(bundles: &bundle::Bundles, model: &Path) -> Result<()> {
    let score = score::Score::one_note(60, 1.0);
    let package = Package::load(&bundles.clap)?;
    let job = render::Job {
        package: &package,
        score: &score,
        state: None,
        preset: None,
        instrument: Some(model),
        rate: RATE,
        block: BLOCK,
    };
    let peak = render::render(&job)?.peak_db();
    if peak < INAUDIBLE_DB {
        bail!("{} plays, but a note with it peaks at {peak:.1} dBFS, which nobody hears", model.display());
    }
    Ok(())
}

/// The standalone program, built with its own libraries and put beside the packaged resources.
fn live(places: &Places, options: &Options) -> Result<()> {
    if options.state.is_some() || options.preset.is_some() || options.instrument.is_some() {
        bail!("--instrument, --preset and --state go with --midi; the standalone program has lists of its own");
    }
    let is_unset = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
    let no_display = is_unset("DISPLAY") && is_unset("WAYLAND_DISPLAY");
    if cfg!(target_os = "linux") && no_display {
        bail!(
            "there is no display to open Timbrel's window on. To render a MIDI file instead:\n    \
             cargo xtask play --midi assets/demo/melody.mid --out melody.wav"
        );
    }
    system::ensure(system::Purpose::Standalone)?;
    let bundles = bundle::make(places, Execution::Cpu, Profile::Release)?;
    let mut build = Command::new(env!("CARGO"));
    build.args([
        "build",
        "--release",
        "--package",
        "timbrel",
        "--features",
        "standalone",
        "--bin",
        "timbrel-standalone",
    ]);
    process::run("building the standalone program", &mut build)?;
    let name = format!("timbrel-standalone{}", std::env::consts::EXE_SUFFIX);
    let program = places.bundled().join(&name);
    bundle::copy(&places.cargo_target().join("release").join(&name), &program)?;
    let mut command = Command::new(&program);
    for (option, value) in [("--sample-rate", options.rate), ("--buffer", options.block)] {
        if let Some(value) = value {
            command.args([option, &value.to_string()]);
        }
    }
    let status = command
        .env("TIMBREL_RESOURCES", bundle::resources_of(&bundles))
        .status()
        .with_context(|| format!("cannot start {}", program.display()))?;
    if !status.success() {
        bail!("the standalone program ended with {status}");
    }
    Ok(())
}
