//! One instance of the plugin: activated, fed with events, rendered block by block, saved and restored.
//! The caller's thread.
//! The same events give the same samples whatever the blocks (test: `block_sizes_do_not_change_a_byte`).

use super::handlers::{Handlers, MainThread, Shared};
use super::presets::to_c;
use super::{
    Blocks, HostError, Moment, Package, Processor, Recording, Result, Song, Timed, is_loaded, with_instrument,
    without_parameter,
};
use clack_extensions::latency::PluginLatency;
use clack_extensions::params::{ParamInfoBuffer, ParamInfoFlags, PluginParams};
use clack_extensions::preset_discovery::prelude::{Location, PluginPresetLoad};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_host::prelude::*;
use clack_host::utils::ClapId;
use std::ffi::CString;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Room for a parameter's text, bytes.
const TEXT: usize = 256;

/// How the host promises to keep time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As fast as may be; the plugin takes the time it needs.
    Offline,
    /// In step with the clock.
    Realtime,
}

/// What the host announces on activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Hertz.
    pub sample_rate: f64,
    /// Largest block, frames.
    pub largest_block: u32,
    /// Offline or real time.
    pub mode: Mode,
}

impl Setup {
    /// An offline render at 48 kHz for these blocks.
    pub fn offline(blocks: Blocks) -> Self {
        Self { sample_rate: 48_000.0, largest_block: blocks.largest(), mode: Mode::Offline }
    }
}

/// One parameter as the plugin describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// CLAP id.
    pub id: u32,
    /// What the player reads.
    pub name: String,
    /// The group that it stands in.
    pub module: String,
    /// Value now.
    pub value: f64,
    /// Value of a new instance.
    pub default: f64,
    /// Smallest and largest value.
    pub range: (f64, f64),
    /// What a host may do with it.
    pub flags: ParamInfoFlags,
}

/// A hosted plugin.
pub struct Instance {
    // Before `instance`: the processor must be gone when the instance is destroyed.
    processor: Option<Processor>,
    pub(super) instance: PluginInstance<Handlers>,
    watcher: Option<fn(Moment)>,
    song: Option<fn(u64) -> Song>,
}

impl Instance {
    /// A new, inactive instance.
    pub fn new(package: &Package) -> Result<Self> {
        let refused = |reason: String| HostError::Refused { operation: "be created", reason };
        let host =
            HostInfo::new("Timbrel's own host", "Timbrel", "", "1").map_err(|error| refused(error.to_string()))?;
        let instance = PluginInstance::<Handlers>::new(
            |()| Shared::default(),
            |shared| MainThread(shared),
            &package.entry,
            c"org.timbrel.timbrel",
            &host,
        )
        .map_err(|error| refused(error.to_string()))?;
        let mut instance = Self { processor: None, instance, watcher: None, song: None };
        instance.serve_requests();
        Ok(instance)
    }

    /// A new instance, active.
    pub fn active(package: &Package, setup: &Setup) -> Result<Self> {
        let mut instance = Self::new(package)?;
        instance.activate(setup)?;
        Ok(instance)
    }

    /// A new instance, inactive, whose notes follow the envelope and not the recorded players, so that pitches and ends are
    /// exact: as a project of an older release.
    pub fn plain(package: &Package) -> Result<Self> {
        let mut instance = Self::new(package)?;
        let state = instance.save()?;
        instance.load(&without_parameter(&state, "natural")?)?;
        Ok(instance)
    }

    /// A new instance, active, that plays the model file at `model`. An error where it does not.
    pub fn playing(package: &Package, setup: &Setup, model: &Path) -> Result<Self> {
        let mut instance = Self::new(package)?;
        let state = instance.save()?;
        instance.load(&with_instrument(&state, model)?)?;
        instance.activate(setup)?;
        if !is_loaded(&instance.save()?)? {
            let reason = format!("it does not play {}", model.display());
            return Err(HostError::Refused { operation: "load an instrument", reason });
        }
        Ok(instance)
    }

    /// Activates, and starts the clock of events at 0.
    pub fn activate(&mut self, setup: &Setup) -> Result<()> {
        if self.processor.is_some() {
            return Err(HostError::Activity("active already"));
        }
        self.set_mode(setup.mode)?;
        let configuration = PluginAudioConfiguration {
            sample_rate: setup.sample_rate,
            min_frames_count: 1,
            max_frames_count: setup.largest_block,
        };
        let refused = |operation: &'static str| move |reason: String| HostError::Refused { operation, reason };
        let stopped =
            self.instance.activate(|_, _| (), configuration).map_err(|e| refused("activate")(e.to_string()))?;
        let started = stopped.start_processing().map_err(|e| refused("start processing")(e.to_string()))?;
        let mut processor = Processor::new(started, setup.largest_block as usize);
        processor.watch(self.watcher);
        processor.play_song(self.song);
        self.processor = Some(processor);
        self.serve_requests();
        Ok(())
    }

    /// Gives the audio side away, for another thread; [`Instance::take_back`] ends that. What needs the audio side is an
    /// error meanwhile.
    pub fn lend_processor(&mut self) -> Result<Processor> {
        self.processor.take().ok_or(HostError::Activity("not active"))
    }

    /// Takes the audio side back from another thread.
    pub fn take_back(&mut self, processor: Processor) {
        self.processor = Some(processor);
    }

    /// Stops and deactivates; nothing where it is inactive.
    pub fn deactivate(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.instance.deactivate(processor.stop());
            self.serve_requests();
        }
    }

    /// Changes between offline and real time, which hosts may do at any moment.
    pub fn set_mode(&mut self, mode: Mode) -> Result<()> {
        let handle = self.instance.plugin_handle();
        let render: PluginRender = handle.get_extension().ok_or(HostError::NoExtension("render"))?;
        let mode = match mode {
            Mode::Offline => RenderMode::Offline,
            Mode::Realtime => RenderMode::Realtime,
        };
        render
            .set(&handle, mode)
            .map_err(|error| HostError::Refused { operation: "change the render mode", reason: error.to_string() })
    }

    /// The plugin's reset, which a host calls when it jumps in time.
    pub fn reset(&mut self) -> Result<()> {
        self.processor.as_mut().ok_or(HostError::Activity("not active"))?.reset();
        Ok(())
    }

    /// Reported latency, samples.
    pub fn latency(&mut self) -> Result<u32> {
        let handle = self.instance.plugin_handle();
        let latency: PluginLatency = handle.get_extension().ok_or(HostError::NoExtension("latency"))?;
        Ok(latency.get(&handle))
    }

    /// What a project would save.
    pub fn save(&mut self) -> Result<Vec<u8>> {
        self.serve_requests();
        let handle = self.instance.plugin_handle();
        let state: PluginState = handle.get_extension().ok_or(HostError::NoExtension("state"))?;
        let mut bytes = Vec::new();
        state
            .save(&handle, &mut bytes)
            .map_err(|error| HostError::Refused { operation: "save its state", reason: error.to_string() })?;
        Ok(bytes)
    }

    /// Restores what a project saved.
    pub fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let handle = self.instance.plugin_handle();
        let state: PluginState = handle.get_extension().ok_or(HostError::NoExtension("state"))?;
        state
            .load(&handle, &mut std::io::Cursor::new(bytes))
            .map_err(|error| HostError::Refused { operation: "load a state", reason: error.to_string() })?;
        self.serve_requests();
        Ok(())
    }

    /// Loads a preset file as a host's browser does. The error is the plugin's own sentence.
    pub fn load_preset(&mut self, path: &Path) -> Result<()> {
        let handle = self.instance.plugin_handle();
        let presets: PluginPresetLoad = handle.get_extension().ok_or(HostError::NoExtension("preset-load"))?;
        let refused = |reason: String| HostError::Refused { operation: "load a preset", reason };
        let location = to_c(path).ok_or_else(|| refused(format!("{} is no path for C", path.display())))?;
        let loaded = presets.load_from_location(&handle, Location::File { path: &location }, None);
        self.serve_requests();
        let fault = self
            .instance
            .access_shared_handler(|shared| shared.preset_fault.lock().ok().and_then(|mut fault| fault.take()));
        loaded.map_err(|error| refused(fault.unwrap_or_else(|| error.to_string())))
    }

    /// How often the plugin said that all its values changed.
    pub fn rescans(&self) -> u32 {
        self.instance.access_shared_handler(|shared| shared.rescans.load(Ordering::Acquire))
    }

    /// All parameters.
    pub fn parameters(&mut self) -> Result<Vec<Parameter>> {
        let handle = self.instance.plugin_handle();
        let params: PluginParams = handle.get_extension().ok_or(HostError::NoExtension("params"))?;
        let mut found = Vec::new();
        let mut buffer = ParamInfoBuffer::new();
        for index in 0..params.count(&handle) {
            let Some(info) = params.get_info(&handle, index, &mut buffer) else { continue };
            found.push(Parameter {
                id: info.id.get(),
                name: String::from_utf8_lossy(info.name).into_owned(),
                module: String::from_utf8_lossy(info.module).into_owned(),
                value: params.get_value(&handle, info.id).unwrap_or(f64::NAN),
                default: info.default_value,
                range: (info.min_value, info.max_value),
                flags: info.flags,
            });
        }
        Ok(found)
    }

    /// The parameter with this name. An error where there is none.
    pub fn parameter(&mut self, name: &str) -> Result<Parameter> {
        let found = self.parameters()?.into_iter().find(|parameter| parameter.name == name);
        found.ok_or_else(|| HostError::NoParameter(name.to_owned()))
    }

    /// How a value of a parameter reads, with its unit; `None` where the plugin cannot say.
    pub fn text_of(&mut self, id: u32, value: f64) -> Result<Option<String>> {
        let handle = self.instance.plugin_handle();
        let params: PluginParams = handle.get_extension().ok_or(HostError::NoExtension("params"))?;
        let Some(id) = ClapId::from_raw(id) else { return Ok(None) };
        let mut text = [0; TEXT];
        let text = params.value_to_text(&handle, id, value, &mut text).ok();
        Ok(text.map(|text| String::from_utf8_lossy(text).into_owned()))
    }

    /// The value that a text means; `None` where the plugin does not understand it.
    pub fn value_of(&mut self, id: u32, text: &str) -> Result<Option<f64>> {
        let handle = self.instance.plugin_handle();
        let params: PluginParams = handle.get_extension().ok_or(HostError::NoExtension("params"))?;
        let (Some(id), Ok(text)) = (ClapId::from_raw(id), CString::new(text)) else { return Ok(None) };
        Ok(params.text_to_value(&handle, id, &text))
    }

    /// Samples processed since activation.
    pub fn position(&self) -> u64 {
        self.processor.as_ref().map_or(0, Processor::position)
    }

    /// Renders `length` frames from here. Events lie at or after the present position, in order of time;
    /// later ones than this render are left out.
    pub fn render(&mut self, events: &[Timed], length: u64, blocks: Blocks) -> Result<Recording> {
        let processor = self.processor.as_mut().ok_or(HostError::Activity("not active"))?;
        let (instance, served) = (&mut self.instance, self.watcher.is_none());
        processor.render(events, length, blocks, || {
            if served {
                serve(instance);
            }
        })
    }

    /// Renders one block and appends it.
    pub fn process(&mut self, events: &[Timed], frames: usize, recording: &mut Recording) -> Result<()> {
        self.processor.as_mut().ok_or(HostError::Activity("not active"))?.process(events, frames, recording)?;
        if self.watcher.is_none() {
            self.serve_requests();
        }
        Ok(())
    }

    /// From here on the host is at `song` of a block's position.
    pub fn play_song(&mut self, song: fn(u64) -> Song) {
        self.song = Some(song);
        self.processor.iter_mut().for_each(|processor| processor.play_song(Some(song)));
    }

    /// From here on `watcher` is called right before and after each of the plugin's callbacks, and what the plugin asks
    /// the main thread for waits until [`Instance::idle`].
    pub fn watch(&mut self, watcher: fn(Moment)) {
        self.watcher = Some(watcher);
        self.processor.iter_mut().for_each(|processor| processor.watch(Some(watcher)));
    }

    /// Lets the plugin's background work go on for a while, as a host's idle loop does.
    pub fn idle(&mut self, duration: Duration) {
        let end = Instant::now() + duration;
        while Instant::now() < end {
            self.serve_requests();
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// How often the plugin said that its latency changed.
    pub fn latency_changes(&self) -> u32 {
        self.instance.access_shared_handler(|shared| shared.latency_changes.load(Ordering::Acquire))
    }

    /// Whether the plugin has asked to be deactivated and activated again.
    pub fn wants_restart(&self) -> bool {
        self.instance.access_shared_handler(|shared| shared.restart.swap(false, Ordering::AcqRel))
    }

    /// What the plugin has written to the host's log.
    pub fn log(&self) -> Vec<String> {
        self.instance.access_shared_handler(|shared| shared.log.lock().map(|log| log.clone()).unwrap_or_default())
    }

    /// Does what the plugin has asked the main thread for.
    pub fn serve_requests(&mut self) {
        serve(&mut self.instance);
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.deactivate();
    }
}

fn serve(instance: &mut PluginInstance<Handlers>) {
    while instance.access_shared_handler(|shared| shared.callback.swap(false, Ordering::AcqRel)) {
        instance.call_on_main_thread_callback();
    }
}
