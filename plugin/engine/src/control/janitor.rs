//! Drops what is large, on a thread that nobody waits for: freeing a network or a room takes milliseconds.

use crossbeam::channel::{Receiver, Sender, unbounded};
use std::thread::JoinHandle;

/// Something to drop: a decoder, perhaps the last that its model had, or a silent layer.
pub type Trash = Box<dyn Send>;

/// Starts the thread; it ends when the last sender is gone.
pub fn start() -> std::io::Result<(Sender<Trash>, JoinHandle<()>)> {
    let (sender, receiver) = unbounded();
    let thread = std::thread::Builder::new().name("timbrel-janitor".into()).spawn(move || sweep(&receiver))?;
    Ok((sender, thread))
}

fn sweep(receiver: &Receiver<Trash>) {
    for trash in receiver {
        drop(trash);
    }
}
