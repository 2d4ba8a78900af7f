//! A fault inside the callback is silence and a sentence; the host goes on calling.

use nice_plug::context::PluginApi;
use nice_plug::context::process::SendEventError;
use nice_plug::midi::PluginNoteEvent;
use nice_plug::prelude::*;
use std::time::{Duration, Instant};
use timbrel::Timbrel;
use timbrel::bundle::Bundle;
use timbrel::plugin::Shared;

/// A host whose event list panics so many times, which is as good as any other fault.
struct Host {
    faults: u32,
    transport: Transport,
}

impl ProcessContext<Timbrel> for Host {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }
    fn execute_background(&self, _task: ()) {}
    fn execute_gui(&self, _task: ()) {}
    fn transport(&self) -> &Transport {
        &self.transport
    }
    fn next_event(&mut self) -> Option<PluginNoteEvent<Timbrel>> {
        if self.faults > 0 {
            self.faults -= 1;
            panic!("a fault");
        }
        None
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

/// One block into buffers that are not silent before.
fn block(plugin: &mut Timbrel, host: &mut Host) -> [Vec<f32>; 2] {
    let mut channels = [vec![1.0f32; 64], vec![1.0f32; 64]];
    let [left, right] = &mut channels;
    let mut buffer = Buffer::default();
    // SAFETY: the slices outlive the buffer and are equally long.
    unsafe {
        buffer.set_slices(64, |slices| {
            slices.clear();
            slices.push(left);
            slices.push(right);
        });
    }
    let mut aux = AuxiliaryBuffers { inputs: &mut [], outputs: &mut [] };
    let status = plugin.process(&mut buffer, &mut aux, host);
    assert!(!matches!(status, ProcessStatus::Error(_)));
    drop(buffer);
    channels
}

fn wait_for_error(shared: &Shared) -> String {
    let begin = Instant::now();
    loop {
        if let Some(error) = shared.instrument.shown().error {
            return error;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "no sentence");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_fault_in_the_callback_is_silence() {
    let shared = Shared::new(&Bundle::default());
    let mut plugin = Timbrel::with(shared.clone());
    let mut host = Host { faults: 1, transport: Transport::new(48_000.0) };
    let silence = [vec![0.0; 64], vec![0.0; 64]];
    assert_eq!(block(&mut plugin, &mut host), silence);
    assert!(wait_for_error(&shared).contains("restarted"));
    assert_eq!(block(&mut plugin, &mut host), silence);

    host.faults = 2;
    for _ in 0..2 {
        assert_eq!(block(&mut plugin, &mut host), silence);
    }
    assert!(wait_for_error(&shared).contains("report"));
}
