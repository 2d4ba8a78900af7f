//! The host's song through VST3: an LFO that follows it is where the host's beat is, from the first block on.
//! Test code; needs the ONNX Runtime, like the engine's tests.

#![allow(clippy::unwrap_used)]
#![allow(clippy::unnecessary_cast, reason = "the types of VST3's constants differ between platforms")]

use ::vst3::Steinberg::IBStream_::IStreamSeekMode_;
use ::vst3::Steinberg::Vst::Event_::EventTypes_;
use ::vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_;
use ::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, BusDirections_, Event, IAudioProcessor, IAudioProcessorTrait, IComponent,
    IComponentTrait, IEventList, IEventListTrait, MediaTypes_, ProcessContext, ProcessData, ProcessModes_,
    ProcessSetup, SymbolicSampleSizes_,
};
use ::vst3::Steinberg::{
    IBStream, IBStreamTrait, IPluginFactory, IPluginFactoryTrait, PClassInfo, int32, int64, kResultFalse, kResultOk,
    tresult,
};
use ::vst3::{Class, ComPtr, ComWrapper, Interface};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::path::Path;
use timbrel_engine::model::{LoadOptions, Model};

const RATE: f64 = 48_000.0;
const BLOCK: usize = 512;

/// A file in memory.
#[derive(Default)]
struct Stream {
    bytes: RefCell<Vec<u8>>,
    position: RefCell<usize>,
}

impl Class for Stream {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Stream {
    unsafe fn read(&self, buffer: *mut c_void, count: int32, read: *mut int32) -> tresult {
        let bytes = self.bytes.borrow();
        let mut position = self.position.borrow_mut();
        let count = (count as usize).min(bytes.len() - *position);
        // SAFETY: the plugin gives room for as many, and a place for the count or null.
        unsafe {
            buffer.cast::<u8>().copy_from_nonoverlapping(bytes[*position..].as_ptr(), count);
            read.as_mut().into_iter().for_each(|read| *read = count as int32);
        }
        *position += count;
        kResultOk
    }

    unsafe fn write(&self, buffer: *mut c_void, count: int32, written: *mut int32) -> tresult {
        // SAFETY: the plugin gives as many bytes, and a place for the count or null.
        unsafe {
            let given = std::slice::from_raw_parts(buffer.cast::<u8>(), count as usize);
            self.bytes.borrow_mut().extend_from_slice(given);
            written.as_mut().into_iter().for_each(|written| *written = count);
        }
        kResultOk
    }

    unsafe fn seek(&self, to: int64, mode: int32, result: *mut int64) -> tresult {
        let mut position = self.position.borrow_mut();
        let from = match mode as u32 {
            mode if mode == IStreamSeekMode_::kIBSeekEnd as u32 => self.bytes.borrow().len() as i64,
            mode if mode == IStreamSeekMode_::kIBSeekCur as u32 => *position as i64,
            _ => 0,
        };
        *position = (from + to) as usize;
        // SAFETY: a place or null.
        unsafe { result.as_mut().into_iter().for_each(|result| *result = *position as i64) };
        kResultOk
    }

    unsafe fn tell(&self, position: *mut int64) -> tresult {
        // SAFETY: a place.
        unsafe { *position = *self.position.borrow() as i64 };
        kResultOk
    }
}

/// One note-on at the beginning of a block.
struct Notes(Vec<Event>);

impl Class for Notes {
    type Interfaces = (IEventList,);
}

impl IEventListTrait for Notes {
    unsafe fn getEventCount(&self) -> int32 {
        self.0.len() as int32
    }

    unsafe fn getEvent(&self, index: int32, event: *mut Event) -> tresult {
        let Some(found) = self.0.get(index as usize) else { return kResultFalse };
        // SAFETY: a place for it.
        unsafe { event.write(*found) };
        kResultOk
    }

    unsafe fn addEvent(&self, _event: *mut Event) -> tresult {
        kResultFalse
    }
}

fn component() -> ComPtr<IComponent> {
    // SAFETY: VST3's own protocol, with objects that are counted.
    unsafe {
        let factory = ComPtr::from_raw(timbrel::vst3::GetPluginFactory().cast::<IPluginFactory>()).unwrap();
        let mut info = MaybeUninit::<PClassInfo>::zeroed();
        assert_eq!(factory.getClassInfo(0, info.as_mut_ptr()), kResultOk);
        let mut object = std::ptr::null_mut();
        let made =
            factory.createInstance(info.assume_init().cid.as_ptr(), IComponent::IID.as_ptr().cast(), &mut object);
        assert_eq!(made, kResultOk);
        ComPtr::from_raw(object.cast()).unwrap()
    }
}

/// The cello, without a room, panned by a square of a bar's period: two beats on the right, two on the left.
fn load(component: &ComPtr<IComponent>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("models/instruments/cello/cello.onnx");
    let model = Model::load(&path, &LoadOptions::default()).unwrap();
    let saved = ComWrapper::new(Stream::default());
    let stream = saved.to_com_ptr::<IBStream>().unwrap();
    // SAFETY: the stream is alive.
    assert_eq!(unsafe { component.getState(stream.as_ptr()) }, kResultOk);
    let mut state: Value = serde_json::from_slice(&saved.bytes.borrow()).unwrap();
    let field = |value: Value| Value::String(value.to_string());
    state["fields"]["instrument"] =
        field(json!({ "version": 1, "model": model.identity(), "execution": "Cpu", "shaping": "tables" }));
    state["fields"]["matrix"] =
        field(json!({ "version": 1, "rows": [{ "row": 1, "source": "lfo1", "target": "pan" }] }));
    for (id, value) in [("mod1", json!(0.5)), ("room", json!(0.0)), ("lfo1shp", json!(4)), ("lfo1sync", json!(3))] {
        let kind = state["params"][id].as_object().unwrap().keys().next().unwrap().clone();
        state["params"][id] = json!({ kind: value });
    }
    let loaded = ComWrapper::new(Stream::default());
    *loaded.bytes.borrow_mut() = state.to_string().into_bytes();
    let stream = loaded.to_com_ptr::<IBStream>().unwrap();
    // SAFETY: as above.
    assert_eq!(unsafe { component.setState(stream.as_ptr()) }, kResultOk);
}

/// Power of the left and the right channel over half a second, from a tenth of a second on, of a note in a song that
/// plays from `beat` on at 60 beats a minute.
fn play(beat: f64) -> [f64; 2] {
    let component = component();
    load(&component);
    let processor = component.cast::<IAudioProcessor>().unwrap();
    let mut setup = ProcessSetup {
        processMode: ProcessModes_::kOffline as i32,
        symbolicSampleSize: SymbolicSampleSizes_::kSample32 as i32,
        maxSamplesPerBlock: BLOCK as i32,
        sampleRate: RATE,
    };
    let mut power = [0.0; 2];
    // SAFETY: VST3's own protocol; everything that the plugin is given lives until the call is over.
    unsafe {
        assert_eq!(processor.setupProcessing(&mut setup), kResultOk);
        component.activateBus(MediaTypes_::kAudio as i32, BusDirections_::kOutput as i32, 0, 1);
        assert_eq!(component.setActive(1), kResultOk);
        assert_eq!(processor.setProcessing(1), kResultOk);
        let mut context = MaybeUninit::<ProcessContext>::zeroed().assume_init();
        (context.sampleRate, context.tempo) = (RATE, 60.0);
        context.state =
            (StatesAndFlags_::kPlaying | StatesAndFlags_::kTempoValid | StatesAndFlags_::kProjectTimeMusicValid) as u32;
        let mut note = MaybeUninit::<Event>::zeroed().assume_init();
        note.r#type = EventTypes_::kNoteOnEvent as u16;
        note.__field0.noteOn.pitch = 57;
        note.__field0.noteOn.velocity = 0.8;
        note.__field0.noteOn.noteId = -1;
        let (mut left, mut right) = ([0.0_f32; BLOCK], [0.0_f32; BLOCK]);
        for block in 0..(0.6 * RATE) as usize / BLOCK {
            let position = block * BLOCK;
            context.projectTimeSamples = position as i64;
            context.projectTimeMusic = beat + position as f64 / RATE;
            let notes = ComWrapper::new(Notes(if block == 0 { vec![note] } else { Vec::new() }));
            let list = notes.to_com_ptr::<IEventList>().unwrap();
            let mut channels = [left.as_mut_ptr(), right.as_mut_ptr()];
            let mut output = AudioBusBuffers {
                numChannels: 2,
                silenceFlags: 0,
                __field0: AudioBusBuffers__type0 { channelBuffers32: channels.as_mut_ptr() },
            };
            let mut data = ProcessData {
                processMode: ProcessModes_::kOffline as i32,
                symbolicSampleSize: SymbolicSampleSizes_::kSample32 as i32,
                numSamples: BLOCK as i32,
                numInputs: 0,
                numOutputs: 1,
                inputs: std::ptr::null_mut(),
                outputs: &mut output,
                inputParameterChanges: std::ptr::null_mut(),
                outputParameterChanges: std::ptr::null_mut(),
                inputEvents: list.as_ptr(),
                outputEvents: std::ptr::null_mut(),
                processContext: &mut context,
            };
            assert_eq!(processor.process(&mut data), kResultOk);
            if position as f64 > 0.1 * RATE {
                for (power, channel) in power.iter_mut().zip([&left, &right]) {
                    *power += channel.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
                }
            }
        }
        assert_eq!(processor.setProcessing(0), kResultOk);
        assert_eq!(component.setActive(0), kResultOk);
    }
    power
}

#[test]
fn an_lfo_follows_the_song_of_a_vst3_host() {
    // Left alone it would begin on the right, at beat 0.
    for (beat, quiet, loud) in [(8.0, 0, 1), (10.5, 1, 0)] {
        let power = play(beat);
        println!("from beat {beat}: {:.1e} on the left, {:.1e} on the right", power[0], power[1]);
        assert!(power[loud] > 1e-3 && power[quiet] < 1e-6 * power[loud]);
    }
}
