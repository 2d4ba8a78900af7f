//! JACK, or PipeWire in its place: the server decides rate and period, and gives messages their samples.
//! Opened and minded by the keeper; `process` runs on JACK's thread, where nothing allocates, locks or waits.
//! Messages sound at the sample at which JACK says that they came, at rate and period of the server
//! (test: `jack_plays_and_says_when_it_is_gone`, where `jackd` is installed).

use super::super::choices::{Choices, Inputs, System};
use super::super::desk::Input;
use super::super::fault::Fault;
use super::super::midi::{Inbox, Message};
use super::super::player::Timed;
use super::super::seat::{Chair, Seat};
use super::{AudioSystem, Offer, Opened, Stream};
use jack::{
    AsyncClient, AudioOut, Client, ClientOptions, ClientStatus, Control, Frames, LoggerType, MidiIn,
    NotificationHandler, Port, PortFlags, ProcessHandler, ProcessScope,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What others see us as.
const CLIENT: &str = "Timbrel";
/// JACK's name of its MIDI ports' type.
const MIDI: &str = "8 bit raw midi";
/// JACK's name of its audio ports' type.
const AUDIO: &str = "32 bit float mono audio";

/// JACK.
pub struct Jack;

/// What JACK's threads tell the keeper.
#[derive(Default)]
struct News {
    gone: AtomicBool,
    rate_changed: AtomicBool,
    buffer: AtomicU32,
}

struct Notices {
    news: Arc<News>,
    seat: Arc<Seat>,
}

struct Callback {
    chair: Chair,
    left: Port<AudioOut>,
    right: Port<AudioOut>,
    midi: Port<MidiIn>,
    news: Arc<News>,
}

struct Running {
    client: AsyncClient<Notices, Callback>,
    news: Arc<News>,
    midi: String,
}

impl AudioSystem for Jack {
    fn system(&self) -> System {
        System::Jack
    }

    fn offer(&mut self, _choices: &Choices) -> Offer {
        // The server decides, and patch bays connect.
        Offer::default()
    }

    fn open(&mut self, choices: &Choices, seat: &Arc<Seat>, inbox: &Arc<Inbox>) -> Result<Opened, Fault> {
        // It says on its own output what we say in the window.
        jack::set_logger(LoggerType::None);
        let (client, _) = Client::new(CLIENT, ClientOptions::NO_START_SERVER).map_err(|_| Fault::NoServer)?;
        let sample_rate = client.sample_rate();
        let news = Arc::new(News::default());
        news.buffer.store(client.buffer_size(), Ordering::Relaxed);
        let callback = Callback {
            chair: Chair::new(seat.clone(), inbox.clone(), sample_rate),
            left: client.register_port("left", AudioOut::default()).map_err(refused)?,
            right: client.register_port("right", AudioOut::default()).map_err(refused)?,
            midi: client.register_port("midi", MidiIn::default()).map_err(refused)?,
            news: news.clone(),
        };
        let name = |port: Result<String, jack::Error>| port.map_err(refused);
        let outputs = [name(callback.left.name())?, name(callback.right.name())?];
        let midi = name(callback.midi.name())?;
        let notices = Notices { news: news.clone(), seat: seat.clone() };
        let client = client.activate_async(notices, callback).map_err(refused)?;
        connect_outputs(client.as_client(), &outputs);
        let mut remarks = Vec::new();
        let device = "the JACK server".to_owned();
        if let Some(wanted) = choices.sample_rate.filter(|wanted| *wanted != sample_rate) {
            remarks.push(Fault::OtherRate { device: "The JACK server".into(), wanted, rate: sample_rate });
        }
        Ok(Opened { stream: Box::new(Running { client, news, midi }), device, sample_rate, remarks })
    }
}

fn refused(error: jack::Error) -> Fault {
    Fault::ServerRefused { reason: error.to_string() }
}

/// To the first two outputs of the sound card, as players expect; whoever has a patch bay changes it there.
fn connect_outputs(client: &Client, outputs: &[String; 2]) {
    let card = client.ports(None, Some(AUDIO), PortFlags::IS_INPUT | PortFlags::IS_PHYSICAL);
    for (output, input) in outputs.iter().zip(&card) {
        // A port that is connected already is as good.
        let _ = client.connect_ports_by_name(output, input);
    }
}

impl Stream for Running {
    fn buffer(&self) -> u32 {
        self.news.buffer.load(Ordering::Relaxed)
    }

    fn fault(&self) -> Option<Fault> {
        let is_over = self.news.gone.load(Ordering::Acquire) || self.news.rate_changed.load(Ordering::Acquire);
        is_over.then_some(Fault::ServerGone)
    }

    fn inputs(&mut self, wanted: &Inputs) -> Option<Vec<Input>> {
        let client = self.client.as_client();
        let sources = client.ports(None, Some(MIDI), PortFlags::IS_OUTPUT);
        let hardware = client.ports(None, Some(MIDI), PortFlags::IS_OUTPUT | PortFlags::IS_PHYSICAL);
        if hardware.is_empty() && sources.is_empty() {
            return None;
        }
        let ours = client.port_by_name(&self.midi)?;
        let mut inputs = Vec::new();
        for source in sources {
            // What other programs play is theirs to connect, unless it was chosen by name.
            let heard = match wanted {
                Inputs::All => hardware.contains(&source),
                Inputs::Only(_) => wanted.has(&source),
            };
            let connected = ours.is_connected_to(&source).unwrap_or(false);
            if heard && !connected {
                let _ = client.connect_ports_by_name(&source, &self.midi);
            } else if !heard && connected && matches!(wanted, Inputs::Only(_)) {
                let _ = client.disconnect_ports_by_name(&source, &self.midi);
            }
            let heard = heard || (connected && *wanted == Inputs::All);
            inputs.push(Input { name: source, plugged: true, heard });
        }
        // A server without MIDI of the hardware leaves that to the system.
        (!hardware.is_empty() || inputs.iter().any(|input| input.heard)).then_some(inputs)
    }
}

impl NotificationHandler for Notices {
    // A store is all that may be done here.
    unsafe fn shutdown(&mut self, _status: ClientStatus, _reason: &str) {
        self.news.gone.store(true, Ordering::Release);
    }

    fn sample_rate(&mut self, client: &Client, rate: Frames) -> Control {
        if rate != client.sample_rate() {
            self.news.rate_changed.store(true, Ordering::Release);
        }
        Control::Continue
    }

    fn xrun(&mut self, _client: &Client) -> Control {
        self.seat.count_dropout();
        Control::Continue
    }
}

impl ProcessHandler for Callback {
    fn process(&mut self, _client: &Client, scope: &ProcessScope) -> Control {
        let Self { chair, left, right, midi, .. } = self;
        let messages = midi.iter(scope).filter_map(|raw| {
            let message = Message::of(raw.bytes)?;
            Some(Timed { offset: raw.time as usize, message })
        });
        chair.play(messages, left.as_mut_slice(scope), right.as_mut_slice(scope));
        Control::Continue
    }

    fn buffer_size(&mut self, _client: &Client, frames: Frames) -> Control {
        self.news.buffer.store(frames, Ordering::Relaxed);
        Control::Continue
    }
}
