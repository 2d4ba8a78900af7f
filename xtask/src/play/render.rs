//! Renders a score through the packaged CLAP plugin, offline, and writes the sound.
//! Main thread.
//! The first sample of the file is the first sample of the score: the latency that the plugin reports is taken off.

use crate::play::score::Score;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;
use timbrel_tests::host::{Blocks, Instance, Mode, Package, Recording, Setup, is_loaded, with_instrument};

/// What is under this (about -100 dBFS) counts as silence.
const SILENCE: f32 = 1e-5;
/// Silence for as long as this ends the tail, seconds.
const SILENT_SECONDS: f64 = 0.5;
/// The longest tail, seconds: a held pedal never falls silent by itself.
const LONGEST_TAIL: f64 = 20.0;
/// Blocks between two looks at the progress bar.
const BLOCKS_A_STEP: u64 = 64;

/// What is to be rendered.
pub struct Job<'a> {
    /// The plugin.
    pub package: &'a Package,
    /// The music.
    pub score: &'a Score,
    /// A state of the plugin to load first.
    pub state: Option<&'a [u8]>,
    /// A preset file to load then.
    pub preset: Option<&'a Path>,
    /// The model to play, instead of the state's or the default.
    pub instrument: Option<&'a Path>,
    /// Hertz.
    pub rate: u32,
    /// Frames.
    pub block: u32,
}

/// Rendered stereo sound without latency.
pub struct Sound {
    /// Left channel.
    pub left: Vec<f32>,
    /// Right channel.
    pub right: Vec<f32>,
}

impl Sound {
    /// Largest sample, dB of full scale.
    pub fn peak_db(&self) -> f32 {
        let peak = self.left.iter().chain(&self.right).fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        20.0 * peak.max(1e-10).log10()
    }
}

/// Renders the whole score and its tail.
pub fn render(job: &Job) -> Result<Sound> {
    let mut instance = Instance::new(job.package)?;
    if let Some(state) = job.state {
        instance.load(state)?;
    }
    if let Some(preset) = job.preset {
        instance.load_preset(preset)?;
    }
    if let Some(model) = job.instrument {
        let state = instance.save()?;
        instance.load(&with_instrument(&state, model)?)?;
    }
    let setup = Setup { sample_rate: f64::from(job.rate), largest_block: job.block, mode: Mode::Offline };
    instance.activate(&setup)?;
    if let Some(model) = job.instrument
        && !is_loaded(&instance.save()?)?
    {
        bail!(
            "the plugin could not load {}; its editor says why (cargo xtask play, then choose it in the list)",
            model.display()
        );
    }
    let latency = u64::from(instance.latency()?);
    let (events, length) = job.score.at_rate(job.rate);
    let longest = latency + length + (LONGEST_TAIL * f64::from(job.rate)) as u64;
    let silent = (SILENT_SECONDS * f64::from(job.rate)) as usize;

    let bar = ProgressBar::new(latency + length);
    if let Ok(style) = ProgressStyle::with_template("rendering {bar:40} {percent}% {msg} [{elapsed}]") {
        bar.set_style(style);
    }
    let mut recording = Recording::default();
    let mut rest = &events[..];
    while instance.position() < longest {
        let step = (u64::from(job.block) * BLOCKS_A_STEP).min(longest - instance.position());
        let count = rest.partition_point(|event| event.at < instance.position() + step);
        let (now, later) = rest.split_at(count);
        rest = later;
        let part = instance.render(now, step, Blocks::Fixed(job.block))?;
        recording.left.extend(part.left);
        recording.right.extend(part.right);
        bar.set_position(instance.position());
        if instance.position() > latency + length {
            bar.set_message("tail");
            if ends_in_silence(&recording.left, silent) && ends_in_silence(&recording.right, silent) {
                break;
            }
        }
    }
    bar.finish_and_clear();
    for line in instance.log() {
        eprintln!("plugin: {line}");
    }
    let cut = usize::try_from(latency)?;
    let sound = Sound { left: recording.left.split_off(cut), right: recording.right.split_off(cut) };
    match sound.left.iter().chain(&sound.right).position(|sample| !sample.is_finite()) {
        Some(index) => bail!("the plugin rendered a sample that is no number (at {index}); please report this"),
        None => Ok(sound),
    }
}

/// Writes stereo 32-bit float.
pub fn write(sound: &Sound, rate: u32, path: &Path) -> Result<()> {
    let format = hound::WavSpec {
        channels: 2,
        sample_rate: rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let context = || format!("cannot write {}", path.display());
    let mut writer = hound::WavWriter::create(path, format).with_context(context)?;
    for (left, right) in sound.left.iter().zip(&sound.right) {
        writer.write_sample(*left).with_context(context)?;
        writer.write_sample(*right).with_context(context)?;
    }
    writer.finalize().with_context(context)
}

fn ends_in_silence(samples: &[f32], length: usize) -> bool {
    samples.len() >= length && samples[samples.len() - length..].iter().all(|sample| sample.abs() < SILENCE)
}
