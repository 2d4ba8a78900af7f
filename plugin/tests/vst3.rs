//! The layer over the framework's VST3 component, through the factory that hosts call.

#![allow(clippy::unwrap_used)]

use ::vst3::Steinberg::Vst::{
    IAudioProcessor, IAudioProcessorTrait, IComponent, IComponentTrait, IEditController, IEditControllerTrait,
    IMidiMapping, IMidiMappingTrait, ParameterInfo, ProcessModes_, ProcessSetup, SymbolicSampleSizes_,
};
use ::vst3::Steinberg::{IPluginFactory, IPluginFactoryTrait, PClassInfo, kResultFalse, kResultOk};
use ::vst3::{ComPtr, Interface};
use std::collections::HashSet;
use std::mem::MaybeUninit;
use timbrel::params::SETTINGS;

/// Seven per channel and sixteen for all.
const CONTROLLERS: usize = 7 * 16 + 16;

fn component() -> ComPtr<IComponent> {
    // SAFETY: VST3's own protocol, with objects that are counted.
    unsafe {
        let factory = ComPtr::from_raw(timbrel::vst3::GetPluginFactory().cast::<IPluginFactory>()).unwrap();
        assert_eq!(factory.countClasses(), 1);
        let mut info = MaybeUninit::<PClassInfo>::zeroed();
        assert_eq!(factory.getClassInfo(0, info.as_mut_ptr()), kResultOk);
        let info = info.assume_init();
        assert_eq!(info.cid.map(|byte| byte as u8), *b"TimbrelNeuralSyn");
        let mut object = std::ptr::null_mut();
        let made = factory.createInstance(info.cid.as_ptr(), IComponent::IID.as_ptr().cast(), &mut object);
        assert_eq!(made, kResultOk);
        ComPtr::from_raw(object.cast()).unwrap()
    }
}

fn parameters(controller: &ComPtr<IEditController>) -> Vec<ParameterInfo> {
    // SAFETY: as above.
    unsafe {
        (0..controller.getParameterCount())
            .map(|index| {
                let mut info = MaybeUninit::<ParameterInfo>::zeroed();
                assert_eq!(controller.getParameterInfo(index, info.as_mut_ptr()), kResultOk);
                info.assume_init()
            })
            .collect()
    }
}

#[test]
fn hosts_are_shown_few_controllers_and_all_that_is_mapped() {
    let component = component();
    let controller = component.cast::<IEditController>().unwrap();
    let mapping = component.cast::<IMidiMapping>().unwrap();
    let parameters = parameters(&controller);
    assert_eq!(parameters.len(), SETTINGS + CONTROLLERS);
    let ids: HashSet<u32> = parameters.iter().map(|parameter| parameter.id).collect();
    assert_eq!(ids.len(), parameters.len());
    let mut mapped = HashSet::new();
    for channel in 0..16 {
        for number in 0..130 {
            let mut id = 0;
            // SAFETY: `id` is writable.
            let found = unsafe { mapping.getMidiControllerAssignment(0, channel, number, &mut id) };
            if found == kResultOk {
                // Hosts deliver nothing to a parameter that they were not shown.
                assert!(ids.contains(&id), "controller {number} on channel {channel}");
                mapped.insert(id);
            } else {
                assert_eq!(found, kResultFalse);
            }
        }
    }
    assert_eq!(mapped.len(), CONTROLLERS);
}

#[test]
fn controllers_rest_where_hands_leave_them() {
    let component = component();
    let controller = component.cast::<IEditController>().unwrap();
    for parameter in &parameters(&controller)[SETTINGS..] {
        // SAFETY: as above.
        unsafe {
            assert_eq!(controller.setParamNormalized(parameter.id, 0.25), kResultOk);
            assert_eq!(controller.getParamNormalized(parameter.id), parameter.defaultNormalizedValue);
        }
    }
}

#[test]
fn many_instances_come_and_go_while_parameters_change() {
    for _ in 0..20 {
        let component = component();
        let controller = component.cast::<IEditController>().unwrap();
        let ids: Vec<u32> = parameters(&controller)[..SETTINGS].iter().map(|parameter| parameter.id).collect();
        // Another thread than the one that made the component: these changes become tasks of the framework's worker.
        let worker = controller.clone();
        let changes = std::thread::spawn(move || {
            for id in ids {
                // SAFETY: the controller is counted.
                unsafe { worker.setParamNormalized(id, 0.3) };
            }
        });
        changes.join().unwrap();
    }
}

#[test]
fn a_component_without_models_lives() {
    let component = component();
    let processor = component.cast::<IAudioProcessor>().unwrap();
    let mut setup = ProcessSetup {
        processMode: ProcessModes_::kOffline as i32,
        symbolicSampleSize: SymbolicSampleSizes_::kSample32 as i32,
        maxSamplesPerBlock: 256,
        sampleRate: 48_000.0,
    };
    // SAFETY: as above.
    unsafe {
        assert_eq!(processor.setupProcessing(&mut setup), kResultOk);
        assert_eq!(component.setActive(1), kResultOk);
        assert_eq!(processor.setProcessing(1), kResultOk);
        assert_eq!(processor.setProcessing(0), kResultOk);
        assert_eq!(component.setActive(0), kResultOk);
    }
}
