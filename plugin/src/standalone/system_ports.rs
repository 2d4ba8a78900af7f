//! The system's own MIDI ports: ALSA's sequencer, Core MIDI, Windows' MIDI.
//! The keeper's thread; messages come on the library's threads.
//! One client is kept for looking, so that looking every second announces nobody (by hand: needs a sequencer).

use super::fault::Fault;
use super::inputs::{Connection, Listener, Port, Ports};
use midir::{Ignore, MidiInput};
use std::sync::Arc;

/// What others see us as.
const CLIENT: &str = "Timbrel";

/// The system's ports.
#[derive(Default)]
pub struct SystemPorts {
    looking: Option<MidiInput>,
}

fn client(name: &str) -> Result<MidiInput, Fault> {
    let mut client = MidiInput::new(name).map_err(|error| Fault::NoMidi { reason: plain(&error.to_string()) })?;
    client.ignore(Ignore::All);
    Ok(client)
}

fn plain(reason: &str) -> String {
    reason.trim_end_matches('.').to_owned()
}

impl Ports for SystemPorts {
    fn list(&mut self) -> Result<Vec<Port>, Fault> {
        let looking = match &mut self.looking {
            Some(looking) => looking,
            none => none.insert(client(CLIENT)?),
        };
        let named = |port: midir::MidiInputPort| {
            let name = looking.port_name(&port).ok()?;
            Some(Port { id: port.id(), name: lasting(&name).to_owned() })
        };
        Ok(looking.ports().into_iter().filter_map(named).collect())
    }

    fn connect(&mut self, port: &Port, listener: Arc<Listener>) -> Result<Connection, Fault> {
        let client = client(CLIENT)?;
        let found = client.find_port_by_id(&port.id);
        let found = found.ok_or_else(|| Fault::Unplugged { input: port.name.clone() })?;
        let refused = |reason: String| Fault::InputRefused { input: port.name.clone(), reason: plain(&reason) };
        let hear = move |_: u64, bytes: &[u8], listener: &mut Arc<Listener>| listener.hear(bytes);
        let connection =
            client.connect(&found, &port.name, hear, listener).map_err(|error| refused(error.to_string()))?;
        Ok(Box::new(connection))
    }
}

/// ALSA ends a name with numbers that are others when the keyboard is plugged in again.
fn lasting(name: &str) -> &str {
    let is_numbers = |word: &&str| word.split(':').count() == 2 && word.chars().all(|c| c == ':' || c.is_ascii_digit());
    match name.rsplit_once(' ') {
        Some((rest, last)) if cfg!(target_os = "linux") && is_numbers(&last) => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_last_though_alsa_numbers_them() {
        if cfg!(target_os = "linux") {
            assert_eq!(lasting("KeyStep 37:KeyStep 37 MIDI 1 24:0"), "KeyStep 37:KeyStep 37 MIDI 1");
            assert_eq!(lasting("Seaboard"), "Seaboard");
            assert_eq!(lasting("Midi Through:Port 1:x"), "Midi Through:Port 1:x");
        }
    }
}
