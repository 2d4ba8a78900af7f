//! The system's own audio: ALSA and what speaks through it, Core Audio, WASAPI.
//! Opened and minded by the keeper; the callback runs on the device's thread, where nothing allocates, locks or waits, but
//! for the one call at its beginning that asks for a higher priority.
//! A rate or a buffer that the device refuses is replaced by its own, with a sentence
//! (test: `the_best_way_of_a_device_is_taken`).

use super::super::choices::{Choices, System};
use super::super::desk::Device as Entry;
use super::super::fault::Fault;
use super::super::midi::Inbox;
use super::super::seat::{Chair, Seat};
use super::{AudioSystem, Offer, Opened, Stream};
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, Device, Error, ErrorKind, FromSample, Host, I24, SampleFormat, SizedSample, StreamConfig,
    SupportedBufferSize, SupportedStreamConfigRange, U24,
};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use thread_priority::{ThreadPriority, ThreadPriorityValue};

/// Rates that are offered where the device has them, hertz.
const SAMPLE_RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];
/// Rates that are taken if nobody chooses, best first, hertz.
const USUAL_RATES: [u32; 2] = [48_000, 44_100];
/// Block sizes that are offered where the device has them, frames.
const BUFFERS: [u32; 8] = [32, 64, 128, 256, 512, 1024, 2048, 4096];
/// What is taken if nobody chooses, frames: short enough to play, long enough for a desktop's mixer.
const USUAL_BUFFER: u32 = 512;
/// What of ALSA's list is no output, or one by another name.
const ALSA_FILTERS: [&str; 16] = [
    "null",
    "lavrate",
    "samplerate",
    "speex",
    "upmix",
    "vdownmix",
    "oss",
    "jack",
    "surround",
    "front",
    "rear",
    "side",
    "center_lfe",
    "dmix",
    "dsnoop",
    "usbstream",
];
/// Priority of the device's thread, of 99: above the control thread's, as a device waits for nobody.
const PRIORITY: u8 = 70;
/// How long a device may take to start.
const START: Duration = Duration::from_secs(5);

/// The system's own audio.
pub struct SoundCard {
    host: Host,
    /// The offer of each device that was asked, as one that plays may not answer.
    offers: Vec<(Option<String>, Offer)>,
}

struct Running {
    stream: cpal::Stream,
    buffer: u32,
    fault: Arc<Mutex<Option<Fault>>>,
}

impl SoundCard {
    /// Opens nothing yet.
    pub fn new() -> Self {
        Self { host: cpal::default_host(), offers: Vec::new() }
    }

    fn devices(&self) -> Vec<Device> {
        let devices = self.host.devices().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
        devices.into_iter().filter(|device| plays(device) && !is_filter(&name(device))).collect()
    }

    fn find(&self, choices: &Choices) -> Result<Device, Fault> {
        match &choices.device {
            None => self.host.default_output_device().ok_or(Fault::NoDevice),
            Some(wanted) => {
                let found =
                    self.devices().into_iter().find(|device| name(device) == *wanted || label(device) == *wanted);
                found.ok_or_else(|| Fault::Missing { device: wanted.clone() })
            }
        }
    }
}

impl Default for SoundCard {
    fn default() -> Self {
        Self::new()
    }
}

impl AudioSystem for SoundCard {
    fn system(&self) -> System {
        System::System
    }

    fn offer(&mut self, choices: &Choices) -> Offer {
        let devices = self.devices().iter().map(|device| Entry { name: name(device), label: label(device) }).collect();
        let ranges: Vec<_> = self.find(choices).map(|device| ways(&device)).unwrap_or_default();
        let known = self.offers.iter().position(|(device, _)| *device == choices.device);
        if ranges.is_empty() {
            let offer = known.map(|place| self.offers[place].1.clone()).unwrap_or_default();
            return Offer { devices, ..offer };
        }
        let has_rate = |rate: &u32| ranges.iter().any(|range| range.contains_rate(*rate));
        let has_buffer = |frames: &u32| ranges.iter().any(|range| takes(range.buffer_size(), *frames));
        let offer = Offer {
            devices,
            sample_rates: SAMPLE_RATES.into_iter().filter(has_rate).collect(),
            buffers: BUFFERS.into_iter().filter(has_buffer).collect(),
        };
        match known {
            Some(place) => self.offers[place].1 = offer.clone(),
            None => self.offers.push((choices.device.clone(), offer.clone())),
        }
        offer
    }

    fn open(&mut self, choices: &Choices, seat: &Arc<Seat>, inbox: &Arc<Inbox>) -> Result<Opened, Fault> {
        let device = self.find(choices)?;
        let shown = choices.device.is_none().then(|| format!("{} (default)", label(&device)));
        let shown = shown.unwrap_or_else(|| label(&device));
        let is_default = choices.device.is_none();
        let fault = |error: Error| fault_of(&error, &shown, is_default);
        let ranges: Vec<_> = device.supported_output_configs().map_err(fault)?.collect();
        let own = device.default_output_config().ok().map(|config| config.sample_rate());
        let way = best(&ranges, choices.sample_rate, own).ok_or_else(|| Fault::Unsuitable { device: shown.clone() })?;
        let mut remarks = Vec::new();
        if let Some(wanted) = choices.sample_rate.filter(|wanted| *wanted != way.sample_rate) {
            remarks.push(Fault::OtherRate { device: shown.clone(), wanted, rate: way.sample_rate });
        }
        let failed = Arc::new(Mutex::new(None));
        let start = |buffer_size| {
            let config = StreamConfig { channels: way.channels, sample_rate: way.sample_rate, buffer_size };
            let chair = Chair::new(seat.clone(), inbox.clone(), way.sample_rate);
            let (failed, seat, shown) = (failed.clone(), seat.clone(), shown.clone());
            // On the device's thread, but not in the callback.
            let on_error = move |error: Error| match error.kind() {
                ErrorKind::Xrun => seat.count_dropout(),
                ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => {}
                // The system's words for this are nothing to a player.
                _ => *failed.lock() = Some(Fault::Stopped { device: shown.clone() }),
            };
            let stream = build(&device, config, way.format, chair, on_error)?;
            stream.play()?;
            Ok(stream)
        };
        let wanted = choices.buffer.unwrap_or(USUAL_BUFFER);
        let stream = if way.takes(wanted) { start(BufferSize::Fixed(wanted)) } else { start(BufferSize::Default) };
        // Some systems list what they then refuse.
        let stream = stream.or_else(|error: Error| match error.kind() {
            ErrorKind::UnsupportedConfig | ErrorKind::InvalidInput | ErrorKind::BackendError => {
                start(BufferSize::Default)
            }
            _ => Err(error),
        });
        let stream = stream.map_err(fault)?;
        let buffer = stream.buffer_size().unwrap_or(wanted);
        if let Some(wanted) = choices.buffer.filter(|wanted| *wanted != buffer) {
            remarks.push(Fault::OtherBuffer { device: shown.clone(), wanted, buffer });
        }
        let stream = Box::new(Running { stream, buffer, fault: failed });
        Ok(Opened { stream, device: shown, sample_rate: way.sample_rate, remarks })
    }
}

impl Stream for Running {
    fn buffer(&self) -> u32 {
        self.stream.buffer_size().unwrap_or(self.buffer)
    }

    fn fault(&self) -> Option<Fault> {
        self.fault.lock().clone()
    }
}

/// What is remembered of a device: ALSA's own name, which tells two ways to one card apart; elsewhere what it is called.
fn name(device: &Device) -> String {
    if cfg!(target_os = "linux") {
        device.id().map(|id| id.id().to_owned()).unwrap_or_default()
    } else {
        device.description().map(|description| description.name().to_owned()).unwrap_or_default()
    }
}

/// What the menu says.
fn label(device: &Device) -> String {
    let (name, described) = (name(device), device.description().map(|description| description.name().to_owned()));
    match described {
        Ok(described) if described != name && !described.is_empty() => {
            if cfg!(target_os = "linux") {
                format!("{described} [{name}]")
            } else {
                described
            }
        }
        _ => name,
    }
}

/// Whether a device has an output. Opens nothing.
fn plays(device: &Device) -> bool {
    device.description().is_ok_and(|description| description.supports_output())
}

fn is_filter(name: &str) -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let plain = name.split(':').next().unwrap_or(name);
    // Cards come by number as well as by name, and a number may be another card's tomorrow.
    let by_number =
        name.split("CARD=").nth(1).is_some_and(|card| card.starts_with(|digit: char| digit.is_ascii_digit()));
    by_number || ALSA_FILTERS.iter().any(|filter| plain.starts_with(filter))
}

fn ways(device: &Device) -> Vec<SupportedStreamConfigRange> {
    device.supported_output_configs().map(Iterator::collect).unwrap_or_default()
}

fn takes(size: &SupportedBufferSize, frames: u32) -> bool {
    match size {
        SupportedBufferSize::Range { min, max } => (*min..=*max).contains(&frames),
        SupportedBufferSize::Unknown => true,
    }
}

/// How a device is played.
#[derive(Clone, Debug, PartialEq)]
struct Way {
    channels: u16,
    sample_rate: u32,
    format: SampleFormat,
    buffers: SupportedBufferSize,
}

impl Way {
    fn takes(&self, frames: u32) -> bool {
        takes(&self.buffers, frames)
    }
}

/// The best of what a device can: at the rate that was chosen, else at its own, in stereo, and in the finest format.
fn best(ranges: &[SupportedStreamConfigRange], chosen: Option<u32>, own: Option<u32>) -> Option<Way> {
    let usable = || ranges.iter().filter(|range| fineness(range.sample_format()).is_some() && range.channels() > 0);
    let has = |rate: &u32| usable().any(|range| range.contains_rate(*rate));
    let some = usable().map(|range| range.max_sample_rate()).min();
    let wishes = chosen.into_iter().chain(own).chain(USUAL_RATES).chain(some);
    let sample_rate = wishes.into_iter().find(has)?;
    let fits = usable().filter(|range| range.contains_rate(sample_rate));
    let way = fits.max_by_key(|range| {
        let channels = range.channels();
        let stereo = match channels {
            2 => u16::MAX,
            1 => 0,
            more => u16::MAX - more,
        };
        (stereo, fineness(range.sample_format()))
    })?;
    let (channels, format, buffers) = (way.channels(), way.sample_format(), *way.buffer_size());
    Some(Way { channels, sample_rate, format, buffers })
}

/// Finer is greater; `None` for what we do not write.
fn fineness(format: SampleFormat) -> Option<u8> {
    match format {
        SampleFormat::F32 => Some(6),
        SampleFormat::F64 => Some(5),
        SampleFormat::I32 => Some(4),
        SampleFormat::I24 => Some(3),
        SampleFormat::U24 | SampleFormat::U32 => Some(2),
        SampleFormat::I16 => Some(1),
        SampleFormat::U16 => Some(0),
        _ => None,
    }
}

fn build(
    device: &Device,
    config: StreamConfig,
    format: SampleFormat,
    chair: Chair,
    on_error: impl FnMut(Error) + Send + 'static,
) -> Result<cpal::Stream, Error> {
    match format {
        SampleFormat::F64 => build_as::<f64>(device, config, chair, on_error),
        SampleFormat::I32 => build_as::<i32>(device, config, chair, on_error),
        SampleFormat::I24 => build_as::<I24>(device, config, chair, on_error),
        SampleFormat::U24 => build_as::<U24>(device, config, chair, on_error),
        SampleFormat::U32 => build_as::<u32>(device, config, chair, on_error),
        SampleFormat::I16 => build_as::<i16>(device, config, chair, on_error),
        SampleFormat::U16 => build_as::<u16>(device, config, chair, on_error),
        _ => build_as::<f32>(device, config, chair, on_error),
    }
}

fn build_as<T: SizedSample + FromSample<f32>>(
    device: &Device,
    config: StreamConfig,
    mut chair: Chair,
    on_error: impl FnMut(Error) + Send + 'static,
) -> Result<cpal::Stream, Error> {
    let channels = usize::from(config.channels);
    let mut raised = false;
    let play = move |frames: &mut [T], _: &cpal::OutputCallbackInfo| {
        if !std::mem::replace(&mut raised, true) {
            raise_priority();
        }
        chair.play_interleaved(frames, channels, T::from_sample);
    };
    device.build_output_stream(config, play, on_error, Some(START))
}

/// Asks for a priority above ordinary threads'. Whether the system grants it is seen in the dropouts.
fn raise_priority() {
    // Core Audio and WASAPI see to their threads themselves.
    #[cfg(target_os = "linux")]
    if let Ok(value) = ThreadPriorityValue::try_from(PRIORITY) {
        use thread_priority::unix::{
            RealtimeThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
        };
        let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::RoundRobin);
        let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Crossplatform(value), policy);
    }
}

/// Keeps ALSA from writing to the terminal what the window says, for calls from this thread.
pub(super) fn quiet() {
    #[cfg(target_os = "linux")]
    {
        use std::ffi::{c_char, c_int};
        unsafe extern "C" fn silent(
            _file: *const c_char,
            _line: c_int,
            _function: *const c_char,
            _error: c_int,
            _format: *const c_char,
            _arguments: *mut alsa_sys::__va_list_tag,
        ) {
        }
        // SAFETY: the function lives as long as the program, and does nothing.
        unsafe { alsa_sys::snd_lib_error_set_local(Some(silent)) };
    }
}

fn fault_of(error: &Error, device: &str, is_default: bool) -> Fault {
    let device = device.to_owned();
    match error.kind() {
        ErrorKind::DeviceBusy => Fault::Busy { device },
        ErrorKind::PermissionDenied => Fault::Forbidden { device },
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable if is_default => Fault::NoDevice,
        ErrorKind::DeviceNotAvailable => Fault::Missing { device },
        ErrorKind::UnsupportedConfig => Fault::Unsuitable { device },
        _ => Fault::Unusable { device, reason: error.to_string().trim_end_matches('.').to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_way_of_a_device_is_taken() {
        let any = SupportedBufferSize::Range { min: 64, max: 1024 };
        let range = |channels, rates: (u32, u32), format| {
            SupportedStreamConfigRange::new(channels, rates.0, rates.1, any, format)
        };
        let ranges = [
            range(1, (8_000, 192_000), SampleFormat::F32),
            range(8, (44_100, 96_000), SampleFormat::I32),
            range(2, (44_100, 48_000), SampleFormat::I16),
            range(2, (44_100, 48_000), SampleFormat::I32),
            range(2, (44_100, 48_000), SampleFormat::U8),
        ];
        let way = |chosen, own| best(&ranges, chosen, own).unwrap();
        let stereo = way(None, Some(44_100));
        assert_eq!((stereo.channels, stereo.sample_rate, stereo.format), (2, 44_100, SampleFormat::I32));
        assert_eq!(way(None, None).sample_rate, 48_000);
        assert_eq!((way(Some(96_000), None).channels, way(Some(96_000), None).sample_rate), (8, 96_000));
        // Nobody has it, so the device's own.
        assert_eq!(way(Some(300_000), Some(48_000)).sample_rate, 48_000);
        assert!(stereo.takes(64) && !stereo.takes(32));
        assert_eq!(best(&ranges[4..], None, None), None);
    }

    #[test]
    fn alsa_lists_each_way_to_a_card_once() {
        if cfg!(target_os = "linux") {
            for name in ["null", "surround51:CARD=PCH,DEV=0", "hw:CARD=0,DEV=0", "speexrate"] {
                assert!(is_filter(name), "{name}");
            }
            for name in ["default", "pipewire", "hw:CARD=PCH,DEV=0", "sysdefault:CARD=USB", "hdmi:CARD=PCH,DEV=1"] {
                assert!(!is_filter(name), "{name}");
            }
        }
    }
}
