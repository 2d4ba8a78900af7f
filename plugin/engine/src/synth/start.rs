//! Builds a synth: queues, conductor, control thread. Not real-time.

use super::callback::{Parts, Synth};
use super::config::{BLOCK_CAP, Config, Mode, SynthError};
use super::handle::{Blueprint, SynthHandle};
use crate::control::conductor::{Conductor, Wiring};
use crate::control::desk::{Desk, MAX_LAYERS};
use crate::control::grid::Grid;
use crate::control::message::{ENDED_QUEUE, EVENT_QUEUE};
use crate::control::shared::Shared;
use crate::control::{janitor, thread};
use crate::impulse_response::ImpulseResponse;
use crate::model::{Decode, Model, OnnxDecoder};
use crate::morph::{MorphDecoder, NewtPartials};
use crate::perform::SLOTS;
use crate::render::{Fidelity, Shaping, Voicing};
use crate::watch::Publisher;
use rtrb::RingBuffer;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

/// What an instrument is made of: usually a model's, in tests any decoder.
pub struct Source {
    /// The network.
    pub decoder: Box<dyn Decode>,
    /// Its room at the training rate.
    pub impulse_response: ImpulseResponse,
    /// What makes its pitched sound; of the decoder's family.
    pub voicing: Voicing,
}

/// The models of a source: one, or two between which notes may lie.
#[derive(Clone, Debug)]
pub struct Models {
    /// Plays, and says where frames fall and in which room.
    pub first: Arc<Model>,
    /// Plays at the other end of [`crate::event::Setting::Morph`].
    pub second: Option<Arc<Model>>,
}

impl From<Arc<Model>> for Models {
    fn from(first: Arc<Model>) -> Self {
        Self { first, second: None }
    }
}

impl Source {
    /// Decoders with states for all voices; shapers, where there are some, computed as `shaping` says. Two models are both
    /// heard through their partials.
    pub fn of(models: &Models, shaping: Shaping) -> Result<Self, SynthError> {
        let Models { first, second } = models;
        let Some(second) = second else { return Self::of_one(first, shaping) };
        let decoder = MorphDecoder::new(partials_of(first, shaping)?, partials_of(second, shaping)?, SLOTS)?;
        let impulse_response = first.impulse_response().clone();
        Ok(Self { decoder: Box::new(decoder), impulse_response, voicing: Voicing::Harmonic })
    }

    fn of_one(model: &Arc<Model>, shaping: Shaping) -> Result<Self, SynthError> {
        let decoder = OnnxDecoder::new(model, SLOTS)?;
        let voicing = match model.waveshaping() {
            Some(constants) => {
                Voicing::Waveshaping { constants: Arc::clone(constants), shaping, fidelity: Fidelity::Playing }
            }
            None => Voicing::Harmonic,
        };
        Ok(Self { decoder: Box::new(decoder), impulse_response: model.impulse_response().clone(), voicing })
    }
}

/// A decoder of partials, whatever the model's family is.
fn partials_of(model: &Arc<Model>, shaping: Shaping) -> Result<Box<dyn Decode>, SynthError> {
    let decoder = Box::new(OnnxDecoder::new(model, SLOTS)?);
    Ok(match model.waveshaping() {
        Some(constants) => Box::new(NewtPartials::new(decoder, constants, shaping)),
        None => decoder,
    })
}

impl Synth {
    /// Builds everything for a model, or for two, and starts the control thread. Takes milliseconds.
    pub fn start(config: &Config, models: impl Into<Models>) -> Result<(Self, SynthHandle), SynthError> {
        Self::start_with(config, Source::of(&models.into(), config.shaping)?)
    }

    /// The same with any decoder.
    pub fn start_with(config: &Config, source: Source) -> Result<(Self, SynthHandle), SynthError> {
        if !(8_000.0..=192_000.0).contains(&config.sample_rate) {
            return Err(SynthError::SampleRate { found: config.sample_rate });
        }
        let block = config.max_block.clamp(1, BLOCK_CAP);
        let metadata = source.decoder.metadata();
        let hop = Grid::new(0, metadata.hop, config.sample_rate, metadata.sample_rate).longest_hop();
        let latency = block as u64 + hop;
        let blueprint =
            Blueprint { sample_rate: config.sample_rate, ahead: latency + config.max_block.max(block) as u64 };
        let package = blueprint.build(source)?;

        let shared = Arc::new(Shared::default());
        shared.offline.store(config.mode == Mode::Offline, Ordering::Relaxed);
        shared.layers.store(1, Ordering::Relaxed);
        shared.wanted_latency.store(u32::try_from(latency).unwrap_or(u32::MAX), Ordering::Relaxed);
        shared.words().instrument = package.instrument.name().to_owned();

        let (messages_in, messages_out) = RingBuffer::new(EVENT_QUEUE);
        let (ended_in, ended_out) = RingBuffer::new(ENDED_QUEUE);
        let (arrivals_in, arrivals_out) = RingBuffer::new(MAX_LAYERS);
        let (returns_in, returns_out) = RingBuffer::new(MAX_LAYERS);
        let (janitor, janitor_thread) = janitor::start()?;
        let instrument = &package.instrument;
        let (layout, noise_rate_hz) = (instrument.sender.layout(), instrument.decoder.noise_rate());
        let (watched, publisher) = Publisher::new(config.sample_rate, layout, noise_rate_hz);
        let overflowed = Arc::clone(&shared.overflowed);
        let wiring = Wiring { messages: messages_out, overflowed, ended: ended_in, publisher };
        let desk = Arc::new(Mutex::new(Desk {
            conductor: Conductor::new(config.sample_rate, hop, package.instrument, wiring),
            sample_rate: config.sample_rate,
            block: block as u32,
            shared: Arc::clone(&shared),
            arrivals: arrivals_in,
            returns: returns_out,
            janitor,
        }));
        let control_thread = thread::start(Arc::clone(&shared), Arc::clone(&desk))?;
        let handle =
            SynthHandle::new(Arc::clone(&shared), Arc::clone(&watched), blueprint, control_thread.thread().clone());
        let synth = Synth::assemble(Parts {
            sample_rate: config.sample_rate,
            block,
            latency,
            layer: package.layer,
            shared,
            watched,
            desk,
            messages: messages_in,
            ended: ended_out,
            arrivals: arrivals_out,
            returns: returns_in,
            control_thread,
            janitor_thread,
        });
        Ok((synth, handle))
    }
}
