//! The program on a made-up sound card that a test unplugs, and that keeps what it is played.
#![allow(dead_code, reason = "each test uses its part")]

use clap::Parser;
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use timbrel::bundle::Bundle;
use timbrel::standalone::arguments::Arguments;
use timbrel::standalone::desk::{Device, Overview};
use timbrel::standalone::fault::Fault;
use timbrel::standalone::inputs::{Connection, Keyboards, Listener, Port, Ports};
use timbrel::standalone::keep::Memory;
use timbrel::standalone::midi::{Inbox, Message};
use timbrel::standalone::program::Program;
use timbrel::standalone::seat::{Chair, Seat};
use timbrel::standalone::systems::{AudioSystem, Offer, Opened, Stream};
use timbrel::standalone::{Choices, System};
use timbrel_tests::fixtures::DdspModel;

/// A sentence or a sound comes within this, or never.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the card is and does.
#[derive(Default)]
pub struct Card {
    /// Whether it is plugged in.
    pub plugged: bool,
    /// Whether another program has it.
    pub busy: bool,
    /// Whether it has stopped asking for blocks, without a word.
    pub hangs: bool,
    /// How often it was opened.
    pub opened: u32,
    /// What it has been played since it was opened last: the left channel.
    pub heard: Vec<f32>,
    /// Hertz, at which it was opened last.
    pub sample_rate: u32,
}

/// A handle on the card.
pub type SharedCard = Arc<Mutex<Card>>;

struct MadeUp(SharedCard);

struct Running {
    card: SharedCard,
    buffer: u32,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

const NAME: &str = "Made-up card";

impl AudioSystem for MadeUp {
    fn system(&self) -> System {
        System::System
    }

    fn offer(&mut self, _choices: &Choices) -> Offer {
        let device = Device { name: NAME.into(), label: NAME.into() };
        let devices = if self.0.lock().plugged { vec![device] } else { Vec::new() };
        Offer { devices, sample_rates: vec![44_100, 48_000], buffers: vec![64, 256] }
    }

    fn open(&mut self, choices: &Choices, seat: &Arc<Seat>, inbox: &Arc<Inbox>) -> Result<Opened, Fault> {
        let (wanted, buffer) = (choices.sample_rate.unwrap_or(48_000), choices.buffer.unwrap_or(256));
        let sample_rate = if wanted == 44_100 { wanted } else { 48_000 };
        {
            let mut card = self.0.lock();
            if !card.plugged {
                return Err(Fault::Missing { device: NAME.into() });
            }
            if card.busy {
                return Err(Fault::Busy { device: NAME.into() });
            }
            card.hangs = false;
            card.opened += 1;
            card.sample_rate = sample_rate;
            card.heard.clear();
        }
        let remark = Fault::OtherRate { device: NAME.into(), wanted, rate: sample_rate };
        let remarks = if wanted == sample_rate { Vec::new() } else { vec![remark] };
        let ends = Arc::new(AtomicBool::new(false));
        let mut chair = Chair::new(seat.clone(), inbox.clone(), sample_rate);
        let (card, ended) = (self.0.clone(), ends.clone());
        let thread = std::thread::spawn(move || {
            let mut frames = vec![0.0_f32; buffer as usize * 2];
            let mut next = Instant::now();
            while !ended.load(Ordering::Acquire) {
                if card.lock().plugged && !card.lock().hangs {
                    chair.play_interleaved(&mut frames, 2, |sample| sample);
                    card.lock().heard.extend(frames.chunks(2).map(|frame| frame[0]));
                }
                next += Duration::from_secs_f64(f64::from(buffer) / f64::from(sample_rate));
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        });
        let stream = Box::new(Running { card: self.0.clone(), buffer, ends, thread: Some(thread) });
        Ok(Opened { stream, device: NAME.into(), sample_rate, remarks })
    }
}

impl Stream for Running {
    fn buffer(&self) -> u32 {
        self.buffer
    }

    fn fault(&self) -> Option<Fault> {
        (!self.card.lock().plugged).then(|| Fault::Missing { device: NAME.into() })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// No keyboards.
struct NoPorts;

impl Ports for NoPorts {
    fn list(&mut self) -> Result<Vec<Port>, Fault> {
        Ok(Vec::new())
    }
    fn connect(&mut self, port: &Port, _listener: Arc<Listener>) -> Result<Connection, Fault> {
        Err(Fault::Unplugged { input: port.name.clone() })
    }
}

/// A folder with an instrument, and the files of the program.
pub struct House {
    folder: tempfile::TempDir,
}

impl House {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let models = folder.path().join("resources").join("models");
        std::fs::create_dir_all(&models).unwrap();
        DdspModel::default().name("Default").write(&models, "cello.onnx");
        Self { folder }
    }

    pub fn bundle(&self) -> Bundle {
        Bundle::at(Some(self.resources()), Some(self.folder.path().join("user")))
    }

    pub fn resources(&self) -> PathBuf {
        self.folder.path().join("resources")
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn memory(&self) -> Memory {
        let file = |name| Some(self.folder.path().join(name));
        Memory { settings: file("standalone.toml"), sound: file("last-sound.json") }
    }

    /// The program with this command line, on a card that is plugged in.
    pub fn start(&self, line: &str) -> (Program, SharedCard) {
        let card = Arc::new(Mutex::new(Card { plugged: true, ..Card::default() }));
        (self.start_on(line, card.clone()), card)
    }

    /// The program on this card.
    pub fn start_on(&self, line: &str, card: SharedCard) -> Program {
        let make = Box::new(move |inbox: &Arc<Inbox>| {
            let systems: Vec<Box<dyn AudioSystem>> = vec![Box::new(MadeUp(card))];
            (systems, Keyboards::new(Box::new(NoPorts), inbox.clone()))
        });
        let arguments = Arguments::try_parse_from(line.split_whitespace()).unwrap();
        Program::start(&self.bundle(), &arguments, self.memory(), make).unwrap()
    }
}

/// Waits until the window would see this.
pub fn until(program: &Program, what: &str, is_so: impl Fn(&Overview) -> bool) -> Arc<Overview> {
    let end = Instant::now() + PATIENCE;
    loop {
        let overview = program.desk.overview();
        if is_so(&overview) {
            return overview;
        }
        assert!(Instant::now() < end, "{what}: {overview:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Holds A4 until the card has heard half a second of it; gives that.
pub fn sound_of(program: &Program, card: &SharedCard) -> Vec<f32> {
    let end = Instant::now() + PATIENCE;
    program.inbox.put(Message::of(&[0x90, 69, 100]).unwrap());
    let heard = loop {
        let heard = {
            let card = card.lock();
            let begin = card.heard.iter().position(|sample| sample.abs() > 1e-3);
            begin
                .map(|begin| card.heard[begin..].to_vec())
                .filter(|heard| heard.len() > card.sample_rate as usize * 3 / 4)
        };
        if let Some(heard) = heard {
            break heard;
        }
        assert!(Instant::now() < end, "nothing is heard: {:?}", program.shared.instrument.shown().error);
        std::thread::sleep(Duration::from_millis(5));
    };
    program.inbox.put(Message::note_off(0, 69));
    heard[heard.len() / 3..].to_vec()
}
