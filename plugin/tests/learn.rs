//! Learning a MIDI controller, from the editor's wish to the parameter's move, in the framework's callback.

#![allow(clippy::unwrap_used)]

use nice_plug::context::PluginApi;
use nice_plug::context::process::SendEventError;
use nice_plug::midi::PluginNoteEvent;
use nice_plug::prelude::*;
use std::collections::VecDeque;
use timbrel::Timbrel;
use timbrel::bundle::Bundle;
use timbrel::learn::Move;
use timbrel::params::IDS;
use timbrel::plugin::Shared;

const SAMPLES: usize = 64;

struct Host {
    events: VecDeque<PluginNoteEvent<Timbrel>>,
    transport: Transport,
}

impl ProcessContext<Timbrel> for Host {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Standalone
    }
    fn execute_background(&self, _task: ()) {}
    fn execute_gui(&self, _task: ()) {}
    fn transport(&self) -> &Transport {
        &self.transport
    }
    fn next_event(&mut self) -> Option<PluginNoteEvent<Timbrel>> {
        self.events.pop_front()
    }
    fn try_send_event(
        &mut self,
        _event: PluginNoteEvent<Timbrel>,
    ) -> Result<(), (PluginNoteEvent<Timbrel>, SendEventError)> {
        Ok(())
    }
    fn set_latency_samples(&self, _samples: u32) {}
    fn request_restart(&self) {}
    fn set_current_voice_capacity(&self, _capacity: u32) {}
}

/// Plays one block with a controller in it.
fn turn(plugin: &mut Timbrel, timing: u32, cc: u8, value: f32) {
    let mut channels = [vec![0.0f32; SAMPLES], vec![0.0f32; SAMPLES]];
    let [left, right] = &mut channels;
    let mut buffer = Buffer::default();
    // SAFETY: the slices outlive the buffer and are equally long.
    unsafe {
        buffer.set_slices(SAMPLES, |slices| {
            slices.clear();
            slices.push(left);
            slices.push(right);
        });
    }
    let mut aux = AuxiliaryBuffers { inputs: &mut [], outputs: &mut [] };
    let events = VecDeque::from([NoteEvent::MidiCC { timing, channel: 3, cc, value }]);
    plugin.process(&mut buffer, &mut aux, &mut Host { events, transport: Transport::new(48_000.0) });
}

#[test]
fn the_parameter_that_waits_takes_the_controller_that_moves() {
    let shared = Shared::new(&Bundle::default());
    let mut plugin = Timbrel::with(shared.clone());
    let (params, learned) = (&shared.params, &shared.params.learned);
    let width = IDS.iter().position(|id| *id == "width").unwrap();
    turn(&mut plugin, 0, 30, 1.0);
    assert_eq!(params.output.width.value(), 1.0, "nobody has learned anything");

    learned.arm(Some(width));
    turn(&mut plugin, 9, 30, 1.0);
    assert_eq!((params.output.width.value(), learned.controller_of(width), learned.armed()), (2.0, Some(30), None));
    turn(&mut plugin, 5, 30, 0.25);
    assert_eq!(params.output.width.value(), 0.5);
    let told: Vec<Move> = std::iter::from_fn(|| learned.next_move()).collect();
    let expected = [(9, 1.0), (SAMPLES as u32 + 5, 0.25)];
    assert_eq!(told, expected.map(|(at, position)| Move { place: width, at: at + SAMPLES as u32, position }));

    learned.forget(width);
    turn(&mut plugin, 0, 30, 1.0);
    assert_eq!(params.output.width.value(), 0.5);
}
