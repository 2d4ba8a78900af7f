//! The plugin's audio side: the one callback, block by block.
//! The audio thread's, which may be any: an [`Instance`](super::Instance) keeps it, or lends it to a thread of its own.
//! Every sample that the plugin does not write is heard as a fault (it is no number).

use super::handlers::Handlers;
use super::{Blocks, HostError, Recording, Result, Song, Timed};
use clack_host::prelude::*;

/// Where the host is about the plugin's callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The next thing is the plugin's `process`.
    Before,
    /// The last thing was the plugin's `process`.
    After,
}

/// A started processor with its buffers and its clock.
pub struct Processor {
    started: StartedPluginAudioProcessor<Handlers>,
    position: u64,
    largest_block: usize,
    incoming: EventBuffer,
    outgoing: EventBuffer,
    ports: AudioPorts,
    channels: [Vec<f32>; 2],
    watcher: Option<fn(Moment)>,
    song: Option<fn(u64) -> Song>,
}

impl Processor {
    pub(super) fn new(started: StartedPluginAudioProcessor<Handlers>, largest_block: usize) -> Self {
        Self {
            started,
            position: 0,
            largest_block,
            incoming: EventBuffer::new(),
            outgoing: EventBuffer::with_capacity(1024),
            ports: AudioPorts::with_capacity(2, 1),
            channels: [vec![0.0; largest_block], vec![0.0; largest_block]],
            watcher: None,
            song: None,
        }
    }

    pub(super) fn stop(self) -> StoppedPluginAudioProcessor<Handlers> {
        self.started.stop_processing()
    }

    pub(super) fn reset(&mut self) {
        self.started.reset();
    }

    pub(super) fn play_song(&mut self, song: Option<fn(u64) -> Song>) {
        self.song = song;
    }

    pub(super) fn watch(&mut self, watcher: Option<fn(Moment)>) {
        self.watcher = watcher;
    }

    /// Samples processed since activation.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Renders one block and appends it. Events lie in the block, in order of time.
    pub fn process(&mut self, events: &[Timed], frames: usize, recording: &mut Recording) -> Result<()> {
        let frames = frames.min(self.largest_block);
        self.incoming.clear();
        self.outgoing.clear();
        for timed in events {
            let time = timed.at.saturating_sub(self.position).min(frames.saturating_sub(1) as u64);
            timed.event.push(u32::try_from(time).unwrap_or(0), &mut self.incoming);
        }
        // What the plugin does not write must be heard as a fault, not as an old block.
        for channel in &mut self.channels {
            channel[..frames].fill(f32::NAN);
        }
        let channels = self.channels.iter_mut().map(|channel| &mut channel[..frames]);
        let mut output = self.ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(channels),
        }]);
        let transport = self.song.map(|song| song(self.position).event(0));
        let watch = |moment| self.watcher.iter().for_each(|watcher| watcher(moment));
        watch(Moment::Before);
        let status = self
            .started
            .process(
                &InputAudioBuffers::empty(),
                &mut output,
                &self.incoming.as_input(),
                &mut self.outgoing.as_output(),
                Some(self.position),
                transport.as_ref(),
            )
            .map_err(|error| HostError::Refused { operation: "process", reason: error.to_string() });
        watch(Moment::After);
        status?;
        recording.left.extend_from_slice(&self.channels[0][..frames]);
        recording.right.extend_from_slice(&self.channels[1][..frames]);
        recording.note(self.position, &self.outgoing);
        self.position += frames as u64;
        Ok(())
    }

    /// Renders `length` frames from here, and calls `between` after each block. Events lie at or after the present
    /// position, in order of time; later ones than this render are left out.
    pub fn render(
        &mut self,
        events: &[Timed],
        length: u64,
        mut blocks: Blocks,
        mut between: impl FnMut(),
    ) -> Result<Recording> {
        let mut recording = Recording::default();
        let end = self.position + length;
        let mut rest = events;
        while self.position < end {
            let frames = u64::from(blocks.next()).min(end - self.position);
            let until = self.position + frames;
            let count = rest.partition_point(|event| event.at < until);
            let (now, later) = rest.split_at(count);
            rest = later;
            self.process(now, usize::try_from(frames).unwrap_or(usize::MAX), &mut recording)?;
            between();
        }
        Ok(recording)
    }
}
