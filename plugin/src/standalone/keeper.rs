//! The keeper: opens what was chosen, minds it, and when it goes, says so, keeps the program alive and tries again.
//! A thread of its own, so that neither the window nor the callback waits for a device.
//! Whatever happens to devices, the player plays somewhere: at the device that was chosen, or for nobody
//! (`tests/standalone.rs`).

use super::choices::{Choices, System};
use super::desk::{Asked, Input, Overview, Running, StandaloneDesk};
use super::fault::Fault;
use super::inputs::Keyboards;
use super::keep::{self, Memory};
use super::midi::Inbox;
use super::player::{Player, Wire};
use super::seat::Seat;
use super::sound::LastSound;
use super::systems::{AudioSystem, Dummy, Offer, Opened};
use crate::params::TimbrelParams;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often devices are minded.
pub(super) const TICK: Duration = Duration::from_millis(100);
/// The keeper ends within this, unless a device hangs.
pub(super) const LONGEST_END: Duration = Duration::from_secs(5);
/// How often inputs are looked for, and a device that was not there is tried.
const LOOK: Duration = Duration::from_secs(1);
/// How often the lists are made anew while somebody looks at them.
const LIST: Duration = Duration::from_secs(3);
/// How often the sound is remembered, if it changed.
const REMEMBER: Duration = Duration::from_secs(5);
/// A device that asks for no block for so long has died, though it did not say so.
const DEAD: Duration = Duration::from_secs(3);
/// How long a callback may keep the player, at most: longer than any device's block.
const PATIENCE: Duration = Duration::from_millis(600);

/// What the keeper looks after.
pub struct Kept {
    /// Its messages.
    pub inbox: Arc<Inbox>,
    /// What it shares with the callback.
    pub wire: Arc<Wire>,
    /// The plugin's parameters, for the last sound.
    pub params: Arc<TimbrelParams>,
    /// Where the window speaks to the keeper.
    pub desk: Arc<StandaloneDesk>,
    /// What was chosen: by the file, and over it by the command line.
    pub choices: Choices,
    /// What the file says.
    pub remembered: Choices,
    /// Where it remembers.
    pub memory: Memory,
    /// What went wrong before anything played.
    pub faults: Vec<Fault>,
}

/// Makes the systems and the system's MIDI inputs, on the keeper's thread, which some of them do not leave.
pub type MakeSystems = Box<dyn FnOnce(&Arc<Inbox>) -> (Vec<Box<dyn AudioSystem>>, Keyboards) + Send>;

/// Starts the keeper of a player that is not active yet. It ends when the desk is told to stop.
pub fn start(player: Box<Player>, kept: Kept, make: MakeSystems) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("timbrel-keeper".into()).spawn(move || {
        let (systems, keyboards) = make(&kept.inbox);
        let desk = kept.desk.clone();
        Keeper::new(player, kept, systems, keyboards).run();
        desk.has_ended();
    })
}

/// A device that plays.
struct Playing {
    system: System,
    opened: Opened,
    seat: Arc<Seat>,
    /// Frames of a block that the player was activated for.
    activated_for: u32,
    /// Blocks when they were last counted, and when they last became more.
    blocks: (u64, Instant),
}

struct Keeper {
    kept: Kept,
    systems: Vec<Box<dyn AudioSystem>>,
    keyboards: Keyboards,
    sound: Option<LastSound>,
    /// The player while nobody has it.
    player: Option<Box<Player>>,
    /// What plays; the stand-in while `fault` says why it is not what was chosen.
    playing: Option<Playing>,
    fault: Option<Fault>,
    /// The keeper's own files.
    file_fault: Option<Fault>,
    inputs: (Vec<Input>, Vec<Fault>),
    offer: Offer,
    looked: Option<Instant>,
    listed: Option<Instant>,
    tried: Instant,
    remembered: Instant,
}

impl Keeper {
    fn new(player: Box<Player>, kept: Kept, systems: Vec<Box<dyn AudioSystem>>, keyboards: Keyboards) -> Self {
        let sound = kept.memory.sound.clone().map(LastSound::at);
        let now = Instant::now();
        Self {
            kept,
            systems,
            keyboards,
            sound,
            player: Some(player),
            playing: None,
            fault: None,
            file_fault: None,
            inputs: Default::default(),
            offer: Offer::default(),
            looked: None,
            listed: None,
            tried: now,
            remembered: now,
        }
    }

    fn run(mut self) {
        self.open();
        loop {
            self.mind_inputs();
            self.show();
            let asked = self.kept.desk.wait(TICK);
            if asked.stop {
                break;
            }
            self.hear(&asked);
            self.mind_device();
            self.list(&asked);
            if self.remembered.elapsed() > REMEMBER {
                self.remember();
            }
        }
        self.keyboards.close();
        self.close();
        if let Some(player) = &mut self.player {
            player.deactivate();
        }
        self.remember();
    }

    fn hear(&mut self, asked: &Asked) {
        if let Some(chosen) = asked.choices.clone().map(Choices::sane) {
            let before = std::mem::replace(&mut self.kept.choices, chosen);
            self.kept.remembered.follow(&before, &self.kept.choices);
            self.keep_choices();
            self.kept.wire.set_tempo(self.kept.choices.tempo_bpm);
            self.looked = None;
            if self.kept.choices.needs_another_device_than(&before) {
                self.listed = None;
                self.open();
            }
        }
        if asked.reopen {
            self.open();
        } else if asked.restart || self.kept.wire.take_restart() {
            self.activate_anew();
        }
    }

    fn keep_choices(&mut self) {
        let Some(path) = &self.kept.memory.settings else { return };
        self.file_fault = keep::keep_choices(path, &self.kept.remembered).err();
    }

    fn remember(&mut self) {
        self.remembered = Instant::now();
        let Some(sound) = &mut self.sound else { return };
        if let Err(fault) = sound.remember(&self.kept.params) {
            self.file_fault = Some(fault);
        }
    }

    // Devices.

    /// Opens what was chosen, or the stand-in.
    fn open(&mut self) {
        self.tried = Instant::now();
        self.close();
        if self.player.is_none() {
            self.fault = Some(Fault::Hangs);
            return;
        }
        match self.open_chosen() {
            Ok(playing) => {
                self.fault = None;
                self.sit_down(playing);
            }
            Err(fault) => {
                self.fault = Some(fault);
                self.stand_in();
            }
        }
    }

    fn open_chosen(&mut self) -> Result<Playing, Fault> {
        let choices = &self.kept.choices;
        let mut fault = Fault::NoDevice;
        for system in &mut self.systems {
            let fits = match choices.system {
                System::Auto => system.system() != System::Dummy,
                chosen => system.system() == chosen,
            };
            // Without a wish for JACK its absence is nothing to speak of.
            if fits {
                match open(&mut **system, choices, &self.kept.inbox) {
                    Ok(playing) => return Ok(playing),
                    Err(found) => fault = found,
                }
            }
        }
        Err(fault)
    }

    /// Plays for nobody, so that everything else goes on.
    fn stand_in(&mut self) {
        let choices = Choices { buffer: None, ..self.kept.choices.clone() };
        // Where not even a thread can be had, the player waits.
        if let Ok(playing) = open(&mut Dummy, &choices, &self.kept.inbox) {
            self.sit_down(playing);
        }
    }

    fn sit_down(&mut self, mut playing: Playing) {
        if let Some(player) = self.player.take() {
            playing.activate(player);
        }
        self.playing = Some(playing);
    }

    /// Takes the player from the device and closes that. A device that does not give it back stays open.
    fn close(&mut self) {
        let Some(playing) = &self.playing else { return };
        if self.player.is_none() {
            self.player = playing.seat.take(PATIENCE);
        }
        if self.player.is_some() {
            self.playing = None;
        }
    }

    fn activate_anew(&mut self) {
        let Some(playing) = &mut self.playing else { return };
        match playing.seat.take(PATIENCE) {
            Some(player) => playing.activate(player),
            None => self.fault = Some(Fault::Hangs),
        }
    }

    fn mind_device(&mut self) {
        let fault = self.playing.as_mut().and_then(|playing| {
            let blocks = playing.seat.blocks();
            if blocks != playing.blocks.0 {
                playing.blocks = (blocks, Instant::now());
            }
            let silent = playing.blocks.1.elapsed() > DEAD;
            let silent = silent.then(|| Fault::Silent { device: playing.opened.device.clone() });
            playing.opened.stream.fault().or(silent)
        });
        if let Some(fault) = fault {
            self.close();
            self.tried = Instant::now();
            self.fault = Some(fault);
            if self.player.is_some() {
                self.stand_in();
            }
            return;
        }
        if self.fault.is_some() && self.tried.elapsed() > LOOK {
            self.try_again();
        }
        let grown = self.playing.as_ref().is_some_and(|playing| playing.activated_for < playing.block());
        if grown {
            self.activate_anew();
        }
    }

    /// Opens the chosen device beside the stand-in, which plays on if it is still not there.
    fn try_again(&mut self) {
        self.tried = Instant::now();
        if self.playing.is_none() {
            self.open();
            return;
        }
        match self.open_chosen() {
            Ok(playing) => {
                self.close();
                self.fault = None;
                if self.player.is_some() {
                    self.sit_down(playing);
                }
            }
            // What it died of is told until something else is wrong.
            Err(Fault::NoServer) if self.fault == Some(Fault::ServerGone) => {}
            Err(Fault::Unusable { .. }) if matches!(self.fault, Some(Fault::Stopped { .. })) => {}
            Err(fault) => self.fault = Some(fault),
        }
    }

    // Inputs and lists.

    fn mind_inputs(&mut self) {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return;
        }
        self.looked = Some(Instant::now());
        let wanted = &self.kept.choices.inputs;
        let own = self.playing.as_mut().and_then(|playing| playing.opened.stream.inputs(wanted));
        self.inputs = match own {
            Some(inputs) => {
                // Both would be heard twice.
                self.keyboards.close();
                (inputs, Vec::new())
            }
            None => self.keyboards.follow(wanted),
        };
    }

    fn list(&mut self, asked: &Asked) {
        if !asked.look || self.listed.is_some_and(|listed| listed.elapsed() < LIST) {
            return;
        }
        let chosen = self.kept.choices.system;
        let running = self.playing.as_ref().filter(|_| self.fault.is_none()).map(|playing| playing.system);
        let shown = match chosen {
            System::Auto => running.unwrap_or(System::System),
            chosen => chosen,
        };
        let found = self.systems.iter_mut().find(|system| system.system() == shown);
        self.offer = found.map(|system| system.offer(&self.kept.choices)).unwrap_or_default();
        self.listed = Some(Instant::now());
    }

    fn show(&self) {
        let heard = self.playing.as_ref().filter(|_| self.fault.is_none());
        let running = heard.map(|playing| Running {
            system: playing.system,
            device: playing.opened.device.clone(),
            sample_rate: playing.opened.sample_rate,
            buffer: playing.opened.stream.buffer(),
            dropouts: playing.seat.dropouts(),
        });
        let remarks = heard.into_iter().flat_map(|playing| &playing.opened.remarks);
        let files = self.kept.faults.iter().chain(&self.file_fault);
        let problems = self.fault.iter().chain(remarks).chain(&self.inputs.1).chain(files);
        self.kept.desk.show(Overview {
            choices: self.kept.choices.clone(),
            devices: self.offer.devices.clone(),
            sample_rates: self.offer.sample_rates.clone(),
            buffers: self.offer.buffers.clone(),
            inputs: self.inputs.0.clone(),
            running,
            problems: problems.map(ToString::to_string).collect(),
        });
    }
}

impl Playing {
    /// Frames that the device asks for at once.
    fn block(&self) -> u32 {
        self.opened.stream.buffer().max(self.seat.longest())
    }

    /// Makes a player ready for the device and seats it.
    fn activate(&mut self, mut player: Box<Player>) {
        self.activated_for = self.block();
        player.activate(self.opened.sample_rate, self.activated_for);
        self.seat.seat(player);
        // Making it ready took a while.
        self.blocks = (self.seat.blocks(), Instant::now());
    }
}

fn open(system: &mut dyn AudioSystem, choices: &Choices, inbox: &Arc<Inbox>) -> Result<Playing, Fault> {
    let seat = Arc::new(Seat::default());
    let opened = system.open(choices, &seat, inbox)?;
    Ok(Playing { system: system.system(), opened, seat, activated_for: 0, blocks: (0, Instant::now()) })
}
