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
    use ::vst3::Steinberg::Vst::{IAudioProcessorTrait, ProcessModes_, ProcessSetup, SymbolicSampleSizes_};
    use ::vst3::Steinberg::kResultOk;
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
}
