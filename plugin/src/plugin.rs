//! The plugin as the framework sees it: activation, the audio callback, the editor.
//! `process` runs on the host's audio thread, everything else on its main thread.
//! The callback allocates nothing and never waits, but for a pending load while the host renders offline; a fault in
//! it is silence and a sentence, never the end of the host (test: `a_fault_in_the_callback_is_silence`).

use crate::bundle::Bundle;
use crate::cradle;
use crate::editor::TimbrelEditor;
use crate::guard::guarded;
use crate::hands::{self, Hands, Played};
use crate::history::History;
use crate::instrument::{Activation, Instrument};
use crate::learn::Heard;
use crate::modulation::{Modulations, Router};
use crate::params::{SETTINGS, TimbrelParams};
use crate::presets::Presets;
use crate::standalone::StandaloneDesk;
use crate::state;
use crate::translate;
use crate::transport::{Follower, Moments};
use crate::tuning::{Channels, Retuner, Tunings, Zones};
use crate::vst3::controllers;
use nice_plug::context::gui::AsyncExecutor;
use nice_plug::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};
use timbrel_engine::event::{Event, NoteAddress};
use timbrel_engine::perform::MAX_VOICES;
use timbrel_engine::synth::{Mode, Synth};

/// After the sound is over the host is asked to go on for this long, so that what is under way within the latency is
/// not put to sleep. Seconds.
const AWAKE: f32 = 2.0;
/// A render waits no longer for a load than this; a model that takes longer is broken.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How often a waiting render looks.
const WAIT_STEP: Duration = Duration::from_millis(1);
/// Faults in the callback after which it stays silent until the next activation.
const FAULTS: u32 = 3;

/// Notes that may end in one block and be told to the host in order.
const ENDED: usize = 1024;

/// What the plugin, its editor and the layer over VST3 share.
#[derive(Clone)]
pub struct Shared {
    /// Parameters and saved state.
    pub params: Arc<TimbrelParams>,
    /// Which model plays.
    pub instrument: Arc<Instrument>,
    /// What the keys play.
    pub tunings: Arc<Tunings>,
    /// Sounds by name.
    pub presets: Arc<Presets>,
    /// What moves which parameter.
    pub modulations: Arc<Modulations>,
    /// What the player changed.
    pub history: Arc<History>,
    /// When in its block the host said where it is.
    pub moments: Arc<Moments>,
    /// What is played in the window.
    pub hands: Arc<Hands>,
    /// Devices and MIDI inputs, in the standalone program alone.
    pub standalone: Option<Arc<StandaloneDesk>>,
}

impl Shared {
    /// A new instance's, with the models of `bundle`.
    pub fn new(bundle: &Bundle) -> Self {
        let params = Arc::new(TimbrelParams::default());
        let history: Arc<History> = Arc::default();
        let instrument = Instrument::new(params.instrument.clone(), bundle.clone(), history.clone());
        let tunings = Tunings::new(params.scale.clone(), instrument.clone(), history.clone());
        let presets = Presets::new(params.clone(), instrument.clone(), history.clone(), bundle);
        let modulations = Modulations::new(params.matrix.clone());
        Self {
            params,
            instrument,
            tunings,
            presets,
            modulations,
            history,
            moments: Arc::default(),
            hands: Arc::default(),
            standalone: None,
        }
    }
}

/// The plugin.
pub struct Timbrel {
    shared: Shared,
    synth: Option<Synth>,
    /// While active.
    retuner: Option<Retuner>,
    router: Router,
    follower: Follower,
    /// Absent where another plugin has it.
    played: Option<Played>,
    /// Values last sent to the synth; NaN before the first, which equals nothing.
    sent: [f32; SETTINGS],
    reported_latency: u32,
    faults: u32,
    /// Notes that ended in this block, for the host to hear of in order of time.
    ended: Vec<(usize, NoteAddress)>,
    /// Samples that the host should go on for.
    awake: u64,
    awake_after_event: u64,
}

impl Default for Timbrel {
    fn default() -> Self {
        let shared = Shared::new(Bundle::here());
        cradle::hand_over(&shared);
        Self::with(shared)
    }
}

impl Drop for Timbrel {
    fn drop(&mut self) {
        self.retuner = None;
        self.shared.tunings.stop();
        self.shared.instrument.close();
    }
}

impl Timbrel {
    /// A plugin over `shared`.
    pub fn with(shared: Shared) -> Self {
        Self {
            router: shared.modulations.start(),
            follower: Follower::new(),
            played: shared.hands.played(),
            shared,
            synth: None,
            retuner: None,
            sent: [f32::NAN; SETTINGS],
            reported_latency: 0,
            faults: 0,
            ended: Vec::with_capacity(ENDED),
            awake: 0,
            awake_after_event: 0,
        }
    }

    fn install(&mut self, synth: Synth) {
        self.sent = [f32::NAN; SETTINGS];
        if let Some(retuner) = &mut self.retuner {
            retuner.forget();
        }
        self.router.forget();
        self.follower = Follower::new();
        if let Some(old) = self.synth.replace(synth) {
            self.shared.instrument.discard(old);
        }
    }

    /// One block, unguarded.
    fn render(&mut self, buffer: &mut Buffer, context: &mut impl ProcessContext<Self>) {
        let instrument = &self.shared.instrument;
        if instrument.mode() == Mode::Offline && instrument.is_pending() {
            wait_for_load(instrument);
        }
        if let Some(fresh) = self.shared.instrument.take_fresh() {
            self.install(fresh);
        }
        let samples = buffer.samples();
        let [left, right, ..] = buffer.as_slice() else { return };
        let Some(synth) = &mut self.synth else {
            left.fill(0.0);
            right.fill(0.0);
            turn_only(&self.shared.params, self.played.as_mut(), context);
            self.shared.params.learned.advance(samples);
            return;
        };
        // In VST3 the layer passes the wish on, from the right thread.
        if context.plugin_api() != PluginApi::Vst3 && self.shared.instrument.take_restart_wish() {
            context.request_restart();
        }
        synth.set_mode(self.shared.instrument.mode());
        let (params, sent, retuner) = (&*self.shared.params, &mut self.sent, self.retuner.as_mut());
        let mut inlet = Inlet { params, synth, sent, retuner, api: context.plugin_api() };
        let spoken = self.shared.moments.latest(params.learned.done());
        if let Some(event) = self.follower.follow(context.transport(), spoken) {
            inlet.synth.send(0, event);
        }
        self.follower.advance(samples, context.transport().sample_rate);
        inlet.send_settings();
        self.router.follow(&self.shared.modulations, |event| inlet.synth.send(0, event));
        inlet.follow(&self.shared.tunings);
        let mut heard = self.shared.instrument.take_panic();
        if heard {
            inlet.synth.send(0, Event::Panic);
        }
        for event in self.played.iter_mut().flatten() {
            inlet.play(0, event);
            heard = true;
        }
        while let Some(event) = context.next_event() {
            if let Some((offset, event)) = translate::event(&event, inlet.api, inlet.params) {
                inlet.play(offset.min(samples.saturating_sub(1)), event);
                heard = true;
            }
        }
        self.shared.params.learned.advance(samples);
        let ended = &mut self.ended;
        ended.clear();
        synth.process(left, right, &mut |note, offset| {
            if ended.len() < ended.capacity() && !hands::is_ours(&note) {
                ended.push((offset, note));
            }
        });
        // Voices end in their own order, hosts want that of time.
        ended.sort_unstable_by_key(|(offset, _)| *offset);
        for (offset, note) in ended.drain(..) {
            // A host without an event output has no use for it.
            let _ = context.try_send_event(translate::ended(note, offset));
        }
        heard |= left.iter().chain(right.iter()).any(|sample| *sample != 0.0);
        self.awake = if heard { self.awake_after_event } else { self.awake.saturating_sub(samples as u64) };
    }
}

/// The way of events into the synth.
struct Inlet<'a> {
    params: &'a TimbrelParams,
    synth: &'a mut Synth,
    sent: &'a mut [f32; SETTINGS],
    retuner: Option<&'a mut Retuner>,
    api: PluginApi,
}

impl Inlet<'_> {
    /// Sends the parameters that changed; the framework cuts blocks where one does.
    fn send_settings(&mut self) {
        for ((setting, value), sent) in self.params.settings().into_iter().zip(self.sent.iter_mut()) {
            if *sent != value {
                *sent = value;
                self.synth.send(0, Event::Set(setting, value));
            }
        }
    }

    /// Sends the pitches of keys that changed.
    fn follow(&mut self, tunings: &Tunings) {
        if let Some(retuner) = &mut self.retuner {
            let channels = channels(self.params, retuner.zones());
            retuner.follow(tunings, channels, |event| self.synth.send(0, event));
        }
    }

    /// Sends an event that happens `offset` samples into the block.
    fn play(&mut self, offset: usize, event: Event) {
        if let (Some(retuner), Event::NoteOn { note: NoteAddress { channel, key: Some(key), .. }, .. }) =
            (&mut self.retuner, event)
        {
            let channels = channels(self.params, retuner.zones());
            retuner.note_on(channel.unwrap_or(0), key, channels, |event| self.synth.send(offset, event));
        }
        let Event::Controller { channel, controller, value } = event else {
            self.synth.send(offset, event);
            return;
        };
        if let Some(retuner) = &mut self.retuner {
            retuner.hear(channel, controller, value);
        }
        match self.params.learned.hear(controller) {
            Heard::Standard => self.control(offset, channel, controller, value),
            Heard::Moves(place) => self.turn(offset, place, value),
            Heard::Learned(place) => {
                // What it did before, it does no longer: a pedal that was down is up.
                for channel in 0..controllers::CHANNELS {
                    let rest = controllers::rest(controller);
                    self.synth.send(offset, Event::Controller { channel, controller, value: rest });
                }
                self.turn(offset, place, value);
            }
        }
    }

    /// Sends a controller that does what MIDI says.
    fn control(&mut self, offset: usize, channel: u8, controller: u8, value: f32) {
        // The layer over VST3 has one parameter for what a player has one of.
        let is_for_all = self.api == PluginApi::Vst3 && controllers::is_for_all(controller);
        let channels = if is_for_all { 0..controllers::CHANNELS } else { channel..channel + 1 };
        for channel in channels {
            self.synth.send(offset, Event::Controller { channel, controller, value });
        }
    }

    /// Moves a parameter by hand, at this very sample.
    fn turn(&mut self, offset: usize, place: usize, position: f32) {
        let Some((setting, value)) = self.params.turn(place, offset, position) else { return };
        if self.sent[place] != value {
            self.sent[place] = value;
            self.synth.send(offset, Event::Set(setting, value));
        }
    }
}

/// What is left of playing where nothing can sound: learned controllers move their parameters.
fn turn_only(params: &TimbrelParams, played: Option<&mut Played>, context: &mut impl ProcessContext<Timbrel>) {
    let turn = |offset, event| {
        if let Event::Controller { controller, value, .. } = event
            && let Heard::Moves(place) | Heard::Learned(place) = params.learned.hear(controller)
        {
            params.turn(place, offset, value);
        }
    };
    played.into_iter().flatten().for_each(|event| turn(0, event));
    while let Some(event) = context.next_event() {
        if let Some((offset, event)) = translate::event(&event, context.plugin_api(), params) {
            turn(offset, event);
        }
    }
}

/// What notes' channels are, as the player says or else the keyboard.
fn channels(params: &TimbrelParams, asked: &Zones) -> Channels {
    match params.mpe.zone.value() {
        0 if asked.are_there() => Channels::Mpe,
        0 | 1 => Channels::Keyboards,
        _ => Channels::Mpe,
    }
}

/// Waits until what was asked for plays, so that a render is exact.
fn wait_for_load(instrument: &Instrument) {
    let begin = Instant::now();
    while instrument.is_pending() && begin.elapsed() < LONGEST_WAIT {
        std::thread::sleep(WAIT_STEP);
    }
}

impl Plugin for Timbrel {
    const NAME: &'static str = "Timbrel";
    const VENDOR: &'static str = "The Timbrel developers";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[AudioIOLayout {
        main_input_channels: None,
        main_output_channels: NonZeroU32::new(2),
        ..AudioIOLayout::const_default()
    }];

    // The layer over VST3 shows hosts only the controllers that Timbrel listens to.
    const MIDI_INPUT: MidiConfig = MidiConfig::MidiCCs;
    const MIDI_OUTPUT: MidiConfig = MidiConfig::None;
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;
    // An MPE player sends some hundred a second and channel; with more in one block than this, the framework allocates.
    const INPUT_EVENT_CAPACITY: usize = 4096;

    type SysExMessage = ();
    type BackgroundTask = ();
    type Editor = TimbrelEditor;

    fn filter_state(state: &mut PluginState) {
        state::complete(state);
    }

    fn params(&self) -> Arc<dyn Params> {
        self.shared.params.clone()
    }

    fn editor(&mut self, _executor: AsyncExecutor<Self>) -> Option<TimbrelEditor> {
        // In VST3 the layer owns the window; see docs/framework.md.
        if cradle::window_is_the_layers() { None } else { Some(TimbrelEditor::new(self.shared.clone())) }
    }

    fn activate(
        &mut self,
        _layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        // The render mode is not read here: the layers over the formats know it better and have said so.
        let activation = Activation {
            sample_rate: f64::from(config.sample_rate),
            max_block: config.max_buffer_size.max(1) as usize,
        };
        let instrument = &self.shared.instrument;
        // Whatever goes wrong, the plugin lives: silent, with a sentence in the editor.
        self.synth = None;
        self.synth = guarded(|| instrument.activate(activation)).unwrap_or_else(|| {
            instrument.job_failed();
            None
        });
        self.retuner = None;
        self.retuner = guarded(|| self.shared.tunings.start());
        self.sent = [f32::NAN; SETTINGS];
        self.router = self.shared.modulations.start();
        self.follower = Follower::new();
        self.faults = 0;
        self.reported_latency = self.synth.as_ref().map_or(0, Synth::latency);
        self.awake_after_event = (config.sample_rate * AWAKE) as u64 + u64::from(self.reported_latency);
        context.set_latency_samples(self.reported_latency);
        true
    }

    fn reset(&mut self) {
        self.awake = 0;
        self.sent = [f32::NAN; SETTINGS];
        // A reset engine knows its rows, and no beat.
        self.follower = Follower::new();
        if let Some(synth) = &mut self.synth
            && guarded(|| synth.reset()).is_none()
        {
            self.fail();
        }
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        if guarded(|| self.render(buffer, context)).is_none() {
            for channel in buffer.as_slice() {
                channel.fill(0.0);
            }
            self.fail();
        }
        if self.awake > 0 { ProcessStatus::KeepAlive } else { ProcessStatus::Normal }
    }

    fn deactivate(&mut self) {
        self.synth = None;
        self.retuner = None;
        self.shared.tunings.stop();
        self.shared.instrument.deactivate();
    }
}

impl Timbrel {
    /// The synth panicked: it goes, and another is made, unless that happens again and again.
    fn fail(&mut self) {
        self.faults += 1;
        let failed = self.synth.take();
        if self.faults < FAULTS {
            self.shared
                .instrument
                .replace_failed(failed, "A fault inside Timbrel stopped the sound; it was restarted.");
        } else {
            if let Some(failed) = failed {
                self.shared.instrument.discard(failed);
            }
            self.shared.instrument.show_error("Faults inside Timbrel stopped the sound. Please report this.");
        }
    }
}

impl ClapPlugin for Timbrel {
    const CLAP_ID: &'static str = "org.timbrel.timbrel";
    const CLAP_DESCRIPTION: Option<&'static str> = Some("Neural synthesizer that plays decoders of real instruments");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::Instrument, ClapFeature::Synthesizer, ClapFeature::Stereo];
    const CLAP_POLY_MODULATION_CONFIG: Option<PolyModulationConfig> =
        Some(PolyModulationConfig { max_voice_capacity: MAX_VOICES as u32, supports_overlapping_voices: true });
}

impl Vst3Plugin for Timbrel {
    const VST3_CLASS_ID: [u8; 16] = *b"TimbrelNeuralSyn";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[Vst3SubCategory::Instrument, Vst3SubCategory::Synth];
}
