//! The layers in the callback's hands: the one that plays, and older ones that fade after a swap.

use crate::control::desk::MAX_LAYERS;
use crate::render::Layer;
use rtrb::{Consumer, Producer};

/// The newest layer plays; the others are given back when they are silent.
pub(super) struct Layers {
    playing: [Option<Box<Layer>>; MAX_LAYERS],
    arrivals: Consumer<Box<Layer>>,
    returns: Producer<Box<Layer>>,
}

impl Layers {
    /// With the first one.
    pub fn new(first: Box<Layer>, arrivals: Consumer<Box<Layer>>, returns: Producer<Box<Layer>>) -> Self {
        let mut playing = [const { None }; MAX_LAYERS];
        playing[0] = Some(first);
        Self { playing, arrivals, returns }
    }

    /// Takes layers that have arrived; their positions count from `origin`.
    pub fn take_arrivals(&mut self, origin: u64) {
        while self.playing[MAX_LAYERS - 1].is_none()
            && let Ok(mut layer) = self.arrivals.pop()
        {
            layer.restart(origin);
            // The newest first; the place at the end is empty.
            self.playing.rotate_right(1);
            self.playing[0] = Some(layer);
        }
    }

    /// Adds the sound of all layers from `start` (counted from the origin) on, and writes how much of the limiter the newest
    /// one wants. `late`: frames are missing.
    pub fn render(&mut self, start: u64, left: &mut [f32], right: &mut [f32], limiter: &mut [f32], late: bool) {
        for (age, layer) in self.playing.iter_mut().flatten().enumerate() {
            layer.hold_then_fade(late);
            let limiter = if age == 0 { &mut *limiter } else { &mut [] };
            // Which notes have ended is the conductor's to say: it knows those that moved to another layer.
            layer.render(start, left, right, limiter, &mut |_, _| {});
        }
        self.give_back(|layer| layer.is_silent());
    }

    /// How much of the limiter the newest layer wants where nothing is rendered, 0 to 1.
    pub fn limiter(&self) -> f32 {
        self.playing[0].as_ref().map_or(1.0, |layer| layer.limiter())
    }

    /// Starts over at `origin`: the newest layer alone, silent.
    pub fn restart(&mut self, origin: u64) {
        self.take_arrivals(origin);
        self.give_back(|_| true);
        if let Some(layer) = &mut self.playing[0] {
            layer.restart(origin);
        }
    }

    /// Gives older layers back to be dropped elsewhere. One that finds the queue full stays.
    fn give_back(&mut self, which: impl Fn(&Layer) -> bool) {
        for place in &mut self.playing[1..] {
            if let Some(layer) = place.take_if(|layer| which(layer))
                && let Err(rtrb::PushError::Full(layer)) = self.returns.push(layer)
            {
                *place = Some(layer);
            }
        }
        // Older ones close ranks behind the newest.
        self.playing[1..].sort_unstable_by_key(Option::is_none);
    }
}
