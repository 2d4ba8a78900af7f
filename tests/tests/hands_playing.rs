//! What is played in the window, through the plugin's own callback: it is what a host's notes are, and hosts hear nothing of
//! it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use nice_plug::context::PluginApi;
use nice_plug::context::process::SendEventError;
use nice_plug::midi::{Channel, Key, PluginNoteEvent, VoiceID};
use nice_plug::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use timbrel::Timbrel;
use timbrel::bundle::Bundle;
use timbrel::plugin::Shared;
use timbrel_engine::event::{Event, NoteAddress};
use timbrel_engine::synth::Mode;
use timbrel_tests::fixtures::DdspModel;

const RATE: f32 = 48_000.0;
const BLOCK: usize = 256;

struct Host {
    events: VecDeque<PluginNoteEvent<Timbrel>>,
    told: Vec<PluginNoteEvent<Timbrel>>,
    latency: AtomicU32,
    transport: Transport,
}

impl ActivateContext<Timbrel> for Host {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }
    fn execute(&self, _task: ()) {}
    fn set_latency_samples(&self, samples: u32) {
        self.latency.store(samples, Ordering::SeqCst);
    }
    fn set_current_voice_capacity(&self, _capacity: u32) {}
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
        self.events.pop_front()
    }
    fn try_send_event(
        &mut self,
        event: PluginNoteEvent<Timbrel>,
    ) -> Result<(), (PluginNoteEvent<Timbrel>, SendEventError)> {
        self.told.push(event);
        Ok(())
    }
    fn set_latency_samples(&self, _samples: u32) {}
    fn request_restart(&self) {}
    fn set_current_voice_capacity(&self, _capacity: u32) {}
}

/// The plugin with one instrument, active, rendering offline.
struct Rig {
    plugin: Timbrel,
    shared: Shared,
    host: Host,
    left: Vec<f32>,
    status: ProcessStatus,
    _folder: tempfile::TempDir,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let models = folder.path().join("models");
        std::fs::create_dir(&models).unwrap();
        DdspModel::default().write(&models, "only.onnx");
        let shared = Shared::new(&Bundle::at(Some(folder.path().into()), None));
        shared.instrument.set_mode(Mode::Offline);
        let mut plugin = Timbrel::with(shared.clone());
        let mut host = Host {
            events: VecDeque::new(),
            told: Vec::new(),
            latency: AtomicU32::new(0),
            transport: Transport::new(RATE),
        };
        let config = BufferConfig {
            sample_rate: RATE,
            min_buffer_size: None,
            max_buffer_size: BLOCK as u32,
            process_mode: ProcessMode::Offline,
        };
        assert!(plugin.activate(&Timbrel::AUDIO_IO_LAYOUTS[0], &config, &mut host));
        assert_eq!(shared.instrument.shown().error, None);
        Self { plugin, shared, host, left: Vec::new(), status: ProcessStatus::Normal, _folder: folder }
    }

    fn blocks(&mut self, count: usize) {
        for _ in 0..count {
            let (mut left, mut right) = (vec![0.0f32; BLOCK], vec![0.0f32; BLOCK]);
            let mut buffer = Buffer::default();
            // SAFETY: the slices outlive the buffer and are equally long.
            unsafe {
                buffer.set_slices(BLOCK, |slices| {
                    slices.clear();
                    slices.push(&mut left);
                    slices.push(&mut right);
                });
            }
            let mut aux = AuxiliaryBuffers { inputs: &mut [], outputs: &mut [] };
            self.status = self.plugin.process(&mut buffer, &mut aux, &mut self.host);
            drop(buffer);
            self.left.extend(left);
        }
    }

    fn heard(&self) -> Option<usize> {
        self.left.iter().position(|sample| *sample != 0.0)
    }
}

fn window_on(key: u8) -> Event {
    Event::NoteOn { note: NoteAddress::of(0, key, None), velocity: 0.75 }
}

fn window_off(key: u8) -> Event {
    Event::NoteOff { note: NoteAddress::of(0, key, None) }
}

fn host_on(note: u8) -> PluginNoteEvent<Timbrel> {
    let (channel, key) = (Channel::Number(0), Key::Number(note));
    NoteEvent::NoteOn { timing: 0, voice_id: VoiceID::ID(5), channel, key, velocity: 0.75 }
}

fn host_off(note: u8) -> PluginNoteEvent<Timbrel> {
    let (channel, key) = (Channel::Number(0), Key::Number(note));
    NoteEvent::NoteOff { timing: 0, voice_id: VoiceID::ID(5), channel, key, velocity: 0.0 }
}

#[test]
fn a_note_of_the_window_is_the_note_of_a_host() {
    let mut played = Rig::new();
    played.blocks(2);
    assert!(played.shared.hands.play(window_on(69)));
    played.blocks(40);
    assert!(played.shared.hands.play(window_off(69)));
    played.blocks(400);
    let mut sent = Rig::new();
    sent.blocks(2);
    sent.host.events.push_back(host_on(69));
    sent.blocks(40);
    sent.host.events.push_back(host_off(69));
    sent.blocks(400);
    let latency = played.host.latency.load(Ordering::SeqCst) as usize;
    let heard = played.heard().unwrap();
    println!(
        "heard at {heard}: block 2, {latency} samples of latency; the host heard of {} ends",
        sent.host.told.len()
    );
    assert!((2 * BLOCK + latency..=2 * BLOCK + latency + 1).contains(&heard));
    let bits = |samples: &[f32]| samples.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&played.left), bits(&sent.left));
    assert_eq!((played.host.told.len(), sent.host.told.len()), (0, 1));
}

#[test]
fn the_host_goes_on_while_the_window_plays() {
    let mut rig = Rig::new();
    let woken = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&woken);
    rig.shared.hands.on_play(Box::new(move || _ = counted.fetch_add(1, Ordering::SeqCst)));
    rig.blocks(3);
    assert!(matches!(rig.status, ProcessStatus::Normal));
    assert!(rig.shared.hands.play(window_on(60)));
    assert_eq!(woken.load(Ordering::SeqCst), 1);
    rig.blocks(1);
    assert!(matches!(rig.status, ProcessStatus::KeepAlive));
    // A window that closes lets go: the note ends, and the host may rest.
    rig.shared.hands.release_all();
    rig.blocks(1_000);
    assert!(matches!(rig.status, ProcessStatus::Normal));
    assert!(rig.left[rig.left.len() - BLOCK..].iter().all(|sample| *sample == 0.0));
}

#[test]
fn keys_of_the_window_are_tuned_and_bent_like_any() {
    let mut rig = Rig::new();
    rig.shared.params.control(timbrel_engine::event::Setting::Tune).unwrap().place(0.75);
    let mut watch = rig.shared.instrument.watch().unwrap();
    assert!(rig.shared.hands.play(window_on(60)));
    assert!(rig.shared.hands.play(Event::PitchBend { channel: 0, value: 1.0 }));
    rig.blocks(100);
    let voice = watch.look().voices[0];
    println!("key 60, up 12 semitones of transposition and 2 of bend: {}", voice.midi_pitch);
    assert!((voice.midi_pitch - 74.0).abs() < 0.3 && voice.held);
    rig.shared.hands.release_all();
    rig.blocks(200);
    assert!(watch.look().voices.is_empty());
}
