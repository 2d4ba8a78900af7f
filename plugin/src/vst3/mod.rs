//! VST3: the library's entry points, the factory, and the making of an instance.
//! Called by the host, mostly on its main thread.
//! The framework's component works inside; a layer of ours over it keeps the framework's faults from the host. Why, and
//! what each part is for, is in `docs/framework.md`.

mod anchor;
mod component;
pub(crate) mod controllers;
mod factory;
mod gui;
mod ticker;
mod view;

use crate::cradle::{self, Window};
use crate::plugin::{Shared, Timbrel};
use ::vst3::ComWrapper;
pub use factory::GetPluginFactory;
use nice_plug::wrapper::vst3::Wrapper;

/// Makes the framework's component around a new plugin.
fn make() -> Option<(ComWrapper<Wrapper<Timbrel>>, Shared)> {
    cradle::make(Window::Layer, || ComWrapper::new(Wrapper::<Timbrel>::new()))
}

#[cfg(test)]
mod tests {
    use super::component::Component;
    use super::*;
    use crate::params::IDS;
    use ::vst3::Steinberg::Vst::{
        IAudioProcessorTrait, IEditControllerTrait, IMidiLearnTrait, IMidiMappingTrait, INoteExpressionControllerTrait,
        NoteExpressionTypeInfo, ParameterInfo, ProcessModes_, ProcessSetup, SymbolicSampleSizes_,
    };
    use ::vst3::Steinberg::{kResultFalse, kResultOk};
    use std::mem::MaybeUninit;
    use timbrel_engine::synth::Mode;

    #[test]
    fn offline_rendering_is_known_after_one_set_up() {
        let (inner, shared) = make().unwrap();
        let component = Component::over(inner, shared.clone()).unwrap();
        let mut setup = ProcessSetup {
            processMode: ProcessModes_::kOffline as i32,
            symbolicSampleSize: SymbolicSampleSizes_::kSample32 as i32,
            maxSamplesPerBlock: 256,
            sampleRate: 48_000.0,
        };
        // SAFETY: `setup` is readable.
        assert_eq!(unsafe { component.setupProcessing(&mut setup) }, kResultOk);
        assert_eq!(shared.instrument.mode(), Mode::Offline);
        setup.processMode = ProcessModes_::kRealtime as i32;
        // SAFETY: as above.
        assert_eq!(unsafe { component.setupProcessing(&mut setup) }, kResultOk);
        assert_eq!(shared.instrument.mode(), Mode::Realtime);
    }

    #[test]
    fn a_learned_controller_is_its_parameters() {
        let (inner, shared) = make().unwrap();
        let component = Component::over(inner, shared.clone()).unwrap();
        let place = IDS.iter().position(|id| *id == "gain").unwrap();
        let assigned = |channel| {
            let mut id = 0;
            // SAFETY: `id` is writable.
            let result = unsafe { component.getMidiControllerAssignment(0, channel, 21, &mut id) };
            (result == kResultOk).then_some(id)
        };
        assert_eq!(assigned(3), None, "nobody listens to this controller");
        // SAFETY: VST3's own protocol.
        let gain = unsafe {
            let mut info = MaybeUninit::<ParameterInfo>::zeroed();
            assert_eq!(component.getParameterInfo(place as i32, info.as_mut_ptr()), kResultOk);
            assert_eq!(component.onLiveMIDIControllerInput(0, 3, 21), kResultFalse);
            shared.params.learned.arm(Some(place));
            assert_eq!(component.onLiveMIDIControllerInput(0, 3, 21), kResultOk);
            info.assume_init().id
        };
        assert_eq!([assigned(3), assigned(0), assigned(15)], [Some(gain); 3]);
        shared.params.learned.forget(place);
        assert_eq!(assigned(3), None);
    }

    #[test]
    fn note_expressions_rest_where_they_change_nothing() {
        let (inner, shared) = make().unwrap();
        let component = Component::over(inner, shared).unwrap();
        // SAFETY: VST3's own protocol; all fields are numbers.
        let rests = unsafe {
            (0..component.getNoteExpressionCount(0, 0))
                .map(|index| {
                    let mut info = MaybeUninit::<NoteExpressionTypeInfo>::zeroed();
                    assert_eq!(component.getNoteExpressionInfo(0, 0, index, info.as_mut_ptr()), kResultOk);
                    let info = info.assume_init();
                    (info.typeId, info.valueDesc.defaultValue)
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(rests, [(0, 0.25), (1, 0.5), (2, 0.5), (3, 0.0), (4, 1.0), (5, 0.5)]);
    }
}
