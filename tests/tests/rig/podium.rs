//! A conductor on its own: events in, frames out.

use super::{Fake, Switches};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use timbrel_engine::control::message::{EndedNote, Message};
use timbrel_engine::control::{Conductor, Instrument, Wiring};
use timbrel_engine::event::{Event, TimedEvent};
use timbrel_engine::frame::{FrameHead, FrameReceiver, channel};
use timbrel_engine::model::Decode;
use timbrel_engine::watch::Publisher;

pub const RATE: f64 = 48_000.0;

pub struct Podium {
    pub conductor: Conductor,
    pub messages: Producer<Message>,
    pub overflowed: Arc<AtomicBool>,
    pub ended: Consumer<EndedNote>,
    pub receiver: FrameReceiver,
    pub switches: Arc<Switches>,
}

pub fn instrument(fake: Fake, switches: &Arc<Switches>, capacity: usize) -> (Instrument, FrameReceiver) {
    instrument_of(Box::new(fake.decoder("Fake", switches)), capacity)
}

pub fn instrument_of(decoder: Box<dyn Decode>, capacity: usize) -> (Instrument, FrameReceiver) {
    let (sender, receiver) = channel(decoder.layout(), capacity);
    (Instrument::new(decoder, sender, None, RATE), receiver)
}

impl Podium {
    pub fn new(fake: Fake, horizon: u64, capacity: usize) -> Self {
        let switches = Arc::new(Switches::default());
        let instrument = instrument(fake, &switches, capacity);
        Self::with(instrument, switches, horizon)
    }

    pub fn with((instrument, receiver): (Instrument, FrameReceiver), switches: Arc<Switches>, horizon: u64) -> Self {
        let (messages, from_callback) = RingBuffer::new(1 << 16);
        let (to_callback, ended) = RingBuffer::new(1 << 12);
        let overflowed = Arc::new(AtomicBool::new(false));
        let publisher = Publisher::alone(RATE, instrument.sender.layout());
        let wiring =
            Wiring { messages: from_callback, overflowed: Arc::clone(&overflowed), ended: to_callback, publisher };
        let conductor = Conductor::new(RATE, horizon, instrument, wiring);
        Self { conductor, messages, overflowed, ended, receiver, switches }
    }

    pub fn event(&mut self, at: u64, event: Event) {
        self.messages.push(Message::Event(TimedEvent { at, event })).unwrap();
    }

    /// All frames that wait, with their rows.
    pub fn frames(&mut self) -> Vec<(FrameHead, Vec<f32>)> {
        let mut row = vec![0.0; self.receiver.layout().width()];
        let mut frames = Vec::new();
        while let Some(head) = self.receiver.receive(&mut row) {
            frames.push((head, if head.kind.has_row() { row.clone() } else { Vec::new() }));
        }
        frames
    }
}
