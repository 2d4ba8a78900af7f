//! The program from its beginning to its end: reads what it remembers, starts the keeper, opens the window.
//! Main thread, which the window keeps until it is closed.
//! Ends well however it is told to: by its window, Ctrl+C or the system (`tests/standalone_program.rs`).

use super::arguments::Arguments;
use super::choices::{Choices, System};
use super::desk::StandaloneDesk;
use super::fault::Fault;
use super::host::WindowHost;
use super::inputs::{Keyboards, Ports};
use super::keep::{self, Memory};
use super::keeper::{self, Kept};
use super::midi::Inbox;
use super::player::{Player, Wire};
use super::sound::LastSound;
use super::system_ports::SystemPorts;
use super::systems;
use crate::bundle::Bundle;
use crate::editor::TimbrelEditor;
use crate::plugin::{Shared, Timbrel};
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::{Editor, EditorHandle};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Why the program ends at once. Devices are no reason.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// No screen, most likely.
    #[error("the window cannot be opened: {0}. `--no-window` plays without one")]
    Window(String),
    /// The system gives no more threads.
    #[error("the system gives Timbrel no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// A program whose devices are minded, without its window.
pub struct Program {
    /// The plugin's.
    pub shared: Shared,
    /// Its devices.
    pub desk: Arc<StandaloneDesk>,
    /// Its messages.
    pub inbox: Arc<Inbox>,
    keeper: Option<JoinHandle<()>>,
}

impl Program {
    /// Starts over the resources of `bundle`, with what `memory` holds, on what `make` makes.
    pub fn start(
        bundle: &Bundle,
        arguments: &Arguments,
        memory: Memory,
        make: keeper::MakeSystems,
    ) -> Result<Self, ProgramError> {
        let mut faults = Vec::new();
        let remembered = memory.settings.as_deref().map(keep::choices).unwrap_or_else(|| Ok(Choices::default()));
        let remembered = remembered.unwrap_or_else(|fault| noted(&mut faults, fault));
        let choices = arguments.over(&remembered);
        let desk = Arc::new(StandaloneDesk::default());
        let shared = Shared { standalone: Some(desk.clone()), ..Shared::new(bundle) };
        if let (false, Some(path)) = (arguments.fresh, &memory.sound)
            && let Err(fault) = LastSound::at(path.clone()).restore(&shared.params)
        {
            faults.push(fault);
        }
        let inbox = Arc::new(Inbox::new());
        let wire = Arc::new(Wire::new(choices.tempo_bpm));
        let player = Box::new(Player::new(Timbrel::with(shared.clone()), inbox.clone(), wire.clone()));
        let kept = Kept {
            inbox: inbox.clone(),
            wire,
            params: shared.params.clone(),
            desk: desk.clone(),
            choices,
            remembered,
            memory,
            faults,
        };
        let keeper = Some(keeper::start(player, kept, make)?);
        Ok(Self { shared, desk, inbox, keeper })
    }

    /// Ends: closes devices and remembers the sound.
    pub fn end(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        self.desk.stop();
        if let Some(keeper) = self.keeper.take() {
            // If it panicked there is nothing left to do.
            let _ = keeper.join();
        }
    }

    /// Opens the window and stays in it until it is closed.
    fn show(&self, scale: Option<f64>) -> Result<(), ProgramError> {
        let host = WindowHost { params: self.shared.params.clone(), desk: self.desk.clone() };
        let editor = TimbrelEditor::new(self.shared.clone());
        let failed = |error: String| ProgramError::Window(error);
        let spawned = editor.spawn(None, false, scale, GuiContext::new(Arc::new(host)), None);
        let spawned = spawned.map_err(|error| failed(error.to_string()))?;
        <TimbrelEditor as Editor>::Handle::run_until_closed(spawned.window).map_err(|error| failed(error.to_string()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.stop();
    }
}

fn noted<T: Default>(faults: &mut Vec<Fault>, fault: Fault) -> T {
    faults.push(fault);
    T::default()
}

/// Runs the program.
pub fn run(arguments: &Arguments) -> Result<(), ProgramError> {
    nice_plug::wrapper::setup_logger::<Timbrel>();
    if arguments.list {
        list();
        return Ok(());
    }
    let mut memory = Memory::here();
    if let Some(path) = &arguments.settings {
        memory.settings = Some(path.clone());
    }
    let make = Box::new(|inbox: &Arc<Inbox>| {
        (systems::all(), Keyboards::new(Box::new(SystemPorts::default()), inbox.clone()))
    });
    let program = Program::start(Bundle::here(), arguments, memory, make)?;
    end_on_signal(program.desk.clone());
    if arguments.no_window {
        say_what_happens(&program);
        return Ok(());
    }
    let shown = program.show(arguments.scale);
    program.end();
    shown
}

/// Ctrl+C, a terminal that closes, or the system that shuts down: the keeper remembers and ends, and with it the program.
fn end_on_signal(desk: Arc<StandaloneDesk>) {
    let ended = ctrlc::set_handler(move || {
        desk.stop();
        if desk.wait_for_end(keeper::LONGEST_END) {
            std::process::exit(0);
        }
        std::process::exit(1);
    });
    if ended.is_err() {
        // Another handler is there; then the system ends us, and what changed in the last seconds is forgotten.
        eprintln!("Timbrel: Ctrl+C ends without remembering the sound");
    }
}

/// Without a window the terminal says what plays and what is wrong, whenever that changes.
fn say_what_happens(program: &Program) {
    let mut said = String::new();
    while !program.desk.wait_for_end(keeper::TICK) {
        let overview = program.desk.overview();
        let plays = overview.running.as_ref().map(|running| {
            let (system, device) = (running.system.name(), &running.device);
            format!("{system}: {device}, {} Hz, {} frames", running.sample_rate, running.buffer)
        });
        let heard = overview.inputs.iter().filter(|input| input.heard).map(|input| format!("hears {}", input.name));
        let lines: Vec<String> = plays.into_iter().chain(heard).chain(overview.problems.iter().cloned()).collect();
        let now = lines.join("\n");
        if now != said {
            println!("{now}");
            said = now;
        }
    }
}

/// Prints what there is.
fn list() {
    println!("Output devices:");
    for mut system in systems::all() {
        let name = system.system();
        if name == System::Dummy {
            continue;
        }
        let offer = system.offer(&Choices::default());
        for device in &offer.devices {
            println!("  {} ({}: {})", device.name, name.name(), device.label);
        }
    }
    println!("MIDI inputs:");
    match SystemPorts::default().list() {
        Ok(ports) => ports.iter().for_each(|port| println!("  {}", port.name)),
        Err(fault) => println!("  {fault}"),
    }
}
