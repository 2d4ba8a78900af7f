//! The system's MIDI inputs: found, opened, heard, and found again when they are plugged in later.
//! Looked after by the keeper; messages come on the system's own MIDI threads and go into the inbox without waiting.
//! Keys and pedals that an input holds when it is unplugged or no longer heard come up
//! (tests: `an_unplugged_keyboard_lets_go_of_its_keys`, `a_keyboard_is_heard_again_when_it_is_back`).

use super::choices::Inputs;
use super::desk::Input;
use super::fault::Fault;
use super::midi::{Inbox, Message};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// MIDI's channels.
const CHANNELS: usize = 16;
/// MIDI's sustain pedal.
const SUSTAIN: u8 = 64;
/// MIDI's sostenuto pedal.
const SOSTENUTO: u8 = 66;
/// A pedal is down from here on.
const DOWN: u8 = 64;

/// A port that the system has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// What the system knows it by, while it is plugged in.
    pub id: String,
    /// What it is called, which stays when it is plugged in again.
    pub name: String,
}

/// What carries the messages of an open input; it is closed when this is dropped.
pub type Connection = Box<dyn Send>;

/// The system's ports.
pub trait Ports: Send {
    /// Those that there are now.
    fn list(&mut self) -> Result<Vec<Port>, Fault>;

    /// Opens one; its messages go to `listener`.
    fn connect(&mut self, port: &Port, listener: Arc<Listener>) -> Result<Connection, Fault>;
}

/// One input's way into the inbox. Remembers what is held.
pub struct Listener {
    inbox: Arc<Inbox>,
    /// A bit for each key, two words for each channel.
    keys: [AtomicU64; CHANNELS * 2],
    /// A bit for each channel whose pedals are down.
    pedals: AtomicU64,
}

impl Listener {
    /// A listener that has heard nothing.
    pub fn new(inbox: Arc<Inbox>) -> Self {
        Self { inbox, keys: [const { AtomicU64::new(0) }; CHANNELS * 2], pedals: AtomicU64::new(0) }
    }

    /// The input sent this. Real-time safe.
    pub fn hear(&self, bytes: &[u8]) {
        let Some(message) = Message::of(bytes) else { return };
        if let &[status, number, value] = message.bytes() {
            let channel = usize::from(status & 0x0F);
            let (word, bit) = (&self.keys[channel * 2 + usize::from(number / 64)], 1 << (number % 64));
            match status & 0xF0 {
                0x90 if value > 0 => _ = word.fetch_or(bit, Ordering::Relaxed),
                0x80 | 0x90 => _ = word.fetch_and(!bit, Ordering::Relaxed),
                0xB0 if matches!(number, SUSTAIN | SOSTENUTO) && value >= DOWN => {
                    self.pedals.fetch_or(1 << channel, Ordering::Relaxed);
                }
                _ => {}
            }
        }
        self.inbox.put(message);
    }

    /// What it holds comes up.
    fn let_go(&self) {
        for (place, word) in self.keys.iter().enumerate() {
            let mut held = word.swap(0, Ordering::Relaxed);
            while held != 0 {
                let key = held.trailing_zeros() as u8 + 64 * (place % 2) as u8;
                self.inbox.put(Message::note_off((place / 2) as u8, key));
                held &= held - 1;
            }
        }
        let pedals = self.pedals.swap(0, Ordering::Relaxed);
        for channel in (0..CHANNELS as u8).filter(|channel| pedals & (1 << channel) != 0) {
            for pedal in [SUSTAIN, SOSTENUTO] {
                self.inbox.put(Message::controller(channel, pedal, 0));
            }
        }
    }
}

struct Open {
    name: String,
    listener: Arc<Listener>,
    /// Closes the input when it goes; after that nothing is heard.
    connection: Option<Connection>,
}

impl Drop for Open {
    fn drop(&mut self) {
        drop(self.connection.take());
        self.listener.let_go();
    }
}

/// All inputs of the system.
pub struct Keyboards {
    ports: Box<dyn Ports>,
    inbox: Arc<Inbox>,
    /// By the system's own id.
    open: BTreeMap<String, Open>,
}

impl Keyboards {
    /// Hears nothing yet.
    pub fn new(ports: Box<dyn Ports>, inbox: Arc<Inbox>) -> Self {
        Self { ports, inbox, open: BTreeMap::new() }
    }

    /// Opens what is wanted and there, closes what is not, and says what there is and what is wrong.
    pub fn follow(&mut self, wanted: &Inputs) -> (Vec<Input>, Vec<Fault>) {
        let mut faults = Vec::new();
        let ports = self.ports.list().unwrap_or_else(|fault| {
            faults.push(fault);
            Vec::new()
        });
        let ports = told_apart(ports);
        self.open.retain(|id, open| ports.iter().any(|port| port.id == *id) && wanted.has(&open.name));
        let mut inputs = Vec::new();
        for port in &ports {
            let is_wanted = wanted.has(&port.name);
            if is_wanted && !self.open.contains_key(&port.id) {
                let listener = Arc::new(Listener::new(self.inbox.clone()));
                match self.ports.connect(port, listener.clone()) {
                    Ok(connection) => {
                        let open = Open { name: port.name.clone(), listener, connection: Some(connection) };
                        self.open.insert(port.id.clone(), open);
                    }
                    Err(fault) => faults.push(fault),
                }
            }
            let heard = self.open.contains_key(&port.id);
            inputs.push(Input { name: port.name.clone(), plugged: true, heard });
        }
        if let Inputs::Only(names) = wanted {
            for name in names.iter().filter(|name| !ports.iter().any(|port| port.name == **name)) {
                inputs.push(Input { name: name.clone(), plugged: false, heard: false });
                faults.push(Fault::Unplugged { input: name.clone() });
            }
        }
        (inputs, faults)
    }

    /// Closes all.
    pub fn close(&mut self) {
        self.open.clear();
    }
}

/// Two keyboards of one kind get numbers.
fn told_apart(mut ports: Vec<Port>) -> Vec<Port> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for port in &mut ports {
        let count = seen.entry(port.name.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            port.name = format!("{} ({count})", port.name);
        }
    }
    ports
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;

    /// Ports that a test plugs and plays.
    #[derive(Clone, Default)]
    struct Desk(Arc<Mutex<Vec<Plugged>>>);

    type Plugged = (Port, Option<Arc<Listener>>);

    impl Desk {
        fn plug(&self, id: &str, name: &str) {
            self.0.lock().push((Port { id: id.into(), name: name.into() }, None));
        }
        fn unplug(&self, id: &str) {
            self.0.lock().retain(|(port, _)| port.id != id);
        }
        fn play(&self, id: &str, bytes: &[u8]) {
            let ports = self.0.lock();
            let listener = ports.iter().find(|(port, _)| port.id == id).and_then(|(_, listener)| listener.as_ref());
            if let Some(listener) = listener {
                listener.hear(bytes);
            }
        }
    }

    struct Unheard(Desk, String);

    impl Drop for Unheard {
        fn drop(&mut self) {
            for (port, listener) in self.0.0.lock().iter_mut().filter(|(port, _)| port.id == self.1) {
                assert_eq!(port.id, self.1);
                *listener = None;
            }
        }
    }

    impl Ports for Desk {
        fn list(&mut self) -> Result<Vec<Port>, Fault> {
            Ok(self.0.lock().iter().map(|(port, _)| port.clone()).collect())
        }
        fn connect(&mut self, port: &Port, listener: Arc<Listener>) -> Result<Connection, Fault> {
            let mut ports = self.0.lock();
            let entry = ports.iter_mut().find(|(other, _)| other.id == port.id).unwrap();
            entry.1 = Some(listener);
            Ok(Box::new(Unheard(self.clone(), port.id.clone())))
        }
    }

    fn heard(inbox: &Inbox) -> Vec<Vec<u8>> {
        let mut waiting = Vec::with_capacity(64);
        inbox.take_into(&mut waiting);
        waiting.iter().map(|stamped| stamped.message.bytes().to_vec()).collect()
    }

    #[test]
    fn an_unplugged_keyboard_lets_go_of_its_keys() {
        let (desk, inbox) = (Desk::default(), Arc::new(Inbox::new()));
        let mut keyboards = Keyboards::new(Box::new(desk.clone()), inbox.clone());
        desk.plug("20:0", "KeyStep");
        desk.plug("24:0", "KeyStep");
        let (inputs, faults) = keyboards.follow(&Inputs::All);
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!((names, faults), (vec!["KeyStep", "KeyStep (2)"], vec![]));
        for bytes in [[0x91, 60, 90], [0x91, 100, 90], [0x91, 60, 0], [0xB1, 64, 127]] {
            desk.play("20:0", &bytes);
        }
        desk.play("24:0", &[0x90, 40, 80]);
        assert_eq!(heard(&inbox).len(), 5);
        desk.unplug("20:0");
        keyboards.follow(&Inputs::All);
        assert_eq!(heard(&inbox), [[0x81, 100, 0], [0xB1, 64, 0], [0xB1, 66, 0]]);
    }

    #[test]
    fn a_keyboard_is_heard_again_when_it_is_back() {
        let (desk, inbox) = (Desk::default(), Arc::new(Inbox::new()));
        let mut keyboards = Keyboards::new(Box::new(desk.clone()), inbox.clone());
        let wanted = Inputs::Only(vec!["Seaboard".into()]);
        desk.plug("1", "KeyStep");
        let (inputs, faults) = keyboards.follow(&wanted);
        assert_eq!(faults, [Fault::Unplugged { input: "Seaboard".into() }]);
        assert_eq!(
            inputs.iter().map(|input| (input.plugged, input.heard)).collect::<Vec<_>>(),
            [(true, false), (false, false)]
        );
        desk.plug("7", "Seaboard");
        let (inputs, faults) = keyboards.follow(&wanted);
        assert!(faults.is_empty() && inputs[1] == Input { name: "Seaboard".into(), plugged: true, heard: true });
        desk.play("7", &[0x90, 60, 1]);
        desk.play("1", &[0x90, 61, 1]);
        assert_eq!(heard(&inbox), [[0x90, 60, 1]]);
        keyboards.follow(&Inputs::Only(Vec::new()));
        assert_eq!(heard(&inbox), [[0x80, 60, 0]]);
    }
}
